"""Tasks: what the desk could not do by itself, who does it, and the front page that counts what waits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from store import outbox
from store.database import transaction
from store.models import Audit, Contact, Lesson, OutboxRow, Task
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


def test_a_button_that_no_page_has_closes_nothing(house: House, browser: Browser) -> None:
    task = house.task("callback", note="about a card")
    browser.log_in("sam")
    browser.open(f"/tasks/{task}")
    page = browser.send(f"/tasks/{task}", {"do": "rubbish"})
    assert page.status_code == 422
    assert "Choose what to do." in page.text
    with transaction(house.engine) as session:
        assert session.get_one(Task, task).state == "open"


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
    assert 'What waits, <span class="desk-together">Tue 24 Nov</span>' in page
    assert page.count('number">1<') == 3
    assert "The oldest for 1 day" in page and "1 emergency" in page


def test_a_kind_can_be_chosen_and_emergencies_stand_there_all_the_same(
    house: House, browser: Browser
) -> None:
    house.task("feedback", note="Good library")
    house.task("callback", contact_id=house.person("Ada"))
    house.task("emergency", note="x", contact_id=house.person("Bilal"))
    browser.log_in("sam")
    page = browser.open("/tasks?kind=callback").text
    assert ">Ada<" in page and "Good library" not in page and ">Bilal<" in page
    assert "2 open tasks: wants to talk to a person, and every emergency." in page
    assert "None of these" not in browser.open("/tasks?kind=undelivered").text  # an emergency is
    assert browser.open("/tasks?kind=<script>").text.count(">Ada<") == 1


def test_who_does_a_task_is_shown_to_the_others_for_four_hours(house: House, browser: Browser) -> None:
    task = house.task("callback", contact_id=house.person("Ada"))
    house.staff("kim", name="Kim Osei")
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open(f"/tasks/{task}")
        assert "You" in other.send(f"/tasks/{task}", {"do": "hold"}).text
        page = browser.send(f"/tasks/{task}", {"do": "hold"})
        assert page.status_code == 409 and "Already taken on by Kim Osei" in page.text
        assert "Kim Osei does this" in browser.open("/tasks").text
        assert "You do this" in other.open("/tasks").text
        other.open(f"/tasks/{task}")
        other.send(f"/tasks/{task}", {"do": "let_go"})
        assert "does this" not in browser.open("/tasks").text
        other.send(f"/tasks/{task}", {"do": "hold"})
    house.clock.forward(hours=4)
    browser.log_in("sam", back="/tasks")
    assert "does this" not in browser.open("/tasks").text


def test_a_callback_leads_to_the_conversation_unless_it_is_another_librarys(
    house: House, browser: Browser
) -> None:
    ada, bea = house.person("Ada", text="hello"), house.person("Bea", text="hello")
    with transaction(house.engine) as session:
        session.get_one(Contact, bea).place = "belgrave"
    callback = house.task("callback", contact_id=ada)
    emergency = house.task("emergency", contact_id=bea, note="x")  # everybody sees that there is one
    browser.log_in("sam")
    assert f'/messages/{ada}">Answer the person' in browser.open(f"/tasks/{callback}").text
    assert "Answer the person" not in browser.open(f"/tasks/{emergency}").text


def test_words_of_danger_do_not_stand_beside_another_task(house: House, browser: Browser) -> None:
    ada = house.person("Ada", text="he hits me")
    callback = house.task("callback", contact_id=ada)
    browser.log_in("sam")
    assert "he hits me" not in browser.open(f"/tasks/{callback}").text


def test_a_question_without_an_answer_leads_to_the_lesson_and_to_the_person(
    house: House, browser: Browser
) -> None:
    ada = house.person("Ada", text="Alaabtaydii maxaa ku dhacay?")
    lesson = house.unclear("Alaabtaydii maxaa ku dhacay?", "so")
    with transaction(house.engine) as session:
        session.get_one(Lesson, lesson).contact_id = ada
    task = house.task("unanswered", note="Alaabtaydii  maxaa ku dhacay?", contact_id=ada)
    browser.log_in("sam")
    page = browser.open(f"/tasks/{task}").text
    assert f'/lessons/{lesson}">Teach the desk' in page and f"/messages/{ada}" in page


def unsure(house: House, person: int) -> int:
    """A message that may not have arrived; its task."""
    payload = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": "Come on Monday."}}}]}
    with transaction(house.engine) as session:
        row = outbox.queue(session, person, "notice", payload, dedupe=None, now=house.clock.now)
        assert row is not None
        row.state, row.claimed_at, row.text = (
            "sending",
            house.clock.now,
            "From library staff: Come on Monday.",
        )
    house.clock.forward(minutes=3)
    outbox.sweep(house.engine, house.clock.now)
    with transaction(house.engine) as session:
        return (
            session.scalars(select(Task.id).filter_by(kind="message_unsure").order_by(Task.id.desc())).first()
            or 0
        )


def states(house: House) -> list[str]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))


@pytest.mark.parametrize(
    ("button", "wanted"),
    [("It arrived", ["delivered"]), ("Send it again", ["unsure", "queued"]), ("Leave it", ["unsure"])],
)
def test_of_a_message_that_may_not_have_arrived_staff_say_what_to_do(
    house: House, browser: Browser, button: str, wanted: list[str]
) -> None:
    task = unsure(house, house.person("Ada", text="hello"))
    browser.log_in("sam")
    page = browser.open(f"/tasks/{task}").text
    assert "Come on Monday." in page and button in page
    assert "Done<span" not in browser.open("/tasks").text  # nothing is closed without reading it
    action = {"It arrived": "arrived", "Send it again": "again", "Leave it": ""}[button]
    browser.send(f"/tasks/{task}", {"do": action})
    assert "Done: A message may not have arrived." in browser.page.text
    assert states(house) == wanted
    with transaction(house.engine) as session:
        assert "Monday" not in str([row.detail for row in session.scalars(select(Audit))])


def test_two_staff_send_a_message_again_and_it_goes_once(either_house: House) -> None:
    house = either_house
    task = unsure(house, house.person("Ada", text="hello"))
    house.staff("kim", name="Kim Osei")
    with browsing(house) as sam, browsing(house) as kim:
        for each, who in ((sam, "sam"), (kim, "kim")):
            each.log_in(who)
            each.open(f"/tasks/{task}")
        kim.send(f"/tasks/{task}", {"do": "again"})
        page = sam.send(f"/tasks/{task}", {"do": "again"})
        assert page.status_code == 409 and "Already done by Kim Osei" in page.text
    assert states(house) == ["unsure", "queued"]


def test_a_message_is_not_sent_again_to_who_opted_out(house: House, browser: Browser) -> None:
    ada = house.person("Ada", text="hello")
    task = unsure(house, ada)
    with transaction(house.engine) as session:
        session.get_one(Contact, ada).opted_out = True
    browser.log_in("sam")
    browser.open(f"/tasks/{task}")
    page = browser.send(f"/tasks/{task}", {"do": "again"})
    assert page.status_code == 409 and "asked for no more messages. Nothing was sent." in page.text
    assert states(house) == ["unsure"]


def undelivered(house: House, person: int, code: str = "30005", **more: Any) -> int:
    """A message that the telephone company did not bring; its task."""
    payload = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": "Come on Monday."}}}]}
    with transaction(house.engine) as session:
        row = outbox.queue(session, person, "notice", payload, dedupe=None, now=house.clock.now, **more)
        assert row is not None
        row.state, row.error_code = "failed", code
        row_id = row.id
    return house.task("undelivered", about=f"outbox:{row_id}", note=code, contact_id=person)


def test_what_did_not_arrive_says_why_in_words(house: House, browser: Browser) -> None:
    task = undelivered(house, house.person("Ada", text="hello"))
    browser.log_in("sam")
    page = browser.open(f"/tasks/{task}").text
    assert "there is no such number any more" in page and "30005" not in page
    assert "30005" not in browser.open("/tasks").text
    with transaction(house.engine) as session:
        session.delete(session.scalars(select(OutboxRow)).one())
    house.clock.now += timedelta(minutes=1)
    page = browser.open(f"/tasks/{task}").text
    assert "The message itself is gone" in page and "Send it again" not in page
    refused = browser.send(f"/tasks/{task}", {"do": "again"})
    assert refused.status_code == 409 and "we know what became of the message" in refused.text


def test_what_did_not_arrive_is_sent_again_by_staff_and_by_nothing_else(
    either_house: House, either_browser: Browser
) -> None:
    house, browser = either_house, either_browser
    task = undelivered(house, house.person("Ada", text="hello"), "30003")
    house.staff("kim", name="Kim Osei")
    browser.log_in("sam")
    assert "Send it again" in browser.open(f"/tasks/{task}").text
    assert states(house) == ["failed"]
    with browsing(house) as other:
        other.log_in("kim")
        other.open(f"/tasks/{task}")
        assert "It is sent once more." in other.send(f"/tasks/{task}", {"do": "again"}).text
    page = browser.send(f"/tasks/{task}", {"do": "again"})
    assert page.status_code == 409 and "Already done by Kim Osei" in page.text
    assert states(house) == ["failed", "queued"]
    page_text = browser.open(f"/tasks/{task}").text
    assert "Sent again" in page_text and "waiting to be sent" in page_text
    assert 'value="again"' not in page_text
    with transaction(house.engine) as session:
        (written,) = session.scalars(select(Audit).filter_by(action="message.again"))
        assert (written.actor, "Monday" in str(written.detail)) == ("kim", False)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("opted_out", "This person asked for no more messages."),
        ("unreachable", "Messages do not reach this person any more."),
        ("too_late", "It is too late for this message."),
    ],
)
def test_what_cannot_be_sent_again_says_so_before_the_button_and_after_it(
    house: House, browser: Browser, why: str, words: str
) -> None:
    ada = house.person("Ada", text="hello")
    task = undelivered(house, ada, too_late=house.clock.now + timedelta(minutes=5))
    browser.log_in("sam")
    assert "Send it again" in browser.open(f"/tasks/{task}").text
    if why == "too_late":
        house.clock.forward(minutes=5)
    else:
        with transaction(house.engine) as session:
            setattr(session.get_one(Contact, ada), why, True)
    page = browser.send(f"/tasks/{task}", {"do": "again"})
    assert page.status_code == 409 and f"{words} Nothing was sent." in page.text
    page_text = browser.open(f"/tasks/{task}").text
    assert f"It cannot be sent again. {words}" in page_text and 'value="again"' not in page_text
    assert states(house) == ["failed"]


def test_who_may_only_read_and_another_task_send_nothing_again(house: House, browser: Browser) -> None:
    ada = house.person("Ada", text="hello")
    task, other = undelivered(house, ada), house.task("callback", contact_id=ada)
    browser.log_in("vic")
    assert "Send it again" not in browser.open(f"/tasks/{task}").text
    assert browser.send(f"/tasks/{task}", {"do": "again"}).status_code == 403
    with browsing(house) as sam:
        sam.log_in("sam")
        sam.open(f"/tasks/{other}")
        page = sam.send(f"/tasks/{other}", {"do": "again"})
        assert page.status_code == 409 and "Nothing was changed." in page.text
    assert states(house) == ["failed"]
