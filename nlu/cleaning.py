"""A text as it arrives, made safe to store and to read. Rules: DESIGN.md section 8."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 1_600
"""Characters kept of one message: the most that ten joined SMS hold (DESIGN.md, section 8)."""

# Direction marks, embeddings and isolates can make a text look like another one on a staff page.
# U+200C and U+200D (zero-width joiners) stay: Farsi and Kurdish words need them.
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_KEPT_CONTROLS = "\n\t"
_GAP = "[…]"


def clean(text: str) -> str:
    """Return `text` in NFC without NUL, control characters, lone surrogates and direction marks.

    Zero-width joiners are kept, line ends become `\\n`, spaces at both ends go, and at most
    1,600 characters are returned. Never raises; any string is good enough.
    """
    text = text[: LIMIT * 4].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if _is_kept(c))
    return unicodedata.normalize("NFC", kept).strip()[:LIMIT].strip()


def _is_kept(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return True
    if character in _BIDI:
        return False
    return unicodedata.category(character) not in ("Cc", "Cs")


# Home Office references: a letter and six to eight digits, with an optional sub-number (A1234567/2);
# Unique Application Numbers 1212-0001-2345-6789(/00); GWF and NASS references (UKVI guidance forms).
_REFERENCES = (
    re.compile(
        r"\b(?:nass|ref(?:erence)?|ho|h\.o\.)[\s.:#/-]*(?:no\.?|number|nr)?[\s.:#/-]*"
        r"[a-z]{0,3}\s?\d[\d/ -]{4,}\d\b",
        re.I,
    ),
    re.compile(r"\b\d{4}[\s-]\d{4}[\s-]\d{4}[\s-]\d{4}(?:/\d{1,3})?\b"),
    re.compile(r"\bgwf\s?-?\d{6,10}\b", re.I),
    re.compile(r"\b\d{2}/\d{2}/\d{4,6}(?:/\d{1,3})?\b(?<!/19\d\d)(?<!/20\d\d)"),
    re.compile(r"\b[a-z]{1,2}\s?-?\d{6,8}(?:/\d{1,3})?\b", re.I),
    re.compile(r"\bz[a-z]\s?\d{7}[a-z]?\b", re.I),
    re.compile(
        r"\b(?:pass?e?port\w*|جواز|پاسپورت|پاسپورٹ|ፓስፖርት|паспорт\w*|pasaporte|paszport\w*|baasaboor\w*)"
        r"\D{0,20}[a-z]{0,2}\d{6,9}\b",
        re.I,
    ),
    re.compile(r"\b[a-ceghj-prstw-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b", re.I),  # National Insurance
)  # fmt: skip
_NUMBER_RUN = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_DIGITS = {ord(c): str(unicodedata.digit(c)) for c in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"}


def redact(text: str) -> str:
    """Return `text` with case references, passport, National Insurance and card numbers as "[…]".

    Meant for what is stored: dates, times, phone numbers and booking references (LB-7Q2K) stay.
    Digits of Arabic and Farsi script are seen as well. Rules: DESIGN.md section 8; bad input 53.
    """
    western = text.translate(_DIGITS)  # one to one, so that positions agree
    spans = [m.span() for rule in _REFERENCES for m in rule.finditer(western)]
    spans += [m.span() for m in _NUMBER_RUN.finditer(western) if _is_card(m.group())]
    result, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            result += [text[end:start], _GAP]
        end = max(end, stop)
    return "".join([*result, text[end:]])


def _is_card(digits: str) -> bool:
    """Luhn's check, as printed on every payment card."""
    numbers = [int(d) for d in digits if d.isdigit()][::-1]
    doubled = [d if i % 2 == 0 else sum(divmod(d * 2, 10)) for i, d in enumerate(numbers)]
    return sum(doubled) % 10 == 0
