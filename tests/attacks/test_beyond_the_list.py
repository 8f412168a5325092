"""What an enemy with the disk tries beside the list of FORMATS.md."""

import json
import os
import shutil
import struct
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.archive import check, intake, records
from desktop_app.archive.intake import Options
from desktop_app.cli import wording
from desktop_app.cli.output import Output
from desktop_app.crypto.signing import Signer
from desktop_app.domain import log
from desktop_app.domain.fold import Opened, fold
from desktop_app.domain.ids import EntryId
from desktop_app.errors import AppError
from desktop_app.storage import blobs
from desktop_app.storage.connection import DATABASE, ROLLBACK, WAL
from tests.helpers.archives import make_archive, reopened
from tests.helpers.tampering import (
    PAGE_BYTES,
    PlainReader,
    copied,
    dump,
    fill,
    notices,
    pages,
    put_back,
)

MAGIC = bytes.fromhex("d9d505f920a163d7")


def rollback_journal(old: dict[int, bytes], size_pages: int) -> bytes:
    """Return a "hot" journal that makes SQLite write these pages (counted from 1) back.

    Source: the file format of SQLite, "The Rollback Journal". Its checksums need no key.
    """
    nonce, sector = 7, 512
    header = MAGIC + struct.pack(">5I", len(old), nonce, size_pages, sector, PAGE_BYTES)
    made = header.ljust(sector, b"\0")
    for number, page in old.items():
        checksum = nonce + sum(page[at] for at in range(PAGE_BYTES - 200, 0, -200))
        made += struct.pack(">I", number) + page + struct.pack(">I", checksum & 0xFFFFFFFF)
    return made


def test_v05c_old_pages_put_back_by_a_planted_rollback_journal_are_noticed(
    original: Path, folder: Path
) -> None:
    with reopened(folder) as archive:
        for record in records.every(archive):
            records.change(archive, record, {"title": "Іншая", "sensitivity": 3}, tags=["новая"])
    sound, rows = (folder / DATABASE).read_bytes(), dump(folder)
    old, new = pages(original / DATABASE), pages(folder / DATABASE)
    differ = {at + 1: page for at, page in enumerate(old) if page != new[at]}
    unnoticed, played_back = [], 0
    for planted in ({at: differ[at]} for at in list(differ)[::3]):
        put_back(folder, sound)
        (folder / ROLLBACK).write_bytes(rollback_journal(planted, len(new)))
        told = notices(folder)
        played_back += (folder / DATABASE).read_bytes() != sound
        if not told and dump(folder) != rows:
            unnoticed.append(list(planted))
    assert played_back > 5
    assert unnoticed == []


def test_v05c_a_planted_rollback_journal_that_cuts_the_database_is_noticed(folder: Path) -> None:
    size = len(pages(folder / DATABASE))
    (folder / ROLLBACK).write_bytes(rollback_journal({}, size - 3))

    assert notices(folder) or dump(folder)


@pytest.mark.parametrize("name", [WAL, ROLLBACK, DATABASE + "-shm"])
@pytest.mark.parametrize("content", [b"\0" * 5000, os.urandom(9000), MAGIC * 800, b"x"])
def test_noise_beside_the_database_is_survived(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    try:
        with reopened(folder) as archive:
            assert check.check(archive, deep=True).ok
            assert len(records.every(archive)) == 9
    except AppError:
        pass


def test_a_wal_taken_away_after_a_crash_is_an_older_archive_or_a_refusal(
    original: Path, tmp_path: Path
) -> None:
    running, crashed = copied(original, tmp_path / "running"), tmp_path / "crashed"
    with reopened(running) as archive:
        records.change(archive, records.every(archive)[0], {"title": "Страчана"})
        shutil.copytree(running, crashed)
    (crashed / WAL).unlink()
    (crashed / (DATABASE + "-shm")).unlink(missing_ok=True)
    try:
        with reopened(crashed) as archive:
            assert check.check(archive, deep=True).ok
    except AppError:
        pass


def test_a_crash_keeps_what_was_acknowledged(original: Path, tmp_path: Path) -> None:
    running, crashed = copied(original, tmp_path / "running"), tmp_path / "crashed"
    with reopened(running) as archive:
        record = records.every(archive)[0]
        records.change(archive, record, {"title": "Засталася"})
        shutil.copytree(running, crashed)
    with reopened(crashed) as archive:
        assert records.show(archive, record).title == "Засталася"
        assert check.check(archive, deep=True).ok


def strange_things(folder: Path) -> Iterator[Path]:
    (folder / "staging" / "folder").mkdir()
    yield folder / "staging" / "folder"
    (folder / "blobs" / "zz").mkdir()
    (folder / "blobs" / "file").write_bytes(b"x")
    yield folder / "blobs" / "file"


def test_strange_things_in_the_folders_are_survived_or_refused_in_plain_words(
    folder: Path,
) -> None:
    for _thing in strange_things(folder):
        try:
            with reopened(folder) as archive:
                check.check(archive, deep=True)
                assert len(records.every(archive)) == 9
        except AppError:
            continue


def test_notes_planted_in_staging_make_the_archive_lose_nothing(folder: Path) -> None:
    """Whatever a file in staging claims to be, sealed files that have a key stay."""
    sealed = [path.name for path in (folder / "blobs").rglob("*") if path.is_file()]
    text = "\n".join([*sealed, "..", "../../../keys.json", "00", "", "zz" * 16, "\0"])
    for prefix in ("note", "keep", ".", "moved", "placing-", blobs_note()):
        (folder / "staging" / f"{prefix}{'0' * 32}").write_text(text)
    with reopened(folder) as archive:
        assert check.check(archive, deep=True).findings == ()
    assert sorted(p.name for p in (folder / "blobs").rglob("*") if p.is_file()) == sorted(sealed)
    assert (folder / "keys.json").exists()


def blobs_note() -> str:
    return str(getattr(blobs, "_NOTE", "note"))


def test_everything_in_an_archive_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with make_archive(tmp_path / "archive") as archive:
            fill(archive, tmp_path / "sources")
            found = [tmp_path / "archive", *(tmp_path / "archive").rglob("*")]
            loose = [path.name for path in found if path.stat().st_mode & 0o077]
    finally:
        os.umask(before)

    assert len(found) > 12
    assert loose == []


def test_two_intakes_of_the_same_files_at_once_hold_them_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "twice").mkdir()
    for number in range(30):
        (tmp_path / "twice" / f"{number}").write_text(f"same {number % 3}")
    with reopened(folder) as archive:
        before = len(records.every(archive))
        done = intake.take_in(archive, [tmp_path / "twice"] * 3, Options(), PlainReader)
        assert len(records.every(archive)) == before + 3
        assert len(done.taken) == 3
        assert len(done.skipped) == 87
        assert check.check(archive, deep=True).ok


def test_an_archive_moved_while_closed_opens_and_one_renamed_while_open_is_not_mixed_up(
    folder: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    folder.rename(moved)
    with reopened(moved) as archive:
        records.change(archive, records.every(archive)[0], {"title": "Пасля"})

    assert notices(moved) == []


def test_a_hundred_tags_that_differ_only_in_form_are_one_tag(folder: Path) -> None:
    forms = ["Ёлка", "ЁЛКА", "ёлка", "Е\u0308лка", " ёлка ", "ёлка\u00a0"]
    with reopened(folder) as archive:
        record = records.every(archive)[1]
        before = len(records.show(archive, record).record.many("tags"))
        for form in forms:
            try:
                records.change(archive, record, {}, tags=[form])
            except AppError:
                continue
        shown = records.show(archive, record)
        assert len(shown.record.many("tags")) == before + 1
        assert check.check(archive, deep=True).ok


def test_a_fold_of_five_thousand_entries_stays_within_seconds_and_memory() -> None:

    author = Signer(b"\x01" * 32).fingerprint
    founding = log.read_entry(log.write_founding(author, "x", "case", bytes(16), []))
    chain = [founding]
    for _number in range(5_000):
        raw = log.write_entry(founding.record, [EntryId(chain[-1].id)], author, "x", [])
        chain.append(log.read_entry(raw))
    opened = [Opened(one, {}) for one in chain]
    tracemalloc.start()
    start = time.perf_counter()
    found = fold(founding.record, opened)
    took, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.heads == (chain[-1].id,)
    assert took < 10
    assert peak < 64 << 20


def test_the_json_of_an_intake_with_names_that_are_no_text_is_one_object(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:

    (tmp_path / "s").mkdir()
    raw = os.fsencode(tmp_path / "s") + b"/bytes\xff\xfe\x1b[2J.txt"
    with open(raw, "wb") as file:  # noqa: PTH123 (a name that is no text)
        file.write(b"x")
    with make_archive(tmp_path / "archive") as archive:
        done = intake.take_in(archive, [tmp_path / "s"], Options(), PlainReader)
    Output(as_json=True).result(wording.intake_values(done))
    told = capsysbinary.readouterr().out

    assert b"\x1b" not in told
    assert len(json.loads(told.decode())["taken"]) == 1
