"""What the command line says when something does not work: words, hint, exit code, JSON."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from desktop_app.archive import records
from desktop_app.domain.ids import RecordId, reference
from desktop_app.storage.connection import DATABASE
from tests.cli.conftest import Filled
from tests.helpers.archives import PASSPHRASE, reopened
from tests.helpers.command import SKRYNIA, at_terminal, environment, skrynia

TRACES = re.compile(r"Traceback|File \"|bug:")


def failed(code: int, name: str, *arguments: str | Path, **how: object) -> dict[str, str]:
    """Run a command that must fail so, as text and as JSON; return what JSON says."""
    for_people = skrynia(*arguments, **how)
    assert for_people.code == code, for_people
    assert for_people.out == ""
    assert any(line.startswith("error: ") for line in for_people.err.splitlines())
    assert not TRACES.search(for_people.err)
    for_programs = skrynia(*arguments, "--json", **how)
    assert for_programs.code == code
    assert for_programs.error["code"] == name
    assert for_programs.error["message"]
    hint = for_programs.error["hint"]
    assert ("hint: " + hint in for_people.err) if hint else "hint:" not in for_people.err
    return for_programs.error


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["find"],
        ["find", "ARCHIVE"],
        ["find", "ARCHIVE", "x", "--sort", "colour"],
        ["find", "ARCHIVE", "x", "--limit", "-1"],
        ["find", "ARCHIVE", "x", "--limit", "many"],
        ["intake", "ARCHIVE"],
        ["intake", "ARCHIVE", "x", "--sensitivity", "4"],
        ["intake", "ARCHIVE", "x", "--sensitivity", "high"],
        ["testimony", "ARCHIVE", "--title", "t"],
        ["record"],
        ["record", "set", "ARCHIVE"],
        ["record", "set", "ARCHIVE", "r"],
        ["record", "decide", "ARCHIVE", "r", "title"],
        ["show", "ARCHIVE", "r", "--text", "--log"],
        ["export", "ARCHIVE", "--to", "x"],
        ["export", "ARCHIVE", "r", "--all", "--to", "x"],
        ["export", "ARCHIVE", "--all", "--query", "q", "--to", "x"],
        ["check", "ARCHIVE", "--shallow"],
    ],
    ids=" ".join,
)
def test_what_was_typed_wrongly_is_said_with_exit_code_2(
    arguments: list[str], archive_folder: Path
) -> None:
    typed = [str(archive_folder) if one == "ARCHIVE" else one for one in arguments]
    ended = skrynia(*typed, "--json")
    assert ended.code == 2
    assert ended.error["code"] == "usage-error"
    assert ended.error["hint"]


def test_a_folder_without_an_archive_is_13(tmp_path: Path) -> None:
    error = failed(13, "not-an-archive", "check", tmp_path)
    assert str(tmp_path) in error["message"]
    failed(13, "not-an-archive", "find", tmp_path / "missing", "x")


def test_a_wrong_passphrase_is_11(archive_folder: Path) -> None:
    failed(11, "wrong-passphrase", "check", archive_folder, stdin="no\n")


def test_damaged_key_files_are_14(archive_folder: Path) -> None:
    for name in ("keys.json", "keys.json.1"):
        (archive_folder / name).write_bytes(b"{}")
    failed(14, "header-refused", "check", archive_folder)


def test_an_archive_that_is_open_elsewhere_is_15(archive_folder: Path) -> None:
    with reopened(archive_folder):
        failed(15, "archive-in-use", "check", archive_folder)


def test_a_database_that_is_none_is_16(archive_folder: Path) -> None:
    (archive_folder / DATABASE).write_bytes(bytes(8192))
    failed(16, "archive-damaged", "check", archive_folder)


def test_a_missing_database_is_16(archive_folder: Path) -> None:
    (archive_folder / DATABASE).unlink()
    failed(16, "archive-damaged", "find", archive_folder, "x")


def test_a_link_in_the_archive_is_17(archive_folder: Path, tmp_path: Path) -> None:
    shutil.move(archive_folder / DATABASE, tmp_path / "elsewhere")
    (archive_folder / DATABASE).symlink_to(tmp_path / "elsewhere")
    failed(17, "unsafe-folder", "check", archive_folder)


def test_a_schema_from_the_future_is_12(archive_folder: Path) -> None:
    with reopened(archive_folder) as archive:
        archive.connection.execute("PRAGMA user_version = 9999")
    failed(12, "archive-too-new", "check", archive_folder)


def test_no_such_record_is_24(filled: Filled) -> None:
    for named in ("0000-0000-0001", "4821-0937-5562", "ffffffffffff", "no-such-case", ""):
        failed(24, "no-such-record", "show", filled.folder, named)


def test_an_ambiguous_record_is_25(filled: Filled) -> None:
    with reopened(filled.folder) as archive:
        number = 0
        while not (shared := shared_beginning([str(one) for one in records.every(archive)])):
            number += 1
            told = records.Testimony(title=f"t{number}", speaker="s", text="x")
            records.write_testimony(archive, told)
    failed(25, "ambiguous-record", "show", filled.folder, shared)


def shared_beginning(ids: list[str]) -> str:
    """Return the first four digits that two references share; empty if none do."""
    first = [reference(RecordId(one))[:4] for one in ids]
    return next((one for one in first if first.count(one) > 1), "")


def test_a_value_that_does_not_fit_is_31(filled: Filled) -> None:
    for arguments in (
        ["--title", ""],
        ["--title", "x" * 501],
        ["--title", "two\nlines"],
        ["--date", "yesterday"],
        ["--date", "2020-13-01"],
        ["--tag", ""],
        ["--tag", "x" * 101],
    ):
        failed(31, "bad-value", "record", "set", filled.folder, filled.letter, *arguments)


def test_a_title_that_is_no_text_is_refused_and_no_bug(filled: Filled) -> None:
    ended = skrynia("record", "set", filled.folder, filled.letter, "--title", b"\xff", "--json")
    assert ended.code == 2
    assert ended.error["code"] == "usage-error"


def test_too_many_tags_are_31_and_no_bug(filled: Filled) -> None:
    tags = [word for number in range(300) for word in ("--tag", f"t{number}")]
    ended = skrynia("record", "set", filled.folder, filled.letter, *tags, "--json")
    assert ended.code == 31
    assert ended.error["code"] == "bad-value"


def test_deciding_where_nothing_is_in_conflict_is_33(filled: Filled) -> None:
    failed(33, "no-conflict", "record", "decide", filled.folder, filled.letter, "title", "1")


def test_help_and_version_are_no_errors() -> None:
    for arguments in (["--help"], ["find", "--help"], ["record", "set", "--help"], ["--version"]):
        ended = skrynia(*arguments, ask=True)
        assert ended.code == 0
        assert ended.err == ""
        assert ended.out


def test_the_program_alone_says_what_it_can_do() -> None:
    ended = skrynia(ask=True)
    assert "create" in ended.out
    assert "export" in ended.out


def test_a_reader_of_the_output_that_goes_away_ends_it_quietly(filled: Filled) -> None:
    command = [*SKRYNIA, "find", str(filled.folder), "*", "--passphrase-file", "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(PASSPHRASE.encode())
        process.stdin.close()
        said = process.stderr.read().decode()
    assert not TRACES.search(said)
    assert "Exception" not in said


def test_options_are_not_guessed_from_their_beginnings(archive_folder: Path) -> None:
    ended = skrynia("find", archive_folder, "x", "--js")
    assert ended.code == 2
    assert "error: " in ended.err


def test_what_stands_after_two_dashes_is_no_option(archive_folder: Path) -> None:
    ended = skrynia("find", archive_folder, "--", "--json")
    assert ended.code == 0
    assert "Nothing found." in ended.out


def test_ctrl_c_at_the_question_for_the_passphrase_ends_it(archive_folder: Path) -> None:
    code, seen = at_terminal("check", archive_folder, answers=["\x03"])
    assert code == 3
    assert not TRACES.search(seen)
    assert "Stopped" in seen
