"""Which library does a text name? Known names in every script, with typing mistakes; nothing is guessed.

A name that fits two libraries, or none of ours, is said to be so: the desk then asks, with the nearest names.
Names come from the knowledge base (kb/places), the words around them from nlu/libraries.yml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from nlu.letters import Script, script_of_letter
from nlu.tokens import Token, phrase, tokens

WORDS = Path(__file__).parent / "libraries.yml"
SHORT = 4
"""A text of so many words or fewer is taken for the answer to "which library?"."""
BESIDE = 2
"""How far a name may be from a word for library so that both belong together: so many words."""
LONGEST = 5
NEAREST = 3
LONG = 8
"""A name of so many letters is still asked about with one more wrong than may be ("Belmont"?)."""
MISTAKES = ((10, 2), (6, 1))
"""Letters of a name, and how many may be wrong: none in a short one, where another word begins."""


@dataclass(frozen=True, slots=True)
class Known:
    """A library and its names. `names` count wherever they stand, `with_library` beside a word for library or
    in a short text, `not_meant` never."""

    id: str
    names: tuple[str, ...]
    with_library: tuple[str, ...] = ()
    not_meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names: `places` for sure, in its order; else whether it names a `stranger`, and the libraries
    whose names are nearest to that (or to a short text: it may be one). `used`: the numbers of these words."""

    places: tuple[str, ...] = ()
    stranger: bool = False
    near: tuple[str, ...] = ()
    used: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Window:
    """Some neighbouring words, written as one."""

    start: int
    size: int
    text: str

    @property
    def at(self) -> range:
        return range(self.start, self.start + self.size)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A window and what it may name, best first. `sure`: it names the first and no other."""

    window: _Window
    ids: tuple[str, ...]
    wrong: int
    sure: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """What nlu/libraries.yml says."""

    library: frozenset[tuple[str, ...]]
    english: frozenset[str]  # those of them that stand behind the name
    at: frozenset[str]
    between: frozenset[str]
    streets: frozenset[str]
    ordinary: frozenset[str]


class Places:
    """The libraries' names, ready to be looked for. Built once from the knowledge base."""

    def __init__(self, known: Iterable[Known]) -> None:
        known = tuple(known)
        self._ids = tuple(each.id for each in known)
        self._names = _by_spelling((each.id, each.names) for each in known)
        self._weak = _by_spelling((each.id, each.with_library) for each in known)
        self._not_meant = {"".join(phrase(name)) for each in known for name in each.not_meant}
        spelled = (name for each in known for name in (*each.names, *each.with_library))
        self._long = tuple(dict.fromkeys(name for name in map(_without_library, spelled) if _allowed(name)))

    def find(self, text: str) -> Named:
        """What `text` names. Reads at most 1,600 characters; never raises."""
        return self.among(tokens(text))

    def among(self, words: Sequence[Token], no_names: Collection[int] = ()) -> Named:
        """The same for words that nlu/tokens.py made. `no_names`: the numbers of words that are no stranger's name,
        like "Friday"."""
        beside = _library_words(words)
        close = {at + step for at in beside for step in range(-BESIDE, BESIDE + 1)}
        close |= set(range(len(words))) if len(words) <= SHORT else set()
        behind = {at + 1 for at, token in enumerate(words) if token.text in _around().at}
        windows = list(_windows(words))
        taken = {at for window in windows if window.text in self._not_meant for at in window.at}
        taken |= {at - 1 for at, token in enumerate(words) if at and token.text in _around().streets}
        hits = [*self._exact(windows, close | behind), *self._misspelt(windows, close, beside)]
        places: dict[int, str] = {}
        unsure: list[str] = []
        for hit in sorted(hits, key=lambda hit: (hit.wrong, -hit.window.size)):
            if taken.isdisjoint(hit.window.at):
                taken |= set(hit.window.at)
                if hit.sure:
                    places[hit.window.start] = hit.ids[0]
                else:
                    unsure.append(hit.window.text)
        if places:
            in_order = dict.fromkeys(places[start] for start in sorted(places))
            return Named(tuple(in_order), used=frozenset(taken | beside))
        stranger = _stranger(words, beside, taken.union(no_names)) if not unsure else None
        if stranger is not None:
            unsure.append(words[stranger].text)
            taken.add(stranger)
        if unsure:
            return Named(stranger=True, near=self.nearest(unsure), used=frozenset(taken | beside))
        numbers = any(token.text[0].isdigit() for token in words)  # "2 please" chooses a line
        if 0 < len(words) < SHORT and not numbers and any(token.text.isalpha() for token in words):
            return Named(near=self.nearest(["".join(token.text for token in words)]))
        return Named()

    def nearest(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The libraries whose names are most like one of `texts` (words written as one), best first."""
        tables = (self._names, self._weak)
        likeness = dict.fromkeys(self._ids, 0.0)
        for table in tables:
            for name, ids in table.items():
                like = max(OSA.normalized_similarity(text, name) for text in texts)
                for id_ in ids:
                    likeness[id_] = max(likeness[id_], like)
        return tuple(sorted(self._ids, key=lambda id_: -likeness[id_]))[:NEAREST]

    def _exact(self, windows: Iterable[_Window], close: set[int]) -> Iterator[_Hit]:
        for window in windows:
            ids = self._names.get(window.text, frozenset())
            if not close.isdisjoint(window.at):
                ids |= self._weak.get(window.text, frozenset())
            if ids:
                yield _Hit(window, tuple(sorted(ids)), 0, len(ids) == 1)

    def _misspelt(self, windows: Iterable[_Window], close: set[int], beside: set[int]) -> Iterator[_Hit]:
        """Windows that differ from a name by a typing mistake; or by one letter more, to ask about."""
        windows = [
            window for window in windows if _allowed(window.text + "x") and beside.isdisjoint(window.at)
        ]
        if not windows or not self._long:
            return
        texts = [window.text for window in windows]
        wrong = cdist(texts, self._long, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)
        found: dict[int, dict[str, tuple[int, int]]] = {}
        for row, column in np.argwhere(wrong <= 3).tolist():
            name, letters = self._long[column], int(wrong[row, column])
            beyond = letters - _allowed(name)
            near = not close.isdisjoint(windows[row].at)
            ids = self._names.get(name, frozenset()) | (
                self._weak.get(name, frozenset()) if near else frozenset()
            )
            asked = near and len(name) >= LONG
            if letters and beyond <= (asked and letters <= 2) and _starts_alike(texts[row], name):
                best = found.setdefault(row, {})
                for id_ in ids:
                    best[id_] = min(best.get(id_, (9, 9)), (max(beyond, 0), letters))
        for row, best in found.items():
            if best:
                nearest = tuple(sorted(best, key=lambda id_: best[id_]))
                beyond, letters = best[nearest[0]]
                yield _Hit(windows[row], nearest, letters, len(nearest) == 1 and beyond == 0)


def _without_library(name: str) -> str:
    """A name written as one word; "" when a word for library is part of it: that is never what is misspelt."""
    words = tokens(name)
    return "" if _library_words(words) else "".join(token.text for token in words)


def _allowed(name: str) -> int:
    """How many letters may be wrong in a name."""
    return next((wrong for letters, wrong in MISTAKES if len(name) >= letters), 0)


def _starts_alike(text: str, name: str) -> bool:
    """In Latin letters the first one is seldom wrong; other scripts write "in" and "to" onto the name."""
    return not name[0].isascii() or text[0] == name[0]


def _windows(words: Sequence[Token]) -> Iterator[_Window]:
    """Every run of one to five words that holds a letter."""
    for start in range(len(words)):
        text = ""
        for size, token in enumerate(words[start : start + LONGEST], 1):
            text += token.text
            if not text.isdecimal():
                yield _Window(start, size, text)


def _library_words(words: Sequence[Token]) -> set[int]:
    """Where a word for library stands."""
    texts = [token.text for token in words]
    found: set[int] = set()
    for at, text in enumerate(texts):
        if (text,) in _around().library:
            found.add(at)
        elif tuple(texts[at : at + 2]) in _around().library:
            found |= {at, at + 1}
    return found


def _stranger(words: Sequence[Token], beside: set[int], taken: set[int]) -> int | None:
    """Where a name stands that belongs to a library and is none of ours: "at Highfields library"."""
    around = _around()
    shouted = all(not token.written.islower() for token in words)

    def is_name(at: int) -> bool:
        token = words[at]
        plain = token.text.isascii() and token.text.isalpha() and len(token.text) > 2
        return plain and token.text not in around.ordinary and at not in taken | beside

    def is_capital(at: int) -> bool:
        return words[at].written[0].isupper() and not words[at].begins and not shouted

    for at in sorted(beside):
        before = at - 1
        named_before = words[at].text in around.english and before > 0 and is_name(before)
        if named_before and (is_capital(before) or words[before - 1].text in ("at", "in")):
            return before
        after = at + 1
        while after < min(len(words), at + 1 + BESIDE) and words[after].text in around.between:
            after += 1
        if after < len(words) and is_name(after) and is_capital(after):
            return after
    return None


def _by_spelling(names: Iterable[tuple[str, Iterable[str]]]) -> dict[str, frozenset[str]]:
    """Each spelling, written as one word, and the libraries that have it; with what its script writes onto it."""
    found: dict[str, frozenset[str]] = {}
    for id_, spellings in names:
        for spelling in spellings:
            for text in _written_on("".join(phrase(spelling))):
                found[text] = found.get(text, frozenset()) | {id_}
    return found


def _written_on(text: str) -> Iterator[str]:
    if not text:
        return
    yield text
    content = _content()
    script = script_of_letter(text[0])
    if script in (Script.ETHIOPIC, Script.ARABIC):
        name = script.value.lower()
        yield from ("".join(phrase(prefix)) + text for prefix in content["prefixes"].get(name, ()))
        yield from (text + "".join(phrase(suffix)) for suffix in content["suffixes"].get(name, ()))


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    return content


@cache
def _around() -> _Around:
    content = _content()
    spelled = [str(each) for words in content["library"].values() for each in words]
    library = {phrase(each) for each in spelled}
    library |= {(written, *rest) for first, *rest in library for written in _written_on(first)}
    return _Around(
        frozenset(library),
        frozenset(str(each) for each in content["library"]["en"]),
        frozenset(text for each in content["at"] for text in phrase(str(each))),
        frozenset(text for each in content["between"] for text in phrase(str(each))),
        frozenset(map(str, content["streets"])),
        frozenset(text for each in content["ordinary"] for text in phrase(str(each))),
    )
