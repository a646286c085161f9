"""One-time codes: the second thing a log-in asks for. Each works once (bad input 41), and nobody is locked out."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from store import codes, logins
from store.database import reading, transaction
from store.errors import CodeWanted, NotAllowed, NotLoggedIn, SlowDown, WrongCode
from store.models import Account
from tests.staff.conftest import PASSWORD, Browser, House, browsing
from tests.store.helpers import at_once

STEP = timedelta(seconds=codes.STEP)


def turn_on(house: House, username: str = "sam") -> tuple[str, list[str]]:
    """Codes for an account: the app's secret, and the codes on paper. A minute passes."""
    with transaction(house.engine) as session:
        account = session.query(Account).filter_by(username=username).one()
        codes.offer(session, house.vault, account.id)
        offered = codes.offered(house.vault, account)
        assert offered is not None
        paper = codes.confirm(
            session, house.vault, account.id, code_of(house, offered.secret), now=house.clock.now
        )
    house.clock.forward(minutes=1)
    return offered.secret, paper


def code_of(house: House, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(house.clock.now + steps * STEP)


def half(house: House, username: str = "sam", source: str = "x") -> str:
    with pytest.raises(CodeWanted) as wanted:
        logins.log_in(house.engine, username, PASSWORD, source=source, now=house.clock.now)
    return wanted.value.token


def give(house: House, code: str, token: str = "", source: str = "x") -> str:
    return logins.give_code(
        house.engine, house.vault, token or half(house), code, source=source, now=house.clock.now
    )


def test_codes_are_set_up_with_a_picture_a_key_and_ten_codes_for_paper(
    house: House, browser: Browser
) -> None:
    browser.log_in("sam")
    assert "Set up one-time codes" in browser.open("/account").text
    browser.open("/account/codes")
    page = browser.send("/account/codes", {"do": "start"})
    key = re.search(r"desk-key\">([A-Z2-7 ]+)<", page.text)
    assert key and 'src="data:image/svg+xml' in page.text
    assert "data:" in page.headers["content-security-policy"].split("img-src")[1].split(";")[0]
    wrong = browser.send("/account/codes", {"do": "confirm", "code": "000000"})
    assert wrong.status_code == 422 and "not the code of this moment" in wrong.text
    secret = key[1].replace(" ", "")
    paper = browser.send("/account/codes", {"do": "confirm", "code": code_of(house, secret)})
    found = re.findall(r"<code>([a-z2-9-]+)</code>", paper.text)
    assert len(set(found)) == 10
    assert found[0] not in browser.open("/account/codes").text  # shown once
    assert "10 codes on paper left" in browser.open("/account").text
    with reading(house.engine) as session:
        kept = str(session.execute(text("SELECT * FROM accounts")).all())
        kept += str(session.execute(text("SELECT * FROM recovery_codes")).all())
    assert secret not in kept and found[0].replace("-", "") not in kept


def test_after_the_password_a_code_is_asked_for_and_then_the_page_they_wanted(
    either_house: House, either_browser: Browser
) -> None:
    secret, _ = turn_on(either_house)
    page = either_browser.log_in("sam", back="/tasks?done=0")
    assert page.url.path == "/staff/login/code"
    assert either_browser.client.get("/staff/tasks").url.path == "/staff/login"  # not in yet
    either_browser.page = page
    wrong = either_browser.send("/login/code", {"code": "123456", "back": "/tasks?done=0"})
    assert wrong.status_code == 403 and "wrong, or it was used already" in wrong.text
    code = code_of(either_house, secret)
    page = either_browser.send("/login/code", {"code": f" {code[:3]} {code[3:]}", "back": "/tasks?done=0"})
    assert page.url.path == "/staff/tasks"


def test_41_a_one_time_code_used_twice_is_refused(either_house: House) -> None:
    secret, _ = turn_on(either_house)
    code = code_of(either_house, secret)
    assert give(either_house, code)
    with pytest.raises(WrongCode):
        give(either_house, code)
    either_house.clock.forward(seconds=25)  # still within its time
    with pytest.raises(WrongCode):
        give(either_house, code, source="elsewhere")


def test_41_of_two_who_send_the_same_code_at_the_same_moment_one_gets_in(either_house: House) -> None:
    secret, paper = turn_on(either_house)
    for code in (code_of(either_house, secret), paper[0]):
        tokens = [half(either_house, source=f"s{n}") for n in range(4)]
        done = at_once(
            [lambda n=n, t=t: give(either_house, code, t, f"s{n}") for n, t in enumerate(tokens)]  # type: ignore[misc]  # noqa: B023
        )
        assert sum(isinstance(each, str) for each in done) == 1, done
        assert sum(isinstance(each, WrongCode) for each in done) == 3, done


def test_the_code_that_set_codes_up_does_not_also_log_in(house: House) -> None:
    with transaction(house.engine) as session:
        account = session.query(Account).filter_by(username="sam").one()
        codes.offer(session, house.vault, account.id)
        offered = codes.offered(house.vault, account)
        assert offered is not None
        code = code_of(house, offered.secret)
        codes.confirm(session, house.vault, account.id, code, now=house.clock.now)
    with pytest.raises(WrongCode):
        give(house, code)
    with pytest.raises(NotAllowed), transaction(house.engine) as session:  # a second tap
        codes.confirm(session, house.vault, account.id, code, now=house.clock.now)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_half_a_minute_wrong(house: House, steps: int, right: bool) -> None:
    secret, _ = turn_on(house)
    house.clock.forward(minutes=5)
    code = code_of(house, secret, steps)
    if right:
        assert give(house, code)
    else:
        with pytest.raises(WrongCode):
            give(house, code)


def test_a_code_on_paper_lets_in_once_however_it_is_written(house: House) -> None:
    _, paper = turn_on(house)
    assert give(house, paper[0].upper().replace("-", " "))
    for used in (paper[0], "aaaa-aaaa-aaaa-aaaa", ""):
        with pytest.raises(WrongCode):
            give(house, used)
    assert give(house, paper[1].replace("-", ""))
    with reading(house.engine) as session:
        assert codes.paper_left(session, session.query(Account).filter_by(username="sam").one().id) == 8


@pytest.mark.parametrize("code", ["１２３４５６", "12345", "1234567", "\0", "é" * 16, "0" * 60_000])
def test_a_code_that_is_none_is_just_wrong(house: House, browser: Browser, code: str) -> None:
    turn_on(house)
    browser.log_in("sam")
    assert browser.send("/login/code", {"code": code}).status_code == 403


def test_wrong_codes_slow_down_and_the_right_person_elsewhere_gets_in(either_house: House) -> None:
    secret, _ = turn_on(either_house)
    token, results = half(either_house), []
    for _ in range(8):
        try:
            give(either_house, "000000", token)
        except (WrongCode, SlowDown) as fault:
            results.append(type(fault))
    assert results == [WrongCode] * 5 + [SlowDown] * 3
    assert give(either_house, code_of(either_house, secret), half(either_house, source="y"), "y")
    assert isinstance(half(either_house), str)  # the password is no slower for it


def test_after_ten_wrong_codes_the_password_is_asked_again(house: House, browser: Browser) -> None:
    turn_on(house)
    browser.log_in("sam")
    for _ in range(10):
        assert browser.send("/login/code", {"code": "000000"}).status_code == 403
        house.clock.forward(seconds=31)
    page = browser.send("/login/code", {"code": "000000"})
    assert "The code came too late" in page.text and 'name="password"' in page.text


def test_the_code_page_lives_ten_minutes_and_needs_the_password_first(house: House, browser: Browser) -> None:
    secret, _ = turn_on(house)
    assert browser.open("/login/code").url.path == "/staff/login"
    browser.log_in("sam")
    house.clock.forward(minutes=10)
    assert "came too late" in browser.send("/login/code", {"code": code_of(house, secret)}).text
    with pytest.raises(NotLoggedIn):
        give(house, code_of(house, secret), "made up")


def test_a_council_question_is_no_password(house: House) -> None:
    secret, _ = turn_on(house)
    with transaction(house.engine) as session:
        token = logins.ask_council(session, "", house.clock.now)
    with pytest.raises(NotLoggedIn):
        give(house, code_of(house, secret), token)


def test_turning_codes_off_or_to_a_new_phone_asks_for_the_password(house: House, browser: Browser) -> None:
    secret, _ = turn_on(house)
    browser.log_in("sam")
    browser.send("/login/code", {"code": code_of(house, secret)})
    for do in ("start", "paper", "off"):
        browser.open("/account/codes")
        page = browser.send("/account/codes", {"do": do, "password": "wrong password"})
        assert page.status_code == 422 and "That is not your password." in page.text
    browser.open("/account/codes")
    assert "work no more" in browser.send("/account/codes", {"do": "paper", "password": PASSWORD}).text
    browser.open("/account/codes")
    assert "no code any more" in browser.send("/account/codes", {"do": "off", "password": PASSWORD}).text
    assert browser.log_in("sam", back="/").url.path == "/staff/"


def test_where_codes_are_required_managers_set_them_up_before_they_go_on(house: House) -> None:
    house.staff("mia", role="manager")
    with browsing(house, codes_required=True) as browser:
        assert browser.log_in("sam").url.path == "/staff/"  # a librarian goes on
        browser.log_in("mia", back="/tasks")
        for path in ("/", "/tasks", "/more", "/texts"):
            page = browser.open(path)
            assert page.url.path == "/staff/account/codes"
            assert "need one-time codes here" in page.text
        assert browser.open("/account").status_code == 200
        page = browser.open("/account/codes")
        page = browser.send("/account/codes", {"do": "start"})
        key = re.search(r"desk-key\">([A-Z2-7 ]+)<", page.text)
        assert key
        secret = key[1].replace(" ", "")
        browser.send("/account/codes", {"do": "confirm", "code": code_of(house, secret)})
        assert browser.open("/tasks").url.path == "/staff/tasks"
        browser.open("/account/codes")
        page = browser.send("/account/codes", {"do": "off", "password": PASSWORD})
        assert page.status_code == 422


def test_after_a_key_rotation_codes_still_work_and_are_sealed_anew(house: House) -> None:
    """Bad input 55."""
    from cryptography.fernet import Fernet

    from store.vault import Vault

    secret, _ = turn_on(house)
    new = Vault([Fernet.generate_key().decode()])
    both = Vault.__new__(Vault)
    both.__dict__ = {**new.__dict__, "open": house.vault.open}
    with transaction(house.engine) as session:
        assert codes.reseal(session, both) == 1
    house.vault = new
    assert give(house, code_of(house, secret))
