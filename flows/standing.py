"""Where a translation stands: reviewed, draft, stale or missing; and what is sent for it.

A text is translated in two places: in flows/texts/<language>.po, which comes with the desk, and over it
what staff approved on their pages. Each was made for an English text; as soon as that is not today's
English, it counts no more. A comment in the PO file says who stands behind an entry: "# draft: machine,
2026-11-21" or "# reviewed: NAME, 2026-12-01".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from babel.messages.catalog import Message as Line
from babel.messages.pofile import read_po

from flows.numbers import english_forms

LONDON = ZoneInfo("Europe/London")
SIGNED = re.compile(r"(?P<state>reviewed|draft):\s*(?P<who>.*?),?\s*(?P<on>\d{4}-\d\d-\d\d)?\s*$")

type Status = Literal["reviewed", "draft", "stale", "missing"]
STATUSES: tuple[Status, ...] = ("stale", "missing", "draft", "reviewed")
"""The states, what needs a person most first."""


class Approved(Protocol):
    """What staff made of a text (store/translations.py): for which English, and who stands behind it.
    `english` and `text` have one form, or the plural forms."""

    @property
    def english(self) -> Sequence[str]: ...
    @property
    def text(self) -> Sequence[str]: ...
    @property
    def state(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One translation. `text`: its form for many, if it has several. `made_for`: the English it was made
    for. `who` and `on`: who stands behind it since when; `desk`: staff have approved or changed it here."""

    text: str
    status: Status
    forms: tuple[str, ...] = ()
    who: str = ""
    on: date | None = None
    made_for: tuple[str, ...] = ()
    desk: bool = False


def standing(english: str, written: Entry | None, approved: Approved | None) -> Entry:
    """The translation that counts. What was made for today's English wins, staff's before the file's; if
    neither was, it is stale."""
    forms = english_forms(english)
    ours = of_staff(approved) if approved is not None else None
    for entry in (ours, written):
        if entry is not None and entry.status != "stale" and entry.made_for == forms:
            return entry
    old = ours or written
    return replace(old, status="stale") if old is not None else Entry(str(english), "missing")


def of_staff(approved: Approved) -> Entry:
    """What staff approved, as an entry."""
    text = tuple(approved.text)
    status: Status = "reviewed" if approved.state == "reviewed" else "draft"
    on = approved.at.astimezone(LONDON).date()
    return Entry(text[-1], status, text, approved.who, on, tuple(approved.english), desk=True)


@lru_cache(maxsize=64)
def read_catalogue(path: Path, _modified: int) -> Mapping[str, Entry]:
    """The entries of a PO file by key. Kept in memory until the file changes."""
    with path.open("rb") as file:
        lines = list(read_po(file, ignore_obsolete=True))
    found = ((str(line.context), of_line(line)) for line in lines if line.id and line.context)
    return {key: entry for key, entry in found if entry is not None}


def of_line(line: Line) -> Entry | None:
    """A PO entry as an entry; None when it is not translated."""
    forms = (line.string,) if isinstance(line.string, str) else tuple(line.string or ())
    if not forms or not all(forms):
        return None
    signed = signature(line)
    reviewed = signed is not None and signed["state"] == "reviewed"
    status: Status = "stale" if line.fuzzy else "reviewed" if reviewed else "draft"
    made_for = (line.id,) if isinstance(line.id, str) else tuple(line.id)
    who, on = (signed["who"], signed["on"]) if signed is not None else ("", None)
    return Entry(forms[-1], status, forms, who, _day(on), made_for)


def signature(line: Line) -> re.Match[str] | None:
    """The comment that says who stands behind a PO entry."""
    return next(filter(None, map(SIGNED.match, line.user_comments)), None)


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None
