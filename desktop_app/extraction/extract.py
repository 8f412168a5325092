"""Reads files through a worker process that is killed when it hangs, dies or lies.

    with Extractor(Limits()) as extractor:
        reading = extractor.read(content, "letter.pdf")

Whatever the file does, a `Reading` comes back. Use an `Extractor` from one thread at a time, and
from a thread that lives as long as it does: Linux ends a worker together with the thread that
started it.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from desktop_app import errors
from desktop_app.domain.reading import Limits, Outcome, Reading
from desktop_app.extraction.kinds import can_be_read
from desktop_app.extraction.process import Process, default_command
from desktop_app.extraction.sniff import HEAD_BYTES, Guess, sniff
from desktop_app.extraction.watchdog import Watchdog
from desktop_app.frames import Breach, Ended
from desktop_app.i18n import N_

START_S = 60.0  # a slow disk and a virus scanner; usual is under 1 s
FILES_PER_WORKER = 2_000  # then a fresh one: whatever leaked or was taken over ends with it
_DRAWN = ("application/pdf",)  # kinds whose text can be had without drawing them
PEAK_BYTES = 512 << 20  # a worker that ever held so much is replaced


def without_reading(head: bytes, size_bytes: int, name: str, limits: Limits) -> Reading | None:
    """Return what to say of a file that no worker need look at; None if one should.

    For files too large to hold in memory, too: `head` is their first `HEAD_BYTES`.
    """
    guess = sniff(head[:HEAD_BYTES], name)
    if size_bytes == 0:
        return _plainly(guess, Outcome.EMPTY, N_("an empty file"))
    if not can_be_read(guess.media_type):
        why = N_("no reader for this kind of file")
        return _plainly(guess, Outcome.UNREAD, why)
    if size_bytes > limits.file_bytes:
        return _plainly(guess, Outcome.TOO_LARGE, N_("larger than the files that are read"))
    return None


class Extractor:
    """Owns a worker process, started when first needed and again after a fault."""

    def __init__(self, limits: Limits, command: Sequence[str] | None = None) -> None:
        """Start nothing yet.

        Args:
            limits: what one file may cost.
            command: what starts a worker; this Python's own unless a frozen program or a test
                has another.
        """
        self._limits = limits
        self._command = tuple(command) if command is not None else default_command()
        self._process: Process | None = None
        self._watchdog: Watchdog | None = None
        self._isolation = ("", "")
        self._filtering = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def isolation(self) -> str:
        """Return "full" or "reduced" for the worker that ran last, "" before the first."""
        return self._isolation[0]

    @property
    def isolation_lacks(self) -> str:
        """Return what a "reduced" isolation lacks, in words for a developer."""
        return self._isolation[1]

    def warm(self) -> None:
        """Start the worker ahead of time.

        Raises:
            WorkerMissing: it does not start.
        """
        self._running()

    def read(self, content: bytes | memoryview, name: str) -> Reading:
        """Return what the file holds; its name is only a hint and is compared with the content.

        Raises:
            WorkerMissing: the worker process does not start at all. Nothing about the file ever
                raises.
        """
        head = bytes(content[:HEAD_BYTES])
        plain = without_reading(head, len(content), name, self._limits)
        if plain is not None:
            return plain
        text_only = False
        for _attempt in range(2):
            process = self._running()
            reading = self._ask(process, content, name, text_only=text_only)
            if reading is not None:
                self._replace_if_worn(process)
                return reading
            self._end()
            # A second try if the worker never had the file, or if drawing may be what failed.
            text_only = process.begun and sniff(head, name).media_type in _DRAWN
            if not text_only and (process.begun or process.overdue):
                break
        return _plainly(sniff(head, name), Outcome.CRASHED, _crash_words(process))

    def close(self) -> None:
        """End the worker; the next `read` would start another."""
        self._end()
        if self._watchdog is not None:
            self._watchdog.close()
            self._watchdog = None

    def _ask(
        self, process: Process, content: bytes | memoryview, name: str, *, text_only: bool
    ) -> Reading | None:
        """Return the reading, or None when the worker has to be ended."""
        assert self._watchdog is not None
        try:
            with self._watchdog.limit(self._limits.time_s, process.expire):
                return process.read(content, name, self._limits, text_only=text_only)
        except (Breach, Ended, OSError):
            return None

    def _running(self) -> Process:
        if self._process is None:
            self._watchdog = self._watchdog or Watchdog()
            self._process = self._start()
        return self._process

    def _start(self) -> Process:
        """Start a worker; one that dies behind the filter of system calls starts without it."""
        process = self._try_start(self._command) if self._filtering else None
        if process is None:
            process = self._try_start((*self._command, "--no-filter"))
            self._filtering = process is None  # a system that starts neither has another fault
        if process is None:
            raise errors.WorkerMissing(why=N_("it ends before its first word"))
        return process

    def _try_start(self, command: Sequence[str]) -> Process | None:
        assert self._watchdog is not None
        try:
            process = Process(command, self._limits.memory_bytes)
        except OSError as error:
            raise errors.WorkerMissing(why=error.strerror or type(error).__name__) from error
        try:
            with self._watchdog.limit(START_S, process.expire):
                self._isolation = process.hello()
        except (Breach, Ended, OSError):
            process.end()
            return None
        return process

    def _replace_if_worn(self, process: Process) -> None:
        if process.files >= FILES_PER_WORKER or process.peak_bytes > PEAK_BYTES:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _plainly(guess: Guess, outcome: Outcome, why: str) -> Reading:
    return Reading(outcome, guess.kind, guess.media_type, flags=guess.flags, why=why)


def _crash_words(process: Process) -> str:
    if process.overdue:
        return N_("reading it took too long")
    return N_("the reader stopped on it")
