"""S16, S17, S21: what a contact may widen (nothing), link (nothing of others) and take away."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import records, share
from desktop_app.archive.archive import Archive
from desktop_app.crypto.signing import Signer
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.storage import blobs, held
from desktop_app.storage import records as stored
from tests.helpers.archives import make_archive
from tests.helpers.parcels import (
    Hand,
    Line,
    everything,
    follows,
    founds,
    give,
    know,
    said_here,
    send,
    sound,
    stored_lines,
    take,
    tell,
)

Team = tuple[Archive, Archive, Archive]
NOWHERE = EntryId("ab" * 32)
STRANGER = Signer(b"\x07" * 32)


def said(archive: Archive, record: RecordId, **fields: Any) -> Line:
    """Return an entry by this archive that follows all heads of a record."""
    heads = stored.fold_record(archive.connection, record)[0].heads
    return follows(archive.signer, record, heads, **fields)


# --- S16 ---------------------------------------------------------------------------------------


def leaves(archive: Archive, reader: str, record: RecordId) -> bool:
    plan = share.make_plan(archive, [reader], [record])
    return record in {one.record.id for one in plan.leaves}


@pytest.fixture
def dan(team: Team, tmp_path: Path) -> Any:
    """A lawyer whom Alice tells what has sensitivity 0 and 1."""
    with make_archive(tmp_path / "dan", "Dan") as made:
        know(team[0], made, team=False, clearance=1)
        yield made


@pytest.mark.parametrize("by", ["alice", "carol"])
def test_s16_a_sensitivity_that_a_contact_lowers_lets_nothing_leave(
    team: Team, dan: Archive, tmp_path: Path, by: str
) -> None:
    alice, bob, carol = team
    record = tell(alice if by == "alice" else carol, sensitivity=2)
    if by == "carol":
        give(carol, alice, tmp_path)
    give(alice, bob, tmp_path)
    report = Hand(bob.signer, alice).deliver(
        tmp_path, [follows(bob.signer, record, [record], sensitivity=0)]
    )

    if by == "alice":
        (apart,) = report.outdone
        assert (apart.record, apart.field, apart.yours, apart.theirs) == (
            record,
            "sensitivity",
            2,
            0,
        )
    assert not leaves(alice, "Dan", record)
    assert records.show(alice, record).counts["sensitivity"] == 2


def test_s16_it_counts_once_it_is_adopted_here(team: Team, dan: Archive, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(alice, sensitivity=2)
    lowered = follows(bob.signer, record, [record], sensitivity=0)
    Hand(bob.signer, alice).deliver(tmp_path, [lowered])
    assert not leaves(alice, "Dan", record)
    records.change(alice, record, {"sensitivity": 0})

    assert records.show(alice, record).counts["sensitivity"] == 0
    assert leaves(alice, "Dan", record)


@pytest.mark.parametrize("state", ["inbox", "catalogued", "sealed"])
@pytest.mark.parametrize("was", ["retracted", "withdrawn", "erased"])
def test_s16_what_a_contact_un_retracts_stays(
    team: Team, dan: Archive, tmp_path: Path, was: str, state: str
) -> None:
    alice, bob, _carol = team
    record = tell(alice, sensitivity=0)
    said_here(alice, said(alice, record, state=was))
    Hand(bob.signer, alice).deliver(tmp_path, [said(alice, record, title="later")])
    report = Hand(bob.signer, alice).deliver(
        tmp_path, [follows(bob.signer, record, _heads(alice, record), state=state)]
    )

    assert [(one.field, one.yours) for one in report.outdone] == [("state", was)]
    assert records.show(alice, record).counts["state"] == was
    assert not leaves(alice, "Dan", record)
    assert not leaves(alice, "Bob", record)


def _heads(archive: Archive, record: RecordId) -> tuple[EntryId, ...]:
    return stored.fold_record(archive.connection, record)[0].heads


def test_s16_a_founding_told_without_its_sensitivity_is_not_taken_for_an_open_record(
    team: Team, dan: Archive, tmp_path: Path
) -> None:
    """Openings are not signed to be there: a bearer can leave the one out that narrows."""
    alice, bob, carol = team
    record = tell(carol, sensitivity=3)
    (founding,) = stored_lines(carol, record)
    Hand(bob.signer, alice).deliver(
        tmp_path,
        [
            founding.without("sensitivity"),
            follows(bob.signer, record, [record], sensitivity=0, title="harmless"),
        ],
    )
    assert not leaves(alice, "Dan", record)


def test_s16_no_contact_lets_himself_be_sent_more(team: Team, tmp_path: Path) -> None:
    """Nothing that a contact can send changes clearance, trust or team of anybody."""
    alice, bob, _carol = team
    know(alice, bob, clearance=1)
    before = alice.connection.rows("SELECT * FROM contact")
    fields = {"grants__" + "0" * 16: {"to": bob.fingerprint, "clearance": 3}, "clearance": 3}
    Hand(bob.signer, alice).deliver(tmp_path, [founds(bob.signer, title="x", **fields)])

    assert alice.connection.rows("SELECT * FROM contact") == before


# --- S17 ---------------------------------------------------------------------------------------


def attachment(content: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    key = "0" * 16
    told = {"sha256": sha256, "size_bytes": len(content), "media_type": "text/plain"}
    return {f"attachments__{key}": told}


SECRET = b"a file that only Alice and Carol hold " * 9


@pytest.fixture
def held_by_alice(team: Team, tmp_path: Path) -> str:
    alice, _bob, carol = team
    line = founds(carol.signer, title="of Carol", **attachment(SECRET))
    Hand(carol.signer, alice).deliver(tmp_path, [line], blobs=[SECRET])
    sha256 = hashlib.sha256(SECRET).hexdigest()
    assert held.of_record(alice.connection, line.record) == {sha256}
    return sha256


def test_s17_a_file_named_by_its_hash_alone_is_neither_linked_nor_told_nor_sent(
    team: Team, tmp_path: Path, held_by_alice: str
) -> None:
    alice, bob, _carol = team
    unknown = b"nobody holds this"
    mine = founds(bob.signer, title="probe", **attachment(SECRET))
    other = founds(bob.signer, title="probe", **attachment(unknown))
    hand = Hand(bob.signer, alice)
    reports = [hand.deliver(tmp_path, [one]) for one in (mine, other)]

    assert held.of_record(alice.connection, mine.record) == set()
    # What Bob can read in his receipt is the same, whether Alice holds the file or not.
    assert reports[0].missing == (held_by_alice,)
    assert reports[1].missing == (hashlib.sha256(unknown).hexdigest(),)
    plan = share.make_plan(alice, ["Bob"], [mine.record, other.record])
    assert [one.files for one in plan.leaves] == [(), ()]
    with share_parcel(alice, bob, tmp_path, [mine.record, other.record]) as files:
        assert not [one for one in files if one.startswith("data/blobs/")]
    assert sound(alice) == []


class share_parcel:  # noqa: N801 (used as a function)
    """Share, open as the reader, and give the names of what is inside."""

    def __init__(self, sender: Archive, reader: Archive, beside: Path, only: Any) -> None:
        from desktop_app.archive import receive

        self._inspection = receive.inspect(reader, send(sender, reader, beside, only))

    def __enter__(self) -> list[str]:
        return [one.path for one in self._inspection._opened.files]

    def __exit__(self, *error: object) -> None:
        self._inspection.__exit__(*error)


def test_s17_an_existing_record_cannot_be_made_to_carry_another_records_file(
    team: Team, tmp_path: Path, held_by_alice: str
) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    take(bob, send(alice, bob, tmp_path, [record]))
    Hand(bob.signer, alice).deliver(
        tmp_path, [follows(bob.signer, record, [record], **attachment(SECRET))]
    )
    records.change(alice, record, {"title": "and an edit of her own"})

    assert held.of_record(alice.connection, record) == set()
    with share_parcel(alice, bob, tmp_path, [record]) as files:
        assert f"data/blobs/{held_by_alice}" not in files


def test_s17_bytes_that_no_entry_names_are_not_kept(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    line = founds(bob.signer, title="x")
    loose = os.urandom(3000)
    before = {key: everything(alice)[key] for key in ("blob", "blobs")}
    Hand(bob.signer, alice).deliver(tmp_path, [line], blobs=[loose])

    assert {key: everything(alice)[key] for key in ("blob", "blobs")} == before
    assert list((alice.folder / "staging").iterdir()) == []


def test_s17_a_file_that_comes_after_its_entry_is_linked(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    content = b"comes later " * 50
    line = founds(bob.signer, title="x", **attachment(content))
    hand = Hand(bob.signer, alice)
    sha256 = hashlib.sha256(content).hexdigest()
    assert hand.deliver(tmp_path, [line]).missing == (sha256,)
    assert hand.deliver(tmp_path, [], blobs=[content]).missing == ()

    assert held.of_record(alice.connection, line.record) == {sha256}
    found = blobs.find(alice.connection, sha256)
    assert found is not None
    assert alice.blobs.opens(found)
    assert sound(alice) == []


# --- S21, S22 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["retracted", "withdrawn", "erased"])
def test_s21_what_takes_away_acts_at_once_though_its_predecessors_are_missing(
    team: Team, tmp_path: Path, state: str
) -> None:
    alice, bob, _carol = team
    record = tell(alice, sensitivity=0)
    report = Hand(bob.signer, alice).deliver(
        tmp_path, [follows(bob.signer, record, [NOWHERE], state=state)]
    )

    assert report.waiting == 1
    assert records.show(alice, record).counts["state"] == state
    assert not leaves(alice, "Carol", record)
    assert sound(alice) == []


def test_s21_a_higher_sensitivity_acts_at_once_and_a_lower_one_does_not(
    team: Team, dan: Archive, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    raised, lowered = tell(alice, "a", sensitivity=0), tell(alice, "b", sensitivity=3)
    Hand(bob.signer, alice).deliver(
        tmp_path,
        [
            follows(bob.signer, raised, [NOWHERE], sensitivity=3),
            follows(bob.signer, lowered, [NOWHERE], sensitivity=0),
        ],
    )
    assert records.show(alice, raised).counts["sensitivity"] == 3
    assert records.show(alice, lowered).counts["sensitivity"] == 3


def test_s21_a_withdrawal_that_comes_before_its_record_acts_when_it_comes(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, carol = team
    record = tell(carol)
    hand = Hand(bob.signer, alice)
    hand.deliver(tmp_path, [follows(bob.signer, record, [NOWHERE], state="withdrawn")])
    give(carol, alice, tmp_path)

    assert records.show(alice, record).counts["state"] == "withdrawn"
    assert not leaves(alice, "Carol", record)
