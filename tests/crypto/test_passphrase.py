"""From a passphrase to a key: the same everywhere, for ever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.crypto import passphrase
from desktop_app.crypto.passphrase import Cost, calibrate, derive
from desktop_app.crypto.strength import WEAK, strength

CHEAP = Cost(memory_kib=64, passes=1, lanes=4)


def test_a_known_answer_of_another_implementation() -> None:
    """Source: libargon2 20190702 through argon2-cffi, type ID, version 19."""
    made = derive("password", b"somesalt" * 2, Cost(64, 3, 4), b"")

    assert made.hex() == "9cb56f6cad0c84f51536569e63acbc47d2fdefaeea4b4f711efb5409e37f34ca"


def test_a_known_answer_with_a_head() -> None:
    made = derive("возера", b"0123456789abcdef", Cost(64, 2, 4), b'{"type":"passphrase"}')

    assert made.hex() == "544be02c83fe42c45caccbac8878ab1e2061627e4f6a0083d50b8e8c24929cd0"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("e\u0301", "\u00e9"),
        ("ﬁ", "fi"),
        ("\u00a0", " "),
        ("Å", "\u212b"),
        ("й", "и\u0306"),
        ("ўі", "у\u0306і"),
        ("ｐａｓｓ", "pass"),
    ],
)
def test_what_looks_the_same_on_two_keyboards_is_the_same_passphrase(
    first: str, second: str
) -> None:
    assert first != second
    assert derive(first, b"s" * 16, CHEAP, b"") == derive(second, b"s" * 16, CHEAP, b"")


@pytest.mark.parametrize(("first", "second"), [("a", "a "), ("a", " a"), ("a", "A"), ("a b", "ab")])
def test_nothing_is_stripped_or_folded(first: str, second: str) -> None:
    assert derive(first, b"s" * 16, CHEAP, b"") != derive(second, b"s" * 16, CHEAP, b"")


@given(st.integers(0, 5))
@settings(max_examples=6)
def test_every_number_changes_the_key(which: int) -> None:
    base = derive("a", b"s" * 16, CHEAP, b"head")
    other = [
        derive("b", b"s" * 16, CHEAP, b"head"),
        derive("a", b"t" * 16, CHEAP, b"head"),
        derive("a", b"s" * 16, Cost(72, 1, 4), b"head"),
        derive("a", b"s" * 16, Cost(64, 2, 4), b"head"),
        derive("a", b"s" * 16, Cost(64, 1, 2), b"head"),
        derive("a", b"s" * 16, CHEAP, b"other head"),
    ][which]

    assert len(base) == 32
    assert other != base


@pytest.mark.parametrize(
    ("took", "memory_bytes", "expected"),
    [
        (0.1, 64 << 30, (1 << 20, 45)),
        (1.5, 64 << 30, (1 << 20, 3)),
        (9.0, 64 << 30, (256 << 10, 3)),
        (0.5, 4 << 30, (1 << 20, 9)),
        (0.5, 2 << 30, (512 << 10, 9)),
        (0.5, 512 << 20, (256 << 10, 9)),
        (0.0, 64 << 30, (1 << 20, 64)),
    ],
)
def test_the_cost_fits_the_computer_and_stays_within_what_a_reader_accepts(
    monkeypatch: pytest.MonkeyPatch, took: float, memory_bytes: int, expected: tuple[int, int]
) -> None:
    monkeypatch.setattr(passphrase, "_time", lambda _cost: took)
    cost = calibrate(memory_bytes)

    assert (cost.memory_kib, cost.passes) == expected
    assert cost.memory_kib <= passphrase.MAX_MEMORY_KIB
    assert cost.passes <= passphrase.MAX_PASSES
    assert cost.lanes == 4


@pytest.mark.parametrize(
    "weak", ["", "password", "qwerty123", "12345678", "йцукен", "пароль", "gfhjkm", "aaaaaaaaaaaa"]
)
def test_what_is_guessed_first_is_weak(weak: str) -> None:
    assert strength(weak) < WEAK


@pytest.mark.parametrize(
    "strong",
    [
        "возера лампа сцяг кароль ракета грыб",
        "correct horse battery staple zebra",
        "x" * 5000 + "й",
    ],
)
def test_long_ones_are_judged_and_six_words_are_strong(strong: str) -> None:
    found = strength(strong)

    assert 0 <= found <= 4
    assert found >= WEAK or strong.startswith("xxx")


@given(st.text(max_size=100))
@settings(max_examples=40)
def test_every_passphrase_is_judged(words: str) -> None:
    assert 0 <= strength(words) <= 4
