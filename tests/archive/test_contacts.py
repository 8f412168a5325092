"""Cards, contacts, trust: who is who, and how sure we are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.archive import contacts
from desktop_app.archive.archive import Archive
from desktop_app.bundle import card
from desktop_app.domain.contact import Trust, look
from desktop_app.errors import (
    AnotherPerson,
    BadValue,
    CardRefused,
    DigitsDiffer,
    NoSuchContact,
    NotVerified,
    Revoked,
)
from tests.helpers.archives import make_archive


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "other", "Клён") as made:
        yield made


def card_of(archive: Archive) -> bytes:
    return contacts.card_file(contacts.own_card(archive))


def digits_of(archive: Archive) -> str:
    return contacts.digits(archive.signer.public)


def test_a_contact_is_unverified_until_the_digits_are_compared(archive, other) -> None:
    made = contacts.add(archive, card_of(other), "Клён", team=False, digits=None)

    assert made.trust is Trust.UNVERIFIED
    with pytest.raises(NotVerified):
        contacts.need_usable(made)
    verified = contacts.verify(archive, "Клён", digits_of(other).replace(" ", "-"))
    contacts.need_usable(verified)


def test_other_digits_change_nothing(archive, other) -> None:
    with pytest.raises(DigitsDiffer):
        contacts.add(archive, card_of(other), "Клён", team=True, digits=digits_of(archive))
    assert contacts.every(archive) == []

    contacts.add(archive, card_of(other), "Клён", team=True, digits=None)
    with pytest.raises(DigitsDiffer):
        contacts.verify(archive, "Клён", "12345 " * 12)
    assert not contacts.find(archive, "Клён").verified


def test_clearance_is_two_for_the_team_and_nothing_for_others(archive, other) -> None:
    assert contacts.add(archive, card_of(other), "Клён", team=False, digits=None).clearance == 0
    assert contacts.add(archive, card_of(other), "Клён", team=True, digits=None).clearance == 2
    assert contacts.set_clearance(archive, "Клён", 3).clearance == 3
    with pytest.raises(BadValue):
        contacts.set_clearance(archive, "Клён", 4)


@pytest.mark.parametrize("name", ["Клён", "клен", "Kлён", "К л ё н", "Клён "])
def test_a_name_that_looks_like_a_known_one_with_another_key_is_refused(
    archive, other, tmp_path, name
) -> None:
    contacts.add(archive, card_of(other), "Клён", team=False, digits=digits_of(other))
    third = make_archive(tmp_path / "third", "Клён")
    with third, pytest.raises(AnotherPerson, match="Клён"):
        contacts.add(archive, card_of(third), name, team=False, digits=digits_of(third))
    assert len(contacts.every(archive)) == 1


def test_names_that_look_different_do_not_look_alike() -> None:
    names = ["Клён", "Сойка", "Heron", "Wierzba", "Прамень", "К.", "К. 2", "Кл", "Ю"]
    assert len({look(name) for name in names}) == len(names)


def new_card(other: Archive, renewed: Archive) -> bytes:
    """Return a card of a new key, signed by the old one, too."""
    own = contacts.own_card(renewed).card
    told = replace(own, number=2, supersedes=other.fingerprint)
    return card.write_file(card.make(told, renewed.signer, other.signer))


def test_a_changed_key_is_another_person_until_its_digits_are_compared(
    archive, other, tmp_path
) -> None:
    contacts.add(archive, card_of(other), "Клён", team=True, digits=digits_of(other))
    contacts.set_clearance(archive, "Клён", 3)
    with make_archive(tmp_path / "renewed", "Клён") as renewed:
        raw, digits = new_card(other, renewed), digits_of(renewed)
        with pytest.raises(AnotherPerson):
            contacts.add(archive, raw, "Клён", team=False, digits=None)
        with pytest.raises(DigitsDiffer):
            contacts.add(archive, raw, "Клён", team=False, digits=digits_of(other))
        assert contacts.find(archive, "Клён").fingerprint == other.fingerprint

        made = contacts.add(archive, raw, "Клён", team=False, digits=digits)

    assert (made.fingerprint, made.verified) == (renewed.fingerprint, True)
    assert (made.team, made.clearance) == (True, 3)
    old = [one for one in contacts.every(archive) if one.fingerprint == other.fingerprint]
    assert [one.trust for one in old] == [Trust.REVOKED]


def test_a_revoked_key_stays_revoked_whatever_card_comes(archive, other) -> None:
    contacts.add(archive, card_of(other), "Клён", team=True, digits=digits_of(other))
    contacts.revoke(archive, "Клён")

    with pytest.raises(Revoked):
        contacts.need_usable(contacts.find(archive, "Клён"))
    with pytest.raises(Revoked):
        contacts.verify(archive, "Клён", digits_of(other))
    with pytest.raises(Revoked):
        contacts.add(archive, card_of(other), "Клён", team=True, digits=digits_of(other))


def test_a_revocation_statement_sets_only_its_own_key_aside(archive, other, tmp_path) -> None:
    contacts.add(archive, card_of(other), "Клён", team=True, digits=digits_of(other))
    with make_archive(tmp_path / "third", "Вольха") as third, pytest.raises(CardRefused):
        contacts.revoke(archive, "Клён", contacts.own_revocation(third))
    assert contacts.find(archive, "Клён").verified

    contacts.revoke(archive, "Клён", contacts.own_revocation(other))
    assert contacts.find(archive, "Клён").trust is Trust.REVOKED


def test_our_own_card_is_no_contact(archive) -> None:
    with pytest.raises(CardRefused):
        contacts.add(archive, card_of(archive), "Я", team=True, digits=None)


def test_a_card_as_text_is_the_same_card(archive, other) -> None:
    text = contacts.card_text(contacts.own_card(other)).encode()
    made = contacts.add(archive, text, "Клён", team=False, digits=digits_of(other))
    assert made.fingerprint == other.fingerprint


def test_nobody_is_found_by_a_name_that_nobody_has(archive) -> None:
    with pytest.raises(NoSuchContact):
        contacts.find(archive, "Клён")
