"""`skrynia intake`: what is taken, skipped and failed, and Ctrl+C in the middle."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import MAIL
from tests.helpers.archives import PASSPHRASE, reopened
from tests.helpers.command import SKRYNIA, at_terminal, environment, json_of, skrynia, started

KEYS = {"taken", "skipped", "failed", "seconds"}
TAKEN_KEYS = {"record", "path", "kind", "sha256"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def test_intake_json_has_the_agreed_keys(archive_folder: Path, folder: Path) -> None:
    (folder / "a.txt").write_text("адзін")
    value = json_of("intake", archive_folder, folder)
    assert value.keys() >= KEYS
    (taken,) = value["taken"]
    assert taken.keys() >= TAKEN_KEYS
    assert taken["path"] == str(folder / "a.txt")
    assert taken["kind"] == "document"
    assert taken["sha256"] == hashlib.sha256("адзін".encode()).hexdigest()
    assert (value["skipped"], value["failed"]) == ([], [])
    assert value["seconds"] > 0


def test_tags_case_and_sensitivity_are_said_of_each_file(
    archive_folder: Path, folder: Path
) -> None:
    (folder / "a.txt").write_text("адзін")
    (folder / "m.eml").write_bytes(MAIL)
    options = ["--tag", "жнівень", "--tag", "мінск", "--case", "Справа 7", "--sensitivity", "2"]
    taken = json_of("intake", archive_folder, folder, *options)["taken"]
    attachment = json_of("find", archive_folder, "gooseberry")["hits"][0]
    cases = set()
    for record in [one["record"] for one in taken] + [attachment["record"]]:
        fields = json_of("show", archive_folder, record)["fields"]
        assert sorted(fields["tags"]) == ["жнівень", "мінск"]
        assert fields["sensitivity"] == 2
        cases |= set(fields["cases"])
    (case,) = cases
    assert json_of("show", archive_folder, "Справа 7")["record"] == case
    (folder / "b.txt").write_text("два")
    again = json_of("intake", archive_folder, folder / "b.txt", "--case", "справа 7")["taken"]
    fields = json_of("show", archive_folder, again[0]["record"])["fields"]
    assert fields["cases"] == [case]
    assert fields["sensitivity"] == 1


def test_exact_duplicates_are_skipped_and_name_the_record(
    archive_folder: Path, folder: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("тое самае")
    first = json_of("intake", archive_folder, folder)
    (taken,) = first["taken"]
    (skipped,) = first["skipped"]
    assert skipped == {
        "path": str(folder / "b.txt"), "reason": "duplicate", "record": taken["record"],
    }  # fmt: skip
    second = json_of("intake", archive_folder, folder)
    assert second["taken"] == []
    assert [one["record"] for one in second["skipped"]] == [taken["record"]] * 2
    ended = skrynia("intake", archive_folder, folder)
    assert "Skipped: 2." in ended.out
    assert "same content" in ended.out


def test_an_archive_inside_the_folder_is_not_taken_in(tmp_path: Path, archive_folder: Path) -> None:
    (tmp_path / "beside.txt").write_text("побач")
    value = json_of("intake", archive_folder, tmp_path)
    assert [Path(one["path"]).name for one in value["taken"]] == ["beside.txt"]
    (skipped,) = value["skipped"]
    assert skipped["path"] == str(archive_folder)
    assert skipped["record"] is None
    assert json_of("check", archive_folder, "--deep")["ok"]


def test_empty_files_are_kept(archive_folder: Path, folder: Path) -> None:
    (folder / "empty.txt").touch()
    (folder / "empty.pdf").touch()
    value = json_of("intake", archive_folder, folder)
    assert len(value["taken"]) + len(value["skipped"]) == 2
    assert value["taken"][0]["sha256"] == hashlib.sha256(b"").hexdigest()
    record = value["taken"][0]["record"]
    assert json_of("show", archive_folder, record)["attachments"][0]["size_bytes"] == 0


def test_a_kind_that_is_not_read_is_kept_as_evidence(archive_folder: Path, folder: Path) -> None:
    content = bytes(range(256)) * 40
    (folder / "memory.bin").write_bytes(content)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that follows makes sense")
    ended = skrynia("intake", archive_folder, folder)
    assert ended.code == 0
    assert "text not read: 2" in ended.out
    assert "memory.bin" in ended.out
    hits = json_of("find", archive_folder, "memory")["hits"]
    value = json_of("show", archive_folder, hits[0]["record"])
    assert value["attachments"][0]["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_cannot_be_read_is_told_and_stops_nothing(archive_folder: Path, folder: Path) -> None:
    os.mkfifo(folder / "a pipe")
    (folder / "b loop").symlink_to(folder)
    (folder / "c gone").symlink_to(folder / "nowhere")
    (folder / "d.txt").write_text("добры")
    value = json_of("intake", archive_folder, folder)
    assert [Path(one["path"]).name for one in value["taken"]] == ["d.txt"]
    assert {Path(one["path"]).name: one["reason"] for one in value["skipped"]} == {
        "a pipe": "not a file", "b loop": "link", "c gone": "link",
    }  # fmt: skip


def test_a_path_that_does_not_exist_is_a_failure_beside_what_was_taken(
    archive_folder: Path, folder: Path
) -> None:
    (folder / "a.txt").write_text("адзін")
    ended = skrynia("intake", archive_folder, folder / "none", folder / "a.txt", "--json")
    assert ended.code == 41
    assert len(ended.json["taken"]) == 1
    (failed,) = ended.json["failed"]
    assert failed["path"] == str(folder / "none")
    assert failed["reason"]
    assert "error: " in ended.err
    text = skrynia("intake", archive_folder, folder / "none")
    assert text.code == 41
    assert str(folder / "none") in text.out


def test_a_pipe_that_is_named_does_not_hold_us_up(archive_folder: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    ended = skrynia("intake", archive_folder, folder / "pipe", "--json")
    assert ended.code == 41
    assert ended.json["failed"][0]["reason"] == "not a file"


def test_a_link_that_is_named_is_followed(archive_folder: Path, folder: Path) -> None:
    (folder / "a.txt").write_text("адзін")
    (folder / "link.txt").symlink_to(folder / "a.txt")
    value = json_of("intake", archive_folder, folder / "link.txt")
    assert len(value["taken"]) == 1


def test_names_that_command_a_terminal_are_shown_harmless(
    archive_folder: Path, folder: Path
) -> None:
    names = [
        b"clear\x1b[2J.bin", b"turned\xe2\x80\xaegpj.bin", b"line\nerror: forged\nhint: do it.bin",
        b"no utf8 \xff\xfe.bin", b"c1\xc2\x9b5n.bin", b"\xe2\x81\xa6isolate.bin",
    ]  # fmt: skip
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(bytes([0, 1, number]))
    for more in ((), ("--json",)):
        ended = skrynia("intake", archive_folder, folder, *more)
        assert ended.code == 0
        assert not set(ended.out + ended.err) & set("\x1b\u202e\x9b\u2066")
        if more:
            assert len(ended.json["skipped"]) == len(names)
        else:
            lines = ended.out.splitlines() + ended.err.splitlines()
            assert not [line for line in lines if line.startswith(("error:", "hint:"))]
    for hit in json_of("find", archive_folder, "bin", "--limit", "50")["hits"]:
        ended = skrynia("show", archive_folder, hit["record"])
        assert not set(ended.out + ended.err) & set("\x1b\u202e\x9b\u2066")
        assert not [one for one in ended.out.splitlines() if one.startswith(("error:", "hint:"))]


def test_progress_is_shown_on_a_terminal_only(
    archive_folder: Path, folder: Path, passphrase_file: Path
) -> None:
    (folder / "a.txt").write_text("адзін")
    code, seen = at_terminal("intake", archive_folder, folder, "--passphrase-file", passphrase_file)
    assert code == 0
    assert "\x1b[K" in seen
    assert "Taken in: 1 file" in seen
    (folder / "a.txt").write_text("два")
    assert "\r" not in skrynia("intake", archive_folder, folder).err


def test_ctrl_c_ends_an_intake_in_good_order(
    archive_folder: Path, folder: Path, passphrase_file: Path
) -> None:
    for number in range(4000):
        (folder / f"{number:05}.txt").write_text(f"радок {number} " * 40, "utf-8")
    process = started("intake", archive_folder, folder, "--json", passphrase_file=passphrase_file)
    blobs = archive_folder / "blobs"
    end = time.monotonic() + 60
    while len(list(blobs.rglob("*"))) < 300:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"Traceback" not in err
    assert "What was finished before is kept" in err.decode()
    said = json.loads(out)
    kept = [one["record"] for one in said["taken"]]
    assert 0 < len(kept) < 4000
    with reopened(archive_folder) as archive:
        assert archive.alarms == []
    assert json_of("find", archive_folder, "радок", "--limit", "1")["total"] == len(kept)
    assert json_of("check", archive_folder, "--deep") == {"ok": True, "findings": []}
    rest = json_of("intake", archive_folder, folder)
    assert len(rest["taken"]) + len(kept) == 4000


def test_a_process_that_is_killed_leaves_an_archive_that_opens_and_is_well(
    archive_folder: Path, folder: Path, passphrase_file: Path
) -> None:
    for number in range(2000):
        (folder / f"{number:05}.txt").write_text(f"радок {number} " * 40, "utf-8")
    process = started("intake", archive_folder, folder, "--json", passphrase_file=passphrase_file)
    blobs = archive_folder / "blobs"
    end = time.monotonic() + 60
    while len(list(blobs.rglob("*"))) < 300:
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=60)
    ended = skrynia("intake", archive_folder, folder, "--json")
    assert ended.code == 0
    assert len(ended.json["taken"]) + len(ended.json["skipped"]) == 2000
    assert json_of("check", archive_folder, "--deep") == {"ok": True, "findings": []}
    assert not any((archive_folder / "staging").iterdir())


@pytest.mark.parametrize("inside", ["blobs", "keys.json", "archive.db", "../archive/blobs"])
def test_the_archives_own_files_are_not_taken_in(
    inside: str, archive_folder: Path, folder: Path
) -> None:
    (folder / "a.txt").write_text("адзін")
    json_of("intake", archive_folder, folder)
    ended = skrynia("intake", archive_folder, f"{archive_folder}/{inside}", "--json")
    assert ended.json["taken"] == []
    assert json_of("find", archive_folder, "kind:document")["total"] == 1


def test_a_full_disk_ends_an_intake_in_words_and_keeps_what_was_finished(
    archive_folder: Path, folder: Path
) -> None:
    for number in range(200):
        (folder / f"{number:05}.txt").write_text(f"радок {number} " * 40, "utf-8")
    (folder / "large.bin").write_bytes(os.urandom(4 << 20))
    # No file may grow past 2 MiB: for a program the same as a disk without room.
    limited = "import os, resource, sys; limit = 2 << 20\n" \
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n" \
        "os.execv(sys.argv[1], sys.argv[1:])"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", limited, *SKRYNIA, "intake", archive_folder, folder,
         "--passphrase-file", "-", "--json"],
        input=PASSPHRASE.encode(),
        capture_output=True,
        env=environment(),
        check=False,
    )  # fmt: skip
    assert done.returncode == 21, done
    assert json.loads(done.stdout)["error"]["code"] == "disk-full"
    assert json_of("check", archive_folder, "--deep") == {"ok": True, "findings": []}
    assert json_of("find", archive_folder, "радок", "--limit", "1")["total"] > 0
    rest = json_of("intake", archive_folder, folder)
    assert len(rest["taken"]) + len(rest["skipped"]) == 201
