"""S01-S04, S06-S08, S19: what is lost, doubled, late, concurrent, or told by a wrong clock."""

import itertools
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.archive.lookup import find
from desktop_app.domain.ids import RecordId
from desktop_app.errors import AlreadyReceived, OwnPackage
from desktop_app.storage import records as stored
from tests.helpers.archives import make_archive, reopened
from tests.helpers.parcels import (
    Hand,
    archives,
    contact_of,
    entry_ids,
    folded,
    follows,
    founds,
    give,
    know,
    refuse,
    said_here,
    send,
    sound,
    stored_lines,
    take,
    tell,
    title,
)

Team = tuple[Archive, Archive, Archive]
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def test_s01_the_same_parcel_a_hundred_times_renamed_changes_nothing(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    tell(alice)
    stick = send(alice, bob, tmp_path)
    take(bob, stick)
    (folder,) = stick.iterdir()
    for number in range(100):
        folder = folder.rename(stick / f"AAAAAA{_BASE32[number // 32]}{_BASE32[number % 32]}")
        error = refuse(bob, stick, AlreadyReceived)
        assert "Alice" in str(error)
    assert folded(bob) == folded(alice)


def test_s02_an_older_parcel_after_a_newer_one_takes_nothing_back(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    record = tell(alice, "first")
    older = send(alice, bob, tmp_path)
    records.change(alice, record, {"title": "second", "sensitivity": 2}, tags=["b"])
    newer = send(alice, bob, tmp_path)

    assert take(bob, newer).gaps == (1,)
    after = folded(bob)
    report = take(bob, older)
    assert (report.new, report.changed, report.conflicts, report.gaps) == ([], [], 0, ())
    assert folded(bob) == after == folded(alice)
    assert title(bob, record) == "second"
    assert sound(bob) == []


def test_s03_five_parcels_of_three_archives_fold_to_the_same_in_every_order(
    tmp_path: Path, near: None
) -> None:
    with archives(tmp_path / "team", "Alice", "Bob", "Carol") as (alice, bob, carol):
        shared = tell(alice, "shared")
        give(alice, bob, tmp_path)
        give(alice, carol, tmp_path)
        with make_archive(tmp_path / "dan", "Dan") as dan:
            sticks = _five_parcels(alice, bob, carol, dan, shared, tmp_path)
            everybody = folded(alice).keys() | folded(bob).keys() | folded(carol).keys()
        results = []
        for number, order in enumerate(itertools.permutations(sticks)):
            here = tmp_path / f"order{number}"
            shutil.copytree(tmp_path / "dan", here)
            with reopened(here) as copy:
                for stick in order:
                    take(copy, stick)
                record, _log = stored.fold_record(copy.connection, shared)
                results.append((folded(copy), sorted(record.conflicts), record.waiting))
                if number % 20 == 0:
                    assert sound(copy) == []
            shutil.rmtree(here)

    assert results[0][0].keys() == everybody
    assert results[0][1:] == (["title"], ())
    assert all(one == results[0] for one in results)


def _five_parcels(
    alice: Archive, bob: Archive, carol: Archive, dan: Archive, shared: RecordId, beside: Path
) -> list[Path]:
    """Concurrent titles by three, a decision by one, new records, everything over and over."""
    for one in (alice, bob, carol):
        know(one, dan)
        know(dan, one)
    sticks = [send(alice, dan, beside)]
    records.change(bob, shared, {"title": "by Bob"}, tags=["b"])
    tell(bob, "Bob's own")
    sticks.append(send(bob, dan, beside))
    records.change(carol, shared, {"title": "by Carol"}, tags=["c"], untag=["b"])
    sticks.append(send(carol, dan, beside))
    give(bob, alice, beside)
    give(carol, alice, beside)
    records.decide(alice, shared, "title", "1")
    sticks.append(send(alice, dan, beside))
    records.change(carol, shared, {"title": "by Carol, unaware"})
    sticks.append(send(carol, dan, beside))
    return sticks


def test_s04_a_lost_parcel_is_named_and_what_came_later_is_usable(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    first = tell(alice, "one")
    lost = send(alice, bob, tmp_path, [first])
    second = tell(alice, "two")
    report = take(bob, send(alice, bob, tmp_path, [second]))

    assert report.gaps == (1,)
    assert title(bob, second) == "two"
    assert first not in folded(bob)
    assert take(bob, lost).gaps == ()
    assert folded(bob) == folded(alice)


def test_s04_what_was_in_a_lost_parcel_comes_again_until_it_is_confirmed(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    tell(alice, "one")
    send(alice, bob, tmp_path)  # lost
    give(alice, bob, tmp_path)
    assert folded(bob) == folded(alice)


def test_s04_entries_whose_predecessors_are_lost_wait_and_heal(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(alice, "one")
    for number in range(4):
        records.change(alice, record, {"title": f"title {number}"})
    lines = stored_lines(alice, record)
    hand = Hand(alice.signer, bob)
    assert hand.deliver(tmp_path, [lines[4]]).waiting == 1
    assert hand.deliver(tmp_path, [lines[2], lines[0]]).waiting == 1
    assert title(bob, record) == "one"
    assert sound(bob) == []
    hand.deliver(tmp_path, [lines[3], lines[1]])
    assert title(bob, record) == "title 3"
    assert folded(bob)[record] == folded(alice)[record]
    assert sound(bob) == []
    assert find(bob, "title:3").total + find(bob, "дзевяць").total >= 1


def test_s05_a_testimony_edited_on_both_sides_keeps_both_and_asks(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    give(alice, bob, tmp_path)
    for here, text in ((alice, "Нас было восем."), (bob, "Нас было дзесяць.")):
        (heads,) = {stored.fold_record(here.connection, record)[0].heads}
        line = follows(here.signer, record, heads, text=text)
        said_here(here, line)
    reports = [give(alice, bob, tmp_path), give(bob, alice, tmp_path)]

    assert [one.conflicts for one in reports] == [1, 1]
    for here in (alice, bob):
        folded_record, _log = stored.fold_record(here.connection, record)
        said = {one.value for one in folded_record.conflicts["text"]}
        assert said == {"Нас было восем.", "Нас было дзесяць."}
    assert folded(alice) == folded(bob)


def test_s06_a_retraction_against_an_edit_hides_and_loses_nothing(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, carol = team
    record = tell(alice)
    give(alice, bob, tmp_path)
    give(alice, carol, tmp_path)
    records.change(alice, record, {"title": "edited meanwhile"}, tags=["new"])
    retraction = follows(bob.signer, record, [record], state="retracted")
    Hand(bob.signer, alice).deliver(tmp_path, [retraction])

    now, _log = stored.fold_record(alice.connection, record)
    assert (now.state, now.title, now.many("tags")) == ("retracted", "edited meanwhile", ["new"])
    assert records.show(alice, record).counts["state"] == "retracted"
    for reader in ("Bob", "Carol"):
        plan = share.make_plan(alice, [reader], [record])
        assert record not in {one.record.id for one in plan.leaves}
        assert "retracted" in plan.withheld[-1].reason
    assert sound(alice) == []
    # The other way round, in another archive, the same comes out.
    Hand(bob.signer, carol).deliver(tmp_path, [retraction])
    Hand(alice.signer, carol).deliver(tmp_path, stored_lines(alice, record))
    assert folded(carol)[record] == folded(alice)[record]


def test_s06_a_retraction_reaches_those_who_have_the_record(team: Team, tmp_path: Path) -> None:
    """What takes away must travel to whoever holds what it takes away."""
    alice, bob, _carol = team
    record = tell(alice)
    give(alice, bob, tmp_path)
    give(bob, alice, tmp_path)  # with his receipt
    retraction = follows(alice.signer, record, [record], state="retracted")
    said_here(alice, retraction)
    give(alice, bob, tmp_path)

    assert stored.fold_record(bob.connection, record)[0].state == "retracted"


def test_s06_a_raised_sensitivity_reaches_those_who_have_the_record(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    know(alice, bob, clearance=2)
    give(alice, bob, tmp_path)
    give(bob, alice, tmp_path)
    records.change(alice, record, {"sensitivity": 3})
    give(alice, bob, tmp_path)

    assert stored.fold_record(bob.connection, record)[0].sensitivity == 3


@pytest.mark.parametrize("clocks", [(2037, 1970), (1970, 2037), (None, None)], ids=str)
def test_s07_clocks_decide_nothing(tmp_path: Path, near: None, clocks: tuple[Any, Any]) -> None:
    chance = random.Random(7)
    with archives(tmp_path / "team", "Alice", "Bob") as (alice, bob):
        for here, year in zip((alice, bob), clocks, strict=True):
            here.now = _clock(year, chance)
        record = tell(alice, "first")
        give(alice, bob, tmp_path)
        records.change(bob, record, {"title": "second"})  # later, whatever the clock says
        report = give(bob, alice, tmp_path)
        assert (report.conflicts, title(alice, record)) == (0, "second")
        records.change(alice, record, {"title": "by Alice"})
        records.change(bob, record, {"title": "by Bob"})
        give(alice, bob, tmp_path)
        assert give(bob, alice, tmp_path).conflicts == 1
        assert folded(alice) == folded(bob)
        assert (sound(alice), sound(bob)) == ([], [])


def _clock(year: int | None, chance: random.Random) -> Any:
    if year is None:
        return lambda: chance.choice([0, 1, 2**31 * 1000, 2**41, 1_600_000_000_000, 86_400_000])
    return lambda: int((year - 1970) * 365.2425 * 86_400_000)


def test_s08_a_cloned_archive_that_writes_on_both_sides_loses_nothing_and_is_told(
    tmp_path: Path, near: None
) -> None:
    with make_archive(tmp_path / "bob", "Bob") as bob:
        with make_archive(tmp_path / "alice", "Alice") as alice:
            know(alice, bob)
            know(bob, alice)
            record = tell(alice, "before")
            give(alice, bob, tmp_path)
        shutil.copytree(tmp_path / "alice", tmp_path / "clone")
        with reopened(tmp_path / "alice") as alice, reopened(tmp_path / "clone") as clone:
            records.change(alice, record, {"title": "on one side"})
            own = [tell(alice, "only here"), tell(clone, "only in the clone")]
            records.change(clone, record, {"title": "on the other side"})
            one, other = send(alice, bob, tmp_path), send(clone, bob, tmp_path)
            assert take(bob, one).warnings == ()
            report = take(bob, other)
            assert report.conflicts == 1
            assert any("Alice" in warning for warning in report.warnings)
            assert {*own, record} <= folded(bob).keys()
            assert sound(bob) == []
            # The last that Bob took in was the clone's: the other side learns of it.
            assert take(alice, send(bob, alice, tmp_path)).warnings
        with reopened(tmp_path / "alice") as alice:
            assert alice.alarms
            assert folded(alice) == folded(bob)


def test_s08_a_parcel_by_ones_own_clone_is_refused_in_its_own_words(
    team: Team, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    stick, _written = Hand(alice.signer, alice).parcel(tmp_path, [founds(alice.signer, title="x")])
    refuse(alice, stick, OwnPackage)


def test_s19_six_exchanges_without_an_edit_add_no_entry(team: Team, tmp_path: Path) -> None:
    alice, bob, carol = team
    for number, one in enumerate(team):
        tell(one, f"of {one.nickname}", sensitivity=number)
    for here, there in itertools.permutations(team, 2):
        give(here, there, tmp_path)
    for here, there in itertools.permutations(team, 2):
        give(here, there, tmp_path)
    entries_before = [entry_ids(one) for one in team]
    hashes = [folded(one) for one in team]
    assert hashes[0] == hashes[1] == hashes[2]
    for _round in range(6):
        for here, there in itertools.permutations(team, 2):
            report = give(here, there, tmp_path)
            assert (report.new, report.changed, report.refused) == ([], [], ())

    assert [entry_ids(one) for one in team] == entries_before
    assert [folded(one) for one in team] == hashes
    assert [sound(one) for one in team] == [[], [], []]
    assert contact_of(alice, bob) != contact_of(alice, carol)


def test_s19_a_parcel_after_the_rest_holds_no_entry_and_no_file(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    tell(alice)
    for _round in range(3):
        give(alice, bob, tmp_path)
        give(bob, alice, tmp_path)
    with receive.inspect(bob, send(alice, bob, tmp_path)) as inspection:
        assert inspection._opened.head.payload_files == 1  # the card


def test_s08_what_a_reader_lost_with_an_older_copy_comes_again(tmp_path: Path, near: None) -> None:
    """Bob confirmed a record, and then had to put yesterday's backup in its place."""
    with make_archive(tmp_path / "alice", "Alice") as alice:
        with make_archive(tmp_path / "bob", "Bob") as bob:
            know(alice, bob)
            know(bob, alice)
            tell(bob, "Bob's")
            give(bob, alice, tmp_path)
        shutil.copytree(tmp_path / "bob", tmp_path / "yesterday")
        record = tell(alice, "told today")
        with reopened(tmp_path / "bob") as bob:
            give(alice, bob, tmp_path)
            give(bob, alice, tmp_path)  # with his receipt
        with reopened(tmp_path / "yesterday") as bob:
            for _round in range(2):
                report = give(bob, alice, tmp_path)  # a number that Alice has, with other bytes
                give(alice, bob, tmp_path)
            assert report.sender.name == "Bob"
            assert title(bob, record) == "told today"
            assert folded(bob) == folded(alice)
