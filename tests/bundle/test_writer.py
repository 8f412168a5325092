"""What is written to a medium, and what of a parcel is refused."""

import base64
import hashlib
import io
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.bundle import bag, courier, medium, volumes, writer
from desktop_app.bundle.format import Seen, head_hash, is_for
from desktop_app.bundle.parcel import PayloadFile, lay_out
from desktop_app.crypto import signing
from desktop_app.domain.padme import padded_size
from desktop_app.errors import BundleMalformed, NoBundle
from tests.helpers import bundles
from tests.helpers.bundles import ALICE, BOB, CAROL


def test_a_medium_shows_nothing_but_numbers(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", 30_000)

    assert re.fullmatch(r"[A-Z2-7]{8}", written.folder.name)
    names = sorted(path.name for path in written.folder.iterdir())
    assert names == [*(f"{n:04d}.VOL" for n in range(1, written.volumes + 1)), "SHA256SUMS"]
    times = {path.stat().st_mtime_ns for path in [written.folder, *written.folder.iterdir()]}
    assert times == {volumes._TIME_NS}
    sizes = [path.stat().st_size for path in sorted(written.folder.glob("*.VOL"))]
    assert set(sizes[:-1]) == {30_000}
    assert 0 < sizes[-1] <= 30_000


def test_the_head_says_what_was_packed_and_is_signed(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", readers=[BOB, CAROL])
    head = written.head

    assert signing.verify(
        ALICE.signer.public, written.head_raw, written.signature, "bundle@skrynia.v1"
    )
    assert head.payload_files == 3
    assert head.payload_bytes == sum(map(len, bundles.usual_files().values()))
    assert head.padded_size == padded_size(head.padded_size)
    assert is_for(head, BOB.signer.fingerprint)
    assert is_for(head, CAROL.signer.fingerprint)
    assert not is_for(head, ALICE.signer.fingerprint)
    assert head_hash(written.head_raw) == hashlib.sha256(written.head_raw).hexdigest()


def test_the_check_code_is_that_of_the_list(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", 30_000)

    raw = (written.folder / "SHA256SUMS").read_bytes()
    code = base64.b32encode(hashlib.sha256(raw).digest()[:10]).decode()
    assert written.check_code.replace("-", "") == code
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", written.check_code)
    assert courier.check(tmp_path / "stick")[0].check_code == written.check_code


def test_the_same_parcel_twice_has_nothing_in_common(tmp_path: Path) -> None:
    first, second = bundles.pack(tmp_path / "stick"), bundles.pack(tmp_path / "stick")

    assert first.bundle_id != second.bundle_id
    assert not set(first.head.recipients) & set(second.head.recipients)
    assert [one.folder for one in medium.find(tmp_path / "stick")] == sorted(
        [first.folder, second.folder]
    )
    assert (first.folder / "0001.VOL").read_bytes() != (second.folder / "0001.VOL").read_bytes()


def test_progress_ends_at_everything_written_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    told: list[tuple[int, int]] = []

    written = writer.write(
        bundles.parcel(),
        ALICE.signer,
        tmp_path / "stick",
        progress=lambda done, total: told.append((done, total)),
    )

    assert told == sorted(told)
    assert told[-1] == (2 * written.head.padded_size, 2 * written.head.padded_size)


def test_an_empty_parcel_is_a_bundle_too(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick", files={})

    result = bundles.opened(bundles.only(tmp_path / "stick"), tmp_path / "staging")

    assert result.files == ()
    assert result.head.payload_files == 0


WRONG_SOURCES: dict[str, Callable[[PayloadFile], PayloadFile]] = {
    "shorter than said": lambda one: replace(one, size_bytes=one.size_bytes + 1),
    "longer than said": lambda one: replace(one, size_bytes=one.size_bytes - 1),
    "another hash": lambda one: replace(one, sha256="0" * 64),
    "a name out of the bag": lambda one: replace(one, name="data/../x"),
    "a name with capitals": lambda one: replace(one, name="data/Card.json"),
    "a name of tags": lambda one: replace(one, name="meta/bundle.json"),
    "a name that is a folder's": lambda one: replace(one, name="data/entries"),
}


@pytest.mark.parametrize("name", WRONG_SOURCES)
def test_a_source_that_is_not_what_was_said_leaves_nothing(name: str, tmp_path: Path) -> None:
    right = bundles.parcel()
    wrong = replace(right, files=[WRONG_SOURCES[name](right.files[0]), *right.files[1:]])

    with pytest.raises(BundleMalformed):
        writer.write(wrong, ALICE.signer, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    right = bundles.parcel()

    with pytest.raises(BundleMalformed):
        writer.write(replace(right, files=[*right.files, right.files[0]]), ALICE.signer, tmp_path)


def test_every_source_is_closed(tmp_path: Path) -> None:
    made: list[io.BytesIO] = []

    def open_(content: bytes) -> io.BytesIO:
        made.append(io.BytesIO(content))
        return made[-1]

    files = [
        replace(one, open=lambda content=content: open_(content))
        for one, content in zip(bundles.parcel().files, bundles.usual_files().values(), strict=True)
    ]
    writer.write(replace(bundles.parcel(), files=files), ALICE.signer, tmp_path)

    assert len(made) == 3
    assert all(one.closed for one in made)


def test_only_one_reader_is_told_what_was_seen() -> None:
    parcel = bundles.parcel(readers=[BOB, CAROL], seen=Seen("00" * 64, "00" * 64))

    with pytest.raises(AssertionError):
        writer.write(parcel, ALICE.signer, Path("/nowhere"))


def test_a_file_that_is_too_large_for_a_member_is_laid_out_in_parts() -> None:
    content = os.urandom(70_000)
    whole = bundles.payload(bundles.blob_path(content), content)

    packed = lay_out([whole], part_bytes=30_000)

    assert [one.size_bytes for one in packed] == [30_000, 30_000, 10_000]
    assert [one.line.path for one in packed] == [bag.part_path(whole.name, n) for n in (1, 2, 3)]
    assert [one.line.sha256 for one in packed] == [
        hashlib.sha256(content[at : at + 30_000]).hexdigest() for at in (0, 30_000, 60_000)
    ]


def test_a_file_in_parts_goes_and_comes_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "lay_out", lambda files: lay_out(files, 30_000))
    (tmp_path / "stick").mkdir()
    writer.write(bundles.parcel(), ALICE.signer, tmp_path / "stick")

    result = bundles.opened(
        bundles.only(tmp_path / "stick"), tmp_path / "staging", part_bytes=30_000
    )

    assert bundles.contents(result, tmp_path / "staging") == bundles.usual_files()


class TestCourier:
    """What somebody without a key is told."""

    def test_an_intact_bundle(self, tmp_path: Path) -> None:
        written = bundles.pack(tmp_path, 30_000)
        told: list[tuple[int, int]] = []

        (checked,) = courier.check(tmp_path, lambda done, total: told.append((done, total)))

        assert checked.ok
        assert (checked.intact, checked.damaged, checked.missing) == (written.volumes, (), ())
        assert told[-1] == (checked.found.total_bytes, checked.found.total_bytes)

    def test_several_bundles_of_which_one_is_damaged(self, tmp_path: Path) -> None:
        folders = sorted(bundles.pack(tmp_path, 30_000).folder for _ in range(3))
        (folders[1] / "0003.VOL").write_bytes(b"x")
        (folders[1] / "0002.VOL").unlink()

        first, second, third = courier.check(tmp_path)

        assert first.ok
        assert third.ok
        assert (second.damaged, second.missing, second.ok) == ((3,), (2,), False)

    def test_the_folder_of_the_bundle_itself(self, tmp_path: Path) -> None:
        written = bundles.pack(tmp_path / "stick")

        assert courier.check(written.folder)[0].ok

    def test_names_in_small_letters(self, tmp_path: Path) -> None:
        folder = bundles.pack(tmp_path, 30_000).folder
        for path in list(folder.iterdir()):
            path.rename(folder / path.name.lower())
        folder.rename(tmp_path / folder.name.lower())

        assert courier.check(tmp_path)[0].ok

    def test_no_bundle(self, tmp_path: Path) -> None:
        with pytest.raises(NoBundle):
            courier.check(tmp_path)

    @pytest.mark.parametrize("raw", [b"", b"x", b"\xff" * 99, b"0" * 64 + b"  ../0001.VOL\n"])
    def test_a_list_that_is_none(self, raw: bytes, tmp_path: Path) -> None:
        folder = bundles.pack(tmp_path, 30_000).folder
        (folder / "SHA256SUMS").write_bytes(raw)

        (checked,) = courier.check(tmp_path)

        assert (checked.ok, checked.intact, checked.check_code) == (False, 0, "")
