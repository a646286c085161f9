"""One parser reads messages in a process of its own, so that its start and its memory are its own.

bench/nlu.py starts it as `python -m bench.reader [URL of a Rasa server]` and waits for "ready". Each line of
JSON it then gets, {"texts": [...], "at_once": threads}, it answers with one:
{"seconds": for all, "each": [seconds], "readings": [[intent, topic, confidence]]}. It ends with its input.
It imports nothing but the parser: what it needs must not count as the parser's memory.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from nlu.understanding import IntentParser


def parser(url: str | None) -> IntentParser:
    """The trained model in this process, or the Rasa server at `url`: each imports only what it needs."""
    if url is None:
        from nlu.parser import TrainedParser  # noqa: PLC0415

        return TrainedParser.load()
    from nlu.rasa_server import RasaServer  # noqa: PLC0415

    return RasaServer(url, timeout=60)


def read(reader: IntentParser, texts: list[str], at_once: int) -> dict[str, Any]:
    """Parse every text, so many at once; how long all and each took, and what was understood."""

    def one(text: str) -> tuple[float, list[Any]]:
        start = time.perf_counter()
        found = reader.parse(text)
        return time.perf_counter() - start, [found.intent, found.topic, found.confidence]

    with ThreadPoolExecutor(at_once) as pool:
        start = time.perf_counter()
        done = list(pool.map(one, texts))
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "each": [d[0] for d in done], "readings": [d[1] for d in done]}


def main() -> None:
    """Say "ready" after a first message was understood, then read what comes."""
    reader = parser(sys.argv[1] if len(sys.argv) > 1 else None)
    reader.parse("hello")
    print("ready", flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        print(json.dumps(read(reader, work["texts"], work["at_once"])), flush=True)


if __name__ == "__main__":
    main()
