"""Posters and leaflets: a language and English, the number, codes to scan, what one can ask (flows/posters.py).

The plan of 2006 asked for publicity in two languages, and counted the outlets that have it (store/outlets.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import phonenumbers
import segno

from bot.press import Press
from bot.settings import Settings
from flows import posters as texts
from flows.languages import AUTONYMS, RIGHT_TO_LEFT
from flows.message import Message
from flows.values import Name, Say, Value
from flows.words import MARK, Words

USERNAME = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{4,31})")  # what Telegram takes for a name
TELEGRAM, SMS = "telegram", "sms"
SETTING = {SMS: "WELCOME_SMS_NUMBER", TELEGRAM: "WELCOME_TELEGRAM_USERNAME"}


class NoSuchPoster(Exception):
    """No text in that language, or no such library."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach the desk. `shown`: as people read it; `address`: what its code leads to."""

    kind: str
    shown: str
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a language's poster is: how many of its texts are drafts and how many have no translation."""

    texts: int
    drafts: int
    untranslated: int

    @property
    def is_checked(self) -> bool:
        return not self.drafts and not self.untranslated


def ways(settings: Settings) -> tuple[Way, ...]:
    """The ways that are set, SMS first. What is not set, or is no number and no name, is left out."""
    found = []
    number = settings.sms_number or settings.twilio_from
    try:
        parsed = phonenumbers.parse(number, "GB")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        british = parsed.country_code == 44
        form = phonenumbers.PhoneNumberFormat
        shown = phonenumbers.format_number(parsed, form.NATIONAL if british else form.INTERNATIONAL)
        found.append(Way(SMS, shown, f"sms:{phonenumbers.format_number(parsed, form.E164)}"))
    name = USERNAME.fullmatch(settings.telegram_username.strip())
    if name is not None:
        found.append(Way(TELEGRAM, f"@{name[1]}", f"https://t.me/{name[1]}"))
    return tuple(found)


def not_set(found: Sequence[Way]) -> list[str]:
    """The settings that would complete a poster."""
    there = {way.kind for way in found}
    return [setting for kind, setting in SETTING.items() if kind not in there]


@dataclass(frozen=True)
class Posters:
    """Makes posters, for these ways to reach the desk. `places`: library id → its English name."""

    press: Press
    words: Words
    places: Mapping[str, str]
    ways: Sequence[Way]

    @property
    def languages(self) -> Mapping[str, str]:
        """The languages that posters can be made in, each as it calls itself."""
        return {code: AUTONYMS[code] for code in self.words.languages}

    @property
    def missing(self) -> Sequence[str]:
        """The settings without which the posters are not whole."""
        return not_set(self.ways)

    def pdf(self, language: str, place: str, *, leaflet: bool = False) -> bytes:
        """One A4 page to print. Raises NoSuchPoster, bot.press.NotPrinted."""
        return self.press.pdf("poster", self._data(language, place, leaflet=leaflet))

    def picture(self, language: str, place: str, *, leaflet: bool = False) -> bytes:
        """The same as PNG, to look at. Raises NoSuchPoster, bot.press.NotPrinted."""
        return self.press.picture("poster", self._data(language, place, leaflet=leaflet))

    def standing(self, language: str, place: str) -> Standing:
        """How far the translation of a poster is."""
        if language == "en":
            return Standing(0, 0, 0)
        keys = [*texts.TEXTS, texts.SUMMARY, *self._names(place)]
        sent = [self.words.sent(key, language) for key in keys]
        drafts = sum(draft for _, _, draft in sent)
        return Standing(len(keys), drafts, sum(written_in != language for _, written_in, _ in sent))

    def _names(self, place: str) -> list[str]:
        """The keys of the names on a poster."""
        found = [f"kb.place.{place}.name"]
        for topic in texts.topics():
            found += _keys(topic)
        return [key for key in found if not key.startswith("kb.") or key in self.words.phrases]

    def _data(self, language: str, place: str, *, leaflet: bool) -> dict[str, Any]:
        if language not in self.words.languages or place not in self.places:
            raise NoSuchPoster(f"{language} {place}")
        both = partial(self._both, language)
        name = self._value(language, Name("place", place))
        mark = both(MARK) if self.standing(language, place).drafts else None
        return {
            "language": language,
            "rtl": language in RIGHT_TO_LEFT,
            "leaflet": leaflet,
            "title": f"{self.words.english('poster.title')}: {AUTONYMS[language]}, {self.places[place]}",
            "place": name,
            "heading": both("poster.title"),
            "ways": [
                {
                    **both("poster.text" if way.kind == SMS else "poster.telegram"),
                    "kind": way.kind,
                    "shown": way.shown,
                    "code": code(way.address),
                    "alt": f"QR code: {way.address}",
                }
                for way in self.ways
            ],
            "scan": both("poster.scan"),
            "ask": both("poster.ask"),
            "topics": [self._value(language, each) for each in texts.topics()],
            "notes": [both(texts.SUMMARY), both("poster.safe")],
            "mark": mark,
        }

    def _both(self, language: str, key: str) -> dict[str, str | None]:
        """A text in the language and in English; `own` is None where there is no translation."""
        said = self.words.render(Message(key), language, "poster")
        own = said.text if said.language == language != "en" else None
        return {"own": own, "english": self.words.render(Message(key), "en", "poster").text}

    def _value(self, language: str, value: Value) -> dict[str, str | None]:
        own, english = self.words.value(value, language), self.words.value(value, "en")
        return {"own": own if own != english else None, "english": english}


def code(address: str) -> str:
    """A QR code as SVG, black on white with its quiet zone; a quarter of it may be dirty or torn."""
    made = BytesIO()
    segno.make(address, error="q", micro=False).save(made, kind="svg", border=4, light="#fff", xmldecl=False)
    return made.getvalue().decode()


def _keys(value: Value) -> list[str]:
    """The catalogue keys of a topic's words."""
    match value:
        case Name(kind, id_):
            return [f"kb.{kind}.{id_}.name"]
        case Say(key):
            return [key]
        case tuple():
            return [key for part in value for key in _keys(part)]
    return []
