"""Sending: a plan that the user agrees to, then a bundle on the medium.

Source of the flow: ARCHITECTURE, "A selection goes out": plan, begin, pack, finish.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from desktop_app.archive import contacts as people
from desktop_app.archive import editions
from desktop_app.archive.archive import Archive
from desktop_app.archive.pieces import Pieces
from desktop_app.archive.selection import Leaving, Plan, plan
from desktop_app.bundle import card
from desktop_app.bundle import medium as packages
from desktop_app.bundle.format import Receipt, Seen, head_hash
from desktop_app.bundle.parcel import Parcel, PayloadFile
from desktop_app.bundle.writer import Written, write
from desktop_app.domain import fold, log
from desktop_app.domain.contact import Contact
from desktop_app.domain.ids import RecordId
from desktop_app.errors import MediumGone, NothingToSend, OneReader, UsageError
from desktop_app.i18n import _
from desktop_app.storage import blobs, entries, exchange, journal
from desktop_app.storage.blobs import Blob
from desktop_app.storage.exchange import Place, Sent
from desktop_app.storage.records import RECORDED

Progress = Callable[[int, int], None]  # bytes done, of how many; may raise Cancelled
MIB = 1 << 20
DEFAULT_VOLUME_MIB = 1024
# The same in every copy of the archive, so that two copies in use give themselves away.
_STREAM = "stream "
_CHUNK_LINES = 10_000
_CHUNK_BYTES = 8 * MIB
_RECEIPTS = 64  # of the newest bundles, again and again: a lost bundle loses no receipt
# Always told with an entry: what later narrows or widens can only be judged with all of them.
_POLICY_FIELDS = ("sensitivity", "state")


@dataclass(frozen=True, slots=True)
class Shared:
    """A bundle that was written, read back and remembered."""

    written: Written
    plan: Plan
    fresh: int  # records that carry something which some reader lacks


@dataclass(slots=True)
class _Load:
    """What goes into one bundle, gathered and sealed, and which things of ours that is."""

    files: list[PayloadFile]
    things: set[str]
    place: Place
    audience: str
    fresh: int
    sent: Sent | None = None  # once it is signed


def make_plan(archive: Archive, names: Iterable[str], chosen: Iterable[RecordId]) -> Plan:
    """Return what would leave for these contacts, and what stays and why. Changes nothing.

    Raises:
        NoSuchContact, NotVerified, Revoked: Somebody cannot be sent to.
        OneReader: Several readers, and not all of them are of the team.
    """
    readers = [people.find(archive, name) for name in dict.fromkeys(names)]
    _need_usable(readers)
    return plan(archive, readers, chosen)


def _need_usable(readers: list[Contact]) -> None:
    for reader in readers:
        people.need_usable(reader)
        if len(readers) > 1 and not reader.team:
            raise OneReader(name=reader.name)


def carry_out(
    archive: Archive,
    agreed: Plan,
    medium: Path,
    *,
    volume_mib: int = DEFAULT_VOLUME_MIB,
    receipts_only: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Shared:
    """Write the bundle of an agreed plan. What changed since then is decided again, never wider.

    Raises:
        NothingToSend: Nothing leaves.
        DiskFull, MediumGone, MediumLies, StorageError: Nothing of it is left on the medium.
    """
    if not medium.is_dir():
        raise MediumGone(why=_("{path} is no folder").format(path=medium))
    if any(found.folder == medium for found in packages.find(medium)):
        raise UsageError(what=_("The folder is itself a package; choose the one that it lies in."))
    decided = _decide_again(archive, agreed)
    if not decided.leaves and not decided.narrowed and not receipts_only:
        reasons = dict.fromkeys(one.reason for one in decided.withheld)
        raise NothingToSend(why=" ".join(list(reasons)[:3]) or _("no record was chosen"))
    with ExitStack() as stack:
        load = _begin(archive, decided, stack)
        try:
            parcel = _parcel(archive, decided, load)
            written = write(
                parcel,
                archive.signer,
                medium,
                volume_mib * MIB,
                progress,
                signed=partial(_note_signed, archive, load),
            )
        except BaseException:
            _forget(archive, load)
            raise
    _finish(archive, decided, load, written)
    return Shared(written, decided, load.fresh)


def _decide_again(archive: Archive, agreed: Plan) -> Plan:
    """Return the plan as it is now: time has passed since the user agreed to it."""
    readers = [people.again(archive, reader) for reader in agreed.readers]
    _need_usable(readers)
    chosen = [one.record.id for one in (*agreed.leaves, *agreed.narrowed)]
    now = plan(archive, readers, chosen)
    allowed = {one.record.id for one in agreed.leaves}
    leaves = tuple(one for one in now.leaves if one.record.id in allowed)
    withheld = {one.record: one for one in (*agreed.withheld, *now.withheld)}
    return Plan(tuple(readers), leaves, tuple(withheld.values()), now.narrowed)


def _forget(archive: Archive, load: _Load) -> None:
    """Give the number back: nothing of the bundle is left on the medium."""
    if load.sent is not None:
        with archive.connection.transaction():
            exchange.unsign(archive.connection, load.sent, load.place)


def _begin(archive: Archive, decided: Plan, stack: ExitStack) -> _Load:
    """Make editions, gather what the readers lack, reserve the number: a short transaction."""
    connection = archive.connection
    audience = " ".join(sorted(reader.fingerprint for reader in decided.readers))
    things: set[str] = set()
    with connection.transaction():
        lines = list(_lines(archive, decided, things))
        place = exchange.next_place(connection, audience, archive.signer.derive(_STREAM + audience))
        for reader in decided.readers:
            for one in decided.leaves:
                journal.append(
                    connection, archive.now(), "leaving", one.record.id, to=reader.fingerprint
                )
    files = [*_entry_files(archive, lines, stack), *_blob_files(archive, decided, things)]
    own = card.write_file(people.own_card(archive))
    files.append(_in_memory("data/card.json", own))
    fresh = sum(
        bool(things.intersection((*(entry.entry.id for entry in one.log), *one.files)))
        for one in decided.leaves
    )
    return _Load(files, things, place, audience, fresh if decided.team else len(lines))


def _lines(archive: Archive, decided: Plan, things: set[str]) -> Iterator[bytes]:
    if decided.team:
        for leaving in decided.leaves:
            yield from _team_lines(archive, decided, leaving, things, whole=True)
        for leaving in decided.narrowed:
            yield from _team_lines(archive, decided, leaving, things, whole=False)
        return
    reader = decided.readers[0]
    lines = [editions.lines(archive, reader, one) for one in decided.leaves]
    lines += [editions.narrowing(archive, reader, one) for one in decided.narrowed]
    for told in lines:
        for entry_id, line in told:
            if not exchange.confirmed(archive.connection, reader, entry_id):
                things.add(entry_id)
                yield line


def _team_lines(
    archive: Archive, decided: Plan, leaving: Leaving, things: set[str], *, whole: bool
) -> Iterator[bytes]:
    """Yield the log of a record with the openings of what counts now.

    Not `whole`: only with those that narrow, for readers who have the rest.
    """
    record = leaving.record.id
    current = fold.current(record, leaving.log) if whole else set()
    opened = {one.entry.id: one for one in leaving.log}
    for signed, _raw in entries.signed_of_record(archive.connection, record):
        entry_id = log.entry_id(signed.raw)
        wanted = {
            log.commitment(opening.raw): opening.raw
            for name, opening in opened[entry_id].openings.items()
            if name == RECORDED
            or name in _POLICY_FIELDS
            or (entry_id, name) in current
            or (whole and entry_id in leaving.record.waiting)
        }
        lacking = {one for one in (entry_id, *wanted) if _lacks(archive, decided, one)}
        if lacking:
            things |= lacking
            yield log.write_line(signed, wanted.values())


def _lacks(archive: Archive, decided: Plan, thing: str) -> bool:
    return not all(
        exchange.confirmed(archive.connection, reader, thing) for reader in decided.readers
    )


def _entry_files(
    archive: Archive, lines: Iterable[bytes], stack: ExitStack
) -> Iterator[PayloadFile]:
    """Yield the entries in files, each sealed in staging until the bundle is written."""
    for number, chunk in enumerate(_chunks(lines), start=1):
        sealed = archive.blobs.seal(io.BytesIO(chunk))
        stack.callback(archive.blobs.drop, sealed)
        yield PayloadFile(
            f"data/entries/{number:04d}.jsonl",
            sealed.size_bytes,
            sealed.sha256,
            partial(_staged, archive, sealed),
        )


def _staged(archive: Archive, sealed: Blob) -> Pieces:
    return Pieces(archive.blobs.read_staged(sealed))


def _chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and (len(held) >= _CHUNK_LINES or size + len(line) > _CHUNK_BYTES):
            yield b"".join(held)
            held, size = [], 0
        held.append(line + b"\n")
        size += len(line) + 1
    if held:
        yield b"".join(held)


def _blob_files(archive: Archive, decided: Plan, things: set[str]) -> Iterator[PayloadFile]:
    wanted = dict.fromkeys(sha256 for one in decided.leaves for sha256 in one.files)
    for sha256 in wanted:
        if _lacks(archive, decided, sha256):
            blob = blobs.find(archive.connection, sha256)
            assert blob is not None  # the plan withheld records that lack their file
            things.add(sha256)
            yield _blob_file(archive, blob)


def _blob_file(archive: Archive, blob: Blob) -> PayloadFile:
    return PayloadFile(
        f"data/blobs/{blob.sha256}",
        blob.size_bytes,
        blob.sha256,
        lambda: Pieces(archive.blobs.read(blob, blob.sha256[:16])),
    )


def _in_memory(name: str, content: bytes) -> PayloadFile:
    digest = hashlib.sha256(content).hexdigest()
    return PayloadFile(name, len(content), digest, lambda: io.BytesIO(content))


def _parcel(archive: Archive, decided: Plan, load: _Load) -> Parcel:
    alone = decided.readers[0] if len(decided.readers) == 1 else None
    return Parcel(
        files=load.files,
        audience=[reader.fingerprint for reader in decided.readers],
        recipients=[one for reader in decided.readers for one in reader.recipients],
        stream=load.place.stream,
        number=load.place.number,
        previous=load.place.previous,
        made=people.day(archive.now()),
        seen=_seen(archive, alone) if alone else None,
        receipts=_receipts(archive, alone) if alone else (),
    )


def _seen(archive: Archive, reader: Contact) -> Seen | None:
    newest = exchange.received_from(archive.connection, reader)[:1]
    return Seen(newest[0].sha512, newest[0].signature) if newest else None


def _receipts(archive: Archive, reader: Contact) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(
            one.head,
            "part" if one.refused or one.missing else "taken",
            one.refused,
            one.missing,
        )
        for one in exchange.received_from(archive.connection, reader)[:_RECEIPTS]
    )


def _finish(archive: Archive, decided: Plan, load: _Load, written: Written) -> None:
    """Remember what the readers have now: a short transaction."""
    sent = load.sent
    assert sent is not None
    assert sent.head == head_hash(written.head_raw)
    with archive.connection.transaction():
        exchange.add_sent(archive.connection, sent, decided.readers, load.things)
        for one in decided.leaves:
            journal.append(
                archive.connection, archive.now(), "shared", one.record.id, bundle=sent.head
            )
        journal.append(archive.connection, archive.now(), "bundle written", bundle=sent.head)


def _note_signed(archive: Archive, load: _Load, head_raw: bytes) -> None:
    sha512 = hashlib.sha512(head_raw).hexdigest()
    number = load.place.number
    sent = Sent(head_hash(head_raw), sha512, load.audience, number, archive.now())
    with archive.connection.transaction():
        exchange.add_signed(archive.connection, sent, load.place.stream)
    load.sent = sent
