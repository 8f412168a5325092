"""The commands: each reads what was typed, asks the archive, prints what came of it."""

import argparse
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from desktop_app import files
from desktop_app.archive import check as checking
from desktop_app.archive import export as exporting
from desktop_app.archive import intake as taking
from desktop_app.archive import lookup, records, unlock
from desktop_app.archive.archive import Archive, Clock
from desktop_app.archive.prepare import Reader
from desktop_app.cli import prompt, wording
from desktop_app.cli.output import Output
from desktop_app.domain.query import Sort
from desktop_app.errors import (
    Cancelled,
    CannotRead,
    CheckFailed,
    NoSuchRecord,
    SomeFailed,
    UsageError,
)
from desktop_app.i18n import _

Command = Callable[[argparse.Namespace, "Services", Output], int]
_MOST_TEXT_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Services:
    """What the commands need from the world; app.py brings it."""

    now: Clock
    make_reader: Callable[[], Reader]


def create(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Make an archive."""
    words = prompt.passphrase(typed.passphrase_file, new=True)
    if words and unlock.is_weak(words):
        output.warn(_("this passphrase would be guessed too soon; six random words are better."))
    output.progress(_("Measuring how costly a guess can be made on this computer …"))
    with unlock.create(typed.archive, words, typed.name, now=services.now) as archive:
        made = {"archive": str(typed.archive), "fingerprint": archive.fingerprint}
        output.result(made, *wording.created(typed.archive, archive))
    _practice(output)
    return 0


def intake(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Take files in."""
    options = taking.Options(tuple(typed.tag), typed.case, typed.sensitivity)
    with opened(typed, services, output) as archive, Interrupt() as interrupt:

        def progress(done: int, path: Path) -> None:
            output.progress(_("{count} files … {name}").format(count=done, name=path.name))
            interrupt.check()

        outcome = taking.take_in(archive, typed.paths, options, services.make_reader, progress)
    output.result(wording.intake_values(outcome), *wording.intake_lines(outcome))
    if outcome.isolation == "reduced":
        output.warn(_("this system isolates the process that reads files only in part."))
    _practice(output)
    if outcome.cancelled:
        output.complain(Cancelled())
        return Cancelled.exit_code
    if outcome.failed:
        output.complain(SomeFailed(count=len(outcome.failed)))
        return SomeFailed.exit_code
    return 0


def testimony(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Write down a testimony."""
    raw = files.read_bounded(typed.text_file, _MOST_TEXT_BYTES + 1)
    told = records.Testimony(
        title=typed.title,
        speaker=typed.speaker,
        text=_text(typed.text_file, raw),
        date=typed.date,
        language=typed.lang,
        sensitivity=typed.sensitivity,
    )
    with opened(typed, services, output) as archive:
        made = records.write_testimony(archive, told)
        output.result({"record": made.record}, *wording.changed(made.record))
    _practice(output)
    return 0


def record_set(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Set fields of a record."""
    named = {"title": typed.title, "date": typed.date, "sensitivity": typed.sensitivity}
    fields = {name: value for name, value in named.items() if value is not None}
    if not fields and not typed.tag and not typed.untag:
        raise UsageError(what=_("Nothing to set was named."))
    with opened(typed, services, output) as archive:
        record = records.resolve(archive, typed.record)
        records.change(archive, record, fields, tags=typed.tag, untag=typed.untag)
        output.result({"record": record}, *wording.changed(record))
    return 0


def record_decide(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Settle a conflict."""
    with opened(typed, services, output) as archive:
        record = records.resolve(archive, typed.record)
        records.decide(archive, record, typed.field, typed.choice)
        output.result({"record": record}, *wording.changed(record))
    return 0


def find(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Find records."""
    query = " ".join(typed.query)
    with opened(typed, services, output) as archive:
        results = lookup.find(archive, query, limit=typed.limit, sort=Sort(typed.sort))
        output.result(wording.find_values(results), *wording.find_lines(results))
    return 0


def show(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Show one record."""
    with opened(typed, services, output) as archive:
        shown = records.show(archive, records.resolve(archive, typed.record))
        values = wording.show_values(shown, text=typed.text)
        if typed.text:
            output.text(values, wording.text_lines(shown))
        elif typed.log:
            output.result(values, *wording.log_lines(shown))
        else:
            output.result(values, *wording.show_lines(shown))
    return 0


def export(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Take records out in clear."""
    if sum((bool(typed.records), typed.query is not None, typed.all)) != 1:
        raise UsageError(what=_("Name records, or a --query, or --all."))
    if typed.to.resolve().is_relative_to(typed.archive.resolve()):
        raise UsageError(what=_("The folder lies inside the archive; choose one outside."))
    prompt.confirm(
        _("Everything will lie in {folder} for anybody to read.").format(folder=typed.to),
        _("an export lies in clear, for anybody to read."),
        yes=typed.yes,
    )
    with opened(typed, services, output, despite_damage=True) as archive:
        chosen = _chosen(typed, archive)
        done = exporting.export(archive, chosen, typed.to, progress=counting(output))
        values = {"folder": str(done.folder), "records": done.records, "files": done.files}
        output.result(values, *wording.exported(done))
    return 0


def check(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Check the archive."""
    with opened(typed, services, output, despite_damage=True) as archive:
        report = checking.check(archive, deep=typed.deep, progress=counting(output))
        output.result(wording.check_values(report), *wording.check_lines(report, deep=typed.deep))
    if report.ok:
        return 0
    output.complain(CheckFailed(count=len(report.findings)))
    return CheckFailed.exit_code


def opened(typed: argparse.Namespace, services: Services, output: Output, **how: bool) -> Archive:
    """Return the archive that a command names, open, once its alarms were said."""
    words = prompt.passphrase(typed.passphrase_file)
    output.progress(_("Opening …"))
    archive = unlock.unlock(typed.archive, words, now=services.now, say=output.progress, **how)
    output.clear_bar()
    for alarm in archive.alarms:
        output.warn(alarm)
    return archive


def _chosen(typed: argparse.Namespace, archive: Archive) -> list[Any]:
    if typed.all:
        return records.every(archive)
    if typed.query is not None:
        found = list(lookup.find_all(archive, typed.query))
        if not found:
            raise NoSuchRecord(named=typed.query)
        return found
    return [records.resolve(archive, one) for one in typed.records]


def counting(output: Output, interrupt: "Interrupt | None" = None) -> Callable[[int, int], None]:
    """Return what a long task calls to show how far it is, and to stop after Ctrl+C."""

    def progress(done: int, total: int) -> None:
        output.progress(_("{done} of {total} …").format(done=done, total=total))
        if interrupt is not None:
            interrupt.check()

    return progress


def _practice(output: Output) -> None:
    output.note(
        _(
            "practice data only: there are no recovery pieces yet, so a lost passphrase loses"
            " everything. For a backup copy the whole folder while nothing has it open."
        )
    )


def _text(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotRead(path=path, why=_("the text of a testimony is UTF-8")) from error


class Interrupt:
    """The first Ctrl+C asks the task to stop in good order; a second one ends it at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> "Interrupt":
        self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """Raise `Cancelled` once Ctrl+C was pressed."""
        if self._asked:
            raise Cancelled

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
