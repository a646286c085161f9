"""What an SMS costs is counted as Twilio counts it, and a long text is cut where a reader would."""

import random

import pytest

from bot.segments import forces_ucs2, segments, split
from tests import node

ORACLE = """
const { SegmentedMessage } = require('sms-segments-calculator');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map(text => {
  const counted = new SegmentedMessage(text, 'auto');
  return [counted.encodingName, counted.segmentsCount];
})));
"""
ALPHABETS = ("abc ÄÖñ£@", "a{}[]€^~|", "aç’", "سلام ", "Слово ", "👍a", "ሰላም ", "a\n", "👨‍👩‍👧é")


def texts() -> list[str]:
    seeded = random.Random(3)
    lengths = (1, 69, 70, 71, 134, 135, 152, 153, 154, 159, 160, 161, 201, 306, 307, 459, 460)
    return [
        "".join(seeded.choice(alphabet) for _ in range(length))
        for alphabet in ALPHABETS
        for length in lengths
    ]


def test_segments_are_counted_as_twilios_own_calculator_counts_them() -> None:
    wanted = node.run(ORACLE, texts())
    counted = [[segments(text).encoding, segments(text).count] for text in texts()]
    different = [
        (text, ours, theirs)
        for text, ours, theirs in zip(texts(), counted, wanted, strict=True)
        if ours != theirs
    ]
    assert different == []


def test_the_characters_that_cost_are_named() -> None:
    assert forces_ucs2("Ça va, l’équipe ?") == ["’"]


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_every_part_of_a_long_text_fits_and_nothing_is_lost(alphabet: str) -> None:
    text = "\n".join((alphabet * 9).strip() for _ in range(60))
    parts = split(text, 3, "MORE")
    assert all(segments(part).count <= 3 for part in parts)
    said = "".join(part.removesuffix("\nMORE") for part in parts)
    assert "".join(said.split()) == "".join(text.split())


def test_a_text_is_cut_between_lines() -> None:
    parts = split("\n".join(f"line number {n} of the list" for n in range(60)), 3, "MORE")
    assert all(part.removesuffix("\nMORE").endswith("of the list") for part in parts)


def test_a_text_that_fits_is_left_alone() -> None:
    assert split("Hello", 3, "MORE") == ["Hello"]
