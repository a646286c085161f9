"""What the language classifier learns from: the training messages, and what people do to them.

They mix English words in, write two or three words only, type Farsi and Urdu on an Arabic keyboard,
and make mistakes; each gives a variant here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from nlu.normal import fold
from nlu.training import Example
from nlu.typos import misspell

_ENGLISH = "en"
_LATIN = frozenset(("fr", "so", "pl", "es", "ar-Latn", "fa-Latn", "ur-Latn"))
_ON_ARABIC_KEYS = frozenset(("fa", "ur", "ckb", "ps"))
_ARABIC_KEYS = str.maketrans("یکە", "يكه")


def language_examples(examples: Sequence[Example], rng: random.Random) -> list[dict[str, str]]:
    """Return `{"text", "label"}` for each message and its variants; the label is the language's folder."""
    english = [e.text.split() for e in examples if e.folder == _ENGLISH]
    english_words = {word for words in english for word in fold(" ".join(words)).split()}
    found: list[dict[str, str]] = []
    for example in examples:
        texts = [example.text, _short(example.text, rng)]
        texts.append(misspell(example.text, example.language, rng, romanised=example.romanised))
        if example.folder in _LATIN:
            texts.append(_mixed(example.text, rng.choice(english), rng) if english else "")
        elif example.folder == _ENGLISH:  # mixed-in English must not make English itself look foreign
            texts += [_short(example.text, rng), misspell(example.text, _ENGLISH, rng)]
        if example.folder in _ON_ARABIC_KEYS:
            texts.append(example.text.translate(_ARABIC_KEYS))
        if example.folder in _LATIN:  # "work coach", cut out of an Urdu message, is English
            texts = [text for text in texts if not english_words.issuperset(fold(text).split())]
        found += [{"text": text, "label": example.folder} for text in dict.fromkeys(texts) if text]
    return found


def _short(text: str, rng: random.Random) -> str:
    words = text.split()
    length = rng.randint(2, 4)
    start = rng.randrange(max(1, len(words) - length + 1))
    return " ".join(words[start : start + length])


def _mixed(text: str, english: list[str], rng: random.Random) -> str:
    """The text with a run of an English message put into it, at most a third of the whole; "" when too short."""
    words = text.split()
    most = min(len(words) // 2, len(english), 4)
    if not most:
        return ""
    length = rng.randint(1, most)
    start = rng.randrange(len(english) - length + 1)
    at = rng.randint(0, len(words))
    return " ".join(words[:at] + english[start : start + length] + words[at:])
