"""The texts of a language in the order of the work: safety texts, then what needs a person most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from flows.catalogue import Entry, collect
from flows.languages import RIGHT_TO_LEFT
from flows.standing import STATUSES, Approved, Status, standing
from flows.standing import Entry as Translation
from flows.words import SAFETY, Words
from store import translations

PAGE = 25  # rows
SHOWN: dict[str, str] = {  # the list's "Show" filter
    "": "All texts",
    "stale": "English changed",
    "missing": "Missing",
    "draft": "Drafts",
    "reviewed": "Reviewed",
    "safety": "Safety texts",
    "answers": "Answers of the knowledge base",
}


@dataclass(frozen=True)
class Item:
    """One text in a language: its English and where its translation stands."""

    entry: Entry
    translation: Translation
    language: str

    @property
    def key(self) -> str:
        return self.entry.key

    @property
    def status(self) -> Status:
        return self.translation.status

    @property
    def safety(self) -> bool:
        return is_safety(self.key)

    @property
    def direction(self) -> str:
        return direction(self.language)

    def is_in(self, show: str) -> bool:
        """Whether a filter of SHOWN lets it through."""
        if show == "safety":
            return self.safety
        if show == "answers":
            return self.key.startswith("kb.")
        return not show or self.status == show

    def says(self, words: str) -> bool:
        """Whether its key, its English or its translation has these words, in any case."""
        where = (self.key, self.entry.english, *self.translation.forms)
        return not words or any(words.casefold() in each.casefold() for each in where)


@dataclass(frozen=True)
class Which:
    """The filters of the list."""

    show: str = ""
    q: str = ""

    def query(self) -> dict[str, str]:
        return {"show": self.show, "q": self.q}


def is_safety(key: str) -> bool:
    return key.startswith(SAFETY)


def direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def languages(words: Words) -> list[str]:
    """Those that are translated into."""
    return [code for code in words.languages if code != "en"]


def items(session: Session, words: Words, language: str) -> list[Item]:
    """Every text, in the order of the work."""
    return ordered(collect(words.phrases), words, language, translations.latest(session, language))


def ordered(
    entries: Sequence[Entry], words: Words, language: str, rows: Mapping[str, Approved]
) -> list[Item]:
    """As `items`; `rows`: what staff have made of the language."""
    written = words.written(language)
    found = [
        Item(entry, standing(entry.english, written.get(entry.key), rows.get(entry.key)), language)
        for entry in entries
    ]
    return sorted(found, key=lambda item: (not item.safety, STATUSES.index(item.status)))


def counts(session: Session, words: Words) -> dict[str, Counter[str]]:
    """How many texts of each language are in each state; "unsafe": safety texts that nobody has reviewed."""
    entries = collect(words.phrases)
    found: dict[str, Counter[str]] = {}
    for language in languages(words):
        there = ordered(entries, words, language, translations.latest(session, language))
        found[language] = Counter(item.status for item in there)
        found[language]["unsafe"] = sum(item.safety and item.status != "reviewed" for item in there)
    return found


def matching(found: Sequence[Item], which: Which) -> list[Item]:
    return [item for item in found if item.is_in(which.show) and item.says(which.q)]


def following(found: Sequence[Item], which: Which, key: str) -> str | None:
    """The key of the next text that needs work: after this one, else the first of all."""
    keys = [item.key for item in found]
    after = keys.index(key) + 1 if key in keys else 0
    round_ = [*found[after:], *found[:after]]
    return next(
        (item.key for item in matching(round_, which) if item.status != "reviewed" and item.key != key), None
    )
