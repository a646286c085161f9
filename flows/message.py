"""A message to a person: a key of the catalogue, the values of its slots, and the lines they can choose from.

Nothing here is in a language yet: flows/words.py renders it. JSON:
{"key": "book.session", "values": {"service": {"$name": ["service", "work_coach"]}},
 "options": [{"id": "7:31", "label": [{"$when": "…"}, {"$name": ["place", "fosse"]}]}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.values import Value, from_json, to_json

BACK = "back"
LEAVE = "leave"
ZERO = frozenset({BACK, LEAVE})
"""Options that are always line 0."""

GO = "go:"
"""An option whose id starts so opens a flow at any time: "go:<intent>" or "go:<intent>:<topic>"
(flows/intents.py)."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line to choose. As shown to a person its id is "<number of the asking>:<id>" (a button of an older
    question is so told apart) or "go:…"; both are under Telegram's 64 bytes."""

    id: str
    label: Value

    @property
    def bare(self) -> str:
        """The id without the number of its asking."""
        return self.id if self.id.startswith(GO) else self.id.rpartition(":")[2]

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "label": to_json(self.label)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Option:
        return cls(str(data["id"]), from_json(data["label"]))


@dataclass(frozen=True, slots=True)
class Message:
    """A key of the catalogue with its slot values and, for a question, its options in the order shown."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    options: tuple[Option, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "values": {name: to_json(value) for name, value in self.values.items()},
            "options": [option.to_json() for option in self.options],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Raises KeyError or ValueError when the JSON is not a message's."""
        values = {str(name): from_json(value) for name, value in data.get("values", {}).items()}
        options = tuple(Option.from_json(option) for option in data.get("options", ()))
        return cls(str(data["key"]), values, options)


def numbered(options: Iterable[Option]) -> list[tuple[int, Option]]:
    """Each option with the number of its line: 1, 2, 3 …, and 0 for going back or leaving."""
    lines: list[tuple[int, Option]] = []
    number = 0
    for option in options:
        if option.bare in ZERO:
            lines.append((0, option))
        else:
            number += 1
            lines.append((number, option))
    return lines


def messages_to_json(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [message.to_json() for message in messages]


def messages_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message.from_json(message) for message in data)
