"""V08: sealed files that were swapped, cut, extended or altered."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from desktop_app.archive import check, export, records
from desktop_app.errors import (
    BlobDamaged,
    ExportIncomplete,
)
from desktop_app.storage import blobs
from tests.helpers.archives import reopened
from tests.helpers.tampering import TEXTS


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
