"""Is the archive as this program left it? A report of everything that is not."""

from collections.abc import Callable, Iterator
from operator import add

from desktop_app.archive import indexing
from desktop_app.archive.archive import Archive
from desktop_app.crypto.keys import random_bytes
from desktop_app.domain.fold import Opened, fold
from desktop_app.domain.ids import EntryId, RecordId, reference
from desktop_app.domain.report import Finding, Report
from desktop_app.domain.word_sum import WordSum
from desktop_app.errors import ArchiveDamaged, BlobDamaged, EntryRefused
from desktop_app.i18n import _
from desktop_app.storage import blobs, entries, index, journal, readings, records
from desktop_app.storage.connection import Connection

Progress = Callable[[int, int], None]  # done, of how many; may raise Cancelled
_SUM_KEY_BYTES = 32


def quick(archive: Archive) -> Report:
    """Check the journal's chain and fold every log again, comparing it with the tables."""
    checks = (journal_findings, log_findings, table_findings)
    return Report(tuple(f for one in checks for f in _guarded(archive, one)))


def check(
    archive: Archive, *, deep: bool = False, progress: Progress = lambda _done, _total: None
) -> Report:
    """Check the whole archive.

    Without `deep`: every database page authenticates, the journal's chain holds, every log folds
    to what the tables show, every sealed file is there in its right size. With `deep` also: every
    signature, every sealed file opened and hashed, every text as it was read, and the index
    against the texts.
    """
    database = _guarded(archive, lambda fresh: database_findings(fresh, deep))
    found = [*database, *(Finding("alarm", None, one) for one in archive.alarms)]
    found += quick(archive).findings
    found += _guarded(archive, lambda fresh: blob_findings(archive, fresh, deep, progress))
    if deep:
        for one in (signature_findings, reading_findings, index_findings):
            found += _guarded(archive, one)
    return Report(tuple(dict.fromkeys(found)))


def database_findings(fresh: Connection, deep: bool) -> Iterator[Finding]:
    """Every page authenticates, and the trees of the database are sound."""
    for _row in fresh.rows("PRAGMA cipher_integrity_check"):
        yield Finding("database-damaged", None, _("A page of the database does not authenticate."))
        return
    for row in fresh.rows(f"PRAGMA {'integrity_check' if deep else 'quick_check'}(10)"):
        if row[0] != "ok":
            yield Finding("database-damaged", None, _("The database disagrees with itself."))
            return


def journal_findings(fresh: Connection) -> Iterator[Finding]:
    """The journal's chain holds from its first line to its last."""
    broken = journal.broken_at(fresh)
    if broken is not None:
        detail = _("The journal does not hold together from line {number} on.")
        yield Finding("journal-broken", None, detail.format(number=broken))


def log_findings(fresh: Connection) -> Iterator[Finding]:
    """The log holds the entries that the journal tells of, in their order, and no others."""
    told = dict(_told(fresh, "entry"))
    present: list[EntryId] = []
    for entry_id, signed in entries.every(fresh):
        entry = entries.parsed(signed)
        present.append(entry_id)
        if entry is None or entry.id != entry_id:
            yield Finding("entry-altered", None, _("A log entry is not the one it is filed as."))
        elif entry_id not in told:
            detail = _("The log holds an entry that the journal does not know.")
            yield Finding("entry-unknown", entry.record, detail)
    for missing in told.keys() - set(present):
        detail = _("The log lacks an entry that the journal tells of.")
        yield Finding("entry-missing", told[missing], detail)
    there = set(present)
    if [one for one in told if one in there] != [one for one in present if one in told]:
        yield Finding("entry-order", None, _("The log entries stand in another order."))


def table_findings(fresh: Connection) -> Iterator[Finding]:
    """Every record's log folds to what lists and searches show."""
    known = entries.record_ids(fresh)
    for record_id in known:
        try:
            opened = entries.of_record(fresh, record_id)
        except EntryRefused as error:
            yield Finding("entry-altered", record_id, str(error))
            continue
        if not _agrees(fresh, record_id, opened) or not _filed_rightly(fresh, record_id, opened):
            detail = _("What is shown of this record is not what its log says.")
            yield Finding("record-differs", record_id, detail)
    for record_id in set(records.all_ids(fresh)).difference(known):
        detail = _("This record has no log.")
        yield Finding("record-differs", record_id, detail)


def signature_findings(fresh: Connection) -> Iterator[Finding]:
    """Every entry is signed by its author."""
    for _entry_id, signed in entries.every(fresh):
        try:
            entries.verify(signed)
        except EntryRefused as error:
            parsed = entries.parsed(signed)
            yield Finding("signature-wrong", parsed.record if parsed else None, str(error))


def blob_findings(
    archive: Archive, fresh: Connection, deep: bool, progress: Progress
) -> Iterator[Finding]:
    """Every sealed file is there and whole, every attachment has one, and nothing else lies by."""
    all_blobs = {blob.name: blob for blob in blobs.every(fresh)}
    for done, blob in enumerate(all_blobs.values(), start=1):
        if not (archive.blobs.opens(blob) if deep else archive.blobs.is_there(blob)):
            holder = records.with_content(fresh, blob.sha256)
            yield Finding("blob-damaged", holder, str(BlobDamaged(record=_named(holder))))
        progress(done, len(all_blobs))
    for sha256, record in records.every_held(fresh):
        if blobs.find(fresh, sha256) is None:
            detail = _("The file of this record is not in the archive.")
            yield Finding("blob-missing", record, detail)
    strays = sum(name not in all_blobs for name in archive.blobs.names())
    if strays:
        detail = _("{count} sealed files belong to no record; an intake was interrupted.")
        yield Finding("blob-stray", None, detail.format(count=strays))


def reading_findings(fresh: Connection) -> Iterator[Finding]:
    """Every text, fact and thumbnail is as it was when the file was read."""
    told = {record: digest for digest, record in _told(fresh, "reading") if record is not None}
    for record_id in records.all_ids(fresh):
        if not _reads_the_same(fresh, record_id, told.get(record_id)):
            detail = _("The text or the picture kept of this record is not what was read.")
            yield Finding("reading-differs", record_id, detail)


def index_findings(fresh: Connection) -> Iterator[Finding]:
    """The index holds the words of the records at their places, no more and no fewer."""
    key = random_bytes(_SUM_KEY_BYTES)
    expected, same, totals = WordSum(key), True, (0, 0, 0, 0)
    lengths = index.lengths(fresh)
    for record_id in records.all_ids(fresh):
        number = records.find_number(fresh, record_id)
        record = records.fold_record(fresh, record_id)[0]
        columns = indexing.columns(fresh, number, record)
        expected.add(number, columns)
        same &= readings.read_indexed(fresh, number) == indexing.described(fresh, number, record)
        same &= next(lengths, None) == (number, tuple(len(words) for words in columns))
        counts = (1, *(len(words) for words in columns))
        totals = tuple(map(add, totals, counts))
    same &= next(lengths, None) is None and index.is_sound(fresh)
    same &= index.totals(fresh) == totals
    if not same or index.index_sum(fresh, key) != expected.value:
        detail = _("The search index does not hold what the texts hold; searches may miss some.")
        yield Finding("index-differs", None, detail)


def _guarded(archive: Archive, one: Callable[[Connection], Iterator[Finding]]) -> list[Finding]:
    """Run one check on a connection of its own; a page that fails ends that check, no other."""
    found: list[Finding] = []
    try:
        fresh = archive.fresh()
        try:
            found.extend(one(fresh))
            fresh.need_sound()
        finally:
            fresh.close()
    except ArchiveDamaged as error:
        found.append(Finding("database-damaged", None, str(error)))
    return found


def _agrees(fresh: Connection, record_id: RecordId, opened: list[Opened]) -> bool:
    stored = records.stored(fresh, record_id)
    record = fold(record_id, opened)
    if not record.kind:
        return stored is None  # its founding entry has not arrived
    return stored == records.project(fresh, record, opened)


def _filed_rightly(fresh: Connection, record_id: RecordId, opened: list[Opened]) -> bool:
    """Return whether every opening is filed under the name that stands in it."""
    named = {(one.entry.id, name) for one in opened for name in one.openings}
    return named == set(entries.filed_openings(fresh, record_id))


def _told(fresh: Connection, key: str) -> Iterator[tuple[str, RecordId | None]]:
    for line in journal.lines(fresh):
        if isinstance(line.detail.get(key), str):
            yield line.detail[key], line.record


def _reads_the_same(fresh: Connection, record_id: RecordId, digest: str | None) -> bool:
    """Return whether what is kept is what was read, or the text that the log holds."""
    number = records.find_number(fresh, record_id)
    try:
        found = readings.read(fresh, number)
        pages = readings.read_pages(fresh, number)
    except ValueError:
        return False
    if digest is not None:
        return found is not None and found.digest() == digest
    text = records.fold_record(fresh, record_id)[0].one("text")
    return found is None and pages == (readings.clean([text]) if text else ())


def _named(record: RecordId | None) -> str:
    return reference(record) if record else _("of no record")
