"""A Rasa server may answer instead: the same readings, and a clear error when it doesn't."""

import json
from collections.abc import Callable

import httpx
import pytest

from nlu.rasa_server import RasaServer, RasaUnavailable
from nlu.understanding import NOTHING, Thresholds

LIMITS = Thresholds(sure=0.6, half_sure=0.3, emergency=0.6, maybe_emergency=0.2)
GOOD = {"intent_ranking": [{"name": "greet", "confidence": 0.9}, {"name": "menu", "confidence": 0.1}]}


def server(answer: Callable[[httpx.Request], httpx.Response]) -> RasaServer:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return RasaServer("http://127.0.0.1:5005/", timeout=0.5, limits=LIMITS, client=client)


def test_its_ranking_becomes_an_understanding() -> None:
    understood = server(lambda _: httpx.Response(200, json=GOOD)).parse("hello")
    assert (understood.intent, understood.confidence, understood.sure) == ("greet", 0.9, True)
    assert [a.intent for a in understood.alternatives] == ["greet", "menu"]


def test_what_is_sent_is_cleaned_and_has_no_slash_in_front() -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["text"])
        assert request.url.path == "/model/parse"
        return httpx.Response(200, json=GOOD)

    rasa = server(answer)
    rasa.parse("/greet\u202e\x00")
    rasa.parse(" / /inform{}")
    rasa.parse("x" * 5_000)
    assert sent[:2] == ["greet", "inform{}"]
    assert len(sent[2]) <= 400


def test_a_message_without_a_word_is_not_sent() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing should be asked")

    assert server(answer).parse("😀") == NOTHING
    assert server(answer).parse("") == NOTHING


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow", request=request)


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (slow, "longer than 0.5 s"),
        (gone, "can't be reached"),
        (lambda _: httpx.Response(409, json={"reason": "no model"}), "409"),
        (lambda _: httpx.Response(500, text="oops"), "500"),
        (lambda _: httpx.Response(302, headers={"location": "http://127.0.0.1:1/"}), "302"),
        (lambda _: httpx.Response(200, text="<html>"), "not a reading"),
        (lambda _: httpx.Response(200, json=[1]), "not a reading"),
        (lambda _: httpx.Response(200, json={"intent_ranking": [{"name": "x"}]}), "not a reading"),
        (lambda _: httpx.Response(200, json={"intent_ranking": []}), "no trained model"),
    ],
)
def test_anything_else_is_one_clear_error(
    answer: Callable[[httpx.Request], httpx.Response], words: str
) -> None:
    with pytest.raises(RasaUnavailable, match=words) as caught:
        server(answer).parse("my secret message")
    assert "secret" not in str(caught.value)
