"""Ends what takes too long: one thread that calls a function when a deadline passes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """A deadline for blocking work, the same on every system (Windows cannot poll a pipe)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._overdue: Callable[[], None] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def limit(self, time_s: float, overdue: Callable[[], None]) -> Iterator[None]:
        """Call `overdue` from another thread, once, if the block takes longer than `time_s`."""
        with self._changed:
            waking = self._deadline is None or time.monotonic() + time_s < self._deadline
            self._deadline, self._overdue = time.monotonic() + time_s, overdue
            if waking:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                # The deadline stays: the thread sleeps on until it and is not woken per file.
                self._overdue = None

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                if self._deadline is None:
                    self._changed.wait()
                    continue
                left_s = self._deadline - time.monotonic()
                if left_s > 0:
                    self._changed.wait(left_s)
                    continue
                overdue, self._overdue, self._deadline = self._overdue, None, None
                if overdue:
                    overdue()
