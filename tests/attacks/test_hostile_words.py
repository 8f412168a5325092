"""H12 and what comes out on a terminal: hostile queries, names, titles and paths."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.archive import check, export, intake, logbook, lookup, records
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.cli import main as command_line
from desktop_app.cli.commands import Services
from desktop_app.domain.query import Sort
from desktop_app.domain.record import element
from desktop_app.errors import AppError
from desktop_app.storage import blobs
from desktop_app.storage import records as stored
from tests.helpers.archives import PASSPHRASE, make_archive, reopened, ticking
from tests.helpers.tampering import PlainReader, alter, copied

ROOT = Path(__file__).parents[2]
WITHIN_S = 5.0

QUERIES = [
    '"', '""', '"""', "*", "**", "NEAR(", "NEAR(a b, 999999999999)", "NEAR/0", "AND", "OR NOT",
    "NOT", "a AND", "(((((", ")" * 50, "(" * 5000 + "a", "-", "--", "- -", "^", "^a",
    "{title} : a",
    "title:", "title:*",
    "title : {", "body:a", "rowid:1", "word_index:a", "a:b:c", "#", "##", "# #",
    "tag:", 'tag:"', "case:*", "date:", "date:9999999-1", "date:2020/1999", "date:../..", "kind:'",
    "'; DROP TABLE record; --", "' OR 1=1 --", "%", "_", "\\", "\0", "a\0b", "\ud800", "\udcff",
    "\u202eabc", "\u200b", "\ufeff", "\U0010ffff", "\x1b[2J", "a~", "~", "a~9", "~~~", "?", "???",
    "?" * 200, "*a*", "a*b*c*d*e*", "*" + "a*" * 300, "[a-z]*", "*[", "a[*", "e\u0301" * 50,
    "\u0301", "a" + "\u0301" * 5000, "İ", "ﬃ", "ß", "𝕏", "𐐷", "9" * 5000, "1e309", "-1", "NULL",
    "sort:relevance", "limit:0", "{}", "{{title}}", "{0}", "%s", "$(id)", "`id`", "a\nb\rc\td",
    "state:trash", "state:'", "sensitivity:9", "sensitivity:x", "conflict:", "is:", "a OR b OR c",
    " ".join(f"w{number}" for number in range(5000)),
    " OR ".join(f"w{number}*" for number in range(2000)),
    '"' + " ".join("a" for _ in range(5000)) + '"',
]  # fmt: skip


@pytest.mark.parametrize("typed", QUERIES, ids=lambda typed: ascii(typed)[:30])
def test_h12_a_hostile_query_gives_results_and_no_exception(full: Archive, typed: str) -> None:
    start = time.perf_counter()
    for sort in Sort:
        found = lookup.find(full, typed, sort=sort)
        assert 0 <= len(found.hits) <= min(20, found.total)
    lookup.find_all(full, typed)

    assert time.perf_counter() - start < WITHIN_S


@pytest.mark.parametrize(
    "typed",
    ["a" * (1 << 20), "a " * (1 << 19), '"' * (1 << 20), "(" * (1 << 20), "*" * (1 << 20)],
    ids=["one word", "many words", "quotes", "brackets", "stars"],
)
def test_h12_a_megabyte_is_answered_in_bounded_time(full: Archive, typed: str) -> None:
    start = time.perf_counter()
    lookup.find(full, typed)

    assert time.perf_counter() - start < WITHIN_S


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.one_of(st.sampled_from('"*()-:^#~?/ \0{}[]aбNOTARE'), st.characters()), max_size=60)
)
def test_h12_no_text_at_all_ends_in_an_exception(full: Archive, typed: str) -> None:
    found = lookup.find(full, typed)

    assert found.total >= len(found.hits)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-1, 0), (10**9, 0), (1, 10**9), (5, -3)])
def test_h12_odd_pages_are_empty_or_whole(full: Archive, limit: int, offset: int) -> None:
    found = lookup.find(full, "сведка", limit=limit, offset=offset)

    assert found.total >= len(found.hits)


@pytest.fixture(scope="module")
def full(original: Path, tmp_path_factory: pytest.TempPathFactory):
    """An open archive with something in it; only read from."""

    with reopened(copied(original, tmp_path_factory.mktemp("full") / "archive")) as archive:
        yield archive


# --- what a terminal and a program are told -----------------------------------------------------

NASTY = [
    "a\x1b[2J\x1b]0;owned\x07.txt",
    "photo\u202egpj.exe",
    "line\nwarning: the archive is damaged.txt",
    "tab\there.txt",
    "carriage\rreturn.txt",
    "zero\u200bwidth.txt",
    "con.txt",
    "=cmd()|' 'A1.csv",
    "-rf.txt",
    "e\u0301.txt",
    "\u00e9.txt",
    "x" * 251 + ".txt",
    "..hidden..txt. ",
    "\u2028separator.txt",
    "quote\"'`$(id).txt",
]


def program(*arguments: str | bytes, text: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "desktop_app", *arguments, "--passphrase-file", "-"],
        input=(PASSPHRASE + "\n" + text).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of files with hostile names, closed."""
    base = tmp_path_factory.mktemp("nasty")
    (base / "sources").mkdir()
    for at, name in enumerate(NASTY):
        (base / "sources" / name).write_text(f"агульнае {at}", encoding="utf-8")
    raw = os.fsencode(base / "sources") + b"/bytes\xff\xfe.txt"
    with open(raw, "wb") as file:  # noqa: PTH123 (a name that is no text)
        file.write("агульнае bytes".encode())
    with make_archive(base / "archive") as archive:
        taken = intake.take_in(archive, [base / "sources"], Options(), PlainReader)
        assert len(taken.taken) == len(NASTY) + 1
    return base / "archive"


def test_h06_every_file_with_a_hostile_name_comes_out_whole(nasty: Path, tmp_path: Path) -> None:
    with reopened(nasty) as archive:
        done = export.export(archive, records.every(archive), tmp_path / "out")
        assert check.check(archive, deep=True).ok

    names = [path.name for path in (tmp_path / "out/data/files").rglob("*") if path.is_file()]
    assert done.files == len(NASTY) + 1 == len(names)
    for name in names:
        assert name.isprintable()
        assert not set(name) & set('\\/:*?"<>|')
        assert len(name.encode()) <= 255
        assert not name.startswith(".")
        assert name.partition(".")[0].casefold() != "con"
        assert name == name.rstrip(". ")


def test_h06_twins_of_one_record_both_come_out(tmp_path: Path) -> None:
    """NFC and NFD twins, and names that differ only by case, are two files of one record."""

    with make_archive(tmp_path / "archive") as archive:
        fields: dict[str, object] = {}
        (tmp_path / "s").mkdir()
        for at, name in enumerate(("e\u0301.txt", "\u00e9.txt", "A.txt", "a.txt")):
            (tmp_path / "s" / f"{at}").write_bytes(bytes([at]) * 10)
            with (tmp_path / "s" / f"{at}").open("rb") as file:
                blob = archive.blobs.seal(file)
            archive.blobs.keep([blob])

            with archive.connection.transaction():
                blobs.add(archive.connection, blob)
            key = element("attachments", blob.sha256)
            fields[key] = {"sha256": blob.sha256, "size_bytes": 10, "media_type": "text/plain"}
            fields["origins/" + key.partition("/")[2]] = {"name": name, "path": name}
        said = logbook.founding(archive, "acquired", "document", fields)
        with archive.connection.transaction():
            logbook.store(archive, said, [])
        done = export.export(archive, [said.entry.record], tmp_path / "out")

    found = [path.name for path in (tmp_path / "out/data/files").rglob("*") if path.is_file()]
    assert done.files == 4
    assert len({name.casefold() for name in found}) == 4


@pytest.mark.parametrize("command", ["find", "show", "log", "intake"])
def test_what_a_name_holds_never_commands_the_terminal_or_fakes_a_line(
    nasty: Path, command: str
) -> None:
    arguments = {
        "find": ["find", str(nasty), "агульнае", "--limit", "100"],
        "intake": ["intake", str(nasty), str(nasty.parent / "sources")],
    }
    with reopened(nasty) as archive:
        line = lookup.find(archive, "warning").hits[0].row.record
    arguments["show"] = ["show", str(nasty), line]
    arguments["log"] = ["show", str(nasty), line, "--log"]

    done = program(*arguments[command])
    told = (done.stdout + done.stderr).decode()

    assert done.returncode == 0, told
    assert not {"\x1b", "\x07", "\r", "\u202e", "\u2028"} & set(told)
    assert not [one for one in told.splitlines() if one.startswith("warning: the archive")]


def test_json_output_is_one_object_whatever_names_hold(nasty: Path) -> None:
    found = json.loads(program("find", str(nasty), "агульнае", "--json", "--limit", "99").stdout)

    assert found["total"] == len(NASTY) + 1
    assert {hit["title"] for hit in found["hits"]} >= set(NASTY)


@pytest.mark.parametrize(
    "arguments",
    [
        ["record", "set", "{archive}", "{record}", "--title", b"\xff\xfe"],
        ["record", "set", "{archive}", "{record}", "--tag", b"\xff"],
        ["record", "set", "{archive}", "{record}", "--title", "\x1b[2J"],
        ["record", "set", "{archive}", "{record}", "--tag", "\u202e\u2028x"],
        ["record", "set", "{archive}", "{record}", "--date", "٢٠٢٠"],
        ["record", "set", "{archive}", "{record}", "--date", b"\xff"],
        ["record", "decide", "{archive}", "{record}", b"\xff", "1"],
        ["record", "decide", "{archive}", "{record}", "title", "١"],
        ["find", "{archive}", b"\xff\xfe"],
        ["find", "{archive}", b"\xff", "--json"],
        ["show", "{archive}", b"\xff\xff\xff\xff\xff"],
        ["show", "{archive}", "[" * 5],
        ["show", "{archive}", "*" * 5],
        ["show", "{archive}", "0" * 5000],
        ["export", "{archive}", b"\xff", "--to", "{new}", "--yes"],
        ["testimony", "{archive}", "--title", b"\xff", "--speaker", "x", "--text-file", "{text}"],
        ["testimony", "{archive}", "--title", "x", "--speaker", b"\xff", "--text-file", "{text}"],
        ["testimony", "{archive}", "--title", "x", "--speaker", "x", "--text-file", "{nothing}"],
        ["testimony", "{archive}", "--title", "x", "--speaker", "x", "--text-file", "/dev/null"],
        ["intake", "{archive}", "{nothing}"],
        ["intake", "{archive}", b"\xff"],
        ["intake", "{archive}", "{text}", "--tag", b"\xff"],
        ["intake", "{archive}", "{text}", "--case", b"\xff"],
        ["intake", "{archive}", "{text}", "--case", "\n"],
        ["intake", "{archive}", "{archive}"],
        ["check", "{text}"],
        ["check", b"\xff"],
        ["find", "{archive}", "{text}\0"],
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_no_argument_ends_in_a_bug(nasty: Path, tmp_path: Path, arguments: list) -> None:

    text, words = tmp_path / "text.txt", tmp_path / "passphrase"
    text.write_text("тэкст", encoding="utf-8")
    words.write_text(PASSPHRASE + "\n", encoding="utf-8")
    with reopened(nasty) as archive:
        record = records.every(archive)[0]
    names = {"archive": nasty, "record": record, "new": tmp_path / "new", "text": text}
    names["nothing"] = tmp_path / "nothing"
    typed = [
        os.fsdecode(one) if isinstance(one, bytes) else one.format(**names) for one in arguments
    ]
    typed += ["--passphrase-file", str(words)]

    services = Services(now=ticking(), make_reader=PlainReader)
    assert command_line.run(typed, services) != command_line.BUG
    with reopened(nasty) as archive:
        assert check.check(archive, deep=True).ok


def test_a_record_whose_title_conflicts_with_its_removal_is_not_called_none(
    folder: Path,
) -> None:
    """A title that somebody took away while another changed it must not read "None"."""

    with reopened(folder) as archive:
        record_id = records.every(archive)[0]
        record, _log = stored.fold_record(archive.connection, record_id)
        for _round in range(8):  # whichever id is smaller comes first
            said = [
                logbook.following(archive, record, "changed", {"title": value})
                for value in (None, "Вострава")
            ]
            with archive.connection.transaction():
                for one in said:
                    logbook.store(archive, one)
            shown = records.show(archive, record_id)
            assert shown.title != "None"
            assert shown.record.title != "None"
            record = shown.record


def test_an_export_into_a_linked_or_used_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    target, used, file = tmp_path / "target", tmp_path / "used", tmp_path / "file"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    used.mkdir()
    (used / "x").write_text("x")
    file.write_text("x")
    with reopened(folder) as archive:
        for place in (tmp_path / "link", used, file):
            with pytest.raises(AppError):
                export.export(archive, records.every(archive), place)
    assert list(target.iterdir()) == []


def test_an_exported_folder_is_private(folder: Path, tmp_path: Path) -> None:
    with reopened(folder) as archive:
        export.export(archive, records.every(archive), tmp_path / "out")

    loose = [
        path
        for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]
        if path.stat().st_mode & 0o077
    ]
    assert loose == []


def test_an_altered_kind_or_state_in_the_tables_does_not_crash_find_and_show(folder: Path) -> None:
    alter(folder, "UPDATE record SET state = char(27) || '[2J', title = char(10) || 'x'")
    with reopened(folder) as archive:
        lookup.find(archive, "сведка")
        for record in records.every(archive):
            records.show(archive, record)
