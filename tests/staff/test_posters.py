"""Posters on the staff pages: chosen, looked at, printed; and the outlets where they hang."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from bot.posters import Posters, Way
from bot.press import Press
from flows.posters import NotPrinted
from flows.words import Words
from kb.load import load
from kb.phrases import phrases
from store.database import transaction
from store.models import Audit, Outlet
from tests import browser as chrome
from tests.fakes.server import serve
from tests.staff.conftest import NAMES, Browser, House, browsing
from tests.staff.test_browser import WIDTHS, check, log_in, screen

WAYS = (Way("sms", "07700 900123", "sms:+447700900123"),)
FORM = {
    "name": "Refugee Action <b>waiting room</b>",
    "kind": "partner",
    "place": "fosse",
    "speaks-so": "on",
    "speaks-ti": "on",
    "copies": "2",
}


@pytest.fixture(scope="module")
def posters() -> Posters:
    return Posters(Press(), Words(phrases(load())), NAMES.places, WAYS)


@pytest.fixture
def wall(house: House, posters: Posters) -> Iterator[Browser]:
    """Sam's browser; Sam works at the Fosse Library."""
    with browsing(house, posters=posters) as opened:
        opened.log_in("sam")
        yield opened


def outlets(house: House) -> list[Outlet]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(Outlet).order_by(Outlet.id)))


def audited(house: House) -> list[str]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(Audit.action).where(Audit.subject == "outlet").order_by(Audit.id)))


# making them ------------------------------------------------------------
def test_a_poster_is_looked_at_and_printed(wall: Browser) -> None:
    page = wall.open("/posters?language=so&place=fosse").text
    assert "Poster, A4: Somali, Fosse Library" in page and "Not checked yet." in page
    picture = wall.client.get("/staff/posters/so/fosse/poster.png")
    assert picture.content.startswith(b"\x89PNG") and picture.headers["content-type"] == "image/png"
    printed = wall.client.get("/staff/posters/so/fosse/leaflet.pdf")
    assert printed.content.startswith(b"%PDF")
    assert printed.headers["content-disposition"] == 'attachment; filename="leaflet-so-fosse.pdf"'
    assert "default-src 'none'" in printed.headers["content-security-policy"]


def test_what_is_not_set_is_said_and_left_out(wall: Browser) -> None:
    page = wall.open("/posters").text
    assert "WELCOME_TELEGRAM_USERNAME" in page and "WELCOME_SMS_NUMBER" not in page


@pytest.mark.parametrize(
    "path",
    ["xx/fosse/poster.pdf", "so/belgrave/poster.pdf", "so/nowhere/poster.pdf", "so/fosse/book.pdf",
     "so/fosse/poster.exe", "so/fosse/poster", "so/../poster.pdf"],
)  # fmt: skip
def test_no_other_address_makes_a_poster(wall: Browser, path: str) -> None:
    assert wall.client.get(f"/staff/posters/{path}").status_code == 404


def test_strange_choices_show_the_page_without_a_poster(wall: Browser) -> None:
    page = wall.open("/posters?language=%3Cb%3E&place=../x&kind=book")
    assert page.status_code == 200 and "Print it" not in page.text and "<b>" not in page.text


def test_without_a_press_the_page_says_so(house: House) -> None:
    with browsing(house) as opened:
        opened.log_in("sam")
        assert "No posters can be made here" in opened.open("/posters").text
        assert opened.client.get("/staff/posters/so/fosse/poster.pdf").status_code == 503


def test_a_poster_that_cannot_be_set_is_said_and_nothing_breaks(house: House, posters: Posters) -> None:
    class Jammed(Posters):
        def pdf(self, language: str, place: str, *, leaflet: bool = False) -> bytes:
            raise NotPrinted("jammed")

    with browsing(house, posters=Jammed(posters.press, posters.words, posters.places, WAYS)) as opened:
        opened.log_in("sam")
        page = opened.client.get("/staff/posters/so/fosse/poster.pdf")
        assert page.status_code == 503 and "cannot be made" in page.text


def test_nobody_prints_without_logging_in(house: House, posters: Posters) -> None:
    with browsing(house, posters=posters) as opened:
        assert "Log in" in opened.client.get("/staff/posters/so/fosse/poster.pdf").text


# outlets ------------------------------------------------------------
def test_an_outlet_is_written_down_and_counted(house: House, wall: Browser) -> None:
    assert "<strong>0 outlets</strong> today" in wall.open("/posters").text
    wall.open("/outlets/new")
    page = wall.send("/outlets/new", FORM).text
    assert "Refugee Action &lt;b&gt;waiting room&lt;/b&gt;" in page and "<b>waiting" not in page
    assert "<strong>1 outlet</strong> today: Somali 1, Tigrinya 1" in page
    (outlet,) = outlets(house)
    assert (outlet.languages, outlet.copies, outlet.since) == (["so", "ti"], 2, date(2026, 11, 23))
    assert audited(house) == ["outlet.added"]


def test_what_is_taken_down_is_not_counted_any_more_and_stays_listed(house: House, wall: Browser) -> None:
    wall.open("/outlets/new")
    wall.send("/outlets/new", {**FORM, "since": "2026-11-01"})
    (outlet,) = outlets(house)
    wall.open(f"/outlets/{outlet.id}")
    assert "Removed" in wall.send(f"/outlets/{outlet.id}", {"on": "20/11/2026"}).text
    page = wall.open("/posters").text
    assert "<strong>0 outlets</strong> today" in page and "Refugee Action" in page
    assert audited(house) == ["outlet.added", "outlet.removed"]


def test_two_staff_remove_the_same_outlet_and_one_is_told_who(
    house: House, wall: Browser, posters: Posters
) -> None:
    wall.open("/outlets/new")
    wall.send("/outlets/new", FORM)
    path = f"/outlets/{outlets(house)[0].id}"
    house.staff("kim", name="Kim Osei")
    with browsing(house, posters=posters) as other:
        other.log_in("kim")
        for each in (wall, other):
            each.open(path)
        other.send(path, {"on": ""})
        page = wall.send(path, {"on": ""})
    assert page.status_code == 409 and "Already removed by Kim Osei" in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "   "}, "Write where the posters are."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"kind": "pub"}, "Choose what kind of place"),
        ({"place": "belgrave"}, "Choose the library"),
        ({"speaks-so": "", "speaks-ti": ""}, "Choose at least one language."),
        ({"copies": "0"}, "1 to 500"),
        ({"copies": "٣"}, "1 to 500"),
        ({"copies": "99999"}, "1 to 500"),
        ({"since": "2026-11-24"}, "Enter today or an earlier day"),
        ({"since": "yesterday"}, "Enter today or an earlier day"),
        ({"since": "1066-10-14"}, "Enter today or an earlier day"),
    ],
)
def test_a_form_that_is_wrong_adds_nothing_and_keeps_what_was_written(
    house: House, wall: Browser, change: dict[str, str], said: str
) -> None:
    wall.open("/outlets/new")
    page = wall.send("/outlets/new", {**FORM, **change})
    assert (page.status_code, said in page.text) == (422, True), page.text
    assert outlets(house) == []


def test_nothing_is_removed_before_it_was_there(house: House, wall: Browser) -> None:
    wall.open("/outlets/new")
    wall.send("/outlets/new", FORM)
    path = f"/outlets/{outlets(house)[0].id}"
    wall.open(path)
    page = wall.send(path, {"on": "22/11/2026"})
    assert page.status_code == 422 and "it was not there before" in page.text


def test_another_librarys_outlet_is_not_here_and_that_is_audited(
    house: House, wall: Browser, posters: Posters
) -> None:
    wall.open("/outlets/new")
    wall.send("/outlets/new", FORM)
    path = f"/outlets/{outlets(house)[0].id}"
    with browsing(house, posters=posters) as other:
        other.log_in("bea")
        assert other.open(path).status_code == 404
        assert "Refugee Action" not in other.open("/posters").text
    assert "access.refused" in audited(house)


def test_who_may_only_read_adds_and_removes_nothing(house: House, wall: Browser, posters: Posters) -> None:
    wall.open("/outlets/new")
    wall.send("/outlets/new", FORM)
    path = f"/outlets/{outlets(house)[0].id}"
    with browsing(house, posters=posters) as other:
        other.log_in("vic")
        assert "Add an outlet" not in other.open("/posters").text
        assert other.open("/outlets/new").status_code == 403
        assert "It is removed" not in other.open(path).text
        assert other.send(path, {"csrf": other.hidden("csrf")}).status_code == 403
    assert outlets(house)[0].removed_on is None


# in a browser ------------------------------------------------------------
@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright, chrome.open_browser(playwright) as opened:
        yield opened


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_and_fit(
    house: House, chromium: Chromium, posters: Posters, width: int
) -> None:
    house.staff("ann", name="Ann Patel")
    with serve(house.app(posters=posters)) as base, screen(chromium, base, width=width) as page:
        log_in(page)
        for path in ("/staff/posters", "/staff/posters?language=ti&place=fosse", "/staff/outlets/new"):
            page.goto(path)
            check(page)
        chrome.press(page, "Add this outlet")
        page.get_by_text("There is a problem").wait_for()
        check(page)
        page.get_by_label("Where the posters or leaflets are").fill("A-very-long-name-without-any-break " * 3)
        page.get_by_label("Kind of place").select_option("health")
        page.get_by_label("Which library looks after it").select_option("fosse")
        page.get_by_label("Tigrinya").check()
        chrome.press(page, "Add this outlet")
        page.get_by_text("1 outlet").wait_for()
        check(page)
        page.goto("/staff/outlets/1")
        check(page)


def test_a_poster_is_chosen_without_javascript(house: House, chromium: Chromium, posters: Posters) -> None:
    house.staff("ann", name="Ann Patel")
    with serve(house.app(posters=posters)) as base, screen(chromium, base, script=False) as page:
        log_in(page)
        page.get_by_role("link", name="More", exact=True).click()
        page.get_by_role("link", name="Posters").click()
        page.get_by_label("Language").select_option("ar")
        page.get_by_role("button", name="Show").click()
        image = page.locator(".desk-poster")
        image.wait_for()
        assert "Arabic and English" in (image.get_attribute("alt") or "")
        assert page.get_by_role("button", name="Print it (PDF)").count() == 1
