"""Staff get in, others do not, and nobody can lock staff out (bad inputs 37, 40, 42)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from store import accounts, database
from store.errors import NotLoggedIn, SlowDown, WrongPassword
from store.models import Account
from tests.store.helpers import HOUR, at_once

PASSWORD = "correct horse battery"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def amira(engine: Engine, now: datetime) -> int:
    with database.transaction(engine) as session:
        return accounts.create(
            session, "Amira", PASSWORD, name="Amira K.", role="librarian", actor="system", now=now
        ).id


def log_in(engine: Engine, now: datetime, password: str = PASSWORD, *, source: str = "10.0.0.1") -> str:
    return accounts.log_in(engine, "amira", password, source=source, now=now)


def who(engine: Engine, token: str, now: datetime) -> str:
    with database.transaction(engine) as session:
        return accounts.authenticate(session, token, now).account.username


def test_the_right_password_gets_in_whatever_the_case_of_the_username(
    engine: Engine, amira: int, now: datetime
) -> None:
    token = accounts.log_in(engine, " AMIRA ", PASSWORD, source="x", now=now)
    assert who(engine, token, now) == "amira"


def test_a_wrong_password_and_an_unknown_username_sound_the_same(
    engine: Engine, amira: int, now: datetime
) -> None:
    said = []
    for username in ("amira", "nobody"):
        with pytest.raises(WrongPassword) as error:
            accounts.log_in(engine, username, "wrong", source="x", now=now)
        said.append(str(error.value).split("(")[0])
    assert said[0] == said[1]


def test_neither_password_nor_token_is_in_the_database(engine: Engine, amira: int, now: datetime) -> None:
    token = log_in(engine, now)
    with database.transaction(engine) as session:
        rows = [session.execute(text(f"SELECT * FROM {t}")).all() for t in ("accounts", "staff_sessions")]
    assert "$argon2id$" in str(rows)
    assert PASSWORD not in str(rows)
    assert token not in str(rows)


def test_twenty_wrong_passwords_slow_down_and_the_right_person_still_gets_in(
    engine: Engine, amira: int, now: datetime
) -> None:
    moment, checked = now, 0
    while checked < 20:
        try:
            log_in(engine, moment, "wrong")
        except SlowDown as slow:
            moment += slow.seconds * SECOND
        except WrongPassword:
            checked += 1
    assert moment - now > 5 * MINUTE
    assert log_in(engine, moment, source="10.0.0.2")  # from elsewhere: at once
    with pytest.raises(SlowDown) as error:
        log_in(engine, moment)
    assert error.value.seconds <= 30
    assert log_in(engine, moment + 30 * SECOND)  # from the same place: after half a minute


def test_a_hundred_guesses_at_once_are_counted_too(engine: Engine, amira: int, now: datetime) -> None:
    results = at_once([lambda: log_in(engine, now, "wrong")] * 12)
    assert sum(isinstance(r, WrongPassword) for r in results) == 5
    assert sum(isinstance(r, SlowDown) for r in results) == 7


def test_a_right_password_forgives_the_wrong_ones_before(engine: Engine, amira: int, now: datetime) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongPassword):
                log_in(engine, now, "wrong")
        log_in(engine, now)


def test_half_an_hour_without_a_click_or_ten_hours_end_a_session(
    engine: Engine, amira: int, now: datetime
) -> None:
    token = log_in(engine, now)
    with pytest.raises(NotLoggedIn):
        who(engine, token, now + 30 * MINUTE)
    moment = now
    while moment < now + 10 * HOUR - 20 * MINUTE:
        moment += 20 * MINUTE
        assert who(engine, token, moment) == "amira"
    with pytest.raises(NotLoggedIn):
        who(engine, token, now + 10 * HOUR)


def test_disabling_an_account_ends_its_sessions_at_once(engine: Engine, amira: int, now: datetime) -> None:
    token = log_in(engine, now)
    with database.transaction(engine) as session:
        accounts.disable(session, amira, actor="root", now=now)
    with pytest.raises(NotLoggedIn):
        who(engine, token, now)
    with pytest.raises(WrongPassword):
        log_in(engine, now)
    with database.transaction(engine) as session:
        accounts.enable(session, amira, actor="root", now=now)
    assert log_in(engine, now)


def test_logging_out_or_a_new_password_ends_sessions(engine: Engine, amira: int, now: datetime) -> None:
    one, two = log_in(engine, now), log_in(engine, now)
    with database.transaction(engine) as session:
        accounts.log_out(session, one, now)
        accounts.log_out(session, one, now)
    assert who(engine, two, now) == "amira"
    with database.transaction(engine) as session:
        accounts.set_password(session, amira, "another long password", actor="amira", now=now)
    for token in (one, two):
        with pytest.raises(NotLoggedIn):
            who(engine, token, now)
    assert log_in(engine, now, "another long password")


def test_a_session_has_its_own_form_token(engine: Engine, amira: int, now: datetime) -> None:
    tokens = set()
    for _ in range(2):
        token = log_in(engine, now)
        with database.transaction(engine) as session:
            tokens.add(accounts.authenticate(session, token, now).csrf)
    assert len(tokens) == 2


@pytest.mark.parametrize(
    ("username", "password", "role"),
    [
        ("system", PASSWORD, "viewer"),
        ("person", PASSWORD, "viewer"),
        ("  ", PASSWORD, "viewer"),
        ("ben", "short", "viewer"),
        ("ben", PASSWORD, "king"),
        ("AMIRA", PASSWORD, "viewer"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    engine: Engine, amira: int, *, now: datetime, username: str, password: str, role: str
) -> None:
    with (
        pytest.raises(ValueError, match=r"username|role|characters"),
        database.transaction(engine) as session,
    ):
        accounts.create(session, username, password, name="x", role=role, actor="root", now=now)


def test_each_role_may_what_the_lesser_ones_may() -> None:
    allowed = {
        role: {
            what
            for words in accounts.ROLES.values()
            for what in words
            if accounts.may(Account(role=role), what)
        }
        for role in accounts.ROLES
    }
    assert allowed["viewer"] < allowed["librarian"] < allowed["manager"] < allowed["admin"]
    assert "decide" not in allowed["viewer"]
    assert "accounts" not in allowed["manager"]


def test_staff_of_one_library_see_that_one_and_what_is_everybodys(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        accounts.create(
            session, "ben", PASSWORD, name="Ben", role="viewer", places=["fosse"], actor="root", now=now
        )
    with database.transaction(engine) as session:
        ben = session.scalars(select(Account)).one()
    assert [accounts.sees(ben, place) for place in ("fosse", "belgrave", None)] == [True, False, True]
    assert accounts.sees(Account(places=None), "belgrave")
