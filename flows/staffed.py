"""When a member of staff answers instead of the desk: what the person reads, and what the desk still answers itself.

Staff's ready-made answers are keys under "staff.phrase."; {place}, {day} and {when} are filled in by choosing, so
that each goes out in the person's language. staff/phrases.py says which slots each has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flows import answers
from flows.context import Context, Heard
from flows.hours import Hours
from flows.message import Message
from flows.slots import slots
from flows.state import State
from flows.values import Text, When

PHRASE = "staff.phrase."
TEXTS: dict[str, str] = {
    "staffed.taken_over": "From now on a member of library staff answers you here.",
    "staffed.taken_over_until": "From now on a member of library staff answers you here. "
    "Staff are here until {when}.",
    "staffed.taken_over_later": "From now on a member of library staff answers you here. "
    "Staff are here again: {when}.",
    "staffed.handed_back": "From now on the desk answers you by itself again. "
    "You can ask for a person at any time.",
    "staffed.from_staff": "From library staff:",
    "staffed.in_english": "A member of staff wrote in English:\n{text}",
    f"{PHRASE}received": "We have received your message.",
    f"{PHRASE}finding_out": "We need some time to find out. We will text you here.",
    f"{PHRASE}tomorrow": "We will text you tomorrow.",
    f"{PHRASE}text_on": "We will text you on {day}.",
    f"{PHRASE}by_text": "We cannot call you. We answer here by text.",
    f"{PHRASE}come": "Please come to {place}.",
    f"{PHRASE}come_when": "Please come to {place}: {when}.",
    f"{PHRASE}come_show": "Library staff can help you with this. Please come to {place} and show them this message.",
    f"{PHRASE}bring_letter": "Please bring your letter.",
    f"{PHRASE}bring_card": "Please bring your library card.",
    f"{PHRASE}bring_children": "You can bring your children.",
    f"{PHRASE}bring_friend": "You can bring somebody who speaks your language.",
    f"{PHRASE}card_ready": "Your library card is ready.",
    f"{PHRASE}card_ready_at": "Your library card is ready. Please come and get it at {place}.",
    f"{PHRASE}no_card": "You do not need a library card for this.",
    f"{PHRASE}free": "This is free. You do not pay anything.",
    f"{PHRASE}which_library": "Which library is near you? Please write its name.",
    f"{PHRASE}which_day": "Which day and time are good for you? Please write them.",
    f"{PHRASE}say_more": "Please tell us a little more. What do you need help with?",
    f"{PHRASE}other_words": "Sorry, we do not understand your message. Please write it in other words.",
    f"{PHRASE}new_time": "The time has changed. It is now: {when}, {place}.",
    f"{PHRASE}closed": "{place} is closed on {day}.",
    f"{PHRASE}no_place": "Sorry, there is no free place now. We will text you when there is one.",
    f"{PHRASE}cannot_help": "Sorry, we cannot help with this.",
    f"{PHRASE}sorry_late": "Sorry that you had to wait.",
    f"{PHRASE}thanks": "Thank you for telling us.",
}

PHRASES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    key.removeprefix(PHRASE): (english, tuple(sorted(slots(english))))
    for key, english in TEXTS.items()
    if key.startswith(PHRASE)
}
"""Staff's ready-made answers: name → English, and the slots to choose for it."""

ALWAYS_HEARD = frozenset({"danger", "stop", "start", "delete", "language"})
"""Words that the desk meets also while a member of staff answers."""
ALWAYS_FINISHED = frozenset({"delete", "language", "stop", "start", "offer"})
"""Flows whose lines can be chosen also then: what those words began, and the offer of a place."""


def taken_over(hours: Hours, now: datetime) -> Message:
    """What the person is told when a member of staff takes over."""
    until = hours.until(now)
    if until is not None:
        return Message("staffed.taken_over_until", {"when": When(until)})
    again = hours.again(now)
    if again is not None:
        return Message("staffed.taken_over_later", {"when": When(again)})
    return Message("staffed.taken_over")


def in_english(text: str) -> Message:
    """Staff's own words for somebody who reads another language that no machine writes."""
    return Message("staffed.in_english", {"text": Text(text)})


def still_answered(state: State, heard: Heard, ctx: Context) -> Heard | None:
    """What the desk still answers while a member of staff has taken over, as it should hear it; else None.

    Danger also when only the model sees it; the words that always win; and a line of what those began.
    """
    if heard.word in ALWAYS_HEARD:
        return heard
    top = state.top
    if top is not None and top.flow in ALWAYS_FINISHED:
        chosen = answers.read(heard, top.offered, ctx.words, ctx.language)
        named = answers.language_named(heard.text, ctx.words.languages) if top.flow == "language" else None
        if chosen is not None or named is not None:
            return heard
    if heard.button is None and any(c.isalpha() for c in heard.text):
        meaning = heard.understand(heard.text)
        if meaning.intent == "emergency" and (meaning.sure or meaning.half_sure):
            return replace(heard, word="danger")
    return None
