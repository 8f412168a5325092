"""What can be typed: every command with its options."""

import argparse
from pathlib import Path

from desktop_app import __version__
from desktop_app.cli import commands, exchange_parser
from desktop_app.cli.grammar import Commands, Parser, add_record, whole_number
from desktop_app.domain.query import Sort
from desktop_app.domain.record import DEFAULT_SENSITIVITY, SENSITIVITIES
from desktop_app.i18n import _


def build() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="skrynia",
        description=_("An encrypted archive for people who document repression."),
        epilog=_("A query that begins with a dash is written after --."),
    )
    parser.add_argument("--version", action="version", version=f"skrynia {__version__}")
    below = Commands(parser)
    _add_making(below)
    _add_records(below)
    _add_taking_out(below)
    exchange_parser.add(below)
    return parser


def _add_making(below: Commands) -> None:
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


def _add_records(below: Commands) -> None:
    record = below.group("record", _("change a record"))
    change = record.add("set", commands.record_set, _("set fields, add and take away tags"))
    add_record(change)
    change.add_argument("--title")
    change.add_argument("--date", help=_("as known: 2020-08, 2020-08-09, 2020~"))
    _sensitivity(change, None)
    _tag(change)
    change.add_argument("--untag", action="append", default=[], metavar="TAG")
    decide = record.add("decide", commands.record_decide, _("settle a conflict"))
    add_record(decide)
    decide.add_argument("field", metavar="FIELD")
    decide.add_argument("choice", metavar="CHOICE", help=_("the number that show gives it"))
    find = below.add("find", commands.find, _("find records by their words"))
    find.add_argument("query", metavar="QUERY", nargs="+")
    find.add_argument("--limit", type=whole_number, default=20, metavar="N")
    find.add_argument("--sort", choices=[str(one) for one in Sort], default=str(Sort.RELEVANCE))
    show = below.add("show", commands.show, _("show a record"))
    add_record(show)
    which = show.add_mutually_exclusive_group()
    which.add_argument("--text", action="store_true", help=_("its whole text"))
    which.add_argument("--log", action="store_true", help=_("who said what of it, and when"))


def _add_taking_out(below: Commands) -> None:
    export = below.add("export", commands.export, _("take records out, in clear"))
    export.add_argument("records", metavar="RECORD", nargs="*")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--query", metavar="Q")
    which.add_argument("--all", action="store_true")
    export.add_argument("--to", required=True, metavar="FOLDER", type=Path, help=_("new or empty"))
    export.add_argument("--yes", action="store_true", help=_("I know that it will lie there open"))
    check = below.add("check", commands.check, _("is everything as it was left?"))
    check.add_argument("--deep", action="store_true", help=_("open and compare everything"))


def _tag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag", action="append", default=[], metavar="TAG")


def _sensitivity(parser: argparse.ArgumentParser, default: int | None) -> None:
    parser.add_argument("--sensitivity", type=int, choices=SENSITIVITIES, default=default)
