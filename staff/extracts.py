"""What can be exported: each list with its columns, its right and its rows, read a batch at a time."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, or_, select
from sqlalchemy.orm import Session

from staff import english
from staff.desk import Names
from staff.spreadsheets import FEW, HIDDEN, Cell, figure, figures
from staff.tasks import title
from store import london
from store.database import reading
from store.models import Audit, Booking, Contact, Occurrence, Task, WalkIn
from store.transitions import PERSON, SYSTEM, State

BATCH = 1_000  # rows in memory, whatever the range
DECIDED = ("booking.approved", "booking.declined", "booking.offered")
MARKED = (State.ATTENDED, State.NO_SHOW, State.APPROVED)  # came, did not come, nobody said
GROUP_SESSION = "Group session"  # a name beside a sensitive service would say too much


@dataclass(frozen=True)
class Wanted:
    """Which rows: the days (London, both included), the libraries of the account (None: all), and one of them.

    `staff`: the usernames that an administrator of some libraries looks after.
    """

    first: date
    last: date
    mine: Collection[str] | None
    place: str
    now: datetime
    staff: Collection[str] = ()

    @property
    def since(self) -> datetime:
        return london.to_utc(self.first, time())

    @property
    def until(self) -> datetime:
        return london.to_utc(self.last + timedelta(days=1), time())

    def of_place(self, column: ColumnElement[Any] | Any) -> list[ColumnElement[bool]]:
        """Conditions on a column with a library's id."""
        if self.place:
            return [column == self.place]
        return [] if self.mine is None else [or_(column.is_(None), column.in_(self.mine))]


type Query = Select[*tuple[Any, ...]]
type Batches = Iterator[list[Sequence[Cell]]]


@dataclass(frozen=True)
class Extract:
    """A list. `may`: a word of ROLES; `count`: how many rows are read; `one_place`: a library must be chosen."""

    words: str
    says: str
    may: str
    columns: Sequence[str]
    count: Callable[[Session, Wanted], int]
    rows: Callable[[Engine, Names, Wanted], Batches]
    one_place: bool = False


def _bookings(query: Query, wanted: Wanted) -> Query:
    query = query.select_from(Booking).join(Occurrence, Booking.occurrence_id == Occurrence.id)
    query = query.outerjoin(Contact, Booking.contact_id == Contact.id)
    return query.where(
        Occurrence.start >= wanted.since,
        Occurrence.start < wanted.until,
        *wanted.of_place(Occurrence.place_id),
    )


def _sessions(query: Query, wanted: Wanted) -> Query:
    """Those that took place."""
    return query.select_from(Occurrence).where(
        Occurrence.start >= wanted.since,
        Occurrence.start < min(wanted.until, wanted.now),
        Occurrence.state == "open",
        *wanted.of_place(Occurrence.place_id),
    )


def _tasks(query: Query, wanted: Wanted) -> Query:
    return query.select_from(Task).where(
        Task.created_at >= wanted.since, Task.created_at < wanted.until, *wanted.of_place(Task.place_id)
    )


def _audit(query: Query, wanted: Wanted) -> Query:
    """As on the page Audit: an administrator of some libraries gets what the staff of these did."""
    query = query.select_from(Audit).where(Audit.at >= wanted.since, Audit.at < wanted.until)
    return query if wanted.mine is None else query.where(Audit.actor.in_(wanted.staff))


def _counting(narrowed: Callable[[Query, Wanted], Query]) -> Callable[[Session, Wanted], int]:
    return lambda session, wanted: session.scalar(narrowed(select(func.count()), wanted)) or 0


def _batches(
    engine: Engine, query: Query, key: Any, read: Callable[[Session, list[Any]], list[Sequence[Cell]]]
) -> Batches:
    """Batch by batch, each in a short reading transaction of its own: a slow download holds nothing up."""
    last = 0
    while True:
        with reading(engine) as session:
            rows = list(session.execute(query.where(key > last).order_by(key).limit(BATCH)))
            made = read(session, rows)
        if not rows:
            return
        yield made
        last = rows[-1][0]


def _booking_rows(engine: Engine, names: Names, wanted: Wanted, *, named: bool = False) -> Batches:
    query = _bookings(
        select(
            Booking.id, Booking.reference, Occurrence.service, Occurrence.place_id, Occurrence.start,
            Booking.state, Contact.language, Contact.channel, Booking.created_at, Booking.name,
        ),
        wanted,
    )  # fmt: skip

    def read(session: Session, rows: list[Any]) -> list[Sequence[Cell]]:
        decided = _decided(session, [row.id for row in rows])
        return [
            [
                row.reference, _service(names, row.service, hidden=named), names.place(row.place_id),
                english.local(row.start).date(), english.clock(row.start), _state(row.state),
                english.language(row.language) if row.language else "", english.channel(row.channel or ""),
                row.created_at, decided.get(str(row.id)), *([row.name] if named else []),
            ]
            for row in rows
        ]  # fmt: skip

    return _batches(engine, query, Booking.id, read)


def _with_names(engine: Engine, names: Names, wanted: Wanted) -> Batches:
    return _booking_rows(engine, names, wanted, named=True)


def _decided(session: Session, ids: list[int]) -> dict[str, datetime]:
    """When staff first decided, by booking id as the audit has it."""
    query = (
        select(Audit.subject_id, func.min(Audit.at))
        .where(Audit.subject == "booking", Audit.subject_id.in_([str(id_) for id_ in ids]))
        .where(Audit.action.in_(DECIDED), Audit.actor.not_in((PERSON, SYSTEM)))
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Audit.subject_id))}


@dataclass(frozen=True)
class Came:
    """One session: its places, its people by MARKED, and who came without a booking."""

    service: str
    place: str
    start: datetime
    capacity: int
    marked: list[int]
    walked_in: int

    @property
    def booked(self) -> int:
        return sum(self.marked)


def _came(session: Session, rows: list[Any]) -> list[Came]:
    ids = [row.id for row in rows]
    counted = select(Booking.occurrence_id, Booking.state, func.count()).where(
        Booking.occurrence_id.in_(ids), Booking.state.in_(MARKED)
    )
    marked = {
        (row[0], row[1]): row[2]
        for row in session.execute(counted.group_by(Booking.occurrence_id, Booking.state))
    }
    summed = select(WalkIn.occurrence_id, func.sum(WalkIn.change)).where(WalkIn.occurrence_id.in_(ids))
    walked_in = {row[0]: row[1] for row in session.execute(summed.group_by(WalkIn.occurrence_id))}
    return [
        Came(
            row.service, row.place_id, row.start, row.capacity,
            [marked.get((row.id, state), 0) for state in MARKED], walked_in.get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip


_SESSION = (Occurrence.id, Occurrence.service, Occurrence.place_id, Occurrence.start, Occurrence.capacity)


def _attendance_rows(engine: Engine, names: Names, wanted: Wanted) -> Batches:
    def read(session: Session, rows: list[Any]) -> list[Sequence[Cell]]:
        return [
            [
                english.local(each.start).date(), english.clock(each.start), names.service(each.service),
                names.place(each.place), each.capacity, *figures(each.booked, each.marked), figure(each.walked_in),
            ]
            for each in _came(session, rows)
        ]  # fmt: skip

    return _batches(engine, _sessions(select(*_SESSION), wanted), Occurrence.id, read)


@dataclass
class Unseen:
    """What the list of sessions does not show of a column: how many figures under 5, and their sum."""

    number: int = 0
    total: int = 0

    @property
    def told(self) -> bool:
        """Whether the month's figure, less what is shown, would tell one of them: each is 0 to 4."""
        return 0 < self.total < FEW or self.total == self.number * (FEW - 1) > 0


@dataclass
class Month:
    """Figures of a month, service and library."""

    sessions: int = 0
    capacity: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * (len(MARKED) + 1))  # MARKED, walked in
    unseen: list[Unseen] = field(default_factory=lambda: [Unseen() for _ in range(len(MARKED) + 1)])

    def add(self, each: Came) -> None:
        self.sessions += 1
        self.capacity += each.capacity
        for at, number in enumerate([*each.marked, each.walked_in]):
            self.sums[at] += number
            if number < FEW:
                self.unseen[at].number += 1
                self.unseen[at].total += number

    def shown(self) -> list[int | str]:
        """What tells nothing that the list of sessions beside it hides."""
        *marked, walked_in = self.sums
        told = {at for at, unseen in enumerate(self.unseen) if unseen.told}
        people = figures(sum(marked), marked, secret=told)
        return [*people, HIDDEN if len(MARKED) in told and walked_in >= FEW else figure(walked_in)]


def _month_rows(engine: Engine, names: Names, wanted: Wanted) -> Batches:
    months: dict[tuple[str, str, str], Month] = defaultdict(Month)

    def read(session: Session, rows: list[Any]) -> list[Sequence[Cell]]:
        for each in _came(session, rows):
            key = (f"{english.local(each.start):%Y-%m}", names.service(each.service), names.place(each.place))
            months[key].add(each)
        return []

    yield from _batches(engine, _sessions(select(*_SESSION), wanted), Occurrence.id, read)
    yield [[*key, each.sessions, each.capacity, *each.shown()] for key, each in sorted(months.items())]


def _task_rows(engine: Engine, names: Names, wanted: Wanted) -> Batches:
    def read(_session: Session, rows: list[Any]) -> list[Sequence[Cell]]:
        return [
            [
                title(names, task), names.place(task.place_id) if task.place_id else "", task.state, task.times,
                task.created_at, task.last_at, task.done_at, task.done_by,
            ]
            for _, task in rows
        ]  # fmt: skip

    return _batches(engine, _tasks(select(Task.id, Task), wanted), Task.id, read)


def _audit_rows(engine: Engine, _names: Names, wanted: Wanted) -> Batches:
    def read(_session: Session, rows: list[Any]) -> list[Sequence[Cell]]:
        return [
            [
                row.at,
                row.actor,
                row.action,
                row.subject,
                row.subject_id,
                json.dumps(row.detail, sort_keys=True),
            ]
            for row in rows
        ]

    columns = (Audit.id, Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.subject_id, Audit.detail)
    return _batches(engine, _audit(select(*columns), wanted), Audit.id, read)


def _service(names: Names, id_: str, *, hidden: bool) -> str:
    return GROUP_SESSION if hidden and id_ in names.sensitive else names.service(id_)


def _state(state: str) -> str:
    return english.STATES.get(state, (english.unslug(state), ""))[0]


_BOOKING = (
    "Reference",
    "Service",
    "Library",
    "Day",
    "Time",
    "State",
    "Language",
    "Channel",
    "Asked",
    "Decided",
)
_PEOPLE = ("Places", "Booked", "Came", "Did not come", "Not marked", "Without a booking")
EXTRACTS: dict[str, Extract] = {
    "bookings": Extract(
        "Bookings", "One row for each booking, without names. The days are those of the sessions.", "insight",
        _BOOKING, _counting(_bookings), _booking_rows,
    ),
    "bookings-with-names": Extract(
        "Bookings of one library, with first names", "Only for work in that library. Delete the file afterwards.",
        "decide", (*_BOOKING, "First name"), _counting(_bookings), _with_names, one_place=True,
    ),
    "attendance": Extract(
        "Who came: each session", "How many came, with and without a booking.", "insight",
        ("Day", "Time", "Service", "Library", *_PEOPLE), _counting(_sessions), _attendance_rows,
    ),
    "attendance-by-month": Extract(
        "Who came: each month", "The same for each month, service and library.", "insight",
        ("Month", "Service", "Library", "Sessions", *_PEOPLE), _counting(_sessions), _month_rows,
    ),
    "tasks": Extract(
        "Tasks", "What it was, when it came and when it was done. No words of people.", "insight",
        ("Task", "Library", "State", "Times", "Since", "Last", "Done", "Done by"), _counting(_tasks), _task_rows,
    ),
    "audit": Extract(
        "Who did what", "The record of changes.", "audit",
        ("When", "Who", "What", "Of what", "Number", "Details"), _counting(_audit), _audit_rows,
    ),
}  # fmt: skip
