"""`skrynia create`, and the passphrase that every command asks for."""

import unicodedata
from pathlib import Path

import pytest

from tests.helpers.archives import PASSPHRASE, make_archive
from tests.helpers.command import at_terminal, json_of, skrynia


def test_create_makes_an_archive_that_check_finds_well(tmp_path: Path) -> None:
    folder = tmp_path / "мой архіў"
    ended = skrynia("create", folder, "--name", "Прамень", "--json")
    assert ended.code == 0
    assert set(ended.json) == {"archive", "fingerprint"}
    assert ended.json["archive"] == str(folder)
    assert len(ended.json["fingerprint"]) == 64
    assert "practice data only" in ended.err
    assert json_of("check", folder) == {"ok": True, "findings": []}
    assert folder.stat().st_mode & 0o077 == 0
    assert all(one.stat().st_mode & 0o077 == 0 for one in folder.rglob("*"))


def test_create_on_a_terminal_asks_twice_and_shows_nothing_of_it(tmp_path: Path) -> None:
    code, seen = at_terminal(
        "create", tmp_path / "a", "--name", "n", answers=["one passphrase", "another one"]
    )
    assert code == 2
    assert "differ" in seen
    assert "passphrase" in seen.lower()
    assert "another one" not in seen
    assert not (tmp_path / "a").exists() or not any((tmp_path / "a").iterdir())


def test_create_takes_no_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.txt").write_text("mine")
    ended = skrynia("create", tmp_path / "a", "--name", "n", "--json")
    assert ended.code == 22
    assert ended.error["code"] == "already-there"
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "a\x1b[31m"])
def test_create_refuses_a_nickname_that_does_not_fit(name: str, tmp_path: Path) -> None:
    ended = skrynia("create", tmp_path / "a", "--name", name, "--json")
    assert ended.code == 31
    assert ended.error["code"] == "bad-value"
    assert not (tmp_path / "a").exists()


def test_create_refuses_an_empty_passphrase(tmp_path: Path) -> None:
    ended = skrynia("create", tmp_path / "a", "--name", "n", stdin="\n")
    assert ended.code == 31
    assert "empty" in ended.err
    assert not (tmp_path / "a").exists()


def test_create_needs_a_name(tmp_path: Path) -> None:
    ended = skrynia("create", tmp_path / "a", "--json")
    assert ended.code == 2
    assert ended.error["code"] == "usage-error"
    assert "--name" in ended.error["message"]


def test_the_first_line_of_a_passphrase_file_counts(
    archive_folder: Path, passphrase_file: Path
) -> None:
    ended = skrynia("check", archive_folder, "--passphrase-file", passphrase_file, ask=True)
    assert (ended.code, ended.err) == (0, "")
    passphrase_file.write_bytes(PASSPHRASE.encode() + b"\r\nmore")  # as Windows writes it
    ended = skrynia("check", archive_folder, "--passphrase-file", passphrase_file, ask=True)
    assert ended.code == 0


def test_a_passphrase_file_that_cannot_be_read_is_named(archive_folder: Path) -> None:
    ended = skrynia(
        "check", archive_folder, "--passphrase-file", archive_folder / "none", "--json", ask=True
    )
    assert ended.code == 26
    assert ended.error["code"] == "cannot-read"
    assert str(archive_folder / "none") in ended.error["message"]


def test_a_passphrase_that_is_no_utf8_is_refused_in_words(archive_folder: Path) -> None:
    ended = skrynia("check", archive_folder, stdin=b"\xff\xfe\n")
    assert ended.code == 26
    assert "UTF-8" in ended.err


def test_without_a_terminal_the_words_say_what_to_do(archive_folder: Path) -> None:
    ended = skrynia("find", archive_folder, "x", "--json", ask=True, stdin=None)
    assert ended.code == 2
    assert ended.error["code"] == "usage-error"
    assert "--passphrase-file" in ended.error["message"]


def test_a_terminal_is_asked_and_does_not_echo(archive_folder: Path) -> None:
    code, seen = at_terminal("check", archive_folder, answers=[PASSPHRASE])
    assert code == 0
    assert "All is well" in seen
    assert PASSPHRASE not in seen


def test_a_wrong_passphrase_has_its_own_exit_code_words_and_hint(archive_folder: Path) -> None:
    ended = skrynia("find", archive_folder, "x", stdin="not it")
    assert ended.code == 11
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert lines[0].startswith("error: That passphrase does not open")
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2


def test_a_passphrase_is_the_same_in_any_normal_form_of_unicode(tmp_path: Path) -> None:
    make_archive(tmp_path / "a").close()
    ended = skrynia("check", tmp_path / "a", stdin=unicodedata.normalize("NFD", PASSPHRASE))
    assert ended.code == 0
