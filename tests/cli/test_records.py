"""`testimony`, `record set`, `record decide` and `show`, as a person and as a program sees them."""

from pathlib import Path

import pytest

from desktop_app.archive import logbook
from desktop_app.domain.ids import RecordId, reference
from desktop_app.storage import entries
from desktop_app.storage import records as stored
from tests.cli.conftest import LETTER, PAGES, Filled
from tests.helpers.archives import reopened
from tests.helpers.command import Ended, json_of, skrynia

SHOW_KEYS = {"record", "kind", "fields", "attachments", "conflicts", "log"}


def shown(filled: Filled, record: str) -> dict:
    return json_of("show", filled.folder, record)


def change(filled: Filled, *arguments: str) -> Ended:
    return skrynia("record", "set", filled.folder, filled.letter, *arguments, "--json")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text("\ufeffЯны прыйшлі а пятай раніцы.\nПра аграпрамысловы пакой.\n", "utf-8")
    return path


def tell(filled: Filled, story: Path, *arguments: str) -> str:
    made = json_of(
        "testimony", filled.folder, "--title", "Раніца", "--speaker", "Асіна",
        "--text-file", story, *arguments,
    )  # fmt: skip
    assert set(made) == {"record"}
    return str(made["record"])


def test_a_testimony_is_found_by_its_words_its_speaker_and_its_kind(
    filled: Filled, story: Path
) -> None:
    record = tell(filled, story, "--date", "2020-08~", "--lang", "be", "--sensitivity", "3")
    for query in ("аграпрамысловы", "асіна", "kind:testimony", "раніца", "lang:be"):
        hits = json_of("find", filled.folder, query)["hits"]
        assert record in [hit["record"] for hit in hits], query
    value = shown(filled, record)
    assert value["kind"] == "testimony"
    assert value["fields"]["title"] == "Раніца"
    assert value["fields"]["date"] == "2020-08~"
    assert value["fields"]["sensitivity"] == 3
    assert value["fields"]["languages"] == ["be"]
    person = shown(filled, value["fields"]["speaker"])
    assert (person["kind"], person["fields"]["pseudonym"]) == ("person", "Асіна")


def test_a_second_testimony_of_a_speaker_is_by_the_same_person(filled: Filled, story: Path) -> None:
    first, second = tell(filled, story), tell(filled, story)
    assert first != second
    assert shown(filled, first)["fields"]["speaker"] == shown(filled, second)["fields"]["speaker"]
    assert shown(filled, first)["fields"]["sensitivity"] == 1


def test_the_text_of_a_testimony_is_shown_as_it_was_written(filled: Filled, story: Path) -> None:
    record = tell(filled, story)
    ended = skrynia("show", filled.folder, record, "--text")
    assert ended.out.strip() == story.read_text("utf-8-sig").strip()


@pytest.mark.parametrize(
    ("content", "code"), [(b"\xd0", 26), (b"", 31), (b"  \n ", 31), (None, 26)]
)
def test_a_testimony_needs_a_text_file_with_utf8_text(
    content: bytes | None, code: int, filled: Filled, tmp_path: Path
) -> None:
    path = tmp_path / "text"
    if content is not None:
        path.write_bytes(content)
    ended = skrynia(
        "testimony", filled.folder, "--title", "t", "--speaker", "s", "--text-file", path, "--json"
    )
    assert ended.code == code, ended
    assert ended.error["hint"] is not None


def test_show_json_has_the_agreed_keys(filled: Filled) -> None:
    value = shown(filled, filled.letter)
    assert value.keys() >= SHOW_KEYS
    assert value["record"] == filled.letter
    assert value["kind"] == "document"
    (attachment,) = value["attachments"]
    assert attachment.keys() >= {"name", "sha256", "size_bytes", "media_type"}
    assert attachment["name"] == "a letter.txt"
    assert attachment["size_bytes"] == len(LETTER.encode())
    assert attachment["media_type"] == "text/plain"
    assert value["conflicts"] == []
    assert value["log"][0]["type"] == "acquired"
    assert value["fields"]["tags"] == ["перадача"]


def test_show_for_a_person_names_file_hash_case_and_id(filled: Filled) -> None:
    ended = skrynia("show", filled.folder, filled.letter)
    assert ended.code == 0
    for words in (
        reference(filled.letter), "a letter.txt", "SHA-256", "перадача", "Справа 12", filled.letter,
    ):  # fmt: skip
        assert words in ended.out


def test_show_text_goes_page_by_page(filled: Filled) -> None:
    ended = skrynia("show", filled.folder, filled.report, "--text")
    at = [ended.out.index(page) for page in PAGES]
    assert at == sorted(at)
    assert "page 2" in ended.out
    assert json_of("show", filled.folder, filled.report, "--text")["pages"][1].strip() == PAGES[1]


def test_show_log_says_who_said_what(filled: Filled) -> None:
    assert change(filled, "--title", "Ліст").code == 0
    ended = skrynia("show", filled.folder, filled.letter, "--log")
    assert "acquired" in ended.out
    assert "changed" in ended.out
    assert "title: Ліст" in ended.out
    assert "this archive" in ended.out


def test_a_photo_tells_its_day_and_keeps_its_place_to_itself(filled: Filled) -> None:
    assert shown(filled, filled.photo)["fields"]["date"].startswith("2020-08-09")
    assert shown(filled, filled.photo)["kind"] == "photo"
    assert "53.9" not in skrynia("show", filled.folder, filled.photo).out


def test_a_record_is_named_by_reference_id_or_unique_beginning(filled: Filled) -> None:
    letter = filled.letter
    whole = reference(letter)
    for named in (whole, whole.replace("-", ""), whole.replace("-", " "), letter, letter[:12],
                  letter[:16].upper(), "Справа 12", "справа 12"):  # fmt: skip
        found = shown(filled, named)
        assert found["record"] == letter or found["kind"] == "case", named


def test_a_reference_with_a_slip_in_it_is_no_record(filled: Filled) -> None:
    digits = reference(filled.letter)
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert skrynia("show", filled.folder, wrong).code == 24


def test_set_changes_each_field_and_says_which_record(filled: Filled) -> None:
    ended = change(
        filled, "--title", "Перадача", "--date", "2020-08-09/2020-08-12", "--sensitivity", "2",
        "--tag", "турма", "--tag", "ліст", "--untag", "перадача",
    )  # fmt: skip
    assert ended.json == {"record": filled.letter}
    fields = shown(filled, filled.letter)["fields"]
    assert fields["title"] == "Перадача"
    assert fields["date"] == "2020-08-09/2020-08-12"
    assert fields["sensitivity"] == 2
    assert sorted(fields["tags"]) == ["ліст", "турма"]
    assert json_of("find", filled.folder, "tag:турма")["total"] == 1
    assert json_of("find", filled.folder, "tag:перадача -tag:турма")["total"] >= 1
    assert filled.letter not in str(json_of("find", filled.folder, "tag:перадача"))


def test_saying_the_same_twice_makes_no_second_entry(filled: Filled) -> None:
    arguments = ("--title", "Ліст", "--tag", "турма", "--sensitivity", "2", "--date", "2020-08")
    change(filled, *arguments)
    before = shown(filled, filled.letter)["log"]
    assert change(filled, *arguments).code == 0
    assert shown(filled, filled.letter)["log"] == before
    assert change(filled, "--tag", "ТУРМА", "--untag", "never there").code == 0
    assert len(shown(filled, filled.letter)["log"]) <= len(before) + 1


def test_the_last_entry_follows_the_one_before(filled: Filled) -> None:
    change(filled, "--title", "a")
    change(filled, "--title", "b")
    log = shown(filled, filled.letter)["log"]
    assert [one["type"] for one in log] == ["acquired", "changed", "changed"]
    assert log[2]["follows"] == [log[1]["entry"]]
    assert shown(filled, filled.letter)["fields"]["title"] == "b"


def conflict(filled: Filled) -> None:
    """Let two entries say different things of one field, neither knowing of the other."""
    with reopened(filled.folder) as archive:
        record, _log = stored.fold_record(archive.connection, filled.letter)
        said = [
            logbook.following(archive, record, "changed", {"title": title})
            for title in ("Ліст маці", "Ліст сястры")
        ]
        with archive.connection.transaction():
            for one in said:
                logbook.store(archive, one)


def test_a_conflict_is_shown_found_and_decided(filled: Filled) -> None:
    conflict(filled)
    before = shown(filled, filled.letter)
    (open_one,) = before["conflicts"]
    assert open_one["field"] == "title"
    choices = {one["value"]: one["choice"] for one in open_one["values"]}
    assert set(choices) == {"Ліст маці", "Ліст сястры"}
    text = skrynia("show", filled.folder, filled.letter).out
    assert "Not decided: title" in text
    assert f"{choices['Ліст сястры']}: Ліст сястры" in text
    wrong = skrynia("record", "decide", filled.folder, filled.letter, "title", "3", "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "usage-error")
    choice = str(choices["Ліст сястры"])
    made = json_of("record", "decide", filled.folder, filled.letter, "title", choice)
    assert made == {"record": filled.letter}
    after = shown(filled, filled.letter)
    assert after["conflicts"] == []
    assert after["fields"]["title"] == "Ліст сястры"
    assert after["log"][-1]["type"] == "decided"
    assert len(after["log"][-1]["follows"]) == 2
    again = skrynia("record", "decide", filled.folder, filled.letter, "title", choice)
    assert again.code == 33
    assert json_of("check", filled.folder, "--deep")["ok"]


def test_an_entry_that_somebody_else_put_is_not_hidden_by_a_refresh(filled: Filled) -> None:
    with reopened(filled.folder) as archive:
        record, _log = stored.fold_record(archive.connection, RecordId(filled.letter))
        said = logbook.following(archive, record, "changed", {"title": "праз put"})
        with archive.connection.transaction():
            entries.put(archive.connection, said.signed, [one.raw for one in said.openings])
            logbook.refresh(archive, filled.letter)
    assert shown(filled, filled.letter)["fields"]["title"] == "праз put"
    assert json_of("find", filled.folder, '"праз put"')["total"] == 1


def test_control_characters_and_turned_text_never_reach_a_terminal(
    filled: Filled, tmp_path: Path
) -> None:
    nasty = "safe\u202egpj.exe\u2066 \u200b\u2028fine"
    assert change(filled, "--title", nasty).code == 0
    text = tmp_path / "text"
    text.write_text("body \x1b[31mred\x1b[0m \x07 \x9b5n \u202eturned\rover\x00nul", "utf-8")
    record = tell(filled, text)
    for arguments in (
        ("show", filled.letter), ("show", filled.letter, "--log"), ("show", record),
        ("show", record, "--text"), ("find", "fine"), ("find", "red"),
    ):  # fmt: skip
        command, *rest = arguments
        for more in ((), ("--json",)):
            ended = skrynia(command, filled.folder, *rest, *more)
            assert ended.code == 0
            assert not set(ended.out + ended.err) & set("\x1b\x07\x9b\u202e\u2066\u2028\r\x00")
            if more:
                assert ended.json
    assert shown(filled, filled.letter)["fields"]["title"] == nasty
