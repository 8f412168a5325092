"""Takes a bundle's stream apart, file by file, and stages every file sealed.

It holds plaintext of at most a few pieces. Source: resources/spec/bundle-v1.md, "Reading".
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from desktop_app.bundle import bag, ustar
from desktop_app.bundle.bag import Line
from desktop_app.bundle.format import Head
from desktop_app.bundle.pull import Pull
from desktop_app.crypto.keys import random_bytes
from desktop_app.crypto.sealing import KEY_BYTES, NAME_BYTES, Sealer
from desktop_app.domain.strict_json import Malformed


@dataclass(frozen=True, slots=True)
class Staged:
    """One file of a bundle, sealed as a blob is, in staging under the hex of its name."""

    path: str  # in the bag, "data/…"; of parts: without their number
    sha256: str
    size_bytes: int
    name: bytes  # 16 random bytes
    key: bytes  # 32 random bytes, used for this file alone


def read_signed(pull: Pull) -> tuple[bytes, bytes]:
    """Return bundle.json and its signature, the first two members.

    Raises:
        Malformed: They are not there, or too large.
    """
    head = _member(pull, bag.HEAD, bag.MAX_HEAD)
    return head, _member(pull, bag.SIGNATURE, bag.MAX_SIGNATURE)


class Unpacker:
    """Everything after the first two members.

    Args:
        pull: The stream.
        head: What was signed.
        create: Makes the file for a name that was never used, for writing.
        settle: Syncs and closes it.
    """

    def __init__(
        self,
        pull: Pull,
        head: Head,
        create: Callable[[bytes], BinaryIO],
        settle: Callable[[BinaryIO], None],
        part_bytes: int = bag.PART_BYTES,
    ) -> None:
        self._pull = pull
        self._head = head
        self._create = create
        self._settle = settle
        self._part_bytes = part_bytes
        self._files = 0
        self._bytes = 0

    def unpack(self) -> Iterator[Staged]:
        """Yield the files as they are staged; only the end of the iterator means all of them.

        Raises:
            Malformed: It is not what the manifest says, or not in our form.
        """
        if _member(self._pull, bag.DECLARATION, 200) != bag.DECLARATION_TEXT:
            raise Malformed("its bag is not of the form that packages have")
        manifest = _member(self._pull, bag.MANIFEST, bag.MAX_MANIFEST)
        if hashlib.sha256(manifest).hexdigest() != self._head.manifest_sha256:
            raise Malformed("its list of files is not the signed one")
        yield from self._payload(bag.read_manifest(manifest))
        self._end()

    def _payload(self, lines: Iterator[Line]) -> Iterator[Staged]:
        line = next(lines, None)
        while line is not None:
            blob = bag.read_blob(line.path)
            if blob is None or not blob.part:
                yield self._whole(line, blob.sha256 if blob else "")
                line = next(lines, None)
            else:
                staged, line = self._joined(line, lines, blob.sha256)
                yield staged

    def _whole(self, line: Line, expected: str) -> Staged:
        size = self._begin(line)
        staging = _Staging(line.path, self._create)
        self._copy(size, staging.sealer.write)
        staged = staging.finish(self._settle)
        if staged.sha256 != line.sha256 or expected not in ("", staged.sha256):
            raise Malformed("a file in it is not what its list of files says")
        return staged

    def _joined(
        self, line: Line, lines: Iterator[Line], expected: str
    ) -> tuple[Staged, Line | None]:
        """Stage the parts of one file as one; return it and the line that follows."""
        path = bag.BLOBS + expected
        staging = _Staging(path, self._create)
        part, size = 0, self._part_bytes
        after: Line | None = line
        while after is not None and after.path == bag.part_path(path, part + 1):
            if size != self._part_bytes:
                raise Malformed("a part of a file in it is too small")
            part, size = part + 1, self._begin(after)
            digest = hashlib.sha256()
            self._copy(size, staging.sealer.write, digest.update)
            if digest.hexdigest() != after.sha256:
                raise Malformed("a file in it is not what its list of files says")
            after = next(lines, None)
        if part < 2:
            raise Malformed("a file in it has a part and no other")
        staged = staging.finish(self._settle)
        if staged.sha256 != expected:
            raise Malformed("a file in it is not what its name says")
        return staged, after

    def _begin(self, line: Line) -> int:
        """Take the header of the next file; return its size, which fits what was signed."""
        member = ustar.read_header(self._pull.exactly(ustar.BLOCK))
        self._files += 1
        self._bytes += member.size_bytes
        if member.name != bag.ROOT + line.path:
            raise Malformed("a file in it is missing, or not in its place")
        if member.size_bytes > self._part_bytes:
            raise Malformed("a file in it is larger than a part may be")
        if self._files > self._head.payload_files or self._bytes > self._head.payload_bytes:
            raise Malformed("it holds more than its sender signed")
        return member.size_bytes

    def _copy(self, size: int, *sinks: Callable[[memoryview], None]) -> None:
        for piece in self._pull.pieces(size):
            for sink in sinks:
                sink(piece)
        self._pull.zeros(ustar.gap(size))

    def _end(self) -> None:
        head, pull = self._head, self._pull
        if self._files != head.payload_files or self._bytes != head.payload_bytes:
            raise Malformed("it holds less than its sender signed")
        pull.zeros(len(ustar.END))
        padding = ustar.padding(pull.done)
        if pull.done + padding != head.padded_size:
            raise Malformed("it is not as long as its sender signed")
        pull.zeros(padding)
        if pull.take(1):
            raise Malformed("it goes on after its end")


class _Staging:
    """One file on its way into staging."""

    def __init__(self, path: str, create: Callable[[bytes], BinaryIO]) -> None:
        self._path = path
        self._name, self._key = random_bytes(NAME_BYTES), random_bytes(KEY_BYTES)
        self._file = create(self._name)
        self.sealer = Sealer(self._file, self._key, self._name)

    def finish(self, settle: Callable[[BinaryIO], None]) -> Staged:
        sha256, size = self.sealer.finish()
        settle(self._file)
        return Staged(self._path, sha256, size, self._name, self._key)


def _member(pull: Pull, name: str, most: int) -> bytes:
    member = ustar.read_header(pull.exactly(ustar.BLOCK))
    if member.name != name or member.size_bytes > most:
        raise Malformed("it does not begin as packages do")
    content = pull.exactly(member.size_bytes)
    pull.zeros(ustar.gap(member.size_bytes))
    return content
