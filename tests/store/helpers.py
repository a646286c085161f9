"""What the tests of the store share: people, a session to book, and many hands at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier

from sqlalchemy import Engine, select

from store import database, places, reminders, sessions
from store.models import Contact, Occurrence, OutboxRow

PLACES = {"fosse": "Fosse Library", "belgrave": "Belgrave Library"}


def people(engine: Engine, number: int, now: datetime) -> list[int]:
    """That many contacts; their addresses are of no interest."""
    with database.transaction(engine) as session:
        contacts = [
            Contact(
                channel="telegram",
                address_lookup=f"person {n}",
                address_sealed="sealed",
                language="so",
                created_at=now,
                seen_at=now,
            )
            for n in range(number)
        ]
        session.add_all(contacts)
        session.flush()
        return [contact.id for contact in contacts]


def weekly(
    engine: Engine,
    now: datetime,
    *,
    capacity: int = 3,
    service: str = "work_coach",
    place: str = "fosse",
    weekday: int = 3,
    start: time = time(14, 0),
    lead_hours: int = 24,
) -> list[int]:
    """A weekly session (Thursdays at 14:00); the ids of its next 12 weeks' occurrences, soonest first."""
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        rule = sessions.add_weekly(
            session,
            service=service,
            place=place,
            weekday=weekday,
            start=start,
            minutes=60,
            capacity=capacity,
            actor="amira",
            now=now,
            lead_hours=lead_hours,
        )
        return list(
            session.scalars(select(Occurrence.id).filter_by(weekly_id=rule.id).order_by(Occurrence.start))
        )


def at_once[T](work: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run them all at the same moment, each in a thread: what each returned or raised, in order."""
    barrier = Barrier(len(work))

    def run(one: Callable[[], T]) -> T | Exception:
        barrier.wait(timeout=30)
        try:
            return one()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def outbox_rows(engine: Engine, contact_id: int | None = None) -> list[OutboxRow]:
    with database.transaction(engine) as session:
        query = select(OutboxRow).order_by(OutboxRow.id)
        return list(session.scalars(query if contact_id is None else query.filter_by(contact_id=contact_id)))


def keys(rows: Sequence[OutboxRow]) -> list[str]:
    """The message keys (or flow names) of outbox rows."""
    return [row.payload.get("flow") or row.payload["messages"][0]["key"] for row in rows]


HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def plan(engine: Engine, now: datetime, batch: int = 200) -> int:
    """All that is due, as the worker does it: how many messages."""
    planned = 0
    while True:
        with database.transaction(engine) as session:
            some = reminders.plan(session, now, batch=batch)
        planned += some
        if not some:
            return planned
