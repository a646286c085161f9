"""Makes a desk card (flows/card.py) fit its channel: as text, and as a picture where pictures can be sent."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.press import Press
from flows.card import CARDS, Card, card
from flows.languages import COMMA, RIGHT_TO_LEFT
from flows.message import Message
from flows.words import Rendered, Words

type Line = tuple[str, str]  # whose ("own", "english") and which

# What a text leaves out, one after another, until it fits; what is left then is what a desk needs.
SPARE: tuple[Line, ...] = (
    ("own", "change"),
    ("english", "show"),
    ("own", "reference"),
    ("own", "name"),
    ("own", "state"),
    ("english", "state"),
    ("english", "name"),
    ("own", "place"),
    ("own", "when"),
    ("own", "show"),
    ("own", "ask"),
)
NEEDED_UNLESS_CONFIRMED = ("own", "state")
ROWS = (
    ("show",),
    ("speak",),
    ("ask",),
    ("service",),
    ("when", "place"),
    ("reference", "name"),
    ("state",),
    ("change",),
)
"""Which lines stand side by side in a text."""


def is_card(message: Message) -> bool:
    return message.key in CARDS


def cards(words: Words, messages: Sequence[Message], language: str, channel: str) -> tuple[Card, ...]:
    """The cards among some messages."""
    return tuple(card(words, each, language, channel) for each in messages if is_card(each))


def as_text(
    words: Words, message: Message, language: str, channel: str, fits: Callable[[Rendered], bool]
) -> Rendered:
    """A card's message as text, own language first: as much of it as `fits`, and at least what a desk needs."""
    plain = words.render(message, language, channel)
    made = card(words, message, language, channel)
    shown = replace(plain, is_draft=plain.is_draft or made.is_draft, in_english=False)
    for text in _texts(made, "\n" if channel == "sms" else "\n\n"):
        shown = replace(shown, text=text)
        if fits(shown):
            break
    return shown


def picture(press: Press, shown: Sequence[Card]) -> bytes:
    """One PNG with all the cards. A name that no typeface can write is left to the text beside it.

    Raises bot.press.NotPrinted.
    """
    language = shown[0].language
    data = [
        {
            "own": _printable(press, each.own),
            "english": _printable(press, each.english),
            "topics": each.topics,
            "confirmed": each.confirmed,
        }
        for each in shown
    ]
    return press.picture("card", {"language": language, "rtl": language in RIGHT_TO_LEFT, "cards": data})


def _printable(press: Press, lines: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in lines.items() if name != "name" or not press.missing(text)}


def _texts(made: Card, between: str) -> Iterator[str]:
    """The card from whole to bare."""
    topics = list(made.topics)
    yield _text(made, (), topics, between)
    while topics:
        topics.pop()
        yield _text(made, (), topics, between)
    left_out: list[Line] = []
    for line in SPARE:
        if made.confirmed or line != NEEDED_UNLESS_CONFIRMED:
            left_out.append(line)
            yield _text(made, left_out, topics, between)


def _text(made: Card, left_out: Collection[Line], topics: Sequence[tuple[str, str]], between: str) -> str:
    blocks = []
    for side, lines, comma in (
        ("own", made.own, COMMA.get(made.language, ", ")),
        ("english", made.english, ", "),
    ):
        rows = (
            comma.join(lines[name] for name in row if name in lines and (side, name) not in left_out)
            for row in ROWS
        )
        blocks.append("\n".join(row for row in rows if row))
    blocks.append("\n".join(mine if mine == theirs else f"{mine} / {theirs}" for mine, theirs in topics))
    return between.join(block for block in blocks if block)
