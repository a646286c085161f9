"""What posters and leaflets say, in a language and in English (bot/posters.py lays them out).

Only what is known: what a message costs is not, so nothing is said of it. What can be asked are the names that
the desk uses everywhere.
"""

from __future__ import annotations

from flows.intents import label
from flows.values import Value


class NotPrinted(Exception):
    """A poster or a card could not be set. `reason`: for the log, nothing of what it says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


TEXTS: dict[str, str] = {
    "poster.title": "Write to the library in your language",
    "poster.text": "Send a text message to this number:",
    "poster.telegram": "Or write to us on Telegram:",
    "poster.scan": "Scan the code with your phone's camera.",
    "poster.ask": "You can ask about:",
    "poster.safe": "Library staff can read your messages. We never ask about your case.",
}

SUMMARY = "kb.service.join_library.summary"
"""What a newcomer most needs to know before they come: no identification is needed (kb/services)."""

TOPICS = (
    "join_library",
    "book_session",
    "work_coach",
    "form_help",
    "english_classes",
    "citizenship_practice",
    "driving_theory",
    "computers_printing",
    "borrow_books",
    "talk_to_human",
)
"""What one can ask about, as the menu calls it. Sensitive groups are not on walls."""


def topics() -> list[Value]:
    return [label(topic) for topic in TOPICS]
