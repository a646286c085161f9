"""Answers: managers confirm, correct and take out what the desk says; what people ask for most stands first."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from bot.knowledge import Current, told
from flows.words import Words
from kb.load import load
from kb.phrases import Phrases
from staff.desk import Known
from store import facts
from store.database import transaction
from store.models import Audit, FactChange, Task
from tests import browser as chrome
from tests.fakes.server import serve
from tests.staff.conftest import Browser, House, browsing
from tests.staff.test_browser import WIDTHS, check, log_in, screen

FILES = load()
HOURS = "/answers/place/fosse/schedules"
COACH = "/answers/service/work_coach"
WEEK = {"do": "correct", "time-MO": "09:30-17:00", "time-TU": "9.30 to 5pm", "time-SA": "10-13, 14:00–16:00"}


def known(house: House) -> dict[str, object]:
    """What the pages are given in life: texts and knowledge base with what staff decided."""
    latest = facts.Latest(house.engine)
    current = Current(FILES, latest, house.clock)
    return {"words": Words(Phrases(current)), "known": Known(FILES, told, current.look)}


@pytest.fixture
def desk(house: House) -> Iterator[Browser]:
    """Mia's browser; Mia manages all libraries."""
    house.staff("mia", role="manager", name="Mia Jones")
    with browsing(house, **known(house)) as opened:
        opened.log_in("mia")
        yield opened


def send(browser: Browser, path: str, **form: str):  # type: ignore[no-untyped-def]
    browser.open(path)
    return browser.send(path, form)


def rows(house: House) -> list[FactChange]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(FactChange).order_by(FactChange.id)))


def tasks_open(house: House) -> list[str]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(Task.about).filter_by(state="open").order_by(Task.id)))


# the list ------------------------------------------------------------
def test_what_people_ask_for_most_stands_first(house: House, desk: Browser) -> None:
    for _ in range(3):
        house.task("unconfirmed_fact", about="fosse")
    house.task("unconfirmed_fact", about="work_coach.cost")
    page = desk.open("/answers").text
    order = [
        page.index(words)
        for words in ("Fosse Library: Opening hours", "Fosse Library: Address", "Work coach: Cost")
    ]
    assert order == sorted(order)
    assert page.count("Asked 3 times") == 2 and "Asked 1 time<" in page
    assert "Work coach: Days and times" not in page[: order[2]]


def test_the_oldest_of_what_nobody_confirmed_comes_before_the_newer(desk: Browser) -> None:
    page = desk.open("/answers?about=service.work_coach&kind=text").text
    assert page.index("In 2022 the sessions were every week.") < page.index("Six libraries had them")
    assert "4 years old" in page and "Employment Support Service" in page


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("about=place.fosse", "Fosse Library: Address", "Belgrave Library"),
        ("kind=money", "Reserving a book: free", "Opening hours:"),
        ("show=standing", "You need no identification", "In 2006"),
        ("show=needs&kind=summary", "There are none.", "Work coach"),
        ("q=TUESDAYS", "In 2006 it met on Tuesdays", "Work coach: "),
        ("q=key+objective+2,+task+6", "befriending", "Kickstart jobs:"),
        ("q=%3Cb%3E%00%7B%7B7*7%7D%7D", "There are none.", "<b>"),
        ("about=../x&kind=x&show=x", "There are none.", "Traceback"),
    ],
)  # fmt: skip
def test_filters_and_words_find_facts(desk: Browser, query: str, there: str, not_there: str) -> None:
    page = desk.open(f"/answers?{query}")
    found = page.text.split('id="count"', 1)[1]
    assert page.status_code == 200 and there in found and not_there not in found


def test_a_page_takes_the_same_statements_however_much_was_decided(house: House, desk: Browser) -> None:
    few = [house.statements(partial(desk.open, path)) for path in ("/answers", HOURS)]
    for path in (HOURS, f"{COACH}/cost_options", f"{COACH}/facts.0"):
        house.task("unconfirmed_fact", about="fosse", contact_id=house.person(path))
        send(
            desk,
            path,
            **WEEK,
            text="The sessions are every week.",
            **{"option-1": "A session", "amount-1": "0"},
        )
    assert len(rows(house)) == 3
    assert [house.statements(partial(desk.open, path)) for path in ("/answers", HOURS)] == few


# deciding ------------------------------------------------------------
def test_a_correction_is_told_at_once_and_says_by_whom(house: House, desk: Browser) -> None:
    page = send(desk, HOURS, **WEEK).text
    assert "Mon-Tue" not in page
    assert "Mon, Tue 09:30-17:00\nSat 10:00-13:00\nSat 14:00-16:00" in page
    assert "Confirmed" in page and "Mia Jones, staff, 23 November 2026" in page
    assert "It counts until Sun 23 May 2027" in page and "Corrected by Mia Jones, 09:00" in page
    (row,) = rows(house)
    assert (row.previous_value, row.last_action_type, row.version) == ("null", "corrected", 1)
    with transaction(house.engine) as session:
        (audit,) = session.scalars(select(Audit).where(Audit.subject == "fact"))
    assert audit.action == "fact.corrected" and audit.actor == "mia"
    assert "09:30" not in str(audit.detail)


def test_what_is_right_is_confirmed_with_one_press(desk: Browser) -> None:
    page = send(desk, f"{COACH}/facts.0", do="confirm").text
    assert "govuk-tag--green" in page and "Confirmed by Mia Jones" in page


def test_what_is_taken_out_falls_back_to_not_confirmed_and_can_come_back(desk: Browser) -> None:
    books = "/answers/service/borrow_books/cost_options"
    assert "Reserving a book: free" in send(desk, books, do="confirm").text
    page = send(desk, books, do="out").text
    assert "Nobody knows" in page and "Not confirmed: cost" in page
    page = send(desk, books, do="theirs").text
    assert "Reserving a book: free" in page and "Left to the file by Mia Jones" in page


def test_a_fact_grows_old_and_is_said_with_care_again(house: House, desk: Browser) -> None:
    send(desk, HOURS, **WEEK)
    house.clock.now += timedelta(days=183)
    desk.log_in("mia", back=HOURS)
    page = desk.open(HOURS).text
    assert "Too old" in page and "Opening times and addresses are not confirmed yet." in page
    assert "Confirmed" in send(desk, HOURS, do="confirm").text
    assert "09:30-17:00" in desk.open(HOURS).text.split("What people are told today")[1]


def test_a_group_that_has_ended_is_said_to_have_ended(desk: Browser) -> None:
    page = send(desk, "/answers/service/driving_theory/current", do="correct", runs="no").text
    assert "Does it run now?" in page and ">No<" in page


def test_the_sentence_that_people_read_first_counts_its_translations(desk: Browser) -> None:
    page = desk.open(f"{COACH}/summary").text
    assert re.search(r"into \d+ languages", page) and "It is right" not in page and "Take it out" not in page
    page = send(desk, f"{COACH}/summary", do="correct", text="Meet a work coach at a library.").text
    assert "into 0 languages" in page and "Meet a work coach at a library." in page


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        (HOURS, {"time-MO": "9-5"}, "Monday: it would close at 05:00, before it opens at 09:00."),
        (HOURS, {"time-MO": "25:00-26:00"}, "Monday: write times such as 09:30-17:00"),
        (HOURS, {"time-TU": "٩-١٧"}, "Tuesday: write times such as"),
        (HOURS, {"time-TU": "10:00"}, "Tuesday: write from when to when"),
        (HOURS, {"time-WE": "09:00-12:00, 11:00-15:00"}, "Wednesday: write the earlier times first"),
        (HOURS, {"time-MO": "closed"}, "Write the times of at least one day."),
        (HOURS, {"time-MO": "?"}, "Monday: write times such as"),
        ("/answers/place/fosse/contacts", {"phone": "12"}, "This is no phone number"),
        ("/answers/place/fosse/contacts", {"phone": "0116 496 00001234"}, "This is no phone number"),
        ("/answers/place/fosse/contacts", {"email": "a@b"}, "This is no e-mail address"),
        ("/answers/place/fosse/contacts", {}, "Write a phone number or an e-mail address."),
        ("/answers/place/fosse/website", {"url": "javascript:alert(1)"}, "no address of a website"),
        ("/answers/place/fosse/website", {"url": "https://user@evil.example"}, "no address of a website"),
        ("/answers/place/fosse/website", {"url": "library"}, "no address of a website"),
        ("/answers/place/fosse/addresses", {"address_1": "", "city": "x", "postal_code": "LE1"}, "whole postcode"),
        (f"{COACH}/facts.0", {"text": " "}, "Write the sentence."),
        (f"{COACH}/facts.0", {"text": "x" * 111}, "These are 111."),
        (f"{COACH}/facts.0", {"text": "{name} is here"}, "Leave out { and }"),
        (f"{COACH}/summary", {"text": "It is. It was. It will be."}, "at most 2 sentences"),
        (f"{COACH}/summary", {"text": "It is in nine libraries."}, "which no fact backs"),
        ("/answers/partner/dwp/facts.0", {"text": "Work coaches meet people."}, "which no fact backs"),
        (f"{COACH}/cost_options", {"option-1": "A session", "amount-1": "a lot"}, "Write an amount such as 2.50"),
        (f"{COACH}/cost_options", {"amount-2": "3"}, "Write what costs this much."),
        (f"{COACH}/cost_options", {"option-1": "A", "amount-1": "1", "option-2": "a", "amount-2": "2"}, "stands twice"),
        (f"{COACH}/cost_options", {}, "Write at least one cost."),
        (f"{COACH}/service_at_locations", {"at-nowhere": "on"}, "Choose at least one library."),
        (f"{COACH}/languages", {}, "Choose at least one language."),
        (f"{COACH}/partnerships", {}, "Choose at least one partner."),
        (f"{COACH}/current", {"runs": "maybe"}, "Choose Yes or No."),
        (f"{COACH}/eligibility", {"description": "All", "minimum_age": "30", "maximum_age": "20"}, "younger than"),
        (f"{COACH}/eligibility", {"description": "", "minimum_age": "-1"}, "Write an age in years"),
        (f"{COACH}/eligibility", {"do": "confirm"}, "Choose what to do."),
        (f"{COACH}/summary", {"do": "out"}, "Choose what to do."),
        (HOURS, {"do": "ours"}, "Choose what to do."),
        (HOURS, {"do": "<script>"}, "Choose what to do."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_explained_and_kept(
    house: House, desk: Browser, path: str, form: dict[str, str], said: str
) -> None:
    page = send(desk, path, **{"do": "correct", **form})
    assert (page.status_code, said in page.text.replace("&#39;", "'")) == (422, True), page.text
    for name, value in form.items():
        if name.startswith(("time", "phone", "url", "option")) and value:
            assert f'value="{value}"' in page.text
    assert rows(house) == []


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/answers/place/fosse/contacts", {"phone": "+44 116 496 0000", "email": "f@example.org"},
         "0116 496 0000, f@example.org"),
        ("/answers/place/fosse/addresses", {"address_1": "1 High Street", "city": "Leicester", "postal_code": "le11aa"},
         "1 High Street, Leicester LE1 1AA"),
        ("/answers/partner/assist/website", {"url": "www.example.org/help"}, "https://www.example.org/help"),
        (f"{COACH}/cost_options", {"option-1": "A session", "amount-1": "free", "option-3": "Tea", "amount-3": "£1.5"},
         "A session: free\nTea: £1.50"),
        (f"{COACH}/service_at_locations", {"at-fosse": "on", "at-belgrave": "on"}, "Belgrave Library\nFosse Library"),
        (f"{COACH}/languages", {"speaks-so": "on"}, "Somali"),
        (f"{COACH}/partnerships", {"with-assist": "on"}, "ASSIST"),
        (f"{COACH}/eligibility", {"description": "People who look for work.", "minimum_age": "16"},
         "People who look for work. (ages from 16)"),
        (f"{COACH}/schedules", {"time-MO": "10:00", "time-WE": "?"}, "Monday 10:00\nWednesday"),
    ],
)  # fmt: skip
def test_every_kind_of_fact_can_be_filled_in(
    desk: Browser, path: str, form: dict[str, str], words: str
) -> None:
    page = send(desk, path, do="correct", **form)
    assert page.status_code == 200 and words in page.text, page.text
    assert "govuk-tag--green" in page.text or "Part is missing" in page.text
    again = send(desk, path, do="confirm")
    assert words in again.text


# who, and two at once ------------------------------------------------------------
def test_librarians_read_and_managers_decide(house: House, desk: Browser) -> None:
    with browsing(house, **known(house)) as other:
        other.log_in("sam")
        page = other.open(HOURS).text
        assert "Opening hours" in page and "It is different" not in page and "Save this" not in page
        assert other.send(HOURS, WEEK).status_code == 403
    assert rows(house) == []


def test_a_manager_of_one_library_does_not_see_anothers(house: House) -> None:
    house.staff("max", role="manager", places=["fosse"])
    with browsing(house, **known(house)) as browser:
        browser.log_in("max")
        assert "Belgrave Library: Opening hours" not in browser.open("/answers?q=Belgrave").text
        assert browser.open("/answers/place/belgrave/schedules").status_code == 404
        browser.open(HOURS)
        assert browser.send("/answers/place/belgrave/schedules", WEEK).status_code == 404
        assert "09:30-17:00" in send(browser, HOURS, **WEEK).text
    with transaction(house.engine) as session:
        refused = list(session.scalars(select(Audit.subject).filter_by(action="access.refused")))
    assert refused == ["place.belgrave"] * 2


@pytest.mark.parametrize(
    "path",
    ["/answers/place/fosse/nothing", "/answers/place/nowhere/schedules", "/answers/service/work_coach/facts.9",
     "/answers/service/work_coach/facts.-1", "/answers/service/work_coach/name", "/answers/x/y/z",
     "/answers/place/fosse/named_in.x"],
)  # fmt: skip
def test_no_other_address_is_a_fact(desk: Browser, path: str) -> None:
    assert desk.open(path).status_code == 404


def test_without_a_knowledge_base_there_is_no_such_page(house: House) -> None:
    with browsing(house, known=None) as browser:
        browser.log_in("sam")
        assert browser.open("/answers").status_code == 404


def test_two_decide_at_once_and_one_is_told_who(house: House, desk: Browser) -> None:
    house.staff("kim", role="manager", name="Kim Osei")
    with browsing(house, **known(house)) as other:
        other.log_in("kim")
        for each in (desk, other):
            each.open(HOURS)
        other.send(HOURS, {"do": "correct", "time-MO": "10:00-12:00"})
        page = desk.send(HOURS, WEEK)
    assert page.status_code == 409 and "Already corrected by Kim Osei" in page.text
    assert 'value="9.30 to 5pm"' in page.text
    assert len(rows(house)) == 1


def test_a_double_tap_decides_once(house: House, desk: Browser) -> None:
    desk.open(HOURS)
    token, version = desk.hidden("csrf"), desk.hidden("version")
    form = {"csrf": token, "version": version, **WEEK}
    answers = [desk.client.post(f"/staff{HOURS}", data=form).status_code for _ in range(2)]
    assert answers == [200, 409] and len(rows(house)) == 1


def test_a_form_made_for_another_file_decides_nothing(house: House, desk: Browser) -> None:
    desk.open(f"{COACH}/facts.0")
    form = {"csrf": desk.hidden("csrf"), "do": "confirm"}
    for version in ("0.ffff", "x", "", "99999999999999999999.1"):
        page = desk.client.post(f"/staff{COACH}/facts.0", data={**form, "version": version})
        assert page.status_code == 409, version
    assert rows(house) == []


def test_a_session_that_expired_keeps_what_was_written(house: House, desk: Browser) -> None:
    desk.open(HOURS)
    house.clock.forward(minutes=31)
    assert "Log in" in desk.send(HOURS, WEEK).text
    page = desk.log_in("mia", back=HOURS).text
    assert "What you wrote is still here" in page and 'value="9.30 to 5pm"' in page
    assert rows(house) == []


# the file changes underneath ------------------------------------------------------------
@pytest.mark.parametrize(
    ("choice", "counts"), [("ours", "The sessions are every Monday."), ("theirs", "In 2022, often.")]
)
def test_a_file_that_changed_underneath_is_a_conflict_for_staff_to_settle(
    house: House, desk: Browser, choice: str, counts: str
) -> None:
    path = f"{COACH}/facts.0"
    send(desk, path, do="correct", text="The sessions are every Monday.")
    coach = FILES.services["work_coach"]
    fact = coach.facts[0].model_copy(update={"text": "In 2022, often."})
    changed = coach.model_copy(update={"facts": (fact, *coach.facts[1:])})
    files = replace(FILES, services={**FILES.services, "work_coach": changed})
    with browsing(house, **{**known(house), "known": Known(files, told, lambda: None)}) as later:
        later.log_in("mia")
        assert "Two answers" in later.open("/answers").text.split("</tr>")[1]
        page = later.open(path).text
        assert "The file says: In 2022, often." in page and "Employment Support Service" in page
        assert "Mia Jones said on Mon 23 Nov: The sessions are every Monday." in page
        assert "It is right" not in page
        page = later.send(path, {"do": choice}).text
        assert "Two answers" not in page
        assert counts in page.split("State</dt>")[0]


# people who asked ------------------------------------------------------------
def test_a_fact_settles_what_nobody_waits_for_and_keeps_the_promise_to_who_does(
    house: House, desk: Browser
) -> None:
    house.task("unconfirmed_fact", about="fosse.hours")
    house.task("unconfirmed_fact", about="fosse.hours", contact_id=house.person("Xaawo", "so"))
    house.task("unconfirmed_fact", about="fosse")  # the address too
    house.task("unconfirmed_fact", about="belgrave.hours")
    page = send(desk, HOURS, **WEEK).text
    assert tasks_open(house) == ["fosse.hours", "fosse", "belgrave.hours"]
    assert "2 people wait for this" in page and "Xaawo" in page and "what 1 person asked" in page
    page = desk.send(HOURS, {"do": "told"}).text
    assert tasks_open(house) == ["fosse", "belgrave.hours"]
    assert "They have been told" not in page


def test_another_librarys_people_are_not_named(house: House) -> None:
    house.staff("max", role="manager", places=["fosse"])
    house.task("unconfirmed_fact", about="work_coach", contact_id=house.person("Efrem"), place="belgrave")
    with browsing(house, **known(house)) as browser:
        browser.log_in("max")
        page = browser.open(f"{COACH}/schedules").text
    assert "Efrem" not in page and "1 time, not answered yet" in page


# in a browser ------------------------------------------------------------
@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, chrome.open_browser(playwright) as opened:
        yield opened


EACH_KIND = (
    HOURS, "/answers/place/fosse/addresses", "/answers/place/fosse/contacts", "/answers/place/fosse/website",
    *(f"{COACH}/{name}" for name in ("current", "facts.0", "summary", "cost_options", "languages", "partnerships",
                                     "service_at_locations", "eligibility", "schedules")),
)  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_and_fit(house: House, chromium: Chromium, width: int) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    house.task("unconfirmed_fact", about="fosse", contact_id=house.person("مریم احمدی", "fa"))
    with serve(house.app(**known(house))) as base, screen(chromium, base, width=width) as page:
        log_in(page)
        for path in ("/answers", "/answers?page=3", "/answers?show=conflict", *EACH_KIND):
            page.goto(f"/staff{path}")
            check(page)
        page.goto(f"/staff{HOURS}")
        page.get_by_label("Monday").fill("9-5")
        chrome.press(page, "Save this")
        page.get_by_text("There is a problem").wait_for()
        check(page)
        page.get_by_label("Monday").fill("09:00-17:00")
        chrome.press(page, "Save this")
        page.get_by_text("What people are told today").wait_for()
        check(page)


def test_a_fact_is_corrected_without_javascript(house: House, chromium: Chromium) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    with serve(house.app(**known(house))) as base, screen(chromium, base, script=False) as page:
        log_in(page)
        page.get_by_role("link", name="Answers").click()
        page.get_by_label("About").select_option("place.fosse")
        page.get_by_role("button", name="Apply").click()
        page.get_by_role("link", name="Fosse Library: Phone and e-mail").click()
        page.get_by_label("Phone").fill("0116 496 0000")
        page.get_by_role("button", name="Save this").click()
        page.get_by_text("Corrected by Ann Patel").wait_for()
    assert rows(house)[0].replacement_value == '[{"phone": "0116 496 0000", "title": "Library staff"}]'
