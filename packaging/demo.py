"""The main job on an invented case: two archives are made, filled, searched, checked.

    python3 packaging/launch.py demo [FOLDER]

Everything that is shown happens: the files of resources/demo are read by a worker process,
sealed and indexed, and one record is taken out again. It ends with code 1 if anything is not as
resources/demo/demo.json says it should be.
"""

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from desktop_app.archive import (
    check,
    contacts,
    courier,
    export,
    intake,
    lookup,
    receive,
    records,
    share,
    unlock,
)
from desktop_app.archive.archive import Archive
from desktop_app.archive.prepare import LIMITS, unread
from desktop_app.cli.output import plain
from desktop_app.domain.ids import RecordId, reference
from desktop_app.errors import AppError
from desktop_app.extraction.extract import Extractor

TOP = Path(__file__).parent.parent
SAMPLE = TOP / "resources" / "demo"
FOLDER = TOP / ".demo"
MARK = "made-by-the-demo.txt"
PASSPHRASE = "возера лампа сцяг кароль ракета грыб"  # noqa: S105 (of invented archives, shown to all)
LAWYERS_FILES = "адвокат"
WANTED = "сведка OR свидетель OR kind:testimony"
LAWYERS_CLEARANCE = 2
SHOWN_HITS = 2


class Surprise(Exception):
    """Something is not as the demo's description says."""


def main() -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="launch.py demo", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    try:
        case = json.loads((SAMPLE / "demo.json").read_text(encoding="utf-8"))
        prepare(folder)
        run(folder, case)
    except AppError as error:
        say(f"error: {error}")
        return error.exit_code
    except Surprise as surprise:
        say(f"error: {surprise}")
        return 1
    return 0


def run(folder: Path, case: dict[str, Any]) -> None:
    """Go through the whole job, saying what happens."""
    team, lawyer = folder / "documenter", folder / "lawyer"
    title("Two archives are made")
    say("Each takes some seconds: the cost of guessing a passphrase is measured on this computer.")
    with made(team, "Прамень") as archive, made(lawyer, "К.") as other:
        title("The documenter's files are taken in")
        taken = take_in(archive, "files", case)
        catalogue(archive, case, taken)
        testimonies(archive, case)
        search(archive, case)
        take_out(archive, folder / "taken-out")
        verify(archive)
        title("The lawyer's archive takes in her own papers")
        take_in(other, f"files/{LAWYERS_FILES}", case)
        verify(other)
        exchange(archive, other, folder / "stick")
    farewell(folder, team)


def prepare(folder: Path) -> None:
    """Make the demo's own folder anew; never touch one that something else made."""
    if folder.exists():
        if not (folder / MARK).is_file():
            raise Surprise(f"{folder} was not made by the demo; name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    (folder / MARK).write_text(
        "The demo made this folder and will make it anew. All in it is invented.\n", "utf-8"
    )
    (folder / "passphrase.txt").write_text(PASSPHRASE + "\n", "utf-8")


def made(folder: Path, nickname: str) -> Archive:
    """Return a new archive, open."""
    archive = unlock.create(folder, PASSPHRASE, nickname, now=now)
    say(f"  {folder.name}/  signs as {nickname}, fingerprint {archive.fingerprint[:16]}…")
    return archive


def take_in(archive: Archive, below: str, case: dict[str, Any]) -> dict[str, RecordId]:
    """Take the case's files below a folder in; return the records by the SHA-256 of the files."""
    paths = [SAMPLE / one["path"] for one in case["files"] if one["path"].startswith(below)]
    options = intake.Options(case=case["case"]["ref"])
    outcome = intake.take_in(archive, paths, options, lambda: Extractor(LIMITS))
    if outcome.failed:
        raise Surprise(f"{len(outcome.failed)} files could not be read from the disk.")
    kinds = Counter(one.kind for one in outcome.taken)
    members = sum(len(one.family) for one in outcome.taken)
    say(f"From resources/demo/{below}, case {case['case']['ref']}:")
    say(
        f"{len(outcome.taken)} files in {outcome.seconds:.1f} s: "
        + ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
        + (f"; {members} more came out of mails." if members else ".")
    )
    say(f"The process that reads them is isolated: {outcome.isolation}.")
    for one in outcome.taken:
        if unread(one.reading):
            say(f"  kept as evidence, text not read: {one.path.name} ({one.reading.why})")
    for skipped in outcome.skipped:
        known = f", the same as {reference(skipped.record)}" if skipped.record else ""
        say(f"  skipped: {skipped.path.name} ({skipped.reason}{known})")
    return {one.sha256: one.record for one in outcome.taken}


def catalogue(archive: Archive, case: dict[str, Any], taken: dict[str, RecordId]) -> None:
    """Give the records the tags and the sensitivity that the case says."""
    for one in case["files"]:
        content = (SAMPLE / one["path"]).read_bytes()
        record = taken.get(hashlib.sha256(content).hexdigest())
        if record is not None:
            fields = {"sensitivity": one["sensitivity"]}
            records.change(archive, record, fields, tags=one["tags"])
    record = records.resolve(archive, case["case"]["ref"])
    records.change(archive, record, {"title": case["case"]["title"]})
    tags = {tag for one in case["files"] for tag in one["tags"]}
    say(f"They get {len(tags)} tags and their sensitivity; every change is signed.")


def testimonies(archive: Archive, case: dict[str, Any]) -> None:
    """Write the testimonies down."""
    title("Testimonies are written down")
    for one in case["testimonies"]:
        text = (SAMPLE / one["path"]).read_text(encoding="utf-8")
        made_ = records.write_testimony(
            archive,
            records.Testimony(
                one["title"], one["speaker"], text, one["date"], one["lang"], one["sensitivity"]
            ),
        )
        say(f"  {reference(made_.record)}  {one['title']}, told by {one['speaker']}")


def search(archive: Archive, case: dict[str, Any]) -> None:
    """Run the searches of the case."""
    title("Searches, in both alphabets")
    for one in case["searches"]:
        results = lookup.find(archive, one["query"], limit=SHOWN_HITS)
        say(f"{one['query']}   → {counted(results.total, 'record')}, {results.milliseconds:.1f} ms")
        for hit in results.hits:
            page = f" (page {hit.snippet.page})" if hit.snippet.page else ""
            say(f"    {hit.row.reference}  {hit.row.title}")
            say(f"        {marked(hit)}{page}")
        if results.total < one["at_least"]:
            raise Surprise(f"{one['query']}: {one['at_least']} were expected.")


def take_out(archive: Archive, folder: Path) -> None:
    """Take one record out again and compare its bytes with the file it came from."""
    title("One record is taken out again, in clear")
    chosen = lookup.find_all(archive, "видеорегистратор")[:1]
    done = export.export(archive, chosen, folder)
    originals = {digest(path) for path in (SAMPLE / "files").rglob("*") if path.is_file()}
    for path in sorted((folder / "data" / "files").rglob("*")):
        if path.is_file():
            if digest(path) not in originals:
                raise Surprise(f"{path.name} is not what was taken in.")
            say(f"  {path.relative_to(folder)}: byte for byte what was taken in")
    say(f"  {done.folder.name}/ is a BagIt bag, which stock tools can verify.")


def verify(archive: Archive) -> None:
    """Check everything."""
    report = check.check(archive, deep=True)
    for finding in report.findings:
        say(f"  {finding.code}: {finding.detail}")
    if not report.ok:
        raise Surprise("The archive is not as it should be.")
    say("Checked: every signature, every sealed file, every text and the index are as they were.")


def exchange(team: Archive, lawyer: Archive, stick: Path) -> None:
    """Send records to the lawyer over a stick, and her receipt back."""
    title("Records go to the lawyer on a stick")
    meet(team, lawyer)
    contacts.set_clearance(team, lawyer.nickname, LAWYERS_CLEARANCE)
    there, back = stick / "there", stick / "back"
    for path in (there, back):
        path.mkdir(parents=True)
    plan = share.make_plan(team, [lawyer.nickname], lookup.find_all(team, WANTED))
    say(f"Asked for: {WANTED}. {counted(len(plan.leaves), 'record')} may leave for her:")
    for stays in plan.withheld[:SHOWN_HITS]:
        say(f"  stays here: {reference(stays.record)}  {stays.reason}")
    sent = share.carry_out(team, plan, there)
    say(f"Encrypted for her, written and read back. Control code: {sent.written.check_code}")
    carry(there, sent.written.check_code)
    with receive.inspect(lawyer, there) as inspection:
        report = inspection.take_in(lambda: Extractor(LIMITS))
    say(f"She opens it: {counted(len(report.new), 'new record')} from {report.sender.name}.")
    if len(report.new) != len(plan.leaves) or report.refused:
        raise Surprise("Not everything arrived.")
    found = lookup.find(lawyer, "сведка").total
    say(f"She finds the word сведка in {counted(found, 'record')} now.")
    receipt(team, lawyer, back)
    for archive in (team, lawyer):
        verify(archive)


def meet(one: Archive, other: Archive) -> None:
    """Let two people exchange cards and compare the digits, as they would in person."""
    for here, there in ((one, other), (other, one)):
        card = contacts.card_file(contacts.own_card(there))
        digits = contacts.digits(there.signer.public)
        contacts.add(here, card, there.nickname, team=False, digits=digits)
        say(f"  {here.nickname} has the card of {there.nickname}: {digits[:23]} …")


def carry(stick: Path, code: str) -> None:
    """Check the stick as a courier does: without any key."""
    for checked in courier.check(stick):
        if not checked.ok or checked.check_code != code:
            raise Surprise("The stick did not arrive whole.")
        say(f"The courier checks it without a key: all {checked.intact} parts whole, same code.")


def receipt(team: Archive, lawyer: Archive, stick: Path) -> None:
    """Send the word back that everything arrived."""
    plan = share.make_plan(lawyer, [team.nickname], [])
    share.carry_out(lawyer, plan, stick, receipts_only=True)
    with receive.inspect(team, stick) as inspection:
        report = inspection.take_in(lambda: Extractor(LIMITS))
    arrived = [one.state for one in report.head.receipts]
    say(f"Her receipt comes back: {', '.join(arrived)}.")
    if arrived != ["taken"]:
        raise Surprise("The receipt does not say that everything was taken in.")


def farewell(folder: Path, team: Path) -> None:
    """Say what to try next."""
    title("Now it is yours to try")
    cli, passphrase = "python3 packaging/launch.py cli", folder / "passphrase.txt"
    for words in (f"find {shown(team)} сведка", f"check {shown(team)} --deep"):
        say(f"  {cli} {words} --passphrase-file {shown(passphrase)}")
    say("Practice data only: recovery pieces do not exist yet. The demo's passphrase is no secret.")


def marked(hit: lookup.Hit) -> str:
    """Return the snippet with the words that were found in brackets."""
    text = hit.snippet.text
    for start, end in reversed(hit.snippet.marked):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


def counted(count: int, noun: str) -> str:
    """Return "1 record" or "2 records"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shown(path: Path) -> str:
    """Return a path as it is typed from the project's folder."""
    return str(path.relative_to(TOP)) if path.is_relative_to(TOP) else str(path)


def now() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def title(words: str) -> None:
    """Begin a part."""
    say("")
    say(words)
    say("─" * len(words))


def say(words: str) -> None:
    """Print a line at once."""
    print(plain(words), flush=True)


if __name__ == "__main__":
    sys.exit(main())
