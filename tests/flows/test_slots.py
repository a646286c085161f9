"""Slots: the same ones in every translation, none inside a word, also where grammar glues words together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catalogue import read
from flows.slots import SLOT, differ, faults, glued
from flows.words import TEXTS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "L'atelier « {x} », à {x}."),
        ("am", "በ{x} እና ከ{x}"),
        ("ti", "ን{x}"),
        ("ar", "لـ{x} و{x}، {x}."),
        ("so", "{x}-ka"),
        ("en", "({x})/{x}"),
    ],
)
def test_punctuation_and_the_particles_of_a_language_may_touch_a_slot(language: str, text: str) -> None:
    assert glued(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "ل{x}"),  # without a tatweel the letter would stand alone
        ("ar", "المكتبة{x}"),
        ("fa", "{x}\u200cها"),
        ("ckb", "{x}دا"),
        ("so", "{x}ka"),
        ("uk", "{x}у"),
        ("ur", "کو\u0651{x}"),
        ("pl", "{x}{x}"),
        ("en", "5{x}"),
        ("am", "ቤት{x}"),
    ],
)
def test_a_letter_a_mark_a_digit_or_another_slot_may_not(language: str, text: str) -> None:
    assert glued(text, language)


def test_the_shipped_translations_glue_nothing() -> None:
    said = {
        (path.stem, key): line.string
        for path in TEXTS.glob("*.po")
        for key, line in read(path).items()
        if isinstance(line.string, str)
    }
    assert {where: text for where, text in said.items() if glued(text, where[0])} == {}


@given(st.text(alphabet="{}ab_ በا\u200c{x}", max_size=40))
def test_any_text_is_either_right_or_told_what_is_wrong(text: str) -> None:
    found = faults("Say {x}.", text, "am")
    assert bool(found) or (not differ("Say {x}.", text) and SLOT.sub("", text).count("{") == 0)
