"""B01-B08, B19, B21: what can happen to a bundle between two people."""

import errno
import hashlib
import os
import random
import resource
import shutil
import time
from pathlib import Path
from typing import Any

import pyrage
import pytest

from desktop_app.bundle import courier, medium, volumes, writer
from desktop_app.bundle.header import header_bytes
from desktop_app.bundle.medium import Found
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import (
    AppError,
    BundleDamaged,
    Cancelled,
    DiskFull,
    MediumGone,
    MediumLies,
    NotForUs,
    PartDamaged,
    PartMissing,
    WrongFile,
)
from tests.helpers import bundles
from tests.helpers.bundles import ALICE, BOB, CAROL, Forged

STEP = 64 << 10
SLACK = 10  # times what is promised: other work may slow this machine


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return Forged().sealed()


def summed_again(folder: Path) -> None:
    """Make SHA256SUMS again over whatever lies there, as a forger does."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.glob("*.VOL"))
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def refuse_all(variants: list[bytes], base: Path, *kinds: type[AppError]) -> None:
    """Every variant, with right sums, is refused with one of these kinds; staging stays empty."""
    staging = base / "staging"
    staging.mkdir()
    for number, variant in enumerate(variants):
        found = bundles.as_volumes(variant, base / f"stick{number}")
        with pytest.raises(AppError) as caught:
            bundles.opened(found, staging)
        assert type(caught.value) in kinds, (number, repr(caught.value), caught.value.facts)
        assert list(staging.iterdir()) == []


def test_b01_a_bundle_that_was_cut_is_refused(sealed: bytes, tmp_path: Path) -> None:
    cuts = [*range(STEP, len(sealed), STEP), len(sealed) - 1, len(sealed) - 16, len(sealed) - 17]
    refuse_all([sealed[:cut] for cut in cuts], tmp_path, BundleDamaged)


def test_b01_a_bundle_that_was_cut_in_its_header_is_refused(sealed: bytes, tmp_path: Path) -> None:
    cuts = [1, 10, 22, 23, 60, 100, header_bytes(sealed) - 1]
    kinds = (WrongFile,)
    # What does not even begin as a bundle is found in its folder and refused all the same.
    refuse_all([sealed[:cut] for cut in cuts], tmp_path, *kinds)


def test_b01_a_bundle_that_ends_after_its_header_is_refused(sealed: bytes, tmp_path: Path) -> None:
    end = header_bytes(sealed)
    refuse_all([sealed[: end + more] for more in (0, 5, 16, 17, 40)], tmp_path, BundleDamaged)


def test_b02_a_bit_flipped_in_200_places_is_refused(sealed: bytes, tmp_path: Path) -> None:
    header = header_bytes(sealed)
    places = random.Random(2).sample(range(header), 60)
    places += random.Random(3).sample(range(header, len(sealed)), 140)
    variants = []
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1 << (place % 8)
        variants.append(bytes(changed))
    refuse_all(variants, tmp_path, WrongFile, NotForUs, BundleDamaged)


def test_b02_a_flipped_bit_is_laid_at_the_door_of_its_part(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", 40_000)
    for number in (1, written.volumes):
        path = written.folder / f"{number:04d}.VOL"
        right = path.read_bytes()
        path.write_bytes(right[:300] + bytes([right[300] ^ 1]) + right[301:])

        error = bundles.refused(bundles.only(tmp_path / "stick"), tmp_path / "st", PartDamaged)

        assert error.facts == {"part": number}
        path.write_bytes(right)


def test_b03_bytes_or_a_second_age_file_after_the_end_are_refused(
    sealed: bytes, tmp_path: Path
) -> None:
    more = [b"\0", b"x" * 16, bytes(STEP), sealed]
    refuse_all([sealed + one for one in more], tmp_path, BundleDamaged)


class TestB04:
    """A volume missing, swapped, doubled, from another bundle: named; goes on when supplied."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return bundles.pack(tmp_path / "stick", 40_000).folder

    def refuse(self, folder: Path, kind: type[AppError]) -> dict[str, object]:
        found = bundles.only(folder.parent)
        return bundles.refused(found, folder.parent.parent / "staging", kind).facts

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_missing(self, folder: Path, number: int) -> None:
        path = folder / f"{number:04d}.VOL"
        aside = path.rename(folder.parent.parent / path.name)

        assert courier.check(folder)[0].missing == (number,)
        assert self.refuse(folder, PartMissing) == {"part": number}

        aside.rename(path)
        assert bundles.opened(bundles.only(folder.parent), folder.parent.parent / "staging").files

    def test_swapped(self, folder: Path) -> None:
        second, third = folder / "0002.VOL", folder / "0003.VOL"
        second.rename(folder / "x")
        third.rename(second)
        (folder / "x").rename(third)

        assert courier.check(folder)[0].damaged == (2, 3)
        assert self.refuse(folder, PartDamaged) == {"part": 2}

    def test_doubled(self, folder: Path) -> None:
        shutil.copy(folder / "0002.VOL", folder / "0003.VOL")

        assert courier.check(folder)[0].damaged == (3,)
        assert self.refuse(folder, PartDamaged) == {"part": 3}

    def test_one_too_many(self, folder: Path) -> None:
        count = len(list(folder.glob("*.VOL")))
        shutil.copy(folder / "0002.VOL", folder / f"{count + 1:04d}.VOL")

        assert courier.check(folder)[0].damaged == (count + 1,)
        assert self.refuse(folder, PartDamaged) == {"part": count + 1}

    def test_from_another_bundle(self, folder: Path, tmp_path: Path) -> None:
        other = bundles.pack(tmp_path / "other", 40_000)
        shutil.copy(other.folder / "0002.VOL", folder / "0002.VOL")

        assert courier.check(folder)[0].damaged == (2,)
        assert self.refuse(folder, PartDamaged) == {"part": 2}

    def test_without_the_list_the_order_still_matters(self, folder: Path) -> None:
        (folder / "SHA256SUMS").unlink()
        shutil.copy(folder / "0002.VOL", folder / "0003.VOL")

        checked = courier.check(folder)[0]
        assert (checked.intact, checked.check_code, checked.ok) == (0, "", False)
        self.refuse(folder, BundleDamaged)

    def test_without_the_list_a_bundle_still_opens(self, folder: Path, tmp_path: Path) -> None:
        (folder / "SHA256SUMS").unlink()

        assert len(bundles.opened(bundles.only(folder.parent), tmp_path / "staging").files) == 3


def test_b05_sums_made_again_deceive_the_courier_and_not_the_reader(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", 40_000)
    path = written.folder / "0002.VOL"
    path.write_bytes(bytes(100) + path.read_bytes()[100:])
    summed_again(written.folder)

    (checked,) = courier.check(tmp_path / "stick")
    assert checked.ok
    assert checked.check_code != written.check_code  # which two people can compare
    bundles.refused(bundles.only(tmp_path / "stick"), tmp_path / "staging", BundleDamaged)


STANZA = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
HOSTILE_HEADERS = {
    "1 MB of one line": b"age-encryption.org/v1\n-> X25519 " + b"A" * (1 << 20),
    "1 MB of body": b"age-encryption.org/v1\n-> X25519 A\n" + (b"A" * 64 + b"\n") * 16_000,
    "10,000 stanzas": b"age-encryption.org/v1\n" + STANZA * 10_000 + b"--- " + b"A" * 43 + b"\n",
    "41 stanzas": b"age-encryption.org/v1\n" + STANZA * 41 + b"--- " + b"A" * 43 + b"\n",
    "an endless line": b"age-encryption.org/v1\n" + b"\xff" * (1 << 20),
    "no stanza": b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n",
    "a passphrase, 2**23": b"age-encryption.org/v1\n-> scrypt "
    + b"A" * 22
    + b" 23\n"
    + b"A" * 43
    + b"\n--- "
    + b"A" * 43
    + b"\n",
    "a passphrase beside a key": b"age-encryption.org/v1\n"
    + STANZA
    + b"-> scrypt "
    + b"A" * 22
    + b" 10\n"
    + b"A" * 43
    + b"\n--- "
    + b"A" * 43
    + b"\n",
    "a plugin": b"age-encryption.org/v1\n-> yubikey A\n\n--- " + b"A" * 43 + b"\n",
}


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_b06_b07_a_hostile_header_is_refused_at_once(name: str, tmp_path: Path) -> None:
    found = bundles.as_volumes(HOSTILE_HEADERS[name] + bytes(200_000), tmp_path / "stick")
    start = time.perf_counter()

    bundles.refused(found, tmp_path / "staging", WrongFile)

    assert time.perf_counter() - start < 1.0 * SLACK
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 100 * 1024 * SLACK


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_b06_b07_the_check_of_a_header_takes_no_time(name: str) -> None:
    start = time.perf_counter()

    with pytest.raises(Malformed):
        header_bytes(HOSTILE_HEADERS[name])

    assert time.perf_counter() - start < 0.01 * SLACK


def test_b06_a_real_passphrase_file_is_refused(tmp_path: Path) -> None:
    found = bundles.as_volumes(pyrage.passphrase.encrypt(b"x" * 99, "pass"), tmp_path / "stick")

    bundles.refused(found, tmp_path / "staging", WrongFile)


def test_b08_a_bundle_for_somebody_else_says_so_and_nothing_more(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick", readers=[CAROL])
    heard: list[object] = []

    error = bundles.refused(
        bundles.only(tmp_path / "stick"),
        tmp_path / "staging",
        NotForUs,
        accept=lambda *given: heard.append(given),
    )

    assert heard == []
    assert error.facts == {}


class TestB19:
    """No space, or the stick pulled out half-way, writing and reading."""

    @pytest.fixture
    def stick(self, tmp_path: Path) -> Path:
        (tmp_path / "stick").mkdir()
        return tmp_path / "stick"

    @pytest.mark.parametrize(
        ("number", "kind"),
        [(errno.ENOSPC, DiskFull), (errno.EIO, MediumGone), (errno.ENODEV, MediumGone)],
    )
    @pytest.mark.parametrize("nth", [1, 2, 3])
    def test_writing(
        self,
        stick: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
        kind: type[AppError],
        nth: int,
    ) -> None:
        calls = iter(range(1, 1000))
        real = volumes.files.sync

        def failing(file: Any) -> None:
            if next(calls) == nth:
                raise OSError(number, os.strerror(number))
            real(file)

        monkeypatch.setattr(volumes.files, "sync", failing)
        with pytest.raises(kind):
            writer.write(bundles.parcel(), ALICE.signer, stick, 60_000)

        assert list(stick.iterdir()) == []
        assert bundles.pack(stick).volumes == 1  # plugged in again, it goes on from the start

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_writing_to_a_device_that_is_full(
        self, stick: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_path: Path) -> Any:
            return Path("/dev/full").open("wb")

        monkeypatch.setattr(volumes.files, "create", full)
        with pytest.raises(DiskFull):
            writer.write(bundles.parcel(), ALICE.signer, stick)

        assert list(stick.iterdir()) == []

    def test_a_medium_that_gives_back_other_bytes_is_found(
        self, stick: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = volumes.hash_file

        def lying(path: Path, progress: Any) -> tuple[str, int]:
            sha256, size = real(path, progress)
            return ("0" * 64, size) if path.name.startswith("0002") else (sha256, size)

        monkeypatch.setattr(volumes, "hash_file", lying)
        with pytest.raises(MediumLies) as caught:
            writer.write(bundles.parcel(), ALICE.signer, stick, 60_000)

        assert caught.value.facts == {"part": 2}
        assert list(stick.iterdir()) == []

    def test_stopping_the_writing(self, stick: Path) -> None:
        def stop(done: int, total: int) -> None:
            if done > total // 3:
                raise Cancelled

        with pytest.raises(Cancelled):
            writer.write(bundles.parcel(), ALICE.signer, stick, progress=stop)

        assert list(stick.iterdir()) == []

    def test_no_such_medium(self, tmp_path: Path) -> None:
        with pytest.raises(MediumGone):
            writer.write(bundles.parcel(), ALICE.signer, tmp_path / "none")
        with pytest.raises(MediumGone):
            medium.find(tmp_path / "none")

    def test_a_volume_that_vanishes_before_it_is_read(self, stick: Path, tmp_path: Path) -> None:
        written = bundles.pack(stick, 40_000)
        found = bundles.only(stick)
        last = written.folder / f"{written.volumes:04d}.VOL"
        aside = last.rename(tmp_path / "aside")

        bundles.refused(found, tmp_path / "staging", MediumGone)

        aside.rename(last)
        assert len(bundles.opened(found, tmp_path / "staging").files) == 3

    def test_no_space_for_what_it_holds(
        self, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundles.pack(stick)
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(
            "desktop_app.bundle.opening.shutil.disk_usage",
            lambda _path: usage._replace(free=1 << 20),
        )

        bundles.refused(bundles.only(stick), tmp_path / "staging", DiskFull)

    def test_staging_that_is_gone(self, stick: Path, tmp_path: Path) -> None:
        bundles.pack(stick)
        staging = tmp_path / "staging"
        staging.mkdir()

        def pull_out(*_given: object) -> None:
            staging.rmdir()

        with pytest.raises(AppError):
            bundles.opened(bundles.only(stick), staging, accept=pull_out)

    def test_stopping_the_opening(self, stick: Path, tmp_path: Path) -> None:
        content = os.urandom(40 << 20)
        bundles.pack(stick, files=bundles.usual_files(content))

        def stop(done: int, _total: int) -> None:
            if done > 10 << 20:
                raise Cancelled

        bundles.refused(bundles.only(stick), tmp_path / "staging", Cancelled, progress=stop)

    def test_what_the_caller_does_not_accept(self, stick: Path, tmp_path: Path) -> None:
        bundles.pack(stick)

        def refuse(*_given: object) -> None:
            raise Cancelled

        bundles.refused(bundles.only(stick), tmp_path / "staging", Cancelled, accept=refuse)


def test_b21_a_courier_cannot_tell_one_reader_from_three(tmp_path: Path) -> None:
    shown = []
    for number, readers in enumerate(([BOB], [BOB, CAROL, ALICE])):
        files = bundles.usual_files(os.urandom(90_000 + 17 * number))
        written = bundles.pack(tmp_path / f"stick{number}", 40_000, files=files, readers=readers)
        paths = sorted(written.folder.iterdir())
        whole = b"".join(path.read_bytes() for path in paths if path.suffix == ".VOL")
        header = header_bytes(whole)
        shown.append(
            (
                [(path.name, path.stat().st_mtime_ns) for path in paths],
                written.folder.stat().st_mtime_ns,
                whole[:header].count(b"\n-> X25519 "),
                # The library adds a stanza of random length to every header, whoever reads it.
                len(whole) - header,
            )
        )
        for reader in readers:
            found = bundles.only(tmp_path / f"stick{number}")
            assert bundles.opened(found, tmp_path / "staging", reader).files

    assert shown[0] == shown[1]


def test_a_single_file_is_a_bundle_too(sealed: bytes, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "from-a-messenger.bin").write_bytes(sealed)
    (stick / "letter.txt").write_bytes(b"hello")

    found = bundles.only(stick)

    assert (found.single, found.named) == (True, "from-a-messenger.bin")
    assert bundles.contents(bundles.opened(found, tmp_path / "s"), tmp_path / "s") == (
        bundles.usual_files()
    )


def test_a_bundle_of_no_volume_is_none(tmp_path: Path) -> None:
    found = Found(tmp_path, (), (), (), {})

    assert found.total_bytes == 0
    bundles.refused(found, tmp_path / "staging", WrongFile)
