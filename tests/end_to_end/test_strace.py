"""Watched by strace: nothing is written beside the archive, no socket leaves this computer."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.command import ROOT, SKRYNIA
from tests.helpers.samples import docx, exif, odt, paragraph, pdf, picture
from tests.helpers.tracing import Call, need_strace, plain, traced

# Words that stand in the files, their names, tags and fields, and may stand nowhere in clear.
PLANTED = (
    "gooseberrytext", "quagmirepage", "мармеладавы", "плантаванаяназва", "таемныязнак",
    "plantednickname",
)  # fmt: skip
CREATE = """
import sys
from pathlib import Path
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from desktop_app.archive import unlock
from desktop_app.crypto.passphrase import Cost
words = sys.stdin.read()
cost = Cost(memory_kib=64, passes=1, lanes=4)
unlock.create(Path(sys.argv[2]), words, "plantednickname", now=lambda: 0, cost=cost).close()
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """All that was done to an archive, one list of calls for each process."""

    folder: Path
    printed: dict[str, str]
    processes: dict[str, list[list[Call]]]

    @property
    def calls(self) -> list[Call]:
        return [one for runs in self.processes.values() for run in runs for one in run]


def write_sources(folder: Path) -> None:
    folder.mkdir()
    (folder / "плантаванаяназва.txt").write_text("gooseberrytext мармеладавы\n" * 50, "utf-8")
    (folder / "report.pdf").write_bytes(pdf(["quagmirepage one", "quagmirepage two"]))
    (folder / "word.docx").write_bytes(docx(paragraph("мармеладавы gooseberrytext")))
    (folder / "open.odt").write_bytes(odt("<text:p>мармеладавы</text:p>"))
    (folder / "photo.jpg").write_bytes(picture("JPEG", exif=exif()))
    (folder / "photo.tif").write_bytes(picture("TIFF"))
    (folder / "photo.webp").write_bytes(picture("WEBP"))
    (folder / "mail.eml").write_bytes(
        b'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nquagmirepage\r\n--b\r\n"
        b'Content-Type: text/html\r\nContent-Disposition: attachment; filename="a.html"\r\n\r\n'
        b"<p>gooseberrytext</p>\r\n--b--\r\n"
    )
    (folder / "unread.bin").write_bytes(b"\0\1gooseberrytext\0" * 20)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Create an archive, take files in, search, show: each once, each under strace."""
    need_strace()
    base = tmp_path_factory.mktemp("watched")
    folder, sources = base / "archive", base / "sources"
    write_sources(sources)
    private = ("--passphrase-file", "-")
    commands: dict[str, list[str | Path]] = {
        "create": [sys.executable, "-c", CREATE, ROOT, folder],
        "intake": [*SKRYNIA, "intake", folder, sources, "--tag", "таемныязнак", *private],
        "find": [*SKRYNIA, "find", folder, "gooseberrytext", *private],
        "show": [*SKRYNIA, "show", folder, "--text", *private],
    }
    printed, processes = {}, {}
    for name, command in commands.items():
        if name == "show":
            command.insert(len(SKRYNIA) + 2, reference_in(printed["find"]))
        printed[name], processes[name] = traced(base / f"trace {name}", command)
    return Watched(folder, printed, processes)


def reference_in(listed: str) -> str:
    """Return the reference of the first record that `find` printed."""
    return listed.split()[0]


def test_the_commands_did_what_they_should_while_they_were_watched(watched: Watched) -> None:
    assert "Taken in: 9 files" in watched.printed["intake"]
    assert "[gooseberrytext]" in watched.printed["find"]
    assert "gooseberrytext" in watched.printed["show"]


def test_the_process_that_reads_files_was_watched_too(watched: Watched) -> None:
    workers = [
        run
        for run in watched.processes["intake"]
        if any(one.name == "execve" and "extraction.worker" in one.arguments for one in run)
    ]
    assert workers
    # What it answers goes through its pipe: its sandbox did not hide it from strace.
    assert all(any(one.name.startswith("write") for one in run) for run in workers)


def test_nothing_is_written_outside_the_archive(watched: Watched) -> None:
    def allowed(path: Path) -> bool:
        return path.is_relative_to(watched.folder) or path.parts[1:2] in (("proc",), ("dev",))

    outside = {
        f"{one.name} {path}" for one in watched.calls for path in one.changed if not allowed(path)
    }
    assert outside == set()
    # The trace is not blind: the archive's own files are in it.
    inside = {path.name for one in watched.calls for path in one.changed}
    assert {"archive.db", "keys.json"} <= inside


def test_searching_and_showing_makes_no_file_but_the_databases_own(watched: Watched) -> None:
    for name in ("find", "show"):
        changed = {p.name for run in watched.processes[name] for one in run for p in one.changed}
        assert changed <= {"archive.db", "archive.db-wal", "archive.db-shm", "lock", "tty", "null"}


def test_no_bytecode_is_written(watched: Watched) -> None:
    assert not [path for one in watched.calls for path in one.changed if path.suffix == ".pyc"]


def test_no_socket_is_opened_but_unix_ones(watched: Watched) -> None:
    sockets = [one for one in watched.calls if one.name in ("socket", "socketpair", "bind")]
    assert [one for one in sockets if "AF_UNIX" not in one.arguments] == []
    assert [one for one in watched.calls if one.name == "connect"] == []


def test_the_watch_would_see_what_is_forbidden(tmp_path: Path) -> None:
    need_strace()
    forbidden = (
        "import os, socket, sys; os.chdir(sys.argv[1]); open('ж\\n\"', 'w').write('gooseberry')\n"
        "os.rename('ж\\n\"', 'b'); os.mkdir('c'); os.unlink('b'); socket.socket()"
    )
    _out, processes = traced(tmp_path / "trace", [sys.executable, "-B", "-c", forbidden, tmp_path])
    seen = [one for run in processes for one in run]
    changed = [(one.name, path.name) for one in seen for path in one.changed]
    names = {"openat": "open", "renameat2": "rename"}  # what libc makes of them differs
    assert {(names.get(call, call).removesuffix("at"), name) for call, name in changed} >= {
        ("open", 'ж\n"'), ("rename", 'ж\n"'), ("rename", "b"), ("mkdir", "c"), ("unlink", "b"),
    }  # fmt: skip
    assert any(one.name == "socket" and "AF_INET" in one.arguments for one in seen)
    written = [one for one in seen if b"gooseberry" in plain(one.arguments) and one.written_to]
    assert [one.written_to for one in written] == [str(tmp_path / 'ж\n"')]


def forms(word: str) -> list[bytes]:
    """Return the bytes that a word may stand for in a file or a database."""
    return [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]


def test_no_write_to_any_file_holds_planted_words(watched: Watched) -> None:
    looked = 0
    for one in watched.calls:
        target = one.written_to
        if target is None or target.startswith("/dev/"):
            continue
        looked += 1
        content = plain(one.arguments)
        held = [word for word in PLANTED for form in forms(word) if form in content]
        assert held == [], f"{one.name} to {target}"
    assert looked > 50


def test_no_file_of_the_archive_holds_planted_words(watched: Watched) -> None:
    files = [path for path in watched.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        for word in PLANTED:
            assert not [form for form in forms(word) if form in content], path
            assert word not in path.name
