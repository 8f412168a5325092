"""Days, months, years and spans of them as they are typed after `date:`."""

import calendar
import re
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)

Span = tuple[date | None, date | None]


def parse_span(typed: str) -> Span | None:
    """Return the first and the last day of what was typed, both included; None if it is no date.

    `2020`, `2020-08`, `2020-08-09`, and two of them with `..` between; either may be missing, and
    then that end is None. Turned round, they are put in order.
    """
    begin, dots, end = typed.strip().partition("..")
    if not dots:
        return _one(begin)
    first, last = _one(begin), _one(end)
    if (first is None and begin.strip()) or (last is None and end.strip()):
        return None
    if first is None and last is None:
        return None
    if first is not None and last is not None and first[0] > last[1]:
        first, last = last, first
    return (first[0] if first else None), (last[1] if last else None)


def _one(typed: str) -> tuple[date, date] | None:
    """Return the first and the last day of a year, a month or a day."""
    match = _DATE.fullmatch(typed.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None
