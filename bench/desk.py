"""The whole desk under people who write at once: signed SMS webhooks to the real app in its own process."""

import asyncio
import itertools
import json
import random
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import aiohttp
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.common import (
    DATABASES,
    PUBLIC,
    Figures,
    Step,
    free_port,
    fresh_database,
    log_of,
    running,
    settings,
    spread,
    welcome,
)
from bench.nlu import held_out
from tests.fakes import twilio

PEOPLE = (1, 8, 32)
WHAT = ("/livez", "menus", "free text")
STEPS = len(DATABASES) * (1 + len(WHAT) * len(PEOPLE))
START_WITHIN = 120.0  # seconds
PATH = "/channels/sms"

BY_NUMBER = ("menu", "1", "1", "2", "1", "0")
"""The menu, a line, the language, "Book a place", a service, back: every answer is a list of lines to choose."""
TEXTS_EACH = 3
"""How many texts one person writes: far from the 30 a minute at which the desk asks for patience."""


@dataclass(frozen=True)
class Ask:
    """One request, and what its answer has to hold to count as one."""

    method: str
    path: str
    wanted: bytes
    form: dict[str, str] | None = None
    headers: dict[str, str] | None = None


def run(quick: bool, step: Step) -> Figures:
    """Drive a desk on each database in turns: some seconds for each kind of request and number of people."""
    seconds = 0.8 if quick else 6.0
    rows: list[Figures] = []
    with ExitStack() as stack:
        addresses: dict[str, str] = {}
        for database in DATABASES:
            step(f"{database}: starting")
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="welcome-bench-")))
            url = stack.enter_context(fresh_database(database, folder))
            addresses[database] = stack.enter_context(open_desk(url, folder))
        missing = missing_at(addresses["SQLite"])
        sids = itertools.count(1)
        texts = free_texts()
        for place, people in enumerate(PEOPLE):
            mine = texts[place :: len(PEOPLE)]  # nobody's text comes to a desk twice
            for what, database in itertools.product(WHAT, DATABASES):
                step(f"{database}: {what}, {people} at once")
                talks: dict[str, Iterable[list[Ask]]] = {
                    "/livez": itertools.repeat([Ask("GET", "/livez", b"ok")]),
                    "menus": (talk(BY_NUMBER, sids, b"\n1 ") for _ in itertools.count()),
                    "free text": (talk(each, sids, b"<Message>") for each in mine),
                }
                found = asyncio.run(drive(addresses[database], people, seconds, iter(talks[what])))
                rows.append({"database": database, "what": what, "people": people, **found})
    return {"missing": missing, "rows": rows}


@contextmanager
def open_desk(database_url: str, folder: Path) -> Iterator[str]:
    """`welcome web --demo` on a free port, warm; its address."""
    port = free_port()
    with running(welcome("web", "--demo"), folder, env=settings(database_url, port=str(port))) as process:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START_WITHIN
        while True:
            try:
                urllib.request.urlopen(f"{address}/livez", timeout=5).close()
                break
            except URLError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"The desk did not start:\n{log_of(folder)}") from None
                time.sleep(0.1)
        warm = talk(("menu", "1", "1", "xqz wvk", "menu", "plok brrt"), itertools.count(10**9), b"<Message>")
        asyncio.run(drive(address, 1, 60.0, iter([warm])))  # the model and the search by meaning are loaded
        yield address


def missing_at(address: str) -> list[str]:
    """What the desk says it runs without (no model: free text gets menus, which is another measurement)."""
    with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
        found: list[str] = json.load(answer)["missing"]
        return found


def free_texts() -> list[tuple[str, ...]]:
    """The held-out messages as what people write, each in one language."""
    by_language: dict[str, list[str]] = {}
    for row in held_out(None):
        by_language.setdefault(row.language, []).append(row.text)
    told = [batch for texts in by_language.values() for batch in itertools.batched(texts, TEXTS_EACH)]
    random.Random(1).shuffle(told)  # the languages mixed, the same in each run
    return told


def talk(texts: Sequence[str], sids: Iterator[int], wanted: bytes) -> list[Ask]:
    """What a person who never wrote before sends, one after another, signed as Twilio signs."""
    asks: list[Ask] = []
    number = ""
    for text in texts:
        sid = next(sids)
        number = number or f"+447{sid % 10**9:09d}"
        form = twilio.inbound(f"SM{sid:032x}", number, text)
        asks.append(Ask("POST", PATH, wanted, form, twilio.signed(PUBLIC, PATH, form)))
    return asks


async def drive(address: str, people: int, seconds: float, talks: Iterator[list[Ask]]) -> Figures:
    """So many people at once take talk after talk, for `seconds` or until there is none left."""
    each: list[float] = []
    wrong: list[str] = []
    connector = aiohttp.TCPConnector(limit=people)
    start = time.perf_counter()
    async with aiohttp.ClientSession(address, connector=connector) as http:

        async def person() -> None:
            for asks in talks:
                for ask in asks:
                    if time.perf_counter() - start > seconds:
                        return
                    begun = time.perf_counter()
                    async with http.request(
                        ask.method, ask.path, data=ask.form, headers=ask.headers
                    ) as answer:
                        body = await answer.read()
                    each.append(time.perf_counter() - begun)
                    if answer.status != 200 or ask.wanted not in body:
                        wrong.append(str(answer.status))

        await asyncio.gather(*(person() for _ in range(people)))
    elapsed = time.perf_counter() - start
    return {
        "turns": len(each),
        "per_second": round(len(each) / elapsed, 1),
        "wrong": len(wrong),
        "statuses_of_wrong": sorted(set(wrong)),
        **spread(each),
    }


def tables(figures: Figures) -> list[Table]:
    """The figures, readable: each database beside its floor, the same server's /livez."""
    title = "desk: signed SMS webhooks to the whole desk"
    if figures["missing"]:
        title += f" (WITHOUT: {', '.join(figures['missing'])})"
    wrong = sum(row["wrong"] for row in figures["rows"])
    caption = f"p50, p99: ms; floor: one turn takes as long as so many /livez. Refused or wrong: {wrong}."
    table = Table(title=title, caption=caption, box=SIMPLE_HEAD, collapse_padding=True)
    table.add_column("people", no_wrap=True)
    for database in DATABASES:
        for name in (f"{database}\nturns/s", "\np50", "\np99", "\nfloor"):
            table.add_column(name, justify="right", no_wrap=True)
    rows = {(r["database"], r["people"], r["what"]): r for r in figures["rows"]}
    for people, what in itertools.product(PEOPLE, WHAT):
        cells: list[str] = []
        for database in DATABASES:
            row, floor = rows[database, people, what], rows[database, people, WHAT[0]]
            ratio = f"{floor['per_second'] / row['per_second']:.0f} x"
            cells += [f"{row['per_second']:.0f}", f"{row['p50_ms']:.1f}", f"{row['p99_ms']:.0f}", ratio]
        table.add_row(f"{people:>2} {what}", *cells, end_section=what == WHAT[-1])
    return [table]
