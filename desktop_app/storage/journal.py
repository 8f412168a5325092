"""The journal: what was done here, a local hash chain that never travels by itself."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop_app.domain import strict_json
from desktop_app.domain.ids import RecordId
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import ArchiveDamaged
from desktop_app.i18n import _
from desktop_app.storage import meta
from desktop_app.storage.connection import Connection

_DOMAIN = b"skrynia journal v1\0"
_START = bytes(32)
_HEAD = "journal_head"
_LENGTH = "journal_length"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done."""

    number: int
    at_utc: int  # milliseconds
    what: str
    record: RecordId | None
    detail: Mapping[str, Any]


def append(
    connection: Connection,
    at_utc: int,
    what: str,
    record: RecordId | None = None,
    **detail: Any,
) -> None:
    """Add a line. Belongs into the transaction that does what it tells."""
    text = strict_json.write(detail).decode()
    number = int.from_bytes(meta.read(connection, _LENGTH, b""), "big") + 1
    chain = _chain(meta.read(connection, _HEAD, _START), number, at_utc, what, record, text)
    connection.execute(
        "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
        (number, at_utc, what, bytes.fromhex(record) if record else None, text, chain),
    )
    meta.write(connection, _HEAD, chain)
    meta.write(connection, _LENGTH, number.to_bytes(8, "big"))


def lines(connection: Connection, record: RecordId | None = None) -> Iterator[Line]:
    """Yield the journal from its beginning, or what it tells of one record."""
    where = "WHERE record_id = :record" if record else ""
    for number, at_utc, what, about, text, _chain_value in connection.each(
        f"SELECT * FROM journal {where} ORDER BY line_no",  # noqa: S608 (one of two literals)
        {"record": bytes.fromhex(record)} if record else {},
    ):
        record_id = RecordId(about.hex()) if about else None
        yield Line(number, at_utc, what, record_id, _detail(text))


def received_from(connection: Connection, record: RecordId, sender: str) -> bool:
    """Return whether anything that is said of a record came from this sender."""
    return any(
        line.what == "received" and line.detail.get("sender") == sender
        for line in lines(connection, record)
    )


def broken_at(connection: Connection) -> int | None:
    """Return the number of the first line that does not fit the chain; None if all fit.

    A missing end counts as well: the head and the length are kept apart from the lines.
    """
    chain, expected = _START, 0
    for number, at_utc, what, about, text, stored in connection.each(
        "SELECT * FROM journal ORDER BY line_no"
    ):
        expected += 1
        record = RecordId(about.hex()) if about else None
        chain = _chain(chain, expected, at_utc, what, record, text)
        if number != expected or stored != chain:
            return expected
    length = int.from_bytes(meta.read(connection, _LENGTH, b""), "big")
    if length != expected or chain != meta.read(connection, _HEAD, _START):
        return min(length, expected) + 1
    return None


def _detail(text: str) -> Mapping[str, Any]:
    try:
        found = strict_json.read(text.encode())
    except Malformed as error:
        raise ArchiveDamaged(why=_("a line of the journal cannot be read")) from error
    return found if isinstance(found, dict) else {}


def _chain(
    before: bytes, number: int, at_utc: int, what: str, record: RecordId | None, text: str
) -> bytes:
    line = strict_json.write([number, at_utc, what, record or "", text])
    return hashlib.sha256(_DOMAIN + before + line).digest()
