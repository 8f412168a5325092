"""The command line: what was typed → a command over `Archive` → words and an exit code."""

import argparse
import sys
from collections.abc import Sequence
from itertools import takewhile

from desktop_app import log
from desktop_app.cli import parser
from desktop_app.cli.commands import Services
from desktop_app.cli.output import Output
from desktop_app.errors import AppError, Cancelled, UsageError
from desktop_app.i18n import _

BUG = 1


def run(arguments: Sequence[str], services: Services) -> int:
    """Carry out one command; return its exit code. Nothing expected ends in a traceback."""
    options = list(takewhile(lambda one: one != "--", arguments))
    output = Output(as_json="--json" in options)
    try:
        typed = parser.build().parse_args(arguments)
        _need_text(typed)
        return int(typed.command(typed, services, output))
    except AppError as error:
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        output.error(Cancelled())
        return Cancelled.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody to tell
        return 0
    except Exception as error:  # noqa: BLE001 (the boundary: a bug is told without its words)
        log.bug(error)
        output.error(_Bug())
        return BUG


class _Bug(AppError):
    words = "Something unexpected happened: this is a mistake in the program."
    hint = "What was finished before is kept. Please report the line that begins with “bug:”."
    exit_code = BUG


def _need_text(typed: argparse.Namespace) -> None:
    """Refuse words that are no text; a path may be any bytes.

    Raises:
        UsageError: The terminal sent bytes that are no UTF-8.
    """
    for name, value in vars(typed).items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and name != "passphrase_file" and not _is_text(one):
                raise UsageError(what=_("{name} holds bytes that are no text.").format(name=name))


def _is_text(value: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
