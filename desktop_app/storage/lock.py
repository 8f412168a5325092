"""One program per archive: an operating-system lock on a file that holds nothing."""

import os
import sys
from pathlib import Path

from desktop_app.errors import ArchiveInUse, StorageError, UnsafeFolder
from desktop_app.files import FILE_MODE, reason

LOCK = "lock"


class ArchiveLock:
    """Held from construction to `release`, or to the end of the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            ArchiveInUse: Another program has it.
            UnsafeFolder: The lock file is a link.
            StorageError: It cannot be written here: a write-protected stick.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            self._descriptor = os.open(folder / LOCK, flags, FILE_MODE)
        except OSError as error:
            if (folder / LOCK).is_symlink():
                raise UnsafeFolder(path=LOCK) from error
            raise StorageError(why=reason(error)) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise ArchiveInUse from error

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
