"""How commands are typed: what all of them take, and what argparse is not to do."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from desktop_app.cli.commands import Command
from desktop_app.errors import UsageError
from desktop_app.i18n import _


class Parser(argparse.ArgumentParser):
    """Refuses with our own error, and takes no option by its beginning."""

    def __init__(self, **options: Any) -> None:
        # An abbreviated --json would be taken, and answered with lines for a person.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(what=message[:1].upper() + message[1:] + ".")


class Commands:
    """Adds commands with what all of them take."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._below = parser.add_subparsers(
            title=_("commands"), metavar="COMMAND", required=True, parser_class=Parser
        )

    def group(self, name: str, words: str) -> "Commands":
        """Return where the commands `skrynia NAME …` are added."""
        return Commands(self._below.add_parser(name, help=words, description=words))

    def bare(self, name: str, command: Command, words: str) -> argparse.ArgumentParser:
        """Add a command that needs no archive; return its parser."""
        parser = self._below.add_parser(name, help=words, description=words)
        parser.set_defaults(command=command)
        parser.add_argument("--json", action="store_true", help=_("print one JSON object"))
        return parser

    def add(self, name: str, command: Command, words: str) -> argparse.ArgumentParser:
        """Add one command; return its parser, for what only it takes."""
        parser = self.bare(name, command, words)
        parser.add_argument("archive", metavar="ARCHIVE", type=Path, help=_("the archive's folder"))
        parser.add_argument(
            "--passphrase-file",
            metavar="FILE",
            help=_("take the passphrase from the first line of FILE; - is standard input"),
        )
        return parser


def add_record(parser: argparse.ArgumentParser) -> None:
    """Let a command take one record."""
    parser.add_argument(
        "record", metavar="RECORD", help=_("a reference, an id, or the beginning of one")
    )


def whole_number(text: str) -> int:
    """Return a number of at most nine digits; for argparse.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(_("{text} is no number").format(text=text))
    return int(text)
