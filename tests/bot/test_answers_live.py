"""A fact that a manager confirms is told in the next turn, in every language, process and directory; and can be
written into the files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from kb.check import check
from kb.load import KB, load
from kb.openreferral import identifier
from store import database, facts, tasks
from tests.bot.house import PASSWORD, House
from tests.staff.conftest import Browser

NUMBER, OTHER, ARABIC = "+447700900123", "+447700900124", "+447700900125"
HOURS = "/answers/place/fosse/schedules"
WEEK = {"do": "correct", **{f"time-{day}": "09:30-17:00" for day in ("MO", "TU", "WE")}, "time-SA": "10-16"}
COACH = "/answers/service/citizenship_practice"


@pytest.fixture
def manager(house: House) -> Iterator[Browser]:
    browser = Browser(house.url)
    browser.log_in("demo", PASSWORD)
    yield browser
    browser.client.close()


def decide(browser: Browser, path: str, **form: str) -> None:
    browser.open(path)
    assert browser.send(path, form).status_code == 200


def asks_when_fosse_is_open(house: House, number: str) -> str:
    said = house.sms(number, "when is the library open")
    return house.sms(number, "Fosse") if "Which library?" in said else said


def test_hours_are_told_in_the_next_turn_and_the_rest_is_said_to_be_unknown(
    house: House, manager: Browser
) -> None:
    assert "not confirmed yet" in asks_when_fosse_is_open(house, NUMBER)
    decide(manager, HOURS, **WEEK)
    said = asks_when_fosse_is_open(house, NUMBER)
    assert "Fosse Library\nMon-Wed 09:30-17:00\nSat 10:00-16:00\nThe address is not confirmed." in said
    assert "Mon-Wed 09:30-17:00" in house.sms(OTHER, "when is the Fosse library open?")
    decide(manager, "/answers/place/fosse/addresses", do="correct", address_1="1 High Street", city="Leicester",
           postal_code="LE1 1AA")  # fmt: skip
    decide(manager, "/answers/place/fosse/contacts", do="correct", phone="0116 4960000")
    said = asks_when_fosse_is_open(house, NUMBER)
    assert "1 High Street, Leicester LE1 1AA\n0116 496 0000\nMon-Wed 09:30-17:00" in said
    assert "not confirmed" not in said
    assert "not confirmed yet" in "\n".join(
        house.sms(OTHER, text) for text in ("when is the library open", "Belgrave")
    )
    decide(manager, HOURS, do="out")
    assert "Opening times are not confirmed" in asks_when_fosse_is_open(house, NUMBER)


def test_times_and_numbers_are_told_in_the_persons_own_language(house: House, manager: Browser) -> None:
    decide(manager, HOURS, **WEEK)
    house.sms(ARABIC, "arabic")
    house.sms(ARABIC, "متى تفتح المكتبة")
    said = house.sms(ARABIC, "مكتبة فوس")
    assert "الاثنين-الأربعاء" in said and "09:30-17:00" in said


def test_another_process_tells_it_within_a_second(house: House, manager: Browser) -> None:
    assert house.other.conversations.knowledge.places()[0].hours == ()
    decide(manager, HOURS, **WEEK)

    def there() -> bool:
        places = house.other.conversations.knowledge.places()
        return next(place for place in places if place.id == "fosse").hours != ()

    house.wait_until(there, seconds=3)


def test_a_confirmed_service_is_told_and_published_with_the_day_it_was_confirmed(
    house: House, manager: Browser
) -> None:
    path = "/answers/service/english_classes"
    assert "Not confirmed: if it runs now" in house.sms(NUMBER, "where can I learn english")
    for name, form in {
        "schedules": {"time-MO": "10:00-12:00"},
        "service_at_locations": {"at-fosse": "on"},
        "cost_options": {"option-1": "A term", "amount-1": "2.50"},
        "website": {"url": "www.example.org/esol"},
        "summary": {"text": "Learn English at a library."},
    }.items():
        decide(manager, f"{path}/{name}", do="correct", **form)
    said = house.sms(OTHER, "where can I learn english")
    told = "Learn English at a library.\nMon 10:00-12:00\nFosse Library\nA term: £2.50\nhttps://www.example.org/esol"
    assert told in said and "Not confirmed" not in said
    published = house.http.get(f"/openreferral/services/{identifier('service', 'english_classes')}").json()
    assert published["assured_date"] == "2026-11-23" and published["url"] == "https://www.example.org/esol"
    assert [(one["byday"], one["opens_at"]) for one in published["schedules"]] == [("MO", "10:00")]
    assert published["service_at_locations"][0]["location"]["name"] == "Fosse Library"
    assert "alert" not in published and published["cost_options"][0]["amount"] == 2.5
    decide(manager, f"{path}/current", do="correct", runs="no")
    assert "English and adult learning: this has ended." in house.sms(OTHER, "where can I learn english")
    assert house.http.get("/openreferral/services").json()["contents"]


def test_half_a_year_later_the_hours_are_not_told_any_more(house: House, manager: Browser) -> None:
    decide(manager, HOURS, **WEEK)
    house.clock.forward(days=182)
    assert "09:30-17:00" not in asks_when_fosse_is_open(house, NUMBER)


def test_a_partners_number_is_told_beside_its_name_and_not_when_it_is_gone(
    house: House, manager: Browser
) -> None:
    decide(manager, "/answers/partner/assist/contacts", do="correct", phone="0116 496 0000")
    assert "ASSIST, 0116 496 0000" in house.sms(NUMBER, "I need a doctor")
    decide(manager, "/answers/partner/assist/current", do="correct", runs="no")
    assert "ASSIST" not in house.sms(OTHER, "I need a doctor")


def test_who_asked_keeps_the_task_until_somebody_told_them(house: House, manager: Browser) -> None:
    asks_when_fosse_is_open(house, NUMBER)
    decide(manager, HOURS, **WEEK)
    with database.transaction(house.desk.engine) as session:
        assert [task.about for task in tasks.open_tasks(session)] == ["opening_hours"]
    assert house.twilio.sent == []


def test_the_export_writes_the_files_once_and_they_are_clean(
    house: House, manager: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(KB, tmp_path / "kb", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setenv("WELCOME_DATABASE_URL", house.settings.database_url)
    export = ["kb", "export", "--folder", str(folder)]
    assert "nothing to write" in CliRunner().invoke(app, export).output
    decide(manager, HOURS, **WEEK)
    decide(manager, f"{COACH}/service_at_locations", do="correct", **{"at-fosse": "on"})
    look = CliRunner().invoke(app, [*export, "--dry-run"])
    assert look.exit_code == 0 and "2 files would change" in look.output and "+  - id: fosse" in look.output
    assert load(folder) == load()
    assert "2 files written" in CliRunner().invoke(app, export).output
    told = house.desk.current()
    assert load(folder).places == told.places and load(folder).services == told.services
    assert check(folder) == []
    texts = {file: file.read_text("utf-8") for file in folder.rglob("*.yaml")}
    assert "nothing to write" in CliRunner().invoke(app, export).output
    assert {file: file.read_text("utf-8") for file in folder.rglob("*.yaml")} == texts
    with database.reading(house.desk.engine) as session:
        assert all(change.folded for change in facts.latest(session).values())


def test_an_export_into_a_broken_folder_writes_nothing(
    house: House, manager: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELCOME_DATABASE_URL", house.settings.database_url)
    decide(manager, HOURS, **WEEK)
    done = CliRunner().invoke(app, ["kb", "export", "--folder", str(tmp_path)])
    assert done.exit_code == 1 and "Nothing was written." in done.output
    with database.reading(house.desk.engine) as session:
        assert not [change for change in facts.latest(session).values() if change.folded]
