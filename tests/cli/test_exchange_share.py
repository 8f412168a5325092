"""`skrynia share`: what would leave, what leaves, and who is refused."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from desktop_app.domain.ids import reference
from tests.cli.test_errors import failed
from tests.helpers.archives import PASSPHRASE, make_archive
from tests.helpers.command import at_terminal, json_of, skrynia
from tests.helpers.exchange import (
    Circle,
    card_on_disk,
    copied,
    courier,
    listed,
    make_circle,
    rows,
    staged,
)

SHARE_KEYS = {"bundle_id", "folder", "volumes", "check_code", "records", "withheld"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    return make_circle(tmp_path_factory.mktemp("circle"))


@pytest.fixture
def circle(template: Circle, tmp_path: Path) -> Circle:
    return copied(template, tmp_path)


def share(circle: Circle, *arguments: Any, to: str = "Клён") -> Any:
    return json_of(
        "share", circle.writer, "--to", to, *arguments, "--medium", circle.stick, "--yes"
    )


def test_a_share_says_what_it_wrote(circle: Circle) -> None:
    value = share(circle, "--all")
    assert value.keys() >= SHARE_KEYS
    assert re.fullmatch("[0-9a-f]{32}", value["bundle_id"])
    assert Path(value["folder"]).parent == circle.stick
    assert value["volumes"] == 1
    assert value["check_code"] == courier(circle.stick, "--json").json["check_code"]
    assert isinstance(value["records"], int)
    assert value["records"] >= 4  # the files, their case and the like; the secret story stays
    assert {one["record"] for one in value["withheld"]} >= {circle.story}
    assert all(one.keys() >= {"record", "reason"} for one in value["withheld"])


def test_a_share_for_people_names_reader_folder_and_control_code(circle: Circle) -> None:
    ended = skrynia(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", circle.stick, "--yes"
    )
    assert ended.code == 0
    (folder,) = circle.stick.iterdir()
    for words in ("Клён", str(folder), courier(circle.stick, "--json").json["check_code"]):
        assert words in ended.out
    assert reference(circle.story) in ended.out
    assert "sensitivity is 3" in ended.out


def test_the_stick_tells_nothing_by_names_or_times(circle: Circle) -> None:
    share(circle, "--all")
    (folder,) = circle.stick.iterdir()
    assert re.fullmatch("[A-Z2-7]{8}", folder.name)
    assert {path.name for path in folder.iterdir()} == {"0001.VOL", "SHA256SUMS"}
    assert len({path.stat().st_mtime for path in (folder, *folder.iterdir())}) == 1


def test_records_may_be_named_by_reference_and_id(circle: Circle) -> None:
    value = share(circle, "--records", reference(circle.letter), circle.report)
    leaves = json_of(
        "share", circle.writer, "--to", "Клён", "--records", circle.letter, "--medium",
        circle.stick, "--plan",
    )  # fmt: skip
    assert circle.letter in {one["record"] for one in leaves["leaves"]}
    assert value["withheld"] == []


def test_a_query_names_records(circle: Circle) -> None:
    plan = json_of(
        "share", circle.writer, "--to", "Клён", "--query", "quagmire", "--medium", circle.stick,
        "--plan",
    )  # fmt: skip
    assert circle.report in {one["record"] for one in plan["leaves"]}
    assert circle.letter not in {one["record"] for one in plan["leaves"]}


def test_a_query_that_finds_nothing_is_said_so(circle: Circle) -> None:
    ended = skrynia(
        "share", circle.writer, "--to", "Клён", "--query", "nowheretobefound", "--medium",
        circle.stick, "--yes", "--json",
    )  # fmt: skip
    assert ended.code in (24, 81)
    assert ended.error["message"]
    assert list(circle.stick.iterdir()) == []


def test_an_unknown_record_is_said_so_and_nothing_is_sent(circle: Circle) -> None:
    failed(
        24, "no-such-record",
        "share", circle.writer, "--to", "Клён", "--records", "f" * 64, "--medium", circle.stick,
        "--yes",
    )  # fmt: skip
    assert list(circle.stick.iterdir()) == []


def test_a_plan_changes_nothing(circle: Circle) -> None:
    before = rows(circle.writer)
    plan = json_of(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", circle.stick, "--plan"
    )
    assert isinstance(plan["records"], int)
    assert plan["records"] == len(plan["leaves"])
    assert rows(circle.writer) == before
    assert list(circle.stick.iterdir()) == []
    assert staged(circle.writer) == []


def test_a_plan_says_what_the_files_tell_by_themselves(circle: Circle) -> None:
    asked = ("share", circle.writer, "--to", "Клён", "--records", circle.photo, "--medium",
             circle.stick, "--plan")  # fmt: skip
    (photo,) = [one for one in json_of(*asked)["leaves"] if one["record"] == circle.photo]
    assert {"place", "device"} <= set(photo["carries"])
    said = skrynia(*asked).out
    assert "place" in said
    assert "device" in said


def test_a_plan_for_somebody_outside_the_team_is_an_edition(circle: Circle) -> None:
    for name, edition in (("Юрыст", True), ("Клён", False)):
        plan = json_of(
            "share", circle.writer, "--to", name, "--all", "--medium", circle.stick, "--plan"
        )
        assert plan["edition"] is edition


def test_the_plan_and_the_share_agree(circle: Circle) -> None:
    asked = ("share", circle.writer, "--to", "Юрыст", "--all", "--medium", circle.stick)
    plan, done = json_of(*asked, "--plan"), json_of(*asked, "--yes")
    assert plan["records"] == done["records"]
    assert plan["withheld"] == done["withheld"]


def test_nothing_is_sent_without_a_yes(circle: Circle) -> None:
    before = listed(circle.stick)
    failed(4, "not-confirmed", "share", circle.writer, "--to", "Клён", "--all", "--medium",
           circle.stick)  # fmt: skip
    assert listed(circle.stick) == before


@pytest.mark.parametrize(("answer", "code", "folders"), [("no", 4, 0), ("", 4, 0), ("yes", 0, 1)])
def test_a_person_sees_the_plan_and_is_asked(
    answer: str, code: int, folders: int, circle: Circle
) -> None:
    ended, seen = at_terminal(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", circle.stick,
        answers=[PASSPHRASE, answer],
    )  # fmt: skip
    assert ended == code, seen
    assert "would leave for Клён" in seen
    assert reference(circle.story) in seen
    assert len(list(circle.stick.iterdir())) == folders


def test_two_readers_of_the_team_get_one_package(circle: Circle) -> None:
    _add(circle, "Асіна", "--team", "--verified")
    value = json_of(
        "share", circle.writer, "--to", "Клён", "Асіна", "--all", "--medium", circle.stick, "--yes"
    )
    assert value["records"] >= 4
    assert len(list(circle.stick.iterdir())) == 1


@pytest.mark.parametrize("names", [["Юрыст", "Клён"], ["Клён", "Юрыст"]])
def test_an_edition_has_one_reader(names: list[str], circle: Circle) -> None:
    for way in ("--yes", "--plan"):
        said = failed(
            82, "one-reader",
            "share", circle.writer, "--to", *names, "--all", "--medium", circle.stick, way,
        )  # fmt: skip
        assert "Юрыст" in said["message"]
    assert list(circle.stick.iterdir()) == []


def test_a_name_said_twice_is_one_reader(circle: Circle) -> None:
    value = json_of(
        "share", circle.writer, "--to", "Юрыст", "Юрыст", "--all", "--medium", circle.stick, "--yes"
    )
    assert value["records"] >= 1


def test_who_is_not_verified_revoked_or_unknown_gets_nothing(circle: Circle) -> None:
    _add(circle, "Асіна", "--team")
    asked = ("--all", "--medium", circle.stick)
    for way in ("--yes", "--plan"):
        failed(94, "not-verified", "share", circle.writer, "--to", "Асіна", *asked, way)
        failed(92, "no-such-contact", "share", circle.writer, "--to", "Nobody", *asked, way)
    json_of("contact", "revoke", circle.writer, "Клён")
    for way in ("--yes", "--plan"):
        failed(95, "revoked", "share", circle.writer, "--to", "Клён", *asked, way)
    assert list(circle.stick.iterdir()) == []


def test_nothing_but_withheld_records_is_nothing_to_send(circle: Circle) -> None:
    said = failed(
        81, "nothing-to-send",
        "share", circle.writer, "--to", "Клён", "--records", circle.story, "--medium",
        circle.stick, "--yes",
    )  # fmt: skip
    assert "sensitivity" in said["message"] + said["hint"]
    assert list(circle.stick.iterdir()) == []


def test_clearance_lets_more_leave(circle: Circle) -> None:
    assert circle.story in {one["record"] for one in share(circle, "--all")["withheld"]}
    json_of("contact", "set", circle.writer, "Клён", "--clearance", "3")
    assert share(circle, "--all")["withheld"] == []


def test_receipts_only_carries_no_record(circle: Circle) -> None:
    value = share(circle, "--receipts-only")
    assert value.keys() >= SHARE_KEYS
    assert value["records"] == 0
    assert value["withheld"] == []
    size = sum(path.stat().st_size for path in circle.stick.rglob("*.VOL"))
    assert size < 100_000


@pytest.mark.parametrize("also", [["--all"], ["--query", "x"], ["--records", "x"]])
def test_receipts_only_stands_alone(also: list[str], circle: Circle) -> None:
    failed(2, "usage-error", "share", circle.writer, "--to", "Клён", "--receipts-only", *also,
           "--medium", circle.stick, "--yes")  # fmt: skip


def test_large_packages_have_parts_of_the_chosen_size(circle: Circle) -> None:
    (circle.base / "large.bin").write_bytes(os.urandom(70 << 20))
    json_of("intake", circle.writer, circle.base / "large.bin")
    value = share(circle, "--all", "--volume-mib", "64")
    assert value["volumes"] == 2
    sizes = sorted(path.stat().st_size for path in Path(value["folder"]).glob("*.VOL"))
    assert sizes[1] == 64 << 20
    assert courier(circle.stick, "--json").json["intact"] == 2
    received = json_of("receive", circle.colleague, circle.stick, "--yes")
    assert received["refused"] == []
    assert json_of("check", circle.colleague, "--deep")["ok"]


@pytest.mark.parametrize("medium", ["none", "a file"])
def test_a_medium_that_is_no_folder_is_refused(medium: str, circle: Circle) -> None:
    (circle.base / "a file").write_text("x")
    ended = skrynia(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", circle.base / medium,
        "--yes", "--json",
    )  # fmt: skip
    assert ended.code == 72, ended
    assert medium in ended.error["message"]
    assert not (circle.base / "none").exists()
    assert staged(circle.writer) == []


def test_the_archive_itself_is_no_medium(circle: Circle) -> None:
    before = listed(circle.writer / "blobs")
    ended = skrynia(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", circle.writer / "blobs",
        "--yes", "--json",
    )  # fmt: skip
    assert ended.code != 0
    assert listed(circle.writer / "blobs") == before


def test_a_packages_own_folder_is_no_medium(circle: Circle) -> None:
    """A package inside a package would be seen by nobody who looks at the stick."""
    folder = Path(share(circle, "--all")["folder"])
    ended = skrynia(
        "share", circle.writer, "--to", "Клён", "--all", "--medium", folder, "--yes", "--json"
    )
    assert ended.code != 0
    assert {path.name for path in folder.iterdir()} == {"0001.VOL", "SHA256SUMS"}


def _add(circle: Circle, name: str, *options: str) -> None:
    make_archive(circle.base / name, name).close()
    card, digits = card_on_disk(circle.base / name, circle.base / f"{name}.card")
    given = [*options, digits] if options[-1] == "--verified" else list(options)
    json_of("contact", "add", circle.writer, card, "--as", name, *given)
