"""What a member of the team can do who has become an enemy, beyond the numbered list."""

import hashlib
import os
import random
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import describe, export, lookup, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.archive.lookup import find
from desktop_app.bundle import card
from desktop_app.domain import log
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.storage import contacts
from desktop_app.storage import records as stored
from tests.helpers.parcels import (
    Hand,
    Line,
    everything,
    folded,
    follows,
    founds,
    give,
    send,
    sound,
    spoken,
    tell,
    title,
)

Team = tuple[Archive, Archive, Archive]
NOWHERE = EntryId("ab" * 32)
KEY = "0" * 16
VALUES: tuple[tuple[str, Any], ...] = (
    ("title", "\x1b[2J\u202e\nfake line\x00"),
    ("title", "x" * 300_000),
    ("title", "ß" * 501),
    ("title", "\u200b"),
    ("title", {"a": [1]}),
    ("title", 2**53 - 1),
    ("date", "9999-99-99"),
    ("date", "2020-08-09/1970"),
    ("date", "-0001-01-01"),
    ("date", "2" * 100_000),
    ("languages__" + KEY, "x\x00y"),
    ("tags__" + KEY, "=cmd()|' /C calc'!A0"),
    ("tags__" + KEY, "../../../etc/passwd"),
    ("tags__" + KEY, ""),
    ("reference", "../../.."),
    ("pseudonym", "\u202eevil"),
    ("text", ""),
    ("text", "\x00" * 1000),
    ("text", "a " * 200_000),
    ("text", "\ud7ff\uffff\U0010ffff"),
    ("place", {"lat": 91}),
    ("@recorded", 2**53 - 1),
    ("@recorded", -(2**53) + 1),
    ("speaker", "0" * 64),
    ("cases__" + KEY, "0" * 64),
    ("family__" + KEY, "0" * 64),
    ("attachments__" + KEY, {"sha256": "0" * 64, "size_bytes": 2**53 - 1, "media_type": "../x"}),
    ("origins__" + KEY, {"name": "../../../tmp/evil", "path": "/etc/passwd"}),
    ("origins__" + KEY, {"name": "\x00", "path": "\n", "modified_utc": "never"}),
    ("unknown_field", [[[[1]]]]),
)


def deliver(team: Team, beside: Path, *lines: Line, **more: Any) -> receive.Report:
    alice, bob, _carol = team
    return Hand(bob.signer, alice).deliver(beside, lines, **more)


def use_everything(archive: Archive) -> None:
    """Whatever a person does next works: look, search, check, export, share on."""
    for record in records.every(archive):
        assert describe.described(records.show(archive, record))["title"] != "None"
    for query in ("x", "kind:document", "date:2020", "#a", "дзевяць", "has:file"):
        find(archive, query)
    assert {one.split()[0] for one in sound(archive)} <= {"blob-missing"}


@pytest.mark.parametrize("kind", ["document", "testimony", "person"])
def test_no_value_that_a_member_sends_stops_the_archive(
    team: Team, tmp_path: Path, kind: str
) -> None:
    alice, bob, carol = team
    mine = tell(alice, "mine")
    lines = [founds(bob.signer, kind, **{name: value}) for name, value in VALUES]
    lines += [follows(bob.signer, mine, [mine], **{name: value}) for name, value in VALUES]
    deliver(team, tmp_path, *lines)
    use_everything(alice)
    give(alice, carol, tmp_path)
    assert folded(carol) == folded(alice)


def test_records_that_name_each_other_in_a_ring_are_shared(team: Team, tmp_path: Path) -> None:
    alice, bob, carol = team
    one, two = founds(bob.signer, "person"), founds(bob.signer, "case")
    ring = [
        follows(bob.signer, one.record, [one.id], **{f"cases__{KEY}": two.record}),
        follows(bob.signer, two.record, [two.id], **{f"family__{KEY}": one.record}),
        follows(bob.signer, two.record, [two.id], speaker=two.record),
    ]
    deliver(team, tmp_path, one, two, *ring)
    give(alice, carol, tmp_path)
    use_everything(alice)
    assert folded(carol) == folded(alice)


def test_an_enormous_log_is_taken_in_within_seconds_and_memory(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    first = founds(bob.signer, title="0")
    lines = [first]
    for number in range(3000):
        lines.append(follows(bob.signer, first.record, [lines[-1].id], title=str(number)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    deliver(team, tmp_path, *lines)
    title_now = title(alice, first.record)
    taken_s = time.monotonic() - started
    assert title_now == "2999"
    assert taken_s < 30
    started = time.monotonic()
    share.make_plan(alice, ["Carol"], [first.record])
    send(alice, team[2], tmp_path, [first.record])
    assert time.monotonic() - started < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 << 10


def test_many_records_take_time_in_proportion(team: Team, tmp_path: Path) -> None:
    """Four times as many records with a file name each: not sixteen times the time."""
    alice, bob, _carol = team
    hand = Hand(bob.signer, alice)
    took = []
    for count in (150, 600):
        lines = []
        for number in range(count):
            told = {"sha256": os.urandom(32).hex(), "size_bytes": 1, "media_type": "x/y"}
            lines.append(founds(bob.signer, title=str(number), **{f"attachments__{KEY}": told}))
        stick, _written = hand.parcel(tmp_path, lines)
        with receive.inspect(alice, stick) as inspection:
            started = time.process_time()
            inspection.take_in(lambda: pytest.fail("no file came"))
            took.append(time.process_time() - started)
    assert took[1] < 8 * took[0] + 0.5, took


def test_a_wide_log_of_concurrent_entries_is_decided_and_shared(team: Team, tmp_path: Path) -> None:
    """200 heads: one entry can follow 64; what was decided must count all the same."""
    alice, bob, carol = team
    record = tell(alice, "mine")
    deliver(
        team, tmp_path, *(follows(bob.signer, record, [record], title=f"t{n}") for n in range(200))
    )
    assert len(stored.fold_record(alice.connection, record)[0].conflicts["title"]) == 200
    use_everything(alice)
    for _attempt in range(6):
        if stored.fold_record(alice.connection, record)[0].conflicts:
            records.decide(alice, record, "title", "1")
    assert stored.fold_record(alice.connection, record)[0].conflicts == {}
    give(alice, carol, tmp_path)
    assert folded(carol)[record] == folded(alice)[record]


def test_one_entry_that_waits_does_not_keep_a_record_from_the_team_for_ever(
    team: Team, tmp_path: Path
) -> None:
    """Whoever follows an entry that does not exist could stop every record of the team."""
    alice, bob, carol = team
    record = tell(alice, "mine")
    deliver(team, tmp_path, follows(bob.signer, record, [NOWHERE], title="never"))
    give(alice, carol, tmp_path)

    assert title(carol, record) == "mine"


def test_an_author_who_opens_an_entry_differently_for_two_readers_is_noticed_between_them(
    team: Team, tmp_path: Path
) -> None:
    """Two openings of one field under one entry: the archives differ, and they are told so."""
    alice, bob, carol = team
    told = spoken(bob.signer, {"title": "for Alice"}) + spoken(bob.signer, {"title": "for Carol"})
    raw = log.write_founding(bob.fingerprint, "made", "document", os.urandom(16), told)
    signed = SignedEntry(raw, bob.signer.public, bob.signer.sign(raw, log.NAMESPACE))
    Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, told[:1])])
    Hand(bob.signer, carol).deliver(tmp_path, [Line(signed, told[1:])])
    report = give(alice, carol, tmp_path)

    assert report.refused
    assert "twice" in report.refused[0].reason
    record = RecordId(log.entry_id(raw))
    assert (title(alice, record), title(carol, record)) == ("for Alice", "for Carol")
    assert sound(carol) == []


def test_openings_held_back_come_later_and_change_what_is_shown_by_the_book(
    team: Team, tmp_path: Path
) -> None:
    """A late opening is part of the same signed entry: it is shown as a change, never silent."""
    alice, bob, _carol = team
    record = tell(alice, "mine")
    line = follows(bob.signer, record, [record], title="Bob's", text="another text")
    hand = Hand(bob.signer, alice)
    hand.deliver(tmp_path, [line.without("title", "text")])
    assert title(alice, record) == "mine"
    records.change(alice, record, {"title": "mine, again"})
    report = hand.deliver(tmp_path, [line])

    assert report.changed == [record]
    assert [one.field for one in report.outdone] == ["text"]
    assert title(alice, record) == "mine, again"
    assert sound(alice) == []


def test_one_entry_twice_in_a_parcel_with_different_openings_loses_none(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    line = founds(bob.signer, title="t", description="d")
    deliver(team, tmp_path, line.without("title"), line.without("description"))
    shown, _log = stored.fold_record(alice.connection, line.record)
    assert (shown.one("title"), shown.one("description")) == ("t", "d")


def test_a_text_on_a_record_with_a_file_does_not_hide_the_files_words(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    content = "Пратакол затрымання".encode()
    told = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "media_type": "text/plain",
    }
    line = founds(bob.signer, title="x", **{f"attachments__{KEY}": told})
    hand = Hand(bob.signer, alice)
    hand.deliver(tmp_path, [line], blobs=[content])
    assert lookup.find(alice, "затрымання").total == 1
    hand.deliver(tmp_path, [follows(bob.signer, line.record, [line.id], text="нічога")])

    assert lookup.find(alice, "затрымання").total == 1
    assert sound(alice) == []


def test_a_parcel_names_files_of_every_kind_of_name_and_none_reaches_the_disk(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    line = founds(bob.signer, title="x")
    before = {one: everything(alice)[one] for one in ("blobs", "outgoing")}
    files = {
        "data/other/name.txt": b"x",
        "data/entries/9999.jsonl": b"",
        "data/entries/zz.txt": line.as_bytes() + b"\n",
        "data/keys.json": b"{}",
        "data/archive.db": b"SQLite format 3\x00",
    }
    deliver(team, tmp_path, files=files)
    assert {one: everything(alice)[one] for one in ("blobs", "outgoing")} == before
    assert sorted(path.name for path in alice.folder.iterdir() if "db" in path.name)[0] == (
        "archive.db"
    )
    assert sound(alice) == []


def test_a_card_in_every_parcel_cannot_be_used_to_be_read_by_others(
    team: Team, tmp_path: Path
) -> None:
    """Bob may change his own reading key; never his name, his trust, or Carol's key."""
    alice, bob, carol = team
    newer = card.make(
        card.Card("Carol", 2**53 - 1, bob.signer.public, _recipients(carol), "2026-01-01", ""),
        bob.signer,
    )
    deliver(team, tmp_path, files={"data/card.json": card.write_file(newer)})
    rows = alice.connection.rows("SELECT name, trust, team, clearance FROM contact ORDER BY 1")
    assert [row[0] for row in rows] == ["Bob", "Carol"]
    assert {row[1:] for row in rows} == {("verified", 1, 3)}


def _recipients(archive: Archive) -> tuple[str, ...]:
    return (contacts.reading_keys(archive.connection)[0].recipient,)


def test_a_retraction_of_everything_by_one_member_is_not_silent(team: Team, tmp_path: Path) -> None:
    """S12 comes with the window; until then at least the report names each record."""
    alice, bob, _carol = team
    mine = [tell(alice, f"mine {number}") for number in range(20)]
    report = deliver(
        team, tmp_path, *(follows(bob.signer, one, [one], state="erased") for one in mine)
    )
    assert set(report.changed) == set(mine)
    assert {one.record for one in report.outdone} == set(mine)


def test_a_waiting_retraction_is_not_silent_either(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    mine = tell(alice, "mine")
    report = deliver(team, tmp_path, follows(bob.signer, mine, [NOWHERE], state="erased"))
    assert report.changed == [mine]


def test_a_lines_file_without_end_or_with_foreign_ends_is_read(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    first, second = founds(bob.signer, title="1"), founds(bob.signer, title="2")
    files = {
        "data/entries/0001.jsonl": first.as_bytes(),
        "data/entries/0002.jsonl": b"\n\n" + second.as_bytes() + b"\r\n",
    }
    report = deliver(team, tmp_path, files=files)
    assert title(alice, first.record) == "1"
    assert title(alice, second.record) == "2" or report.refused


def test_a_line_of_many_megabytes_is_refused_in_bounded_memory(team: Team, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    deliver(team, tmp_path, files={"data/entries/0001.jsonl": b"A" * (70 << 20)})
    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20


def test_deep_and_random_openings_never_end_in_a_bug(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    chance = random.Random(3)
    base = founds(bob.signer, title="x").as_bytes()
    lines = []
    for _number in range(150):
        changed = bytearray(base)
        for _change in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(32, 127)
        lines.append(bytes(changed).replace(b"\n", b" "))
    raw = log.write_founding(bob.fingerprint, "made", "document", b"n" * 16, [b"[" * 5000])
    signed = SignedEntry(raw, bob.signer.public, bob.signer.sign(raw, log.NAMESPACE))
    lines.append(log.write_line(signed, [b"[" * 5000]))
    report = Hand(bob.signer, alice).deliver(tmp_path, lines)
    assert len(report.refused) >= 140
    assert sound(alice) == []


def test_an_export_of_what_a_member_named_stays_in_its_folder(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    content = b"evil"
    told = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": 4, "media_type": "../x"}
    names = [
        "../../evil",
        "/" + "tmp/evil",
        "CON",
        "a\x00b",
        "\u202efdp.exe",
        "." * 3,
        "x" * 5000,
        "",
    ]
    hand = Hand(bob.signer, alice)
    for name in names:
        line = founds(
            bob.signer,
            title=name or "x",
            **{f"attachments__{KEY}": told, f"origins__{KEY}": {"name": name, "path": name}},
        )
        hand.deliver(tmp_path, [line], blobs=[content])
    target = tmp_path / "out"
    export_all = getattr(export, "export", None) or export.carry_out
    export_all(alice, records.every(alice), target)
    inside = [path for path in target.rglob("*") if path.is_file()]
    assert sum(path.read_bytes() == content for path in inside) == len(names)
    assert not (tmp_path / "evil").exists()
