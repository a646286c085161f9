"""The translation desk in a real Chromium; and right-to-left messages as an eye sees them, letter by letter."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from bot.measure import measure_one
from flows.emergency import message as safety_text
from flows.languages import RIGHT_TO_LEFT
from flows.message import Message
from flows.values import Name, Text, When
from flows.words import FSI, PDI, TEXTS, Words
from store.database import transaction
from store.translations import Latest, history, save
from tests import browser
from tests.fakes.server import serve
from tests.staff.conftest import PHRASES, House
from tests.staff.test_browser import check, log_in, screen, tab_to

WHEN = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
STATIC = Path(__file__).parents[2] / "staff"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, browser.open_browser(playwright) as opened:
        yield opened


@pytest.fixture
def texts(house: House) -> House:
    """The shipped texts; in Arabic one is approved, then changed, and one is stale."""
    house.staff("mia", role="manager", name="Mia Jones")
    with transaction(house.engine) as session:
        for key, text, english in (
            ("mine.none", "لا حجوزات لديك.", "You have no bookings."),
            ("mine.none", "لا توجد لديك حجوزات.", "You have no bookings."),
            ("desk.in_english", "(بعض هذا بالإنجليزية.)", "(This is in English.)"),
        ):
            save(
                session, "ar", key, english=[english], forms=[text], state="reviewed", who="Mia Jones", actor="mia",
                now=house.clock.now,
            )  # fmt: skip
    return house


def open_desk(house: House) -> object:
    words = Words(PHRASES, folder=TEXTS, approved=Latest(house.engine, every=0))
    return serve(
        house.app(
            words=words,
            measures=lambda key, text, language: measure_one(words, key, text, language),
            drafts=lambda entry, _language: f"Machine: {entry.english}",
        )
    )


PAGES = (
    "/staff/texts",
    "/staff/texts/ar",
    "/staff/texts/fa?page=2",
    "/staff/texts/ti?q=999",
    "/staff/texts/ar/text/mine.none",
    "/staff/texts/ar/text/emergency.call",
    "/staff/texts/ar/text/desk.in_english",
    "/staff/texts/fa/text/booking.approved",
    "/staff/texts/ti/text/booking.approved",
    "/staff/texts/ckb/import",
)


@pytest.mark.parametrize("width", [1280, 640, 320])
def test_every_page_of_the_translation_desk_is_accessible_and_fits(
    texts: House, chromium: Chromium, width: int
) -> None:
    with open_desk(texts) as base, screen(chromium, base, width=width) as page:  # type: ignore[attr-defined]
        log_in(page, "mia")
        for path in PAGES:
            page.goto(path)
            check(page)
        page.goto("/staff/texts/ar/text/emergency.call")
        browser.press(page, "Approve")
        page.get_by_text("There is a problem").wait_for()
        check(page)
        page.goto("/staff/texts/ar/import")
        browser.press(page, "Take it in")
        check(page)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_text_is_checked_and_approved_by_keyboard_only(
    texts: House, chromium: Chromium, script: bool
) -> None:
    with open_desk(texts) as base, screen(chromium, base, script=script) as page:  # type: ignore[attr-defined]
        log_in(page, "mia")
        page.goto("/staff/texts/ar?show=draft&q=book.gone")
        tab_to(page, "Sorry, that place")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Book: gone").wait_for()
        tab_to(page, "text")
        page.keyboard.press("Control+A")
        page.keyboard.type("عذرًا، هذا المكان محجوز.")
        tab_to(page, "Check")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="What stands there now").wait_for()
        assert page.get_by_role("textbox").input_value() == "عذرًا، هذا المكان محجوز."
        tab_to(page, "Approve")
        page.keyboard.press("Enter")
        page.get_by_text("Approved: Book: gone.").wait_for()
    with transaction(texts.engine) as session:
        (row,) = history(session, "ar", "book.gone")
    assert (row.text, row.who) == (["عذرًا، هذا المكان محجوز."], "Mia Jones")


def test_sms_are_counted_and_slots_guarded_while_somebody_types(texts: House, chromium: Chromium) -> None:
    with open_desk(texts) as base, screen(chromium, base) as page:  # type: ignore[attr-defined]
        log_in(page, "mia")
        page.goto("/staff/texts/fr/text/book.requested")
        status = page.locator("#checked [role=status]")
        assert "1 SMS" in status.inner_text()
        page.get_by_role("textbox").fill("C’est demandé. " * 12)
        status.get_by_text("{reference} is missing.").wait_for()
        assert "2 SMS" in status.inner_text()
        page.get_by_text("Write ' for ’").wait_for()
        page.get_by_role("textbox").fill("Référence {reference}.")
        page.locator(".desk-preview").get_by_text("Référence LB-7Q2K.").wait_for()
        assert "1 SMS" in status.inner_text() and "missing" not in status.inner_text()
        assert page.get_by_role("textbox").evaluate("box => box === document.activeElement")


def test_the_box_and_the_preview_run_as_the_language_does(texts: House, chromium: Chromium) -> None:
    with open_desk(texts) as base, screen(chromium, base, width=390) as page:  # type: ignore[attr-defined]
        log_in(page, "mia")
        for code in sorted(RIGHT_TO_LEFT):
            page.goto(f"/staff/texts/{code}/text/booking.approved")
            for place in (page.get_by_role("textbox"), page.locator(".desk-preview")):
                assert place.evaluate("each => [each.lang, getComputedStyle(each).direction]") == [
                    code,
                    "rtl",
                ]
        english = page.locator(".desk-side").first.bounding_box()
        box = page.get_by_role("textbox").bounding_box()
        assert english and box and english["y"] < box["y"], "on a phone one below the other"


# as an eye sees them ---------------------------------------------------------------------------------
MESSAGES: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (
        Message(
            "booking.approved",
            {
                "name": Text("Amina"),
                "service": Text("Work coach session"),
                "when": When(WHEN),
                "place": Text("Fosse Library"),
                "reference": "LB-7Q2K",
            },
        ),
        ("Amina", "Work coach session", "Fosse Library", "LB-7Q2K", "14:00"),
    ),
    (safety_text(), ("NHS", "Samaritans", "116 123", "0808 2000 247", "08000 121 700", "999", "111")),
    (
        Message("partners.names_only", {"partners": ((Text("ASSIST (NHS)"), "0116 255 1234"),)}),
        ("0116 255 1234",),
    ),
    (Message("language.done", {"language": Name("language", "fr")}), ("Français",)),
)
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="file://{static}/static/fonts.css">
<style>body {{ font: 18px/1.9 "Noto Sans", "Desk Arabic", sans-serif; width: 360px; margin: 16px }}
p {{ white-space: pre-line; border: 1px solid #9dbfa6; border-radius: 12px; padding: 8px 12px }}</style>
{messages}"""
BOXES = """([id, words]) => {
  const node = document.getElementById(id).firstChild, at = node.data.indexOf(words), range = document.createRange();
  return [...words].map((_, n) => { range.setStart(node, at + n); range.setEnd(node, at + n + 1);
    const box = range.getBoundingClientRect(); return [box.left, box.right, box.top]; });
}"""


def shown(chromium: Chromium, folder: Path, language: str) -> Page:
    """The messages of a language, each a bubble whose direction the phone finds out by itself."""
    words = Words(PHRASES)
    bubbles = "".join(
        f'<p id="m{n}" dir="auto" lang="{language}">{escape(words.render(message, language).text)}</p>'
        for n, (message, _) in enumerate(MESSAGES)
    )
    file = folder / f"{language}.html"
    file.write_text(PAGE.format(static=STATIC, messages=bubbles), "utf-8")
    page = chromium.new_page(viewport={"width": 400, "height": 700})
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready.then(() => true)")
    return page


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_latin_words_references_and_numbers_read_left_to_right_in_right_to_left_messages(
    chromium: Chromium, tmp_path: Path, language: str
) -> None:
    page = shown(chromium, tmp_path, language)
    for n, (message, parts) in enumerate(MESSAGES):
        text = page.locator(f"#m{n}").evaluate("each => each.firstChild.data")
        assert page.locator(f"#m{n}").evaluate("each => getComputedStyle(each).direction") == "rtl", text
        for part in parts:
            if (
                part not in text
            ):  # a draft safety text comes with its English, too: the first is the language's
                raise AssertionError(f"{part} is not in {message.key} in {language}")
            boxes = page.evaluate(BOXES, [f"m{n}", part])
            lines: dict[float, list[list[float]]] = {}
            for box in boxes:
                lines.setdefault(box[2], []).append(box)
            for line in lines.values():
                assert all(one[0] <= two[0] for one, two in pairwise(line)), (part, text)
                ink = sum(right - left for left, right, _ in line)
                assert line[-1][1] - line[0][0] <= ink + 1, f"{part} is torn apart in {text}"
    page.close()


def test_without_isolates_the_numbers_would_be_turned_around(chromium: Chromium, tmp_path: Path) -> None:
    """That the test above can fail: the same text with its isolates taken out."""
    page = shown(chromium, tmp_path, "ar")
    page.evaluate(
        f"document.getElementById('m1').firstChild.data = document.getElementById('m1').firstChild.data"
        f".replaceAll('{FSI}', '').replaceAll('{PDI}', '').replaceAll('Samaritans', '')"
    )
    boxes = page.evaluate(BOXES, ["m1", "116 123"])
    assert boxes[0][0] > boxes[-1][0]
    page.close()
