"""When people are reminded: set by a manager, service by service, in London's time."""

from collections.abc import Iterator
from datetime import time

import pytest

from store import appointments, reminders
from store.database import transaction
from store.models import Audit, ReminderSchedule
from tests.staff.conftest import PASSWORD, Browser, House, browsing

FORM = {"weekday": "2", "at": "09:30", "hours": "3", "active": "yes", "day_before": "yes"}


@pytest.fixture
def desk(house: House) -> Iterator[Browser]:
    house.staff("mia", role="manager", name="Mia Jones")
    with transaction(house.engine) as session:
        reminders.sync(session, {"work_coach": False, "citizenship_practice": False})
    with browsing(house) as opened:
        opened.log_in("mia")
        yield opened


def schedule(house: House, topic: str = "work_coach") -> ReminderSchedule:
    with transaction(house.engine) as session:
        return session.get_one(ReminderSchedule, topic)


def test_each_service_says_when_it_goes_out_next_and_to_how_many(house: House, desk: Browser) -> None:
    person = house.person("Amina")
    with transaction(house.engine) as session:
        reminders.subscribe(session, person, "work_coach", house.clock.now)
    page = desk.open("/reminders").text
    assert "Monday, 10:00" in page and "Mon 23 Nov, 10:00" in page
    assert "The day before, 2 hours before, asked after" in page
    assert 'data-label="People">1<' in page and 'data-label="People">0<' in page


def test_a_manager_sets_day_time_and_what_goes_out_around_a_place(house: House, desk: Browser) -> None:
    page = desk.open("/reminders/work_coach").text
    assert "Next time: " in page and 'value="10:00"' in page
    page = desk.send("/reminders/work_coach", FORM).text
    assert "Saved: Work coach session." in page and "Wednesday, 09:30" in page
    row = schedule(house)
    assert (row.weekday, row.at, row.active, row.changed_by) == (2, time(9, 30), True, "mia")
    assert (row.day_before, row.hours_before, row.asks_after) == (True, 3, False)
    with transaction(house.engine) as session:
        done = [row.action for row in session.query(Audit).filter_by(subject="reminder_schedule")]
    assert done == ["reminder.scheduled", "reminder.around"]


def test_switched_off_it_says_so(house: House, desk: Browser) -> None:
    desk.open("/reminders/work_coach")
    page = desk.send("/reminders/work_coach", {"weekday": "0", "at": "10:00", "hours": "0"}).text
    assert ">Off<" in page.replace("\n", "").replace("  ", "") and "Nothing" in page
    assert "It is off." in desk.open("/reminders/work_coach").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"at": "07:59"}, "Enter a time from 08:00 to 19:59"),
        ({"at": "20:00"}, "Enter a time from 08:00 to 19:59"),
        ({"at": "noon"}, "Enter a time from 08:00 to 19:59"),
        ({"weekday": "7"}, "Choose a day of the week."),
        ({"hours": "13"}, "Enter how many hours before: 0 to 12."),
        ({"hours": "-1"}, "Enter how many hours before: 0 to 12."),
        ({"hours": "٣"}, "Enter how many hours before: 0 to 12."),
        ({"hours": ""}, "Enter how many hours before: 0 to 12."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_written_stays(
    house: House, desk: Browser, changes: dict[str, str], said: str
) -> None:
    desk.open("/reminders/work_coach")
    page = desk.send("/reminders/work_coach", {**FORM, **changes})
    assert page.status_code == 422 and said in page.text
    for name, value in changes.items():
        assert name == "weekday" or f'value="{value}"' in page.text
    assert schedule(house).at == time(10)


def test_a_service_that_nobody_books_has_no_reminders(desk: Browser) -> None:
    for topic in ("join_library", "nothing", "%3Cscript%3E"):
        assert desk.open(f"/reminders/{topic}").status_code == 404


def test_a_service_that_was_never_set_shows_what_it_is_by_itself(house: House) -> None:
    house.staff("mia", role="manager")
    with browsing(house) as desk:
        desk.log_in("mia")
        assert "Monday, 10:00" in desk.open("/reminders").text
        assert "This is a private group." in desk.open("/reminders/work_coach").text


def test_only_who_may_set_reminders_sees_them(house: House) -> None:
    for who in ("vic", "sam"):
        with browsing(house) as other:
            other.log_in(who)
            assert '/staff/reminders"' not in other.open("/more").text
            assert other.open("/reminders").status_code == 403
            assert other.open("/reminders/work_coach").status_code == 403
            other.open("/")
            assert other.send("/reminders/work_coach", FORM).status_code == 403


def test_a_form_that_expired_keeps_what_was_written(house: House, desk: Browser) -> None:
    """Bad input 37, with boxes that were unticked."""
    desk.open("/reminders/work_coach")
    house.clock.forward(minutes=31)
    page = desk.send("/reminders/work_coach", {**FORM, "at": "11:15"})
    assert "/login" in str(page.url)
    page = desk.send("/login", {"username": "mia", "password": PASSWORD, "back": "/reminders/work_coach"})
    assert 'value="11:15"' in page.text
    box = page.text.partition('id="asks_after"')[2].partition(">")[0]
    assert "checked" not in box


def test_how_it_was_is_shown_from_five_answers_on(house: House, desk: Browser) -> None:
    many = house.session("citizenship_practice", "fosse", 4, capacity=9)[0]
    for number, name in enumerate(("Amina", "Bahar", "Chiara", "Dawit", "Efrem")):
        contact = house.person(name)
        booking = house.asks(contact, many)
        assert "How it was" not in desk.open("/reminders/citizenship_practice").text
        with transaction(house.engine) as session:
            appointments.rate(session, contact, booking, number > 0, house.clock.now)
    assert "Fosse Library: good for 4 of 5" in desk.open("/reminders/citizenship_practice").text
