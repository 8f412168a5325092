"""Cards as they should be; tests/attacks/test_cards.py has the others."""

import re

import pytest

from desktop_app.bundle import card
from desktop_app.bundle.card import Card
from desktop_app.crypto.recipients import new_identity
from desktop_app.crypto.signing import Signer

ALICE, OLD = Signer(bytes(range(32))), Signer(bytes(range(1, 33)))
DIGITS = "80164 80015 69580 78703 70649 96534 33734 59606 34780 31378 25195 70369"
RIGHT = Card("Алеся", 1, ALICE.public, (new_identity().recipient,), "2026-11-23")


@pytest.mark.parametrize("name", ["Алеся", "a", "Ż" * 100, "Anna Maria, “Sowa”", "名前"])
def test_a_card_is_read_as_it_was_made_in_every_form(name: str) -> None:
    made = card.make(Card(name, 1, ALICE.public, RIGHT.recipients, "2026-11-23"), ALICE)
    text = card.write_text(made)

    assert made.card.fingerprint == ALICE.fingerprint
    assert card.read_file(card.write_file(made)) == made
    assert card.read_file(card.write_file(made).rstrip(b"\n") + b"\r\n") == made
    assert card.read_text(text) == made
    assert card.read(text.encode()) == card.read(card.write_file(made)) == made
    assert card.read_text("\n ".join(text[at : at + 60] for at in range(0, len(text), 60))) == made


def test_a_card_of_a_new_key_carries_the_word_of_the_old_one() -> None:
    new = Card("Алеся", 2, ALICE.public, RIGHT.recipients, "2026-11-24", OLD.fingerprint)
    made = card.make(new, ALICE, OLD)

    assert card.read_text(card.write_text(made)) == made
    assert made.old_key == OLD.public


def test_digits_are_twelve_groups_of_five_and_those_of_the_spec() -> None:
    assert re.fullmatch(r"(\d{5} ){11}\d{5}", card.digits(ALICE.public))
    assert card.digits(ALICE.public) == DIGITS
    assert card.digits(ALICE.public) != card.digits(OLD.public)


@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda digits: digits.replace(" ", ""),
        lambda digits: digits.replace(" ", "-"),
        lambda digits: f"\n  {digits} \u00a0",
        lambda digits: digits.replace(" ", "\n"),
    ],
)
def test_digits_may_be_typed_with_anything_between(spell: object) -> None:
    assert callable(spell)
    assert card.same_digits(spell(card.digits(ALICE.public)), ALICE.public)
    assert not card.same_digits(spell(card.digits(OLD.public)), ALICE.public)


def test_one_wrong_digit_is_another_key() -> None:
    right = card.digits(ALICE.public)
    for place, digit in enumerate(right):
        if digit.isdigit():
            wrong = right[:place] + str((int(digit) + 1) % 10) + right[place + 1 :]
            assert not card.same_digits(wrong, ALICE.public)
    for wrong in ("", right[:-1], right + "0", right * 2):
        assert not card.same_digits(wrong, ALICE.public)


def test_strange_digits_do_not_break_it() -> None:
    everything = "".join(map(chr, range(0x20000)))

    assert not card.same_digits(everything, ALICE.public)
