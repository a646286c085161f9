"""Words that always win: stop, start, help, menu, language, delete my data, a person, more, card, danger.

They are met before any model runs (DESIGN.md, section 3). 999 and 112 are danger too, and a word with
stretched letters is still that word. The words are data: nlu/words/*.yml, with their sources;
nlu/words/README.md says how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from nlu.cleaning import clean
from nlu.normal import fold

WORDS = Path(__file__).parent / "words"
COMMANDS = ("stop", "start", "help", "menu", "language", "delete", "human", "more", "card")
_NOT_ASKED = {"stop", "start", "delete"}  # "menu?" is a command, "stop?" is not
_EMERGENCY_NUMBERS = {999: "nine nine nine", 112: "one one two"}  # fold would make every number a 0
_LONGEST = 80  # a command and its politeness; a longer text is a message
_NUMBER = re.compile(r"\d+")
_STRETCHED = re.compile(r"([^\W\d_])\1\1")
_TWICE = re.compile(r"([^\W\d_])\1+")
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
class _Courtesies:
    """Polite phrases, to be taken off a text at its beginning and at its end."""

    before: re.Pattern[str]
    after: re.Pattern[str]


@dataclass(frozen=True)
class _Lists:
    commands: dict[str, tuple[Always, ...]]
    alone: frozenset[str]
    please: _Courtesies
    polite: _Courtesies
    not_words: frozenset[str]
    danger: tuple[tuple[str, re.Pattern[str]], ...]
    idioms: re.Pattern[str]


def always(text: str) -> Always | None:
    """Return the word that `text` is, or None. Danger counts anywhere in a text, the others alone.

    Tolerant of capitals, punctuation and politeness. Reads at most 1,600 characters; never raises.
    """
    cleaned = clean(text)
    found = _find(cleaned, _spell)
    if found is None and _STRETCHED.search(cleaned.casefold()):
        found = _find(cleaned, _spell_once)  # "dieee", "stoppp": fold keeps two letters of them
    return found


@lru_cache(maxsize=4096)
def is_polite(text: str) -> bool:
    """Whether no word but polite ones is in `text`, in whatever language; so also when there is no word at all."""
    return "" in _without(_read(WORDS, _spell).polite, _spell(clean(text)))


def _find(cleaned: str, spell: Callable[[str], str]) -> Always | None:
    spelled = spell(cleaned)
    if not spelled:
        return None
    lists = _read(WORDS, spell)
    found = _danger(spelled, lists)
    if found is not None:
        return found
    if len(spelled) > _LONGEST or cleaned.strip(" .!,،").casefold() in lists.not_words:
        return None
    return _command(spelled, lists)


def _spell(text: str) -> str:
    """Return `text` as it is compared: folded, but with the emergency numbers in words."""
    return fold(_NUMBER.sub(lambda found: _in_words(found[0]), text))


def _in_words(number: str) -> str:
    words = _EMERGENCY_NUMBERS.get(int(number))
    return f" {words} " if words else number


def _spell_once(text: str) -> str:
    """Return `text` as it is compared when its letters are stretched: every doubled letter single."""
    return _TWICE.sub(r"\1", _spell(text))


def _danger(folded: str, lists: _Lists) -> Always | None:
    plain = lists.idioms.sub(" , ", f" {folded} ")
    languages = {language for language, pattern in lists.danger if pattern.search(plain)}
    if not languages:
        return None
    return Always("danger", languages.pop() if len(languages) == 1 else None)


def _command(folded: str, lists: _Lists) -> Always | None:
    asked = folded.endswith(" ?")
    asked_for = set(_without(lists.please, folded))
    for bare in _without(lists.polite, folded):
        if bare in lists.alone and bare not in asked_for:
            continue  # "enough, thanks" is a thank-you, "enough, please" is stop
        fits = [a for a in lists.commands.get(bare, ()) if not asked or a.word not in _NOT_ASKED]
        if fits:
            first = fits[0]
            same = [a for a in fits if a.word == first.word]
            languages = {a.language for a in same}
            return Always(first.word, first.language if len(languages) == 1 else None, first.chosen)
    return None


def _without(courtesies: _Courtesies, text: str) -> Iterator[str]:
    """The text but for question marks, then with one polite phrase after another taken off its ends; "" when
    nothing is left."""
    longer, text = "", f" {' '.join(text.replace('?', ' ').split())} "
    while text != longer:
        yield text.strip()
        longer = text
        text = courtesies.after.sub("", longer)
        if text == longer:
            text = courtesies.before.sub(" ", longer)


@cache
def _contents(folder: Path) -> tuple[tuple[str, dict[str, Any]], ...]:
    files = sorted(folder.glob("*.yml"))
    return tuple((file.stem, yaml.safe_load(file.read_text("utf-8"))) for file in files)


@cache
def _read(folder: Path, spell: Callable[[str], str]) -> _Lists:
    commands = {spell(str(number)): [Always("danger", None)] for number in _EMERGENCY_NUMBERS}
    alone: set[str] = set()
    please: set[str] = set()
    polite: set[str] = set()
    danger: list[tuple[str, re.Pattern[str]]] = []
    idioms: list[str] = []
    not_words: set[str] = set()
    for name, content in _contents(folder):
        language = str(content["code"])
        alone.update(spell(w) for w in content.get("alone", ()))
        please.update(content["please"])
        polite.update(content["polite"])
        for word in COMMANDS:
            for phrase in content[word]:
                commands.setdefault(spell(str(phrase)), []).append(Always(word, language))
        for own_name in content["names"]:
            commands.setdefault(spell(own_name), []).append(Always("language", language, language))
        not_words.update(clean(w).casefold() for w in content.get("not_words", ()))
        prefix = "[وف]?" if name == "ar" else ""  # "and", "so" are written onto the next word
        danger.append((language, _pattern(content["danger"], spell, prefix)))
        idioms += content["not_danger"]
    return _Lists(
        {phrase: tuple(found) for phrase, found in commands.items()},
        frozenset(alone),
        _courtesies(please, spell),
        _courtesies(please | polite, spell),
        frozenset(not_words),
        tuple(danger),
        _pattern(idioms, spell),
    )


def _courtesies(phrases: Iterable[str], spell: Callable[[str], str]) -> _Courtesies:
    choice = _alternatives(sorted(phrases, key=lambda p: (-len(p), p)), spell)
    return _Courtesies(re.compile(f"^ {choice}"), re.compile(f"(?<= ){choice}$"))


def _pattern(phrases: Iterable[str], spell: Callable[[str], str], prefix: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<= ){prefix}{_alternatives(phrases, spell)}")


def _alternatives(phrases: Iterable[str], spell: Callable[[str], str]) -> str:
    return f"(?:{'|'.join(_expression(p, spell) for p in phrases)})"


def _expression(phrase: str, spell: Callable[[str], str]) -> str:
    """Turn a phrase into a regular expression over spelled text with a space after every word."""
    out = ""
    for either, optional, plain in _PARTS.findall(phrase):
        choice = "|".join(_in_a_row(words, spell) for words in (either or optional).split("|"))
        out += _in_a_row(plain, spell) if plain else f"(?:{choice})" if either else f"(?:{choice})?"
    return out


def _in_a_row(words: str, spell: Callable[[str], str]) -> str:
    out = ""
    for word in words.split():
        ending = "[^ ]*" if word.endswith("*") else ""
        spelled = re.escape(spell(word)).replace("\\ ", " ")
        out += "(?:[^ ,]+ ){0,2}" if word == "~" else f"{spelled}{ending} "
    return out
