"""The parts a flow is written with: Choose and Ask, End, Reask and Go, and Flow itself (DESIGN section 4).

English stands in the flow; its key is "<flow>.<question>", "<flow>.<question>.<option>" or "<flow>.<text>".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.context import Context
from flows.message import Message, Option
from flows.state import Answers
from flows.values import Name, Say, Text, Value
from flows.wishes import About, Wishes

PAGE = 4
"""Lines shown at once: what fits three SMS in a script that needs UCS-2."""


class End:
    """The flow is over and says `text`: a name in its texts, or another flow's key ("mine.none").
    `follow`: what can be chosen next, as "go:…" ids. `insist`: show those even when a flow waits.
    `speak`: the language from now on. `forget`: nothing of the conversation is kept."""

    def __init__(
        self,
        text: str,
        /,
        *,
        say: Sequence[Message] = (),
        follow: Sequence[str | Option] = (),
        insist: bool = False,
        speak: str | None = None,
        forget: bool = False,
        **values: Value,
    ) -> None:
        self.text = text
        self.say = tuple(say)
        self.follow = tuple(follow)
        self.insist = insist
        self.speak = speak
        self.forget = forget
        self.values = values


@dataclass(frozen=True, slots=True)
class Reask:
    """Ask `question` again, saying why (a name in the flow's texts); later answers are dropped."""

    question: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """Go on in another flow: "go:<intent>[:<topic>]" or the name of a flow."""

    target: str
    answers: Answers = field(default_factory=dict)


type Result = End | Reask | Go
type Options = Callable[[Context, Answers], Sequence[Option]]
type Slots = Callable[[Context, Answers], Mapping[str, Value]]


def always(_ctx: Context, _a: Answers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Fit:
    """What a wish makes of a question's lines. `options`: in the order to offer. `taken`: the first is what was
    wished for, so it is not asked. `text`: asked instead of the question's own text, a name in the flow's texts;
    `values`: its slots. Then also an only line is asked about: it is not what was wished for."""

    options: Sequence[Option]
    taken: bool = False
    text: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


type Fits = Callable[[Context, Answers, Wishes, Sequence[Option]], Fit | None]


def no_wish(_ctx: Context, _a: Answers, _wishes: Wishes, _options: Sequence[Option]) -> Fit | None:
    return None


def nothing_to_choose(_ctx: Context, _a: Answers) -> Result:
    return Go("go:talk_to_human")


@dataclass(frozen=True, slots=True)
class Choose:
    """A question with lines to choose from: a table {id: English}, or a function that makes them when asked.

    only: an only option answers itself. when: the question is skipped unless this holds. empty: what happens
    when there is nothing to choose. keep: the answer outlives a change of an earlier one. fit: how a wish
    chooses among the lines, None when it does not. about: what such a wish is about; it is dropped with the answer.
    """

    name: str
    text: str
    options: Options | Mapping[str, str]
    only: bool = False
    when: Callable[[Context, Answers], bool] = always
    empty: Callable[[Context, Answers], Result] = nothing_to_choose
    keep: bool = False
    page: int = PAGE
    fit: Fits = no_wish
    about: tuple[About, ...] = ()

    def offer(self, flow: str, ctx: Context, a: Answers) -> tuple[Option, ...]:
        """All options now, with bare ids."""
        if callable(self.options):
            return tuple(self.options(ctx, a))
        return tuple(Option(id_, Say(f"{flow}.{self.name}.{id_}")) for id_ in self.options)


def no_suggestion(_ctx: Context, _a: Answers) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question answered in the person's own words. `check` gives the answer to keep, or None when it is
    not one.

    again: what is said when it is not. suggest: an answer to offer as line 1. whole: any text is the answer,
    also one that sounds like a request.
    """

    name: str
    text: str
    check: Callable[[str], str | None]
    again: str
    suggest: Callable[[Context, Answers], str | None] = no_suggestion
    whole: bool = False
    when: Callable[[Context, Answers], bool] = always
    keep: bool = False

    def offer(self, _flow: str, ctx: Context, a: Answers) -> tuple[Option, ...]:
        suggestion = self.suggest(ctx, a)
        return (Option("same", Text(suggestion)),) if suggestion else ()


type Question = Choose | Ask


def no_slots(_ctx: Context, _a: Answers) -> Mapping[str, Value]:
    return {}


@dataclass(frozen=True, slots=True)
class Flow:
    """A conversation: its questions in order, what happens at the end, and everything it can say.

    resume: what is said when the person comes back to it after an interruption. light: dropped, not come
    back to, when the person asks something else. slots: values for its texts besides the answers given.
    """

    name: str
    finish: Callable[[Context, Answers], Result]
    questions: Sequence[Question] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    slots: Slots = no_slots
    resume: str = ""
    light: bool = False

    def waiting(self, ctx: Context, a: Answers) -> Question | None:
        """The first question without an answer: the position follows from the answers."""
        for question in self.questions:
            if question.name not in a and question.when(ctx, a):
                return question
        return None

    def values(self, ctx: Context, a: Answers, labels: Mapping[str, Value]) -> dict[str, Value]:
        """Slot values: the answers given, the lines chosen as they were shown, and the flow's own."""
        values: dict[str, Value] = {}
        for name, answer in a.items():
            values[name] = Name(name, str(answer)) if name in ("service", "place") else Text(str(answer))
        return {**values, **labels, **self.slots(ctx, a)}

    def english(self) -> dict[str, str]:
        """Every text of this flow by its catalogue key, in the order written. Raises ValueError when a question and a
        text have the same name."""
        found: dict[str, str] = {}
        clash = {question.name for question in self.questions} & set(self.texts)
        if clash:
            raise ValueError(f"{self.name}: a text is called like a question: {clash}")
        for question in self.questions:
            found[f"{self.name}.{question.name}"] = question.text
            if isinstance(question, Choose) and isinstance(question.options, Mapping):
                for id_, label in question.options.items():
                    found[f"{self.name}.{question.name}.{id_}"] = label
            if isinstance(question, Ask):
                found[f"{self.name}.{question.name}.again"] = question.again
        if self.resume:
            found[f"{self.name}.resume"] = self.resume
        found.update({f"{self.name}.{name}": text for name, text in self.texts.items()})
        return found
