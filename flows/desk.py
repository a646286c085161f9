"""The desk: what is done with a message, in the order of DESIGN section 3.

Danger first, then the words that always win, then the language, then the question that waits, then what is
meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows import also, answers, emergency, engine, leaving, steady, telling, unsure
from flows.context import Context, Heard, Meaning
from flows.engine import Turn
from flows.intents import INTENTS, WORDS, go, line
from flows.message import GO, LEAVE, Message, Option
from flows.questions import Ask, Question
from flows.registry import FLOWS
from flows.state import MOST_FILED, NEXT, Last, State
from flows.wishes import NOTHING, Wishes

NAME_LIKE = 2
"""So many words or fewer, where a name or the like is asked for, are the answer and not a request."""

WINS_OVER_A_NAME = frozenset({"stop", "help", "menu", "delete"})
"""Words that win also where a first name is asked; of the others, "adam" is a person and "zaman" a language."""
ONLY_A_WISH = Meaning("out_of_scope")
"""What "Belgrave" or "tuesday" means by itself: no request, and no danger either, whatever a parser says."""
OF_A_WISH = ("opening_hours", "book_session", "my_bookings")
"""What is offered when a message only names a library or a day and no question waits."""

TEXTS: dict[str, str] = {
    "desk.please_text": "Please write to us in words.",
    "desk.old_button": "That was an earlier question.",
    "desk.did_you_mean": "Did you mean:",
    "desk.also": "You also asked:",
    "desk.also_line": "You also asked: {request}. Send {number} for that.",
    "desk.nearest": "We are not sure what you need. Is it one of these?",
    "desk.unanswered": "Sorry, we do not know this. We have asked library staff.",
    "desk.draft_mark": "(Translated by a machine. Nobody has checked it yet.)",
    "desk.more_hint": "Write MORE to read on.",
    "desk.too_fast": "You write very fast. Please wait a minute.",
}


def reply(state: State, heard: Heard, ctx: Context) -> Turn:
    """Answer one message. What the person's choices change is done through ctx.diary; the new state is
    JSON."""
    if state.last and _same_again(state, heard):
        return Turn(state, state.last.messages, ctx.language)
    ctx = replace(ctx, filed=list(state.filed))
    turn = steady.chosen(steady.offer(also.when_done(_answer(state, heard, ctx), ctx), ctx))
    answer = heard.button or (heard.text.strip() if answers.number(heard) is not None else "")
    last = (
        Last(answer, turn.messages)
        if answer and not answer.startswith(GO) and turn.state != State()
        else None
    )
    return replace(turn, state=replace(turn.state, filed=tuple(ctx.filed)[-MOST_FILED:], last=last))


def _same_again(state: State, heard: Heard) -> bool:
    """A double tap: the button just pressed, or the number just sent when nothing more is asked."""
    if state.last is None or heard.word == "danger":
        return False
    if heard.button is not None:
        return heard.button == state.last.heard
    return state.top is None and bool(heard.text.strip()) and heard.text.strip() == state.last.heard


def _answer(state: State, heard: Heard, ctx: Context) -> Turn:
    if not ctx.person.language:
        if _chooses_language(state, heard, ctx):
            return _settle_language(state, heard, ctx)
        language = heard.language or _only_likely(heard)
        if language in ctx.words.languages and language not in _denied(heard.text, heard, ctx):
            return _recognised(state, language, heard, ctx)
    return _meet(state, heard, ctx)


def _only_likely(heard: Heard) -> str:
    """The one language that a message may be in, when it is clear what it asks: then it need not be asked."""
    if heard.word is not None or len(heard.likely) != 1 or len(heard.text.split()) <= NAME_LIKE:
        return ""
    return heard.likely[0] if _is_request(heard.understand(heard.text)) else ""


def _denied(text: str, heard: Heard, ctx: Context) -> set[str]:
    """The languages that the person says they do not speak, unless they ask for something: "no English class?"."""
    denied = answers.languages_denied(text, ctx.words.languages)
    meaning = heard.understand(text) if denied else None
    return set() if meaning and _is_request(meaning) and meaning.intent != "change_language" else denied


def _is_request(meaning: Meaning) -> bool:
    return meaning.sure and meaning.intent in INTENTS and meaning.intent not in unsure.NEVER_A_GUESS


def _recognised(state: State, language: str, heard: Heard, ctx: Context) -> Turn:
    """The message tells its language: what waited for one is met too, danger before all."""
    held, danger = state.held, state.held_danger and heard.word != "danger"
    menu_gone = tuple(frame for frame in state.stack if frame.flow != "language")
    state = replace(state, stack=menu_gone, held="", held_danger=False)
    state, ctx = steady.recognised(state, language, ctx)
    if not danger and heard.word is None and _says_more(held, heard):
        heard = replace(heard, text=held)
    turn = _meet(state, heard, ctx)
    return replace(turn, messages=(emergency.message(), *turn.messages)) if danger else turn


def _says_more(held: str, heard: Heard) -> bool:
    """Whether the message before, which only waited for a language, is the clearer one."""
    return bool(held) and not heard.understand(heard.text).sure and _is_request(heard.understand(held))


def _meet(state: State, heard: Heard, ctx: Context) -> Turn:
    if heard.word == "danger":
        return _danger(state, heard, ctx)
    if heard.word in WORDS and not _is_a_name(state, heard, ctx):
        spoken = ctx if ctx.person.language else ctx.speaking("en")
        return _always(state, heard, spoken)
    if not ctx.person.language:
        return _settle_language(state, heard, ctx)
    state, ctx = steady.listen(state, heard, ctx)
    if state.top is not None:
        turn = _waiting(state, heard, ctx)
        if turn is not None:
            return turn
    return _request(state, heard, ctx)


def _is_a_name(state: State, heard: Heard, ctx: Context) -> bool:
    """Whether a word that else wins is the first name that was asked for."""
    question = engine.waiting_question(state, ctx)
    if heard.word in WINS_OVER_A_NAME or not isinstance(question, Ask) or question.whole:
        return False
    one_word, language = len(heard.text.split()) == 1, answers.language_named(heard.text, ctx.words.languages)
    return one_word and language is None and question.check(heard.text) is not None


def _danger(state: State, heard: Heard, ctx: Context, beside: Sequence[unsure.Target] = ()) -> Turn:
    """The safety text; the conversation stays where it was. Without a language: in English, and the menu of
    them. `beside`: what was asked in the same message."""
    emergency.flag(ctx, heard.text)
    said = (emergency.message(),)
    if ctx.person.language:
        targets = unsure.targets(beside, ctx)
        turn = Turn(state, said, ctx.language)
        return also.offered(turn, targets, ctx) if targets else turn
    held = replace(state, held=heard.text, held_danger=True)
    return steady.ask_which(held, heard.likely, ctx.speaking("en"), said)


def _perhaps(danger: Turn, meaning: Meaning, ctx: Context) -> Turn:
    """It may be danger, or something else that is likelier: the safety text, and below it what else it may mean."""
    lines = [each for each in unsure.guesses(meaning, ctx) if each.id != go("emergency")]
    return unsure.did_you_mean(danger.state, lines, ctx, said=danger.messages) if lines else danger


def _always(state: State, heard: Heard, ctx: Context) -> Turn:
    intent = WORDS[str(heard.word)]
    if intent == "stop_messages":
        if ctx.person.opted_out:
            return Turn(State(), (), ctx.language)
        return engine.open_flow(State(), go(intent), ctx)
    if intent == "change_language":
        return _change_language(state, heard.text, ctx)
    return engine.open_flow(state, go(intent), ctx)


def _change_language(state: State, text: str, ctx: Context) -> Turn:
    """The language menu; or at once the language that the message names."""
    turn = engine.open_flow(state, go("change_language"), ctx)
    option = _named(text, turn.messages[-1].options, ctx)
    return engine.choose(turn.state, ctx, option) if option else turn


def _named(text: str, offered: Sequence[Option], ctx: Context) -> Option | None:
    """The line of the language that the text names."""
    code = answers.language_named(text, ctx.words.languages)
    return next((each for each in offered if each.bare == code), None)


def _chooses_language(state: State, heard: Heard, ctx: Context) -> bool:
    """Whether the menu of languages is up, and the message is the name of one: it is no sample of it."""
    if state.top is None or state.top.flow != "language" or heard.word not in (None, "language"):
        return False
    return _named(heard.text, state.top.offered, ctx) is not None


def _settle_language(state: State, heard: Heard, ctx: Context) -> Turn:
    """Nobody knows the language yet: it is asked, the likeliest ones first, and what was written is answered
    afterwards."""
    english = ctx.speaking("en")
    if state.top is not None and state.top.flow == "language":
        option = answers.read(heard, state.top.offered, ctx.words, "en")
        option = option or _named(heard.text, state.top.offered, ctx)
        if option is not None and option.bare != LEAVE:
            chosen = engine.choose(state, english, option)
            return _answer_held(chosen, heard, ctx.speaking(chosen.language))
    worth_keeping = any(c.isalpha() for c in heard.text) and not heard.button
    held = heard.text if worth_keeping else state.held
    return steady.ask_which(replace(state, held=held), heard.likely, english)


def _answer_held(turn: Turn, heard: Heard, ctx: Context) -> Turn:
    held, danger = turn.state.held, turn.state.held_danger
    state = replace(turn.state, held="", held_danger=False)
    if danger:
        return Turn(state, (emergency.message(),), ctx.language)
    if not held or _denied(held, heard, ctx):
        return engine.open_flow(state, go("greet"), ctx)
    return _request(replace(state, stack=()), replace(heard, text=held, button=None, word=None), ctx)


def _waiting(state: State, heard: Heard, ctx: Context) -> Turn | None:  # noqa: PLR0911
    """Let the question that waits read the message; None when it is something else than an answer."""
    frame = state.top
    if frame is None:
        return None
    option = answers.read(heard, frame.offered, ctx.words, ctx.language)
    if option is None and heard.word == "more":
        option = next((each for each in frame.offered if each.bare in ("more", go("menu_more"))), None)
    if option is not None and steady.is_a_choice(option):
        return steady.speak(state, option, ctx)
    if option is not None:
        return engine.choose(also.taken(state, option), ctx, option)
    if heard.button is not None:
        return _old_button(state, heard.button, ctx)
    text = heard.text.strip()
    if frame.flow == NEXT:
        turn = _after_an_answer(state, heard, ctx)
        return turn or telling.about_the_offer(state, heard.wishes(text, ctx.language), ctx)
    question = engine.waiting_question(state, ctx)
    if frame.flow == "language" and (named := _named(text, frame.offered, ctx)):
        return engine.choose(state, ctx, named)
    if not text:
        return Turn(state, (Message("desk.please_text"),), ctx.language)
    return leaving.at_once(state, heard, question, ctx) or _free_text(state, text, question, heard, ctx)


def _after_an_answer(state: State, heard: Heard, ctx: Context) -> Turn | None:
    """Lines were offered after an answer: a number that is none of them, or a plain yes."""
    frame = state.top
    if frame is None or answers.number(heard) is not None:
        return engine.ask_again(state, ctx)
    if answers.said_yes(heard.text) and len(frame.offered) <= unsure.GUESSES:
        return engine.choose(state, ctx, frame.offered[0])
    return None


def _free_text(  # noqa: PLR0911
    state: State, text: str, question: Question | None, heard: Heard, ctx: Context
) -> Turn | None:
    """A question waits and none of its lines was chosen: own words, a new request, or neither."""
    light = FLOWS[state.stack[-1].flow].light
    wishes = heard.wishes(text, ctx.language)
    short = len(text.split()) <= NAME_LIKE and not (wishes.bare and wishes.places)
    if isinstance(question, Ask) and not light and (question.whole or short):
        return engine.write(state, ctx, text)
    meaning = _beside_a_wish(unsure.understood(heard, text), wishes)
    if _is_danger(meaning):
        return _danger(state, heard, ctx, meaning.also)
    wanted = meaning.sure and meaning.intent in INTENTS and meaning.intent not in unsure.NOT_A_REQUEST
    told = telling.told(state, wishes, meaning, question, ctx, wanted=wanted)
    if told is not None:
        return told
    if light and isinstance(question, Ask):
        if (meaning.sure and meaning.intent in unsure.POLITE) or answers.said_no(text):
            return None
        noted = engine.write(state, ctx, text)
        return _open(noted.state, meaning, text, ctx, noted.messages) if wanted else noted
    if wanted:
        turn = leaving.unmade(state, meaning, wishes, ctx)
        return turn or _open(state, meaning, text, ctx, wishes=wishes)
    if light:
        return None
    if isinstance(question, Ask):
        return engine.write(state, ctx, text)
    ids = {option.bare: option for option in state.stack[-1].offered}
    clear = meaning.sure and not answers.is_unclear(text, ctx.language)
    agreed = {"affirm": answers.YES, "deny": answers.NO}.get(meaning.intent) if clear else None
    return engine.choose(state, ctx, ids[agreed]) if agreed in ids else engine.ask_again(state, ctx)


def _is_danger(meaning: Meaning) -> bool:
    """Half a guess is enough: the numbers hurt nobody."""
    return meaning.intent == "emergency" and (meaning.sure or meaning.half_sure)


def _beside_a_wish(meaning: Meaning, wishes: Wishes) -> Meaning:
    """What is meant besides the wish: nothing, unless a request is surely read from a single name."""
    told = meaning.sure and meaning.intent not in {"emergency", "out_of_scope"}
    return ONLY_A_WISH if wishes.bare and not told else meaning


def _old_button(state: State, button: str, ctx: Context) -> Turn:
    """A button of an earlier message: a line of the menu still works, an answer to an old question does
    not."""
    if button.startswith(GO) and unsure.is_offerable(button, ctx):
        return engine.open_flow(state, button, ctx)
    said = (Message("desk.old_button"),)
    if state.top is None:
        return engine.open_flow(state, go("menu"), ctx, said=said)
    return engine.run(state, ctx, said)


def _request(state: State, heard: Heard, ctx: Context) -> Turn:  # noqa: PLR0911
    """Nothing waits, or what was said is no answer to it: find out what is meant."""
    text = heard.text.strip()
    if heard.button is not None:
        return _old_button(state, heard.button, ctx)
    if not text:
        return Turn(state, (Message("desk.please_text"),), ctx.language)
    if heard.word == "more" or not any(c.isalpha() for c in text):
        if _menu_is_up(state):
            return Turn(state, (Message("desk.please_text"),), ctx.language)
        return engine.open_flow(state, go("menu"), ctx)
    wishes = heard.wishes(text, ctx.language)
    meaning = _beside_a_wish(_meaning(text, heard), wishes)
    if meaning is ONLY_A_WISH:
        return unsure.did_you_mean(state, [line(go(intent)) for intent in OF_A_WISH], ctx, wishes=wishes)
    if _is_danger(meaning):
        danger = _danger(state, heard, ctx, meaning.also)
        return danger if meaning.sure or meaning.also else _perhaps(danger, meaning, ctx)
    if meaning.sure and meaning.intent in INTENTS:
        return _open(state, meaning, text, ctx, wishes=wishes)
    guesses = unsure.guesses(meaning, ctx) if meaning.half_sure else ()
    if not guesses and meaning.half_sure and meaning.intent in INTENTS:
        return _open(state, meaning, text, ctx, wishes=wishes)
    if guesses:
        return unsure.did_you_mean(state, guesses, ctx, wishes=wishes)
    return unsure.unanswered(state, heard, meaning, ctx)


def _meaning(text: str, heard: Heard) -> Meaning:
    """A plain yes or no needs no parser."""
    if answers.said_yes(text):
        return Meaning("affirm", sure=True)
    return Meaning("deny", sure=True) if answers.said_no(text) else unsure.understood(heard, text)


def _open(
    state: State,
    meaning: Meaning,
    text: str,
    ctx: Context,
    said: Sequence[Message] = (),
    *,
    wishes: Wishes = NOTHING,
) -> Turn:
    if meaning.intent == "change_language":
        turn = _change_language(state, text, ctx)
        turn = replace(turn, messages=(*said, *turn.messages))
    else:
        if meaning.intent == "stop_messages":
            state = State(filed=state.filed, marked=state.marked)
        target = go(meaning.intent, meaning.topic)
        turn = engine.open_flow(state, target, ctx, text, said, wishes=wishes)
    return also.offered(turn, unsure.targets(meaning.also, ctx), ctx)


def _menu_is_up(state: State) -> bool:
    frame = state.top
    return frame is not None and frame.message is not None and frame.message.key.startswith("menu.")
