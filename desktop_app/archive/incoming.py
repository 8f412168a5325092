"""What a received bundle says, judged entry by entry before anything is taken in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from desktop_app.archive.archive import Archive
from desktop_app.archive.pieces import lines
from desktop_app.bundle.opening import Opened, read_staged
from desktop_app.bundle.unpack import Staged
from desktop_app.domain import fold, log
from desktop_app.domain.contact import Contact, Trust
from desktop_app.domain.fold import Opened as OpenedEntry
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import Entry, SignedEntry
from desktop_app.domain.record import Record, fits
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import EntryRefused
from desktop_app.i18n import _
from desktop_app.storage import contacts, entries, exchange, records

ENTRIES = "data/entries/"
BLOBS = "data/blobs/"
_LONGEST_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Arrived:
    """One entry that may be taken in."""

    entry: Entry
    signed: SignedEntry
    opened: OpenedEntry


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that is not taken in, and why."""

    entry: str  # its id, or empty where it could not be read
    reason: str


@dataclass(frozen=True, slots=True)
class Outdone:
    """A value that this archive signed and that an arriving entry would take the place of."""

    record: RecordId
    field: str
    yours: object
    theirs: object


@dataclass(slots=True)
class Incoming:
    """The entries of a bundle, by record, and what is wrong with others."""

    by_record: dict[RecordId, list[Arrived]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Effect:
    """What taking a record's entries in would do."""

    record: Record
    title: str  # what lists will call it
    new: bool
    changed: bool
    conflicts: int  # fields that nobody has decided, and that were not in conflict before
    waiting: int
    outdone: tuple[Outdone, ...]


def read(archive: Archive, opened: Opened, sender: Contact) -> Incoming:
    """Return what the bundle says, every signature verified and every opening proved."""
    arrived: dict[EntryId, Arrived] = {}
    found = Incoming()
    for staged in opened.files:
        if staged.path.startswith(ENTRIES):
            for line in _lines(archive, staged):
                _read_line(archive, line, sender, arrived, found)
    by_record: dict[RecordId, list[Arrived]] = defaultdict(list)
    for one in arrived.values():
        reason = _out_of_place(archive, one.entry, sender, arrived)
        if reason:
            found.refused.append(Refused(one.entry.id, reason))
        else:
            by_record[one.entry.record].append(one)
    found.by_record = dict(by_record)
    return found


def effect(archive: Archive, record_id: RecordId, arrived: Iterable[Arrived]) -> Effect:
    """Return what taking these entries of one record in would do, without doing it."""
    before_log = entries.of_record(archive.connection, record_id)
    before = fold.fold(record_id, before_log)
    merged = merge(before_log, (one.opened for one in arrived))
    after = fold.fold(record_id, merged)
    known = bool(before.kind)
    return Effect(
        record=after,
        title=records.shown_title(after),
        new=not known and bool(after.kind),
        changed=known and _shown(before) != _shown(after),
        conflicts=len(after.conflicts.keys() - before.conflicts.keys()),
        waiting=len(set(after.waiting) - set(before.waiting)),
        outdone=tuple(_outdone(archive, before, after)) if known else (),
    )


def _shown(record: Record) -> tuple[list[str], str, int]:
    """Return what a person sees of a record; waiting entries narrow without being applied."""
    return fold.fold_lines(record), record.state, record.sensitivity


def merge(before: Iterable[OpenedEntry], more: Iterable[OpenedEntry]) -> list[OpenedEntry]:
    """Return the union of two sets of entries and of their openings."""
    found: dict[EntryId, OpenedEntry] = {}
    for one in (*before, *more):
        known = found.get(one.entry.id)
        openings = {**one.openings, **known.openings} if known else one.openings
        found[one.entry.id] = OpenedEntry(one.entry, openings)
    return list(found.values())


def _lines(archive: Archive, staged: Staged) -> Iterator[bytes]:
    return lines(read_staged(archive.blobs.staging, staged), _LONGEST_LINE)


def _read_line(
    archive: Archive,
    line: bytes,
    sender: Contact,
    arrived: dict[EntryId, Arrived],
    found: Incoming,
) -> None:
    entry_id = ""
    try:
        signed, openings = log.read_line(line)
        entry_id = log.entry_id(signed.raw)
        entry = entries.verify(signed)
        opened = log.open_all(entry, openings)
        reason = _reason_to_refuse(archive, entry, sender)
        reason = reason or _tells_otherwise(archive, entry, opened)
    except Malformed as error:
        reason = str(error)
    except EntryRefused as error:
        reason = str(error.facts["why"])
    if reason:
        found.refused.append(Refused(entry_id, reason))
        return
    known = arrived.get(entry.id)
    told = known.opened.openings if known else {}
    if any(name in told and told[name].raw != one.raw for name, one in opened.items()):
        found.refused.append(Refused(entry_id, _("it sets one field twice")))
        return
    fresh = OpenedEntry(entry, {**told, **opened})
    arrived[entry.id] = Arrived(entry, signed, fresh)


def _reason_to_refuse(archive: Archive, entry: Entry, sender: Contact) -> str:
    """Return why this sender may not say this; empty if he may."""
    if exchange.edition_called(archive.connection, entry.record) is not None:
        return _("it answers an edition that you made; ask them to tell you in words")
    known = entries.record_of(archive.connection, entry.id) is not None
    author = contacts.by_fingerprint(archive.connection, entry.author)
    if author is not None and author.trust is Trust.REVOKED and not known:
        return _("it is signed by {name}, whose key was set aside").format(name=author.name)
    if not sender.team and entry.author != sender.fingerprint:
        return _("it is by somebody else than its sender, who is not of your team")
    return ""


def _out_of_place(
    archive: Archive, entry: Entry, sender: Contact, arrived: Mapping[EntryId, Arrived]
) -> str:
    """Return why an entry does not belong where it says; empty if it does."""
    if _follows_strangers(archive, entry, arrived):
        return _("it follows an entry of another record")
    if sender.team:
        return ""
    founding = arrived.get(EntryId(entry.record))
    founder = founding.entry.author if founding else None
    founder = founder or entries.founder(archive.connection, entry.record)
    if founder != sender.fingerprint:
        return _("it would change a record that its sender did not make")
    return ""


def _tells_otherwise(archive: Archive, entry: Entry, opened: Mapping[str, log.Opening]) -> str:
    for name, opening in opened.items():
        known = entries.opening(archive.connection, entry.id, name)
        if known is not None and known != opening.raw:
            return _("it sets one field twice")
    return ""


def _follows_strangers(archive: Archive, entry: Entry, arrived: Mapping[EntryId, Arrived]) -> bool:
    for before in entry.follows:
        known = arrived.get(before)
        record = known.entry.record if known else entries.record_of(archive.connection, before)
        if record is not None and record != entry.record:
            return True
    return False


def _outdone(archive: Archive, before: Record, after: Record) -> Iterator[Outdone]:
    own = archive.fingerprint
    for name, values in before.fields.items():
        left = {value.entry for value in after.fields.get(name, ())}
        for value in values:
            if value.author == own and value.entry not in left:
                theirs = after.one(name)
                if theirs != value.value:
                    yield Outdone(before.id, name, value.value, theirs)


def attachments(found: Incoming) -> dict[RecordId, set[str]]:
    """Return the hashes of the files that arriving entries name, by record."""
    named: dict[RecordId, set[str]] = {}
    for record, arrived in found.by_record.items():
        shas = {
            str(opening.value["sha256"])
            for one in arrived
            for name, opening in one.opened.openings.items()
            if name.startswith("attachments/") and fits(name, opening.value) and opening.value
        }
        if shas:
            named[record] = shas
    return named
