"""Which files an intake means: the paths that were named, and what lies below them, in order."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desktop_app.errors import CannotRead
from desktop_app.files import reason
from desktop_app.i18n import _

DUPLICATE = "duplicate"
LINK = "link"
NOT_A_FILE = "not a file"
ARCHIVE = "an archive of this program"
_OURS = frozenset({"keys.json", "archive.db"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to take in."""

    path: Path
    origin: str  # what the archive remembers: the path from the named folder on, never the home
    size_bytes: int
    modified_utc: int  # milliseconds


@dataclass(frozen=True, slots=True)
class Left:
    """A path that is not taken in, and why."""

    path: Path
    why: str
    failed: bool  # True: it should have been taken in and could not


def walk(paths: Iterable[Path], own: Path | None = None) -> Iterator[Source | Left]:
    """Yield every file at and below `paths`, each folder sorted by name.

    Links below a folder are not followed: they could lead out of what the user meant. A link that
    the user names is.

    Args:
        paths: What was named.
        own: The folder of the open archive, resolved: what lies in it is left.
    """
    for path in paths:
        if own is not None and Path(os.path.realpath(path)).is_relative_to(own):
            yield Left(path, ARCHIVE, failed=False)
            continue
        whole = Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)
        yield from _walk(path, whole.parent, whole, named=True)


def _walk(path: Path, above: Path, whole: Path, *, named: bool) -> Iterator[Source | Left]:
    try:
        found = path.stat() if named else path.lstat()
        children = sorted(os.listdir(path)) if stat.S_ISDIR(found.st_mode) else None  # noqa: PTH208 (names are enough)
    except OSError as error:
        yield Left(path, reason(error), failed=True)
        return
    if children is not None:
        if set(children) >= _OURS:
            yield Left(path, ARCHIVE, failed=False)
            return
        for child in children:
            yield from _walk(path / child, above, whole / child, named=False)
    elif stat.S_ISLNK(found.st_mode):
        yield Left(path, LINK, failed=False)
    elif not stat.S_ISREG(found.st_mode):
        yield Left(path, NOT_A_FILE, failed=named)
    else:
        origin = os.fsencode(whole.relative_to(above)).decode("utf-8", "replace")
        yield Source(path, origin, found.st_size, found.st_mtime_ns // 1_000_000)


class SourceFile:
    """A foreign file open for reading; its errors are `CannotRead`, not the archive's disk's."""

    def __init__(self, source: Source) -> None:
        """Open it; a pipe that took the file's place meanwhile does not hold us up.

        Raises:
            CannotRead: It is gone, or may not be read.
        """
        self._source = source
        with _reading(source):
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            self._file: BinaryIO = os.fdopen(os.open(source.path, flags), "rb")
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self._file.close()
            raise CannotRead(path=source.path, why=NOT_A_FILE)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            CannotRead: The disk failed, or the stick was pulled.
        """
        with _reading(self._source):
            return self._file.read(size)

    def __enter__(self) -> "SourceFile":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()


class _reading:  # noqa: N801 (a context manager that reads like a word)
    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise CannotRead(path=self._source.path, why=reason(error)) from error


def left_in_words(why: str) -> str:
    """Return why a path was left, for a person."""
    words = {
        DUPLICATE: _("the archive holds the same content already"),
        LINK: _("a link, which is not followed"),
        NOT_A_FILE: _("not a file"),
        ARCHIVE: _("an archive of this program, which is not put into another"),
    }
    return words.get(why, why)
