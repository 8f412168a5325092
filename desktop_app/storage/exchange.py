"""What was sent to whom and received from whom: streams, confirmations, editions."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.domain.contact import Contact
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next bundle to an audience stands."""

    stream: str  # 32 hex
    number: int
    previous: str  # 64 hex, or empty for the first


@dataclass(frozen=True, slots=True)
class Sent:
    """A bundle that was written."""

    head: str  # SHA-256 of its bundle.json
    sha512: str
    audience: str
    number: int
    at_utc: int


@dataclass(frozen=True, slots=True)
class Received:
    """A bundle that was taken in."""

    head: str
    stream: str
    number: int
    sha512: str
    signature: str  # 128 hex
    at_utc: int
    refused: tuple[str, ...] = ()  # ids of entries
    missing: tuple[str, ...] = ()  # SHA-256 of files


@dataclass(frozen=True, slots=True)
class Edition:
    """What one reader outside the team was told of a record."""

    id: RecordId
    record: RecordId
    last: EntryId
    told: dict[str, Any]


def next_place(connection: Connection, audience: str, fresh_stream: bytes) -> Place:
    """Return where the next bundle to an audience stands; nothing is reserved yet."""
    row = connection.row(
        "SELECT stream, number, previous FROM stream WHERE audience = ?", (audience,)
    )
    if row is None:
        return Place(fresh_stream.hex(), 1, "")
    return Place(row[0].hex(), row[1] + 1, row[2])


def unsign(connection: Connection, sent: "Sent", place: Place) -> None:
    """Forget a signed bundle of which nothing is left on the medium: its number is free again."""
    connection.execute("DELETE FROM sent_bundle WHERE head = ?", (bytes.fromhex(sent.head),))
    connection.execute(
        "UPDATE stream SET number = ?, previous = ? WHERE audience = ? AND number = ?",
        (place.number - 1, place.previous, sent.audience, place.number),
    )


def add_signed(connection: Connection, sent: Sent, stream: str) -> None:
    """Remember a bundle from the moment of its signature, before it reaches a medium.

    Whoever receives it may quote it to us, and the next one follows it, even if we died meanwhile.
    """
    connection.execute(
        "INSERT INTO stream VALUES (?, ?, ?, ?) ON CONFLICT (audience) DO UPDATE SET"
        " number = excluded.number, previous = excluded.previous",
        (sent.audience, bytes.fromhex(stream), sent.number, sent.head),
    )
    connection.execute(
        "INSERT INTO sent_bundle VALUES (?, ?, ?, ?, ?)",
        (
            bytes.fromhex(sent.head),
            bytes.fromhex(sent.sha512),
            sent.audience,
            sent.number,
            sent.at_utc,
        ),
    )


def add_sent(
    connection: Connection, sent: Sent, readers: Iterable[Contact], things: Iterable[str]
) -> None:
    """Remember that a signed bundle was written, and what each reader gets by it."""
    head = bytes.fromhex(sent.head)
    keys = [bytes.fromhex(one) for one in things]
    for reader in readers:
        connection.execute_many(
            "INSERT INTO sent_thing (contact_no, head, thing) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(reader.number, head, key) for key in keys],
        )


def knows_sent(connection: Connection, sha512: str) -> bool:
    """Return whether this archive remembers having written the bundle."""
    found = connection.row("SELECT 1 FROM sent_bundle WHERE sha512 = ?", (bytes.fromhex(sha512),))
    return found is not None


def number_sent(connection: Connection, reader: Contact, head: str) -> int | None:
    """Return the number of a bundle that went to a reader; None if it is none of ours."""
    row = connection.row(
        "SELECT number FROM sent_bundle WHERE head = ? AND instr(audience, ?) > 0",
        (bytes.fromhex(head), reader.fingerprint),
    )
    return int(row[0]) if row else None


def confirm(connection: Connection, reader: Contact, head: str, without: Sequence[str]) -> bool:
    """Note that a reader has what a bundle gave them; return whether we sent it to them."""
    row = connection.row(
        "UPDATE sent_thing SET confirmed = 1 WHERE contact_no = ? AND head = ?"
        " AND hex(thing) NOT IN (SELECT upper(value) FROM json_each(?)) RETURNING 1",
        (reader.number, bytes.fromhex(head), json.dumps(list(without))),
    )
    return row is not None


def forget_confirmed(connection: Connection, reader: Contact) -> None:
    """Take a reader for somebody who has nothing: what they lack travels again."""
    connection.execute("UPDATE sent_thing SET confirmed = 0 WHERE contact_no = ?", (reader.number,))


def confirmed(connection: Connection, reader: Contact, thing: str) -> bool:
    """Return whether a reader has confirmed to have this entry, opening or blob."""
    row = connection.row(
        "SELECT 1 FROM sent_thing WHERE contact_no = ? AND thing = ? AND confirmed = 1",
        (reader.number, bytes.fromhex(thing)),
    )
    return row is not None


def was_sent(connection: Connection, reader: Contact, thing: str) -> bool:
    """Return whether we ever sent this entry, opening or blob to a reader."""
    row = connection.row(
        "SELECT 1 FROM sent_thing WHERE contact_no = ? AND thing = ?",
        (reader.number, bytes.fromhex(thing)),
    )
    return row is not None


def told_of(connection: Connection, reader: Contact, record: RecordId) -> bool:
    """Return whether a reader has, or may have, a record from us."""
    return was_sent(connection, reader, record) or edition(connection, reader, record) is not None


def add_received(connection: Connection, sender: Contact, received: Received) -> None:
    """Remember a bundle that was taken in."""
    connection.execute(
        "INSERT INTO received_bundle VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            bytes.fromhex(received.head),
            sender.number,
            bytes.fromhex(received.stream),
            received.number,
            bytes.fromhex(received.sha512),
            bytes.fromhex(received.signature),
            received.at_utc,
            json.dumps([received.refused, received.missing]),
        ),
    )


def add_received_blob(connection: Connection, sender: Contact, sha256: str) -> None:
    """Remember that a contact has given us these bytes."""
    connection.execute(
        "INSERT INTO received_blob VALUES (?, ?) ON CONFLICT DO NOTHING",
        (sender.number, bytes.fromhex(sha256)),
    )


def gave_us(connection: Connection, sender: Contact, sha256: str) -> bool:
    """Return whether a contact has ever given us these bytes."""
    row = connection.row(
        "SELECT 1 FROM received_blob WHERE contact_no = ? AND sha256 = ?",
        (sender.number, bytes.fromhex(sha256)),
    )
    return row is not None


def received_from(connection: Connection, sender: Contact) -> list[Received]:
    """Return the bundles taken in from a contact, the newest arrival first."""
    rows = connection.rows(
        "SELECT head, stream, number, sha512, signature, received_utc, refused"
        " FROM received_bundle WHERE contact_no = ? ORDER BY rowid DESC",
        (sender.number,),
    )
    return [
        Received(h.hex(), s.hex(), n, d.hex(), g.hex(), at, *map(tuple, json.loads(r)))
        for h, s, n, d, g, at, r in rows
    ]


def edition(connection: Connection, reader: Contact, record: RecordId) -> Edition | None:
    """Return what a reader was told of a record so far; None: nothing."""
    row = connection.row(
        "SELECT edition_id, record_id, last, told FROM edition"
        " WHERE contact_no = ? AND record_id = ?",
        (reader.number, bytes.fromhex(record)),
    )
    return _edition(row) if row else None


def edition_called(connection: Connection, edition_id: RecordId) -> Edition | None:
    """Return the edition that has this id; None if we made none such."""
    row = connection.row(
        "SELECT edition_id, record_id, last, told FROM edition WHERE edition_id = ?",
        (bytes.fromhex(edition_id),),
    )
    return _edition(row) if row else None


def put_edition(
    connection: Connection, reader: Contact, made: Edition, line: bytes, source: bytes
) -> None:
    """Remember what a reader is told, and the entry that tells it."""
    connection.execute(
        "INSERT INTO edition VALUES (?, ?, ?, ?, ?) ON CONFLICT (edition_id) DO UPDATE SET"
        " last = excluded.last, told = excluded.told",
        (
            bytes.fromhex(made.id),
            reader.number,
            bytes.fromhex(made.record),
            bytes.fromhex(made.last),
            json.dumps(made.told, ensure_ascii=True),
        ),
    )
    connection.execute(
        "INSERT INTO edition_entry VALUES (?, ?, ?, ?)",
        (bytes.fromhex(made.last), bytes.fromhex(made.id), line, source),
    )


def set_told(connection: Connection, made: Edition) -> None:
    """Remember everything that an edition tells now."""
    connection.execute(
        "UPDATE edition SET told = ? WHERE edition_id = ?",
        (json.dumps(made.told, ensure_ascii=True), bytes.fromhex(made.id)),
    )


def edition_lines(connection: Connection, edition_id: RecordId) -> list[tuple[EntryId, bytes]]:
    """Return the entries of an edition as they travel, in the order of making."""
    rows = connection.rows(
        "SELECT entry_id, line FROM edition_entry WHERE edition_id = ? ORDER BY rowid",
        (bytes.fromhex(edition_id),),
    )
    return [(EntryId(entry.hex()), line) for entry, line in rows]


def _edition(row: tuple[Any, ...]) -> Edition:
    return Edition(
        RecordId(row[0].hex()), RecordId(row[1].hex()), EntryId(row[2].hex()), json.loads(row[3])
    )
