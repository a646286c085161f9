"""Administrators let people in, say what they may do and where, and close accounts; never beyond their own reach."""

import re

import pytest
from sqlalchemy import select

from store import accounts
from store.database import reading, transaction
from store.models import Account, Audit
from tests.staff.conftest import PASSWORD, Browser, House, browsing
from tests.staff.test_codes import code_of, turn_on

NEW = {"name": "Nadia Omar", "username": "Nadia", "role": "librarian", "where": "some", "at-fosse": "on"}


@pytest.fixture
def admin(house: House, browser: Browser) -> Browser:
    """Ann, administrator of every library, logged in."""
    house.staff("ann", role="admin")
    browser.log_in("ann")
    return browser


def account(house: House, username: str) -> Account:
    with reading(house.engine) as session:
        return session.scalars(select(Account).filter_by(username=username)).one()


def link_on(text: str) -> str:
    found = re.search(r"http://desk\.example/staff(/invited/[\w-]+)", text)
    assert found, "no one-time link"
    return found[1]


def act(browser: Browser, account_id: int, do: str, **more: str) -> int:
    browser.open(f"/people/{account_id}")
    return browser.send(f"/people/{account_id}", {"do": do, **more}).status_code


def test_somebody_is_invited_chooses_a_password_and_comes_in(house: House, admin: Browser) -> None:
    admin.open("/people/new")
    page = admin.send("/people/new", NEW)
    path = link_on(page.text)
    assert "It is shown only now" in page.text
    nadia = account(house, "nadia")
    assert (nadia.role, nadia.places, nadia.password_hash) == ("librarian", ["fosse"], "")
    assert path not in admin.open(f"/people/{nadia.id}").text
    assert "Not in yet" in admin.open("/people").text
    with browsing(house) as theirs:
        assert "Nadia Omar" in theirs.open(path).text
        assert theirs.open(path).status_code == 200  # programs that look at links use nothing up
        for new, again in (
            ("short", "short"),
            ("three odd words here", "others"),
            ("nadia-nadia-nadia",) * 2,
        ):
            page = theirs.send(path, {"new": new, "password": again})
            assert page.status_code == 422 and new not in page.text
        page = theirs.send(path, {"new": "three odd words here", "password": "three odd words here"})
        assert "Your password is set" in page.text
        assert theirs.open(path).status_code == 404
        assert theirs.log_in("nadia", "three odd words here", back="/").url.path == "/staff/"
    assert "Not in yet" not in admin.open("/people").text


def test_a_link_that_ran_out_was_used_or_never_was_says_so(house: House, admin: Browser) -> None:
    admin.open("/people/new")
    path = link_on(admin.send("/people/new", NEW).text)
    house.clock.forward(hours=72)
    for dead in (path, "/invited/made-up", "/invited/%00"):
        page = admin.open(dead)
        assert page.status_code == 404 and "does not work any more" in page.text
    admin.log_in("ann", back="/people")
    assert "Link ran out" in admin.page.text


def test_a_link_of_a_closed_account_does_not_work(house: House, admin: Browser) -> None:
    admin.open("/people/new")
    path = link_on(admin.send("/people/new", NEW).text)
    assert act(admin, account(house, "nadia").id, "close") == 200
    assert admin.open(path).status_code == 404


def test_choosing_a_password_needs_our_own_page(house: House, admin: Browser) -> None:
    """Bad input 38."""
    admin.open("/people/new")
    path = link_on(admin.send("/people/new", NEW).text)
    form = {"new": PASSWORD, "password": PASSWORD}
    assert admin.client.post(f"/staff{path}", data=form).status_code == 403
    evil = {"origin": "https://evil.example"}
    assert admin.client.post(f"/staff{path}", data=form, headers=evil).status_code == 403
    assert account(house, "nadia").password_hash == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Write their name"),
        ({"name": "x" * 81}, "Write their name"),
        ({"username": ""}, "Write a log-in name"),
        ({"username": "two words"}, "Write a log-in name"),
        ({"username": "x" * 65}, "Write a log-in name"),
        ({"username": "System"}, "the desk uses this one"),
        ({"username": "SAM"}, "There is such a log-in name"),
        ({"role": "king"}, "Choose what they may do"),
        ({"at-fosse": ""}, "Choose at least one library"),
        ({"at-fosse": "", "at-nowhere": "on"}, "that are your own"),
    ],
    ids=str,
)
def test_an_invitation_that_makes_no_sense_is_explained_and_kept(
    house: House, admin: Browser, wrong: dict[str, str], said: str
) -> None:
    admin.open("/people/new")
    page = admin.send("/people/new", {**NEW, **wrong})
    assert page.status_code == 422
    assert said in page.text
    with reading(house.engine) as session:
        assert session.scalars(select(Account).filter_by(name="Nadia Omar")).first() is None


def test_a_name_in_any_script_or_with_signs_is_shown_as_it_is(house: House, admin: Browser) -> None:
    """Bad inputs 5, 8 and 10."""
    admin.open("/people/new")
    name = "نادية <script>alert(1)</script> {{7*7}}\u202e"
    page = admin.send("/people/new", {**NEW, "name": name})
    assert "<script>alert" not in page.text
    assert "نادية &lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in admin.open("/people").text


def test_a_double_tap_makes_one_account(admin: Browser) -> None:
    admin.open("/people/new")
    first = admin.page
    admin.send("/people/new", NEW)
    admin.page = first
    assert "There is such a log-in name already" in admin.send("/people/new", NEW).text


def test_role_and_libraries_are_changed_and_count_at_once(house: House, admin: Browser) -> None:
    with browsing(house) as theirs:
        theirs.log_in("sam")
        asked = house.request("Bilal", house.belgrave)
        assert theirs.open(f"/requests/{asked}").status_code == 404
        sam = account(house, "sam").id
        assert act(admin, sam, "change", role="manager", where="all") == 200
        assert theirs.open(f"/requests/{asked}").status_code == 200
        assert account(house, "sam").places is None
        assert act(admin, sam, "change", **{"role": "viewer", "where": "some", "at-belgrave": "on"}) == 200
        assert (account(house, "sam").role, account(house, "sam").places) == ("viewer", ["belgrave"])


def test_42_closing_an_account_ends_its_sessions_at_once(
    either_house: House, either_browser: Browser
) -> None:
    either_house.staff("ann", role="admin")
    sam = account(either_house, "sam").id
    either_browser.log_in("ann")
    with browsing(either_house) as theirs:
        theirs.log_in("sam")
        assert act(either_browser, sam, "close") == 200
        assert theirs.open("/").url.path == "/staff/login"
        assert theirs.log_in("sam").status_code == 403
        assert "Closed" in either_browser.open("/people").text
        assert act(either_browser, sam, "open") == 200
        assert theirs.log_in("sam", back="/").url.path == "/staff/"


def test_a_reset_gives_a_new_link_and_ends_password_and_sessions(house: House, admin: Browser) -> None:
    secret, _ = turn_on(house)
    sam = account(house, "sam").id
    with browsing(house) as theirs:
        theirs.log_in("sam")
        theirs.send("/login/code", {"code": code_of(house, secret)})
        assert act(admin, sam, "reset") == 200
        path = link_on(admin.page.text)
        assert theirs.open("/").url.path == "/staff/login"
        assert theirs.log_in("sam").status_code == 403
        theirs.open(path)
        theirs.send(path, {"new": PASSWORD, "password": PASSWORD})
        assert theirs.log_in("sam").url.path == "/staff/login/code"  # the phone is still asked
    assert act(admin, sam, "reset", codes="remove") == 200
    assert account(house, "sam").code_sealed is None


def test_the_last_administrator_cannot_be_locked_out(house: House, admin: Browser) -> None:
    ann = account(house, "ann").id
    for do, form in (
        ("close", {}),
        ("change", {"role": "manager", "where": "all"}),
        ("change", {"role": "admin", "where": "some", "at-fosse": "on"}),
    ):
        assert act(admin, ann, do, **form) == 422
        assert "the last administrator of every library" in admin.page.text
    assert act(admin, ann, "reset") == 422
    assert account(house, "ann").role == "admin"
    house.staff("bob", role="admin")
    assert (
        act(admin, ann, "change", role="manager", where="all") == 403
    )  # done: not an administrator any more
    assert account(house, "ann").role == "manager"


def test_two_administrators_at_once_the_second_is_told_of_the_first(house: House, admin: Browser) -> None:
    sam = account(house, "sam").id
    stale = admin.open(f"/people/{sam}")
    assert act(admin, sam, "change", role="viewer", where="all") == 200
    admin.page = stale
    page = admin.send(f"/people/{sam}", {"do": "change", "role": "admin", "where": "all"})
    assert page.status_code == 409 and "Already changed by Ann" in page.text
    admin.page = stale
    assert admin.send(f"/people/{sam}", {"do": "close"}).status_code == 409
    for version in ("", "x", "٣", "9" * 30, "-1"):
        page = admin.send(f"/people/{sam}", {"do": "close", "version": version})
        assert page.status_code == 409, version
    assert account(house, "sam").disabled_at is None


def test_an_administrator_of_one_library_reaches_only_its_people(house: House, browser: Browser) -> None:
    """Bad input 39."""
    house.staff("sue", role="admin", places=["fosse"])
    browser.log_in("sue")
    page = browser.open("/people").text
    assert "Sam" in page and "Bea" not in page and "Vic" not in page
    for other in ("bea", "vic"):
        id_ = account(house, other).id
        assert browser.open(f"/people/{id_}").status_code == 404
        browser.open("/people/new")
        page_ = browser.send(f"/people/{id_}", {"do": "close", "version": "1"})
        assert page_.status_code == 404
        assert account(house, other).disabled_at is None
    with reading(house.engine) as session:
        refused = session.scalars(select(Audit).filter_by(action="access.refused", actor="sue")).all()
    assert len(refused) == 4
    assert "Every library" not in browser.open("/people/new").text
    sam = account(house, "sam").id
    for form in ({"where": "all"}, {"at-belgrave": "on"}, {"at-fosse": "on", "at-belgrave": "on"}, {}):
        assert act(browser, sam, "change", role="admin", **form) == 422
        browser.open("/people/new")
        new = {**NEW, "where": "", "at-fosse": "", **form}
        assert browser.send("/people/new", new).status_code == 422
    assert account(house, "sam").places == ["fosse"]
    assert act(browser, sam, "change", **{"role": "admin", "at-fosse": "on"}) == 200


def test_nobody_but_administrators_gets_near(house: House, browser: Browser) -> None:
    house.staff("mia", role="manager")
    browser.log_in("mia")
    assert "People" not in browser.open("/more").text
    for path in ("/people", "/people/new", "/people/1", "/audit"):
        assert browser.open(path).status_code == 403
    browser.open("/account")
    assert browser.send("/people/new", NEW).status_code == 403
    assert browser.send("/people/1", {"do": "close"}).status_code == 403


def test_what_is_not_there_is_not_there(admin: Browser) -> None:
    for path in ("/people/99999", "/people/0", "/people/x", "/people/99999999999999999999"):
        assert admin.open(path).status_code == 404
    assert act(admin, 1, "dance") == 422


def test_the_people_page_takes_the_same_statements_however_many_there_are(
    house: House, admin: Browser
) -> None:
    few = house.statements(lambda: admin.open("/people"))
    for number in range(30):
        house.staff(f"person{number}")
    assert house.statements(lambda: admin.open("/people")) == few


def test_one_changes_ones_own_password_and_is_logged_out_everywhere_else(
    house: House, browser: Browser
) -> None:
    new = "three odd words here"
    with browsing(house) as elsewhere:
        elsewhere.log_in("sam")
        browser.log_in("sam")
        for form in (
            {"old": "wrong password", "new": new, "password": new},
            {"old": PASSWORD, "new": new, "password": "another"},
            {"old": PASSWORD, "new": "short", "password": "short"},
        ):
            browser.open("/account")
            page = browser.send("/account", {"do": "password", **form})
            assert page.status_code == 422 and new not in page.text
        assert elsewhere.open("/").url.path == "/staff/"
        browser.open("/account")
        page = browser.send("/account", {"do": "password", "old": PASSWORD, "new": new, "password": new})
        assert "Your password is changed" in page.text
        assert elsewhere.open("/").url.path == "/staff/login"
        assert browser.open("/").url.path == "/staff/"
        assert browser.log_in("sam", new, back="/").url.path == "/staff/"


def test_guessing_the_old_password_in_a_borrowed_browser_is_slowed_down(
    house: House, browser: Browser
) -> None:
    browser.log_in("sam")
    said = []
    for _ in range(7):
        browser.open("/account")
        said.append(browser.send("/account", {"do": "password", "old": "wrong"}).text)
    assert "Too many wrong passwords" in said[-1]


def test_one_sees_where_one_is_logged_in_and_logs_out_the_others(house: House, browser: Browser) -> None:
    agents = {
        "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1": "Safari on an iPhone",
        "<b>x</b>": "A browser",
    }
    for agent in agents:
        with browsing(house) as other:
            other.client.headers["user-agent"] = agent
            other.log_in("sam")
    browser.log_in("sam")
    page = browser.open("/account").text
    for words in agents.values():
        assert words in page
    assert "<b>x" not in page and page.count("This one") == 1
    page = browser.send("/account", {"do": "others"}).text
    assert "Everywhere else you have been logged out" in page and "Firefox on Windows" not in page


def test_a_password_typed_into_a_form_that_expired_is_kept_nowhere(house: House, browser: Browser) -> None:
    """Bad input 37."""
    browser.log_in("sam")
    browser.open("/account")
    house.clock.forward(minutes=31)
    secret = {
        "old": PASSWORD,
        "new": "a brand new secret",
        "password": "a brand new secret",
        "code": "123456",
    }
    browser.send("/account", {"do": "password", **secret})
    held = browser.client.cookies.get("desk_held")
    assert held
    opened = house.vault.open(held)
    assert not any(value in opened for value in secret.values())
    assert browser.log_in("sam", back="/account").url.path == "/staff/account"


def test_every_change_is_in_the_audit_with_who_did_it_and_no_name(house: House, admin: Browser) -> None:
    admin.open("/people/new")
    admin.send("/people/new", NEW)
    nadia = account(house, "nadia").id
    for do, form in (
        ("change", {"role": "viewer", "where": "all"}),
        ("reset", {}),
        ("close", {}),
        ("open", {}),
    ):
        assert act(admin, nadia, do, **form) == 200
    with reading(house.engine) as session:
        rows = session.scalars(select(Audit).filter_by(subject="account", subject_id=str(nadia))).all()
    done = ["created", "changed", "reset", "disabled", "enabled"]
    assert [(row.actor, row.action) for row in rows] == [("ann", f"account.{each}") for each in done]
    assert "Nadia" not in str([row.detail for row in rows])


def test_the_command_line_can_do_it_too_and_says_what_is_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from typer.testing import CliRunner

    from bot.commands import staff

    desk = SimpleNamespace(
        engine=house.engine,
        clock=house.clock,
        kb=SimpleNamespace(places={"fosse": 1, "belgrave": 1}),
        settings=SimpleNamespace(public_url="http://desk.example/"),
    )
    monkeypatch.setattr(staff, "open_desk", lambda: desk)

    def run(*words: str) -> str:
        result = CliRunner().invoke(staff.app, list(words))
        assert (result.exit_code == 0) != ("Not changed" in result.output), result.output
        return " ".join(result.output.split())

    assert link_on(run("add", "nadia", "--name", "Nadia [x]", "--role", "admin", "--link"))
    said = run("add", "omar", "--name", "Omar", "--role", "admin", "--password", PASSWORD)
    assert "log in at http://desk.example/staff/" in said
    assert "12 characters" in run("add", "ben", "--name", "Ben", "--password", "short")
    assert "no library is called nowhere" in run("add", "ben", "--name", "B", "--link", "--place", "nowhere")
    assert "Nadia [x]" in run("list")
    assert "changed" in run("change", "nadia", "--role", "librarian", "--place", "fosse")
    assert account(house, "nadia").places == ["fosse"]
    assert "last administrator" in run("disable", "omar")
    assert "closed" in run("disable", "nadia")
    assert "disabled already" in run("disable", "nadia")
    assert "again" in run("enable", "nadia")
    assert link_on(run("reset", "nadia", "--codes"))
    assert "no such log-in name" in run("reset", "nobody")
    with transaction(house.engine) as session:
        actors = session.scalars(select(Audit.actor).filter_by(subject="account")).all()
        assert set(actors) == {accounts.OPERATOR}
