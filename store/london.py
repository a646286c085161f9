"""London's wall time: sessions, reminders and quiet hours are meant in it; everything stored is UTC."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from store.errors import NoSuchTime

LONDON = ZoneInfo("Europe/London")
AWAKE_FROM, AWAKE_UNTIL = time(8), time(20)  # DESIGN section 3: nothing that can wait goes out outside these


def to_utc(day: date, at: time) -> datetime:
    """The UTC moment of a London wall time; of a repeated hour the first. NoSuchTime in spring's gap."""
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != wall:
        raise NoSuchTime(f"{wall} does not exist in London")
    return moment


def wall(moment: datetime) -> datetime:
    """London wall time, naive."""
    return moment.astimezone(LONDON).replace(tzinfo=None)


def quiet(now: datetime) -> bool:
    """Between 20:00 and 08:00 in London."""
    return not AWAKE_FROM <= wall(now).time() < AWAKE_UNTIL


def awake(now: datetime) -> datetime:
    """`now`, or the next 08:00 in London when `now` is in the quiet hours."""
    if not quiet(now):
        return now
    local = wall(now)
    day = local.date() if local.time() < AWAKE_FROM else date.fromordinal(local.toordinal() + 1)
    return to_utc(day, AWAKE_FROM)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_bank_holiday(day: date) -> bool:
    """A bank holiday in England, substitute days included (package `holidays`)."""
    return day in _bank_holidays(day.year)
