"""What the pages read: each page a fixed number of statements, however many bookings there are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from store.models import Account, Audit, Booking, InboxRow, Occurrence, Task
from store.transitions import HOLDS_SEAT, State

PAGE = 25  # rows
CLOSED_FOR = timedelta(days=30)  # that long what is closed stands in the queue; exports have the rest
SHOWN = {  # the queue's "Show" filter: its name, its words, the states
    "waiting": ("Waiting for us", (State.REQUESTED,)),
    "offered": ("Other time offered", (State.OFFERED,)),
    "waitlist": ("Waiting list", (State.WAITLISTED,)),
    "approved": ("Approved", (State.APPROVED,)),
    "closed": (
        "Closed in the last 30 days",
        (
            State.DECLINED,
            State.EXPIRED,
            State.CANCELLED_BY_PERSON,
            State.CANCELLED_BY_STAFF,
            State.ATTENDED,
            State.NO_SHOW,
        ),
    ),
}


@dataclass(frozen=True)
class Queue:
    """Which requests: the filters of the page, and the libraries the account may see (None: all)."""

    mine: Collection[str] | None
    now: datetime
    place: str = ""
    service: str = ""
    show: str = "waiting"

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Booking.state.in_(SHOWN[self.show][1])]
        if self.show == "closed":
            found.append(Booking.changed_at >= self.now - CLOSED_FOR)
        if self.mine is not None:
            found.append(Occurrence.place_id.in_(self.mine))
        if self.place:
            found.append(Occurrence.place_id == self.place)
        if self.service:
            found.append(Occurrence.service == self.service)
        return found


@dataclass(frozen=True)
class Page:
    """One page of the queue. `taken`: places held, by occurrence id."""

    rows: Sequence[Booking]
    taken: Mapping[int, int]
    total: int
    oldest: datetime | None
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def queue(session: Session, which: Queue, number: int) -> Page:
    """Oldest first; of what is closed, newest first. `number` counts from 1 and is brought into range."""
    total, oldest = length(session, which)
    number = min(max(1, number), max(1, -(-total // PAGE)))
    order = (Booking.changed_at.desc(), Booking.id.desc()) if which.show == "closed" else _oldest_first()
    rows = session.scalars(
        _with_person().where(*which.conditions()).order_by(*order).limit(PAGE).offset((number - 1) * PAGE)
    ).all()
    return Page(rows, taken(session, {row.occurrence_id for row in rows}), total, oldest, number)


def length(session: Session, which: Queue, occurrence_id: int | None = None) -> tuple[int, datetime | None]:
    """How many there are (of one session, if given), and when the oldest was asked for."""
    counted = select(func.count(), func.min(Booking.created_at)).select_from(Booking).join(Booking.occurrence)
    if occurrence_id is not None:
        counted = counted.where(Booking.occurrence_id == occurrence_id)
    total, oldest = session.execute(counted.where(*which.conditions())).one()
    return total, oldest


def following(session: Session, which: Queue, booking: Booking) -> int | None:
    """The id of the request after this one, then the oldest of all: so nobody is skipped for ever."""
    query = select(Booking.id).join(Booking.occurrence).where(*which.conditions(), Booking.id != booking.id)
    after = or_(
        Booking.created_at > booking.created_at,
        and_(Booking.created_at == booking.created_at, Booking.id > booking.id),
    )
    ordered = query.order_by(*_oldest_first()).limit(1)
    return session.scalar(ordered.where(after)) or session.scalar(ordered)


def _oldest_first() -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    return Booking.created_at.asc(), Booking.id.asc()


def _with_person() -> Select[Booking]:
    return (
        select(Booking)
        .join(Booking.occurrence)
        .options(contains_eager(Booking.occurrence), joinedload(Booking.contact))
    )


def taken(session: Session, occurrences: Iterable[int]) -> dict[int, int]:
    """Places taken (asked for, approved or offered; afterwards: came or did not come) by occurrence id; one without
    any is missing."""
    ids = list(occurrences)
    if not ids:
        return {}
    rows = session.execute(
        select(Booking.occurrence_id, func.count())
        .where(
            Booking.occurrence_id.in_(ids), Booking.state.in_((*HOLDS_SEAT, State.ATTENDED, State.NO_SHOW))
        )
        .group_by(Booking.occurrence_id)
    )
    return {row[0]: row[1] for row in rows}


def booking(session: Session, booking_id: int) -> Booking | None:
    return session.scalars(_with_person().where(Booking.id == booking_id)).one_or_none()


def messages(session: Session, contact_id: int | None, limit: int = 10) -> list[InboxRow]:
    """The person's last messages in words, oldest first; not the numbers they chose, nor what has been removed."""
    if contact_id is None:
        return []
    query = select(InboxRow).where(InboxRow.contact_id == contact_id, InboxRow.text != "")
    rows = session.scalars(query.order_by(InboxRow.id.desc()).limit(limit * 4))
    return [row for row in rows if any(c.isalpha() for c in row.text)][:limit][::-1]


def earlier(
    session: Session, of: Booking, mine: Collection[str] | None, limit: int = 10
) -> Sequence[Booking]:
    """Other bookings of the same person in the libraries the account may see, newest first."""
    if of.contact_id is None:
        return []
    query = _with_person().where(Booking.contact_id == of.contact_id, Booking.id != of.id)
    if mine is not None:
        query = query.where(Occurrence.place_id.in_(mine))
    return session.scalars(query.order_by(Occurrence.start.desc()).limit(limit)).all()


def history(session: Session, subject: str, subject_id: int) -> Sequence[Audit]:
    """What was done with it, oldest first."""
    query = select(Audit).where(Audit.subject == subject, Audit.subject_id == str(subject_id))
    return session.scalars(query.order_by(Audit.id)).all()


def occurrences(
    session: Session,
    mine: Collection[str] | None,
    since: datetime,
    until: datetime,
    *,
    place: str = "",
    service: str = "",
) -> Sequence[Occurrence]:
    """Sessions that start in that time, soonest first, cancelled ones too."""
    query = select(Occurrence).where(Occurrence.start >= since, Occurrence.start < until)
    if mine is not None:
        query = query.where(Occurrence.place_id.in_(mine))
    if place:
        query = query.where(Occurrence.place_id == place)
    if service:
        query = query.where(Occurrence.service == service)
    return session.scalars(query.order_by(Occurrence.start, Occurrence.service, Occurrence.id)).all()


def booked(session: Session, occurrence_id: int) -> list[Booking]:
    """Everyone of a session with their contact: who comes, who asked, who was offered it, who waits."""
    order = (State.APPROVED, State.ATTENDED, State.NO_SHOW, State.REQUESTED, State.OFFERED, State.WAITLISTED)
    query = select(Booking).options(joinedload(Booking.contact))
    query = query.where(Booking.occurrence_id == occurrence_id, Booking.state.in_(order))
    rows = session.scalars(query.order_by(Booking.created_at, Booking.id))
    return sorted(rows, key=lambda row: order.index(State(row.state)))


def done_tasks(session: Session, mine: Collection[str] | None, since: datetime) -> Sequence[Task]:
    """Tasks done since then, the last first."""
    query = select(Task).where(Task.state == "done", Task.done_at >= since)
    if mine is not None:
        query = query.where(or_(Task.place_id.is_(None), Task.place_id.in_(mine)))
    return session.scalars(query.order_by(Task.done_at.desc()).limit(50)).all()


def account_names(session: Session, usernames: Iterable[str]) -> dict[str, str]:
    """The names of members of staff by username."""
    found = session.execute(
        select(Account.username, Account.name).where(Account.username.in_(list(usernames)))
    )
    return {row[0]: row[1] for row in found}
