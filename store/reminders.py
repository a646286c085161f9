"""Weekly reminders: who wants them, when they go out, and the plan that makes each of them once.

A plan is durable: a row for each topic and day, and a cursor over the subscribers that is committed with the
messages it stands for. A crash goes on where it stopped; two planners, or a clock set back, double nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store import audit, london, outbox, sessions
from store.base import Json
from store.database import insert_once
from store.models import Contact, ReminderOccurrence, ReminderSchedule, Subscription
from store.transitions import SYSTEM

DEFAULT_WEEKDAY, DEFAULT_AT = 0, time(10)  # Monday 10:00 in London
LOOKS_AHEAD = timedelta(days=7)
BATCH = 200  # subscribers a transaction: short enough for SQLite's one writer


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


def plan(session: Session, now: datetime, *, batch: int = BATCH) -> int:
    """Queue up to `batch` reminders that are due. How many: call again, committing each, until it is 0.

    A reminder is due from its time until 20:00 that day; one that was missed altogether is not made up for.
    """
    _open_due(session, now)
    unfinished = select(ReminderOccurrence).where(ReminderOccurrence.finished_at.is_(None))
    unfinished = unfinished.order_by(ReminderOccurrence.day, ReminderOccurrence.topic)
    for occurrence in session.scalars(unfinished.with_for_update(key_share=True, skip_locked=True)):
        if queued := _fan_out(session, occurrence, now, batch):
            return queued
    return 0


def _ensure(session: Session, topic: str, *, sensitive: bool) -> ReminderSchedule:
    values = {"weekday": DEFAULT_WEEKDAY, "at": DEFAULT_AT, "sensitive": sensitive, "changed_by": SYSTEM}
    insert_once(session, ReminderSchedule, topic=topic, **values)
    return session.get_one(ReminderSchedule, topic)


def _open_due(session: Session, now: datetime) -> None:
    """A row for each schedule whose time has come today (in London) and is not over."""
    today = london.wall(now).date()
    for schedule in session.scalars(select(ReminderSchedule).filter_by(active=True, weekday=today.weekday())):
        due_at = london.to_utc(today, schedule.at)
        if due_at <= now < _too_late(today):
            insert_once(session, ReminderOccurrence, topic=schedule.topic, day=today, due_at=due_at)


def _too_late(day: date) -> datetime:
    return london.to_utc(day, london.AWAKE_UNTIL)


def _fan_out(session: Session, occurrence: ReminderOccurrence, now: datetime, batch: int) -> int:
    """Queue for the next subscribers after the cursor; 0 only when nobody is left."""
    payload = _payload(session, occurrence.topic, now)
    queued = 0
    while payload is not None and queued == 0 and now < _too_late(occurrence.day):
        subscribers = _subscribers(session, occurrence, batch)
        if not subscribers:
            break
        for subscription in subscribers:
            queued += _queue(session, occurrence, subscription.contact_id, payload, now)
            occurrence.cursor = subscription.id
    occurrence.queued += queued
    if queued == 0:
        occurrence.finished_at = now
    return queued


def _subscribers(session: Session, occurrence: ReminderOccurrence, batch: int) -> Sequence[Subscription]:
    wants = (
        select(Subscription)
        .join(Contact, Subscription.contact_id == Contact.id)
        .where(
            Subscription.topic == occurrence.topic,
            Subscription.id > occurrence.cursor,
            Subscription.created_at <= occurrence.due_at,
            ~Contact.opted_out,
            ~Contact.unreachable,
        )
    )
    return session.scalars(wants.order_by(Subscription.id).limit(batch)).all()


def _queue(
    session: Session, occurrence: ReminderOccurrence, contact_id: int, payload: Json, now: datetime
) -> bool:
    row = outbox.queue(
        session,
        contact_id,
        "reminder",
        payload,
        dedupe=f"reminder:{occurrence.topic}:{occurrence.day}:{contact_id}",
        now=now,
        too_late=_too_late(occurrence.day),
        topic=occurrence.topic,
    )
    return row is not None


def _payload(session: Session, topic: str, now: datetime) -> Json | None:
    """The message, or None when nothing takes place in the next 7 days. A sensitive topic is not named."""
    coming = sessions.open_occurrences(session, topic, None, now, before=now + LOOKS_AHEAD)
    if not coming:
        return None
    lines = [
        [{"$when": c.occurrence.start.isoformat()}, {"$name": ["place", c.occurrence.place_id]}]
        for c in coming
    ]
    if session.get_one(ReminderSchedule, topic).sensitive:
        return {"messages": [{"key": "reminder.weekly_private", "values": {"sessions": lines}}]}
    values = {"service": {"$name": ["service", topic]}, "sessions": lines}
    return {"messages": [{"key": "reminder.weekly", "values": values}]}
