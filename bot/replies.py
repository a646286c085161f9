"""Makes what the desk says fit the channel it goes out on."""

from collections.abc import Sequence
from dataclasses import replace

from bot.segments import split
from flows.message import Message
from flows.words import Rendered, Words

HINT = "desk.more_hint"
MOST_SEGMENTS = 3  # DESIGN section 4: an SMS reply is up to three segments, more on MORE
PARAGRAPH = {"sms": "\n"}  # a blank line costs units by SMS


def compose(
    words: Words, messages: Sequence[Message], language: str, channel: str
) -> tuple[Rendered, list[str]]:
    """Messages as the one that goes out now in a language, and the parts kept for when the person asks for more.

    Raises ValueError for no message at all, flows.words.UnknownText for a text that is not there.
    """
    whole = combine([words.render(message, language, channel) for message in messages], channel)
    return fit(whole, channel, words.sent(HINT, language)[0])


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


def fit(message: Rendered, channel: str, hint: str) -> tuple[Rendered, list[str]]:
    """What goes out now, and the parts kept for when the person asks for more.

    Only SMS is ever cut; a safety text never is.
    """
    if channel != "sms":
        return message, []
    parts = [message.with_numbers()] if message.safety else split(message.with_numbers(), MOST_SEGMENTS, hint)
    return replace(message, text=parts[0], options=()), parts[1:]
