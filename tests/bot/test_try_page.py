"""The try-out page: looks like a phone, needs no script, reads right to left where the language does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests import browser
from tests.bot.house import House, open_house


@pytest.fixture
def house(sqlite_url: str, now: object) -> Iterator[House]:
    with open_house(sqlite_url, now, demo=True) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture(params=["with script", "without script"])
def phone(house: House, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A small phone with the try-out page open."""
    with sync_playwright() as playwright, browser.open_browser(playwright) as chromium:
        context = chromium.new_context(
            viewport={"width": 360, "height": 700}, java_script_enabled=request.param == "with script"
        )
        page = context.new_page()
        page.goto(f"{house.url}/try")
        yield page
        context.close()


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    browser.press(page, "Send")


def test_a_talk_in_arabic_with_buttons(house: House, phone: Page) -> None:
    write(phone, "السلام عليكم، كيف أسجل في المكتبة؟")
    bubble = phone.locator(".ours p").last
    assert house.desk.words.sent("kb.service.join_library.summary", "ar")[0][:20] in bubble.inner_text()
    with phone.expect_navigation():
        phone.locator(".options button").first.click()
    assert phone.locator(".ours p").count() == 2
    box = phone.locator(".theirs p").first.bounding_box()
    assert box is not None
    assert box["x"] > 40


@pytest.mark.parametrize("phone", ["with script"], indirect=True)  # axe is a script
def test_the_page_fits_a_narrow_phone(phone: Page) -> None:
    write(phone, "how do I join the library please " * 3)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.faults(phone) == []


def test_another_person_starts_afresh(phone: Page) -> None:
    write(phone, "Hello, good morning")
    browser.press(phone, "New person")
    assert phone.locator(".ours").count() == 0


def test_what_is_written_is_only_text(phone: Page) -> None:
    write(phone, "<script>alert(1)</script><b>x</b>")
    assert phone.locator(".theirs p").first.inner_text() == "<script>alert(1)</script><b>x</b>"


def test_without_the_demo_there_is_no_try_page(sqlite_url: str, now: object) -> None:
    with open_house(sqlite_url, now) as house:  # type: ignore[arg-type]
        assert house.http.get("/try").status_code == 404
