"""Messages that were not understood: kept once, decided once, gone when the person wants it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from store import contacts, lessons, retention
from store.database import transaction
from store.errors import AlreadyHandled
from store.models import Contact, Lesson
from store.vault import Vault


def note(engine: Engine, text: str, now: datetime, contact_id: int | None = None) -> None:
    with transaction(engine) as session:
        lessons.note(session, text, "so", contact_id=contact_id, now=now)


def teach(engine: Engine, lesson_id: int, now: datetime, text: str = "x y") -> None:
    with transaction(engine) as session:
        lessons.teach(
            session, lesson_id, label="borrow_books", text=text, language="so", actor="sam", now=now
        )


def ids(engine: Engine) -> list[int]:
    with transaction(engine) as session:
        return [row.id for row in lessons.waiting(session, 10)[0]]


def test_the_same_message_is_counted_and_the_most_frequent_comes_first(engine: Engine, now: datetime) -> None:
    for text in ("buug maxaa ah", "Warqad", "warqad ", "12 + 3"):
        note(engine, text, now)
    with transaction(engine) as session:
        rows, total = lessons.waiting(session, 10)
    assert [(row.text, row.times) for row in rows] == [("Warqad", 2), ("buug maxaa ah", 1)]
    assert total == 2


def test_what_was_decided_is_not_asked_again(engine: Engine, now: datetime) -> None:
    note(engine, "buug", now)
    (first,) = ids(engine)
    teach(engine, first, now)
    note(engine, "buug", now)
    assert ids(engine) == []
    with pytest.raises(AlreadyHandled) as handled:
        teach(engine, first, now)
    assert handled.value.by == "sam"


def test_it_is_harvested_once(engine: Engine, now: datetime) -> None:
    note(engine, "buug Amina", now)
    teach(engine, ids(engine)[0], now, "buug")
    with transaction(engine) as session:
        assert [(row.text, row.label) for row in lessons.harvest(session, now)] == [("buug", "borrow_books")]
    with transaction(engine) as session:
        assert lessons.harvest(session, now) == []


def test_a_harvest_that_fails_keeps_everything_for_the_next(engine: Engine, now: datetime) -> None:
    note(engine, "buug", now)
    teach(engine, ids(engine)[0], now)
    with pytest.raises(OSError, match="full"), transaction(engine) as session:
        lessons.harvest(session, now)
        raise OSError("full")
    with transaction(engine) as session:
        assert len(lessons.harvest(session, now)) == 1


def test_who_erases_their_data_takes_the_open_message_along(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    with transaction(engine) as session:
        person = contacts.find_or_create(session, vault, "sms", "+447700900001", now).id
    for text in ("first words", "second words"):
        note(engine, text, now, person)
    teach(engine, ids(engine)[0], now)
    with transaction(engine) as session:
        contacts.erase(session, session.get_one(Contact, person), now)
    assert ids(engine) == []
    with transaction(engine) as session:  # the one that staff have cleaned and kept is nobody's any more
        assert session.scalars(select(Lesson.contact_id)).all() == [None]


def test_after_thirty_days_only_what_waits_for_the_harvest_is_left(engine: Engine, now: datetime) -> None:
    for text in ("open one", "taught one", "dropped one"):
        note(engine, text, now)
    taught, dropped = ids(engine)[1:]
    teach(engine, taught, now)
    with transaction(engine) as session:
        assert lessons.drop(session, dropped, actor="sam", now=now).text == ""
    later = now + timedelta(days=31)
    with transaction(engine) as session:
        retention.run(session, later)
        assert session.scalars(select(Lesson.id)).all() == [taught]
        lessons.harvest(session, later)
    with transaction(engine) as session:
        retention.run(session, later + timedelta(days=31))
        assert session.scalar(select(func.count(Lesson.id))) == 0
