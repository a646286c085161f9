"""Many at once, on both databases: no person, no place and no decision is ever doubled."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, func, select

from store import bookings, contacts, database
from store.errors import AlreadyHandled, Full
from store.models import Booking, Contact
from store.transitions import HOLDS_SEAT, State
from tests.store.helpers import DAY, at_once, keys, outbox_rows, people, weekly


def kinds(results: Sequence[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def in_state(engine: Engine, *states: State) -> int | None:
    with database.transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(Booking).where(Booking.state.in_(states)))


def test_forty_requests_for_three_places_give_three_and_thirty_seven_wait(
    engine: Engine, now: datetime
) -> None:
    thursday = weekly(engine, now, capacity=3)[0]

    def ask(person: int) -> str:
        with database.transaction(engine) as session:
            try:
                return bookings.request(session, person, thursday, "Amal", now).state
            except Full:
                return bookings.waitlist(session, person, thursday, "Amal", now).state

    results = at_once([lambda p=person: ask(p) for person in people(engine, 40, now)])  # type: ignore[misc]
    assert Counter(map(str, results)) == {"requested": 3, "waitlisted": 37}
    with database.transaction(engine) as session:
        held = select(Booking.seat).where(Booking.state.in_(HOLDS_SEAT)).order_by(Booking.seat)
        assert session.scalars(held).all() == [1, 2, 3]


def test_twenty_taps_of_one_person_give_one_booking(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now, capacity=3)[0]
    person = people(engine, 1, now)[0]

    def tap() -> str:
        with database.transaction(engine) as session:
            return bookings.request(session, person, thursday, "Amal", now).reference

    assert len(set(map(str, at_once([tap] * 20)))) == 1
    assert in_state(engine, State.REQUESTED) == 1


def test_two_staff_decide_at_once_one_wins_and_the_person_hears_once(engine: Engine, now: datetime) -> None:
    occurrences = weekly(engine, now, capacity=1)
    person = people(engine, 1, now)[0]
    for occurrence in occurrences[:5]:
        with database.transaction(engine) as session:
            seen = bookings.request(session, person, occurrence, "Amal", now)

        def decide(actor: str, action: str, seen: Booking = seen) -> str:
            with database.transaction(engine) as session:
                bookings.decide(
                    session, seen.id, action, version=seen.version, actor=actor, now=now, reason="room"
                )
            return actor

        results = at_once([lambda: decide("amira", "approve"), lambda: decide("ben", "decline")])
        assert kinds(results) == {"str": 1, "AlreadyHandled": 1}
        winner = next(r for r in results if isinstance(r, str))
        loser = next(r for r in results if isinstance(r, AlreadyHandled))
        assert loser.by == winner
    assert len(outbox_rows(engine)) == 5


def test_cancelling_and_approving_at_once_leaves_one_truth(engine: Engine, now: datetime) -> None:
    occurrences = weekly(engine, now, capacity=1)
    person = people(engine, 1, now)[0]
    for occurrence in occurrences[:5]:
        with database.transaction(engine) as session:
            seen = bookings.request(session, person, occurrence, "Amal", now)

        def approve(seen: Booking = seen) -> None:
            with database.transaction(engine) as session:
                bookings.decide(session, seen.id, "approve", version=seen.version, actor="amira", now=now)

        def cancel(seen: Booking = seen) -> None:
            with database.transaction(engine) as session:
                bookings.cancel_by_person(session, person, seen.id, now)

        assert kinds(at_once([approve, cancel])) in ({"NoneType": 2}, {"NoneType": 1, "AlreadyHandled": 1})
    assert in_state(engine, State.CANCELLED_BY_PERSON) == 5  # the person's word stands, before or after


def test_two_people_who_swap_sessions_at_once_never_block_each_other(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now, capacity=2)[:2]
    one, two = people(engine, 2, now)
    with database.transaction(engine) as session:
        a = bookings.request(session, one, first, "Amal", now).id
        b = bookings.request(session, two, second, "Binta", now).id

    def move(person: int, booking: int, to: int) -> int:
        with database.transaction(engine) as session:
            return bookings.change(session, person, booking, to, now).occurrence_id

    assert at_once([lambda: move(one, a, second), lambda: move(two, b, first)]) == [second, first]


def test_a_freed_place_is_offered_once_whoever_frees_and_sweeps_at_once(
    engine: Engine, now: datetime
) -> None:
    thursday = weekly(engine, now, capacity=1)[0]
    holder, *waiting = people(engine, 5, now)
    with database.transaction(engine) as session:
        held = bookings.request(session, holder, thursday, "Amal", now).id
        for person in waiting:
            bookings.waitlist(session, person, thursday, "Amal", now)

    def cancel() -> None:
        with database.transaction(engine) as session:
            bookings.cancel_by_person(session, holder, held, now)

    def sweep() -> None:
        with database.transaction(engine) as session:
            bookings.expire_offers(session, now + DAY)

    assert at_once([cancel, sweep, cancel, sweep]) == [None] * 4
    assert in_state(engine, *HOLDS_SEAT) == 1
    offers = [row for row in outbox_rows(engine) if keys([row]) == ["offer"]]
    assert len(offers) == len({row.contact_id for row in offers})


def test_a_turn_and_a_decision_about_the_same_person_do_not_deadlock(engine: Engine, now: datetime) -> None:
    occurrences = weekly(engine, now, capacity=2)
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        seen = bookings.request(session, person, occurrences[0], "Amal", now)

    def turn() -> None:
        with database.transaction(engine) as session:
            contacts.lock(session, person)
            bookings.cancel_by_person(session, person, seen.id, now)

    def approve() -> None:
        with database.transaction(engine) as session:
            bookings.decide(session, seen.id, "approve", version=seen.version, actor="amira", now=now)

    def erase() -> None:
        with database.transaction(engine) as session:
            contact = contacts.lock(session, person)
            assert isinstance(contact, Contact)
            contacts.erase(session, contact, now)

    results = at_once([turn, approve, erase, turn])
    assert set(kinds(results)) <= {"NoneType", "AlreadyHandled", "NotAllowed"}
    assert outbox_rows(engine) == [] or in_state(engine, State.APPROVED) == 0
