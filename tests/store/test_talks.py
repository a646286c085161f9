"""What staff do in a conversation: one of them at a time, nobody forgotten, nothing left of who is erased."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from store import bookings, contacts, database, outbox, retention, talks, tasks
from store.base import Json
from store.errors import AlreadyHandled, NotAllowed
from store.models import Audit, Contact, OutboxRow, Subscription, Talk, TalkNote, Task, TaskHold
from store.talks import CannotReach, OutOfDate, Unsettled
from tests.store.helpers import DAY, HOUR, at_once, keys, outbox_rows, people, weekly

TOLD: Json = {"messages": [{"key": "staffed.taken_over"}]}
ANSWER: Json = {"messages": [{"key": "staff.reply"}], "staff": {"by": "amira", "english": "Come on Monday."}}


@pytest.fixture
def person(engine: Engine, now: datetime) -> int:
    return people(engine, 1, now)[0]


def take(engine: Engine, person: int, now: datetime, actor: str = "amira", version: int = 0) -> None:
    with database.transaction(engine) as session:
        talks.take_over(session, person, TOLD, actor=actor, version=version, now=now)


def answer(
    engine: Engine, person: int, now: datetime, *, once: str = "a", actor: str = "amira", version: int = 0
) -> bool:
    with database.transaction(engine) as session:
        row = talks.reply(session, person, ANSWER, dedupe=once, version=version, actor=actor, now=now)
    return row is not None


def talk_of(engine: Engine, person: int) -> Talk | None:
    with database.transaction(engine) as session:
        return session.get(Talk, person)


def wrote(engine: Engine, person: int, now: datetime) -> bool:
    """The person writes: whether staff answer instead of the desk."""
    with database.transaction(engine) as session:
        contact = session.get_one(Contact, person)
        taken = talks.heard(session, contact)
        if taken:
            talks.wrote_to_staff(session, contact, now)
        return taken


def open_kinds(engine: Engine) -> list[tuple[str, int]]:
    with database.transaction(engine) as session:
        return [(task.kind, task.times) for task in tasks.open_tasks(session)]


def test_while_staff_answer_each_message_waits_for_them_as_one_task(
    engine: Engine, person: int, now: datetime
) -> None:
    assert not wrote(engine, person, now)
    take(engine, person, now)
    assert wrote(engine, person, now) and wrote(engine, person, now + HOUR)
    assert open_kinds(engine) == [("reply_wanted", 2)]
    assert keys(outbox_rows(engine)) == ["staffed.taken_over"]


def test_two_staff_take_over_at_once_and_one_is_told_who_was_faster(
    engine: Engine, person: int, now: datetime
) -> None:
    done = at_once([lambda: take(engine, person, now, "amira"), lambda: take(engine, person, now, "ben")])
    (lost,) = [each for each in done if each is not None]
    assert isinstance(lost, AlreadyHandled) and lost.state == "taken_over"
    talk = talk_of(engine, person)
    assert talk is not None and talk.taken_by == lost.by
    assert len(outbox_rows(engine)) == 1


def test_two_staff_answer_at_once_and_the_second_reads_the_first_before_sending(
    engine: Engine, person: int, now: datetime
) -> None:
    done = at_once([
        lambda: answer(engine, person, now, once="a", actor="amira"),
        lambda: answer(engine, person, now, once="b", actor="ben"),
    ])  # fmt: skip
    assert True in done and any(
        isinstance(each, AlreadyHandled) and each.state == "answered" for each in done
    )
    assert len(outbox_rows(engine)) == 1
    assert answer(engine, person, now, once="c", actor="ben", version=1)


def test_one_answer_pressed_five_times_goes_out_once(engine: Engine, person: int, now: datetime) -> None:
    done = at_once([lambda: answer(engine, person, now)] * 5)
    assert sorted(each for each in done if isinstance(each, bool)) == [False] * 4 + [True]
    assert len(outbox_rows(engine)) == 1


def test_an_answer_closes_what_waited_unless_the_person_still_waits(
    engine: Engine, person: int, now: datetime
) -> None:
    with database.transaction(engine) as session:
        tasks.file(session, "callback", contact_id=person, now=now)
        tasks.file(session, "feedback", note="good", contact_id=person, now=now)
    with database.transaction(engine) as session:
        talks.reply(session, person, ANSWER, dedupe="a", version=0, actor="amira", now=now, still_waits=True)
    assert [kind for kind, _ in open_kinds(engine)] == ["callback", "feedback"]
    assert answer(engine, person, now, once="b", version=1)
    assert [kind for kind, _ in open_kinds(engine)] == ["feedback"]


@pytest.mark.parametrize("why", ["opted_out", "unreachable"])
def test_who_cannot_be_written_to_is_not(engine: Engine, person: int, now: datetime, why: str) -> None:
    with database.transaction(engine) as session:
        setattr(session.get_one(Contact, person), why, True)
    with pytest.raises(CannotReach, match=why):
        answer(engine, person, now)
    with pytest.raises(CannotReach, match=why):
        take(engine, person, now)
    assert outbox_rows(engine) == []


def test_after_a_day_without_staff_the_desk_answers_again_and_says_so_by_day(
    engine: Engine, person: int
) -> None:
    late = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    take(engine, person, late)
    wrote(engine, person, late)

    def forgotten(now: datetime) -> int:
        with database.transaction(engine) as session:
            return talks.hand_back_forgotten(session, now)

    assert forgotten(late + DAY - HOUR) == 0
    assert sorted(at_once([lambda: forgotten(late + DAY)] * 2), key=str) == [0, 1]
    assert not wrote(engine, person, late + DAY)
    told = outbox_rows(engine)[-1]
    assert keys([told]) == ["staffed.handed_back"]
    assert told.not_before == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert [kind for kind, _ in open_kinds(engine)] == ["reply_wanted"]  # nobody is forgotten


def test_an_answer_of_staff_starts_the_day_anew(engine: Engine, person: int, now: datetime) -> None:
    take(engine, person, now)
    answer(engine, person, now + 20 * HOUR, version=1)
    with database.transaction(engine) as session:
        assert talks.hand_back_forgotten(session, now + 30 * HOUR) == 0
        assert talks.hand_back_forgotten(session, now + 44 * HOUR) == 1


def test_handing_back_twice_tells_the_person_once(engine: Engine, person: int, now: datetime) -> None:
    take(engine, person, now)
    for version in (1, 2):
        try:
            with database.transaction(engine) as session:
                talks.hand_back(session, person, actor="ben", version=version, now=now)
        except AlreadyHandled as handled:
            assert (version, handled.by, handled.state) == (2, "ben", "handed_back")
    assert keys(outbox_rows(engine)) == ["staffed.taken_over", "staffed.handed_back"]


def test_what_is_put_off_comes_back_when_the_person_writes(
    engine: Engine, person: int, now: datetime
) -> None:
    with database.transaction(engine) as session:
        talks.snooze(session, person, now + DAY, actor="amira", now=now)
        for wrong in (now, now + 31 * DAY):
            with pytest.raises(ValueError, match="moment"):
                talks.snooze(session, person, wrong, actor="amira", now=now)
    wrote(engine, person, now + HOUR)
    talk = talk_of(engine, person)
    assert talk is not None and talk.snoozed_until is None


def test_a_note_is_removed_only_by_who_wrote_it(engine: Engine, person: int, now: datetime) -> None:
    with database.transaction(engine) as session:
        note = talks.add_note(session, person, "speaks some English", actor="amira", now=now)
    with database.transaction(engine) as session, pytest.raises(NotAllowed):
        talks.remove_note(session, person, note.id, actor="ben", now=now)
    with database.transaction(engine) as session:
        talks.remove_note(session, person, note.id, actor="amira", now=now)
        talks.remove_note(session, person, note.id, actor="amira", now=now)
        assert session.scalar(select(func.count()).select_from(TalkNote)) == 0
        assert "English" not in str([each.detail for each in session.scalars(select(Audit))])


def test_a_note_that_is_sent_twice_at_once_is_one(engine: Engine, person: int, now: datetime) -> None:
    with database.transaction(engine) as session:
        first, again, later, other = (
            talks.add_note(session, person, "speaks some English", actor=actor, now=now + after)
            for actor, after in (
                ("amira", 0 * HOUR),
                ("amira", HOUR / 120),
                ("amira", HOUR),
                ("ben", HOUR / 120),
            )
        )
        assert first.id == again.id
        assert len({first.id, later.id, other.id}) == 3


def unsure(engine: Engine, person: int, now: datetime) -> Task:
    """A message of which nobody knows whether it went out, and its task."""
    with database.transaction(engine) as session:
        row = outbox.queue(session, person, "notice", ANSWER, dedupe="x", now=now)
        assert row is not None
        row.state, row.claimed_at, row.text = "sending", now, "From library staff: Come on Monday."
    outbox.sweep(engine, now + HOUR)
    with database.transaction(engine) as session:
        return session.scalars(select(Task)).one()


def test_two_staff_send_an_unsure_message_again_and_it_goes_once(
    engine: Engine, person: int, now: datetime
) -> None:
    task_id = unsure(engine, person, now).id

    done = at_once([lambda: again(engine, task_id, now, "amira"), lambda: again(engine, task_id, now, "ben")])
    assert sum(isinstance(each, AlreadyHandled) for each in done) == 1
    rows = outbox_rows(engine)
    assert [row.state for row in rows] == ["unsure", "queued"]
    assert rows[1].payload == ANSWER


def test_an_unsure_message_arrived_after_all(engine: Engine, person: int, now: datetime) -> None:
    task_id = unsure(engine, person, now).id
    with database.transaction(engine) as session:
        talks.arrived(session, session.get_one(Task, task_id), actor="amira", now=now)
    assert [row.state for row in outbox_rows(engine)] == ["delivered"]
    assert open_kinds(engine) == []
    with pytest.raises(AlreadyHandled), database.transaction(engine) as session:
        talks.send_again(session, session.get_one(Task, task_id), actor="ben", now=now)


def test_what_the_provider_told_meanwhile_is_not_sent_again(
    engine: Engine, person: int, now: datetime
) -> None:
    task_id = unsure(engine, person, now).id
    with database.transaction(engine) as session:
        session.scalars(select(OutboxRow)).one().state = "failed"
    with pytest.raises(Unsettled), database.transaction(engine) as session:
        talks.send_again(session, session.get_one(Task, task_id), actor="amira", now=now)


def test_an_unsure_message_is_not_sent_again_to_who_opted_out(
    engine: Engine, person: int, now: datetime
) -> None:
    task_id = unsure(engine, person, now).id
    with database.transaction(engine) as session:
        session.get_one(Contact, person).opted_out = True
    with pytest.raises(CannotReach), database.transaction(engine) as session:
        talks.send_again(session, session.get_one(Task, task_id), actor="amira", now=now)
    assert open_kinds(engine) == [("message_unsure", 1)]


def undelivered(engine: Engine, person: int, now: datetime, **more: Any) -> int:
    """A message that the provider refused, and its task."""
    with database.transaction(engine) as session:
        row = outbox.queue(session, person, "notice", ANSWER, now=now, **{"dedupe": "x", **more})
        assert row is not None
        row.state, row.claimed_at, row.text = "sending", now, "From library staff: Come on Monday."
        row_id = row.id
    outbox.settle(engine, row_id, "failed", now=now, error_code="30003")
    with database.transaction(engine) as session:
        return session.scalars(select(Task.id).filter_by(about=f"outbox:{row_id}")).one()


def again(engine: Engine, task_id: int, now: datetime, actor: str = "amira") -> int:
    with database.transaction(engine) as session:
        return talks.send_again(session, session.get_one(Task, task_id), actor=actor, now=now).id


def test_a_message_that_did_not_arrive_is_sent_again_with_all_that_has_to_hold(
    engine: Engine, person: int, now: datetime
) -> None:
    late = now + DAY
    with database.transaction(engine) as session:
        session.add(Subscription(contact_id=person, topic="work_coach", created_at=now))
    task_id = undelivered(engine, person, now, too_late=late, topic="work_coach", broadcast_id=7)
    done = at_once([lambda: again(engine, task_id, now, "amira"), lambda: again(engine, task_id, now, "ben")])
    assert sum(isinstance(each, AlreadyHandled) for each in done) == 1
    first, second = outbox_rows(engine)
    assert (first.state, second.state, second.payload) == ("failed", "queued", ANSWER)
    assert (second.too_late, second.topic, second.broadcast_id) == (late, "work_coach", 7)
    assert open_kinds(engine) == []
    with database.transaction(engine) as session:
        (written,) = session.scalars(select(Audit).filter_by(action="message.again"))
        assert written.subject_id == str(first.id)


def test_what_was_sent_again_and_fails_again_can_be_sent_again_and_the_first_cannot(
    engine: Engine, person: int, now: datetime
) -> None:
    task_id = unsure(engine, person, now).id
    second = again(engine, task_id, now)
    outbox.settle(engine, 1, "failed", now=now)  # the provider's word about the first comes late
    with database.transaction(engine) as session:
        late = session.scalars(select(Task.id).filter_by(kind="undelivered")).one()
    with pytest.raises(OutOfDate, match="again"):
        again(engine, late, now)
    with database.transaction(engine) as session:
        session.get_one(OutboxRow, second).state = "sending"
    outbox.settle(engine, second, "failed", now=now)
    with database.transaction(engine) as session:
        theirs = session.scalars(select(Task.id).filter_by(about=f"outbox:{second}")).one()
    again(engine, theirs, now)
    assert [row.state for row in outbox_rows(engine)] == ["failed", "failed", "queued"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"too_late": datetime(2026, 11, 23, 10, tzinfo=UTC)}, "too_late"),
        ({"subject": "booking:1:1:1"}, "no_longer"),
        ({"subject": "broadcast:1"}, "stopped"),
        ({"dedupe": "booking:1:3"}, "no_longer"),
    ],
)
def test_a_message_that_is_not_right_any_more_is_not_sent_again(
    engine: Engine, person: int, now: datetime, more: dict[str, Any], why: str
) -> None:
    task_id = undelivered(engine, person, now, **more)
    with pytest.raises(OutOfDate, match=why):
        again(engine, task_id, now + HOUR)
    assert open_kinds(engine) == [("undelivered", 1)]
    assert [row.state for row in outbox_rows(engine)] == ["failed"]


def test_a_decision_is_not_sent_again_once_the_booking_has_changed(
    engine: Engine, person: int, now: datetime
) -> None:
    occurrence = weekly(engine, now)[1]
    with database.transaction(engine) as session:
        booking = bookings.request(session, person, occurrence, "Ada", now)
        booking_id, version = booking.id, booking.version
    first = undelivered(engine, person, now, dedupe=f"booking:{booking_id}:{version}")
    second = again(engine, first, now)
    with database.transaction(engine) as session:
        session.get_one(OutboxRow, second).state = "sending"
    outbox.settle(engine, second, "failed", now=now)
    with database.transaction(engine) as session:
        bookings.cancel_by_person(session, person, booking_id, now)
    with database.transaction(engine) as session:
        task_id = session.scalars(select(Task.id).filter_by(about=f"outbox:{second}")).one()
    with pytest.raises(OutOfDate, match="no_longer"):
        again(engine, task_id, now)


def test_nothing_is_sent_again_to_who_has_erased_everything(
    engine: Engine, person: int, now: datetime
) -> None:
    """Also when they do so while the task's page is open: then neither task nor message is there."""
    task_id = undelivered(engine, person, now)
    with database.transaction(engine) as session:
        task = session.get_one(Task, task_id)
        contacts.erase(session, session.get_one(Contact, person), now)
        session.flush()
        with pytest.raises(Unsettled):
            talks.send_again(session, task, actor="amira", now=now)
    assert outbox_rows(engine) == []


def test_a_task_that_somebody_does_is_theirs_for_four_hours(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        task_id = tasks.file(session, "callback", now=now).id

    def hold(actor: str, at: datetime) -> None:
        with database.transaction(engine) as session:
            tasks.hold(session, task_id, actor=actor, now=at)

    done = at_once([lambda: hold("amira", now), lambda: hold("ben", now)])
    assert sum(isinstance(each, AlreadyHandled) for each in done) == 1
    with database.transaction(engine) as session:
        (holder,) = tasks.holders(session, [task_id], now).values()
        other = {"amira": "ben", "ben": "amira"}[holder]
        assert tasks.holders(session, [task_id], now + 4 * HOUR) == {}
    hold(other, now + 4 * HOUR)
    with database.transaction(engine) as session:
        tasks.let_go(session, task_id, actor=holder, now=now)  # not theirs any more
        assert tasks.holders(session, [task_id], now + 4 * HOUR) == {task_id: other}
        tasks.close(session, task_id, actor=other, now=now)
    with pytest.raises(AlreadyHandled):
        hold(holder, now)


def busy(engine: Engine, person: int, now: datetime) -> None:
    take(engine, person, now)
    with database.transaction(engine) as session:
        talks.add_note(session, person, "a note", actor="amira", now=now)
        talks.snooze(session, person, now + DAY, actor="amira", now=now)
        task = tasks.file(session, "callback", contact_id=person, now=now)
        tasks.hold(session, task.id, actor="amira", now=now)


def counted(engine: Engine) -> list[int | None]:
    with database.transaction(engine) as session:
        return [
            session.scalar(select(func.count()).select_from(model)) for model in (Talk, TalkNote, TaskHold)
        ]


def test_nothing_of_it_is_left_of_who_is_erased(engine: Engine, person: int, now: datetime) -> None:
    busy(engine, person, now)
    assert counted(engine) == [1, 1, 1]
    with database.transaction(engine) as session:
        contacts.erase(session, session.get_one(Contact, person), now)
    assert counted(engine) == [0, 0, 0]
    with pytest.raises(CannotReach), database.transaction(engine) as session:
        talks.add_note(session, person, "again", actor="amira", now=now)


def test_notes_and_settled_conversations_go_after_thirty_days(
    engine: Engine, person: int, now: datetime
) -> None:
    busy(engine, person, now)
    with database.transaction(engine) as session:
        retention.run(session, now + timedelta(days=31))
    assert counted(engine)[:2] == [1, 0]  # still taken over: the chore hands it back
    with database.transaction(engine) as session:
        talks.hand_back_forgotten(session, now + timedelta(days=31))
    with database.transaction(engine) as session:
        retention.run(session, now + timedelta(days=62))
    assert counted(engine)[0] == 0
