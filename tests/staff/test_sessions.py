"""Sessions: a week at a glance, adding a weekly one, and cancelling a date."""

import pytest
from sqlalchemy import select

from flows.message import messages_from_json
from flows.words import Words
from store.database import transaction
from store.models import Occurrence, OutboxRow, WeeklySession
from tests.staff.conftest import PASSWORD, PHRASES, Browser, House, browsing

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
    assert page.index("Ada") < page.index("Dina") < page.index("Waiting list") < page.index("1. <bdi")
    assert page.index("1. <bdi") < page.index("Efrem")


def test_a_weekly_session_is_added_in_wall_time_and_stands_in_the_list(
    either_house: House, either_browser: Browser
) -> None:
    either_browser.log_in("sam")
    either_browser.open("/sessions/new")
    page = either_browser.send("/sessions/new", NEW)
    assert page.url.path == "/staff/sessions"
    assert "Added: Citizenship practice, Fosse Library. Every Friday, 14:30" in page.text
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


# One date: places, room, another time


def form(browser: Browser, change: dict[str, str], version: str = "") -> dict[str, str]:
    return {"version": version or browser.hidden("version"), **change}


def notices(house: House) -> list[OutboxRow]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def test_36_fewer_places_than_people_are_said_first_and_nobody_is_dropped(
    either_house: House, either_browser: Browser
) -> None:
    people = [either_house.request(name, either_house.fosse) for name in ("Ada", "Bilal", "Cawo")]
    path = f"/sessions/{either_house.fosse}"
    either_browser.log_in("sam")
    either_browser.open(path)
    page = either_browser.send(f"{path}/places", {"capacity": "2", "room": "Hall"}).text
    assert "3 people have a place, and there would be 2 places: 1 too many. Nobody is dropped." in page
    assert "3 of 4 places taken" in page and 'value="Hall"' in page
    sure = {"sure": either_browser.hidden("sure"), "capacity": "2", "room": "Hall"}
    page = either_browser.send(f"{path}/places", sure).text
    assert "3 of 2 places taken</strong>: more than there are" in page and "One too many" in page
    assert "4 before, then 2" in page and "Another room" in page
    assert {either_house.booking(each).state for each in people} == {"requested"}
    assert notices(either_house) == []


def test_more_places_move_the_waiting_list_up_by_itself(house: House, browser: Browser) -> None:
    for name in ("Ada", "Bilal", "Cawo", "Dina"):
        house.request(name, house.fosse)
    house.waits("Efrem", house.fosse)
    house.waits("Farid", house.fosse)
    browser.log_in("sam")
    browser.open(f"/sessions/{house.fosse}")
    page = browser.send(f"/sessions/{house.fosse}/places", {"capacity": "5", "room": ""}).text
    assert "5 of 5 places taken" in page
    assert page.index("Efrem") < page.index("can answer until Tue 24 Nov, 09:00") < page.index("Farid")
    assert "Place offered" in page and "Waits" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"capacity": "0"}, "Enter how many people can come: 1 to 200."),
        ({"capacity": "-3"}, "Enter how many people can come"),
        ({"capacity": "4", "room": "x" * 81}, "Write at most 80 characters."),
        ({"capacity": "4", "version": "old"}, "Open the page again"),
    ],
)
def test_places_that_make_no_sense_change_nothing(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    browser.log_in("sam")
    browser.open(f"/sessions/{house.fosse}")
    page = browser.send(f"/sessions/{house.fosse}/places", change)
    assert page.status_code == 422 and sentence in page.text
    assert "0 of 4 places taken" in page.text


def test_a_moved_session_tells_five_people_in_three_languages_once_each(
    either_house: House, either_browser: Browser
) -> None:
    people = (("Ada", "en"), ("Bilal", "fr"), ("مریم", "fa"), ("Dina", "fr"))
    for name, language in people:
        either_house.request(name, either_house.fosse, language)
    either_house.waits("Efrem", either_house.fosse)
    path = f"/sessions/{either_house.fosse}/move"
    either_browser.log_in("sam")
    page = either_browser.open(path).text
    assert "5 people have a place or wait" in page and "Move it and tell 5 people" in page
    move = form(either_browser, {"day": "2026-12-03", "start": "14:30", "minutes": "60"})
    page = either_browser.send(path, move).text
    assert "Thu 3 Dec, 14:30</time> to 15:30" in page
    assert "it was Wed 2 Dec, 10:00; 5 people told" in page
    for _ in range(2):  # the form again, from a page that was still open
        assert (
            either_browser.client.post(
                f"/staff{path}", data={**move, "csrf": either_browser.hidden("csrf")}
            ).status_code
            == 200
        )
    rows = notices(either_house)
    assert len({row.contact_id for row in rows}) == len(rows) == 5
    words = Words(PHRASES, folder=either_house.texts)
    for row, (_, language) in zip(rows, (*people, ("Efrem", "en")), strict=True):
        (message,) = messages_from_json(row.payload["messages"])
        assert message.key == "booking.moved"
        said = words.render(message, language, row.channel).text
        assert "14:30" in said and "10:00" in said
    page = either_browser.open(f"/requests/{1}").text
    assert "moved to another time" in page and "New time for Work coach session" in page
    week = either_browser.open("/sessions?week=2026-12-02").text
    assert week.index("Thu 3 Dec") < week.index("14:30 to 15:30")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"day": "2026-11-22"}, "Enter a day from today on"),
        ({"day": "rubbish"}, "Enter a day from today on"),
        ({"day": "2028-01-01"}, "within a year"),
        ({"day": "2026-11-23", "start": "08:59"}, "That time is over."),
        ({"start": "25:00"}, "Enter when it starts"),
        ({"minutes": "5"}, "Enter how many minutes it lasts"),
        ({"day": "2027-03-28", "start": "01:30"}, "The clocks go forward that day, and skip that time."),
        ({"day": "2026-12-09", "start": "10:00"}, "has a date at that time already"),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_its_field(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    """The one with the clocks is bad input 27."""
    browser.log_in("sam")
    browser.open(f"/sessions/{house.fosse}/move")
    usual = {"day": "2026-12-03", "start": "14:30", "minutes": "60"}
    page = browser.send(f"/sessions/{house.fosse}/move", {**usual, **change})
    assert page.status_code == 422 and sentence in page.text
    assert notices(house) == []


def test_two_staff_move_it_and_one_is_told_who_was_faster(house: House, browser: Browser) -> None:
    house.request("Ada", house.fosse)
    house.staff("kim", name="Kim Osei")
    path = f"/sessions/{house.fosse}/move"
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open(path)
        other.send(path, {"day": "2026-12-03", "start": "14:30", "minutes": "60"})
    page = browser.send(path, {"day": "2026-12-04", "start": "09:00", "minutes": "60"})
    assert page.status_code == 409 and "Already changed by Kim Osei" in page.text
    assert len(notices(house)) == 1


def test_what_has_started_is_cancelled_or_anothers_is_not_changed(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open("/sessions/new")
    move = {"day": "2026-12-20", "start": "14:30", "minutes": "60", "version": "1", "capacity": "3"}
    for deed in ("move", "places", "open", "sheet"):  # bad input 39
        assert browser.send(f"/sessions/{house.belgrave}/{deed}", move).status_code in (404, 405)
    assert browser.open(f"/sessions/{house.belgrave}/move").status_code == 404
    browser.open(f"/sessions/{house.fosse}")
    browser.send(f"/sessions/{house.fosse}", {"reason": "room"})
    page = browser.send(f"/sessions/{house.fosse}/move", {**move, "version": "2"})
    assert page.status_code == 422 and "It is too late" in page.text
    page = browser.send(f"/sessions/{house.fosse}/open")
    assert "This date is held after all" in page.text and "Held after all" in page.text
    house.clock.forward(days=9, hours=2)
    browser.log_in("sam", back=f"/sessions/{house.fosse}")
    page = browser.send(f"/sessions/{house.fosse}/places", {"capacity": "3", "room": ""})
    assert page.status_code == 422 and "This session has started" in page.text
    assert "cannot be moved" in browser.open(f"/sessions/{house.fosse}/move").text


def test_37_places_that_were_written_survive_a_log_in_in_between(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open(f"/sessions/{house.fosse}")
    house.clock.forward(minutes=31)
    browser.send(f"/sessions/{house.fosse}/places", {"capacity": "7", "room": "Hall"})
    back = browser.hidden("back")
    page = browser.send("/login", {"username": "sam", "password": PASSWORD, "back": back}).text
    assert "What you wrote is still here" in page and 'value="Hall"' in page and 'value="7"' in page
    page = browser.send(f"/sessions/{house.fosse}/places", {"capacity": "7", "room": "Hall"}).text
    assert "0 of 7 places taken" in page


def test_a_viewer_reads_a_session_and_changes_nothing(house: House, browser: Browser) -> None:
    browser.log_in("vic")
    page = browser.open(f"/sessions/{house.fosse}").text
    assert "Change this date" not in page and "Sheet to print" in page
    assert browser.open(f"/sessions/{house.fosse}/move").status_code == 403
    for deed in ("/move", "/places", "/open", ""):
        assert browser.send(f"/sessions/{house.fosse}{deed}", {"version": "1"}).status_code == 403
