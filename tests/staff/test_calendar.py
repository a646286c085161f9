"""The calendar: a month at a glance, closed days that tell people once, and sheets to print."""

from datetime import date

import pytest
from sqlalchemy import select

from staff.calendar import month_of, weeks_of
from store.database import transaction
from store.models import Audit, Closure, Occurrence, OutboxRow
from tests.staff.conftest import Browser, House, browsing

CLOSE = {"place": "fosse", "first": "2026-12-01", "last": "2026-12-04", "reason": "Burst pipe"}


def sure(browser: Browser) -> dict[str, str]:
    return {"sure": browser.hidden("sure")}


def standing(house: House) -> list[Closure]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(Closure).filter_by(lifted_at=None)))


def told(house: House) -> list[int]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(OutboxRow.contact_id).order_by(OutboxRow.contact_id)))


# A month


def test_a_month_is_whole_weeks_from_monday() -> None:
    weeks = weeks_of(date(2026, 12, 1))
    assert (weeks[0][0], weeks[-1][-1], len(weeks)) == (date(2026, 11, 30), date(2027, 1, 3), 5)
    assert len(weeks_of(date(2027, 2, 1))) == 4 and len(weeks_of(date(2026, 8, 1))) == 6
    assert month_of("2026-12") == date(2026, 12, 1)
    assert [month_of(each) for each in ("2026-13", "9999-12", "0001-01", "rubbish", "2026-1", "")] == [
        None
    ] * 6


def test_a_month_shows_its_sessions_with_what_is_taken(house: House, browser: Browser) -> None:
    house.request("Ada", house.fosse)
    browser.log_in("sam")
    page = browser.open("/sessions/calendar?month=2026-12").text
    assert "December 2026" in page and "1 of 4" in page and "Belgrave" not in page
    assert page.count('scope="col"') == 8 and 'scope="row"' in page
    assert "month=2026-11" in page and "month=2027-01" in page
    assert "Bank holiday" in page
    assert "week=2026-11-30" in page  # the week view is one press away
    page = browser.open("/sessions/calendar").text
    assert "November 2026" in page and "This month" not in page
    assert "No session in this month" in browser.open("/sessions/calendar?month=2030-01").text
    assert browser.open("/sessions/calendar?month=9999-99&place=x&service=y").status_code == 200


def test_a_months_filters_narrow_it(house: House, browser: Browser) -> None:
    house.staff("ann", role="manager")
    browser.log_in("ann")
    both = browser.open("/sessions/calendar?month=2026-12").text
    one = browser.open("/sessions/calendar?month=2026-12&place=belgrave").text
    assert "Fosse Library," in both and "Fosse Library," not in one
    none = browser.open("/sessions/calendar?month=2026-12&service=citizenship_practice").text
    assert "for this library or service" in none


def test_a_month_takes_the_same_few_statements_however_full_it_is(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    few = house.statements(lambda: browser.open("/sessions/calendar?month=2026-12"))
    house.session("citizenship_practice", "fosse", 4)
    house.request("Ada", house.fosse)
    assert house.statements(lambda: browser.open("/sessions/calendar?month=2026-12")) == few <= 8


# Closed days


def test_31_a_closure_says_first_whom_it_tells_and_then_tells_each_once(
    either_house: House, either_browser: Browser
) -> None:
    either_house.request("Ada", either_house.fosse)
    either_house.request("Bilal", either_house.fosse)
    either_house.request("Dina", either_house.belgrave)
    either_browser.log_in("sam")
    either_browser.open("/closures")
    page = either_browser.send("/closures", CLOSE)
    assert "This cancels 1 session, and 2 people are told." in page.text and standing(either_house) == []
    form = {**CLOSE, **sure(either_browser)}
    page = either_browser.send("/closures", form)
    assert "Closed: Fosse Library, Tue 1 Dec to Fri 4 Dec. 1 session cancelled, 2 people told." in page.text
    either_browser.send("/closures", form)  # the form again
    assert len(standing(either_house)) == 1
    assert told(either_house) == [either_house.contact("Ada"), either_house.contact("Bilal")]
    week = either_browser.open("/sessions?week=2026-12-01").text
    assert "Fosse Library closed: Burst pipe" in week and "Cancelled" in week
    with transaction(either_house.engine) as session:
        assert "Burst" not in str(session.scalars(select(Audit.detail)).all())


def test_opened_again_it_can_be_booked_and_nobody_is_by_itself(house: House, browser: Browser) -> None:
    ada = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open("/closures")
    browser.send("/closures", CLOSE)
    browser.send("/closures", {**CLOSE, **sure(browser)})
    page = browser.send("/closures/1").text
    assert "Open again: Fosse Library" in page and "opened again by Sam" in page
    assert house.booking(ada).state == "cancelled_by_staff" and len(told(house)) == 1
    assert "Nobody is booked yet" in browser.open(f"/sessions/{house.fosse}").text
    assert browser.send("/closures/1").status_code == 409
    assert "Already opened again by Sam" in browser.page.text


def test_a_single_day_needs_no_last_one_and_no_question_when_nobody_is_booked(
    house: House, browser: Browser
) -> None:
    browser.log_in("sam")
    browser.open("/closures")
    page = browser.send("/closures", {**CLOSE, "first": "02/12/2026", "last": ""})
    assert "Closed: Fosse Library, Wed 2 Dec. 1 session cancelled, 0 people told." in page.text
    (closure,) = standing(house)
    assert closure.first == closure.last == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"place": ""}, "Choose a library."),
        ({"place": "belgrave"}, "Choose a library."),
        ({"place": "all"}, "Choose a library."),  # Sam is there for one library
        ({"first": ""}, "Enter the first closed day"),
        ({"first": "2026-11-22"}, "Enter the first closed day"),
        ({"first": "31/02/2027"}, "Enter the first closed day"),
        ({"last": "2026-11-30"}, "Enter the last closed day"),
        ({"last": "rubbish"}, "Enter the last closed day"),
        ({"last": "2029-01-01"}, "Enter the last closed day"),
        ({"reason": ""}, "Write why"),
        ({"reason": "x" * 81}, "Write at most 80 characters."),
    ],
)
def test_a_closure_with_a_fault_says_so_and_closes_nothing(
    house: House, browser: Browser, change: dict[str, str], sentence: str
) -> None:
    browser.log_in("sam")
    browser.open("/closures")
    page = browser.send("/closures", {**CLOSE, **change})
    assert page.status_code == 422 and sentence in page.text
    assert standing(house) == []


def test_all_libraries_are_closed_and_opened_by_those_who_are_there_for_all(
    house: House, browser: Browser
) -> None:
    house.staff("ann", role="manager")
    browser.log_in("ann")
    browser.open("/closures")
    browser.send("/closures", {**CLOSE, "place": "all", "reason": "<b>Christmas</b>"})
    with transaction(house.engine) as session:
        closed = Occurrence.day.between(date(2026, 12, 1), date(2026, 12, 4))
        states = session.scalars(select(Occurrence.state).where(closed)).all()
        assert states == ["cancelled"] * 2
    with browsing(house) as other:
        other.log_in("sam")
        page = other.open("/closures").text
        assert "All libraries" in page and "&lt;b&gt;Christmas" in page and "Open again<" not in page
        assert other.send("/closures/1").status_code == 404
        assert other.send("/closures/99").status_code == 404
    with browsing(house) as other:
        other.log_in("vic")
        assert "Close a library" not in other.open("/closures").text
        assert other.send("/closures", {**CLOSE}).status_code == 403
    assert len(standing(house)) == 1


def test_a_closed_day_is_said_on_today_and_on_the_rules_page(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    browser.open("/closures")
    browser.send("/closures", {**CLOSE, "first": "2026-11-23", "last": "2026-11-25"})
    assert "Fosse Library closed: Burst pipe" in browser.open("/today").text
    assert "The library is closed" in browser.open("/weekly/1").text
    assert (
        "The library is closed that day. Open it again first."
        in browser.send(f"/sessions/{house.occurrences['work_coach fosse'][0]}/open").text
    )


# Sheets to print


def test_a_sheet_has_a_box_for_each_person_and_no_phone_number(house: House, browser: Browser) -> None:
    house.request("مریم", house.fosse, "fa")
    house.request("Ada", house.fosse)
    browser.log_in("sam")
    page = browser.open(f"/sessions/{house.fosse}/sheet").text
    assert "مریم" in page and "Farsi" in page and page.count("LB-") == 2
    assert page.count("desk-box") == 2 + 4 and "+44" not in page


def test_the_sheet_of_a_day_has_every_session_of_the_library(house: House, browser: Browser) -> None:
    house.request("Ada", house.fosse)
    house.request("Dina", house.belgrave)
    browser.log_in("sam")
    page = browser.open("/sessions/sheet?day=2026-12-02").text
    assert "Ada" in page and "10:00 to 11:00" in page and "Belgrave" not in page
    for query in ("", "?day=rubbish&place=rubbish", "?day=2026-12-03&place=belgrave", "?day=9999-12-31"):
        page = browser.open(f"/sessions/sheet{query}").text
        assert "No session on this day" in page and "Dina" not in page
    assert browser.open(f"/sessions/{house.belgrave}/sheet").status_code == 404
