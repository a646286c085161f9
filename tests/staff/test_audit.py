"""The audit says who did what in plain English, finds it again, and nobody can change it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from staff import deeds
from store import audit, tasks
from store.database import transaction
from store.models import Account, Audit
from store.transitions import State
from tests.staff.conftest import Browser, House

ROOT = Path(__file__).parents[2]
# What an f-string such as f"booking.{state}" can become.
MADE = {
    "booking.": {str(state) for state in State} | {"moved"},
    "text.": {"draft", "reviewed"},
    "fact.": {"confirmed", "corrected", "taken_out", "file", "folded"},
}


def written() -> Iterator[tuple[str, ast.expr]]:
    """Every action and subject that store/ and staff/ write, with the place where they do."""
    for file in sorted([*ROOT.glob("store/**/*.py"), *ROOT.glob("staff/**/*.py"), *ROOT.glob("bot/**/*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.write":
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def actions(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return actions(node.body) | actions(node.orelse)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        start = str(node.values[0].value)
        return {start + end for end in MADE[start]} if start in MADE else {start}
    return set()


def test_every_action_that_is_written_anywhere_has_a_sentence() -> None:
    missing = {
        f"{where}: {action}"
        for where, call in written()
        for action in actions(call.args[2])  # type: ignore[attr-defined]
        if not any(
            known == action or (action.endswith(".") and known.startswith(action)) for known in deeds.DEEDS
        )
    }
    assert missing == set()


def test_every_subject_and_every_kind_has_words() -> None:
    subjects = {
        str(node.value)
        for _, call in written()
        if isinstance(node := call.args[3], ast.Constant)  # type: ignore[attr-defined]
    }
    assert subjects - set(deeds.SUBJECTS) == set()
    assert {action.partition(".")[0] for action in deeds.DEEDS} == set(deeds.KINDS)


def test_every_page_that_a_subject_leads_to_is_there(house: House) -> None:
    from staff.app import create
    from tests.staff.conftest import NAMES

    app = create(
        house.engine, vault=house.vault, names=NAMES, words=None, public_url="http://desk.example"  # type: ignore[arg-type]
    )  # fmt: skip
    for page, field in map(deeds.page_of, deeds.SUBJECTS):
        if page:
            assert app.url_path_for(page, **{field: 1})
    assert any(isinstance(route, APIRoute) for route in app.routes) or app.routes


@pytest.fixture
def admin(house: House, browser: Browser) -> Browser:
    house.staff("ann", role="admin", name="Ann Patel")
    browser.log_in("ann")
    return browser


def decide(house: House, browser: Browser, name: str) -> int:
    asked = house.request(name, house.fosse)
    browser.open(f"/requests/{asked}")
    browser.send(f"/requests/{asked}", {"do": "approve"})
    return asked


def test_it_reads_like_a_sentence_with_a_link_and_names_nobody(house: House, admin: Browser) -> None:
    asked = decide(house, admin, "Maryam")
    reference = house.booking(asked).reference
    page = admin.open("/audit").text
    words = " ".join(page.replace("<bdi>", "").replace("</bdi>", "").replace("</strong>", "").split())
    assert (
        f'Ann Patel approved <a class="govuk-link" href="/staff/requests/{asked}">request {reference}</a>'
        in words
    )
    assert "The person made" in words
    assert (
        'Ann Patel logged in to <a class="govuk-link" href="/staff/people/4">their own account</a>' in words
    )
    assert "with a password" in words
    assert "Maryam" not in page


def test_it_is_found_by_person_kind_day_and_thing(house: House, admin: Browser) -> None:
    asked = decide(house, admin, "Ada")
    house.clock.forward(days=1)
    admin.log_in("sam", back="/")
    admin.log_in("ann", back="/audit")

    def found(query: str) -> str:
        return admin.open(f"/audit?{query}").text

    assert "approved" not in found("who=sam") and "logged in to" in found("who=sam")
    assert "logged in" not in found("kind=booking").split("<tbody")[1]
    assert (
        "approved" in found("day=2026-11-23") and "approved" not in found("day=2026-11-24").split("<tbody")[1]
    )
    assert "approved" in found("day=2026-11-22&until=2026-11-24")
    assert "Nothing was found" in found("until=2026-11-01")
    about = found(f"subject=booking&id={asked}")
    assert f"2 entries about request {asked}" in about and "logged in" not in about.split("<tbody")[1]
    assert "Show everything" in about


@pytest.mark.parametrize(
    "query",
    [
        "who=nobody&kind=nothing&page=999",
        "day=yesterday",
        "day=2026-02-30&until=9999-12-31",
        "until=2099-12-31",
        "subject=%3Cscript%3E&id=%00",
        "subject=booking&id=" + "9" * 200,
        "id=7",
        "kind=%25",
    ],
)
def test_an_odd_question_gets_a_page(house: House, admin: Browser, query: str) -> None:
    page = admin.open(f"/audit?{query}")
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_rows_that_nobody_knows_any_more_are_still_shown(house: House, admin: Browser) -> None:
    with transaction(house.engine) as session:
        for subject_id in ("0", "x", "9" * 40, "٣", "-1"):
            audit.write(session, "gone", "thing.happened", "thing", subject_id, house.clock.now)
            audit.write(
                session, "gone", "booking.approved", "booking", subject_id, house.clock.now, reason=["x"]
            )
    page = admin.open("/audit").text
    assert "thing: happened" in page and "gone" in page


def test_it_comes_in_pages_with_the_same_statements_each(house: House, admin: Browser) -> None:
    few = house.statements(lambda: admin.open("/audit"))
    with transaction(house.engine) as session:
        for number in range(120):
            task = tasks.file(session, "callback", about=str(number), now=house.clock.now)
            audit.write(session, "sam", "task.done", "task", task.id, house.clock.now)
    page = admin.open("/audit?kind=task&page=3")
    assert page.text.count("did <a") == 20 and "120 entries" in page.text
    assert house.statements(lambda: admin.open("/audit")) <= few + 1
    assert "Sam" in page.text


def test_an_administrator_of_one_library_sees_what_its_staff_did(house: House, browser: Browser) -> None:
    """Bad input 39."""
    house.staff("sue", role="admin", places=["fosse"])
    browser.log_in("bea")
    browser.log_in("sam", back="/")
    browser.log_in("sue", back="/audit")
    page = browser.page.text
    assert "Sam" in page and "Bea" not in page and "The person" not in page
    assert "Bea" not in browser.open("/audit?who=bea").text
    with transaction(house.engine) as session:
        bea = session.scalars(select(Account.id).filter_by(username="bea")).one()
    assert "Nothing was found" in browser.open(f"/audit?subject=account&id={bea}").text


def test_no_page_can_change_it(house: House, admin: Browser) -> None:
    with transaction(house.engine) as session:
        before = [(row.id, row.action) for row in session.scalars(select(Audit))]
    for method in ("POST", "PUT", "DELETE"):
        assert admin.client.request(method, "/staff/audit", data={"csrf": "x"}).status_code == 405
    with transaction(house.engine) as session:
        assert [(row.id, row.action) for row in session.scalars(select(Audit))] == before
