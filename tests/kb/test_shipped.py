"""What ships is true: every fact has a source, nothing is there that the two documents don't give."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from kb.check import check
from kb.load import KB, records
from kb.model import KnowledgeBase
from kb.phrases import phrases

SERVICES = {
    "join_library",
    "borrow_books",
    "computers_printing",
    "citizenship_practice",
    "driving_theory",
    "form_help",
    "work_coach",
    "it_sessions",
    "mother_baby_group",
    "befriending_group",
    "advice_sessions",
    "volunteering",
    "children_activities",
    "english_classes",
    "kickstart",
}
BOOKABLE = {
    "citizenship_practice",
    "driving_theory",
    "form_help",
    "work_coach",
    "it_sessions",
    "mother_baby_group",
}
PLACES = {"central-library", "beaumont-leys", "st-matthews", "fosse", "belgrave", "brite-centre"}
PARTNERS = {
    "refugee-action",
    "assist",
    "refugee-housing-association",
    "leicester-adult-education-college",
    "dwp",
    "multi-agency-forum",
    "unity-works",
}


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for item in value.values():
                yield from _strings(item)


def test_the_shipped_knowledge_base_has_no_faults() -> None:
    assert check() == []


def test_every_named_service_partner_and_place_is_there(shipped: KnowledgeBase) -> None:
    assert set(shipped.services) == SERVICES
    assert set(shipped.partners) == PARTNERS
    assert set(shipped.places) == PLACES
    assert {name for name, service in shipped.services.items() if service.bookable} == BOOKABLE


def test_every_claim_has_a_source_in_one_of_the_two_documents(shipped: KnowledgeBase) -> None:
    assert set(shipped.documents) == {"wtyl-plan-2006", "employment-support-2022"}
    found = [claim.source for _, record in records(shipped) for _, claim in record.claims()]
    assert len(found) > 70
    for source in found:
        assert source.document in shipped.documents
        assert source.where


def test_nobody_has_confirmed_anything_yet(shipped: KnowledgeBase) -> None:
    for file, record in records(shipped):
        assert record.assured_date is None, file
        assert not [field for field, claim in record.claims() if claim.confirmed], file


def test_only_free_use_and_no_identification_are_answered_as_they_stand(shipped: KnowledgeBase) -> None:
    standing = {
        claim.text
        for service in shipped.services.values()
        for claim in service.facts
        if claim.standing and claim.source.date == "2006"
    }
    assert standing == {
        "You need no identification to join.",
        "Reserving a book is free.",
        "Using the internet is free.",
    }
    assert shipped.services["join_library"].facts[0].text == "You need no identification to join."


def test_no_phone_number_address_or_opening_time_is_anywhere(shipped: KnowledgeBase) -> None:
    forbidden = re.compile(
        r"(?<!\d)0\d{3}|\+\d{3}|\d{5}|\d{3,}[ -]\d{3,}|@|www\.|http"
        r"|\b[A-Z]{1,2}\d{1,2} ?\d[A-Z]{2}\b|\d[:.]\d\d|\b\d{1,2} ?[ap]m\b|\b(Street|Road|Lane|Avenue)\b"
    )
    files = sorted(KB.rglob("*.yaml"))
    assert len(files) == len(SERVICES | PARTNERS | PLACES) + 2
    for file in files:
        for text in _strings(yaml.safe_load(file.read_text(encoding="utf-8").replace("Plan 2006-2007", ""))):
            if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):  # the date of a source
                continue
            assert not forbidden.search(text), f"{file.name}: {text}"
    for _, record in records(shipped):
        assert record.contacts == ()
    assert all(place.addresses == () and place.schedules == () for place in shipped.places.values())


def test_the_only_weekday_is_tuesday_for_mothers_and_babies_in_2006(shipped: KnowledgeBase) -> None:
    days = {
        (name, schedule.byday, schedule.source.date)
        for name, service in shipped.services.items()
        for schedule in service.schedules
        if schedule.byday
    }
    assert days == {("mother_baby_group", "TU", "2006")}
    assert "days" in shipped.services["mother_baby_group"].unconfirmed
    weekdays = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)
    texts = [text for key, text in phrases(shipped).items() if weekdays.search(text)]
    assert texts == ["In 2006 it met on Tuesdays at Central Lending Library."]


def test_no_service_claims_a_library_that_its_document_does_not_name(shipped: KnowledgeBase) -> None:
    tied = {(name, place) for name, service in shipped.services.items() for place in service.places}
    assert tied == {("mother_baby_group", "central-library"), ("work_coach", "brite-centre")}


@pytest.mark.parametrize(
    "service_id", sorted(SERVICES - {"join_library", "borrow_books", "computers_printing"})
)
def test_what_is_old_is_not_said_to_run_today(shipped: KnowledgeBase, service_id: str) -> None:
    service = shipped.services[service_id]
    assert service.status == "lapsed" or "current" in service.unconfirmed


def test_kickstart_has_lapsed_and_its_summary_says_so(shipped: KnowledgeBase) -> None:
    assert shipped.services["kickstart"].status == "lapsed"
    assert shipped.services["kickstart"].summary.startswith("Kickstart is over.")


def test_befriending_is_by_referral_from_assist(shipped: KnowledgeBase) -> None:
    service = shipped.services["befriending_group"]
    assert (service.how_to_book, service.partners, service.bookable) == ("referral", ("assist",), False)


def test_groups_that_reveal_something_about_a_person_are_sensitive(shipped: KnowledgeBase) -> None:
    sensitive = {name for name, service in shipped.services.items() if service.sensitive}
    assert sensitive == {"mother_baby_group", "befriending_group"}


def test_partners_answer_only_topics_that_a_document_supports(shipped: KnowledgeBase) -> None:
    assert {name: partner.topics for name, partner in shipped.partners.items() if partner.topics} == {
        "refugee-action": ("immigration",),
        "refugee-housing-association": ("housing",),
        "assist": ("health",),
        "leicester-adult-education-college": ("learning",),
        "dwp": ("work",),
    }


def test_a_partner_is_not_said_to_be_reachable_today(shipped: KnowledgeBase) -> None:
    for partner in shipped.partners.values():
        assert {"current", "address", "phone"} <= set(partner.unconfirmed)
        assert "Staff can" in partner.summary


def test_every_phrase_is_short_plain_and_has_a_stable_key(shipped: KnowledgeBase) -> None:
    listed = phrases(shipped)
    assert listed == phrases(shipped)
    assert listed["kb.service.work_coach.name"] == "Work coach"
    assert listed["kb.place.brite-centre.name"] == "BRITE Centre"
    assert listed["kb.partner.assist.summary"] == shipped.partners["assist"].summary
    assert listed["kb.service.join_library.facts.0"] == "You need no identification to join."
    for key, text in listed.items():
        assert re.fullmatch(r"kb\.(service|place|partner)\.[a-z_-]+\.(name|summary|facts\.\d)", key)
        assert text.isascii(), key  # a curly quote would double the price of an SMS
        assert "{" not in text, key  # nothing to fill in
        assert len(text) <= 140, key
