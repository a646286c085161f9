"""Leaving what one does in one's own words: "cancel", "never mind"; in a booking not made yet also "another day".

A booking that there is is given up and moved by flows of its own (flows/cancel.py, flows/change.py).
"""

from __future__ import annotations

from flows import answers, engine
from flows.context import Context, Heard, Meaning
from flows.engine import Turn
from flows.message import LEAVE, Option
from flows.questions import Ask, Question
from flows.state import State
from flows.values import Say
from flows.wishes import Wishes

OF_A_BOOKING = frozenset({"cancel", "change", "offer"})
"""Flows about a booking that there is: "cancel" may mean that one."""

BOOKING, SESSION = "book", "session"
_LINE = Option(LEAVE, Say("desk.leave"))


def at_once(state: State, heard: Heard, question: Question | None, ctx: Context) -> Turn | None:
    """Leave the flow that waits, if that was said in a word or two. A note to staff may say anything."""
    is_note = isinstance(question, Ask) and question.whole
    if state.top is None or state.top.flow in OF_A_BOOKING or is_note or not answers.said_leave(heard):
        return None
    return engine.choose(state, ctx, _LINE)


def unmade(state: State, meaning: Meaning, wishes: Wishes, ctx: Context) -> Turn | None:
    """Who gives up or moves a booking, names no day or place, and has none, means the one that they are making."""
    top = state.top
    if top is None or top.flow != BOOKING or wishes or ctx.diary.bookings():
        return None
    if meaning.intent == "cancel_booking":
        return engine.choose(state, ctx, _LINE)
    if meaning.intent != "change_booking":
        return None
    if top.asking == SESSION:
        return engine.choose(state, ctx, Option(engine.MORE, Say("desk.more")))
    return engine.ask_anew(state, ctx, SESSION) if SESSION in top.answers else engine.ask_again(state, ctx)
