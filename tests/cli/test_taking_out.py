"""`skrynia export` and `skrynia check`."""

import hashlib
import json
from pathlib import Path

import bagit
import pytest

from desktop_app.domain.ids import reference
from desktop_app.storage import blobs
from tests.cli.conftest import LETTER, Filled
from tests.helpers.archives import PASSPHRASE, reopened
from tests.helpers.command import at_terminal, json_of, skrynia


def payload(folder: Path) -> dict[str, bytes]:
    """Return the originals that lie in an export, by their names."""
    files = (folder / "data" / "files").rglob("*")
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def test_export_of_everything_is_a_valid_bag_with_the_same_bytes(
    library: Filled, tmp_path: Path
) -> None:
    value = json_of("export", library.folder, "--all", "--to", tmp_path / "out", "--yes")
    assert value == {"folder": str(tmp_path / "out"), "records": 6, "files": 5}
    bagit.Bag(str(tmp_path / "out")).validate()
    originals = payload(tmp_path / "out")
    for path in library.sources.iterdir():
        assert originals[path.name] == path.read_bytes()
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_export_of_one_record_holds_its_json_its_text_and_its_log(
    library: Filled, tmp_path: Path
) -> None:
    named = reference(library.letter)
    value = json_of("export", library.folder, named, "--to", tmp_path / "out", "--yes")
    assert (value["records"], value["files"]) == (1, 1)
    assert list(payload(tmp_path / "out")) == ["a letter.txt"]
    (described,) = (tmp_path / "out" / "data" / "records").iterdir()
    record = json.loads(described.read_text("utf-8"))
    assert record["record"] == library.letter
    content = (tmp_path / "out" / "data" / record["attachments"][0]["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["attachments"][0]["sha256"]
    (text,) = (tmp_path / "out" / "data" / "texts").iterdir()
    assert text.read_text("utf-8").strip() == LETTER.strip()
    assert len(list((tmp_path / "out" / "data" / "log").iterdir())) == 1


def test_export_of_a_query_takes_what_it_finds(library: Filled, tmp_path: Path) -> None:
    arguments = ("--query", "kind:photo OR quagmire", "--to", tmp_path / "out", "--yes")
    assert json_of("export", library.folder, *arguments)["records"] == 2
    assert sorted(payload(tmp_path / "out")) == ["b report.pdf", "d photo.jpg"]


def test_export_of_several_records_by_name(library: Filled, tmp_path: Path) -> None:
    names = (library.letter, reference(library.mail), library.letter[:16])
    value = json_of("export", library.folder, *names, "--to", tmp_path / "out", "--yes")
    assert value["records"] == 2


def test_an_export_is_noted_in_the_journal(filled: Filled, tmp_path: Path) -> None:
    json_of("export", filled.folder, filled.letter, "--to", tmp_path / "out", "--yes")
    assert "exported" in skrynia("show", filled.folder, filled.letter, "--log").out


def test_without_a_yes_nothing_is_exported(library: Filled, tmp_path: Path) -> None:
    ended = skrynia("export", library.folder, "--all", "--to", tmp_path / "out", "--json")
    assert ended.code == 4
    assert ended.error["code"] == "not-confirmed"
    assert "--yes" in ended.error["hint"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 4), ("", 4)])
def test_a_terminal_is_asked_for_the_yes(
    answer: str, code: int, library: Filled, tmp_path: Path, passphrase_file: Path
) -> None:
    ended, seen = at_terminal(
        "export", library.folder, library.letter, "--to", tmp_path / "out",
        "--passphrase-file", passphrase_file, answers=[answer],
    )  # fmt: skip
    assert "for anybody to read" in seen
    assert ended == code
    assert (tmp_path / "out").exists() == (code == 0)


def test_a_folder_that_holds_something_is_not_exported_into(
    library: Filled, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    arguments = ("export", library.folder, "--all", "--to", tmp_path / "out", "--yes", "--json")
    ended = skrynia(*arguments)
    assert (ended.code, ended.error["code"]) == (22, "already-there")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["mine"]


@pytest.mark.parametrize("below", ["", "out", "blobs/out", "../archive/out"])
def test_an_archive_is_not_exported_into_itself(below: str, filled: Filled) -> None:
    before = sorted(filled.folder.rglob("*"))
    to = f"{filled.folder}/{below}"
    ended = skrynia("export", filled.folder, "--all", "--to", to, "--yes", "--json")
    assert (ended.code, ended.error["code"]) == (2, "usage-error")
    assert sorted(filled.folder.rglob("*")) == before


def test_an_unknown_record_exports_nothing(library: Filled, tmp_path: Path) -> None:
    ended = skrynia("export", library.folder, "ffffff", "--to", tmp_path / "out", "--yes")
    assert ended.code == 24
    assert not (tmp_path / "out").exists()


def test_check_says_that_all_is_well(library: Filled) -> None:
    assert json_of("check", library.folder) == {"ok": True, "findings": []}
    assert json_of("check", library.folder, "--deep") == {"ok": True, "findings": []}
    assert "All is well" in skrynia("check", library.folder).out
    assert skrynia("check", library.folder, "--deep").err == ""


def damage_letter(filled: Filled) -> Path:
    """Turn one bit in the sealed file of the letter, and return it."""
    with reopened(filled.folder) as archive:
        blob = blobs.find(archive.connection, hashlib.sha256(LETTER.encode()).hexdigest())
        assert blob is not None
        name = blob.name.hex()
    (path,) = (one for one in filled.folder.rglob("*") if one.name.startswith(name))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    return path


def test_a_damaged_file_is_found_by_a_deep_check_with_exit_60(filled: Filled) -> None:
    damage_letter(filled)
    ended = skrynia("check", filled.folder, "--deep", "--json")
    assert ended.code == 60
    assert set(ended.json) == {"ok", "findings"}
    assert ended.json["ok"] is False
    (finding,) = ended.json["findings"]
    assert set(finding) == {"code", "record", "detail"}
    assert (finding["code"], finding["record"]) == ("blob-damaged", filled.letter)
    text = skrynia("check", filled.folder, "--deep")
    assert text.code == 60
    assert reference(filled.letter) in text.out
    assert "error: The check found 1" in text.err
    assert "hint: " in text.err


def test_a_missing_file_is_found_without_deep(filled: Filled) -> None:
    damage_letter(filled).unlink()
    ended = skrynia("check", filled.folder, "--json")
    assert ended.code == 60
    assert ended.json["findings"][0]["record"] == filled.letter


def test_an_export_goes_on_past_a_damaged_file_and_says_so(filled: Filled, tmp_path: Path) -> None:
    damage_letter(filled)
    ended = skrynia("export", filled.folder, "--all", "--to", tmp_path / "out", "--yes", "--json")
    assert ended.code == 27
    assert ended.error["code"] == "export-incomplete"
    assert reference(filled.letter) in ended.error["message"]
    bagit.Bag(str(tmp_path / "out")).validate()
    assert sorted(payload(tmp_path / "out")) == sorted(
        [one.name for one in filled.sources.iterdir() if one.name != "a letter.txt"]
        + ["plates.txt"]
    )


def test_a_passphrase_never_shows(library: Filled) -> None:
    ended = skrynia("show", library.folder, library.letter, "--log", "--json")
    assert PASSPHRASE not in ended.out + ended.err
