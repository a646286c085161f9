"""Rasa's own server and the desk's reader say the same about every fourth held-out message.

The real `rasa run` from nlu/rasa/.venv serves the committed archive on 127.0.0.1; nothing is trained.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from nlu.card import EVAL, MODEL, RASA
from nlu.evaluate import read
from nlu.parser import TrainedParser
from nlu.rasa_server import RasaServer

ARCHIVE = MODEL / "intent.rasa.tar.gz"
PYTHON = RASA / ".venv" / "bin" / "python"
PATIENCE = 120  # seconds for TensorFlow to be imported on a busy machine


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not PYTHON.exists():
        pytest.fail(
            "Rasa isn't installed: run `make setup`. Without it nothing shows that the export is right."
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("rasa") / "log.txt"
    command = [str(PYTHON), "-W", "ignore", "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1",
               "--port", str(port), "--model", str(ARCHIVE)]  # fmt: skip
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SANIC_WORKERS": "1"}
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=RASA, env={**os.environ, **quiet}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/status", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"Rasa did not start in {PATIENCE} s:\n{log.read_text()[-2000:]}")


@pytest.mark.timeout(900)  # two minutes on a free machine, six on one with much else to do
def test_rasa_and_the_desk_read_every_fourth_held_out_message_alike(rasa: str) -> None:
    desk = TrainedParser.load()
    server = RasaServer(rasa, timeout=30)
    extra = ["/greet", "x" * 5_000, "hello " * 300, "👍 ok", "سلام\u200cعلیکم", "12", "BOOK A WORK COACH!!!"]
    texts = list(dict.fromkeys([r.text for r in read(sorted(EVAL.glob("*.csv")))[::4]] + extra))
    assert len(texts) > 1_000
    different = []
    furthest = 0.0
    with ThreadPoolExecutor(1) as asking, ThreadPoolExecutor(1) as reading:  # both at once
        theirs = asking.map(server.parse, texts)
        ours = reading.map(desk.parse, texts)
        for text, our, their in zip(texts, ours, theirs, strict=True):
            furthest = max(furthest, abs(our.confidence - their.confidence))
            if (our.intent, our.topic, our.sure) != (their.intent, their.topic, their.sure):
                different.append((text, our, their))
    server.close()
    assert different == []
    assert furthest < 1e-3
