"""SMS: only Twilio is heard, each message once, and nothing anybody texts does harm."""

import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.segments import segments
from store import database, outbox
from store.models import Contact, InboxRow, Task
from tests.bot.house import House, open_house
from tests.fakes import twilio

AMINA, OTHER = "+447700900123", "+447700900456"
HELLO = "Hello, good morning"
FORM = twilio.inbound("SM1", AMINA, "how do I join the library?")


def rows(house: House, model: type) -> int:
    with database.transaction(house.desk.engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def contact(house: House) -> Contact:
    with database.transaction(house.desk.engine) as session:
        return session.scalars(select(Contact)).one()


def tasks(house: House) -> list[tuple[str, str]]:
    with database.transaction(house.desk.engine) as session:
        return [(task.kind, task.about) for task in session.scalars(select(Task).order_by(Task.id))]


def texts(house: House) -> list[str]:
    with database.transaction(house.desk.engine) as session:
        return list(session.scalars(select(InboxRow.text).order_by(InboxRow.id)))


# who is heard ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": "bm90IHRoZWlycw=="}])
def test_13_an_unsigned_message_is_refused_and_not_kept(house: House, headers: dict[str, str]) -> None:
    assert house.sms_webhook(FORM, headers).status_code == 403
    assert rows(house, InboxRow) == 0


def test_14_another_account_is_refused_even_when_rightly_signed(house: House) -> None:
    assert house.sms_webhook({**FORM, "AccountSid": "AC" + "9" * 32}).status_code == 403
    assert rows(house, InboxRow) == 0


def test_20_forged_forwarding_headers_change_nothing(house: House) -> None:
    signed = twilio.signed(house.url, "/channels/sms", FORM)
    forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "Host": "evil.example"}
    assert house.sms_webhook(FORM, {**signed, **forged}).status_code == 200
    wrong = twilio.signed("http://evil.example", "/channels/sms", FORM)
    assert house.sms_webhook({**FORM, "MessageSid": "SM2"}, {**wrong, **forged}).status_code == 403


def test_4_a_body_of_ten_megabytes_is_refused_before_it_is_read(house: House) -> None:
    assert house.http.post("/channels/sms", content=b"x" * 10_000_000).status_code == 413
    chunks = (b"x" * 100_000 for _ in range(20))
    assert house.http.post("/channels/sms", content=chunks).status_code == 413


# each message once -----------------------------------------------------------------------------------
def test_15_the_same_message_again_gets_the_same_bytes_and_does_nothing(house: House) -> None:
    for text in ("book a work coach", "1", "1", "Amina"):
        house.sms(AMINA, text)
    form = twilio.inbound("SMlast", AMINA, "1")
    first, second = house.sms_webhook(form), house.sms_webhook(form)
    assert first.content == second.content
    assert "LB-" in first.text
    assert len(house.bookings()) == 1
    assert rows(house, InboxRow) == 5


def test_16_the_same_id_with_another_text_keeps_the_first_and_tells_staff(house: House) -> None:
    first = house.sms_webhook(FORM)
    second = house.sms_webhook({**FORM, "Body": "delete my data"})
    assert second.content == first.content
    assert texts(house) == ["how do I join the library?"]
    assert [kind for kind, _ in tasks(house)].count("message_differs") == 1


def test_the_same_message_from_ten_sides_at_once_books_once(house: House) -> None:
    for text in ("book a work coach", "1", "1", "Amina"):
        house.sms(AMINA, text)
    form, answers = twilio.inbound("SMlast", AMINA, "1"), []
    calls = [threading.Thread(target=lambda: answers.append(house.sms_webhook(form))) for _ in range(10)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(house.bookings()) == 1


def test_a_restart_in_the_middle_of_a_booking_loses_nothing(sqlite_url: str, now: datetime) -> None:
    with open_house(sqlite_url, now) as before:
        for text in ("I want to book a work coach", "1", "1"):
            before.sms(AMINA, text)
    with open_house(sqlite_url, now) as after:
        assert after.desk.words.sent("book.sure.yes", "en")[0] in after.sms(AMINA, "Amina", sid="SMa")
        assert "LB-" in after.sms(AMINA, "1", sid="SMb")
        assert [booking.name for booking in after.bookings()] == ["Amina"]


# what Twilio does by itself --------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["STOP", "stop", "StopAll", "UNSUBSCRIBE", "End", "QUIT", " stop "])
def test_21_stop_opts_out_and_nothing_more_is_said(house: House, word: str) -> None:
    house.sms(AMINA, HELLO)
    assert house.sms(AMINA, word) == ""
    assert contact(house).opted_out


def test_25_cancel_is_mirrored_and_shown_to_staff(house: House) -> None:
    house.sms(AMINA, HELLO)
    assert house.sms(AMINA, "CANCEL") == ""
    assert contact(house).opted_out
    assert ("opt_out", "cancel") in tasks(house)


def test_24_start_brings_the_person_back(house: House) -> None:
    house.sms(AMINA, HELLO)
    house.sms(AMINA, "STOP")
    assert house.sms(AMINA, "START") == ""
    assert not contact(house).opted_out


@pytest.mark.parametrize("text", ["The bus stop is where?", "I don't want to cancel, I want another day"])
def test_22_a_sentence_with_stop_in_it_opts_nobody_out(house: House, text: str) -> None:
    house.sms(AMINA, HELLO)
    assert house.sms(AMINA, text) != ""
    assert not contact(house).opted_out


@pytest.mark.parametrize(
    "word", ["توقف.", "لطفا پیام نفرستید", "Jooji, mahadsanid", "ARRÊTEZ, merci", "Зупинити, дякую!"]
)
def test_23_stop_in_other_languages_is_confirmed_once(house: House, word: str) -> None:
    assert house.sms(AMINA, word) != ""
    assert contact(house).opted_out
    assert house.sms(AMINA, word) == ""


# what a text may hold --------------------------------------------------------------------------------
def test_1_emoji_alone_bring_the_languages_or_the_menu(house: House) -> None:
    assert "العربية" in house.sms(AMINA, "🙏🙏")
    house.sms(AMINA, "1")
    assert "1 " in house.sms(AMINA, "🙏")


def test_2_a_picture_gets_a_friendly_word_and_is_not_fetched(house: House) -> None:
    house.sms(AMINA, HELLO)
    reply = house.sms(AMINA, "", NumMedia="1", MediaUrl0="http://127.0.0.1:9/never")
    assert house.desk.words.sent("desk.please_text", "en")[0] in reply


@pytest.mark.parametrize("letter", ["a", "ش", "ж", "👍", "{", "ሰ"])
def test_3_the_longest_text_is_answered_within_three_segments(house: House, letter: str) -> None:
    assert segments(house.sms(AMINA, letter * 1_600)).count <= 3


def test_5_6_direction_marks_and_nul_are_taken_out_and_joiners_stay(house: House) -> None:
    house.sms(AMINA, "\u202ehow \u2066do I\x00 join می\u200cخواهم")
    assert texts(house) == ["how do I join می\u200cخواهم"]


@pytest.mark.parametrize(
    "text", ["</Message><Redirect>http://evil</Redirect>", "{{7*7}} %s {slot}", "'; DROP TABLE contacts; --"]
)
def test_7_9_10_markup_and_templates_are_only_text(house: House, text: str) -> None:
    for said in ("I want to book a work coach", "1", "1", text):
        answer = house.sms_webhook(twilio.inbound(f"SM{len(texts(house))}", AMINA, said))
    assert answer.status_code == 200
    assert "<Redirect>" not in answer.text
    assert "49" not in answer.text
    assert rows(house, Contact) == 1


def test_53_reference_numbers_are_struck_out_before_a_text_is_kept(house: House) -> None:
    house.sms(AMINA, "my home office ref is A1234567 and NASS 12/34/567890 can you help")
    (kept,) = texts(house)
    assert "1234567" not in kept
    assert "567890" not in kept


def test_51_a_flood_is_stilled_with_one_notice_and_others_are_answered(house: House) -> None:
    replies = [house.sms(AMINA, f"hello {n}") for n in range(40)]
    notice = house.desk.words.sent("desk.too_fast", "en")[0]
    assert [reply for reply in replies[30:] if reply] == [notice]
    assert house.sms(OTHER, HELLO) != ""
    house.clock.forward(minutes=2)
    assert notice not in house.sms(AMINA, "hello again")


def test_a_long_answer_goes_on_with_more(house: House) -> None:
    house.sms(AMINA, HELLO)
    with database.transaction(house.desk.engine) as session:
        long = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": "Good news. " * 80}}}]}
        outbox.queue(session, contact(house).id, "notice", long, dedupe=None, now=house.clock())
    house.work()
    (first,) = house.twilio.to(AMINA)
    hint = house.desk.words.sent("desk.more_hint", "en")[0]
    parts = [first]
    while parts[-1].endswith(hint):
        parts.append(house.sms(AMINA, "MORE"))
    assert all(segments(part).count <= 3 for part in parts)
    assert len(parts) == 3
    assert " ".join(" ".join(part.removesuffix(hint) for part in parts).split()).count("Good news.") == 80


# when something is away ------------------------------------------------------------------------------
def test_48_a_locked_database_is_a_503_and_the_repeat_is_the_first(house: House) -> None:
    with house.desk.engine.connect() as blocker:
        blocker.begin()
        answer = house.sms_webhook(FORM)
    assert answer.status_code == 503
    assert house.sms_webhook(FORM).status_code == 200
    assert rows(house, InboxRow) == 1


def test_48_a_full_disk_is_a_503_and_nothing_acknowledged_is_lost(house: House) -> None:
    house.sms(AMINA, HELLO)

    def full(connection: Any, _entry: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(house.desk.engine, "connect", full)
    house.desk.engine.dispose()
    statuses = [
        house.sms_webhook(twilio.inbound(f"SMfull{n}", AMINA, "how do I join? " * 90)).status_code
        for n in range(12)
    ]
    assert 503 in statuses
    event.remove(house.desk.engine, "connect", full)
    house.desk.engine.dispose()
    assert house.sms_webhook(FORM).status_code == 200
    assert rows(house, InboxRow) == 2 + statuses.count(200)
