"""Whether a message that waits is still right: looked at once more at the very moment of sending.

A message says in its `subject` what has to hold: "booking:<id>:<session>:<start>", "after:<booking>" or
"broadcast:<id>". Nothing here writes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from store.models import Booking, Broadcast, Contact, Occurrence, Subscription, Talk
from store.transitions import LIVE, State

CAME = (State.APPROVED, State.ATTENDED)
NO_LONGER = "no_longer"
STOPPED = "stopped"
PAUSED = select(Broadcast.id).where(Broadcast.state == "paused")
"""Announcements whose messages wait until staff go on."""


@dataclass(frozen=True)
class Group:
    """Whom an announcement is for. `who`: subscribed, booked or either; ""/None: any service, library, language.

    Consent is part of it: one has asked for news of that very service, or has a coming place there.
    """

    service: str = ""
    place: str | None = None
    language: str = ""
    who: str = "either"

    @property
    def whole(self) -> bool:
        """Whether it names a service or a library; who subscribed did so to a service."""
        return bool(self.service) or (self.who == "booked" and self.place is not None)


def booked_for(start: datetime) -> int:
    """A start as it stands in a subject: seconds since 1970, so that a session that was moved is another one."""
    return int(start.timestamp())


def against(session: Session, subject: str, contact_id: int, now: datetime) -> str | None:
    """Why a message must not go out any more, as its drop reason; None: it is still right."""
    kind, _, rest = subject.partition(":")
    return CHECKS[kind](session, rest, contact_id, now)


def group_of(broadcast: Broadcast) -> Group:
    return Group(broadcast.service, broadcast.place_id, broadcast.language, broadcast.who)


def in_group(group: Group, now: datetime) -> ColumnElement[bool]:
    """The condition on a contact. Whether anything may be sent to them at all is another one."""
    conditions: list[ColumnElement[bool]] = []
    ways: list[ColumnElement[bool]] = []
    if group.who in ("subscribed", "either") and group.service:
        subscribed = exists().where(
            Subscription.contact_id == Contact.id, Subscription.topic == group.service
        )
        here = Contact.place == group.place if group.place is not None else None
        ways.append(subscribed if here is None else and_(subscribed, here))
    if group.who in ("booked", "either"):
        ways.append(_has_place(group, now))
    conditions.append(or_(*ways) if ways else exists().where(Contact.id < 0))
    if group.language:
        conditions.append(Contact.language == group.language)
    return and_(*conditions)


def _has_place(group: Group, now: datetime) -> ColumnElement[bool]:
    """They have asked for or got a place in a coming session of the group."""
    wanted = [
        Booking.contact_id == Contact.id,
        Booking.state.in_(LIVE),
        Occurrence.id == Booking.occurrence_id,
        Occurrence.start > now,
    ]
    if group.service:
        wanted.append(Occurrence.service == group.service)
    if group.place is not None:
        wanted.append(Occurrence.place_id == group.place)
    return exists().where(*wanted)


def _booking(session: Session, rest: str, contact_id: int, now: datetime) -> str | None:
    """Their place is approved, in that session, at that time; and it has not begun."""
    booking_id, occurrence_id, start = (int(part) for part in rest.split(":"))
    booking = session.get(Booking, booking_id)
    holds = (
        booking is not None
        and booking.contact_id == contact_id
        and booking.state == State.APPROVED
        and booking.occurrence_id == occurrence_id
        and booking.occurrence.state == "open"
        and booked_for(booking.occurrence.start) == start
        and booking.occurrence.start > now
    )
    return None if holds else NO_LONGER


def _after(session: Session, rest: str, contact_id: int, _now: datetime) -> str | None:
    """They were there, or nobody has said that they were not; and no member of staff answers them just now, who would
    get the answer instead."""
    booking = session.get(Booking, int(rest))
    there = booking is not None and booking.contact_id == contact_id and State(booking.state) in CAME
    talk = session.get(Talk, contact_id)
    return None if there and (talk is None or talk.taken_by is None) else NO_LONGER


def _broadcast(session: Session, rest: str, contact_id: int, now: datetime) -> str | None:
    """It goes on, and they still want news of it."""
    broadcast = session.get(Broadcast, int(rest))
    if broadcast is None or broadcast.state == "stopped":
        return STOPPED
    theirs = select(Contact.id).where(Contact.id == contact_id, in_group(group_of(broadcast), now))
    return NO_LONGER if session.scalar(theirs) is None else None


CHECKS: dict[str, Callable[[Session, str, int, datetime], str | None]] = {
    "booking": _booking,
    "after": _after,
    "broadcast": _broadcast,
}
