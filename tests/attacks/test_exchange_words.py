"""S10, S13, S14, S22: what a contact says in a parcel, and what may come of it."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.archive import describe, records, share
from desktop_app.archive.archive import Archive
from desktop_app.bundle.format import Receipt, Seen
from desktop_app.crypto.signing import Signer
from desktop_app.domain import log, strict_json
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.storage import exchange, meta
from tests.helpers.archives import make_archive
from tests.helpers.parcels import (
    Hand,
    Line,
    contact_of,
    entry_ids,
    folded,
    follows,
    founds,
    give,
    know,
    send,
    send_told,
    sound,
    spoken,
    stored_lines,
    take,
    tell,
    title,
)

Team = tuple[Archive, Archive, Archive]
NOWHERE = EntryId("ab" * 32)
STRANGER = Signer(b"\x07" * 32)


def altered(line: Line, old: bytes, new: bytes) -> Line:
    """Return an entry whose bytes somebody else changed, under the signature that it had."""
    assert old in line.signed.raw
    return replace(line, signed=replace(line.signed, raw=line.signed.raw.replace(old, new)))


# --- S10 ---------------------------------------------------------------------------------------


def test_s10_another_authors_entry_cannot_be_altered_on_the_way(team: Team, tmp_path: Path) -> None:
    alice, bob, carol = team
    record = tell(carol, "told to Carol")
    (founding,) = stored_lines(carol, record)
    bobs = bob.signer.sign(founding.signed.raw, log.NAMESPACE)
    forged = [
        altered(founding, b'"written"', b'"writtem"'),
        altered(founding, carol.fingerprint.encode(), bob.fingerprint.encode()),
        replace(founding, signed=replace(founding.signed, key=bob.signer.public)),
        replace(founding, signed=SignedEntry(founding.signed.raw, bob.signer.public, bobs)),
        replace(founding, signed=replace(founding.signed, signature=bobs)),
        replace(founding, signed=replace(founding.signed, signature=bytes(64))),
        replace(founding, openings=spoken(carol.signer, {"title": "changed on the way"})),
        replace(founding, openings=tuple(o.replace(b"Carol", b"Darol") for o in founding.openings)),
    ]
    before = entry_ids(alice)
    report = Hand(bob.signer, alice).deliver(tmp_path, forged)

    assert len(report.refused) == len(forged)
    assert all(one.reason for one in report.refused)
    assert entry_ids(alice) == before
    Hand(bob.signer, alice).deliver(tmp_path, [founding])
    assert title(alice, record) == "told to Carol"  # refusing once does not refuse for ever


def test_s10_a_sender_outside_the_team_speaks_for_himself_alone(tmp_path: Path, team: Team) -> None:
    alice, bob, _carol = team
    with make_archive(tmp_path / "dan", "Dan") as dan:
        know(alice, dan, team=False)
        record = tell(alice)
        bobs = founds(bob.signer, title="by Bob")
        lines = [
            follows(dan.signer, record, [record], title="by Dan"),
            follows(dan.signer, record, [record], state="erased"),
            bobs,
            follows(dan.signer, bobs.record, [bobs.id], title="by Dan"),
            founds(dan.signer, title="Dan's own"),
        ]
        report = Hand(dan.signer, alice).deliver(tmp_path, lines)

    assert len(report.refused) == 4
    assert len(report.new) == 1
    assert title(alice, record) == "Размова"


def test_s10_what_an_outsider_says_of_a_record_before_it_arrives_does_not_count_either(
    tmp_path: Path, team: Team
) -> None:
    alice, bob, _carol = team
    with make_archive(tmp_path / "dan", "Dan") as dan:
        know(alice, dan, team=False)
        record = tell(bob, "by Bob")  # its id came to Dan's ears
        early = follows(dan.signer, record, [record], title="by Dan", sensitivity=0)
        Hand(dan.signer, alice).deliver(tmp_path, [early])
    give(bob, alice, tmp_path)

    assert title(alice, record) == "by Bob"
    assert folded(alice)[record] == folded(bob)[record]


# --- S13 ---------------------------------------------------------------------------------------


def heads_sent(archive: Archive) -> list[str]:
    return [row[0].hex() for row in archive.connection.rows("SELECT head FROM sent_bundle")]


def test_s13_receipts_by_others_confirm_nothing_for_a_reader(team: Team, tmp_path: Path) -> None:
    alice, bob, carol = team
    record = tell(alice)
    send(alice, bob, tmp_path)  # lost
    receipts = [Receipt(head, "taken", (), ()) for head in heads_sent(alice)]
    Hand(carol.signer, alice).deliver(tmp_path, receipts=receipts)

    give(alice, bob, tmp_path)
    assert folded(bob)[record] == folded(alice)[record]


def test_s13_receipts_ahead_of_the_truth_withhold_nothing(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    invented = [
        Receipt(os.urandom(32).hex(), state, (record,), (NOWHERE,))
        for state in ("arrived", "taken", "part")
    ]
    Hand(bob.signer, alice).deliver(tmp_path, receipts=invented)

    assert exchange.confirmed(alice.connection, contact_of(alice, bob), record) is False
    give(alice, bob, tmp_path)
    assert folded(bob) == folded(alice)


def test_s13_a_receipt_that_something_merely_arrived_confirms_nothing(
    team: Team, tmp_path: Path
) -> None:
    """It came, and was not taken in: it must come again."""
    alice, bob, _carol = team
    record = tell(alice)
    send(alice, bob, tmp_path)
    (head,) = heads_sent(alice)
    Hand(bob.signer, alice).deliver(tmp_path, receipts=[Receipt(head, "arrived", (), ())])

    assert exchange.confirmed(alice.connection, contact_of(alice, bob), record) is False


def test_s13_a_partial_receipt_replayed_after_a_whole_one_changes_nothing(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    send(alice, bob, tmp_path)
    (head,) = heads_sent(alice)
    hand = Hand(bob.signer, alice)
    hand.deliver(tmp_path, receipts=[Receipt(head, "part", (record,), ())])
    assert exchange.confirmed(alice.connection, contact_of(alice, bob), record) is False
    hand.deliver(tmp_path, receipts=[Receipt(head, "taken", (), ())])
    after = alice.connection.rows("SELECT * FROM sent_thing")
    hand.deliver(tmp_path, receipts=[Receipt(head, "part", (record,), ())])
    assert alice.connection.rows("SELECT * FROM sent_thing") == after


def test_s13_a_seen_that_was_invented_or_is_old_raises_no_alarm(team: Team, tmp_path: Path) -> None:
    alice, bob, carol = team
    tell(alice)
    sent = [send_told(alice, reader, tmp_path)[1].written for reader in (bob, carol, bob)]
    invented = [
        Seen(os.urandom(64).hex(), os.urandom(64).hex()),
        Seen("00" * 64, "00" * 64),
        Seen(os.urandom(64).hex(), sent[0].signature.hex()),
        *(
            Seen(hashlib.sha512(one.head_raw).hexdigest(), one.signature.hex())
            for one in (*sent, *sent[::-1])
        ),
        Seen(*_signed_elsewhere(bob.signer)),
    ]
    hand = Hand(bob.signer, alice)
    for seen in invented:
        assert hand.deliver(tmp_path, seen=seen).warnings == ()
    assert alice.alarms == []
    assert not meta.read(alice.connection, meta.ROLLED_BACK, b"")


def _signed_elsewhere(signer: Signer) -> tuple[str, str]:
    raw = b"{}"
    return hashlib.sha512(raw).hexdigest(), signer.sign(raw, "bundle@skrynia.v1").hex()


def test_s13_a_crash_between_writing_and_remembering_is_no_roll_back(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stick was written, and the computer died: that is nobody's older copy."""
    alice, bob, _carol = team
    tell(alice)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(share, "_finish", die)
        plan = share.make_plan(alice, ["Bob"], records.every(alice))
        stick = tmp_path / "stick"
        stick.mkdir()
        with pytest.raises(KeyboardInterrupt):
            share.carry_out(alice, plan, stick)
    take(bob, stick)
    report = give(bob, alice, tmp_path)

    assert report.warnings == ()
    assert give(alice, bob, tmp_path).warnings == ()


# --- S14 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 10**6, 2**40, 2**53 - 1])
def test_s14_a_huge_number_names_some_gaps_and_takes_no_memory(
    team: Team, tmp_path: Path, number: int
) -> None:
    alice, bob, _carol = team
    line = founds(bob.signer, title="x")
    report = Hand(bob.signer, alice).deliver(tmp_path, [line], number=number)

    assert report.gaps[0] == 1
    assert len(report.gaps) <= 1000
    assert title(alice, line.record) == "x"


def test_s14_unknown_predecessors_wait_and_show_nothing(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    lines = [
        follows(bob.signer, record, [NOWHERE], title="waits"),
        follows(bob.signer, RecordId(NOWHERE), [NOWHERE], title="of nothing"),
        follows(bob.signer, record, [record, NOWHERE], title="half"),
    ]
    report = Hand(bob.signer, alice).deliver(tmp_path, lines)

    assert report.waiting == 3
    assert title(alice, record) == "Размова"
    assert set(folded(alice)) >= {record, NOWHERE}
    assert NOWHERE not in records.every(alice)
    assert sound(alice) == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"entry":"","key":"","sig":"","open":[]}',
        b'{"entry":1,"key":2,"sig":3,"open":4}',
        b'{"entry":"","key":"","sig":"","open":[],"open":[]}',
        b'{"entry":"' + b"A" * 400_000 + b'","key":"","sig":"","open":[]}',
        b"[" * 100_000,
        b"9" * 100_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
    ],
    ids=lambda line: ascii(line[:24]),
)
def test_s14_a_line_that_is_none_is_refused_and_the_others_are_taken(
    team: Team, tmp_path: Path, line: bytes
) -> None:
    alice, bob, _carol = team
    good = founds(bob.signer, title="good")
    report = Hand(bob.signer, alice).deliver(tmp_path, [line, good, line])

    assert title(alice, good.record) == "good"
    assert len(report.refused) == 2
    assert all(one.reason and one.reason.isprintable() for one in report.refused)
    assert sound(alice) == []


def test_s14_an_entry_of_another_records_past_is_refused(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    one, other = tell(alice, "one"), tell(alice, "other")
    fresh = founds(bob.signer, title="fresh")
    lines = [
        fresh,
        follows(bob.signer, one, [other], title="x"),
        follows(bob.signer, one, [one, fresh.id], title="x"),
    ]
    report = Hand(bob.signer, alice).deliver(tmp_path, lines)

    assert {r.entry for r in report.refused} == {lines[1].id, lines[2].id}
    assert (title(alice, one), title(alice, other)) == ("one", "other")


def test_s22_one_persons_commitment_in_anothers_entry_is_refused(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    give(alice, bob, tmp_path)
    (founding,) = stored_lines(bob, record)
    raw = log.write_entry(record, [record], bob.fingerprint, "changed", founding.openings[:2])
    signed = SignedEntry(raw, bob.signer.public, bob.signer.sign(raw, log.NAMESPACE))
    report = Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, founding.openings[:2])])

    assert "another author" in report.refused[0].reason
    assert log.entry_id(raw) not in entry_ids(alice)


def test_s22_a_second_founding_of_a_known_record_is_refused(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(alice)
    told = spoken(bob.signer, {"title": "mine now"})
    body = strict_json.read(
        log.write_founding(bob.fingerprint, "made", "document", os.urandom(16), told)
    )
    for changes in ({"record": record}, {"record": record, "follows": [record]}):
        raw = json.dumps({**body, **changes}, separators=(",", ":")).encode()
        signed = SignedEntry(raw, bob.signer.public, bob.signer.sign(raw, log.NAMESPACE))
        report = Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, told)])
        assert report.refused
    assert title(alice, record) == "Размова"


def test_s22_a_bearer_cannot_tell_a_field_otherwise(team: Team, tmp_path: Path) -> None:
    """An author who commits to two values of one field shows one here and one there."""
    alice, bob, carol = team
    told = spoken(bob.signer, {"title": "for Alice"}) + spoken(bob.signer, {"title": "for Carol"})
    raw = log.write_founding(bob.fingerprint, "made", "document", os.urandom(16), told)
    signed = SignedEntry(raw, bob.signer.public, bob.signer.sign(raw, log.NAMESPACE))
    assert Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, told)]).refused
    Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, told[:1])])
    report = Hand(bob.signer, alice).deliver(tmp_path, [Line(signed, told[1:])])
    assert report.refused
    assert title(alice, RecordId(log.entry_id(raw))) == "for Alice"
    Hand(bob.signer, carol).deliver(tmp_path, [Line(signed, told[1:]), Line(signed, told[:1])])
    assert sound(carol) == []


def test_hostile_titles_are_shown_safely(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    line = founds(bob.signer, title="\x1b[2J\u202efake\nline", state="inbox", sensitivity=1)
    Hand(bob.signer, alice).deliver(tmp_path, [line])
    assert describe.described(records.show(alice, line.record))["title"]
