"""When staff answer by text: a weekly table in London wall time, and the next time that somebody is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from flows.standing import LONDON

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PART = re.compile(
    r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))? (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)
SEARCHED = 60  # days: no library is closed for longer


def _never(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Hours:
    """When staff answer, in London wall time: for each weekday (0: Monday) its times. Empty: nobody has said.

    `closed`: days on which nobody answers all the same, such as bank holidays.
    """

    table: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    closed: Callable[[date], bool] = _never

    def until(self, now: datetime) -> datetime | None:
        """The moment until which staff are there; None: nobody is, or nobody has said when."""
        return next((end for start, end in self._times(now) if start <= now < end), None)

    def again(self, now: datetime) -> datetime | None:
        """When staff are there next, if they are not now; None: nobody has said."""
        return next((start for start, _ in self._times(now) if start > now), None)

    def _times(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(LONDON).date()
        for ahead in range(SEARCHED if self.table else 0):
            day = today + timedelta(days=ahead)
            for start, end in () if self.closed(day) else self.table.get(day.weekday(), ()):
                yield _moment(day, start), _moment(day, end)


NOT_SAID = Hours()


def hours_of(written: str, closed: Callable[[date], bool] = _never) -> Hours:
    """The table of a setting such as "Mon-Fri 10:00-16:00, Sat 10:00-13:00". A day may stand there twice.

    Raises ValueError with a sentence that says what is wrong.
    """
    table: dict[int, list[tuple[time, time]]] = {}
    for part in filter(None, (each.strip() for each in written.split(","))):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r}: write such as Mon-Fri 10:00-16:00 or Sat 10:00-13:00")
        first, last = found["first"], found["last"] or found["first"]
        if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
            raise ValueError(f"{part!r}: the days are {', '.join(DAYS)}, in this order")
        try:
            start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
        except ValueError:
            raise ValueError(f"{part!r}: there is no such time") from None
        if start >= end:
            raise ValueError(f"{part!r}: the first time comes before the second")
        for day in range(DAYS.index(first), DAYS.index(last) + 1):
            table.setdefault(day, []).append((start, end))
    for day, times in table.items():
        times.sort()
        if any(one[1] > other[0] for one, other in pairwise(times)):
            raise ValueError(f"{DAYS[day]}: two times overlap")
    return Hours({day: tuple(times) for day, times in table.items()}, closed)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)
