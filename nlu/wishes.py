"""What a text wishes for besides its meaning: a library, a day, a time (nlu/places.py, nlu/when.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nlu.places import Named, Places
from nlu.tokens import tokens
from nlu.when import When, among, denied


@dataclass(frozen=True, slots=True)
class Wish:
    """The library and the time. `bare`: the text says nothing else ("on Tuesday please")."""

    place: Named
    when: When
    bare: bool


def read(text: str, places: Places, now: datetime, languages: Sequence[str]) -> Wish:
    """The wish in `text`. `now` is aware; `languages`: codes of those it may be in, the likeliest first.

    Reads at most 1,600 characters; never raises for what a text says.
    """
    words = tokens(text)
    when = among(words, now, languages)
    place = places.among(words, no_names=when.used)
    if len(place.places) == 1 and denied(words, when.nots, place.used):
        place = Named()
    used = when.used | place.used
    return Wish(place, when, bool(used) and used | when.small >= set(range(len(words))))
