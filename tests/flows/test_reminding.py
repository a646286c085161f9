"""The question after a session: two numbers, kept once, and it never stands in the way."""

from datetime import timedelta

import pytest

from flows.state import Answers
from tests.flows.fakes import NOW, Chat

ASKED: Answers = {"booking": 7, "start": (NOW - timedelta(days=1)).isoformat(), "service": "work_coach"}


@pytest.mark.parametrize(("answer", "good"), [("1", True), ("2", False), ("۱", True), ("٢", False)])
def test_a_number_says_how_it_was(chat: Chat, answer: str, good: bool) -> None:
    chat.staff_open("after", **ASKED).reads("Work coach", "1 ", "2 ")
    chat.says(answer).is_told("after.good" if good else "after.not_good")
    assert chat.diary.rated == [(7, good)]
    assert chat.doing == []


def test_who_found_it_not_good_can_say_more(chat: Chat) -> None:
    chat.staff_open("after", **ASKED).says("2")
    chat.says("1").is_asked("note")


def test_a_private_session_is_not_named(chat: Chat) -> None:
    unnamed = {name: value for name, value in ASKED.items() if name != "service"}
    chat.staff_open("after", **unnamed).reads("Your session")
    assert "Work coach" not in chat.text
    chat.says("1")
    assert chat.diary.rated == [(7, True)]


def test_asking_something_else_drops_it(chat: Chat) -> None:
    chat.staff_open("after", **ASKED).says("how do I join?")
    assert chat.doing == [] or "after" not in chat.doing
    assert chat.diary.rated == []


def test_it_comes_back_to_a_booking_that_it_interrupted(chat: Chat) -> None:
    chat.says("book a work coach").is_asked("place")
    chat.staff_open("after", **ASKED).says("1").is_asked("place")


def test_a_double_tap_is_one_answer(chat: Chat) -> None:
    chat.staff_open("after", **ASKED).says("1").says("1")
    assert chat.diary.rated == [(7, True)]
