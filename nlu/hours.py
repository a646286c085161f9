"""Times of day among the words of a text: "at 3", "after 4pm", "10:30", "between 2 and 4", "15 heures"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nlu import clock
from nlu.clock import Range, Time
from nlu.daywords import Item

_SPAN = re.compile(r"([\d:]+(?:am|pm)?)-([\d:]+(?:am|pm)?)")
_RANGES = {"after": clock.after, "before": clock.before}
OPENINGS = 2
"""So many words before an hour say how it is meant: "after" "the hour"."""


def read(items: Sequence[Item], used: set[int], *, six: bool) -> list[Range]:
    """The ranges that are wished for; the words that say so are added to `used`.

    `six`: hours may be counted from six o'clock, so that one up to twelve is passed over.
    """
    found: list[Range] = []
    at = 0
    while at < len(items):
        end, ranges = _at(items, at, used, six=six) if items[at].at not in used else (at, [])
        for item in items[at:end]:
            used.update(item.words)
        found += ranges
        at = max(end, at + 1)
    return found


def opening(item: Item) -> str:
    """What stands before an hour: "at", "after", "before", "between"; "" when it does not."""
    return next((kind for kind in ("between", "after", "before", "at", "weak_at") if kind in item.kinds), "")


def _at(items: Sequence[Item], start: int, used: set[int], *, six: bool) -> tuple[int, list[Range]]:
    """The time that begins there: where it ends, and its ranges. It ends where it began when there is none."""
    span = _SPAN.fullmatch(items[start].text)
    if span:
        return _span(start, clock.read(span[1]), clock.read(span[2]))
    at = start
    while at < min(len(items), start + OPENINGS) and opening(items[at]):
        at += 1
    said = [opening(item) for item in items[start:at]]
    time = _time(items, at) if at < len(items) and items[at].at not in used else None
    if time is None:
        return start, []
    time, end, marked = _closed(items, at, time, opened=bool(said))
    direction = next((each for each in said if each in ("between", "after", "before")), "")
    if direction == "between":
        last, upto = _second(items, end)
        if last is not None:
            return upto, [] if six and not last.is_sure else clock.between(time, last)
        direction = "after" if "after" in items[start].kinds and not time.word else ""
    if end < len(items) and (late := items[end].kinds.keys() & {"after_it", "before_it"}):
        direction = direction or min(late).removesuffix("_it")
        end += 1
    followed = end < len(items) and "unit" in items[end].kinds
    if time.plain and not marked and "at" not in said and (not direction or followed):
        return start, []
    if six and not time.is_sure:
        return end, []
    return end, _RANGES.get(direction, clock.exactly)(time)


def _time(items: Sequence[Item], at: int) -> Time | None:
    if "number" in items[at].kinds:
        return Time(items[at].kinds["number"], plain=True, word=True)
    return clock.read(items[at].text) or clock.read(items[at].text, dotted=True)


def _closed(items: Sequence[Item], at: int, time: Time, *, opened: bool) -> tuple[Time, int, bool]:
    """What stands behind an hour: "o'clock", "pm", "in the afternoon". The hour with it, where that ends, and
    whether it makes an hour of a number. "2 hours" are none, "at 2 hours" is."""
    end = at + 1
    marked = False
    for item in items[end : end + 2]:
        halves = item.kinds.keys() & {"am", "pm"}
        if not halves and "oclock" not in item.kinds and not (opened and "hours" in item.kinds):
            break
        if halves and not time.is_sure and time.hour:
            time = replace(time, afternoon="pm" in halves)
        marked = True
        end += 1
    return time, end, marked


def _second(items: Sequence[Item], at: int) -> tuple[Time | None, int]:
    """The end of "between … and …", and where to go on."""
    if at >= len(items) or "and" not in items[at].kinds:
        return None, at
    at += 1
    while at < len(items) and "at" in items[at].kinds:
        at += 1
    time = _time(items, at) if at < len(items) else None
    if time is None:
        return None, at
    time, end, _ = _closed(items, at, time, opened=True)
    return time, end


def _span(at: int, first: Time | None, last: Time | None) -> tuple[int, list[Range]]:
    """10:00-12:00, 2-4pm; not 2-4."""
    if first is None or last is None or (first.plain and last.plain):
        return at, []
    return at + 1, clock.between(first, last)
