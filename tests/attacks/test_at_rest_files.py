"""V01, V02, V08, V16-V18: the archive's folder in somebody else's hands."""

import hashlib
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

from desktop_app.archive import check, export, intake, records, unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.errors import (
    AppError,
    ArchiveDamaged,
    ArchiveInUse,
    BlobDamaged,
    ExportIncomplete,
    UnsafeFolder,
    WrongPassphrase,
)
from desktop_app.storage import blobs
from desktop_app.storage.connection import DATABASE, WAL
from tests.helpers.archives import PASSPHRASE, make_archive, reopened, ticking
from tests.helpers.tampering import TEXTS, PlainReader, snapshot

PLANTED = [f"Кветка{number}зорны" for number in range(10)] + [
    f"planted{number}quartz" for number in range(10)
]
ROOT = Path(__file__).parents[2]


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


# --- V08 ---------------------------------------------------------------------------------------


def sealed_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / blobs.BLOBS).rglob("*") if path.is_file())


def flip(path: Path, other: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def flip_header(path: Path, other: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def flip_padding(path: Path, other: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_a_chunk(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[: 56 + 16_400])


def extend(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def swap(path: Path, other: Path) -> None:
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)


def remove(path: Path, other: Path) -> None:
    path.unlink()


def empty(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def link(path: Path, other: Path) -> None:
    aside = path.parent.parent.parent.parent / "aside"
    path.rename(aside)
    path.symlink_to(aside)


def make_folder(path: Path, other: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path, other: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [flip, flip_header, flip_padding, cut, cut_a_chunk, extend, swap, remove, empty, link]
DAMAGES += [make_folder, make_pipe]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_v08_a_damaged_blob_is_refused_and_its_record_named(
    folder: Path, tmp_path: Path, damage
) -> None:
    victim, other = sealed_files(folder)[:2]
    damage(victim, other)
    with reopened(folder) as archive:
        blob = next(b for b in blobs.every(archive.connection) if b.name.hex() == victim.name)
        holder = check.records.with_content(archive.connection, blob.sha256)
        assert holder is not None
        with pytest.raises(BlobDamaged):
            list(archive.blobs.read(blob, ""))
        report = check.check(archive, deep=True)
        with pytest.raises(ExportIncomplete) as caught:
            export.export(archive, records.every(archive), tmp_path / "out")

    assert ("blob-damaged", holder) in {(one.code, one.record) for one in report.findings}
    assert check.reference(holder) in str(caught.value)
    taken_out = [path for path in (tmp_path / "out/data/files").rglob("*") if not path.is_dir()]
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in taken_out}
    assert not any(path.is_symlink() for path in taken_out)
    assert blob.sha256 not in hashes
    assert len(hashes) == len(TEXTS) + 2 - (2 if damage is swap else 1)


def test_v08_a_quick_check_sees_a_missing_and_a_cut_blob(folder: Path) -> None:
    first, second = sealed_files(folder)[:2]
    first.unlink()
    cut(second, first)
    with reopened(folder) as archive:
        codes = [one.code for one in check.check(archive).findings]

    assert codes == ["blob-damaged"] * 2


def test_v08_a_foreign_file_among_the_blobs_is_told(folder: Path) -> None:
    victim = sealed_files(folder)[0]
    shutil.copyfile(victim, victim.with_name("00" * 16))
    (victim.parent / "notes.exe").write_bytes(b"MZ")
    with reopened(folder) as archive:
        codes = [one.code for one in check.check(archive, deep=True).findings]

    assert codes == ["blob-stray"]


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
            [sys.executable, "-m", "desktop_app", "find", str(folder), "x", "--passphrase-file"]
            + ["-", "--json"],
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
