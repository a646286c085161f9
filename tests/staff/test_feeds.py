"""A calendar feed shows sessions and how full they are, to whoever has its secret address; and nobody's name."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine, select

from staff.desk import Names
from store import accounts, bookings, database, feeds, occurrences, sessions
from store.models import Audit, Booking, Feed, FeedEvent, Occurrence
from store.vault import Vault
from tests.staff.conftest import NAMES, Browser, House, browsing
from tests.store.helpers import at_once, weekly

SENSITIVE = Names(NAMES.services, NAMES.places, NAMES.bookable, sensitive=["citizenship_practice"])


@pytest.fixture
def base(house: House) -> Iterator[Browser]:
    with browsing(house, names=SENSITIVE) as browser:
        browser.log_in("sam")
        yield browser


def make(browser: Browser) -> str:
    """The address of a new feed, as a path on the test's server."""
    browser.open("/my-calendar")
    page = browser.send("/my-calendar", {"do": "renew"}).text
    found = re.search(r'value="http://desk.example(/staff/feeds/[^"]+\.ics)"', page)
    assert found, page
    return found[1]


def get(browser: Browser, path: str, **headers: str) -> httpx.Response:
    """As a calendar asks: without a log-in."""
    return httpx.get(str(browser.client.base_url).rstrip("/") + path, headers=headers)


def events(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200
    return {str(each["uid"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}


def uid(occurrence_id: int) -> str:
    return f"session-{occurrence_id}@desk.example"


def test_sessions_of_ones_own_libraries_and_how_full_they_are(house: House, base: Browser) -> None:
    house.request("مریم", house.fosse)
    house.request("Xaawo", house.fosse)
    path = make(base)
    answer = get(base, path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = events(answer)
    assert uid(house.fosse) in found
    assert uid(house.belgrave) not in found
    event = found[uid(house.fosse)]
    assert str(event["summary"]) == "Work coach session: 2 of 4 taken"
    assert str(event["location"]) == "Fosse Library"
    assert re.fullmatch(r"LB-\w{4}\nLB-\w{4}", str(event["description"]))
    assert str(event["url"]) == f"http://desk.example/staff/sessions/{house.fosse}"
    assert event["dtstart"].dt == house_start(house, house.fosse)
    assert "مریم" not in answer.text
    assert "Xaawo" not in answer.text


def house_start(house: House, occurrence_id: int) -> datetime:
    with database.transaction(house.engine) as session:
        return session.get_one(Occurrence, occurrence_id).start


def test_a_sensitive_service_is_a_group_session_without_its_room(house: House, base: Browser) -> None:
    ids = house.session("citizenship_practice", "fosse", 4, capacity=8)
    with database.transaction(house.engine) as session:
        session.get_one(Occurrence, ids[0]).room = "Room for mothers"
    answer = get(base, make(base))
    assert str(events(answer)[uid(ids[0])]["summary"]) == "Group session: 0 of 8 taken"
    assert "Citizenship" not in answer.text
    assert "mothers" not in answer.text


def test_bad_input_12_a_line_break_in_a_room_or_a_name_makes_no_new_property(house: House) -> None:
    evil = (
        "Room\r\nATTENDEE:mailto:eve@evil.example\rX-EVIL:1\nEND:VEVENT\u2028BEGIN:VALARM;:,\\ \x00\x0b\u202e"
    )
    with database.transaction(house.engine) as session:
        session.get_one(Occurrence, house.fosse).room = evil[:80]
    names = Names({"work_coach": f"Work{evil}"}, {"fosse": f"Fosse{evil}"}, ["work_coach"])
    with browsing(house, names=names) as browser:
        browser.log_in("sam")
        answer = get(browser, make(browser))
    event = events(answer)[uid(house.fosse)]
    assert {name.lower() for name in event} <= {
        "uid", "dtstamp", "last-modified", "sequence", "dtstart", "dtend", "summary", "location", "description",
        "status", "transp", "url",
    }  # fmt: skip
    lines = answer.content.split(b"\r\n")
    assert not any(line.startswith((b"ATTENDEE", b"X-EVIL", b"BEGIN:VALARM")) for line in lines)
    assert lines.count(b"END:VEVENT") == len(events(answer))
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert str(event["location"]).count("\n") == 0


def test_long_lines_are_folded_at_75_bytes(house: House) -> None:
    names = Names({"work_coach": "Séance très longue – " * 20}, NAMES.places, ["work_coach"])
    with browsing(house, names=names) as browser:
        browser.log_in("sam")
        answer = get(browser, make(browser))
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75
    assert "Séance très longue – Séance" in str(events(answer)[uid(house.fosse)]["summary"])


@pytest.mark.parametrize(
    ("day", "start", "began", "ended"),
    [
        (date(2026, 10, 24), time(10), "2026-10-24T09:00", "2026-10-24T10:00"),
        (date(2026, 10, 25), time(0, 30), "2026-10-24T23:30", "2026-10-25T00:30"),
        (date(2026, 10, 25), time(1, 30), "2026-10-25T00:30", "2026-10-25T01:30"),  # 01:30 to 01:30
        (date(2026, 10, 25), time(10), "2026-10-25T10:00", "2026-10-25T11:00"),
        (date(2027, 3, 27), time(10), "2027-03-27T10:00", "2027-03-27T11:00"),
        (date(2027, 3, 28), time(0, 30), "2027-03-28T00:30", "2027-03-28T01:30"),  # ends at 02:30
        (date(2027, 3, 28), time(10), "2027-03-28T09:00", "2027-03-28T10:00"),
    ],
)
def test_times_are_right_when_the_clocks_change(
    house: House, day: date, start: time, began: str, ended: str
) -> None:
    house.clock.now = datetime.combine(day - timedelta(days=20), time(9), UTC)
    with database.transaction(house.engine) as session:
        rule = sessions.add_weekly(
            session, service="work_coach", place="fosse", weekday=day.weekday(), start=start, minutes=60,
            capacity=4, actor="sam", now=house.clock.now,
        )  # fmt: skip
    with database.transaction(house.engine) as session:
        id_ = session.scalars(select(Occurrence.id).filter_by(weekly_id=rule.id, day=day)).one()
    with browsing(house) as browser:
        browser.log_in("sam")
        answer = get(browser, make(browser))
    event = events(answer)[uid(id_)]
    for name, moment in (("dtstart", began), ("dtend", ended)):
        assert event[name].dt.astimezone(UTC).isoformat()[:16] == moment
        assert by_the_files_own_zone(answer.text, id_, name).isoformat()[:16] == moment


def by_the_files_own_zone(text: str, occurrence_id: int, name: str) -> datetime:
    """The moment as a calendar works it out that knows no zone but the file's VTIMEZONE, by RFC 5545, 3.6.5."""
    event = next(part for part in text.split("BEGIN:VEVENT") if uid(occurrence_id) in part)
    value = re.search(rf"{name.upper()}(?:;TZID=Europe/London)?:(\w+)", event)
    assert value
    if value[1].endswith("Z"):
        return datetime.strptime(value[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    wall = datetime.fromisoformat(value[1])
    zone = text.split("BEGIN:VTIMEZONE")[1].split("END:VTIMEZONE", maxsplit=1)[0]
    onsets = []
    for rule in re.split("BEGIN:(?:DAYLIGHT|STANDARD)", zone)[1:]:
        first = re.search(r"DTSTART:\d{8}T(\d\d)0000", rule)
        month = re.search(r"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=(\d+)|RRULE:.*BYMONTH=(\d+)", rule)
        to = re.search(r"TZOFFSETTO:\+(\d\d)00", rule)
        assert first
        assert month
        assert to
        for year in (wall.year - 1, wall.year):
            last = date(year, int(month[1] or month[2]), 31)
            sunday = last - timedelta(days=(last.weekday() + 1) % 7)
            onsets.append((datetime.combine(sunday, time(int(first[1]))), timedelta(hours=int(to[1]))))
    # Until 02:00 on the last day of summer time the wall shows it: the first of two hours, as the RFC has it.
    offset = max(each for each in onsets if each[0] <= wall)[1]
    return (wall - offset).replace(tzinfo=UTC)


def test_four_weeks_back_and_twelve_ahead(house: House, base: Browser) -> None:
    path = make(base)
    found = [event["dtstart"].dt for event in events(get(base, path)).values()]
    assert max(found) <= house.clock.now + timedelta(weeks=12, days=1)
    house.clock.forward(weeks=3)
    assert min(e["dtstart"].dt for e in events(get(base, path)).values()) == min(found)
    house.clock.forward(weeks=2)
    assert min(e["dtstart"].dt for e in events(get(base, path)).values()) > min(found)


def test_a_move_counts_a_full_session_does_not_and_a_cancelled_one_says_so(
    house: House, base: Browser
) -> None:
    path = make(base)
    first = events(get(base, path))[uid(house.fosse)]
    assert (first["sequence"], str(first["status"])) == (0, "CONFIRMED")
    house.clock.forward(minutes=5)
    house.request("Xaawo", house.fosse)
    fuller = events(get(base, path))[uid(house.fosse)]
    assert (fuller["sequence"], str(fuller["summary"])) == (0, "Work coach session: 1 of 4 taken")
    assert fuller["dtstamp"].dt == first["dtstamp"].dt + timedelta(minutes=5)
    with database.transaction(house.engine) as session:
        row = session.get_one(Occurrence, house.fosse)
        occurrences.move(
            session, house.fosse, day=row.day + timedelta(days=1), start=time(15), minutes=60, version=row.version,
            actor="sam", now=house.clock.now,
        )  # fmt: skip
    moved = events(get(base, path))[uid(house.fosse)]
    assert moved["sequence"] == 1
    assert moved["dtstart"].dt == first["dtstart"].dt + timedelta(days=1, hours=5)
    with database.transaction(house.engine) as session:
        occurrences.cancel(session, house.fosse, actor="sam", now=house.clock.now, reason="room")
    gone = events(get(base, path))[uid(house.fosse)]
    assert (gone["sequence"], str(gone["status"])) == (2, "CANCELLED")
    assert str(gone["summary"]) == "Cancelled: Work coach session"
    assert "description" not in gone
    assert events(get(base, path))[uid(house.fosse)]["sequence"] == 2


def test_what_has_not_changed_is_not_sent_again(house: House, base: Browser) -> None:
    path = make(base)
    first = get(base, path)
    tag, when = first.headers["etag"], first.headers["last-modified"]
    house.clock.forward(minutes=10)
    for headers in (
        {"if-none-match": tag},
        {"if-none-match": f'"other", W/{tag}'},
        {"if-modified-since": when},
        {"if-none-match": "*"},
    ):
        same = get(base, path, **headers)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    for headers in (
        {"if-none-match": '"other"', "if-modified-since": when},
        {"if-modified-since": "yesterday"},
    ):
        assert get(base, path, **headers).status_code == 200
    house.request("Xaawo", house.fosse)
    for headers in ({"if-none-match": tag}, {"if-modified-since": when}):
        assert get(base, path, **headers).status_code == 200
    with database.transaction(house.engine) as session:
        session.scalars(select(Feed)).one().account.places = ["belgrave"]
    assert get(base, path, **{"if-modified-since": when}).status_code == 200


def test_a_head_request_is_answered_without_the_body(house: House, base: Browser) -> None:
    path = make(base)
    answer = httpx.head(str(base.client.base_url).rstrip("/") + path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]


def test_the_address_is_shown_once_kept_as_a_hash_renewed_and_ended(house: House, base: Browser) -> None:
    old = make(base)
    assert old not in base.open("/my-calendar").text
    with database.transaction(house.engine) as session:
        assert session.scalars(select(Feed.token_hash)).one() not in old
    new = make(base)
    assert [get(base, old).status_code, get(base, new).status_code] == [404, 200]
    base.open("/my-calendar")
    for _ in range(2):
        base.send("/my-calendar", {"do": "end"})
    assert get(base, new).status_code == 404
    with database.transaction(house.engine) as session:
        actions = session.scalars(select(Audit.action).where(Audit.action.startswith("feed."))).all()
    assert sorted(actions) == ["feed.ended", "feed.made", "feed.made"]


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%2e%2e", "%00", "a'or'1", "é"])
def test_a_guessed_address_is_no_page(base: Browser, token: str) -> None:
    answer = get(base, f"/staff/feeds/{token}.ics")
    assert answer.status_code == 404


def test_a_closed_account_has_no_feed(house: House, base: Browser) -> None:
    path = make(base)
    with database.transaction(house.engine) as session:
        feed = session.scalars(select(Feed)).one()
        accounts.disable(session, feed.account_id, actor="ann", now=house.clock.now)
    assert get(base, path).status_code == 404


def test_how_often_it_is_used_is_written_down(house: House, base: Browser) -> None:
    path = make(base)
    assert "Not yet" in base.open("/my-calendar").text
    for _ in range(3):
        get(base, path)
    assert "3 times" in base.open("/my-calendar").text
    house.clock.forward(days=1)
    base.log_in("sam", back="/my-calendar")
    assert "3 times" not in base.page.text
    get(base, path)
    assert "1 time<" in base.open("/my-calendar").text


def test_an_account_of_every_library_sees_all_of_them(house: House) -> None:
    with browsing(house) as browser:
        browser.log_in("vic")
        found = events(get(browser, make(browser)))
    assert {uid(house.fosse), uid(house.belgrave)} <= set(found)


def test_a_feed_takes_as_many_statements_however_many_sessions(house: House, base: Browser) -> None:
    path = make(base)
    get(base, path)
    few = house.statements(lambda: get(base, path))
    for n in range(3):
        house.session("work_coach", "fosse", n)
        house.request(f"Person {n}", house.occurrences["work_coach fosse"][0])
    get(base, path)
    assert house.statements(lambda: get(base, path)) == few


def test_two_readers_at_once_count_a_change_once(engine: Engine, vault: Vault, now: datetime) -> None:
    ids = weekly(engine, now)

    def stands(shape: str) -> int:
        with database.transaction(engine) as session:
            shown = dict.fromkeys(ids, (shape, shape))
            return sum(stand.sequence for stand in feeds.stands(session, shown, now).values())

    assert at_once([lambda: stands("first")] * 4) == [0] * 4
    assert at_once([lambda: stands("moved")] * 4) == [len(ids)] * 4
    with database.transaction(engine) as session:
        assert {row.sequence for row in session.scalars(select(FeedEvent))} == {1}


def test_who_came_still_counts_afterwards(house: House, base: Browser) -> None:
    path, booking = make(base), house.request("Xaawo", house.fosse)
    with database.transaction(house.engine) as session:
        seen = session.get_one(Booking, booking).version
        bookings.decide(session, booking, "approve", version=seen, actor="sam", now=house.clock.now)
    house.clock.forward(days=10)
    with database.transaction(house.engine) as session:
        session.get_one(Booking, booking).state = "attended"
    base.log_in("sam")
    assert str(events(get(base, path))[uid(house.fosse)]["summary"]) == "Work coach session: 1 of 4 taken"
