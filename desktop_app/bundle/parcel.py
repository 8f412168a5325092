"""What is gathered and ready to seal, and the stream of bytes that it becomes.

Source: resources/spec/bundle-v1.md, "Framing" and "Layout".
"""

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.bundle import bag, ustar
from desktop_app.bundle.bag import Line
from desktop_app.bundle.format import Receipt, Request, Seen
from desktop_app.crypto.sealing import Source
from desktop_app.domain.ids import Fingerprint
from desktop_app.errors import BundleMalformed

CHUNK_BYTES = 1 << 20
_ZEROS = bytes(CHUNK_BYTES)


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A file to pack. It is opened and read once; twice if it is larger than one member."""

    name: str  # its path in the bag, "data/…"
    size_bytes: int
    sha256: str
    open: Callable[[], Source]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Everything that one bundle is made of, before it is signed and sealed.

    `seen`, `receipts` and `requests` tell one reader something, so there must be only one.
    """

    files: Sequence[PayloadFile]
    audience: Sequence[Fingerprint]
    recipients: Sequence[str]  # age1…, of everybody in the audience
    stream: str
    number: int
    previous: str
    made: str
    seen: Seen | None = None
    receipts: tuple[Receipt, ...] = ()
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """One member of the payload: a file, or a part of one."""

    line: Line
    size_bytes: int
    source: PayloadFile
    first: bool = True  # opens the source
    last: bool = True  # and ends it


def lay_out(files: Sequence[PayloadFile], part_bytes: int = bag.PART_BYTES) -> list[Packed]:
    """Return the members of the payload in their order; too large a file becomes several.

    Raises:
        BundleMalformed: Two files have one name, or a name is not allowed.
    """
    packed: list[Packed] = []
    before = ""
    for file in sorted(files, key=lambda one: one.name):
        if not bag.is_path(file.name) or file.name == before:
            raise BundleMalformed(why=f"a file cannot be called {file.name}")
        before = file.name
        if file.size_bytes <= part_bytes:
            packed.append(Packed(Line(file.name, file.sha256), file.size_bytes, file))
        else:
            packed += _parts(file, part_bytes)
    return packed


def _parts(file: PayloadFile, part_bytes: int) -> Iterator[Packed]:
    """Read a large file once to learn the hashes of its parts."""
    count = -(-file.size_bytes // part_bytes)
    with _opened(file) as source:
        for part in range(1, count + 1):
            size = min(part_bytes, file.size_bytes - (part - 1) * part_bytes)
            digest = hashlib.sha256()
            for piece in _exactly(source, size):
                digest.update(piece)
            line = Line(bag.part_path(file.name, part), digest.hexdigest())
            yield Packed(line, size, file, first=part == 1, last=part == count)


def pieces(signed: Sequence[tuple[str, bytes]], payload: Sequence[Packed]) -> Iterator[bytes]:
    """Yield the stream that is sealed: the members, the end, and zeros to the padded size.

    Args:
        signed: Name and content of the members before the payload.
        payload: The payload, in order.

    Raises:
        BundleMalformed: A source is not as large as said, or not what its hash says.
    """
    for name, content in signed:
        yield ustar.write_header(name, len(content)) + content + bytes(ustar.gap(len(content)))
    source = contextlib.ExitStack()
    with source:
        reading: Source | None = None
        for one in payload:
            if one.first:
                source.close()
                reading = source.enter_context(_opened(one.source))
            assert reading is not None
            yield from _member(one, reading)
    sizes = [len(content) for _name, content in signed] + [one.size_bytes for one in payload]
    yield ustar.END
    left = ustar.padding(ustar.stream_bytes(sizes))
    while left > 0:
        yield _ZEROS[: min(left, CHUNK_BYTES)]
        left -= min(left, CHUNK_BYTES)


def _member(one: Packed, reading: Source) -> Iterator[bytes]:
    yield ustar.write_header(bag.ROOT + one.line.path, one.size_bytes)
    digest = hashlib.sha256()
    for piece in _exactly(reading, one.size_bytes):
        digest.update(piece)
        yield piece
    if digest.hexdigest() != one.line.sha256 or (one.last and reading.read(1)):
        raise BundleMalformed(why="a file is not what the archive says of it")
    if gap := ustar.gap(one.size_bytes):
        yield bytes(gap)


def _exactly(source: Source, size: int) -> Iterator[bytes]:
    while size > 0:
        piece = source.read(min(size, CHUNK_BYTES))
        if not piece:
            raise BundleMalformed(why="a file is not what the archive says of it")
        size -= len(piece)
        yield piece


@contextlib.contextmanager
def _opened(file: PayloadFile) -> Iterator[Source]:
    source = file.open()
    try:
        yield source
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


class PieceReader(io.RawIOBase):
    """Pieces of bytes as a stream that can be read. Memory holds one piece."""

    def __init__(self, given: Iterator[bytes], progress: Callable[[int], None]) -> None:
        """Take the pieces, and what is told how many bytes went through."""
        self._given = given
        self._piece = memoryview(b"")
        self._progress = progress
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as one piece goes; 0 at the end."""
        while not self._piece:
            piece = next(self._given, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
            self._done += len(piece)
            self._progress(self._done)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
