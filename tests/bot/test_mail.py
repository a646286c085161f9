"""E-mail to staff: it says what waits and never about whom; what a mail server does is never sent twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, select

from bot import log
from bot.channels.channel import MaybeSent, NotNow, Refused
from bot.mail import Later, Mail, Never
from bot.settings import Settings
from bot.telling import Named, Teller, since_when, waiting_letter
from flows.words import Rendered
from store import bookings, contacts, database, digests, notify, sessions, tasks, telling
from store.digests import Waiting
from store.models import Account, Listener, Notice, Occurrence
from store.places import sync
from store.vault import Vault
from tests.bot.house import open_house
from tests.fakes.mail import PASSWORD, USER, FakeMail, client_context, serve_mail

TO = "sam@library.example"
NAMED = Named(
    {"work_coach": "Work coach session"}, {"fosse": "Fosse Library", "belgrave": "Belgrave Library"}
)
PUBLIC = "https://desk.example/"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def server() -> Iterator[FakeMail]:
    with serve_mail(FakeMail()) as running:
        yield running


def settings(server: FakeMail, **more: Any) -> Settings:
    given = {
        "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_user": USER, "smtp_password": SecretStr(PASSWORD),
        "mail_from": "Library desk <desk@library.example>", **more,
    }  # fmt: skip
    return Settings(**given)


def mail(server: FakeMail, **more: Any) -> Mail:
    return Mail(settings(server, **more), timeout=1.0, deadline=5.0, tls=client_context())


async def send(post: Mail, text: str = "3 requests wait.\n", to: str = TO) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    await post.send(to, "Welcome Desk: 3 requests", text, name="notice-1.abc", now=now)


# The mail server


async def test_a_message_arrives_whole_over_starttls(server: FakeMail) -> None:
    await send(mail(server), ".dots\n..at the start\nČeština, ‘quotes’ and a very " + "long " * 40 + "line\n")
    assert server.encrypted == [True]
    (sender, recipients, _), message = server.taken[0], server.messages[0]
    assert (sender, recipients) == ("desk@library.example", [TO])
    assert message.get_content().startswith(".dots\n..at the start\nČeština, ‘quotes’")
    assert message["From"] == "Library desk <desk@library.example>"
    assert message["Message-ID"] == "<notice-1.abc@library.example>"
    assert message["Date"] == "Mon, 23 Nov 2026 09:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"


async def test_tls_from_the_first_byte() -> None:
    with serve_mail(FakeMail(tls_first=True)) as server:
        await send(mail(server, smtp_security="tls"))
        assert server.encrypted == [True]


async def test_without_encryption_only_where_it_is_set_so() -> None:
    with serve_mail(FakeMail(starttls=False)) as server:
        with pytest.raises(Later, match="no_tls"):
            await send(mail(server))
        assert "AUTH" not in server.stages  # the password was not shown to anybody
        await send(mail(server, smtp_security="none"))
        assert server.encrypted == [False]


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(server: FakeMail) -> None:
    with pytest.raises(Later, match="no_tls"):
        await send(Mail(settings(server), timeout=1.0))
    assert "AUTH" not in server.stages
    assert server.taken == []


async def test_nobody_there_is_certainly_not_sent() -> None:
    with serve_mail(FakeMail()) as server:
        gone = mail(server)
    with pytest.raises(Later, match="no_connection") as fault:
        await send(gone)
    assert fault.value.everyone


@pytest.mark.parametrize(
    ("stage", "fault", "kind", "reason"),
    [
        ("CONNECT", "421 busy", Later, "no_connection"),
        ("CONNECT", "hang-up", Later, "no_connection"),
        ("CONNECT", "stall", Later, "no_connection"),
        ("EHLO", "hang-up", Later, "no_connection"),
        ("STARTTLS", "454 not now", Later, "no_tls"),
        ("AUTH", "535 5.7.8 no", Later, "log_in_refused"),
        ("MAIL", "451 4.3.0 later", Later, "later_451"),
        ("MAIL", "550 5.7.1 not you", Never, "refused_550"),
        ("RCPT", "450 4.2.1 later", Later, "later_450"),
        ("RCPT", "550 5.1.1 no such user", Never, "no_such_address"),
        ("RCPT", "550 nobody", Never, "no_such_address"),
        ("RCPT", "550 5.7.1 relaying denied", Never, "refused_550"),
        ("RCPT", "554 5.7.1 no", Never, "refused_554"),
        ("RCPT", "hang-up", Later, "no_connection"),
        ("DATA", "421 4.3.2 closing", Later, "later_421"),
        ("DATA", "hang-up", Later, "no_connection"),
        ("DATA", "stall", Later, "no_connection"),
        ("BODY", "451 4.3.0 later", Later, "later_451"),
        ("BODY", "554 5.6.0 no", Never, "refused_554"),
        ("BODY", "hang-up", MaybeSent, ""),
        ("BODY", "stall", MaybeSent, ""),
        ("BODY", "999 what", MaybeSent, ""),
    ],
)
async def test_each_answer_has_its_end(
    server: FakeMail, stage: str, fault: str, kind: type[Exception], reason: str
) -> None:
    server.faults[stage] = fault
    with pytest.raises(kind) as end:
        await send(mail(server))
    assert str(end.value) == reason


async def test_a_server_that_never_comes_to_an_end_is_given_up(server: FakeMail) -> None:
    server.faults["BODY"] = "stall"
    slow = Mail(settings(server), timeout=3.0, deadline=0.5, tls=client_context())
    with pytest.raises(MaybeSent):
        await send(slow)


async def test_a_good_bye_that_fails_takes_nothing_back(server: FakeMail) -> None:
    server.faults["QUIT"] = "hang-up"
    await send(mail(server))
    assert len(server.taken) == 1


@pytest.mark.parametrize("setting", ["desk", "desk@x\r\nBcc: eve@x.example", "<>", "a@b@c"])
def test_a_sender_that_is_no_address_is_refused_at_the_start(setting: str) -> None:
    with pytest.raises(ValidationError):
        Settings(mail_from=setting)


# What is said


def test_a_letter_says_how_many_what_and_where_in_few_words(now: datetime) -> None:
    tuesday = now - 6 * DAY
    found = [
        Waiting("emergencies", None, "fosse", 1, now - HOUR),
        Waiting("requests", "work_coach", "fosse", 2, tuesday),
        Waiting("requests", "mother_baby_group", "belgrave", 1, now),
        Waiting("facts", None, None, 4, now - 40 * DAY),
    ]
    letter = waiting_letter(found, NAMED, PUBLIC, now, footer=True)
    assert letter is not None
    assert letter.subject == "Welcome Desk: 1 emergency, 3 requests, 4 facts to confirm"
    assert letter.text == (
        "1 emergency waits, since 08:00: Fosse Library\nhttps://desk.example/staff/tasks\n\n"
        "3 requests wait, the oldest since Tuesday: Work coach session, Fosse Library (2); "
        "a group, Belgrave Library (1)\nhttps://desk.example/staff/requests\n\n"
        "4 facts are to be confirmed, the oldest since 14 October\nhttps://desk.example/staff/tasks\n\n"
        "You get this because you chose to. To change it: https://desk.example/staff/telling\n"
    )
    assert waiting_letter([], NAMED, PUBLIC, now, footer=True) is None


def test_a_long_list_stays_short(now: datetime) -> None:
    found = [Waiting("requests", f"service_{n}", f"place_{n}", n, now) for n in range(1, 12)]
    named = Named(
        {f"service_{n}": f"Service {n}" for n in range(12)}, {f"place_{n}": f"Place {n}" for n in range(12)}
    )
    letter = waiting_letter(found, named, PUBLIC, now, footer=False)
    assert letter is not None
    assert "Service 6, Place 6 (6); and 5 more" in letter.text


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (HOUR, "08:00"),
        (DAY, "Sunday"),
        (6 * DAY, "Tuesday"),
        (7 * DAY, "16 November"),
        (400 * DAY, "19 October 2025"),
    ],
)
def test_since_when_is_said_as_near_as_it_helps(now: datetime, ago: timedelta, words: str) -> None:
    assert since_when(now - ago, now) == words


# From the plan to the post box


class Group:
    """Telegram, as far as a teller sees it."""

    name = "telegram"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.faults: list[Exception] = []

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((address, message.text))
        return "1"


@dataclass
class Office:
    """Sam of the Fosse Library, a mail server, the staff group, and time."""

    engine: Engine
    vault: Vault
    server: FakeMail
    group: Group
    now: datetime

    def teller(self, **more: Any) -> Teller:
        given: dict[str, Any] = {
            "mail": mail(self.server),
            "group_channel": self.group,
            "group": "-100123",
            **more,
        }
        return Teller(self.engine, self.vault, NAMED, PUBLIC, name="w", **given)

    def works(self, teller: Teller | None = None, **forward: float) -> int:
        self.now += timedelta(**forward)
        teller = teller or self.teller()
        teller.plan(self.engine, self.now)
        return asyncio.run(teller.once(self.now))

    def asks(self, name: str = "مریم", place: str = "fosse") -> int:
        with database.transaction(self.engine) as session:
            contact = contacts.find_or_create(session, self.vault, "sms", "+447700900123", self.now)
            contact.name = name
            where = (
                select(Occurrence.id).filter_by(place_id=place).where(Occurrence.start > self.now + 2 * DAY)
            )
            occurrence = session.scalars(where.order_by(Occurrence.start)).first()
            return bookings.request(session, contact.id, occurrence or 0, name, self.now).id

    def states(self, way: str = "mail") -> list[tuple[str, str | None]]:
        with database.transaction(self.engine) as session:
            query = select(Notice).join(Listener).where(Listener.way == way, Notice.kind != "code")
            return [(row.state, row.reason) for row in session.scalars(query.order_by(Notice.id)).unique()]

    def chooses(self, wishes: dict[str, str]) -> None:
        with database.transaction(self.engine) as session:
            listener = session.scalars(select(Listener).filter_by(way="mail")).one()
            telling.choose(
                session, listener, wishes, at=time(9), days="0123456", version=listener.version, actor="sam",
                now=self.now - HOUR,
            )  # fmt: skip


@pytest.fixture
def office(sqlite_engine: Engine, vault: Vault, server: FakeMail, now: datetime) -> Office:
    before = now - DAY
    with database.transaction(sqlite_engine) as session:
        sync(session, NAMED.places)
        for place in NAMED.places:
            sessions.add_weekly(
                session, service="work_coach", place=place, weekday=3, start=time(10), minutes=60, capacity=4,
                actor="sam", now=before,
            )  # fmt: skip
        sam = Account(
            username="sam",
            name="Sam",
            password_hash="",
            role="librarian",
            places=["fosse"],
            created_at=before,
        )
        session.add(sam)
        session.flush()
        telling.offer_address(session, vault, sam, TO, before)
    office = Office(sqlite_engine, vault, server, Group(), before)
    office.works()
    code = server.texts(TO)[0].split("Your code is ")[1][:6]
    with database.transaction(sqlite_engine) as session:
        account = session.scalars(select(Account)).one()
        assert telling.confirm_address(session, vault, account, code, before + MINUTE) == "right"
    server.taken.clear()
    office.now = now
    return office


def test_a_digest_arrives_once_and_says_nothing_of_anybody(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    assert office.works() == 1
    assert office.works(minutes=1) == 0
    assert office.works(office.teller(), hours=2) == 0
    body = office.server.taken[0][2].decode()
    assert "1 request waits, since 09:00: Work coach session, Fosse Library" in office.server.texts(TO)[0]
    assert not any(word in body for word in ("مریم", "447700900123", "LB-"))
    assert office.states() == [("sent", None)]


def test_when_nothing_waits_nothing_comes_also_later_that_day(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.works()
    office.asks()
    office.works(hours=1)
    assert office.server.taken == []
    assert office.states() == [("dropped", "nothing_waits")]


def test_what_a_colleague_has_done_meanwhile_is_not_told(office: Office) -> None:
    office.chooses({"requests": "at_once"})
    booking = office.asks()
    office.teller().plan(office.engine, office.now)
    with database.transaction(office.engine) as session:
        bookings.decide(session, booking, "decline", version=2, actor="bea", now=office.now, reason="room")
    office.works()
    assert office.server.taken == []


def test_an_emergency_reaches_the_group_and_sam_at_once_without_a_word_of_it(office: Office) -> None:
    office.works()
    with database.transaction(office.engine) as session:
        tasks.file(session, "emergency", note="he hits me", place="fosse", now=office.now)
    assert office.works(seconds=10) == 2
    said = "1 emergency waits, since 09:00: Fosse Library\nhttps://desk.example/staff/tasks"
    assert office.group.sent == [("-100123", said)]
    assert said in office.server.texts(TO)[0]


def test_a_mail_server_that_is_down_is_waited_for_and_nothing_is_lost_or_doubled(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    office.server.faults["CONNECT"] = "421 busy"
    teller = office.teller()
    for minutes, state in ((0, 1), (0.5, 1), (1, 2), (5, 3)):
        office.works(teller, minutes=minutes)
        assert office.states() == [("queued", "no_connection")], state
    office.server.faults.clear()
    office.works(teller, minutes=20)
    office.works(teller, minutes=20)
    assert len(office.server.taken) == 1
    assert office.states() == [("sent", None)]


def test_a_refusal_for_now_is_tried_again_with_longer_and_longer_pauses(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    office.server.faults["RCPT"] = "451 4.7.1 greylisted"
    pauses = []
    for _ in range(5):
        office.works()
        with database.transaction(office.engine) as session:
            row = session.scalars(select(Notice).filter_by(state="queued")).unique().one()
            assert row.not_before is not None
            pauses.append((row.not_before - office.now) / MINUTE)
        office.now = row.not_before
    assert pauses == [1, 5, 15, 60, 60]
    assert office.states() == [("queued", "later_451")]


def test_a_refusal_for_good_ends_it_and_the_page_can_say_why(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    office.server.faults["RCPT"] = "550 5.1.1 no such user"
    office.works()
    office.works(hours=24)
    assert office.states() == [("failed", notify.NO_ADDRESS)]


def test_no_answer_after_it_may_have_been_taken_is_unsure_and_not_sent_again(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    office.server.faults["BODY"] = "hang-up"
    office.works()
    office.server.faults.clear()
    office.works(hours=1)
    assert len(office.server.taken) == 1
    assert office.states() == [("unsure", "no_answer")]


def test_killed_in_the_middle_it_is_unsure_and_not_sent_again(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    digests.plan(office.engine, office.now, ["mail"])
    assert notify.claim(office.engine, ways=["mail"], now=office.now, worker="killed")
    office.works(minutes=4)
    office.works(hours=1)
    assert office.server.taken == []
    assert office.states() == [("unsure", "lost")]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (NotNow(35), ("queued", "not_now")),
        (Refused("unreachable"), ("failed", "unreachable")),
        (MaybeSent(), ("unsure", "no_answer")),
        (RuntimeError("broken"), ("sending", None)),
    ],
)
def test_the_group_has_the_same_ends(office: Office, fault: Exception, state: tuple[str, str | None]) -> None:
    office.works()
    office.group.faults.append(fault)
    with database.transaction(office.engine) as session:
        tasks.file(session, "emergency", place="fosse", now=office.now)
    office.works(seconds=10)
    assert office.states("group") == [state]
    assert len(office.server.taken) == 1  # sam is told all the same


def test_without_a_mail_server_nothing_is_planned_for_later(office: Office) -> None:
    office.chooses({"requests": "digest"})
    office.asks()
    off = office.teller(mail=None, group_channel=None)
    assert off.ways == []
    office.works(off)
    assert office.states() == []


def test_an_address_under_lost_keys_is_said_to_be_unreadable(office: Office) -> None:
    from cryptography.fernet import Fernet

    office.chooses({"requests": "digest"})
    office.asks()
    office.vault = Vault([Fernet.generate_key().decode()])
    office.works()
    assert office.states() == [("failed", "wrong_key")]


def test_the_log_knows_no_address_no_name_and_no_text(office: Office) -> None:
    stream = StringIO()
    log.configure(stream)
    office.chooses({"requests": "at_once"})
    office.asks()
    office.works()
    office.server.faults["RCPT"] = "550 5.1.1 <sam@library.example> no such user"
    office.asks(place="belgrave")
    office.chooses({"requests": "digest", "emergencies": "digest"})
    office.works(days=1)
    said = stream.getvalue()
    assert "outcome=sent" in said
    assert "outcome=failed" in said
    assert not any(word in said for word in ("sam", "library.example", "مریم", "Fosse"))


# The whole desk


def test_a_desk_with_both_settings_tells_a_staff_group_and_asks_for_no_more(
    sqlite_url: str, server: FakeMail, now: datetime
) -> None:
    more = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": "desk@library.example"}
    with open_house(sqlite_url, now, **more, staff_group="-100123") as house:
        assert house.desk.tells == ["mail", "group"]
        house.work()
        house.clock.forward(minutes=1)
        house.sms("+447700900123", "he hits me")
        house.clock.forward(minutes=1)
        for _ in range(2):
            house.work()
            house.portal.call(house.other.worker().once)
        said = house.telegram.to(-100123)
        assert len(said) == 1
        assert said[0].startswith("1 emergency waits, since 09:01")
        assert said[0].endswith("/staff/tasks")


def test_a_group_that_got_another_number_is_said_to_be_gone(sqlite_url: str, now: datetime) -> None:
    with open_house(sqlite_url, now, staff_group="-100123") as house:
        assert house.desk.tells == ["group"]
        house.work()
        house.clock.forward(minutes=1)
        with database.transaction(house.desk.engine) as session:
            tasks.file(session, "emergency", now=house.clock.now)
        house.telegram.faults.append("403")
        house.clock.forward(minutes=1)
        house.work()
        with database.transaction(house.desk.engine) as session:
            row = session.scalars(select(Notice)).unique().one()
            assert (row.state, row.reason) == ("failed", "unreachable")


# From the command line


def test_welcome_staff_tell_sends_a_test_and_says_what_is_missing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    def run(*words: str, **more: str) -> str:
        result = CliRunner().invoke(app, ["staff", "tell", *words], env={**common, **more})
        return " ".join(result.output.split())

    key = _key(office.vault)
    common = {"WELCOME_DATABASE_URL": sqlite_url, "WELCOME_SECRET_KEYS": f'["{key}"]'}
    on = {
        "WELCOME_SMTP_HOST": "127.0.0.1", "WELCOME_SMTP_PORT": str(office.server.port), "WELCOME_SMTP_SECURITY": "none",
        "WELCOME_MAIL_FROM": "desk@library.example",
    }  # fmt: skip
    assert "E-mail is off" in run("--test", "sam")
    assert "There is no member of staff" in run("--test", "nobody", **on)
    assert "Sent" in run("--test", "Sam", **on)
    assert "arrives here" in office.server.texts(TO)[-1]
    office.server.faults["RCPT"] = "451 later"
    assert "451" in run("--test", "sam", **on)


def _key(vault: Vault) -> str:
    import base64

    first = vault._fernet._fernets[0]
    return base64.urlsafe_b64encode(first._signing_key + first._encryption_key).decode()
