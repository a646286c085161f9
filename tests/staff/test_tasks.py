"""Tasks: what the desk could not do by itself, and the front page that counts what waits."""

from sqlalchemy import select

from store.database import transaction
from store.models import Audit
from tests.staff.conftest import Browser, House, browsing


def test_an_emergency_stands_first_and_its_words_are_read_only_when_opened(
    house: House, browser: Browser
) -> None:
    house.task("feedback", note="Good library")
    emergency = house.task("emergency", note="he hits me", contact_id=house.person("Ada", text="he hits me"))
    browser.log_in("sam")
    page = browser.open("/tasks").text
    assert page.index("Emergency") < page.index("Good library")
    assert "he hits me" not in page
    assert "he hits me" in browser.open(f"/tasks/{emergency}").text
    with transaction(house.engine) as session:
        (opened,) = session.scalars(select(Audit).filter_by(action="task.opened"))
        assert (opened.actor, opened.subject_id) == ("sam", str(emergency))


def test_a_task_is_done_with_one_press_and_says_by_whom(either_house: House, either_browser: Browser) -> None:
    task = either_house.task("unconfirmed_fact", about="work_coach.times")
    either_browser.log_in("sam")
    assert "A fact to confirm: Work coach session, times" in either_browser.open("/tasks").text
    page = either_browser.send(f"/tasks/{task}").text
    assert "Done: A fact to confirm: Work coach session, times." in page
    assert "Nothing to do" in page
    assert "Sam, 09:00" in page


def test_two_staff_do_the_same_task_and_one_is_told_who(house: House, browser: Browser) -> None:
    task = house.task("callback", note="about a card")
    house.staff("kim", name="Kim Osei")
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open("/tasks")
        other.send(f"/tasks/{task}")
        page = browser.send(f"/tasks/{task}")
    assert page.status_code == 409
    assert "Already done by Kim Osei" in page.text


def test_a_tasks_note_is_text(house: House, browser: Browser) -> None:
    task = house.task("feedback", note='<script>alert(1)</script> "quotes"')
    browser.log_in("sam")
    for path in ("/tasks", f"/tasks/{task}"):
        page = browser.open(path).text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;" in page


def test_the_front_page_counts_what_waits(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    empty = browser.open("/").text
    assert "All have been decided" in empty and "Nothing to do" in empty
    house.session("citizenship_practice", "fosse", 1)  # Tuesdays
    house.request("Ada", house.fosse)
    house.request("Bilal", house.belgrave)  # not Sam's library
    house.task("emergency", note="x")
    house.clock.forward(hours=24)
    browser.log_in("sam", back="/")
    page = browser.open("/").text
    assert "Today, Tue 24 Nov" in page
    assert page.count('number">1<') == 3
    assert "The oldest for 1 day" in page and "1 emergency" in page
