"""A text that changes: people get English and are told so, until a person approves its translation."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from flows.catalogue import read
from flows.message import Message
from flows.words import IN_ENGLISH, MARK
from store import database, outbox
from store.accounts import create
from store.models import Contact
from tests.bot.house import House, open_house

AMINA = "+447700900123"
KEY = "mine.none"
PASSWORD = "a long enough password"


@pytest.fixture
def manager(house: House) -> Iterator[httpx.Client]:
    """A manager, logged in on the staff pages."""
    with database.transaction(house.desk.engine) as session:
        create(session, "mia", PASSWORD, name="Mia Jones", role="manager", actor="system", now=house.clock())
    with httpx.Client(
        base_url=house.url, headers={"origin": house.url}, follow_redirects=True, timeout=60
    ) as client:
        page = client.get("/staff/login")
        form = {"username": "mia", "password": PASSWORD, "csrf": hidden(page.text, "csrf")}
        client.post("/staff/login", data=form)
        yield client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def approve(client: httpx.Client, language: str, key: str, text: str) -> None:
    path = f"/staff/texts/{language}/text/{key}"
    page = client.get(path).text
    form = {"csrf": hidden(page, "csrf"), "version": hidden(page, "version"), "text-0": text, "do": "approve"}
    answer = client.post(path, data=form)
    assert answer.status_code == 200, answer.text


def english_becomes(house: House, key: str, text: str) -> None:
    """What a new version of the desk, or of the knowledge base, brings: other English, in every process."""
    for desk in (house.desk, house.other):
        desk.words.phrases = {**desk.words.phrases, key: text}


def note(house: House, key: str, language: str = "so") -> str:
    return house.desk.words.render(Message(key), language).text


SUMMARY = "kb.service.work_coach.summary"


def test_changed_english_goes_out_marked_until_a_person_approves_and_then_the_translation_does(
    house: House, manager: httpx.Client
) -> None:
    house.sms(AMINA, "Soomaali")
    before = house.sms(AMINA, "work coach")
    translation = house.desk.words.entry(SUMMARY, "so").text
    assert translation in before and note(house, IN_ENGLISH) not in before
    english_becomes(house, SUMMARY, "Talk to a work coach about finding a job.")
    stale = house.sms(AMINA, "work coach")
    assert "Talk to a work coach about finding a job." in stale and translation not in stale
    assert stale.startswith(note(house, IN_ENGLISH))
    assert note(house, IN_ENGLISH) in house.sms(AMINA, "work coach"), "each time: they did not choose English"
    assert "English changed" in manager.get("/staff/texts/so?show=stale").text
    approve(manager, "so", SUMMARY, "Kala hadal tababaraha shaqada sidii aad shaqo u heli lahayd.")
    house.wait_until(lambda: "Kala hadal" in house.sms(AMINA, "work coach"), seconds=10)
    assert "Talk to a work coach" not in house.last_sms and note(house, IN_ENGLISH) not in house.last_sms
    house.wait_until(lambda: house.other.words.entry(SUMMARY, "so").status == "reviewed", seconds=10)


def test_a_safety_text_in_english_has_nothing_in_front_of_its_numbers(house: House) -> None:
    house.sms(AMINA, "Soomaali")
    for desk in (house.desk, house.other):
        desk.words.folder = Path("nowhere")
    said = house.sms(AMINA, "Waan dhimanayaa")
    assert said.splitlines()[0].startswith("In danger?") or "999" in said.splitlines()[0]
    assert note(house, IN_ENGLISH) not in said


def queue_notice(house: House) -> None:
    with database.transaction(house.desk.engine) as session:
        contact = session.query(Contact).one()
        payload = {"messages": [{"key": "reminder.weekly_private", "values": {"sessions": "x"}}]}
        outbox.queue(session, contact.id, "notice", payload, dedupe=None, now=house.clock())


def test_a_notice_carries_the_mark_when_the_conversation_has_not(house: House, now: datetime) -> None:
    house.sms(AMINA, "Hello, good morning")
    with database.transaction(house.desk.engine) as session:
        session.query(Contact).one().language = "so"
    queue_notice(house)
    house.work()
    assert house.twilio.to(AMINA)[-1].startswith(note(house, MARK))
    marked = house.sms(AMINA, "ballamahayga")
    assert marked.count(note(house, MARK)) == 1
    queue_notice(house)
    house.work()
    assert note(house, MARK) not in house.twilio.to(AMINA)[-1]


def test_only_a_translators_file_may_be_large(house: House, manager: httpx.Client) -> None:
    def send(path: str, size: int) -> int:
        page = manager.get("/staff/texts/so/import").text
        return manager.post(
            f"/staff/texts/{path}", data={"csrf": hidden(page, "csrf")}, files={"file": b"x" * size}
        ).status_code

    assert send("so/import", 200_000) == 422  # read, and no PO file
    assert send("so/import", 3_000_000) == 413
    assert send(f"so/text/{KEY}", 200_000) == 413


def test_digits_are_a_setting(sqlite_url: str, now: datetime) -> None:
    with open_house(sqlite_url, now, digits={"ar": "native"}) as house:
        house.sms(AMINA, "العربية")
        lines = house.sms(AMINA, "القائمة").splitlines()
        assert any(line.startswith("١ ") for line in lines) and not any(
            line.startswith("1 ") for line in lines
        )
        assert house.sms(AMINA, "١")  # and are understood


# the commands -----------------------------------------------------------------------------------------
@pytest.fixture
def settings(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The settings of a running desk, for commands."""
    secret = house.settings.secret_keys[0].get_secret_value()
    monkeypatch.setenv("WELCOME_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("WELCOME_SECRET_KEYS", f'["{secret}"]')
    return house


def test_what_was_approved_is_exported_and_a_translators_file_is_imported(
    settings: House, manager: httpx.Client, tmp_path: Path
) -> None:
    approve(manager, "so", KEY, "Ballan ma lihid.")
    run = CliRunner().invoke
    assert run(app, ["texts", "export", "--to", str(tmp_path)]).exit_code == 0
    line = read(tmp_path / "so.po")[KEY]
    assert line.string == "Ballan ma lihid." and line.user_comments == ["reviewed: Mia Jones, 2026-11-23"]
    assert len(list(tmp_path.glob("*.po"))) == 12
    po = (tmp_path / "so.po").read_text("utf-8")
    (tmp_path / "back.po").write_text(po.replace("Ballan ma lihid.", "Wax ballan ah ma lihid."), "utf-8")
    result = run(app, ["texts", "import", str(tmp_path / "back.po"), "--reviewed-by", "Xaawo Cali"])
    assert result.exit_code == 0 and "reviewed by Xaawo Cali" in result.output, result.output
    entry = settings.other.words.entry
    settings.wait_until(lambda: entry(KEY, "so").text == "Wax ballan ah ma lihid.", seconds=10)
    assert (entry(KEY, "so").status, entry(KEY, "so").who) == ("reviewed", "Xaawo Cali")
    broken = po.replace("Ballan ma lihid.", "{x}")
    (tmp_path / "broken.po").write_text(broken, "utf-8")
    result = run(app, ["texts", "import", str(tmp_path / "broken.po")])
    assert result.exit_code == 1 and entry(KEY, "so").text == "Wax ballan ah ma lihid."
    assert run(app, ["texts", "import", str(tmp_path / "back.po"), "--language", "fr"]).exit_code == 1
    (tmp_path / "no.po").write_text("hello", "utf-8")
    assert run(app, ["texts", "import", str(tmp_path / "no.po"), "--language", "so"]).exit_code == 1


def test_check_names_what_is_missing_and_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(app, ["texts", "check"])
    table = [line for line in result.output.splitlines() if "│" in line]
    assert len(table) == 13
    assert "last looked over on" in result.output
