"""What a flow may do, done in the store: the Diary of one person within one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows import context as flows
from flows.hours import NOT_SAID, Hours
from flows.words import Words
from store import appointments, bookings, closures, contacts, lessons, reminders, sessions, tasks
from store.errors import Closed, Full, NotAllowed
from store.models import Booking, Contact, Occurrence, Subscription

type Ask = Callable[[Session, int, int, str, datetime], Booking]


@dataclass
class StoreDiary:
    """The Diary (flows/context.py) of `contact`, at `now`, inside `session`'s transaction."""

    session: Session
    contact: Contact
    now: datetime
    erased: bool = False
    hours: Hours = NOT_SAID

    def context(self, knowledge: flows.Knowledge, words: Words) -> flows.Context:
        """What a flow gets to work with for this person, now."""
        person = person_of(self.session, self.contact)
        return flows.Context(person, self.now, self, knowledge, words, hours=self.hours)

    def open_sessions(self, service: str, place: str | None = None) -> Sequence[flows.SessionView]:
        found = sessions.open_occurrences(self.session, service, place, self.now)
        return [_session_view(each.occurrence, each.free) for each in found]

    def day_off(self, day: date, place: str | None = None) -> str:
        return closures.day_off(self.session, place, day)

    def request(self, session_id: int, name: str) -> flows.BookingView:
        return self._booked(bookings.request, session_id, name)

    def join_waiting_list(self, session_id: int, name: str) -> flows.BookingView:
        return self._booked(bookings.waitlist, session_id, name)

    def bookings(self) -> Sequence[flows.BookingView]:
        return [self._view(each) for each in bookings.bookings_of(self.session, self.contact.id, self.now)]

    def cancel(self, booking_id: int) -> flows.BookingView:
        try:
            return self._view(bookings.cancel_by_person(self.session, self.contact.id, booking_id, self.now))
        except (Closed, NotAllowed):
            raise flows.Closed from None

    def change(self, booking_id: int, session_id: int) -> flows.BookingView:
        try:
            return self._view(
                bookings.change(self.session, self.contact.id, booking_id, session_id, self.now)
            )
        except Full:
            raise flows.Full from None
        except (Closed, NotAllowed):
            raise flows.Closed from None

    def answer_offer(self, booking_id: int, accept: bool) -> flows.BookingView:
        try:
            answered = bookings.answer_offer(self.session, self.contact.id, booking_id, accept, self.now)
        except (Closed, NotAllowed):
            raise flows.Closed from None
        return self._view(answered)

    def subscribe(self, topic: str) -> None:
        reminders.subscribe(self.session, self.contact.id, topic, self.now)

    def unsubscribe(self, topic: str) -> None:
        reminders.unsubscribe(self.session, self.contact.id, topic)

    def rate(self, booking_id: int, *, good: bool) -> None:
        appointments.rate(self.session, self.contact.id, booking_id, good, self.now)

    def opt_out(self) -> None:
        contacts.opt_out(self.session, self.contact, self.now)

    def opt_in(self) -> None:
        contacts.opt_in(self.contact)

    def set_language(self, code: str) -> None:
        self.contact.language = code

    def file_task(self, kind: str, about: str = "", note: str = "") -> None:
        if kind == "unanswered":
            lessons.note(
                self.session, note, self.contact.language or "en", contact_id=self.contact.id, now=self.now
            )
        place = None if kind == "emergency" else self.contact.place  # everybody sees an emergency
        tasks.file(
            self.session, kind, about=about, note=note, contact_id=self.contact.id, place=place, now=self.now
        )

    def erase(self) -> None:
        contacts.erase(self.session, self.contact, self.now)
        self.erased = True

    def _booked(self, ask: Ask, session_id: int, name: str) -> flows.BookingView:
        try:
            booking = ask(self.session, self.contact.id, session_id, name, self.now)
        except Full:
            raise flows.Full from None
        except (Closed, NotAllowed):
            raise flows.Closed from None
        self.contact.name, self.contact.place = name, booking.occurrence.place_id
        return self._view(booking)

    def _view(self, booking: Booking) -> flows.BookingView:
        """A booking as asked for; what staff offer instead stands beside it."""
        offered = booking.occurrence if booking.asked is not None else None
        own = booking.asked or booking.occurrence
        return flows.BookingView(
            id=booking.id,
            reference=booking.reference,
            service=own.service,
            place=own.place_id,
            start=own.start,
            state=booking.state,
            name=booking.name,
            offered_start=offered.start if offered else None,
            offered_place=offered.place_id if offered else None,
        )


def _session_view(occurrence: Occurrence, free: int) -> flows.SessionView:
    return flows.SessionView(occurrence.id, occurrence.service, occurrence.place_id, occurrence.start, free)


def person_of(session: Session, contact: Contact) -> flows.Person:
    """What a flow may know of a contact."""
    topics = session.scalars(
        select(Subscription.topic).where(Subscription.contact_id == contact.id).order_by(Subscription.id)
    )
    return flows.Person(
        language=contact.language or "",
        channel=contact.channel,
        name=contact.name,
        place=contact.place,
        opted_out=contact.opted_out,
        subscriptions=tuple(topics),
    )
