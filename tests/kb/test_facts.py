"""Staff's word over the files: it counts from the moment it is given, grows old, and can be written into the files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.check import check
from kb.facts import Change, Key, decided, today_of
from kb.fields import value_of, written
from kb.folding import NotFolded, folded, plan, write
from kb.held import Held, concerned, held, record_of, unanswered
from kb.load import load, records
from kb.model import KnowledgeBase
from kb.openreferral import identifier, service_detail
from kb.phrases import phrases
from tests.kb.conftest import Edit

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
FOSSE, COACH = ("place", "fosse"), ("service", "work_coach")
MONDAYS = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "10:00", "closes_at": "12:00"}]
STREET = [
    {
        "address_1": "1 High Street",
        "city": "Leicester",
        "state_province": "Leicestershire",
        "postal_code": "LE1 1AA",
    }
]


@dataclass(frozen=True)
class Said:
    """A decision, as store/facts.py has it."""

    key: Key
    action: str
    previous: str
    replacement: str
    who: str = "Ann Patel"
    at: datetime = AT
    folded: bool = False
    version: int = 1
    known: frozenset[str] = field(default_factory=frozenset)


def say(kb: KnowledgeBase, record: tuple[str, str], name: str, value: Any, **changes: Any) -> dict[Key, Said]:
    """What staff say over today's file."""
    key = (*record, name)
    previous = written(value_of(record_of(kb, key), name))
    action = "taken_out" if value is None else "corrected"
    said = Said(key, action, previous, written(value), known=frozenset({previous}))
    return {key: replace(said, **changes)}


def one(kb: KnowledgeBase, changes: Mapping[Key, Change], key: Key, today: date = TODAY) -> Held:
    return next(item for item in held(kb, changes, today) if item.key == key)


EVERYTHING: list[tuple[tuple[str, str], str, Any]] = [
    (FOSSE, "schedules", MONDAYS),
    (FOSSE, "addresses", STREET),
    (FOSSE, "contacts", [{"title": "Desk", "phone": "0116 496 0000", "email": "f@example.org"}]),
    (FOSSE, "website", {"url": "https://example.org/fosse"}),
    (FOSSE, "current", {"runs": True}),
    (FOSSE, "named_in.0", "It opened again: 'finally', they say #1."),
    (COACH, "facts.0", "The sessions are every Monday."),
    (COACH, "schedules", [*MONDAYS, {"freq": "WEEKLY", "byday": "TU"}]),
    (COACH, "service_at_locations", [{"id": "fosse"}, {"id": "brite-centre"}]),
    (COACH, "cost_options", [{"option": "A session", "amount": 0.0}, {"option": "Tea: yes", "amount": 1.5}]),
    (COACH, "eligibility", {"description": "People who look for work.", "minimum_age": 16}),
    (COACH, "languages", [{"code": "so"}]),
    (COACH, "partnerships", None),
    (("service", "mother_baby_group"), "facts.0", "It meets on Mondays."),
    (("service", "mother_baby_group"), "facts.2", None),
    (("service", "mother_baby_group"), "schedules", None),
    (("service", "mother_baby_group"), "partnerships", [{"id": "assist"}]),
    (("service", "driving_theory"), "current", {"runs": False}),
    (("service", "borrow_books"), "cost_options", None),
    (("partner", "dwp"), "summary", "Its work coaches meet people at libraries: ask staff."),
    (("partner", "dwp"), "facts.0", "Its work coaches meet people at libraries."),
    (("partner", "assist"), "addresses", STREET),
    (("partner", "assist"), "current", {"runs": True}),
]


def everything(kb: KnowledgeBase) -> dict[Key, Said]:
    found: dict[Key, Said] = {}
    for record, name, value in EVERYTHING:
        found |= say(kb, record, name, value)
    return found


# what counts ------------------------------------------------------------
def test_without_decisions_the_files_count_and_nothing_changes(shipped: KnowledgeBase) -> None:
    assert today_of(shipped, {}, TODAY) == shipped


def test_every_fact_is_there_with_its_source_and_none_is_sure_by_itself(shipped: KnowledgeBase) -> None:
    items = held(shipped, {}, TODAY)
    assert len({item.key for item in items}) == len(items) > 250
    assert not [item for item in items if item.state in ("confirmed", "stale", "conflict", "part")]
    assert all(item.since for item in items if item.claims)
    sentences = sum(
        1
        for _, record in records(shipped)
        for name, _ in record.claims()
        if name.startswith(("facts", "named"))
    )
    assert sum(item.slot.kind == "text" for item in items) == sentences


def test_what_is_confirmed_is_no_longer_said_to_be_unknown(shipped: KnowledgeBase) -> None:
    kb = today_of(shipped, say(shipped, FOSSE, "schedules", MONDAYS), TODAY)
    fosse = kb.places["fosse"]
    assert fosse.unconfirmed == ("address", "phone", "current")
    assert fosse.schedules[0].confirmed and fosse.schedules[0].source.staff == "Ann Patel"
    assert (fosse.assured_date, fosse.assurer) == ("2026-11-23", "Ann Patel")
    assert kb.places["belgrave"] is shipped.places["belgrave"]


def test_a_timetable_says_that_a_service_runs_and_a_day_without_times_does_not_say_when(
    shipped: KnowledgeBase,
) -> None:
    whole = today_of(shipped, say(shipped, COACH, "schedules", MONDAYS), TODAY).services["work_coach"]
    assert whole.unconfirmed == ("places", "cost")
    only_day = say(shipped, COACH, "schedules", [{"freq": "WEEKLY", "byday": "MO"}])
    assert today_of(shipped, only_day, TODAY).services["work_coach"].unconfirmed == (
        "times",
        "places",
        "cost",
    )
    assert one(shipped, only_day, (*COACH, "schedules")).state == "part"


def test_a_service_that_staff_say_has_ended_cannot_be_booked(shipped: KnowledgeBase) -> None:
    ended = today_of(shipped, say(shipped, COACH, "current", {"runs": False}), TODAY).services["work_coach"]
    assert (ended.status, ended.bookable, ended.how_to_book) == ("lapsed", False, "none")


def test_what_is_taken_out_falls_back_to_not_confirmed(shipped: KnowledgeBase) -> None:
    changes = say(shipped, ("service", "borrow_books"), "cost_options", None)
    assert one(shipped, changes, ("service", "borrow_books", "cost_options")).state == "missing"
    assert today_of(shipped, changes, TODAY).services["borrow_books"].cost_options == ()


def test_a_sentence_that_is_taken_out_is_nowhere_and_the_others_keep_their_keys(
    shipped: KnowledgeBase,
) -> None:
    kb = today_of(shipped, say(shipped, COACH, "facts.1", None), TODAY)
    assert "kb.service.work_coach.facts.1" not in phrases(kb)
    assert phrases(kb)["kb.service.work_coach.facts.2"].startswith("In 2022 people booked")
    assert "Six libraries" not in json.dumps(service_detail(kb, identifier("service", "work_coach")))
    assert one(shipped, say(shipped, COACH, "facts.1", None), (*COACH, "facts.1")).state == "taken_out"


@pytest.mark.parametrize(
    ("record", "name", "value", "last"),
    [
        (FOSSE, "schedules", MONDAYS, date(2027, 5, 23)),
        (FOSSE, "contacts", [{"title": "Desk", "phone": "0116 496 0000"}], date(2027, 11, 23)),
        (COACH, "facts.0", "The sessions are every Monday.", date(2027, 11, 23)),
    ],
)
def test_what_was_confirmed_too_long_ago_is_said_with_care_again(
    shipped: KnowledgeBase, record: tuple[str, str], name: str, value: Any, last: date
) -> None:
    changes = say(shipped, record, name, value)
    key = (*record, name)
    assert one(shipped, changes, key, last).state == "confirmed"
    assert one(shipped, changes, key, last).until == last
    after = date.fromordinal(last.toordinal() + 1)
    assert one(shipped, changes, key, after).state == "stale"
    unconfirmed = record_of(today_of(shipped, changes, after), key).unconfirmed
    assert set(unconfirmed) == set(record_of(shipped, key).unconfirmed)
    text = json.dumps(service_detail(today_of(shipped, changes, after), identifier("service", "work_coach")))
    assert "Mondays" not in text and "every Monday" not in text  # a sentence without a year, of long ago


def test_a_decision_that_no_longer_fits_is_left_out(shipped: KnowledgeBase) -> None:
    odd: dict[Key, Said] = {}
    for name, value in (
        ("service_at_locations", '[{"id": "nowhere"}]'), ("schedules", '[{"freq": "DAILY"}]'),
        ("schedules2", "1"), ("facts.77", '"x"'), ("facts.x", '"x"'), ("contacts", '"x"'), ("cost_options", "[1]"),
        ("current", '{"runs": "yes"}'), ("summary", "[]"), ("name", '"x"'),
    ):  # fmt: skip
        previous = "null"
        if name in ("service_at_locations", "schedules", "summary"):
            previous = written(value_of(shipped.services["work_coach"], name))
        key = (*COACH, name)
        odd[key] = Said(key, "corrected", previous, value, known=frozenset({previous}))
    odd["service", "gone", "facts.0"] = Said(("service", "gone", "facts.0"), "corrected", '"x"', '"y"')
    assert decided(shipped, odd) == shipped
    assert len(held(shipped, odd, TODAY)) == len(held(shipped, {}, TODAY))


def test_a_protected_group_stays_without_day_and_place_whatever_is_confirmed(shipped: KnowledgeBase) -> None:
    group = ("service", "mother_baby_group")
    changes = say(shipped, group, "schedules", MONDAYS)
    changes |= say(shipped, group, "service_at_locations", [{"id": "fosse"}])
    changes |= say(shipped, group, "website", {"url": "https://example.org/mothers"})
    published = json.dumps(service_detail(today_of(shipped, changes, TODAY), identifier(*group)))
    assert "10:00" not in published and "Fosse" not in published and "example.org" not in published
    assert "2026-11-23" in published


# what tasks are about ------------------------------------------------------------
@pytest.mark.parametrize(
    ("about", "number", "field"),
    [
        ("fosse", 2, "schedules"), ("fosse.phone", 1, "contacts"), ("opening_hours", 12, "addresses"),
        ("partners.health", 1, "contacts"), ("work_coach.cost", 1, "cost_options"), ("work_coach", 4, "current"),
        ("kickstart", 0, ""), ("nothing", 0, ""), ("outbox:17", 0, ""), ("", 0, ""), ("partners.x", 0, ""),
    ],
)  # fmt: skip
def test_a_task_leads_to_the_facts_that_would_answer_it(
    shipped: KnowledgeBase, about: str, number: int, field: str
) -> None:
    found = unanswered(shipped, about)
    assert len(found) == number
    assert not field or field in {key[2] for key in found}
    assert set(found) <= set(concerned(shipped, about))


# the file changes underneath ------------------------------------------------------------
def test_a_file_that_says_something_else_since_is_a_conflict_and_ours_counts(
    folder: Path, edit: Edit
) -> None:
    changes = say(load(folder), COACH, "facts.0", "The sessions are every Monday.")
    edit("services/work_coach.yaml", "In 2022 the sessions were every week.", "In 2022, often.")
    kb, key = load(folder), (*COACH, "facts.0")
    item = one(kb, changes, key)
    assert (item.state, item.value, item.in_file) == (
        "conflict",
        "The sessions are every Monday.",
        "In 2022, often.",
    )
    assert decided(kb, changes).services["work_coach"].facts[0].text == "The sessions are every Monday."
    theirs = {key: replace(changes[key], action="file", replacement=written("In 2022, often."))}
    assert one(kb, theirs, key).value == "In 2022, often." and one(kb, theirs, key).state == "unconfirmed"


def test_a_file_that_says_the_same_by_now_is_no_conflict(folder: Path, edit: Edit) -> None:
    changes = say(load(folder), COACH, "facts.0", "In 2022 it was weekly.")
    edit("services/work_coach.yaml", "In 2022 the sessions were every week.", "In 2022 it was weekly.")
    assert one(load(folder), changes, (*COACH, "facts.0")).state == "confirmed"


def test_an_export_keeps_conflicts_for_staff(folder: Path, edit: Edit) -> None:
    changes = say(load(folder), COACH, "facts.0", "The sessions are every Monday.")
    edit("services/work_coach.yaml", "In 2022 the sessions were every week.", "In 2022, often.")
    made = plan(changes, folder)
    assert (made.texts, made.done, len(made.conflicts)) == ({}, (), 1)


# into the files and back ------------------------------------------------------------
def test_what_is_exported_reads_back_as_what_counted_and_has_no_fault(
    shipped: KnowledgeBase, folder: Path
) -> None:
    changes = everything(shipped)
    wanted = decided(shipped, changes)
    made = plan(changes, folder)
    assert len(made.done) == len(changes)
    write(made, folder)
    assert load(folder) == wanted
    assert check(folder) == []
    assert plan(changes, folder).texts == {}


def test_a_second_export_changes_nothing_and_folded_decisions_stay_true(
    shipped: KnowledgeBase, folder: Path
) -> None:
    changes = everything(shipped)
    write(plan(changes, folder), folder)
    done = {key: replace(change, folded=True) for key, change in changes.items()}
    again = plan(done, folder)
    assert (again.texts, again.done, again.conflicts) == ({}, (), ())
    after = load(folder)
    assert decided(after, done) == after  # a machine with the new files
    assert decided(shipped, done) == decided(shipped, changes)  # and one that still has the old ones
    assert not [item for item in held(after, done, TODAY) if item.state == "conflict"]


def test_a_later_word_in_the_file_counts_over_what_was_folded(
    shipped: KnowledgeBase, folder: Path, edit: Edit
) -> None:
    changes = say(shipped, COACH, "facts.0", "The sessions are every Monday.")
    write(plan(changes, folder), folder)
    edit("services/work_coach.yaml", "The sessions are every Monday.", "The sessions are every Friday.")
    done = {key: replace(change, folded=True) for key, change in changes.items()}
    item = one(load(folder), done, (*COACH, "facts.0"))
    assert (item.value, item.state) == ("The sessions are every Friday.", "confirmed")


def test_only_the_lines_of_what_changed_change_and_comments_stay(
    shipped: KnowledgeBase, folder: Path
) -> None:
    changes = say(shipped, COACH, "service_at_locations", [{"id": "brite-centre"}])
    made = plan(changes, folder)
    assert list(made.texts) == ["services/work_coach.yaml"]
    before, after = (texts["services/work_coach.yaml"].splitlines() for texts in (made.before, made.texts))
    assert [line for line in before if line not in after] == [
        "    source: *brite",
        "unconfirmed: [days, times, places, cost, current]",
        "assured_date: null",
        "assurer: null",
    ]
    assert "  # The six libraries are named in no document." in after


def test_sources_that_facts_share_stay_with_the_others(shipped: KnowledgeBase, folder: Path) -> None:
    for n in range(3):
        changes = say(shipped, COACH, f"facts.{n}", f"It is so, {n}.")
        text = plan(changes, folder).texts["services/work_coach.yaml"]
        assert text.count("&points") == 1 and text.count("&brite") <= 1


def test_a_file_that_would_not_read_back_right_is_left_alone(shipped: KnowledgeBase, folder: Path) -> None:
    kb = load(folder)
    key = (*COACH, "facts.0")
    record = record_of(decided(kb, say(kb, COACH, "facts.0", "It is.")), key)
    with pytest.raises(NotFolded, match="edited by hand"):
        folded(
            (folder / "services/form_help.yaml").read_text("utf-8"), "x", kb.services["work_coach"], record
        )


def test_what_would_be_a_fault_is_not_written(shipped: KnowledgeBase, folder: Path) -> None:
    before = (folder / "partners/dwp.yaml").read_text("utf-8")
    with pytest.raises(NotFolded, match="which no fact backs"):
        plan(say(shipped, ("partner", "dwp"), "facts.0", "Work coaches meet people."), folder)
    assert (folder / "partners/dwp.yaml").read_text("utf-8") == before


def test_a_decision_about_something_gone_is_named(shipped: KnowledgeBase, folder: Path) -> None:
    key = ("service", "gone", "facts.0")
    made = plan({key: Said(key, "corrected", "null", '"x"')}, folder)
    assert (made.done, [each.key for each in made.lost]) == ((), [key])


@pytest.mark.parametrize(
    "text",
    ["yes", "no: no", "- a", "'quoted' \"twice\"", "#hash", "& and *", "a: b", "12", "ሰላም سلام", "null", "1.50", "{x}"],
)  # fmt: skip
def test_any_words_survive_the_way_into_a_file(shipped: KnowledgeBase, folder: Path, text: str) -> None:
    changes = say(shipped, FOSSE, "named_in.0", text)
    changes |= say(shipped, FOSSE, "contacts", [{"title": text, "phone": "0116 496 0000"}])
    write(plan(changes, folder), folder)
    fosse = load(folder).places["fosse"]
    assert (fosse.named_in[0].text, fosse.contacts[0].title) == (text, text)
