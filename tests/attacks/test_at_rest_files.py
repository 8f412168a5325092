"""V01, V02, V16-V18: the archive's folder in somebody else's hands."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from desktop_app.archive import check, intake, records, unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.errors import (
    AppError,
    ArchiveDamaged,
    ArchiveInUse,
    UnsafeFolder,
    WrongPassphrase,
)
from desktop_app.storage import blobs
from desktop_app.storage.connection import DATABASE, WAL
from tests.helpers.archives import PASSPHRASE, make_archive, reopened, ticking
from tests.helpers.tampering import PlainReader, snapshot

PLANTED = [f"Кветка{number}зорны" for number in range(10)] + [
    f"planted{number}quartz" for number in range(10)
]
ROOT = Path(__file__).parents[2]
FROM_INPUT = ("--passphrase-file", "-")


# --- V01 ---------------------------------------------------------------------------------------


def refusal(folder: Path, words: str) -> tuple[str, str, float]:
    start = time.perf_counter()
    with pytest.raises(WrongPassphrase) as caught:
        unlock.unlock(folder, words, now=ticking())
    return str(caught.value), caught.value.advice(), time.perf_counter() - start


def test_v01_wrong_passphrases_get_the_same_words_and_change_no_file(folder: Path) -> None:
    before = snapshot(folder)
    tried = ["", " ", PASSPHRASE[:-1], PASSPHRASE + " ", PASSPHRASE.upper(), "x" * 100_000, "\0"]

    told = {refusal(folder, words)[:2] for words in tried}

    assert len(told) == 1
    assert snapshot(folder) == before
    assert notices_nothing(folder)


def test_v01_a_wrong_passphrase_takes_as_long_whatever_it_shares_with_the_right_one(
    folder: Path,
) -> None:
    near = statistics.median(refusal(folder, PASSPHRASE[:-1])[2] for _round in range(9))
    far = statistics.median(refusal(folder, "q")[2] for _round in range(9))

    assert max(near, far) < 10 * min(near, far) + 0.005


def notices_nothing(folder: Path) -> bool:
    with reopened(folder) as archive:
        return archive.alarms == [] and check.check(archive, deep=True).ok


# --- V02 ---------------------------------------------------------------------------------------


def traces(*folders: Path) -> list[tuple[str, str]]:
    """Return every file, and every file name, in which a planted word can be read."""
    needles = [
        (word, form)
        for word in (*PLANTED, PASSPHRASE)
        for form in {
            word.encode(),
            word.lower().encode(),
            word.encode("utf-16-le"),
            word.encode("utf-16-be"),
            json.dumps(word)[1:-1].encode(),
        }
    ]
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            content = os.fsencode(path.name) + (path.read_bytes() if path.is_file() else b"")
            found += [(str(path), word) for word, form in needles if form in content]
    return found


def plant(archive: Archive, sources: Path) -> None:
    """Put the words into texts, names, tags, a case, a title, a testimony and a pseudonym."""
    sources.mkdir()
    for at, word in enumerate(PLANTED[:12]):
        (sources / f"{word}.txt").write_text(f"{word} {PLANTED[at]} " * 300, encoding="utf-8")
    options = Options(tags=(PLANTED[12],), case=PLANTED[13])
    intake.take_in(archive, [sources], options, PlainReader)
    told = records.Testimony(PLANTED[14], PLANTED[15], PLANTED[16] * 2000)
    made = records.write_testimony(archive, told).record
    records.change(archive, made, {"title": PLANTED[17]}, tags=[PLANTED[18]])
    records.change(archive, made, {}, tags=[PLANTED[19]], untag=[PLANTED[18]])


def test_v02_planted_words_are_nowhere_on_the_disk(tmp_path: Path, own_folders: Path) -> None:
    folder, sources = tmp_path / "archive", tmp_path / "sources"
    with make_archive(folder) as archive:
        plant(archive, sources)
        assert (folder / WAL).stat().st_size > 0
        assert traces(folder, own_folders) == []  # unlocked
    assert traces(folder, own_folders) == []  # locked
    assert traces(sources) != []  # and the search does find what is there


def test_v02_the_real_program_leaves_planted_words_nowhere(
    tmp_path: Path, own_folders: Path
) -> None:
    folder, sources, temporary = tmp_path / "archive", tmp_path / "sources", tmp_path / "tmp"
    temporary.mkdir()
    with make_archive(folder) as archive:
        plant(archive, sources)
    (sources / "more.txt").write_text(PLANTED[3] * 2 + " more", encoding="utf-8")
    for arguments in (
        ["intake", str(folder), str(sources)],
        ["find", str(folder), PLANTED[0]],
        ["check", str(folder), "--deep"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "desktop_app", *arguments, "--passphrase-file", "-"],
            input=PASSPHRASE + "\n",
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert traces(folder, temporary, own_folders) == []


def sealed_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / blobs.BLOBS).rglob("*") if path.is_file())


# --- V16-V18 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "archive.db",
        "archive.db-wal",
        "archive.db-journal",
        "archive.db-shm",
        "keys.json",
        "keys.json.1",
        "lock",
        "blobs",
        "staging",
        "outgoing",
        "anything",
    ],
)
@pytest.mark.parametrize("target", ["real", "dangling"])
def test_v16_a_link_in_the_folder_is_refused_before_anything_is_written(
    folder: Path, tmp_path: Path, name: str, target: str
) -> None:
    outside = tmp_path / "outside"
    place = folder / name
    if place.exists() and target == "real":
        place.rename(outside)
    elif place.is_dir():
        shutil.rmtree(place)
    elif place.exists():
        place.unlink()
    place.symlink_to(outside)

    with pytest.raises(UnsafeFolder, match=name):
        reopened(folder)

    assert outside.exists() == (target == "real" and name not in NOT_THERE)


NOT_THERE = {"archive.db-wal", "archive.db-journal", "archive.db-shm", "anything"}


def test_v16_a_link_in_the_place_of_a_blob_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    victim = sealed_files(folder)[0].parent
    victim.rename(tmp_path / "outside")
    victim.symlink_to(tmp_path / "outside")

    with pytest.raises(UnsafeFolder, match=f"blobs/{victim.name}"):
        reopened(folder)


@pytest.mark.parametrize("name", ["archive.db", "keys.json", "lock", "archive.db-wal"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_v16_a_pipe_or_folder_in_a_files_place_is_refused_at_once(
    folder: Path, name: str, make
) -> None:
    (folder / name).unlink(missing_ok=True)
    make(folder / name)

    with pytest.raises(AppError):
        reopened(folder)


def test_v16_sweeping_the_staging_folder_removes_links_and_not_what_they_point_at(
    folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "diary.txt"
    outside.write_text("keep")
    (folder / "staging" / "evil").symlink_to(outside)
    reopened(folder).close()

    assert outside.read_text() == "keep"
    assert list((folder / "staging").iterdir()) == []


def test_v17_a_second_instance_is_refused_and_changes_nothing(folder: Path) -> None:
    with reopened(folder):
        before = snapshot(folder)
        done = subprocess.run(
            [sys.executable, "-m", "desktop_app", "find", str(folder), "x", "--json", *FROM_INPUT],
            input=PASSPHRASE + "\n",
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
            check=False,
        )
        assert done.returncode == ArchiveInUse.exit_code
        assert json.loads(done.stdout)["error"]["code"] == "archive-in-use"
        assert snapshot(folder) == before
    assert notices_nothing(folder)


def test_v17_the_lock_goes_with_the_process_that_held_it(folder: Path) -> None:
    holding = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from desktop_app.storage.lock import ArchiveLock\n"
        "lock = ArchiveLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(folder), str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ArchiveInUse):
        reopened(folder)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    holder.stdin.close()

    reopened(folder).close()


def test_v18_a_plain_database_with_triggers_in_its_place_is_refused(folder: Path) -> None:
    connection = sqlcipher.connect(str(folder / "plain.db"))
    connection.executescript(
        (ROOT / "desktop_app/storage/migrations/0001_first.sql").read_text(encoding="utf-8")
        + "PRAGMA user_version = 1; CREATE TRIGGER evil AFTER INSERT ON meta"
        " BEGIN INSERT INTO meta VALUES ('evil', x'00'); END;"
    )
    connection.close()
    (folder / "plain.db").replace(folder / DATABASE)
    before = (folder / DATABASE).read_bytes()

    with pytest.raises(ArchiveDamaged):
        reopened(folder)

    assert (folder / DATABASE).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\0", b"SQLite format 3\0", bytes(4096), b"x" * 8192])
def test_v18_something_else_in_the_databases_place_is_refused_and_kept(
    folder: Path, content: bytes
) -> None:
    (folder / DATABASE).write_bytes(content)

    with pytest.raises(ArchiveDamaged):
        reopened(folder)

    assert (folder / DATABASE).read_bytes() == content


def test_the_database_of_another_archive_of_the_same_passphrase_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    make_archive(tmp_path / "other").close()
    shutil.copyfile(tmp_path / "other" / DATABASE, folder / DATABASE)

    with pytest.raises(ArchiveDamaged):
        reopened(folder)


@pytest.mark.parametrize("name", ["staging", "outgoing", "blobs"])
def test_an_archive_whose_empty_folders_a_backup_forgot_opens_or_is_refused_in_plain_words(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "archive"
    make_archive(folder).close()
    (folder / name).rmdir()

    try:
        with reopened(folder) as archive:
            assert check.check(archive, deep=True).ok
    except AppError:
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["keys.json", "archive.db", "lock"])
def test_a_file_that_may_not_be_read_is_told_in_plain_words(folder: Path, name: str) -> None:
    (folder / name).chmod(0)

    with pytest.raises(AppError):
        reopened(folder)
