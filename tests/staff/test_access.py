"""Who gets in, what they may do, and what a form must carry to change anything."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from store import accounts, logins
from store.database import transaction
from store.models import Audit
from tests.staff.conftest import PASSWORD, Browser, House, browsing


def refusals(house: House) -> list[tuple[str, str, str]]:
    with transaction(house.engine) as session:
        rows = session.scalars(select(Audit).filter_by(action="access.refused").order_by(Audit.id))
        return [(row.actor, row.subject, row.subject_id) for row in rows]


def test_every_page_asks_to_log_in_and_comes_back_to_itself(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    page = browser.open(f"/requests/{asked}?place=fosse")
    assert page.url.path == "/staff/login"
    page = browser.send("/login", {"username": "sam", "password": PASSWORD, "back": browser.hidden("back")})
    assert (page.url.path, page.url.query) == (f"/staff/requests/{asked}", b"place=fosse")


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\n/evil"]
)
def test_logging_in_never_leads_to_another_site(house: House, browser: Browser, back: str) -> None:
    page = browser.log_in("sam", back=back)
    assert page.url.host == "127.0.0.1"
    assert page.url.path == "/staff/"


def test_a_name_that_no_database_can_hold_is_just_wrong(either_browser: Browser) -> None:
    """Bad input 6."""
    assert either_browser.log_in("sam\0\u202e", "x").status_code == 403


def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House, browser: Browser) -> None:
    wrong = browser.log_in("sam", "wrong password")
    unknown = browser.log_in("nobody", "wrong password")
    assert wrong.status_code == unknown.status_code == 403
    assert (
        re.sub("sam|nobody", "", wrong.text.split("<form")[0]).count("The name or the password is wrong") == 1
    )
    assert "wrong password" not in wrong.text  # what was typed is not shown again


def test_40_twenty_wrong_passwords_are_slowed_down_but_the_right_person_elsewhere_gets_in(
    house: House,
) -> None:
    """Bad input 40. The other source is another address: the server believes the connection, no header."""
    with browsing(house) as browser:
        answers = [browser.log_in("sam", "wrong password").status_code for _ in range(20)]
        assert answers[:5] == [403] * 5
        assert 429 in answers
        slowed = browser.log_in("sam")
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) >= 1
        assert "Too many wrong passwords" in slowed.text
        assert logins.log_in(house.engine, "sam", PASSWORD, source="203.0.113.9", now=house.clock.now)
        house.clock.forward(seconds=int(slowed.headers["retry-after"]))
        assert browser.log_in("sam").url.path == "/staff/"  # and from there, after the wait


def test_38_a_form_from_another_site_is_refused(either_house: House, either_browser: Browser) -> None:
    """Bad input 38."""
    asked = either_house.request("Ada", either_house.fosse)
    either_browser.log_in("sam")
    either_browser.open(f"/requests/{asked}")
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "", "referer": "https://evil.example/x"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "x-forwarded-host": "evil.example"},
        {"origin": ""},
    ):
        page = either_browser.client.post(
            f"/staff/requests/{asked}",
            data={"do": "approve", "version": "1", "csrf": either_browser.hidden("csrf")},
            headers=headers,
        )
        assert page.status_code == 403, headers
    assert either_house.booking(asked).state == "requested"


def test_a_form_without_the_sessions_token_is_refused(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    for token in ("", "x", browser.client.cookies["desk_staff"]):
        page = browser.client.post(
            f"/staff/requests/{asked}", data={"do": "approve", "version": "1", "csrf": token}
        )
        assert page.status_code == 403
    assert house.booking(asked).state == "requested"


def test_the_public_urls_own_pages_are_not_another_site(house: House) -> None:
    """Behind a proxy that ends TLS the browser's origin is the public URL."""
    asked = house.request("Ada", house.fosse)
    with browsing(house, public_url="https://desk.example") as browser:
        browser.client.headers["origin"] = "https://desk.example"
        browser.open("/login")
        cookie = browser.page.headers["set-cookie"]
        assert (
            "Secure" in cookie
            and "HttpOnly" in cookie
            and "SameSite=lax" in cookie
            and "Path=/staff" in cookie
        )
        browser.client.headers["cookie"] = cookie.split(";")[0]  # httpx keeps Secure cookies from plain HTTP
        assert browser.send("/login", {"username": "sam", "password": PASSWORD}).status_code != 403
    assert house.booking(asked).state == "requested"


def test_37_a_session_that_ended_in_the_middle_of_a_form_keeps_its_text(
    house: House, browser: Browser
) -> None:
    """Bad input 37."""
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    browser.open(f"/requests/{asked}")
    before = browser.hidden("csrf")
    house.clock.forward(minutes=31)
    note = "La salle est fermée – اتصل بنا 🙂 <b>"
    page = browser.send(f"/requests/{asked}", {"do": "decline", "reason": "other", "note": note})
    assert page.url.path == "/staff/login"
    assert "What you wrote is kept" in page.text
    page = browser.send("/login", {"username": "sam", "password": PASSWORD, "back": browser.hidden("back")})
    assert page.url.path == f"/staff/requests/{asked}"
    assert "La salle est fermée – اتصل بنا 🙂 &lt;b&gt;</textarea>" in page.text
    assert "What you wrote is still here" in page.text
    assert re.search(r'value="other"[^>]*checked', page.text)
    assert browser.hidden("csrf") != before
    assert house.booking(asked).state == "requested"
    browser.send(f"/requests/{asked}", {"do": "decline", "reason": "other", "note": note})
    assert (house.booking(asked).state, house.booking(asked).note) == ("declined", note)
    assert "What you wrote is still here" not in browser.open(f"/requests/{asked}").text


def test_a_form_left_open_since_an_earlier_log_in_keeps_its_text(house: House, browser: Browser) -> None:
    asked = house.request("Ada", house.fosse)
    browser.log_in("sam")
    old = browser.open(f"/requests/{asked}")
    browser.log_in("sam", back="/")
    browser.page = old
    page = browser.send(f"/requests/{asked}", {"do": "decline", "reason": "other", "note": "Room is shut"})
    assert page.status_code == 403
    assert house.booking(asked).state == "requested"
    assert "Room is shut</textarea>" in browser.open(f"/requests/{asked}").text


def test_39_another_librarys_booking_is_not_there_and_the_look_is_written_down(
    either_house: House, either_browser: Browser
) -> None:
    """Bad input 39."""
    theirs = either_house.request("Bilal", either_house.belgrave)
    either_browser.log_in("sam")
    assert "Bilal" not in either_browser.open("/requests").text
    assert either_browser.open(f"/requests/{theirs}").status_code == 404
    either_browser.open("/")
    page = either_browser.send(f"/requests/{theirs}", {"do": "approve", "version": "1"})
    assert page.status_code == 404
    assert "Bilal" not in page.text
    assert either_house.booking(theirs).state == "requested"
    assert refusals(either_house) == [("sam", "booking", str(theirs))] * 2


def test_another_librarys_session_and_task_are_not_there_either(house: House, browser: Browser) -> None:
    task = house.task("callback", place="belgrave", note="call Bilal")
    browser.log_in("sam")
    assert browser.open(f"/sessions/{house.belgrave}").status_code == 404
    assert browser.open(f"/tasks/{task}").status_code == 404
    assert "call Bilal" not in browser.open("/tasks").text
    assert [subject for _, subject, _ in refusals(house)] == ["occurrence", "task"]


def test_what_never_existed_is_not_there(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    for path in ("/requests/99999", "/requests/abc", "/sessions/99999", "/tasks/99999", "/nothing"):
        assert browser.open(path).status_code == 404, path
    for path in ("/requests/99999999999999999999", "/requests?page=x", "/tasks?done=-1", "/sessions/0"):
        page = browser.open(path)
        assert page.status_code == 404, path
        assert "There is no such page" in page.text


def test_a_viewer_reads_and_changes_nothing(house: House, browser: Browser) -> None:
    asked, task = house.request("Ada", house.fosse), house.task("callback", note="x")
    browser.log_in("vic")
    page = browser.open(f"/requests/{asked}").text
    assert "Ada" in page and 'name="do"' not in page
    assert "Cancel this date" not in browser.open(f"/sessions/{house.fosse}").text
    assert "Add a weekly session" not in browser.open("/sessions").text
    assert browser.open("/sessions/new").status_code == 403
    browser.open("/")
    for path, form in (
        (f"/requests/{asked}", {"do": "approve", "version": "1"}),
        (f"/sessions/{house.fosse}", {"reason": "full"}),
        (f"/tasks/{task}", {}),
        ("/sessions/new", {}),
    ):
        browser.open("/")
        assert browser.send(path, form).status_code == 403, path
    assert house.booking(asked).state == "requested"


def test_42_a_disabled_accounts_session_ends_at_once(either_house: House, either_browser: Browser) -> None:
    """Bad input 42."""
    account = either_house.staff("tom")
    either_browser.log_in("tom")
    assert either_browser.open("/").url.path == "/staff/"
    with transaction(either_house.engine) as session:
        accounts.disable(session, account, actor="admin", now=either_house.clock.now)
    assert either_browser.open("/").url.path == "/staff/login"
    assert either_browser.log_in("tom").status_code == 403


def test_a_session_ends_after_ten_hours_even_in_use(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    for _ in range(39):
        house.clock.forward(minutes=15)
        assert browser.open("/").url.path == "/staff/"
    house.clock.forward(minutes=16)
    assert browser.open("/").url.path == "/staff/login"


def test_logging_out_ends_the_session_on_the_server_too(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    stolen = browser.client.cookies["desk_staff"]
    assert browser.send("/logout").url.path == "/staff/login"
    browser.client.cookies.set("desk_staff", stolen, path="/staff", domain="127.0.0.1")
    assert browser.open("/requests").url.path == "/staff/login"


def test_pages_carry_the_headers_that_protect_them_and_are_not_kept(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    for path in ("/", "/requests", "/nothing"):
        page = browser.open(path)
        policy = page.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert nonce and f'nonce="{nonce[1]}"' in page.text
        assert (
            "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        )
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert not re.search(r'\sstyle="|\son\w+="', page.text)
        assert "GOV.UK" not in page.text
    assert browser.open("/").headers["content-security-policy"] != policy  # a fresh nonce each time


def test_a_form_that_is_far_too_long_is_refused(house: House, browser: Browser) -> None:
    browser.log_in("sam")
    asked = house.request("Ada", house.fosse)
    browser.open(f"/requests/{asked}")
    form = {"do": "decline", "reason": "other", "note": "x" * 70_000}
    assert browser.send(f"/requests/{asked}", form).status_code == 413
    many = httpx.QueryParams([("f", str(n)) for n in range(200)])
    page = browser.client.post(f"/staff/requests/{asked}", content=str(many))
    assert page.status_code == 413


def test_a_busy_database_says_so_and_nothing_is_lost(house: House, browser: Browser) -> None:
    """Bad input 48."""
    browser.log_in("sam")
    with house.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
        connection.commit()
    page = browser.open("/tasks")
    assert page.status_code == 503
    assert "retry-after" in page.headers
    assert timedelta(seconds=int(page.headers["retry-after"])) < timedelta(minutes=1)
