"""Yes, no and "go back" in a word, by language, as people type them, romanised too (English first).

Longer ways of agreeing are the parser's: the intents affirm and deny. To be looked over with each catalogue.
"""

from __future__ import annotations

YES: dict[str, tuple[str, ...]] = {
    "en": ("yes", "y", "yeah", "yep", "ok", "okay", "sure", "correct", "👍", "👌", "✅"),
    "ar": ("نعم", "ايوه", "أيوه", "اي", "اه", "تمام", "naam", "aywa"),
    "fa": ("بله", "آره", "اره", "بلی", "باشه", "bale", "areh"),
    "ps": ("هو",),
    "ckb": ("بەڵێ", "باشە"),
    "so": ("haa", "haye"),
    "ti": ("እወ", "hawe"),
    "am": ("አዎ", "እሺ"),
    "ur": ("ہاں", "جی", "جی ہاں", "haan", "han", "ji"),
    "fr": ("oui", "ouais", "d'accord"),
    "uk": ("так", "да", "ага", "добре"),
    "pl": ("tak", "dobrze"),
    "es": ("si", "sí", "vale"),
}

NO: dict[str, tuple[str, ...]] = {
    "en": ("no", "n", "nope", "nah", "👎", "❌"),
    "ar": ("لا", "لأ", "كلا", "la"),
    "fa": ("نه", "خیر", "نخیر", "na", "kheyr"),
    "ps": ("نه", "نا"),
    "ckb": ("نەخێر", "نا"),
    "so": ("maya",),
    "ti": ("ኣይፋልን",),
    "am": ("አይ", "አይደለም"),
    "ur": ("نہیں", "nahi", "nahin"),
    "fr": ("non",),
    "uk": ("ні", "нет"),
    "pl": ("nie",),
    "es": ("no",),
}

BACK: dict[str, tuple[str, ...]] = {
    "en": ("back", "change"),
    "ar": ("رجوع", "ارجع", "تغيير"),
    "fa": ("بازگشت", "برگشت", "تغییر"),
    "ps": ("شاته",),
    "ckb": ("گەڕانەوە",),
    "so": ("dib", "beddel"),
    "ti": ("ተመለስ",),
    "am": ("ተመለስ",),
    "ur": ("واپس",),
    "fr": ("retour", "modifier", "changer"),
    "uk": ("назад", "змінити"),
    "pl": ("wstecz", "zmień"),
    "es": ("atrás", "volver", "cambiar"),
}
