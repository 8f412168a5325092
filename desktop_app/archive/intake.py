"""Taking files in: many prepared at once, kept in the order in which they were named."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop_app.archive import logbook, sources
from desktop_app.archive.archive import Archive
from desktop_app.archive.prepare import Content, Prepared, Preparer, Reader
from desktop_app.archive.records import (
    check_number,
    check_sensitivity,
    check_tag,
    check_title,
    named_record,
)
from desktop_app.archive.sources import Left, Source
from desktop_app.domain.changes import Changes
from desktop_app.domain.edtf import NotADate, bounds
from desktop_app.domain.ids import RecordId
from desktop_app.domain.reading import Reading
from desktop_app.domain.record import DEFAULT_SENSITIVITY, MAX_TITLE, NEW_STATE, element
from desktop_app.errors import Cancelled
from desktop_app.i18n import _
from desktop_app.storage import blobs, held, journal, readings, records
from desktop_app.storage.connection import Connection

# Two: sealing and reading one file while another waits for its worker. More gain nothing on two
# cores and cost a worker's memory each.
THREADS = 2
_AHEAD = 24  # files prepared and not yet taken in, at most
_AHEAD_BYTES = 192 << 20
_BATCH = 128  # records in one transaction, at most
_BATCH_S = 1.0  # what a power cut may cost

Progress = Callable[[int, Path], None]  # files done, the last one; may raise Cancelled


@dataclass(frozen=True, slots=True)
class Options:
    """What is said of all files of an intake."""

    tags: tuple[str, ...] = ()
    case: str = ""
    sensitivity: int = DEFAULT_SENSITIVITY


@dataclass(frozen=True, slots=True)
class Member:
    """A record that came out of a file: the attachment of a mail."""

    record: RecordId
    name: str
    kind: str
    sha256: str
    new: bool  # False: the archive held this content already


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in the archive now."""

    record: RecordId
    path: Path
    kind: str
    sha256: str
    reading: Reading  # without its pages
    family: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not taken in, for a reason that loses nothing."""

    path: Path
    reason: str
    record: RecordId | None  # of the same content


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be read from the disk."""

    path: Path
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of every file, in the order in which they were named."""

    taken: list[Taken] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False
    isolation: str = ""  # of the process that read the files: "full", "reduced"; "" if none did

    @property
    def changes(self) -> Changes:
        """What the intake touched."""
        made = {one.record for one in self.taken}
        return Changes(frozenset(made), membership=bool(made))


def take_in(
    archive: Archive,
    paths: Iterable[Path],
    options: Options,
    make_reader: Callable[[], Reader],
    progress: Progress = lambda _done, _path: None,
) -> Outcome:
    """Take in every file at and below `paths`.

    A damaged file never stops the rest. When `progress` raises `Cancelled`, what is prepared is
    still taken in and the outcome says `cancelled`.

    Raises:
        BadValue: An option does not fit; nothing was done.
        DiskFull, StorageError: The archive's disk failed; what was finished before is kept.
        WorkerMissing: Files cannot be read at all.
    """
    options = _checked(options)
    outcome, start = Outcome(), time.monotonic()
    with contextlib.ExitStack() as stack:
        known = _Known(stack.enter_context(contextlib.closing(archive.fresh())))
        preparer = stack.enter_context(
            contextlib.closing(Preparer(archive.blobs, make_reader, known))
        )
        batch = _Batch(archive, options, outcome)
        stack.callback(archive.blobs.settle, archive.connection)
        try:
            for done, one in enumerate(
                _prepared(sources.walk(paths, archive.folder.resolve()), preparer), start=1
            ):
                batch.add(one)
                progress(done, one.path if isinstance(one, Left) else one.source.path)
        except Cancelled:
            outcome.cancelled = True
        finally:
            batch.finish()
            outcome.isolation = preparer.isolation
    outcome.seconds = time.monotonic() - start
    return outcome


class _Known:
    """Answers from any thread whether a content is in the archive."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def __call__(self, sha256: str) -> bool:
        with self._lock:
            return blobs.find(self._connection, sha256) is not None


def _prepared(found: Iterable[Source | Left], preparer: Preparer) -> Iterator[Prepared | Left]:
    """Yield files prepared, in order, with a bounded number and size of them under way."""
    waiting: deque[tuple[Future[Prepared] | Left, int]] = deque()
    ahead_bytes = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="intake") as pool:
        try:
            for one in found:
                if isinstance(one, Left):
                    waiting.append((one, 0))
                else:
                    waiting.append((pool.submit(preparer.prepare, one), one.size_bytes))
                    ahead_bytes += one.size_bytes
                while len(waiting) >= _AHEAD or ahead_bytes > _AHEAD_BYTES:
                    first, size = waiting.popleft()
                    yield first if isinstance(first, Left) else first.result()
                    ahead_bytes -= size
            while waiting:
                first, _size = waiting.popleft()
                yield first if isinstance(first, Left) else first.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Batch:
    """Gathers prepared files and takes them in together: one transaction, one sync."""

    def __init__(self, archive: Archive, options: Options, outcome: Outcome) -> None:
        self._archive = archive
        self._options = options
        self._outcome = outcome
        self._held: list[Prepared | Left] = []
        self._since = time.monotonic()

    def add(self, one: Prepared | Left) -> None:
        if not self._held:
            self._since = time.monotonic()
        self._held.append(one)
        if len(self._held) >= _BATCH or time.monotonic() - self._since > _BATCH_S:
            self.finish()

    def finish(self) -> None:
        held, self._held = self._held, []
        if not held:
            return
        fresh = _Fresh(self._archive.connection)
        for one in held:
            if isinstance(one, Prepared) and one.content is not None:
                fresh.choose(one.content)
        self._archive.blobs.keep(fresh.chosen)
        result = Outcome()
        with self._archive.connection.transaction():
            for one in held:
                self._take(one, fresh, result)
        self._outcome.taken += result.taken
        self._outcome.skipped += result.skipped
        self._outcome.failed += result.failed

    def _take(self, one: Prepared | Left, fresh: "_Fresh", result: Outcome) -> None:
        if isinstance(one, Left):
            if one.failed:
                result.failed.append(Failed(one.path, one.why))
            else:
                result.skipped.append(Skipped(one.path, one.why, None))
            return
        path = one.source.path
        if one.failure:
            result.failed.append(Failed(path, one.failure))
            return
        known = records.with_content(self._archive.connection, one.sha256)
        if known is not None:
            _note_again(self._archive, known, one.source.origin)
            result.skipped.append(Skipped(path, sources.DUPLICATE, known))
        elif one.content is not None:
            taker = _Taker(self._archive, self._options, fresh)
            result.taken.append(taker.take(one.source, one.content))


class _Fresh:
    """Which sealed files of a batch get a place: of equal ones the first, of known ones none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._chosen: dict[str, blobs.Blob] = {}

    @property
    def chosen(self) -> list[blobs.Blob]:
        return list(self._chosen.values())

    def choose(self, content: Content) -> None:
        sha256 = content.blob.sha256
        if sha256 not in self._chosen and blobs.find(self._connection, sha256) is None:
            self._chosen[sha256] = content.blob
        for member in content.members:
            self.choose(member)

    def file(self, content: Content) -> None:
        """Put the key of a chosen blob into the database; inside the transaction."""
        if self._chosen.get(content.blob.sha256) is content.blob:
            blobs.add(self._connection, content.blob)


class _Taker:
    """Makes the records of one file and of what came out of it."""

    def __init__(self, archive: Archive, options: Options, fresh: _Fresh) -> None:
        self._archive = archive
        self._options = options
        self._fresh = fresh

    def take(self, source: Source, content: Content) -> Taken:
        fields = self._fields(content) | _origin(content, source.origin, source.modified_utc)
        record = self._record(content, fields, source.origin)
        members = tuple(self._members(record, content, source.origin))
        blob = content.blob
        # Without its text: what an intake reports must not grow with all that it read.
        slim = replace(content.reading, pages=())
        return Taken(record, source.path, slim.kind, blob.sha256, slim, members)

    def _members(self, parent: RecordId, content: Content, origin: str) -> Iterator[Member]:
        for member in content.members:
            sha256, kind = member.blob.sha256, member.reading.kind
            path = f"{origin}/{member.name}"
            known = records.with_content(self._archive.connection, sha256)
            if known is not None:
                _note_again(self._archive, known, path)
                self._link(known, parent)
                yield Member(known, member.name, kind, sha256, new=False)
                continue
            fields = self._fields(member) | _origin(member, path, None)
            fields[element("family", parent)] = parent
            record = self._record(member, fields, path)
            yield Member(record, member.name, kind, sha256, new=True)
            yield from self._members(record, member, path)

    def _link(self, known: RecordId, parent: RecordId) -> None:
        """Say of a record that the archive held already that it is also part of `parent`."""
        record, _log = records.fold_record(self._archive.connection, known)
        fields = {element("family", parent): parent}
        logbook.store(self._archive, logbook.following(self._archive, record, "linked", fields))

    def _fields(self, content: Content) -> dict[str, Any]:
        options = self._options
        fields: dict[str, Any] = {"sensitivity": options.sensitivity, "state": NEW_STATE}
        fields |= {element("tags", tag): tag for tag in options.tags}
        if options.case:
            case = named_record(self._archive, "case", "reference", options.case)
            fields[element("cases", case)] = case
        return fields | _said_by_the_file(content.reading)

    def _record(self, content: Content, fields: dict[str, Any], origin: str) -> RecordId:
        archive, blob = self._archive, content.blob
        self._fresh.file(content)
        fields[element("attachments", blob.sha256)] = {
            "sha256": blob.sha256,
            "size_bytes": blob.size_bytes,
            "media_type": content.reading.media_type,
        }
        said = logbook.founding(archive, "acquired", content.reading.kind, fields)
        kept = readings.Stored.of(content.reading, content.thumbnail)
        logbook.store(archive, said, kept, path=origin, blob=blob.name.hex())
        held.add(archive.connection, said.entry.record, blob.sha256)
        return said.entry.record


def _origin(content: Content, path: str, modified_utc: int | None) -> dict[str, Any]:
    value: dict[str, Any] = {"name": content.name, "path": path}
    if modified_utc is not None:
        value["modified_utc"] = modified_utc
    key = element("attachments", content.blob.sha256).partition("/")[2]
    return {f"origins/{key}": value}


def _said_by_the_file(reading: Reading) -> dict[str, Any]:
    """Return the fields that a file fills by itself: what it tells of its own making.

    A camera's clock may be wrong, so its date is marked with EDTF's "?".
    """
    facts = {fact.name: fact.value for fact in reversed(reading.facts)}
    fields = {}
    if reading.media_type == "message/rfc822":
        subject = " ".join(facts.get("subject", "").split())[:MAX_TITLE]
        if subject:
            fields["title"] = subject
        if _is_day(facts.get("sent", "")[:10]):
            fields["date"] = facts["sent"][:10]
    elif _is_day(facts.get("taken", "")[:10]):
        fields["date"] = facts["taken"][:10] + "?"
    return fields


def _is_day(text: str) -> bool:
    try:
        found = bounds(text)
    except NotADate:
        return False
    return found.first == found.last == text


def _note_again(archive: Archive, record: RecordId, origin: str) -> None:
    """Remember that the same content was met under another name; once for each name."""
    for line in journal.lines(archive.connection, record):
        if line.detail.get("path") == origin:
            return
    journal.append(archive.connection, archive.now(), "met again", record, path=origin)


def _checked(options: Options) -> Options:
    case = check_title(options.case, _("the case")) if options.case else ""
    tags = dict.fromkeys(check_tag(tag) for tag in options.tags)
    check_number(tags)
    return Options(tuple(tags), case, check_sensitivity(options.sensitivity))
