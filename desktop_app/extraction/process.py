"""One worker process as the parent sees it: started with nothing, asked, ended."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO

from desktop_app.domain.reading import Limits, Reading
from desktop_app.extraction.replies import read_reply
from desktop_app.frames import Breach, read_json, write_frame, write_json

_WORD_CHARS = 500


def default_command() -> tuple[str, ...]:
    """Return the command that starts a worker: this Python, isolated, writing no bytecode."""
    return (sys.executable, "-I", "-B", "-X", "utf8", "-m", "desktop_app.extraction.worker")


class Process:
    """A running worker. After any exception of `hello` or `read` it must be ended.

    Attributes:
        begun: whether the worker had the whole of the last file in its hands.
        overdue: whether `expire` ended it.
    """

    def __init__(self, command: Sequence[str], memory_bytes: int) -> None:
        """Start the program; raises `OSError` when that fails."""
        self.begun = False
        self.overdue = False
        self.files = 0
        self.peak_bytes = 0
        self._ending = threading.Lock()
        self._popen = subprocess.Popen(  # noqa: S603 (our own program, no shell, no foreign word)
            [*command, "--memory-bytes", str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a document makes a parser say is no log of ours
            close_fds=True,
            cwd="/" if os.name == "posix" else None,
            env=_environment(),
            start_new_session=os.name == "posix",  # Ctrl+C is for us alone
            creationflags=_creation_flags(),
        )

    def hello(self) -> tuple[str, str]:
        """Wait for the worker's first word; return its isolation and what is missing of it.

        Raises:
            Breach, Ended, OSError: it is not a worker, or it is gone.
        """
        values = read_json(self._stdout())
        isolation, why = values.get("isolation"), values.get("why")
        if isolation not in ("full", "reduced") or not isinstance(why, str):
            raise Breach
        return str(isolation), "".join(filter(str.isprintable, why))[:_WORD_CHARS]

    def read(
        self, content: bytes | memoryview, name: str, limits: Limits, *, text_only: bool = False
    ) -> Reading:
        """Have one file read, without its picture if `text_only`.

        Raises:
            Breach, Ended, OSError: the worker lied, or it is gone.
        """
        self.begun = False
        self.files += 1
        requests, replies = self._popen.stdin, self._stdout()
        assert requests is not None
        numbers = dataclasses.asdict(limits)
        numbers["time_ms"] = int(1000 * numbers.pop("time_s"))  # there are no fractions in frames
        words: dict[str, object] = {"name": name[-_WORD_CHARS:], "text_only": text_only}
        write_json(requests, {**words, "limits": numbers})
        write_frame(requests, b"B", content)
        requests.flush()
        begun = read_json(replies)
        peak = begun.get("peak_bytes")
        if begun.get("begun") != 1 or not isinstance(peak, int):
            raise Breach
        self.begun, self.peak_bytes = True, peak
        return read_reply(replies, limits)

    def expire(self) -> None:
        """Kill it because its time is over; from any thread."""
        self.overdue = True
        self._kill()

    def end(self) -> None:
        """Kill it, wait for its end and close the pipes. It has nothing to save."""
        self._kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            with contextlib.suppress(OSError):  # what was not flushed has no reader any more
                assert pipe is not None
                pipe.close()
        with self._ending:
            self._popen.wait()

    def _kill(self) -> None:
        with self._ending, contextlib.suppress(OSError):
            self._popen.kill()

    def _stdout(self) -> IO[bytes]:
        assert self._popen.stdout is not None
        return self._popen.stdout


def _environment() -> dict[str, str]:
    """Return what a worker may know of us: nothing but what its system needs to run."""
    kept = ("SYSTEMROOT", "WINDIR")  # without them Python does not start on Windows
    values = {name: os.environ[name] for name in kept if name in os.environ}
    # Without a HOME Python asks the system's directory of users, over a socket. Two arenas instead
    # of eight per core: less address space, which is limited.
    return {**values, "HOME": "/", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


def _creation_flags() -> int:
    return getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
        subprocess, "CREATE_NO_WINDOW", 0
    )
