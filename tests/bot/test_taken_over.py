"""While a member of staff answers, the desk keeps quiet; but danger, and the words that always win, are met."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from bot.settings import Settings
from flows import staffed
from flows.context import Context, Heard, Meaning, Person
from flows.hours import hours_of
from flows.message import messages_to_json
from flows.state import State
from store import database, talks
from store.models import Contact, InboxRow, OutboxRow, Talk, Task
from tests.bot.house import House, open_house
from tests.flows.fakes import FakeDiary, FakeKnowledge

AMINA = "+447700900123"
CHAT = 77
EVENING = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # a Friday


def person(house: House) -> int:
    with database.transaction(house.desk.engine) as session:
        return session.scalars(select(Contact.id).order_by(Contact.id.desc())).first() or 0


def take_over(house: House) -> None:
    told = messages_to_json([staffed.taken_over(house.desk.conversations.hours, house.clock())])
    with database.transaction(house.desk.engine) as session:
        talks.take_over(session, person(house), {"messages": told}, actor="sam", version=0, now=house.clock())
    house.work()


def tasks(house: House) -> list[tuple[str, int]]:
    with database.transaction(house.desk.engine) as session:
        return [(each.kind, each.times) for each in session.scalars(select(Task).order_by(Task.id))]


def english(house: House, key: str) -> str:
    return house.desk.words.english(key)


@pytest.fixture
def taken(house: House) -> House:
    """Amina has asked to book; then a member of staff has taken over."""
    house.sms(AMINA, "Hello, good morning")
    house.sms(AMINA, "book a work coach")
    take_over(house)
    return house


def test_the_person_is_told_once_and_then_only_staff_answer(taken: House) -> None:
    assert taken.twilio.to(AMINA)[-1] == english(taken, "staffed.taken_over")
    told = len(taken.twilio.to(AMINA))
    assert taken.sms(AMINA, "1") == ""
    assert taken.sms(AMINA, "how do I join the library?") == ""
    taken.work()
    assert len(taken.twilio.to(AMINA)) == told
    assert tasks(taken) == [("reply_wanted", 2)]
    with database.transaction(taken.desk.engine) as session:
        texts = list(session.scalars(select(InboxRow.text).order_by(InboxRow.id)))
    assert texts[-2:] == ["1", "how do I join the library?"]


def test_danger_gets_the_safety_text_and_a_task_that_stands_first(taken: House) -> None:
    assert "116 123" in taken.sms(AMINA, "I want to die")
    assert tasks(taken) == [("emergency", 1)]
    assert taken.sms(AMINA, "are you there?") == ""  # still taken over


def test_stop_ends_everything_and_start_brings_nothing_late(taken: House) -> None:
    assert taken.sms(AMINA, "STOP") == ""
    with database.transaction(taken.desk.engine) as session:
        assert session.scalars(select(Contact)).one().opted_out
    with pytest.raises(talks.CannotReach), database.transaction(taken.desk.engine) as session:
        talks.reply(
            session, person(taken), {"messages": []}, dedupe="x", version=1, actor="sam", now=taken.clock()
        )


def test_stop_on_telegram_is_confirmed(house: House) -> None:
    house.telegram_text(CHAT, "Hello, good morning")
    take_over(house)
    assert house.telegram_text(CHAT, "anybody there?") == ""
    assert house.telegram_text(CHAT, "STOP")


def test_delete_my_data_is_asked_and_done_and_ends_the_taking_over(taken: House) -> None:
    assert taken.sms(AMINA, "delete my data")
    assert taken.sms(AMINA, "what does that mean?") == ""  # no line of it: that waits for staff
    assert taken.sms(AMINA, "1")
    with database.transaction(taken.desk.engine) as session:
        assert session.scalars(select(Talk)).all() == []
        assert session.scalars(select(Task)).all() == []
    assert taken.sms(AMINA, "Hello, good morning")


def test_the_language_can_be_changed(taken: House) -> None:
    assert taken.sms(AMINA, "language")
    assert taken.sms(AMINA, "Soomaali")
    with database.transaction(taken.desk.engine) as session:
        assert session.scalars(select(Contact)).one().language == "so"
    assert taken.sms(AMINA, "Waxaan rabaa caawimaad") == ""


def test_handed_back_the_conversation_goes_on_where_it_was(taken: House) -> None:
    taken.sms(AMINA, "hello?")
    with database.transaction(taken.desk.engine) as session:
        talks.hand_back(session, person(taken), actor="sam", version=1, now=taken.clock())
    taken.work()
    assert taken.twilio.to(AMINA)[-1] == english(taken, "staffed.handed_back")
    assert taken.sms(AMINA, "1")


def test_left_alone_for_a_day_the_desk_answers_again_by_itself(taken: House) -> None:
    taken.sms(AMINA, "hello?")
    taken.clock.forward(hours=23)
    taken.work()
    assert taken.sms(AMINA, "hello??") == ""
    taken.clock.forward(hours=1)
    taken.work()
    taken.work()
    assert taken.twilio.to(AMINA).count(english(taken, "staffed.handed_back")) == 1
    assert taken.sms(AMINA, "how do I join the library?")
    assert ("reply_wanted", 2) in tasks(taken)


def test_danger_that_only_the_model_sees_is_met_too(now: datetime) -> None:
    ctx = Context(Person("en"), now, FakeDiary(language="en"), FakeKnowledge())

    def still(**meaning: Any) -> str | None:
        heard = Heard("my uncle waits outside", understand=lambda _: Meaning("emergency", **meaning))
        found = staffed.still_answered(State(), heard, ctx)
        return found.word if found is not None else None

    assert (still(sure=True), still(half_sure=True), still()) == ("danger", "danger", None)


def test_a_provider_that_repeats_makes_no_second_task(taken: House) -> None:
    for _ in range(3):
        taken.sms(AMINA, "hello?", sid="SMsame")
    assert tasks(taken) == [("reply_wanted", 1)]


def test_a_language_that_is_clear_is_remembered_for_staff(house: House) -> None:
    house.sms(AMINA, "🙂")
    take_over(house)
    assert house.sms(AMINA, "Bonjour, je voudrais apprendre l'anglais à la bibliothèque") == ""
    with database.transaction(house.desk.engine) as session:
        assert session.scalars(select(Contact)).one().language == "fr"


# when staff answer ------------------------------------------------------------------------------------
def test_outside_the_hours_of_staff_the_person_reads_when_they_are_there_again(
    sqlite_url: str, now: datetime
) -> None:
    with open_house(sqlite_url, now, staff_hours="Mon-Fri 10:00-16:00") as house:
        house.clock.now = EVENING
        house.sms(AMINA, "Hello, good morning")
        assert "from Mon 30 Nov, 10:00" in house.sms(AMINA, "talk to a person")
        take_over(house)
        assert house.twilio.to(AMINA)[-1].endswith("Staff are here again: Mon 30 Nov, 10:00.")
        with database.transaction(house.desk.engine) as session:
            (row,) = session.scalars(select(OutboxRow).filter_by(kind="notice"))
            assert row.state == "sent"


def test_within_them_the_person_reads_until_when(sqlite_url: str, now: datetime) -> None:
    with open_house(sqlite_url, now, staff_hours="Mon-Fri 09:00-16:00") as house:
        house.sms(AMINA, "Hello, good morning")
        asked = house.sms(AMINA, "talk to a person")
        assert "today until Mon 23 Nov, 16:00" in asked
        house.clock.forward(hours=8)  # it is evening before they answer: the same question, the same answer
        assert house.sms(AMINA, "my letter from the council").startswith(english(house, "human_note.noted"))
        with database.transaction(house.desk.engine) as session:
            assert "my letter from the council" in session.scalars(select(Task.note)).all()


@pytest.mark.parametrize(
    ("at", "until", "again"),
    [
        ("2026-11-23 09:59", None, "2026-11-23 10:00"),
        ("2026-11-23 10:00", "2026-11-23 13:00", None),
        ("2026-11-23 13:00", None, "2026-11-23 14:00"),
        ("2026-11-28 15:00", None, "2026-11-30 10:00"),
        ("2026-12-24 18:00", None, "2026-12-29 10:00"),  # Christmas, a weekend, and a substitute day
    ],
)
def test_hours_are_londons_and_bank_holidays_have_none(at: str, until: str | None, again: str | None) -> None:
    from store.london import is_bank_holiday

    hours = hours_of("Mon-Fri 10:00-13:00, Mon-Fri 14:00-16:00, Sat 10:00-13:00", is_bank_holiday)

    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None

    now = moment(at)
    assert now is not None
    assert hours.until(now) == moment(until)
    assert again is None or hours.again(now) == moment(again)


def test_summer_time_moves_the_hours(now: datetime) -> None:
    hours = hours_of("Mon-Sun 10:00-16:00")
    assert hours.until(datetime(2026, 7, 1, 9, 0, tzinfo=UTC)) == datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        "10:00-16:00", "Mon 10-16", "Fri-Mon 10:00-16:00", "Mon 16:00-10:00", "Mon 10:00-25:00", "Xyz 10:00-16:00",
        "Mon 10:00-12:00, Mon 11:00-13:00",
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(staff_hours=wrong)


def test_without_hours_nothing_is_promised(now: datetime) -> None:
    assert staffed.taken_over(hours_of(""), now).key == "staffed.taken_over"
