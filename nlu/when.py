"""Which day, which time of day does a text wish for? In all languages; what is not certain is not read.

Days are dates in Europe/London, counted from `now`; times are ranges in wall time. Day before month; a date
without a year is the next one to come. Not read: hours up to twelve where they may be counted from six o'clock
(Amharic, Tigrinya, Somali) and no part of the day tells which is meant, days that are past ("last Tuesday"), and a
wish that "not" stands near. The words stand in nlu/days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from nlu import clock, dates, hours
from nlu.clock import Range
from nlu.daywords import Item, vocabulary
from nlu.tokens import Token, tokens

LONDON = ZoneInfo("Europe/London")
NEAR = 4
"""So many words from a wish, "not" still means it."""
SMALL = frozenset({"around", "at", "weak_at", "of"})
LONG = 12
"""More words around the wish than this tell a story: its days only sort what is offered."""

_DAY_NUMBER = re.compile(r"(\d{1,2})(st|nd|rd|th|er|ème|го|е|ی|ي|م|ام|مین)?")
_ORDINAL = ("st", "nd", "rd", "th")
_GOES_ON = frozenset({"around", "at", "weak_at", "part"})
"""What may follow a day that is said by its number alone: "the 2nd at Belgrave", not "my 2nd child"."""
_BESIDE = frozenset({"around", "this", "next", "at", "of"})


@dataclass(frozen=True, slots=True)
class When:
    """A wish. `days`: any of them; `hours`: any of these ranges. `loose`: it may be meant otherwise, so nothing is
    decided by it. `used`: the numbers of the words that say so; `nots`: of the words for "not";
    `small`: of words that say nothing by themselves."""

    days: tuple[date, ...] = ()
    hours: tuple[Range, ...] = ()
    loose: bool = False
    used: frozenset[int] = frozenset()
    nots: frozenset[int] = frozenset()
    small: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Found:
    days: list[date] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)  # said by number
    times: list[Range] = field(default_factory=list)
    parts: list[Range] = field(default_factory=list)
    past: bool = False  # "last Tuesday"
    loose: bool = False
    used: set[int] = field(default_factory=set)


def read(text: str, now: datetime, languages: Sequence[str] = ("en",)) -> When:
    """The wish in `text`. `now` is aware; `languages`: codes of those it may be in, the likeliest first.

    Reads at most 1,600 characters; never raises for what a text says.
    """
    return among(tokens(text), now, languages)


def among(words: Sequence[Token], now: datetime, languages: Sequence[str] = ("en",)) -> When:
    """The same for words that nlu/tokens.py made."""
    known = vocabulary(tuple(dict.fromkeys(languages)))
    items = known.items([token.text for token in words])
    today = now.astimezone(LONDON).date()
    found = _Found()
    _read_dates(items, today, found, dots=known.dots)
    found.times = hours.read(items, found.used, six=known.six)
    _read_days(items, words, today, found)
    _read_parts(items, found)
    nots = frozenset(item.at for item in items if "not" in item.kinds and item.at not in found.used)
    small = frozenset(at for item in items if item.kinds.keys() & SMALL for at in item.words)
    nothing = When(nots=nots, small=small)
    if denied(words, nots, found.used):
        return nothing
    days, ranges = set(_agreed(found)), set(clock.common(found.times, found.parts))
    if not days and (not ranges or found.past):
        return nothing
    told = len(words) - len(found.used) > LONG
    mixed = len(days) > 1 and len(ranges) > 1 and len(found.parts) > 1
    return replace(
        nothing,
        days=tuple(sorted(days)),
        hours=tuple(sorted(ranges)),
        loose=found.loose or told or mixed,
        used=frozenset(found.used),
    )


def denied(words: Sequence[Token], nots: Iterable[int], used: Iterable[int]) -> bool:
    """Whether a word for "not" stands near the words of a wish, in the same part of the sentence."""

    def apart(first: int, last: int) -> bool:
        return last - first > NEAR or any(words[n].begins for n in range(first + 1, last + 1))

    used = set(used)
    return any(not apart(min(no, at), max(no, at)) for no in nots for at in used)


def _take(found: _Found, *items: Item) -> None:
    for item in items:
        found.used.update(item.words)


# dates by number -----------------------------------------------------------------------------------------
def _read_dates(items: Sequence[Item], today: date, found: _Found, *, dots: bool) -> None:
    for n, item in enumerate(items):
        if item.at in found.used:
            continue
        day = dates.numeric(item.text, today, dots=dots)
        if day is not None and not _is_time_of_day(items, n):
            found.dates.append(day)
            _take(found, item)
            continue
        month = item.kinds.get("month") or item.kinds.get("unsure_month")
        if month:
            _read_month(items, n, month, today, found)
    for n, item in enumerate(items):
        number = _DAY_NUMBER.fullmatch(item.text)
        if number and number[2] in _ORDINAL and item.at not in found.used and _is_day(items, n):
            day = dates.next_to_come(int(number[1]), None, today)
            if day is not None:
                found.dates.append(day)
                _take(found, item)


def _is_day(items: Sequence[Item], n: int) -> bool:
    """Whether "2nd" stands where a day does: "on the 2nd", "the 2nd at Belgrave", not "the 2nd floor"."""
    before = items[n - 1].kinds.keys() if n else set[str]()
    after = items[n + 1].kinds.keys() if n + 1 < len(items) else _GOES_ON
    return not after & {"unit", "counted"} and bool(after & _GOES_ON or before & {"dated", "day"})


def _is_time_of_day(items: Sequence[Item], n: int) -> bool:
    """Whether "10.10" stands where an hour does ("at 10.10")."""
    return "." in items[n].text and (
        (n > 0 and "at" in items[n - 1].kinds) or (n + 1 < len(items) and "oclock" in items[n + 1].kinds)
    )


def _read_month(items: Sequence[Item], n: int, month: int, today: date, found: _Found) -> None:
    """12 November, the 12th of November, November 12, with a year or without."""
    before = n - 1
    while before >= 0 and "of" in items[before].kinds and before > n - 3:
        before -= 1
    for at in (before, n + 1):
        number = _DAY_NUMBER.fullmatch(items[at].text) if 0 <= at < len(items) else None
        if number is None or items[at].at in found.used:
            continue
        after = max(at, n) + 1
        year = (
            int(items[after].text)
            if after < len(items) and re.fullmatch(r"20\d\d", items[after].text)
            else None
        )
        day = (
            dates.on(year, month, int(number[1]), today)
            if year
            else dates.next_to_come(int(number[1]), month, today)
        )
        if day is not None:
            found.dates.append(day)
            found.loose = found.loose or "unsure_month" in items[n].kinds
            _take(found, *items[min(at, n) : max(at, n) + 1], *(items[after : after + 1] if year else ()))
            return


# days ----------------------------------------------------------------------------------------------------
def _read_days(items: Sequence[Item], words: Sequence[Token], today: date, found: _Found) -> None:
    free = [item for item in items if item.at not in found.used]
    weeks = [item for item in free if "week" in item.kinds]
    moves = any("move" in item.kinds for item in items)  # "from Monday to Friday" are two days then
    named: list[tuple[list[date], bool]] = []  # the dates of each day that is named, and whether loosely
    reached = 0
    for n, item in enumerate(free):
        around = [each for each in (n - 1, n + 1) if 0 <= each < len(free)]
        if "day" in item.kinds:
            last = (max(free[each].at, item.at) for each in around if "last" in free[each].kinds)
            if not all(words[at].begins for at in last):
                found.past = True
                continue
            beside = [free[each] for each in around if free[each].kinds.keys() & {"next", "this"}]
            days = _weekday(item.kinds["day"], today, beside, weeks)
            _take(found, item, *beside)
        elif "offset" in item.kinds:
            days = [today + timedelta(days=item.kinds["offset"])]
            _take(found, item)
        else:
            continue
        if named and not moves and _reaches(free[reached : n + 1], words):
            named[-1] = (_through(named[-1][0], days), False)
        else:
            early = n > 0 and hours.opening(free[n - 1]) in ("after", "before")
            late = n + 1 < len(free) and bool(free[n + 1].kinds.keys() & {"after_it", "before_it"})
            named.append((days, early or late))  # "after Tuesday"; not "from Tuesday to Wednesday"
        reached = n
    found.days = [day for days, _ in named for day in days]
    found.loose = found.loose or any(loose for _, loose in named)
    if weeks:
        if not found.days and not found.dates:
            for item in weeks:
                monday = today + timedelta(days=7 * item.kinds["week"] - today.weekday())
                found.days += [day for n in range(7) if (day := monday + timedelta(days=n)) >= today]
        _take(found, *weeks)


def _reaches(items: Sequence[Item], words: Sequence[Token]) -> bool:
    """Whether "Monday … Friday" are the ends of a range: "Monday to Friday", "Monday-Friday"."""
    first, *between, last = items
    between = between[1:] if between and between[0].kinds.keys() & {"this", "next"} else between
    if not between:
        beside = first.at + first.size == last.at
        return beside and ("to" in last.kinds or words[last.at].dashed)
    return "to" in between[0].kinds and all(item.kinds.keys() & _BESIDE for item in between[1:])


def _through(first: Sequence[date], last: Sequence[date]) -> list[date]:
    """Every day from the one to the other."""
    start = first[0]
    end = next((day for day in last if day >= start), last[0] + timedelta(days=7))
    return [start + timedelta(days=n) for n in range(max((end - start).days, 0) + 1)]


def _weekday(day: int, today: date, beside: Sequence[Item], weeks: Sequence[Item]) -> list[date]:
    """The dates that a weekday may mean: the one to come; with "next" also the one after."""
    if len(weeks) == 1:
        monday = today + timedelta(days=7 * weeks[0].kinds["week"] - today.weekday())
        if monday + timedelta(days=day) >= today:
            return [monday + timedelta(days=day)]
    coming = today + timedelta(days=(day - today.weekday()) % 7)
    if any("next" in item.kinds for item in beside):
        first = coming if coming > today else coming + timedelta(days=7)
        return [first, first + timedelta(days=7)]
    return [coming, coming + timedelta(days=7)] if coming == today else [coming]


def _agreed(found: _Found) -> list[date]:
    """Weekdays beside a date explain it ("Tuesday 24 November"); where they don't fit, both are wishes, loosely."""
    if not found.dates or not found.days:
        return found.dates or found.days
    if {day.weekday() for day in found.dates} >= {day.weekday() for day in found.days}:
        return found.dates
    found.loose = True
    return [*found.dates, *found.days]


def _read_parts(items: Iterable[Item], found: _Found) -> None:
    previous: Item | None = None
    for item in items:
        again = bool(item.kinds.keys() & {"offset", "am", "pm"})  # "tonight"; "3 in the afternoon"
        if "part" in item.kinds and (again or item.at not in found.used):
            low, high = clock.PARTS[item.kinds["part"]]
            direction = (
                hours.opening(previous) if previous is not None and previous.at not in found.used else ""
            )
            if direction == "before":
                low, high = 0, low
            elif direction == "after":
                high = clock.DAY
            found.parts.append((low, high))
            _take(found, item)
        previous = item
