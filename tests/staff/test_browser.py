"""The pages in a real Chromium: keyboard only, with and without JavaScript, at three widths, for everybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

import staff
from store import outbox
from store.database import transaction
from tests import browser
from tests.fakes.server import serve
from tests.staff.conftest import PASSWORD, PEOPLE, House

WIDTHS = (1280, 640, 320)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, browser.open_browser(playwright) as opened:
        yield opened


@contextmanager
def screen(chromium: Chromium, base: str, *, width: int = 1280, script: bool = True) -> Iterator[Page]:
    """A fresh window; at its end nothing has left the host, and nothing was blocked or broken."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, base_url=base, java_script_enabled=script, locale="en-GB"
    )
    page = context.new_page()
    hosts: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("console", lambda line: complaints.append(line.text) if _complains(line.text) else None)
    yield page
    context.close()
    assert hosts - {""} <= {urlsplit(base).netloc}
    assert complaints == []


def _complains(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text


def log_in(page: Page, username: str = "ann") -> None:
    page.goto("/staff/login")
    page.get_by_label("Your log-in name").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", level=1).wait_for()


def tab_to(page: Page, text: str, *, at_most: int = 40) -> None:
    """Press Tab until something with that text has the focus, and that is visible."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and text in (focused.inner_text() or focused.get_attribute("id") or ""):
            assert focused.is_visible()
            return
        if focused.count() and focused.get_attribute("id") == text:
            return
    raise AssertionError(f"{text!r} cannot be reached by Tab on {page.url}")


def lost(house: House, person: int, kind: str, state: str) -> None:
    """A message that did not arrive, or may not have; and its task."""
    payload = {"messages": [{"key": "staffed.taken_over"}]}
    with transaction(house.engine) as session:
        row = outbox.queue(session, person, "notice", payload, dedupe=None, now=house.clock.now)
        assert row is not None
        row.state, row.error_code, row.text = state, "30003", "A member of library staff answers you now."
        about = f"outbox:{row.id}"
    house.task(kind, about=about, note="30003", contact_id=person)


@pytest.fixture
def full_house(house: House) -> House:
    """Names in Farsi, Arabic, Tigrinya, Somali and Ukrainian; a full session; tasks of each kind."""
    house.staff("ann", role="manager", name="Ann Patel")
    house.session("citizenship_practice", "belgrave", 3, capacity=1, start=time(14))
    for name, language, channel, words in PEOPLE:
        house.request(name, house.fosse if name != "Олена" else house.belgrave, language, channel, words)
        house.clock.forward(hours=5)
    full = house.occurrences["citizenship_practice belgrave"][1]
    house.request("A-very-long-first-name-without-any-break-in-it-whatsoever-that-goes-on", full)
    house.waits("Efrem", full)
    house.task("emergency", note="he hits me", contact_id=house.contact("Xaawo Cali"))
    house.task("feedback", note="کتابخانه‌ی شما عالی است! " * 10, contact_id=house.contact("مریم احمدی"))
    house.task("unconfirmed_fact", about="work_coach.times")
    lost(house, house.contact("ተስፋይ ገብረመድህን"), "undelivered", "failed")
    lost(house, house.contact("Олена"), "message_unsure", "unsure")
    house.unclear("Alaabtaydii maxaa ku dhacay?", "so")
    house.unclear("የመጽሐፍ ጉዳይ ምን ሆነ? " * 9, "am")
    return house


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_log_in_to_an_approved_request_by_keyboard_only(
    full_house: House, chromium: Chromium, script: bool
) -> None:
    with serve(full_house.app()) as base, screen(chromium, base, script=script) as page:
        page.goto("/staff/")
        tab_to(page, "username")
        page.keyboard.type("ann")
        tab_to(page, "password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="What waits").wait_for()
        tab_to(page, "Requests")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Requests").wait_for()
        tab_to(page, "Review")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="مریم احمدی").wait_for()
        tab_to(page, "Approve")
        page.keyboard.press("Enter")
        page.get_by_text("Approved: مریم احمدی").wait_for()
        page.get_by_role("heading", name="عبد الله (Abdullah) 2").wait_for()  # the next one
    assert full_house.booking(1).state == "approved"


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_declining_with_own_words_works_by_keyboard(
    full_house: House, chromium: Chromium, script: bool
) -> None:
    with serve(full_house.app()) as base, screen(chromium, base, script=script) as page:
        log_in(page)
        page.goto("/staff/requests/1")
        tab_to(page, "Decline")
        page.keyboard.press("Enter")
        tab_to(page, "decline-reason")
        page.keyboard.press("ArrowUp")  # the last one: another reason
        tab_to(page, "decline-note")
        page.keyboard.type("We are closed that day.")
        tab_to(page, "Decline")
        page.keyboard.press("Enter")
        page.get_by_text("Declined: مریم احمدی").wait_for()
    assert full_house.booking(1).note == "We are closed that day."


def pages(house: House) -> list[str]:
    full = house.occurrences["citizenship_practice belgrave"][1]
    return [
        "/staff/", "/staff/more", "/staff/requests", "/staff/requests?show=waitlist", "/staff/requests?show=offered",
        "/staff/requests/1", "/staff/requests/2", "/staff/requests/6", "/staff/requests/7", "/staff/sessions",
        "/staff/sessions?week=2026-12-01", f"/staff/sessions/{full}", "/staff/sessions/new", "/staff/tasks",
        "/staff/today", "/staff/weekly", "/staff/weekly/1", "/staff/closures",
        "/staff/sessions/calendar?month=2026-12", f"/staff/sessions/{full}/move", f"/staff/sessions/{full}/sheet",
        "/staff/sessions/sheet", "/staff/tasks/1", "/staff/tasks/2", "/staff/tasks/4", "/staff/tasks/5",
        "/staff/tasks?kind=feedback", "/staff/messages",
        "/staff/messages?show=snoozed", "/staff/messages/1", "/staff/messages/3", "/staff/messages/4",
        "/staff/lessons", "/staff/lessons/1", "/staff/lessons/2", "/staff/nothing", "/staff/texts", "/staff/texts/fr",
        "/staff/texts/fr?q=nothing+like+it", "/staff/texts/fr/text/booking.approved",
        "/staff/texts/fr/text/emergency.call", "/staff/texts/fr/import", "/staff/reminders",
        "/staff/reminders/work_coach", "/staff/broadcasts", "/staff/broadcasts/new", "/staff/account",
        "/staff/account/codes", "/staff/answers", "/staff/answers?show=needs&q=nothing+like+it",
        "/staff/answers/place/fosse/schedules", "/staff/telling", "/staff/my-calendar", "/staff/exports",
    ]  # fmt: skip


# Pages that other tests open at each of WIDTHS and `check`: path of the route → the file, and words of that test.
ELSEWHERE = {
    "/login/code": (
        "test_people_browser.py",
        'log_in(page)\n        check(page)\n        browser.press(page, "Go on")',
    ),
    "/login/council": ("test_people_browser.py", "Log in with Leicester City Council"),
    "/invited/{token}": ("test_people_browser.py", "page.goto(link[0])"),
    "/people": ("test_people_browser.py", '"people",'),
    "/people/new": ("test_people_browser.py", '"people/new",'),
    "/people/{account_id:int}": ("test_people_browser.py", '"people/1",'),
    "/audit": ("test_people_browser.py", '"audit",'),
    "/broadcasts/{broadcast_id:int}": ("test_broadcasts.py", "at = page.url"),
    "/broadcasts/{broadcast_id:int}/edit": ("test_broadcasts.py", '("text/fa", "edit")'),
    "/broadcasts/{broadcast_id:int}/text/{language}": ("test_broadcasts.py", '("text/fa", "edit")'),
    "/posters": ("test_posters.py", '("/staff/posters",'),
    "/outlets/new": ("test_posters.py", '"/staff/outlets/new")'),
    "/outlets/{outlet_id:int}": ("test_posters.py", 'page.goto("/staff/outlets/1")'),
}
NO_PAGES = {  # what answers a GET with no page of its own
    "/login/council/answer": "leads on",
    "/sessions/{occurrence_id:int}/open": "the session's page, after a log-in in between",
    "/sessions/{occurrence_id:int}/places": "the session's page, after a log-in in between",
    "/today/{booking_id:int}": "leads back to today",
    "/today/walk-in/{booking_id:int}": "leads back to today",
    "/closures/{closure_id:int}": "leads back to the closed days",
    "/texts/{language}/export": "a file",
    "/posters/{language}/{place}/{kind}.{form}": "a file",
    "/feeds/{token}.ics": "a file",
}


def routes() -> list[APIRoute]:
    """Every address of the staff pages that can be opened."""
    modules = [import_module(f"staff.{each.name}") for each in iter_modules(staff.__path__)]
    routers = [module.router for module in modules if hasattr(module, "router")]
    return [
        route
        for each in routers
        for route in each.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]


def test_every_page_is_opened_in_a_browser(full_house: House) -> None:
    """A new page stands in `pages`, or in ELSEWHERE with the test that opens it."""
    here = {urlsplit(path).path.removeprefix("/staff") for path in pages(full_house)} | {"/login"}
    # The first route that fits is the one that answers, as in the application.
    opened = {
        next(route.path for route in fits if route.path not in NO_PAGES)
        for path in here
        if (fits := [route for route in routes() if route.path_regex.match(path)])
    }
    assert {route.path for route in routes()} - opened - set(ELSEWHERE) - set(NO_PAGES) == set()
    assert (set(ELSEWHERE) | set(NO_PAGES)) - {route.path for route in routes()} == set()
    for file, words in ELSEWHERE.values():
        text = (Path(__file__).parent / file).read_text("utf-8")
        assert words in text and "check(page)" in text and "WIDTHS" in text, (file, words)


def check(page: Page) -> None:
    """No fault that axe can find, no sideways scroll; everything folded is opened first."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.faults(page) == [], page.url
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(full_house: House, chromium: Chromium, width: int) -> None:
    with (
        serve(full_house.app(demo=True, guesses=lambda _text: ["borrow_books", "feedback"])) as base,
        screen(chromium, base, width=width) as page,
    ):
        page.goto("/staff/login")
        check(page)
        browser.press(page, "Log in")
        page.get_by_text("There is a problem").wait_for()
        check(page)
        log_in(page)
        for path in pages(full_house):
            page.goto(path)
            check(page)
        page.goto("/staff/")
        if width == 320:
            page.get_by_role("button", name="Menu").click()
            check(page)
        page.goto("/staff/sessions/new")
        browser.press(page, "Add this session")
        check(page)
        page.goto("/staff/requests/2")
        page.get_by_text("Decline", exact=True).first.click()
        browser.press(page, "Decline")
        page.get_by_label("Another reason").check()
        check(page)
        page.goto("/staff/requests/1")
        browser.press(page, "Approve")
        page.get_by_text("Approved:").wait_for()
        check(page)
        page.goto("/staff/requests/1")
        check(page)


def test_choosing_a_filter_shows_it_at_once_and_the_address_can_be_kept(
    full_house: House, chromium: Chromium
) -> None:
    with serve(full_house.app()) as base, screen(chromium, base) as page:
        log_in(page)
        page.goto("/staff/requests")
        assert page.get_by_role("link", name="Review").count() == 6
        page.get_by_label("Library").select_option("fosse")
        page.wait_for_url("**/requests?*place=fosse*")
        page.get_by_text("4 requests").wait_for()
        assert page.get_by_role("link", name="Review").count() == 4


def test_a_name_in_any_script_has_a_font_that_we_serve(full_house: House, chromium: Chromium) -> None:
    with serve(full_house.app()) as base, screen(chromium, base) as page:
        log_in(page)
        page.goto("/staff/requests")
        page.evaluate("document.fonts.ready.then(() => true)")
        loaded = set(
            page.evaluate(
                "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
            )
        )
        assert {"Noto Sans", "Desk Arabic", "Noto Sans Ethiopic"} <= loaded
        name = page.get_by_text("مریم احمدی")
        assert name.evaluate("each => getComputedStyle(each).direction") == "rtl"
        assert name.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
        row = page.get_by_role("row").nth(1)
        assert row.evaluate("each => getComputedStyle(each).direction") == "ltr"


def test_a_form_that_expired_keeps_what_was_written(full_house: House, chromium: Chromium) -> None:
    """Bad input 37, in a browser."""
    with serve(full_house.app()) as base, screen(chromium, base) as page:
        log_in(page)
        page.goto("/staff/requests/1")
        page.get_by_text("Decline", exact=True).first.click()
        page.get_by_label("Another reason").check()
        page.get_by_label("Your own words").fill("Come on Thursday, please")
        full_house.clock.forward(minutes=31)
        page.get_by_role("button", name="Decline").click()
        page.get_by_label("Your log-in name").fill("ann")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("What you wrote is still here").wait_for()
        assert page.get_by_label("Your own words").input_value() == "Come on Thursday, please"
        page.get_by_role("button", name="Decline").click()
        page.get_by_text("Declined:").wait_for()
    assert full_house.booking(1).note == "Come on Thursday, please"
