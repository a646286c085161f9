"""Which flow each intent opens, and how the intent is called in "Did you mean …": the one table.

The names are those the parser is trained on. `about` and `menu_more` are only opened from lines that we
offer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.message import GO, Option
from flows.state import Answers
from flows.values import Name, Say, Value


@dataclass(frozen=True, slots=True)
class Opens:
    """The flow of an intent. `label`: plain words for its line, or "" when it is called as its service is, or is
    never offered. `topic`: the answer that the topic of a message gives. `hears`: the message itself is its answer
    "text"."""

    flow: str
    label: str = ""
    answers: Answers = field(default_factory=dict)
    topic: str = ""
    hears: bool = False


def service(id_: str) -> Opens:
    return Opens("service", answers={"service": id_})


INTENTS: dict[str, Opens] = {
    "greet": Opens("greet"),
    "thank_bye": Opens("thanks"),
    "menu": Opens("menu", "Menu"),
    "join_library": Opens("join", "Join the library"),
    "opening_hours": Opens("opening", "Opening times, addresses"),
    "borrow_books": Opens("borrow", "Borrow books"),
    "computers_printing": Opens("computers", "Computers and printing"),
    "citizenship_practice": service("citizenship_practice"),
    "driving_theory": service("driving_theory"),
    "form_help": service("form_help"),
    "work_coach": service("work_coach"),
    "book_session": Opens("book", "Book a place", topic="service"),
    "it_sessions": service("it_sessions"),
    "mother_baby_group": service("mother_baby_group"),
    "befriending_group": service("befriending_group"),
    "english_classes": service("english_classes"),
    "volunteering": service("volunteering"),
    "advice_immigration": Opens("partners", "Help with an asylum case", {"topic": "immigration"}),
    "advice_housing": Opens("partners", "Help with housing", {"topic": "housing"}),
    "health_help": Opens("partners", "Help with health", {"topic": "health"}),
    "children_events": service("children_activities"),
    "my_bookings": Opens("mine", "My bookings"),
    "cancel_booking": Opens("cancel", "Give up a booking"),
    "change_booking": Opens("change", "Move a booking"),
    "subscribe_reminders": Opens("subscribe", "Weekly reminders", topic="service"),
    "stop_messages": Opens("stop", "No more messages"),
    "change_language": Opens("language", "Language", topic="language"),
    "talk_to_human": Opens("human", "Talk to a person", hears=True),
    "privacy": Opens("privacy", "What we keep about you"),
    "delete_my_data": Opens("delete", "Delete my data"),
    "feedback": Opens("feedback", "Tell us what you think", hears=True),
    "emergency": Opens("emergency", "I am in danger", hears=True),
    "affirm": Opens("affirm"),
    "deny": Opens("deny"),
    "out_of_scope": Opens("out_of_scope"),
    # not the parser's:
    "about": Opens("service", topic="service"),
    "menu_more": Opens("menu_more", "More"),
    "start": Opens("start"),
    "card": Opens("card", "Card for the library desk"),
}

ANSWERS_ONLY = frozenset({"affirm", "deny"})
"""Intents that answer a question and never interrupt one."""

WORDS: dict[str, str] = {
    "stop": "stop_messages",
    "start": "start",
    "help": "menu",
    "menu": "menu",
    "language": "change_language",
    "delete": "delete_my_data",
    "human": "talk_to_human",
    "card": "card",
}
"""The words that always win, and the intent of each. "danger" and "more" are the desk's own."""


def go(intent: str, topic: str | None = None) -> str:
    """The id of a line that opens an intent's flow."""
    return f"{GO}{intent}:{topic}" if topic else f"{GO}{intent}"


def opened(target: str, text: str = "") -> tuple[str, Answers]:
    """The flow and first answers of a "go:…" id. Raises KeyError for an intent that is not in the table."""
    intent, _, topic = target.removeprefix(GO).partition(":")
    opens = INTENTS[intent]
    answers = dict(opens.answers)
    if topic and opens.topic:
        answers[opens.topic] = topic
    if text and opens.hears:
        answers["text"] = text
    return opens.flow, answers


def label(intent: str, topic: str | None = None) -> Value:
    """How an intent is called on a line: "Book a place, Work coach"."""
    opens = INTENTS[intent]
    id_ = topic if topic and opens.topic else opens.answers.get("service")
    name = Name("service", str(id_)) if id_ else None
    if not opens.label:
        return name or Say("intent.menu")
    said = Say(f"intent.{intent}")
    return (said, name) if name else said


def line(target: str) -> Option:
    """The option of a "go:…" id."""
    intent, _, topic = target.removeprefix(GO).partition(":")
    return Option(target, label(intent, topic or None))


def english() -> dict[str, str]:
    """The labels by catalogue key."""
    return {f"intent.{name}": opens.label for name, opens in INTENTS.items() if opens.label}
