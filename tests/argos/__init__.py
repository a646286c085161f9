"""Real, tiny Argos packages (English and French) and what tests do with them. build.py makes them again."""

from datetime import date
from pathlib import Path

from nlu.packages import Installed, install
from tests.argos.build import PAIRS, file_of

TODAY = date(2026, 11, 23)
STAND_IN = Path(__file__).parent / "stand_in.py"
"""A program that speaks as nlu/argos.py does, and misbehaves when a text asks for it."""


def put_into(folder: Path, *pairs: tuple[str, str]) -> dict[str, Installed]:
    """Install the tiny packages (both, unless some are named)."""
    done = [install(file_of(*pair), folder, today=TODAY) for pair in pairs or PAIRS]
    return {each.pair: each for each in done}
