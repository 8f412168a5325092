"""What lies on a stick or in a folder: bundles, found by their form, without a key."""

import contextlib
import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop_app import files
from desktop_app.bundle.header import VERSION_LINE
from desktop_app.errors import DiskFull, MediumGone, StorageError, UnsafeFolder

SUMS = "SHA256SUMS"
MAX_VOLUMES = 9999
_MAX_SUMS = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM}
_VOLUME = re.compile(
    r"(\d{4})\.VOL", re.ASCII | re.IGNORECASE
)  # some systems show FAT in lower case
_FOLDER = re.compile(r"[A-Z2-7]{8}", re.ASCII | re.IGNORECASE)
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\d{4})\.VOL", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """One bundle on a medium: the volumes that are there, and what its list says of them."""

    folder: Path  # where its volumes lie
    volumes: tuple[Path, ...]
    numbers: tuple[int, ...]  # which volume each of them is, from 1
    sizes: tuple[int, ...]  # bytes of each of them
    sums: Mapping[int, str]  # SHA-256 by number; empty without a readable list
    single: bool = False  # one file, no list

    @property
    def named(self) -> str:
        """What to call it: the name of its folder, or of its single file."""
        return self.volumes[0].name if self.single else self.folder.name

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the volumes that should be there and are not."""
        last = max((*self.numbers, *self.sums), default=0)
        return tuple(sorted(set(range(1, last + 1)) - set(self.numbers)))

    @property
    def total_bytes(self) -> int:
        """The size of the volumes that are there."""
        return sum(self.sizes)


@contextlib.contextmanager
def medium_errors() -> Iterator[None]:
    """Turn what the system says of a medium into our words.

    Raises:
        DiskFull: No space left on it.
        StorageError: It may not be written or read.
        MediumGone: Anything else: pulled out, broken.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull from error
        if error.errno in _REFUSED:
            raise StorageError(why=files.reason(error)) from error
        raise MediumGone(why=files.reason(error)) from error


def find(folder: Path) -> list[Found]:
    """Return the bundles in `folder`, by name; it may also be the folder of one bundle itself.

    Links, unfinished volumes and everything that is not ours are passed over.

    Raises:
        MediumGone: It cannot be read.
    """
    with medium_errors():
        own = _look(folder)
        if own is not None:
            return [own]
        found = []
        for path in sorted(folder.iterdir()):
            if path.is_symlink():
                continue
            if path.is_dir():
                one = _look(path) if _FOLDER.fullmatch(path.name) else None
            else:
                one = _single(path)
            if one is not None:
                found.append(one)
        return found


def read_sums(raw: bytes) -> Mapping[int, str]:
    """Return the sums that a SHA256SUMS holds by volume; none if it is not as we write it."""
    sums: dict[int, str] = {}
    for line in raw.decode("ascii", "replace").removesuffix("\n").split("\n"):
        found = _LINE.fullmatch(line)
        if found is None or int(found[2]) != len(sums) + 1:
            return {}
        sums[int(found[2])] = found[1]
    return sums


def _look(folder: Path) -> Found | None:
    volumes: dict[int, Path] = {}
    sums: Mapping[int, str] = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        named = _VOLUME.fullmatch(path.name)
        if named and int(named[1]) > 0:
            volumes.setdefault(int(named[1]), path)
        elif path.name.upper() == SUMS:
            sums = read_sums(_begin(path, _MAX_SUMS))
    if not volumes:
        return None
    numbers = tuple(sorted(volumes))
    paths = tuple(volumes[number] for number in numbers)
    return Found(folder, paths, numbers, tuple(path.stat().st_size for path in paths), sums)


def _single(path: Path) -> Found | None:
    if not path.is_file() or _begin(path, len(VERSION_LINE)) != VERSION_LINE:
        return None
    return Found(path.parent, (path,), (1,), (path.stat().st_size,), {}, single=True)


def _begin(path: Path, most: int) -> bytes:
    try:
        with files.open_plain(path) as file:
            return file.read(most)
    except (UnsafeFolder, PermissionError):
        return b""  # somebody else's file, which is no business of ours
