"""What a machine may write for people: drafts of our texts, and staff's own words in another language.

Safety texts are never drafted. A draft in the catalogue is marked by its state (flows/words.py) until a person
has approved it; staff's own words go out with the mark beside them. For a language without a package, what goes
out is what people have translated and reviewed, else English.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from babel import Locale

from bot.replies import marked
from bot.segments import segments
from flows import catalogue
from flows.catalogue import Entry
from flows.message import Message
from flows.numbers import Plural
from flows.standing import Entry as Translation
from flows.standing import of_line, standing
from flows.words import SAFETY, Words, isolate_runs, plain
from nlu.translate import NOT_COVERED, Drafted, Translator


class SafetyText(ValueError):
    """A machine was asked to draft a text that only people may translate."""


@dataclass(frozen=True, slots=True)
class Said:
    """Staff's words for one reader. `language`: what they are in; `by_machine`: the mark stands in the text."""

    text: str
    language: str
    by_machine: bool


@dataclass(slots=True)
class Drafts:
    """Drafts of a language by key, and how many texts were left to people, and why."""

    language: str
    made: dict[str, Translation] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)


def language_name(code: str) -> str:
    """The English name of a language: such as "Somali"; the code itself when nobody knows it."""
    return str(Locale("en").languages.get(code, code))


def not_covered(*codes: str) -> str | None:
    """One sentence for those of the languages that Argos Translate lacks, with what happens instead; else None."""
    lacking = [f"{language_name(code)} ({code})" for code in codes if code in NOT_COVERED]
    if not lacking:
        return None
    return (
        f"Argos Translate has no {', '.join(lacking)}: people get the texts that people have translated and reviewed, "
        "else English, and staff read the messages as they were written."
    )


@dataclass(frozen=True, slots=True)
class Looks:
    """A message as its reader will see it, whole. `segments`: what it takes by SMS; `fits`: in one reply."""

    text: str
    language: str
    segments: int
    fits: bool


def previewed(words: Words) -> Callable[[Sequence[Message], str, str, Collection[str]], Looks]:
    """For staff, before they send: what bot/sending.py will make of messages, for a language and a channel.

    The function also takes the languages in which the mark of drafts was said to this person."""

    def look(messages: Sequence[Message], language: str, channel: str, said: Collection[str]) -> Looks:
        first, waiting = marked(words, messages, language, channel, said)
        parts = [first.with_numbers(), *waiting]
        hinted = [part.rpartition("\n")[0] for part in parts[:-1]]  # without "Write MORE to read on."
        text = "\n".join([*hinted, parts[-1]])
        return Looks(text, first.language, segments(text).count, fits=not waiting)

    return look


def said_in(text: str, language: str, *, translator: Translator, words: Words, channel: str = "sms") -> Said:
    """Staff's own words (an announcement) for readers of a language: a machine's translation with the mark, in the
    reader's language, that nobody has checked it. English as it was written when there is no translation, or
    when drafts are held back."""
    drafted = translator.draft(text, language) if language != "en" and words.drafts == "send" else None
    if drafted is None:
        return Said(plain(text, channel), "en", by_machine=False)
    body = plain(isolate_runs(drafted.text, language), channel)
    return Said(f"{body}\n{words.mark(language, channel)}", language, by_machine=True)


def draft(entry: Entry, language: str, translator: Translator) -> Drafted | None:
    """A machine's draft of one text of the catalogue; None when there is none to be had, or it lost a slot.

    Raises SafetyText.
    """
    if entry.key.startswith(SAFETY):
        raise SafetyText(entry.key)
    drafted = translator.draft(entry.english, language)
    if drafted is None or catalogue.wrong(entry.english, (drafted.text,), language):
        return None
    return drafted


def offered(translator: Translator) -> Callable[[Entry, str], str | None]:
    """For the translation desk: a machine's draft of a text, or None; never of a safety text."""

    def offer(entry: Entry, language: str) -> str | None:
        if not entry.key.startswith(SAFETY) and not isinstance(entry.english, Plural):
            drafted = draft(entry, language, translator)
            return drafted.text if drafted is not None else None
        return None

    return offer


def wanting(path: Path, entries: Sequence[Entry]) -> Iterator[Entry]:
    """The texts of a catalogue that are missing or stale."""
    lines = catalogue.read(path) if path.exists() else {}
    for entry in entries:
        line = lines.get(entry.key)
        found = standing(entry.english, of_line(line) if line is not None else None, None)
        if found.status in ("missing", "stale"):
            yield entry


def draft_all(
    path: Path,
    entries: Sequence[Entry],
    translator: Translator,
    today: date,
    done: Callable[[Entry, str], None] = lambda _entry, _text: None,
) -> Drafts:
    """Draft what is missing or stale in a catalogue (<language>.po), without writing it. `done` is told of each."""
    drafts = Drafts(path.stem)
    for entry in wanting(path, entries):
        if entry.key.startswith(SAFETY):
            drafts.left["safety texts, which only people translate"] += 1
        elif isinstance(entry.english, Plural):
            drafts.left["texts with plural forms"] += 1
        elif (drafted := draft(entry, drafts.language, translator)) is None:
            drafts.left["names, and texts the machine could not do"] += 1
        else:
            who = f"machine, {drafted.package}"
            drafts.made[entry.key] = Translation(
                drafted.text, "draft", (drafted.text,), who, today, (entry.english,)
            )
            done(entry, drafted.text)
    return drafts


def write(path: Path, entries: Sequence[Entry], drafts: Drafts, to: Path | None = None) -> None:
    """Put the drafts into the catalogue (or a copy of it, `to`) in one step; what else stands in it stays."""
    lines = catalogue.read(path) if path.exists() else {}
    kept = {key: entry for key, line in lines.items() if (entry := of_line(line)) is not None}
    place = to or path
    new = place.with_suffix(".tmp")
    new.write_bytes(catalogue.written(drafts.language, entries, {**kept, **drafts.made}))
    new.replace(place)
