"""Other directories read the standard's JSON: only what may be said of today, or carries its year."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from kb.load import load
from kb.model import KnowledgeBase
from kb.openreferral import identifier, service_detail, service_list
from tests.kb.conftest import Edit

ROOT = Path(__file__).parents[2]
CONTRACTS = Path(os.environ.get("WELCOME_CONTRACTS", ROOT.parent / "shared" / "contracts"))
SCHEMAS = CONTRACTS / "hsds_uk" / "schema" / "compiled"


@pytest.fixture
def assured(folder: Path, edit: Edit) -> KnowledgeBase:
    """The knowledge base as it may be one day: staff confirmed a place, its address and a weekly hour."""
    staff = "confirmed: true\n    source: {staff: librarian, date: '2026-11-20'}"
    file = "services/work_coach.yaml"
    edit(file, "assured_date: null\nassurer: null", "assured_date: 2026-11-20\nassurer: librarian")
    edit(
        file,
        "  - freq: WEEKLY\n    source: *points",
        f"  - freq: WEEKLY\n    byday: MO\n    opens_at: '10:00'\n    {staff}",
    )
    edit(file, "  - id: brite-centre\n    source: *brite", f"  - id: brite-centre\n    {staff}")
    contact = f"contacts:\n  - title: Work coaches\n    email: coach@example.test\n    {staff}\n"
    edit(file, "unconfirmed:", f"{contact}unconfirmed:")
    edit(
        "places/brite-centre.yaml",
        "assured_date: null\nassurer: null\n",
        "assured_date: 2026-11-20\nassurer: librarian\n"
        "addresses:\n  - address_1: 1 Test Street\n    city: Leicester\n"
        f"    state_province: Leicestershire\n    postal_code: LE1 1AA\n    {staff}\n",
    )
    return load(folder)


def _everything(kb: KnowledgeBase) -> list[dict[str, Any]]:
    details = [service_detail(kb, listed["id"]) for listed in service_list(kb)["contents"]]
    return [detail for detail in details if detail is not None]


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "id" or key.endswith("_id"))
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the HSDS-UK schemas are not here (set WELCOME_CONTRACTS)")
def test_every_service_is_valid_by_the_standards_own_schemas(
    shipped: KnowledgeBase, assured: KnowledgeBase
) -> None:
    nested, listed = (
        json.loads((SCHEMAS / name).read_text()) for name in ("service.json", "service_list.json")
    )
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    for kb in (shipped, assured):
        for service in _everything(kb):
            jsonschema.Draft202012Validator(nested, format_checker=checker).validate(service)
            unknown = set(service) - set(nested["properties"])
            assert not unknown
        for service in service_list(kb)["contents"]:
            jsonschema.Draft202012Validator(listed, format_checker=checker).validate(service)
            assert not set(service) - set(listed["properties"])


def test_every_service_has_what_the_standard_requires(shipped: KnowledgeBase, assured: KnowledgeBase) -> None:
    for kb in (shipped, assured):
        services = _everything(kb)
        assert len(services) == len(kb.services)
        for service in services:
            assert service["name"] and service["description"] and service["status"] in {"active", "inactive"}
            assert {"id", "name", "description"} <= set(service["organization"])
            for name in ("schedules", "service_at_locations", "cost_options", "contacts"):
                assert all(item["service_id"] == service["id"] for item in service[name])
            for text in _ids(service):
                assert str(UUID(text)) == text
            assert "null" not in json.dumps(service)


def test_ids_are_unique_and_the_same_on_every_machine(shipped: KnowledgeBase) -> None:
    assert identifier("service", "work_coach") == "797c3b4d-61a0-517d-ad46-3d4dcf8943c6"
    ids = [service["id"] for service in service_list(shipped)["contents"]]
    assert len(set(ids)) == len(shipped.services)
    assert UUID(ids[0]).version == 5


def test_an_id_that_is_not_ours_finds_nothing(shipped: KnowledgeBase) -> None:
    for identity in ("work_coach", "", "\x00", "797c3b4d-0000-517d-ad46-000000000000"):
        assert service_detail(shipped, identity) is None


def test_pages_hold_every_service_once(shipped: KnowledgeBase) -> None:
    pages = [service_list(shipped, page=page, per_page=4) for page in range(1, 6)]
    assert [page["size"] for page in pages] == [4, 4, 4, 3, 0]
    assert [page["first_page"] for page in pages] == [True, False, False, False, False]
    assert [page["last_page"] for page in pages] == [False, False, False, True, True]
    assert pages[4]["empty"] and not pages[3]["empty"]
    assert {page["total_items"] for page in pages} == {15}
    assert {page["total_pages"] for page in pages} == {4}
    listed = [service["id"] for page in pages for service in page["contents"]]
    assert listed == [service["id"] for service in service_list(shipped)["contents"]]
    assert service_list(shipped, per_page=10**9)["size"] == 15
    for page, per_page in ((0, 1), (-1, 1), (1, 0)):
        with pytest.raises(ValueError, match="start at 1"):
            service_list(shipped, page=page, per_page=per_page)


def test_what_nobody_confirmed_has_no_field_of_its_own(shipped: KnowledgeBase) -> None:
    coach = service_detail(shipped, identifier("service", "work_coach"))
    assert coach is not None
    assert coach["schedules"] == coach["service_at_locations"] == coach["contacts"] == []
    assert "In 2022 the sessions were every week." in coach["description"]
    assert coach["alert"].startswith("Library staff have not confirmed: days, times, places")
    assert "assured_date" not in coach


def test_standing_policy_is_published_as_free(shipped: KnowledgeBase) -> None:
    books = service_detail(shipped, identifier("service", "borrow_books"))
    assert books is not None
    assert [(option["option"], option["amount"]) for option in books["cost_options"]] == [
        ("Reserving a book", 0)
    ]


def test_what_staff_confirmed_is_published(assured: KnowledgeBase) -> None:
    coach = service_detail(assured, identifier("service", "work_coach"))
    assert coach is not None
    assert (coach["assured_date"], coach["email"]) == ("2026-11-20", "coach@example.test")
    assert [(one["byday"], one["opens_at"]) for one in coach["schedules"]] == [("MO", "10:00")]
    (at,) = coach["service_at_locations"]
    assert at["location"]["name"] == "BRITE Centre"
    assert at["location"]["addresses"][0]["postal_code"] == "LE1 1AA"


def test_a_sensitive_group_is_published_without_day_or_place(folder: Path, edit: Edit) -> None:
    file = "services/mother_baby_group.yaml"
    edit(file, "assured_date: null\nassurer: null", "assured_date: 2026-11-20\nassurer: librarian")
    edit(file, "    byday: TU\n", "    byday: TU\n    confirmed: true\n")
    edit(file, "  - id: central-library\n", "  - id: central-library\n    confirmed: true\n")
    group = service_detail(load(folder), identifier("service", "mother_baby_group"))
    assert group is not None
    assert group["schedules"] == group["service_at_locations"] == []
    assert "Tuesday" not in json.dumps(group) and "Central" not in json.dumps(group)


def test_kickstart_is_published_as_ended(shipped: KnowledgeBase) -> None:
    kickstart = service_detail(shipped, identifier("service", "kickstart"))
    assert kickstart is not None
    assert (kickstart["status"], kickstart["alert"]) == ("inactive", "This service has ended.")
    assert (kickstart["minimum_age"], kickstart["maximum_age"]) == (18, 25)
