"""R01, R02: the disk fails or the process dies at any moment; nothing acknowledged is lost."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from desktop_app import files
from desktop_app.archive import check, export, intake, records, unlock
from desktop_app.archive.intake import Options
from desktop_app.errors import AppError, DiskFull
from desktop_app.storage import blobs
from tests.helpers.archives import CHEAP, PASSPHRASE, make_archive, reopened, ticking
from tests.helpers.tampering import PlainReader, copied

ROOT = Path(__file__).parents[2]
FILES = 300
KILLS = 8
MOST_STEPS = 400

INTAKE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from desktop_app.archive import intake
from tests.helpers.archives import reopened
from tests.helpers.tampering import PlainReader

intake._BATCH = 20
with reopened(Path(sys.argv[2])) as archive:
    print("open", flush=True)
    before = intake._Batch.finish

    def finish(batch):
        before(batch)
        for one in batch._outcome.taken:
            print(one.sha256)
        print("kept", flush=True)

    intake._Batch.finish = finish
    intake.take_in(archive, [Path(sys.argv[3])], intake.Options(tags=("x",)), PlainReader)
"""


def many_files(folder: Path, count: int) -> set[str]:
    folder.mkdir()
    hashes = set()
    for number in range(count):
        content = f"файл {number} сведка {number * number}\n".encode() * 20
        (folder / f"{number:03}.txt").write_bytes(content)
        hashes.add(hashlib.sha256(content).hexdigest())
    return hashes


def test_r02_killed_at_any_moment_of_an_intake_the_archive_reopens_whole(tmp_path: Path) -> None:
    folder, sources = tmp_path / "archive", tmp_path / "sources"
    everything = many_files(sources, FILES)
    make_archive(folder).close()
    chance, acknowledged = random.Random(7), set[str]()
    for number in range(KILLS):
        acknowledged |= killed_intake(folder, sources, chance.uniform(0.0, 0.15 * (1 + number / 2)))
        with reopened(folder) as archive:
            report = check.check(archive, deep=True)
            held = {blob.sha256 for blob in blobs.every(archive.connection)}
        assert {one.code for one in report.findings} <= {"blob-stray"}
        assert acknowledged <= held <= everything
        assert list((folder / "staging").iterdir()) == []
    with reopened(folder) as archive:
        intake.take_in(archive, [sources], Options(), PlainReader)
        assert {blob.sha256 for blob in blobs.every(archive.connection)} == everything
        assert len(records.every(archive)) == FILES


def killed_intake(folder: Path, sources: Path, after_s: float) -> set[str]:
    """Start an intake, kill it; return what it said was kept."""
    started = subprocess.Popen(
        [sys.executable, "-c", INTAKE, str(ROOT), str(folder), str(sources)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"open\n"
    time.sleep(after_s)
    started.kill()
    told, complaints = started.communicate()
    assert b"Traceback" not in complaints, complaints.decode()
    whole, _kept, _half = told.decode().rpartition("kept\n")
    return {line for line in whole.splitlines() if len(line) == 64}


# --- the N-th write, sync or rename fails ------------------------------------------------------


class Failing:
    """Makes the N-th call of the operating system's writing fail, and every one after it."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, *, for_ever: bool) -> None:
        self.count, self.at, self.for_ever = 0, at, for_ever
        for name in ("fsync", "rename", "replace", "mkdir", "open"):
            patch.setattr(os, name, self._wrapped(getattr(os, name), name))
        for name in ("create", "sync", "sync_folder", "make_folder"):
            patch.setattr(files, name, self._wrapped(getattr(files, name), name))

    @property
    def failed(self) -> bool:
        return self.count >= self.at

    def _wrapped(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if name == "open" and not (len(arguments) > 1 and arguments[1] & os.O_WRONLY):
                return real(*arguments, **named)
            self.count += 1
            if self.count == self.at or (self.for_ever and self.count > self.at):
                raise OSError(28, "No space left on device")
            return real(*arguments, **named)

        return call


def consistent(folder: Path) -> list[str]:
    """Reopen, check deep; return what was held, by hash."""
    with reopened(folder) as archive:
        assert archive.alarms == []
        assert check.check(archive, deep=True).findings == ()
        held = sorted(blob.sha256 for blob in blobs.every(archive.connection))
        assert len(held) == sum(
            len(records.show(archive, one).record.attachments) for one in records.every(archive)
        )
    assert list((folder / "staging").iterdir()) == []
    return held


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "from then on"])
def test_r01_a_disk_that_fails_during_an_intake_leaves_all_or_nothing(
    tmp_path: Path, for_ever: bool
) -> None:
    empty, folder, sources = tmp_path / "empty", tmp_path / "archive", tmp_path / "sources"
    everything = sorted(many_files(sources, 3))
    make_archive(empty).close()
    for at in range(1, MOST_STEPS):
        copied(empty, folder)
        with pytest.MonkeyPatch.context() as patch:
            failing = Failing(patch, at, for_ever=for_ever)
            error = None
            try:
                with reopened(folder) as archive:
                    intake.take_in(archive, [sources], Options(case="C"), PlainReader)
            except AppError as caught:
                error = caught
        held = consistent(folder)
        assert set(held) <= set(everything)  # what was finished before is kept
        if not failing.failed:
            assert held == everything
            assert error is None
            return
        assert error is None or isinstance(error, DiskFull)
        assert error is not None or held == everything
    pytest.fail("it never came to an end")


def test_r01_a_disk_that_fails_while_an_archive_is_made_leaves_none(tmp_path: Path) -> None:
    for at in range(1, MOST_STEPS):
        folder = tmp_path / f"archive{at}"
        with pytest.MonkeyPatch.context() as patch:
            failing = Failing(patch, at, for_ever=False)
            try:
                unlock.create(folder, PASSPHRASE, "x", now=ticking(), cost=CHEAP).close()
                made = True
            except DiskFull:
                made = False
        if made:
            consistent(folder)
        else:
            assert not folder.exists() or list(folder.iterdir()) == []
        if not failing.failed:
            assert made
            return
    pytest.fail("it never came to an end")


def test_r01_a_disk_that_fails_during_an_export_leaves_the_archive_as_it_was(
    tmp_path: Path,
) -> None:
    folder, sources = tmp_path / "archive", tmp_path / "sources"
    many_files(sources, 2)
    with make_archive(folder) as archive:
        intake.take_in(archive, [sources], Options(), PlainReader)
        for at in range(1, MOST_STEPS):
            with pytest.MonkeyPatch.context() as patch:
                failing = Failing(patch, at, for_ever=False)
                try:
                    export.export(archive, records.every(archive), tmp_path / f"out{at}")
                except DiskFull:
                    assert not (tmp_path / f"out{at}" / "manifest-sha256.txt").exists() or (
                        failing.failed
                    )
            if not failing.failed:
                break
    consistent(folder)


class FailingConnection:
    """Stands before the library's connection and makes its N-th statement fail."""

    def __init__(self, real: Any, at: int, error: Exception) -> None:
        self.real, self.at, self.error, self.count = real, at, error, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, sql: str, *values: Any) -> Any:
        if sql != "ROLLBACK":
            self.count += 1
            if self.count == self.at:
                raise self.error
        return self.real.execute(sql, *values)

    def executemany(self, sql: str, rows: Any) -> Any:
        self.count += 1
        if self.count == self.at:
            raise self.error
        return self.real.executemany(sql, rows)


@pytest.mark.parametrize("what", ["change", "testimony", "intake"])
def test_r01_a_statement_that_fails_leaves_all_or_nothing(tmp_path: Path, what: str) -> None:

    first, folder, sources = tmp_path / "first", tmp_path / "archive", tmp_path / "sources"
    many_files(sources, 2)
    many_files(tmp_path / "more", 4)
    with make_archive(first) as archive:
        intake.take_in(archive, [sources], Options(), PlainReader)

    def work(archive: Any) -> None:
        if what == "change":
            record = records.every(archive)[0]
            records.change(archive, record, {"title": "Новая", "date": "2021"}, tags=["новая"])
        elif what == "testimony":
            records.write_testimony(archive, records.Testimony("Т", "Сасна", "тэкст " * 50))
        else:
            intake.take_in(archive, [tmp_path / "more"], Options(case="C"), PlainReader)

    before = said(first)
    for at in range(1, MOST_STEPS):
        copied(first, folder)
        archive = reopened(folder)
        failing = FailingConnection(
            archive.connection._raw, at, sqlcipher.OperationalError("database or disk is full")
        )
        archive.connection._raw = failing
        try:
            work(archive)
            done = True
        except (AppError, sqlcipher.Error):
            done = False
        assert not failing.real.in_transaction
        archive.connection._raw = failing.real
        archive.close()
        consistent(folder)
        if what == "intake" and not done:
            assert set(before) <= set(said(folder))  # what was finished before is kept
        else:
            assert (said(folder) == before) != done
        if failing.count < at:
            assert done
            return
    pytest.fail("it never came to an end")


def said(folder: Path) -> list[Any]:
    with reopened(folder) as archive:
        return archive.connection.rows("SELECT entry_id FROM entry ORDER BY 1")
