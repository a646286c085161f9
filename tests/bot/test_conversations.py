"""The three questions people ask first are answered, and booked, in each language and over both channels.

tests/conversations/*.yaml are the transcripts. What a person reads is compared with the catalogue's words.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.words import FSI, PDI, SLOT
from store import bookings, database
from store.models import Booking
from tests.bot.house import House

TRANSCRIPTS = sorted(Path(__file__).parents[1].glob("conversations/*.yaml"))
NUMBER, CHAT = "+447700900123", 4711


def says(house: House, reply: str, key: str, language: str) -> None:
    """The reply holds the text of a key, in the language, around whatever its slots were filled with."""
    text, written_in, _ = house.desk.words.sent(key, language)
    assert written_in == language, f"{key} is not in {language}"
    parts = [re.escape(part.strip()) for part in SLOT.split(text)[::2] if part.strip()]
    plain = reply.replace(FSI, "").replace(PDI, "")
    assert re.search(".*".join(parts), plain, re.S), f"{key} is not in: {plain}"


@pytest.mark.parametrize("channel", ["sms", "telegram"])
@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_the_first_three_questions(house: House, file: Path, channel: str) -> None:
    transcript: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    language = transcript["language"]
    say: Callable[[str], str] = {
        "sms": lambda text: house.sms(NUMBER, text),
        "telegram": lambda text: house.telegram_text(CHAT, text),
    }[channel]
    for part in ("how do I join", "when is citizenship practice", "book a work coach"):
        for line in transcript[part]:
            reply = say(line["person"])
            for key in [*line.get("told", ()), *([line["asked"]] if "asked" in line else ())]:
                says(house, reply, key, language)
    booking = the_booking(house)
    assert booking.occurrence.service == transcript["booked"]["service"]
    assert booking.name == transcript["booked"]["name"]
    assert booking.state == "requested"

    approve(house, booking)
    house.work()
    sent = house.twilio.to(NUMBER) if channel == "sms" else house.telegram.to(CHAT)
    says(house, sent[-1], transcript["confirmed"], language)
    assert booking.reference in sent[-1]
    house.work()
    assert (house.twilio.to(NUMBER) if channel == "sms" else house.telegram.to(CHAT)) == sent


def the_booking(house: House) -> Booking:
    (booking,) = house.bookings()
    return booking


def approve(house: House, booking: Booking) -> None:
    with database.transaction(house.desk.engine) as session:
        bookings.decide(
            session, booking.id, "approve", version=booking.version, actor="demo", now=house.clock()
        )
