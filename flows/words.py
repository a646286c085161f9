"""A message in a person's language: the catalogue is looked up by key, then the slots are filled in.

Each entry of flows/texts/<language>.po is in one state (DESIGN section 4): reviewed (a person approved it),
draft (nobody has yet; sent with a mark, or held back), stale (the English changed since: English goes out).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.pofile import read_po

from flows.languages import AUTONYMS, COMMA, RIGHT_TO_LEFT, locale
from flows.message import Message, numbered
from flows.values import Name, Say, Text, Value, When

TEXTS = Path(__file__).parent / "texts"
LONDON = ZoneInfo("Europe/London")
WHEN = "EEE d MMM, HH:mm"
SAFETY = "emergency."
"""Texts under this key go out together with their English until a person has reviewed them."""
MARK = "desk.draft_mark"

SLOT = re.compile(r"\{([a-z_]+)\}")
FSI, PDI = "\u2068", "\u2069"
LATIN_RUN = re.compile(r"[A-Za-z0-9+](?:[A-Za-z0-9 .,:/+'&-]*[A-Za-z0-9])?")
NEEDS_ISOLATE = re.compile(r"[A-Za-z]|[0-9][ /+-]+[0-9]")
RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
GSM_FRIENDLY = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u202f": " ", "\u2026": "...", "\u2013": "-"}
)

type Status = Literal["reviewed", "draft", "stale", "missing"]


class UnknownText(KeyError):
    """A key that no flow, notice or phrase has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One translation as the catalogue has it."""

    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class RenderedOption:
    """A line to choose: `number` is what the person types, `id` what a button sends (at most 64 bytes)."""

    id: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it goes out. `language` is what the text is in: "en" when a translation is missing or
    stale. `safety`: never cut, never held behind MORE."""

    text: str
    options: tuple[RenderedOption, ...]
    language: str
    is_draft: bool
    safety: bool = False

    def with_numbers(self) -> str:
        """The text with its lines numbered, as SMS and the terminal show it."""
        return "\n".join([self.text, *(f"{option.number} {option.label}" for option in self.options)])


@lru_cache(maxsize=64)
def read_catalogue(path: Path, _modified: int) -> Mapping[str, Entry]:
    """The entries of a PO file by key. Kept in memory until the file changes."""
    with path.open("rb") as file:
        catalogue = read_po(file, ignore_obsolete=True)
    entries: dict[str, Entry] = {}
    for message in catalogue:
        if message.id and message.context and isinstance(message.string, str) and message.string:
            reviewed = any(comment.startswith("reviewed:") for comment in message.user_comments)
            status: Status = "stale" if message.fuzzy else "reviewed" if reviewed else "draft"
            entries[message.context] = Entry(message.string, status)
    return entries


@cache
def own_english() -> Mapping[str, str]:
    """Every English text of the flows and notices. Imported late: the flows' files import this one."""
    from flows.catalogue import own  # noqa: PLC0415

    return {entry.key: entry.english for entry in own()}


def isolate(text: str, language: str) -> str:
    """Wrap a filled-in part in isolates when its direction is not that of the language."""
    foreign = NEEDS_ISOLATE if language in RIGHT_TO_LEFT else RTL_LETTER
    return f"{FSI}{text}{PDI}" if foreign.search(text) else text


def isolate_runs(text: str, language: str) -> str:
    """Wrap Latin words and spaced numbers inside right-to-left text: else "116 123" is shown as "123 116"."""
    if language not in RIGHT_TO_LEFT:
        return text
    return LATIN_RUN.sub(lambda run: isolate(run.group(), language), text)


class Words:
    """The catalogue. `phrases`: the knowledge base's texts {key: English}. drafts="hold": English goes out
    until a person has reviewed a text. `languages`: what the desk offers (default: all with a catalogue)."""

    def __init__(
        self,
        phrases: Mapping[str, str] | None = None,
        *,
        folder: Path = TEXTS,
        drafts: Literal["send", "hold"] = "send",
        languages: tuple[str, ...] | None = None,
    ) -> None:
        self.phrases = dict(phrases or {})
        self.folder = folder
        self.drafts = drafts
        self._languages = languages

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that can be chosen, in the order of the menu; English is always one."""
        if self._languages is not None:
            return tuple(code for code in AUTONYMS if code in self._languages or code == "en")
        return tuple(code for code in AUTONYMS if code == "en" or (self.folder / f"{code}.po").exists())

    def english(self, key: str) -> str:
        """Raises UnknownText."""
        text = own_english().get(key) or self.phrases.get(key)
        if text is None:
            raise UnknownText(key)
        return text

    def entry(self, key: str, language: str) -> Entry:
        """The translation and its state, whatever is sent. Raises UnknownText for a key nobody has."""
        english = self.english(key)
        if language == "en":
            return Entry(english, "reviewed")
        path = self.folder / f"{language}.po"
        try:
            modified = path.stat().st_mtime_ns
        except FileNotFoundError:
            return Entry(english, "missing")
        return read_catalogue(path, modified).get(key) or Entry(english, "missing")

    def sent(self, key: str, language: str) -> tuple[str, str, bool]:
        """What goes out for a key: the text, the language it is in, and whether it is a draft."""
        entry = self.entry(key, language)
        english = self.english(key)
        same_slots = set(SLOT.findall(entry.text)) <= set(SLOT.findall(english))
        if entry.status == "reviewed" and same_slots:
            return entry.text, language, False
        if entry.status == "draft" and same_slots and self.drafts == "send":
            return entry.text, language, True
        return english, "en", False

    def value(self, value: Value, language: str) -> str:  # noqa: PLR0911
        """A slot value or an option's label in a language."""
        match value:
            case tuple():
                parts = [self.value(part, language) for part in value]
                lines = any(isinstance(part, tuple) for part in value)
                return ("\n" if lines else COMMA.get(language, ", ")).join(part for part in parts if part)
            case When(at):
                local = at.astimezone(LONDON)
                written = format_datetime(local, WHEN, locale=locale(language))
                return isolate(written.replace(", ", COMMA.get(language, ", ")), language)
            case Name("language", code):
                return isolate(AUTONYMS.get(code, code), language)
            case Name(kind, id_):
                return isolate(self.name(kind, id_, language), language)
            case Say(key):
                return isolate_runs(self.sent(key, language)[0], language)
            case Text(text):
                return isolate(text, language)
        return isolate(str(value), language)

    def name(self, kind: str, id_: str, language: str) -> str:
        """The name of a service, place or partner; its id in words when the knowledge base has none."""
        try:
            return self.sent(f"kb.{kind}.{id_}.name", language)[0]
        except UnknownText:
            return id_.replace("_", " ").replace("-", " ").capitalize()

    def render(self, message: Message, language: str, channel: str = "sms") -> Rendered:
        """The message in a language, for a channel. Raises UnknownText."""
        text, written_in, draft = self.sent(message.key, language)
        safety = message.key.startswith(SAFETY)
        body = self._fill(text, message.values, written_in)
        if safety and language != "en" and (draft or written_in == "en"):
            body = (
                body
                if written_in == "en"
                else f"{body}\n{self._fill(self.english(message.key), message.values, 'en')}"
            )
        options = tuple(
            RenderedOption(option.id, plain(self.value(option.label, language), channel), number)
            for number, option in numbered(message.options)
        )
        parts = (*message.values.values(), *(option.label for option in message.options))
        draft = draft or any(self._is_draft(part, language) for part in parts)
        return Rendered(plain(body, channel), options, written_in, draft, safety)

    def mark(self, language: str, channel: str = "sms") -> str:
        """The short note that no person has checked the translation; said once a conversation."""
        return plain(self._fill(self.sent(MARK, language)[0], {}, language), channel)

    def _fill(self, template: str, values: Mapping[str, Value], language: str) -> str:
        """Put the values in, once: braces in what a person wrote stay as they are."""
        filled: list[str] = []
        for number, part in enumerate(SLOT.split(template)):
            if number % 2 == 0:
                filled.append(isolate_runs(part, language))
            elif part in values:
                filled.append(self.value(values[part], language))
        return "".join(filled)

    def _is_draft(self, label: Value, language: str) -> bool:
        match label:
            case Say(key):
                return self.sent(key, language)[2]
            case Name("service" | "place" | "partner" as kind, id_):
                key = f"kb.{kind}.{id_}.name"
                return key in self.phrases and self.sent(key, language)[2]
            case tuple():
                return any(self._is_draft(part, language) for part in label)
        return False


def plain(text: str, channel: str) -> str:
    """For SMS, quotes and spaces that would alone force the costly alphabet are made plain."""
    return text.translate(GSM_FRIENDLY) if channel == "sms" else text
