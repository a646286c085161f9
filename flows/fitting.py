"""What a wish makes of what is open: the libraries and sessions in the order to offer, and what to say of it.

One that fits is taken, and stated in the last question. Several come first. None: that is said, and the nearest
are offered; nothing is guessed. Why a day is empty is said when it is known: a closed day, a bank holiday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flows.context import SessionView
from flows.message import Option
from flows.questions import PAGE, Fit
from flows.values import Day, Name, Value
from flows.wishes import Wishes, named_first

MOST_DAYS = 3
"""More days than these are not named again one by one ("next week")."""

WHY = {"closed": "closed_day", "bank_holiday": "bank_holiday"}
"""Why a day is off → the text that says so."""

type Off = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Open:
    """A line that begins somewhere at some time."""

    option: Option
    start: datetime
    place: str


def lines(sessions: Iterable[SessionView], options: Sequence[Option]) -> list[Open]:
    """The sessions that are offered, with their lines."""
    by_id = {option.id: option for option in options}
    return [Open(by_id[str(each.id)], each.start, each.place) for each in sessions if str(each.id) in by_id]


def places(wishes: Wishes, options: Sequence[Option]) -> Fit | None:
    """Libraries, by name; None when no library was named."""
    by_id = {option.id: option for option in options}
    here = [id_ for id_ in wishes.places if id_ in by_id]
    if here:
        ordered = [by_id[id_] for id_ in named_first(list(by_id), here)]
        return Fit(ordered, taken=len(wishes.places) == 1)
    if wishes.places:
        return Fit(options, text="not_there", values={"library": _names(wishes.places)})
    if wishes.stranger:
        return Fit([by_id[id_] for id_ in named_first(list(by_id), wishes.near)], text="unknown_library")
    return None


def open_every_day(_day: date) -> str:
    return ""


def times(wishes: Wishes, lines: Sequence[Open], now: datetime, off: Off = open_every_day) -> Fit:
    """Sessions, by day and time of day. `off`: why nothing takes place on a day (Diary.day_off)."""
    fitting = [line for line in lines if wishes.fits(line.start)]
    if fitting or wishes.loose:
        rest = [line for line in lines if line not in fitting]
        taken = len(fitting) == 1 and not wishes.loose
        return Fit(_options([*fitting, *rest]), taken=taken)
    nearest = _options(_nearest(wishes, lines))
    if not any(wishes.fits_day(line.start) for line in lines):
        if wishes.is_over(now):
            return Fit(nearest, text="day_over", values={"day": Day(max(wishes.days))})
        if len(wishes.days) <= MOST_DAYS:
            days: Value = tuple(Day(day) for day in wishes.days)
            why = {off(day) for day in wishes.days}
            text = WHY.get(why.pop(), "no_day") if len(why) == 1 else "no_day"
            return Fit(nearest, text=text, values={"day": days})
    return Fit(nearest, text="no_time")


def _nearest(wishes: Wishes, lines: Sequence[Open]) -> list[Open]:
    """The lines of the first page are those nearest to the wish; on each page the soonest comes first."""
    ordered = sorted(lines, key=lambda line: (wishes.far(line.start), not wishes.fits_hour(line.start)))
    first = ordered[: PAGE if len(ordered) > PAGE + 1 else PAGE + 1]
    rest = [line for line in lines if line not in first]
    return [line for line in lines if line in first] + rest


def anywhere(wishes: Wishes, lines: Sequence[Open], now: datetime, off: Off = open_every_day) -> Fit | None:
    """Sessions that may be anywhere, by library, day and time of day."""
    there = [line for line in lines if line.place in wishes.places] if wishes.places else list(lines)
    elsewhere = [line for line in lines if line not in there]
    if not there:
        return Fit(_options(lines), text="not_there", values={"library": _names(wishes.places)})
    if wishes.about("when"):
        fit = times(wishes, there, now, off)
        return Fit([*fit.options, *_options(elsewhere)], fit.taken, fit.text, fit.values)
    if wishes.places:
        return Fit(_options([*there, *elsewhere]), taken=len(there) == 1)
    return Fit(_options(lines), text="unknown_library") if wishes.stranger else None


def _options(lines: Sequence[Open]) -> list[Option]:
    return [line.option for line in lines]


def _names(ids: Sequence[str]) -> Value:
    return tuple(Name("place", id_) for id_ in ids)
