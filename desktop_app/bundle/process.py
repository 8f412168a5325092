"""The opener as the program sees it that starts it: told, heard, ended."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from desktop_app import errors
from desktop_app.errors import AppError, WorkerMissing
from desktop_app.files import reason
from desktop_app.frames import Breach, Ended, read_json, write_json

SILENCE_S = 180.0  # a slow stick may take its time for 8 MiB, but not for ever
_LOOK_S = 0.2
_FACT_CHARS = 200
_QUEUED = 256
# What an opener may say, and the facts that belong to it. The words are ours.
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "WrongFile": ("why",),
    "NotForUs": (),
    "NotAddressed": (),
    "BundleDamaged": ("why",),
    "UnknownSender": ("fingerprint",),
    "SignatureWrong": (),
    "BundleMalformed": ("why",),
    "BundleTooNew": ("found",),
    "MediumGone": ("why",),
    "DiskFull": (),
    "StorageError": ("why",),
    "UnsafeFolder": ("path",),
}


def default_command() -> tuple[str, ...]:
    """Return the command that starts the opener: this Python, isolated, writing no bytecode."""
    return (sys.executable, "-I", "-B", "-X", "utf8", "-m", "desktop_app.bundle.opener")


def refusal(frame: Mapping[str, object]) -> AppError:
    """Return the error that an opener's last word stands for.

    Raises:
        Breach: It is none that an opener may say.
    """
    name, facts = str(frame.get("refused")), frame.get("facts")
    if name not in _REFUSALS or not isinstance(facts, dict):
        raise Breach
    error = getattr(errors, name)(**{key: _plain(facts.get(key)) for key in _REFUSALS[name]})
    assert isinstance(error, AppError)
    return error


def _plain(value: object) -> str:
    return "".join(filter(str.isprintable, str(value)))[:_FACT_CHARS]


class OpenerProcess:
    """A running opener. It must be ended."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Raises:
            WorkerMissing: It does not start.
        """
        try:
            self._popen = _start(command)
        except OSError as error:
            raise WorkerMissing(why=reason(error)) from error
        self._frames: queue.Queue[dict[str, object] | None] = queue.Queue(_QUEUED)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def tell(self, values: dict[str, object]) -> None:
        """Send one frame; raises `OSError` when the opener is gone."""
        assert self._popen.stdin is not None
        write_json(self._popen.stdin, values)
        self._popen.stdin.flush()

    def hear(self, meanwhile: Callable[[], None]) -> dict[str, object]:
        """Return the next frame; call `meanwhile` now and then while there is none.

        Raises:
            Ended: The opener is gone, or has been silent for too long.
        """
        until = time.monotonic() + SILENCE_S
        while time.monotonic() < until:
            try:
                frame = self._frames.get(timeout=_LOOK_S)
            except queue.Empty:
                meanwhile()
                continue
            if frame is None:
                self._frames.put(None)  # for `rest`, which waits for it
                raise Ended
            return frame
        raise Ended

    def rest(self) -> Iterator[dict[str, object]]:
        """Yield what the opener had said before it ended and nobody heard."""
        while (frame := self._frames.get()) is not None:
            yield frame

    def end(self) -> None:
        """Kill it and wait for its end. It has nothing to save."""
        with contextlib.suppress(OSError):
            self._popen.kill()
        self._popen.wait()
        with contextlib.suppress(OSError):  # what was not flushed has no reader any more
            assert self._popen.stdin is not None
            self._popen.stdin.close()

    def _listen(self) -> None:
        """Put frame after frame into the queue, and None at the end, come what may."""
        assert self._popen.stdout is not None
        with self._popen.stdout as replies:
            try:
                while True:
                    self._frames.put(read_json(replies))
            except (Breach, Ended, OSError):
                self._frames.put(None)


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 (our own program, no shell, no foreign word)
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a bundle makes a library say is no log of ours
        close_fds=True,
        cwd="/" if os.name == "posix" else None,
        env=_environment(),
        start_new_session=os.name == "posix",  # Ctrl+C is for us alone
        creationflags=_creation_flags(),
    )


def _environment() -> dict[str, str]:
    """Return what an opener may know of us: nothing but what its system needs to run."""
    kept = ("SYSTEMROOT", "WINDIR")  # without them Python does not start on Windows
    values = {name: os.environ[name] for name in kept if name in os.environ}
    # Without a HOME Python asks the system's directory of users, over a socket.
    return {**values, "HOME": "/", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


def _creation_flags() -> int:
    return getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
        subprocess, "CREATE_NO_WINDOW", 0
    )
