"""What the command line prints: results on standard output, everything else on standard error."""

import json
import shutil
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from desktop_app.errors import AppError
from desktop_app.i18n import _

# What could move the cursor, recolour the screen or turn the direction of writing.
_DANGEROUS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_HARMLESS = frozenset({"\u00ad", "\u200c", "\u200d"})  # soft hyphen, (non-)joiner
_BAR_EVERY_S = 0.1
_NARROWEST = 40


class Output:
    """Prints for a person or, with `as_json`, one JSON object for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._bar_shown = False
        self._bar_at = 0.0

    @property
    def as_json(self) -> bool:
        """Whether a program reads the results."""
        return self._as_json

    def result(self, values: Mapping[str, Any], *lines: str) -> None:
        """Print a command's result: `values` for a program, `lines` for a person."""
        self.clear_bar()
        if self._as_json:
            print(_json(values))  # noqa: T201 (printing is what this file is for)
        else:
            for line in self._fitting(one_line(line) for line in lines):
                print(line)  # noqa: T201 (as above)

    def text(self, values: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Print a result whose lines may hold lines of their own: what stands in a document."""
        self.clear_bar()
        if self._as_json:
            print(_json(values))  # noqa: T201 (as above)
        else:
            for line in self._fitting(plain(line) for line in lines):
                print(line)  # noqa: T201 (as above)

    def note(self, words: str) -> None:
        """Say something beside the result."""
        self._err("note: " + one_line(words))

    def warn(self, words: str) -> None:
        """Say something that must not be overlooked."""
        self._err("warning: " + one_line(words))

    def error(self, error: AppError) -> None:
        """Say what went wrong and what helps; for a program also as the one JSON object."""
        if self._as_json:
            body = {"code": code(error), "message": str(error), "hint": error.advice()}
            print(_json({"error": body}))  # noqa: T201 (as above)
        self.complain(error)

    def complain(self, error: AppError) -> None:
        """Say on standard error what went wrong, beside a result that is printed all the same."""
        self._err("error: " + one_line(str(error)))
        if error.advice():
            self._err("hint: " + one_line(error.advice()))

    def progress(self, words: str) -> None:
        """Show how far a long task is, on a terminal only; the next call replaces it."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._bar_at < _BAR_EVERY_S:
            return
        self._bar_at = now
        self._bar_shown = True
        sys.stderr.write("\r\x1b[K" + one_line(words)[:100])
        sys.stderr.flush()

    def clear_bar(self) -> None:
        """Take the progress line away."""
        if self._bar_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._bar_shown = False

    def _fitting(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines broken between words where a terminal is narrower than they are."""
        if not sys.stdout.isatty():
            yield from lines
            return
        width = max(shutil.get_terminal_size().columns, _NARROWEST)
        for line in lines:
            for one in line.split("\n"):
                indent = one[: len(one) - len(one.lstrip(" "))]
                yield from textwrap.wrap(
                    one, width, subsequent_indent=indent, break_on_hyphens=False
                ) or [""]

    def _err(self, line: str) -> None:
        self.clear_bar()
        print(line, file=sys.stderr)  # noqa: T201 (as above)


def code(error: AppError) -> str:
    """Return the error's name for programs: `WrongPassphrase` is "wrong-passphrase"."""
    name = type(error).__name__
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("-")


def plain(text: str) -> str:
    """Return text that a terminal shows as it is: what came out of a file cannot command it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if _is_harmless(sign) else "\ufffd" for sign in text)


def one_line(text: str) -> str:
    """Return text as a single line: a name with a line break in it cannot fake a line of ours."""
    return plain(text.replace("\n", "\u2424").replace("\t", " "))


def size(size_bytes: int) -> str:
    """Return a size for a person: 412 bytes, 3.4 MB."""
    if size_bytes < 1000:
        return _("{count} bytes").format(count=size_bytes)
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 1000 or unit == "TB":
            break
    return f"{value:.1f} {unit}"


def _is_harmless(sign: str) -> bool:
    if sign in "\n\t" or sign in _HARMLESS:
        return True
    return unicodedata.category(sign) not in _DANGEROUS


def _json(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, indent=1)
    if text.isascii():
        return text
    return "".join(sign if _is_harmless(sign) else json.dumps(sign)[1:-1] for sign in text)
