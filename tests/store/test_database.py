"""SQLite and PostgreSQL keep the same promises: one schema, one kind of moment, short waits."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import StatementError

from store import database
from store.base import Base
from store.models import Audit, Canary
from tests.store.helpers import at_once, people


def test_the_models_and_the_migrations_say_the_same(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_named_constraint_of_the_models_is_in_the_database(engine: Engine) -> None:
    # What compare_metadata does not look at: check constraints.
    wanted = {
        constraint.name
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    asked = {
        "sqlite": "SELECT group_concat(sql, ' ') FROM sqlite_master",
        "postgresql": "SELECT string_agg(conname, ' ') FROM pg_constraint",
    }[engine.dialect.name]
    with engine.connect() as connection:
        found = connection.execute(text(asked)).scalar_one()
    assert wanted
    assert all(str(name) in found for name in wanted)


def test_migrating_again_changes_nothing_and_two_may_migrate_at_once(
    database_url: str, engine: Engine
) -> None:
    assert at_once([lambda: database.migrate(database_url)] * 2) == [None, None]
    with database.transaction(engine) as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_moment_comes_back_as_the_same_moment_in_utc(engine: Engine) -> None:
    in_karachi = datetime(2026, 11, 23, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5)))
    with database.transaction(engine) as session:
        session.add(Audit(at=in_karachi, actor="system", action="x", subject="x", subject_id="1", detail={}))
    with database.transaction(engine) as session:
        at = session.scalars(select(Audit.at)).one()
    assert at == in_karachi
    assert at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(engine: Engine, now: datetime) -> None:
    naive = now.replace(tzinfo=None)
    with pytest.raises(StatementError, match="time zone"), database.transaction(engine) as session:
        session.add(Audit(at=naive, actor="a", action="x", subject="x", subject_id="1", detail={}))


def test_nothing_of_a_failed_transaction_is_kept(engine: Engine) -> None:
    with pytest.raises(RuntimeError), database.transaction(engine) as session:
        session.add(Canary(id=1, sealed="x"))
        session.flush()
        raise RuntimeError
    with database.transaction(engine) as session:
        assert session.get(Canary, 1) is None


def test_the_id_of_a_deleted_row_is_never_given_again(engine: Engine, now: datetime) -> None:
    first = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        session.execute(text("DELETE FROM contacts"))
    assert people(engine, 1, now)[0] > first


def test_inserting_once_inserts_once_and_says_so(engine: Engine) -> None:
    def insert() -> int | None:
        with database.transaction(engine) as session:
            key: int | None = database.insert_once(session, Canary, id=1, sealed="x")
            return key

    assert sorted(map(str, at_once([insert] * 8))) == ["1"] + ["None"] * 7


def test_reading_pages_and_writing_do_not_wait_for_each_other(engine: Engine) -> None:
    with database.reading(engine) as reader:
        assert reader.get(Canary, 1) is None
        with database.transaction(engine) as writer:
            writer.add(Canary(id=1, sealed="x"))
            writer.flush()
            with database.reading(engine) as other:
                assert other.get(Canary, 1) is None  # not committed yet
    with database.reading(engine) as reader:
        assert reader.get(Canary, 1) is not None


def test_a_sqlite_file_is_durable_and_checks_its_references(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in asked]
    assert found == ["wal", 2, 1, 5000]


@pytest.mark.parametrize(
    "url", ["postgres://a:b@db/desk", "postgresql://a:b@db/desk", "postgresql+psycopg://a:b@db/desk"]
)
def test_postgresql_is_always_spoken_to_with_psycopg_3(url: str) -> None:
    assert database.connect(url).url.drivername == "postgresql+psycopg"
