"""Opening a package: everything is looked at first, then taken in whole or not at all."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count, islice, takewhile
from pathlib import Path

from desktop_app.archive import contacts as people
from desktop_app.archive import incoming, logbook
from desktop_app.archive.archive import Archive, rolled_back_words
from desktop_app.archive.incoming import BLOBS, Effect, Incoming, Outdone, Refused
from desktop_app.archive.pieces import Pieces
from desktop_app.archive.prepare import LIMITS, Reader
from desktop_app.bundle import card, medium
from desktop_app.bundle.format import Head, head_hash
from desktop_app.bundle.medium import Found
from desktop_app.bundle.opening import Opened, drop, open_bundle, read_staged
from desktop_app.bundle.unpack import Staged
from desktop_app.crypto import signing
from desktop_app.domain.contact import Contact
from desktop_app.domain.ids import RecordId
from desktop_app.errors import (
    AlreadyReceived,
    CardRefused,
    NoBundle,
    OwnPackage,
    SeveralPackages,
    UnknownSender,
)
from desktop_app.extraction import thumbnail
from desktop_app.extraction.extract import without_reading
from desktop_app.extraction.sniff import HEAD_BYTES
from desktop_app.i18n import _
from desktop_app.storage import (
    blobs,
    contacts,
    entries,
    exchange,
    held,
    journal,
    meta,
    readings,
    records,
)
from desktop_app.storage.blobs import Blob
from desktop_app.storage.exchange import Received
from desktop_app.storage.readings import Stored

Progress = Callable[[int, int], None]  # bytes done, of how many; may raise Cancelled
_TAKEN = ("taken", "part")
_MOST_GAPS = 1000
_MOST_NAMED = 10_000  # in a receipt, which the format bounds
_PIECE_BYTES = 1 << 20
_CARD = "data/card.json"
_BUNDLE_NAMESPACE = "bundle@skrynia.v1"


@dataclass(frozen=True, slots=True)
class Report:
    """What a bundle would do, or did."""

    sender: Contact
    head: Head
    effects: tuple[Effect, ...]
    refused: tuple[Refused, ...]
    missing: tuple[str, ...]  # SHA-256 of files that are spoken of and never came from the sender
    confirmed: tuple[int, ...]  # numbers of our bundles that the sender has taken in
    gaps: tuple[int, ...]  # numbers of this stream that have not arrived
    warnings: tuple[str, ...]

    @property
    def new(self) -> list[RecordId]:
        """Records that were not here."""
        return [one.record.id for one in self.effects if one.new]

    @property
    def changed(self) -> list[RecordId]:
        """Records that say something else now."""
        return [one.record.id for one in self.effects if one.changed]

    @property
    def conflicts(self) -> int:
        """Fields that nobody has decided, and that were not in conflict before."""
        return sum(one.conflicts for one in self.effects)

    @property
    def waiting(self) -> int:
        """Entries that wait for others."""
        return sum(one.waiting for one in self.effects)

    @property
    def outdone(self) -> list[Outdone]:
        """Values of yours that would give way: to be looked at one by one."""
        return [outdone for one in self.effects for outdone in one.outdone]


class Inspection:
    """An opened package: looked at, staged sealed, and not taken in. Close it in any case."""

    def __init__(self, archive: Archive, sender: Contact, opened: Opened, raw: Incoming) -> None:
        self._archive = archive
        self._sender = sender
        self._opened = opened
        self._incoming = raw
        self._staged = {one.sha256: one for one in opened.files if one.path.startswith(BLOBS)}
        self._named = _named(archive, sender, raw, self._staged)
        self.report = self._judge()

    def __enter__(self) -> "Inspection":
        return self

    def __exit__(self, *_error: object) -> None:
        drop(self._archive.blobs.staging, self._opened.files)
        self._archive.blobs.settle(self._archive.connection)

    def take_in(self, make_reader: Callable[[], Reader]) -> Report:
        """Take everything in that is not refused: one transaction, all or nothing.

        Raises:
            NotVerified, Revoked: The sender was set aside while the package was looked at.
        """
        archive, connection = self._archive, self._archive.connection
        self._need_sender()
        found = self._read_files(make_reader)
        fresh = self._fresh_blobs()
        archive.blobs.keep(list(fresh.values()))
        with connection.transaction():
            for blob in fresh.values():
                blobs.add(connection, blob)
            for sha256 in self._staged:
                exchange.add_received_blob(connection, self._sender, sha256)
            for arrived in self._incoming.by_record.values():
                for one in arrived:
                    self._put(one)
            for record in self._named:
                self._hold(record)
            for record in self._in_order():
                self._refresh(record, found)
            self._remember()
        return self.report

    def _judge(self) -> Report:
        archive, head = self._archive, self._opened.head
        effects = tuple(
            incoming.effect(archive, record, arrived)
            for record, arrived in self._incoming.by_record.items()
        )
        named = set().union(*self._named.values())
        missing = sorted(one for one in named if not self._came(one))
        return Report(
            self._sender,
            head,
            effects,
            tuple(self._incoming.refused),
            tuple(missing),
            _confirmed(archive, self._sender, head),
            _gaps(archive, self._sender, head),
            tuple(_warnings(archive, self._sender, self._opened)),
        )

    def _came(self, sha256: str) -> bool:
        """Return whether these bytes came from this sender, or he has them from us."""
        connection = self._archive.connection
        return (
            sha256 in self._staged
            or exchange.gave_us(connection, self._sender, sha256)
            or exchange.was_sent(connection, self._sender, sha256)
        )

    def _fresh_blobs(self) -> dict[str, Blob]:
        """Return the files that are spoken of and not here yet; others stay behind."""
        named = set().union(*self._named.values())
        return {
            sha256: Blob(staged.name, staged.key, sha256, staged.size_bytes)
            for sha256, staged in self._staged.items()
            if sha256 in named and blobs.find(self._archive.connection, sha256) is None
        }

    def _put(self, one: incoming.Arrived) -> None:
        connection = self._archive.connection
        known = entries.record_of(connection, one.entry.id) is not None
        entries.insert(connection, one.entry, one.signed, one.opened.openings.values())
        if not known:
            journal.append(
                connection,
                self._archive.now(),
                "received",
                one.entry.record,
                entry=one.entry.id,
                sender=self._sender.fingerprint,
                bundle=head_hash(self._opened.head_raw),
            )

    def _hold(self, record: RecordId) -> None:
        for sha256 in self._named[record]:
            if self._came(sha256) and blobs.find(self._archive.connection, sha256) is not None:
                held.add(self._archive.connection, record, sha256)

    def _in_order(self) -> list[RecordId]:
        """Return the records, those that others name (people, cases, mails) first."""
        rank = {"person": 0, "case": 0}
        kinds = {one.record.id: one.record.kind for one in self.report.effects}
        touched = {**dict.fromkeys(self._named), **kinds}
        return sorted(touched, key=lambda one: rank.get(kinds.get(one, ""), 1))

    def _refresh(self, record: RecordId, found: dict[str, Stored]) -> None:
        archive = self._archive
        ours = held.of_record(archive.connection, record)
        reading = next((found[one] for one in sorted(ours) if one in found), None)
        if reading is not None:
            journal.append(
                archive.connection, archive.now(), "read", record, reading=reading.digest()
            )
        folded, number = logbook.refresh(archive, record, reading)
        text = folded.one("text")
        if number and text is not None and readings.read(archive.connection, number) is None:
            logbook.refresh(archive, record, [text])

    def _read_files(self, make_reader: Callable[[], Reader]) -> dict[str, Stored]:
        """Read the files that arrived, in the worker, before anything is written."""
        named = set().union(*self._named.values())
        wanted = {sha256: one for sha256, one in self._staged.items() if sha256 in named}
        if not wanted:
            return {}
        with contextlib.closing(make_reader()) as reader:
            return {sha256: self._read_file(reader, one) for sha256, one in wanted.items()}

    def _read_file(self, reader: Reader, staged: Staged) -> Stored:
        with contextlib.closing(Pieces(read_staged(self._archive.blobs.staging, staged))) as file:
            head = file.read(HEAD_BYTES)
            reading = without_reading(head, staged.size_bytes, "", LIMITS)
            if reading is None:
                rest = iter(lambda: file.read(_PIECE_BYTES), b"")
                reading = reader.read(b"".join((head, *rest)), "")
        picture = thumbnail.encode(reading.thumbnail) if reading.thumbnail else None
        return Stored.of(reading, picture)

    def _remember(self) -> None:
        archive, head = self._archive, self._opened.head
        received = Received(
            head_hash(self._opened.head_raw),
            head.stream,
            head.number,
            hashlib.sha512(self._opened.head_raw).hexdigest(),
            self._opened.signature.hex(),
            archive.now(),
            tuple(one.entry for one in self.report.refused if one.entry)[:_MOST_NAMED],
            self.report.missing[:_MOST_NAMED],
        )
        if _is_told_twice(archive, self._sender, head):
            exchange.forget_confirmed(archive.connection, self._sender)
        exchange.add_received(archive.connection, self._sender, received)
        for receipt in head.receipts:
            if receipt.state not in _TAKEN:
                continue  # what merely arrived is not theirs yet, and travels again
            without = (*receipt.refused, *receipt.missing)
            exchange.confirm(archive.connection, self._sender, receipt.bundle, without)
        if head.seen is not None and _proves_roll_back(archive, head):
            meta.write(archive.connection, meta.ROLLED_BACK, b"1")
        self._renew_card()
        journal.append(archive.connection, archive.now(), "bundle taken in", bundle=received.head)

    def _need_sender(self) -> None:
        """Look the sender up again: time has passed since the package was opened."""
        self._sender = people.again(self._archive, self._sender)
        people.need_usable(self._sender)

    def _renew_card(self) -> None:
        """Take a newer card of the sender's own; never one of somebody else."""
        for staged in self._opened.files:
            if staged.path == _CARD and staged.size_bytes <= people.MAX_CARD_BYTES:
                raw = b"".join(read_staged(self._archive.blobs.staging, staged))
                with contextlib.suppress(CardRefused):
                    theirs = card.read_file(raw).card
                    newer = theirs.number > self._sender.card_number
                    if theirs.fingerprint == self._sender.fingerprint and newer:
                        renewed = replace(
                            self._sender, card_number=theirs.number, recipients=theirs.recipients
                        )
                        contacts.put(self._archive.connection, renewed)


def inspect(
    archive: Archive, folder: Path, *, progress: Progress = lambda _done, _total: None
) -> Inspection:
    """Open the package that lies in `folder`, into staging; nothing is taken in yet.

    Raises:
        NoBundle, SeveralPackages: Which package is meant is not clear.
        UnknownSender, NotVerified, Revoked: Whoever signed it is not somebody to take from.
        AlreadyReceived: It was taken in before.
        BundleError, CourierError, DiskFull: It cannot be opened; see their words.
    """
    found = _one(folder)
    senders: list[Contact] = []

    def accept(head: Head, raw: bytes, _signature: bytes) -> None:
        senders.append(_sender(archive, head, raw))

    known = {one.fingerprint: one.public for one in contacts.every(archive.connection)}
    known[archive.fingerprint] = archive.signer.public
    secrets = [one.secret for one in contacts.reading_keys(archive.connection)]
    staging = archive.blobs.staging
    opened = open_bundle(found, secrets, known, archive.fingerprint, staging, accept, progress)
    try:
        raw = incoming.read(archive, opened, senders[0])
        return Inspection(archive, senders[0], opened, raw)
    except BaseException:
        drop(staging, opened.files)
        raise


def _one(folder: Path) -> Found:
    found = medium.find(folder) if folder.exists() else []
    if not found:
        raise NoBundle(folder=folder)
    if len(found) > 1:
        raise SeveralPackages(count=len(found), names=", ".join(one.named for one in found))
    return found[0]


def _sender(archive: Archive, head: Head, raw: bytes) -> Contact:
    if head.sender == archive.fingerprint:
        raise OwnPackage
    sender = contacts.by_fingerprint(archive.connection, head.sender)
    if sender is None:
        raise UnknownSender(fingerprint=head.sender)
    people.need_usable(sender)
    if any(
        one.head == head_hash(raw) for one in exchange.received_from(archive.connection, sender)
    ):
        raise AlreadyReceived(number=head.number, name=sender.name)
    return sender


def _named(
    archive: Archive, sender: Contact, raw: Incoming, staged: Iterable[str]
) -> dict[RecordId, set[str]]:
    """Return by record the files that it names: by what arrives, or by what arrived earlier."""
    found = incoming.attachments(raw)
    for sha256 in staged:
        for record in records.naming(archive.connection, sha256):
            if journal.received_from(archive.connection, record, sender.fingerprint):
                found.setdefault(record, set()).add(sha256)
    return found


def _confirmed(archive: Archive, sender: Contact, head: Head) -> tuple[int, ...]:
    numbers = {
        exchange.number_sent(archive.connection, sender, receipt.bundle)
        for receipt in head.receipts
        if receipt.state in _TAKEN
    }
    return tuple(sorted(number for number in numbers if number is not None))


def _gaps(archive: Archive, sender: Contact, head: Head) -> tuple[int, ...]:
    """Return the numbers of a stream that have not arrived, at most a thousand of them."""
    numbers = {
        one.number
        for one in exchange.received_from(archive.connection, sender)
        if one.stream == head.stream
    } | {head.number}
    newest = max(numbers)  # any number that a contact cares to write
    earlier = takewhile(lambda number: number < newest, count(1))
    return tuple(islice((one for one in earlier if one not in numbers), _MOST_GAPS))


def _warnings(archive: Archive, sender: Contact, opened: Opened) -> Iterable[str]:
    head = opened.head
    if _is_told_twice(archive, sender, head):
        yield _(
            "{name} has sent another package with number {number}: their archive was put back"
            " to an older state, or a copy of it is in use."
        ).format(name=sender.name, number=head.number)
    if head.seen is not None and _proves_roll_back(archive, head):
        yield rolled_back_words()


def _is_told_twice(archive: Archive, sender: Contact, head: Head) -> bool:
    """Return whether a number comes again with other bytes: what they confirmed may be lost."""
    place = (head.stream, head.number)
    earlier = exchange.received_from(archive.connection, sender)
    return any((one.stream, one.number) == place for one in earlier)


def _proves_roll_back(archive: Archive, head: Head) -> bool:
    """Return whether `seen` is our own signature over a bundle that we do not remember."""
    assert head.seen is not None
    sha512, signature = bytes.fromhex(head.seen.sha512), bytes.fromhex(head.seen.signature)
    ours = signing.verify_digest(archive.signer.public, sha512, signature, _BUNDLE_NAMESPACE)
    return ours and not exchange.knows_sent(archive.connection, head.seen.sha512)
