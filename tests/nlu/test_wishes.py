"""A library, a day and a time are read together; a text that says nothing else is told from one that does."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.language import LANGUAGES
from nlu.wishes import Wish, read
from tests.nlu.test_places import PLACES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


def wish(text: str, language: str = "en") -> Wish:
    return read(text, PLACES, NOW, (language, "en"))


def test_a_library_a_day_and_a_time_in_one_message() -> None:
    found = wish("book work coach tuesday after 1pm at beaumont leys")
    assert found.place.places == ("beaumont-leys",)
    assert found.when.days == (TUESDAY,)
    assert found.when.hours == ((13 * 60, 24 * 60),)
    assert not found.bare


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tuesday", "en"),
        ("on Tuesday please", "en"),
        ("at Beaumont Leys library", "en"),
        ("tuesday 10:30", "en"),
        ("12/12", "fa"),
        ("يوم الثلاثاء لو سمحت", "ar"),
        ("mardi matin svp", "fr"),
        ("روز سه شنبه لطفا", "fa"),
        ("منگل کو", "ur"),
        ("የማክሰኞ", "am"),
    ],
)
def test_a_text_that_is_nothing_but_a_wish(text: str, language: str) -> None:
    assert wish(text, language).bare


@pytest.mark.parametrize(
    "text",
    [
        "cancel tuesday",
        "is it open tuesday",
        "stop",
        "",
        "1",
        "good morning",
        "hello",
        "my name is Belgrave Jones",
    ],
)
def test_a_text_that_is_something_else(text: str) -> None:
    assert not wish(text).bare


def test_a_library_that_is_refused_is_not_wished_for() -> None:
    assert wish("I can't come to Belgrave").place.places == ()
    assert wish("not at Central, at Belgrave").place.places == ("central-library", "belgrave")
    assert wish("anywhere but Belgrave").place.places == ()
    assert wish("أي مكتبة غير بلجريف", "ar").place.places == ()
    assert wish("I don't speak English, sorry. Work coach at Belgrave").place.places == ("belgrave",)


def test_a_day_after_a_word_for_library_is_no_strange_library() -> None:
    assert not wish("maktabadda Isniinta", "so").place.stranger


@given(st.text(max_size=100), st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_raise(text: str, language: str) -> None:
    wish(text, language)
