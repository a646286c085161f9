"""Telegram: only Telegram is heard, only private talks are answered, each update once, in whatever order."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select

from store import database, outbox
from store.models import Contact, InboxRow, OutboxRow, Task
from tests.bot.house import SECRET, House, open_house
from tests.fakes import telegram

AMINA, STRANGER = 4711, 815


def rows(house: House, model: type) -> int:
    with database.transaction(house.desk.engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def notice(house: House, number: int = 1) -> None:
    """Staff have something to say."""
    with database.transaction(house.desk.engine) as session:
        contact = session.scalars(select(Contact)).one()
        for n in range(number):
            payload = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": f"News {n}"}}}]}
            outbox.queue(session, contact.id, "notice", payload, dedupe=None, now=house.clock())


def states(house: House) -> list[str]:
    with database.transaction(house.desk.engine) as session:
        query = select(OutboxRow.state).where(OutboxRow.kind == "notice").order_by(OutboxRow.id)
        return list(session.scalars(query))


@pytest.fixture
def talking(house: House) -> House:
    """Amina has talked to the desk in English."""
    house.telegram_text(AMINA, "Hello, good morning")
    return house


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}])
def test_17_a_wrong_secret_is_refused_and_not_kept(house: House, headers: dict[str, str]) -> None:
    update = telegram.text_update(1, AMINA, "hello")
    assert house.http.post("/channels/telegram", json=update, headers=headers).status_code == 403
    assert rows(house, InboxRow) == 0


def test_18_the_same_update_three_times_is_answered_once(house: House) -> None:
    update = telegram.text_update(77, AMINA, "how do I join the library?")
    for _ in range(3):
        house.telegram_update(update, AMINA)
    assert len(house.telegram.to(AMINA)) == 1
    assert rows(house, InboxRow) == 1


def test_18_updates_out_of_order_are_each_taken_once(talking: House) -> None:
    for number in (905, 903, 904, 903, 905):
        talking.telegram_update(telegram.text_update(number, AMINA, f"hello {number}"), AMINA)
    assert rows(talking, InboxRow) == 1 + 3


def test_19_groups_edits_and_other_peoples_buttons_are_not_for_us(house: House) -> None:
    edited = telegram.text_update(2, AMINA, "hello")
    edited["edited_message"] = edited.pop("message")
    for update in (
        telegram.group_update(1, AMINA, "hello"),
        edited,
        telegram.button_update(3, AMINA, "go:menu", presser=STRANGER),
        {"update_id": 4},
        {"nonsense": True},
    ):
        assert house.telegram_update(update, AMINA) == ""
    assert house.http.post("/channels/telegram", content=b"{not json", headers=SECRET).status_code == 200
    assert rows(house, Contact) == 0


def test_buttons_and_numbers_lead_to_the_same_booking(talking: House) -> None:
    talking.telegram_text(AMINA, "I want to book a work coach")
    for text in ("press", "press", "Amina", "press"):
        if text != "press":
            talking.telegram_text(AMINA, text)
            continue
        keyboard = talking.telegram.sent[-1]["reply_markup"]["inline_keyboard"]
        talking.telegram_button(AMINA, keyboard[0][0]["callback_data"])
    (booking,) = talking.bookings()
    assert booking.name == "Amina"
    assert booking.reference in talking.telegram.to(AMINA)[-1]


def test_a_button_of_an_earlier_question_answers_nothing(talking: House) -> None:
    talking.telegram_text(AMINA, "I want to book a work coach")
    old = talking.telegram.sent[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    talking.telegram_text(AMINA, "1")
    talking.telegram_text(AMINA, "1")
    reply = talking.telegram_button(AMINA, old)
    assert talking.desk.words.sent("desk.old_button", "en")[0] in reply
    assert talking.bookings() == []


def test_typing_is_shown_and_a_pressed_button_is_answered(talking: House) -> None:
    talking.telegram_text(AMINA, "menu")
    talking.telegram_button(AMINA, "go:join_library")
    assert {"sendChatAction", "answerCallbackQuery"} <= set(talking.telegram.calls)


def test_45_who_blocks_the_bot_is_marked_and_the_others_get_theirs(talking: House) -> None:
    talking.telegram.faults.append("403")
    notice(talking)
    talking.work()
    with database.transaction(talking.desk.engine) as session:
        assert session.scalars(select(Contact)).one().unreachable
    assert states(talking) == ["failed"]
    talking.telegram_text(STRANGER, "hello")
    assert talking.telegram.to(STRANGER) != []


def test_46_a_429_pauses_the_channel_and_loses_nothing(talking: House) -> None:
    talking.telegram.faults.append("429")
    notice(talking)
    talking.work()
    assert states(talking) == ["queued"]
    talking.clock.forward(seconds=30)
    talking.work()
    assert states(talking) == ["queued"]
    talking.clock.forward(seconds=10)
    talking.work()
    assert states(talking) == ["sent"]


@pytest.mark.parametrize("fault", ["drop", "502"])
def test_47_no_answer_after_it_may_have_gone_out_is_unsure_and_never_sent_again(
    talking: House, fault: str
) -> None:
    talking.telegram.faults.append(fault)
    notice(talking)
    before = len(talking.telegram.to(AMINA))
    talking.work()
    for _ in range(3):
        talking.clock.forward(minutes=10)
        talking.work()
    assert states(talking) == ["unsure"]
    assert len(talking.telegram.to(AMINA)) - before <= 1
    with database.transaction(talking.desk.engine) as session:
        assert "message_unsure" in set(session.scalars(select(Task.kind)))


@pytest.fixture
def polled(sqlite_url: str, now: datetime) -> Iterator[House]:
    with open_house(sqlite_url, now, telegram_mode="polling") as opened:
        yield opened


def test_polling_answers_the_same_and_acknowledges_after(polled: House) -> None:
    polled.telegram.updates += [
        telegram.text_update(5, AMINA, "hello"),
        telegram.text_update(6, AMINA, "menu"),
    ]
    polled.wait_until(lambda: len(polled.telegram.to(AMINA)) == 2 and not polled.telegram.updates)
    assert polled.http.post("/channels/telegram", json={}, headers=SECRET).status_code == 404
