"""People, codes and the audit in a real Chromium: accessible, at three widths, by keyboard, without scripts."""

import re

import pyotp
import pytest
from playwright.sync_api import Browser as Chromium

from staff.oidc import Council
from tests import browser
from tests.fakes.server import serve
from tests.staff.conftest import House
from tests.staff.test_browser import WIDTHS, check, chromium, log_in, screen, tab_to

__all__ = ["chromium"]  # a fixture
NOWHERE = Council("http://127.0.0.1:1", "a", "b", name="Leicester City Council", claim="email")


@pytest.fixture
def staffed(house: House) -> House:
    """An administrator; a colleague with a name from right to left and a long log-in name."""
    house.staff("ann", role="admin", name="Ann Patel")
    house.staff(
        "a-long-name-without-any-break-in-it@leicester.example",
        places=["fosse", "belgrave"],
        name="نادية",
    )
    house.request("Ada", house.fosse)
    return house


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_about_people_is_accessible_and_fits(
    staffed: House, chromium: Chromium, width: int
) -> None:
    with serve(staffed.app()) as base, screen(chromium, base, width=width) as page:
        log_in(page)
        for path in (
            "people",
            "people/1",
            "people/5",
            "people/new",
            "audit",
            "audit?day=x&subject=account&id=4",
        ):
            page.goto(f"/staff/{path}")
            check(page)
        page.goto("/staff/people/new")
        browser.press(page, "Make the account")
        check(page)
        page.get_by_label("Their name").fill("Omar")
        page.get_by_label("Log-in name").fill("omar")
        page.get_by_label("Every library").check()
        browser.press(page, "Make the account")
        check(page)
        link = re.search(r"/staff/invited/[\w-]+", page.content())
        assert link
        page.goto(link[0])
        check(page)
        browser.press(page, "Set the password")
        check(page)
        page.goto("/staff/account")
        browser.press(page, "Change it")
        check(page)
        page.goto("/staff/people/1")
        browser.press(page, "Close it")
        check(page)
        page.goto("/staff/account/codes")
        browser.press(page, "Set them up")
        check(page)
        app = pyotp.TOTP(page.locator(".desk-key").inner_text().replace(" ", ""))
        page.get_by_label("Code that the app shows").fill(app.at(staffed.clock.now))
        browser.press(page, "Turn codes on")
        check(page)
        page.goto("/staff/account/codes")
        browser.press(page, "Turn codes off")
        check(page)
        log_in(page)
        check(page)
        browser.press(page, "Go on")
        check(page)
    with serve(staffed.app(council=NOWHERE)) as base, screen(chromium, base, width=width) as page:
        page.goto("/staff/login")
        check(page)
        page.get_by_role("button", name="Log in with Leicester City Council").click()
        page.get_by_text("does not answer").first.wait_for()
        check(page)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_logging_in_with_a_code_by_keyboard_only(staffed: House, chromium: Chromium, script: bool) -> None:
    from tests.staff.test_codes import code_of, turn_on

    secret, _ = turn_on(staffed, "ann")
    with serve(staffed.app()) as base, screen(chromium, base, script=script) as page:
        page.goto("/staff/tasks")
        tab_to(page, "username")
        page.keyboard.type("ann")
        tab_to(page, "password")
        page.keyboard.type("correct horse battery")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Enter your code").wait_for()
        tab_to(page, "code")
        page.keyboard.type(code_of(staffed, secret))
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Tasks", exact=True).wait_for()
