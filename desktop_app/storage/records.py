"""Records as lists and searches need them: the fold of each log, kept in tables.

The tables hold nothing that the log does not say, so a check can make them again and compare.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from desktop_app.domain import edtf
from desktop_app.domain.fold import Opened, fold, fold_hash, fold_lines
from desktop_app.domain.ids import RecordId, read_reference, reference
from desktop_app.domain.record import Record, label_key
from desktop_app.errors import AmbiguousRecord, NoSuchRecord
from desktop_app.storage import entries
from desktop_app.storage.connection import Connection

RECORDED = "@recorded"
_SHORTEST_PREFIX = 4
_COLUMNS = (
    "record_id, reference, kind, title, date, date_first, date_last, sensitivity, state, conflicts,"
    " added_utc, fold"
)
Label = tuple[str, str, str]  # family, key, shown
File = tuple[bytes, int, str, str]  # sha256, size in bytes, media type, name


@dataclass(frozen=True, slots=True)
class Row:
    """What a list shows of a record."""

    record: RecordId
    reference: str
    kind: str
    title: str  # the title, or what stands for it: a file's name, a pseudonym
    date: str  # as it is known, EDTF; empty if it is not
    date_first: str | None
    date_last: str | None
    sensitivity: int
    state: str
    conflicts: int
    added_utc: int
    fold: bytes


@dataclass(frozen=True, slots=True)
class Projected:
    """Everything that the tables hold of one record."""

    row: Row
    labels: tuple[Label, ...]
    files: tuple[File, ...]


def fold_record(connection: Connection, record: RecordId) -> tuple[Record, list[Opened]]:
    """Return the record as its log says, and that log."""
    opened = entries.of_record(connection, record)
    return fold(record, opened), opened


def save(connection: Connection, projected: Projected) -> int:
    """Write what the tables hold of a record; return its number."""
    row = projected.row
    values = _values(row)
    connection.execute(
        f"INSERT INTO record ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 (a literal)
        " ON CONFLICT (record_id) DO UPDATE SET title = excluded.title,"
        " date = excluded.date, date_first = excluded.date_first, date_last = excluded.date_last,"
        " sensitivity = excluded.sensitivity, state = excluded.state,"
        " conflicts = excluded.conflicts, fold = excluded.fold",
        values,
    )
    number = find_number(connection, row.record)
    connection.execute("DELETE FROM label WHERE record_no = ?", (number,))
    connection.execute("DELETE FROM attachment WHERE record_no = ?", (number,))
    connection.execute_many(
        "INSERT INTO label VALUES (?, ?, ?, ?)",
        [(family, key, number, shown) for family, key, shown in projected.labels],
    )
    connection.execute_many(
        "INSERT INTO attachment VALUES (?, ?, ?, ?, ?)",
        [(number, *one) for one in projected.files],
    )
    return number


def project(connection: Connection, record: Record, log: list[Opened]) -> Projected:
    """Return what the tables must hold of `record`. Reads the records that it names."""
    files = _files(record)
    first, last = _dates(record)
    row = Row(
        record=record.id,
        reference=reference(record.id),
        kind=record.kind,
        title=shown_title(record),
        date=str(record.one("date", "")),
        date_first=first,
        date_last=last,
        sensitivity=record.sensitivity,
        state=record.state,
        conflicts=len(record.conflicts),
        added_utc=_recorded(log),
        fold=bytes.fromhex(fold_hash(fold_lines(record))),
    )
    return Projected(row, _labels(connection, record), files)


def stored(connection: Connection, record: RecordId) -> Projected | None:
    """Return what the tables do hold of a record; None if they do not know it."""
    found = connection.row(
        f"SELECT record_no, {_COLUMNS} FROM record WHERE record_id = ?",  # noqa: S608 (a literal)
        (bytes.fromhex(record),),
    )
    if found is None:
        return None
    number = found[0]
    labels = connection.rows(
        "SELECT family, key, shown FROM label WHERE record_no = ? ORDER BY family, key", (number,)
    )
    files = connection.rows(
        "SELECT sha256, size_bytes, media_type, name FROM attachment WHERE record_no = ?"
        " ORDER BY sha256",
        (number,),
    )
    return Projected(_row(found[1:]), tuple(labels), tuple(files))


def find_number(connection: Connection, record: RecordId) -> int:
    """Return the number under which the tables know a record.

    Raises:
        NoSuchRecord: They do not.
    """
    row = connection.row(
        "SELECT record_no FROM record WHERE record_id = ?", (bytes.fromhex(record),)
    )
    if row is None:
        raise NoSuchRecord(named=reference(record))
    return int(row[0])


def shown_title(record: Record) -> str:
    """Return the title, or what stands for it in lists: a name, a pseudonym, a file's name."""
    names = [one.name for one in record.attachments]
    for candidate in (record.title, record.one("reference"), record.one("pseudonym"), *names):
        if isinstance(candidate, str) and candidate:
            return candidate
    return ""


def is_known(connection: Connection, record: RecordId) -> bool:
    """Return whether the tables know a record."""
    row = connection.row("SELECT 1 FROM record WHERE record_id = ?", (bytes.fromhex(record),))
    return row is not None


def called(connection: Connection, record: str) -> str:
    """Return what the record with this id is called; empty if it is not known."""
    row = connection.row("SELECT title FROM record WHERE record_id = ?", (bytes.fromhex(record),))
    return str(row[0]) if row else ""


def rows(connection: Connection, numbers: list[int]) -> dict[int, Row]:
    """Return the rows of these records by number; unknown numbers are left out."""
    found = {}
    for number in numbers:
        row = connection.row(
            f"SELECT {_COLUMNS} FROM record WHERE record_no = ?",  # noqa: S608 (a literal)
            (number,),
        )
        if row is not None:
            found[number] = _row(row)
    return found


def resolve(connection: Connection, typed: str) -> RecordId:
    """Return the one record that `typed` means: a reference, an id, a case's name, or a prefix.

    Raises:
        NoSuchRecord: None.
        AmbiguousRecord: Several.
    """
    found = _by_name(connection, typed.strip()) or _by_prefix(connection, typed.strip().lower())
    if not found:
        raise NoSuchRecord(named=typed)
    if len(found) > 1:
        raise AmbiguousRecord(named=typed, count=len(found))
    return found[0]


def labelled(connection: Connection, family: str, value: str, kind: str) -> RecordId | None:
    """Return the oldest record of a kind with this label (a case's reference, a pseudonym)."""
    row = connection.row(
        "SELECT record_id FROM label JOIN record USING (record_no)"
        " WHERE family = ? AND key = ? AND kind = ? ORDER BY record_no LIMIT 1",
        (family, label_key(value), kind),
    )
    return RecordId(row[0].hex()) if row else None


def told_by(connection: Connection, person: RecordId) -> list[RecordId]:
    """Return the testimonies of a person."""
    return _labelled_with(connection, "speaker", person)


def members(connection: Connection, parent: RecordId) -> list[RecordId]:
    """Return the records that came out of this one, in the order of arrival."""
    return _labelled_with(connection, "family", parent)


def with_content(connection: Connection, sha256: str) -> RecordId | None:
    """Return the oldest record that holds a file with this content, or None.

    A record that only names the content, because a contact's log does, does not hold it.
    """
    row = connection.row(
        "SELECT record_id FROM held JOIN record USING (record_id)"
        " WHERE sha256 = ? ORDER BY record_no LIMIT 1",
        (bytes.fromhex(sha256),),
    )
    return RecordId(row[0].hex()) if row else None


def all_ids(connection: Connection) -> list[RecordId]:
    """Return every record, in the order of arrival."""
    return [
        RecordId(row[0].hex())
        for row in connection.rows("SELECT record_id FROM record ORDER BY record_no")
    ]


def naming(connection: Connection, sha256: str) -> list[RecordId]:
    """Return the records that name this content and do not hold it."""
    rows_ = connection.rows(
        "SELECT record_id FROM attachment JOIN record USING (record_no) WHERE sha256 = ?1"
        " AND record_id NOT IN (SELECT record_id FROM held WHERE sha256 = ?1)",
        (bytes.fromhex(sha256),),
    )
    return [RecordId(row[0].hex()) for row in rows_]


def every_held(connection: Connection) -> Iterator[tuple[str, RecordId]]:
    """Yield the SHA-256 of every file that belongs to a record here, and the record."""
    for sha256, record in connection.each("SELECT sha256, record_id FROM held"):
        yield sha256.hex(), RecordId(record.hex())


def count(connection: Connection) -> int:
    """Return how many records there are."""
    row = connection.row("SELECT count(*) FROM record")
    return int(row[0]) if row else 0


def _labelled_with(connection: Connection, family: str, key: str) -> list[RecordId]:
    rows_ = connection.rows(
        "SELECT record_id FROM label JOIN record USING (record_no)"
        " WHERE family = ? AND key = ? ORDER BY record_no",
        (family, key),
    )
    return [RecordId(row[0].hex()) for row in rows_]


def _by_name(connection: Connection, typed: str) -> list[RecordId]:
    as_reference = read_reference(typed)
    found = connection.rows(
        "SELECT record_id FROM record WHERE reference = ?"
        " UNION SELECT record_id FROM label JOIN record USING (record_no)"
        " WHERE family = 'reference' AND key = ?",
        (as_reference or "", label_key(typed)),
    )
    return [RecordId(row[0].hex()) for row in found]


def _by_prefix(connection: Connection, typed: str) -> list[RecordId]:
    if len(typed) < _SHORTEST_PREFIX or not typed.isascii():
        return []
    found = {
        row[0]
        for row in connection.rows(
            "SELECT record_id FROM record WHERE reference GLOB ? LIMIT 100",
            (typed.replace("[", "").replace("*", "").replace("?", "") + "*",),
        )
    }
    if len(typed) <= 64 and all(sign in "0123456789abcdef" for sign in typed):
        low, high = bytes.fromhex(typed.ljust(64, "0")), bytes.fromhex(typed.ljust(64, "f"))
        rows_ = connection.rows(
            "SELECT record_id FROM record WHERE record_id BETWEEN ? AND ? LIMIT 100", (low, high)
        )
        found |= {row[0] for row in rows_}
    return [RecordId(one.hex()) for one in sorted(found)]


def _dates(record: Record) -> tuple[str | None, str | None]:
    """Return the first and last day that any value of the date covers; open ends are far away."""
    firsts, lasts = [], []
    for value in record.fields.get("date", ()):
        try:
            found = edtf.bounds(str(value.value))
        except edtf.NotADate:
            continue
        firsts.append(found.first or "0001-01-01")
        lasts.append(found.last or "9999-12-31")
    return (min(firsts), max(lasts)) if firsts else (None, None)


def _recorded(log: list[Opened]) -> int:
    for one in log:
        if one.entry.founding and RECORDED in one.openings:
            at_utc = one.openings[RECORDED].value
            return at_utc if isinstance(at_utc, int) else 0
    return 0


def _files(record: Record) -> tuple[File, ...]:
    found = {
        bytes.fromhex(one.sha256): (one.size_bytes, one.media_type, one.name)
        for one in record.attachments
    }
    return tuple((sha256, *found[sha256]) for sha256 in sorted(found))


def _labels(connection: Connection, record: Record) -> tuple[Label, ...]:
    found: dict[tuple[str, str], str] = {}
    for family, values in (("tag", record.many("tags")), ("lang", record.many("languages"))):
        for value in values:
            found[family, label_key(str(value))] = str(value)
    for name in ("reference", "pseudonym", "place"):
        if record.one(name):
            found[name, label_key(record.one(name))] = record.one(name)
    for case in record.many("cases"):
        shown = _title_of(connection, case)
        if shown:
            found["case", label_key(shown)] = shown
    for parent in record.many("family"):
        found["family", parent] = parent
    speaker = record.one("speaker")
    if speaker:
        found["speaker", speaker] = speaker
    return tuple((family, key, found[family, key]) for family, key in sorted(found))


def _title_of(connection: Connection, record: str) -> str:
    """Return what a case is called. Its reference is set once, when it is made."""
    row = connection.row(
        "SELECT shown FROM label JOIN record USING (record_no)"
        " WHERE record_id = ? AND family = 'reference'",
        (bytes.fromhex(record),),
    )
    return str(row[0]) if row else ""


def _values(row: Row) -> tuple[object, ...]:
    return (
        bytes.fromhex(row.record),
        row.reference,
        row.kind,
        row.title,
        row.date,
        row.date_first,
        row.date_last,
        row.sensitivity,
        row.state,
        row.conflicts,
        row.added_utc,
        row.fold,
    )


def _row(values: tuple[object, ...]) -> Row:
    return Row(RecordId(values[0].hex()), *values[1:])  # type: ignore[attr-defined, arg-type]  # the table's column types
