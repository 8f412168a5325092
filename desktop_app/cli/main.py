"""The command line: what was typed → a command over `Archive` → words and an exit code."""

import argparse
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

from desktop_app import __version__, log
from desktop_app.cli import commands
from desktop_app.cli.commands import Services
from desktop_app.cli.output import Output
from desktop_app.domain.query import Sort
from desktop_app.domain.record import DEFAULT_SENSITIVITY, SENSITIVITIES
from desktop_app.errors import AppError, Cancelled, UsageError
from desktop_app.i18n import _

BUG = 1


def run(arguments: Sequence[str], services: Services) -> int:
    """Carry out one command; return its exit code. Nothing expected ends in a traceback."""
    options = list(takewhile(lambda one: one != "--", arguments))
    output = Output(as_json="--json" in options)
    try:
        typed = _parser().parse_args(arguments)
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


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        # An abbreviated --json would be taken, and answered with lines for a person.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(what=message[:1].upper() + message[1:] + ".")


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


class _Commands:
    """Adds commands with what all of them take."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._below = parser.add_subparsers(
            title=_("commands"), metavar="COMMAND", required=True, parser_class=_Parser
        )

    def group(self, name: str, words: str) -> "_Commands":
        """Return where the commands `skrynia NAME …` are added."""
        return _Commands(self._below.add_parser(name, help=words, description=words))

    def add(self, name: str, command: commands.Command, words: str) -> argparse.ArgumentParser:
        """Add one command; return its parser, for what only it takes."""
        parser = self._below.add_parser(name, help=words, description=words)
        parser.set_defaults(command=command)
        parser.add_argument("archive", metavar="ARCHIVE", type=Path, help=_("the archive's folder"))
        parser.add_argument(
            "--passphrase-file",
            metavar="FILE",
            help=_("take the passphrase from the first line of FILE; - is standard input"),
        )
        parser.add_argument("--json", action="store_true", help=_("print one JSON object"))
        return parser


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="skrynia",
        description=_("An encrypted archive for people who document repression."),
        epilog=_("A query that begins with a dash is written after --."),
    )
    parser.add_argument("--version", action="version", version=f"skrynia {__version__}")
    below = _Commands(parser)
    _add_making(below)
    _add_records(below)
    _add_taking_out(below)
    return parser


def _add_making(below: _Commands) -> None:
    create = below.add("create", commands.create, _("make a new archive"))
    create.add_argument(
        "--name", required=True, metavar="NICKNAME", help=_("under which it signs; no real name")
    )
    intake = below.add("intake", commands.intake, _("take files and folders in"))
    intake.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    _tag(intake)
    intake.add_argument("--case", default="", metavar="REF", help=_("made if it is new"))
    _sensitivity(intake, DEFAULT_SENSITIVITY)
    testimony = below.add("testimony", commands.testimony, _("write down a testimony"))
    testimony.add_argument("--title", required=True)
    testimony.add_argument("--speaker", required=True, metavar="PSEUDONYM")
    testimony.add_argument("--date", default="", help=_("as known: 2020-08, 2020-08-09, 2020~"))
    testimony.add_argument("--lang", default="", help=_("be, ru, uk, pl, lt, en …"))
    testimony.add_argument("--text-file", required=True, metavar="FILE", type=Path)
    _sensitivity(testimony, DEFAULT_SENSITIVITY)


def _add_records(below: _Commands) -> None:
    record = below.group("record", _("change a record"))
    change = record.add("set", commands.record_set, _("set fields, add and take away tags"))
    _record(change)
    change.add_argument("--title")
    change.add_argument("--date", help=_("as known: 2020-08, 2020-08-09, 2020~"))
    _sensitivity(change, None)
    _tag(change)
    change.add_argument("--untag", action="append", default=[], metavar="TAG")
    decide = record.add("decide", commands.record_decide, _("settle a conflict"))
    _record(decide)
    decide.add_argument("field", metavar="FIELD")
    decide.add_argument("choice", metavar="CHOICE", help=_("the number that show gives it"))
    find = below.add("find", commands.find, _("find records by their words"))
    find.add_argument("query", metavar="QUERY", nargs="+")
    find.add_argument("--limit", type=_whole, default=20, metavar="N")
    find.add_argument("--sort", choices=[str(one) for one in Sort], default=str(Sort.RELEVANCE))
    show = below.add("show", commands.show, _("show a record"))
    _record(show)
    which = show.add_mutually_exclusive_group()
    which.add_argument("--text", action="store_true", help=_("its whole text"))
    which.add_argument("--log", action="store_true", help=_("who said what of it, and when"))


def _add_taking_out(below: _Commands) -> None:
    export = below.add("export", commands.export, _("take records out, in clear"))
    export.add_argument("records", metavar="RECORD", nargs="*")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--query", metavar="Q")
    which.add_argument("--all", action="store_true")
    export.add_argument("--to", required=True, metavar="FOLDER", type=Path, help=_("new or empty"))
    export.add_argument("--yes", action="store_true", help=_("I know that it will lie there open"))
    check = below.add("check", commands.check, _("is everything as it was left?"))
    check.add_argument("--deep", action="store_true", help=_("open and compare everything"))


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "record", metavar="RECORD", help=_("a reference, an id, or the beginning of one")
    )


def _tag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag", action="append", default=[], metavar="TAG")


def _sensitivity(parser: argparse.ArgumentParser, default: int | None) -> None:
    parser.add_argument("--sensitivity", type=int, choices=SENSITIVITIES, default=default)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(_("{text} is no number").format(text=text))
    return int(text)
