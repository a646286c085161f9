"""Deciding: what staff see, what happens when they decide, and what the person is told."""

import re

import pytest
from sqlalchemy import select, text

from store.database import transaction
from store.models import Booking, Contact, OutboxRow
from tests.staff.conftest import Browser, House, browsing


def told(house: House, booking_id: int) -> list[str]:
    """The keys of the notices that wait for the person, or the flow's name."""
    with transaction(house.engine) as session:
        contact = session.get_one(Booking, booking_id).contact_id
        rows = session.scalars(
            select(OutboxRow).where(OutboxRow.contact_id == contact).order_by(OutboxRow.id)
        )
        return [row.payload.get("flow") or row.payload["messages"][0]["key"] for row in rows]


def test_the_oldest_request_stands_first_with_how_long_it_has_waited(
    either_house: House, either_browser: Browser
) -> None:
    either_house.request("Ada", either_house.fosse)
    either_house.clock.forward(hours=26)
    either_house.request("Bilal", either_house.fosse)
    either_browser.log_in("sam")
    page = either_browser.open("/requests").text
    assert page.index("Ada") < page.index("Bilal")
    assert "1 day" in page
    assert "2 of 4 places left" in page
    assert "<strong>2 requests</strong> wait" in page


def test_an_approval_is_one_press_and_opens_the_next_request_with_a_notice(
    either_house: House, either_browser: Browser
) -> None:
    first = either_house.request("Amélie", either_house.fosse, "fr")
    either_house.clock.forward(minutes=5)
    second = either_house.request("Bilal", either_house.fosse)
    either_browser.log_in("sam")
    either_browser.open(f"/requests/{first}")
    page = either_browser.send(f"/requests/{first}", {"do": "approve"})
    assert page.url.path == f"/staff/requests/{second}"
    assert "Approved: <bdi" in page.text
    assert "by SMS, in French (a translation that nobody has checked yet)" in page.text
    assert "Amélie, votre place est confirmée : Work coach session, mer. 2 déc." in page.text
    assert either_house.booking(first).state == "approved"
    assert told(either_house, first) == ["booking.approved"]


def test_the_last_request_decided_leads_back_to_an_empty_queue(house: House, browser: Browser) -> None:
    only = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open(f"/requests/{only}")
    page = browser.send(f"/requests/{only}", {"do": "approve"})
    assert page.url.path == "/staff/requests"
    assert "No request waits" in page.text


def test_a_request_is_declined_with_a_ready_reason(either_house: House, either_browser: Browser) -> None:
    asked = either_house.request("Ada", either_house.fosse)
    either_browser.log_in("sam")
    either_browser.open(f"/requests/{asked}")
    either_browser.send(f"/requests/{asked}", {"do": "decline", "reason": "room"})
    assert (either_house.booking(asked).state, either_house.booking(asked).reason) == ("declined", "room")
    assert told(either_house, asked) == ["booking.declined"]


def test_what_was_closed_stands_in_the_queue_for_a_month(either_house: House) -> None:
    for name, week in (("Ada", 1), ("Bilal", 4)):
        asked = either_house.request(name, either_house.occurrences["work_coach fosse"][week])
        with browsing(either_house) as browser:
            browser.log_in("sam")
            browser.open(f"/requests/{asked}")
            browser.send(f"/requests/{asked}", {"do": "decline", "reason": "room"})
        either_house.clock.forward(days=16)
    with browsing(either_house) as browser:
        browser.log_in("sam")
        page = browser.open("/requests?show=closed").text
    assert "<strong>1 request</strong>: closed in the last 30 days." in page
    assert ">Bilal<" in page and ">Ada<" not in page


def test_an_own_note_goes_out_as_written(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open(f"/requests/{asked}")
    page = browser.send(
        f"/requests/{asked}", {"do": "decline", "reason": "other", "note": "Come at {noon} & ask"}
    )
    assert house.booking(asked).note == "Come at {noon} & ask"
    assert "Come at {noon} &amp; ask" in page.text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"do": "decline"}, "Choose a reason"),
        ({"do": "decline", "reason": "nonsense"}, "Choose a reason"),
        ({"do": "decline", "reason": "other", "note": "  "}, "Write the reason"),
        ({"do": "decline", "reason": "other", "note": "x" * 161}, "at most 160 characters. These are 161"),
        ({"do": "offer"}, "Choose the time to offer"),
        ({"do": "offer", "session": "999"}, "full now"),
        ({"do": "explode"}, "Choose what to do"),
        ({"do": "cancel", "reason": "full", "version": "x"}, "Choose what to do"),
    ],
)
def test_a_form_with_a_fault_says_so_and_changes_nothing(
    house: House, browser: Browser, form: dict[str, str], sentence: str
) -> None:
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open(f"/requests/{asked}")
    page = browser.send(f"/requests/{asked}", form)
    assert page.status_code == 422
    assert sentence in page.text
    assert "<title>Error: " in page.text
    assert house.booking(asked).state == "requested"
    assert told(house, asked) == []


def test_another_time_is_chosen_from_free_sessions_of_the_same_service_in_my_libraries(
    either_house: House, either_browser: Browser
) -> None:
    later = either_house.occurrences["work_coach fosse"][2]
    asked = either_house.request("Ada", either_house.fosse, "so")
    either_browser.log_in("sam")
    page = either_browser.open(f"/requests/{asked}").text
    options = re.findall(
        r'<option value="(\d+)"', page.partition('id="session"')[2].partition("</select>")[0]
    )
    assert str(later) in options
    assert str(either_house.fosse) not in options
    assert not set(map(int, options)) & set(either_house.occurrences["work_coach belgrave"])
    page = either_browser.send(f"/requests/{asked}", {"do": "offer", "session": str(later)}).text
    assert either_house.booking(asked).state == "offered"
    assert told(either_house, asked) == ["offer"]
    assert "They are asked by SMS, in Somali" in page


def test_an_approved_booking_is_cancelled_with_a_reason(either_house: House, either_browser: Browser) -> None:
    asked = either_house.request("Ada", either_house.fosse)
    either_browser.log_in("sam")
    either_browser.open(f"/requests/{asked}")
    either_browser.send(f"/requests/{asked}", {"do": "approve"})
    page = either_browser.open(f"/requests/{asked}").text
    assert 'value="approve"' not in page
    either_browser.send(f"/requests/{asked}", {"do": "cancel", "reason": "staff_away"})
    assert either_house.booking(asked).state == "cancelled_by_staff"
    assert told(either_house, asked) == ["booking.approved", "booking.cancelled_by_staff"]


def test_two_staff_decide_at_once_one_wins_and_one_is_told_who(
    either_house: House, either_browser: Browser
) -> None:
    """Bad input 34."""
    either_house.staff("kim", places=["fosse"], name="Kim Osei")
    asked = either_house.request("Ada", either_house.fosse)
    with browsing(either_house) as other:
        for each, who in ((either_browser, "kim"), (other, "sam")):
            each.log_in(who)
            each.open(f"/requests/{asked}")
        either_browser.send(f"/requests/{asked}", {"do": "approve"})
        page = other.send(f"/requests/{asked}", {"do": "decline", "reason": "full"})
    assert page.status_code == 409
    assert "Already approved by Kim Osei at 09:00. Nothing was changed by you." in page.text
    assert either_house.booking(asked).state == "approved"
    assert told(either_house, asked) == ["booking.approved"]


def test_approving_after_the_person_cancelled_is_refused_and_explained(
    either_house: House, either_browser: Browser
) -> None:
    """Bad input 35."""
    asked = either_house.request("Ada", either_house.fosse)
    either_browser.log_in("sam")
    either_browser.open(f"/requests/{asked}")
    either_house.cancels(asked)
    page = either_browser.send(f"/requests/{asked}", {"do": "approve"})
    assert page.status_code == 409
    assert "Already cancelled by the person" in page.text
    assert told(either_house, asked) == []


def test_a_session_that_has_started_cannot_be_approved(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open(f"/requests/{asked}")
    version, csrf = browser.hidden("version"), browser.hidden("csrf")
    house.clock.forward(days=9, hours=2)
    browser.log_in("sam", back="/requests")
    assert 'value="approve"' not in browser.open(f"/requests/{asked}").text
    page = browser.send(f"/requests/{asked}", {"do": "approve", "version": version})
    assert csrf != browser.hidden("csrf")
    assert page.status_code == 422
    assert "too late" in page.text


def test_a_script_in_a_name_or_a_message_is_text(house: House, browser: Browser) -> None:
    """Bad input 8."""
    asked = house.request(
        "<script>alert(1)</script>", house.fosse, text='<img src=x onerror="alert(2)"> {{7*7}}'
    )
    browser.log_in("sam")
    for path in ("/requests", f"/requests/{asked}", f"/sessions/{house.fosse}"):
        page = browser.open(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page
        assert "<img" not in page
    page = (
        browser.send(f"/requests/{asked}", {"do": "approve"}).text
        if browser.open(f"/requests/{asked}")
        else ""
    )
    assert "<script>alert(1)" not in page


def test_direction_marks_in_a_name_cannot_turn_the_page_around(house: House, browser: Browser) -> None:
    """Bad input 5: whatever got stored, and joiners stay."""
    house.request("\u202eدانیال\u200cجان", house.fosse, "fa")
    browser.log_in("sam")
    page = browser.open("/requests").text
    assert "\u202e" not in page
    assert '<bdi dir="auto" lang="fa" class="desk-name">دانیال\u200cجان</bdi>' in page


def test_the_request_page_has_all_it_takes_to_decide_and_never_the_number(
    house: House, browser: Browser
) -> None:
    with transaction(house.engine) as session:
        session.execute(
            text("UPDATE occurrences SET room = 'Room 2' WHERE id = :id").bindparams(id=house.fosse)
        )
    earlier = house.request("Ada", house.occurrences["work_coach fosse"][2], text="I need work, please")
    house.clock.forward(hours=3)
    asked = house.asks(house.contact("Ada"), house.fosse)
    browser.log_in("sam")
    page = browser.open(f"/requests/{asked}").text
    for fact in (
        "Ada", "Work coach session", "Wed 2 Dec, 10:00", "Fosse Library, Room 2",
        "4 places, 3 free. This request holds one",
        "English, by SMS", "Waiting for us", "I need work, please", "asked for by the person",
        house.booking(asked).reference,
    ):  # fmt: skip
        assert fact in page
    assert "Wed 9 Dec, 10:00" in page  # the earlier booking
    assert house.booking(earlier).state == "requested"
    assert "+44" not in page


def test_filters_show_one_library_one_service_or_one_state(either_house: House) -> None:
    either_house.staff("all")
    either_house.session("citizenship_practice", "belgrave", 4)
    either_house.request("Ada", either_house.fosse)
    either_house.request("Bilal", either_house.belgrave)
    either_house.request("Cawo", either_house.occurrences["citizenship_practice belgrave"][1])
    with browsing(either_house) as either_browser:
        either_browser.log_in("all")

        def names(query: str) -> list[str]:
            return re.findall(r'class="desk-name">(\w+)<', either_browser.open(f"/requests{query}").text)

        assert names("") == ["Ada", "Bilal", "Cawo"]
        assert names("?place=belgrave") == ["Bilal", "Cawo"]
        assert names("?place=belgrave&service=work_coach") == ["Bilal"]
        assert names("?show=approved") == []
        assert names("?show=rubbish&place=rubbish&service=rubbish&page=99") == ["Ada", "Bilal", "Cawo"]


def test_the_next_request_is_of_the_library_that_was_filtered(house: House) -> None:
    house.staff("all")
    other = house.belgrave
    first = house.request("Ada", house.fosse)
    house.clock.forward(minutes=1)
    house.request("Bilal", other)
    house.clock.forward(minutes=1)
    third = house.request("Cawo", house.fosse)
    with browsing(house) as browser:
        browser.log_in("all")
        browser.open(f"/requests/{first}?place=fosse")
        page = browser.send(f"/requests/{first}?place=fosse", {"do": "approve"})
        assert page.url.path == f"/staff/requests/{third}"


def test_a_long_queue_comes_in_pages(house: House, browser: Browser) -> None:
    many = house.session("citizenship_practice", "fosse", 4, capacity=60)[1]
    for number in range(30):
        house.request(f"P{number}", many)
        house.clock.forward(seconds=1)
    browser.log_in("sam")
    first, second = browser.open("/requests").text, browser.open("/requests?page=2").text
    assert first.count(">Review<") == 25 and second.count(">Review<") == 5
    assert ">P0<" in first and ">P29<" in second
    assert "page=2" in first


def test_the_queue_takes_the_same_number_of_statements_however_long_it_is(house: House) -> None:
    many = house.session("citizenship_practice", "fosse", 4, capacity=60)
    with browsing(house) as browser:
        browser.log_in("sam")
        empty = house.statements(lambda: browser.open("/requests"))
        for number in range(24):
            house.request(f"P{number}", many[number % 8 + 1])
        assert house.statements(lambda: browser.open("/requests")) <= empty + 2


def test_an_opted_out_person_is_marked(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    with transaction(house.engine) as session:
        session.get_one(Contact, house.contact("Ada")).opted_out = True
    browser.log_in("sam")
    assert "They will not hear from us" in browser.open(f"/requests/{asked}").text


def test_a_message_is_read_in_english_by_a_machine_and_marked_as_such(house: House) -> None:
    asked = house.request("Amélie", house.fosse, "fr", "sms", "Je cherche du travail")
    english = {"Je cherche du travail": "I look for work"}
    with browsing(house, reads=lambda text, _language: english.get(text)) as browser:
        browser.log_in("sam")
        page = browser.open(f"/requests/{asked}").text
    assert "Je cherche du travail" in page
    assert "I look for work" in page
    assert "by a machine, not checked" in page
