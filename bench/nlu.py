"""The trained model in process, a real Rasa server with the same model, and one with Rasa's usual DIET pipeline
trained on the same messages: side by side, on the held-out messages."""

import hashlib
import itertools
import json
import os
import random
import subprocess
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
from nlu.card import DATA, EVAL, MODEL, RASA, fingerprint
from nlu.evaluate import Row, read
from nlu.rasa_server import RasaServer, RasaUnavailable

AT_ONCE = 4
MOST = 1_000  # messages: enough for a p99, and fewer than the parsers remember
ROUND = 30  # messages that one reads before it is the other's turn
START_WITHIN = 180.0  # seconds
LONG, SHORT = 100_000, 400  # characters; the model reads 400 at most (nlu/normal.py)
OURS, RASAS, DIET = "in process", "Rasa server", "Rasa's DIET"
DIET_CONFIG = Path(__file__).with_name("diet.yml")
# The encoder's threads wait for one another, by default spinning: on a busy machine that slows a Rasa server
# far more than this process, which says nothing about either (README.md). So neither spins here.
FAIR = {"OMP_WAIT_POLICY": "passive"}
STEPS = 8


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
    """Let all read the same messages in turns. Raises Missing without a model or without Rasa's environment.

    DIET is trained first when it has not been for these messages; a quick run does without it then.
    """
    rasa, archive = RASA / ".venv/bin/python", MODEL / "intent.rasa.tar.gz"
    if not archive.exists():
        raise Missing("There is no trained model: run `make train`.")
    if not rasa.exists():
        raise Missing("Rasa's environment is not there: run `make rasa`.")
    rows = held_out(60 if quick else MOST)
    diet = diet_archive()
    if not quick:
        step(f"{DIET}: training, if it is new (half an hour or more; --quick leaves it out)")
        train_diet(rasa, diet)
    with tempfile.TemporaryDirectory(prefix="welcome-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        step(f"{OURS}: starting")
        readers = {OURS: stack.enter_context(reader(folder))}
        memory = {OURS: readers[OURS].process.pid}
        step(f"{RASAS}: starting")
        for who, model in ((RASAS, archive), (DIET, diet)):
            if model.exists():
                server, url, seconds = stack.enter_context(rasa_server(rasa, model, folder))
                readers[who] = stack.enter_context(reader(folder, url))
                readers[who].start_seconds, memory[who] = seconds, server.pid
        for group, texts in groups_of([row.text for row in rows], each=3 if quick else 20).items():
            step(f"{group}: {len(texts)} texts")
            for batch in itertools.batched(texts, ROUND):
                for each in readers.values():
                    each.read(group, list(batch))
        return {
            "messages": len(rows),
            "read_by": {
                who: judged(rows, each) | {"mb": resident_mb(memory[who])} for who, each in readers.items()
            },
            "agreement": agreement(readings(readers[OURS]), readings(readers[RASAS])),
        }


def diet_archive() -> Path:
    """Where DIET's model for these very messages and settings is, or will be."""
    made_of = hashlib.sha256(fingerprint().encode() + DIET_CONFIG.read_bytes()).hexdigest()
    return RASA / ".rasa" / "diet" / f"{made_of[:16]}.tar.gz"


def train_diet(rasa: Path, archive: Path) -> None:
    """Train DIET on the training messages as they are written (no misspelt variants, no stories), once."""
    if archive.exists():
        return
    archive.parent.mkdir(parents=True, exist_ok=True)
    options = ["--config", str(DIET_CONFIG), "--nlu", str(DATA), "--out", str(archive.parent)]
    command = [str(rasa), "-W", "ignore", "-m", "rasa", "train", "nlu", *options]
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [*command, "--fixed-model-name", archive.name.removesuffix(".tar.gz")],
        cwd=RASA, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not archive.exists():
        raise Missing(f"DIET could not be trained:\n{(done.stdout + done.stderr)[-2000:]}")


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
    """The figures, readable: each of the others with how many times ours it is."""
    read_by, alike = figures["read_by"], figures["agreement"]
    table = Table(
        "",
        *read_by,
        title=f"nlu: {figures['messages']} held-out messages",
        caption=f"In process and Rasa server, the same model: same intent and topic on {alike['same']:.2%}; "
        f"confidence differs by {alike['largest_difference']:.1e} at most.",
        box=SIMPLE_HEAD,
    )

    def row(name: str, unit: str, *path: str) -> None:
        found: list[float | None] = []
        for each in read_by.values():
            value: Any = each
            for step in path:
                value = value[step]
            found.append(value)
        table.add_row(
            name, *(_beside(value, found[0], unit, first=at == 0) for at, value in enumerate(found))
        )

    row("start until the first answer", "s", "start_seconds")
    row("resident memory at most", "MB", "mb")
    row("one after another", "/s", "per_second")
    row("p50", "ms", "p50_ms")
    row("p99", "ms", "p99_ms")
    row(f"{AT_ONCE} at once", "/s", "per_second_at_once")
    row("the same text again, p50", "ms", "again", "p50_ms")
    row(f"{SHORT} characters, p50", "ms", "short", "p50_ms")
    row(f"{LONG:,} characters, p50", "ms", "long", "p50_ms")
    times = [f"{each['long']['p50_ms'] / each['short']['p50_ms']:.2f} x" for each in read_by.values()]
    table.add_row(f"{LONG:,} against {SHORT} characters", *times)
    table.add_row("intent right", *(f"{each['accuracy']:.2%}" for each in read_by.values()))
    return [table]


def _beside(value: float | None, ours: float | None, unit: str, *, first: bool) -> str:
    if value is None:
        return "not known"
    written = f"{value:,.1f} {unit}" if value >= 1 else f"{value:.2g} {unit}"
    return written if first or not ours else f"{written} ({value / ours:.2g} x)"
