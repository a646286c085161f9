"""Where a conversation stands, as JSON and nothing else: a restart or a second server picks it up.

The stack holds what waits for the person: the last frame is being asked, those under it were interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flows.message import Message, Option, messages_from_json, messages_to_json
from flows.values import Value, from_json, to_json
from flows.wishes import NOTHING, Wishes

NEXT = "next"
"""The frame of what a finished answer offers next ("1 = book a place"). It is dropped, never come back to."""

MOST_FILED = 20

type Answers = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Frame:
    """One flow that waits. `offered` is what the person saw: "1" means its first line, whatever is open
    now."""

    flow: str
    answers: Answers = field(default_factory=dict)
    asking: str = ""  # the question that `offered` belongs to, whatever the world has become since
    offered: tuple[Option, ...] = ()
    labels: Mapping[str, Value] = field(default_factory=dict)  # chosen lines, as they were shown
    itself: tuple[str, ...] = ()  # questions that an only option answered
    tries: int = 0  # answers to this question that could not be read
    page: int = 0
    message: Message | None = None  # what was asked, to say it again in another language
    wishes: Wishes = NOTHING  # what the person's words wished for, as far as it was not dropped

    def to_json(self) -> dict[str, Any]:
        return {
            "flow": self.flow,
            "answers": dict(self.answers),
            "asking": self.asking,
            "offered": [option.to_json() for option in self.offered],
            "labels": {name: to_json(label) for name, label in self.labels.items()},
            "itself": list(self.itself),
            "tries": self.tries,
            "page": self.page,
            "message": self.message.to_json() if self.message else None,
            "wishes": self.wishes.to_json() if self.wishes else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Frame:
        message = data.get("message")
        return cls(
            flow=str(data["flow"]),
            answers=dict(data.get("answers", {})),
            asking=str(data.get("asking", "")),
            offered=tuple(Option.from_json(option) for option in data.get("offered", ())),
            labels={str(name): from_json(label) for name, label in data.get("labels", {}).items()},
            itself=tuple(data.get("itself", ())),
            tries=int(data.get("tries", 0)),
            page=int(data.get("page", 0)),
            message=Message.from_json(message) if message else None,
            wishes=Wishes.from_json(data.get("wishes")),
        )


@dataclass(frozen=True, slots=True)
class Last:
    """The last answer and what we said to it: the same tap again gets the same words and does nothing
    twice."""

    heard: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """Which language the conversation keeps to (flows/steady.py). `recognised`: it was not chosen by the person.
    `other`: the one that they have begun to write, and the `weight` of that. `offered`: those that they were
    asked about, and did not take."""

    recognised: str = ""
    other: str = ""
    weight: int = 0
    offered: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "recognised": self.recognised,
            "other": self.other,
            "weight": self.weight,
            "offered": list(self.offered),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Speech:
        return cls(
            recognised=str(data.get("recognised", "")),
            other=str(data.get("other", "")),
            weight=int(data.get("weight", 0)),
            offered=tuple(data.get("offered", ())),
        )


@dataclass(frozen=True, slots=True)
class State:
    """A conversation. Empty for a new person; `State.from_json(None)` gives that."""

    stack: tuple[Frame, ...] = ()
    asked: int = 0  # how many questions were asked: the number in the buttons' ids
    held: str = ""  # what the person wrote before they chose a language
    held_danger: bool = False
    filed: tuple[str, ...] = ()  # staff tasks already filed in this conversation
    marked: tuple[str, ...] = ()  # languages in which "not checked by a person" was said
    last: Last | None = None
    speech: Speech = Speech()
    also: tuple[str, ...] = ()  # "go:…" of what else was asked, until it is answered or something else is

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None

    def with_top(self, frame: Frame) -> State:
        return replace(self, stack=(*self.stack[:-1], frame))

    def pop(self) -> State:
        return replace(self, stack=self.stack[:-1])

    def to_json(self) -> dict[str, Any]:
        last = (
            {"heard": self.last.heard, "messages": messages_to_json(self.last.messages)}
            if self.last
            else None
        )
        return {
            "stack": [frame.to_json() for frame in self.stack],
            "asked": self.asked,
            "held": self.held,
            "held_danger": self.held_danger,
            "filed": list(self.filed),
            "marked": list(self.marked),
            "last": last,
            "speech": self.speech.to_json(),
            "also": list(self.also),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> State:
        """The state of its JSON; of None or {}, a new conversation. Raises KeyError, TypeError or ValueError
        when the JSON was not written by to_json."""
        if not data:
            return cls()
        last = data.get("last")
        return cls(
            stack=tuple(Frame.from_json(frame) for frame in data.get("stack", ())),
            asked=int(data.get("asked", 0)),
            held=str(data.get("held", "")),
            held_danger=bool(data.get("held_danger", False)),
            filed=tuple(data.get("filed", ()))[-MOST_FILED:],
            marked=tuple(data.get("marked", ())),
            last=Last(str(last["heard"]), messages_from_json(last["messages"])) if last else None,
            speech=Speech.from_json(data.get("speech") or {}),
            also=tuple(data.get("also", ())),
        )
