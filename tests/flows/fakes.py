"""A diary and a knowledge base small enough to read, and a chat that reloads its state every turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flows import desk, engine
from flows.context import (
    BookingView,
    Closed,
    Context,
    Full,
    Heard,
    Meaning,
    PartnerView,
    Person,
    Phrase,
    PlaceView,
    ServiceView,
    SessionView,
)
from flows.message import Message
from flows.state import NEXT, State
from flows.values import Weekly
from flows.wishes import NOTHING, Wishes
from flows.words import Rendered, Words

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

NAMES = {
    "join_library": "Join the library",
    "borrow_books": "Borrow and reserve books",
    "computers_printing": "Computers, internet and printing",
    "citizenship_practice": "Citizenship test practice",
    "driving_theory": "Driving theory study group",
    "form_help": "Help with letters and forms",
    "work_coach": "Work coach",
    "it_sessions": "Computer lessons for beginners",
    "mother_baby_group": "Mothers and babies group",
    "befriending_group": "Befriending group",
    "advice_sessions": "Community advice sessions",
    "volunteering": "Volunteering and work experience",
    "children_activities": "Activities for children",
    "english_classes": "English and adult learning",
    "kickstart": "Kickstart jobs",
}
BOOKABLE = (
    "citizenship_practice",
    "driving_theory",
    "form_help",
    "work_coach",
    "it_sessions",
    "mother_baby_group",
)
PLACES = {
    "central-library": "Central Lending Library",
    "fosse": "Fosse Library",
    "belgrave": "Belgrave Library",
}
PARTNERS = {"immigration": "refugee-action", "housing": "refugee-housing-association", "health": "assist"}
POLITE = {"please", "thanks", "thank", "you", "ok"}
POLICY = ("join_library", "borrow_books", "computers_printing")

PHRASES = {
    **{f"kb.service.{id_}.name": name for id_, name in NAMES.items()},
    **{f"kb.service.{id_}.summary": f"About: {name}." for id_, name in NAMES.items()},
    **{f"kb.place.{id_}.name": name for id_, name in PLACES.items()},
    **{f"kb.partner.{id_}.name": id_.replace("-", " ").title() for id_ in PARTNERS.values()},
}


class FakeKnowledge:
    """Knows what the seeds know: names, and that days and times are not confirmed."""

    def __init__(self) -> None:
        self.hours: dict[str, tuple[Weekly, ...]] = {}

    def service(self, id: str) -> ServiceView:
        key = f"kb.service.{id}"
        return ServiceView(
            id,
            Phrase(f"{key}.name", NAMES[id]),
            Phrase(f"{key}.summary", PHRASES[f"{key}.summary"]),
            unconfirmed=("cost", "places")
            if id in POLICY
            else ("days", "times", "places", "cost", "current"),
            status="lapsed" if id == "kickstart" else "active",
            bookable=id in BOOKABLE,
        )

    def services(self) -> Sequence[ServiceView]:
        return [self.service(id_) for id_ in NAMES]

    def places(self) -> Sequence[PlaceView]:
        return [
            PlaceView(id_, Phrase(f"kb.place.{id_}.name", name), hours=self.hours.get(id_, ()))
            for id_, name in PLACES.items()
        ]

    def partners(self, topic: str) -> Sequence[PartnerView]:
        id_ = PARTNERS.get(topic)
        return [PartnerView(id_, Phrase(f"kb.partner.{id_}.name", id_))] if id_ else []


@dataclass
class FakeDiary:
    """Sessions and bookings in lists; what was done stands in `done`."""

    sessions: list[SessionView] = field(default_factory=list)
    booked: list[BookingView] = field(default_factory=list)
    tasks: list[tuple[str, str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    rated: list[tuple[int, bool]] = field(default_factory=list)
    language: str = ""
    name: str | None = None
    opted_out: bool = False
    subscriptions: tuple[str, ...] = ()
    off: dict[tuple[str | None, date], str] = field(default_factory=dict)  # library (None: all), day → why

    def add(self, service: str, place: str = "fosse", *, day: int = 1, free: int = 5) -> SessionView:
        session = SessionView(
            len(self.sessions) + 31, service, place, NOW + timedelta(days=day, hours=5), free
        )
        self.sessions.append(session)
        return session

    def fill(self, session: SessionView) -> None:
        self.sessions[self.sessions.index(session)] = replace(session, free=0)

    def open_sessions(self, service: str, place: str | None = None) -> Sequence[SessionView]:
        found = [each for each in self.sessions if each.service == service and place in (None, each.place)]
        return sorted(found, key=lambda each: each.start)

    def _session(self, session_id: int) -> SessionView:
        found = next((each for each in self.sessions if each.id == session_id), None)
        if found is None:
            raise Closed
        return found

    def _book(self, session_id: int, name: str, state: str) -> BookingView:
        session = self._session(session_id)
        for each in self.booked:
            if (each.service, each.place, each.start) == (session.service, session.place, session.start):
                return each
        booking = BookingView(
            len(self.booked) + 1,
            f"LB-7Q2{'KMNPRS'[len(self.booked) % 6]}",
            session.service,
            session.place,
            session.start,
            state,
            name,
        )
        self.booked.append(booking)
        self.name = name
        return booking

    def day_off(self, day: date, place: str | None = None) -> str:
        return self.off.get((place, day)) or self.off.get((None, day), "")

    def request(self, session_id: int, name: str) -> BookingView:
        if self._session(session_id).free <= 0:
            raise Full
        return self._book(session_id, name, "requested")

    def join_waiting_list(self, session_id: int, name: str) -> BookingView:
        return self._book(session_id, name, "waitlisted")

    def bookings(self) -> Sequence[BookingView]:
        return [each for each in self.booked if not each.state.startswith("cancelled")]

    def _set(self, booking_id: int, **changes: object) -> BookingView:
        for number, each in enumerate(self.booked):
            if each.id == booking_id and not each.state.startswith("cancelled"):
                self.booked[number] = replace(each, **changes)  # type: ignore[arg-type]
                return self.booked[number]
        raise Closed

    def cancel(self, booking_id: int) -> BookingView:
        return self._set(booking_id, state="cancelled_by_person")

    def change(self, booking_id: int, session_id: int) -> BookingView:
        session = self._session(session_id)
        if session.free <= 0:
            raise Full
        return self._set(booking_id, start=session.start, place=session.place, state="requested")

    def answer_offer(self, booking_id: int, accept: bool) -> BookingView:
        return self._set(booking_id, state="approved" if accept else "declined")

    def subscribe(self, topic: str) -> None:
        self.subscriptions = (*self.subscriptions, topic)

    def unsubscribe(self, topic: str) -> None:
        self.subscriptions = tuple(each for each in self.subscriptions if each != topic)

    def rate(self, booking_id: int, *, good: bool) -> None:
        self.rated.append((booking_id, good))

    def opt_out(self) -> None:
        self.opted_out = True

    def opt_in(self) -> None:
        self.opted_out = False

    def set_language(self, code: str) -> None:
        self.language = code

    def file_task(self, kind: str, about: str = "", note: str = "") -> None:
        self.tasks.append((kind, about, note))

    def erase(self) -> None:
        self.done.append("erased")
        self.booked, self.name, self.language = [], None, ""


class Chat:
    """Talk to the desk as a person does. Every turn the state goes through JSON, as after a restart."""

    def __init__(self, diary: FakeDiary, knowledge: FakeKnowledge, words: Words) -> None:
        self.diary = diary
        self.knowledge = knowledge
        self.words = words
        self.channel = "sms"
        self.stored: str = json.dumps(State().to_json())
        self.messages: tuple[Message, ...] = ()
        self.spoken = ""
        self.meanings: dict[str, Meaning] = {}
        self.near: list[str] = []
        self.otherwise = Meaning("out_of_scope", confidence=0.1)
        self.words_heard: dict[str, str] = {}
        self.wished: dict[str, Wishes] = {}
        self.detected: str | None = None
        self.likely: tuple[str, ...] = ()
        self.weight = 0

    # what the person's words mean ------------------------------------------------------------
    def means(self, text: str, intent: str, topic: str | None = None, *, sure: bool = True) -> Chat:
        self.meanings[text] = Meaning(intent, topic, 0.9, sure, not sure, ((intent, topic),))
        return self

    def asks_both(self, text: str, first: str, *others: str) -> Chat:
        """The text holds several requests, all sure."""
        also = tuple((intent, None) for intent in others)
        self.meanings[text] = Meaning(first, None, 0.9, True, True, ((first, None), *also), also)
        return self

    def writes(self, language: str | None, text: str, weight: int = 1) -> Chat:
        """Say something that is surely in this language; then the language is left open again."""
        self.detected, self.weight = language, weight
        self.says(text)
        self.detected, self.weight = None, 0
        return self

    def may_mean(self, text: str, *intents: str) -> Chat:
        alternatives = tuple((intent, None) for intent in intents)
        self.meanings[text] = Meaning(intents[0], None, 0.5, False, True, alternatives)
        return self

    def wishes(self, text: str, **wished: Any) -> Chat:
        """What nlu reads of the text: places, days, hours and the like."""
        self.wished[text] = Wishes(**wished)
        return self

    def always(self, text: str, word: str) -> Chat:
        self.words_heard[text] = word
        return self

    # talking ------------------------------------------------------------
    def says(self, text: str, button: str | None = None) -> Chat:
        heard = Heard(
            text,
            button,
            self.words_heard.get(text),
            lambda said: self.meanings.get(said, self.otherwise),
            lambda _said: self.near,
            self.detected,
            lambda said, _language: self.wished.get(said, NOTHING),
            self.likely,
            self.weight,
            lambda said: set(said.lower().split()) <= POLITE,
        )
        return self._took(desk.reply(self.state, heard, self.context))

    def presses(self, label: str) -> Chat:
        """Press the button whose label begins so."""
        return self.says("", button=self.button(label))

    def button(self, label: str) -> str:
        options = [each for message in self.rendered for each in message.options]
        return next(each.id for each in options if each.label.startswith(label))

    def staff_open(self, flow: str, **answers: str | int) -> Chat:
        return self._took(engine.begin(self.state, flow, answers, self.context))

    def _took(self, turn: engine.Turn) -> Chat:
        self.stored = json.dumps(turn.state.to_json())
        self.messages = tuple(Message.from_json(json.loads(json.dumps(m.to_json()))) for m in turn.messages)
        self.spoken = turn.language
        return self

    # looking ------------------------------------------------------------
    @property
    def context(self) -> Context:
        diary = self.diary
        person = Person(
            diary.language,
            self.channel,
            diary.name,
            opted_out=diary.opted_out,
            subscriptions=diary.subscriptions,
        )
        return Context(person, NOW, diary, self.knowledge, self.words)

    @property
    def state(self) -> State:
        return State.from_json(json.loads(self.stored))

    @property
    def rendered(self) -> list[Rendered]:
        return [self.words.render(message, self.spoken, self.channel) for message in self.messages]

    @property
    def text(self) -> str:
        """All that the person reads."""
        return "\n".join(rendered.with_numbers() for rendered in self.rendered)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.messages]

    @property
    def asking(self) -> str:
        """The question that waits, or ""."""
        question = engine.waiting_question(self.state, self.context)
        return question.name if question else ""

    @property
    def doing(self) -> list[str]:
        """The flows that wait, the first interrupted one first."""
        return [frame.flow for frame in self.state.stack if frame.flow != NEXT]

    def is_asked(self, question: str) -> Chat:
        assert self.asking == question, f"asked {self.asking!r} and read:\n{self.text}"
        return self

    def is_told(self, *keys: str) -> Chat:
        missing = [key for key in keys if key not in self.keys]
        assert not missing, f"told {self.keys}, not {missing}:\n{self.text}"
        return self

    def reads(self, *texts: str) -> Chat:
        missing = [text for text in texts if text not in self.text]
        assert not missing, f"{missing} not in:\n{self.text}"
        return self
