"""Real workers, killed at random in the middle of sending: nobody gets two, nobody is forgotten in silence.

The short form of `python -m bench kills`, which does it ten times as long.
"""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from bench.kills import storm

PEOPLE, KILLS = 200, 12


@pytest.mark.timeout(600)  # some seconds where nobody else is at work
def test_43_kill_9_in_the_middle_of_a_broadcast(engine: Engine, database_url: str, tmp_path: Path) -> None:
    workers = 3 if engine.dialect.name == "postgresql" else 1
    found = storm(database_url, workers, PEOPLE, KILLS, tmp_path)
    assert found["got_two"] == 0
    assert found["lost_in_silence"] == 0
    assert found["got_one"] + found["got_none"] == PEOPLE
    assert found["unsure"] <= found["in_flight_at_kills"] + found["cut_off"]
    assert set(found["states"]) <= {"sent", "unsure"}
    assert set(found["reasons"]) <= {"lost", "no_answer", "not_listed"}
