"""Words claim no more than is known: `welcome kb check` says so before a person is told."""

from pathlib import Path

import pytest
import yaml

from kb import wording
from kb.check import check
from kb.load import load
from tests.kb.conftest import Edit

COACH = "services/work_coach.yaml"
SUMMARY = "for help to find work."
STAFF = "confirmed: true\n    source: {staff: librarian, date: '2026-11-20'}"


def _problems(folder: Path, field: str) -> list[str]:
    return [fault.problem for fault in check(folder) if fault.field == field]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("on Mondays.", "says 'monday', which no fact backs"),
        ("in nine libraries.", "says '9', which no fact backs"),
        ("at 3 libraries.", "says '3', which no fact backs"),
        ("at 10:30.", "holds a clock time, which no fact backs"),
        ("at 2 pm.", "holds a clock time, which no fact backs"),
        ("by calling 0116 496 0000.", "holds a phone number, which no fact backs"),
        ("by calling +44 7700 900123.", "holds a phone number, which no fact backs"),
        ("at 5 Library Road.", "holds a street address, which no fact backs"),
        ("in LE1 5AA.", "holds a postcode, which no fact backs"),
        ("at www.example.test.", "holds a web address, which no fact backs"),
        ("by me@example.test.", "holds an e-mail address, which no fact backs"),
    ],
)
def test_a_summary_may_not_say_what_no_fact_backs(folder: Path, edit: Edit, said: str, problem: str) -> None:
    edit(COACH, SUMMARY, said)
    assert problem in _problems(folder, "summary")


def test_a_summary_may_say_what_a_fact_backs_in_words_or_digits(folder: Path, edit: Edit) -> None:
    edit(COACH, SUMMARY, "every week, in 6 libraries.")
    assert check(folder) == []


def test_you_may_join_names_no_month() -> None:
    assert wording.claims("You may come in May, on Tuesdays, in six places.") == {"may", "tuesday", "6"}
    assert wording.claims("You may join.") == set()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (SUMMARY, "for help" + " and help" * 10 + " to find work.", "summary"),
        (SUMMARY, "for help. To find work. Soon.", "summary"),
        ("name: Work coach", "name: " + "Work coach " * 6, "name"),
        ("were every week.", "were every week" + ", and every week" * 6 + ".", "facts.0.text"),
        ("When is the job help?", "When is the job help" + ", and when is it" * 6 + "?", "questions.4"),
    ],
)
def test_words_that_are_too_long_for_a_text_message_are_faults(
    folder: Path, edit: Edit, old: str, new: str, field: str
) -> None:
    edit(COACH, old, new)
    assert [fault.field for fault in check(folder)] == [field]


def test_an_old_fact_has_to_say_its_year(folder: Path, edit: Edit) -> None:
    edit(COACH, "In 2022 the sessions were every week.", "The sessions are every week.")
    assert _problems(folder, "facts.0.text") == ["is not confirmed, so it has to say its year (2022)"]


def test_a_fact_that_staff_confirmed_may_speak_of_today(folder: Path, edit: Edit) -> None:
    edit(
        COACH,
        "In 2022 the sessions were every week.\n    source: &points",
        f"It is at 10:30.\n    {STAFF}\n  - text: It was so in 2022.\n    source: &points",
    )
    edit(COACH, "assured_date: null\nassurer: null", "assured_date: 2026-11-20\nassurer: librarian")
    assert check(folder) == []
    assert load(folder).services["work_coach"].facts[0].sure


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ("contacts:\n  - title: Desk\n    phone: 0116 496 0000\n    SOURCE\n", "contacts.0"),
        (
            "addresses:\n  - address_1: 1 High Street\n    city: Leicester\n"
            "    state_province: Leicestershire\n    postal_code: LE1 1AA\n    SOURCE\n",
            "addresses.0",
        ),
        ("schedules:\n  - freq: WEEKLY\n    byday: MO\n    opens_at: '09:00'\n    SOURCE\n", "schedules.0"),
    ],
)
def test_only_staff_can_give_a_contact_an_address_or_a_time(
    folder: Path, edit: Edit, block: str, field: str
) -> None:
    file = "places/fosse.yaml"
    document = "source: {document: wtyl-plan-2006, where: somewhere, date: '2006'}"
    edit(file, "assured_date: null\nassurer: null\n", block.replace("SOURCE", document))
    assert len(_problems(folder, field)) == 1
    edit(file, document, STAFF)
    edit(file, "kind:", "assured_date: 2026-11-20\nassurer: librarian\nkind:")
    assert check(folder) == []


def test_what_is_not_known_has_to_be_listed_as_unconfirmed(folder: Path, edit: Edit) -> None:
    edit(
        COACH,
        "unconfirmed: [days, times, places, cost, current]",
        "unconfirmed: [times, places, cost, current, current]",
    )
    edit("partners/assist.yaml", "unconfirmed: [current, address, phone, hours]", "unconfirmed: [address]")
    edit(
        "places/fosse.yaml", "unconfirmed: [address, phone, hours, current]", "unconfirmed: [address, phone]"
    )
    assert [(fault.file, fault.problem) for fault in check(folder)] == [
        ("partners/assist.yaml", "has to list 'current', which nothing confirms"),
        ("partners/assist.yaml", "has to list 'phone', which nothing confirms"),
        ("places/fosse.yaml", "has to list 'hours', which nothing confirms"),
        (COACH, "has to list 'days', which nothing confirms"),
        (COACH, "'current' stands twice"),
    ]


def test_a_question_or_an_intent_leads_to_one_service(folder: Path, edit: Edit) -> None:
    edit(COACH, "I want to see a work coach", "can i volunteer at the LIBRARY?")
    edit(COACH, "intent: work_coach", "intent: volunteering")
    assert [(fault.field, fault.problem) for fault in check(folder)] == [
        ("intent", "'volunteering' already leads to volunteering"),
        ("questions.0", "already stands at volunteering.0"),
    ]


def test_the_example_of_the_task_page_is_right(folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tasks" / "correct-a-fact.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("```yaml")[1].split("```")[0])
    record = yaml.safe_load((folder / "services/it_sessions.yaml").read_text(encoding="utf-8"))
    words = yaml.safe_dump(record | example, allow_unicode=True)
    (folder / "services/it_sessions.yaml").write_text(words, encoding="utf-8")
    assert check(folder) == []
