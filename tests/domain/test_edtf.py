"""Dates as far as they are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.edtf import NotADate, bounds


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020-08", "2020-08-01", "2020-08-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("2020-08-09", "2020-08-09", "2020-08-09"),
        ("2020-08-09?", "2020-08-09", "2020-08-09"),
        ("2020-08~", "2020-08-01", "2020-08-31"),
        ("2020%", "2020-01-01", "2020-12-31"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("2020-XX", "2020-01-01", "2020-12-31"),
        ("2020-08-XX", "2020-08-01", "2020-08-31"),
        ("2020-XX-XX", "2020-01-01", "2020-12-31"),
        ("2020-21", "2020-03-01", "2020-05-31"),
        ("2020-22", "2020-06-01", "2020-08-31"),
        ("2020-08-09/2020-08-12", "2020-08-09", "2020-08-12"),
        ("2020-08/2021", "2020-08-01", "2021-12-31"),
        ("2020-08/..", "2020-08-01", None),
        ("../2020-08", None, "2020-08-31"),
        ("2020-08/", "2020-08-01", None),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_a_date_covers_its_days(text: str, first: str | None, last: str | None) -> None:
    found = bounds(text)

    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "../..",
        "0000",
        "2020-13",
        "2020-00",
        "2020-02-30",
        "2021-02-29",
        "2020-08-00",
        "2020-8-9",
        "09.08.2020",
        "20200809",
        "2020-08-09T10:00",
        "12020",
        "-2020",
        "2020-XX-05",
        "202X-08",
        "XXXX",
        "2020-08-09??",
        "2021/2020",
        "2020/2021/2022",
        "2020-21-05",
        "2020-24-XX",
        "2020-25",
        "٢٠٢٠",
        "２０２０-08",
        "२०२०",
        "2020-08-09\x00",
    ],
    ids=ascii,
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        bounds(text)


@given(st.text(st.sampled_from("0123456789X-/~?%. "), max_size=24) | st.text(max_size=12))
def test_no_text_ends_in_another_exception_and_bounds_are_in_order(text: str) -> None:
    try:
        found = bounds(text)
    except NotADate:
        return
    assert found.first or found.last
    assert (found.first or "0") <= (found.last or "A")


@given(st.dates())
def test_every_day_covers_itself(day) -> None:
    assert bounds(day.isoformat()).first == bounds(day.isoformat()).last == day.isoformat()
