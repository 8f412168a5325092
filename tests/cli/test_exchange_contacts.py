"""`card`, `contact …` and `reading-key export`, as people and programs meet them."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_errors import failed
from tests.helpers.archives import make_archive
from tests.helpers.command import json_of, skrynia
from tests.helpers.exchange import card_on_disk

CONTACT_KEYS = {"name", "fingerprint", "digits", "trust"}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    make_archive(folder, "Клён").close()
    return folder


@pytest.fixture
def card(other: Path, tmp_path: Path) -> Path:
    return card_on_disk(other, tmp_path / "other.card")[0]


def trust_of(archive: Path) -> dict[str, str]:
    found = json_of("contact", "list", archive)["contacts"]
    return {one["name"]: one["trust"] for one in found}


def test_a_card_is_shown_with_its_fingerprint_and_sixty_digits(archive_folder: Path) -> None:
    value = json_of("card", archive_folder)
    assert value.keys() >= {"card", "fingerprint", "digits"}
    assert value["card"].startswith("skrynia1:")
    assert len(value["fingerprint"]) == 64
    groups = value["digits"].split()
    assert len(groups) == 12
    assert all(len(group) == 5 and group.isdigit() for group in groups)
    ended = skrynia("card", archive_folder)
    assert ended.code == 0
    assert value["digits"] in ended.out
    assert "skrynia1:" in ended.out


def test_a_card_in_a_file_is_the_same_person(
    archive_folder: Path, other: Path, tmp_path: Path
) -> None:
    said = json_of("card", archive_folder, "--out", tmp_path / "our.card")
    added = json_of("contact", "add", other, tmp_path / "our.card", "--as", "Прамень")
    assert added.keys() >= CONTACT_KEYS
    assert (added["fingerprint"], added["digits"]) == (said["fingerprint"], said["digits"])
    assert added["name"] == "Прамень"
    assert trust_of(other) == {"Прамень": added["trust"]}


def test_a_card_as_text_in_a_file_is_taken_too(
    archive_folder: Path, other: Path, tmp_path: Path
) -> None:
    (tmp_path / "word").write_text(json_of("card", archive_folder)["card"] + "\n", "utf-8")
    added = json_of("contact", "add", other, tmp_path / "word", "--as", "Прамень")
    assert added["fingerprint"] == json_of("card", archive_folder)["fingerprint"]


def test_a_card_never_overwrites_a_file(archive_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    ended = skrynia("card", archive_folder, "--out", tmp_path / "there")
    assert ended.code == 22
    assert "hint: " in ended.err
    assert (tmp_path / "there").read_text() == "mine"


def test_a_card_holds_no_secret_and_no_private_word(archive_folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    json_of("reading-key", "export", archive_folder, "--out", key, "--yes")
    secret = next(line for line in key.read_text().splitlines() if line[0] != "#")
    json_of("card", archive_folder, "--out", tmp_path / "our.card")
    card = (tmp_path / "our.card").read_bytes()
    assert secret.encode() not in card
    assert secret.encode() not in base64.b64decode(json.loads(card)["card"])


def test_a_contact_is_not_verified_until_the_digits_are_compared(
    archive_folder: Path, other: Path, card: Path
) -> None:
    added = json_of("contact", "add", archive_folder, card, "--as", "Клён", "--team")
    assert added["trust"] == "unverified"
    assert "not verified" in skrynia("contact", "list", archive_folder).out
    digits = json_of("card", other)["digits"]
    verified = json_of("contact", "verify", archive_folder, "Клён", digits)
    assert verified.keys() >= CONTACT_KEYS
    assert verified["trust"] == "verified"
    assert trust_of(archive_folder) == {"Клён": "verified"}


def test_digits_may_be_given_while_adding(archive_folder: Path, other: Path, card: Path) -> None:
    digits = json_of("card", other)["digits"].replace(" ", "")
    added = json_of("contact", "add", archive_folder, card, "--as", "Клён", "--verified", digits)
    assert added["trust"] == "verified"


@pytest.mark.parametrize("digits", ["12345 " * 12, "", "12345", "nothing", "١٢٣٤٥ " * 12])
def test_wrong_digits_are_refused_and_change_nothing(
    digits: str, archive_folder: Path, card: Path
) -> None:
    failed(
        96, "digits-differ",
        "contact", "add", archive_folder, card, "--as", "Клён", "--verified", digits,
    )  # fmt: skip
    assert trust_of(archive_folder) == {}
    json_of("contact", "add", archive_folder, card, "--as", "Клён")
    failed(96, "digits-differ", "contact", "verify", archive_folder, "Клён", digits)
    assert trust_of(archive_folder) == {"Клён": "unverified"}


def test_one_wrong_digit_is_seen(archive_folder: Path, other: Path, card: Path) -> None:
    digits = json_of("card", other)["digits"]
    misheard = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    failed(
        96, "digits-differ",
        "contact", "add", archive_folder, card, "--as", "К", "--verified", misheard,
    )  # fmt: skip


@pytest.mark.parametrize("alike", ["Клён", "клен", "Kлён", " Клён ", "К-лён", "КЛЁН"])
def test_a_name_that_looks_alike_with_another_key_is_another_person(
    alike: str, archive_folder: Path, card: Path, tmp_path: Path
) -> None:
    json_of("contact", "add", archive_folder, card, "--as", "Клён")
    make_archive(tmp_path / "impostor", "Клён").close()
    fake, digits = card_on_disk(tmp_path / "impostor", tmp_path / "fake.card")
    said = failed(
        93, "another-person",
        "contact", "add", archive_folder, fake, "--as", alike, "--verified", digits,
    )  # fmt: skip
    assert "Клён" in said["message"]
    assert trust_of(archive_folder) == {"Клён": "unverified"}


def test_the_own_card_is_refused(archive_folder: Path, tmp_path: Path) -> None:
    mine, digits = card_on_disk(archive_folder, tmp_path / "mine.card")
    failed(91, "card-refused", "contact", "add", archive_folder, mine, "--as", "Я")
    failed(
        91, "card-refused", "contact", "add", archive_folder, mine, "--as", "Я",
        "--verified", digits,
    )  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"skrynia1:", b"\xff\xfe", b"skrynia1:" + b"A" * 400, b"x" * 10_000_000]
)
def test_what_is_no_card_is_refused(content: bytes, archive_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(content)
    failed(91, "card-refused", "contact", "add", archive_folder, tmp_path / "bad", "--as", "Клён")
    assert trust_of(archive_folder) == {}


def test_a_card_that_is_not_there_is_named(archive_folder: Path, tmp_path: Path) -> None:
    ended = skrynia("contact", "add", archive_folder, tmp_path / "none", "--as", "Клён", "--json")
    assert ended.code == 26
    assert "none" in ended.error["message"]


def test_clearance_unless_said_is_two_for_the_team_and_none_for_others(
    archive_folder: Path, card: Path, tmp_path: Path
) -> None:
    make_archive(tmp_path / "third", "Юрыст").close()
    third = card_on_disk(tmp_path / "third", tmp_path / "third.card")[0]
    assert json_of("contact", "add", archive_folder, card, "--as", "К", "--team")["clearance"] == 2
    assert json_of("contact", "add", archive_folder, third, "--as", "Юрыст")["clearance"] == 0
    changed = json_of("contact", "set", archive_folder, "Юрыст", "--clearance", "3")
    assert changed["clearance"] == 3
    assert "up to sensitivity 3" in skrynia("contact", "list", archive_folder).out


@pytest.mark.parametrize("clearance", ["4", "-1", "high", "", "1.5"])
def test_clearance_is_a_number_from_0_to_3(
    clearance: str, archive_folder: Path, card: Path
) -> None:
    json_of("contact", "add", archive_folder, card, "--as", "Клён")
    failed(2, "usage-error", "contact", "set", archive_folder, "Клён", f"--clearance={clearance}")


def test_a_revoked_contact_stays_revoked(archive_folder: Path, other: Path, card: Path) -> None:
    digits = json_of("card", other)["digits"]
    json_of("contact", "add", archive_folder, card, "--as", "Клён", "--verified", digits)
    assert json_of("contact", "revoke", archive_folder, "Клён")["trust"] == "revoked"
    failed(95, "revoked", "contact", "verify", archive_folder, "Клён", digits)
    failed(
        95, "revoked",
        "contact", "add", archive_folder, card, "--as", "Клён", "--verified", digits,
    )  # fmt: skip
    failed(95, "revoked", "contact", "add", archive_folder, card, "--as", "Новы клён")
    assert trust_of(archive_folder) == {"Клён": "revoked"}
    assert "set aside" in skrynia("contact", "list", archive_folder).out


@pytest.mark.parametrize(
    "arguments",
    [["verify", "Nobody", "1" * 60], ["set", "Nobody", "--clearance", "1"], ["revoke", "Nobody"]],
    ids=lambda one: one[0],
)
def test_nobody_of_that_name_is_said_so(arguments: list[str], archive_folder: Path) -> None:
    command, *rest = arguments
    said = failed(92, "no-such-contact", "contact", command, archive_folder, *rest)
    assert "Nobody" in said["message"]
    assert "contact list" in said["hint"]


def test_an_empty_list_says_so(archive_folder: Path) -> None:
    assert json_of("contact", "list", archive_folder) == {"contacts": []}
    assert skrynia("contact", "list", archive_folder).out.strip() != ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["contact"],
        ["contact", "add", "A"],
        ["contact", "add", "A", "card"],
        ["contact", "verify", "A", "n"],
        ["contact", "set", "A", "n"],
        ["contact", "revoke", "A"],
        ["courier"],
        ["courier", "check"],
        ["receive", "A", "f"],
        ["receive", "A", "f", "--inspect", "--yes"],
        ["receive", "A", "--yes"],
        ["share", "A", "--to", "n", "--all"],
        ["share", "A", "--to", "n", "--medium", "m"],
        ["share", "A", "--medium", "m", "--all"],
        ["share", "A", "--to", "n", "--all", "--medium", "m", "--plan", "--yes"],
        ["share", "A", "--to", "n", "--all", "--medium", "m", "--yes", "--volume-mib", "63"],
        ["share", "A", "--to", "n", "--all", "--medium", "m", "--yes", "--volume-mib", "3901"],
        ["share", "A", "--to", "n", "--all", "--medium", "m", "--yes", "--volume-mib", "x"],
        ["reading-key", "export", "A", "--yes"],
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong_is_refused_before_anything_else(
    arguments: list[str], archive_folder: Path
) -> None:
    typed = [str(archive_folder) if one == "A" else one for one in arguments]
    failed(2, "usage-error", *typed, ask=True)


def test_the_reading_key_needs_a_yes(archive_folder: Path, tmp_path: Path) -> None:
    failed(4, "not-confirmed", "reading-key", "export", archive_folder, "--out", tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_the_reading_key_comes_with_a_warning_and_for_its_owner_alone(
    archive_folder: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    ended = skrynia("reading-key", "export", archive_folder, "--out", key, "--yes", "--json")
    assert ended.code == 0
    assert ended.json.keys() >= {"file", "recipient"}
    assert ended.json["file"] == str(key)
    assert ended.json["recipient"].startswith("age1")
    assert ended.err.startswith("warning: ")
    assert key.stat().st_mode & 0o077 == 0
    # That a stock age opens a package with it is in test_exchange_corpora.py.
    keygen = subprocess.run(["age-keygen", "-y", key], capture_output=True, check=False)
    if keygen.returncode == 0:
        assert keygen.stdout.decode().strip() == ended.json["recipient"]
    again = skrynia("reading-key", "export", archive_folder, "--out", key, "--yes", "--json")
    assert again.code == 22
