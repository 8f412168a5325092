"""S18: kill -9 at every step of receiving: all or nothing, and it can be done again."""

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import intake, records
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.bundle import opening
from desktop_app.errors import AlreadyReceived
from desktop_app.storage import blobs
from tests.helpers.archives import make_archive, reopened
from tests.helpers.parcels import NearOpener, entry_ids, folded, meet, refuse, send, sound, take
from tests.helpers.tampering import PlainReader, copied

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FILE_STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")
READS = ("SELECT", "PRAGMA", "--")
MOST_STEPS = 400


class Steps:
    """Counts what a process does to files and database; before the N-th of these it dies."""

    def __init__(self, last: int) -> None:
        self._left = last
        self._lock = threading.Lock()

    def one(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, archive: Archive) -> None:
        sys.addaudithook(self._on_file)  # only of this process, which ends soon
        archive.connection.raw.set_trace_callback(self._on_statement)
        # Nobody cuts the power here: what was written stays, with or without waiting for the disk.
        os.fsync = lambda _number: self.one()

    def _on_file(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in FILE_STEPS or (event == "open" and _writes(arguments[2])):
            self.one()

    def _on_statement(self, statement: str) -> None:
        if not statement.lstrip().upper().startswith(READS):
            self.one()


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & WRITING)


@pytest.fixture(scope="module")
def parcel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Bob's closed archive and a parcel for him: files, a testimony, a change of what he has."""
    base = tmp_path_factory.mktemp("killed")
    sources = base / "sources"
    sources.mkdir()
    with make_archive(base / "bob", "Bob") as bob, make_archive(base / "alice", "Alice") as alice:
        meet(alice, bob)
        (sources / "known.txt").write_text("Вядомы файл. " * 20, encoding="utf-8")
        intake.take_in(alice, [sources / "known.txt"], Options(tags=("a",)), PlainReader)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "OpenerProcess", NearOpener)
            take(bob, send(alice, bob, base))
            take(alice, send(bob, alice, base))
        (known,) = records.every(alice)
        records.change(alice, known, {"title": "Назва"})
        (sources / "new.txt").write_text("Новы файл. " * 20, encoding="utf-8")
        intake.take_in(alice, [sources / "new.txt"], Options(), PlainReader)
        stick = send(alice, bob, base)
    return base / "bob", stick


def receive_and_die(folder: Path, stick: Path, step: int) -> bool:
    """Receive in a process of its own that dies before its N-th step; return whether it did."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            opening.OpenerProcess = NearOpener
            with reopened(folder) as archive:
                Steps(step).watch(archive)
                take(archive, stick)
                code = 0
        finally:
            os._exit(code)
    _child, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, f"receiving failed at step {step}"
    return False


def standing(archive: Archive) -> tuple[Any, ...]:
    """Return what was taken in: the log, the files, and what the exchange remembers."""
    count = archive.connection.rows
    on_disk = {name.hex() for name in archive.blobs.names()}
    assert on_disk == {one.name.hex() for one in blobs.every(archive.connection)}
    assert list((archive.folder / "staging").iterdir()) == []
    return (
        entry_ids(archive),
        folded(archive),
        records.every(archive),
        sorted(one.sha256 for one in blobs.every(archive.connection)),
        count("SELECT head FROM received_bundle ORDER BY 1"),
        count("SELECT * FROM held ORDER BY 1, 2"),
        count("SELECT * FROM received_blob ORDER BY 1, 2"),
        count("SELECT * FROM contact"),
        count("SELECT count(*) FROM journal"),
    )


def test_s18_killed_at_any_step_receiving_is_all_or_nothing(
    parcel: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "OpenerProcess", NearOpener)
    original, stick = parcel
    with reopened(copied(original, tmp_path / "whole")) as archive:
        nothing = standing(archive)
        take(archive, stick)
        everything = standing(archive)
    outcomes = []
    for step in range(1, MOST_STEPS):
        folder = copied(original, tmp_path / "bob")
        died = receive_and_die(folder, stick, step)
        with reopened(folder) as archive:
            assert archive.alarms == [], step
            now = standing(archive)
            assert now in (nothing, everything), step
            outcomes.append(now == everything)
            if now == everything:
                refuse(archive, stick, AlreadyReceived)
            else:
                take(archive, stick)
                assert standing(archive) == everything, step
            if step % 8 == 0 or not died:
                assert sound(archive) == [], step
        shutil.rmtree(folder)
        if not died:
            break
    else:
        pytest.fail("it never came to an end")
    assert outcomes == sorted(outcomes)  # nothing, and from one step on everything
    assert len(outcomes) > 30
    assert outcomes.count(False) > 30


def test_s18_killed_with_its_real_opener_at_work_leaves_no_process_and_nothing_staged(
    parcel: tuple[Path, Path], tmp_path: Path
) -> None:
    original, stick = parcel
    for step in (1, 2, 3, 5, 8):
        folder = copied(original, tmp_path / "bob")
        child = os.fork()
        if child == 0:
            try:
                with reopened(folder) as archive:
                    Steps(step).watch(archive)
                    take(archive, stick)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        with reopened(folder) as archive:
            take(archive, stick)
            assert sound(archive) == []
            assert list((archive.folder / "staging").iterdir()) == []
