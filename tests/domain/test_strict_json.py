"""There is one way to read a strict JSON text, and everything else is Malformed."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.domain import strict_json
from desktop_app.domain.strict_json import Malformed

texts = st.text(st.characters(exclude_categories=("Cs",)))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert strict_json.read(strict_json.write(value), max_depth=64) == value


@given(values)
def test_equal_values_have_equal_canonical_bytes_whatever_their_order(value: Any) -> None:
    turned = json.loads(json.dumps(value), object_pairs_hook=lambda p: dict(reversed(p)))

    assert strict_json.canonical(turned) == strict_json.canonical(value)


@given(st.binary(max_size=60))
@example(b"\xef\xbb\xbf{}")
@example(b"\xed\xa0\x80")
def test_noise_is_read_or_malformed_and_nothing_else(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        strict_json.read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b'{"a":1,"a":2}',
        b'[{"b":{"a":1,"a":1}}]',
        b"1.0",
        b"1e3",
        b"1E400",
        b"-0.0",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b"-" + b"9" * 100_000,
        b"01",
        b"+1",
        b"0x10",
        b"1_000",
        b"'a'",
        b'{"a":1,}',
        b"[1,]",
        b"{}{}",
        b"{} x",
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\x00"',
        b'"\n"',
        b'"\\x41"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b"\xff\xfe1\x00",
        b'{"a":1',
        b"[" * 9 + b"]" * 9,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"tru",
        b"TRUE",
        b"// x\n1",
        b"1\x00",
        b"\x0b1",
    ],
    ids=lambda raw: ascii(raw[:20]),
)
def test_what_is_not_strict_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        strict_json.read(raw)


def test_eight_levels_are_read_and_the_largest_numbers() -> None:
    assert strict_json.read(b"[" * 8 + b"]" * 8)
    assert strict_json.read(b"[9007199254740991,-9007199254740991]") == [2**53 - 1, 1 - 2**53]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": float("-inf")}])
def test_numbers_that_are_none_are_never_written(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        strict_json.write(value)
