"""Times of day among the words of a text: "at 3", "after 4pm", "10:30", "between 2 and 4", "15 heures"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nlu import clock
from nlu.clock import Range, Time
from nlu.daywords import Item

_SPAN = re.compile(rf"({clock.WRITTEN})-({clock.WRITTEN})")
_RANGES = {"after": clock.after, "before": clock.before}
OPENINGS = 2
"""So many words before an hour say how it is meant: "after" "the hour"."""


def read(items: Sequence[Item], used: set[int], *, six: bool) -> list[Range]:
    """The ranges that are wished for; the words that say so are added to `used`.

    `six`: hours may be counted from six o'clock, so that one up to twelve is passed over unless the part of the day
    tells which it is.
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
    at = start
    while at < min(len(items), start + OPENINGS) and opening(items[at]):
        at += 1
    said = [opening(item) for item in items[start:at]]
    free = at < len(items) and items[at].at not in used
    if free and (span := _SPAN.fullmatch(items[at].text)):
        return _span(items, at, span, opened=bool(said), six=six)
    time = _time(items, at) if free else None
    if time is None:
        return start, []
    time, end, marked = _closed(items, at, time, opened=bool(said), six=six)
    direction = next((each for each in said if each in ("between", "after", "before")), "")
    opened = direction == "between" or marked or not time.plain or "at" in said
    last, upto, closed = _second(items, end, "and" if direction == "between" else "to", six=six)
    if last is not None:
        hours = opened or closed or not last.plain  # "2 to 4" may be anything
        return upto, _between(time, last, six=six) if hours else []
    if direction == "between":
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


def _closed(items: Sequence[Item], at: int, time: Time, *, opened: bool, six: bool) -> tuple[Time, int, bool]:
    """What stands behind an hour: "o'clock", "pm", "in the afternoon". The hour with it, where that ends, and
    whether it makes an hour of a number. "2 hours" are none, "at 2 hours" is."""
    end = at + 1
    marked = False
    for item in items[end : end + 2]:
        halves = item.kinds.keys() & {"am", "pm"}
        if not halves and "oclock" not in item.kinds and not (opened and "hours" in item.kinds):
            break
        if halves and not time.is_sure and time.hour:
            part = item.kinds.get("part")
            told = clock.in_part(time, clock.PARTS[part]) if six and part is not None else time
            time = told if six else replace(time, afternoon="pm" in halves)
        marked = True
        end += 1
    return time, end, marked


def _second(items: Sequence[Item], at: int, kind: str, *, six: bool) -> tuple[Time | None, int, bool]:
    """The end of "between … and …", "… to …": the hour, where to go on, and whether it was said to be one."""
    if at >= len(items) or kind not in items[at].kinds:
        return None, at, False
    at += 1
    while at < len(items) and "at" in items[at].kinds:
        at += 1
    time = _time(items, at) if at < len(items) else None
    if time is None or (time.plain and _counts(items, at)):
        return None, at, False
    return _closed(items, at, time, opened=True, six=six)


def _counts(items: Sequence[Item], at: int) -> bool:
    """Whether a number counts something: "3 to 5 children"."""
    return at + 1 < len(items) and "unit" in items[at + 1].kinds


def _span(
    items: Sequence[Item], at: int, span: re.Match[str], *, opened: bool, six: bool
) -> tuple[int, list[Range]]:
    """10:00-12:00, 2-4pm, between 2-4; not 2-4 alone."""
    first, last = clock.read(span[1]), clock.read(span[2])
    if first is None or last is None or _counts(items, at):
        return at, []
    last, end, closed = _closed(items, at, last, opened=opened, six=six)
    hours = opened or closed or not (first.plain and last.plain)
    return end, _between(first, last, six=six) if hours else []


def _between(first: Time, last: Time, *, six: bool) -> list[Range]:
    return [] if six and not (first.is_sure and last.is_sure) else clock.between(first, last)
