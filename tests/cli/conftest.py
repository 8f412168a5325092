"""An archive with a few records of every kind, for the commands to work on."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop_app.archive import intake
from desktop_app.domain.ids import RecordId
from tests.helpers.archives import PASSPHRASE, make_archive, make_reader
from tests.helpers.samples import exif, pdf, picture

LETTER = "Ліст з ізалятара\nСёння прынеслі перадачу: сухары і шкарпэткі.\n"
MAIL = b"""From: heron@example.org\r
To: archive@example.org\r
Subject: About the van\r
Date: Mon, 10 Aug 2020 09:15:00 +0300\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="=="\r
\r
--==\r
Content-Type: text/plain; charset=utf-8\r
\r
I enclose the numberplate list.\r
--==\r
Content-Type: text/plain; charset=utf-8\r
Content-Disposition: attachment; filename="plates.txt"\r
\r
Minibus without plates, gooseberry coloured.\r
--==--\r
"""
PAGES = ["First page about nothing", "Second page names the quagmire", "Third page ends it"]


@dataclass(frozen=True, slots=True)
class Filled:
    """A closed archive and what is in it."""

    folder: Path
    sources: Path
    letter: RecordId
    report: RecordId  # the PDF of three pages
    mail: RecordId
    photo: RecordId


def write_sources(folder: Path) -> Path:
    """Write the files; return their folder."""
    folder.mkdir()
    (folder / "a letter.txt").write_text(LETTER, encoding="utf-8")
    (folder / "b report.pdf").write_bytes(pdf(PAGES))
    (folder / "c mail.eml").write_bytes(MAIL)
    (folder / "d photo.jpg").write_bytes(picture("JPEG", exif=exif()))
    return folder


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """An archive of one's own, to change."""
    return fill(tmp_path)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The same for all tests that only look."""
    return fill(tmp_path_factory.mktemp("library"))


def fill(folder: Path) -> Filled:
    """Make an archive in `folder` and take the sources in."""
    sources = write_sources(folder / "sources")
    options = intake.Options(tags=("перадача",), case="Справа 12")
    with make_archive(folder / "archive") as archive:
        taken = intake.take_in(archive, [sources], options, make_reader).taken
    letter, report, mail, photo = (one.record for one in taken)
    return Filled(folder / "archive", sources, letter, report, mail, photo)


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\nthe second line does not count\n", encoding="utf-8")
    return path
