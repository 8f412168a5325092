"""200 real records go to a second archive as team and to a third as edition; stock tools open both.

The words that are searched for are those of test_corpora.py: rare, and seen in their files by
other programs than ours.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import check, contacts, lookup, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.bundle.format import NAMESPACE
from desktop_app.domain.ids import RecordId
from desktop_app.extraction.sniff import HEAD_BYTES
from tests.end_to_end.test_corpora import WORDS
from tests.helpers.archives import make_archive, make_reader, reopened
from tests.helpers.command import skrynia
from tests.helpers.exchange import meet

COUNT = 200
CLEARANCE = 3
# The documented way, as FORMATS.md, section 4, and resources/spec/bundle-v1.md have it.
OPEN = "cat *.VOL | age -d -i key.txt > b.tar && tar xf b.tar"
VERIFY = (
    "ssh-keygen -Y verify -f allowed -I sender -n bundle@skrynia.v1"
    " -s bag/meta/bundle.json.sig < bag/meta/bundle.json"
)
COMPARE = (
    'grep -q "$(sha256sum < bag/manifest-sha256.txt | cut -c1-64)" bag/meta/bundle.json'
    " && bagit.py --validate bag"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Who sent what to whom, and where the packages lie."""

    base: Path
    chosen: list[RecordId]
    reports: dict[str, receive.Report]
    withheld: dict[str, tuple[Any, ...]]
    sources: dict[str, str]  # SHA-256 to the name below the corpora

    def archive(self, name: str) -> Archive:
        return reopened(self.base / name)

    def package(self, name: str) -> Path:
        (folder,) = (self.base / f"stick {name}").iterdir()
        return folder


@pytest.fixture(scope="module")
def sent(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Take the corpora in, choose 200 records, send and receive them twice."""
    base = tmp_path_factory.mktemp("exchange")
    for name in ("source", "team", "edition"):
        make_archive(base / name, name).close()
    files = chosen_files(corpora)
    ended = skrynia("intake", base / "source", *files, "--json")
    assert ended.code == 0, ended.err
    sources = {one["sha256"]: one["path"] for one in ended.json["taken"]}
    reports, withheld = {}, {}
    with reopened(base / "source") as source:
        chosen = [RecordId(one["record"]) for one in ended.json["taken"]][:COUNT]
        assert len(chosen) == COUNT
        for name in ("team", "edition"):
            stick = base / f"stick {name}"
            stick.mkdir()
            with reopened(base / name) as reader:
                meet(source, reader, "source", name, team=name == "team")
                contacts.set_clearance(source, name, CLEARANCE)
                plan = share.make_plan(source, [name], chosen)
                withheld[name] = share.carry_out(source, plan, stick).plan.withheld
                with receive.inspect(reader, stick) as inspection:
                    reports[name] = inspection.take_in(make_reader)
    return Sent(base, chosen, reports, withheld, sources)


def chosen_files(corpora: Path) -> list[Path]:
    """Return 240 different files: those with the rare words, then others of every kind by turns."""
    first = [corpora / path for path in WORDS]
    kinds: dict[str, list[Path]] = {}
    for path in sorted((corpora / "documents").rglob("*")) + sorted(
        (corpora / "photos").rglob("*")
    ):
        if path.is_file() and path not in first:
            kinds.setdefault(path.suffix.lower(), []).append(path)
    while any(kinds.values()) and len(first) < COUNT + 40:
        first += [paths.pop(0) for paths in kinds.values() if paths]
    return first


def of_attachment(archive: Archive) -> dict[str, RecordId]:
    """Return which record holds which file."""
    found = {}
    for one in records.every(archive):
        for attachment in records.show(archive, one).record.attachments:
            found[attachment.sha256] = one
    return found


@pytest.mark.parametrize("name", ["team", "edition"])
def test_all_two_hundred_arrive_and_none_is_refused(name: str, sent: Sent) -> None:
    report = sent.reports[name]
    assert sent.withheld[name] == ()
    assert report.refused == ()
    assert (report.waiting, report.conflicts, report.gaps, report.missing) == (0, 0, (), ())
    assert len(report.new) >= COUNT
    with sent.archive("source") as source, sent.archive(name) as reader:
        theirs = of_attachment(reader)
        for record in sent.chosen:
            for attachment in records.show(source, record).record.attachments:
                assert attachment.sha256 in theirs


def test_the_team_has_the_same_ids_and_an_edition_none_of_them(sent: Sent) -> None:
    with sent.archive("team") as team, sent.archive("edition") as edition:
        assert set(sent.chosen) <= set(records.every(team))
        assert not set(sent.chosen) & set(records.every(edition))


def found(archive: Archive, word: str) -> set[str]:
    """Return the files whose records a search finds."""
    hits = {hit.row.record for hit in lookup.find(archive, word, limit=500).hits}
    return {sha256 for sha256, record in of_attachment(archive).items() if record in hits}


@pytest.mark.parametrize(("path", "word"), WORDS.items())
def test_the_searches_find_the_same_in_the_teams_archive(path: str, word: str, sent: Sent) -> None:
    with sent.archive("source") as source, sent.archive("team") as team:
        theirs = of_attachment(team)
        here = found(source, word) & theirs.keys()
        assert any(sent.sources[one].endswith(path) for one in here)
        assert found(team, word) == here


@pytest.mark.parametrize(("path", "word"), WORDS.items())
def test_the_searches_find_the_same_in_an_edition_but_for_names_of_files(
    path: str, word: str, sent: Sent
) -> None:
    """An edition does not tell what a file was called, so a word of its name finds nothing."""
    with sent.archive("source") as source, sent.archive("edition") as edition:
        theirs = of_attachment(edition)
        here = found(source, word) & theirs.keys()
        there = found(edition, word)
        assert any(sent.sources[one].endswith(path) for one in there)
        assert there <= here
        assert all(word in Path(sent.sources[one]).name.lower() for one in here - there)


@pytest.mark.parametrize("name", ["source", "team", "edition"])
def test_a_deep_check_finds_nothing(name: str, sent: Sent) -> None:
    with sent.archive(name) as archive:
        assert check.check(archive, deep=True).findings == ()


@pytest.mark.parametrize("name", ["team", "edition"])
def test_a_carrier_without_our_program_finds_it_whole(name: str, sent: Sent) -> None:
    need("sha256sum")
    done = run("sha256sum -c SHA256SUMS", sent.package(name))
    assert done.returncode == 0, done


@pytest.mark.parametrize("name", ["team", "edition"])
def test_the_documented_commands_open_it_without_us(name: str, sent: Sent, tmp_path: Path) -> None:
    bag = opened_by_stock_tools(name, sent, tmp_path)
    lines = [
        json.loads(line)
        for path in sorted((bag / "data" / "entries").iterdir())
        for line in path.read_text("utf-8").splitlines()
    ]
    assert len(lines) >= COUNT
    blobs = {path.name: path.read_bytes() for path in (bag / "data" / "blobs").iterdir()}
    for sha256, content in blobs.items():
        assert hashlib.sha256(content).hexdigest() == sha256
    named = [sha256 for sha256 in blobs if sha256 in sent.sources]
    assert len(named) >= COUNT - 5  # some files lie in the corpora twice
    for sha256 in named:
        assert blobs[sha256] == Path(sent.sources[sha256]).read_bytes()


def test_the_documented_commands_see_that_something_was_altered(sent: Sent, tmp_path: Path) -> None:
    bag = opened_by_stock_tools("team", sent, tmp_path)
    blob = next((bag / "data" / "blobs").iterdir())
    kept = blob.read_bytes()
    blob.write_bytes(bytes([kept[0] ^ 1]) + kept[1:] if len(kept) > 0 else b"x")
    assert run(COMPARE, tmp_path).returncode != 0
    blob.write_bytes(kept)
    assert run(COMPARE, tmp_path).returncode == 0
    other = bag / "manifest-sha256.txt"
    other.write_text("".join(other.read_text().splitlines(keepends=True)[1:]))
    assert run(COMPARE, tmp_path).returncode != 0
    head = bag / "meta" / "bundle.json"
    head.write_bytes(head.read_bytes().replace(b'"number":1', b'"number":2'))
    assert run(VERIFY, tmp_path).returncode != 0


def test_an_edition_tells_no_name_of_a_file_and_no_path_of_the_source(
    sent: Sent, tmp_path: Path
) -> None:
    bag = opened_by_stock_tools("edition", sent, tmp_path)
    content = b"".join(path.read_bytes() for path in (bag / "data" / "entries").iterdir())
    assert len(content) > HEAD_BYTES
    for record in sent.chosen:
        assert record.encode() not in content
    for path in sent.sources.values():
        # Titles may repeat a name that stands inside the document; the path never.
        assert path.encode() not in content


def opened_by_stock_tools(name: str, sent: Sent, folder: Path) -> Path:
    """Open a package by nothing but the documented commands; return the bag."""
    need("age", "tar", "ssh-keygen", "sha256sum", "bagit.py")
    for path in sent.package(name).glob("*.VOL"):
        shutil.copy(path, folder)
    key = folder / "key.txt"
    ended = skrynia("reading-key", "export", sent.base / name, "--out", key, "--yes")
    assert ended.code == 0, ended
    with sent.archive("source") as source:
        public = source.signer.public
    (folder / "allowed").write_text(f"sender {ssh_public(public)}\n")
    for command in (OPEN, VERIFY, COMPARE):
        done = run(command, folder)
        assert done.returncode == 0, (command, done)
    return folder / "bag"


def ssh_public(public: bytes) -> str:
    """Return an Ed25519 key as OpenSSH writes it."""

    def field(raw: bytes) -> bytes:
        return len(raw).to_bytes(4, "big") + raw

    kind = b"ssh-ed25519"
    return f"ssh-ed25519 {base64.b64encode(field(kind) + field(public)).decode()}"


# bagit.py lies beside the Python that runs the tests.
TOOLS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    environment = dict(os.environ, PATH=TOOLS)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )


def need(*programs: str) -> None:
    for one in programs:
        if shutil.which(one, path=TOOLS) is None:
            pytest.skip(f"{one} is not installed")


def test_the_namespace_in_the_documented_command_is_ours() -> None:
    assert f"-n {NAMESPACE} " in VERIFY
