"""What a conversation may know and do: the person, the time, their diary, the knowledge base, the words.

`Diary` and `Knowledge` are implemented by bot/diary.py and bot/knowledge.py (and by the fakes of
tests/flows). A diary is bound to one person and one transaction: what it does is kept or undone with the
turn.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from flows.hours import NOT_SAID, Hours
from flows.values import Value, Weekly
from flows.wishes import Wishes, nothing_wished
from flows.words import Words


class Full(Exception):
    """The last place went to somebody else."""


class Closed(Exception):
    """It is too late: in the past, cancelled, expired, or inside the time staff need."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the knowledge base: its catalogue key and its English."""

    key: str
    english: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes. `language` is "" until it is chosen or recognised for sure."""

    language: str = ""
    channel: str = "sms"
    name: str | None = None
    place: str | None = None
    opted_out: bool = False
    subscriptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session that is open for booking. `start` is aware; `free` is the number of places left."""

    id: int
    service: str
    place: str
    start: datetime
    free: int


@dataclass(frozen=True, slots=True)
class BookingView:
    """One booking of this person. For state "offered", the offered_ fields hold staff's other time or place
    (None: the booking's own session is what is offered, e.g. a freed place)."""

    id: int
    reference: str
    service: str
    place: str
    start: datetime
    state: str
    name: str
    offered_start: datetime | None = None
    offered_place: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service as the knowledge base confirms it. `unconfirmed`: facet words nobody has confirmed; `known`: what
    somebody has, a line each (days and times, libraries, costs, phone); `ended`: somebody said that it is over."""

    id: str
    name: Phrase
    summary: Phrase
    facts: tuple[Phrase, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    status: str = "active"
    bookable: bool = False
    how_to_book: Phrase | None = None
    sensitive: bool = False
    partners: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    known: tuple[Value, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A library. `address`, `hours` and `phone` are empty as long as nobody has confirmed them; `closed`: somebody
    said that it is not open to people today."""

    id: str
    name: Phrase
    address: str = ""
    hours: tuple[Weekly, ...] = ()
    phone: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PartnerView:
    """An organisation. `phone` is None as long as nobody has confirmed it; `more`: address and hours, likewise."""

    id: str
    name: Phrase
    summary: Phrase | None = None
    phone: str | None = None
    more: tuple[Value, ...] = ()


class Diary(Protocol):
    """What this person has and does. Every change is part of the turn's transaction."""

    def open_sessions(self, service: str, place: str | None = None) -> Sequence[SessionView]:
        """Open for booking, soonest first; full ones are there with free=0."""

    def day_off(self, day: date, place: str | None = None) -> str:
        """Why nothing takes place on a day: "closed" (the library; None: every one), "bank_holiday", or ""."""

    def request(self, session_id: int, name: str) -> BookingView:
        """Ask for a place; the same session again gives the same booking. Raises Full, Closed."""

    def join_waiting_list(self, session_id: int, name: str) -> BookingView:
        """Wait for a full session. Raises Closed."""

    def bookings(self) -> Sequence[BookingView]:
        """The live ones, soonest first."""

    def cancel(self, booking_id: int) -> BookingView:
        """Raises Closed."""

    def change(self, booking_id: int, session_id: int) -> BookingView:
        """Move to another session. Raises Full, Closed."""

    def answer_offer(self, booking_id: int, accept: bool) -> BookingView:
        """Raises Closed when the offer is over."""

    def subscribe(self, topic: str) -> None: ...
    def unsubscribe(self, topic: str) -> None: ...
    def rate(self, booking_id: int, *, good: bool) -> None:
        """How a session was for them, once a booking."""

    def opt_out(self) -> None: ...
    def opt_in(self) -> None: ...
    def set_language(self, code: str) -> None: ...

    def file_task(self, kind: str, about: str = "", note: str = "") -> None:
        """A task for staff. kind: unanswered, unconfirmed_fact, callback, emergency, feedback, opt_out,
        data_request."""

    def erase(self) -> None:
        """Everything about this person, messages that wait to be sent too. Again is harmless."""


class Knowledge(Protocol):
    """What is confirmed. Raises KeyError for an id that is not there."""

    def service(self, id: str) -> ServiceView: ...
    def services(self) -> Sequence[ServiceView]: ...
    def places(self) -> Sequence[PlaceView]: ...

    def partners(self, topic: str) -> Sequence[PartnerView]:
        """topic: immigration, housing, health, learning, work."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a flow may use. `filed` is the desk's: which tasks this conversation has filed. `hours`: when staff
    answer."""

    person: Person
    now: datetime
    diary: Diary
    knowledge: Knowledge
    words: Words = field(default_factory=Words)
    filed: list[str] = field(default_factory=list)
    hours: Hours = NOT_SAID

    @property
    def language(self) -> str:
        """What to answer in: English as long as nothing is known."""
        return self.person.language or "en"

    def speaking(self, language: str) -> Context:
        """The same in another language."""
        return replace(self, person=replace(self.person, language=language))

    def file_once(self, kind: str, about: str = "", note: str = "") -> None:
        """File a staff task unless this conversation already filed the same one."""
        mark = f"{kind}:{about}:{zlib.crc32(note.encode()):x}"
        if mark not in self.filed:
            self.filed.append(mark)
            self.diary.file_task(kind, about, note)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the parser understood; alternatives are (intent, topic), best first, the best included. `also`: what
    else was asked in the same message, in its order; with danger, everything that was."""

    intent: str
    topic: str | None = None
    confidence: float = 0.0
    sure: bool = False
    half_sure: bool = False
    alternatives: tuple[tuple[str, str | None], ...] = ()
    also: tuple[tuple[str, str | None], ...] = ()


def understands_nothing(_text: str) -> Meaning:
    """The parser that is missing: everything is answered with numbers."""
    return Meaning("out_of_scope")


def nothing_polite(text: str) -> bool:
    """No word is known to be only politeness."""
    return not any(character.isalnum() for character in text)


def nothing_near(_text: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Heard:
    """One inbound message, cleaned and redacted. `word` is what nlu.always found ("danger" included);
    `language` is the language it is written in when that is sure, else None. `wishes(text, language)`: the
    library, day and time that a text of a person of that language wishes for. `likely`: the languages that it
    may be, the likeliest first. `weight`: what it counts for a change to its language (flows/steady.py).
    `polite(text)`: whether a text is nothing but politeness."""

    text: str
    button: str | None = None
    word: str | None = None
    understand: Callable[[str], Meaning] = understands_nothing
    nearest: Callable[[str], Sequence[str]] = nothing_near
    language: str | None = None
    wishes: Callable[[str, str], Wishes] = nothing_wished
    likely: tuple[str, ...] = ()
    weight: int = 0
    polite: Callable[[str], bool] = nothing_polite
