"""Contacts and our own reading keys, in the database."""

import json
from typing import Any

from desktop_app.crypto import recipients
from desktop_app.domain.contact import Contact, Trust
from desktop_app.domain.ids import Fingerprint
from desktop_app.storage.connection import Connection

_COLUMNS = "contact_no, name, fingerprint, public, card_number, recipients, trust, team, clearance"


def every(connection: Connection) -> list[Contact]:
    """Return all contacts, sorted by name."""
    rows = connection.rows(f"SELECT {_COLUMNS} FROM contact ORDER BY name")  # noqa: S608 (a literal)
    return [_contact(row) for row in rows]


def by_fingerprint(connection: Connection, fingerprint: Fingerprint) -> Contact | None:
    """Return the contact with this key, or None."""
    row = connection.row(
        f"SELECT {_COLUMNS} FROM contact WHERE fingerprint = ?",  # noqa: S608 (a literal)
        (bytes.fromhex(fingerprint),),
    )
    return _contact(row) if row else None


def put(connection: Connection, contact: Contact) -> None:
    """Store a contact: a new one, or new values of the one with this fingerprint."""
    connection.execute(
        "INSERT INTO contact (name, fingerprint, public, card_number, recipients, trust, team,"
        " clearance) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET"
        " name = excluded.name, card_number = excluded.card_number,"
        " recipients = excluded.recipients, trust = excluded.trust, team = excluded.team,"
        " clearance = excluded.clearance",
        (
            contact.name,
            bytes.fromhex(contact.fingerprint),
            contact.public,
            contact.card_number,
            json.dumps(contact.recipients),
            str(contact.trust),
            int(contact.team),
            contact.clearance,
        ),
    )


def reading_keys(connection: Connection) -> list[recipients.Identity]:
    """Return our reading keys, the newest first; there is at least one."""
    rows = connection.rows(
        "SELECT identity, recipient FROM reading_key ORDER BY made_utc DESC, recipient"
    )
    return [recipients.Identity(secret, recipient) for secret, recipient in rows]


def make_reading_key(connection: Connection, now: int) -> None:
    """Make the first reading key, unless there is one. Belongs into a transaction."""
    if reading_keys(connection):
        return
    made = recipients.new_identity()
    connection.execute(
        "INSERT INTO reading_key VALUES (?, ?, ?)", (made.recipient, made.secret, now)
    )


def _contact(row: tuple[Any, ...]) -> Contact:
    number, name, fingerprint, public, card, to, trust, team, clearance = row
    return Contact(
        number,
        name,
        Fingerprint(fingerprint.hex()),
        public,
        card,
        tuple(json.loads(to)),
        Trust(trust),
        bool(team),
        clearance,
    )
