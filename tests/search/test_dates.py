"""Dates as they are typed after `date:`."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.search.dates import parse_span


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-8-9", date(2020, 8, 9), date(2020, 8, 9)),
        ("2020-08-09..2020-08-12", date(2020, 8, 9), date(2020, 8, 12)),
        ("2020-08..2021", date(2020, 8, 1), date(2021, 12, 31)),
        ("2021..2020-08", date(2020, 8, 1), date(2021, 12, 31)),
        ("2020-08-09..", date(2020, 8, 9), None),
        ("..2020", None, date(2020, 12, 31)),
    ],
)
def test_days_months_years_and_spans_are_understood(
    typed: str, first: date | None, last: date | None
) -> None:
    assert parse_span(typed) == (first, last)


@pytest.mark.parametrize(
    "typed",
    ["", "..", "x", "2020-13", "2020-02-30", "0000", "2020..x", "x..2020", "20-08-09", "٢٠٢٠"],
)
def test_anything_else_is_no_date(typed: str) -> None:
    assert parse_span(typed) is None


@given(st.text(st.sampled_from("0123456789-. ")) | st.text())
def test_no_input_raises(typed: str) -> None:
    span = parse_span(typed)
    assert span is None or None in span or span[0] <= span[1]  # type: ignore[operator]  # None is excluded
