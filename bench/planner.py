"""A process that plans what is due and nothing else, so that its memory is the plan's: `python -m bench.planner
DATABASE MOMENT` prints what it took, as JSON."""

import json
import resource
import sys
import time
from datetime import datetime

from sqlalchemy import func, select

from store import database, reminders
from store.models import OutboxRow


def plan(url: str, now: datetime) -> dict[str, float]:
    """Plan all that is due, as the worker does: batch by batch, each committed."""
    engine = database.connect(url)
    begun, longest, some = time.perf_counter(), 0.0, 1
    while some:
        start = time.perf_counter()
        with database.transaction(engine) as session:
            some = reminders.plan(session, now)
        longest = max(longest, time.perf_counter() - start)
    seconds = time.perf_counter() - begun
    with database.reading(engine) as session:
        rows = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
    return {
        "planned": rows,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "longest_transaction_ms": round(longest * 1000),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    print(json.dumps(plan(sys.argv[1], datetime.fromisoformat(sys.argv[2]))))
