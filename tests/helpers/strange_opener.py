"""Closes itself in as the opener does and then tries what an opener must not be able to do.

python strange_opener.py VOLUME STAGING SECRET: prints one JSON object, what was tried → how it
ended ("done" or the error).
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from desktop_app.bundle.closing import close_behind

VOLUME, STAGING, SECRET = (Path(argument) for argument in sys.argv[1:4])
TOTAL_BYTES = 1 << 20


def make(path: Path, size: int = 10) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(bytes(size))
        file.flush()
        os.fsync(descriptor)


def reserve() -> None:
    bytearray(4 << 30)


def thread() -> None:
    started = threading.Thread(target=lambda: None)
    started.start()
    started.join()


TRIES: dict[str, Callable[[], object]] = {
    "read the volume": VOLUME.read_bytes,
    "make a file in staging": lambda: make(STAGING / "ab"),
    "start a thread": thread,
    "read another file": SECRET.read_bytes,
    "read beside the volume": (VOLUME.parent / "other").read_bytes,
    "read the list of users": Path("/etc/passwd").read_bytes,
    "list the archive": lambda: list(SECRET.parent.iterdir()),
    "write the volume": lambda: VOLUME.open("r+b").close(),
    "make a file beside staging": lambda: make(STAGING.parent / "ab"),
    "make a folder in staging": lambda: (STAGING / "folder").mkdir(),
    "make a link in staging": lambda: (STAGING / "link").symlink_to(SECRET),
    "move a file out of staging": lambda: (STAGING / "ab").rename(STAGING.parent / "cd"),
    "make a file that is too large": lambda: make(STAGING / "large", 4 * TOTAL_BYTES),
    "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "fork": os.fork,
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "trace": lambda: ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0) == 0 or 1 / 0,
    "take 4 GB": reserve,
}


def tried(step: Callable[[], object]) -> str:
    try:
        step()
    except (OSError, MemoryError, ZeroDivisionError, subprocess.SubprocessError) as error:
        return type(error).__name__
    return "done"


def main() -> None:
    """Try everything and tell."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    lacks = close_behind([VOLUME], STAGING, TOTAL_BYTES, 1 << 30)
    print(json.dumps({"lacks": lacks, **{name: tried(step) for name, step in TRIES.items()}}))


if __name__ == "__main__":
    main()
