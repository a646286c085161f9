"""Staff are told once of what waits: at once or in a digest, at their own time, of their own libraries."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, select

from store import accounts, bookings, database, digests, london, notify, places, tasks, telling
from store.errors import AlreadyHandled, SlowDown
from store.models import Account, Booking, Listener, Notice
from store.vault import Vault
from tests.store.helpers import DAY, HOUR, PLACES, at_once, people, weekly

MINUTE = timedelta(minutes=1)
BOTH = ("mail", "group")
ALL = dict.fromkeys(telling.KINDS, "digest")
EVERY_DAY = "0123456"


def account(engine: Engine, now: datetime, name: str = "sam", where: list[str] | None = None) -> int:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        row = Account(
            username=name, name=name.title(), password_hash="", role="librarian", places=where, created_at=now
        )
        session.add(row)
        session.flush()
        return row.id


def ask(engine: Engine, vault: Vault, id_: int, now: datetime, address: str = "sam@library.example") -> str:
    """The account gives an address; the code that is on its way there."""
    with database.transaction(engine) as session:
        telling.offer_address(session, vault, session.get_one(Account, id_), address, now)
        row = session.scalars(select(Notice).filter_by(kind="code").order_by(Notice.id.desc())).first()
        assert row is not None
        return vault.open(row.about["code"])


def confirm(engine: Engine, vault: Vault, id_: int, code: str, now: datetime) -> str:
    with database.transaction(engine) as session:
        return telling.confirm_address(session, vault, session.get_one(Account, id_), code, now)


def chooses(engine: Engine, id_: int, now: datetime, wishes: dict[str, str], **more: object) -> None:
    with database.transaction(engine) as session:
        listener = telling.listener_of(session, id_)
        assert listener is not None
        chosen = {"at": time(9), "days": EVERY_DAY, "version": listener.version, **more}
        telling.choose(session, listener, wishes, actor="sam", now=now, **chosen)  # type: ignore[arg-type]


@pytest.fixture
def sam(engine: Engine, vault: Vault, now: datetime) -> int:
    """A librarian of Fosse with a confirmed address."""
    id_ = account(engine, now - DAY, where=["fosse"])
    assert confirm(engine, vault, id_, ask(engine, vault, id_, now - DAY), now - DAY) == "right"
    for row in notify.claim(engine, ways=BOTH, now=now - DAY, worker="w"):
        notify.settle(engine, row.id, "sent", now=now - DAY)
    return id_


@pytest.fixture
def asks(engine: Engine, now: datetime) -> Callable[..., int]:
    """Somebody asks for a place at a moment; the booking's id."""

    def ask_for(at: datetime = now, place: str = "fosse", service: str = "work_coach") -> int:
        occurrence = weekly(engine, now, place=place, service=service)[2]
        person = people_once(engine, now)
        with database.transaction(engine) as session:
            return bookings.request(session, person, occurrence, "Maryam", at).id

    made: list[int] = []

    def people_once(engine: Engine, now: datetime) -> int:
        if not made:
            made.extend(people(engine, 1, now))
        return made[0]

    return ask_for


def emergency(engine: Engine, at: datetime, place: str | None = "fosse") -> int:
    with database.transaction(engine) as session:
        row = tasks.file(session, "emergency", about=place or "", note="he hits me", place=place, now=at)
        return row.id


def plan(engine: Engine, now: datetime) -> int:
    return digests.plan(engine, now, BOTH)


def notices(engine: Engine, kind: str = "", way: str = "mail") -> list[Notice]:
    with database.transaction(engine) as session:
        query = select(Notice).join(Listener).where(Listener.way == way, Notice.kind != "code")
        rows = session.scalars(query.order_by(Notice.id)).unique().all()
        return [row for row in rows if not kind or row.kind == kind]


# The address


def test_an_address_counts_once_its_code_was_typed_in_and_is_sealed(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    id_ = account(engine, now)
    code = ask(engine, vault, id_, now)
    assert len(code) == 6
    with database.transaction(engine) as session:
        row = telling.listener_of(session, id_)
        assert row is not None
        assert row.address_sealed is None
        assert "library" not in (row.offered_sealed or "")
        assert code not in (row.code_hash or "")
    assert confirm(engine, vault, id_, code, now + 14 * MINUTE) == "right"
    assert confirm(engine, vault, id_, code, now + 14 * MINUTE) == "over"
    with database.transaction(engine) as session:
        row = telling.listener_of(session, id_)
        assert row is not None
        assert vault.open(row.address_sealed or "") == "sam@library.example"
        assert [(wish.kind, wish.moment) for wish in row.wishes] == [("emergencies", "at_once")]


def test_a_code_works_for_15_minutes_and_five_tries(engine: Engine, vault: Vault, now: datetime) -> None:
    id_ = account(engine, now)
    assert confirm(engine, vault, id_, "000000", now) == "over"
    code = ask(engine, vault, id_, now)
    assert confirm(engine, vault, id_, code, now + 15 * MINUTE) == "over"
    code = ask(engine, vault, id_, now)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    tries = [confirm(engine, vault, id_, wrong, now) for _ in range(5)]
    assert tries == ["wrong"] * 4 + ["over"]
    assert confirm(engine, vault, id_, code, now) == "over"


def test_the_address_that_was_stays_until_the_new_one_is_confirmed(
    engine: Engine, vault: Vault, sam: int, now: datetime
) -> None:
    old = ask(engine, vault, sam, now, "first@library.example")
    new = ask(engine, vault, sam, now, "second@library.example")
    if old != new:
        assert confirm(engine, vault, sam, old, now) == "wrong"
    with database.transaction(engine) as session:
        row = telling.listener_of(session, sam)
        assert row is not None
        assert vault.open(row.address_sealed or "") == "sam@library.example"
    claims = notify.claim(engine, ways=BOTH, now=now, worker="w")
    assert [vault.open(c.address_sealed or "") for c in claims] == ["second@library.example"]
    assert confirm(engine, vault, sam, new, now) == "right"


def test_nobodys_post_box_is_flooded_with_codes(engine: Engine, vault: Vault, now: datetime) -> None:
    id_ = account(engine, now)
    for n in range(5):
        ask(engine, vault, id_, now + n * MINUTE)
    with pytest.raises(SlowDown) as wait:
        ask(engine, vault, id_, now + 10 * MINUTE)
    assert wait.value.seconds == 50 * 60
    ask(engine, vault, id_, now + 61 * MINUTE)


@pytest.mark.parametrize(
    "address",
    [
        "", "sam", "sam@", "@library.example", "sam@library", "a b@library.example",
        "sam@library.example\r\nBcc: x@y.example", "sam@library.example, eve@x.example", "<sam@library.example>",
        "sam@" + "l" * 250 + ".example", "sám@library.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(engine: Engine, vault: Vault, now: datetime, address: str) -> None:
    id_ = account(engine, now)
    with pytest.raises(ValueError, match="address"):
        ask(engine, vault, id_, now, address)


def test_a_code_is_nowhere_once_it_is_sent(engine: Engine, vault: Vault, now: datetime) -> None:
    ask(engine, vault, account(engine, now), now)
    claim = notify.claim(engine, ways=BOTH, now=now, worker="w")[0]
    notify.settle(engine, claim.id, "sent", now=now)
    with database.transaction(engine) as session:
        assert session.scalars(select(Notice)).one().about == {}


def test_keys_are_changed_without_losing_an_address(engine: Engine, vault: Vault, sam: int) -> None:
    from cryptography.fernet import Fernet

    newest = Fernet.generate_key().decode()
    with database.transaction(engine) as session:
        row = telling.listener_of(session, sam)
        assert row is not None
        row.address_sealed = vault.seal("sam@library.example")
    both = Vault([newest])
    both._fernet = type(both._fernet)([Fernet(newest), *vault._fernet._fernets])
    with database.transaction(engine) as session:
        assert telling.reseal(session, both) == 1
        row = telling.listener_of(session, sam)
        assert row is not None
        assert Vault([newest]).open(row.address_sealed or "") == "sam@library.example"


def test_two_who_set_the_group_at_once_one_is_told_who_was_faster(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        group = telling.group(session, now)
    wish = {"requests": "at_once"}
    with database.transaction(engine) as session:
        telling.choose(
            session, telling.group(session, now), wish, at=time(9), days="0", version=1, actor="ann", now=now
        )
    with pytest.raises(AlreadyHandled) as faster, database.transaction(engine) as session:
        telling.choose(session, group, wish, at=time(9), days="0", version=1, actor="bo", now=now)
    assert faster.value.by == "ann"


# Digests


def test_a_digest_goes_out_once_a_day_on_the_chosen_days(
    engine: Engine, sam: int, asks: Callable[..., int], now: datetime
) -> None:
    chooses(engine, sam, now - HOUR, ALL, at=time(9, 30), days="01")  # Monday and Tuesday; it is Monday
    asks()
    assert plan(engine, now + 29 * MINUTE) == 0
    assert [plan(engine, now + 30 * MINUTE), plan(engine, now + 31 * MINUTE)] == [1, 0]
    assert plan(engine, now - HOUR) == 0  # the clock steps back
    assert [plan(engine, now + DAY + HOUR), plan(engine, now + 2 * DAY + HOUR)] == [1, 0]
    assert [row.occurrence for row in notices(engine)] == ["digest:2026-11-23", "digest:2026-11-24"]


def test_two_workers_that_plan_at_once_make_one_digest(engine: Engine, sam: int, now: datetime) -> None:
    chooses(engine, sam, now - HOUR, ALL)
    assert sorted(map(str, at_once([lambda: plan(engine, now)] * 4))) == ["0", "0", "0", "1"]


@pytest.mark.parametrize(
    ("wall", "day", "due"),
    [
        (time(9), "2026-10-24", "2026-10-24T08:00"),  # the day before the clocks go back
        (time(9), "2026-10-25", "2026-10-25T09:00"),
        (time(1, 30), "2026-10-25", "2026-10-25T00:30"),  # an hour that comes twice: the first
        (time(9), "2027-03-27", "2027-03-27T09:00"),
        (time(9), "2027-03-28", "2027-03-28T08:00"),
        (time(1, 30), "2027-03-28", "2027-03-28T01:00"),  # no such time: when the clocks jump
        (time(23, 50), "2026-10-25", "2026-10-25T23:50"),
    ],
)
def test_a_digest_is_due_in_londons_time_also_when_the_clocks_change(
    engine: Engine, sam: int, wall: time, day: str, due: str
) -> None:
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    with database.transaction(engine) as session:
        listener = session.scalars(select(Listener).filter_by(account_id=sam)).one()
        listener.digest_since = moment - 30 * DAY
    chooses(engine, sam, moment - 12 * HOUR, ALL, at=wall)
    with database.transaction(engine) as session:
        session.scalars(select(Listener).filter_by(account_id=sam)).one().digest_since = moment - MINUTE
    assert plan(engine, moment - timedelta(seconds=1)) == 0
    assert plan(engine, moment) == 1
    assert [plan(engine, moment + n * 30 * MINUTE) for n in range(1, 12)] == [0] * 11  # the hour comes again
    assert [row.occurrence for row in notices(engine)] == [f"digest:{day}"]


def test_a_digest_that_was_due_before_it_was_chosen_does_not_come(
    engine: Engine, sam: int, now: datetime
) -> None:
    chooses(engine, sam, now, ALL, at=time(8, 59))
    assert plan(engine, now) == 0
    chooses(engine, sam, now + HOUR, ALL, at=time(9, 30))
    assert plan(engine, now + HOUR) == 0


def test_who_is_late_is_told_for_six_hours_and_then_not(engine: Engine, sam: int, now: datetime) -> None:
    chooses(engine, sam, now - HOUR, ALL)
    assert plan(engine, now + 6 * HOUR) == 0
    assert plan(engine, now + 5 * HOUR) == 1
    assert notify.claim(engine, ways=BOTH, now=now + 6 * HOUR, worker="w") == []
    assert [(row.state, row.reason) for row in notices(engine)] == [("dropped", "too_late")]


# At once


def test_emergencies_are_told_at_once_by_default_and_at_night(
    engine: Engine, sam: int, now: datetime
) -> None:
    night = now + 14 * HOUR
    assert london.quiet(night)
    emergency(engine, night)
    assert plan(engine, night) == 2  # sam, and the group
    assert plan(engine, night) == 0
    assert [row.about["kinds"] for row in notices(engine)] == [["emergencies"]]


def test_an_emergency_that_is_heard_of_again_is_told_again_after_a_quarter_of_an_hour(
    engine: Engine, sam: int, now: datetime
) -> None:
    emergency(engine, now)
    plan(engine, now)
    for n in (1, 5, 14):
        emergency(engine, now + n * MINUTE)
        plan(engine, now + n * MINUTE)
    assert len(notices(engine)) == 1
    emergency(engine, now + 16 * MINUTE)
    plan(engine, now + 16 * MINUTE)
    assert len(notices(engine)) == 2


def test_what_is_not_urgent_comes_together_and_by_day(
    engine: Engine, sam: int, asks: Callable[..., int], now: datetime
) -> None:
    chooses(engine, sam, now - HOUR, {"requests": "at_once", "callbacks": "at_once"})
    asks(now)
    assert plan(engine, now) == 1
    asks(now + MINUTE, service="it_sessions")
    with database.transaction(engine) as session:
        tasks.file(session, "callback", place="fosse", now=now + MINUTE)
    assert plan(engine, now + 2 * MINUTE) == 0
    assert plan(engine, now + 10 * MINUTE) == 1
    assert notices(engine)[-1].about["kinds"] == ["requests", "callbacks"]
    asks(now + 12 * HOUR, service="form_help")  # 21:00
    assert plan(engine, now + 12 * HOUR) == 0
    assert plan(engine, now + 23 * HOUR) == 1


def test_what_was_there_before_it_was_chosen_or_is_done_is_not_told(
    engine: Engine, sam: int, asks: Callable[..., int], now: datetime
) -> None:
    asks(now - HOUR)
    done = asks(now, service="it_sessions")
    chooses(engine, sam, now - MINUTE, {"requests": "at_once"})
    with database.transaction(engine) as session:
        row = session.get_one(Booking, done)
        bookings.decide(session, done, "approve", version=row.version, actor="sam", now=now)
    assert plan(engine, now) == 0


def test_only_their_own_libraries_and_what_belongs_to_none(
    engine: Engine, sam: int, asks: Callable[..., int], now: datetime
) -> None:
    chooses(engine, sam, now - HOUR, dict.fromkeys(telling.KINDS, "at_once"))
    asks(now, "belgrave")
    emergency(engine, now, "belgrave")
    assert notices(engine) == []
    plan(engine, now)
    assert notices(engine) == []
    emergency(engine, now, None)
    plan(engine, now)
    assert [row.about["kinds"] for row in notices(engine)] == [["emergencies"]]
    with database.transaction(engine) as session:
        found = digests.waiting(session, list(telling.KINDS), ["fosse"])
        assert [(each.kind, each.number, each.place) for each in found] == [("emergencies", 1, None)]
        everywhere = digests.waiting(session, list(telling.KINDS), None)
        assert {(each.kind, each.service, each.place, each.number) for each in everywhere} == {
            ("emergencies", None, None, 1),
            ("emergencies", None, "belgrave", 1),
            ("requests", "work_coach", "belgrave", 1),
        }


def test_four_workers_that_plan_at_once_tell_of_an_emergency_once(
    engine: Engine, sam: int, now: datetime
) -> None:
    emergency(engine, now)
    at_once([lambda: plan(engine, now)] * 4)
    assert len(notices(engine)) == len(notices(engine, way="group")) == 1


def test_a_closed_account_gets_nothing_not_even_what_is_queued(
    engine: Engine, sam: int, now: datetime
) -> None:
    emergency(engine, now)
    plan(engine, now)
    with database.transaction(engine) as session:
        accounts.disable(session, sam, actor="ann", now=now)
    assert notify.claim(engine, ways=["mail"], now=now, worker="w") == []
    assert [(row.state, row.reason) for row in notices(engine)] == [("dropped", "closed")]
    emergency(engine, now + HOUR, "belgrave")
    emergency(engine, now + HOUR)
    assert plan(engine, now + HOUR) == 1  # the group alone, of both together


def test_who_removed_the_address_gets_nothing(engine: Engine, vault: Vault, sam: int, now: datetime) -> None:
    emergency(engine, now)
    plan(engine, now)
    with database.transaction(engine) as session:
        telling.forget_address(session, session.get_one(Account, sam), now)
    assert notify.claim(engine, ways=["mail"], now=now, worker="w") == []
    with database.transaction(engine) as session:
        telling.forget_address(session, session.get_one(Account, sam), now)


# On the way


@pytest.fixture
def due(engine: Engine, sam: int, now: datetime) -> int:
    """A digest that is on its way; its id."""
    chooses(engine, sam, now - HOUR, ALL)
    plan(engine, now)
    return notify.claim(engine, ways=BOTH, now=now, worker="w")[0].id


def test_two_workers_never_get_the_same_notice(engine: Engine, sam: int, now: datetime) -> None:
    chooses(engine, sam, now - HOUR, ALL)
    plan(engine, now)
    claims = at_once([lambda: notify.claim(engine, ways=BOTH, now=now, worker="w")] * 4)
    assert sum(len(each) for each in claims if isinstance(each, list)) == 1


def test_killed_between_claim_and_answer_it_is_unsure_listed_and_never_sent_again(
    engine: Engine, due: int, sam: int, now: datetime
) -> None:
    assert notify.sweep(engine, now + 2 * MINUTE) == 0
    assert notify.sweep(engine, now + 4 * MINUTE) == 1
    assert notify.sweep(engine, now + 4 * MINUTE) == 0
    assert plan(engine, now + 4 * MINUTE) == 0
    assert notify.claim(engine, ways=BOTH, now=now + 5 * MINUTE, worker="w") == []
    with database.transaction(engine) as session:
        listener = telling.listener_of(session, sam)
        assert listener is not None
        shown = notify.recent(session, listener.id)
        assert [(row.state, row.reason) for row in shown if row.kind == "digest"] == [("unsure", "lost")]


def test_what_was_not_taken_now_is_tried_again_later(engine: Engine, due: int, now: datetime) -> None:
    notify.settle(engine, due, "retry", now=now, reason="later_451", not_before=now + 5 * MINUTE)
    assert notify.claim(engine, ways=BOTH, now=now + 4 * MINUTE, worker="w") == []
    again = notify.claim(engine, ways=BOTH, now=now + 5 * MINUTE, worker="w")
    assert [(c.id, c.attempts) for c in again] == [(due, 2)]


def test_an_address_that_the_mail_server_does_not_know_is_left_in_peace(
    engine: Engine, due: int, sam: int, now: datetime
) -> None:
    notify.settle(engine, due, "failed", now=now, reason=notify.NO_ADDRESS)
    assert plan(engine, now + DAY) == 0
    with database.transaction(engine) as session:
        telling.try_again(session, session.get_one(Account, sam), now + DAY)
    assert plan(engine, now + DAY) == 1


def test_what_is_old_is_forgotten(engine: Engine, due: int, now: datetime) -> None:
    notify.settle(engine, due, "sent", now=now)
    notify.settle(engine, due, "failed", now=now)  # too late to say otherwise
    assert [row.state for row in notices(engine)] == ["sent"]
    notify.sweep(engine, now + 31 * DAY)
    assert notices(engine) == []


def test_a_word_nobody_knows_is_refused(engine: Engine, due: int, now: datetime) -> None:
    with pytest.raises(ValueError, match="teleported"):
        notify.settle(engine, due, "teleported", now=now)
