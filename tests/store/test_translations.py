"""Translations by staff: every change is kept, the last one counts, and every process knows it at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, select

from store import database
from store.database import transaction
from store.errors import AlreadyHandled
from store.models import Audit, Translation
from store.translations import Latest, history, latest, latest_of, save
from tests.store.helpers import at_once

ENGLISH = ("You have no bookings.",)


def keep(engine: Engine, now: datetime, text: str, **changes: Any) -> Translation:
    facts = {
        "english": ENGLISH, "forms": [text], "state": "reviewed", "who": "Ann", "actor": "ann", "now": now, **changes,
    }  # fmt: skip
    with transaction(engine) as session:
        return save(session, "so", facts.pop("key", "mine.none"), **facts)


def test_the_last_change_counts_and_the_others_are_its_history(engine: Engine, now: datetime) -> None:
    keep(engine, now, "Ma jiro.", state="draft")
    keep(engine, now + timedelta(days=1), "Wax ma jiro.", who="Bea")
    keep(engine, now, "Haa", key="book.sure.yes")
    with transaction(engine) as session:
        counts = latest(session, "so")
        assert {key: row.text for key, row in counts.items()} == {
            "mine.none": ["Wax ma jiro."],
            "book.sure.yes": ["Haa"],
        }
        assert [(row.version, row.who, row.state) for row in history(session, "so", "mine.none")] == [
            (2, "Bea", "reviewed"),
            (1, "Ann", "draft"),
        ]
        assert latest(session, "fr") == {} and latest_of(session, "fr", "mine.none") is None


def test_who_wrote_over_somebody_else_is_told_and_changes_nothing(engine: Engine, now: datetime) -> None:
    keep(engine, now, "Ma jiro.", version=0, who="Kim")
    with pytest.raises(AlreadyHandled) as handled:
        keep(engine, now, "Wax.", version=0)
    assert (handled.value.by, handled.value.state) == ("Kim", "reviewed")
    keep(engine, now, "Wax.", version=1)
    with transaction(engine) as session:
        assert len(history(session, "so", "mine.none")) == 2


def test_two_at_once_make_one_change(engine: Engine, now: datetime) -> None:
    results = at_once([lambda: keep(engine, now, "Ma jiro.", version=0)] * 4)
    assert sum(isinstance(each, Translation) for each in results) == 1
    assert sum(isinstance(each, AlreadyHandled) for each in results) == 3


def test_what_was_done_is_written_down_without_the_words(engine: Engine, now: datetime) -> None:
    row = keep(engine, now, "Ma jiro.")
    with transaction(engine) as session:
        line = session.scalars(select(Audit).where(Audit.subject == "text")).one()
    assert (line.actor, line.action, line.subject_id) == ("ann", "text.reviewed", str(row.id))
    assert line.detail == {"language": "so", "key": "mine.none"}


def test_every_process_sees_a_change_at_its_next_look(engine: Engine, now: datetime) -> None:
    seconds = [0.0]
    here, there = (Latest(engine, tick=lambda: seconds[0]) for _ in range(2))
    assert here("so") == there("so") == {}
    keep(engine, now, "Ma jiro.")
    assert here("so") == {}  # within the same second
    seconds[0] = 1.0
    for process in (here, there):
        assert (process("so")["mine.none"].text, process("so")["mine.none"].english) == (
            ("Ma jiro.",),
            ENGLISH,
        )
    keep(engine, now, "Wax.", state="draft")
    seconds[0] = 2.0
    assert (here("so")["mine.none"].text, here("so")["mine.none"].state) == (("Wax.",), "draft")
    assert here("fr") == {}


def test_texts_asked_for_within_a_second_cost_one_statement(engine: Engine, now: datetime) -> None:
    keep(engine, now, "Ma jiro.")
    ask = Latest(engine, tick=lambda: 0.0)
    asked: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    assert all("mine.none" in ask("so") for _ in range(50))
    assert len([each for each in asked if "translations" in each]) == 1


def test_without_a_database_the_texts_stay_as_they_were(now: datetime, sqlite_url: str) -> None:
    engine = database.connect(sqlite_url)
    keep(engine, now, "Ma jiro.")
    ask = Latest(engine, every=0)
    assert "mine.none" in ask("so")
    ask.engine = create_engine("sqlite:////nowhere/at/all.db")
    assert "mine.none" in ask("so")
    engine.dispose()
