"""Weekly rules: how often, changing what is to come, leaving one date out, ending it; people are told once."""

from datetime import date, time

import pytest
from sqlalchemy import select

from store import sessions
from store.database import transaction
from store.models import Occurrence, OutboxRow, SessionException, WeeklySession
from tests.staff.conftest import Browser, House, browsing
from tests.staff.test_sessions import NEW

CHANGE = {"do": "change", "room": "Room 2", "capacity": "6", "lead_hours": "2", "weeks_ahead": "8"}


def rule(house: House, weekly_id: int = 1) -> WeeklySession:
    with transaction(house.engine) as session:
        return session.get_one(WeeklySession, weekly_id)


def told(house: House) -> list[str]:
    with transaction(house.engine) as session:
        return [row.payload["messages"][0]["key"] for row in session.scalars(select(OutboxRow))]


def sure(browser: Browser) -> dict[str, str]:
    return {"sure": browser.hidden("sure")}


def test_the_list_has_the_rules_of_the_own_libraries_with_their_next_date(
    house: House, browser: Browser
) -> None:
    browser.log_in("sam")
    page = browser.open("/weekly").text
    assert "Every Wednesday, 10:00" in page and "Wed 25 Nov, 10:00" in page and "Belgrave" not in page
    assert (
        browser.open("/weekly/2").status_code == browser.open("/weekly/99").status_code == 404
    )  # bad input 39
    assert browser.send("/weekly/2", CHANGE).status_code in (403, 404)


@pytest.mark.parametrize(
    ("repeat", "words", "days"),
    [
        ("fortnightly", "Every two weeks on Friday", [(11, 27), (12, 11)]),
        ("first", "The first Friday of every month", [(12, 4), (2, 5)]),  # 1 January is a bank holiday
        ("last", "The last Friday of every month", [(11, 27), (1, 29)]),  # Christmas too
    ],
)
def test_a_session_every_two_weeks_or_once_a_month_is_a_choice(
    house: House, browser: Browser, repeat: str, words: str, days: list[tuple[int, int]]
) -> None:
    browser.log_in("sam")
    browser.open("/sessions/new")
    page = browser.send("/sessions/new", {**NEW, "repeat": repeat, "lead_hours": "5", "weeks_ahead": "20"})
    assert f"Added: Citizenship practice, Fosse Library. {words}, 14:30" in page.text
    with transaction(house.engine) as session:
        made = session.scalars(
            select(Occurrence).filter_by(service="citizenship_practice").order_by(Occurrence.start)
        ).all()
    assert [(each.day.month, each.day.day) for each in made[:2]] == days
    assert {(each.start - each.closes_at).total_seconds() for each in made} == {5 * 3600}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repeat": "daily"}, "Choose how often."),
        ({"lead_hours": "-1"}, "Enter how many hours before the start one can still ask: 0 to 336."),
        ({"weeks_ahead": "27"}, "Enter how many weeks ahead people see: 1 to 26."),
        ({"weeks_ahead": "1", "lead_hours": "168"}, "nobody could ever ask"),
        ({"minutes": "٦٠"}, "Enter how many minutes"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    browser.log_in("sam")
    browser.open("/sessions/new")
    page = browser.send("/sessions/new", {**NEW, **change})
    assert page.status_code == 422 and sentence in page.text
    with transaction(house.engine) as session:
        assert session.scalars(select(WeeklySession).filter_by(created_by="sam")).all() == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weekday": "6", "start": "01:30", "first": "2027-03-28"}, "skip that time"),
        ({"weekday": "6", "start": "01:30", "first": "2027-10-31"}, ""),
    ],
)
def test_27_an_hour_that_is_skipped_is_refused_and_of_one_that_comes_twice_the_first_counts(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    house.clock.forward(days=60)
    browser.log_in("sam")
    browser.open("/sessions/new")
    page = browser.send("/sessions/new", {**NEW, **change})
    assert (sentence in page.text and page.status_code == 422) if sentence else page.status_code == 200
    if not sentence:
        house.clock.forward(days=270)
        browser.log_in("sam", back="/sessions")
        with transaction(house.engine) as session:
            sessions.materialise(session, house.clock.now)
            first = session.scalars(select(Occurrence).filter_by(day=date(2027, 10, 31))).one()
        assert first.start.hour == 0 and first.start.minute == 30  # UTC: still summer time


def test_a_change_reaches_the_coming_dates(either_house: House, either_browser: Browser) -> None:
    either_browser.log_in("sam")
    either_browser.open("/weekly/1")
    page = either_browser.send("/weekly/1", {**CHANGE, "on_bank_holidays": "yes"})
    assert "Saved." in page.text and page.url.path == "/staff/weekly/1"
    changed = rule(either_house)
    assert (changed.capacity, changed.room, changed.lead_hours, changed.weeks_ahead) == (6, "Room 2", 2, 8)
    assert changed.on_bank_holidays
    page = either_browser.open(f"/sessions/{either_house.fosse}")
    assert "0 of 6 places taken" in page.text and "Room 2" in page.text


def test_36_fewer_places_than_people_are_said_first_and_nobody_is_dropped(
    house: House, browser: Browser
) -> None:
    people = [house.request(name, house.fosse) for name in ("Ada", "Bilal", "Cawo")]
    browser.log_in("sam")
    browser.open("/weekly/1")
    smaller = {**CHANGE, "capacity": "2"}
    page = browser.send("/weekly/1", smaller)
    assert "More people have a place than 2 on Wed 2 Dec. Nobody is dropped." in page.text
    assert rule(house).capacity == 4
    page = browser.send("/weekly/1", {**smaller, "capacity": "1", **sure(browser)})
    assert "More people have a place than 1" in page.text and rule(house).capacity == 4  # asked anew
    browser.send("/weekly/1", {**smaller, "capacity": "1", **sure(browser)})
    assert rule(house).capacity == 1
    assert {house.booking(each).state for each in people} == {"requested"}
    assert told(house) == []


def test_34_a_change_from_an_old_page_says_who_was_faster(house: House, browser: Browser) -> None:
    house.staff("kim", name="Kim Osei")
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open("/weekly/1")
        other.send("/weekly/1", CHANGE)
    page = browser.send("/weekly/1", {**CHANGE, "capacity": "9"})
    assert page.status_code == 409 and "Already changed by Kim Osei" in page.text
    assert rule(house).capacity == 6


def test_one_date_is_left_out_and_whoever_booked_it_is_told(house: House, browser: Browser) -> None:
    house.request("Ada", house.fosse)
    browser.log_in("sam")
    page = browser.open("/weekly/1").text
    assert "Wed 2 Dec, 1 taken" in page
    for form, sentence in (
        ({"reason": "room"}, "Choose the date to leave out."),
        ({"day": "2026-12-03", "reason": "room"}, "Choose the date to leave out."),
        ({"day": "2026-12-02"}, "Choose a reason."),
    ):
        page = browser.send("/weekly/1", {"do": "skip", **form}).text
        assert sentence in page
    page = browser.send("/weekly/1", {"do": "skip", "day": "2026-12-02", "reason": "staff_away"}).text
    assert "That date is left out" in page and "Left out" in page
    assert told(house) == ["booking.cancelled_by_staff"]
    browser.send("/weekly/1", {"do": "skip", "day": "2026-12-02", "reason": "staff_away"})
    assert len(told(house)) == 1
    browser.open(f"/sessions/{house.fosse}")
    page = browser.send(f"/sessions/{house.fosse}/open").text
    assert "held after all" in page and "Nobody is booked yet" in page
    with transaction(house.engine) as session:
        assert session.scalars(select(SessionException)).all() == []


def test_an_end_says_first_whom_it_tells_and_then_tells_each_once(
    either_house: House, either_browser: Browser
) -> None:
    either_house.request("Ada", either_house.fosse)
    either_house.request("Bilal", either_house.occurrences["work_coach fosse"][3])
    either_browser.log_in("sam")
    either_browser.open("/weekly/1")
    end = {"do": "end", "last": "2026-11-30", "reason": "staff_away"}
    page = either_browser.send("/weekly/1", end).text
    assert "This cancels 11 dates and tells 2 people." in page and rule(either_house).last is None
    page = either_browser.send("/weekly/1", {**end, **sure(either_browser)}).text
    assert "The last day is Mon 30 Nov." in page
    assert told(either_house) == ["booking.cancelled_by_staff"] * 2
    either_browser.send("/weekly/1", end)
    assert len(told(either_house)) == 2
    either_house.clock.forward(days=9)
    either_browser.log_in("sam", back="/weekly")
    assert "There is no weekly session yet" in either_browser.open("/weekly").text
    page = either_browser.open("/weekly/1").text
    assert "It ended on Mon 30 Nov." in page and "End it" not in page


@pytest.mark.parametrize("last", ["", "2026-11-01", "31/02/2027", "2030-01-01"])
def test_an_end_needs_a_day_and_a_reason(house: House, browser: Browser, last: str) -> None:
    browser.log_in("sam")
    browser.open("/weekly/1")
    page = browser.send("/weekly/1", {"do": "end", "last": last})
    assert page.status_code == 422
    assert "Enter the last day" in page.text and "Choose a reason" in page.text


def test_a_viewer_reads_and_changes_nothing(house: House, browser: Browser) -> None:
    browser.log_in("vic")
    page = browser.open("/weekly/1").text
    assert "Coming dates" in page and "Change it" not in page
    assert browser.send("/weekly/1", {**CHANGE, "version": "1"}).status_code == 403


def test_37_what_was_written_survives_a_log_in_in_between(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open("/weekly/1")
    house.clock.forward(minutes=31)
    browser.send("/weekly/1", CHANGE)
    back = browser.hidden("back")
    page = browser.send("/login", {"username": "sam", "password": "correct horse battery", "back": back}).text
    assert "What you wrote is still here" in page and 'value="Room 2"' in page


def test_the_pages_take_the_same_few_statements_however_many_rules(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    few = house.statements(lambda: browser.open("/weekly"))
    house.session("citizenship_practice", "fosse", 4, start=time(15))
    assert house.statements(lambda: browser.open("/weekly")) == few
