"""Today: one press says who came, a wrong one is undone, walk-ins count, and nobody stays without a mark."""

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from store import attendance, bookings
from store.database import transaction
from store.models import Audit, Booking, Occurrence
from tests import browser as chrome
from tests.fakes.server import serve
from tests.staff.conftest import PEOPLE, Browser, House, browsing
from tests.staff.test_browser import check, log_in, screen, tab_to


def approve(house: House, booking_id: int) -> int:
    with transaction(house.engine) as session:
        version = session.get_one(Booking, booking_id).version
        bookings.decide(session, booking_id, "approve", version=version, actor="sam", now=house.clock.now)
    return booking_id


def go_to(house: House, occurrence_id: int, *, minutes: float = 0) -> None:
    """The clock, so many minutes after the start of a session."""
    with transaction(house.engine) as session:
        house.clock.now = session.get_one(Occurrence, occurrence_id).start + timedelta(minutes=minutes)


def press(browser: Browser, booking_id: int, do: str, **fields: str) -> str:
    """Press a button of a person's row as the page shows it."""
    row = re.search(
        rf'action="/staff/today/{booking_id}".*?name="version" value="(\d+)"', browser.page.text, re.S
    )
    version = row[1] if row else "1"
    return browser.send(
        f"/today/{booking_id}", {"do": do, "version": version, "back": "today", **fields}
    ).text


def walk(browser: Browser, occurrence_id: int, change: int = 1, tap: str = "") -> int:
    form = re.search(
        rf'walk-in/{occurrence_id}".*?name="tap" value="(\w+)"><input[^>]*value="{change}"',
        browser.page.text,
        re.S,
    )
    tap = tap or (form[1][-32:] if form else "")
    fields = {"change": str(change), "tap": tap, "back": "today"}
    return browser.send(f"/today/walk-in/{occurrence_id}", fields).status_code


def state(house: House, booking_id: int) -> str:
    return house.booking(booking_id).state


def counted(house: House, occurrence_id: int) -> int:
    with transaction(house.engine) as session:
        return attendance.walk_ins(session, [occurrence_id]).get(occurrence_id, 0)


@pytest.fixture
def expected(either_house: House) -> list[int]:
    """Two who are expected in the Fosse Library's next work coach session, and one who is in Belgrave's."""
    fosse = [
        approve(either_house, either_house.request(name, either_house.fosse)) for name in ("Ada", "Bilal")
    ]
    return [*fosse, approve(either_house, either_house.request("Dina", either_house.belgrave))]


def test_one_press_says_who_came_and_undo_takes_it_back(
    either_house: House, either_browser: Browser, expected: list[int]
) -> None:
    ada, bilal, _ = expected
    go_to(either_house, either_house.fosse, minutes=5)
    either_browser.log_in("sam")
    page = either_browser.open("/today").text
    assert "Now" in page and "2 expected" in page and "Dina" not in page
    page = press(either_browser, ada, "attended")
    assert "1 expected" in page and "1 came" in page and state(either_house, ada) == "attended"
    page = press(either_browser, bilal, "no_show")
    assert "1 came" in page and "1 did not come" in page
    press(either_browser, bilal, "undo")
    assert [state(either_house, each) for each in (ada, bilal)] == ["attended", "approved"]
    with transaction(either_house.engine) as session:
        done = session.execute(select(Audit.action, Audit.actor).order_by(Audit.id.desc()).limit(3)).all()
    assert [tuple(each) for each in done] == [
        ("booking.approved", "sam"), ("booking.no_show", "sam"), ("booking.attended", "sam"),
    ]  # fmt: skip


def test_before_the_start_one_may_come_and_nobody_is_missing_yet(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse, minutes=-61)
    browser.log_in("sam")
    page = browser.open("/today").text
    assert "Later" in page and "Ada" in page and f"today/{ada}" not in page
    page = press(browser, ada, "attended", version=str(house.booking(ada).version))
    assert "cannot be said of this person now" in page
    go_to(house, house.fosse, minutes=-59)
    page = browser.open("/today").text
    assert ">Came<" in page and ">Did not come<" not in page
    press(browser, ada, "attended")
    assert state(house, ada) == "attended"


def test_who_asked_and_was_never_decided_can_be_let_in(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    go_to(house, house.fosse)
    browser.log_in("sam")
    page = browser.open("/today").text
    assert "Waiting for us" in page and ">Did not come<" not in page
    press(browser, asked, "attended")
    assert state(house, asked) == "attended"


def test_35_a_mark_from_an_old_page_says_who_was_faster(house: House, browser: Browser) -> None:
    house.staff("kim", name="Kim Osei")
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open("/today")
        press(other, ada, "no_show")
    page = press(browser, ada, "attended")
    assert browser.page.status_code == 409
    assert "Already marked as did not come by Kim Osei" in page
    assert state(house, ada) == "no_show"


def test_33_a_double_tap_is_one_mark(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("sam")
    browser.open("/today")
    version = browser.hidden("version")
    for _ in range(2):
        page = press(browser, ada, "attended", version=version)
        assert browser.page.status_code == 200 and "1 came" in page
    with transaction(house.engine) as session:
        assert len(session.scalars(select(Audit).filter_by(action="booking.attended")).all()) == 1


def test_35_who_cancelled_meanwhile_is_not_marked(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse, minutes=-30)
    browser.log_in("sam")
    browser.open("/today")
    house.cancels(ada)
    page = press(browser, ada, "attended")
    assert browser.page.status_code == 409 and "Already cancelled by the person" in page


def test_walk_ins_are_counted_one_by_one_and_a_double_tap_counts_once(
    either_house: House, either_browser: Browser
) -> None:
    fosse = either_house.fosse
    either_house.staff("kim", name="Kim Osei")
    go_to(either_house, fosse)
    with browsing(either_house) as other:
        for each, who in ((either_browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open("/today?place=fosse")
        assert walk(other, fosse) == walk(either_browser, fosse) == 200
    assert counted(either_house, fosse) == 2
    tap = "ab" * 16
    assert [walk(either_browser, fosse, tap=tap) for _ in range(3)] == [200] * 3
    assert counted(either_house, fosse) == 3
    page = either_browser.page.text
    assert "Came without a booking: <strong>3</strong>" in page and "One less" in page
    walk(either_browser, fosse, -1, "cd" * 16)
    assert counted(either_house, fosse) == 2
    for bad in ({"change": "5", "tap": tap}, {"change": "1", "tap": ""}, {"change": "1", "tap": "x" * 32}):
        assert either_browser.send(f"/today/walk-in/{fosse}", bad).status_code == 422
    assert counted(either_house, fosse) == 2


def test_a_session_with_unmarked_people_stays_until_it_is_finished(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    bilal = approve(house, house.request("Bilal", house.fosse))
    go_to(house, house.fosse, minutes=60 * 24 * 2)
    browser.log_in("sam")
    page = browser.open("/today").text
    assert "Not finished" in page and "Wed 2 Dec, 10:00 to 11:00" in page
    press(browser, ada, "attended")
    page = press(browser, bilal, "no_show")
    assert "Not finished" not in page and "Finished" in page  # there to undo, as long as the page stays
    press(browser, bilal, "undo")
    assert state(house, bilal) == "approved"
    press(browser, bilal, "no_show")
    page = browser.open("/today").text
    assert "Ada" not in page and "No session today" in page
    house.clock.forward(days=6)
    browser.log_in("sam", back="/today")
    assert "Undo" not in browser.open(f"/sessions/{house.fosse}").text


def test_who_came_can_be_said_on_the_sessions_page_too(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("sam")
    browser.open(f"/sessions/{house.fosse}")
    page = press(browser, ada, "attended", back="session")
    assert browser.page.url.path == f"/staff/sessions/{house.fosse}"
    assert "Undo" in page and "1 of 4 places taken" in page


def test_another_librarys_people_are_not_here(house: House, browser: Browser) -> None:
    """Bad input 39."""
    dina = approve(house, house.request("Dina", house.belgrave))
    go_to(house, house.belgrave)
    browser.log_in("sam")
    assert "No session today" in browser.open("/today?place=belgrave").text
    browser.open("/closures")
    for path in (f"/today/{dina}", "/today/999", f"/today/walk-in/{house.belgrave}", "/today/walk-in/999"):
        form = {"do": "attended", "version": "3", "change": "1", "tap": "ab" * 16}
        assert browser.send(path, form).status_code == 404
    assert state(house, dina) == "approved" and counted(house, house.belgrave) == 0


def test_a_viewer_sees_who_is_expected_and_marks_nobody(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("vic")
    page = browser.open("/today").text
    assert "Ada" in page and ">Came<" not in page and "One more" not in page
    assert browser.send(f"/today/{ada}", {"do": "attended", "version": "2"}).status_code == 403


def test_37_a_press_after_the_log_in_ran_out_leads_back_to_today(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("sam")
    browser.open("/today")
    house.clock.forward(minutes=31)
    press(browser, ada, "attended")
    assert "Log in" in browser.page.text and state(house, ada) == "approved"
    back = browser.hidden("back")
    page = browser.send("/login", {"username": "sam", "password": "correct horse battery", "back": back})
    assert page.url.path == "/staff/today" and "Ada" in page.text


def test_rubbish_in_a_press_changes_nothing(house: House, browser: Browser) -> None:
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("sam")
    browser.open("/today")
    for form in ({"do": "delete"}, {"do": "attended", "version": "x"}, {"version": "9" * 30}):
        assert browser.send(f"/today/{ada}", form).status_code == 422
    assert state(house, ada) == "approved"
    for query in ("place=rubbish&after=9", "after=rubbish", "after=99999999999"):
        assert browser.open(f"/today?{query}").status_code in (200, 404)


def test_today_takes_the_same_few_statements_whoever_comes(house: House, browser: Browser) -> None:
    approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    browser.log_in("sam")
    few = house.statements(lambda: browser.open("/today"))
    house.session("citizenship_practice", "fosse", 2, capacity=9, start=time(15))
    for name in ("Bilal", "Cawo", "Dina", "Efrem"):
        house.request(name, house.occurrences["citizenship_practice fosse"][0])
    assert house.statements(lambda: browser.open("/today")) == few <= 12


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, chrome.open_browser(playwright) as opened:
        yield opened


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_session_is_finished_by_keyboard_alone(house: House, chromium: Chromium, script: bool) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    names = ("Ada", "مریم", "ተስፋይ")
    people = [approve(house, house.request(name, house.fosse)) for name in names]
    go_to(house, house.fosse, minutes=70)
    with serve(house.app()) as base, screen(chromium, base, script=script) as page:
        log_in(page)
        page.goto("/staff/today")
        tab_to(page, "Came")
        page.keyboard.press("Enter")
        page.get_by_text("2 expected, 1 came").wait_for()
        for count in ("1 expected, 2 came", "3 came"):  # from the row that was just marked on to the next one
            tab_to(page, "Came", at_most=4)
            page.keyboard.press("Enter")
            page.get_by_text(count).wait_for()
        if script:
            page.get_by_text("Not finished").wait_for()  # only the session was fetched anew
            focused = page.locator(":focus").inner_text()
            assert focused.startswith("Undo") and "ተስፋይ" in focused
    assert {state(house, each) for each in people} == {"attended"}


def test_37_a_press_that_comes_too_late_leads_to_the_log_in_and_back(
    house: House, chromium: Chromium
) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    with serve(house.app()) as base, screen(chromium, base) as page:
        log_in(page)
        page.goto("/staff/today")
        house.clock.forward(minutes=31)
        page.get_by_role("button", name="Came", exact=False).first.click()
        page.get_by_label("Your log-in name").wait_for()
        assert state(house, ada) == "approved"
        log_in(page)  # another token: what stands in an older page is refused, and the page comes anew
        page.goto("/staff/today")
        page.evaluate("document.querySelectorAll('[name=csrf]').forEach(each => each.value = 'old')")
        with page.expect_navigation():
            page.get_by_role("button", name="Came", exact=False).first.click()
        assert state(house, ada) == "approved"
        page.get_by_role("button", name="Came", exact=False).first.click()
        page.get_by_text("1 came").wait_for()
    assert state(house, ada) == "attended"


def test_35_who_was_faster_is_said_where_the_button_was_pressed(house: House, chromium: Chromium) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    ada = approve(house, house.request("Ada", house.fosse))
    go_to(house, house.fosse)
    with serve(house.app()) as base, screen(chromium, base) as page:
        log_in(page)
        page.goto("/staff/today")
        with transaction(house.engine) as session:
            version = session.get_one(Booking, ada).version
            attendance.mark(session, ada, "no_show", version=version, actor="sam", now=house.clock.now)
        page.get_by_role("button", name="Came", exact=False).first.click()
        page.get_by_text("Already marked as did not come by Sam").wait_for()
        page.get_by_text("1 did not come").wait_for()
    assert state(house, ada) == "no_show"


@pytest.mark.parametrize("width", [1280, 640, 320])
def test_today_in_all_its_states_is_accessible_and_fits(house: House, chromium: Chromium, width: int) -> None:
    house.staff("ann", role="manager", name="Ann Patel")
    house.session("citizenship_practice", "belgrave", 2, start=time(15))
    house.session("citizenship_practice", "fosse", 2, start=time(8))
    for name, language, channel, _ in PEOPLE:
        for there in (house.occurrences["citizenship_practice fosse"][1], house.fosse):
            if name != "Олена":
                asked = house.request(name, there, language, channel)
                if language != "so":
                    approve(house, asked)
    long = "A-very-long-first-name-without-any-break-in-it-whatsoever-that-goes-on"
    house.request(long, house.occurrences["citizenship_practice belgrave"][1])
    go_to(house, house.fosse, minutes=10)
    with serve(house.app()) as base, screen(chromium, base, width=width) as page:
        log_in(page)
        for path in ("/staff/today", f"/staff/sessions/{house.fosse}"):
            page.goto(path)
            check(page)
            page.get_by_role("button", name="Came", exact=False).first.click()
            page.get_by_role("button", name="Undo", exact=False).first.wait_for()
            page.get_by_role("button", name="One more", exact=False).first.click()
            page.get_by_role("button", name="One less", exact=False).first.wait_for()
            check(page)
