"""What somebody outside the team is told of a record: an entry of its own, by us alone.

Nothing in it joins two readers: its own id, salts and nonce for each. The source's heads lie
under a commitment whose opening stays here, so that the link can be proved later to a court.
"""

from dataclasses import replace
from typing import Any

from desktop_app.archive.archive import Archive
from desktop_app.archive.selection import Leaving
from desktop_app.crypto.keys import random_bytes
from desktop_app.domain import log
from desktop_app.domain.contact import Contact
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.domain.record import FIELDS, FieldClass, element
from desktop_app.storage import exchange
from desktop_app.storage.exchange import Edition

SOURCE = "@source"
_MOST_FIELDS = 200  # in one entry, whose format has room for 256
_TOLD_CLASSES = (FieldClass.OPEN, FieldClass.SENSITIVE)
# These name other records, or how we work on this one.
_NOT_TOLD = frozenset({"cases", "family", "state", "speaker"})


def lines(archive: Archive, reader: Contact, leaving: Leaving) -> list[tuple[EntryId, bytes]]:
    """Return every entry that tells `reader` of a record, the newest made now if need be.

    Belongs into a transaction.
    """
    record = leaving.record
    before = exchange.edition(archive.connection, reader, record.id)
    now = _told(archive, reader, leaving)
    told = before.told if before else {}
    changed = {name: value for name, value in now.items() if told.get(name) != value}
    changed |= {name: None for name in told if name not in now}
    if changed or before is None:
        before = _say(archive, reader, leaving, before, changed, now)
    return exchange.edition_lines(archive.connection, before.id)


def narrowing(archive: Archive, reader: Contact, leaving: Leaving) -> list[tuple[EntryId, bytes]]:
    """Return the entries that tell a reader of an edition what was taken away.

    Belongs into a transaction.
    """
    before = exchange.edition(archive.connection, reader, leaving.record.id)
    assert before is not None
    now = {"sensitivity": leaving.record.sensitivity, "state": leaving.record.state}
    changed = {name: value for name, value in now.items() if before.told.get(name) != value}
    if changed:
        before = _say(archive, reader, leaving, before, changed, before.told | changed)
    return exchange.edition_lines(archive.connection, before.id)


def _told(archive: Archive, reader: Contact, leaving: Leaving) -> dict[str, Any]:
    """Return the fields that may be told, each with the value that nobody disputes."""
    record = leaving.record
    found: dict[str, Any] = {}
    for name in record.fields:
        family = name.partition("/")[0]
        rule = FIELDS.get(family)
        if rule is not None and rule.class_ in _TOLD_CLASSES and family not in _NOT_TOLD:
            found[name] = record.one(name)
    for attachment in record.attachments:
        if attachment.sha256 in leaving.files:
            found[element("attachments", attachment.sha256)] = {
                "sha256": attachment.sha256,
                "size_bytes": attachment.size_bytes,
                "media_type": attachment.media_type,
            }
    speaker = record.one("speaker")
    person = speaker and exchange.edition(archive.connection, reader, RecordId(speaker))
    if person:
        found["speaker"] = person.id
    return found


def _say(
    archive: Archive,
    reader: Contact,
    leaving: Leaving,
    before: Edition | None,
    changed: dict[str, Any],
    told: dict[str, Any],
) -> Edition:
    """Make the entries that tell what changed: one, or more where one cannot set so many fields."""
    names = list(changed)
    parts = [names[at : at + _MOST_FIELDS] for at in range(0, len(names), _MOST_FIELDS)] or [[]]
    for part in parts:
        before = _say_part(archive, reader, leaving, before, {one: changed[one] for one in part})
    assert before is not None
    told_now = replace(before, told=told)
    exchange.set_told(archive.connection, told_now)
    return told_now


def _say_part(
    archive: Archive,
    reader: Contact,
    leaving: Leaving,
    before: Edition | None,
    changed: dict[str, Any],
) -> Edition:
    author = archive.fingerprint
    openings = [
        log.write_opening(author, name, random_bytes(log.SALT_BYTES), value)
        for name, value in changed.items()
    ]
    heads = list(leaving.record.heads)
    source = log.write_opening(author, SOURCE, random_bytes(log.SALT_BYTES), heads)
    committed = [*openings, source]
    if before is None:
        nonce = random_bytes(log.NONCE_BYTES)
        raw = log.write_founding(author, "edition", leaving.record.kind, nonce, committed)
        edition_id = RecordId(log.entry_id(raw))
    else:
        edition_id = before.id
        raw = log.write_entry(edition_id, [before.last], author, "edition", committed)
    signature = archive.signer.sign(raw, log.NAMESPACE)
    line = log.write_line(SignedEntry(raw, archive.signer.public, signature), openings)
    made = Edition(edition_id, leaving.record.id, log.entry_id(raw), changed)
    exchange.put_edition(archive.connection, reader, made, line, source)
    return made
