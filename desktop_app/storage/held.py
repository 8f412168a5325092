"""Which files belong to a record here: a hash in a log alone gives nobody anything."""

from desktop_app.domain.ids import RecordId
from desktop_app.storage.connection import Connection


def add(connection: Connection, record: RecordId, sha256: str) -> None:
    """Say that these bytes came with this record, or that its sender has them from here."""
    connection.execute(
        "INSERT INTO held VALUES (?, ?) ON CONFLICT DO NOTHING",
        (bytes.fromhex(record), bytes.fromhex(sha256)),
    )


def of_record(connection: Connection, record: RecordId) -> set[str]:
    """Return the SHA-256 of every file that belongs to a record here."""
    rows = connection.rows("SELECT sha256 FROM held WHERE record_id = ?", (bytes.fromhex(record),))
    return {row[0].hex() for row in rows}
