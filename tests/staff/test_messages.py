"""Messages: who waits stands first, an answer is seen before it is sent, and it is sent once, to who may get it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from bot.drafting import previewed
from flows.catalogue import Entry
from flows.hours import hours_of
from flows.staffed import PHRASES
from flows.words import Words
from staff import phrases, threads
from store import contacts, inbox, outbox, talks
from store.database import transaction
from store.models import Audit, Contact, InboxRow, OutboxRow, Talk, TalkNote, Task
from tests.staff.conftest import PHRASES as NAMED
from tests.staff.conftest import Browser, House, browsing

SOMALI = "Waxaan rabaa tababaraha shaqada."


@contextmanager
def desk(house: House, who: str = "sam", **settings: Any) -> Iterator[Browser]:
    """A member of staff at the pages; `previews` as in the running desk."""
    words = Words(NAMED, folder=house.texts)
    given = {
        "words": words,
        "preview": previewed(words),
        "hours": hours_of("Mon-Fri 10:00-16:00"),
        **settings,
    }
    with browsing(house, **given) as browser:
        browser.log_in(who)
        yield browser


def text_of(browser: Browser) -> str:
    return unescape(browser.page.text)


def version(page: str, button: str) -> str:
    """The hidden version of the form with that button."""
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.S) if f'value="{button}"' in form)
    found = re.search(r'name="version" value="([^"]*)"', form)
    assert found
    return found[1]


def press(browser: Browser, person: int, button: str, **form: str) -> str:
    """Press a button of the conversation that is open."""
    page = browser.page.text
    hidden = {} if button in ("look", "look_phrase", "note", "unnote", "snooze", "wake") else {
        "version": version(page, button)
    }  # fmt: skip
    data = {"csrf": browser.hidden("csrf"), "do": button, **hidden, **form}
    browser.page = browser.client.post(f"/staff/messages/{person}", data=data)
    return text_of(browser)


def writes(house: House, person: int, text: str) -> int:
    with transaction(house.engine) as session:
        row = inbox.receive(
            session, "sms", f"{person}-{text}-{house.clock.now}", "d", text, house.clock.now
        ).row
        row.contact_id = person
        session.get_one(Contact, person).seen_at = house.clock.now
        return row.id


def sent(house: House, person: int) -> list[OutboxRow]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(OutboxRow).filter_by(contact_id=person).order_by(OutboxRow.id)))


def changed(house: House, person: int, **facts: Any) -> None:
    with transaction(house.engine) as session:
        for name, value in facts.items():
            setattr(session.get_one(Contact, person), name, value)


def audit(house: House) -> list[tuple[str, dict[str, Any]]]:
    with transaction(house.engine) as session:
        return [(row.action, row.detail) for row in session.scalars(select(Audit).order_by(Audit.id))]


# the list --------------------------------------------------------------------------------------------
def test_danger_stands_first_then_who_waits_longest_then_the_latest(house: House) -> None:
    people = {}
    for name in ("Ada", "Bilal", "Caro", "Dina", "Efrem"):
        people[name] = house.person(name, text=f"hello from {name}")
        house.clock.forward(minutes=5)
    house.task("callback", contact_id=people["Caro"])
    house.clock.forward(minutes=5)
    house.task("callback", contact_id=people["Ada"])
    house.task("emergency", contact_id=people["Bilal"], note="hello from Bilal")
    with desk(house) as browser:
        page = browser.open("/messages").text
        assert re.findall(r">(Ada|Bilal|Caro|Dina|Efrem)</bdi>", page) == [
            "Bilal", "Caro", "Ada", "Efrem", "Dina"
        ]  # fmt: skip
        assert "hello from Bilal" not in page and "hello from Dina" in page
        assert "+44" not in page


def test_filters_are_library_language_and_who_waits(house: House) -> None:
    house.staff("ann", role="manager")
    ada, hodan = house.person("Ada", text="hello"), house.person("Hodan", "so", text=SOMALI)
    changed(house, ada, place="belgrave")
    house.asks(hodan, house.fosse)
    house.task("callback", contact_id=hodan)
    with desk(house, "ann") as browser:
        for query, seen in (
            ("", {"Ada", "Hodan"}),
            ("?place=belgrave", {"Ada"}),
            ("?place=fosse", {"Hodan"}),
            ("?language=so", {"Hodan"}),
            ("?show=waiting", {"Hodan"}),
            ("?place=nowhere&language=xx&show=y&page=900", {"Ada", "Hodan"}),
        ):
            page = browser.open(f"/messages{query}").text
            assert set(re.findall(r">(Ada|Hodan)</bdi>", page)) == seen, query


def test_staff_see_their_librarys_people_and_those_of_none(either_house: House) -> None:
    house = either_house
    nowhere, theirs = house.person("Nana", text="hello"), house.person("Bea", text="hello")
    moved = house.person("Mo", text="hello")
    changed(house, theirs, place="belgrave")
    changed(house, moved, place="belgrave")
    house.asks(moved, house.fosse)  # comes to Fosse all the same
    with desk(house) as browser:
        page = browser.open("/messages").text
        assert set(re.findall(r">(Nana|Bea|Mo)</bdi>", page)) == {"Nana", "Mo"}
        for person, status in ((nowhere, 200), (moved, 200), (theirs, 404), (999, 404)):
            assert browser.open(f"/messages/{person}").status_code == status
        browser.open(f"/messages/{nowhere}")
        browser.page = browser.client.post(
            f"/staff/messages/{theirs}", data={"csrf": browser.hidden("csrf"), "do": "note", "note": "x"}
        )
        assert browser.page.status_code == 404
    refused = [row for row in audit(house) if row[0] == "access.refused"]
    assert len(refused) == 3


def counted(house: House, browser: Browser, person: int) -> list[int]:
    """How many SQL statements each page takes."""
    paths = ("/messages", f"/messages/{person}", "/tasks")
    return [house.statements(partial(browser.open, path)) for path in paths]


def test_the_list_and_a_conversation_take_the_same_statements_however_long_they_are(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        few = counted(house, browser, ada)
        for number in range(12):
            person = house.person(f"Person {number}", text="hello")
            house.task("callback", contact_id=person)
            writes(house, ada, f"message {number}")
        assert counted(house, browser, ada) == few


# one conversation ------------------------------------------------------------------------------------
def test_both_sides_stand_in_the_order_of_time_with_what_became_of_ours(house: House) -> None:
    ada = house.person("Ada", "so", text=SOMALI)
    with transaction(house.engine) as session:
        for number, (state, why) in enumerate(
            (
                ("delivered", None),
                ("unsure", None),
                ("failed", "30005"),
                ("dropped", "too_late"),
                ("queued", None),
            )
        ):
            house.clock.forward(minutes=1)
            payload = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": f"line {number}"}}}]}
            row = outbox.queue(session, ada, "notice", payload, dedupe=str(number), now=house.clock.now)
            assert row is not None
            row.state, row.error_code = state, why
    with desk(house, reads=lambda text, _: "I want the job coach" if text == SOMALI else None) as browser:
        browser.open(f"/messages/{ada}")
        page = text_of(browser)
        for words in ("I want the job coach", "(by a machine, not checked)", "Arrived", "It may not have arrived",
                      "Did not arrive</strong>: there is no such number any more", "Waiting to be sent",
                      "Messages are kept for 30 days."):  # fmt: skip
            assert words in page, words
        found = [page.index(each) for each in (SOMALI, "line 0", "line 1", "line 2", "line 3", "line 4")]
        assert found == sorted(found)


def test_a_language_that_nobody_reads_says_so(house: House) -> None:
    ada = house.person("Ada", "ti", text="ስራሕ ንምርካብ ሓገዝ እደሊ።")
    with desk(house) as browser:
        assert "No machine reads Tigrinya yet" in browser.open(f"/messages/{ada}").text


def test_words_of_danger_are_read_only_when_opened_and_that_is_written_down(house: House) -> None:
    ada = house.person("Ada", text="hello")
    by_word = writes(house, ada, "he hits me")
    by_model = writes(house, ada, "my uncle waits outside with a bat")
    house.task("emergency", contact_id=ada, note="my uncle waits outside with a bat")
    with desk(house) as browser:
        for path in ("/messages", f"/messages/{ada}", "/tasks"):
            page = browser.open(path).text
            assert "he hits me" not in page and "uncle" not in page, path
        page = browser.open(f"/messages/{ada}?open={by_model}").text
        assert "uncle" in page and "he hits me" not in page
        assert "he hits me" in browser.open(f"/messages/{ada}?open={by_word}").text
    assert [action for action, _ in audit(house)].count("message.opened") == 2


def test_a_long_conversation_has_pages_and_no_page_is_missing(house: House) -> None:
    ada = house.person("Ada", text="the very first")
    for number in range(threads.LINES * 2):
        house.clock.forward(minutes=1)
        writes(house, ada, f"message number {number} of many")
    with desk(house) as browser:
        page = browser.open(f"/messages/{ada}").text
        assert "message number 59 of" in page and "the very first" not in page and "Earlier messages" in page
        page = browser.open(f"/messages/{ada}?page=3").text
        assert "the very first" in page and "Later messages" in page and "What is older is gone" in page
        assert browser.open(f"/messages/{ada}?page=999").status_code == 200


def test_8_a_script_in_a_name_a_message_or_a_note_is_text(house: House) -> None:
    evil = "<script>alert(1)</script>{{7*7}}\"'><b>"
    person = house.person(evil, text=evil)
    with desk(house) as browser:
        browser.open(f"/messages/{person}")
        press(browser, person, "note", note=evil)
        for path in ("/messages", f"/messages/{person}"):
            page = browser.open(path).text
            assert "<script>alert" not in page and "<b>" not in page and "&lt;script&gt;alert" in page
        press(browser, person, "look", text=evil)
        assert "<script>alert" not in browser.page.text and "{{7*7}}" in browser.page.text
        page = press(browser, person, "send", text=evil, way="own")
    (row,) = sent(house, person)
    assert row.payload["staff"]["english"] == evil


# answering -------------------------------------------------------------------------------------------
def test_own_words_in_english_are_seen_then_sent_then_stand_in_the_conversation(house: House) -> None:
    ada = house.person("Ada", text="when do you open?")
    house.task("callback", contact_id=ada)
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look", text="Come on Monday at ten.")
        assert "This is what they will read" in page
        assert "From library staff:\nCome on Monday at ten." in page and "1 of 3 SMS" in page
        assert sent(house, ada) == []
        page = press(browser, ada, "send", way="own", text="Come on Monday at ten.")
        assert "Your answer is on its way." in page and "Come on Monday at ten." in page
        assert "Nothing to do" in browser.open("/tasks").text
    (row,) = sent(house, ada)
    assert (row.kind, row.state) == ("notice", "queued")
    _, detail = next(each for each in audit(house) if each[0] == "talk.answered")
    assert detail == {"way": "own", "by_machine": False, "language": "en"}
    assert "Monday" not in str(audit(house))


def test_pressing_send_twice_sends_once(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text="Come on Monday.")
        before = browser.page
        for _ in range(3):
            browser.page = before
            assert "on its way" in press(browser, ada, "send", way="own", text="Come on Monday.")
    assert len(sent(house, ada)) == 1


def test_a_machines_words_are_marked_for_the_person_and_shown_beside_the_english(house: House) -> None:
    ada = house.person("Ada", "fr", text="bonjour")
    asked: list[str] = []

    def drafts(entry: Entry, language: str) -> str:
        asked.append(entry.english)
        return "Venez lundi."

    with desk(house, drafts=drafts) as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look", text="Come on Monday.")
        assert "A machine made this of your English." in page and "Venez lundi." in page
        assert "(Translated by a machine. Nobody has checked it yet.)" in page
        press(browser, ada, "send", way="own", text="Come on Monday.")
    (row,) = sent(house, ada)
    assert [each["key"] for each in row.payload["messages"]] == ["desk.draft_mark", "staff.reply"]
    assert row.payload["messages"][1]["values"] == {"text": {"$text": "Venez lundi."}}
    assert asked == ["Come on Monday."]  # what was seen is what goes out: the machine is not asked again


@pytest.mark.parametrize(
    ("language", "says"), [("so", "No machine writes Somali yet"), ("fr", "at the moment")]
)
def test_without_a_machine_it_goes_out_in_english_and_says_so(house: House, language: str, says: str) -> None:
    ada = house.person("Ada", language, text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look", text="Come on Monday.")
        assert says in page and "A member of staff wrote in English:\nCome on Monday." in page


def test_translations_that_are_held_back_are_not_made(house: House) -> None:
    ada = house.person("Ada", "fr", text="bonjour")
    words = Words(NAMED, folder=house.texts, drafts="hold")
    with desk(house, words=words, preview=previewed(words), drafts=lambda *_: "Venez.") as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look", text="Come on Monday.")
        assert "held back here" in page and "Venez." not in page


def test_a_ready_made_answer_names_a_library_a_day_and_a_time_that_were_chosen(house: House) -> None:
    ada = house.person("Ada", "en", text="hello")
    chosen = {"phrase": "come_when", "place": "fosse", "day": "2026-12-01", "time": "14:30"}
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look_phrase", **chosen)
        assert "From library staff:\nPlease come to Fosse Library: Tue 1 Dec, 14:30." in page
        press(browser, ada, "send", way="phrase", **chosen)
    (row,) = sent(house, ada)
    assert row.payload["messages"][1] == {
        "key": "staff.phrase.come_when",
        "values": {"place": {"$name": ["place", "fosse"]}, "when": {"$when": "2026-12-01T14:30:00+00:00"}},
        "options": [],
    }
    assert (
        "talk.answered",
        {"way": "phrase", "by_machine": False, "language": "en", "phrase": "come_when"},
    ) in audit(house)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Choose an answer."),
        ({"phrase": "nonsense"}, "Choose an answer."),
        ({"phrase": "come"}, "Choose the library"),
        ({"phrase": "come", "place": "atlantis"}, "Choose the library"),
        ({"phrase": "text_on"}, "Choose a day from today on"),
        ({"phrase": "text_on", "day": "2020-01-01"}, "Choose a day from today on"),
        ({"phrase": "come_when", "place": "fosse", "day": "2026-12-01", "time": "25:00"}, "Write the time"),
        ({"phrase": "come_when", "place": "fosse", "day": "2026-11-23", "time": "08:00"}, "is past"),
        ({"phrase": "come_when", "place": "fosse", "day": "2027-03-28", "time": "01:30"}, "Write the time"),
    ],
)
def test_what_an_answer_lacks_is_said_beside_the_field(house: House, form: dict[str, str], says: str) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        page = press(browser, ada, "look_phrase", **form)
        assert browser.page.status_code == 422 and page.count(says) == 2
        assert "This is what they will read" not in page


def test_every_ready_made_answer_can_be_found_and_fits(house: House) -> None:
    listed = [name for _, names in phrases.listed() for name, _ in names]
    assert sorted(listed) == sorted(PHRASES)
    ada = house.person("Ada", text="hello")
    slots = {"place": "fosse", "day": "2026-12-01", "time": "14:30"}
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        for name in listed:
            assert "of 3 SMS" in press(browser, ada, "look_phrase", phrase=name, **slots), name


@pytest.mark.parametrize("text", ["", "  \n ", "...", "x" * 601])
def test_own_words_are_there_and_not_too_long(house: House, text: str) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text=text)
        assert browser.page.status_code == 422


def test_what_takes_more_than_three_sms_is_not_offered_to_send(house: House) -> None:
    ada, telegram = house.person("Ada", text="hello"), house.person("Tam", channel="telegram", text="hello")
    with desk(house) as browser:
        for person, fits in ((ada, False), (telegram, True)):
            browser.open(f"/messages/{person}")
            page = press(browser, person, "look", text="й" * 300)
            assert ("This is what they will read" in page) is fits
            assert ("5 SMS and may take 3. Make it shorter." in page) is not fits
            assert "й" * 300 in page  # nothing that was written is lost


# who may be written to -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"opted_out": True}, "asked for no more messages"),
        ({"unreachable": True}, "do not reach this person"),
    ],
)
def test_an_answer_to_who_cannot_be_written_to_is_explained_and_not_sent(
    house: House, facts: dict[str, bool], says: str
) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text="Come on Monday.")
        changed(house, ada, **facts)  # while the member of staff reads the preview
        page = press(browser, ada, "send", way="own", text="Come on Monday.")
        assert browser.page.status_code == 409 and says in page and "Nothing was sent." in page
        page = browser.open(f"/messages/{ada}").text
        assert says in page and "See what they read" not in page
    assert sent(house, ada) == []


def test_an_answer_to_who_has_deleted_their_data_is_explained_and_not_sent(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "note", note="speaks some English")
        press(browser, ada, "look", text="Come on Monday.")
        with transaction(house.engine) as session:
            contacts.erase(session, session.get_one(Contact, ada), house.clock.now)
        assert "has deleted their data" in press(browser, ada, "send", way="own", text="Come on Monday.")
        assert browser.page.status_code == 410
        assert ">Ada<" not in browser.open("/messages").text
    with transaction(house.engine) as session:
        assert session.scalars(select(TalkNote)).all() == []
        assert session.scalars(select(Talk)).all() == []
    assert sent(house, ada) == []


def test_a_preview_cannot_be_used_for_somebody_else_or_an_hour_later(house: House) -> None:
    ada, bilal = house.person("Ada", text="hello"), house.person("Bilal", text="hello")
    house.staff("kim", name="Kim Osei")
    with desk(house) as browser, desk(house, "kim") as other:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text="Your card is ready.")
        sealed = {"do": "send", "way": "own", "text": "x", "version": version(browser.page.text, "send")}
        for who, person in ((browser, bilal), (other, ada)):
            who.open(f"/messages/{person}")
            who.page = who.client.post(
                f"/staff/messages/{person}", data={"csrf": who.hidden("csrf"), **sealed}
            )
            assert who.page.status_code == 409
        for wrong in ("", "7", "gAAAA", "x" * 5000):
            browser.page = browser.client.post(
                f"/staff/messages/{ada}", data={**sealed, "csrf": browser.hidden("csrf"), "version": wrong}
            )
            assert browser.page.status_code == 409
    assert sent(house, ada) == sent(house, bilal) == []


def test_a_language_that_changed_meanwhile_is_looked_at_again(house: House) -> None:
    ada = house.person("Ada", "en", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text="Come on Monday.")
        changed(house, ada, language="so")
        page = press(browser, ada, "send", way="own", text="Come on Monday.")
        assert "their language has changed" in page and "A member of staff wrote in English:" in page
        assert sent(house, ada) == []
        assert "on its way" in press(browser, ada, "send", way="own", text="Come on Monday.")


# together --------------------------------------------------------------------------------------------
def test_two_staff_answer_at_once_and_the_second_sees_the_first_before_sending(either_house: House) -> None:
    house = either_house
    ada = house.person("Ada", text="hello")
    house.staff("kim", name="Kim Osei")
    with desk(house) as sam, desk(house, "kim") as kim:
        for each, words in ((sam, "Come on Monday."), (kim, "Come on Tuesday.")):
            each.open(f"/messages/{ada}")
            press(each, ada, "look", text=words)
        press(kim, ada, "send", way="own", text="Come on Tuesday.")
        page = press(sam, ada, "send", way="own", text="Come on Monday.")
        assert sam.page.status_code == 409
        assert "Already answered by Kim Osei" in page and "Come on Tuesday." in page
        assert "From library staff:\nCome on Monday." in page  # still there, to send all the same
        assert len(sent(house, ada)) == 1
        assert "on its way" in press(sam, ada, "send", way="own", text="Come on Monday.")
    assert [row.payload["staff"]["by"] for row in sent(house, ada)] == ["kim", "sam"]


def test_taking_over_tells_the_person_and_colleagues_and_handing_back_too(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser, desk(house, "vic") as reader:
        page = text_of(browser) if browser.open(f"/messages/{ada}") else ""
        assert "from Mon 23 Nov, 10:00" in page  # it is nine o'clock
        page = press(browser, ada, "take")
        assert (
            "Sam answers instead of the desk" in page and "Staff are here again: Mon 23 Nov, 10:00." in page
        )
        page = reader.open("/messages").text
        assert (
            "Sam answers" in page and "From now on a member of library staff" in page and "danger" not in page
        )
        page = reader.open(f"/messages/{ada}").text
        assert "See what they read" not in page and 'value="back"' not in page
        house.clock.forward(minutes=20)
        page = press(browser, ada, "back")
        assert "The desk answers again." in page and "Sam answers instead" not in page
    assert [row.payload["messages"][0]["key"] for row in sent(house, ada)] == [
        "staffed.taken_over_later",
        "staffed.handed_back",
    ]


def test_a_viewer_can_change_nothing(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house, "vic") as browser:
        browser.open(f"/messages/{ada}")
        for button in ("take", "send", "note", "look", "snooze"):
            answer = browser.client.post(
                f"/staff/messages/{ada}", data={"csrf": browser.hidden("csrf"), "do": button, "version": "0"}
            )
            assert answer.status_code == 403
    assert sent(house, ada) == []


# notes, and putting off ------------------------------------------------------------------------------
def test_a_note_says_who_wrote_it_and_only_they_can_remove_it(house: House) -> None:
    ada = house.person("Ada", text="hello")
    house.staff("kim", name="Kim Osei")
    with desk(house) as browser, desk(house, "kim") as other:
        browser.open(f"/messages/{ada}")
        assert "Write the note." in press(browser, ada, "note", note=" ")
        page = press(browser, ada, "note", note="passport 123456789, speaks Dari")
        assert "speaks Dari" in page and "123456789" not in page and "Remove" in page
        page = other.open(f"/messages/{ada}").text
        assert "speaks Dari" in page and "Sam, 09:00" in page and "Remove" not in page
        assert "Only who wrote a note" in press(other, ada, "unnote", note_id="1")
        assert "speaks Dari" not in press(browser, ada, "unnote", note_id="1")
    assert "Dari" not in str(audit(house))


def test_what_is_put_off_leaves_the_list_and_comes_back_on_top(house: House) -> None:
    ada = house.person("Ada", text="hello")
    house.clock.forward(minutes=1)
    house.person("Bilal", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        past = {"later-day": "2026-11-23", "later-time": "08:00"}
        for form in ({}, past, {**past, "later-day": "2027-11-23"}, {**past, "later-time": "soon"}):
            press(browser, ada, "snooze", **form)
            assert browser.page.status_code == 422
        press(browser, ada, "snooze", **{"later-day": "2026-11-23", "later-time": "09:15"})
        assert ">Ada<" not in browser.open("/messages").text
        assert ">Ada<" in browser.open("/messages?show=snoozed").text
        house.clock.forward(minutes=20)
        page = browser.open("/messages").text
        assert page.index(">Ada<") < page.index(">Bilal<") and "Back again" in page


def test_danger_is_never_put_off(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with transaction(house.engine) as session:
        talks.snooze(session, ada, house.clock.now + timedelta(days=1), actor="sam", now=house.clock.now)
    house.task("emergency", contact_id=ada, note="x")
    with desk(house) as browser:
        assert ">Ada<" in browser.open("/messages").text


def test_37_an_answer_written_in_a_session_that_expired_is_still_there(house: House) -> None:
    ada = house.person("Ada", text="hello")
    with desk(house) as browser:
        browser.open(f"/messages/{ada}")
        press(browser, ada, "look", text="Come on Monday.")
        house.clock.forward(minutes=31)
        press(browser, ada, "send", way="own", text="Come on Monday.")
        assert "Your log-in name" in browser.page.text
        browser.log_in("sam", back=f"/messages/{ada}")
        page = browser.page.text
        assert "What you wrote is still here" in page and "Come on Monday.</textarea>" in page
    assert sent(house, ada) == []


def test_an_empty_desk_says_so(house: House) -> None:
    with desk(house) as browser:
        assert "Nobody has written in the last 30 days." in browser.open("/messages").text
        assert "Nothing is put off." in browser.open("/messages?show=snoozed").text
    with transaction(house.engine) as session:
        assert session.scalars(select(InboxRow)).all() == []
        assert session.scalars(select(Task)).all() == []
