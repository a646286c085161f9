"""Hours and minutes, as people write them, and the ranges that a wish means. Minutes after midnight, wall time.

"10:30", "10.30", "4pm", "15h", "10h30"; an hour up to twelve without am or pm may be either half of the day, and
in some languages be counted from six o'clock, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

DAY = 24 * 60
PARTS = ((0, 12 * 60), (12 * 60, 14 * 60), (12 * 60, 18 * 60), (17 * 60, DAY))
"""Morning, noon, afternoon, evening (nlu/daywords.py): generous, since they only choose among sessions."""
DAYTIME = range(8, 20)
"""Of "after 4" and "before 3", the hour that a library could be open at."""

type Range = tuple[int, int]
"""From (included) and to (excluded)."""

WRITTEN = r"\d{1,2}(?:[:h]\d{2})?(?:[ap]m|h)?"
"""What may stand on either side of the dash in "1pm-3pm"."""

_HALVES = {"am": False, "a": False, "pm": True, "p": True}
# Sorani writes "of" onto the number ("١٠ی بەیانی", ten of the morning).
_HOURS = re.compile(r"(\d{1,2})(?:[یي]|(am|pm|h|hrs?|hr|uhr|год)(\d{2})?)?")
_MINUTES = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?(?:[یي]|(am|pm))?")
_DOTTED = re.compile(r"(\d{1,2})[.:](\d{2})(am|pm)?")


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day as it was written. `afternoon`: None when that was not said. `plain`: a number without anything
    that makes it an hour; `word`: it was written as a word."""

    hour: int
    minute: int = 0
    afternoon: bool | None = None
    padded: bool = False
    plain: bool = False
    word: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it is one hour of the 24."""
        return self.afternoon is not None or self.hour > 12 or self.hour == 0 or self.padded

    def starts(self) -> tuple[int, ...]:
        """The moments it may be: one, or one in each half of the day."""
        if self.afternoon is not None:
            return ((self.hour % 12 + 12 * self.afternoon) * 60 + self.minute,)
        if self.is_sure or self.hour == 12:
            return (self.hour * 60 + self.minute,)
        return (self.hour * 60 + self.minute, (self.hour + 12) * 60 + self.minute)

    def daytime(self) -> int:
        """The one of them that a library could be open at."""
        starts = self.starts()
        return next((start for start in starts if start // 60 in DAYTIME), starts[0])


def read(text: str, *, dotted: bool = False) -> Time | None:
    """The time that one word or number is; None when it can't be one. `dotted`: "10.30" is one, too."""
    found = (_DOTTED if dotted else _MINUTES).fullmatch(text)
    if found:
        hour, minute, half = found.groups()
        padded = hour.startswith("0")
        return _valid(Time(int(hour), int(minute), _HALVES.get(half or ""), padded))
    found = _HOURS.fullmatch(text)
    if not found:
        return None
    hour, sign, minute = found.groups()
    return _valid(Time(int(hour), int(minute or 0), _HALVES.get(sign or ""), plain=not sign))


def in_part(time: Time, part: Range) -> Time:
    """The hour that lies in this part of the day, counted from twelve or from six o'clock, while a library could be
    open; the same as it was when none does, or more than one."""
    low, high = part
    hours = [(time.hour + turned) % 24 for turned in (0, 6, 12, 18)]
    open_then = [hour for hour in hours if hour in DAYTIME and low <= hour * 60 + time.minute < high]
    return replace(time, hour=open_then[0], padded=True) if len(open_then) == 1 else time


def _valid(time: Time) -> Time | None:
    in_range = time.hour < 24 and time.minute < 60 and (time.afternoon is None or 0 < time.hour < 13)
    return time if in_range else None


def exactly(time: Time) -> list[Range]:
    """About that time: the hour that begins with it, or the half hour when minutes were said."""
    return [(start, start + (30 if time.minute else 60)) for start in time.starts()]


def after(time: Time) -> list[Range]:
    return [(time.daytime(), DAY)]


def before(time: Time) -> list[Range]:
    return [(0, time.daytime())]


def between(first: Time, second: Time) -> list[Range]:
    """From one to the other, the first in the half of the day that comes before the second ("2-4pm")."""
    if second.afternoon is not None and first.afternoon is None and not first.is_sure:
        end = second.starts()[0]
        start = max((each for each in first.starts() if each < end), default=first.daytime())
    else:
        start, end = first.daytime(), second.daytime()
    return [(start, end)] if start < end else []


def common(wished: Iterable[Range], parts: Iterable[Range]) -> list[Range]:
    """Where both hold ("3 in the afternoon"); the first alone when they never do."""
    wished, parts = list(wished), list(parts)
    both = [
        (max(start, low), min(end, high))
        for start, end in wished
        for low, high in parts
        if max(start, low) < min(end, high)
    ]
    return both or wished or parts
