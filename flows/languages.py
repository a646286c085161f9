"""The languages of the desk: how each calls itself, which way it is written, how its numbers and lists
look."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

AUTONYMS: dict[str, str] = {
    "en": "English",
    "ar": "العربية",
    "fa": "فارسی / دری",
    "ps": "پښتو",
    "ckb": "کوردی",
    "so": "Soomaali",
    "ti": "ትግርኛ",
    "am": "አማርኛ",
    "ur": "اردو",
    "fr": "Français",
    "uk": "Українська",
    "pl": "Polski",
    "es": "Español",
}
"""Each language in its own script, in the order of the language menu."""

CALLED: dict[str, tuple[str, ...]] = {
    "en": ("english",),
    "ar": ("arabic", "عربي", "عربى", "العربي", "arabi"),
    "fa": ("farsi", "persian", "dari", "فارسی", "فارسي", "دری", "دري"),
    "ps": ("pashto", "pushto", "پشتو", "پختو"),
    "ckb": ("kurdish", "sorani", "kurdi", "کوردی", "كوردي", "سۆرانی"),
    "so": ("somali", "somaali", "soomaali"),
    "ti": ("tigrinya", "tigrigna"),
    "am": ("amharic", "amarinya"),
    "ur": ("urdu",),
    "fr": ("french", "francais"),
    "uk": ("ukrainian", "ukrainska", "українською"),
    "pl": ("polish", "po polsku"),
    "es": ("spanish", "espanol", "castellano"),
}
"""Other names that people write. Romanised and English names as in the CLDR and ISO 639 lists."""

ENGLISH: dict[str, str] = {
    "en": "English",
    "ar": "Arabic",
    "fa": "Farsi",
    "ps": "Pashto",
    "ckb": "Kurdish (Sorani)",
    "so": "Somali",
    "ti": "Tigrinya",
    "am": "Amharic",
    "ur": "Urdu",
    "fr": "French",
    "uk": "Ukrainian",
    "pl": "Polish",
    "es": "Spanish",
}
"""How staff call each language."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps", "ckb", "ur"})

COMMA: dict[str, str] = {"ar": "، ", "fa": "، ", "ps": "، ", "ckb": "، ", "ur": "، ", "am": "፣ ", "ti": "፣ "}


@cache
def locale(language: str) -> Locale:
    """The Babel locale for dates; English (UK) where CLDR has none."""
    try:
        return Locale.parse("en_GB" if language == "en" else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")
