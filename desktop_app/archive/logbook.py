"""Saying something about a record: an entry is made, signed, stored, folded and indexed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.archive import indexing
from desktop_app.archive.archive import Archive
from desktop_app.crypto.keys import random_bytes
from desktop_app.domain import log
from desktop_app.domain.ids import RecordId
from desktop_app.domain.log import Entry, Opening, SignedEntry
from desktop_app.domain.record import Record
from desktop_app.storage import entries, journal, readings, records
from desktop_app.storage.connection import Connection
from desktop_app.storage.readings import Stored

RECORDED = records.RECORDED


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of our own making, signed and not yet stored."""

    entry: Entry
    signed: SignedEntry
    openings: tuple[Opening, ...]


def founding(archive: Archive, type_: str, kind: str, fields: Mapping[str, Any]) -> Said:
    """Return a signed entry that makes a record of `kind` with these fields."""
    openings = _openings(archive, fields)
    nonce = random_bytes(log.NONCE_BYTES)
    raw = log.write_founding(archive.fingerprint, type_, kind, nonce, [one.raw for one in openings])
    return _signed(archive, raw, openings)


def following(archive: Archive, record: Record, type_: str, fields: Mapping[str, Any]) -> Said:
    """Return a signed entry that follows all heads of `record` and sets these fields."""
    openings = _openings(archive, fields)
    heads = record.heads[: log.MAX_FOLLOWS]
    raw = log.write_entry(
        record.id, heads, archive.fingerprint, type_, [one.raw for one in openings]
    )
    return _signed(archive, raw, openings)


def store(
    archive: Archive, said: Said, new: Stored | Sequence[str] | None = None, **detail: Any
) -> tuple[Record, int]:
    """Store an entry of ours, bring the tables after it; return the record and its number.

    Belongs into a transaction.

    Args:
        archive: The archive.
        said: The entry.
        new: What was found in its file, or its text; None keeps what is stored.
        detail: What the journal notes beside the entry's id.
    """
    connection = archive.connection
    entries.insert(connection, said.entry, said.signed, said.openings)
    journal.append(
        connection,
        archive.now(),
        said.entry.type,
        said.entry.record,
        entry=said.entry.id,
        **({"reading": new.digest()} if isinstance(new, Stored) else {}),
        **detail,
    )
    return refresh(archive, said.entry.record, new)


def refresh(
    archive: Archive, record_id: RecordId, new: Stored | Sequence[str] | None = None
) -> tuple[Record, int]:
    """Fold a record again and bring tables and index after it; return it and its number.

    The number is 0 as long as the founding entry has not arrived: the tables do not know it.
    """
    connection = archive.connection
    record, opened = records.fold_record(connection, record_id)
    if not record.kind:
        return record, 0
    number = records.save(connection, records.project(connection, record, opened))
    if isinstance(new, Stored):
        readings.put(connection, number, new)
        indexing.put(connection, number, record, new.pages)
    else:
        indexing.put(connection, number, record, new)
    if record.kind == "person":
        _reindex_testimonies(connection, record_id)
    return record, number


def _reindex_testimonies(connection: Connection, person: RecordId) -> None:
    """Make testimonies findable by what their speaker is called now."""
    for told in records.told_by(connection, person):
        record, _log = records.fold_record(connection, told)
        indexing.put(connection, records.find_number(connection, told), record)


def _openings(archive: Archive, fields: Mapping[str, Any]) -> tuple[Opening, ...]:
    author = archive.fingerprint
    said = {**fields, RECORDED: archive.now()}
    return tuple(
        Opening(
            log.write_opening(author, name, random_bytes(log.SALT_BYTES), value),
            author,
            name,
            value,
        )
        for name, value in said.items()
    )


def _signed(archive: Archive, raw: bytes, openings: tuple[Opening, ...]) -> Said:
    signature = archive.signer.sign(raw, log.NAMESPACE)
    signed = SignedEntry(raw, archive.signer.public, signature)
    return Said(log.read_entry(raw), signed, openings)
