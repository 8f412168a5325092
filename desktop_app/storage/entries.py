"""The log in the database: entries as the bytes that were signed, openings beside them."""

from collections.abc import Iterable, Iterator

from desktop_app.crypto import signing
from desktop_app.domain import log
from desktop_app.domain.fold import Opened
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId
from desktop_app.domain.log import Entry, SignedEntry
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import EntryRefused
from desktop_app.storage.connection import Connection


def verify(signed: SignedEntry) -> Entry:
    """Return the parsed entry once its signature holds.

    Raises:
        EntryRefused: The signature is not by its key, the key is not its author's, or the entry
            breaks a rule of the format.
    """
    if not signing.verify(signed.key, signed.raw, signed.signature, log.NAMESPACE):
        raise EntryRefused(why="its signature does not fit")
    try:
        entry = log.read_entry(signed.raw)
    except Malformed as error:
        raise EntryRefused(why=str(error)) from error
    if entry.author != signing.fingerprint(signed.key):
        raise EntryRefused(why="it names another author than its signature")
    return entry


def put(connection: Connection, signed: SignedEntry, openings: Iterable[bytes]) -> Entry:
    """Store a verified entry and its openings; both may be known already. Return it parsed.

    Raises:
        EntryRefused: It does not verify, follows an entry of another record, or an opening does
            not belong to it.
    """
    entry = verify(signed)
    _check_place(connection, entry)
    try:
        opened = log.open_all(entry, openings)
    except Malformed as error:
        raise EntryRefused(why=str(error)) from error
    insert(connection, entry, signed, opened.values())
    return entry


def insert(
    connection: Connection, entry: Entry, signed: SignedEntry, openings: Iterable[log.Opening]
) -> None:
    """Store an entry that this archive has just made, or that `put` has verified."""
    key = bytes.fromhex(entry.id)
    connection.execute(
        "INSERT INTO entry (entry_id, record_id, raw, key, signature)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (key, bytes.fromhex(entry.record), signed.raw, signed.key, signed.signature),
    )
    for one in openings:
        connection.execute(
            "INSERT INTO opening VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (key, one.name, one.raw),
        )
        if opening(connection, entry.id, one.name) != one.raw:
            raise EntryRefused(why="an entry that sets one field twice")


def parsed(signed: SignedEntry) -> Entry | None:
    """Return the entry without verifying its signature; None if it is malformed."""
    try:
        return log.read_entry(signed.raw)
    except Malformed:
        return None


def of_record(connection: Connection, record: RecordId) -> list[Opened]:
    """Return every entry of a record with its openings, in the order of arrival."""
    found = connection.rows(
        "SELECT entry_id, raw FROM entry WHERE record_id = ? ORDER BY entry_no",
        (bytes.fromhex(record),),
    )
    return [_opened(connection, entry_id, raw) for entry_id, raw in found]


def signed_of_record(
    connection: Connection, record: RecordId
) -> list[tuple[SignedEntry, list[bytes]]]:
    """Return what travels or is exported of a record's log: entries and their openings."""
    found = connection.rows(
        "SELECT entry_id, raw, key, signature FROM entry WHERE record_id = ? ORDER BY entry_no",
        (bytes.fromhex(record),),
    )
    return [
        (SignedEntry(raw, key, signature), _raw_openings(connection, entry_id))
        for entry_id, raw, key, signature in found
    ]


def every(connection: Connection) -> Iterator[tuple[EntryId, SignedEntry]]:
    """Yield every entry of the archive with the id that it is filed under."""
    for entry_id, raw, key, signature in connection.each(
        "SELECT entry_id, raw, key, signature FROM entry ORDER BY entry_no"
    ):
        yield EntryId(entry_id.hex()), SignedEntry(raw, key, signature)


def founder(connection: Connection, record: RecordId) -> Fingerprint | None:
    """Return who made a record; None if its founding entry is not here."""
    row = connection.row("SELECT key FROM entry WHERE entry_id = ?", (bytes.fromhex(record),))
    return signing.fingerprint(row[0]) if row else None


def record_of(connection: Connection, entry: EntryId) -> RecordId | None:
    """Return the record that an entry speaks of; None if the entry is not here."""
    row = connection.row("SELECT record_id FROM entry WHERE entry_id = ?", (bytes.fromhex(entry),))
    return RecordId(row[0].hex()) if row else None


def opening(connection: Connection, entry: EntryId, name: str) -> bytes | None:
    """Return one opening of an entry; None if it is not here."""
    row = connection.row(
        "SELECT raw FROM opening WHERE entry_id = ? AND name = ?", (bytes.fromhex(entry), name)
    )
    return row[0] if row else None


def filed_openings(connection: Connection, record: RecordId) -> list[tuple[EntryId, str]]:
    """Return under which entry and name the openings of a record are filed."""
    rows = connection.rows(
        "SELECT entry_id, name FROM opening JOIN entry USING (entry_id) WHERE record_id = ?",
        (bytes.fromhex(record),),
    )
    return [(EntryId(row[0].hex()), row[1]) for row in rows]


def record_ids(connection: Connection) -> list[RecordId]:
    """Return the ids of all records that the log speaks of."""
    rows = connection.rows("SELECT DISTINCT record_id FROM entry ORDER BY record_id")
    return [RecordId(row[0].hex()) for row in rows]


def _check_place(connection: Connection, entry: Entry) -> None:
    for before in entry.follows:
        row = connection.row(
            "SELECT record_id FROM entry WHERE entry_id = ?", (bytes.fromhex(before),)
        )
        if row is not None and row[0].hex() != entry.record:
            raise EntryRefused(why="it follows an entry of another record")


def _opened(connection: Connection, entry_id: bytes, raw: bytes) -> Opened:
    try:
        entry = log.read_entry(raw)
        return Opened(entry, log.open_all(entry, _raw_openings(connection, entry_id)))
    except Malformed as error:
        raise EntryRefused(why=str(error)) from error


def _raw_openings(connection: Connection, entry_id: bytes) -> list[bytes]:
    rows = connection.rows("SELECT raw FROM opening WHERE entry_id = ? ORDER BY name", (entry_id,))
    return [row[0] for row in rows]
