"""A conversation keeps to its language: one odd message does not change it.

People mix languages, and a phone goes from hand to hand. A message in another language is understood all the
same, and answered in the language of the conversation. Two in a row that are surely in the same other one, or
one that is long, mean something:

- A language that was only recognised changes by itself after two: the person never chose it.
- One that the person chose is not changed behind their back, and one long message is not yet two: they are asked
  once, "Answer in Français?", and go on meanwhile. The answer is one more line under what they are offered
  anyhow, so that asking costs no message, declining is doing nothing, and a booking that waits is not lost.

What counts is a message in words (`Heard.weight`), and not an answer: a number, a line, a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import answers, engine
from flows.context import Context, Heard
from flows.engine import Turn
from flows.intents import go
from flows.lines import is_safety, takes_lines, with_lines, without
from flows.message import Message, Option
from flows.questions import Ask
from flows.state import NEXT, Frame, Speech, State
from flows.values import Name

ENOUGH = 2
"""Messages in a row, or one long one, which weighs as much."""

CHOSEN = "language.done"
OFFER, OFFER_LINE = "language.offer", "language.offer_line"
_SPEAK = f"{go('change_language')}:"


def recognised(state: State, language: str, ctx: Context) -> tuple[State, Context]:
    """Keep to the language that somebody surely writes."""
    ctx.diary.set_language(language)
    speech = Speech(recognised=language, offered=state.speech.offered)
    return replace(state, speech=speech), ctx.speaking(language)


def listen(state: State, heard: Heard, ctx: Context) -> tuple[State, Context]:
    """Weigh the language of one message, before it is answered; a recognised one may change now."""
    if not _counts(state, heard, ctx):
        return state, ctx
    language, speech = str(heard.language), state.speech
    if language == ctx.person.language:
        return replace(state, speech=replace(speech, other="", weight=0)), ctx
    before = speech.weight if speech.other == language else 0
    if before and speech.recognised == ctx.person.language:
        return recognised(state, language, ctx)
    weight = min(ENOUGH, before + heard.weight)
    return replace(state, speech=replace(speech, other=language, weight=weight)), ctx


def _counts(state: State, heard: Heard, ctx: Context) -> bool:
    """Whether the message says what its writer reads: words of their own that answer no question."""
    if heard.button is not None or not heard.weight or heard.language not in ctx.words.languages:
        return False
    if state.top is None:
        return True
    if isinstance(engine.waiting_question(state, ctx), Ask):
        return False
    return answers.read(heard, state.top.offered, ctx.words, ctx.language) is None


def offer(turn: Turn, ctx: Context) -> Turn:
    """Ask, once for each language, whether to answer in the one that the person writes now.

    Nothing is asked under a safety text. `ctx` is that of the message.
    """
    speech = turn.state.speech
    language = speech.other
    if speech.weight < ENOUGH or language in (*speech.offered, turn.language):
        return turn
    if not turn.messages or is_safety(turn):
        return turn
    values = {"language": Name("language", language)}
    if takes_lines(turn):
        turn = with_lines(turn, [(_line(language), Message(OFFER_LINE, values))])
    elif turn.state.top is None:
        lines = (_line(language), _line(turn.language))
        ctx = ctx.speaking(turn.language)
        turn = engine.present(turn.state, ctx, Message(OFFER, values), lines, turn.messages)
    else:
        return turn
    asked = (*speech.offered, language)
    return replace(turn, state=replace(turn.state, speech=replace(speech, offered=asked)))


def _line(language: str) -> Option:
    return Option(f"{_SPEAK}{language}", Name("language", language))


def is_a_choice(option: Option) -> bool:
    """Whether the line changes the language."""
    return option.id.startswith(_SPEAK)


def speak(state: State, option: Option, ctx: Context) -> Turn:
    """The person chose a language from a line: what waits, or was just said, is said again in it."""
    language = option.id.removeprefix(_SPEAK)
    top = state.top
    if top is None or (top.message is not None and top.message.key == OFFER):
        return engine.open_flow(state, option.id, ctx)
    ctx.diary.set_language(language)
    said = (Message(CHOSEN, {"language": Name("language", language)}),)
    return engine.run(without(state, "change_language"), ctx.speaking(language), said)


def chosen(turn: Turn) -> Turn:
    """A language that the person asked for is theirs, whatever was recognised before."""
    if all(message.key != CHOSEN for message in turn.messages):
        return turn
    return replace(turn, state=replace(turn.state, speech=Speech(offered=turn.state.speech.offered)))


def ask_which(state: State, likely: Sequence[str], ctx: Context, said: Sequence[Message] = ()) -> Turn:
    """The menu of languages, the likeliest ones first; asked again, in the order that the person has seen."""
    top = state.top
    before = str(top.answers.get("likely", "")) if top is not None and top.flow == "language" else ""
    frame = Frame("language", {"likely": " ".join(likely) or before})
    waiting = tuple(each for each in state.stack if each.flow not in (NEXT, "language"))
    return engine.run(replace(state, stack=(*waiting[: engine.DEPTH - 1], frame)), ctx, said)
