"""Short answers in a word, by language, as people type them, romanised too (English first): yes, no, "go back",
"cancel", what stands beside a number, and what is nobody's name.

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

LEAVE: dict[str, tuple[str, ...]] = {
    "en": (
        "cancel", "cancel it", "cancel this", "cancel that", "stop it", "stop this", "never mind", "nevermind",
        "forget it", "forget this", "leave it", "leave this", "i changed my mind", "changed my mind",
    ),
    "ar": ("إلغاء", "ألغي", "ألغيها", "كنسل", "خلص انسى", "انسى الموضوع", "غيرت رأيي", "elgha2", "ilgha2"),
    "fa": ("لغو", "لغو کن", "لغو کنید", "کنسل", "کنسل کن", "منصرف شدم", "ولش کن", "cansel", "velesh kon"),
    "ps": ("لغوه", "لغوه کړه", "لغوه کړئ", "کنسل"),
    "ckb": ("هەڵوەشاندنەوە", "هەڵیبوەشێنەوە", "هەڵیوەشێنەوە"),
    "so": ("kansal", "baaji", "ka noqo", "iska dhaaf", "iska daa"),
    "ti": ("ግደፎ", "ይትረፍ"),
    "am": ("ተወው", "ይቅር", "ይቅርብኝ"),
    "ur": ("منسوخ", "منسوخ کریں", "کینسل", "کینسل کریں", "رہنے دو", "رہنے دیں", "cancel karo", "rehne do"),
    "fr": ("annuler", "annule", "annulez", "laisse tomber", "laissez tomber", "oublie", "oubliez"),
    "uk": ("скасувати", "скасуйте", "скасуй", "відмінити", "відміна", "передумав", "передумала", "отмена"),
    "pl": ("anuluj", "anulować", "anulujcie", "rezygnuję", "nieważne", "rozmyśliłem się", "rozmyśliłam się"),
    "es": ("cancelar", "cancela", "cancelo", "anular", "déjalo", "olvídalo", "no importa"),
}  # fmt: skip
"""What leaves the flow that waits. Not those that are words for "stop" (nlu/words): they opt out."""

NUMBER: dict[str, tuple[str, ...]] = {
    "en": (
        "number",
        "no",
        "nr",
        "num",
        "option",
        "line",
        "choice",
        "answer",
        "i",
        "choose",
        "pick",
        "select",
    ),
    "ar": ("رقم", "الرقم", "خيار", "الخيار", "اختار", "raqm", "raqam", "ra2m"),
    "fa": ("شماره", "گزینه", "عدد", "نمره", "shomare"),
    "ps": ("شمېره", "شمیره", "لمبر"),
    "ckb": ("ژمارە", "ژمارەی"),
    "so": ("lambar", "lambarka", "nambar", "nambarka", "tirada"),
    "ti": ("ቁጽሪ",),
    "am": ("ቁጥር",),
    "ur": ("نمبر", "آپشن", "nambar"),
    "fr": ("numéro", "n", "choix", "je", "choisis"),
    "uk": ("номер", "варіант", "пункт", "вибираю", "обираю"),
    "pl": ("numer", "opcja", "opcję", "wybieram"),
    "es": ("número", "núm", "opción", "elijo", "escojo"),
}
"""What may stand beside the number of a line."""

UNCLEAR: dict[str, tuple[str, ...]] = {"pl": ("no",)}
"""What means yes to one and no to another: "no" is Polish for "yeah". Asked again."""

NO_NAME: dict[str, tuple[str, ...]] = {
    "en": (
        "i", "not", "don't", "dont", "forgot", "forget", "what", "why", "where", "which", "cancel", "stop", "language",
        "human", "person", "staff", "agent", "operator", "someone", "card", "more", "next", "start", "info",
    ),
    "ar": ("نسيت", "ماذا", "ليش", "لماذا", "شخص", "موظف", "لغة", "اللغة", "بطاقة"),
    "fa": ("چرا", "نمی", "نمیدانم", "یادم", "زبان", "zaban", "کارمند", "کارت"),
    "ps": ("ولې", "ژبه", "کارت", "کارډ"),
    "ckb": ("کارمەند", "کارت"),
    "so": ("maxay", "luqad", "luqadda", "qof", "shaqaale", "kaar", "kaarka"),
    "ti": ("ቋንቋ", "ሰራሕተኛ", "ካርድ"),
    "am": ("ለምን", "ቋንቋ", "ሰራተኛ", "ሠራተኛ", "ካርድ"),
    "ur": ("کیوں", "زبان", "zuban", "عملہ", "کارڈ"),
    "fr": ("je", "oublié", "pourquoi", "langue", "personne", "carte", "suite", "plus"),
    "uk": ("забув", "забула", "чому", "мова", "людина", "картка", "далі"),
    "pl": ("zapomniałem", "zapomniałam", "dlaczego", "język", "osoba", "pracownik", "karta"),
    "es": ("olvidé", "idioma", "empleado", "tarjeta"),
}  # fmt: skip
"""Words that no first name holds, where one is asked for. What may be a name stands not here: Adam, Maya, Ok."""
