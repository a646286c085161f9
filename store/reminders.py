"""Weekly reminders: who wants them, and when they go out. And the one plan of everything that goes to many."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store import appointments, audit, broadcasts, london, mailings, outbox, sessions
from store.base import Json
from store.database import insert_once
from store.mailings import Due, Kind, Recipient
from store.models import Contact, Mailing, ReminderSchedule, Subscription
from store.transitions import SYSTEM

DEFAULT_WEEKDAY, DEFAULT_AT = 0, time(10)  # Monday 10:00 in London
LOOKS_AHEAD = timedelta(days=7)


def plan(session: Session, now: datetime, *, batch: int = mailings.BATCH) -> int:
    """Queue up to `batch` messages that are due, of every kind. How many: call again, committing each, until it is 0.

    A weekly reminder is due from its time until 20:00 that day; one that was missed altogether is not made up for.
    """
    return mailings.plan(session, now, KINDS, batch=batch)


def anew(session: Session, claim: outbox.Claim, language: str, now: datetime) -> Json | None:
    """What a message to many has to say by the time it is sent; None: nothing any more.

    Since it was planned a session of the week may have been cancelled or moved, and the person may have chosen
    another language. Anything else says what it said.
    """
    if claim.broadcast_id is not None:
        return broadcasts.said(session, claim.broadcast_id, language)
    if claim.kind == WEEKLY.sends and claim.topic is not None:
        return _payload(session, claim.topic, now)
    return claim.payload


def sync(session: Session, topics: Mapping[str, bool]) -> None:
    """A schedule for every topic of the knowledge base (service id → sensitive), at the default time.

    Schedules that staff have set keep their time. A topic that nobody synced is treated as sensitive.
    """
    for topic, sensitive in topics.items():
        _ensure(session, topic, sensitive=sensitive).sensitive = sensitive


def subscribe(session: Session, contact_id: int, topic: str, now: datetime) -> None:
    """They want the weekly reminder about a topic (a service's id). Again is harmless."""
    _ensure(session, topic, sensitive=True)
    insert_once(session, Subscription, contact_id=contact_id, topic=topic, created_at=now)


def unsubscribe(session: Session, contact_id: int, topic: str) -> None:
    """They do not want it any more; one that is queued already is dropped when its turn comes."""
    session.execute(delete(Subscription).filter_by(contact_id=contact_id, topic=topic))


def topics_of(session: Session, contact_id: int) -> Sequence[str]:
    """What a person is subscribed to, by name."""
    query = select(Subscription.topic).filter_by(contact_id=contact_id)
    return session.scalars(query.order_by(Subscription.topic)).all()


def schedules(session: Session) -> Sequence[ReminderSchedule]:
    """By topic."""
    return session.scalars(select(ReminderSchedule).order_by(ReminderSchedule.topic)).all()


def subscribers(session: Session) -> dict[str, int]:
    """How many people would get the weekly reminder now, by topic; one without any is missing."""
    counted = select(Subscription.topic, func.count()).join(Contact, Subscription.contact_id == Contact.id)
    rows = session.execute(counted.where(*mailings.reachable()).group_by(Subscription.topic))
    return {row[0]: row[1] for row in rows}


def next_time(schedule: ReminderSchedule, now: datetime) -> datetime | None:
    """When the weekly reminder goes out next; None when it is off. It is left out when nothing takes place then."""
    if not schedule.active:
        return None
    today = london.wall(now).date()
    day = today + timedelta(days=(schedule.weekday - today.weekday()) % 7)
    moment = london.to_utc(day, schedule.at)
    return moment if moment > now else london.to_utc(day + timedelta(days=7), schedule.at)


def set_schedule(
    session: Session, topic: str, *, weekday: int, at: time, active: bool = True, actor: str, now: datetime
) -> ReminderSchedule:
    """When a topic's reminder goes out: 0 = Monday, London wall time, 08:00 to before 20:00 (ValueError)."""
    if not 0 <= weekday <= 6 or not london.AWAKE_FROM <= at < london.AWAKE_UNTIL:
        raise ValueError("weekday 0 to 6, between 08:00 and 20:00")
    schedule = _ensure(session, topic, sensitive=True)
    schedule.weekday, schedule.at, schedule.active, schedule.changed_by = weekday, at, active, actor
    detail = {"weekday": weekday, "at": at.isoformat(), "active": active}
    audit.write(session, actor, "reminder.scheduled", "reminder_schedule", topic, now=now, **detail)
    return schedule


def set_around(
    session: Session,
    topic: str,
    *,
    day_before: bool,
    hours_before: int,
    asks_after: bool,
    actor: str,
    now: datetime,
) -> ReminderSchedule:
    """What people get around a place they booked (store/appointments.py). ValueError: hours not 0 to MOST_HOURS."""
    if not 0 <= hours_before <= appointments.MOST_HOURS:
        raise ValueError(f"0 to {appointments.MOST_HOURS} hours before")
    schedule = _ensure(session, topic, sensitive=True)
    detail = {"day_before": day_before, "hours_before": hours_before, "asks_after": asks_after}
    for name, value in detail.items():
        setattr(schedule, name, value)
    schedule.changed_by = actor
    audit.write(session, actor, "reminder.around", "reminder_schedule", topic, now=now, **detail)
    return schedule


def _ensure(session: Session, topic: str, *, sensitive: bool) -> ReminderSchedule:
    values = {"weekday": DEFAULT_WEEKDAY, "at": DEFAULT_AT, "sensitive": sensitive, "changed_by": SYSTEM}
    insert_once(session, ReminderSchedule, topic=topic, **values)
    return session.get_one(ReminderSchedule, topic)


def _due(session: Session, now: datetime) -> Iterator[Due]:
    """Each topic whose time has come today (in London) and is not over."""
    today = london.wall(now).date()
    too_late = london.to_utc(today, london.AWAKE_UNTIL)
    for schedule in session.scalars(select(ReminderSchedule).filter_by(active=True, weekday=today.weekday())):
        due_at = london.to_utc(today, schedule.at)
        if due_at <= now < too_late:
            yield Due(schedule.topic, today, due_at, too_late)


def _subscribers(session: Session, mailing: Mailing, now: datetime, size: int) -> Sequence[Recipient]:
    payload = _payload(session, mailing.topic, now)
    if payload is None:
        return []
    wants = (
        select(Subscription.id, Subscription.contact_id)
        .join(Contact, Subscription.contact_id == Contact.id)
        .where(
            Subscription.topic == mailing.topic,
            Subscription.id > mailing.cursor,
            Subscription.created_at <= mailing.due_at,
            *mailings.reachable(),
        )
    )
    return [
        Recipient(
            cursor=id_,
            contact_id=contact_id,
            payload=payload,
            dedupe=f"reminder:{mailing.topic}:{mailing.day}:{contact_id}",
            topic=mailing.topic,
        )
        for id_, contact_id in session.execute(wants.order_by(Subscription.id).limit(size))
    ]


def _payload(session: Session, topic: str, now: datetime) -> Json | None:
    """The message, or None when nothing takes place in the next 7 days. A sensitive topic is not named."""
    coming = sessions.open_occurrences(session, topic, None, now, before=now + LOOKS_AHEAD)
    if not coming:
        return None
    lines = [
        [{"$when": c.occurrence.start.isoformat()}, {"$name": ["place", c.occurrence.place_id]}]
        for c in coming
    ]
    schedule = session.get(ReminderSchedule, topic)
    if schedule is None or schedule.sensitive:
        return {"messages": [{"key": "reminder.weekly_private", "values": {"sessions": lines}}]}
    values = {"service": {"$name": ["service", topic]}, "sessions": lines}
    return {"messages": [{"key": "reminder.weekly", "values": values}]}


WEEKLY = Kind("weekly", "reminder", _due, _subscribers)
KINDS = (*appointments.KINDS, WEEKLY, broadcasts.ANNOUNCEMENT)  # what cannot wait comes first
