"""Sessions: a week at a glance, adding a weekly one, and cancelling a date."""

import pytest
from sqlalchemy import select

from store.database import transaction
from store.models import Occurrence, OutboxRow, WeeklySession
from tests.staff.conftest import Browser, House, browsing

NEW = {
    "service": "citizenship_practice", "place": "fosse", "weekday": "4", "start": "14:30", "minutes": "90",
    "capacity": "10", "room": "Room 2", "first": "",
}  # fmt: skip


def rules(house: House) -> list[WeeklySession]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(WeeklySession).where(WeeklySession.created_by != "system")))


def test_a_week_shows_its_sessions_by_day_with_how_many_places_are_taken(
    house: House, browser: Browser
) -> None:
    house.request("Ada", house.fosse)
    browser.log_in("sam")
    this_week = browser.open("/sessions").text
    assert "This week" in this_week and "Wed 25 Nov" in this_week and "0 of 4 taken" in this_week
    next_week = browser.open("/sessions?week=2026-12-03").text
    assert "Wed 2 Dec" in next_week and "1 of 4 taken" in next_week and "10:00 to 11:00" in next_week
    assert "Belgrave" not in next_week
    assert "No session in this week" in browser.open("/sessions?week=2030-01-01").text
    for rubbish in ("week=rubbish&place=rubbish&service=rubbish", "week=9999-12-31", "week=0001-01-01"):
        assert browser.open(f"/sessions?{rubbish}").status_code == 200


def test_a_sessions_page_says_who_is_booked_and_who_waits(house: House, browser: Browser) -> None:
    for name in ("Ada", "Bilal", "Cawo", "Dina"):
        house.request(name, house.fosse)
    house.waits("Efrem", house.fosse)
    browser.log_in("sam")
    page = browser.open(f"/sessions/{house.fosse}").text
    assert "4 of 4 places taken" in page
    assert page.index("Ada") < page.index("Dina") < page.index("Efrem") < page.index("Waiting list")


def test_a_weekly_session_is_added_in_wall_time_and_stands_in_the_list(
    either_house: House, either_browser: Browser
) -> None:
    either_browser.log_in("sam")
    either_browser.open("/sessions/new")
    page = either_browser.send("/sessions/new", NEW)
    assert page.url.path == "/staff/sessions"
    assert "Added: Citizenship practice, Fosse Library, every week at 14:30" in page.text
    assert "Fri 27 Nov" in page.text and "14:30 to 16:00" in page.text and "Room 2" in page.text
    (rule,) = rules(either_house)
    assert (rule.created_by, rule.rrule, rule.capacity) == ("sam", "FREQ=WEEKLY;BYDAY=FR", 10)
    summer = either_browser.open("/sessions?week=2027-02-12").text
    assert "14:30 to 16:00" in summer


def test_a_later_first_date_opens_that_week(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open("/sessions/new")
    page = browser.send("/sessions/new", {**NEW, "first": "2026-12-16"})
    assert "Week of Mon 14 Dec" in page.text and "Fri 18 Dec" in page.text
    with transaction(house.engine) as session:
        days = session.scalars(select(Occurrence.day).filter_by(service="citizenship_practice"))
        assert min(days).isoformat() == "2026-12-18"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"service": ""}, "Choose a service."),
        ({"service": "join_library"}, "Choose a service."),
        ({"place": "belgrave"}, "Choose a library."),
        ({"weekday": "7"}, "Choose a day of the week."),
        ({"start": "25:00"}, "Enter when it starts"),
        ({"minutes": "5"}, "Enter how many minutes it lasts: 10 to 480."),
        ({"capacity": "many"}, "Enter how many people can come: 1 to 200."),
        ({"capacity": "0"}, "Enter how many people can come: 1 to 200."),
        ({"room": "x" * 81}, "Write at most 80 characters."),
        ({"first": "2026-11-01"}, "Enter a day from today on"),
        ({"first": "31/02/2027"}, "Enter a day from today on"),
        ({"first": "2030-01-01"}, "within a year"),
        (
            {"weekday": "6", "start": "01:30", "first": "2027-03-28"},
            "The clocks go forward on the first day, and skip that time.",
        ),
    ],
)
def test_a_form_with_a_fault_says_so_keeps_the_rest_and_adds_nothing(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    """The last one is bad input 27."""
    browser.log_in("sam")
    browser.open("/sessions/new")
    page = browser.send("/sessions/new", {**NEW, **change})
    assert page.status_code == 422
    assert sentence in page.text
    if "minutes" not in change:
        assert 'value="90"' in page.text
    assert rules(house) == []


def test_cancelling_a_date_tells_everyone_booked_once(either_house: House, either_browser: Browser) -> None:
    for name in ("Ada", "Bilal"):
        either_house.request(name, either_house.fosse)
    either_browser.log_in("sam")
    page = either_browser.open(f"/sessions/{either_house.fosse}").text
    assert "Cancel Wed 2 Dec and tell 2 people" in page
    assert either_browser.send(f"/sessions/{either_house.fosse}", {}).status_code == 422
    page = either_browser.send(f"/sessions/{either_house.fosse}", {"reason": "room"}).text
    assert "This date is cancelled: by Sam, 09:00" in page
    with transaction(either_house.engine) as session:
        keys = [row.payload["messages"][0]["key"] for row in session.scalars(select(OutboxRow))]
    assert keys == ["booking.cancelled_by_staff"] * 2
    assert "Cancelled" in either_browser.open("/sessions?week=2026-12-02").text


def test_two_staff_cancel_at_once_and_one_is_told_who(house: House, browser: Browser) -> None:
    house.staff("kim", name="Kim Osei")
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open(f"/sessions/{house.fosse}")
        other.send(f"/sessions/{house.fosse}", {"reason": "room"})
        page = browser.send(f"/sessions/{house.fosse}", {"reason": "full"})
    assert page.status_code == 409
    assert "Already cancelled by Kim Osei" in page.text


def test_a_session_that_has_started_is_not_cancelled(house: House, browser: Browser) -> None:
    house.clock.forward(days=9, hours=2)
    browser.log_in("sam")
    assert "Cancel this date" not in browser.open(f"/sessions/{house.fosse}").text
    assert browser.send(f"/sessions/{house.fosse}", {"reason": "room"}).status_code == 422
