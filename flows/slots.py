"""The {slots} of a text, and what a translator can get wrong with them.

A translation has the same slots as its English. None is glued to a letter: what is filled in is a name, a
time or a number, mostly in another script, and no ending of ours would fit it. Only what a language always
writes together with the next word may touch a slot from the left (PREFIXES): Amharic and Tigrinya particles,
and in Arabic the one-letter words, with a tatweel ("لـ{place}") so that the letter is written as it is
inside a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

SLOT = re.compile(r"\{([a-z_]+)\}")

PREFIXES: dict[str, frozenset[str]] = {
    "am": frozenset({"በ", "ለ", "ከ", "የ", "ስለ", "እስከ", "እንደ"}),
    "ti": frozenset({"ን", "ብ"}),
    "ar": frozenset({"لـ", "بـ", "كـ", "و", "ولـ", "وبـ"}),
}
"""What may touch a slot from the left, by language. Every other letter beside a slot is a fault: Somali
suffixes take a hyphen, Kurdish, Farsi and Pashto endings a space or another sentence."""

JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ: what stands beside them is still the same word."""


def slots(text: str) -> Counter[str]:
    """How often each slot stands in a text."""
    return Counter(SLOT.findall(text))


@lru_cache(maxsize=8192)
def differ(english: str, translation: str) -> bool:
    """Whether a translation may not be sent: it lacks a slot, or has one that the English does not fill."""
    return slots(english) != slots(translation)


def faults(english: str, translation: str, language: str, spare: Sequence[str] = ()) -> list[str]:
    """What is wrong with the slots of a translation, a sentence each. `spare`: slots that it may leave out
    (a number in the plural form that only that number has)."""
    wanted, there = slots(english), slots(translation)
    found = [f"{{{name}}} is missing." for name in wanted if there[name] < wanted[name] and name not in spare]
    found += [f"{{{name}}} is there too often." for name in wanted if there[name] > wanted[name]]
    found += [f"{{{name}}} is not in the English." for name in there if name not in wanted]
    if re.search(r"[{}]", SLOT.sub("", translation)):
        found.append("A curly bracket belongs to no slot.")
    return found + glued(translation, language)


def glued(translation: str, language: str) -> list[str]:
    """The slots that touch a letter, a digit or another slot, a sentence each."""
    found = []
    allowed = PREFIXES.get(language, frozenset())
    for match in SLOT.finditer(translation):
        before, after = _run_before(translation[: match.start()]), translation[match.end() : match.end() + 1]
        if (before and before not in allowed) or _is_glue(after) or after == "{":
            found.append(f"{match.group()} touches the word beside it. Put a space between them.")
    return found


def _run_before(text: str) -> str:
    """The letters right before a slot."""
    start = len(text)
    while start and _is_glue(text[start - 1]):
        start -= 1
    return text[start:]


def _is_glue(character: str) -> bool:
    """Whether it is part of a word: a letter, a digit, a mark on a letter, a joiner."""
    return bool(character) and (
        character.isalnum() or character in JOINERS or unicodedata.category(character).startswith("M")
    )
