"""Each member of staff chooses what they are told, when and where; only a manager chooses for the group."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from store import notify, telling
from store.database import transaction
from store.models import Account, Audit, Listener, Notice
from tests.staff.conftest import Browser, House, browsing

ADDRESS = "sam@leicester.example"
WISHES = {"requests": "digest", "emergencies": "at_once", "at": "08:30", "day-0": "on", "day-3": "on"}


@pytest.fixture
def told(house: House) -> Iterator[Browser]:
    """Sam's browser at a desk with e-mail and a staff group."""
    house.staff("ann", role="manager", name="Ann Patel")
    with browsing(house, tells=("mail", "group")) as browser:
        browser.log_in("sam")
        browser.open("/telling")
        yield browser


def code(house: House) -> str:
    """The code that is on its way."""
    with transaction(house.engine) as session:
        row = session.scalars(select(Notice).filter_by(kind="code").order_by(Notice.id.desc())).first()
        assert row is not None
        return house.vault.open(row.about["code"])


def send(browser: Browser, do: str, **fields: str) -> str:
    return browser.send("/telling", {"do": do, **fields}).text


def choose(browser: Browser, prefix: str = "", **fields: str) -> str:
    since = re.search(rf'name="{prefix}since" value="([0-9]+)"', browser.page.text)
    assert since
    do = "group" if prefix else "choose"
    return send(browser, do, **{f"{prefix}since": since[1], **{prefix + k: v for k, v in fields.items()}})


def confirmed(house: House, browser: Browser) -> None:
    send(browser, "address", address=ADDRESS)
    assert "This is your address now" in send(browser, "code", code=code(house))


def listener(house: House, way: str = "mail") -> Listener:
    with transaction(house.engine) as session:
        return session.scalars(select(Listener).filter_by(way=way)).one()


def wishes(house: House, way: str = "mail") -> dict[str, str]:
    return {wish.kind: wish.moment for wish in listener(house, way).wishes}


def test_an_address_is_confirmed_by_its_code_then_what_and_when_are_chosen(
    house: House, told: Browser
) -> None:
    assert "What and when" not in told.page.text
    page = send(told, "address", address=f" {ADDRESS} ")
    assert "A code is on its way" in page
    assert "The code that was sent to" in page
    spaced = f"{code(house)[:3]} {code(house)[3:]}"
    assert "This is your address now" in send(told, "code", code=spaced)
    assert "Saved." in choose(told, **WISHES)
    assert wishes(house) == {"requests": "digest", "emergencies": "at_once"}
    row = listener(house)
    assert (f"{row.digest_at:%H:%M}", row.digest_days) == ("08:30", "03")
    page = told.open("/telling").text
    assert 'value="08:30"' in page
    assert 'id="day-3" name="day-3" type="checkbox" value="on" checked' in page


def test_a_viewer_may_choose_for_herself(house: House) -> None:
    with browsing(house, tells=("mail",)) as browser:
        browser.log_in("vic")
        browser.open("/telling")
        confirmed(house, browser)


@pytest.mark.parametrize("address", ["", "sam", "sam@x", "a@b.example, c@d.example"])
def test_what_is_no_address_is_said_beside_the_field(told: Browser, address: str) -> None:
    answer = told.send("/telling", {"do": "address", "address": address})
    assert answer.status_code == 422
    assert "Enter an e-mail address" in answer.text


def test_a_wrong_code_is_counted_and_after_five_a_new_one_is_needed(house: House, told: Browser) -> None:
    send(told, "address", address=ADDRESS)
    right = code(house)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(4):
        assert "That is not the code" in send(told, "code", code=wrong)
    assert "does not work any more" in send(told, "code", code=wrong)
    assert "does not work any more" in send(told, "code", code=right)
    assert "Enter the six digits" in send(told, "code", code="12345x")
    assert listener(house).code_tries == 5


def test_too_many_codes_are_not_sent(house: House, told: Browser) -> None:
    for _ in range(5):
        send(told, "address", address=ADDRESS)
    assert "Wait 60 minutes" in send(told, "address", address=ADDRESS)


def test_faults_are_said_and_what_was_chosen_stays(house: House, told: Browser) -> None:
    confirmed(house, told)
    page = choose(told, requests="digest", at="25:00", emergencies="never")
    for words in ("Enter a time", "Choose at least one day", "Choose when"):
        assert words in page
    assert re.search(r'name="requests" type="radio" value="digest" checked', page)
    assert wishes(house) == {"emergencies": "at_once"}


def test_without_a_summary_no_day_and_time_are_asked_for(house: House, told: Browser) -> None:
    confirmed(house, told)
    assert "Saved." in choose(told, requests="at_once")
    assert wishes(house) == {"requests": "at_once"}
    assert "Saved." in choose(told)
    assert wishes(house) == {}


def test_the_group_is_a_managers_to_set(house: House, told: Browser) -> None:
    assert "The staff group in Telegram" not in told.page.text
    refused = told.send("/telling", {"do": "group", "group-requests": "at_once", "group-since": "1"})
    assert refused.status_code == 403
    ann = Browser(str(told.client.base_url))
    ann.log_in("ann")
    ann.open("/telling")
    assert "Saved." in choose(
        ann, "group-", requests="at_once", callbacks="digest", at="10:00", **{"day-1": "on"}
    )
    assert wishes(house, "group") == {"requests": "at_once", "callbacks": "digest"}
    with transaction(house.engine) as session:
        row = session.scalars(select(Audit).filter_by(action="telling.chosen")).one()
        assert row.actor == "ann"
    ann.client.close()


def test_two_managers_at_once_one_is_told_who_was_faster(house: House, told: Browser) -> None:
    house.staff("bo", role="manager")
    ann, bo = Browser(str(told.client.base_url)), Browser(str(told.client.base_url))
    for browser, name in ((ann, "ann"), (bo, "bo")):
        browser.log_in(name)
        browser.open("/telling")
    choose(ann, "group-", requests="at_once")
    assert "Already changed by Ann Patel" in choose(bo, "group-", callbacks="at_once")
    assert wishes(house, "group") == {"requests": "at_once"}
    for browser in (ann, bo):
        browser.client.close()


def test_without_a_mail_server_the_page_says_so(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    page = browser.open("/telling").text
    assert "E-mail is off" in page
    assert "Send a code" not in page


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        ("sent", None, "Sent"),
        ("retry", "no_connection", "Waits. The mail server does not answer."),
        ("retry", "later_451", "Waits. It says: not now (451)."),
        ("failed", "refused_554", "Not sent. The mail server says no (554)."),
        ("failed", notify.NO_ADDRESS, "Not sent. The mail server says that there is no such address."),
        ("unsure", "lost", "May not have arrived. It is not sent again. The desk was stopped in the middle."),
    ],
)
def test_what_became_of_each_notice_is_said_in_words(
    house: House, told: Browser, outcome: str, reason: str | None, words: str
) -> None:
    confirmed(house, told)
    choose(told, **{**WISHES, **{f"day-{n}": "on" for n in range(7)}})
    with transaction(house.engine) as session:
        row = session.scalars(select(Listener)).one()
        telling.queue(
            session, row, "digest:x", "digest", {"kinds": ["requests"]}, now=house.clock.now,
            late=house.clock.now.replace(hour=20),
        )  # fmt: skip
    claims = notify.claim(house.engine, ways=["mail"], now=house.clock.now, worker="w")
    claimed = next(each for each in claims if each.kind == "digest")
    notify.settle(house.engine, claimed.id, outcome, now=house.clock.now, reason=reason)
    page = told.open("/telling").text
    assert words in page
    if reason == notify.NO_ADDRESS:
        assert "Nothing is sent to it" in page
        assert "The address is used again" in send(told, "again")


def test_the_address_can_be_removed_again_and_again(house: House, told: Browser) -> None:
    confirmed(house, told)
    for _ in range(2):
        assert "The address is removed" in send(told, "forget")
    assert ADDRESS not in told.open("/telling").text


def test_no_address_is_in_the_audit(house: House, told: Browser) -> None:
    confirmed(house, told)
    choose(told, **WISHES)
    send(told, "forget")
    with transaction(house.engine) as session:
        said = " ".join(f"{row.action} {row.detail}" for row in session.scalars(select(Audit)))
    assert "telling.confirmed" in said
    assert "leicester" not in said


def test_a_form_of_another_site_and_an_unknown_deed_change_nothing(house: House, told: Browser) -> None:
    cross = told.send(
        "/telling", {"do": "address", "address": ADDRESS}, headers={"origin": "http://evil.example"}
    )
    assert cross.status_code == 403
    assert told.open("/telling").status_code == 200
    assert "What I am told" in send(told, "dance")
    assert "Enter your e-mail address first" in told.send("/telling", {"do": "choose", **WISHES}).text
    with transaction(house.engine) as session:
        assert session.scalars(select(Listener)).all() == []


def test_a_log_in_in_the_middle_keeps_what_was_chosen(house: House, told: Browser) -> None:
    confirmed(house, told)
    house.clock.forward(minutes=31)
    choose(told, **WISHES)
    page = told.log_in("sam", back="/telling").text
    assert "What you wrote is still here" in page
    assert 'value="08:30"' in page


def test_other_peoples_pages_show_nothing_of_it(house: House, told: Browser) -> None:
    confirmed(house, told)
    bea = Browser(str(told.client.base_url))
    bea.log_in("bea")
    assert ADDRESS not in bea.open("/telling").text
    bea.client.close()
    with transaction(house.engine) as session:
        assert session.scalars(select(Account.username).join(Listener)).all() == ["sam"]
