"""Meaning as numbers: bounded in time and memory, never a crash."""

import time

import numpy as np

from nlu.encoder import DIMENSIONS, encode
from nlu.normal import MAX_CHARACTERS, fold, for_model, ngrams
from nlu.recent import Recent
from nlu.romanised import in_arabic_script, skeleton


def test_texts_that_mean_the_same_are_near_in_any_language() -> None:
    english, arabic, other = (
        encode(t) for t in ("I want to borrow a book", "أريد أن أستعير كتاباً", "It is raining")
    )
    assert english @ arabic > english @ other


def test_a_vector_has_length_one_and_cannot_be_changed() -> None:
    vector = encode("hello library")
    assert vector.shape == (DIMENSIONS,)
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-3
    assert not vector.flags.writeable


def test_a_text_without_a_word_has_no_meaning() -> None:
    for text in ("", "   ", "😀", "?!", "\n"):
        assert not encode(text).any()


def test_lone_surrogates_do_not_break_it() -> None:
    assert encode("book \ud800 please").any()


def test_a_hundred_thousand_characters_cost_no_more_than_four_hundred() -> None:
    encode("warm up")
    started = time.perf_counter()
    encode("book a work coach " * 22)
    short = time.perf_counter() - started
    started = time.perf_counter()
    encode("book a work coach please " * 4_000)
    assert time.perf_counter() - started < short * 2 + 0.2


def test_a_long_text_is_read_from_its_beginning_and_its_end() -> None:
    text = for_model(
        "I came to this city in June. " + "It was long. " * 100 + "Can you book me a work coach?"
    )
    assert len(text) <= MAX_CHARACTERS
    assert text.startswith("I came to this city")
    assert text.endswith("Can you book me a work coach?")


def test_a_slash_at_the_start_is_no_order() -> None:
    assert for_model("/greet") == "greet"
    assert for_model(" //  /greet{}") == "greet{}"
    assert for_model("///") == ""


def test_spellings_of_one_word_are_counted_as_one() -> None:
    assert fold("أهلاً") == fold("اهلا")
    assert fold("می‌خواهم") == fold("ميخواهم")
    assert fold("PLEEEASE, don't!") == fold("pleease dont")
    assert fold("Élève") == "eleve"
    assert fold("мій її") == "мій її"


def test_arabic_and_latin_letters_share_their_consonants() -> None:
    assert skeleton(fold("كتابخانه")) == skeleton("ketabkhane")
    assert skeleton(fold("المكتبة")) == skeleton("maktabe")
    assert skeleton("ቤተ") == ""
    assert "~mktb" in set(ngrams("maktabe", 2, 4))


def test_latin_arabic_is_respelled_for_the_encoder() -> None:
    assert in_arabic_script("kif fini sajjel", "ar") == "كف فني سجل"


def test_only_so_many_answers_are_remembered_and_none_of_the_texts() -> None:
    asked: list[str] = []

    def answer(text: str) -> int:
        asked.append(text)
        return len(text)

    recent = Recent(3, answer)
    assert [recent(t) for t in ("a", "bb", "a", "ccc", "dddd", "a")] == [1, 2, 1, 3, 4, 1]
    assert asked == ["a", "bb", "ccc", "dddd"]
    assert recent("bb") == 2
    assert asked[-1] == "bb"
    assert len(recent) == 3
    assert "dddd" not in repr(vars(recent))
