"""Around a place that somebody booked: a reminder the day before, one some hours before, and a question afterwards.

Only whose place is approved is reminded; a session of a sensitive service is "your session". Each is looked at
again when it is sent (store/still.py), so a place that was given up meanwhile, or a session that was moved, gets the
right reminder or none. Whoever was told something after the time of a reminder needs no reminder.

Nothing goes out between 20:00 and 08:00. A reminder some hours before an early session is left out when there was
one the day before; else it goes at 19:00 on the evening before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from store import london, mailings, tasks
from store.base import Json
from store.database import insert_once
from store.mailings import Due, Kind, Recipient
from store.models import Booking, Contact, Mailing, Occurrence, Rating, ReminderSchedule, Talk
from store.still import CAME, booked_for
from store.transitions import State

DAY_BEFORE_AT = AFTER_AT = time(10)  # London
EVENING = time(19)
MOST_HOURS = 12
DEFAULT_HOURS = 2
QUESTION = "after"  # the flow of flows/reminding.py
FEWEST = 5  # answers to a question that are shown: DESIGN section 8
LOOKS_BACK = timedelta(days=365)  # of the answers that staff see


def hours_before_at(start: datetime, hours: int, *, day_before: bool) -> tuple[datetime, datetime] | None:
    """When the reminder some hours before goes out and from when on it is too late; None: it is left out.

    `day_before`: they are reminded the day before, too.
    """
    due = start - timedelta(hours=hours)
    if not london.quiet(due):
        return due, start
    if day_before:
        return None
    local = london.wall(due)
    evening = local.date() if local.time() >= london.AWAKE_UNTIL else local.date() - timedelta(days=1)
    return london.to_utc(evening, EVENING), london.to_utc(evening, london.AWAKE_UNTIL)


def rate(session: Session, contact_id: int, booking_id: int, good: bool, now: datetime) -> bool:
    """Keep how a session was for somebody, once. Not good: staff get a task. False: answered before, or not theirs."""
    booking = session.get(Booking, booking_id)
    if booking is None or booking.contact_id != contact_id:
        return False
    occurrence = booking.occurrence
    new = insert_once(
        session,
        Rating,
        booking_id=booking_id,
        service=occurrence.service,
        place_id=occurrence.place_id,
        good=good,
        at=now,
    )
    if new is not None and not good:
        tasks.file(
            session,
            "feedback",
            about=occurrence.service,
            note=f"The session of {occurrence.day:%d/%m/%Y} was not good.",
            contact_id=contact_id,
            place=occurrence.place_id,
            now=now,
        )
    return new is not None


def ratings(session: Session, since: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """How many said good, and how many answered, by service and library. What is below FEWEST is left out."""
    good = func.sum(case((Rating.good, 1), else_=0))
    counted = select(Rating.service, Rating.place_id, good, func.count()).where(Rating.at >= since)
    rows = session.execute(counted.group_by(Rating.service, Rating.place_id))
    return {
        (service, place): (int(well), answers) for service, place, well, answers in rows if answers >= FEWEST
    }


def _settings(session: Session) -> Mapping[str, ReminderSchedule]:
    return {row.topic: row for row in session.scalars(select(ReminderSchedule))}


def _open_sessions(session: Session, *which: ColumnElement[bool]) -> Sequence[Occurrence]:
    return session.scalars(select(Occurrence).where(Occurrence.state == "open", *which)).all()


def _tomorrow(session: Session, now: datetime) -> Iterator[Due]:
    """The sessions of tomorrow, from 10:00 on."""
    today = london.wall(now).date()
    due_at, too_late = london.to_utc(today, DAY_BEFORE_AT), london.to_utc(today, london.AWAKE_UNTIL)
    if not due_at <= now < too_late:
        return
    settings = _settings(session)
    for occurrence in _open_sessions(session, Occurrence.day == today + timedelta(days=1)):
        setting = settings.get(occurrence.service)
        if setting is None or setting.day_before:
            yield Due(_topic(occurrence), today, due_at, too_late)


def _soon(session: Session, now: datetime) -> Iterator[Due]:
    """The sessions that begin in some hours, or early tomorrow."""
    settings = _settings(session)
    ahead = now + timedelta(days=1, hours=MOST_HOURS)
    for occurrence in _open_sessions(session, Occurrence.start > now, Occurrence.start <= ahead):
        setting = settings.get(occurrence.service)
        hours = DEFAULT_HOURS if setting is None else setting.hours_before
        day_before = setting is None or setting.day_before
        times = hours_before_at(occurrence.start, hours, day_before=day_before) if hours else None
        if times is not None and times[0] <= now < times[1]:
            yield Due(_topic(occurrence), london.wall(times[0]).date(), *times)


def _yesterday(session: Session, now: datetime) -> Iterator[Due]:
    """The sessions of yesterday, from 10:00 on."""
    today = london.wall(now).date()
    due_at, too_late = london.to_utc(today, AFTER_AT), london.to_utc(today, london.AWAKE_UNTIL)
    if not due_at <= now < too_late:
        return
    settings = _settings(session)
    for occurrence in _open_sessions(session, Occurrence.day == today - timedelta(days=1)):
        setting = settings.get(occurrence.service)
        if setting is None or setting.asks_after:
            yield Due(_topic(occurrence), today, due_at, too_late)


def _topic(occurrence: Occurrence) -> str:
    """A session at its time: one that is moved is another one."""
    return f"{occurrence.id}:{booked_for(occurrence.start)}"


def _session_of(session: Session, mailing: Mailing) -> Occurrence | None:
    """The session of a mailing; None when it is off, or was moved."""
    occurrence = session.get(Occurrence, int(mailing.topic.partition(":")[0]))
    if occurrence is None or occurrence.state != "open" or _topic(occurrence) != mailing.topic:
        return None
    return occurrence


def _bookings(
    session: Session, mailing: Mailing, size: int, *which: ColumnElement[bool]
) -> Sequence[Booking]:
    occurrence = _session_of(session, mailing)
    if occurrence is None:
        return []
    query = (
        select(Booking)
        .join(Contact, Booking.contact_id == Contact.id)
        .where(
            Booking.occurrence_id == occurrence.id,
            Booking.id > mailing.cursor,
            *which,
            *mailings.reachable(),
        )
    )
    return session.scalars(query.order_by(Booking.id).limit(size)).all()


def _reminded(name: str) -> Callable[[Session, Mailing, datetime, int], Sequence[Recipient]]:
    """Who has a place there, and was told nothing about it since the reminder was due."""

    def recipients(session: Session, mailing: Mailing, _now: datetime, size: int) -> Sequence[Recipient]:
        booked = _bookings(
            session,
            mailing,
            size,
            Booking.state == State.APPROVED,
            Booking.changed_at <= mailing.due_at,
        )
        return [
            Recipient(
                cursor=booking.id,
                contact_id=booking.contact_id or 0,
                payload=_reminder(booking, private=_is_private(session, booking)),
                dedupe=f"{name}:{booking.id}:{mailing.topic}",
                subject=f"booking:{booking.id}:{mailing.topic}",
            )
            for booking in booked
        ]

    return recipients


def _asked(session: Session, mailing: Mailing, _now: datetime, size: int) -> Sequence[Recipient]:
    """Who was there, as far as anybody has said; not while a member of staff answers them."""
    answered = exists().where(Talk.contact_id == Contact.id, Talk.taken_by.is_not(None))
    booked = _bookings(session, mailing, size, Booking.state.in_(CAME), ~answered)
    return [
        Recipient(
            cursor=booking.id,
            contact_id=booking.contact_id or 0,
            payload=_question(booking, private=_is_private(session, booking)),
            dedupe=f"{QUESTION}:{booking.id}",
            subject=f"{QUESTION}:{booking.id}",
        )
        for booking in booked
    ]


def _is_private(session: Session, booking: Booking) -> bool:
    """Whether the service is not named; also when nobody knows it."""
    schedule = session.get(ReminderSchedule, booking.occurrence.service)
    return schedule is None or schedule.sensitive


def _reminder(booking: Booking, *, private: bool) -> Json:
    values: Json = {
        "when": {"$when": booking.occurrence.start.isoformat()},
        "place": {"$name": ["place", booking.occurrence.place_id]},
        "reference": booking.reference,
    }
    if not private:
        values["service"] = {"$name": ["service", booking.occurrence.service]}
    key = "reminder.booking_private" if private else "reminder.booking"
    return {"messages": [{"key": key, "values": values}]}


def _question(booking: Booking, *, private: bool) -> Json:
    answers: Json = {"booking": booking.id, "start": booking.occurrence.start.isoformat()}
    if not private:
        answers["service"] = booking.occurrence.service
    return {"flow": QUESTION, "answers": answers}


KINDS = (
    Kind("hours_before", "reminder", _soon, _reminded("hours_before")),
    Kind("day_before", "reminder", _tomorrow, _reminded("day_before")),
    Kind("after", "reminder", _yesterday, _asked),
)
