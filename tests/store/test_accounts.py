"""Staff get in, others do not, and nobody can lock staff out (bad inputs 37, 40, 42)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from store import accounts, audit, database, logins, passwords
from store.errors import (
    AlreadyHandled,
    LastAdmin,
    NoInvitation,
    NotLoggedIn,
    SlowDown,
    TooWide,
    UnfitPassword,
    WrongPassword,
)
from store.models import Account, Audit, LoginFailure
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
    return logins.log_in(engine, "amira", password, source=source, now=now)


def who(engine: Engine, token: str, now: datetime) -> str:
    with database.transaction(engine) as session:
        return logins.authenticate(session, token, now).account.username


def test_the_right_password_gets_in_whatever_the_case_of_the_username(
    engine: Engine, amira: int, now: datetime
) -> None:
    token = logins.log_in(engine, " AMIRA ", PASSWORD, source="x", now=now)
    assert who(engine, token, now) == "amira"


def test_a_wrong_password_and_an_unknown_username_sound_the_same(
    engine: Engine, amira: int, now: datetime
) -> None:
    said = []
    for username in ("amira", "nobody"):
        with pytest.raises(WrongPassword) as error:
            logins.log_in(engine, username, "wrong", source="x", now=now)
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
        logins.log_out(session, one, now)
        logins.log_out(session, one, now)
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
            tokens.add(logins.authenticate(session, token, now).csrf)
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


def add(engine: Engine, now: datetime, username: str, role: str = "admin", **facts: Any) -> int:
    with database.transaction(engine) as session:
        return accounts.create(
            session, username, PASSWORD, name=username.title(), role=role, actor="cli", now=now, **facts
        ).id


def invite(engine: Engine, now: datetime, username: str = "ben") -> str:
    with database.transaction(engine) as session:
        return accounts.invite(session, username, name="Ben", role="viewer", actor="amira", now=now)[1]


def actions(engine: Engine, account_id: int) -> list[tuple[str, str]]:
    with database.reading(engine) as session:
        rows = session.scalars(select(Audit).filter_by(subject="account", subject_id=str(account_id)))
        return [(row.actor, row.action.partition(".")[2]) for row in rows]


def test_who_is_invited_chooses_a_password_and_the_link_works_once(engine: Engine, now: datetime) -> None:
    token = invite(engine, now)
    with pytest.raises(WrongPassword):
        logins.log_in(engine, "ben", "", source="x", now=now)
    account = accounts.take_up(engine, token, "three odd words here", now)
    assert logins.log_in(engine, "ben", "three odd words here", source="x", now=now)
    with pytest.raises(NoInvitation):
        accounts.take_up(engine, token, "three other words here", now)
    assert actions(engine, account.id)[:2] == [("amira", "created"), ("ben", "joined")]


def test_a_double_tap_on_a_link_sets_one_password(engine: Engine, now: datetime) -> None:
    token = invite(engine, now)
    words = ["the first password", "the second password"]
    done = at_once([lambda word=word: accounts.take_up(engine, token, word, now) for word in words])  # type: ignore[misc]
    assert sorted(type(each).__name__ for each in done) == ["Account", "NoInvitation"]


def test_a_link_works_for_three_days_and_is_kept_only_as_a_hash(engine: Engine, now: datetime) -> None:
    token = invite(engine, now)
    with database.reading(engine) as session:
        assert accounts.invited(session, token, now + 72 * HOUR - SECOND).username == "ben"
        assert token not in str(session.execute(text("SELECT * FROM invitations")).all())
        for late in (now + 72 * HOUR, now + 80 * HOUR):
            with pytest.raises(NoInvitation):
                accounts.invited(session, token, late)


@pytest.mark.parametrize("password", ["eleven char", "", "benjamin is my name", "My BENJAMIN! 12345"])
def test_a_password_that_is_short_or_has_the_username_in_it_is_refused_and_the_link_lives_on(
    engine: Engine, now: datetime, password: str
) -> None:
    token = invite(engine, now, "benjamin")
    with pytest.raises(UnfitPassword):
        accounts.take_up(engine, token, password, now)
    assert accounts.take_up(engine, token, PASSWORD, now)


def test_a_reset_ends_password_and_sessions_and_an_older_link(
    engine: Engine, amira: int, now: datetime
) -> None:
    token, old = log_in(engine, now), ""
    for _ in range(2):
        with database.transaction(engine) as session:
            link = accounts.reset(session, amira, actor="root", now=now)
        with pytest.raises(NotLoggedIn):
            who(engine, token, now)
        with pytest.raises(WrongPassword):
            log_in(engine, now)
        if old:
            with pytest.raises(NoInvitation):
                accounts.take_up(engine, old, PASSWORD, now)
        old = link
    accounts.take_up(engine, link, PASSWORD, now)
    assert log_in(engine, now)


def test_the_last_administrator_of_every_library_stays(engine: Engine, now: datetime) -> None:
    anna = add(engine, now, "anna")
    add(engine, now, "some", places=["fosse"])
    with database.transaction(engine) as session:
        accounts.invite(session, "later", name="Later", role="admin", actor="anna", now=now)
    facts: dict[str, Any] = {"actor": "anna", "now": now}
    for change in (
        lambda s: accounts.disable(s, anna, **facts),
        lambda s: accounts.change(s, anna, role="manager", places=None, **facts),
        lambda s: accounts.change(s, anna, role="admin", places=["fosse"], **facts),
        lambda s: accounts.change(s, anna, role="admin", places=None, council_only=True, **facts),
    ):
        with pytest.raises(LastAdmin), database.transaction(engine) as session:
            change(session)
    add(engine, now, "bea")
    with database.transaction(engine) as session:
        accounts.disable(session, anna, **facts)


def test_two_administrators_who_close_each_other_at_once_are_not_both_gone(
    engine: Engine, now: datetime
) -> None:
    pair = [add(engine, now, "anna"), add(engine, now, "bea")]

    def close(account_id: int) -> None:
        with database.transaction(engine) as session:
            accounts.disable(session, account_id, actor="other", now=now)

    done = at_once([lambda each=each: close(each) for each in pair])  # type: ignore[misc]
    assert sorted(type(each).__name__ for each in done) == ["LastAdmin", "NoneType"]


def test_an_administrator_of_some_libraries_gives_no_wider_scope_than_their_own(
    engine: Engine, now: datetime
) -> None:
    everywhere, there = add(engine, now, "anna", "viewer"), add(engine, now, "bea", places=["belgrave"])
    mine = add(engine, now, "sam", "viewer", places=["fosse"])
    how: dict[str, Any] = {"scope": ["fosse"], "actor": "sue", "now": now}
    for places in (None, ["belgrave"], ["fosse", "belgrave"]):
        with pytest.raises(TooWide), database.transaction(engine) as session:
            accounts.change(session, mine, role="viewer", places=places, **how)
        with pytest.raises(TooWide), database.transaction(engine) as session:
            accounts.invite(session, "new", name="New", role="viewer", places=places, **how)
    for account_id in (everywhere, there):
        for do in (accounts.disable, accounts.enable, accounts.reset):
            with pytest.raises(TooWide), database.transaction(engine) as session:
                do(session, account_id, **how)
    with database.transaction(engine) as session:
        accounts.change(session, mine, role="admin", places=["fosse"], **how)
        assert [each.username for each in accounts.listed(session, ["fosse"])] == ["sam"]


def test_who_comes_second_is_told_who_was_first(engine: Engine, amira: int, now: datetime) -> None:
    def change(role: str, version: int) -> None:
        with database.transaction(engine) as session:
            accounts.change(session, amira, role=role, places=None, version=version, actor=role, now=now)

    change("manager", 1)
    with pytest.raises(AlreadyHandled) as handled:
        change("viewer", 1)
    assert (handled.value.by, handled.value.state) == ("manager", "changed")
    with database.transaction(engine) as session:
        accounts.disable(session, amira, actor="root", now=now)
    with pytest.raises(AlreadyHandled), database.transaction(engine) as session:
        accounts.disable(session, amira, actor="root", now=now)


def test_a_password_that_was_reset_while_it_was_checked_opens_nothing(
    engine: Engine, amira: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = passwords.fits

    def reset_meanwhile(kept: str, password: str) -> bool:
        with database.transaction(engine) as session:
            accounts.reset(session, amira, actor="root", now=now)
        return right(kept, password)

    monkeypatch.setattr(passwords, "fits", reset_meanwhile)
    with pytest.raises(WrongPassword):
        log_in(engine, now)


def test_logging_in_again_in_the_same_browser_ends_its_session_before(
    engine: Engine, amira: int, now: datetime
) -> None:
    before, elsewhere = log_in(engine, now), log_in(engine, now)
    after = logins.log_in(engine, "amira", PASSWORD, source="x", now=now, instead_of=before)
    with pytest.raises(NotLoggedIn):
        who(engine, before, now)
    assert who(engine, after, now) == who(engine, elsewhere, now) == "amira"


def test_one_can_log_out_everywhere_else(engine: Engine, amira: int, now: datetime) -> None:
    here, there = log_in(engine, now), log_in(engine, now)
    with database.transaction(engine) as session:
        account = session.get_one(Account, amira)
        assert len(logins.open_sessions(session, amira, now)) == 2
        assert logins.log_out_others(session, account, here, now) == 1
    assert who(engine, here, now) == "amira"
    with pytest.raises(NotLoggedIn):
        who(engine, there, now)
    assert ("amira", "others_out") in actions(engine, amira)


def test_days_of_guessing_are_still_only_slow(engine: Engine, amira: int, now: datetime) -> None:
    with database.transaction(engine) as session:
        key = logins._key("amira", "x")
        session.add(LoginFailure(source=key, count=5000, last_at=now))
    with pytest.raises(SlowDown):
        logins.log_in(engine, "amira", "wrong", source="x", now=now)
    assert logins.log_in(engine, "amira", PASSWORD, source="x", now=now + 30 * SECOND)


def test_every_change_of_an_account_is_in_the_audit(engine: Engine, now: datetime) -> None:
    ben = add(engine, now, "ben", "viewer")
    facts: dict[str, Any] = {"actor": "root", "now": now}
    with database.transaction(engine) as session:
        accounts.change(session, ben, role="manager", places=["fosse"], **facts)
        accounts.disable(session, ben, **facts)
        accounts.enable(session, ben, **facts)
        accounts.reset(session, ben, **facts)
        accounts.set_password(session, ben, PASSWORD, **facts)
    done = [action for _, action in actions(engine, ben)]
    assert done == ["created", "changed", "disabled", "enabled", "reset", "password"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "TRUNCATE audit",
    ],
)
def test_the_database_itself_refuses_to_change_or_lose_the_audit(
    engine: Engine, amira: int, now: datetime, statement: str
) -> None:
    with pytest.raises(Exception, match=r"audit|syntax"), database.transaction(engine) as session:
        session.execute(text(statement))
    assert actions(engine, amira) == [("system", "created")]


def test_only_what_is_older_than_the_horizon_can_be_forgotten(
    engine: Engine, amira: int, now: datetime
) -> None:
    later = now + HOUR
    with database.transaction(engine) as session:
        audit.write(session, "amira", "task.done", "task", 1, later)
    with database.transaction(engine) as session:
        audit.may_forget(session, later)
        session.execute(text("DELETE FROM audit WHERE subject = 'account'"))
    with pytest.raises(Exception, match="audit"), database.transaction(engine) as session:
        session.execute(text("DELETE FROM audit"))
