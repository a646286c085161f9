"""Takes the pictures of cards and posters in docs/screenshots: `.venv/bin/python tools/printed.py`.

The person, the number and the bot's name are made up (the number is one that Ofcom keeps for drama).
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bot import cards  # noqa: E402
from bot.posters import Posters, ways  # noqa: E402
from bot.press import Press  # noqa: E402
from bot.settings import Settings  # noqa: E402
from flows.card import BOOKING  # noqa: E402
from flows.message import Message  # noqa: E402
from flows.values import Name, Say, Text, When  # noqa: E402
from flows.words import Words  # noqa: E402
from kb.load import load  # noqa: E402
from kb.phrases import phrases  # noqa: E402

OUT = ROOT / "docs/screenshots"
BOOKED = Message(
    BOOKING,
    {
        "service": Name("service", "work_coach"),
        "when": When(datetime(2026, 11, 24, 14, 0, tzinfo=UTC)),
        "place": Name("place", "central-library"),
        "reference": "LB-7Q2K",
        "name": Text("عبد الله"),
        "state": Say("state.approved"),
    },
)
REACHED = ways(Settings(sms_number="07700 900123", telegram_username="@leicester_welcome_bot"))


def main(words: Words | None = None) -> None:
    """With the texts as they are shipped, or other `words`."""
    kb, press = load(), Press()
    words = words or Words(phrases(kb))
    posters = Posters(press, words, {place.id: place.name for place in kb.places.values()}, REACHED)
    shown = cards.cards(words, [BOOKED], "ar", "telegram")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "card-ar.png").write_bytes(cards.picture(press, shown))
    for language in ("so", "ti"):
        (OUT / f"poster-{language}.png").write_bytes(posters.picture(language, "central-library"))


if __name__ == "__main__":
    main()
