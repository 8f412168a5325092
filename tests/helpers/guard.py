"""An audit hook that catches what a test must not do: open a socket, write beside its own folder.

It sees what Python code of this process does. Files that C libraries open (SQLCipher, Qt) and other
processes are watched with strace instead.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0) | os.O_EXCL
# Which arguments of an event name what is written, and which one the folder they are relative to.
NAMES = {
    "os.mkdir": ((0,), 2),
    "os.rename": ((0, 1), 2),
    "os.remove": ((0,), 1),
    "os.rmdir": ((0,), 1),
    "os.link": ((1,), 3),
    "os.symlink": ((1,), 2),
    "os.truncate": ((0,), None),
}


class Forbidden(AssertionError):
    """A test did what no test may do."""


class Guard:
    """Watches this process while it is armed; `offences` holds a line for each thing it refused."""

    def __init__(self) -> None:
        self.offences: list[str] = []
        self.armed = False
        self._folders: tuple[Path, ...] = ()
        self._judging = False
        # A hook stays for the life of the process, so there is one guard, armed and disarmed.
        sys.addaudithook(self._hook)

    def arm(self, *folders: Path) -> None:
        """Allow writing beneath `folders`, /proc and /dev only, and sockets of the family UNIX."""
        self._folders = tuple(folder.resolve() for folder in folders)
        self.armed = True

    def disarm(self) -> None:
        """Stop watching."""
        self.armed = False

    def take_offences(self) -> list[str]:
        """Return what was refused since the last time."""
        offences, self.offences = self.offences, []
        return offences

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed or self._judging:
            return
        self._judging = True  # what the judging itself opens or resolves is not judged
        try:
            offence = self._offence(event, arguments)
        finally:
            self._judging = False
        if offence:
            self.offences.append(offence)
            raise Forbidden(offence)

    def _offence(self, event: str, arguments: tuple[Any, ...]) -> str:
        """Return what is wrong with an event; empty when nothing is."""
        if event == "socket.__new__":
            family = arguments[1]
            return "" if family in (-1, socket.AF_UNIX) else f"opened a socket of family {family}"
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int):  # a descriptor that is open already
                return ""
            # os.open tells no dir_fd: a bare name may belong to any folder and is left unjudged
            bare = mode is None and not Path(os.fsdecode(path)).is_absolute()
            if bare or not flags & WRITING:
                return ""
            return self._outside(path, follow=not flags & NOT_THROUGH_LINKS)
        if event in NAMES:
            indexes, folder = NAMES[event]
            if folder is not None and arguments[folder] not in (-1, None):
                return ""
            return next(filter(None, (self._outside(arguments[index]) for index in indexes)), "")
        return ""

    def _outside(self, path: Any, *, follow: bool = False) -> str:
        """Return a complaint when `path` is none that a test may write."""
        name = Path(os.fsdecode(path))
        real = name.resolve() if follow else name.parent.resolve() / name.name
        if "__pycache__" in real.parts or real.parts[:2] in (("/", "proc"), ("/", "dev")):
            return ""
        if any(real.is_relative_to(folder) for folder in self._folders):
            return ""
        return f"wrote outside its own folder: {real}"
