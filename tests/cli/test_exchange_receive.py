"""`skrynia receive` and `skrynia courier check`, and what comes back to the sender."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_errors import failed
from tests.helpers.archives import make_archive
from tests.helpers.command import json_of, skrynia
from tests.helpers.exchange import (
    SECRET,
    Circle,
    card_on_disk,
    copied,
    courier,
    listed,
    make_circle,
    rows,
    staged,
)

RECEIVE_KEYS = {
    "sender", "number", "new", "changed", "conflicts", "refused", "waiting", "gaps",
}  # fmt: skip
COURIER_KEYS = {"intact", "damaged", "missing", "check_code"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    """Three archives, and on the stick what the writer sends to the colleague."""
    return make_circle(tmp_path_factory.mktemp("circle"))


@pytest.fixture
def circle(template: Circle, tmp_path: Path) -> Circle:
    return copied(template, tmp_path)


def send(circle: Circle, *arguments: Any, to: str = "Клён", name: str = "stick") -> Path:
    """Share on a medium of its own; return the bundle's folder."""
    medium = circle.base / name
    medium.mkdir(exist_ok=True)
    what = arguments or ("--all",)
    said = json_of("share", circle.writer, "--to", to, *what, "--medium", medium, "--yes")
    return Path(said["folder"])


def answer(folder: Path, medium: Path, *what: str, to: str = "Прамень") -> Any:
    medium.mkdir(exist_ok=True)
    return json_of("share", folder, "--to", to, *what, "--medium", medium, "--yes")


def unchanged(archive: Path, medium: Path, code: int, name: str) -> dict[str, str]:
    """Receive what must be refused, both ways; nothing of it may be left anywhere."""
    before, lies = rows(archive), listed(medium)
    for way in ("--inspect", "--yes"):
        said = failed(code, name, "receive", archive, medium, way)
        assert staged(archive) == []
        assert rows(archive) == before
        assert listed(medium) == lies
    return said


def test_inspect_says_all_and_takes_nothing_in(circle: Circle) -> None:
    send(circle)
    before = rows(circle.colleague)
    value = json_of("receive", circle.colleague, circle.stick, "--inspect")
    assert value.keys() >= RECEIVE_KEYS
    assert (value["sender"], value["number"]) == ("Прамень", 1)
    assert all(isinstance(value[key], int) for key in ("new", "changed", "conflicts", "waiting"))
    assert value["new"] >= 4
    assert (value["refused"], value["gaps"]) == ([], [])
    assert rows(circle.colleague) == before
    assert staged(circle.colleague) == []
    assert json_of("find", circle.colleague, "перадачу")["total"] == 0
    ended = skrynia("receive", circle.colleague, circle.stick, "--inspect")
    assert "Прамень" in ended.out
    assert "Nothing was taken in yet" in ended.out


def test_receiving_takes_in_what_inspect_promised(circle: Circle) -> None:
    send(circle)
    promised = json_of("receive", circle.colleague, circle.stick, "--inspect")
    value = json_of("receive", circle.colleague, circle.stick, "--yes")
    assert value == promised
    found = json_of("find", circle.colleague, "перадачу")["hits"]
    assert [one["record"] for one in found] == [circle.letter]
    assert json_of("show", circle.colleague, circle.letter)["kind"] == "document"
    assert json_of("check", circle.colleague, "--deep")["ok"]
    assert staged(circle.colleague) == []


def test_the_secret_record_did_not_travel(circle: Circle) -> None:
    send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    assert json_of("find", circle.colleague, "аграпрамысловы")["total"] == 0
    ended = skrynia("show", circle.colleague, circle.story, "--json")
    assert ended.code == 24


def test_an_edition_has_its_own_ids_and_the_same_words(circle: Circle) -> None:
    send(circle, to="Юрыст")
    value = json_of("receive", circle.lawyer, circle.stick, "--yes")
    assert value["new"] >= 3
    (hit,) = json_of("find", circle.lawyer, "перадачу")["hits"]
    assert hit["record"] != circle.letter
    assert skrynia("show", circle.lawyer, circle.letter, "--json").code == 24
    shown = json_of("show", circle.lawyer, hit["record"])
    assert "a letter.txt" not in json.dumps(shown, ensure_ascii=False)
    assert json_of("check", circle.lawyer, "--deep")["ok"]


def test_an_edition_does_not_come_back_as_a_new_record(circle: Circle) -> None:
    """Exchanges come to rest outside the team, too: what somebody told is not told to them."""
    send(circle, to="Юрыст")
    json_of("receive", circle.lawyer, circle.stick, "--yes")
    json_of("contact", "set", circle.lawyer, "Прамень", "--clearance", str(SECRET))
    (circle.base / "court.txt").write_text("Рашэнне суда пра буржуйку.\n", "utf-8")
    json_of("intake", circle.lawyer, circle.base / "court.txt")
    back = answer(circle.lawyer, circle.base / "back", "--all")
    assert back["records"] == 1
    said = json_of("receive", circle.writer, circle.base / "back", "--yes")
    assert (said["new"], said["changed"], said["refused"]) == (1, 0, [])
    assert json_of("find", circle.writer, "буржуйку")["total"] == 1
    assert json_of("find", circle.writer, "перадачу")["total"] == 1
    send(circle, to="Юрыст", name="again")
    said = json_of("receive", circle.lawyer, circle.base / "again", "--yes")
    assert (said["new"], said["changed"]) == (0, 0)


def test_the_file_comes_out_as_it_went_in(circle: Circle) -> None:
    send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    out = circle.base / "out"
    json_of("export", circle.colleague, circle.letter, "--to", out, "--yes")
    contents = [path.read_text() for path in (out / "data" / "files").rglob("*.txt")]
    assert any("перадачу" in one for one in contents)


def test_the_same_package_again_is_already_received(circle: Circle) -> None:
    folder = send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    said = unchanged(circle.colleague, circle.stick, 83, "already-received")
    assert "Прамень" in said["message"]
    folder.rename(folder.with_name("RENAMED2"))
    unchanged(circle.colleague, circle.stick, 83, "already-received")


def test_a_lost_package_is_named_and_heals_on_arrival(circle: Circle) -> None:
    send(circle, name="lost")
    json_of("record", "set", circle.writer, circle.letter, "--title", "Другі")
    send(circle, name="second")
    value = json_of("receive", circle.colleague, circle.base / "second", "--yes")
    assert (value["number"], value["gaps"]) == (2, [1])
    assert json_of("find", circle.colleague, "перадачу")["total"] == 1  # not confirmed: came again
    assert "number 1" in skrynia("receive", circle.colleague, circle.base / "lost", "--inspect").out
    healed = json_of("receive", circle.colleague, circle.base / "lost", "--yes")
    assert healed["gaps"] == []
    assert json_of("show", circle.colleague, circle.letter)["fields"]["title"] == "Другі"


def test_a_receipt_makes_the_next_package_small(circle: Circle) -> None:
    (circle.base / "large.bin").write_bytes(os.urandom(500_000))
    json_of("intake", circle.writer, circle.base / "large.bin")
    first = send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    back = answer(circle.colleague, circle.base / "back", "--receipts-only")
    assert back["records"] == 0
    said = json_of("receive", circle.writer, circle.base / "back", "--yes")
    assert (said["sender"], said["new"], said["changed"]) == ("Клён", 0, 0)
    assert said["confirmed"] == [1]
    again = send(circle, name="again")
    assert size(again) <= 70_000 <= size(first)


def test_edits_on_both_sides_are_a_conflict_on_both_until_somebody_decides(circle: Circle) -> None:
    send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    json_of("record", "set", circle.writer, circle.letter, "--title", "Наша")
    json_of("record", "set", circle.colleague, circle.letter, "--title", "Іхняя")
    send(circle, name="there")
    answer(circle.colleague, circle.base / "back", "--all")
    there = json_of("receive", circle.colleague, circle.base / "there", "--yes")
    here = json_of("receive", circle.writer, circle.base / "back", "--yes")
    assert (there["conflicts"], here["conflicts"]) == (1, 1)
    for archive in (circle.writer, circle.colleague):
        assert json_of("show", archive, circle.letter)["conflicts"] != []
    json_of("record", "decide", circle.writer, circle.letter, "title", "1")
    send(circle, name="decided")
    json_of("receive", circle.colleague, circle.base / "decided", "--yes")
    titles = [
        json_of("show", one, circle.letter)["fields"]["title"]
        for one in (circle.writer, circle.colleague)
    ]
    assert titles[0] == titles[1]
    assert json_of("show", circle.colleague, circle.letter)["conflicts"] == []


def test_a_change_that_outdoes_ones_own_is_told_apart(circle: Circle) -> None:
    send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    json_of("record", "set", circle.colleague, circle.letter, "--title", "Іхняя")
    answer(circle.colleague, circle.base / "back", "--all")
    json_of("record", "set", circle.writer, circle.report, "--title", "Яшчэ")
    value = json_of("receive", circle.writer, circle.base / "back", "--inspect")
    assert value["changed"] == 1
    assert json_of("receive", circle.writer, circle.base / "back", "--yes")["changed"] == 1


def test_a_package_for_somebody_else_is_not_for_me(circle: Circle) -> None:
    send(circle)
    unchanged(circle.lawyer, circle.stick, 52, "not-for-us")


def test_an_unknown_sender_is_named_by_fingerprint_and_nothing_is_read(circle: Circle) -> None:
    make_archive(circle.base / "stranger", "Хтосьці").close()
    card, digits = card_on_disk(circle.writer, circle.base / "writer.card")
    fresh, theirs = card_on_disk(circle.base / "stranger", circle.base / "stranger.card")
    json_of("contact", "add", circle.writer, fresh, "--as", "Новы", "--verified", theirs)
    json_of("contact", "set", circle.writer, "Новы", "--clearance", "1")
    send(circle, to="Новы")
    said = unchanged(circle.base / "stranger", circle.stick, 55, "unknown-sender")
    assert json_of("card", circle.writer)["fingerprint"] in said["message"]
    # Once the card is there and not compared, the words are others; once compared, it opens.
    json_of("contact", "add", circle.base / "stranger", card, "--as", "Прамень")
    unchanged(circle.base / "stranger", circle.stick, 94, "not-verified")
    json_of("contact", "verify", circle.base / "stranger", "Прамень", digits)
    json_of("receive", circle.base / "stranger", circle.stick, "--yes")


def test_a_revoked_sender_is_refused_and_what_came_before_stays(circle: Circle) -> None:
    send(circle)
    json_of("receive", circle.colleague, circle.stick, "--yes")
    json_of("record", "set", circle.writer, circle.letter, "--title", "Пасля")
    send(circle, name="later")
    json_of("contact", "revoke", circle.colleague, "Прамень")
    unchanged(circle.colleague, circle.base / "later", 95, "revoked")
    assert json_of("find", circle.colleague, "перадачу")["total"] == 1


def test_ones_own_package_is_said_so(circle: Circle) -> None:
    send(circle)
    ended = skrynia("receive", circle.writer, circle.stick, "--yes", "--json")
    # None of our keys opens what we sealed for others; either way nothing is taken in.
    assert ended.code in (52, 85)
    assert ended.error["hint"]


def test_several_packages_on_one_stick_are_listed_and_opened_one_by_one(circle: Circle) -> None:
    first = send(circle, "--records", circle.letter)
    other = send(circle, to="Юрыст")
    second = send(circle, "--records", circle.report)
    said = unchanged(circle.colleague, circle.stick, 84, "several-packages")
    for folder in (first, other, second):
        assert folder.name in said["message"]
    assert json_of("receive", circle.colleague, second, "--yes")["gaps"] == [1]
    assert json_of("receive", circle.colleague, first, "--yes")["gaps"] == []
    json_of("receive", circle.lawyer, other, "--yes")


@pytest.mark.parametrize("medium", ["empty", "none", "foreign"])
def test_a_folder_without_a_package_is_said_so(medium: str, circle: Circle) -> None:
    folder = circle.base / medium
    if medium != "none":
        folder.mkdir()
    if medium == "foreign":
        (folder / "holiday.jpg").write_bytes(b"\xff\xd8\xff" * 1000)
        (folder / "sub").mkdir()
    ended = skrynia("receive", circle.colleague, folder, "--yes", "--json")
    assert ended.code in (71, 72), ended
    assert medium in ended.error["message"]
    assert courier(folder).code == ended.code


def test_a_damaged_package_is_refused_by_part(circle: Circle) -> None:
    folder = send(circle)
    damage(folder / "0001.VOL")
    said = unchanged(circle.colleague, circle.stick, 54, "part-damaged")
    assert "1" in said["message"]


def test_new_sums_over_altered_data_pass_the_courier_and_not_the_reader(circle: Circle) -> None:
    folder = send(circle)
    damage(folder / "0001.VOL")
    renew_sums(folder)
    assert courier(circle.stick).code == 0
    unchanged(circle.colleague, circle.stick, 54, "bundle-damaged")


def test_courier_check_of_a_whole_package(circle: Circle) -> None:
    folder = send(circle)
    ended = courier(circle.stick)
    assert ended.code == 0
    assert folder.name in ended.out
    assert ended.err == ""
    value = courier(circle.stick, "--json").json
    assert value.keys() >= COURIER_KEYS
    assert (value["intact"], value["damaged"], value["missing"]) == (1, [], [])
    assert value["check_code"] in ended.out
    assert courier(folder, "--json").json["check_code"] == value["check_code"]


def test_courier_check_names_damaged_and_missing_parts(circle: Circle) -> None:
    (circle.base / "large.bin").write_bytes(os.urandom(140 << 20))
    json_of("intake", circle.writer, circle.base / "large.bin")
    folder = send(circle, "--all", "--volume-mib", "64")
    damage(folder / "0002.VOL")
    (folder / "0003.VOL").rename(circle.base / "0003.VOL")
    value = courier(circle.stick, "--json")
    assert value.code == 74
    assert (value.json["intact"], value.json["damaged"], value.json["missing"]) == (1, [2], [3])
    ended = courier(circle.stick)
    assert ended.code == 74
    assert "Part 2 is damaged" in ended.out
    assert "Part 3 is missing" in ended.out
    assert "error: " in ended.err
    assert "hint: " in ended.err
    said = unchanged(circle.colleague, circle.stick, 53, "part-missing")
    assert "3" in said["message"]
    (circle.base / "0003.VOL").rename(folder / "0003.VOL")
    said = unchanged(circle.colleague, circle.stick, 54, "part-damaged")
    assert "2" in said["message"]


def test_courier_check_of_several_packages_goes_through_all(circle: Circle) -> None:
    whole = send(circle, "--records", circle.letter)
    broken = send(circle, "--records", circle.report)
    damage(broken / "0001.VOL")
    ended = courier(circle.stick, "--json")
    assert ended.code == 74
    each = {Path(one["folder"]).name: one for one in ended.json["bundles"]}
    assert each[whole.name]["damaged"] == []
    assert each[broken.name]["damaged"] == [1]


def test_foreign_files_on_the_stick_are_left_alone(circle: Circle) -> None:
    (circle.stick / "holiday.jpg").write_bytes(b"\xff\xd8\xff" * 1000)
    (circle.stick / "System Volume Information").mkdir()
    send(circle)
    assert courier(circle.stick).code == 0
    json_of("receive", circle.colleague, circle.stick, "--yes")
    assert (circle.stick / "holiday.jpg").exists()


def test_a_package_whose_files_were_copied_elsewhere_opens(circle: Circle) -> None:
    folder = send(circle)
    copy = circle.base / "downloads" / "renamed by a messenger"
    shutil.copytree(folder, copy)
    assert courier(copy).code == 0
    json_of("receive", circle.colleague, copy, "--yes")


def test_three_clearances_three_contents(circle: Circle) -> None:
    json_of("contact", "set", circle.writer, "Юрыст", "--clearance", str(SECRET))
    send(circle, to="Юрыст")
    json_of("receive", circle.lawyer, circle.stick, "--yes")
    (hit,) = json_of("find", circle.lawyer, "аграпрамысловы")["hits"]
    assert hit["record"] != circle.story
    shown = skrynia("show", circle.lawyer, hit["record"], "--text")
    assert "аграпрамысловы" in shown.out


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def damage(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def renew_sums(folder: Path) -> None:
    sums = listed(folder)
    lines = [f"{sums[name]}  {name}\n" for name in sorted(sums) if name.endswith(".VOL")]
    (folder / "SHA256SUMS").write_text("".join(lines))
