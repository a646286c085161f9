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

DENIED: dict[str, tuple[str, ...]] = {
    "en": (
        "not", "no", "don t", "dont", "can t", "cant", "cannot", "isn t", "isnt", "never", "without", "bad", "poor",
        "weak", "little",
    ),
    "ar": ("لا", "ما", "مش", "مو", "لست", "ليس", "ضعيف", "ضعيفة", "قليل", "mish", "mesh", "ma b7ki", "ma ba3ref"),
    "fa": ("نه", "نمی", "نمیدانم", "نمیدونم", "نمیفهمم", "نیستم", "ضعیف", "nemi", "nemidanam", "nemidoonam"),
    "ps": ("نه", "نشم"),
    "ckb": ("نازانم", "ناتوانم", "خراپە"),
    "so": ("ma aqaan", "ma fahmo", "ma hadlo", "kuma hadlo", "maaha"),
    "ti": ("ኣይክእልን", "ኣይፈልጥን", "ኣይዛረብን", "ኣይኮነን"),
    "am": ("አልችልም", "አላውቅም", "አይገባኝም", "አልናገርም", "አይደለም"),
    "ur": ("نہیں", "نہ", "کمزور", "nahi", "nahin", "nai"),
    "fr": ("ne", "pas", "peu", "mal", "aucun"),
    "uk": ("не", "ні", "погано", "слабо"),
    "pl": ("nie", "słabo", "kiepsko"),
    "es": ("no", "poco", "mal"),
}  # fmt: skip
"""Beside the name of a language: the person does not speak it ("my English is bad")."""

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
