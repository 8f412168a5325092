"""Files that change or go between being listed and being read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.archive import check, intake
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.archive.prepare import Preparer
from desktop_app.archive.sources import Source, walk
from tests.helpers.archives import make_reader


def gone(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("becomes", [gone, a_folder, a_pipe])
def test_what_is_no_file_any_more_when_it_is_read_fails_with_a_reason(
    becomes: Callable[[Path], None], archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("змест")
    (source,) = walk([path])
    assert isinstance(source, Source)
    becomes(path)
    preparer = Preparer(archive.blobs, make_reader, lambda _sha256: False)
    prepared = preparer.prepare(source)
    preparer.close()
    assert prepared.content is None
    assert prepared.failure
    assert list(archive.blobs.names()) == []


def test_a_file_that_vanishes_in_the_middle_of_an_intake_fails_alone(
    archive: Archive, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.txt").write_text(f"радок {number}", "utf-8")

    def progress(done: int, _path: Path) -> None:
        if done == 1:
            (folder / "59.txt").unlink()

    outcome = intake.take_in(archive, [folder], Options(), make_reader, progress)
    assert [one.path.name for one in outcome.failed] == ["59.txt"]
    assert outcome.failed[0].reason
    assert len(outcome.taken) == 59
    assert check.check(archive, deep=True).ok
