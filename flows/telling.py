"""When or where, said instead of choosing a line: "Tuesday afternoon", "Beaumont Leys", "۱۲/۱۱"."""

from __future__ import annotations

from dataclasses import replace

from flows import engine
from flows.context import Context, Meaning
from flows.engine import Turn
from flows.intents import go
from flows.questions import Ask, Choose, Question
from flows.state import State
from flows.wishes import NOTHING, Wishes

SAME_REQUEST = frozenset(
    (flow, intent) for flow in ("book", "change") for intent in ("book_session", "change_booking")
)
"""Flows that wait, and intents that words of when or where have there: they answer, and open nothing anew."""

ALONE = frozenset({"opening_hours", "my_bookings", "book_session", "change_booking"})
"""Intents that a parser gives to a mere "Tuesday" or "Belgrave", since it does not know what was asked."""


def told(
    state: State, wishes: Wishes, meaning: Meaning, question: Question | None, ctx: Context, *, wanted: bool
) -> Turn | None:
    """Take the words for when or where, if a flow waits that asked it. `wanted`: they may also be a request of
    their own, which counts unless they say nothing but the wish. None when they are something else."""
    frame = state.top
    if frame is None or (meaning.sure and meaning.intent == "affirm"):
        return None
    wishes = _meant(wishes, meaning, question)
    topic = meaning.topic in (None, frame.answers.get("service"))
    same = topic and (frame.flow, meaning.intent) in SAME_REQUEST
    if wanted and not same and not (wishes.bare and meaning.intent in ALONE):
        return None
    return engine.wish(state, ctx, wishes)


def about_the_offer(state: State, wishes: Wishes, ctx: Context) -> Turn | None:
    """Lines are offered after an answer, and one books a service: a mere "Tuesday" is said of that."""
    frame = state.top
    offered = frame.offered if frame is not None and wishes.bare else ()
    target = next((each.id for each in offered if each.id.startswith(f"{go('book_session')}:")), None)
    if frame is None or target is None:
        return None
    return engine.open_flow(state, target, ctx, wishes=wishes.after(frame.wishes))


def _meant(wishes: Wishes, meaning: Meaning, question: Question | None) -> Wishes:
    """What is wished for when this question waits. Where a library is asked for, a word or two that mean nothing
    else are the name of one; where a first name is asked for, "Ali Khamis" is one and no Thursday."""
    if isinstance(question, Ask):
        return wishes if wishes.bare else NOTHING
    unclear = not meaning.sure or meaning.intent in ALONE
    if isinstance(question, Choose) and "place" in question.about and unclear and wishes.near and not wishes:
        return replace(wishes, stranger=True, bare=True)
    return wishes
