"""V10-V12: what somebody writes into keys.json."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import check
from desktop_app.archive.unlock import HEADER, SECOND_HEADER
from desktop_app.crypto import keyslots
from desktop_app.crypto.keyslots import Opened
from desktop_app.errors import AppError, HeaderRefused, UnlockError, WrongPassphrase
from tests.helpers.archives import CHEAP, PASSPHRASE, reopened
from tests.helpers.tampering import snapshot

WITHIN_S = 1.0  # ten times what is promised: other work may slow this machine
ROOT = Path(__file__).parents[2]


def edit(folder: Path, change: Callable[[dict[str, Any]], None], *, both: bool = True) -> None:
    """Change the body of the key files and leave the MAC: what somebody without a key can do."""
    for name in (HEADER, SECOND_HEADER) if both else (HEADER,):
        body, mac, _rest = (folder / name).read_bytes().split(b"\n")
        value = json.loads(body)
        change(value)
        (folder / name).write_bytes(json.dumps(value).encode() + b"\n" + mac + b"\n")


def edit_head(folder: Path, **numbers: Any) -> None:
    def change(value: dict[str, Any]) -> None:
        head = json.loads(base64.b64decode(value["slots"][0]["head"]))
        head.update(numbers)
        value["slots"][0]["head"] = base64.b64encode(json.dumps(head).encode()).decode()

    edit(folder, change)


@pytest.mark.parametrize(
    "numbers",
    [
        {"memory_kib": 1 << 30},  # 1 TB
        {"memory_kib": (2 << 20) + 1},
        {"memory_kib": 1 << 52},
        {"memory_kib": -1},
        {"memory_kib": 0},
        {"memory_kib": 31},  # less than eight for each lane
        {"memory_kib": True},
        {"memory_kib": "65536"},
        {"memory_kib": None},
        {"passes": 65},
        {"passes": 1 << 40},
        {"passes": 0},
        {"lanes": 17},
        {"lanes": 0},
        {"lanes": 1 << 24},
        {"salt": ""},
        {"salt": "AAAA"},
        {"salt": "!" * 24},
        {"salt": "A" * 4000},
        {"salt": 7},
        {"type": 5},
    ],
    ids=str,
)
def test_v10_numbers_beyond_the_bounds_are_refused_before_any_work(
    folder: Path, numbers: dict[str, Any]
) -> None:
    edit_head(folder, **numbers)
    before = snapshot(folder)
    start = time.perf_counter()

    with pytest.raises(HeaderRefused):
        reopened(folder)

    assert time.perf_counter() - start < WITHIN_S
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"{}\n\n",
        b"x" * (64 << 10) + b"\n" + b"0" * 64 + b"\n",
        b" " * (2 << 20),
        b"[" * 60_000 + b"\n" + b"0" * 64 + b"\n",
        b'{"format":"skrynia-archive/1","slots":[],"serial":1}\n' + b"0" * 64 + b"\n",
        b'{"format":"skrynia-archive/2"}\n' + b"0" * 64 + b"\n",
        b'{"serial":1e400}\n' + b"0" * 64 + b"\n",
        b"\xff\xfe{\0}\0\n" + b"0" * 64 + b"\n",
        b"\0" * 1000,
    ],
    ids=lambda content: f"{content[:24]!r} {len(content)}",
)
def test_v10_a_key_file_that_is_none_is_refused_at_once(folder: Path, content: bytes) -> None:
    for name in (HEADER, SECOND_HEADER):
        (folder / name).write_bytes(content)
    start = time.perf_counter()

    with pytest.raises(HeaderRefused):
        reopened(folder)

    assert time.perf_counter() - start < WITHIN_S


def test_v10_seventeen_slots_are_refused(folder: Path) -> None:
    edit(folder, lambda value: value.update(slots=value["slots"] * 17))

    with pytest.raises(HeaderRefused):
        reopened(folder)


def test_v10_memory_that_this_computer_does_not_have_is_told_in_plain_words(folder: Path) -> None:
    edit_head(folder, memory_kib=2 << 20)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "sys.argv[0] = 'skrynia'; from desktop_app.app import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "find", str(folder), "x", "--passphrase-file", "-"],
        input=PASSPHRASE + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert UnlockError.exit_code <= done.returncode < UnlockError.exit_code + 10, done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("numbers", [{"memory_kib": 32}, {"passes": 2}, {"lanes": 2}], ids=str)
def test_v11_a_slot_that_asks_for_another_cost_does_not_open(
    folder: Path, numbers: dict[str, Any]
) -> None:
    """32 KiB is Argon2's least for four lanes; 8 KiB need one lane, and are in the next test."""
    edit_head(folder, **numbers)

    with pytest.raises(WrongPassphrase):
        reopened(folder)


def test_v11_eight_kibibytes_do_not_open(folder: Path) -> None:
    edit_head(folder, memory_kib=8, lanes=1)

    with pytest.raises(WrongPassphrase):
        reopened(folder)


def opened(folder: Path) -> Opened:
    found = keyslots.open_with([keyslots.read((folder / HEADER).read_bytes())], PASSPHRASE)
    assert found is not None
    return found


@pytest.fixture
def with_two_slots(folder: Path) -> Path:
    """An archive that opens by two passphrases; the second one is "другая"."""
    found = opened(folder)
    slots = [*found.header.slots, keyslots.wrap(found.archive_key, "другая", CHEAP)]
    whole = keyslots.make(found.header.archive_id, 2, slots, found.keys)
    for name in (HEADER, SECOND_HEADER):
        (folder / name).write_bytes(whole)
    return folder


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "removed": lambda value: value["slots"].pop(),
    "doubled": lambda value: value["slots"].append(value["slots"][0]),
    "reordered": lambda value: value["slots"].reverse(),
    "renumbered": lambda value: value.update(serial=99),
    "foreign key": lambda value: value.update(more=1),
}


@pytest.mark.parametrize("what", CHANGES)
def test_v12_a_changed_set_of_slots_is_an_alarm_once_unlocked(
    with_two_slots: Path, what: str
) -> None:
    edit(with_two_slots, CHANGES[what])
    with reopened(with_two_slots) as archive:
        assert len(archive.alarms) >= 1
        assert not check.check(archive).ok


def test_v12_another_archive_id_does_not_open_or_is_an_alarm(with_two_slots: Path) -> None:
    edit(with_two_slots, lambda value: value.update(archive="00" * 16))

    with pytest.raises(AppError):
        reopened(with_two_slots)


@pytest.mark.parametrize("what", CHANGES)
def test_v12_one_changed_replica_is_outvoted_by_the_authentic_one(
    with_two_slots: Path, what: str
) -> None:
    edit(with_two_slots, CHANGES[what], both=False)

    reopened(with_two_slots).close()


@pytest.mark.parametrize("what", CHANGES)
def test_v12_one_changed_replica_is_told(with_two_slots: Path, what: str) -> None:
    edit(with_two_slots, CHANGES[what], both=False)
    with reopened(with_two_slots) as archive:
        assert archive.alarms


def test_v12_a_damaged_replica_is_told_and_the_other_opens(folder: Path) -> None:
    (folder / HEADER).write_bytes(b"\0" * 300)
    with reopened(folder) as archive:
        assert len(archive.alarms) == 1


def test_v13_an_older_key_file_is_an_alarm(with_two_slots: Path, original: Path) -> None:
    """The serial in the database is what a change of slots will raise."""
    with reopened(with_two_slots) as archive, archive.connection.transaction():
        archive.connection.execute(
            "UPDATE meta SET value = ? WHERE name = 'header_serial'", ((2).to_bytes(8, "big"),)
        )
    for name in (HEADER, SECOND_HEADER):
        (with_two_slots / name).write_bytes((original / name).read_bytes())
    with reopened(with_two_slots) as archive:
        assert any("older" in alarm for alarm in archive.alarms)
