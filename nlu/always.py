"""Words that always win: stop, start, help, menu, language, delete my data, a person, more, card, danger.

They are met before any model runs (DESIGN.md, section 3). The words are data: nlu/words/*.yml, with
their sources; nlu/words/README.md says how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu.cleaning import clean
from nlu.normal import fold

WORDS = Path(__file__).parent / "words"
COMMANDS = ("stop", "start", "help", "menu", "language", "delete", "human", "more", "card")
_MAY_BE_ASKED = {"help", "menu", "language", "human", "more", "card"}  # "menu?" is one, "stop?" is not
_LONGEST = 80  # a command and its politeness; a longer text is a message
_PARTS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|([^()\[\]]+)")


@dataclass(frozen=True)
class Always:
    """A word that wins. `language`: that of the list it stands in, None when lists of several have it.

    `chosen`: the language that was asked for by its name ("Soomaali"), only with the word `language`.
    """

    word: str
    language: str | None
    chosen: str | None = None


@dataclass(frozen=True)
class _Lists:
    commands: dict[str, tuple[Always, ...]]
    polite: tuple[str, ...]
    not_words: frozenset[str]
    danger: tuple[tuple[str, re.Pattern[str]], ...]
    idioms: re.Pattern[str]


def always(text: str) -> Always | None:
    """Return the word that `text` is, or None. Danger counts anywhere in a text, the others alone.

    Tolerant of capitals, punctuation and politeness. Reads at most 1,600 characters; never raises.
    """
    cleaned = clean(text)
    folded = fold(cleaned)
    if not folded:
        return None
    lists = _read(WORDS)
    found = _danger(folded, lists)
    if found is not None:
        return found
    if len(folded) > _LONGEST or cleaned.strip(" .!,،").casefold() in lists.not_words:
        return None
    return _command(folded, lists)


def _danger(folded: str, lists: _Lists) -> Always | None:
    plain = lists.idioms.sub(" , ", f" {folded} ")
    languages = {language for language, pattern in lists.danger if pattern.search(plain)}
    if not languages:
        return None
    return Always("danger", languages.pop() if len(languages) == 1 else None)


def _command(folded: str, lists: _Lists) -> Always | None:
    asked = folded.endswith(" ?")
    for bare in _without_politeness(folded.replace("?", " "), lists.polite):
        fits = [a for a in lists.commands.get(bare, ()) if not asked or a.word in _MAY_BE_ASKED]
        if fits:
            first = fits[0]
            same = [a for a in fits if a.word == first.word]
            languages = {a.language for a in same}
            return Always(first.word, first.language if len(languages) == 1 else None, first.chosen)
    return None


def _without_politeness(folded: str, polite: Iterable[str]) -> Iterator[str]:
    """The text as it is, then with one polite phrase after another taken off its ends."""
    text = " ".join(folded.split())
    changed = True
    while changed and text:
        yield text
        changed = False
        shorter = (text.removesuffix(f" {phrase}") for phrase in polite)
        shorter_still = (text.removeprefix(f"{phrase} ") for phrase in polite)
        for candidate in (*shorter, *shorter_still):
            if candidate != text:
                text, changed = candidate, True
                break


@cache
def _read(folder: Path) -> _Lists:
    commands: dict[str, list[Always]] = {}
    polite: set[str] = set()
    danger: list[tuple[str, re.Pattern[str]]] = []
    idioms: list[str] = []
    not_words: set[str] = set()
    for file in sorted(folder.glob("*.yml")):
        content: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        language = str(content["code"])
        polite.update(fold(p) for p in content["polite"])
        for word in COMMANDS:
            for phrase in content[word]:
                commands.setdefault(fold(str(phrase)), []).append(Always(word, language))
        for name in content["names"]:
            commands.setdefault(fold(name), []).append(Always("language", language, language))
        not_words.update(clean(w).casefold() for w in content.get("not_words", ()))
        prefix = "[وف]?" if file.stem == "ar" else ""  # "and", "so" are written onto the next word
        danger.append((language, _pattern(content["danger"], prefix)))
        idioms += content["not_danger"]
    return _Lists(
        {phrase: tuple(found) for phrase, found in commands.items()},
        tuple(sorted(polite, key=lambda p: (-len(p), p))),
        frozenset(not_words),
        tuple(danger),
        _pattern(idioms, ""),
    )


def _pattern(phrases: Iterable[str], prefix: str) -> re.Pattern[str]:
    return re.compile(rf"(?<= ){prefix}(?:{'|'.join(_expression(p) for p in phrases)})")


def _expression(phrase: str) -> str:
    """Turn a phrase into a regular expression over folded text with a space after every word."""
    out = ""
    for either, optional, plain in _PARTS.findall(phrase):
        choice = "|".join(_in_a_row(words) for words in (either or optional).split("|"))
        out += _in_a_row(plain) if plain else f"(?:{choice})" if either else f"(?:{choice})?"
    return out


def _in_a_row(words: str) -> str:
    out = ""
    for word in words.split():
        ending = "[^ ]*" if word.endswith("*") else ""
        out += "(?:[^ ,]+ ){0,2}" if word == "~" else f"{re.escape(fold(word))}{ending} ".replace("\\ ", " ")
    return out
