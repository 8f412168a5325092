"""A worker whose reader of plain text does what the text says: crash, hang, or try to get out.

Started as a program by the tests of `extraction`; never by the product.
"""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from desktop_app.extraction import worker
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.readers import Reader

LIBC = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> str:
    """Make a system call; raise OSError when it is refused."""
    result = LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return str(result)


def fork() -> str:
    child = os.fork()
    if not child:
        os._exit(0)
    return "forked"


def in_thread() -> str:
    """Threads are allowed, but must be shut in, too."""
    import threading

    seen: list[str] = []

    def escape() -> None:
        try:
            seen.append(Path("/etc/passwd").read_text()[:5])
        except OSError as error:
            seen.append(type(error).__name__)

    thread = threading.Thread(target=escape)
    thread.start()
    thread.join()
    if seen == ["PermissionError"]:
        raise PermissionError
    return seen[0]


def lift_limit() -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    return "lifted"


SHARED = Path("/tmp")

ESCAPES: dict[str, Callable[[], object]] = {
    "read /etc/passwd": lambda: Path("/etc/passwd").read_text(),
    "list /": lambda: list(Path("/").iterdir()),
    "read /proc": lambda: Path("/proc/self/environ").read_bytes(),
    "read /proc of parent": lambda: Path(f"/proc/{os.getppid()}/mem").read_bytes(),
    "write /tmp": lambda: (SHARED / "escaped").write_text("x"),
    "write /dev/shm": lambda: Path("/dev/shm/escaped").write_text("x"),
    "make folder": lambda: (SHARED / "escaped").mkdir(),
    "unlink": lambda: (SHARED / "escaped").unlink(),
    "chmod": lambda: SHARED.chmod(0o777),
    "socket inet": lambda: socket.socket(socket.AF_INET),
    "socket unix": lambda: socket.socket(socket.AF_UNIX),
    "socketpair": socket.socketpair,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "subprocess": lambda: subprocess.run(["/bin/true"]),
    "fork": fork,
    "ptrace parent": lambda: call(101, 16, os.getppid(), 0, 0),
    "read memory of parent": lambda: call(310, os.getppid(), 0, 0, 0, 0, 0),
    "kill parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
    "tgkill parent": lambda: call(234, os.getppid(), os.getppid(), signal.SIGCONT),
    "bpf": lambda: call(321, 0, 0, 0),
    "io_uring": lambda: call(425, 1, 0),
    "userfaultfd": lambda: call(323, 0),
    "keyctl": lambda: call(250, 0, 0),
    "unshare": lambda: call(272, 0x10000000),
    "clone3": lambda: call(435, 0, 0),
    "memfd": lambda: os.memfd_create("x"),
    "mount": lambda: call(165, b"/", b"/", b"", 0, 0),
    "thread": in_thread,
    "lift limit": lift_limit,
}


def recurse(depth: int) -> int:
    return recurse(depth + 1) + 1


def print_much() -> None:
    print("SECRET FROM A DOCUMENT" * 1000)
    sys.stderr.write("SECRET FROM A DOCUMENT" * 1000)
    os.write(1, b"J\0\0\0\2{}")


ACTS: dict[str, Callable[[], object]] = {
    "exit": lambda: os._exit(3),
    "crash": lambda: ctypes.string_at(8),
    "abort": os.abort,
    "hang": lambda: [None for _ in iter(int, 1)],
    "sleep": lambda: time.sleep(1000),
    "allocate": lambda: bytearray(60 << 30),
    "allocate slowly": lambda: [bytearray(1 << 20) for _ in range(60 << 10)],
    "raise": lambda: 1 // 0,
    "recurse": lambda: recurse(0),
    "leave": lambda: sys.exit(0),
    "print": print_much,
}


def read(ask: Ask, found: Found) -> None:
    """Do what the text says."""
    word = ask.content.decode()
    if word in ESCAPES:
        try:
            found.add_page(f"ALLOWED {ESCAPES[word]()!s:.60}")
        except (OSError, ValueError) as error:
            found.add_page(f"denied: {type(error).__name__} {error}")
    elif word in ACTS:
        ACTS[word]()
        found.add_page("done")
    else:
        found.add_page(word)


def draw(ask: Ask, found: Found) -> None:
    """Fail at drawing, and give the text when asked for it alone."""
    if not ask.text_only:
        os.abort()
    found.add_page("the text alone")


if __name__ == "__main__":
    strange = {"text/plain": Reader("strange/1", read), "application/pdf": Reader("draw/1", draw)}
    sys.exit(worker.main(more=strange))
