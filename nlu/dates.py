"""Dates in numbers: day first, and without a year the next one to come."""

from __future__ import annotations

import re
from datetime import date

YEARS = range(-1, 3)
"""Years from now that a date may be in; another is a date of birth, or of another calendar."""

OPENED = 8
"""From this hour on a dash may stand between two hours."""

_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?")
_ISO = re.compile(r"(20\d\d)([/.-])(\d{1,2})\2(\d{1,2})")


def numeric(text: str, today: date, *, dots: bool = False) -> date | None:
    """12/11, 12-11, 12.11, 12/11/2026, 2026-11-12. Day first, unless that is no date. `dots`: 5.12 is one, too."""
    iso = _ISO.fullmatch(text)
    if iso:
        return on(int(iso[1]), int(iso[3]), int(iso[4]), today)
    written = _DATE.fullmatch(text)
    if not written:
        return None
    first, sign, second, year = written.groups()
    if sign != "/" and year is None:
        short = len(second) < 2 or (len(first) < 2 and not (dots and sign == "."))
        if short or (sign == "-" and OPENED <= int(first) < int(second)):
            return None  # 2-4 is no date, 9.5 a number, and 10-12 may be hours
    full = int(year) + (2000 if len(year) == 2 else 0) if year else None
    orders = [(int(first), int(second))]
    if sign == "/":  # 11/24 can only be the other way round; 10.30 is a time
        orders.append((int(second), int(first)))
    for day, month in orders:
        if 1 <= month <= 12:
            found = on(full, month, day, today) if full else next_to_come(day, month, today)
            if found is not None or full:
                return found
    return None


def on(year: int, month: int, day: int, today: date) -> date | None:
    """The date, if there is one and its year is near."""
    if year - today.year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_to_come(day: int, month: int | None, today: date) -> date | None:
    """The next such day to come, today included; 29 February may be years away."""
    for ahead in range(12 * 8 + 1):
        years, index = divmod(today.month - 1 + ahead, 12)
        if month is None or index + 1 == month:
            try:
                found = date(today.year + years, index + 1, day)
            except ValueError:
                continue
            if found >= today:
                return found
    return None
