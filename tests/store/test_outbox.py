"""One message: claimed before it is sent, never sent twice, never forgotten (bad inputs 43, 45-47, 50)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from store import contacts, database, outbox, reminders
from store.models import Contact, OutboxRow, Receipt, Task
from tests.store.helpers import DAY, HOUR, at_once, outbox_rows, people

MINUTE = timedelta(minutes=1)


def queue(
    engine: Engine,
    contact_id: int,
    now: datetime,
    kind: str = "notice",
    *,
    dedupe: str | None = None,
    not_before: datetime | None = None,
    too_late: datetime | None = None,
    topic: str | None = None,
) -> int | None:
    payload = {"messages": [{"key": kind, "values": {}}]}
    with database.transaction(engine) as session:
        row = outbox.queue(
            session,
            contact_id,
            kind,
            payload,
            dedupe=dedupe,
            now=now,
            not_before=not_before,
            too_late=too_late,
            topic=topic,
        )
        return None if row is None else row.id


def claim(engine: Engine, now: datetime, *, limit: int = 50, worker: str = "w") -> list[outbox.Claim]:
    return outbox.claim(engine, channels=["telegram"], now=now, limit=limit, worker=worker)


def ready(engine: Engine, claimed: outbox.Claim) -> bool:
    with database.transaction(engine) as session:
        return outbox.ready(session, claimed, "hello")


def state(engine: Engine, row_id: int) -> str:
    with database.transaction(engine) as session:
        return session.get_one(OutboxRow, row_id).state


def open_tasks(engine: Engine) -> list[str]:
    with database.transaction(engine) as session:
        return list(session.scalars(select(Task.kind).filter_by(state="open").order_by(Task.id)))


@pytest.fixture
def person(engine: Engine, now: datetime) -> int:
    return people(engine, 1, now)[0]


@pytest.fixture
def sending(engine: Engine, person: int, now: datetime) -> int:
    """A notice that a worker has claimed, put into words and not settled."""
    queue(engine, person, now)
    mine = claim(engine, now)[0]
    assert ready(engine, mine)
    return mine.id


def test_the_same_dedupe_is_queued_once_also_by_ten_at_once(
    engine: Engine, person: int, now: datetime
) -> None:
    found = at_once([lambda: queue(engine, person, now, dedupe="approved:1")] * 10)
    assert sorted(type(one).__name__ for one in found) == ["NoneType"] * 9 + ["int"]
    assert len(outbox_rows(engine)) == 1


def test_sending_is_committed_before_the_claim_is_handed_out(
    engine: Engine, sending: int, now: datetime
) -> None:
    assert state(engine, sending) == "sending"
    assert claim(engine, now) == []


def test_workers_that_claim_at_once_never_get_the_same_message(engine: Engine, now: datetime) -> None:
    for contact_id in people(engine, 40, now):
        queue(engine, contact_id, now)

    def work(worker: str) -> list[int]:
        mine: list[int] = []
        while claims := claim(engine, now, limit=3, worker=worker):
            mine += [c.id for c in claims]
        return mine

    parts = at_once([lambda w=w: work(w) for w in ("a", "b", "c", "d")])  # type: ignore[misc]
    got = [row_id for part in parts for row_id in part]  # type: ignore[union-attr]
    assert len(got) == len(set(got)) == 40


def test_replies_go_before_notices_and_those_before_broadcasts(
    engine: Engine, person: int, now: datetime
) -> None:
    for kind in ("broadcast", "notice", "reply"):
        queue(engine, person, now, kind)
    assert [c.kind for c in claim(engine, now)] == ["reply", "notice", "broadcast"]


def test_a_web_process_claims_only_the_replies_of_its_own_turn(
    engine: Engine, person: int, now: datetime
) -> None:
    first, second = queue(engine, person, now, "reply"), queue(engine, person, now, "reply")
    assert second is not None
    got = outbox.claim(engine, channels=["telegram"], now=now, worker="web", only=[second])
    assert [c.id for c in got] == [second]
    assert [c.id for c in claim(engine, now)] == [first]


def test_a_channel_that_is_off_or_resting_is_left_alone(engine: Engine, person: int, now: datetime) -> None:
    queue(engine, person, now)
    assert outbox.claim(engine, channels=["sms"], now=now, worker="w") == []


def test_a_refusal_for_now_waits_its_time_and_loses_nothing(
    engine: Engine, sending: int, now: datetime
) -> None:
    later = now + timedelta(seconds=35)
    outbox.settle(engine, sending, "retry", now=now, not_before=later)
    assert claim(engine, later - timedelta(seconds=1)) == []
    assert [(c.id, c.attempts) for c in claim(engine, later)] == [(sending, 2)]


def test_after_a_crash_it_is_unsure_shown_to_staff_and_never_sent_again(
    engine: Engine, sending: int, now: datetime
) -> None:
    assert outbox.sweep(engine, now + MINUTE) == 0  # still within its time
    assert outbox.sweep(engine, now + 3 * MINUTE) == 1
    assert outbox.sweep(engine, now + 3 * MINUTE) == 0
    assert state(engine, sending) == "unsure"
    assert open_tasks(engine) == ["message_unsure"]
    assert claim(engine, now + DAY) == []


def test_what_had_no_words_when_its_worker_died_never_went_out_and_goes_now(
    engine: Engine, person: int, now: datetime
) -> None:
    queue(engine, person, now)
    claim(engine, now)
    assert outbox.sweep(engine, now + 3 * MINUTE) == 1
    assert open_tasks(engine) == []
    assert [(c.worker, c.attempts) for c in claim(engine, now + 3 * MINUTE, worker="b")] == [("b", 2)]


def test_what_is_lost_again_and_again_before_it_has_words_is_shown_to_staff(
    engine: Engine, person: int, now: datetime
) -> None:
    row_id = queue(engine, person, now)
    assert row_id is not None
    for n in range(outbox.MOST_ATTEMPTS):
        assert state(engine, row_id) == "queued"
        assert len(claim(engine, now + 3 * n * MINUTE)) == 1
        outbox.sweep(engine, now + 3 * (n + 1) * MINUTE)
    assert state(engine, row_id) == "unsure"
    assert open_tasks(engine) == ["message_unsure"]


def test_a_worker_that_stood_still_finds_its_claim_taken_and_sends_nothing(
    engine: Engine, person: int, now: datetime
) -> None:
    queue(engine, person, now)
    slow = claim(engine, now)[0]
    outbox.sweep(engine, now + 3 * MINUTE)
    assert not ready(engine, slow)  # queued again
    again = claim(engine, now + 3 * MINUTE)[0]  # even by itself
    assert not ready(engine, slow)
    assert ready(engine, again)


def test_a_time_out_is_unsure_until_the_provider_says_otherwise(
    engine: Engine, sending: int, now: datetime
) -> None:
    outbox.settle(engine, sending, "unsure", now=now)
    assert open_tasks(engine) == ["message_unsure"]
    with database.transaction(engine) as session:
        outbox.status(session, "SM9", "delivered", now=now, row_id=sending)
    assert state(engine, sending) == "delivered"
    assert open_tasks(engine) == []


def test_a_clock_that_steps_back_makes_nothing_unsure_or_double(
    engine: Engine, sending: int, now: datetime
) -> None:
    assert outbox.sweep(engine, now - HOUR) == 0
    assert claim(engine, now - HOUR) == []


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent", "queued"], "delivered"),
        (["sent", "undelivered", "sent"], "failed"),
        (["failed", "delivered"], "failed"),
    ],
)
@pytest.mark.parametrize("settled_after", [0, 1, 9])
def test_statuses_in_any_order_end_the_same(
    engine: Engine, sending: int, *, now: datetime, words: list[str], end: str, settled_after: int
) -> None:
    for n, word in enumerate([*words, None]):
        if n == settled_after or (word is None and settled_after > n):
            outbox.settle(engine, sending, "sent", provider_id="SM1", text="hi", now=now)
        if word is not None:
            with database.transaction(engine) as session:
                outbox.status(session, "SM1", word, error_code="30003", now=now)
    with database.transaction(engine) as session:
        row = session.get_one(OutboxRow, sending)
        assert (row.state, row.text, row.provider_id) == (end, "hi", "SM1")
        assert session.scalars(select(Receipt)).all() == []


def test_a_callback_and_the_senders_own_word_at_once_lose_neither(engine: Engine, now: datetime) -> None:
    for n, contact_id in enumerate(people(engine, 10, now)):
        queue(engine, contact_id, now)
        row_id, provider_id = claim(engine, now)[0].id, f"SM{n}"

        def callback(row_id: int = row_id, provider_id: str = provider_id) -> None:
            with database.transaction(engine) as session:
                outbox.status(session, provider_id, "delivered", now=now)

        def own(row_id: int = row_id, provider_id: str = provider_id) -> None:
            outbox.settle(engine, row_id, "sent", provider_id=provider_id, now=now)

        assert at_once([callback, own]) == [None, None]
        assert state(engine, row_id) == "delivered"


def test_a_word_nobody_knows_is_refused(engine: Engine, now: datetime) -> None:
    with pytest.raises(KeyError), database.transaction(engine) as session:
        outbox.status(session, "SM1", "teleported", now=now)


def test_a_notice_that_failed_is_a_task_for_staff_a_reminder_is_not(
    engine: Engine, person: int, now: datetime
) -> None:
    for kind in ("notice", "reminder"):
        queue(engine, person, now, kind)
        outbox.settle(engine, claim(engine, now)[0].id, "failed", error_code="30003", now=now)
    assert open_tasks(engine) == ["undelivered"]


def test_what_is_too_late_is_dropped_and_counted(engine: Engine, person: int, now: datetime) -> None:
    queue(engine, person, now, "reminder", too_late=now + HOUR)
    queue(engine, person, now, "reminder", too_late=now + 3 * HOUR)
    assert len(claim(engine, now + HOUR)) == 1
    with database.transaction(engine) as session:
        assert outbox.tally(session) == {("reminder", "too_late"): 1, ("reminder", "sending"): 1}


def test_more_dropped_than_fit_in_one_look_do_not_hide_the_rest(
    engine: Engine, person: int, now: datetime
) -> None:
    for n in range(7):
        queue(engine, person, now, "reminder", too_late=now if n < 6 else None)
    assert len(claim(engine, now, limit=2)) == 1


@pytest.mark.parametrize(
    ("hour", "goes"), [(6, False), (7, False), (8, True), (12, True), (19, True), (20, False), (23, False)]
)
def test_reminders_and_broadcasts_wait_for_the_morning_replies_and_notices_do_not(
    engine: Engine, person: int, hour: int, goes: bool
) -> None:
    then = datetime(2026, 11, 24, hour, tzinfo=UTC)  # London is on UTC in November
    for kind in ("reminder", "broadcast", "reply", "notice"):
        queue(engine, person, then, kind)
    assert len(claim(engine, then)) == (4 if goes else 2)


def test_quiet_hours_are_londons_also_in_summer(engine: Engine, person: int) -> None:
    seven_utc = datetime(2027, 7, 1, 7, tzinfo=UTC)  # 08:00 in London
    queue(engine, person, seven_utc, "reminder")
    assert claim(engine, seven_utc - MINUTE) == []
    assert len(claim(engine, seven_utc)) == 1


def test_somebody_who_opted_out_gets_replies_only_and_staff_know(
    engine: Engine, person: int, now: datetime
) -> None:
    with database.transaction(engine) as session:
        contacts.opt_out(session, session.get_one(Contact, person), now)
    for kind in ("reply", "notice", "reminder", "broadcast"):
        queue(engine, person, now, kind)
    assert [c.kind for c in claim(engine, now)] == ["reply"]
    assert open_tasks(engine) == ["undelivered"]


def test_a_reminder_is_not_sent_to_somebody_who_unsubscribed_meanwhile(
    engine: Engine, person: int, now: datetime
) -> None:
    with database.transaction(engine) as session:
        reminders.subscribe(session, person, "work_coach", now)
        reminders.subscribe(session, person, "it_sessions", now)
    for topic in ("work_coach", "it_sessions"):
        queue(engine, person, now, "reminder", topic=topic)
    with database.transaction(engine) as session:
        reminders.unsubscribe(session, person, "work_coach")
    assert len(claim(engine, now)) == 1
    assert [row.reason for row in outbox_rows(engine)] == ["unsubscribed", None]


def test_somebody_who_blocked_the_bot_is_left_out_and_the_broadcast_goes_on(
    engine: Engine, now: datetime
) -> None:
    blocked, *others = people(engine, 4, now)
    for contact_id in (blocked, *others):
        queue(engine, contact_id, now, "broadcast")
    first = claim(engine, now, limit=1)[0]
    outbox.settle(engine, first.id, "failed", error_code="403", now=now)
    with database.transaction(engine) as session:
        contacts.mark_unreachable(session, blocked, now)
    queue(engine, blocked, now, "broadcast")
    assert [c.contact_id for c in claim(engine, now)] == others


def test_a_claim_whose_person_erased_everything_settles_harmlessly(
    engine: Engine, person: int, sending: int, now: datetime
) -> None:
    with database.transaction(engine) as session:
        contacts.erase(session, session.get_one(Contact, person), now)
    outbox.settle(engine, sending, "sent", provider_id="SM1", now=now)
    assert outbox_rows(engine) == []
    assert queue(engine, person, now, "notice") is None
