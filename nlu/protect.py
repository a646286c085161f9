"""What a machine must not change, and a translation that keeps it.

Large models drop addresses, turn 19:30 into 7:30 and € into $, and invent text (findings/argos.md). So names,
times, dates, numbers, money, references, addresses, {slots} and pictures are masked (X0X, X1X, …) before a
sentence is translated. A translation counts only when each mask came back once, figures in their order, and
nothing of that kind was put in; else the pieces between are translated one by one, and a piece that fails
stays as it was written. So whatever the machine does, each protected part comes back once and unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlu.sentences import ABBREVIATIONS

Translate = Callable[[str], str]
"""One sentence in, its translation out. May raise; may say anything."""

LONGEST = 300
"""Characters of a sentence that a model gets at once: Argos stops writing after 256 pieces of words."""

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thur|Thurs|Fri|Sat|Satur|Sun)(?:day)?\.?,?[ \u00a0]+"
_PICTURE = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff][\ufe0f\u200d\U0001f000-\U0001faff\u2600-\u27bf]*"
)
_SIGNS = {
    "address": r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]…؟،۔]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]+\.)+(?:uk|org|com|net|info|eu)\b(?:/[^\s<>\"']*[^\s<>\"'.,;:!?)\]])?|(?<!\w)@[A-Za-z]\w{3,}",
    "slot": r"\{[^{}\s]*\}|\[…\]|%[sd]",
    "figure": rf"(?:{_WEEKDAY})?(?:{_DAY}[ \u00a0]+(?:of[ \u00a0]+)?{_MONTH}\b\.?(?:,?[ \u00a0]+\d{{4}}\b)?"
    rf"|{_MONTH}\.?[ \u00a0]+(?:\d{{4}}\b|{_DAY}\b(?:,?[ \u00a0]+\d{{4}}\b)?))"  # Tue 24 Nov, March 2006
    r"|\+?\(?\d[\d \u00a0().-]{5,}\d"  # telephone numbers
    r"|\b[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]\d[A-Z]{2}\b|\b[A-Z]{2,}-[A-Z0-9]{3,}\b"  # postcodes, references
    r"|\d{1,2}(?:[:.]\d{2})?[ \u00a0]?(?:[AaPp]\.[Mm]\b\.?|[AaPp][Mm]\b)"  # 7.30 p.m.
    r"|(?:[£€$][ \u00a0]?|\b[A-Za-z]+[-/]?|[+#-])?\d[\dA-Za-z]*(?:[.,:/'’–-][\dA-Za-z]*\d[\dA-Za-z]*)*"
    r"(?:[ \u00a0]?[£€$%])?",  # 10:00-12:00, £5, A4, 24/11, 1,200, 50p
    "picture": _PICTURE,
}
_SIGN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _SIGNS.items()))
_INVENTED = re.compile(r"[\d£€$@{}]|://|www\.|" + _PICTURE)
"""What may not stand in a translation outside its masks."""

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻ]"
_NAME = re.compile(
    rf"(?<![\w-])(?:(?:[A-Z]['’])?{_CAPITAL}\w*[a-zß-öø-ÿąćęłńóśźż][\w'’-]*|[A-Z]{{2,6}})(?![\w'’])"
)
_NO_NAMES = frozenset(
    """I'm I'd I'll I've I’m I’d I’ll I’ve OK Monday Tuesday Wednesday Thursday Friday Saturday Sunday January
    February March April May June July August September October November December English Arabic Farsi Persian Dari
    Pashto Kurdish Sorani Somali Tigrinya Amharic Urdu French Ukrainian Polish Spanish British Christmas Easter
    Pan Pana Panu Panem Pani Panią Państwo Państwa Państwu Państwem Ty Ci Cię Ciebie Tobie Twój Twoja Twoje Twoją
    Usted Ustedes Ud""".split()  # noqa: SIM905
)
"""Words with a capital in the middle of a sentence that are no names: they are translated."""

_MASK = re.compile(r"X\d+X")
_APART = re.compile(r"(?<![A-Za-zÀ-ɏ\d])X\d+X(?![A-Za-zÀ-ɏ\d])")
_END = re.compile(r"(?<=[.!?…؟۔])[\"”’»)]*\s+|\s*\n\s*")
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_AGAIN = re.compile(r"(\w+)(?:\W+\1\b){4}")


@dataclass(frozen=True, slots=True)
class Span:
    """A part that stays as it is: where it starts and ends, and its kind (address, slot, figure, picture, name)."""

    start: int
    end: int
    kind: str


class _NotTrusted(Exception):
    """What the machine said cannot be used."""


def spans(sentence: str, names: Sequence[str] = ()) -> list[Span]:
    """The parts of a sentence that no machine may change, in order, none inside another.

    `names`: names that are known (of libraries, partners). Other names are guessed in Latin letters: words with a
    capital that do not begin the sentence, and short words in capitals; not in a sentence written all in capitals.
    """
    found = [Span(*m.span(), str(m.lastgroup)) for m in _SIGN.finditer(sentence)]
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    if known:
        matches = re.finditer(rf"(?<!\w)(?:{known})(?!\w)", sentence)
        found = _add(found, (Span(*m.span(), "name") for m in matches))
    return _add(found, _guessed(sentence, found))


def _add(found: list[Span], more: Iterable[Span]) -> list[Span]:
    free = [one for one in more if all(one.end <= other.start or one.start >= other.end for other in found)]
    return sorted([*found, *free], key=lambda span: span.start)


def _guessed(sentence: str, found: Sequence[Span]) -> Iterator[Span]:
    open_ = sentence
    for span in found:  # what is protected already says nothing about the rest
        open_ = open_[: span.start] + " " * (span.end - span.start) + open_[span.end :]
    words = re.findall(r"[^\W\d_]+", open_)
    capitals = sum(word[0].isupper() for word in words)
    if not any(word.islower() for word in words) or (len(words) > 5 and capitals * 3 > len(words) * 2):
        return
    start, end = -1, 0
    for match in _NAME.finditer(open_):
        if match.group() in _NO_NAMES or _begins(open_, *match.span()):
            continue
        if start >= 0 and open_[end : match.start()] == " ":  # a name of several words is one name
            end = match.end()
            continue
        if start >= 0:
            yield Span(start, end, "name")
        start, end = match.span()
    if start >= 0:
        yield Span(start, end, "name")


def _begins(sentence: str, start: int, end: int) -> bool:
    """Whether this word has its capital because something begins: the sentence, or words after a colon."""
    before = sentence[:start].rstrip(" \"“«'‘(¿¡-–")
    return not _LETTER.search(before) or (before.endswith(":") and sentence[end : end + 2].strip().islower())


def translated(text: str, translate: Translate, names: Sequence[str] = ()) -> str | None:
    """Return `text` translated sentence by sentence, its lines and its protected parts kept.

    None: nothing in it could be translated, or there was nothing to translate.
    """
    pieces = list(_sentences(text, names))
    kept = [spans(sentence, names) for sentence, _ in pieces]
    parts = {
        sentence[span.start : span.end]
        for (sentence, _), found in zip(pieces, kept, strict=True)
        for span in found
    }
    machine = _Machine(translate, frozenset(parts))
    said = [machine.sentence(sentence, found) for (sentence, _), found in zip(pieces, kept, strict=True)]
    if all(one is None for one in said):
        return None
    return "".join(
        (sentence if one is None else one) + gap for (sentence, gap), one in zip(pieces, said, strict=True)
    )


def _sentences(text: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each sentence and the space after it: joined again, they are the text."""
    start = 0
    for end in _END.finditer(text):
        word = text[start : end.start()].rpartition(" ")[2].rstrip(".").casefold()
        if "\n" not in end.group() and text[end.start() - 1] == "." and word in ABBREVIATIONS:
            continue
        closing = len(end.group()) - len(end.group().lstrip('"”’»)'))
        yield from _cut(text[start : end.start() + closing], end.group()[closing:], names)
        start = end.end()
    yield from _cut(text[start:], "", names)


def _cut(sentence: str, gap: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A sentence that is too long, in parts: cut at spaces that are not within something protected."""
    while len(sentence) > LONGEST:
        kept = spans(sentence, names)
        spaces = [
            m.start()
            for m in re.finditer(r"\s", sentence)
            if not any(span.start <= m.start() < span.end for span in kept)
        ]
        before = [place for place in spaces if 0 < place <= LONGEST] or [p for p in spaces if p > LONGEST][:1]
        if not before:
            break
        pauses = [place for place in before if sentence[place - 1] in ",;:،؛" and place > LONGEST // 2]
        place = (pauses or before)[-1]
        yield sentence[:place], sentence[place]
        sentence = sentence[place + 1 :]
    yield sentence, gap


def _between(sentence: str, kept: Sequence[Span]) -> list[str]:
    edges = [0, *(edge for span in kept for edge in (span.start, span.end)), len(sentence)]
    return [sentence[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]


@dataclass(frozen=True, slots=True)
class _Machine:
    """What translates, and the protected parts of the whole text, none of which it may say by itself."""

    translate: Translate
    parts: frozenset[str]

    def sentence(self, sentence: str, kept: Sequence[Span]) -> str | None:
        """The translation of one sentence; None when it stays as it was written."""
        if not kept:
            return self._words(sentence, sentence.strip())
        between = _between(sentence, kept)
        if not any(_LETTER.search(piece) for piece in between):
            return None
        parts = [sentence[span.start : span.end] for span in kept]
        masked = "".join(f"{piece}X{n}X" for n, piece in enumerate(between[:-1])) + between[-1]
        try:
            said = self._trusted(masked)
            if sorted(_APART.findall(said)) != sorted(f"X{n}X" for n in range(len(kept))):
                raise _NotTrusted
            order = [n for n in (int(mask[1:-1]) for mask in _MASK.findall(said)) if kept[n].kind == "figure"]
            if order != sorted(order):  # "from 10:00 to 12:00" must not end as "from 12:00 to 10:00"
                raise _NotTrusted
        except _NotTrusted:
            pieces = [self._words(piece, _EDGES.sub("", piece)) for piece in between]
            if all(piece is None for piece in pieces):
                return None
            words = [old if new is None else new for old, new in zip(between, pieces, strict=True)]
            return "".join(word + part for word, part in zip(words, [*parts, ""], strict=True))
        return _MASK.sub(lambda mask: parts[int(mask.group()[1:-1])], said)

    def _words(self, piece: str, core: str) -> str | None:
        """The piece with its core translated; None when it has no words or they stay as they were."""
        if not _LETTER.search(core):
            return None
        try:
            said = self._trusted(core)
        except _NotTrusted:
            return None
        start = piece.index(core)
        return None if _MASK.search(said) else piece[:start] + said + piece[start + len(core) :]

    def _trusted(self, words: str) -> str:
        """What the machine says, unless it is empty, far too long, the same over and over, or puts in a number,
        an address or something protected. Raises _NotTrusted."""
        said = " ".join(self.translate(words).split())
        rest = _MASK.sub(" ", said)
        if (
            not _LETTER.search(said)
            or len(said) > 3 * len(words) + 60
            or (_AGAIN.search(said) and not _AGAIN.search(words))
            or _INVENTED.search(rest)
            or any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", rest) for part in self.parts)
        ):
            raise _NotTrusted
        return said
