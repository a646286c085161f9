"""Makes what the desk says fit the channel it goes out on, and says how far a translation can be trusted."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from bot import cards
from bot.segments import segments, split
from flows.message import Message
from flows.words import IN_ENGLISH, MARK, Rendered, Words

HINT = "desk.more_hint"
MOST_SEGMENTS = 3  # DESIGN section 4: an SMS reply is up to three segments, more on MORE
CAPTION = 1024  # UTF-16 units under a picture: https://core.telegram.org/bots/api#sendphoto
PARAGRAPH = {"sms": "\n"}  # a blank line costs units by SMS


def compose(
    words: Words, messages: Sequence[Message], language: str, channel: str
) -> tuple[Rendered, list[str]]:
    """Messages as the one that goes out now in a language, and the parts kept for when the person asks for more.

    Where English stands in for a translation that is missing or stale, a note says so each time: the person
    did not choose English. Not with a safety text: nothing stands before its numbers.
    Raises ValueError for no message at all, flows.words.UnknownText for a text that is not there.
    """
    rendered = [words.render(message, language, channel) for message in messages]
    for n in (n for n, message in enumerate(messages) if cards.is_card(message)):
        fits = partial(_fits, rendered[:n], rendered[n + 1 :], channel)
        rendered[n] = cards.as_text(words, messages[n], language, channel, fits)
    if any(each.in_english for each in rendered) and not any(each.safety for each in rendered):
        note = words.render(Message(IN_ENGLISH), language, channel)
        rendered = [replace(note, is_draft=False), *rendered]
    return fit(combine(rendered, channel), channel, words.sent(HINT, language)[0])


def marked(
    words: Words, messages: Sequence[Message], language: str, channel: str, said: Collection[str]
) -> tuple[Rendered, list[str]]:
    """As compose; in front of a draft, the note that nobody has checked it, unless it was `said` before
    (the languages for which it was)."""
    first, waiting = compose(words, messages, language, channel)
    if first.is_draft and language not in said and messages[0].key != MARK:
        return compose(words, (Message(MARK), *messages), language, channel)
    return first, waiting


def combine(messages: Sequence[Rendered], channel: str) -> Rendered:
    """Several messages as the one that is sent; the lines to choose from are those of the last.

    Raises ValueError for no message at all.
    """
    if not messages:
        raise ValueError("nothing to say")
    last = messages[-1]
    between = PARAGRAPH.get(channel, "\n\n")
    texts = [message.with_numbers() for message in messages[:-1]] + [last.text]
    return replace(
        last,
        text=between.join(text for text in texts if text),
        is_draft=any(message.is_draft for message in messages),
        safety=any(message.safety for message in messages),
    )


def _fits(before: Sequence[Rendered], after: Sequence[Rendered], channel: str, card: Rendered) -> bool:
    """Whether a card can go out at once with the messages around it."""
    whole = combine([*before, card, *after], channel)
    if channel == "sms":
        return segments(whole.with_numbers()).count <= MOST_SEGMENTS
    return channel != "telegram" or len(whole.text.encode("utf-16-le")) // 2 <= CAPTION


def fit(message: Rendered, channel: str, hint: str) -> tuple[Rendered, list[str]]:
    """What goes out now, and the parts kept for when the person asks for more.

    Only SMS is ever cut; a safety text never is.
    """
    if channel != "sms":
        return message, []
    parts = [message.with_numbers()] if message.safety else split(message.with_numbers(), MOST_SEGMENTS, hint)
    return replace(message, text=parts[0], options=()), parts[1:]
