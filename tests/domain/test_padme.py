"""Padded sizes, against the formula of the paper."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.padme import MIN_PADDED, padded_size


@pytest.mark.parametrize(
    ("size", "padded"),
    [(0, 65_536), (65_536, 65_536), (65_537, 67_584), (10**6, 1_015_808), (10**9, 1_006_632_960)],
)  # fmt: skip
def test_sizes_that_the_spec_names(size: int, padded: int) -> None:
    assert padded_size(size) == padded


@given(st.integers(MIN_PADDED + 1, 1 << 45))
def test_it_is_the_formula_of_the_paper(size: int) -> None:
    exponent = math.floor(math.log2(size)) if size < 1 << 40 else size.bit_length() - 1
    digits = math.floor(math.log2(exponent)) + 1
    step = 1 << (exponent - digits)

    assert padded_size(size) == -(-size // step) * step
    assert size <= padded_size(size) <= size * 1.032
