"""Sending and opening, watched by strace: no plaintext on disk, nothing written elsewhere."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop_app.archive import intake, records
from tests.helpers.archives import make_archive, make_reader
from tests.helpers.command import SKRYNIA
from tests.helpers.exchange import meet
from tests.helpers.samples import pdf
from tests.helpers.tracing import Call, need_strace, plain, traced

# They stand in files, names, fields and nicknames, and may stand nowhere in clear.
PLANTED = (
    "gooseberrytext", "quagmirepage", "мармеладавы", "плантаванаяназва", "таемныязнак",
    "plantedwriter", "plantedreader", "plantedlawyer", "АсінаПсеўданім",
)  # fmt: skip
OWN_FILES = {"archive.db", "archive.db-wal", "archive.db-shm", "archive.db-journal", "lock"}
PRIVATE = ("--passphrase-file", "-")


@dataclass(frozen=True, slots=True)
class Watched:
    """What was done by each command, one list of calls for each process."""

    base: Path
    printed: dict[str, str]
    processes: dict[str, list[list[Call]]]

    def calls(self, *names: str) -> list[Call]:
        chosen = names or tuple(self.processes)
        return [one for name in chosen for run in self.processes[name] for one in run]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Share with the team and as an edition, check as the courier, receive both: under strace."""
    need_strace()
    base = tmp_path_factory.mktemp("watched")
    make_people(base)
    for name in ("stick", "lawyers stick", "back"):
        (base / name).mkdir()
    writer, reader, lawyer = base / "writer", base / "reader", base / "lawyer"
    commands: dict[str, list[str | Path]] = {
        "share": ["share", writer, "--to", "plantedreader", "--all", "--medium", base / "stick",
                  "--yes", *PRIVATE],
        "edition": ["share", writer, "--to", "plantedlawyer", "--all", "--medium",
                    base / "lawyers stick", "--yes", *PRIVATE],
        "courier": ["courier", "check", base / "stick"],
        "inspect": ["receive", reader, base / "stick", "--inspect", *PRIVATE],
        "receive": ["receive", reader, base / "stick", "--yes", *PRIVATE],
        "receive edition": ["receive", lawyer, base / "lawyers stick", "--yes", *PRIVATE],
        "receipt": ["share", reader, "--to", "plantedwriter", "--receipts-only", "--medium",
                    base / "back", "--yes", *PRIVATE],
        "receive receipt": ["receive", writer, base / "back", "--yes", *PRIVATE],
        "card": ["card", writer, "--out", base / "card", *PRIVATE],
    }  # fmt: skip
    printed, processes = {}, {}
    for name, command in commands.items():
        trace = base / f"trace {name}"
        printed[name], processes[name] = traced(trace, [*SKRYNIA, *command])
    return Watched(base, printed, processes)


def make_people(base: Path) -> None:
    sources = base / "sources"
    sources.mkdir()
    (sources / "плантаванаяназва.txt").write_text("gooseberrytext мармеладавы\n" * 50, "utf-8")
    (sources / "report.pdf").write_bytes(pdf(["quagmirepage one", "quagmirepage two"]))
    (sources / "unread.bin").write_bytes(b"\0\1gooseberrytext\0" * 20_000)
    with make_archive(base / "writer", "plantedwriter") as writer:
        options = intake.Options(tags=("таемныязнак",), case="мармеладавы", sensitivity=0)
        intake.take_in(writer, [sources], options, make_reader)
        told = records.Testimony(
            "мармеладавы", "АсінаПсеўданім", "quagmirepage", "2020", "be", sensitivity=0
        )
        records.write_testimony(writer, told)
        for name in ("reader", "lawyer"):
            called = f"planted{name}"
            with make_archive(base / name, called) as other:
                meet(writer, other, "plantedwriter", called, team=name == "reader")


def allowed(path: Path, *folders: Path) -> bool:
    special = path.parts[1:2] in (("proc",), ("dev",))
    return special or any(path.is_relative_to(one) for one in folders)


def outside(watched: Watched, command: str, *folders: str) -> set[str]:
    within = [watched.base / one for one in folders]
    return {
        f"{one.name} {path}"
        for one in watched.calls(command)
        for path in one.changed
        if not allowed(path, *within)
    }


def test_the_commands_did_what_they_should_while_they_were_watched(watched: Watched) -> None:
    assert "Encrypted for plantedreader" in watched.printed["share"]
    assert "Encrypted for plantedlawyer" in watched.printed["edition"]
    assert "whole" in watched.printed["courier"]
    for name in ("inspect", "receive", "receive edition", "receive receipt"):
        assert "signature good" in watched.printed[name]


@pytest.mark.parametrize("command", ["inspect", "receive", "receive edition", "receive receipt"])
def test_the_process_that_opens_packages_was_watched_too(command: str, watched: Watched) -> None:
    openers = [
        run
        for run in watched.processes[command]
        if any(one.name == "execve" and "bundle.opener" in one.arguments for one in run)
    ]
    assert openers
    assert all(any(one.name.startswith("write") for one in run) for run in openers)
    staging = {"receive": "reader", "receive edition": "lawyer"}
    if command in staging:
        folder = watched.base / staging[command] / "staging"
        made = {path.parent for run in openers for one in run for path in one.changed}
        assert folder in made


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("share", ("writer", "stick")),
        ("edition", ("writer", "lawyers stick")),
        ("courier", ()),
        ("inspect", ("reader",)),
        ("receive", ("reader",)),
        ("receive edition", ("lawyer",)),
        ("receipt", ("reader", "back")),
        ("receive receipt", ("writer",)),
    ],
)
def test_nothing_is_written_outside_the_archive_and_the_medium(
    command: str, folders: tuple[str, ...], watched: Watched
) -> None:
    assert outside(watched, command, *folders) == set()


def test_the_watch_is_not_blind(watched: Watched) -> None:
    changed = {path.name for one in watched.calls("share") for path in one.changed}
    assert {"SHA256SUMS", "0001.VOL", "archive.db"} <= changed


@pytest.mark.parametrize(("command", "person"), [("share", "writer"), ("inspect", "reader")])
def test_beside_staging_only_the_database_is_touched(
    command: str, person: str, watched: Watched
) -> None:
    """Sharing and inspecting make no blob: what they stage is gone afterwards."""
    archive = watched.base / person
    changed = {
        path
        for one in watched.calls(command)
        for path in one.changed
        if path.is_relative_to(archive) and not path.is_relative_to(archive / "staging")
    }
    assert {path.name for path in changed} <= OWN_FILES
    assert list((archive / "staging").iterdir()) == []


def test_no_socket_is_opened_but_unix_ones(watched: Watched) -> None:
    sockets = [one for one in watched.calls() if one.name in ("socket", "socketpair", "bind")]
    assert [one for one in sockets if "AF_UNIX" not in one.arguments] == []
    assert [one for one in watched.calls() if one.name == "connect"] == []


def test_no_bytecode_is_written(watched: Watched) -> None:
    assert not [path for one in watched.calls() for path in one.changed if path.suffix == ".pyc"]


def test_no_write_to_any_file_holds_planted_words(watched: Watched) -> None:
    looked = 0
    public = str(watched.base / "card")  # a card tells the nickname: that is what it is for
    for one in watched.calls():
        target = one.written_to
        if target is None or target.startswith("/dev/") or target == public:
            continue
        looked += 1
        content = plain(one.arguments)
        held = [word for word in PLANTED for form in forms(word) if form in content]
        assert held == [], f"{one.name} to {target}"
    assert looked > 50


def test_no_file_left_behind_holds_planted_words(watched: Watched) -> None:
    folders = ("writer", "reader", "lawyer", "stick", "lawyers stick", "back")
    files = [one for name in folders for one in (watched.base / name).rglob("*") if one.is_file()]
    assert len(files) > 20
    for path in files:
        content = path.read_bytes()
        for word in PLANTED:
            assert not [form for form in forms(word) if form in content], path
            assert word not in path.name


def test_no_program_but_ours_is_started(watched: Watched) -> None:
    started = [one for one in watched.calls() if one.name == "execve" and one.result == "0"]
    assert started
    for one in started:
        assert "desktop_app" in one.arguments or "strace" in one.arguments, one.arguments[:300]


def test_the_reading_key_goes_to_the_opener_by_its_pipe_only(watched: Watched) -> None:
    """Neither a command line nor an environment nor a file ever holds it."""
    for one in watched.calls():
        if one.name == "execve" or one.written_to is not None:
            assert b"AGE-SECRET-KEY-1" not in plain(one.arguments)


def forms(word: str) -> list[bytes]:
    """Return the bytes that a word may stand for in a file or a database."""
    return [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]
