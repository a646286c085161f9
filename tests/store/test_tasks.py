"""What staff must do: filed once while it is open, done once, emergencies first."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import NoResultFound

from store import database, tasks
from store.errors import AlreadyHandled
from store.models import Task
from tests.store.helpers import HOUR, at_once, people


def test_the_same_open_thing_is_counted_not_filed_again(engine: Engine, now: datetime) -> None:
    person = people(engine, 1, now)[0]
    for note in ("at what time?", "is it on Monday?", "at what time?"):
        with database.transaction(engine) as session:
            about = "work_coach.times"
            tasks.file(session, "unconfirmed_fact", about=about, note=note, contact_id=person, now=now)
    with database.transaction(engine) as session:
        task = session.scalars(select(Task)).one()
    assert (task.times, task.note) == (3, "at what time?\nis it on Monday?")


def test_ten_at_once_file_one(engine: Engine, now: datetime) -> None:
    def file() -> None:
        with database.transaction(engine) as session:
            tasks.file(session, "unconfirmed_fact", about="x", now=now)

    assert at_once([file] * 10) == [None] * 10
    with database.transaction(engine) as session:
        assert session.scalars(select(Task)).one().times == 10


def test_another_person_or_other_words_of_feedback_are_another_task(engine: Engine, now: datetime) -> None:
    one, two = people(engine, 2, now)
    with database.transaction(engine) as session:
        for person in (one, two):
            tasks.file(session, "callback", contact_id=person, now=now)
        for words in ("good", "bad", "bad"):
            tasks.file(session, "feedback", note=words, contact_id=one, now=now)
        assert len(tasks.open_tasks(session)) == 4


def test_once_done_the_same_thing_is_filed_anew(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        first = tasks.file(session, "unanswered", note="?", now=now)
        tasks.close(session, first.id, actor="amira", now=now)
        assert tasks.file(session, "unanswered", note="?", now=now).id != first.id


def test_two_staff_close_one_task_and_the_second_is_told_by_whom(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        task_id = tasks.file(session, "callback", now=now).id

    def close(actor: str) -> str:
        with database.transaction(engine) as session:
            tasks.close(session, task_id, actor=actor, now=now)
        return actor

    won, lost = sorted(
        at_once([lambda: close("amira"), lambda: close("ben")]), key=lambda r: isinstance(r, Exception)
    )
    assert isinstance(lost, AlreadyHandled)
    assert (lost.by, lost.at) == (won, now)


def test_emergencies_come_first_and_each_library_sees_its_own_and_everybodys(
    engine: Engine, now: datetime
) -> None:
    with database.transaction(engine) as session:
        tasks.file(session, "callback", about="1", place="fosse", now=now)
        tasks.file(session, "callback", about="2", place="belgrave", now=now)
        tasks.file(session, "emergency", about="3", now=now + HOUR)
        assert [t.about for t in tasks.open_tasks(session)] == ["3", "1", "2"]
        assert [t.about for t in tasks.open_tasks(session, places=["belgrave"])] == ["3", "2"]


def test_closing_what_is_not_there_is_an_error(engine: Engine, now: datetime) -> None:
    with pytest.raises(NoResultFound), database.transaction(engine) as session:
        tasks.close(session, 7, actor="amira", now=now)
