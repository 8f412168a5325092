"""The volumes of a bundle: written, synced, read back; and read one after another.

On the medium lies nothing that tells sender, reader or day: random folder name, volumes by number,
one modification time for all.
"""

import contextlib
import hashlib
import io
import os
from base64 import b32encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from desktop_app import files
from desktop_app.bundle.medium import MAX_VOLUMES, SUMS, medium_errors
from desktop_app.crypto.keys import random_bytes
from desktop_app.errors import MediumGone, MediumLies, UnsafeFolder

MIN_VOLUME_BYTES = 64 << 20
MAX_VOLUME_BYTES = 3900 << 20  # FAT32 holds no file of 4 GiB
USUAL_VOLUME_BYTES = 1 << 30
CHUNK_BYTES = 1 << 20
_TIME_NS = 946_728_000 * 10**9  # noon of 1 January 2000, UTC: a day that FAT knows in every zone
_NAME_BYTES = 5


def check_code(sums: bytes) -> str:
    """Return the code of a SHA256SUMS that two people compare by voice: 16 signs in fours."""
    text = b32encode(hashlib.sha256(sums).digest()[:10]).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


class VolumeWriter:
    """Writes what it is given as volumes into a new folder on a medium.

    Attributes:
        folder: the new folder.
        sums: SHA-256 of the volumes that are finished, from the first.
    """

    def __init__(self, medium: Path, volume_bytes: int) -> None:
        """Make the folder.

        Raises:
            MediumGone, DiskFull, StorageError: The medium does not take it.
        """
        assert 0 < volume_bytes <= MAX_VOLUME_BYTES
        self.folder = medium / b32encode(random_bytes(_NAME_BYTES)).decode()
        self.sums: list[str] = []
        self._volume_bytes = volume_bytes
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._left = 0
        with medium_errors():
            files.make_folder(self.folder)

    def write(self, data: bytes | memoryview) -> int:
        """Write to the volumes; begins another when one is full."""
        rest = memoryview(data)
        with medium_errors():
            while rest:
                if self._file is None:
                    self._begin()
                assert self._file is not None
                piece = rest[: self._left]
                self._file.write(piece)
                self._digest.update(piece)
                self._left -= len(piece)
                rest = rest[len(piece) :]
                if not self._left:
                    self._end()
        return len(data)

    def finish(self, progress: Callable[[int], None]) -> str:
        """Read everything back, give the files their names; return the check code.

        Args:
            progress: told how many bytes of the volumes were read back so far.

        Raises:
            MediumLies: The medium does not give back what it was given.
        """
        with medium_errors():
            if self._file is not None:
                self._end()
            done = 0
            for number, expected in enumerate(self.sums, start=1):
                sha256, size = _read_back(self._draft(number), after(done, progress))
                if sha256 != expected:
                    raise MediumLies(part=number)
                done += size
            for number in range(1, len(self.sums) + 1):
                _settle(self._draft(number), self.folder / volume_name(number))
            return self._write_sums()

    def abandon(self) -> None:
        """Take back everything that was written, as far as the medium still answers."""
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()

    def _begin(self) -> None:
        if len(self.sums) == MAX_VOLUMES:
            raise MediumGone(why=f"more than {MAX_VOLUMES}")
        self._file = files.create(self._draft(len(self.sums) + 1))
        self._digest = hashlib.sha256()
        self._left = self._volume_bytes

    def _end(self) -> None:
        assert self._file is not None
        files.sync(self._file)
        _forget(self._file)
        self._file.close()
        self._file = None
        self.sums.append(self._digest.hexdigest())

    def _write_sums(self) -> str:
        lines = [f"{sha256}  {volume_name(n)}\n" for n, sha256 in enumerate(self.sums, start=1)]
        raw = "".join(lines).encode()
        draft = self.folder / (SUMS + ".PRT")
        with files.create(draft) as file:
            file.write(raw)
            files.sync(file)
        _settle(draft, self.folder / SUMS)
        files.sync_folder(self.folder)
        os.utime(self.folder, ns=(_TIME_NS, _TIME_NS))
        files.sync_folder(self.folder.parent)
        return check_code(raw)

    def _draft(self, number: int) -> Path:
        return self.folder / f"{number:04d}.PRT"


def after(done: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    """Return a report for one part of a task of which `done` bytes were finished before."""
    return lambda at: progress(done + at)


def volume_name(number: int) -> str:
    """Return the name of a finished volume, counted from 1."""
    return f"{number:04d}.VOL"


class VolumeReader(io.RawIOBase):
    """Volumes one after another as one stream."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._file: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; 0 at the end.

        Raises:
            MediumGone: A volume cannot be read.
        """
        try:
            while True:
                if self._file is None:
                    if not self._paths:
                        return 0
                    self._file = files.open_plain(self._paths.pop(0))
                count: int = self._file.readinto(buffer)  # type: ignore[attr-defined]  # BufferedReader
                if count:
                    return count
                self._file.close()
                self._file = None
        except OSError as error:
            raise MediumGone(why=files.reason(error)) from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


def hash_file(path: Path, progress: Callable[[int], None]) -> tuple[str, int]:
    """Return SHA-256 and size of a file, read from the medium as far as the system allows.

    Raises:
        OSError, UnsafeFolder: It cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(CHUNK_BYTES))
    with files.open_plain(path) as file:
        _forget(file)
        while count := file.readinto(buffer):  # type: ignore[attr-defined]  # BufferedReader
            digest.update(buffer[:count])
            size += count
            progress(size)
        _forget(file)
    return digest.hexdigest(), size


def _read_back(path: Path, progress: Callable[[int], None]) -> tuple[str, int]:
    try:
        return hash_file(path, progress)
    except UnsafeFolder as error:
        raise MediumGone(why=path.name) from error


def _settle(draft: Path, path: Path) -> None:
    os.utime(draft, ns=(_TIME_NS, _TIME_NS))
    draft.rename(path)


def _forget(file: BinaryIO) -> None:
    """Ask the system to drop its cache, so that what is read back comes from the medium."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
