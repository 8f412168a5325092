"""The process that opens a bundle: `python -I -m desktop_app.bundle.opener`.

It is the only one that feeds foreign bytes to the age library, and holds the reading keys and
nothing else: not the archive key, no database. It is told what to do on its standard input,
stages files sealed, and answers with frames; the program that started it may kill it at any time.
"""

import io
import os
import queue
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

from desktop_app import files
from desktop_app.bundle import header
from desktop_app.bundle.closing import close_behind
from desktop_app.bundle.format import Head
from desktop_app.bundle.inspection import judge
from desktop_app.bundle.pull import Pull
from desktop_app.bundle.unpack import Staged, Unpacker, read_signed
from desktop_app.bundle.volumes import VolumeReader
from desktop_app.crypto import stream
from desktop_app.crypto.sealing import Source
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import (
    AppError,
    BundleDamaged,
    BundleMalformed,
    NotForUs,
    WrongFile,
)
from desktop_app.frames import Breach, Ended, read_json, write_json

PIECE_BYTES = 1 << 20
_PIECES = 4  # how far decrypting may run ahead
_TELL_BYTES = 8 << 20


def main() -> int:
    """Open one bundle; return the exit code, which says nothing: the frames do."""
    requests, replies = _pipes()
    try:
        job = _Job(read_json(requests))
        close_behind(job.volumes, job.staging, job.total_bytes, job.memory_bytes)
        _run(job, requests, replies)
    except AppError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        _tell(replies, {"refused": type(error).__name__, "facts": facts})
    except (Breach, Ended, BrokenPipeError):
        return 1
    finally:
        replies.flush()
    os._exit(0)  # the thread that decrypts may still wait with its next piece


class _Job:
    """What the opener was told."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.identities = [str(one) for one in values["identities"]]
        self.volumes = [Path(one) for one in values["volumes"]]
        self.total_bytes = int(values["total_bytes"])
        self.staging = Path(values["staging"])
        self.own = Fingerprint(values["own"])
        self.part_bytes = int(values["part_bytes"])
        self.memory_bytes = int(values["memory_bytes"])
        self.contacts = {Fingerprint(k): b64decode(v) for k, v in values["contacts"].items()}


def _run(job: _Job, requests: IO[bytes], replies: IO[bytes]) -> None:
    head_bytes = _check_header(job.volumes)
    source = io.BufferedReader(VolumeReader(job.volumes), PIECE_BYTES)
    pull = Pull(_decrypted(source, job.identities))
    try:
        raw, armoured = read_signed(pull)
        head, _signature = judge(raw, armoured, job.contacts, job.own)
        _check_length(head, job.total_bytes - head_bytes)
        _tell(replies, {"head": b64encode(raw).decode(), "sig": b64encode(armoured).decode()})
        if read_json(requests) != {"go": 1}:
            raise Breach
        for staged in _unpacked(job, pull, head, replies):
            _tell(replies, _described(staged))
    except Malformed as error:
        raise BundleMalformed(why=error) from None
    _tell(replies, {"whole": 1})


def _unpacked(job: _Job, pull: Pull, head: Head, replies: IO[bytes]) -> Iterator[Staged]:
    def create(name: bytes) -> BinaryIO:
        # Said before it is made: who started us knows what to clear away if we are killed.
        _tell(replies, {"making": name.hex()})
        return files.create(job.staging / name.hex())

    def settle(file: BinaryIO) -> None:
        files.sync(file)
        file.close()

    told = 0

    def report(done: int) -> None:
        nonlocal told
        if done - told >= _TELL_BYTES:
            told = done
            _tell(replies, {"done": done, "total": head.padded_size})

    with files.storage_errors():
        watched = _Watched(pull, report)
        yield from Unpacker(watched, head, create, settle, job.part_bytes).unpack()


class _Watched(Pull):
    """A stream that tells how far it is."""

    def __init__(self, inner: Pull, report: Callable[[int], None]) -> None:
        super().__init__(iter(()))
        self._inner = inner
        self._report = report
        self.done = inner.done

    def take(self, most: int) -> memoryview:
        taken = self._inner.take(most)
        self.done += len(taken)
        self._report(self.done)
        return taken


def _check_header(volumes: list[Path]) -> int:
    """Check the header of the age file; return its length."""
    with VolumeReader(volumes) as source:
        head = io.BufferedReader(source, header.MAX_BYTES).read(header.MAX_BYTES)
    try:
        return header.header_bytes(head)
    except Malformed as error:
        raise WrongFile(why=error) from None


def _check_length(head: Head, found: int) -> None:
    """Compare what is there with what was signed, before a byte of the payload is read."""
    expected = stream.payload_bytes(head.padded_size)
    if found < expected:
        raise BundleDamaged(why=f"{expected - found} bytes are missing")
    if found > expected:
        raise BundleDamaged(why=f"{found - expected} bytes too many")


def _decrypted(source: Source, identities: list[str]) -> Iterator[bytes]:
    """Yield the plaintext; a thread decrypts while the pieces before are hashed and sealed."""
    pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(_PIECES)

    def decrypt() -> None:
        sink = io.BufferedWriter(_Pieces(pieces), PIECE_BYTES)
        try:
            stream.open_stream(source, sink, identities)
            sink.flush()
            pieces.put(None)
        except BaseException as error:  # noqa: BLE001 (raised again where the pieces are taken)
            pieces.put(error)

    threading.Thread(target=decrypt, daemon=True).start()
    while (piece := pieces.get()) is not None:
        if isinstance(piece, stream.NoKeyFits):
            raise NotForUs
        if isinstance(piece, stream.Damaged):
            raise BundleDamaged(why="it was cut, or something in it was changed")
        if isinstance(piece, BaseException):
            raise piece
        yield piece


class _Pieces(io.RawIOBase):
    """Puts what is written into a queue."""

    def __init__(self, pieces: "queue.Queue[bytes | BaseException | None]") -> None:
        self._pieces = pieces

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.put(bytes(data))
        return len(data)


def _described(staged: Staged) -> dict[str, object]:
    return {
        "file": staged.path,
        "sha256": staged.sha256,
        "size": staged.size_bytes,
        "name": staged.name.hex(),
        "key": staged.key.hex(),
    }


def _tell(replies: IO[bytes], values: dict[str, object]) -> None:
    write_json(replies, values)
    replies.flush()


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the two pipes for the frames; what anyone prints then goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb", buffering=1 << 16), replies


if __name__ == "__main__":
    sys.exit(main())
