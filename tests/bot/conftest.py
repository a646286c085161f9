"""A running desk for the tests of the channels."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.bot.house import House, open_house


@pytest.fixture
def house(sqlite_url: str, now: datetime) -> Iterator[House]:
    with open_house(sqlite_url, now) as opened:
        yield opened
