"""Which of the thirteen languages a message is in, also in Latin letters.

Three witnesses: the script; letters that only one language has (ckb, ps, ur; ti against am); and a
small classifier over character n-grams trained with the intents (nlu/model/language.npz).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.card import MODEL, ModelMissing, read_card
from nlu.cleaning import clean
from nlu.letters import LETTERS, SCRIPTS, Script, script_of, spelled

LANGUAGES = ("en", "ar", "fa", "ps", "ckb", "so", "ti", "am", "ur", "fr", "uk", "pl", "es")
ROMANISED = ("ar-Latn", "fa-Latn", "ur-Latn")
_READ = 300  # characters: more tell nothing new
_LIKELY = 0.1  # a language that is at least as likely as this is worth a line among the first
_LONG = 12  # words that tell: so long a message is no slip into another language
_MESSAGE = {Script.LATIN: 3, Script.ARABIC: 2, Script.CYRILLIC: 2, Script.ETHIOPIC: 2}
_MESSAGE_FOREIGN = 5  # English, which all write ("driving theory group"), and Arabic in Latin letters
_SHARED_WORDS = """
salam salaam slm asc ok okay okey hello hi hey bye thanks yes no si stop start help menu info sms ya allah
inshallah mashallah alhamdulillah shukran merci mersi alaikum alaykum aleikum assalamu super library work
coach home office wifi internet email visa bravo
السلام عليكم سلام مرحبا شکرا شكرا باي اوکی اوكي هلو
"""
_SHARED = frozenset(_SHARED_WORDS.split())
"""Words of several languages: a message of nothing else doesn't tell its own."""


@dataclass(frozen=True)
class Identified:
    """A language code of the thirteen, how likely it is (0 to 1), and whether to rely on it.

    `likely`: the languages that it may be, three at most, the likeliest first. `weight`: what the message
    counts when somebody who wrote in another language seems to have changed: 0 nothing (not sure, or only a
    word or two: names, English names of services), 1 a message, 2 a long one.
    """

    language: str
    confidence: float
    sure: bool
    likely: tuple[str, ...] = ()
    weight: int = 0


_UNKNOWN = Identified("en", 0.0, sure=False)


def identify(text: str) -> Identified:
    """Return the language `text` is in; Arabic, Farsi and Urdu in Latin letters count as such.

    English words within another script don't change the language. Not `sure`: emoji, digits, an
    unknown script, one-word greetings that several languages share, names. Never raises; without a
    trained model only scripts and letters speak, and Latin letters are never sure.
    """
    words = spelled(clean(text)[:_READ]).split()
    script = script_of(words)
    if script is None:
        return _UNKNOWN
    try:
        shares = _classifier(MODEL).shares(" ".join(words))
    except ModelMissing:
        shares = {}
    return _decide(words, script, shares)


def romanised(text: str) -> str | None:
    """Return ar, fa or ur when `text` is rather that language in Latin letters than any other, else None."""
    words = spelled(text[:_READ]).split()
    if script_of(words) is not Script.LATIN:
        return None
    try:
        shares = _classifier(MODEL).shares(" ".join(words))
    except ModelMissing:
        return None
    together = sum(shares.get(code, 0.0) for code in ROMANISED)
    if together < 0.5:
        return None
    return max(ROMANISED, key=lambda code: shares.get(code, 0.0)).removesuffix("-Latn")


def written_in(text: str) -> str:
    """Return the likeliest language of `text` with its letters: "ar-Latn" for Arabic in Latin ones."""
    latin = romanised(text)
    return f"{latin}-Latn" if latin else identify(text).language


def _decide(words: list[str], script: Script, shares: dict[str, float]) -> Identified:
    possible = {code: shares.get(code, 0.0) for code in SCRIPTS[script]}
    for code, telling in LETTERS.items():
        if code in possible:
            found = sum(letter in telling for word in words for letter in word)
            possible[code] += found * 0.5 if not shares else found * 0.15
    total = sum(possible.values())
    if not total:
        first = SCRIPTS[script][0]
        alone = len(possible) == 1
        likely = SCRIPTS[script][:3]
        return Identified(first, 1.0 if alone else 0.3, alone, likely, _weight(words, script) if alone else 0)
    together: dict[str, float] = {}
    for code, share in possible.items():
        language = code.removesuffix("-Latn")
        together[language] = together.get(language, 0.0) + share / total
    language = max(together, key=lambda code: together[code])
    telling_words = [w for w in words if w not in _SHARED and len(w) > 1]
    sure = together[language] >= _sure_from(MODEL) and bool(telling_words)
    if script is Script.LATIN and (len("".join(telling_words)) < 4 or not shares):
        sure = False
    order = sorted(together, key=lambda code: -together[code])
    likely = tuple(code for code in order if together[code] >= _LIKELY)[:3]
    foreign = language == "en" or language not in SCRIPTS[script]
    weight = _weight(telling_words, script, foreign=foreign) if sure else 0
    return Identified(language, min(1.0, together[language]), sure, likely, weight)


def _weight(telling_words: list[str], script: Script, *, foreign: bool = False) -> int:
    """What a message that is surely in a language counts; `foreign`: in English, or in Latin letters."""
    needed = _MESSAGE_FOREIGN if foreign else _MESSAGE[script]
    return (len(telling_words) >= needed) + (len(telling_words) >= _LONG)


class _Classifier:
    def __init__(self, labels: list[str], ngrams: list[str], arrays: dict[str, NDArray[Any]]) -> None:
        self.labels = labels
        self._columns = {g: i for i, g in enumerate(ngrams)}
        self._weights = arrays["weights"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float64)

    def shares(self, words: str) -> dict[str, float]:
        """Return how likely each label is for words that `letters.spelled` made."""
        counts = Counter(self._columns[g] for g in language_ngrams(words) if g in self._columns)
        scores = self._bias
        if counts:
            values = np.sqrt(np.fromiter(counts.values(), float))
            values /= np.sqrt((values**2).sum())
            scores = scores + values @ self._weights[np.fromiter(counts, int)]
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return dict(zip(self.labels, shares.tolist(), strict=True))


def language_ngrams(words: str) -> list[str]:
    """Return the runs of 1 to 4 letters of each word, its ends marked by a space, and the words."""
    runs: list[str] = []
    for word in words.split():
        padded = f" {word} "
        runs += [padded[at : at + n] for n in range(1, 5) for at in range(len(padded) - n + 1)]
        if len(padded) > 4:
            runs.append(padded)
    return [run for run in runs if run != " "]


@cache
def _classifier(folder: Path) -> _Classifier:
    try:
        with np.load(folder / "language.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        content = json.loads((folder / "language.json").read_text("utf-8"))
        return _Classifier(content["labels"], content["ngrams"], arrays)
    except (OSError, ValueError, KeyError) as fault:
        raise ModelMissing(f"No language model in {folder}: run `make train`.") from fault


@cache
def _sure_from(folder: Path) -> float:
    try:
        return float(read_card(folder)["language"]["sure"])
    except (ModelMissing, KeyError, TypeError, ValueError):
        return 0.9
