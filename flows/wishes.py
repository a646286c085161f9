"""What a message wishes for besides its meaning: a library, a day, a time of day.

The desk reads wishes (Heard.wishes, by nlu in bot/) of the message that opens a flow, and of free words where a
line should be chosen. A wish is no answer: it chooses among what is open, and a question drops it when the
person goes back to that question. JSON: {"places": ["fosse"], "days": ["2026-11-24"], "hours": [[600, 660]]}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
HALF_A_DAY = 12 * 60
AN_HOUR = 60

type About = Literal["place", "when"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """`places`: the libraries that were named. `stranger`: one was named that is none of ours, or could be two;
    `near`: those whose names are most like it. `days`: any of these, in London. `hours`: any of these ranges in
    minutes after midnight, wall time. `loose`: nothing is decided by the days and hours, they only come first.
    `bare`: the message says nothing else (not kept)."""

    places: tuple[str, ...] = ()
    stranger: bool = False
    near: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    hours: tuple[tuple[int, int], ...] = ()
    loose: bool = False
    bare: bool = False

    def __bool__(self) -> bool:
        return self.about("place") or self.about("when")

    def about(self, what: About) -> bool:
        """Whether anything is wished for about the place, or about the time."""
        return bool(self.places or self.stranger) if what == "place" else bool(self.days or self.hours)

    def without(self, what: Iterable[About]) -> Wishes:
        """The same, with nothing wished for about these."""
        wishes = self
        if "place" in what:
            wishes = replace(wishes, places=(), stranger=False, near=())
        if "when" in what:
            wishes = replace(wishes, days=(), hours=(), loose=False)
        return wishes

    def after(self, older: Wishes) -> Wishes:
        """What is wished for now, and what was before and is not said anew."""
        place = self if self.about("place") else older
        when = self if self.about("when") else older
        return replace(
            self,
            places=place.places,
            stranger=place.stranger,
            near=place.near,
            days=when.days,
            hours=when.hours,
            loose=when.loose,
        )

    def fits(self, start: datetime) -> bool:
        """Whether something that begins then is what was wished for. Of an hour that there is twice when the
        clocks go back, the first is meant."""
        return self.fits_day(start) and self.fits_hour(start)

    def fits_day(self, start: datetime) -> bool:
        return not self.days or wall(start).date() in self.days

    def fits_hour(self, start: datetime) -> bool:
        return not self.hours or (
            not wall(start).fold and any(low <= minutes(start) < high for low, high in self.hours)
        )

    def is_over(self, now: datetime) -> bool:
        """Whether every day that was wished for is past."""
        return bool(self.days) and max(self.days) < wall(now).date()

    def far(self, start: datetime) -> timedelta:
        """How many days it is from the nearest day that was wished for."""
        return min((abs(wall(start).date() - day) for day in self.days), default=timedelta())

    def but_not(self, start: datetime, place: str, now: datetime) -> Wishes:
        """The wish for another time or place than this, which a message names only to say what is to change:
        "from Tuesday to Thursday". Then today is none either: said on a Monday, "Monday" may be today."""
        at, day = minutes(start), wall(start).date()
        gone = {day, wall(now).date()} if day in self.days else set()
        return replace(
            self,
            places=tuple(id_ for id_ in self.places if id_ != place),
            days=tuple(day for day in self.days if day not in gone),
            hours=tuple(each for each in self.hours if not _is_said_of(at, each)),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "places": list(self.places),
            "stranger": self.stranger,
            "near": list(self.near),
            "days": [day.isoformat() for day in self.days],
            "hours": [list(each) for each in self.hours],
            "loose": self.loose,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Wishes:
        """The wishes of their JSON; of None, none. Raises ValueError or TypeError when to_json did not write it."""
        if not data:
            return cls()
        return cls(
            places=tuple(map(str, data.get("places", ()))),
            stranger=bool(data.get("stranger", False)),
            near=tuple(map(str, data.get("near", ()))),
            days=tuple(date.fromisoformat(day) for day in data.get("days", ())),
            hours=tuple((int(low), int(high)) for low, high in data.get("hours", ())),
            loose=bool(data.get("loose", False)),
        )


NOTHING = Wishes()


def wall(moment: datetime) -> datetime:
    """A moment as London's clocks show it."""
    return moment.astimezone(LONDON)


def minutes(moment: datetime) -> int:
    """Minutes after midnight, as London's clocks show them."""
    local = wall(moment)
    return local.hour * 60 + local.minute


def _is_said_of(at: int, hours: tuple[int, int]) -> bool:
    """Whether a range is about this minute of the day; "10" without am or pm is, in its other half, too."""
    low, high = hours
    other = (at + HALF_A_DAY) % (2 * HALF_A_DAY)
    return low <= at < high or (high - low <= AN_HOUR and low <= other < high)


def nothing_wished(_text: str, _language: str) -> Wishes:
    return NOTHING


def named_first(ids: Sequence[str], wished: Sequence[str]) -> list[str]:
    """The ids with those that are wished for first, in the order of the wish."""
    order = {id_: n for n, id_ in enumerate(wished)}
    return sorted(ids, key=lambda id_: order.get(id_, len(order)))
