"""The engine: asks what waits, takes an answer, runs a flow to its end, comes back to what was interrupted.

Pure: a state and an answer in, a state and messages out. What a flow changes in the world it does through
the Diary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.context import Context
from flows.intents import go, line, opened
from flows.message import BACK, GO, LEAVE, Message, Option
from flows.questions import Ask, Choose, End, Fit, Flow, Go, Question, Reask
from flows.registry import FLOWS
from flows.state import NEXT, Answers, Frame, State
from flows.values import Say, Text
from flows.wishes import NOTHING, Wishes

DEPTH = 2
"""A request may interrupt one other; a further one takes its place."""

MORE = "more"
STEPS = 30
STUCK = 2
"""Answers that could not be read, after which the menu and a person are offered."""

TEXTS: dict[str, str] = {
    "desk.back": "Go back",
    "desk.leave": "Leave this",
    "desk.more": "More",
    "desk.return": "Back to what we were doing",
    "desk.resume": "Now back to your question:",
    "desk.left": "OK. We stopped there.",
    "desk.not_understood": "Sorry, I did not understand. Please choose a number.",
    "desk.stuck": "Sorry, I still do not understand. Please choose a number. A person can help too.",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message. `language`: what every message is to be written in."""

    state: State
    messages: tuple[Message, ...]
    language: str


class NeverEnds(RuntimeError):
    """A flow that asks and answers itself without end: a mistake in the flow."""


def begin(state: State, flow_name: str, answers: Answers, ctx: Context) -> Turn:
    """Open a flow that staff start (an offer), on top of whatever the person is doing; they come back to
    that. Raises KeyError for a flow that does not exist."""
    waiting = tuple(
        frame for frame in state.stack if frame.flow != NEXT and not _opened(frame, flow_name, answers)
    )
    return run(replace(state, stack=(*waiting, _new(flow_name, answers)), last=None), ctx)


def open_flow(
    state: State,
    target: str,
    ctx: Context,
    text: str = "",
    said: Sequence[Message] = (),
    *,
    wishes: Wishes = NOTHING,
) -> Turn:
    """Open what a person asks for ("go:…"): a serious flow that waits is interrupted, a light one dropped.
    `wishes`: what their words wish for, so that it is not asked."""
    flow_name, answers = opened(target, text)
    same = next((frame for frame in state.stack if frame.flow == flow_name), None)
    serious = tuple(frame for frame in state.stack if _is_serious(frame) and frame.flow != flow_name)
    frame = _wishing(same if same and not answers else _new(flow_name, answers), wishes)
    return run(replace(state, stack=(*serious[: DEPTH - 1], frame)), ctx, said)


def wish(state: State, ctx: Context, wishes: Wishes) -> Turn | None:
    """Instead of choosing a line, the person said when or where. It counts for a question that comes later, too.
    None when the flow asks nothing of the kind, or was told of a library that it does not know for the second
    time."""
    frame = state.top
    if frame is None or frame.flow == NEXT:
        return None
    lines = (each for each in FLOWS[frame.flow].questions if isinstance(each, Choose))
    asks = any(wishes.about(what) for question in lines for what in question.about)
    again = wishes.stranger and frame.tries > 0
    if not asks or again:
        return None
    turn = run(state.with_top(_wishing(frame, wishes)), ctx)
    if not wishes.stranger or turn.state.top is None:
        return turn
    return replace(turn, state=turn.state.with_top(replace(turn.state.top, tries=frame.tries + 1)))


def waiting_question(state: State, ctx: Context) -> Question | None:
    """The question that waits for an answer, if it is one of a flow."""
    if state.top is None or state.top.flow == NEXT:
        return None
    flow, frame = FLOWS[state.top.flow], state.top
    asked = next((question for question in flow.questions if question.name == frame.asking), None)
    return asked or flow.waiting(ctx, frame.answers)


def run(state: State, ctx: Context, said: Sequence[Message] = ()) -> Turn:
    """Go on until a question waits or nothing is left to do. `said` comes before what is asked."""
    messages = list(said)
    for _ in range(STEPS):
        frame = state.top
        if frame is None:
            return Turn(state, tuple(messages), ctx.language)
        if frame.flow == NEXT:
            return Turn(state, (*messages, *_again(frame)), ctx.language)
        flow = FLOWS[frame.flow]
        question = flow.waiting(ctx, frame.answers)
        result: End | Reask | Go
        if question is None:
            result = flow.finish(ctx, frame.answers)
        else:
            fit = _fit(flow, frame, question, ctx)
            only = isinstance(question, Choose) and question.only and len(fit.options) == 1
            if fit.taken or (only and not fit.text):
                state = state.with_top(_answered(frame, question.name, fit.options[0], itself=only))
                continue
            if isinstance(question, Ask) or fit.options:
                state, message = _ask(state, ctx, flow, frame, question, fit)
                return Turn(state, (*messages, message), ctx.language)
            result = question.empty(ctx, frame.answers)
        if isinstance(result, End):
            ctx = ctx.speaking(result.speak) if result.speak else ctx
            state, shown = _ended(state, ctx, flow, frame, result, messages)
            if shown is not None:
                return shown
        elif isinstance(result, Go):
            state = state.with_top(replace(_gone_on(result), wishes=frame.wishes))
        else:
            if result.because:
                values = flow.values(ctx, frame.answers, frame.labels)
                messages.append(Message(f"{flow.name}.{result.because}", values))
            state = state.with_top(_dropped(flow, frame, result.question))
    raise NeverEnds(state.top.flow if state.top else "")


def present(
    state: State,
    ctx: Context,
    message: Message,
    lines: Sequence[Option],
    said: Sequence[Message] = (),
    *,
    wishes: Wishes = NOTHING,
) -> Turn:
    """Say something with lines to go on from ("1 = book a place"); line 0 leads back to a flow that waits.
    `wishes` are those of the flow that a line opens."""
    serious = tuple(frame for frame in state.stack if _is_serious(frame))
    asked = state.asked + 1
    if serious:
        lines = (*lines, Option(f"{asked}:{BACK}", Say("desk.return")))
    shown = replace(message, options=tuple(lines))
    frame = Frame(NEXT, offered=tuple(lines), message=message, wishes=wishes)
    return Turn(replace(state, stack=(*serious, frame), asked=asked), (*said, shown), ctx.language)


def choose(state: State, ctx: Context, option: Option) -> Turn:  # noqa: PLR0911
    """The person chose one of the lines they were offered."""
    frame = state.top
    if option.id.startswith(GO) or frame is None:
        return open_flow(
            state, option.id, ctx, wishes=frame.wishes if frame and frame.flow == NEXT else NOTHING
        )
    if frame.flow == NEXT:
        return run(state.pop(), ctx)
    flow = FLOWS[frame.flow]
    match option.bare:
        case "back":
            return run(state.with_top(_one_back(flow, frame, ctx)), ctx)
        case "leave":
            under = state.pop()
            left = Message("desk.left")
            if under.top is None:
                return present(under, ctx, left, (line(go("menu")),))
            return run(under, ctx, (left, _resumed(under.top)))
        case "more":
            return run(state.with_top(replace(frame, page=frame.page + 1, tries=0)), ctx)
    question = waiting_question(state, ctx)
    if question is None:
        return run(state, ctx)
    if isinstance(question, Ask) and isinstance(option.label, Text):
        return write(state, ctx, option.label.text)
    return run(state.with_top(_answered(frame, question.name, replace(option, id=option.bare))), ctx)


def write(state: State, ctx: Context, text: str) -> Turn:
    """The person answered in their own words what only that can answer."""
    frame, question = state.top, waiting_question(state, ctx)
    if frame is None or not isinstance(question, Ask):
        return run(state, ctx)
    answer = question.check(text)
    if answer is None:
        return ask_again(state, ctx)
    return run(state.with_top(_answered(frame, question.name, Option(answer, Text(answer)))), ctx)


def ask_anew(state: State, ctx: Context, name: str) -> Turn:
    """Ask a question of the flow that waits once more: its answer and the later ones are dropped."""
    frame = state.top
    return run(state.with_top(_dropped(FLOWS[frame.flow], frame, name)) if frame else state, ctx)


def ask_again(state: State, ctx: Context) -> Turn:
    """The answer could not be read: the same lines again, shortly; after two times with the menu and a
    person."""
    frame = state.top
    if frame is None:
        return run(state, ctx)
    tries = frame.tries + 1
    question = waiting_question(state, ctx)
    offered = frame.offered
    key = "desk.not_understood"
    if isinstance(question, Ask):
        key = f"{frame.flow}.{question.name}.again"
    if tries >= STUCK:
        key = key if isinstance(question, Ask) else "desk.stuck"
        ways_out = [
            option for option in map(line, (go("menu"), go("talk_to_human"))) if option not in offered
        ]
        last = [option for option in offered if option.bare in (BACK, LEAVE)]
        offered = (*(option for option in offered if option not in last), *ways_out, *last)
    state = state.with_top(replace(frame, tries=tries, offered=offered))
    return Turn(state, (Message(key, options=offered),), ctx.language)


def _wishing(frame: Frame, wishes: Wishes) -> Frame:
    """The frame with a new wish: the first answer that it is about is forgotten, with those after it."""
    flow = FLOWS[frame.flow]
    kept = replace(wishes.after(frame.wishes), bare=False)
    for question in flow.questions:
        about = question.about if isinstance(question, Choose) else ()
        if question.name in frame.answers and any(wishes.about(what) for what in about):
            return replace(_dropped(flow, frame, question.name), wishes=kept)
    return replace(frame, wishes=kept, page=0)


def _fit(flow: Flow, frame: Frame, question: Question, ctx: Context) -> Fit:
    """The lines of a question, as the person's wish orders them."""
    options = question.offer(flow.name, ctx, frame.answers)
    if isinstance(question, Choose) and frame.wishes and options:
        return question.fit(ctx, frame.answers, frame.wishes, options) or Fit(options)
    return Fit(options)


def _new(flow_name: str, answers: Answers) -> Frame:
    if flow_name not in FLOWS:
        raise KeyError(flow_name)
    return Frame(flow_name, dict(answers))


def _opened(frame: Frame, flow_name: str, answers: Answers) -> bool:
    """Whether the frame is of this very flow: opened before, and sent again after a "not now"."""
    return frame.flow == flow_name and answers.items() <= frame.answers.items()


def _is_serious(frame: Frame) -> bool:
    return frame.flow != NEXT and not FLOWS[frame.flow].light


def _gone_on(go_to: Go) -> Frame:
    target = go_to.target
    name, answers = opened(target) if target.startswith(GO) else (target, {})
    return _new(name, {**answers, **go_to.answers})


def _ended(  # noqa: PLR0917
    state: State, ctx: Context, flow: Flow, frame: Frame, end: End, messages: list[Message]
) -> tuple[State, Turn | None]:
    """Say the end of a flow; the turn is over when it offers where to go on and nothing else waits."""
    values = {**flow.values(ctx, frame.answers, frame.labels), **end.values}
    said = Message(end.text if "." in end.text else f"{flow.name}.{end.text}", values)
    messages += end.say
    state = state.pop()
    if end.forget:
        state = State()
        ctx.filed.clear()
    lines = tuple(line(each) if isinstance(each, str) else each for each in end.follow)
    if lines and (state.top is None or end.insist):
        return state, present(state, ctx, said, lines, messages, wishes=frame.wishes)
    messages.append(said)
    if state.top is not None:
        messages.append(_resumed(state.top))
    return state, None


def _again(frame: Frame) -> tuple[Message, ...]:
    return (replace(frame.message, options=frame.offered),) if frame.message else ()


def _resumed(frame: Frame) -> Message:
    return Message(f"{frame.flow}.resume" if FLOWS[frame.flow].resume else "desk.resume")


def _ask(  # noqa: PLR0917
    state: State, ctx: Context, flow: Flow, frame: Frame, question: Question, fit: Fit
) -> tuple[State, Message]:
    """Put the question, and remember which lines the person sees."""
    asked = state.asked + 1
    page = frame.page
    options = tuple(fit.options)
    if isinstance(question, Choose) and len(options) > question.page + 1:
        start = page * question.page
        if start >= len(options):
            start = page = 0
        rest = options[start + question.page :]
        options = options[start : start + question.page]
        if rest:
            options = (*options, Option(MORE, Say("desk.more")))
    zero = BACK if page or _given(flow, frame, ctx) else LEAVE
    if zero == BACK or len(state.stack) > 1 or not flow.light:
        options = (*options, Option(zero, Say(f"desk.{zero}")))
    shown = tuple(
        option if option.id.startswith(GO) else replace(option, id=f"{asked}:{option.id}")
        for option in options
    )
    values = {**flow.values(ctx, frame.answers, frame.labels), **fit.values}
    text = fit.text if fit.text and not page else question.name
    message = Message(f"{flow.name}.{text}", values, shown)
    frame = replace(frame, asking=question.name, offered=shown, page=page, tries=0)
    return replace(state.with_top(frame), asked=asked), message


def _answered(frame: Frame, name: str, option: Option, *, itself: bool = False) -> Frame:
    return replace(
        frame,
        answers={**frame.answers, name: option.id},
        labels={**frame.labels, name: option.label},
        itself=(*frame.itself, name) if itself else frame.itself,
        asking="",
        offered=(),
        tries=0,
        page=0,
    )


def _given(flow: Flow, frame: Frame, ctx: Context) -> list[str]:
    """The questions that the person answered, in order: those one can go back to."""
    waiting = flow.waiting(ctx, frame.answers)
    given: list[str] = []
    for question in flow.questions:
        if question is waiting:
            break
        if question.name in frame.answers and question.name not in frame.itself:
            given.append(question.name)
    return given


def _one_back(flow: Flow, frame: Frame, ctx: Context) -> Frame:
    if frame.page:
        return replace(frame, page=frame.page - 1, tries=0)
    given = _given(flow, frame, ctx)
    return _dropped(flow, frame, given[-1]) if given else frame


def _dropped(flow: Flow, frame: Frame, name: str) -> Frame:
    """Forget the answer to a question and to those after it."""
    names = [question.name for question in flow.questions]
    later = flow.questions[names.index(name) :]
    about = later[0].about if isinstance(later[0], Choose) else ()
    gone = {question.name for question in later if question.name == name or not question.keep}
    return replace(
        frame,
        answers={key: answer for key, answer in frame.answers.items() if key not in gone},
        labels={key: label for key, label in frame.labels.items() if key not in gone},
        itself=tuple(key for key in frame.itself if key not in gone),
        wishes=frame.wishes.without(about),
        asking="",
        offered=(),
        tries=0,
        page=0,
    )
