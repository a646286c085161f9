"""The one door to the database: SQLite or PostgreSQL behind the same few functions.

Sessions are short: no provider, model or person is waited for inside a transaction. When the database is
locked, full or away, SQLAlchemy's OperationalError comes through; nothing was kept then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from store.base import Base

# The same form again by the same hand within it is the same press.
DOUBLE_TAP = timedelta(minutes=1)

MIGRATIONS = Path(__file__).parent / "migrations"
_LINES: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()
WAIT_MS = 5000  # for another writer: findings/staff-ui.md, "Bookings"


def connect(url: str) -> Engine:
    """An engine for a SQLAlchemy URL; postgres:// and postgresql:// get psycopg 3, SQLite gets its folder."""
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    return create_engine(
        address,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={WAIT_MS}"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end, or keeps nothing. Objects stay readable afterwards."""
    with _in_line(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def _in_line(engine: Engine) -> Iterator[None]:
    """On SQLite the writers of this process queue up here, one after another.

    Left to SQLite they would look again at growing intervals, and some would wait for seconds (bench/desk.py).
    Other processes are SQLite's to arrange; so is what cannot get its turn here.
    """
    lock = _LINES.get(engine)
    got = lock is not None and lock.acquire(timeout=WAIT_MS / 1000)
    try:
        yield
    finally:
        if lock is not None and got:
            lock.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session only for reading: on SQLite it waits for no writer and keeps none waiting."""
    options = engine.execution_options(reading=True)
    with Session(options, expire_on_commit=False) as session, session.begin():
        yield session


def migrate(url: str) -> None:
    """Bring the schema up to date. Several processes may do so at once: one works, the others wait."""
    engine = connect(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(2026112301)")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def insert_once(session: Session, model: type[Base], **values: Any) -> Any:
    """Insert a row unless a unique rule says it is there already: the new row's (first) key, else None.

    On PostgreSQL this waits while another transaction inserts the same row, so a following select sees it.
    """
    return session.scalar(_unless_there(session, model).values(**values))


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert many rows (the same columns each) but those that a unique rule says are there: how many were new."""
    return len(session.execute(_unless_there(session, model), rows).all()) if rows else 0


def _unless_there(session: Session, model: type[Base]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model).on_conflict_do_nothing().returning(inspect(model).primary_key[0])


def _address(url: str) -> URL:
    address = make_url(url)
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    return address


def _sqlite(address: URL) -> Engine:
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    _LINES[engine] = Lock()

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours: see below
        for pragma in (
            f"busy_timeout = {WAIT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",  # a claim must survive a power cut, or a message could go out twice
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Taking the write lock at once, a transaction never finds out halfway that it may not write.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
