"""The three questions people ask first are answered, booked, approved and confirmed, in each language and channel.

tests/conversations/*.yaml are the transcripts. What a person reads is compared with the catalogue's words.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, sync_playwright

from flows.slots import SLOT
from flows.words import FSI, PDI
from store.models import Booking
from tests import browser
from tests.bot.house import PASSWORD, House, open_house

TRANSCRIPTS = sorted(Path(__file__).parents[1].glob("conversations/*.yaml"))
NUMBER, CHAT = "+447700900123", 4711


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, browser.open_browser(playwright) as opened:
        yield opened


def says(house: House, reply: str, key: str, language: str) -> None:
    """The reply holds the text of a key, in the language, around whatever its slots were filled with."""
    text, written_in, _ = house.desk.words.sent(key, language)
    assert written_in == language, f"{key} is not in {language}"
    parts = [re.escape(part.strip()) for part in SLOT.split(text)[::2] if part.strip()]
    plain = reply.replace(FSI, "").replace(PDI, "")
    assert re.search(".*".join(parts), plain, re.S), f"{key} is not in: {plain}"


@pytest.mark.parametrize("channel", ["sms", "telegram"])
@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_the_first_three_questions(house: House, chromium: Browser, file: Path, channel: str) -> None:
    transcript: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    language = transcript["language"]
    say: Callable[[str], str] = {
        "sms": lambda text: house.sms(NUMBER, text),
        "telegram": lambda text: house.telegram_text(CHAT, text),
    }[channel]
    for part in ("how do I join", "when is citizenship practice", "book a work coach"):
        for line in transcript[part]:
            reply = say(line["person"])
            for key in [*line.get("told", ()), *([line["asked"]] if "asked" in line else ())]:
                says(house, reply, key, language)
    booking = the_booking(house)
    assert booking.occurrence.service == transcript["booked"]["service"]
    assert booking.name == transcript["booked"]["name"]
    assert booking.state == "requested"

    approve(chromium, house, booking)
    assert the_booking(house).state == "approved"
    house.work()
    sent = house.twilio.to(NUMBER) if channel == "sms" else house.telegram.to(CHAT)
    says(house, sent[-1], transcript["confirmed"], language)
    assert booking.reference in sent[-1]
    house.work()
    assert (house.twilio.to(NUMBER) if channel == "sms" else house.telegram.to(CHAT)) == sent


def the_booking(house: House) -> Booking:
    (booking,) = house.bookings()
    return booking


def approve(chromium: Browser, house: House, booking: Booking) -> None:
    """A member of staff logs in and approves the request that waits."""
    page = chromium.new_page(base_url=house.url)
    page.goto("/staff/")
    page.get_by_label("Your log-in name").fill("demo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Requests").first.click()
    page.get_by_role("link", name="Review").click()
    assert page.get_by_role("heading", level=1).inner_text() == booking.name
    page.get_by_role("button", name="Approve").click()
    page.get_by_text(booking.reference).first.wait_for()
    page.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_same_on_postgresql(database_url: str, now: datetime, chromium: Browser) -> None:
    with open_house(database_url, now) as house:
        for text in ("how do I join the library", "book a work coach", "1", "1", "Amina", "1"):
            reply = house.sms(NUMBER, text)
        booking = the_booking(house)
        assert booking.reference in reply
        approve(chromium, house, booking)
        house.work()
        house.work()
        assert [booking.reference in text for text in house.twilio.to(NUMBER)] == [True]
