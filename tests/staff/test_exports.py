"""Lists for a spreadsheet: whole, safe to open, only what one may see; and each one taken is written down."""

import csv
import io
import re
import resource
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from staff import extracts
from staff.desk import Names
from staff.extracts import EXTRACTS, Wanted
from staff.spreadsheets import HIDDEN, UNDER, Cell, cell, figures, lines
from store import bookings, database
from store.models import Audit, Booking, Occurrence, WalkIn
from tests.staff.conftest import NAMES, Browser, House, browsing

NOVEMBER = {"first": "2026-11-01", "last": "2026-12-31"}
NO, FEW = HIDDEN, UNDER
SENSITIVE = Names(NAMES.services, NAMES.places, NAMES.bookable, sensitive=["work_coach"])


@pytest.fixture
def ann(house: House) -> Iterator[Browser]:
    """A manager of every library."""
    house.staff("ann", role="manager", name="Ann Patel")
    with browsing(house) as browser:
        browser.log_in("ann")
        browser.open("/exports")
        yield browser


def take(browser: Browser, which: str, **more: str) -> list[dict[str, str]]:
    """The rows of a list, by column."""
    answer = browser.client.post("/staff/exports", data=form(browser, which, **more))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return read(answer.content)


def form(browser: Browser, which: str, **more: str) -> dict[str, str]:
    return {"csrf": browser.hidden("csrf"), "which": which, **NOVEMBER, **more}


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def decide(house: House, booking: int, action: str, by: str = "sam") -> None:
    with database.transaction(house.engine) as session:
        seen = session.get_one(Booking, booking).version
        bookings.decide(session, booking, action, version=seen, actor=by, now=house.clock.now, reason="room")


# Cells


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
        "\ttab", " =1", "  \u00a0=1", "\ufeff=1", "\u200b=1", "\x00=1", "\x0b+1", "＝1", "＋1", "－1", "＠SUM", " ＝1",
        "﹦1", "﹣1", "−1", "⁼1", "+447700900123", "-5",
    ],
)  # fmt: skip
def test_bad_input_11_no_text_becomes_a_formula(text: str) -> None:
    assert cell(text) == "'" + text
    row = next(csv.reader(io.StringIO(b"".join(lines(["a"], [[[text]]])).decode("utf-8-sig"), newline="")))
    assert row == ["a"]


@pytest.mark.parametrize(
    "text", ["", "Maryam", "a=b", "1-2", "مریم", "LB-7Q2K", "5", "{}", "#N/A", "x@y", "—"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"), (-0.5, "-0.5"), (447700900123, "447700900123"), (None, ""), (0, "0"),
        (date(2026, 11, 3), "2026-11-03"),
        (datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-01 10:00"),
    ],
)  # fmt: skip
def test_our_own_figures_and_moments_are_not_damaged(value: Cell, written: str) -> None:
    assert cell(value) == written


def test_a_file_is_rfc_4180_with_commas_quotes_and_lines_inside_a_cell() -> None:
    rows: list[list[Cell]] = [['say "no", please', "two\r\nlines", "=1"], ["", None, -1]]
    made = b"".join(lines(["a", "b", "c"], [rows]))
    assert made == ('\ufeffa,b,c\r\n"say ""no"", please","two\r\nlines",\'=1\r\n,,-1\r\n'.encode())


# Small figures


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([10, 6, 8], [24, 10, 6, 8]),
        ([10, 0, 0], [10, 10, FEW, FEW]),
        ([10, 3, 0], [NO, 10, FEW, FEW]),
        ([10, 3, 6], [NO, 10, FEW, 6]),
        ([5, 4, 4], [NO, 5, FEW, FEW]),
        ([2, 1, 1], [FEW, FEW, FEW, FEW]),
        ([0, 0, 0], [FEW, FEW, FEW, FEW]),
        ([3, 3, 0], [NO, FEW, FEW, FEW]),
    ],
)
def test_a_small_figure_is_hidden_and_cannot_be_worked_out(parts: list[int], shown: list[int | str]) -> None:
    assert figures(sum(parts), parts) == shown


def test_whatever_the_figures_nobody_can_work_out_one_under_five() -> None:
    """All small cases: whatever stands in a row, several truths fit it that differ in each figure under five."""
    size = range(9)
    truths: dict[tuple[object, ...], set[tuple[int, ...]]] = {}
    for parts in ((a, b, c) for a in size for b in size for c in size):
        truths.setdefault(tuple(figures(sum(parts), parts)), set()).add(parts)
    for fitting in truths.values():
        for at in range(3):
            known = {parts[at] for parts in fitting}
            assert len(known) > 1 or not 0 < min(known) < 5, fitting


# Lists


def test_bookings_without_names(house: House, ann: Browser) -> None:
    booking = house.request("مریم", house.fosse, "fa")
    house.request("Xaawo", house.belgrave, "so", "telegram")
    house.clock.forward(minutes=5)
    decide(house, booking, "approve")
    answer = ann.client.post("/staff/exports", data=form(ann, "bookings"))
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="bookings-2026-11-01-to-2026-12-31.csv"'
    )
    assert "مریم" not in answer.text
    rows = read(answer.content)
    assert len(rows) == 2
    reference = house.booking(booking).reference
    start = house.booking(booking).occurrence.start
    assert rows[0] == {
        "Reference": reference, "Service": "Work coach session", "Library": "Fosse Library", "Day": f"{start:%Y-%m-%d}",
        "Time": "10:00", "State": "Approved", "Language": "Farsi", "Channel": "SMS",
        "Asked": "2026-11-23 09:00", "Decided": "2026-11-23 09:05",
    }  # fmt: skip
    assert rows[1]["Decided"] == ""


def test_a_persons_language_is_gone_with_the_person(house: House, ann: Browser) -> None:
    booking = house.request("مریم", house.fosse, "fa")
    with database.transaction(house.engine) as session:
        session.get_one(Booking, booking).contact_id = None
    row = take(ann, "bookings")[0]
    assert (row["Language"], row["Channel"]) == ("", "")


def test_names_only_for_staff_of_that_one_library_and_written_down(house: House) -> None:
    house.request("=cmd()", house.fosse)
    house.request("Olena", house.belgrave)
    with browsing(house, names=SENSITIVE) as sam:
        sam.log_in("sam")
        page = sam.open("/exports").text
        assert "Bookings of one library" in page
        assert "Who did what" not in page
        rows = take(sam, "bookings-with-names", place="fosse")
        assert [(row["First name"], row["Service"]) for row in rows] == [("'=cmd()", "Group session")]
        for place in ("belgrave", "", "nowhere"):
            answer = sam.client.post("/staff/exports", data=form(sam, "bookings-with-names", place=place))
            assert answer.status_code == 422
            assert "Choose" in answer.text
        for which in ("bookings", "audit", "tasks", "attendance", "nonsense", ""):
            answer = sam.client.post("/staff/exports", data=form(sam, which))
            assert answer.status_code == 422
            assert "Choose a list." in answer.text
    with database.transaction(house.engine) as session:
        row = session.scalars(select(Audit).filter_by(action="export.taken")).one()
        assert (row.actor, row.subject_id) == ("sam", "bookings-with-names")
        assert row.detail == {"rows": 1, "place": "fosse", "first": "2026-11-01", "last": "2026-12-31"}


def test_a_viewer_has_no_exports(house: House) -> None:
    with browsing(house) as vic:
        vic.log_in("vic")
        assert vic.open("/exports").status_code == 403
        assert "Exports" not in vic.open("/more").text


def test_a_manager_of_one_library_gets_that_library(house: House) -> None:
    house.staff("fay", role="manager", places=["fosse"])
    house.request("Xaawo", house.fosse)
    house.request("Olena", house.belgrave)
    house.task("callback", place="belgrave")
    house.task("callback", about="work_coach", place="fosse")
    house.task("unconfirmed_fact", about="work_coach.times")
    with browsing(house) as fay:
        fay.log_in("fay")
        fay.open("/exports")
        assert [row["Library"] for row in take(fay, "bookings")] == ["Fosse Library"]
        assert [row["Library"] for row in take(fay, "tasks")] == ["Fosse Library", ""]
        assert [row["Library"] for row in take(fay, "tasks", place="fosse")] == ["Fosse Library"]


def test_who_came_by_session_and_by_month_with_small_figures_hidden(house: House, ann: Browser) -> None:
    first, second = house.session("citizenship_practice", "fosse", 1, capacity=30)[:2]
    attend(house, first, came=10, missed=6, walked_in=7)
    attend(house, second, came=8, missed=2, walked_in=1)
    house.clock.now = datetime(2026, 12, 31, 9, tzinfo=UTC)
    ann.log_in("ann", back="/exports")
    by_session = [row for row in take(ann, "attendance") if row["Service"] == "Citizenship practice"]
    assert [tuple(row.values())[4:] for row in by_session[:2]] == [
        ("30", "16", "10", "6", FEW, "7"),
        ("30", NO, "8", FEW, FEW, FEW),
    ]
    months = {
        (row["Month"], row["Service"]): tuple(row.values())[3:] for row in take(ann, "attendance-by-month")
    }
    assert months["2026-12", "Citizenship practice"][:2] == ("5", "150")
    assert months["2026-11", "Citizenship practice"] == ("1", "30", "16", "10", "6", FEW, "7")
    assert months["2026-12", "Citizenship practice"][2:] == (NO, "8", FEW, FEW, FEW)


def attend(house: House, occurrence_id: int, *, came: int, missed: int, walked_in: int) -> None:
    states = ["attended"] * came + ["no_show"] * missed
    with database.transaction(house.engine) as session:
        session.add_all(
            Booking(
                occurrence_id=occurrence_id, name="", state=state, created_at=house.clock.now,
                changed_at=house.clock.now, reference=f"LB-{occurrence_id}{n}", contact_id=None,
            )
            for n, state in enumerate(states)
        )  # fmt: skip
        session.add_all(
            WalkIn(
                occurrence_id=occurrence_id,
                change=1,
                tap=f"{occurrence_id}-{n}",
                actor="sam",
                at=house.clock.now,
            )
            for n in range(walked_in)
        )


def test_a_month_does_not_give_away_what_its_sessions_hide() -> None:
    month = extracts.Month()
    now = datetime(2026, 11, 2, tzinfo=UTC)
    for came in (10, 12, 3):
        month.add(extracts.Came("a", "b", now, 30, [came, 0, 0], 0))
    assert month.shown() == [NO, NO, FEW, FEW, FEW]  # 25 less 22 would tell the 3
    month.add(extracts.Came("a", "b", now, 30, [4, 0, 0], 0))
    assert month.shown() == [29, 29, FEW, FEW, FEW]  # 7: 3 and 4, or 4 and 3
    fours = extracts.Month()
    for _ in range(2):
        fours.add(extracts.Came("a", "b", now, 30, [4, 0, 0], 4))
    assert fours.shown() == [NO, NO, FEW, FEW, NO]  # 8: that can only be 4 and 4


def test_tasks_have_nobodys_words(house: House, ann: Browser) -> None:
    house.task("feedback", note="very private words", place="fosse")
    house.task("unconfirmed_fact", about="work_coach.times")
    rows = take(ann, "tasks")
    assert [row["Task"] for row in rows] == ["Feedback", "A fact to confirm: Work coach session, times"]
    assert "private" not in str(rows)


def test_who_did_what_is_for_an_administrator(house: House) -> None:
    house.staff("root", role="admin")
    with browsing(house) as root:
        root.log_in("root")
        root.open("/exports")
        rows = take(root, "audit")
        assert {"account.logged_in", "export.taken"} <= {row["What"] for row in rows}
        assert all(re.fullmatch(r"2026-11-23 \d\d:\d\d", row["When"]) for row in rows)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "", "Enter the first day"),
        ("2026-02-30", "2026-12-01", "Enter the first day"),
        ("2026-11-30", "2026-11-01", "before the first day"),
        ("2020-01-01", "2026-11-01", "at most three years"),
        ("1999-01-01", "9999-12-31", "Enter the first day"),
        ("=1", "٣٠/١١/٢٠٢٦x", "Enter the last day"),
    ],
)
def test_days_that_cannot_be_are_said_and_nothing_is_written_down(
    house: House, ann: Browser, first: str, last: str, words: str
) -> None:
    answer = ann.client.post("/staff/exports", data=form(ann, "bookings", first=first, last=last))
    assert answer.status_code == 422
    assert words in answer.text
    with database.transaction(house.engine) as session:
        assert session.scalars(select(Audit).filter_by(action="export.taken")).all() == []


def test_days_as_people_write_them_and_both_ends_count(house: House, ann: Browser) -> None:
    house.request("Xaawo", house.fosse)
    day = house.booking(1).occurrence.start
    text = f"{day:%d/%m/%Y}"
    assert len(take(ann, "bookings", first=text, last=text)) == 1
    before = f"{day - timedelta(days=1):%d/%m/%Y}"
    assert take(ann, "bookings", first=before, last=before) == []


def test_an_empty_list_is_a_file_with_its_heading(ann: Browser) -> None:
    for which in EXTRACTS:
        if which in ("audit", "bookings-with-names"):
            continue
        answer = ann.client.post(
            "/staff/exports", data=form(ann, which, first="2020-01-01", last="2020-01-31")
        )
        assert answer.content.decode("utf-8-sig") == ",".join(EXTRACTS[which].columns) + "\r\n"


def test_a_form_of_another_site_takes_nothing(ann: Browser) -> None:
    answer = ann.client.post(
        "/staff/exports", data=form(ann, "bookings"), headers={"origin": "http://evil.example"}
    )
    assert answer.status_code == 403


def test_fifty_thousand_rows_go_through_a_batch_at_a_time(house: House) -> None:
    now = house.clock.now
    with database.transaction(house.engine) as session:
        start = session.get_one(Occurrence, house.fosse).start
        rows = [
            {
                "occurrence_id": house.fosse, "name": "x", "state": "declined", "created_at": now, "changed_at": now,
                "changed_by": "person", "reference": f"LB-{n}", "version": 1,
            }
            for n in range(50_000)
        ]  # fmt: skip
        session.execute(insert(Booking), rows)
    del rows
    wanted = Wanted(start.date(), start.date(), None, "", now)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest = number = 0
    for piece in lines(("a",), EXTRACTS["bookings"].rows(house.engine, NAMES, wanted)):
        number += piece.count(b"\r\n")
        largest = max(largest, len(piece))
    assert number == 50_001
    assert largest < 300_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kilobytes


def test_each_list_says_the_same_on_postgresql(either_house: House) -> None:
    either_house.request("Xaawo", either_house.fosse)
    attend(either_house, either_house.belgrave, came=6, missed=5, walked_in=5)
    either_house.task("callback", place="fosse")
    later = either_house.clock.now + timedelta(days=30)
    wanted = Wanted(
        date(2026, 11, 1), date(2026, 12, 31), ["fosse", "belgrave"], "", later, ["sam", "system"]
    )
    for which, each in EXTRACTS.items():
        rows = [row for batch in each.rows(either_house.engine, NAMES, wanted) for row in batch]
        with database.reading(either_house.engine) as session:
            assert each.count(session, wanted) > 0, which
        assert {len(row) for row in rows} == {len(each.columns)}, which
    by_month = EXTRACTS["attendance-by-month"].rows(either_house.engine, NAMES, wanted)
    rows = [row for batch in by_month for row in batch]
    assert ["2026-12", "Work coach session", "Belgrave Library"] in [list(row[:3]) for row in rows]
    assert [row[5:] for row in rows if row[6] == 6] == [[11, 6, 5, FEW, 5]]
