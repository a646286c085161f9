"""How many SMS segments a text takes, and how to cut one that takes too many.

GSM-7: 160 units in one segment, 153 in each of several; a character of the extension table takes two. Any character
outside GSM-7 makes the whole text UCS-2: 70 and 67 UTF-16 units. (3GPP TS 23.038; the tests compare with Twilio's
own calculator.)
"""

from dataclasses import dataclass

import regex

GRAPHEMES = regex.compile(r"\X")
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: its encoding ("GSM-7" or "UCS-2"), its units (septets or UTF-16 units), its segments."""

    encoding: str
    units: int
    count: int


def forces_ucs2(text: str) -> list[str]:
    """The characters, each once and in order, that make a text UCS-2."""
    return list(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENSION))


def segments(text: str) -> Segments:
    """Counts the segments of a text; an empty one takes none."""
    if forces_ucs2(text):
        encoding, single, several = "UCS-2", 70, 67
        sizes = [len(cluster.encode("utf-16-le")) // 2 for cluster in GRAPHEMES.findall(text)]
    else:
        encoding, single, several = "GSM-7", 160, 153
        sizes = [2 if c in _EXTENSION else 1 for c in text]
    units = sum(sizes)
    if units <= single:
        return Segments(encoding, units, 1 if units else 0)
    count, used = 1, 0
    for size in sizes:  # what a reader sees as one character is never split between two segments
        if used + size > several:
            count, used = count + 1, 0
        used += size
    return Segments(encoding, units, count)


def split(text: str, most: int, hint: str) -> list[str]:
    """Cuts a text into parts of at most `most` segments, each but the last ending in the line `hint`.

    Cuts between lines where it can, else between words, else anywhere.
    """
    if segments(text).count <= most:
        return [text]
    parts, rest = [], text
    while segments(rest).count > most:
        cut = _longest(rest, most, hint)
        parts.append(f"{rest[:cut].rstrip()}\n{hint}")
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _longest(text: str, most: int, hint: str) -> int:
    """The last good place to cut so that what stands before it, and the hint, fit."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if segments(f"{text[:middle].rstrip()}\n{hint}").count <= most:
            low = middle
        else:
            high = middle - 1
    for separator in ("\n", " "):
        at = text.rfind(separator, 1, low + 1)
        if at > low // 3:
            return at
    return low
