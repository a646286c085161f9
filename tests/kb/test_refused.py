"""What nobody can vouch for does not load, and each fault says where it stands."""

from pathlib import Path

import pytest

from kb.check import check
from kb.load import KnowledgeBaseError, load
from kb.reading import Fault
from tests.kb.conftest import Edit

COACH = "services/work_coach.yaml"
JOIN = "services/join_library.yaml"


def _only_fault(folder: Path) -> Fault:
    faults = check(folder)
    assert len(faults) == 1, faults
    return faults[0]


def _line(folder: Path, file: str, words: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if words in line)


def test_an_untouched_copy_loads(folder: Path) -> None:
    assert check(folder) == []
    assert load(folder).services["work_coach"].name == "Work coach"


def test_a_fact_without_a_source_is_refused(folder: Path, edit: Edit) -> None:
    edit(JOIN, "    source: *policy\n", "")
    fault = _only_fault(folder)
    assert (fault.file, fault.field, fault.problem) == (JOIN, "facts.1.source", "is missing")
    assert fault.line == _line(folder, JOIN, "Reserving a book is free.")
    with pytest.raises(
        KnowledgeBaseError, match=r"services/join_library.yaml:\d+ facts.1.source: is missing"
    ):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("document: wtyl-plan-2006, ", "", "facts.0.source"),
        ('where: "Leicester Libraries: the removal of barriers to library use", ', "", "facts.0.source"),
        (', date: "2006"', "", "facts.0.source.date"),
        ('date: "2006"', 'date: "last year"', "facts.0.source.date"),
        ("document: wtyl-plan-2006", "document: wtyl-plan-2006, staff: librarian", "facts.0.source"),
    ],
)
def test_half_a_source_is_no_source(folder: Path, edit: Edit, old: str, new: str, field: str) -> None:
    edit(JOIN, old, new)
    assert field in {fault.field for fault in check(folder)}
    with pytest.raises(KnowledgeBaseError):
        load(folder)


def test_a_source_that_sources_yaml_does_not_know_is_refused(folder: Path, edit: Edit) -> None:
    edit("partners/dwp.yaml", "document: employment-support-2022", "document: hearsay-2023")
    with pytest.raises(KnowledgeBaseError, match="'hearsay-2023' is not in sources"):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("- id: brite-centre", "- id: moon-library", "service_at_locations.0.id"),
        ("- id: dwp", "- id: nobody", "partnerships.0.id"),
        ("organization: leicester-libraries", "organization: another-city", "organization"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(
    folder: Path, edit: Edit, old: str, new: str, field: str
) -> None:
    edit(COACH, old, new)
    fault = _only_fault(folder)
    assert (fault.file, fault.field, fault.line) == (COACH, field, _line(folder, COACH, new))
    with pytest.raises(KnowledgeBaseError):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: Work coach", "name: [Work coach", "is not YAML"),
        ("name: Work coach", "name: Work coach\nname: Twice", "the key 'name' stands twice"),
        ("name: Work coach", "name: Work coach\nphones: []", "is not a field the knowledge base knows"),
        ("name: Work coach\n", "", "is missing"),
        ("bookable: true", "bookable: yes", "should be a valid boolean"),
        ("status: active", "status: open", "should be 'active' or 'lapsed'"),
        ("id: work_coach", "id: coach", "is 'coach', but the file is named 'work_coach'"),
        ("how_to_book: desk", "how_to_book: library", "bookable services, and only those"),
        ("status: active", "status: lapsed", "lapsed cannot be bookable"),
        ("assurer: null", "assurer: librarian", "assured_date and assurer go together"),
        ("  - text: In 2022 the", "  - confirmed: true\n    text: In 2022 the", "something is confirmed"),
        ("  - text: In 2022 the", "  - confirmed: .nan\n    text: In 2022 the", "not plain data"),
    ],
)
def test_a_broken_file_gives_a_clear_fault(
    folder: Path, edit: Edit, old: str, new: str, problem: str
) -> None:
    edit(COACH, old, new)
    faults = check(folder)
    assert any(problem in fault.problem and fault.file == COACH and fault.line for fault in faults), faults
    with pytest.raises(KnowledgeBaseError, match=r"services/work_coach.yaml:\d+"):
        load(folder)


@pytest.mark.parametrize(
    "content", [b"", b"- a\n- list\n", b"\xff\xfe\x00", b"just words", b"a: !!python/object:os.system {}"]
)
def test_a_file_of_something_else_is_a_fault_and_not_a_crash(folder: Path, content: bytes) -> None:
    (folder / COACH).write_bytes(content)
    assert [fault.file for fault in check(folder)] == [COACH]
    with pytest.raises(KnowledgeBaseError):
        load(folder)


def test_missing_sources_or_a_stray_file_are_faults(folder: Path) -> None:
    (folder / "services" / "notes.txt").write_text("remember the milk")
    (folder / "sources.yaml").unlink()
    assert {fault.file for fault in check(folder)} == {"services/notes.txt", "sources.yaml"}


def test_an_empty_folder_is_a_fault_and_not_an_empty_knowledge_base(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match="services holds nothing"):
        load(tmp_path)


def test_every_fault_is_told_at_once(folder: Path, edit: Edit) -> None:
    edit(COACH, "name: Work coach\n", "")
    edit(JOIN, "    source: *policy\n", "")
    with pytest.raises(KnowledgeBaseError) as raised:
        load(folder)
    assert {fault.file for fault in raised.value.faults} == {COACH, JOIN}
