"""A text is safe to store and to read before anyone looks at it (bad inputs 3, 5, 6 and 53)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.cleaning import LIMIT, clean, redact


def test_direction_marks_go_and_joiners_stay() -> None:
    assert clean("abc\u202edef\u2066x\u2069") == "abcdefx"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("क्\u200d") == "क्\u200d"


def test_nul_and_lone_surrogates_go() -> None:
    assert clean("a\x00b\ud800c\x07") == "abc"


def test_a_text_is_in_one_normal_form() -> None:
    assert clean("e\u0301te\u0301") == "été"


def test_at_most_1600_characters_are_kept() -> None:
    assert len(clean("x" * 100_000)) == LIMIT


def test_line_ends_are_newlines() -> None:
    assert clean(" one\r\ntwo\rthree ") == "one\ntwo\nthree"


@given(st.text(st.characters(), max_size=300))
def test_any_text_can_be_cleaned_stored_and_cleaned_again(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "my Home Office ref A1234567 please",
        "Home Office reference: A1234567/2",
        "HO ref no. S 12 34 567",
        "NASS number 08/11/01234",
        "nass ref: 12/03/04567/001",
        "my UAN is 1212-0001-2345-6789",
        "GWF012345678",
        "passport 123456789",
        "my passport number is AB1234567",
        "پاسپورت ۱۲۳۴۵۶۷۸۹",
        "جواز سفري ١٢٣٤٥٦٧٨٩",
        "card 4111 1111 1111 1111",
        "QQ 12 34 56 C is my ni AB 12 34 56 C",
        "ARC ZX1234567",
    ],
)
def test_a_case_passport_or_card_number_is_redacted(text: str) -> None:
    redacted = redact(text)
    assert "[…]" in redacted
    assert not any(run.isdigit() and len(run) > 5 for run in redacted.split())


@pytest.mark.parametrize(
    "text",
    [
        "book work coach on 12/11 at 14:30",
        "my reference is LB-7Q2K",
        "call me on 07700 900123",
        "+44 7700 900123",
        "room 12, 2026",
        "I was born in 1990",
        "tomorrow 10-11",
        "12/11/2026",
    ],
)
def test_dates_times_phone_numbers_and_booking_references_stay(text: str) -> None:
    assert redact(text) == text


def test_what_stands_around_a_number_stays() -> None:
    assert redact("ref A1234567, can you help?") == "[…], can you help?"
