"""Mistakes are made as people make them, and the same way each time."""

import random
from pathlib import Path

import pytest

from nlu.training import Example, with_typos
from nlu.typos import misspell

TEXTS = [
    ("en", "I want to book a work coach please", False),
    ("ar", "أريد أن أحجز موعداً", False),
    ("fa", "می‌خواهم عضو کتابخانه شوم", False),
    ("uk", "Я хочу записатися", False),
    ("am", "መመዝገብ እፈልጋለሁ", False),
    ("ar", "kif fini sajjel", True),
]


@pytest.mark.parametrize(("language", "text", "romanised"), TEXTS)
def test_the_same_seed_makes_the_same_mistakes(language: str, text: str, romanised: bool) -> None:
    first = misspell(text, language, random.Random(5), romanised=romanised)
    assert first == misspell(text, language, random.Random(5), romanised=romanised)


@pytest.mark.parametrize(("language", "text", "romanised"), TEXTS)
def test_a_text_comes_out_changed_but_near(language: str, text: str, romanised: bool) -> None:
    variants = {misspell(text, language, random.Random(n), romanised=romanised) for n in range(30)}
    assert len(variants) > 10
    assert all(abs(len(v) - len(text)) <= 12 for v in variants)


def test_people_write_by_ear_in_their_own_way() -> None:
    spanish = {misspell("Quiero que me ayuden, por favor", "es", random.Random(n)) for n in range(200)}
    assert any(each.startswith("kiero") for each in spanish)
    assert any(" q me" in each for each in spanish)
    assert any("x favor" in each for each in spanish)


def test_a_new_message_changes_no_other_messages_variant() -> None:
    examples = [Example(text, "menu", "en", Path()) for text in ("show me the menu", "what can you do here")]
    before = with_typos(examples[:1], 1, seed=3)
    assert with_typos(examples[::-1], 1, seed=3)[1:] == before


@pytest.mark.parametrize("text", ["", "a", "?", "12", "😀"])
def test_a_text_with_nothing_to_get_wrong_stays(text: str) -> None:
    for n in range(20):
        assert misspell(text, "en", random.Random(n)) in (text, text.rstrip("?"), text * 2)
