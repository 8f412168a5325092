"""The process that reads foreign files: `python -I -m desktop_app.extraction.worker`.

It imports and tries every parser, closes itself in, says hello, and then reads one file after
another from its standard input and answers on its standard output. It is handed bytes, never a
path, and holds no key. What a document or a library prints goes nowhere.
"""

import argparse
import contextlib
import dataclasses
import gc
import os
import re
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import IO

from desktop_app import sandbox
from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.kinds import kind_of
from desktop_app.extraction.readers import READERS, Reader, refine, warm_up
from desktop_app.extraction.replies import write_reply
from desktop_app.extraction.sniff import HEAD_BYTES, sniff
from desktop_app.frames import Breach, Ended, read_frame, read_json, write_json
from desktop_app.i18n import N_

# A reader that looks at the clock stops here and keeps what it has; the parent kills at 1.0.
SOFT_SHARE = 0.75


def main(arguments: Sequence[str] | None = None, more: Mapping[str, Reader] | None = None) -> int:
    """Run until standard input ends; return the exit code.

    Args:
        arguments: the command line without the program's name; the process's own if None.
        more: readers by media type, beside those of the program; for tests.
    """
    options = _options(arguments)
    sandbox.die_with_parent()
    warnings.simplefilter("ignore")
    requests, replies = _pipes()
    peak = _Peak()
    warm_up()
    gc.collect()
    gc.freeze()
    reason = sandbox.close(
        options.memory_bytes, readable=sandbox.FONTS, filter_calls=not options.no_filter
    )
    write_json(
        replies, {"hello": 1, "isolation": "reduced" if reason else "full", "why": reason[:500]}
    )
    replies.flush()
    try:
        while True:
            _answer(requests, replies, {**READERS, **(more or {})}, peak)
    except (Ended, Breach, BrokenPipeError):
        return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--memory-bytes", type=int, default=Limits().memory_bytes)
    parser.add_argument("--no-filter", action="store_true", help="leave seccomp out")
    return parser.parse_args(arguments)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the two pipes for the frames; what anyone prints then goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb", buffering=1 << 16), replies


def _answer(
    requests: IO[bytes], replies: IO[bytes], readers: Mapping[str, Reader], peak: "_Peak"
) -> None:
    """Read one file and write what was found."""
    request = read_json(requests)
    limits = _limits(request.get("limits"))
    content = read_frame(requests, b"B", limits.file_bytes)
    write_json(replies, {"begun": 1, "peak_bytes": peak.read()})
    replies.flush()
    name = str(request.get("name", ""))
    until = time.monotonic() + limits.time_s * SOFT_SHARE
    guess = refine(sniff(content[:HEAD_BYTES], name), content, name)
    ask = Ask(content, name, guess, limits, request.get("text_only") is True, until)
    found = Found(limits, guess.media_type, flags=list(guess.flags))
    outcome, why = read_into(found, ask, readers)
    write_reply(replies, outcome, why, kind_of(found.media_type), found)
    replies.flush()


def read_into(found: Found, ask: Ask, readers: Mapping[str, Reader]) -> tuple[Outcome, str]:
    """Read one file into `found`; return how it ended and a sentence about it. Never raises."""
    reader = readers.get(found.media_type)
    if reader is None:
        return Outcome.UNREAD, N_("no reader for this kind of file")
    found.reader = reader.name
    try:
        reader.read(ask, found)
    except Refusal as refusal:
        return _stopped(found, refusal.outcome, refusal.why)
    except MemoryError:
        return _stopped(
            found, Outcome.TOO_LARGE, N_("not all of it was read: that needs too much memory")
        )
    except Exception:  # noqa: BLE001 (whatever a parser throws at a foreign file is about the file)
        return _stopped(found, Outcome.DAMAGED, N_("damaged, or not what it seems to be"))
    if not found.has_content():
        return Outcome.EMPTY, N_("no text and no picture in it")
    return Outcome.READ, ""


def _stopped(found: Found, outcome: Outcome, why: str) -> tuple[Outcome, str]:
    """Keep what was found before a reader stopped: half a document is evidence, too."""
    if outcome is Outcome.DAMAGED and found.has_content():
        found.add_flag("damaged")
        return Outcome.READ, ""
    if outcome is Outcome.TOO_LARGE and found.has_content():
        found.add_flag("truncated")
    return outcome, why


def _limits(values: object) -> Limits:
    if not isinstance(values, dict):
        raise Breach
    numbers = {**values, "time_s": values["time_ms"] / 1000}
    return Limits(**{field.name: numbers[field.name] for field in dataclasses.fields(Limits)})


class _Peak:
    """The most memory that this process ever held.

    Not `ru_maxrss` where there is something better: a child begins with its parent's, and the
    parent may just have derived a key in a gibibyte.
    """

    def __init__(self) -> None:
        """Open what tells, before the sandbox closes."""
        self._status: int | None = None
        with contextlib.suppress(OSError):
            self._status = os.open("/proc/self/status", os.O_RDONLY)

    def read(self) -> int:
        """Return the peak in bytes; 0 where the system does not tell."""
        if self._status is None:
            return _peak_of_process_and_parent()
        os.lseek(self._status, 0, os.SEEK_SET)
        found = re.search(rb"^VmHWM:\s+(\d+) kB", os.read(self._status, 1 << 14), re.MULTILINE)
        return int(found[1]) * 1024 if found else 0


def _peak_of_process_and_parent() -> int:
    if sys.platform == "win32":
        return 0
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main())
