"""`welcome broadcast`, and an announcement on its whole way: through the worker to both providers, each person once."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands import broadcast as command
from store import broadcasts, database, reminders
from store.models import Broadcast, Contact, OutboxRow
from store.still import Group
from tests.bot.house import KEY, House

type Run = Callable[..., Result]
WORDS = "The work coach comes an hour later."


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command over the house's database."""
    monkeypatch.setenv("WELCOME_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("WELCOME_SECRET_KEYS", f'["{KEY}"]')
    monkeypatch.setattr("bot.compose.wall_clock", house.clock)
    monkeypatch.setattr(command, "open_desk", lambda demo=False: house.desk)
    return lambda *words, says="": CliRunner().invoke(app, ["broadcast", *words], input=says)


@pytest.fixture
def crowd(house: House) -> House:
    """Three who want news of the work coach: one by SMS, two by Telegram."""
    house.sms("+447700900123", "Hello, good morning")
    for chat in (901, 902):
        house.telegram_text(chat, "Hello, good morning")
    with database.transaction(house.desk.engine) as session:
        for contact in session.scalars(select(Contact)):
            contact.language = "en"
            reminders.subscribe(session, contact.id, "work_coach", house.clock.now)
    return house


def written(house: House, *, ready: bool = True) -> int:
    with database.transaction(house.desk.engine) as session:
        row = broadcasts.create(session, Group("work_coach"), WORDS, actor="ann", now=house.clock.now)
        if ready:
            broadcasts.ready(session, row.id, version=row.version, actor="ann", now=house.clock.now)
        return row.id


def state(house: House) -> Broadcast:
    with database.transaction(house.desk.engine) as session:
        return session.scalars(select(Broadcast)).one()


def start(house: House, number: int, at: datetime | None = None) -> None:
    with database.transaction(house.desk.engine) as session:
        version = session.get_one(Broadcast, number).version
        broadcasts.start(
            session, number, version=version, actor="ann", now=house.clock.now, alone_up_to=200, at=at
        )


def work_until_done(house: House) -> None:
    for _ in range(10):
        house.work()
        house.clock.forward(seconds=31)


@pytest.fixture
def worker(house: House) -> Iterator[Callable[[], None]]:
    """Starts a worker beside the command; it ends with the test."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        while not over.is_set():
            house.work()
            house.clock.forward(seconds=31)
            time.sleep(0.05)

    def begin() -> None:
        threads.append(threading.Thread(target=work))
        threads[0].start()

    yield begin
    over.set()
    for thread in threads:
        thread.join(30)


def test_what_there_is_and_whom_it_reaches(crowd: House, run: Run) -> None:
    assert "None has been written yet." in run("list").output
    number = written(crowd)
    listed = run("list").output
    assert "ready" in listed and "work_coach, all libraries" in listed
    shown = run("show", str(number))
    assert shown.exit_code == 0, shown.output
    assert WORDS in shown.output and "3 people, 1 SMS parts." in shown.output
    assert "Nobody else has approved it." in shown.output


def test_it_is_sent_and_watched_until_it_is_done(
    crowd: House, run: Run, worker: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LOOK", 0.05)
    number = written(crowd)
    worker()
    result = run("send", str(number))
    assert result.exit_code == 0, result.output
    assert "Sent." in result.output and "3/3" in result.output
    assert sum(WORDS in text for text in crowd.twilio.to("+447700900123")) == 1
    assert [sum(WORDS in text for text in crowd.telegram.to(chat)) for chat in (901, 902)] == [1, 1]


def test_many_need_the_second_person_here_too(crowd: House, run: Run) -> None:
    number = written(crowd)
    crowd.desk.settings.broadcast_alone = 2
    result = run("send", str(number))
    assert result.exit_code == 1
    assert "It goes to 3 people, more than 2. A second member of staff" in " ".join(result.output.split())
    assert state(crowd).state == "ready"
    with database.transaction(crowd.desk.engine) as session:
        version = session.get_one(Broadcast, number).version
        broadcasts.approve(session, number, version=version, actor="mia", now=crowd.clock.now)
    assert "Approved by mia." in run("show", str(number)).output


def test_a_draft_is_not_sent(crowd: House, run: Run) -> None:
    result = run("send", str(written(crowd, ready=False)))
    assert result.exit_code == 1 and "It is a draft." in result.output
    assert state(crowd).state == "draft"


def test_ctrl_c_leaves_it_to_the_worker_and_says_so(
    crowd: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.commands.broadcast.time.sleep", pressed)
    result = run("send", str(written(crowd)))
    assert result.exit_code == 0
    assert "It goes on without this window" in " ".join(result.output.split())
    assert state(crowd).state == "sending"
    monkeypatch.undo()
    work_until_done(crowd)
    assert state(crowd).state == "done"


def test_pause_go_on_and_stop(crowd: House, run: Run) -> None:
    number = str(written(crowd))
    refused = run("pause", number)
    assert refused.exit_code == 1 and "That cannot be done with it now: it is ready." in refused.output
    start(crowd, int(number))
    assert "Paused." in run("pause", number).output
    work_until_done(crowd)
    assert state(crowd).state == "paused" and crowd.twilio.to("+447700900123") == []
    assert "It goes on." in run("go-on", number).output
    assert run("stop", number, says="n\n").exit_code == 1
    assert "Stopped." in run("stop", number, "--yes").output
    work_until_done(crowd)
    assert crowd.twilio.to("+447700900123") == []
    with database.transaction(crowd.desk.engine) as session:
        assert session.scalars(select(OutboxRow).where(OutboxRow.kind == "broadcast")).all() == []


@pytest.mark.parametrize("what", ["show", "send", "pause", "go-on", "stop"])
def test_a_number_that_is_none_is_said(run: Run, what: str) -> None:
    more = ["--yes"] if what == "stop" else []
    result = run(what, "99", *more)
    assert result.exit_code == 1 and "There is no announcement 99." in result.output
    assert run(what, "0").exit_code == 2


@pytest.mark.parametrize("what", ["list", "show", "send", "pause", "go-on", "stop"])
def test_every_command_explains_itself(run: Run, what: str) -> None:
    assert run(what, "--help").exit_code == 0


def test_45_a_person_who_blocked_the_bot_is_marked_and_the_others_get_it(crowd: House) -> None:
    start(crowd, written(crowd))
    crowd.telegram.faults.append("403")
    work_until_done(crowd)
    with database.transaction(crowd.desk.engine) as session:
        gone = session.scalars(select(Contact).where(Contact.unreachable)).all()
    assert len(gone) == 1
    got = [sum(WORDS in text for text in crowd.telegram.to(chat)) for chat in (901, 902)]
    assert sorted(got) == [0, 1]
    assert sum(WORDS in text for text in crowd.twilio.to("+447700900123")) == 1
    assert state(crowd).state == "done"
    assert (state(crowd).result or {})["failed"] == 1


def test_the_question_after_a_session_is_asked_and_answered_over_the_channel(crowd: House) -> None:
    answers = {"booking": 1, "service": "work_coach", "start": "2026-11-22T14:00:00+00:00"}
    with database.transaction(crowd.desk.engine) as session:
        from store import outbox

        contact = session.scalars(select(Contact).where(Contact.channel == "sms")).one()
        outbox.queue(
            session, contact.id, "reminder", {"flow": "after", "answers": answers}, dedupe=None, now=crowd.clock.now
        )  # fmt: skip
    work_until_done(crowd)
    asked = crowd.twilio.to("+447700900123")[-1]
    assert re.search(r"how was it\?\n1 Good\n2 Not good", asked)
    assert "Thank you. We are glad." in crowd.sms("+447700900123", "1")
