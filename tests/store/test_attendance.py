"""Who came is marked once, undone for a week, and nobody's press is lost or doubled."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select

from store import attendance, bookings, database, occurrences, sessions
from store.errors import AlreadyHandled, Closed, Full, NotAllowed
from store.models import Audit, Booking, Occurrence, WalkIn
from store.transitions import State
from tests.store.helpers import DAY, HOUR, at_once, outbox_rows, people, weekly


@pytest.fixture
def thursday(engine: Engine, now: datetime) -> int:
    return weekly(engine, now, capacity=2, lead_hours=0)[0]


@pytest.fixture
def start(engine: Engine, thursday: int) -> datetime:
    with database.transaction(engine) as session:
        return session.get_one(Occurrence, thursday).start


def booked(engine: Engine, person: int, occurrence: int, now: datetime, *, approved: bool = True) -> Booking:
    with database.transaction(engine) as session:
        booking = bookings.request(session, person, occurrence, "Amal", now)
        if approved:
            bookings.decide(session, booking.id, "approve", version=booking.version, actor="amira", now=now)
        return booking


def mark(engine: Engine, seen: Booking, what: str, now: datetime, actor: str = "amira") -> Booking:
    with database.transaction(engine) as session:
        return attendance.mark(session, seen.id, what, version=seen.version, actor=actor, now=now)


def undo(engine: Engine, seen: Booking, now: datetime, actor: str = "amira") -> Booking:
    with database.transaction(engine) as session:
        return attendance.unmark(session, seen.id, version=seen.version, actor=actor, now=now)


def walk(  # noqa: PLR0917 - in the order of a sentence
    engine: Engine, occurrence: int, change: int, tap: str, now: datetime, actor: str = "amira"
) -> int:
    with database.transaction(engine) as session:
        return attendance.walked_in(session, occurrence, change, tap=tap, actor=actor, now=now)


def test_a_mark_is_kept_with_its_audit_row_and_tells_nobody(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    one, two = (booked(engine, person, thursday, now) for person in people(engine, 2, now))
    before = len(outbox_rows(engine))
    assert mark(engine, one, "attended", start).state == State.ATTENDED
    assert mark(engine, two, "no_show", start).state == State.NO_SHOW
    assert len(outbox_rows(engine)) == before
    with database.transaction(engine) as session:
        actions = session.scalars(select(Audit.action).order_by(Audit.id.desc()).limit(2)).all()
    assert set(actions) == {"booking.attended", "booking.no_show"}


def test_a_second_press_of_the_same_hand_is_harmless_and_anothers_is_told_who(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    seen = booked(engine, people(engine, 1, now)[0], thursday, now)
    marked = mark(engine, seen, "attended", start)
    assert mark(engine, seen, "attended", start).version == marked.version
    with pytest.raises(AlreadyHandled, match="attended by amira"):
        mark(engine, seen, "attended", start, actor="ben")
    with pytest.raises(AlreadyHandled, match="attended by amira"):
        mark(engine, seen, "no_show", start)


def test_undone_the_person_is_expected_again_with_a_seat(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    one, two = (booked(engine, person, thursday, now) for person in people(engine, 2, now))
    marked = mark(engine, one, "no_show", start)
    back = undo(engine, marked, start + 6 * DAY, actor="ben")
    assert (back.state, back.seat, back.changed_by) == (State.APPROVED, 1, "ben")
    assert undo(engine, marked, start + 6 * DAY, actor="ben").version == back.version
    with pytest.raises(AlreadyHandled):
        undo(engine, marked, start)
    late = mark(engine, two, "attended", start)
    with pytest.raises(Closed):
        undo(engine, late, start + 7 * DAY)


def test_undone_in_a_session_that_became_smaller_the_person_still_has_a_seat(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    seen = [booked(engine, person, thursday, now) for person in people(engine, 2, now)]
    marked = [mark(engine, each, "attended", start) for each in seen]
    with database.transaction(engine) as session:
        occurrences.set_capacity(session, thursday, 1, actor="amira", now=start)
    assert [undo(engine, each, start).seat for each in marked] == [1, 2]


def test_nobody_is_unmarked_who_was_never_marked(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    asked = booked(engine, people(engine, 1, now)[0], thursday, now, approved=False)
    with pytest.raises(NotAllowed):
        undo(engine, asked, start)


def test_who_came_early_keeps_the_place_from_others(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    one, two, three = people(engine, 3, now)
    early = booked(engine, one, thursday, now)
    booked(engine, two, thursday, now)
    with pytest.raises(Closed):
        mark(engine, early, "attended", start - HOUR - HOUR / 60)
    mark(engine, early, "attended", start - HOUR)
    with pytest.raises(Full), database.transaction(engine) as session:
        bookings.request(session, three, thursday, "Cawo", start - HOUR / 2)
    with database.transaction(engine) as session:
        (listed,) = [
            each
            for each in sessions.open_occurrences(session, "work_coach", None, start - HOUR / 2)
            if each.occurrence.id == thursday
        ]
        assert listed.free == 0


def test_a_request_that_nobody_decided_may_come_in(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    asked = booked(engine, people(engine, 1, now)[0], thursday, now, approved=False)
    assert mark(engine, asked, "attended", start + HOUR).state == State.ATTENDED


def test_every_press_counts_once_whoever_presses_at_the_same_time(
    engine: Engine, thursday: int, start: datetime
) -> None:
    taps = [("a", "amira"), ("b", "ben"), ("a", "amira"), ("b", "ben")]
    at_once([lambda tap=tap, who=who: walk(engine, thursday, 1, tap, start, who) for tap, who in taps])  # type: ignore[misc]
    assert walk(engine, thursday, -1, "c", start) == 1
    assert walk(engine, thursday, -1, "c", start) == 1
    assert walk(engine, thursday, -1, "d", start) == 0
    assert walk(engine, thursday, -1, "e", start) == 0  # never below none
    with database.transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(WalkIn)) == 4
        assert attendance.walk_ins(session, [thursday]) == {}


def test_walk_ins_are_counted_from_an_hour_before_until_a_week_after(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    for at in (now, start + 7 * DAY):
        with pytest.raises(Closed):
            walk(engine, thursday, 1, f"{at}"[:32], at)
    assert walk(engine, thursday, 1, "early", start - HOUR) == 1
    with database.transaction(engine) as session:
        occurrences.cancel(session, thursday, actor="amira", now=now, reason="room")
    with pytest.raises(Closed):
        walk(engine, thursday, 1, "off", start)


def test_a_session_is_unfinished_until_everyone_expected_is_marked(
    engine: Engine, thursday: int, start: datetime, now: datetime
) -> None:
    seen = booked(engine, people(engine, 1, now)[0], thursday, now)

    def unfinished(places: list[str] | None, at: datetime) -> list[int]:
        with database.transaction(engine) as session:
            return [each.id for each in attendance.unfinished(session, places, at - 7 * DAY, at)]

    assert unfinished(None, start) == []  # it runs
    assert unfinished(None, start + HOUR) == unfinished(["fosse"], start + DAY) == [thursday]
    assert unfinished(["belgrave"], start + HOUR) == unfinished(None, start + 8 * DAY) == []
    mark(engine, seen, "no_show", start + HOUR)
    assert unfinished(None, start + HOUR) == []
