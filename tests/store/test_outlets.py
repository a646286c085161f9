"""Outlets: where posters hang is known, counted for any day, and nobody's work is lost."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from store import outlets, places
from store.database import transaction
from store.errors import AlreadyHandled
from store.models import Audit, Outlet

TODAY = date(2026, 11, 23)


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Two libraries."""
    with transaction(engine) as session:
        places.sync(session, {"fosse": "Fosse Library", "belgrave": "Belgrave Library"})
    return engine


def add(session: Session, now: datetime, name: str = "Refugee Action", **changes: object) -> Outlet:
    given: dict[str, object] = {
        "kind": "partner", "place": "fosse", "languages": ["so", "ti"], "copies": 2, "since": TODAY,
        "actor": "sam", **changes,
    }  # fmt: skip
    return outlets.add(session, name=name, now=now, **given)  # type: ignore[arg-type]


def test_the_number_of_outlets_is_known_for_any_day(city: Engine, now: datetime) -> None:
    with transaction(city) as session:
        add(session, now)
        add(
            session,
            now,
            "Mosque",
            kind="worship",
            place="belgrave",
            languages=["so"],
            since=date(2026, 11, 1),
        )
        first = add(session, now, "Clinic", kind="health", since=date(2026, 10, 1))
        outlets.remove(session, first.id, on=date(2026, 11, 10), actor="sam", now=now)
    with transaction(city) as session:
        days = {
            day: outlets.count(session, None, day) for day in (date(2026, 9, 30), date(2026, 11, 5), TODAY)
        }
        assert list(days.values()) == [0, 2, 2]
        assert outlets.count(session, ["belgrave"], TODAY) == 1
        assert outlets.count(session, [], TODAY) == 0
        assert outlets.by_language(session, None, TODAY) == {"so": 2, "ti": 1}


def test_what_is_removed_stays_in_the_history_and_stands_last(city: Engine, now: datetime) -> None:
    with transaction(city) as session:
        gone = add(session, now, "A")
        add(session, now, "b")
        add(session, now, "C")
        outlets.remove(session, gone.id, on=TODAY, actor="sam", now=now)
    with transaction(city) as session:
        assert [each.name for each in outlets.listed(session, None)] == ["b", "C", "A"]


def test_every_change_has_its_audit_row_without_a_name(city: Engine, now: datetime) -> None:
    with transaction(city) as session:
        outlet = add(session, now)
        outlets.remove(session, outlet.id, on=TODAY, actor="kim", now=now)
    with transaction(city) as session:
        rows = session.scalars(select(Audit).where(Audit.subject == "outlet").order_by(Audit.id)).all()
        assert [(row.actor, row.action) for row in rows] == [
            ("sam", "outlet.added"),
            ("kim", "outlet.removed"),
        ]
        assert "Refugee" not in str([row.detail for row in rows])


def test_who_removes_it_second_is_told_who_was_first(city: Engine, now: datetime) -> None:
    with transaction(city) as session:
        outlet = add(session, now)
        outlets.remove(session, outlet.id, on=TODAY, actor="kim", now=now)
    with transaction(city) as session, pytest.raises(AlreadyHandled) as told:
        outlets.remove(session, outlet.id, on=TODAY, actor="sam", now=now)
    assert (told.value.by, told.value.state) == ("kim", "removed")


def test_nothing_is_removed_before_it_was_there(city: Engine, now: datetime) -> None:
    with transaction(city) as session:
        outlet = add(session, now)
        with pytest.raises(ValueError, match="before"):
            outlets.remove(session, outlet.id, on=TODAY - timedelta(days=1), actor="sam", now=now)
        with pytest.raises(ValueError, match="kind"):
            add(session, now, kind="pub")
