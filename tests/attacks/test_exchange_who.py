"""B09, B21, I01-I04: whose parcel it is, and for whom."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.archive import contacts, courier, receive, records
from desktop_app.archive.archive import Archive
from desktop_app.bundle import card, medium
from desktop_app.bundle.volumes import VolumeReader, VolumeWriter
from desktop_app.crypto import stream
from desktop_app.domain.contact import Trust
from desktop_app.errors import (
    AnotherPerson,
    BadValue,
    CardRefused,
    DigitsDiffer,
    NotAddressed,
    NotVerified,
    Revoked,
    UnknownSender,
)
from desktop_app.storage import contacts as stored_contacts
from tests.helpers.archives import make_archive
from tests.helpers.parcels import (
    Hand,
    entry_ids,
    follows,
    founds,
    give,
    know,
    new_folder,
    refuse,
    send,
    send_told,
    take,
    tell,
    title,
)

Team = tuple[Archive, Archive, Archive]


def sealed_again(stick: Path, opener: Archive, reader: Archive, to: Path) -> Path:
    """Open a parcel with one's own key and seal the same signed bag for somebody else."""
    (found,) = medium.find(stick)
    plain, sealed = io.BytesIO(), io.BytesIO()
    secrets = [one.secret for one in stored_contacts.reading_keys(opener.connection)]
    with io.BufferedReader(VolumeReader(found.volumes)) as source:
        stream.open_stream(source, plain, secrets)
    key = stored_contacts.reading_keys(reader.connection)[0].recipient
    stream.seal(io.BytesIO(plain.getvalue()), sealed, [key])
    volumes = VolumeWriter(to, 1 << 30)
    volumes.write(sealed.getvalue())
    volumes.finish(lambda _done: None)
    return to


def test_b09_a_parcel_that_its_reader_seals_again_for_another_is_refused(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, carol = team
    tell(alice)
    stick = send(alice, bob, tmp_path)
    forwarded = sealed_again(stick, bob, carol, new_folder(tmp_path))

    refuse(carol, forwarded, NotAddressed)
    assert len(take(bob, stick).new) == 2  # it was a good one, for its own reader


def test_b09_a_parcel_that_comes_back_to_its_maker_is_refused(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    tell(alice)
    back = sealed_again(send(alice, bob, tmp_path), bob, alice, new_folder(tmp_path))

    refuse(alice, back, NotAddressed)


def test_b21_a_courier_cannot_tell_a_parcel_for_one_from_one_for_three(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, carol = team
    with make_archive(tmp_path / "dan", "Dan") as dan:
        know(alice, dan)
        tell(alice)
        one, _shared = send_told(alice, bob, tmp_path)
        three, _shared = send_told(alice, [bob, carol, dan], tmp_path)
    shown = []
    for stick in (one, three):
        (checked,) = courier.check(stick)
        folder = checked.found.folder
        whole = b"".join(path.read_bytes() for path in sorted(folder.glob("*.VOL")))
        header = whole.index(b"\n--- ") + 1 + 48
        shown.append(
            (
                [(path.name, path.stat().st_mtime_ns) for path in sorted(folder.iterdir())],
                whole[:header].count(b"\n-> X25519 "),
                len(whole) - header,
                (len(folder.name), len(checked.check_code), checked.ok),
            )
        )
    assert shown[0] == shown[1]


def test_i01_a_parcel_of_somebody_unknown_is_refused_before_anything_of_it_is_read(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _bob, _carol = team
    with make_archive(tmp_path / "mallory", "Mallory") as mallory:
        know(mallory, alice)
        tell(mallory)
        stick = send(mallory, alice, tmp_path)
        parsed: list[object] = []
        monkeypatch.setattr(receive.incoming, "read", lambda *given: parsed.append(given))

        error = refuse(alice, stick, UnknownSender)

    assert parsed == []
    assert error.facts["fingerprint"] == mallory.fingerprint
    assert mallory.fingerprint[:8] in str(error).replace(" ", "")


def test_i01_a_contact_that_nobody_verified_is_told_apart_from_an_unknown_one(
    team: Team, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    with make_archive(tmp_path / "dan", "Dan") as dan:
        know(dan, alice)
        raw = contacts.card_file(contacts.own_card(dan))
        contacts.add(alice, raw, "Dan", team=True, digits=None)
        tell(dan)
        stick = send(dan, alice, tmp_path)
        error = refuse(alice, stick, NotVerified)
        assert "Dan" in str(error)
        with pytest.raises(NotVerified):
            send(alice, dan, tmp_path)
        contacts.verify(alice, "Dan", contacts.digits(dan.signer.public))
        assert len(take(alice, stick).new) == 2


@pytest.mark.parametrize(
    "name",
    [
        *("Alice", "alice", " Alice ", "ALICE", "Al ice", "Alice.", "A\u200blice", "Alice\u0301"),
        *("Аlice", "Alісе", "\uff21lice", "A1ice", "𝐀lice", "Al\u0131ce"),
        *("AIice", "Αlice", "Alic\u0435\u0301"),  # capital i for l; a Greek alpha; accents
    ],
    ids=ascii,
)
def test_i02_the_same_or_a_lookalike_name_with_another_key_is_a_different_person(
    tmp_path: Path, name: str
) -> None:
    with (
        make_archive(tmp_path / "bob", "Bob") as bob,
        make_archive(tmp_path / "alice", "Alice") as alice,
        make_archive(tmp_path / "mallory", "Mallory") as mallory,
    ):
        known = know(bob, alice)
        raw = contacts.card_file(contacts.own_card(mallory))
        digits = contacts.digits(mallory.signer.public)
        # Some cannot even be written as a name.
        with pytest.raises((AnotherPerson, BadValue)):
            contacts.add(bob, raw, name, team=True, digits=digits)
        assert contacts.every(bob) == [known]


def test_i03_the_new_key_of_a_known_contact_gets_nowhere_until_it_is_verified(
    team: Team, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    before = contacts.find(bob, "Alice")
    with make_archive(tmp_path / "new", "Alice") as renewed:
        ours = contacts.own_card(renewed).card
        signed = card.make(
            replace(ours, supersedes=alice.fingerprint), renewed.signer, alice.signer
        )
        raw = card.write_file(signed)
        with pytest.raises(AnotherPerson):
            contacts.add(bob, raw, "Alice", team=True, digits=None)
        digits = contacts.digits(alice.signer.public)
        with pytest.raises(DigitsDiffer):
            contacts.add(bob, raw, "Alice, new", team=True, digits=digits)
        made = contacts.add(bob, raw, "Alice, new", team=True, digits=None)
        assert made.trust is Trust.UNVERIFIED
        know(renewed, bob)
        tell(renewed)
        refuse(bob, send(renewed, bob, tmp_path), NotVerified)
    assert contacts.find(bob, "Alice") == before


def test_i03_a_card_in_a_parcel_that_is_not_the_senders_own_changes_nobody(
    team: Team, tmp_path: Path
) -> None:
    """Only the sender's own, newer card is taken; another's waits for a deliberate act."""
    alice, bob, carol = team
    other = card.make(
        replace(contacts.own_card(carol).card, number=9, recipients=_recipient(bob)), carol.signer
    )
    before = contacts.every(alice)
    hand = Hand(bob.signer, alice)
    hand.deliver(tmp_path, files={"data/card.json": card.write_file(other)})
    older = card.make(
        replace(contacts.own_card(bob).card, number=1, recipients=_recipient(carol)), bob.signer
    )
    hand.deliver(tmp_path, files={"data/card.json": card.write_file(older)})
    for broken in (b"", b"{}", b"\xff" * 70_000, card.write_file(older)[:-9]):
        hand.deliver(tmp_path, files={"data/card.json": broken})

    assert contacts.every(alice) == before


def _recipient(archive: Archive) -> tuple[str, ...]:
    return (stored_contacts.reading_keys(archive.connection)[0].recipient,)


def test_i03_ones_own_card_is_no_contact(team: Team) -> None:
    alice, _bob, _carol = team
    raw = contacts.card_file(contacts.own_card(alice))
    with pytest.raises(CardRefused):
        contacts.add(alice, raw, "Myself", team=True, digits=None)


@pytest.mark.parametrize("made", ["1970-01-01", "2026-11-23", "9999-12-31"])
def test_i04_a_parcel_by_a_revoked_key_is_refused_whatever_its_date(
    team: Team, tmp_path: Path, made: str
) -> None:
    alice, bob, _carol = team
    record = tell(bob)
    give(bob, alice, tmp_path)
    hand = Hand(bob.signer, alice)
    stick, _written = hand.parcel(
        tmp_path, [follows(bob.signer, record, [record], title="after")], made=made
    )
    contacts.revoke(alice, "Bob")

    refuse(alice, stick, Revoked)
    assert title(alice, record) == "Размова"  # what was taken in before stays
    with pytest.raises(Revoked):
        send(alice, bob, tmp_path)
    with pytest.raises(Revoked):
        contacts.verify(alice, "Bob", contacts.digits(bob.signer.public))
    with pytest.raises(Revoked):
        know(alice, bob)


def test_i04_new_words_of_a_revoked_key_are_refused_through_others_too(
    team: Team, tmp_path: Path
) -> None:
    """FORMATS 4, Revocation: all else by it is quarantined, whatever its date and its bearer."""
    alice, bob, carol = team
    record = tell(bob)
    give(bob, alice, tmp_path)
    give(bob, carol, tmp_path)
    contacts.revoke(alice, "Bob")
    records.change(bob, record, {"title": "said after the arrest"})
    tell(bob, "new, after the arrest")
    give(bob, carol, tmp_path)
    before = entry_ids(alice)
    report = give(carol, alice, tmp_path)

    assert title(alice, record) == "Размова"
    assert entry_ids(alice) == before
    assert report.refused


def test_i04_what_a_revoked_key_said_before_stays_marked(team: Team, tmp_path: Path) -> None:
    alice, bob, _carol = team
    record = tell(bob)
    give(bob, alice, tmp_path)
    contacts.revoke(alice, "Bob")
    told = records.show(alice, record).authors[bob.fingerprint]
    assert told != "Bob"
    assert "Bob" in told


def test_i04_who_is_revoked_while_the_parcel_is_looked_at_stays_revoked(
    team: Team, tmp_path: Path
) -> None:
    """Between looking and taking in a person may learn that somebody was detained."""
    alice, bob, _carol = team
    line = founds(bob.signer, title="x")
    newer = card.make(replace(contacts.own_card(bob).card, number=7), bob.signer)
    stick, _written = Hand(bob.signer, alice).parcel(
        tmp_path, [line], files={"data/card.json": card.write_file(newer)}
    )
    with receive.inspect(alice, stick) as inspection:
        contacts.revoke(alice, "Bob")
        with pytest.raises(Revoked):
            inspection.take_in(lambda: pytest.fail("no file to read"))

    assert contacts.find(alice, "Bob").trust is Trust.REVOKED
    assert line.id not in entry_ids(alice)
