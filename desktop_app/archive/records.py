"""Looking at records, changing them, writing testimonies."""

import unicodedata
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from desktop_app.archive import logbook
from desktop_app.archive.archive import Archive
from desktop_app.domain import edtf, fold, strict_json
from desktop_app.domain.changes import Changes
from desktop_app.domain.contact import Trust
from desktop_app.domain.fold import Opened
from desktop_app.domain.ids import RecordId, reference
from desktop_app.domain.record import (
    DEFAULT_SENSITIVITY,
    MAX_TAG,
    MAX_TITLE,
    NEW_STATE,
    SENSITIVITIES,
    Record,
    element,
)
from desktop_app.errors import BadValue, NoConflict, UsageError
from desktop_app.i18n import _
from desktop_app.storage import contacts, journal, readings
from desktop_app.storage import records as stored
from desktop_app.storage.journal import Line
from desktop_app.storage.readings import Stored

MAX_TEXT_BYTES = 8 << 20
MAX_FIELDS = 200  # in one entry, whose format has room for 256


@dataclass(frozen=True, slots=True)
class Shown:
    """A record with everything that can be said of it."""

    record: Record
    reference: str
    title: str
    reading: Stored | None
    pages: tuple[str, ...]
    members: tuple[RecordId, ...]  # records that came out of this one
    log: tuple[Opened, ...]
    journal: tuple[Line, ...]
    names: Mapping[str, str]  # records that fields name, by id: what they are called
    authors: Mapping[str, str]  # whoever signed an entry, by fingerprint: what we call them
    counts: Mapping[str, Any]  # the sensitivity and the state by which is decided what may leave


@dataclass(frozen=True, slots=True)
class Testimony:
    """What is written down of what somebody told."""

    title: str
    speaker: str  # a pseudonym
    text: str
    date: str = ""  # EDTF, as known
    language: str = ""
    sensitivity: int = DEFAULT_SENSITIVITY


@dataclass(frozen=True, slots=True)
class Changed:
    """The outcome of a change."""

    record: RecordId
    changes: Changes


def resolve(archive: Archive, typed: str) -> RecordId:
    """Return the record that a reference, an id, a case's name or a unique prefix means."""
    return stored.resolve(archive.connection, typed)


def every(archive: Archive) -> list[RecordId]:
    """Return every record, in the order of arrival."""
    return stored.all_ids(archive.connection)


def show(archive: Archive, record_id: RecordId) -> Shown:
    """Return everything about one record."""
    connection = archive.connection
    record, opened = stored.fold_record(connection, record_id)
    number = stored.find_number(connection, record_id)
    named = [str(one) for one in (*record.many("cases"), *record.many("family"))]
    named += [record.one("speaker")] if record.one("speaker") else []
    members = stored.members(connection, record_id)
    return Shown(
        record=record,
        reference=reference(record_id),
        title=stored.shown_title(record),
        reading=readings.read(connection, number),
        pages=readings.read_pages(connection, number),
        members=tuple(members),
        log=tuple(opened),
        journal=tuple(journal.lines(connection, record_id)),
        authors=_authors(archive, opened),
        counts=counting(archive, record_id, opened),
        names={one: stored.called(connection, one) for one in (*named, *members)},
    )


def counting(archive: Archive, record_id: RecordId, opened: Sequence[Opened]) -> dict[str, Any]:
    """Return the sensitivity and the state by which is decided what may leave."""
    own = archive.fingerprint
    return {name: fold.counted(record_id, opened, own, name) for name in ("sensitivity", "state")}


def _authors(archive: Archive, opened: Sequence[Opened]) -> dict[str, str]:
    found = {archive.fingerprint: _("this archive")}
    for contact in contacts.every(archive.connection):
        aside = contact.trust is Trust.REVOKED
        found[contact.fingerprint] = (
            _("{name}, whose key was set aside").format(name=contact.name)
            if aside
            else contact.name
        )
    authors = {one.entry.author for one in opened}
    return {one: found.get(one, one[:16]) for one in authors}


def write_testimony(archive: Archive, testimony: Testimony) -> Changed:
    """Make a record of a testimony; its speaker is a person under a pseudonym, made if new.

    Raises:
        BadValue: A value does not fit.
    """
    title, speaker = check_title(testimony.title), check_title(testimony.speaker, _("the speaker"))
    if not testimony.text.strip():
        raise BadValue(field=_("the text"), value="''", why=_("it is empty"))
    if len(strict_json.write(testimony.text)) > MAX_TEXT_BYTES:
        raise BadValue(field=_("the text"), value="…", why=_("it is longer than 8 MiB"))
    fields: dict[str, Any] = {
        "title": title,
        "text": testimony.text,
        "sensitivity": check_sensitivity(testimony.sensitivity),
        "state": NEW_STATE,
    }
    if testimony.date:
        fields["date"] = check_date(testimony.date)
    if testimony.language:
        language = check_title(testimony.language, _("the language"))
        fields[element("languages", language)] = language
    with archive.connection.transaction():
        # Whoever may not see the testimony learns nothing of its speaker either.
        person = named_record(
            archive, "person", "pseudonym", speaker, max(testimony.sensitivity, DEFAULT_SENSITIVITY)
        )
        fields["speaker"] = person
        said = logbook.founding(archive, "written", "testimony", fields)
        logbook.store(archive, said, [testimony.text])
    return Changed(said.entry.record, Changes(frozenset({said.entry.record, person}), True))


def named_record(
    archive: Archive,
    kind: str,
    name_field: str,
    name: str,
    sensitivity: int = DEFAULT_SENSITIVITY,
) -> RecordId:
    """Return the person or case called so, made if new. Belongs into a transaction."""
    known = stored.labelled(archive.connection, name_field, name, kind)
    if known is not None:
        return known
    fields = {name_field: name, "sensitivity": sensitivity, "state": NEW_STATE}
    said = logbook.founding(archive, "created", kind, fields)
    logbook.store(archive, said, [])
    return said.entry.record


def change(
    archive: Archive,
    record_id: RecordId,
    fields: Mapping[str, Any],
    *,
    tags: Sequence[str] = (),
    untag: Sequence[str] = (),
) -> Changed:
    """Set fields of a record and add or take away tags, in one entry.

    What is already so is not said again; if nothing is left to say, no entry is made.

    Raises:
        BadValue: A value does not fit.
    """
    said: dict[str, Any] = dict(checked(fields))
    said |= {element("tags", tag): check_tag(tag) for tag in tags}
    said |= {element("tags", check_tag(tag)): None for tag in untag}
    check_number(said)
    with archive.connection.transaction():
        record, opened = stored.fold_record(archive.connection, record_id)
        counts = counting(archive, record_id, opened)
        new = {
            name: value
            for name, value in said.items()
            if not _is_so(record, name, value) or counts.get(name, value) != value
        }
        if not new:
            return Changed(record_id, Changes())
        logbook.store(archive, logbook.following(archive, record, "changed", new))
    return Changed(record_id, Changes(frozenset({record_id})))


def decide(archive: Archive, record_id: RecordId, field: str, choice: str) -> Changed:
    """Settle a conflict: `choice` is the number of a value (1, 2 …) as `show` lists them.

    Raises:
        NoConflict: The field holds one value.
        UsageError: There is no such value.
    """
    with archive.connection.transaction():
        record, _log = stored.fold_record(archive.connection, record_id)
        values = record.conflicts.get(field)
        if values is None:
            raise NoConflict(field=field)
        if not choice.isascii() or not choice.isdigit() or not 1 <= int(choice) <= len(values):
            raise UsageError(
                what=_("{choice} is none of the values 1 to {count}.").format(
                    choice=choice, count=len(values)
                )
            )
        value = values[int(choice) - 1].value
        told = field == "text" and record.kind == "testimony" and isinstance(value, str)
        pages = [value] if told else None
        said = logbook.following(archive, record, "decided", {field: value})
        logbook.store(archive, said, pages)
    return Changed(record_id, Changes(frozenset({record_id})))


def checked(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of `change` once each fits."""
    checks = {"title": check_title, "date": check_date, "sensitivity": check_sensitivity}
    return {name: checks[name](value) for name, value in fields.items()}


def check_title(value: Any, field: str = "") -> str:
    """Return a line of text, stripped.

    Raises:
        BadValue: It is empty, too long, or holds control characters.
    """
    text = str(value).strip()
    field = field or _("the title")
    if not text or len(text) > MAX_TITLE:
        raise BadValue(field=field, value=repr(text[:20]), why=_("1 to 500 signs fit"))
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise BadValue(field=field, value=ascii(text[:20]), why=_("it holds control characters"))
    return text


def check_tag(value: str) -> str:
    """Return a tag, stripped.

    Raises:
        BadValue: It is empty, too long, or holds control characters.
    """
    text = check_title(value, _("a tag"))
    if len(text) > MAX_TAG:
        raise BadValue(field=_("a tag"), value=repr(text[:20]), why=_("at most 100 signs fit"))
    return text


def check_number(fields: Sized) -> None:
    """Refuse more fields than one entry can set.

    Raises:
        BadValue: There are more than 200.
    """
    if len(fields) > MAX_FIELDS:
        raise BadValue(field=_("tags"), value=len(fields), why=_("at most 200 fit at once"))


def check_date(value: Any) -> str:
    """Return a date as known; an empty text takes it away elsewhere.

    Raises:
        BadValue: It is no date that EDTF knows.
    """
    try:
        edtf.bounds(str(value))
    except edtf.NotADate:
        raise BadValue(
            field=_("the date"),
            value=repr(value),
            why=_("write 2020, 2020-08, 2020-08-09, 2020-08~ or 2020-08-09/2020-08-12"),
        ) from None
    return str(value).strip()


def check_sensitivity(value: Any) -> int:
    """Return a sensitivity.

    Raises:
        BadValue: It is not 0, 1, 2 or 3.
    """
    if value not in SENSITIVITIES:
        raise BadValue(field=_("the sensitivity"), value=value, why=_("it is 0, 1, 2 or 3"))
    return int(value)


def _is_so(record: Record, name: str, value: Any) -> bool:
    now = record.fields.get(name, ())
    if value is None:
        return not now
    return len(now) == 1 and bool(now[0].value == value)
