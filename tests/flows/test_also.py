"""Two requests in one message: the first is answered, the second is a line to choose."""

import pytest

from tests.flows.fakes import Chat

BOTH = "how do I join and when are you open"
BOOK = "book a work coach and when are you open"


@pytest.fixture
def talk(chat: Chat) -> Chat:
    chat.asks_both(BOTH, "join_library", "opening_hours")
    chat.asks_both(BOOK, "book_session", "opening_hours")
    return chat


def test_the_first_is_answered_and_the_second_is_line_one(talk: Chat) -> None:
    talk.says(BOTH).is_told("service.not_confirmed", "desk.also")
    talk.reads("About: Join the library.", "You also asked:\n1 Opening times, addresses\n2 Talk to a person")
    talk.says("1").is_told("opening.not_confirmed")
    assert talk.state.also == ()


def test_the_other_lines_still_work(talk: Chat) -> None:
    talk.says(BOTH).says("2").is_told("human_note.note")


def test_a_third_is_a_line_too(talk: Chat) -> None:
    talk.asks_both("all of it", "join_library", "opening_hours", "volunteering").says("all of it")
    talk.reads("1 Opening times, addresses\n2 Volunteering")


def test_while_the_first_asks_questions_the_line_waits_under_it(talk: Chat) -> None:
    talk.says(BOOK).is_asked("service")
    talk.reads("You also asked: Opening times, addresses. Send 7 for that.", "7 Opening times", "0 ")
    talk.says("Work coach").is_asked("place")
    assert "Opening" not in talk.text


def test_the_line_leads_to_its_answer_and_back_to_the_booking(talk: Chat) -> None:
    talk.says(BOOK).says("7").is_told("opening.not_confirmed", "book.resume").is_asked("service")
    assert talk.state.also == () and talk.doing == ["book"]


def test_it_is_offered_once_more_when_the_first_is_done(talk: Chat) -> None:
    talk.says(BOOK).says("Work coach")
    for text in ("1", "1", "Amina", "1"):
        talk.says(text)
    talk.is_told("book.requested", "desk.also").reads("You also asked:\n1 Opening times, addresses")
    talk.says("1").is_told("opening.not_confirmed")
    assert talk.state.also == ()


def test_leaving_the_first_brings_the_second(talk: Chat) -> None:
    talk.says(BOOK).says("0").is_told("desk.left").reads("1 Opening times, addresses", "2 Menu")
    assert talk.state.also == ()


def test_a_new_request_takes_its_place(talk: Chat) -> None:
    talk.says(BOOK).says("how do I join?").is_asked("service")
    assert talk.state.also == () and "Opening" not in talk.text


def test_it_interrupts_a_booking_as_any_request_does(talk: Chat) -> None:
    talk.says("book a work coach").says(BOTH).is_told("service.not_confirmed", "book.resume").is_asked(
        "place"
    )
    talk.reads(
        "You also asked: Opening times, addresses. Send 3 for that.", "1 Fosse", "2 Belgrave", "3 Opening"
    )
    talk.says("1").is_asked("session")


def test_what_is_no_line_is_not_offered(talk: Chat) -> None:
    talk.asks_both("odd", "join_library", "greet", "affirm", "out_of_scope", "nonsense").says("odd")
    assert "desk.also" not in talk.keys


def test_what_the_answer_offers_anyhow_is_not_offered_twice(talk: Chat) -> None:
    talk.asks_both("join, or a person", "join_library", "talk_to_human").says("join, or a person")
    talk.reads("You also asked:\n1 Talk to a person")
    assert talk.text.count("Talk to a person") == 1


def test_a_question_in_own_words_gets_the_line_too(talk: Chat) -> None:
    talk.asks_both("a person please, and join", "talk_to_human", "join_library").says(
        "a person please, and join"
    )
    talk.is_told("human_note.note").reads(
        "You also asked: Join the library. Send 1 for that.", "1 Join the library"
    )
    talk.says("1").is_told("service.not_confirmed")


def test_danger_comes_first_and_the_request_is_kept(talk: Chat) -> None:
    talk.asks_both("he hits me, how do I join", "emergency", "join_library").says("he hits me, how do I join")
    assert talk.keys == ["emergency.call", "desk.also"]
    talk.says("1").is_told("service.not_confirmed")


def test_danger_in_a_booking_keeps_both(talk: Chat) -> None:
    talk.asks_both("he hits me, how do I join", "emergency", "join_library")
    talk.says("book a work coach").says("he hits me, how do I join").reads("1 Join the library", "0 Back")
    talk.says("0").is_asked("place")


def test_stopping_messages_and_something_else(talk: Chat) -> None:
    talk.asks_both("stop, and delete all", "stop_messages", "delete_my_data").says("stop, and delete all")
    talk.is_told("stop.done").reads("Delete my data")
    assert talk.diary.opted_out


def test_naming_a_language_and_asking_something(talk: Chat) -> None:
    talk.asks_both("please speak Somali, and join", "change_language", "join_library")
    talk.says("please speak Somali, and join").is_told("language.done")
    assert talk.spoken == "so"
    talk.says("1").is_told("service.not_confirmed")


def test_both_lines_fit_under_one_answer(talk: Chat) -> None:
    """What else was asked, and whether to change the language."""
    talk.writes("fr", BOTH, weight=2).is_told("desk.also", "language.offer_line")
    talk.reads("Send 3.", "1 Opening times", "2 Talk to a person", "3 Français")
    talk.says("3").is_told("language.done", "service.not_confirmed")
    assert talk.spoken == "fr"


def test_a_held_message_with_two_requests_is_met_whole(new_chat: Chat) -> None:
    new_chat.asks_both(BOTH, "join_library", "opening_hours")
    new_chat.says(BOTH).says("1").is_told("service.not_confirmed", "desk.also")
