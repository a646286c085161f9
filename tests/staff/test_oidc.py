"""The council's log-in: its people come in where there is an account for them, and nobody else, whatever is sent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from staff.oidc import Council, CouncilFault
from store import accounts, logins
from store.database import reading, transaction
from store.errors import NoAccount
from store.models import Account, Audit
from tests.fakes.oidc import CLIENT, SECRET, FakeProvider, new_key
from tests.fakes.server import address, listen, serve
from tests.staff.conftest import Browser, House, browsing


@pytest.fixture(scope="module")
def key() -> Any:
    return new_key("one")


@pytest.fixture
def provider(house: House, key: Any) -> Iterator[FakeProvider]:
    listener = listen()
    provider = FakeProvider(address(listener), clock=lambda: house.clock.now.timestamp(), key=key)  # noqa: PLW0108 - it moves
    with serve(provider.app, listener=listener):
        yield provider


def council(provider: FakeProvider, **facts: Any) -> Council:
    given = {"name": "Leicester City Council", "claim": "preferred_username", **facts}
    return Council(provider.issuer, CLIENT, SECRET, **given)


@pytest.fixture
def browser(house: House, provider: FakeProvider) -> Iterator[Browser]:
    """A browser at a desk whose public URL is where it is."""
    listener = listen()
    app = house.app(council=council(provider), public_url=address(listener))
    with serve(app, listener=listener) as base:
        browser = Browser(base)
        yield browser
        browser.client.close()


def come(browser: Browser, back: str = "") -> httpx.Response:
    browser.page = browser.client.get("/staff/login/council", params={"back": back})
    return browser.page


def back_from(browser: Browser) -> str:
    """The address that the provider sends the browser to, not opened yet."""
    asked = browser.client.get("/staff/login/council", follow_redirects=False).headers["location"]
    return str(browser.client.get(asked, follow_redirects=False).headers["location"])


def is_out(browser: Browser) -> bool:
    return browser.client.get("/staff/").url.path == "/staff/login"


def account(house: House, username: str = "sam") -> Account:
    with reading(house.engine) as session:
        return session.scalars(select(Account).filter_by(username=username)).one()


def test_a_person_of_the_council_comes_in_to_the_page_they_wanted(
    house: House, browser: Browser, provider: FakeProvider
) -> None:
    page = browser.open("/tasks?done=0")
    assert "Log in with Leicester City Council" in page.text
    page = come(browser, "/tasks?done=0")
    assert (page.url.path, page.url.query) == ("/staff/tasks", b"done=0")
    assert "through the council" in browser.open("/account").text
    with reading(house.engine) as session:
        done = session.scalars(select(Audit.action).filter_by(actor="sam").order_by(Audit.id)).all()
    assert done == ["account.council_bound", "account.logged_in"]


def test_what_is_asked_has_state_nonce_and_pkce_and_tells_nothing_of_the_cookie(
    browser: Browser, provider: FakeProvider
) -> None:
    come(browser)
    asked = provider.asked[0]
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert asked["redirect_uri"] == f"{browser.client.base_url}/staff/login/council/answer".replace(
        "//staff", "/staff"
    )


def test_the_first_log_in_binds_and_then_only_the_councils_subject_counts(
    house: House, browser: Browser, provider: FakeProvider
) -> None:
    come(browser)
    bound = account(house).council_id
    assert bound and "u-1" not in bound
    provider.person = {"sub": "u-1", "preferred_username": "renamed"}
    assert come(browser).url.path == "/staff/"
    browser.client.cookies.clear()
    provider.person = {"sub": "u-2", "preferred_username": "sam"}  # the name was given to somebody else
    page = come(browser)
    assert page.status_code == 403 and "no open account for you here" in page.text
    assert is_out(browser)


def test_an_unknown_person_is_told_so_and_gets_no_account(
    house: House, browser: Browser, provider: FakeProvider
) -> None:
    with reading(house.engine) as session:
        before = session.scalars(select(Account.username)).all()
    for person in (
        {"sub": "u-9", "preferred_username": "stranger"},
        {"sub": "u-9"},
        {"sub": "u-9", "preferred_username": ["sam"]},
        {"sub": "u-9", "preferred_username": ""},
    ):
        provider.person = person
        page = come(browser)
        assert page.status_code == 403 and "Ask your administrator" in page.text
    with reading(house.engine) as session:
        assert session.scalars(select(Account.username)).all() == before


def test_a_disabled_person_is_refused_before_and_after_the_first_log_in(
    house: House, browser: Browser, provider: FakeProvider
) -> None:
    sam = account(house).id
    for _ in range(2):
        with transaction(house.engine) as session:
            accounts.disable(session, sam, actor="anna", now=house.clock.now)
        assert come(browser).status_code == 403
        assert is_out(browser)
        with transaction(house.engine) as session:
            accounts.enable(session, sam, actor="anna", now=house.clock.now)
        assert come(browser).url.path == "/staff/"
    with reading(house.engine) as session:
        refused = session.scalars(select(Audit).filter_by(action="account.council_refused")).all()
    assert len(refused) == 2


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": ""},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"nbf": 9_999_999_999},
        {"sub": ""},
        {"sub": 7},
        {"sub": None},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
def test_an_id_token_that_says_anything_wrong_opens_nothing(
    browser: Browser, provider: FakeProvider, lie: dict[str, Any]
) -> None:
    provider.claims = lie
    page = come(browser)
    assert page.status_code == 403, page.text
    assert "could not be checked" in page.text
    assert is_out(browser)


def test_a_token_from_yesterday_opens_nothing(house: House, browser: Browser, provider: FakeProvider) -> None:
    provider.clock = (house.clock.now - timedelta(days=1)).timestamp
    assert "could not be checked" in come(browser).text


def test_a_token_that_somebody_else_signed_opens_nothing(
    browser: Browser, provider: FakeProvider, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.shown, provider.key = [key], new_key("one")  # the same key id, another key
    assert "could not be checked" in come(browser).text
    provider.key = key
    forged = OctKey.import_key("a shared secret that is long enough for HS256")
    for header in ({"alg": "none"}, {"alg": "HS256"}):
        monkeypatch.setattr(
            provider,
            "id_token",
            lambda nonce, header=header: _forged(provider, nonce, header, forged),
        )
        assert "could not be checked" in come(browser).text
        assert is_out(browser)


def _forged(provider: FakeProvider, nonce: str, header: dict[str, str], secret: OctKey) -> str:
    now = int(provider.clock())
    claims = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
        **provider.person,
    }
    if header["alg"] == "HS256":
        return jwt.encode({**header, "kid": "one"}, claims, secret)
    signed = jwt.encode({"alg": "HS256"}, claims, secret).split(".")
    return f"eyJhbGciOiJub25lIn0.{signed[1]}."  # {"alg":"none"}


def test_new_keys_of_the_provider_are_found_at_once(browser: Browser, provider: FakeProvider) -> None:
    assert come(browser).url.path == "/staff/"
    provider.key = new_key("two")
    assert come(browser).url.path == "/staff/"


def test_an_answer_that_is_replayed_opens_nothing(browser: Browser, provider: FakeProvider) -> None:
    address_ = back_from(browser)
    cookie = browser.client.cookies["desk_council"]
    assert browser.client.get(address_).url.path == "/staff/"
    browser.client.cookies.clear()
    page = browser.client.get(address_)
    assert page.status_code == 403 and "used already" in page.text
    browser.client.cookies.set("desk_council", cookie, domain="127.0.0.1", path="/staff")
    page = browser.client.get(address_)  # with the cookie of then
    assert page.status_code == 403 and "used already" in page.text
    assert is_out(browser)
    assert len(provider.exchanged) == 1


def test_an_answer_in_another_browser_or_with_another_state_opens_nothing(
    house: House, browser: Browser, provider: FakeProvider
) -> None:
    """Nobody can log somebody in as another person by sending them a link."""
    theirs = back_from(browser)
    browser.client.cookies.clear()
    assert browser.client.get(theirs).status_code == 403
    mine = back_from(browser)
    state = parse_qs(urlsplit(mine).query)["state"][0]
    for other in (mine.replace(state, "x"), mine.replace(f"state={state}", "state="), theirs):
        assert browser.client.get(other).status_code == 403
        assert is_out(browser)


def test_an_answer_after_ten_minutes_opens_nothing(house: House, browser: Browser) -> None:
    address_ = back_from(browser)
    house.clock.forward(minutes=10)
    assert "took too long" in browser.client.get(address_).text


def test_an_answer_of_another_provider_opens_nothing(browser: Browser, provider: FakeProvider) -> None:
    mixed = back_from(browser).replace("iss=http", "iss=https")
    page = browser.client.get(mixed)
    assert page.status_code == 403 and "could not be checked" in page.text


@pytest.mark.parametrize("address_", ["?state=x&code=y", "?error=access_denied", "", "?code=%00&state=%FF"])
def test_an_answer_nobody_asked_for_opens_nothing(browser: Browser, address_: str) -> None:
    assert browser.open(f"/login/council/answer{address_}").status_code == 403


def test_who_is_refused_there_is_told_so(browser: Browser, provider: FakeProvider) -> None:
    provider.refuses = "access_denied"
    page = come(browser)
    assert page.status_code == 403 and "Leicester City Council did not let you in" in page.text


def test_a_provider_that_is_down_is_said_and_passwords_still_work(
    browser: Browser, provider: FakeProvider
) -> None:
    half_way = back_from(browser)
    provider.down = True
    page = browser.client.get(half_way)
    assert page.status_code == 502 and "does not answer" in page.text
    provider.down = False
    browser.open("/login")
    assert browser.log_in("sam").url.path == "/staff/"


def test_a_provider_that_is_not_there_at_all_is_said(house: House) -> None:
    nowhere = Council("http://127.0.0.1:1", CLIENT, SECRET, claim="email")
    with browsing(house, council=nowhere) as browser:
        page = come(browser)
        assert page.status_code == 502 and "the council does not answer" in page.text
        assert browser.log_in("sam", back="/").url.path == "/staff/"


def test_without_tls_nothing_is_asked_but_on_this_machine(house: House) -> None:
    with pytest.raises(CouncilFault, match="https"):
        Council("http://login.example", CLIENT, SECRET, claim="email").question("t", "r", house.clock.now)


def test_a_discovery_for_another_issuer_is_not_believed(house: House, provider: FakeProvider) -> None:
    wanted = council(provider)
    provider.issuer += "/other"
    with pytest.raises(CouncilFault) as fault:
        wanted.question("t", "r", house.clock.now)
    assert fault.value.reason == "untrusted"


def test_an_unchecked_e_mail_address_is_no_log_in_name(house: House, provider: FakeProvider) -> None:
    house.staff("eve@leicester.example")
    with browsing(house, council=council(provider, claim="email")) as browser:
        provider.person = {"sub": "u-3", "email": "Eve@leicester.example", "email_verified": False}
        asked = browser.client.get("/staff/login/council", follow_redirects=False).headers["location"]
        answer = browser.client.get(asked, follow_redirects=False).headers["location"]
        page = browser.client.get(answer.replace("http://desk.example", str(browser.client.base_url)))
        assert page.status_code == 403 and "could not be checked" in page.text


def test_behind_a_public_url_the_provider_is_given_that_one(house: House, provider: FakeProvider) -> None:
    desk = house.app(council=council(provider), public_url="https://desk.example/")
    with serve(desk) as base, httpx.Client(base_url=base) as client:
        going = client.get("/staff/login/council")
        asked = parse_qs(urlsplit(going.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://desk.example/staff/login/council/answer"]
        cookie = going.headers["set-cookie"]
        assert all(
            word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/staff", "Max-Age=600")
        )


def test_an_account_only_for_the_council_has_no_password_that_opens_it(
    house: House, browser: Browser
) -> None:
    with transaction(house.engine) as session:
        sam = session.scalars(select(Account).filter_by(username="sam")).one()
        accounts.change(
            session,
            sam.id,
            role="librarian",
            places=None,
            council_only=True,
            actor="anna",
            now=house.clock.now,
        )
    assert browser.log_in("sam").status_code == 403
    assert come(browser).url.path == "/staff/"
    page = browser.open("/account").text
    assert "It asks for its own second step" in page and "Change my password" not in page
    assert "Set them up" not in browser.open("/account/codes").text
    assert browser.send("/account/codes", {"do": "start"}).status_code == 422


def test_who_comes_through_the_council_is_asked_for_no_code(house: House, provider: FakeProvider) -> None:
    listener = listen()
    house.staff("mia", role="manager")
    provider.person = {"sub": "u-4", "preferred_username": "mia"}
    app = house.app(council=council(provider), public_url=address(listener), codes_required=True)
    with serve(app, listener=listener) as base:
        browser = Browser(base)
        assert come(browser, "/tasks").url.path == "/staff/tasks"
        browser.client.close()


def test_logging_in_never_leads_to_another_site(browser: Browser) -> None:
    assert come(browser, "//evil.example").url.path == "/staff/"


def test_where_there_is_no_council_there_is_no_such_page(house: House) -> None:
    with browsing(house) as browser:
        assert browser.open("/login/council").status_code == 404
        assert browser.open("/login/council/answer?state=x").status_code == 404
        assert "Or:" not in browser.open("/login").text


def test_two_who_claim_one_account_at_once_do_not_both_get_it(either_house: House) -> None:
    from tests.store.helpers import at_once

    def come_in(subject: str) -> str:
        facts: dict[str, Any] = {
            "issuer": "https://p",
            "subject": subject,
            "username": "sam",
            "now": either_house.clock.now,
        }
        return logins.council_log_in(either_house.engine, **facts)

    done = at_once([lambda n=n: come_in(f"u-{n}") for n in range(4)])  # type: ignore[misc]
    assert sum(isinstance(each, str) for each in done) == 1
    assert sum(isinstance(each, NoAccount) for each in done) == 3
