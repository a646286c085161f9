"""Two clear requests in one message: "how do I join, and when is the citizenship group?"

The first is answered, the others are offered as lines. A message is only split when each part asks for
something by its words, each is understood surely by itself, and they cannot be one thought. Measured on the
training messages, each of one request: about one in four hundred is split all the same, and then mostly gets
its own answer and one line too many.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from nlu.sentences import Sentence
from nlu.understanding import EMERGENCY, OUT_OF_SCOPE, Alternative, Understanding

FEWEST_WORDS = 4
"""A shorter message holds one request."""
MOST_REQUESTS = 3
"""The first, and two that are offered."""
MOST_PARTS = 6
"""Of more parts a story is told (nlu/stories.py)."""
DANGER_IN_A_PART = 0.99
"""From this confidence on, a part read as an emergency makes the whole one. Higher than the model card's: torn
from its sentence, a harmless part ("my savings are gone") is often taken for one. Words of danger are met
anywhere in a message before all this (nlu/always.py)."""

CHAT = frozenset({"greet", "thank_bye", "affirm", "deny"})
"""Said around a request, and no request."""
NO_REQUEST = CHAT | {OUT_OF_SCOPE, "menu", "feedback", EMERGENCY}

_GREETED = re.compile(r"\S+(?:\s\S+)?[,!.،؛።፣]\s+(?P<rest>.+)", re.DOTALL)
"""One or two words and a comma before the rest: "Bonjour, …", "Hello dear, …"."""
_ABOUT_A_BOOKING = frozenset({"book_session", "change_booking", "cancel_booking", "my_bookings"})
_BOOKABLE = frozenset(
    {"work_coach", "citizenship_practice", "driving_theory", "form_help", "it_sessions", "mother_baby_group"}
)


class Read(Protocol):
    """Reads a part on its own; None when enough has been read."""

    def __call__(self, text: str) -> Understanding | None: ...


def may_be_several(text: str) -> bool:
    """Whether it is worth looking at the parts of a text."""
    return len(text.split(maxsplit=FEWEST_WORDS)) >= FEWEST_WORDS


def several(sentences: Sequence[Sentence], whole: Understanding, read: Read) -> Understanding | None:
    """Return the first request of a message, with the others in `also`; None when it is not of that kind.

    Danger in a part wins over everything. It is looked for in parts that ask, and in the others too when the
    whole is not clear and may be an emergency: "I want to join and my husband is violent".
    """
    parts = [part for sentence in sentences for part in sentence.parts]
    asking = [part.text for part in parts if part.asks]
    telling = [part.text for part in parts if not part.asks]
    may_be_danger = not whole.sure and is_possible(EMERGENCY, whole)
    if not 2 <= len(parts) <= MOST_PARTS or (len(asking) < 2 and not may_be_danger):
        return None
    danger, requests = _read(asking, read)
    if danger is None and may_be_danger:
        danger, _ = _read(telling, read)
    if danger is not None:
        return replace(danger, also=requests[: MOST_REQUESTS - 1])
    if len(requests) < 2 or (whole.sure and whole.intent not in {each.intent for each in requests}):
        return None
    if any(_one_thought(a, b) for a, b in itertools.combinations(requests, 2)):
        return None
    first, *others = requests[:MOST_REQUESTS]
    return Understanding(
        first.intent,
        first.topic,
        first.confidence,
        sure=True,
        half_sure=True,
        alternatives=(first, *others),
        also=tuple(others),
    )


def behind_a_greeting(text: str, whole: Understanding, read: Read) -> Understanding | None:
    """Return what follows a word or two and a comma when that alone is surely a request and the whole isn't."""
    greeted = _GREETED.fullmatch(text)
    if greeted is None or (whole.sure and whole.intent not in CHAT):
        return None
    said = read(greeted["rest"])
    return said if said is not None and said.sure and said.intent not in NO_REQUEST else None


def beside_danger(sentences: Sequence[Sentence], danger: Understanding, read: Read) -> Understanding:
    """Return an emergency with what is asked in other sentences in `also`: danger is met, nothing is lost."""
    if len(sentences) < 2:
        return danger
    asking = [sentence.text for sentence in sentences if sentence.asks]
    return replace(danger, also=_read(asking, read)[1][: MOST_REQUESTS - 1])


def _read(asking: Sequence[str], read: Read) -> tuple[Understanding | None, tuple[Alternative, ...]]:
    """The danger in parts that ask, and their sure requests, each intent once and in order."""
    found: dict[str, Alternative] = {}
    danger: Understanding | None = None
    for text in asking:
        meant = read(text)
        if meant is None:
            continue
        if is_danger(meant):
            danger = danger or meant
        elif meant.sure and meant.intent not in NO_REQUEST:
            found.setdefault(meant.intent, Alternative(meant.intent, meant.topic, meant.confidence))
    return danger, tuple(found.values())


def is_danger(part: Understanding) -> bool:
    """Whether a part of a message, read on its own, makes it an emergency."""
    return part.intent == EMERGENCY and part.confidence >= DANGER_IN_A_PART


def is_possible(intent: str, whole: Understanding) -> bool:
    """Whether a reading has the intent among its three likeliest."""
    return any(each.intent == intent for each in whole.alternatives)


def _one_thought(one: Alternative, other: Alternative) -> bool:
    """ "Cancel it and book me on Friday" is a change; "when is the group, I want a place" is a booking."""
    if {one.intent, other.intent} <= _ABOUT_A_BOOKING:
        return True
    booking, about = (one, other) if one.intent == "book_session" else (other, one)
    return booking.intent == "book_session" and about.intent in _BOOKABLE & {booking.topic or about.intent}
