"""The long part of an intake: hash, seal and read a file. Touches no database of its own."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from desktop_app.archive.sources import Source, SourceFile
from desktop_app.domain.reading import Limits, Outcome, Reading
from desktop_app.errors import CannotRead
from desktop_app.extraction import thumbnail
from desktop_app.extraction.extract import without_reading
from desktop_app.extraction.sniff import HEAD_BYTES
from desktop_app.storage.blobs import Blob, BlobStore

# What is read into memory at once, here and in the worker; larger files are sealed in a stream
# and kept unread.
LIMITS = Limits(file_bytes=128 << 20)
MAX_DEPTH = 4  # of mails in mails


class Reader(Protocol):
    """What reads files; extraction's `Extractor`."""

    @property
    def isolation(self) -> str: ...

    def read(self, content: bytes | memoryview, name: str) -> Reading: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Content:
    """Sealed and read: what there is to say of one file's content."""

    name: str
    blob: Blob
    reading: Reading  # without members and thumbnail pixels
    thumbnail: bytes | None
    members: "tuple[Content, ...]" = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be taken in."""

    source: Source
    sha256: str
    content: Content | None  # None: the archive holds the same content already
    failure: str = ""  # not empty: it could not be read from the disk, and why

    def blobs(self) -> Iterator[Blob]:
        """Yield what lies in staging for this file."""
        if self.content is not None:
            yield from _blobs(self.content)


class Preparer:
    """Prepares files on any thread; each thread has a reader of its own."""

    def __init__(
        self,
        blobs: BlobStore,
        make_reader: Callable[[], Reader],
        known: Callable[[str], bool],
        limits: Limits = LIMITS,
    ) -> None:
        """Start nothing yet.

        Args:
            blobs: Where sealed files go.
            make_reader: Called once on each thread.
            known: Whether the archive holds this content (SHA-256) already; called from any
                thread. A wrong "no" costs time, never a second copy.
            limits: What is read at all.
        """
        self._blobs = blobs
        self._make_reader = make_reader
        self._known = known
        self._limits = limits
        self._mine = threading.local()
        self._readers: list[Reader] = []

    def prepare(self, source: Source) -> Prepared:
        """Hash, seal and read one file. Nothing is raised for what a file is.

        Raises:
            DiskFull, StorageError: The archive's own disk failed.
            WorkerMissing: Files cannot be read at all.
        """
        try:
            with SourceFile(source) as file:
                head = file.read(self._limits.file_bytes + 1)
                if len(head) > self._limits.file_bytes:
                    return self._streamed(source, head, file)
            return self._whole(source, head)
        except CannotRead as error:
            return Prepared(source, "", None, failure=str(error.facts["why"]))

    @property
    def isolation(self) -> str:
        """The weakest isolation of the readers that were needed: "full", "reduced" or ""."""
        return max((reader.isolation for reader in self._readers), default="")

    def close(self) -> None:
        """End the readers."""
        for reader in self._readers:
            reader.close()

    def _whole(self, source: Source, content: bytes) -> Prepared:
        sha256 = hashlib.sha256(content).hexdigest()
        if self._known(sha256):
            return Prepared(source, sha256, None)
        return Prepared(source, sha256, self._content(source.path.name, content, 0))

    def _streamed(self, source: Source, head: bytes, rest: SourceFile) -> Prepared:
        blob = self._blobs.seal(_Joined(head, rest))
        if self._known(blob.sha256):
            self._blobs.drop(blob)
            return Prepared(source, blob.sha256, None)
        name = _text(source.path.name)
        size = max(blob.size_bytes, self._limits.file_bytes + 1)
        reading = without_reading(head[:HEAD_BYTES], size, name, self._limits)
        assert reading is not None
        return Prepared(source, blob.sha256, Content(name, blob, reading, None))

    def _content(self, name: str, content: bytes, depth: int) -> Content:
        blob = self._blobs.seal(io.BytesIO(content))
        try:
            reading = self._reader().read(content, _text(name))
            pixels = reading.thumbnail
            picture = thumbnail.encode(pixels) if pixels is not None else None
            members = tuple(self._members(reading, depth))
        except BaseException:
            self._blobs.drop(blob)
            raise
        slim = replace(reading, members=(), thumbnail=None)
        return Content(_text(name), blob, slim, picture, members)

    def _members(self, reading: Reading, depth: int) -> Iterator[Content]:
        if depth >= MAX_DEPTH:
            return
        for member in reading.members:
            yield self._content(member.name, member.content, depth + 1)

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = self._make_reader()
            self._readers.append(reader)
        return reader


class _Joined:
    """What was read already, then the rest of the file."""

    def __init__(self, head: bytes, rest: SourceFile) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        return self._head.read(size) or self._rest.read(size)


def unread(reading: Reading) -> bool:
    """Return whether a file is kept without its text or a picture of it."""
    return reading.outcome not in (Outcome.READ, Outcome.EMPTY)


def _blobs(content: Content) -> Iterator[Blob]:
    yield content.blob
    for member in content.members:
        yield from _blobs(member)


def _text(name: str) -> str:
    """Return a file name as text; bytes that are no UTF-8 become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
