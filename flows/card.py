"""The desk card: what a person shows at a library's desk, in their own language and in English.

Somebody with a booking gets a card for the next of them; somebody without gets one that says what they speak
and what they would like to ask about. Staff and person read the same thing, each in their language. The
sender makes a text or a picture of it (bot/cards.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.context import BookingView, Context
from flows.intents import go, label
from flows.languages import ENGLISH
from flows.message import Message
from flows.mine import STATES
from flows.questions import End, Flow, Result
from flows.state import Answers
from flows.values import Name, Say, Text, Value, When
from flows.words import FSI, PDI, Words, plain

type Slots = Mapping[str, Value]

BOOKING, HELP = "card.booking", "card.help"
CARDS = frozenset({BOOKING, HELP})
"""The keys of the messages that are cards."""

MOST = 3
"""Bookings shown at once; by SMS, one."""

TOPICS = (
    "join_library",
    "form_help",
    "work_coach",
    "english_classes",
    "computers_printing",
    "citizenship_practice",
    "talk_to_human",
)
"""What a person may want to ask about: lines to point at, the likeliest first."""

SPOKEN = {**ENGLISH, "fa": "Farsi or Dari"}
"""How staff call each language when they meet a person who speaks it."""


def finish(ctx: Context, _a: Answers) -> Result:
    bookings = sorted(ctx.diary.bookings(), key=lambda each: each.state == "waitlisted")  # those come last
    if not bookings:
        language = Name("language", ctx.language)
        return End("help", language=language, follow=(go("join_library"), go("book_session")))
    follow: tuple[str, ...] = ("change_booking", "cancel_booking")
    if ctx.person.channel == "sms":  # where a card takes all the room there is
        bookings, follow = bookings[:1], ()
    *others, last = (values(ctx, each) for each in bookings[:MOST])
    end = End(
        "booking", say=[Message(BOOKING, each) for each in others], follow=[go(each) for each in follow]
    )
    end.values.update(last)
    return end


def values(ctx: Context, booking: BookingView) -> dict[str, Value]:
    """What stands on the card of a booking. Others see it too: the name of a sensitive group does not."""
    found: dict[str, Value] = {
        "service": Say("card.private")
        if _is_private(ctx, booking.service)
        else Name("service", booking.service),
        "when": When(booking.start),
        "place": Name("place", booking.place),
        "reference": booking.reference,
        "name": Text(booking.name),
    }
    if booking.state in STATES:
        found["state"] = Say(f"state.{booking.state}")
    return found


def _is_private(ctx: Context, service: str) -> bool:
    """Whether it is a sensitive group, or one that nobody knows any more."""
    try:
        return ctx.knowledge.service(service).sensitive
    except KeyError:
        return True


flow = Flow(
    "card",
    finish=finish,
    texts={
        "booking": "Please show this at the library desk.",
        "reference": "Reference {reference}",
        "private": "My booking",
        "change": "To move it or give it up, write to us here.",
        "help": "I speak {language}.",
        "ask": "I would like to ask about:",
    },
)


LINES = ("show", "service", "when", "place", "reference", "name", "state", "change")


@dataclass(frozen=True, slots=True)
class Card:
    """A card in words. Lines by name: LINES of a booking; else speak and ask, with `topics` in pairs of own and
    English. `own` lacks what has no translation, and is empty in English. `confirmed`: staff have approved
    the booking."""

    language: str
    own: Mapping[str, str]
    english: Mapping[str, str]
    topics: Sequence[tuple[str, str]] = ()
    confirmed: bool = False
    is_draft: bool = False


def card(words: Words, message: Message, language: str, channel: str) -> Card:
    """The card of a message whose key is one of CARDS."""
    lines = _asking if message.key == HELP else _booked
    own, is_draft = lines(words, message.values, language, channel) if language != "en" else ({}, False)
    english, _ = lines(words, message.values, "en", channel)
    if own:
        english.pop("change", None)  # only the person needs to read that
    return Card(
        language,
        own,
        english,
        _topics(words, language, channel) if message.key == HELP else (),
        confirmed=message.values.get("state") == Say("state.approved"),
        is_draft=is_draft,
    )


def _booked(words: Words, given: Slots, language: str, channel: str) -> tuple[dict[str, str], bool]:
    """The lines of a booking that there are in a language, and whether a draft is among them."""
    keys = {"show": BOOKING, "reference": "card.reference", "change": "card.change"}
    said = {name: words.render(Message(key, given), language, channel) for name, key in keys.items()}
    lines: dict[str, str] = {}
    for name in LINES:
        if name in said and said[name].language == language:
            lines[name] = said[name].text
        elif name in given and name not in said:
            text = plain(words.value(given[name], language), channel)
            lines[name] = _begins_line(text) if name == "service" else text
    return lines, any(each.is_draft for each in said.values())


def _asking(words: Words, given: Slots, language: str, channel: str) -> tuple[dict[str, str], bool]:
    """What somebody without a booking says. Nobody needs to say at a desk in England that they speak English."""
    spoken = given.get("language")
    code = spoken.id if isinstance(spoken, Name) else ""
    called = {"language": Text(SPOKEN.get(code, code))} if language == "en" else given
    speak = words.render(Message(HELP, called), language, channel)
    ask = words.render(Message("card.ask"), language, channel)
    lines = {"speak": speak if code != "en" else None, "ask": ask}
    there = {name: said.text for name, said in lines.items() if said and said.language == language}
    return there, speak.is_draft or ask.is_draft


def _topics(words: Words, language: str, channel: str) -> list[tuple[str, str]]:
    labels = [label(topic) for topic in TOPICS]
    return [
        (_begins_line(plain(words.value(each, language), channel)), plain(words.value(each, "en"), channel))
        for each in labels
    ]


def _begins_line(text: str) -> str:
    """Without isolates around the whole: a line takes its direction from what is in none."""
    inside = text.removeprefix(FSI).removesuffix(PDI)
    return inside if len(inside) == len(text) - 2 and FSI not in inside and PDI not in inside else text
