"""What is offered when a message may mean several things, or nothing that the desk knows: lines to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import answers, engine
from flows.context import Context, Heard, Meaning
from flows.engine import Turn
from flows.intents import ANSWERS_ONLY, INTENTS, go, label, line
from flows.message import GO, Message, Option
from flows.state import NEXT, State
from flows.wishes import NOTHING, Wishes

GUESSES = 3
NOT_A_REQUEST = ANSWERS_ONLY | {"out_of_scope", "greet"}
"""Intents that do not interrupt a question that waits."""
POLITE = ANSWERS_ONLY | {"greet", "thank_bye"}
"""Intents that are no note to staff."""
NEVER_A_GUESS = NOT_A_REQUEST | POLITE

type Target = tuple[str, str | None]
"""An intent and its topic."""


def targets(meant: Sequence[Target], ctx: Context) -> tuple[str, ...]:
    """The "go:…" of what a message may mean; without what is no line."""
    found = dict.fromkeys(
        go(intent, topic) for intent, topic in meant if intent in INTENTS and intent not in NEVER_A_GUESS
    )
    return tuple(target for target in found if is_offerable(target, ctx))


def understood(heard: Heard, text: str) -> Meaning:
    """What is meant; but a question ends no messages, however sure a parser is: "stop by tomorrow?" is asked about."""
    meaning = heard.understand(text)
    if meaning.intent == "stop_messages" and answers.is_question(text):
        return replace(meaning, sure=False, half_sure=True)
    return meaning


def did_you_mean(
    state: State,
    likely: Sequence[Option],
    ctx: Context,
    *,
    said: Sequence[Message] = (),
    wishes: Wishes = NOTHING,
) -> Turn:
    """The guesses, the menu and a person as lines, below what is `said` first."""
    lines = (*likely, *(each for each in _ways_out() if each not in likely))
    return engine.present(_without_next(state), ctx, Message("desk.did_you_mean"), lines, said, wishes=wishes)


def _ways_out() -> tuple[Option, ...]:
    return line(go("menu")), line(go("talk_to_human"))


def guesses(meaning: Meaning, ctx: Context) -> tuple[Option, ...]:
    """The lines of "Did you mean": at most three, each once."""
    alternatives = meaning.alternatives or ((meaning.intent, meaning.topic),)
    return tuple(map(line, targets(alternatives, ctx)))[:GUESSES]


def unanswered(state: State, heard: Heard, meaning: Meaning, ctx: Context) -> Turn:
    """Not understood: staff get the question once, the person the nearest services, the menu and a person.
    Without a parser (no confidence at all) numbers must do: the menu, and no task for each message."""
    near = [go("about", id_) for id_ in heard.nearest(heard.text)][:GUESSES]
    lines = tuple(
        Option(target, label("about", target.rpartition(":")[2]))
        for target in near
        if is_offerable(target, ctx)
    )
    if meaning.confidence <= 0 and not lines:
        return engine.open_flow(state, go("menu"), ctx)
    if meaning.confidence > 0:
        ctx.file_once("unanswered", note=heard.text)
    key = "desk.nearest" if lines else "desk.unanswered"
    wishes = heard.wishes(heard.text, ctx.language)
    return engine.present(_without_next(state), ctx, Message(key), (*lines, *_ways_out()), wishes=wishes)


def _without_next(state: State) -> State:
    return state.pop() if state.top is not None and state.top.flow == NEXT else state


def is_offerable(target: str, ctx: Context) -> bool:
    """Whether a "go:…" opens something: one of an older message may not any more."""
    intent, _, topic = target.removeprefix(GO).partition(":")
    if intent == "change_language" and topic:
        return topic in ctx.words.languages
    return intent in INTENTS and (not topic or topic in {service.id for service in ctx.knowledge.services()})
