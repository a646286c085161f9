"""Whatever is typed, sent or put into an address, a page answers: it is taken, refused or explained."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select

from bot.drafting import previewed
from flows.words import Words
from staff.guard import LARGEST_ID
from store.database import reading, transaction
from store.models import Audit, HalfLogIn, InboxRow, Outlet, WeeklySession
from tests.staff.conftest import PHRASES, Browser, House, browsing
from tests.staff.doors import DOORS, fill
from tests.staff.test_scope import at_desk

ODD = (
    "", " ", "\0", "a\0b", "\ud800", "\u202e\u2066x", "\u200b", "=1+1", "a\r\nSet-Cookie: x=1",
    "'; DROP TABLE bookings;--",
    "{name} {0} %s {{7*7}}", "<script>alert(1)</script>", "-1", "0", str(2**31), str(2**63), "9" * 5_000, "1e9", "٣",
    "²", "NaN", "9999-12-31", "0000-01-01", "2026-02-31", "31/02/2026", "2100-12-31", "24:00", "x" * 10_000,
    "\u0301" * 3_000,
    "👩‍👩‍👧‍👦" * 300, "http://[", "a@b@c",
)  # fmt: skip
NUMBERS = ("0", "-1", str(LARGEST_ID + 1), str(2**63), "9" * 5_000, "1.5", "%00", "%D9%A3", "1%20")


class Forms(HTMLParser):
    """The forms of a page that change something: address, then each field with what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = said.get("method", "").lower() == "post"
            if self.inside:
                self.found.append((said["action"], {}, []))
        elif self.inside and "name" in said:
            _, fields, buttons = self.found[-1]
            if tag == "button":
                buttons.append((said["name"], said.get("value", "")))
            elif tag in ("input", "textarea", "select"):
                fields.setdefault(said["name"], said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"


@pytest.fixture
def root(either_house: House) -> Iterator[Browser]:
    """An administrator of every library, at pages with one of everything on them."""
    house = either_house
    house.staff("root", role="admin")
    words = Words(PHRASES, folder=house.texts)
    with browsing(house, words=words, preview=previewed(words), tells=["mail", "group"]) as browser:
        browser.log_in("root")
        browser.open("/more")
        browser.client.follow_redirects = False
        yield browser


def body(form: dict[str, str]) -> bytes:
    """As a browser sends it, half a surrogate and all."""
    return urlencode(form, errors="surrogatepass").encode()


def post(browser: Browser, path: str, form: dict[str, str]) -> httpx.Response:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return browser.client.post(path, content=body(form), headers=kind)


def test_every_form_answers_whatever_is_typed(either_house: House, root: Browser) -> None:
    """Bad inputs 3, 5 to 8 and 10, in every field of every form at once, and in each by itself where it is text."""
    ids = fill(either_house, "fosse", "Farida")
    forms = {}
    for door in (each for each in DOORS if each.method == "GET" and each.may):
        page = Forms()
        page.feed(root.client.get(f"/staff{door.at(ids)}").text)
        for path, fields, buttons in page.found:
            for name, value in buttons or [("", "")]:
                forms[path, tuple(fields), value] = {**fields, **({name: value} if name else {})}
    forms = {key: form for key, form in forms.items() if not key[0].endswith(("/logout", "/import"))}
    assert len(forms) > 35
    broken = []
    for number, ((path, _, _), form) in enumerate(forms.items()):
        typed = [name for name in form if name not in ("csrf", "do")]
        tries = [
            dict.fromkeys(typed, value) for value in ODD[number % 5 :: 5]
        ]  # a fifth of them each: it takes its time
        tries += [{name: ODD[(number + at) % len(ODD)]} for at, name in enumerate(typed[:4])]
        for odd in tries:
            answer = post(root, path, {**form, **odd})
            if answer.status_code >= 500:
                broken.append((path, form.get("do"), list(odd)[:3], next(iter(odd.values()), "")[:20]))
    assert broken == []


def test_every_address_answers_whatever_stands_in_it(either_house: House, root: Browser) -> None:
    ids = fill(either_house, "fosse", "Farida")
    no_posters = [
        each for each in DOORS if not each.path.endswith(".pdf")
    ]  # there is nothing to print with here
    for door in (each for each in no_posters if each.method == "GET"):
        for field in re.findall(r"{(\w+)}", door.path):
            for odd in NUMBERS if field.endswith("_id") else ("%00", "x" * 3_000, "..%2f", "%ff", "é"):
                answer = root.client.get(f"/staff{door.at({**ids, field: odd})}")
                away = answer.status_code in (404, 307)  # 307: to the address without the last slash
                assert away or (not door.may and answer.status_code < 500), (door, odd)
    for door in (each for each in DOORS if each.method == "GET" and "{" not in each.path):
        names = (
            "page",
            "place",
            "service",
            "show",
            "q",
            "week",
            "month",
            "day",
            "until",
            "after",
            "done",
            "back",
            "id",
            "who",
        )
        for odd in ODD[::3]:
            query = urlencode(dict.fromkeys(names, odd[:2_000]), errors="surrogatepass")
            for each in (query, query.partition("&")[2]):  # without the page number, which is refused first
                assert root.client.get(f"/staff{door.path}?{each}").status_code < 500, (door, odd[:20])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://["}, {"origin": "", "referer": "http://["},
        {"cookie": 'desk_login="\\015\\012x"; desk_staff="\\000"'},
        {"cookie": "desk_held=x; desk_code=é"}, {"host": "["},
        {"user-agent": "\x7f" * 900}, {"accept-language": "x" * 900},
    ],
    ids=str,
)  # fmt: skip
def test_headers_that_no_browser_sends_break_nothing(
    house: House, browser: Browser, headers: dict[str, str]
) -> None:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for path in ("/requests?x=1", "/login", "/login/code"):
        assert browser.client.get(f"/staff{path}", headers=sent, follow_redirects=False).status_code < 400
    assert browser.client.post("/staff/login", data={"csrf": "x"}, headers=sent).status_code == 403


def test_a_date_that_no_calendar_has_is_no_date_of_a_feed(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open("/my-calendar")
    page = browser.send("/my-calendar", {"do": "renew"}).text
    found = re.search(r'value="http://desk.example(/staff/feeds/[^"]+\.ics)"', page)
    assert found
    for when in (
        "Mon, 01 Jan 99999999999999 00:00:00 GMT",
        "Mon, 99999999999999999999 Jan 2026 00:00:00 GMT",
        "x",
    ):
        assert (
            httpx.get(
                f"{str(browser.client.base_url).rstrip('/')}{found[1]}", headers={"if-modified-since": when}
            ).status_code
            == 200
        )


def test_what_was_sealed_for_another_page_is_not_taken_for_a_kept_form(
    house: House, browser: Browser
) -> None:
    browser.log_in("sam")
    browser.client.cookies.set(
        "desk_held", house.vault.seal('{"contact": 1}'), path="/staff", domain="127.0.0.1"
    )
    assert browser.open("/requests").status_code == 200


def test_a_page_to_come_back_to_that_is_none_is_not_kept(either_house: House) -> None:
    """Asked of the council's log-in, PostgreSQL would not take a NUL (bad input 6)."""

    class NoCouncil:
        name = "the council"

        def question(self, *_: object) -> str:
            return "https://council.example/authorize"

    with at_desk(either_house, council=NoCouncil()) as visitor:
        for back in ("%00", "/x" * 3_000, "//evil.example", "/tasks"):
            assert visitor.client.get(f"/staff/login/council?back={back}").status_code == 303
    with reading(either_house.engine) as session:
        assert sorted(session.scalars(select(HalfLogIn.back))) == ["", "", "", "/tasks"]


def test_33_a_form_that_is_sent_twice_counts_once(either_house: House, either_browser: Browser) -> None:
    """Bad input 33. A minute later the same is meant: a second group at that time, a second poster at that door."""
    house, browser = either_house, either_browser
    browser.log_in("sam")
    weekly = {
        "service": "work_coach",
        "place": "fosse",
        "weekday": "4",
        "start": "10:00",
        "minutes": "60",
        "capacity": "3",
    }
    shop = {"name": "Shop", "kind": "shop", "place": "fosse", "copies": "1", "speaks-fr": "on"}
    for model, path, form in ((WeeklySession, "/sessions/new", weekly), (Outlet, "/outlets/new", shop)):

        def count(model: type[WeeklySession | Outlet] = model) -> int:
            with reading(house.engine) as session:
                return session.scalar(select(func.count()).select_from(model)) or 0

        before = count()
        made = set()
        for _ in range(2):
            browser.open(path)
            made.add(str(browser.send(path, form).url))
        assert (count(), len(made)) == (before + 1, 1)
        house.clock.forward(minutes=2)
        browser.open(path)
        browser.send(path, form)
        assert count() == before + 2


def test_a_look_that_was_none_is_not_written_down(house: House, browser: Browser) -> None:
    """Opening a hidden message is in the audit; an address with another person's message in it opens nothing."""
    house.request("Farida", house.fosse, text="help")
    house.request("Bilal", house.belgrave, text="help")
    farida, bilal = house.contact("Farida"), house.contact("Bilal")
    browser.log_in("sam")
    with transaction(house.engine) as session:
        theirs = session.scalars(select(InboxRow.id).filter_by(contact_id=bilal)).one()
        ours = session.scalars(select(InboxRow.id).filter_by(contact_id=farida)).one()
    for number in (theirs, 9_999, ours):
        browser.open(f"/messages/{farida}?open={number}")
    with reading(house.engine) as session:
        opened = session.scalars(select(Audit.subject_id).filter_by(action="message.opened")).all()
    assert opened == [str(ours)]


def test_words_of_danger_do_not_stand_beside_a_request(house: House, browser: Browser) -> None:
    asked = house.request("Farida", house.fosse, text="I want to die")
    quiet = house.request("Ada", house.fosse, text="I need a work coach")
    browser.log_in("sam")
    assert "I want to die" not in browser.open(f"/requests/{asked}").text
    assert "I need a work coach" in browser.open(f"/requests/{quiet}").text


@pytest.mark.parametrize(
    "wrong", [{"username": "sam\u200b"}, {"username": "\u200d"}, {"name": "\u200b"}], ids=ascii
)
def test_nobodys_name_is_invisible_or_looks_like_a_colleagues(house: House, wrong: dict[str, str]) -> None:
    house.staff("root", role="admin")
    with browsing(house) as browser:
        browser.log_in("root")
        browser.open("/people/new")
        form = {"name": "Nadia", "username": "nadia", "role": "viewer", "where": "all", **wrong}
        assert browser.send("/people/new", form).status_code == 422


def test_a_button_that_the_account_page_does_not_have_does_nothing(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    with browsing(house) as elsewhere:
        elsewhere.log_in("sam")
        browser.open("/account")
        assert browser.send("/account", {"do": "x"}).status_code == 404
        assert elsewhere.open("/account").url.path == "/staff/account"
