"""The only code that creates files: private, synced, and renamed into place.

Plaintext is never written except by `export`, which the user has agreed to.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desktop_app.errors import AlreadyThere, CannotRead, DiskFull, StorageError, UnsafeFolder

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the operating system's refusals into ours.

    Raises:
        DiskFull: No space left.
        StorageError: Anything else that a disk says.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull from error
        raise StorageError(why=reason(error)) from error


def reason(error: OSError) -> str:
    """Return the operating system's reason without the path, which may name a person."""
    return (error.strerror or type(error).__name__).lower()


def create(path: Path) -> BinaryIO:
    """Open a new file of our own for writing; never one that exists, never through a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    return os.fdopen(os.open(path, flags, FILE_MODE), "wb")


def open_plain(path: Path) -> BinaryIO:
    """Open a file of our own for reading.

    Raises:
        UnsafeFolder: It is a link, a folder, a pipe or a device.
        FileNotFoundError: It is not there.
    """
    try:
        # Without O_NONBLOCK a named pipe in the file's place would hold us for ever.
        flags = os.O_RDONLY | _NO_FOLLOW | _BINARY | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise UnsafeFolder(path=path.name) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnsafeFolder(path=path.name)
    return os.fdopen(descriptor, "rb")


def sync(file: BinaryIO) -> None:
    """Bring what was written to the disk, not only to its cache."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk; where the system has no such thing, do nothing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`: all of it or, after a power cut, what was there before."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with create(draft) as file:
        file.write(content)
        sync(file)
    draft.replace(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner can enter; its parents must be there."""
    path.mkdir(mode=FOLDER_MODE)


def need_empty(path: Path) -> None:
    """Make `path` a folder of ours, or take an empty one that is there.

    Raises:
        AlreadyThere: Something is in the way.
        StorageError: It cannot be made.
    """
    with storage_errors():
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise AlreadyThere(path=path)
        if path.exists() and any(path.iterdir()):
            raise AlreadyThere(path=path)
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def read_bounded(path: Path, most: int) -> bytes:
    """Return at most `most` bytes from the beginning of a file that the user named.

    Raises:
        CannotRead: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise CannotRead(path=path, why=reason(error)) from error
