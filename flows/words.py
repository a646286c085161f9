"""A message in a person's language: the catalogue is looked up by key, then the slots are filled in.

Each translation is in one state (flows/standing.py): reviewed (a person approved it), draft (nobody has yet;
sent with a mark, or held back), stale (the English changed since: English goes out, and says why).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from babel.dates import format_date, format_datetime

from flows.languages import AUTONYMS, COMMA, RIGHT_TO_LEFT, locale
from flows.message import Message, numbered
from flows.numbers import Digits, Plural, count, form_of, in_digits, system
from flows.slots import SLOT, differ, slots
from flows.standing import LONDON, Approved, Entry, read_catalogue, standing
from flows.values import Day, Name, Say, Text, Value, Weekly, When

TEXTS = Path(__file__).parent / "texts"
WHEN = "EEE d MMM, HH:mm"
DAY = "EEE d MMM y"
MONDAY = date(2024, 1, 1)
SAFETY = "emergency."
"""Texts under this key go out together with their English until a person has reviewed them."""
MARK = "desk.draft_mark"
IN_ENGLISH = "desk.in_english"
"""The note that a part is in English because its translation is missing or no longer fits."""
OWN_TEXTS = {IN_ENGLISH: "(Some of this is in English. It is not translated yet.)"}

FSI, PDI, LRM, RLM = "\u2068", "\u2069", "\u200e", "\u200f"
LATIN_RUN = re.compile(r"[A-Za-z0-9+](?:[A-Za-z0-9 .,:/+'&-]*[A-Za-z0-9])?")
NEEDS_ISOLATE = re.compile(r"[A-Za-z]|[0-9][ /+-]+[0-9]")
RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
GSM_FRIENDLY: dict[str, str] = {
    "\u2019": "'",
    "\u2018": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u00a0": " ",
    "\u202f": " ",
    "\u2026": "...",
    "\u2013": "-",
    "\u2014": "-",
    "\u0153": "oe",
    "\u0152": "Oe",
}
"""Signs that alone would make an SMS cost more than double, and what says the same in the cheap alphabet."""
_PLAIN = str.maketrans(GSM_FRIENDLY)


class UnknownText(KeyError):
    """A key that no flow, notice or phrase has."""


@dataclass(frozen=True, slots=True)
class RenderedOption:
    """A line to choose: `number` is what the person types, `id` what a button sends (at most 64 bytes)."""

    id: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it goes out. `language` is what the text is in: "en" when a translation is missing or
    stale. `safety`: never cut, never held behind MORE. `in_english`: English stands somewhere in it because a
    translation is missing or stale. `numbering`: the digits of its lines."""

    text: str
    options: tuple[RenderedOption, ...]
    language: str
    is_draft: bool
    safety: bool = False
    in_english: bool = False
    numbering: str = "latn"

    def with_numbers(self) -> str:
        """The text with its lines numbered, as SMS and the terminal show it."""
        lines = (f"{in_digits(str(each.number), self.numbering)} {each.label}" for each in self.options)
        return "\n".join([self.text, *lines])


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
    """Wrap Latin words and spaced numbers inside right-to-left text: else "116 123" is shown as "123 116".
    The only Latin word of a line, not at its start, stays in its place by itself: two units of an SMS less."""
    if language not in RIGHT_TO_LEFT:
        return text
    return "\n".join(_isolate_line(line, language) for line in text.split("\n"))


def _isolate_line(line: str, language: str) -> str:
    runs = list(LATIN_RUN.finditer(line))
    if len(runs) == 1 and runs[0].group().isalpha() and runs[0].start() > 0:
        return line
    return LATIN_RUN.sub(lambda run: isolate(run.group(), language), line)


def led(text: str, language: str) -> str:
    """A right-to-left mark before a message that begins with a Latin name: browsers, and with them Telegram on
    the web, look at the first letter, also inside an isolate, and would turn the whole message around."""
    strong = (unicodedata.bidirectional(character) for character in text)
    first = next((each for each in strong if each in ("L", "R", "AL")), "")
    return f"{RLM}{text}" if language in RIGHT_TO_LEFT and first == "L" else text


def nothing_approved(_language: str) -> Mapping[str, Approved]:
    """Only the files count."""
    return {}


class Words:
    """The catalogue. `phrases`: the knowledge base's texts {key: English}. drafts="hold": English goes out
    until a person has reviewed a text. `languages`: what the desk offers (default: all with a catalogue).
    `digits`: "native" for the languages that are written with their own. `approved`: what staff have made of
    the texts of a language, by key; asked for every text, so it has to be at hand."""

    def __init__(
        self,
        phrases: Mapping[str, str] | None = None,
        *,
        folder: Path = TEXTS,
        drafts: Literal["send", "hold"] = "send",
        languages: tuple[str, ...] | None = None,
        digits: Mapping[str, Digits] | None = None,
        approved: Callable[[str], Mapping[str, Approved]] = nothing_approved,
    ) -> None:
        self.phrases: Mapping[str, str] = phrases if phrases is not None else {}  # staff may change them
        self.folder = folder
        self.drafts = drafts
        self._languages = languages
        self.digits = dict(digits or {})
        self.approved = approved

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

    def written(self, language: str) -> Mapping[str, Entry]:
        """The translations that come with the desk, by key; none for a language without a catalogue."""
        path = self.folder / f"{language}.po"
        try:
            return read_catalogue(path, path.stat().st_mtime_ns)
        except FileNotFoundError:
            return {}

    def entry(self, key: str, language: str) -> Entry:
        """The translation and its state, whatever is sent. Raises UnknownText for a key nobody has."""
        english = self.english(key)
        if language == "en":
            return Entry(english, "reviewed")
        return standing(english, self.written(language).get(key), self.approved(language).get(key))

    def sent(self, key: str, language: str, number: int | None = None) -> tuple[str, str, bool]:
        """What goes out for a key: the text, the language it is in, and whether it is a draft. `number`:
        picks the plural form of a text that has several."""
        english, entry = self.english(key), self.entry(key, language)
        text = _form(entry, language, number)
        sendable = ("reviewed",) if self.drafts == "hold" else ("reviewed", "draft")
        if entry.status in sendable and text is not None and _may_fill(english, text):
            return text, language, entry.status == "draft"
        one = isinstance(english, Plural) and number is not None and form_of(number, "en") == 0
        return english.one if one and isinstance(english, Plural) else str(english), "en", False

    def stands_in(self, key: str, language: str) -> bool:
        """Whether English goes out because the translation is missing, stale or broken; not when drafts are
        held back on purpose."""
        held = self.drafts == "hold" and self.entry(key, language).status == "draft"
        return language != "en" and not held and self.sent(key, language)[1] == "en"

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
                written = in_digits(written, system(language, self.digits))
                return isolate(written.replace(", ", COMMA.get(language, ", ")), language)
            case Day(on):
                written = format_date(on, DAY, locale=locale(language))
                return isolate(in_digits(written, system(language, self.digits)), language)
            case Weekly():
                return self._weekly(value, language)
            case Name("language", code):
                return isolate(AUTONYMS.get(code, code), language)
            case Name(kind, id_):
                return isolate(self.name(kind, id_, language), language)
            case Say(key):
                text, written_in, _ = self.sent(key, language)
                return isolate_runs(text, language) if written_in == language else isolate(text, language)
            case Text(text):
                return isolate(text, language)
            case int():
                return count(value, language, system(language, self.digits))
        return isolate(str(value), language)

    def _weekly(self, value: Weekly, language: str) -> str:
        """Such as "Mon-Fri 09:00-17:00", "Tue, Thu 10:00"."""
        # Not Babel's stand-alone names: after Pashto's are read it gives them for every language.
        names = [
            format_date(MONDAY + timedelta(days=day), "EEE", locale=locale(language)) for day in range(7)
        ]
        runs = [(run[0], run[-1]) for run in _runs(value.days)]
        days = [names[first] if first == last else f"{names[first]}-{names[last]}" for first, last in runs]
        times = in_digits("-".join(filter(None, (value.opens, value.closes))), system(language, self.digits))
        said = COMMA.get(language, ", ").join(days)
        return f"{isolate(said, language)} {isolate(times, language)}".strip()

    def name(self, kind: str, id_: str, language: str) -> str:
        """The name of a service, place or partner; its id in words when the knowledge base has none."""
        try:
            return self.sent(f"kb.{kind}.{id_}.name", language)[0]
        except UnknownText:
            return id_.replace("_", " ").replace("-", " ").capitalize()

    def render(self, message: Message, language: str, channel: str = "sms") -> Rendered:
        """The message in a language, for a channel. Raises UnknownText."""
        english = self.english(message.key)
        number = message.values.get(english.slot) if isinstance(english, Plural) else None
        text, written_in, draft = self.sent(
            message.key, language, number if isinstance(number, int) else None
        )
        safety = message.key.startswith(SAFETY)
        body = led(self.fill(text, message.values, written_in), written_in)
        if safety and draft:
            last = LRM if language in RIGHT_TO_LEFT else ""  # else its full stop goes to the other side
            body = f"{body}\n{self.fill(english, message.values, 'en')}{last}"
        options = tuple(
            RenderedOption(option.id, plain(self.value(option.label, language), channel), number)
            for number, option in numbered(message.options)
        )
        parts = (*message.values.values(), *(option.label for option in message.options))
        said = [key for part in parts for key in _said(part)]
        names = [key for part in parts for key in _named(part) if key in self.phrases]
        return Rendered(
            plain(body, channel),
            options,
            written_in,
            is_draft=draft or any(self.sent(key, language)[2] for key in (*said, *names)),
            safety=safety,
            in_english=any(self.stands_in(key, language) for key in (message.key, *said)),
            numbering=system(language, self.digits),
        )

    def mark(self, language: str, channel: str = "sms") -> str:
        """The short note that no person has checked the translation; said once a conversation."""
        return plain(self.fill(self.sent(MARK, language)[0], {}, language), channel)

    def fill(self, template: str, values: Mapping[str, Value], language: str) -> str:
        """Put the values in, once: braces in what a person wrote stay as they are."""
        filled: list[str] = []
        for number, part in enumerate(SLOT.split(template)):
            if number % 2 == 0:
                filled.append(isolate_runs(part, language))
            elif part in values:
                filled.append(self.value(values[part], language))
        return "".join(filled)


def _runs(days: Iterable[int]) -> Iterator[list[int]]:
    """Days that follow one another, three or more together; others each by itself."""
    run: list[int] = []
    for day in [*sorted(set(days)), 99]:
        if run and day != run[-1] + 1:
            yield from [run] if len(run) > 2 else [[each] for each in run]
            run = []
        run.append(day)


def _form(entry: Entry, language: str, number: int | None) -> str | None:
    """The form of a translation that a number takes; None when the translation has too few."""
    if number is None:
        return entry.text
    at = form_of(number, language)
    return entry.forms[at] if at < len(entry.forms) else None


def _may_fill(english: str, text: str) -> bool:
    """Whether a text has the slots of its English. A plural form may leave out the number."""
    if not isinstance(english, Plural):
        return not differ(english, text)
    return set(slots(english) - slots(text)) <= {english.slot} and not slots(text) - slots(english)


def _said(value: Value) -> Iterator[str]:
    """The keys of the texts in a value."""
    match value:
        case Say(key):
            yield key
        case tuple():
            for part in value:
                yield from _said(part)


def _named(value: Value) -> Iterator[str]:
    """The keys of the names in a value."""
    match value:
        case Name("service" | "place" | "partner" as kind, id_):
            yield f"kb.{kind}.{id_}.name"
        case tuple():
            for part in value:
                yield from _named(part)


def plain(text: str, channel: str) -> str:
    """For SMS, quotes and spaces that would alone force the costly alphabet are made plain."""
    return text.translate(_PLAIN) if channel == "sms" else text
