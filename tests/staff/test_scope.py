"""Who gets through which door: every page and form, tried by a visitor, by each role, from outside, and by the staff
of another library. A new page has to be written into tests/staff/doors.py."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.drafting import previewed
from flows.words import Words
from store import accounts, closing
from store.database import reading, transaction
from store.models import Audit
from tests.staff.conftest import PHRASES, Browser, House, browsing
from tests.staff.doors import ANYBODY, DOORS, FORMS, INSIDE, Door, fill, routes, standing

OURS, THEIRS = "Farida", "Bilal"


@contextmanager
def at_desk(house: House, who: str = "", **settings: Any) -> Iterator[Browser]:
    """A browser that follows no redirect; with the pages as in the running desk."""
    words = Words(PHRASES, folder=house.texts)
    with browsing(
        house, words=words, preview=previewed(words), tells=["mail", "group"], **settings
    ) as browser:
        if who:
            browser.log_in(who)
            browser.open("/more")
        browser.client.follow_redirects = False
        yield browser


def knock(
    browser: Browser, door: Door, ids: dict[str, object], csrf: str | None = None, **more: Any
) -> httpx.Response:
    """Open a page or send a form. `csrf` None: the token of the page that is open."""
    if door.method == "GET":
        return browser.client.get(f"/staff{door.at(ids)}")
    form = {**door.form, "csrf": browser.hidden("csrf") if csrf is None else csrf}
    files = {"file": ("x.po", b"")} if door.path.endswith("/import") else None
    return browser.client.post(f"/staff{door.at(ids)}", data=form, files=files, **more)


def refusals(house: House) -> list[tuple[str, str, str]]:
    with reading(house.engine) as session:
        rows = session.scalars(select(Audit).filter_by(action="access.refused").order_by(Audit.id))
        return [(row.actor, row.subject, row.subject_id) for row in rows]


def test_every_page_and_form_is_among_the_doors() -> None:
    poster = ("GET", "/posters/{language}/{place}/{kind}.{form}")
    known = {(door.method, door.path.replace("{poster}.pdf", "{kind}.{form}")) for door in DOORS}
    assert known == routes()
    assert poster in known


def test_a_visitor_is_asked_to_log_in_and_changes_nothing(house: House) -> None:
    ids = fill(house, "fosse", OURS)
    before = standing(house)
    with at_desk(house) as visitor:
        for door in INSIDE:
            answer = knock(visitor, door, ids, csrf="x")
            assert answer.status_code == 303, door
            assert answer.headers["location"].startswith("/staff/login"), door
            assert OURS not in answer.text and answer.headers["cache-control"] == "no-store", door
    assert standing(house) == before


def test_what_a_visitor_may_open_shows_nothing(house: House) -> None:
    ids = fill(house, "fosse", OURS)
    with at_desk(house) as visitor:
        for door in (each for each in DOORS if each.may == ANYBODY):
            answer = knock(visitor, door, ids, csrf="x")
            assert answer.status_code in (200, 303, 403, 404), door
            assert OURS not in answer.text and answer.headers["cache-control"] == "no-store", door


@pytest.mark.parametrize("csrf", ["", "x", "\x00", "é" * 43])
def test_no_form_counts_without_its_token(house: House, csrf: str) -> None:
    house.staff("root", role="admin")
    ids = fill(house, "fosse", OURS)
    with at_desk(house, "root") as browser:
        before = standing(house)
        for door in FORMS:
            assert knock(browser, door, ids, csrf=csrf).status_code in (403, 404), (
                door
            )  # 404: no such invitation
        assert standing(house) == before
        assert browser.client.get("/staff/").status_code == 200  # not logged out either


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_38_no_form_counts_that_another_site_sent(house: House, headers: dict[str, str]) -> None:
    """Bad input 38."""
    house.staff("root", role="admin")
    ids = fill(house, "fosse", OURS)
    with at_desk(house, "root") as browser:
        before = standing(house)
        for door in FORMS:
            assert knock(browser, door, ids, headers=headers).status_code == 403, door
        assert standing(house) == before
        assert browser.client.get("/staff/").status_code == 200


@pytest.mark.parametrize("role", accounts.ROLES)
def test_a_role_opens_what_it_may_and_is_refused_the_rest(house: House, role: str) -> None:
    house.staff("tom", role=role)
    ids = fill(house, "fosse", OURS)
    roles = list(accounts.ROLES)
    able = {what for each in roles[: roles.index(role) + 1] for what in accounts.ROLES[each]}
    with at_desk(house, "tom") as browser:
        before = standing(house)
        for door in INSIDE:
            if door.may in able and door.method == "GET":
                expected = 503 if door.path.endswith(".pdf") else 200  # nothing to print with here
                path = door.path.startswith(("/today/", "/closures/"))  # back from a log-in, to the list
                assert knock(browser, door, ids).status_code == (303 if path else expected), door
            elif door.may not in able:
                answer = knock(browser, door, ids)
                assert answer.status_code == 403 and "Your account cannot do this" in answer.text, door
                assert OURS not in answer.text, door
        assert standing(house) == before


def test_39_what_is_another_librarys_is_not_there_and_the_look_is_written_down(either_house: House) -> None:
    """Bad input 39: with every right that there is, but for the Fosse Library alone."""
    house = either_house
    house.staff("mia", role="admin", places=["fosse"])
    fill(house, "fosse", OURS)
    theirs = fill(house, "belgrave", THEIRS)
    doors = [door for door in INSIDE if door.thing]
    with at_desk(house, "mia") as browser:
        before = standing(house)
        for door in doors:
            seen = len(refusals(house))
            answer = knock(browser, door, theirs)
            assert answer.status_code == 404 and "There is nothing here" in answer.text, door
            assert THEIRS not in answer.text, door
            new = refusals(house)[seen:]
            assert [(who, what.startswith(door.thing)) for who, what, _ in new] == [("mia", True)], door
        assert standing(house) == before


def test_what_never_was_is_not_there_either_and_looks_the_same(house: House) -> None:
    house.staff("mia", role="admin", places=["fosse"])
    theirs = fill(house, "belgrave", THEIRS)
    never = {key: 2_000_000_000 if key.endswith("_id") else value for key, value in theirs.items()}
    with at_desk(house, "mia") as browser:
        for door in (each for each in INSIDE if re.search(r"{\w+_id}", each.path) and each.thing):
            one, other = knock(browser, door, theirs), knock(browser, door, never)
            assert (one.status_code, other.status_code) == (404, 404), door
            plain = [re.sub(r'nonce="[^"]+"', "", answer.text) for answer in (one, other)]
            assert plain[0] == plain[1], door


def test_closed_days_of_every_library_are_lifted_by_those_who_are_there_for_all(house: House) -> None:
    today = house.clock.now.date()
    with transaction(house.engine) as session:
        closure = closing.close(
            session, place=None, first=today, last=today, reason="snow", actor="root", now=house.clock.now
        ).id
    lift = Door("POST", "/closures/{closure_id}", "sessions")
    with at_desk(house, "sam") as browser:
        assert knock(browser, lift, {"closure_id": closure}).status_code == 404
    assert refusals(house) == [("sam", "closure", str(closure))]


def test_no_list_page_or_file_tells_of_another_library(house: House) -> None:
    house.staff("mia", role="admin", places=["fosse"])
    fill(house, "fosse", OURS)
    theirs = fill(house, "belgrave", THEIRS)
    told, ids = "", "added=2&after=2&done=2&just=2"
    queries = ("", "?place=belgrave", "?show=closed", f"?subject=task&id={theirs['task_id']}", f"?{ids}")
    with at_desk(house, f"belgrave.{THEIRS}".casefold()) as colleague:  # has logged in: the audit knows them
        knock(colleague, Door("POST", "/tasks/{task_id}", "tasks"), theirs)
    house.task("callback", place="belgrave", note=f"again {THEIRS}", contact_id=theirs["contact_id"])
    with at_desk(house, "mia") as browser:
        for door in (each for each in INSIDE if each.method == "GET" and "{" not in each.path):
            for query in queries:
                answer = browser.client.get(f"/staff{door.path}{query}")
                assert answer.status_code == 200, door
                told += answer.text
                assert THEIRS.casefold() not in answer.text.casefold(), (door, query)
        lists = set(
            re.findall(r'name="which"[^>]*value="([^"]+)"', browser.client.get("/staff/exports").text)
        )
        assert {"audit", "tasks", "bookings"} <= lists
        for which in lists:
            for place in ("", "fosse"):
                days = {"first": "2026-11-01", "last": "2026-12-31", "place": place}
                answer = browser.client.post(
                    "/staff/exports", data={"csrf": browser.hidden("csrf"), "which": which, **days}
                )
                assert THEIRS.casefold() not in answer.text.casefold() and "Belgrave" not in answer.text, (
                    which
                )
                told += answer.text
    assert OURS in told and "mia" in told  # so it would have been seen


def test_nothing_of_another_library_can_be_chosen(house: House) -> None:
    """A form that the page did not make: a session, a library or a group that is not one's own."""
    house.staff("mia", role="manager", places=["fosse"])
    ours = fill(house, "fosse", OURS)
    fill(house, "belgrave", THEIRS)
    with at_desk(house, "mia") as browser:
        before = standing(house)
        offer = {"do": "offer", "session": str(house.belgrave), "version": "1"}
        weekly = {
            "service": "work_coach",
            "place": "belgrave",
            "weekday": "1",
            "start": "10:00",
            "minutes": "60",
            "capacity": "4",
        }
        closed = {"place": "belgrave", "first": "2026-12-01", "reason": "x"}
        news = {"text": "News", "who": "either", "service": "work_coach", "place": "belgrave"}
        shop = {"name": "x", "kind": "shop", "place": "belgrave", "copies": "1", "speaks-fr": "on"}
        for path, form in (
            (f"/requests/{ours['booking_id']}", offer),
            ("/sessions/new", weekly),
            ("/closures", closed),
            ("/closures", {**closed, "place": "all"}),
            ("/broadcasts/new", news),
            ("/broadcasts/new", {**news, "place": ""}),
            (f"/broadcasts/{ours['broadcast_id']}/edit", {**news, "version": "1"}),
            ("/outlets/new", shop),
            (
                "/exports",
                {"which": "bookings", "place": "belgrave", "first": "2026-11-01", "last": "2026-12-31"},
            ),
        ):
            answer = browser.client.post(f"/staff{path}", data={"csrf": browser.hidden("csrf"), **form})
            assert answer.status_code == 422, (path, form)
        assert standing(house) == before
