"""What every test may ask for: a migrated database (SQLite and a real PostgreSQL), keys, and a fixed moment."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from sqlalchemy import Engine, create_engine, text

from store import database
from store.vault import Vault
from tests import postgres

# Wide enough for every table; rich reads it once, when a console is made, and the terminal of CI may be narrow.
os.environ["COLUMNS"] = "200"

LONGEST = (
    "tests/nlu/test_parity.py",
    "tests/bot/test_kills.py",
)  # minutes each: begun first, so nobody waits for them


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the rest as they stand."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """A command sends the log to its own output, which is closed when the next test writes a line."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest.fixture
def now() -> datetime:
    """A Monday morning, 09:00 in London as in UTC."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    database.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server of this test run's own, without a database name."""
    with postgres.start(tmp_path_factory.mktemp("postgres")) as url:
        yield url.rsplit("/", 1)[0]


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    _administer(postgres_server, "CREATE DATABASE template_desk")
    database.migrate(f"{postgres_server}/template_desk")
    return "template_desk"


def _administer(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "desk.db")
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server, template = (
        request.getfixturevalue("postgres_server"),
        request.getfixturevalue("postgres_template"),
    )
    name = f"desk_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{server}/{name}"
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = database.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """For tests of something else than the database: SQLite alone is enough."""
    engine = database.connect(sqlite_url)
    yield engine
    engine.dispose()
