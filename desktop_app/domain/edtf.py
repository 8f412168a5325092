"""Dates as far as they are known: the part of EDTF (ISO 8601-2) that archives need.

`2020`, `2020-08`, `2020-08-09`; `~` about, `?` perhaps, `%` both, at the end; `202X`, `2020-XX`,
`2020-08-XX` for what is not known; seasons `2020-21` (spring) to `2020-24` (winter); intervals
`a/b`, where `..` or nothing is open or unknown.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date

_POINT = re.compile(r"(\d{4}|\d{3}X|\d{2}XX)(?:-(\d\d|XX)(?:-(\d\d|XX))?)?[~?%]?", re.ASCII)
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 14)}  # winter ends next February


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and the last day that a date may mean; None is open. Compare as ISO days."""

    first: str | None
    last: str | None


class NotADate(ValueError):
    """The text is no date that this understands."""


def bounds(text: str) -> Bounds:
    """Return the days that `text` covers.

    Raises:
        NotADate: It is no EDTF date of the forms above, or its end lies before its beginning.
    """
    first, slash, last = text.strip().partition("/")
    if not slash:
        return _point(first)
    begin = None if first in ("", "..") else _point(first).first
    end = None if last in ("", "..") else _point(last).last
    if begin is None and end is None:
        raise NotADate(text)
    if begin is not None and end is not None and end < begin:
        raise NotADate(text)
    return Bounds(begin, end)


def _point(text: str) -> Bounds:
    match = _POINT.fullmatch(text.strip())
    if match is None:
        raise NotADate(text)
    year, month, day = match.groups()
    first_year, last_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if first_year == 0 or ("X" in year and month is not None):
        raise NotADate(text)
    first_month, last_month = _months(month, text)
    if day is not None and first_month != last_month and (month, day) != ("XX", "XX"):
        raise NotADate(text)
    try:
        if day in (None, "XX"):
            last_year, last_month = last_year + (last_month - 1) // 12, (last_month - 1) % 12 + 1
            end = calendar.monthrange(last_year, last_month)[1]
            return _days(date(first_year, first_month, 1), date(last_year, last_month, end))
        return _days(
            date(first_year, first_month, int(day or 0)), date(last_year, last_month, int(day or 0))
        )
    except ValueError:
        raise NotADate(text) from None


def _months(month: str | None, text: str) -> tuple[int, int]:
    if month in (None, "XX"):
        return 1, 12
    number = int(month or 0)
    if number in _SEASONS:
        return _SEASONS[number]
    if not 1 <= number <= 12:
        raise NotADate(text)
    return number, number


def _days(first: date, last: date) -> Bounds:
    return Bounds(first.isoformat(), last.isoformat())
