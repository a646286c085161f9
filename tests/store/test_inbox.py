"""Each inbound message counts once, whatever the provider repeats (bad inputs 15, 16, 18)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from store import database, inbox
from store.models import InboxRow, Task
from tests.store.helpers import at_once, people


def turn(
    engine: Engine, now: datetime, *, provider_id: str = "SM1", digest: str = "d1", reply: str = "Hello"
) -> str:
    """One turn as the bot does it: what it answered."""
    with database.transaction(engine) as session:
        received = inbox.receive(session, "sms", provider_id, digest, "the text", now)
        if received.repeat:
            return f"again: {received.row.reply}"
        inbox.finish(received.row, reply)
        return reply


def rows(engine: Engine) -> int | None:
    with database.transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(InboxRow))


def test_the_same_message_again_gets_the_stored_reply(engine: Engine, now: datetime) -> None:
    assert turn(engine, now, reply="<Response>é\n1.</Response>") == "<Response>é\n1.</Response>"
    assert turn(engine, now, reply="something else") == "again: <Response>é\n1.</Response>"
    assert rows(engine) == 1


def test_the_same_message_from_ten_threads_is_one_row_and_one_turn(engine: Engine, now: datetime) -> None:
    answers = at_once([lambda: turn(engine, now)] * 10)
    assert sorted(map(str, answers)) == ["Hello"] + ["again: Hello"] * 9
    assert rows(engine) == 1


def test_the_same_id_on_another_channel_is_another_message(engine: Engine, now: datetime) -> None:
    turn(engine, now)
    with database.transaction(engine) as session:
        assert not inbox.receive(session, "telegram", "SM1", "d1", "", now).repeat


def test_the_same_id_with_another_body_keeps_the_first_and_tells_staff_once(
    engine: Engine, now: datetime
) -> None:
    turn(engine, now)
    for _ in range(2):
        with database.transaction(engine) as session:
            received = inbox.receive(session, "sms", "SM1", "d2", "another text", now)
            assert (received.repeat, received.differs) == (True, True)
            assert (received.row.text, received.row.reply) == ("the text", "Hello")
    with database.transaction(engine) as session:
        task = session.scalars(select(Task)).one()
    assert (task.kind, task.times) == ("message_differs", 2)


def test_a_turn_that_fails_keeps_nothing_so_the_repeat_counts(engine: Engine, now: datetime) -> None:
    with pytest.raises(RuntimeError), database.transaction(engine) as session:
        inbox.receive(session, "sms", "SM1", "d1", "the text", now)
        raise RuntimeError
    assert turn(engine, now) == "Hello"


def test_a_persons_messages_of_the_last_minute_are_counted(engine: Engine, now: datetime) -> None:
    contact_id = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        for n in range(3):
            received = inbox.receive(session, "sms", f"SM{n}", "d", "", now + timedelta(seconds=40 * n))
            received.row.contact_id = contact_id
        session.flush()
        assert inbox.count_since(session, contact_id, now + timedelta(seconds=30)) == 2
