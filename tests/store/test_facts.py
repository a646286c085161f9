"""What staff decide about a fact is kept for ever, counts at once in every process, and is never decided twice."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, select

from store import facts, tasks
from store.database import reading, transaction
from store.errors import AlreadyHandled
from store.models import Audit, FactChange
from store.newest import LOOK
from tests.store.helpers import at_once

HOURS = ("place", "fosse", "schedules")
PHONE = ("place", "fosse", "contacts")


def save(
    engine: Engine, now: datetime, value: str = '"Monday"', version: int = 0, **changes: object
) -> FactChange:
    given: dict[str, object] = {
        "action": "corrected", "previous": "null", "who": "Ann Patel", "actor": "ann", **changes,
    }  # fmt: skip
    key = given.pop("key", HOURS)
    with transaction(engine) as session:
        return facts.save(session, key, replacement=value, version=version, now=now, **given)  # type: ignore[arg-type]


def test_the_last_decision_counts_and_the_others_are_its_history(engine: Engine, now: datetime) -> None:
    save(engine, now)
    save(engine, now + timedelta(days=1), '"Tuesday"', 1, who="Bilal")
    save(engine, now, '"0116"', key=PHONE)
    with reading(engine) as session:
        latest = facts.latest(session)
        assert {key: (each.version, each.replacement, each.who) for key, each in latest.items()} == {
            HOURS: (2, '"Tuesday"', "Bilal"),
            PHONE: (1, '"0116"', "Ann Patel"),
        }
        assert [row.replacement_value for row in facts.history(session, HOURS)] == ['"Tuesday"', '"Monday"']


def test_each_decision_is_audited_without_its_words(engine: Engine, now: datetime) -> None:
    save(engine, now)
    with reading(engine) as session:
        (audit,) = session.scalars(select(Audit).where(Audit.subject == "fact"))
    assert (audit.actor, audit.action) == ("ann", "fact.corrected")
    assert audit.detail == {"record": "place.fosse", "field": "schedules"}


def test_who_decides_on_what_is_gone_is_told_who_was_faster(engine: Engine, now: datetime) -> None:
    save(engine, now)
    for version in (0, 2):
        with pytest.raises(AlreadyHandled) as handled:
            save(engine, now, '"Tuesday"', version)
        assert (handled.value.by, handled.value.state) == ("Ann Patel", "corrected")
    with pytest.raises(AlreadyHandled):
        save(engine, now, version=1, key=PHONE)


def test_two_at_the_same_moment_are_one_after_the_other(engine: Engine, now: datetime) -> None:
    work = [partial(save, engine, now, f'"{n}"') for n in range(4)]
    done = at_once(work)
    assert sum(isinstance(each, FactChange) for each in done) == 1
    assert sum(isinstance(each, AlreadyHandled) for each in done) == 3


def test_another_process_sees_a_decision_within_a_second(engine: Engine, now: datetime) -> None:
    tick = [0.0]
    latest = facts.Latest(engine, tick=lambda: tick[0])
    assert latest() == {}
    save(engine, now)
    assert latest() == {}
    tick[0] += LOOK
    first = latest()
    assert first[HOURS].replacement == '"Monday"'
    tick[0] += LOOK
    assert latest() is first  # nothing new: the very same
    save(engine, now, '"Tuesday"', 1)
    latest.again()
    assert latest()[HOURS].replacement == '"Tuesday"' and first[HOURS].replacement == '"Monday"'


def test_looking_costs_one_statement_a_second_and_survives_a_database_that_is_away(
    sqlite_engine: Engine, now: datetime
) -> None:
    tick, seen = [0.0], []
    save(sqlite_engine, now)
    latest = facts.Latest(sqlite_engine, tick=lambda: tick[0])
    event.listen(sqlite_engine, "before_cursor_execute", lambda *each: seen.append(each[2]))
    for _ in range(50):
        latest()
    assert len([each for each in seen if each.startswith("SELECT")]) == 1
    with transaction(sqlite_engine) as session:
        session.connection().exec_driver_sql("ALTER TABLE fact_changes RENAME TO away")
    tick[0] += LOOK
    assert latest()[HOURS].who == "Ann Patel"


def test_a_process_that_starts_sees_what_one_that_runs_has_gathered(engine: Engine, now: datetime) -> None:
    running = facts.Latest(engine, every=0)
    for version in range(3):
        save(engine, now, f'"{version}"', version, previous=f'"file {version}"')
        running()
    with reading(engine) as session:
        assert running() == facts.latest(session)
        assert running()[HOURS].known == {'"file 2"'}


def test_what_is_folded_is_marked_once_and_stays_known(engine: Engine, now: datetime) -> None:
    save(engine, now)
    for _ in range(2):
        with transaction(engine) as session:
            facts.folded(session, list(facts.latest(session).values()), actor="system", now=now)
            now += timedelta(days=1)
    with transaction(engine) as session:
        (row,) = facts.history(session, HOURS)
        assert row.folded_at == now - timedelta(days=2)
    save(engine, now, '"Tuesday"', 1)  # by a process that still has the old file
    with reading(engine) as session:
        change = facts.latest(session)[HOURS]
    assert not change.folded and change.known == {"null", '"Monday"'}


def test_open_questions_are_counted_by_what_they_are_about(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        for about in ("fosse", "fosse", "work_coach"):
            tasks.file(session, facts.ASKED, about=about, now=now)
        done = tasks.file(session, facts.ASKED, about="belgrave", now=now)
        tasks.close(session, done.id, actor="ann", now=now)
        tasks.file(session, "callback", about="fosse", now=now)
        session.flush()
        assert facts.asked(session) == {"fosse": 2, "work_coach": 1}
