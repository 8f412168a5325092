"""Single values of the archive, each under a name."""

from desktop_app.storage.connection import Connection

NICKNAME = "nickname"
SIGNING_SEED = "signing_seed"
ARCHIVE_ID = "archive_id"
HEADER_SERIAL = "header_serial"
ROLLED_BACK = "rolled_back"  # a contact has seen more of ours than we know
INDEX_TOKENISER = "index_tokeniser"


def read(connection: Connection, name: str, default: bytes) -> bytes:
    """Return the value, or `default` if there is none."""
    row = connection.row("SELECT value FROM meta WHERE name = ?", (name,))
    return bytes(row[0]) if row else default


def write(connection: Connection, name: str, value: bytes) -> None:
    """Set the value."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
