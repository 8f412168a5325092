"""Archives that exchange, and parcels made by hand, as somebody who is known may make them."""

import contextlib
import hashlib
import io
import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop_app.archive import check, contacts, logbook, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.archive.receive import Report
from desktop_app.archive.share import Shared
from desktop_app.bundle import opener, opening, writer
from desktop_app.bundle.format import Receipt, Seen
from desktop_app.bundle.parcel import Parcel, PayloadFile
from desktop_app.bundle.process import OpenerProcess
from desktop_app.bundle.writer import Written
from desktop_app.crypto.signing import Signer
from desktop_app.domain import fold, log
from desktop_app.domain.contact import Contact
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.errors import AppError
from desktop_app.frames import Breach, Ended, read_json, write_json
from desktop_app.storage import contacts as stored_contacts
from desktop_app.storage import entries
from desktop_app.storage import records as stored
from tests.helpers.archives import make_archive
from tests.helpers.tampering import PlainReader

TABLES = (
    *("entry", "opening", "record", "blob", "held", "contact", "stream", "sent_bundle"),
    *("sent_thing", "edition", "edition_entry", "received_bundle", "received_blob"),
)


class NearOpener(OpenerProcess):
    """The opener in a thread of this process: quick, for tests that are not about its process."""

    def __init__(self, _command: Sequence[str]) -> None:
        from_us, to_opener = os.pipe()
        from_opener, to_us = os.pipe()
        self._work = threading.Thread(target=_open_near, args=(from_us, to_us), daemon=True)
        self._popen: Any = SimpleNamespace(
            stdin=os.fdopen(to_opener, "wb"),
            stdout=os.fdopen(from_opener, "rb"),
            kill=self._hang_up,
            wait=self._work.join,
        )
        self._work.start()
        self._frames: Any = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._popen.stdin.close()


def _open_near(from_us: int, to_us: int) -> None:
    with os.fdopen(from_us, "rb") as requests, os.fdopen(to_us, "wb") as replies:
        try:
            opener._run(opener._Job(read_json(requests)), requests, replies)
        except AppError as error:
            facts = {name: str(value) for name, value in error.facts.items()}
            write_json(replies, {"refused": type(error).__name__, "facts": facts})
        except (Breach, Ended, OSError):
            return


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open bundles in this process, and do not wait for the disk: no power is cut here."""
    monkeypatch.setattr(opening, "OpenerProcess", NearOpener)
    monkeypatch.setattr(os, "fsync", lambda _number: None)


def meet(one: Archive, other: Archive, *, team: bool = True, clearance: int = 3) -> None:
    """Let two archives know each other, verified, under their nicknames."""
    for here, there in ((one, other), (other, one)):
        know(here, there, team=team, clearance=clearance)


def know(here: Archive, there: Archive, *, team: bool = True, clearance: int = 3) -> Contact:
    digits = contacts.digits(there.signer.public)
    raw = contacts.card_file(contacts.own_card(there))
    contacts.add(here, raw, there.nickname, team=team, digits=digits)
    return contacts.set_clearance(here, there.nickname, clearance)


@contextlib.contextmanager
def archives(folder: Path, *names: str, team: bool = True) -> Iterator[tuple[Archive, ...]]:
    """Open archives of these nicknames that all know each other."""
    with contextlib.ExitStack() as stack:
        made = tuple(stack.enter_context(make_archive(folder / name, name)) for name in names)
        for at, one in enumerate(made):
            for other in made[at + 1 :]:
                meet(one, other, team=team)
        yield made


@pytest.fixture
def team(tmp_path: Path, near: None) -> Iterator[tuple[Archive, ...]]:
    """Alice, Bob and Carol: one team, each verified by each, cleared for everything."""
    with archives(tmp_path / "team", "Alice", "Bob", "Carol") as made:
        yield made


def tell(archive: Archive, called: str = "Размова", **more: Any) -> RecordId:
    """Write a testimony; return its record."""
    told = records.Testimony(called, more.pop("speaker", "Сасна"), "Нас было дзевяць.", **more)
    return records.write_testimony(archive, told).record


def new_folder(beside: Path, name: str = "stick") -> Path:
    """Return a folder that was not there."""
    folder = beside / f"{name}-{os.urandom(5).hex()}"
    folder.mkdir(parents=True)
    return folder


def send(
    archive: Archive, to: Archive | Sequence[Archive], beside: Path, only: Iterable[str] = ()
) -> Path:
    """Share everything, or `only` some records; return the medium."""
    return send_told(archive, to, beside, only)[0]


def send_told(
    archive: Archive, to: Archive | Sequence[Archive], beside: Path, only: Iterable[str] = ()
) -> tuple[Path, Shared]:
    readers = [to] if isinstance(to, Archive) else to
    stick = new_folder(beside)
    chosen = [RecordId(one) for one in only] or records.every(archive)
    plan = share.make_plan(archive, [one.nickname for one in readers], chosen)
    return stick, share.carry_out(archive, plan, stick, receipts_only=not plan.leaves)


def take(archive: Archive, stick: Path) -> Report:
    """Receive what lies on a medium."""
    with receive.inspect(archive, stick) as inspection:
        return inspection.take_in(PlainReader)


def give(archive: Archive, to: Archive, beside: Path) -> Report:
    """Share everything and receive it there."""
    return take(to, send(archive, to, beside))


def everything(archive: Archive) -> dict[str, Any]:
    """Return every row that an exchange could change, and what lies in the folders."""
    connection = archive.connection
    found: dict[str, Any] = {
        table: sorted(connection.rows(f"SELECT * FROM {table}"), key=repr)
        for table in (*TABLES, "journal")
    }
    for name in ("staging", "blobs", "outgoing"):
        found[name] = sorted(
            str(path) for path in (archive.folder / name).rglob("*") if path.is_file()
        )
    return found


def refuse(archive: Archive, stick: Path, kind: type[AppError]) -> AppError:
    """Receive what must be refused, with exactly this kind; nothing is different afterwards."""
    before = everything(archive)
    with pytest.raises(AppError) as caught:
        take(archive, stick)
    assert type(caught.value) is kind, repr((caught.value, caught.value.facts))
    assert everything(archive) == before
    assert list((archive.folder / "staging").iterdir()) == []
    assert "{" not in str(caught.value) + caught.value.advice()
    return caught.value


def folded(archive: Archive) -> dict[RecordId, str]:
    """Return the fold hash of every record that the log speaks of."""
    found = {}
    for record in entries.record_ids(archive.connection):
        made, _log = stored.fold_record(archive.connection, record)
        found[record] = fold.fold_hash(fold.fold_lines(made))
    return found


def entry_ids(archive: Archive) -> set[EntryId]:
    return {entry for entry, _signed in entries.every(archive.connection)}


def title(archive: Archive, record: RecordId) -> str:
    return stored.fold_record(archive.connection, record)[0].title


def sound(archive: Archive) -> list[str]:
    """Return what a deep check finds: nothing, if all is well."""
    return [f"{one.code} {one.detail}" for one in check.check(archive, deep=True).findings]


def contact_of(archive: Archive, other: Archive) -> Contact:
    found = stored_contacts.by_fingerprint(archive.connection, other.fingerprint)
    assert found is not None
    return found


# --- by hand -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """An entry made by hand, and the openings that are told with it."""

    signed: SignedEntry
    openings: tuple[bytes, ...]

    @property
    def id(self) -> EntryId:
        return log.entry_id(self.signed.raw)

    @property
    def record(self) -> RecordId:
        return log.read_entry(self.signed.raw).record

    def as_bytes(self) -> bytes:
        return log.write_line(self.signed, self.openings)

    def without(self, *names: str) -> "Line":
        """Return the same entry, these openings held back."""
        entry = log.read_entry(self.signed.raw)
        kept = [one for one in self.openings if log.read_opening(one, entry).name not in names]
        return Line(self.signed, tuple(kept))


def spoken(signer: Signer, fields: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(
        log.write_opening(signer.fingerprint, name, os.urandom(16), value)
        for name, value in fields.items()
    )


def founds(signer: Signer, kind: str = "document", **fields: Any) -> Line:
    """Return a founding entry; in field names `__` stands for the slash."""
    told = spoken(signer, {name.replace("__", "/"): value for name, value in fields.items()})
    raw = log.write_founding(signer.fingerprint, "made", kind, os.urandom(16), told)
    return _signed(signer, raw, told)


def follows(signer: Signer, record: RecordId, after: Iterable[str], **fields: Any) -> Line:
    """Return an entry that follows these; in field names `__` stands for the slash."""
    told = spoken(signer, {name.replace("__", "/"): value for name, value in fields.items()})
    before = [EntryId(one) for one in after]
    raw = log.write_entry(record, before, signer.fingerprint, "changed", told)
    return _signed(signer, raw, told)


def _signed(signer: Signer, raw: bytes, told: tuple[bytes, ...]) -> Line:
    return Line(SignedEntry(raw, signer.public, signer.sign(raw, log.NAMESPACE)), told)


def said_here(archive: Archive, line: Line) -> None:
    """Store an entry as if a window of this archive had made it."""
    entry = log.read_entry(line.signed.raw)
    opened = tuple(log.read_opening(one, entry) for one in line.openings)
    with archive.connection.transaction():
        logbook.store(archive, logbook.Said(entry, line.signed, opened))


def stored_lines(archive: Archive, record: RecordId) -> list[Line]:
    """Return the log of a record as this archive holds it, with every opening."""
    found = entries.signed_of_record(archive.connection, record)
    return [Line(signed, tuple(told)) for signed, told in found]


@dataclass
class Hand:
    """Somebody who makes parcels by hand: the sender's signer, and who shall read them."""

    signer: Signer
    reader: Archive
    stream: str = field(default_factory=lambda: os.urandom(16).hex())
    number: int = 0

    def parcel(
        self,
        beside: Path,
        lines: Iterable[Line | bytes] = (),
        blobs: Iterable[bytes] = (),
        *,
        files: Mapping[str, bytes] | None = None,
        receipts: Sequence[Receipt] = (),
        seen: Seen | None = None,
        **head: Any,
    ) -> tuple[Path, Written]:
        """Write a parcel; return its medium and what was written."""
        raw = [one.as_bytes() if isinstance(one, Line) else one for one in lines]
        payload = dict(files or {})
        if raw or not payload:
            payload["data/entries/0001.jsonl"] = b"".join(one + b"\n" for one in raw)
        for content in blobs:
            payload["data/blobs/" + hashlib.sha256(content).hexdigest()] = content
        self.number = head.pop("number", self.number + 1)
        own = stored_contacts.reading_keys(self.reader.connection)[0]
        parcel = Parcel(
            [_file(name, content) for name, content in payload.items()],
            [self.reader.fingerprint],
            [own.recipient],
            stream=self.stream,
            number=self.number,
            previous="" if self.number == 1 else "ab" * 32,
            made=head.pop("made", "2026-11-23"),
            seen=seen,
            receipts=tuple(receipts),
            **head,
        )
        stick = new_folder(beside, "byhand")
        return stick, writer.write(parcel, self.signer, stick)

    def deliver(self, beside: Path, lines: Iterable[Line | bytes] = (), **more: Any) -> Report:
        """Write a parcel and let the reader take it in."""
        return take(self.reader, self.parcel(beside, lines, **more)[0])


def _file(name: str, content: bytes) -> PayloadFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return PayloadFile(name, len(content), sha256, lambda: io.BytesIO(content))
