"""The trained model in process beside a real Rasa server with the same model, on the held-out messages."""

import itertools
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.common import Figures, Missing, Step, free_port, log_of, python, running, spread
from nlu.card import EVAL, MODEL, RASA
from nlu.evaluate import Row, read
from nlu.rasa_server import RasaServer, RasaUnavailable

AT_ONCE = 4
MOST = 1_000  # messages: enough for a p99, and fewer than the parsers remember
ROUND = 30  # messages that one reads before it is the other's turn
START_WITHIN = 180.0  # seconds
LONG, SHORT = 100_000, 400  # characters; the model reads 400 at most (nlu/normal.py)
OURS, RASAS = "in process", "Rasa server"
# The encoder's threads wait for one another, by default spinning: on a busy machine that slows a Rasa server
# far more than this process, which says nothing about either (README.md). So neither spins here.
FAIR = {"OMP_WAIT_POLICY": "passive"}
STEPS = 6


@dataclass
class Reader:
    """A process that reads with one of the parsers (bench/reader.py), and what it has read."""

    process: "Popen[str]"
    folder: Path
    start_seconds: float
    done: dict[str, Figures] = field(default_factory=dict)

    def read(self, group: str, texts: list[str]) -> None:
        """Read texts; their figures are added to those of the group."""
        assert self.process.stdin and self.process.stdout
        work = {"texts": texts, "at_once": AT_ONCE if group == "many" else 1}
        self.process.stdin.write(json.dumps(work) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The reader failed:\n{log_of(self.folder)}")
        so_far = self.done.setdefault(group, {"seconds": 0.0, "each": [], "readings": []})
        for name, more in json.loads(line).items():
            so_far[name] += more


def run(quick: bool, step: Step) -> Figures:
    """Let both read the same messages in turns. Raises Missing without a model or without Rasa's environment."""
    rasa, archive = RASA / ".venv/bin/python", MODEL / "intent.rasa.tar.gz"
    if not archive.exists():
        raise Missing("There is no trained model: run `make train`.")
    if not rasa.exists():
        raise Missing("Rasa's environment is not there: run `make rasa`.")
    rows = held_out(60 if quick else MOST)
    with tempfile.TemporaryDirectory(prefix="welcome-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        step(f"{OURS}: starting")
        ours = stack.enter_context(reader(folder))
        step(f"{RASAS}: starting")
        server, url, seconds = stack.enter_context(rasa_server(rasa, archive, folder))
        rasas = stack.enter_context(reader(folder, url))
        rasas.start_seconds = seconds
        for group, texts in groups_of([row.text for row in rows], each=3 if quick else 20).items():
            step(f"{group}: {len(texts)} texts")
            for batch in itertools.batched(texts, ROUND):
                ours.read(group, list(batch))
                rasas.read(group, list(batch))
        return {
            "messages": len(rows),
            OURS: judged(rows, ours) | {"mb": resident_mb(ours.process.pid)},
            RASAS: judged(rows, rasas) | {"mb": resident_mb(server.pid)},
            "agreement": agreement(readings(ours), readings(rasas)),
        }


def held_out(most: int | None) -> list[Row]:
    """The messages of nlu/eval/*.csv in a fixed random order, each text once (a repeat would come from memory)."""
    rows = list({row.text: row for row in read(sorted(EVAL.glob("*.csv")))}.values())
    random.Random(1).shuffle(rows)
    return rows[:most]


def groups_of(texts: list[str], each: int) -> dict[str, list[str]]:
    """What is read. Half of the messages go one after another, half several at once. Every text is new to the
    parser, which remembers 2,048; only those of "again" are not."""
    half = len(texts) // 2
    everything = " ".join(texts) * (2 + LONG * 2 // sum(map(len, texts)))
    lengths = [n for _ in range(each) for n in (SHORT, LONG)]  # in turns, and from another place each time
    mixed = [everything[place * 701 :][:length] for place, length in enumerate(lengths)]
    return {
        "one": texts[:half],
        "many": texts[half:],
        "again": texts[half:],
        "lengths": mixed,
    }


@contextmanager
def reader(folder: Path, url: str = "") -> Iterator[Reader]:
    """A reader that has understood its first message: in process, or of the Rasa server at `url`."""
    started = time.perf_counter()
    with running(
        python("-m", "bench.reader", *([url] if url else [])), folder, talks=True, env=FAIR
    ) as process:
        assert process.stdout
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"The reader did not start:\n{log_of(folder)}")
        yield Reader(process, folder, time.perf_counter() - started)


@contextmanager
def rasa_server(rasa: Path, archive: Path, folder: Path) -> Iterator[tuple["Popen[str]", str, float]]:
    """A Rasa server with the archive, on 127.0.0.1: the process, its address, seconds until its first answer."""
    port = free_port()
    options = ["--interface", "127.0.0.1", "--port", str(port), "--model", str(archive)]
    command = [str(rasa), "-W", "ignore", "-m", "rasa", "run", "--enable-api", *options]
    started = time.perf_counter()
    env = {"PYTHONPATH": str(RASA), "RASA_TELEMETRY_ENABLED": "false", **FAIR}
    with running(command, folder, env=env) as process:
        url = f"http://127.0.0.1:{port}"
        parser = RasaServer(url, timeout=10)
        while True:
            try:
                parser.parse("hello")
                break
            except RasaUnavailable as fault:
                waited = time.perf_counter() - started
                if process.poll() is not None or waited > START_WITHIN:
                    raise RuntimeError(f"Rasa did not start: {fault}\n{log_of(folder)}") from None
                time.sleep(0.1)
        parser.close()
        yield process, url, time.perf_counter() - started


def readings(reader: Reader) -> list[list[Any]]:
    """[intent, topic, confidence] of each message, in the order of the rows."""
    found: list[list[Any]] = reader.done["one"]["readings"] + reader.done["many"]["readings"]
    return found


def judged(rows: list[Row], reader: Reader) -> Figures:
    """How fast a reader was, and how often it was right."""
    right = sum(intent == row.intent for row, (intent, _, _) in zip(rows, readings(reader), strict=True))
    one, many, lengths = reader.done["one"], reader.done["many"], reader.done["lengths"]["each"]
    return {
        "start_seconds": round(reader.start_seconds, 2),
        "accuracy": round(right / len(rows), 4),
        "per_second": round(len(one["each"]) / one["seconds"], 1),
        "per_second_at_once": round(len(many["each"]) / many["seconds"], 1),
        **spread(one["each"]),
        "again": spread(reader.done["again"]["each"]),
        "short": spread(lengths[::2]),
        "long": spread(lengths[1::2]),
    }


def resident_mb(pid: int) -> int | None:
    """The most memory the process ever had resident, in MB; None where /proc does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return round(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024)


def agreement(ours: list[list[Any]], rasas: list[list[Any]]) -> Figures:
    """The share of messages that both read alike, and the largest difference in confidence."""
    pairs = list(zip(ours, rasas, strict=True))
    return {
        "same": round(sum(a[:2] == b[:2] for a, b in pairs) / len(pairs), 4),
        "largest_difference": max(abs(a[2] - b[2]) for a, b in pairs),
    }


def tables(figures: Figures) -> list[Table]:
    """The figures, readable."""
    ours, rasas, alike = figures[OURS], figures[RASAS], figures["agreement"]
    table = Table(
        "",
        OURS,
        RASAS,
        "",
        title=f"nlu: {figures['messages']} held-out messages, the same model",
        caption=f"Same intent and topic on {alike['same']:.2%}; "
        f"confidence differs by {alike['largest_difference']:.1e} at most.",
        box=SIMPLE_HEAD,
    )

    def row(name: str, a: float | None, b: float | None, unit: str, *, more_is_better: bool = False) -> None:
        if not a or not b:
            table.add_row(name, str(a), str(b), "")
            return
        better, by = (a >= b, a / b) if more_is_better else (a <= b, b / a)
        ratio = f"{by if better else 1 / by:.1f} x {'better' if better else 'worse'}"
        written = (f"{n:,.1f} {unit}" if n >= 1 else f"{n:.2g} {unit}" for n in (a, b))
        table.add_row(name, *written, ratio)

    row("start until the first answer", ours["start_seconds"], rasas["start_seconds"], "s")
    row("resident memory at most", ours["mb"], rasas["mb"], "MB")
    row("one after another", ours["per_second"], rasas["per_second"], "/s", more_is_better=True)
    row("p50", ours["p50_ms"], rasas["p50_ms"], "ms")
    row("p99", ours["p99_ms"], rasas["p99_ms"], "ms")
    at_once = f"{AT_ONCE} at once"
    row(at_once, ours["per_second_at_once"], rasas["per_second_at_once"], "/s", more_is_better=True)
    row("the same text again, p50", ours["again"]["p50_ms"], rasas["again"]["p50_ms"], "ms")
    row(f"{SHORT} characters, p50", ours["short"]["p50_ms"], rasas["short"]["p50_ms"], "ms")
    row(f"{LONG:,} characters, p50", ours["long"]["p50_ms"], rasas["long"]["p50_ms"], "ms")
    times = [f"{f['long']['p50_ms'] / f['short']['p50_ms']:.2f} x" for f in (ours, rasas)]
    table.add_row(f"{LONG:,} against {SHORT} characters", *times, "")
    table.add_row("intent right", f"{ours['accuracy']:.2%}", f"{rasas['accuracy']:.2%}", "")
    return [table]
