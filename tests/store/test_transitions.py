"""The one table of bookings says all that may happen, and nothing else may (DESIGN section 7)."""

from datetime import datetime, timedelta

import pytest

from store.errors import Closed, NotAllowed
from store.models import Booking, Occurrence
from store.references import ALPHABET, reference_of, tidy
from store.transitions import HOLDS_SEAT, LIVE, TABLE, State, allowed

DESIGN = """
requested -> approved declined offered waitlisted attended cancelled_by_person cancelled_by_staff
offered -> approved declined expired attended cancelled_by_person cancelled_by_staff
waitlisted -> offered expired attended cancelled_by_person cancelled_by_staff
approved -> attended no_show cancelled_by_person cancelled_by_staff
attended -> approved
no_show -> approved
"""


def booking(state: State, now: datetime, *, starts_in: int = 24, seat: int | None = 1) -> Booking:
    start = now + timedelta(hours=starts_in)
    occurrence = Occurrence(id=1, start=start, capacity=3)
    return Booking(state=state, seat=seat, changed_at=now, occurrence=occurrence)


def test_the_table_is_the_one_of_the_design() -> None:
    told = {
        (source, target)
        for line in DESIGN.strip().splitlines()
        for source, targets in [line.split(" -> ")]
        for target in targets.split()
    }
    assert {(str(edge.source), str(edge.target)) for edge in TABLE} == told


def test_nothing_leads_out_of_a_final_state(now: datetime) -> None:
    for state in set(State) - set(LIVE) - {State.ATTENDED, State.NO_SHOW}:
        for target in State:
            for actor in ("amira", "person", "system"):
                with pytest.raises(NotAllowed):
                    allowed(booking(state, now), target, actor, now)


def test_only_staff_approve_a_request(now: datetime) -> None:
    assert allowed(booking(State.REQUESTED, now), State.APPROVED, "amira", now)
    for actor in ("person", "system"):
        with pytest.raises(NotAllowed):
            allowed(booking(State.REQUESTED, now), State.APPROVED, actor, now)


def test_nobody_is_approved_for_a_session_that_has_started(now: datetime) -> None:
    with pytest.raises(Closed):
        allowed(booking(State.REQUESTED, now, starts_in=0), State.APPROVED, "amira", now)


def test_who_comes_early_came_and_nobody_is_missing_before_the_start(now: datetime) -> None:
    for starts_in, target, may in (
        (2, State.ATTENDED, False), (1, State.ATTENDED, True), (1, State.NO_SHOW, False), (0, State.NO_SHOW, True),
    ):  # fmt: skip
        expected = booking(State.APPROVED, now, starts_in=starts_in)
        if may:
            assert allowed(expected, target, "amira", now)
        else:
            with pytest.raises(Closed):
                allowed(expected, target, "amira", now)


def test_whoever_is_let_in_at_the_door_came(now: datetime) -> None:
    for state in LIVE:
        assert allowed(booking(state, now, starts_in=0), State.ATTENDED, "amira", now)


def test_a_wrong_mark_is_undone_within_a_week_by_staff_alone(now: datetime) -> None:
    for marked in (State.ATTENDED, State.NO_SHOW):
        assert allowed(booking(marked, now), State.APPROVED, "amira", now + timedelta(days=6))
        with pytest.raises(Closed):
            allowed(booking(marked, now), State.APPROVED, "amira", now + timedelta(days=7))
        with pytest.raises(NotAllowed):
            allowed(booking(marked, now), State.APPROVED, "person", now)


def test_a_seat_is_only_taken_away_when_the_session_became_smaller(now: datetime) -> None:
    with pytest.raises(Closed):
        allowed(booking(State.REQUESTED, now, seat=3), State.WAITLISTED, "amira", now)
    assert allowed(booking(State.REQUESTED, now, seat=4), State.WAITLISTED, "amira", now)


def test_staff_changes_that_end_or_settle_something_tell_the_person() -> None:
    silent = {
        edge.target
        for edge in TABLE
        if edge.actors == {"staff"} and edge.notice is None and edge.source in LIVE
    }
    assert silent == {State.WAITLISTED, State.ATTENDED, State.NO_SHOW}


def test_who_holds_a_seat_is_live() -> None:
    assert set(HOLDS_SEAT) < set(LIVE)


def test_references_are_short_plain_and_never_the_same() -> None:
    ids = [*range(1, 5000), *range(614_000, 619_000)]  # across the step from four letters to five
    references = [reference_of(n) for n in ids]
    assert len(set(references)) == len(ids)
    assert {len(r) for r in references} == {7, 8}
    assert not set("0O1ILAEU") & set(ALPHABET)


@pytest.mark.parametrize("typed", ["LB-7Q2K", "lb-7q2k", " lb 7q2k ", "7q2k", "LB7Q2K"])
def test_a_reference_is_understood_however_it_is_typed(typed: str) -> None:
    assert tidy(typed) == "LB-7Q2K"
