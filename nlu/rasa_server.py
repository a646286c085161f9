"""The same model behind a Rasa server (setting WELCOME_NLU_URL), to share one or to try another pipeline."""

from __future__ import annotations

from typing import Any

import httpx

from nlu.card import read_card, thresholds
from nlu.cleaning import clean
from nlu.normal import for_model
from nlu.understanding import NOTHING, Thresholds, Understanding, understand


class RasaUnavailable(RuntimeError):
    """The Rasa server didn't answer in time, or not with a reading. The desk then answers with its menu."""


class RasaServer:
    """The IntentParser that asks a Rasa server's POST /model/parse.

    `timeout` in seconds for the whole answer. The server must be private: with `rasa run` it has no
    password, and what people write goes to it (nlu/rasa/README.md).
    """

    def __init__(
        self,
        url: str,
        timeout: float = 3.0,
        *,
        limits: Thresholds | None = None,
        client: httpx.Client | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/model/parse"
        self._timeout = timeout
        self._limits = limits or thresholds(read_card())
        self._client = client or httpx.Client(timeout=timeout, follow_redirects=False)

    def parse(self, text: str) -> Understanding:
        """Return what `text` means. Raises RasaUnavailable: no answer, a refusal, no model, not a reading.

        A slash at the start is taken away: Rasa would take "/greet" for an order, with confidence 1.
        """
        text = for_model(clean(text))
        if not text:
            return NOTHING
        try:
            answer = self._client.post(self._url, json={"text": text}, timeout=self._timeout)
        except httpx.TimeoutException as fault:
            raise RasaUnavailable(f"The Rasa server took longer than {self._timeout:g} s.") from fault
        except httpx.HTTPError as fault:
            raise RasaUnavailable(f"The Rasa server can't be reached ({type(fault).__name__}).") from fault
        if answer.status_code != httpx.codes.OK:
            raise RasaUnavailable(f"The Rasa server answered {answer.status_code} (409 = it has no model).")
        return understand(_ranking(answer), self._limits)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _ranking(answer: httpx.Response) -> dict[str, float]:
    try:
        found: Any = answer.json()
        ranking = {str(line["name"]): float(line["confidence"]) for line in found["intent_ranking"]}
    except (ValueError, KeyError, TypeError) as fault:
        raise RasaUnavailable("The Rasa server's answer is not a reading of a message.") from fault
    if not ranking:
        raise RasaUnavailable("The Rasa server knows no intent: it has no trained model.")
    return ranking
