"""Announcements on the pages: nobody is written to who did not agree, and many only after a second look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select, update

from bot.drafting import previewed
from flows.words import Words
from staff.desk import Names
from store import broadcasts, contacts, reminders
from store.database import transaction
from store.models import Audit, Broadcast, Contact, InboxRow, OutboxRow
from tests import browser as chrome
from tests.fakes.server import serve
from tests.staff.conftest import NAMES, PASSWORD, PHRASES, Browser, House, browsing
from tests.staff.test_browser import WIDTHS, check, log_in, screen

FORM = {
    "text": "The work coach comes an hour later.",
    "service": "work_coach",
    "place": "",
    "language": "",
    "who": "either",
}
MACHINE = "L'accompagnateur vient une heure plus tard."


def settings(house: House, **more: Any) -> dict[str, Any]:
    words = Words(PHRASES, folder=house.texts)
    french = lambda _entry, language: MACHINE if language == "fr" else None  # noqa: E731
    return {"preview": previewed(words), "words": words, "drafts": french, **more}


@contextmanager
def sitting(house: House, who: str = "mia", **more: Any) -> Iterator[Browser]:
    with browsing(house, **settings(house, **more)) as opened:
        opened.log_in(who)
        yield opened


@pytest.fixture
def crowd(house: House) -> House:
    """Three managers; five people who want news of the work coach, one of whom has opted out."""
    for who in ("mia", "max", "ann"):
        house.staff(who, role="manager", name=who.title())
    for number, (name, language, channel) in enumerate(
        [
            ("Xaawo", "so", "sms"),
            ("Marie", "fr", "telegram"),
            ("Maryam", "fa", "sms"),
            ("Amina", "en", "sms"),
            ("Gone", "so", "sms"),
        ]
    ):
        person = house.person(name, language, channel)
        with transaction(house.engine) as session:
            reminders.subscribe(session, person, "work_coach", house.clock.now)
            if number == 4:
                contacts.opt_out(session, session.get_one(Contact, person), house.clock.now)
    return house


@pytest.fixture
def desk(crowd: House) -> Iterator[Browser]:
    with sitting(crowd) as opened:
        yield opened


def write(desk: Browser, **changes: str) -> str:
    """Write one; its path."""
    desk.open("/broadcasts/new")
    desk.send("/broadcasts/new", {**FORM, **changes})
    assert desk.page.status_code == 200, desk.page.text
    return str(desk.page.url.path).removeprefix("/staff")


def does(desk: Browser, path: str, what: str, **more: str) -> str:
    desk.open(path)
    return desk.send(path, {"do": what, **more}).text


def row(house: House) -> Broadcast:
    with transaction(house.engine) as session:
        return session.scalars(select(Broadcast).order_by(Broadcast.id.desc())).first() or Broadcast()


def plan(house: House) -> None:
    with transaction(house.engine) as session:
        while reminders.plan(session, house.clock.now):
            pass


# writing ----------------------------------------------------------------
def test_the_page_says_who_gets_it_what_they_read_and_what_it_costs(crowd: House) -> None:
    with sitting(crowd, sms_price=4.0) as desk:
        write(desk)
        page = desk.page.text
    assert "<strong>4 people</strong> in all" in page
    assert "asked for no more messages: 1" in page
    assert "English, with a line in their language" in page
    assert "SMS parts</strong>" not in page and "£0.12" in page
    assert "From your library:\nThe work coach comes an hour later." in page
    assert page.index("English</th>") < page.index("Somali</th>")


def test_without_a_price_no_cost_is_shown(desk: Browser) -> None:
    write(desk)
    assert "£" not in desk.page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": " "}, "Write what people should know."),
        ({"text": "!!!"}, "Write what people should know."),
        ({"text": "x" * 301}, "Write at most 300 characters. These are 301."),
        ({"text": "Reply YES if you come."}, "Do not write YES in capital letters"),
        ({"service": ""}, "Choose a service, or write only to people who have a place at a library."),
        ({"service": "", "who": "booked"}, "Choose a service or a library."),
        ({"service": "join_library"}, "Choose a service."),
        ({"place": "nowhere"}, "Choose a library."),
        ({"language": "xx"}, "Choose a language."),
        ({"who": "everybody"}, "Choose whom it is for."),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    crowd: House, desk: Browser, changes: dict[str, str], said: str
) -> None:
    desk.open("/broadcasts/new")
    page = desk.send("/broadcasts/new", {**FORM, **changes})
    assert page.status_code == 422 and said in page.text
    assert row(crowd).id is None


def test_what_is_written_is_shown_as_text(desk: Browser) -> None:
    write(desk, text="<script>alert(1)</script> {{7*7}} {slot} %s")
    assert "<script>alert" not in desk.page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} {slot} %s" in desk.page.text


def test_a_private_group_is_not_to_be_named(crowd: House) -> None:
    names = Names(NAMES.services, NAMES.places, NAMES.bookable, sensitive={"work_coach"})
    with sitting(crowd, names=names) as desk:
        write(desk)
        assert "This is a private group. Do not name it in the text" in desk.page.text


# languages --------------------------------------------------------------
def test_a_person_checks_a_text_a_machine_marks_its_own_and_one_can_be_left_out(
    crowd: House, desk: Browser
) -> None:
    path = write(desk)
    desk.open(f"{path}/text/so")
    page = desk.send(
        f"{path}/text/so", {"do": "save", "kind": "reviewed", "text": "Tababaraha saacad kadib ayuu iman."}
    ).text
    assert "Their language, checked" in page and "by Mia" in page
    desk.open(f"{path}/text/fr")
    page = desk.send(f"{path}/text/fr", {"do": "machine", "kind": "english", "text": ""}).text
    assert "accompagnateur vient une heure" in page
    assert row(crowd).version == 2  # only shown
    page = desk.send(f"{path}/text/fr", {"do": "save", "kind": "machine", "text": MACHINE}).text
    assert "Their language, by a machine, marked" in page and "(Translated by a machine." in page
    desk.open(f"{path}/text/fa")
    page = desk.send(f"{path}/text/fa", {"do": "save", "kind": "left_out", "text": ""}).text
    assert "<strong>3 people</strong> in all" in page and "read a language that you leave out: 1" in page
    does(desk, path, "ready")
    does(desk, path, "start")
    plan(crowd)
    with transaction(crowd.engine) as session:
        keys = [
            [each["key"] for each in said.payload["messages"]]
            for said in session.scalars(select(OutboxRow).order_by(OutboxRow.contact_id))
        ]
    assert keys == [["broadcast.text"], ["desk.draft_mark", "broadcast.text"], ["broadcast.text"]]


def test_where_no_machine_translates_that_is_said(desk: Browser) -> None:
    path = write(desk)
    assert "No machine translates into Somali here." in desk.open(f"{path}/text/so").text
    desk.open(f"{path}/text/fa")
    page = desk.send(f"{path}/text/fa", {"do": "machine", "kind": "english"}).text
    assert "No machine can translate it just now." in page


@pytest.mark.parametrize(
    "form",
    [{"kind": "reviewed", "text": ""}, {"kind": "x", "text": "a"}, {"kind": "machine", "text": "x" * 451}],
)
def test_a_text_without_words_is_refused(desk: Browser, form: dict[str, str]) -> None:
    path = write(desk)
    desk.open(f"{path}/text/so")
    assert desk.send(f"{path}/text/so", {"do": "save", **form}).status_code == 422


@pytest.mark.parametrize("language", ["en", "xx", "../so"])
def test_no_other_language_has_a_page(desk: Browser, language: str) -> None:
    path = write(desk)
    assert desk.open(f"{path}/text/{language}").status_code == 404


# the second person, and sending ------------------------------------------
def test_many_wait_for_a_colleague_who_wrote_none_of_it(crowd: House) -> None:
    with sitting(crowd, alone_up_to=3) as desk:
        path = write(desk)
        page = does(desk, path, "ready")
        assert "Tell a colleague." in page and "Approve it" not in page and "Send to" not in page
        assert "It goes to 4 people." in does(desk, path, "start")
        assert "You wrote some of it yourself." in does(desk, path, "approve")
    with sitting(crowd, "max", alone_up_to=3) as other:
        assert "Approve it" in other.open(path).text
        page = does(other, path, "approve")
        assert "approved by Max" in page and "Send to 4 people" in page
    with sitting(crowd, alone_up_to=3) as desk:
        assert "It goes out" in does(desk, path, "start")
    assert row(crowd).state == "sending"


def test_it_is_paused_goes_on_and_is_stopped_and_says_how_far_it_is(crowd: House, desk: Browser) -> None:
    path = write(desk)
    does(desk, path, "ready")
    page = does(desk, path, "start")
    assert "<strong>0 of 4 people</strong>" in page and "hx-get" in page
    plan(crowd)
    with transaction(crowd.engine) as session:
        first = session.scalars(select(OutboxRow.id)).first()
        session.execute(update(OutboxRow).where(OutboxRow.id == first).values(state="delivered"))
    page = desk.open(path).text
    assert "<strong>1 of 4 people</strong>, 1 arrived for sure, 3 waiting." in page
    assert "Paused" in does(desk, path, "pause") and "hx-trigger" not in desk.page.text
    assert "It goes on." in does(desk, path, "go_on")
    page = does(desk, path, "stop")
    assert "Not sent: staff stopped it: 3" in page
    assert row(crowd).result == {"delivered": 1, "stopped": 3}
    assert "Stopped" in desk.open("/broadcasts").text


def test_a_start_and_a_limit_are_london_time(crowd: House, desk: Browser) -> None:
    path = write(desk)
    does(desk, path, "ready")
    page = does(
        desk,
        path,
        "start",
        **{
            "start-day": "2027-03-29",
            "start-time": "10:00",
            "late-day": "29/03/2027",
            "late-time": "18:00",
        },
    )
    assert "within 60 days" in page
    crowd.clock.forward(days=120)
    with sitting(crowd) as later:
        page = does(
            later,
            path,
            "start",
            **{
                "start-day": "2027-03-29",
                "start-time": "10:00",
                "late-time": "18:00",
                "late-day": "29/03/2027",
            },
        )
        assert "It starts" in page and "Mon 29 Mar, 10:00" in page
        assert row(crowd).start_at == datetime(2027, 3, 29, 9, tzinfo=UTC)
        assert "hx-trigger" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"start-day": "2026-11-22", "start-time": "10:00"},
        {"start-day": "x"},
        {"start-time": "25:00"},
        {"late-day": "2026-11-23", "late-time": "08:00"},
        {"late-day": "2027-01-23", "late-time": "10:00"},
        {"start-day": "2026-11-23", "start-time": "21:00", "late-day": "2026-11-24", "late-time": "07:00"},
    ],
)
def test_a_moment_that_cannot_be_is_refused(crowd: House, desk: Browser, fields: dict[str, str]) -> None:
    path = write(desk)
    does(desk, path, "ready")
    does(desk, path, "start", **fields)
    assert desk.page.status_code == 422 and "Enter" in desk.page.text
    assert row(crowd).state == "ready"


def test_of_two_at_one_announcement_the_second_is_told(crowd: House, desk: Browser) -> None:
    path = write(desk)
    desk.open(path)
    with sitting(crowd, "max") as other:
        does(other, path, "ready")
    page = desk.send(path, {"do": "ready"})
    assert page.status_code == 409 and "Already made ready by Max" in page.text
    desk.open(f"{path}/edit")
    with sitting(crowd, "max") as other:
        does(other, path, "start")
    page = desk.send(f"{path}/edit", {**FORM, "text": "Too late."})
    assert page.status_code == 409 and "Already started by Max" in page.text


def test_a_double_tap_starts_once(crowd: House, desk: Browser) -> None:
    path = write(desk)
    does(desk, path, "ready")
    version = desk.hidden("version")
    desk.send(path, {"do": "start"})
    page = desk.send(path, {"do": "start", "version": version})
    assert page.status_code == 409
    plan(crowd)
    with transaction(crowd.engine) as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 4


def test_nobody_in_the_group_is_said(crowd: House, desk: Browser) -> None:
    path = write(desk, service="citizenship_practice")
    assert "Nobody." in desk.page.text
    assert "Nobody is in this group" in does(desk, path, "ready")


def test_a_draft_is_thrown_away(crowd: House, desk: Browser) -> None:
    path = write(desk)
    does(desk, path, "stop")
    assert row(crowd).state == "stopped"
    assert desk.open(f"{path}/edit").url.path == f"/staff{path}"


# a test of one's own ------------------------------------------------------
def test_a_test_goes_to_the_phone_that_wrote_the_code(crowd: House, desk: Browser) -> None:
    path = write(desk)
    assert "Say first which phone is yours." in does(desk, path, "test")
    page = does(desk, path, "code")
    code = page.partition('desk-code">')[2][:6]
    assert code.isdecimal()
    assert "No message with this code has come in yet." in does(desk, path, "found")
    mine = crowd.person("Mia herself", "en", "telegram")
    with transaction(crowd.engine) as session:
        session.add(
            InboxRow(
                channel="telegram",
                provider_id="1",
                contact_id=mine,
                digest="d",
                text=code,
                received_at=crowd.clock.now,
            )
        )
    assert "We know your phone now." in does(desk, path, "found")
    assert "Send me a test by Telegram" in desk.page.text
    assert "A test is on its way" in does(desk, path, "test", language="fr")
    assert "A test was sent to you a moment ago." in does(desk, path, "test", language="fr")
    with transaction(crowd.engine) as session:
        (said,) = session.scalars(select(OutboxRow))
    assert (said.contact_id, said.kind) == (mine, "notice")
    assert said.payload["messages"][0]["key"] == "broadcast.test"
    assert FORM["text"] in str(said.payload)


# who may ------------------------------------------------------------------
def test_only_managers_write_to_many(crowd: House) -> None:
    with sitting(crowd) as desk:
        path = write(desk)
    for who in ("vic", "sam"):
        with sitting(crowd, who) as other:
            assert '/staff/broadcasts"' not in other.open("/more").text
            for page in ("/broadcasts", "/broadcasts/new", path, f"{path}/edit", f"{path}/text/so"):
                assert other.open(page).status_code == 403
            other.open("/")
            assert other.send(path, {"do": "ready", "version": "1"}).status_code == 403


def test_a_manager_of_one_library_writes_only_to_its_people(crowd: House) -> None:
    crowd.staff("fay", role="manager", places=["fosse"])
    with sitting(crowd) as desk:
        everywhere, belgrave = write(desk), write(desk, place="belgrave")
    with sitting(crowd, "fay") as fay:
        fay.open("/broadcasts/new")
        assert "Choose one of your libraries." in fay.send("/broadcasts/new", FORM).text
        assert fay.send("/broadcasts/new", {**FORM, "place": "belgrave"}).status_code == 422
        ours = write(fay, place="fosse")
        listed = fay.open("/broadcasts").text
        assert ours in listed and everywhere not in listed and belgrave not in listed
        for path in (everywhere, belgrave, "/broadcasts/999"):
            assert fay.open(path).status_code == 404
        fay.open("/broadcasts/new")
        assert fay.send(belgrave, {"do": "ready", "version": "1"}).status_code == 404
    with transaction(crowd.engine) as session:
        refused = session.scalars(select(Audit.subject_id).where(Audit.action == "access.refused")).all()
    assert belgrave.rpartition("/")[2] in refused


def test_a_session_that_ended_keeps_the_words(crowd: House, desk: Browser) -> None:
    """Bad input 37."""
    desk.open("/broadcasts/new")
    crowd.clock.forward(minutes=31)
    desk.send("/broadcasts/new", {**FORM, "text": "Kept words."})
    page = desk.send("/login", {"username": "mia", "password": PASSWORD, "back": "/broadcasts/new"})
    assert "Kept words." in page.text and "What you wrote is still here" in page.text


def test_the_page_takes_the_same_statements_for_few_and_for_many(crowd: House, desk: Browser) -> None:
    path = write(desk)
    few = crowd.statements(lambda: desk.open(path))
    for number in range(12):
        person = crowd.person(f"P{number}", ["ar", "uk", "pl", "am"][number % 4])
        with transaction(crowd.engine) as session:
            reminders.subscribe(session, person, "work_coach", crowd.clock.now)
    assert crowd.statements(lambda: desk.open(path)) == few


# in a browser -------------------------------------------------------------
@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, chrome.open_browser(playwright) as opened:
        yield opened


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(crowd: House, chromium: Chromium, width: int) -> None:
    with transaction(crowd.engine) as session:
        reminders.sync(session, {"work_coach": False, "citizenship_practice": True})
    with (
        serve(crowd.app(**settings(crowd, sms_price=3.9))) as base,
        screen(chromium, base, width=width) as page,
    ):
        log_in(page, "mia")
        for path in ("reminders", "reminders/work_coach", "broadcasts", "broadcasts/new"):
            page.goto(f"/staff/{path}")
            check(page)
        chrome.press(page, "Save and look at it")
        check(page)
        page.get_by_label("What people should know, in English").fill("The work coach comes later. " * 9)
        page.get_by_label("About which service").select_option("work_coach")
        chrome.press(page, "Save and look at it")
        check(page)
        at = page.url
        for path in ("text/fa", "edit"):
            page.goto(f"{at}/{path}")
            check(page)
        page.goto(at)
        for press in ("Show me a code", "It is ready", "Send to 4 people"):
            chrome.press(page, press)
            check(page)
        plan(crowd)
        page.goto("/staff/broadcasts")
        check(page)
        page.goto(at)
        chrome.press(page, "Pause")
        check(page)


def test_how_far_it_is_changes_by_itself(crowd: House, chromium: Chromium) -> None:
    with serve(crowd.app(**settings(crowd))) as base, screen(chromium, base) as page:
        log_in(page, "mia")
        page.goto("/staff/broadcasts/new")
        page.get_by_label("What people should know, in English").fill("News.")
        page.get_by_label("About which service").select_option("work_coach")
        for press in ("Save and look at it", "It is ready", "Send to 4 people"):
            chrome.press(page, press)
        page.get_by_text("0 of 4 people").wait_for()
        plan(crowd)
        with transaction(crowd.engine) as session:
            session.execute(update(OutboxRow).values(state="sent"))
            broadcasts.finish(session, crowd.clock.now)
        page.get_by_text("4 of 4 people").wait_for(timeout=15_000)
