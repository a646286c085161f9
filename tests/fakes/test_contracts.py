"""The fakes are true: Twilio's own contract stands between the desk and its fake, Telegram's holds every call.

Both contracts are looked for outside the project (tests/fakes/contracts.py). Without them these checks are skipped.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.channels.channel import CannotAsk, MaybeSent, NotNow, Refused
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.worker import wall_clock
from flows.words import Rendered, RenderedOption
from tests.bot import crew
from tests.fakes import telegram
from tests.fakes.contracts import BotApi, NoContract, behind_prism
from tests.fakes.server import serve
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import ACCOUNT, NUMBER, PATH, TOKEN, FakeTwilio

AMINA = "+447700900123"
HELLO = Rendered("Hello. What would you like?", (), "en", is_draft=False)
CHOICE = Rendered(
    "Which?", (RenderedOption("a", "First", 1), RenderedOption("b", "Second", 2)), "en", is_draft=False
)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Behind:
    """A fake Twilio behind Prism, and the desk's channel in front of it."""

    twilio: FakeTwilio
    address: str
    sms: Sms


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    fake = FakeTwilio()
    with ExitStack() as stack:
        upstream = stack.enter_context(serve(fake.app))
        try:
            address = stack.enter_context(behind_prism(upstream))
        except NoContract as missing:
            pytest.skip(str(missing))
        sms = Sms(crew.settings(address, ""), timeout=30)
        stack.callback(sms.close)
        yield Behind(fake, address, sms)


def call(behind: Behind, method: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{behind.address}{PATH}.json", auth=(ACCOUNT, TOKEN), timeout=30, **more)


async def test_twilio_takes_what_the_desk_sends_and_the_desk_what_it_answers(behind: Behind) -> None:
    sid = await behind.sms.send(AMINA, HELLO, 7)
    assert sid == behind.twilio.sent[-1]["sid"]
    assert behind.twilio.sent[-1]["StatusCallback"].endswith("?outbox=7")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (21610, Refused),
        (21211, Refused),
        (20429, NotNow),
        (21611, NotNow),
        (20500, MaybeSent),
        ("drop", MaybeSent),
    ],
)
async def test_every_refusal_of_twilios_reaches_the_desk_as_what_it_is(
    behind: Behind, fault: int | str, error: type[Exception]
) -> None:
    behind.twilio.faults.append(fault)
    with pytest.raises(error):
        await behind.sms.send(AMINA, HELLO, 7)


async def test_the_list_of_messages_keeps_the_contract_page_by_page(behind: Behind) -> None:
    since = wall_clock()
    sids = [await behind.sms.send("+447700900555", HELLO, n) for n in range(3)]
    behind.twilio.sent[-1]["status"] = "undelivered"
    listed = behind.sms.listed("+447700900555", since.replace(microsecond=0))
    assert [each.provider_id for each in listed] == sids
    assert [each.status for each in listed] == ["queued", "queued", "undelivered"]
    page = call(behind, "GET", params={"To": "+447700900555", "PageSize": "2"})
    assert page.status_code == 200
    assert page.json()["next_page_uri"]


async def test_a_list_that_fails_is_said_to_have_failed(behind: Behind) -> None:
    behind.twilio.lists = False
    with pytest.raises(CannotAsk):
        behind.sms.listed(AMINA, wall_clock())
    behind.twilio.lists = True


def test_prism_has_teeth_a_request_and_an_answer_off_the_contract_are_refused(behind: Behind) -> None:
    nobody = call(behind, "POST", data={"From": NUMBER, "Body": "to nobody"})
    assert nobody.status_code == 422
    behind.twilio.sent.append({**behind.twilio.sent[-1], "sid": "not an id"})
    assert call(behind, "GET").status_code == 500
    behind.twilio.sent.pop()


@pytest.fixture
def api() -> BotApi:
    try:
        return BotApi.load()
    except NoContract as missing:
        pytest.skip(str(missing))


@pytest.fixture
def bot(api: BotApi) -> Iterator[tuple[FakeTelegram, Telegram]]:
    fake = FakeTelegram(contract=api)
    with serve(fake.app) as address:
        yield fake, Telegram(crew.settings("", address))


async def test_telegrams_contract_holds_for_every_method_that_the_desk_uses(
    bot: tuple[FakeTelegram, Telegram],
) -> None:
    fake, channel = bot
    await channel.prepare("https://desk.example.org", "webhook")
    await channel.send("5000", HELLO, 1)
    await channel.send("5000", CHOICE, 2)
    await channel.send_picture("5000", CHOICE, PNG, 3)
    await channel.typing("5000")
    button = channel.update(telegram.button_update(1, 5000, "a"))
    await channel.acknowledge(button)
    await channel.prepare("", "polling")
    fake.updates = [telegram.text_update(2, 5000, "hello"), telegram.button_update(3, 5000, "a")]
    assert len(await channel.bot.get_updates(timeout=1)) == 2
    await channel.close()
    assert fake.contract_methods == set(fake.calls)  # nothing of the fake is held against nothing
    assert fake.broken == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", NotNow),
        ("403", Refused),
        ("gone", Refused),
        ("400", Refused),
        ("502", MaybeSent),
        ("cut", MaybeSent),
    ],
)
async def test_every_refusal_of_telegrams_reaches_the_desk_as_what_it_is(
    bot: tuple[FakeTelegram, Telegram], fault: str, error: type[Exception]
) -> None:
    fake, channel = bot
    fake.faults.append(fault)
    with pytest.raises(error):
        await channel.send("5000", HELLO, 1)
    await channel.close()


@pytest.mark.parametrize(
    ("method", "form", "fault"),
    [
        ("sendMessage", {"text": "to nobody"}, "chat_id is missing"),
        ("sendMessage", {"chat_id": "5", "text": "hi", "colour": "red"}, "no colour in the contract"),
        (
            "sendMessage",
            {"chat_id": "5", "text": "hi", "reply_markup": {"inline_keyboard": [[{}]]}},
            "text is missing",
        ),
        ("sendMessage", {"chat_id": "5", "text": "hi", "protect_content": "perhaps"}, "is no Boolean"),
        ("sendMassage", {}, "there is no sendMassage"),
    ],
)
def test_the_bot_api_check_has_teeth(api: BotApi, method: str, form: dict[str, Any], fault: str) -> None:
    assert any(fault in each for each in api.call(method, form))


def test_an_answer_off_the_bot_api_is_found(api: BotApi) -> None:
    message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}}
    assert api.answer("sendMessage", {"ok": True, "result": message}) == []
    assert api.answer("sendMessage", {"ok": True, "result": {**message, "date": "today"}}) != []
    assert api.answer("sendMessage", {"ok": True, "result": {"message_id": 1}}) != []
    assert api.answer("getUpdates", {"ok": True, "result": {}}) != []
