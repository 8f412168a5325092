"""The process that opens, and what its parent believes of it."""

import os
import sys
from pathlib import Path

import pytest

from desktop_app.bundle import opening, process
from desktop_app.bundle.format import Head
from desktop_app.bundle.opening import Opened
from desktop_app.errors import AppError, BundleDamaged, NotForUs, PartMissing, WorkerMissing
from tests.helpers import bundles, lying_opener
from tests.helpers.bundles import ALICE, BOB, CAROL

LIAR = Path(lying_opener.__file__)


def test_what_was_packed_is_staged_sealed_and_synced(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick")
    heard: list[tuple[Head, bytes, bytes]] = []

    result = bundles.opened(
        bundles.only(tmp_path / "stick"),
        tmp_path / "staging",
        accept=lambda *given: heard.append(given),
    )

    assert bundles.contents(result, tmp_path / "staging") == bundles.usual_files()
    assert heard == [(written.head, written.head_raw, written.signature)]
    assert result == Opened(written.head, written.head_raw, written.signature, result.files)
    names = {one.name.hex() for one in result.files}
    assert {path.name for path in (tmp_path / "staging").iterdir()} == names
    assert len({one.key for one in result.files}) == len(result.files)


def test_nothing_in_staging_is_in_clear(tmp_path: Path) -> None:
    files = {"data/entries/0001.jsonl": b"a word that must not be found " * 100}
    bundles.pack(tmp_path / "stick", files=files)
    bundles.opened(bundles.only(tmp_path / "stick"), tmp_path / "staging")

    for path in (tmp_path / "staging").iterdir():
        assert b"must not be found" not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600


def test_an_older_reading_key_still_opens(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick")
    (tmp_path / "staging").mkdir()

    result = opening.open_bundle(
        bundles.only(tmp_path / "stick"),
        [CAROL.identity.secret, BOB.identity.secret],
        {ALICE.signer.fingerprint: ALICE.signer.public},
        BOB.signer.fingerprint,
        tmp_path / "staging",
        lambda _head, _raw, _signature: None,
    )

    assert len(result.files) == 3


def test_without_a_reading_key_nothing_is_for_us(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick")
    (tmp_path / "staging").mkdir()

    with pytest.raises(NotForUs):
        opening.open_bundle(
            bundles.only(tmp_path / "stick"),
            [],
            {ALICE.signer.fingerprint: ALICE.signer.public},
            BOB.signer.fingerprint,
            tmp_path / "staging",
            lambda _head, _raw, _signature: None,
        )


def test_dropping_and_altering_what_was_staged(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick")
    staging = tmp_path / "staging"
    result = bundles.opened(bundles.only(tmp_path / "stick"), staging)
    first, second, third = result.files

    (staging / second.name.hex()).write_bytes(bytes(70_000))
    with pytest.raises(BundleDamaged):
        b"".join(opening.read_staged(staging, second))
    opening.drop(staging, [first, second])

    assert [path.name for path in staging.iterdir()] == [third.name.hex()]
    with pytest.raises(BundleDamaged):
        b"".join(opening.read_staged(staging, first))


def test_progress_goes_up_to_the_size_of_all(tmp_path: Path) -> None:
    content = os.urandom(30 << 20)
    bundles.pack(tmp_path / "stick", files=bundles.usual_files(content))
    told: list[tuple[int, int]] = []

    result = bundles.opened(
        bundles.only(tmp_path / "stick"),
        tmp_path / "staging",
        progress=lambda done, total: told.append((done, total)),
    )

    told = [one for one in told if one != (0, 0)]
    assert told == sorted(told)
    assert {total for _done, total in told} == {result.head.padded_size}


def test_a_part_that_is_missing_is_named_before_anything_is_started(tmp_path: Path) -> None:
    written = bundles.pack(tmp_path / "stick", 40_000)
    (written.folder / "0002.VOL").unlink()

    with pytest.raises(PartMissing):
        bundles.opened(bundles.only(tmp_path / "stick"), tmp_path / "staging", command=["/nowhere"])


def test_an_opener_that_does_not_start_is_no_bug(tmp_path: Path) -> None:
    bundles.pack(tmp_path / "stick")

    bundles.refused(
        bundles.only(tmp_path / "stick"),
        tmp_path / "staging",
        WorkerMissing,
        command=["/nowhere/python"],
    )


@pytest.mark.parametrize("how", [*lying_opener.BEFORE, *lying_opener.AFTER])
def test_an_opener_that_lies_is_not_believed(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles.pack(tmp_path / "stick")
    monkeypatch.setattr(process, "SILENCE_S", 1.0 if how == "silent" else 30.0)
    (tmp_path / "staging").mkdir()

    with pytest.raises(AppError) as caught:
        bundles.opened(
            bundles.only(tmp_path / "stick"),
            tmp_path / "staging",
            command=[sys.executable, str(LIAR), how],
        )

    assert list((tmp_path / "staging").iterdir()) == []
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_an_opener_is_told_nothing_of_its_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "in the environment")

    assert "A_SECRET" not in process._environment()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_opener_leaves_no_core_is_not_dumpable_and_has_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles.pack(tmp_path / "stick")
    started: list[process.OpenerProcess] = []
    real = process.OpenerProcess

    def start(command: tuple[str, ...]) -> process.OpenerProcess:
        started.append(real(command))
        return started[0]

    monkeypatch.setattr(opening, "OpenerProcess", start)
    seen: dict[str, str] = {}

    def look(*_given: object) -> None:
        proc = Path(f"/proc/{started[0]._popen.pid}")
        seen["limits"] = (proc / "limits").read_text()
        seen["status"] = (proc / "status").read_text()
        seen["command"] = (proc / "cmdline").read_text()

    bundles.opened(bundles.only(tmp_path / "stick"), tmp_path / "staging", accept=look)

    limits = {line[:26].strip(): line[26:].split() for line in seen["limits"].splitlines()}
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert limits["Max address space"][0] == str(opening.MEMORY_BYTES)
    assert "NoNewPrivs:\t1" in seen["status"]
    assert BOB.identity.secret not in seen["command"]
