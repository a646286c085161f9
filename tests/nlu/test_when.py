"""Wishes for a day or a time are read in every language, counted from London's today; doubt reads nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import clock
from nlu.language import LANGUAGES
from nlu.when import When, read

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TABLE: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("when.yml").read_text("utf-8"))
PHRASES = [(language, text, wished) for language, lines in TABLE.items() for text, wished in lines.items()]


def written(when: When) -> str:
    """A wish as tests/nlu/when.yml writes it."""
    parts = ["~"] if when.loose else []
    parts += [f"{day:%-d/%-m}" + (f"/{day.year}" if day > date(2026, 12, 31) else "") for day in when.days]
    parts += [f"{_hour(start)}-{_hour(end)}" for start, end in when.hours]
    return " ".join(parts) or "-"


def _hour(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}" if minute else str(hour)


def wish(text: str, language: str = "en", now: datetime = NOW) -> str:
    return written(read(text, now, (language, "en")))


@pytest.mark.parametrize(
    ("language", "text", "wished"), PHRASES, ids=[f"{lang} {text}" for lang, text, _ in PHRASES]
)
def test_what_is_wished_for(language: str, text: str, wished: str) -> None:
    assert wish(text, language.removesuffix("-Latn")) == wished


def test_every_language_and_three_in_latin_letters_are_in_the_table() -> None:
    assert set(TABLE) == {*LANGUAGES, "ar-Latn", "fa-Latn", "ur-Latn"}
    assert all(len(lines) >= 12 for lines in TABLE.values())


@pytest.mark.parametrize(
    "text", ["۱۲/۱۱", "١٢/١١", "፲፪/፲፩", "१२/११", "１２/１１", "12/11", "12 / 11", "12-11", "12.11"]
)
def test_28_twelve_eleven_in_the_digits_of_any_script_is_12_november(text: str) -> None:
    assert wish(text, "fa") == "12/11/2027"
    assert wish(text, "fa", datetime(2026, 11, 1, tzinfo=UTC)) == "12/11"


def test_29_the_day_comes_before_the_month() -> None:
    assert wish("03/04") == "3/4/2027"
    assert wish("11/24") == "24/11"  # can't be meant otherwise


def test_a_date_without_a_year_is_the_next_to_come_today_included() -> None:
    assert wish("23/11") == "23/11"
    assert wish("22/11") == "22/11/2027"
    assert read("29/02", NOW).days == (date(2028, 2, 29),)


def test_today_is_londons() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # 00:30 on 2 July in London
    assert wish("today", now=late) == "2/7"
    assert wish("tomorrow", now=late) == "3/7"


def test_tomorrow_is_tomorrow_when_the_clocks_change() -> None:
    assert wish("tomorrow", now=datetime(2026, 10, 24, 23, 30, tzinfo=UTC)) == "26/10"
    assert wish("tomorrow", now=datetime(2027, 3, 27, 12, tzinfo=UTC)) == "28/3/2027"


@pytest.mark.parametrize(
    "text", ["31/02", "32/01", "00/00", "99/99/9999", "25:61", "3/4/85", "1448/09/03", "30 february"]
)
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert wish(text) == "-"


def test_an_hour_that_may_count_from_six_o_clock_is_not_guessed() -> None:
    assert wish("ማክሰኞ 4 ሰዓት", "am") == wish("ማክሰኞ 10:30", "am") == "24/11"
    assert wish("ማክሰኞ 4pm", "am") == "24/11 16-17"


def test_a_long_story_decides_nothing() -> None:
    told = "my neighbour said that on tuesday her boy was ill and the whole family stayed in bed all that day long"
    assert read(told, NOW).loose


def test_a_not_counts_near_the_wish_and_in_its_part_of_the_sentence() -> None:
    assert wish("I can't come on Tuesday") == wish("Tuesday is not good") == "-"
    assert wish("I do not speak English, please book me Tuesday") == "24/11"


def test_the_language_of_the_text_comes_first() -> None:
    assert read("پیر", NOW, ("ur", "fa")).days == (date(2026, 11, 23), date(2026, 11, 30))
    assert read("پیر", NOW, ("fa", "en")).days == ()


def test_a_long_text_is_cut() -> None:
    assert read("x " * 50_000 + "tuesday", NOW) == When()
    assert read("tuesday " + "x" * 100_000, NOW).days == (date(2026, 11, 24),)


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_raise(text: str, language: str) -> None:
    when = read(text, NOW, (language, "en"))
    assert all(0 <= start < end <= clock.DAY for start, end in when.hours)


HEAP = """
tuesday next 12 / 11 : 30 at after between and pm በ ሰዓት ۱۲ ٣ بعد الساعة - . nov of week not demain ፲፪ h
4pm 2026 th 99999999999999999999
"""
WORDS = HEAP.split()


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(["", " "]), st.sampled_from(LANGUAGES))
@settings(max_examples=500, deadline=None)
def test_no_heap_of_day_words_makes_it_raise(words: list[str], between: str, language: str) -> None:
    when = read(between.join(words), NOW, (language, "en"))
    assert all(0 <= start < end <= clock.DAY for start, end in when.hours)
    assert len(when.days) <= 20
