"""`python -m bench [part ...] [--quick]`: measure, write bench/results/<part>.json, print a table."""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import desk, engines, kills, nlu, queue, sending, subscribers
from bench.common import Figures, Missing, Step, machine

RESULTS = Path(__file__).parent / "results"


class Part(Protocol):
    """What a file of this folder has that can be named on the command line."""

    STEPS: int

    def run(self, quick: bool, step: Step) -> Figures: ...

    def tables(self, figures: Figures) -> list[Table]: ...


PARTS: dict[str, Part] = {
    "nlu": nlu,
    "desk": desk,
    "sending": sending,
    "kills": kills,
    "engines": engines,
    "subscribers": subscribers,
    "queue": queue,
}


def measure(name: str, part: Part, quick: bool, progress: Progress) -> Figures:
    """Run one part with its progress bar and keep its result. Raises Missing."""
    task = progress.add_task(name, total=part.STEPS)
    taken = -1  # a step is announced before it is done

    def step(what: str) -> None:
        nonlocal taken
        taken += 1
        progress.update(task, completed=taken, description=f"{name}: {what}")

    before, start = machine(), time.monotonic()
    figures = part.run(quick, step)
    result = {
        "part": name,
        "quick": quick,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - start, 1),
        "machine_before": before,
        "machine_after": machine(),
        "figures": figures,
    }
    progress.update(task, completed=part.STEPS, description=f"{name}: done in {result['seconds']} s")
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return figures


def main() -> int:
    """Run the parts that are named, or all. 1 when one could not run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer messages and seconds: some minutes")
    wanted = parser.parse_args()
    if unknown := set(wanted.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    names = wanted.parts or list(PARTS)
    RESULTS.mkdir(exist_ok=True)
    out, found, failed = Console(), [], False
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name in names:
            try:
                found.append((PARTS[name], measure(name, PARTS[name], wanted.quick, progress)))
            except Missing as missing:
                progress.console.print(f"{name}: {missing}", style="red")
                failed = True
    for part, figures in found:
        for table in part.tables(figures):
            out.print(table, "")
    state = machine()
    out.print(
        f"{state['cpus']} cores, load {state['load_1_5_15_min']} at the end. Compare the ratios within one run;"
    )
    out.print(
        "absolute times are this machine's, with what else it was doing. bench/README.md explains each part."
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
