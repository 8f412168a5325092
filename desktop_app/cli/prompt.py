"""Asking for a passphrase or a yes, on a terminal or from a file."""

import getpass
import sys
from pathlib import Path

from desktop_app import files
from desktop_app.errors import CannotRead, NotConfirmed, UsageError
from desktop_app.i18n import _

_MOST_BYTES = 64 << 10


def passphrase(source: str | None, *, new: bool = False) -> str:
    """Return the passphrase from a file, "-" for standard input, or the terminal.

    Of a file the first line counts, without its line ending; nothing else is stripped.

    Args:
        source: What `--passphrase-file` says; None asks on the terminal.
        new: Ask twice.

    Raises:
        UsageError: There is no terminal to ask on, or two answers differ.
        CannotRead: The file cannot be read.
    """
    if source is not None:
        return _from(source)
    if not sys.stdin.isatty():
        raise UsageError(
            what=_("There is no terminal to ask for the passphrase: use --passphrase-file.")
        )
    words = getpass.getpass(_("Passphrase: "))
    if new and getpass.getpass(_("The same again: ")) != words:
        raise UsageError(what=_("The two passphrases differ. Nothing was made."))
    return words


def confirm(question: str, refused: str, *, yes: bool) -> None:
    """Go on only with a yes, given by `--yes` or typed.

    Raises:
        NotConfirmed: Neither.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed(what=refused)
    sys.stderr.write(question + _(" Type yes to go on: "))
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in ("yes", _("yes")):
        raise NotConfirmed(what=refused)


def _from(source: str) -> str:
    if source == "-":
        raw = sys.stdin.buffer.read(_MOST_BYTES)
    else:
        raw = files.read_bounded(Path(source), _MOST_BYTES)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotRead(path=source, why=_("a passphrase file holds UTF-8 text")) from error
    return text.partition("\n")[0].removesuffix("\r")
