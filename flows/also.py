"""What else was asked in the same message: the first request is answered, the others are lines to choose.

While the first one asks questions of its own, the line stands under its first question, and once more when all
is done, if nobody chose it meanwhile. A new request takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import engine
from flows.context import Context
from flows.engine import Turn
from flows.intents import line
from flows.lines import takes_lines, with_lines
from flows.message import Message, Option
from flows.state import NEXT, State

ALSO, ALSO_LINE = "desk.also", "desk.also_line"


def offered(turn: Turn, targets: Sequence[str], ctx: Context) -> Turn:
    """The answer to the first request, with the others ("go:…") as lines. `ctx` is that of the message."""
    turn = replace(turn, state=replace(turn.state, also=tuple(targets)))
    lines = tuple(map(line, targets))
    if not lines or not turn.messages:
        return turn
    top = turn.state.top
    if top is not None and top.flow != NEXT and takes_lines(turn):
        there = {each.id for each in top.offered}
        new = [each for each in lines if each.id not in there]
        return with_lines(turn, [(each, Message(ALSO_LINE, {"request": each.label})) for each in new])
    turn = replace(turn, state=replace(turn.state, also=()))
    if top is None or not takes_lines(turn):
        return engine.present(turn.state, ctx.speaking(turn.language), Message(ALSO), lines, turn.messages)
    *before, last = turn.messages
    options = (*lines, *(each for each in top.offered if each not in lines))
    state = turn.state.with_top(replace(top, offered=options))
    messages = (*before, replace(last, options=()), Message(ALSO, options=options))
    return replace(turn, state=state, messages=messages)


def when_done(turn: Turn, ctx: Context) -> Turn:
    """Nothing waits any more: what else was asked is offered for the last time."""
    frames = turn.state.stack
    done = not frames or (len(frames) == 1 and frames[0].flow == NEXT)
    return offered(turn, turn.state.also, ctx) if turn.state.also and done else turn


def taken(state: State, option: Option) -> State:
    """The person chose this line."""
    return replace(state, also=tuple(target for target in state.also if target != option.id))
