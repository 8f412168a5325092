"""Builds everything: arguments → services → archive → command. The only reader of the clock."""

import contextlib
import os
import sys
import time

from desktop_app.archive.prepare import LIMITS
from desktop_app.cli import main as command_line
from desktop_app.cli.commands import Services
from desktop_app.extraction.extract import Extractor


def main() -> int:
    """Run the program; return its exit code."""
    _close_doors()
    _speak_utf8()
    services = Services(now=_now, make_reader=lambda: Extractor(LIMITS))
    return _told(command_line.run(sys.argv[1:] or ["--help"], services))


def _told(code: int) -> int:
    """Print what is still held back; whoever read our output may have gone meanwhile."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _now() -> int:
    return time.time_ns() // 1_000_000


def _close_doors() -> None:
    """Keep what this process knows to itself: no core file, no foreign eyes, no loose files."""
    os.umask(0o077)
    sys.dont_write_bytecode = True
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        set_dumpable = 4  # PR_SET_DUMPABLE, linux/prctl.h
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_dumpable, 0, 0, 0, 0)


def _speak_utf8() -> None:
    """A pipe gets UTF-8 whatever the locale; a terminal at least never an exception."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            if stream.isatty():
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # text streams have it
            else:
                stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # the same
