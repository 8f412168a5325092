"""People who exchange packages: their archives on disk, met and closed, and what a stick holds."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from desktop_app.archive import contacts, intake, records
from desktop_app.archive.archive import Archive
from desktop_app.domain.ids import RecordId
from tests.helpers.archives import make_archive, make_reader, reopened
from tests.helpers.command import Ended, skrynia
from tests.helpers.samples import exif, pdf, picture

SECRET = 3
LETTER = "Ліст з ізалятара\nСёння прынеслі перадачу: сухары і шкарпэткі.\n"
STORY = "Яны прыйшлі а пятай раніцы.\nПра аграпрамысловы пакой.\n"


@dataclass(frozen=True, slots=True)
class Circle:
    """Three closed archives. `writer` knows both others; each of these knows the writer only.

    In the writer's archive the colleague is "Клён" (team), the lawyer "Юрыст" (not of the team);
    in theirs the writer is "Прамень", of the team for the colleague alone.
    """

    base: Path
    writer: Path
    colleague: Path
    lawyer: Path
    letter: RecordId
    report: RecordId
    photo: RecordId
    story: RecordId  # a testimony that only clearance 3 may see

    @property
    def stick(self) -> Path:
        """A folder that stands for the medium."""
        path = self.base / "stick"
        path.mkdir(exist_ok=True)
        return path


def make_circle(base: Path) -> Circle:
    """Make the three archives in `base` and fill the writer's."""
    with make_archive(base / "writer", "Прамень") as writer:
        letter, report, photo = take_in(writer, base / "sources")
        story = records.write_testimony(
            writer, records.Testimony("Раніца", "Асіна", STORY, "2020-08-09", "be", SECRET)
        )
        with make_archive(base / "colleague", "Клён") as colleague:
            meet(writer, colleague, "Прамень", "Клён", team=True)
        with make_archive(base / "lawyer", "Юрыст") as lawyer:
            meet(writer, lawyer, "Прамень", "Юрыст", team=False)
        contacts.set_clearance(writer, "Юрыст", 1)
    parts = (base / "writer", base / "colleague", base / "lawyer")
    return Circle(base, *parts, letter, report, photo, story.record)


def copied(circle: Circle, base: Path) -> Circle:
    """Return a copy of one's own, to change."""
    for one in (circle.writer, circle.colleague, circle.lawyer):
        shutil.copytree(one, base / one.name, symlinks=True)
    parts = (base / "writer", base / "colleague", base / "lawyer")
    return Circle(base, *parts, circle.letter, circle.report, circle.photo, circle.story)


def take_in(archive: Archive, sources: Path) -> list[RecordId]:
    """Take a letter, a report and a photo in that tells place and device."""
    sources.mkdir()
    (sources / "a letter.txt").write_text(LETTER, encoding="utf-8")
    (sources / "b report.pdf").write_bytes(pdf(["Second page names the quagmire"]))
    (sources / "c photo.jpg").write_bytes(picture("JPEG", exif=exif()))
    options = intake.Options(tags=("перадача",), case="Справа 12")
    return [one.record for one in intake.take_in(archive, [sources], options, make_reader).taken]


def meet(one: Archive, other: Archive, called: str, other_called: str, *, team: bool) -> None:
    """Let two archives exchange cards and compare the digits; `called` is `one` to the other."""
    for here, there, name in ((one, other, other_called), (other, one, called)):
        contacts.add(here, card_of(there), name, team=team, digits=digits_of(there))


def card_of(archive: Archive) -> bytes:
    return contacts.card_file(contacts.own_card(archive))


def digits_of(archive: Archive) -> str:
    return contacts.digits(archive.signer.public)


def card_on_disk(archive_folder: Path, path: Path) -> tuple[Path, str]:
    """Write an archive's card to a file; return the file and the 60 digits."""
    with reopened(archive_folder) as archive:
        path.write_bytes(card_of(archive))
        return path, digits_of(archive)


def courier(folder: Path, *more: str) -> Ended:
    """Run `courier check`, which has no archive and so takes no passphrase."""
    return skrynia("courier", "check", folder, *more, ask=True)


def rows(archive_folder: Path) -> dict[str, int]:
    """Return how many rows every table of a closed archive has."""
    with reopened(archive_folder) as archive:
        run = archive.connection.rows
        tables = run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {name: run(f"SELECT count(*) FROM {name}")[0][0] for (name,) in tables}


def staged(archive_folder: Path) -> list[str]:
    return sorted(path.name for path in (archive_folder / "staging").iterdir())


def listed(folder: Path) -> dict[str, str]:
    """Return what lies in a folder: names below it, and the SHA-256 of the files."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
    }
