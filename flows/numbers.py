"""Numbers as people read them: the plural forms of a language, and its digits.

Which form a number takes is the CLDR rule that Babel has. Only forms that whole numbers up to a thousand
reach are asked of translators: French has one more for millions, Polish and Ukrainian for fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from babel.numbers import format_decimal
from babel.plural import PluralRule, to_gettext

from flows.languages import locale

TRIED = 1000
EXAMPLES = 4
ORDER = ("zero", "one", "two", "few", "many", "other")

type Digits = Literal["latin", "native"]

DIGITS: dict[str, str] = {"arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}
"""The digits of the CLDR's numbering systems for the languages that have their own. Amharic and Tigrinya
have no digit for nought: times and counts are written in Latin digits there, also in Ethiopia."""


class Plural(str):
    """English with a number in it: its value is the form for many, `one` the form for 1, `slot` the number."""

    one: str
    slot: str

    def __new__(cls, one: str, many: str, slot: str = "count") -> Plural:
        made = super().__new__(cls, many)
        made.one, made.slot = one, slot
        return made


def english_forms(text: str) -> tuple[str, ...]:
    """The forms of an English text: one, or for a Plural two (for 1, for many)."""
    return (text.one, str(text)) if isinstance(text, Plural) else (text,)


@dataclass(frozen=True, slots=True)
class Form:
    """One plural form of a language. `numbers`: the first that take it. `only`: no other does."""

    name: str
    numbers: tuple[int, ...]
    only: bool

    def __str__(self) -> str:
        """For the translator: "1", "2, 3, 4, 22 …"."""
        return ", ".join(map(str, self.numbers)) + ("" if self.only else " …")


@cache
def forms(language: str) -> tuple[Form, ...]:
    """The plural forms of a language, in the order of a PO file."""
    rule = locale(language).plural_form
    found: dict[str, list[int]] = {}
    for number in range(TRIED + 1):
        found.setdefault(rule(number), []).append(number)
    return tuple(
        Form(name, tuple(found[name][:EXAMPLES]), only=len(found[name]) == 1)
        for name in ORDER
        if name in found
    )


def form_of(number: int, language: str) -> int:
    """Which of the forms a number takes."""
    name = locale(language).plural_form(abs(number))
    names = [form.name for form in forms(language)]
    return names.index(name) if name in names else len(names) - 1


@cache
def plural_header(language: str) -> str:
    """The "Plural-Forms" of a PO file."""
    rules = locale(language).plural_form.rules
    names = [form.name for form in forms(language)]
    return to_gettext(PluralRule({name: rules[name] for name in names[:-1]}))


def numbering(language: str) -> str:
    """The CLDR's name of the digits that a language calls its own: "latn", "arab", "arabext"."""
    native = locale(language).other_numbering_systems["native"]
    return str(native) if native in DIGITS else "latn"


def system(language: str, wanted: Mapping[str, Digits]) -> str:
    """The digits to write a language with: Latin unless `wanted` says "native"."""
    return numbering(language) if wanted.get(language) == "native" else "latn"


def in_digits(text: str, system: str) -> str:
    """A text with its Latin digits in those of a numbering system."""
    own = DIGITS.get(system, "")
    return text.translate({ord("0") + value: digit for value, digit in enumerate(own)})


def count(number: int, language: str, system: str = "latn") -> str:
    """A number as the language groups it: "1,200"."""
    grouped = str(format_decimal(number, locale=locale(language), numbering_system=system))
    return in_digits(grouped, system)
