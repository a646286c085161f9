"""Asking for a place, waiting, deciding: nobody is doubled, dropped or left untold (bad inputs 26, 32-36)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from store import bookings, database, occurrences, sessions
from store.errors import AlreadyHandled, Closed, Full, NotAllowed
from store.models import Audit, Booking, Occurrence, OutboxRow
from store.transitions import State
from tests.store.helpers import DAY, HOUR, keys, outbox_rows, people, weekly


def ask(engine: Engine, person: int, occurrence: int, now: datetime) -> Booking:
    with database.transaction(engine) as session:
        return bookings.request(session, person, occurrence, "Amal", now)


def wait(engine: Engine, person: int, occurrence: int, now: datetime) -> Booking:
    with database.transaction(engine) as session:
        return bookings.waitlist(session, person, occurrence, "Amal", now)


def decide(
    engine: Engine,
    booking: Booking,
    action: str,
    now: datetime,
    *,
    reason: str | None = None,
    note: str | None = None,
    to: int | None = None,
) -> Booking:
    with database.transaction(engine) as session:
        return bookings.decide(
            session,
            booking.id,
            action,
            version=booking.version,
            actor="amira",
            now=now,
            reason=reason,
            note=note,
            occurrence_id=to,
        )


def cancel(engine: Engine, person: int, booking: Booking, now: datetime) -> Booking:
    with database.transaction(engine) as session:
        return bookings.cancel_by_person(session, person, booking.id, now)


def answer(engine: Engine, person: int, booking: Booking, accept: bool, now: datetime) -> Booking:
    with database.transaction(engine) as session:
        return bookings.answer_offer(session, person, booking.id, accept, now)


def look(engine: Engine, booking: Booking) -> Booking:
    with database.transaction(engine) as session:
        return session.get_one(Booking, booking.id)


def free(engine: Engine, now: datetime) -> list[int]:
    with database.transaction(engine) as session:
        return [s.free for s in sessions.open_occurrences(session, "work_coach", None, now)]


@pytest.fixture
def thursday(engine: Engine, now: datetime) -> int:
    """A session with one place, in three days."""
    return weekly(engine, now, capacity=1)[0]


# Asking


def test_a_request_holds_its_place_and_has_a_reference(engine: Engine, now: datetime) -> None:
    occurrences = weekly(engine, now, capacity=3)
    booking = ask(engine, people(engine, 1, now)[0], occurrences[0], now)
    assert (booking.state, booking.reference[:3]) == (State.REQUESTED, "LB-")
    assert free(engine, now)[:2] == [2, 3]


def test_a_double_tap_is_one_booking_with_the_same_reference(
    engine: Engine, thursday: int, now: datetime
) -> None:
    person = people(engine, 1, now)[0]
    assert ask(engine, person, thursday, now).reference == ask(engine, person, thursday, now).reference


def test_two_people_and_the_last_place_one_holds_it_one_waits(
    engine: Engine, thursday: int, now: datetime
) -> None:
    first, second = people(engine, 2, now)
    ask(engine, first, thursday, now)
    with pytest.raises(Full):
        ask(engine, second, thursday, now)
    assert wait(engine, second, thursday, now).state == State.WAITLISTED
    assert wait(engine, second, thursday, now).id == ask(engine, second, thursday, now).id


def test_waiting_for_a_place_that_has_become_free_asks_for_it(
    engine: Engine, thursday: int, now: datetime
) -> None:
    assert wait(engine, people(engine, 1, now)[0], thursday, now).state == State.REQUESTED


def test_the_past_and_the_lead_time_cannot_be_booked(engine: Engine, thursday: int, now: datetime) -> None:
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        closes = session.get_one(Occurrence, thursday).closes_at
    for late in (closes, closes + DAY, closes + 30 * DAY):
        with pytest.raises(Closed):
            ask(engine, person, thursday, late)
    ask(engine, person, thursday, closes - timedelta(seconds=1))


def test_a_session_that_is_not_there_is_closed(engine: Engine, now: datetime) -> None:
    with pytest.raises(Closed):
        ask(engine, people(engine, 1, now)[0], 4711, now)


# Deciding


def test_approving_tells_the_person_with_everything_the_text_needs(
    engine: Engine, thursday: int, now: datetime
) -> None:
    person = people(engine, 1, now)[0]
    booking = decide(engine, ask(engine, person, thursday, now), "approve", now)
    row = outbox_rows(engine, person)[0]
    assert (booking.state, row.kind, row.not_before) == (State.APPROVED, "notice", None)
    assert row.payload == {
        "messages": [
            {
                "key": "booking.approved",
                "values": {
                    "name": {"$text": "Amal"},
                    "service": {"$name": ["service", "work_coach"]},
                    "place": {"$name": ["place", "fosse"]},
                    "when": {"$when": "2026-11-26T14:00:00+00:00"},
                    "reference": booking.reference,
                },
            }
        ]
    }


def test_declining_needs_a_reason_and_staffs_own_words_go_out_as_written(
    engine: Engine, now: datetime
) -> None:
    thursday = weekly(engine, now, capacity=2)[0]
    one, two = (ask(engine, person, thursday, now) for person in people(engine, 2, now))
    for wrong in (None, "because", "other"):
        with pytest.raises(ValueError, match="needs one of"):
            decide(engine, one, "decline", now, reason=wrong)
    decide(engine, one, "decline", now, reason="room")
    decide(engine, two, "decline", now, reason="other", note="Come on {Friday}")
    values = [row.payload["messages"][0]["values"]["reason"] for row in outbox_rows(engine)]
    assert values == [{"$say": "reason.room"}, {"$text": "Come on {Friday}"}]


def test_a_decision_on_what_changed_meanwhile_is_refused_and_explained(
    engine: Engine, thursday: int, now: datetime
) -> None:
    person = people(engine, 1, now)[0]
    seen = ask(engine, person, thursday, now)
    cancel(engine, person, seen, now + HOUR)
    with pytest.raises(AlreadyHandled) as error:
        decide(engine, seen, "approve", now + 2 * HOUR)
    assert (error.value.by, error.value.at, error.value.state) == (
        "person",
        now + HOUR,
        State.CANCELLED_BY_PERSON,
    )
    assert outbox_rows(engine) == []


def test_the_same_decision_from_an_old_page_is_already_handled(
    engine: Engine, thursday: int, now: datetime
) -> None:
    seen = ask(engine, people(engine, 1, now)[0], thursday, now)
    decide(engine, seen, "approve", now)
    with pytest.raises(AlreadyHandled, match="by amira"):
        decide(engine, seen, "approve", now)
    assert keys(outbox_rows(engine)) == ["booking.approved"]


def test_every_change_has_its_audit_row_without_names(engine: Engine, thursday: int, now: datetime) -> None:
    person = people(engine, 1, now)[0]
    cancel(engine, person, decide(engine, ask(engine, person, thursday, now), "approve", now), now)
    with database.transaction(engine) as session:
        rows = session.scalars(select(Audit).filter_by(subject="booking").order_by(Audit.id)).all()
    assert [(row.actor, row.action) for row in rows] == [
        ("person", "booking.requested"),
        ("amira", "booking.approved"),
        ("person", "booking.cancelled_by_person"),
    ]
    assert "Amal" not in str([row.detail for row in rows])


def test_who_came_is_noted_after_the_session_has_started(
    engine: Engine, thursday: int, now: datetime
) -> None:
    booking = decide(engine, ask(engine, people(engine, 1, now)[0], thursday, now), "approve", now)
    with pytest.raises(Closed):
        decide(engine, booking, "attended", now)
    assert decide(engine, look(engine, booking), "attended", now + 4 * DAY).state == State.ATTENDED


def test_requests_wait_for_staff_by_session_and_library(engine: Engine, now: datetime) -> None:
    fosse = weekly(engine, now)
    belgrave = weekly(engine, now, place="belgrave", weekday=1)
    person = people(engine, 1, now)[0]
    asked = [ask(engine, person, occurrence, now).id for occurrence in (fosse[1], belgrave[0], fosse[0])]
    with database.transaction(engine) as session:
        assert [b.id for b in bookings.to_decide(session)] == [asked[1], asked[2], asked[0]]
        assert [b.id for b in bookings.to_decide(session, places=["belgrave"])] == [asked[1]]


# Offers of another time


def test_another_time_moves_the_seat_there_and_opens_a_conversation(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now, capacity=1)[:2]
    person = people(engine, 1, now)[0]
    offered = decide(engine, ask(engine, person, first, now), "offer", now, to=second)
    assert (offered.state, offered.occurrence_id, offered.asked_id) == (State.OFFERED, second, first)
    assert offered.offer_expires_at == now + DAY
    assert outbox_rows(engine)[0].payload == {"flow": "offer", "answers": {"booking": offered.id}}
    assert free(engine, now)[:2] == [1, 0]
    accepted = answer(engine, person, offered, True, now + HOUR)
    assert accepted.state == answer(engine, person, offered, True, now + HOUR).state == State.APPROVED
    assert len(outbox_rows(engine)) == 1  # they know: they said it


def test_an_offer_of_a_full_session_is_refused_and_changes_nothing(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now, capacity=1)[:2]
    one, two = people(engine, 2, now)
    ask(engine, two, second, now)
    booking = ask(engine, one, first, now)
    with pytest.raises(Full):
        decide(engine, booking, "offer", now, to=second)
    assert look(engine, booking).state == State.REQUESTED


def test_a_refused_or_forgotten_offer_gives_the_place_back(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now, capacity=1)[:2]
    one, two = people(engine, 2, now)
    refused = decide(engine, ask(engine, one, first, now), "offer", now, to=second)
    answer(engine, one, refused, False, now)
    forgotten = decide(engine, ask(engine, two, first, now), "offer", now, to=second)
    with database.transaction(engine) as session:
        assert bookings.expire_offers(session, now + DAY) == 1
        assert bookings.expire_offers(session, now + DAY) == 0
    assert [look(engine, b).state for b in (refused, forgotten)] == [State.DECLINED, State.EXPIRED]
    assert keys(outbox_rows(engine, two)) == ["offer", "booking.offer_expired"]
    with pytest.raises(Closed):
        answer(engine, two, forgotten, True, now + DAY)


def test_an_offer_is_over_when_its_time_is_also_before_anybody_swept(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now, capacity=1)[:2]
    person = people(engine, 1, now)[0]
    offered = decide(engine, ask(engine, person, first, now), "offer", now, to=second)
    with pytest.raises(Closed):
        answer(engine, person, offered, True, now + DAY)


# The waiting list


def test_a_freed_place_is_offered_to_whoever_waited_longest(
    engine: Engine, thursday: int, now: datetime
) -> None:
    one, two, three = people(engine, 3, now)
    held = ask(engine, one, thursday, now)
    second, third = (wait(engine, person, thursday, now) for person in (two, three))
    cancel(engine, one, held, now)
    assert [look(engine, b).state for b in (second, third)] == [State.OFFERED, State.WAITLISTED]
    assert keys(outbox_rows(engine, two)) == ["offer"]
    answer(engine, two, second, False, now)
    assert look(engine, third).state == State.OFFERED
    assert answer(engine, three, third, True, now).state == State.APPROVED


def test_an_offer_nobody_answers_goes_to_the_next_in_line(
    engine: Engine, thursday: int, now: datetime
) -> None:
    one, two, three = people(engine, 3, now)
    held = ask(engine, one, thursday, now)
    second, third = (wait(engine, person, thursday, now) for person in (two, three))
    decide(engine, held, "decline", now, reason="full")
    with database.transaction(engine) as session:
        bookings.expire_offers(session, now + DAY)
    assert [look(engine, b).state for b in (second, third)] == [State.EXPIRED, State.OFFERED]


def test_a_place_freed_at_night_is_offered_in_the_morning(
    engine: Engine, thursday: int, now: datetime
) -> None:
    one, two = people(engine, 2, now)
    held, waiting = ask(engine, one, thursday, now), wait(engine, two, thursday, now)
    night = now.replace(hour=23)
    cancel(engine, one, held, night)
    morning = now.replace(hour=8) + DAY
    assert outbox_rows(engine, two)[0].not_before == morning
    assert look(engine, waiting).offer_expires_at == morning + DAY


def test_a_waiting_list_ends_when_the_session_starts(engine: Engine, thursday: int, now: datetime) -> None:
    one, two = people(engine, 2, now)
    ask(engine, one, thursday, now)
    waiting = wait(engine, two, thursday, now)
    with database.transaction(engine) as session:
        bookings.expire_offers(session, now + 4 * DAY)
    assert look(engine, waiting).state == State.EXPIRED


# Cancelling and changing


def test_cancelling_twice_is_harmless_and_tells_the_person_nothing(
    engine: Engine, thursday: int, now: datetime
) -> None:
    person = people(engine, 1, now)[0]
    booking = ask(engine, person, thursday, now)
    cancel(engine, person, booking, now)
    assert cancel(engine, person, booking, now).state == State.CANCELLED_BY_PERSON
    assert outbox_rows(engine) == []


def test_nobody_touches_another_persons_booking(engine: Engine, thursday: int, now: datetime) -> None:
    mine, theirs = people(engine, 2, now)
    booking = ask(engine, mine, thursday, now)
    with pytest.raises(NotAllowed):
        cancel(engine, theirs, booking, now)
    with pytest.raises(NotAllowed):
        answer(engine, theirs, booking, True, now)
    with pytest.raises(NotAllowed):
        cancel(engine, mine, Booking(id=4711), now)


def test_changing_asks_for_the_new_place_before_it_gives_up_the_old(engine: Engine, now: datetime) -> None:
    first, second, third = weekly(engine, now, capacity=1)[:3]
    one, two = people(engine, 2, now)
    mine = ask(engine, one, first, now)
    ask(engine, two, second, now)
    with pytest.raises(Full), database.transaction(engine) as session:
        bookings.change(session, one, mine.id, second, now)
    assert look(engine, mine).state == State.REQUESTED
    for _ in range(2):  # a double tap
        with database.transaction(engine) as session:
            new = bookings.change(session, one, mine.id, third, now)
            assert (new.occurrence_id, new.state, new.replaces_id) == (third, State.REQUESTED, mine.id)
            assert [b.id for b in bookings.bookings_of(session, one, now)] == [new.id]
    assert look(engine, mine).state == State.CANCELLED_BY_PERSON


def test_a_cancelled_session_tells_everyone_booked_or_waiting(
    engine: Engine, thursday: int, now: datetime
) -> None:
    one, two = people(engine, 2, now)
    ask(engine, one, thursday, now)
    wait(engine, two, thursday, now)
    with database.transaction(engine) as session:
        told = occurrences.cancel(session, thursday, actor="amira", now=now, reason="staff_away")
    assert told == 2
    assert keys(outbox_rows(engine)) == ["booking.cancelled_by_staff"] * 2
    with pytest.raises(AlreadyHandled, match="by amira"), database.transaction(engine) as session:
        occurrences.cancel(session, thursday, actor="ben", now=now, reason="staff_away")


# Capacity


def test_fewer_places_than_booked_warn_and_drop_nobody(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now, capacity=3)[0]
    one, two, three, late = people(engine, 4, now)
    booked = [ask(engine, person, thursday, now) for person in (one, two, three)]
    cancel(engine, one, booked[0], now)
    with database.transaction(engine) as session:
        too_many = occurrences.set_capacity(session, thursday, 1, actor="amira", now=now)
    assert [b.id for b in too_many] == [booked[2].id]
    assert [look(engine, b).state for b in booked[1:]] == [State.REQUESTED, State.REQUESTED]
    with pytest.raises(Full):
        ask(engine, late, thursday, now)
    assert decide(engine, booked[2], "waitlist", now).state == State.WAITLISTED


def test_more_places_move_the_waiting_list_up(engine: Engine, thursday: int, now: datetime) -> None:
    one, two, three = people(engine, 3, now)
    ask(engine, one, thursday, now)
    waiting = [wait(engine, person, thursday, now) for person in (two, three)]
    with database.transaction(engine) as session:
        assert occurrences.set_capacity(session, thursday, 2, actor="amira", now=now) == []
    assert [look(engine, b).state for b in waiting] == [State.OFFERED, State.WAITLISTED]


def test_nothing_is_queued_when_the_change_was_not_kept(engine: Engine, thursday: int, now: datetime) -> None:
    booking = ask(engine, people(engine, 1, now)[0], thursday, now)
    with pytest.raises(RuntimeError), database.transaction(engine) as session:
        bookings.decide(session, booking.id, "approve", version=booking.version, actor="amira", now=now)
        raise RuntimeError
    with database.transaction(engine) as session:
        assert session.scalars(select(OutboxRow)).all() == []
