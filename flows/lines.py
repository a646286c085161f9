"""One more line under what is being offered: it is numbered on, and nothing that waits is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.engine import Turn
from flows.message import GO, ZERO, Message, Option
from flows.state import State
from flows.words import SAFETY


def takes_lines(turn: Turn) -> bool:
    """Whether the turn ends with lines to choose from (or a question in own words) that a line may join."""
    top = turn.state.top
    return (
        top is not None
        and bool(turn.messages)
        and turn.messages[-1].options == top.offered
        and not is_safety(turn)
    )


def is_safety(turn: Turn) -> bool:
    """Whether a safety text is said."""
    return any(message.key.startswith(SAFETY) for message in turn.messages)


def with_lines(turn: Turn, lines: Sequence[tuple[Option, Message]]) -> Turn:
    """The turn with more lines, before those numbered 0. Each has a note, said first; it may hold the line's
    {number}. Only for a turn that takes lines."""
    top = turn.state.top
    if top is None:
        return turn
    zero = [each for each in top.offered if each.bare in ZERO]
    others = [each for each in top.offered if each.bare not in ZERO]
    offered = (*others, *(line for line, _ in lines), *zero)
    notes = [
        replace(note, values={**note.values, "number": number})
        for number, (_, note) in enumerate(lines, start=len(others) + 1)
    ]
    messages = (*notes, *turn.messages[:-1], replace(turn.messages[-1], options=offered))
    return replace(turn, state=turn.state.with_top(replace(top, offered=offered)), messages=messages)


def without(state: State, intent: str) -> State:
    """The state with no line of an intent among those offered."""
    top = state.top
    if top is None:
        return state
    begin = f"{GO}{intent}:"
    return state.with_top(
        replace(top, offered=tuple(each for each in top.offered if not each.id.startswith(begin)))
    )
