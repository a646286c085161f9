"""An announcement reaches who asked for it, once each, after a second person where many read it."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from store import audiences, bookings, broadcasts, contacts, database, outbox, own_phones, reminders
from store.errors import AlreadyHandled
from store.models import Audit, Broadcast, Contact, InboxRow, OutboxRow, Subscription
from store.still import Group
from tests.store.helpers import DAY, HOUR, at_once, outbox_rows, people, plan, weekly

WORK_COACH = Group(service="work_coach")
WORDS = "The work coach comes an hour later this week."
NIGHT = datetime(2026, 11, 23, 21, tzinfo=UTC)


def subscribed(engine: Engine, number: int, now: datetime, **facts: object) -> list[int]:
    found = people(engine, number, now)
    with database.transaction(engine) as session:
        for contact_id in found:
            reminders.subscribe(session, contact_id, "work_coach", now)
            for name, value in facts.items():
                setattr(session.get_one(Contact, contact_id), name, value)
    return found


class Desk:
    """Staff at an announcement: each call with the version that they have before them."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine, self.now = engine, now
        with database.transaction(engine) as session:
            self.id = broadcasts.create(session, WORK_COACH, WORDS, actor="ann", now=now).id

    def row(self) -> Broadcast:
        with database.transaction(self.engine) as session:
            return session.get_one(Broadcast, self.id)

    def does(self, what: Callable[..., object], *args: object, actor: str = "ann", **more: object) -> object:
        version = self.row().version
        with database.transaction(self.engine) as session:
            return what(session, self.id, *args, version=version, actor=actor, now=self.now, **more)

    def starts(self, actor: str = "ann", **more: object) -> None:
        self.does(broadcasts.ready)
        self.does(broadcasts.start, actor=actor, **{"alone_up_to": 200, **more})

    def sends(self, now: datetime | None = None, limit: int = 50) -> list[int]:
        """Claim and settle; who got it."""
        got = []
        claims = outbox.claim(
            self.engine, channels=["telegram", "sms"], now=now or self.now, worker="w", limit=limit
        )
        for claim in claims:
            outbox.settle(self.engine, claim.id, "sent", now=self.now, text="x", provider_id=f"p{claim.id}")
            got.append(claim.contact_id)
        return got

    def finish(self, now: datetime | None = None) -> int:
        with database.transaction(self.engine) as session:
            return broadcasts.finish(session, now or self.now)


@pytest.fixture
def desk(engine: Engine, now: datetime) -> Desk:
    return Desk(engine, now)


def test_everybody_of_the_group_gets_it_once_in_their_language(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    somali, english, arabic, farsi = subscribed(engine, 4, now)
    with database.transaction(engine) as session:
        for contact, code in ((english, None), (arabic, "ar"), (farsi, "fa")):
            session.get_one(Contact, contact).language = code
    desk.does(broadcasts.set_text, "so", "reviewed", "Tababaraha shaqada…")
    desk.does(broadcasts.set_text, "ar", "machine", "يأتي المدرب")
    desk.starts()
    assert plan(engine, now) == 4
    for again in (now, now - HOUR, now + HOUR):
        assert plan(engine, again) == 0
    said = {row.contact_id: row.payload["messages"] for row in outbox_rows(engine)}
    assert [m["key"] for m in said[somali]] == ["broadcast.text"]
    assert said[somali][0]["values"] == {"text": {"$text": "Tababaraha shaqada…"}}
    assert said[english][0] == {"key": "broadcast.text", "values": {"text": {"$text": WORDS}}}
    assert [m["key"] for m in said[arabic]] == ["desk.draft_mark", "broadcast.text"]
    assert [m["key"] for m in said[farsi]] == ["broadcast.in_english"]
    assert sorted(desk.sends()) == [somali, english, arabic, farsi]
    assert (desk.finish(), desk.row().state, desk.row().result) == (1, "done", {"sent": 4})
    assert desk.finish() == 0


def test_who_did_not_ask_for_it_is_never_written_to(engine: Engine, desk: Desk, now: datetime) -> None:
    wants, other, opted_out, gone = people(engine, 4, now)
    with database.transaction(engine) as session:
        reminders.subscribe(session, other, "it_sessions", now)
        for contact in (wants, opted_out, gone):
            reminders.subscribe(session, contact, "work_coach", now)
        contacts.opt_out(session, session.get_one(Contact, opted_out), now)
        contacts.mark_unreachable(session, gone, now)
        found = audiences.audience(session, session.get_one(Broadcast, desk.id), now)
    assert (found.people, found.left_out) == ({("so", "telegram"): 1}, {"opted_out": 1, "unreachable": 1})
    desk.starts()
    plan(engine, now)
    assert desk.sends() == [wants]


def test_who_has_a_coming_place_there_is_written_to(engine: Engine, desk: Desk, now: datetime) -> None:
    fosse, belgrave = weekly(engine, now)[0], weekly(engine, now, place="belgrave", weekday=4)[0]
    here, there = people(engine, 2, now)
    with database.transaction(engine) as session:
        bookings.request(session, here, fosse, "A", now)
        bookings.request(session, there, belgrave, "B", now)
        broadcast = session.get_one(Broadcast, desk.id)
        assert audiences.audience(session, broadcast, now).total == 2
        assert audiences.audience(session, broadcast, now + 7 * DAY).total == 0
    group = Group(place="fosse", who="booked")
    desk.does(broadcasts.edit, group, WORDS)
    desk.starts()
    plan(engine, now)
    assert desk.sends() == [here]


def test_library_and_language_make_the_group_smaller(engine: Engine, desk: Desk, now: datetime) -> None:
    first, second, _ = subscribed(engine, 3, now)
    with database.transaction(engine) as session:
        session.get_one(Contact, first).place = "fosse"
        session.get_one(Contact, second).place = "fosse"
        session.get_one(Contact, second).language = "fa"
        weekly_ready = Group("work_coach", "fosse", "fa")
    weekly(engine, now)
    desk.does(broadcasts.edit, weekly_ready, WORDS)
    desk.starts()
    plan(engine, now)
    assert desk.sends() == [second]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Group(), WORDS),
        (Group(place="fosse"), WORDS),
        (Group(place="fosse", who="subscribed"), WORDS),
        (Group("work_coach", who="everybody"), WORDS),
        (WORK_COACH, " \n"),
    ],
)
def test_a_group_is_one_that_agreed(engine: Engine, now: datetime, group: Group, words: str) -> None:
    with pytest.raises(ValueError, match="words"), database.transaction(engine) as session:
        broadcasts.create(session, group, words, actor="ann", now=now)


def test_a_language_can_be_left_out(engine: Engine, desk: Desk, now: datetime) -> None:
    _, unknown = subscribed(engine, 2, now)
    with database.transaction(engine) as session:
        session.get_one(Contact, unknown).language = None
    desk.does(broadcasts.set_text, "so", "left_out")
    with database.transaction(engine) as session:
        found = audiences.audience(session, session.get_one(Broadcast, desk.id), now)
    assert (found.total, found.left_out, found.languages) == (1, {"no_text": 1}, ["en"])
    desk.starts()
    plan(engine, now)
    assert desk.sends() == [unknown]


def test_nobody_in_the_group_is_no_announcement(desk: Desk) -> None:
    with pytest.raises(broadcasts.NobodyThere):
        desk.does(broadcasts.ready)


# the second person ------------------------------------------------------
def test_many_need_a_second_person_who_wrote_none_of_it(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 3, now)
    desk.does(broadcasts.set_text, "so", "reviewed", "…", actor="bea")
    desk.does(broadcasts.ready)
    with pytest.raises(broadcasts.NeedsSecondPerson) as needs:
        desk.does(broadcasts.start, alone_up_to=2)
    assert needs.value.people == 3
    for writer in ("ann", "bea"):
        with pytest.raises(broadcasts.OwnWords):
            desk.does(broadcasts.approve, actor=writer)
    desk.does(broadcasts.approve, actor="mia")
    desk.does(broadcasts.start, alone_up_to=2)
    assert desk.row().state == "sending"


def test_a_change_takes_the_approval_and_old_translations_away(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    subscribed(engine, 3, now)
    desk.does(broadcasts.set_text, "so", "reviewed", "…")
    desk.does(broadcasts.set_text, "fa", "left_out")
    desk.does(broadcasts.ready)
    desk.does(broadcasts.approve, actor="mia")
    desk.does(broadcasts.edit, WORK_COACH, "Other words.")
    assert (desk.row().state, desk.row().approved_by) == ("draft", None)
    with database.transaction(engine) as session:
        assert set(audiences.texts(session, desk.id)) == {"fa"}
    desk.does(broadcasts.ready)
    with pytest.raises(broadcasts.NeedsSecondPerson):
        desk.does(broadcasts.start, alone_up_to=2)


def test_a_group_that_grew_until_the_start_needs_the_second_person_after_all(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    subscribed(engine, 2, now)
    desk.starts(alone_up_to=2, at=now + HOUR)
    with database.transaction(engine) as session:
        late = Contact(
            channel="sms", address_lookup="x", address_sealed="s", language="so", created_at=now, seen_at=now
        )
        session.add(late)
        session.flush()
        reminders.subscribe(session, late.id, "work_coach", now)
    assert plan(engine, now + HOUR) == 0
    assert (desk.row().state, desk.row().change) == ("ready", "put_back")
    desk.does(broadcasts.approve, actor="mia")
    desk.does(broadcasts.start, alone_up_to=2)
    assert plan(engine, now + HOUR) == 3


def test_of_two_at_once_one_is_told_that_it_was_done(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 2, now)
    desk.does(broadcasts.ready)
    version = desk.row().version

    def start() -> None:
        with database.transaction(engine) as session:
            broadcasts.start(session, desk.id, version=version, actor="ann", now=now, alone_up_to=9)

    ends = at_once([start] * 3)
    assert [type(end) for end in ends].count(AlreadyHandled) == 2
    assert plan(engine, now) == 2


# sending ----------------------------------------------------------------
def test_it_starts_at_its_time_and_not_at_night(engine: Engine, desk: Desk, now: datetime) -> None:
    everybody = subscribed(engine, 3, now)
    desk.starts(at=NIGHT, too_late=NIGHT + 24 * HOUR)
    assert plan(engine, NIGHT - HOUR) == 0
    assert plan(engine, NIGHT) == 3
    assert desk.sends(NIGHT) == []
    assert sorted(desk.sends(NIGHT + 11 * HOUR)) == everybody


@pytest.mark.parametrize(
    ("at", "too_late"),
    [(-HOUR, None), (61 * DAY, None), (timedelta(0), timedelta(0)), (timedelta(0), 15 * DAY), (12 * HOUR, 20 * HOUR)],
)  # fmt: skip
def test_a_start_and_a_limit_that_make_no_sense_are_refused(
    engine: Engine, desk: Desk, now: datetime, at: timedelta, too_late: timedelta | None
) -> None:
    subscribed(engine, 1, now)
    with pytest.raises(ValueError, match="start"):
        desk.starts(at=now + at, too_late=None if too_late is None else now + too_late)


def test_paused_it_waits_and_then_goes_on(engine: Engine, desk: Desk, now: datetime) -> None:
    everybody = subscribed(engine, 6, now)
    desk.starts()
    with database.transaction(engine) as session:
        assert reminders.plan(session, now, batch=3) == 3
    first = desk.sends(limit=1)
    desk.does(broadcasts.pause)
    assert desk.sends() == []
    assert plan(engine, now) == 0
    assert desk.finish() == 0
    desk.does(broadcasts.go_on, actor="bea")
    assert plan(engine, now) == 3
    assert sorted([*first, *desk.sends()]) == everybody


def test_a_pause_holds_up_nothing_else(engine: Engine, desk: Desk, now: datetime) -> None:
    (contact, *_) = subscribed(engine, 2, now)
    desk.starts()
    plan(engine, now)
    desk.does(broadcasts.pause)
    with database.transaction(engine) as session:
        outbox.queue(session, contact, "notice", {"messages": []}, dedupe=None, now=now)
    assert desk.sends() == [contact]


def test_stopped_takes_back_what_waits_and_plans_no_more(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 6, now)
    desk.starts()
    with database.transaction(engine) as session:
        reminders.plan(session, now, batch=4)
    assert len(desk.sends(limit=1)) == 1
    assert desk.does(broadcasts.stop) == 3
    assert plan(engine, now) == 0
    assert desk.sends() == []
    assert desk.row().result == {"sent": 1, "stopped": 3}
    with pytest.raises(AlreadyHandled):
        desk.does(broadcasts.go_on)


def test_how_a_stopped_one_ended_is_kept_once_its_last_message_is_settled(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    subscribed(engine, 2, now)
    desk.starts()
    plan(engine, now)
    (claim,) = outbox.claim(engine, channels=["telegram"], now=now, worker="w", limit=1)
    desk.does(broadcasts.stop)
    assert desk.finish() == 0
    outbox.settle(engine, claim.id, "sent", now=now, provider_id="p")
    assert desk.finish() == 1
    assert (desk.row().state, desk.row().result) == ("stopped", {"sent": 1, "stopped": 1})
    assert desk.finish() == 0


def test_a_message_that_comes_back_from_the_provider_after_the_stop_is_dropped(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    subscribed(engine, 1, now)
    desk.starts()
    plan(engine, now)
    (claim,) = outbox.claim(engine, channels=["telegram"], now=now, worker="w")
    desk.does(broadcasts.stop)
    outbox.settle(engine, claim.id, "retry", now=now, not_before=now)
    assert desk.sends() == []
    assert outbox_rows(engine)[0].reason == "stopped"


def test_who_wants_no_news_any_more_between_planning_and_sending_gets_none(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    stays, leaves = subscribed(engine, 2, now)
    desk.starts()
    plan(engine, now)
    with database.transaction(engine) as session:
        reminders.unsubscribe(session, leaves, "work_coach")
    assert desk.sends() == [stays]
    assert outbox_rows(engine, leaves)[0].reason == "no_longer"


def test_too_late_ends_it_even_where_a_channel_is_away(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 2, now)
    desk.starts(too_late=now + 2 * HOUR)
    plan(engine, now)
    later = now + 2 * HOUR
    assert desk.finish() == 0
    assert desk.finish(later) == 1
    assert desk.row().result == {"too_late": 2}


def test_one_that_no_worker_began_in_time_is_over(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 2, now)
    desk.starts(too_late=now + 2 * HOUR)
    assert plan(engine, now + 3 * HOUR) == 0
    assert desk.finish(now + 3 * HOUR) == 1
    assert outbox_rows(engine) == []


def test_24_start_after_stop_brings_no_announcement_that_was_missed(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    queued, missed, stays = subscribed(engine, 3, now)

    def stop_and_start(contact_id: int, between: Callable[[], object] = lambda: None) -> None:
        with database.transaction(engine) as session:
            contacts.opt_out(session, session.get_one(Contact, contact_id), now)
        between()
        with database.transaction(engine) as session:
            contacts.opt_in(session.get_one(Contact, contact_id))

    desk.starts()
    stop_and_start(missed, lambda: plan(engine, now))
    stop_and_start(queued)
    plan(engine, now + HOUR)
    assert desk.sends() == [stays]


def test_44_two_planners_make_one_plan(engine: Engine, desk: Desk, now: datetime) -> None:
    everybody = subscribed(engine, 60, now)
    desk.starts()
    at_once([lambda: plan(engine, now, batch=7)] * 3)
    plan(engine, now)
    assert sorted(row.contact_id for row in outbox_rows(engine)) == everybody


def test_45_a_person_who_blocks_us_is_marked_and_the_others_get_it(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    blocked, *others = subscribed(engine, 5, now)
    desk.starts()
    plan(engine, now)
    claims = outbox.claim(engine, channels=["telegram"], now=now, worker="w", limit=2)
    outbox.settle(engine, claims[0].id, "failed", now=now, error_code="unreachable")
    outbox.settle(engine, claims[1].id, "sent", now=now, provider_id="p")
    with database.transaction(engine) as session:
        contacts.mark_unreachable(session, blocked, now)
    assert sorted([claims[1].contact_id, *desk.sends()]) == others
    assert desk.finish() == 1
    assert desk.row().result == {"failed": 1, "sent": 4}


def test_50_a_clock_that_steps_back_in_the_middle_doubles_nothing(
    engine: Engine, desk: Desk, now: datetime
) -> None:
    everybody = subscribed(engine, 9, now)
    desk.starts()
    for moment in (now, now - HOUR, now + HOUR, now - HOUR):
        with database.transaction(engine) as session:
            reminders.plan(session, moment, batch=4)
    plan(engine, now)
    assert sorted(row.contact_id for row in outbox_rows(engine)) == everybody


def test_whoever_erased_everything_meanwhile_gets_nothing(engine: Engine, desk: Desk, now: datetime) -> None:
    erased, stays = subscribed(engine, 2, now)
    desk.starts()
    plan(engine, now)
    with database.transaction(engine) as session:
        contacts.erase(session, session.get_one(Contact, erased), now)
    assert desk.sends() == [stays]
    assert desk.finish() == 1


def test_planning_takes_the_same_memory_for_few_and_for_many(sqlite_engine: Engine, now: datetime) -> None:
    """What is in memory is one batch, so also of 100,000."""
    desk = Desk(sqlite_engine, now)

    def add(number: int) -> None:
        with database.transaction(sqlite_engine) as session:
            before = session.scalar(text("SELECT count(*) FROM contacts"))
            session.execute(
                Contact.__table__.insert(),  # type: ignore[attr-defined]
                [
                    {"channel": "sms", "address_lookup": f"n{before}-{n}", "address_sealed": "s", "created_at": now,
                     "seen_at": now, "opted_out": False, "unreachable": False}
                    for n in range(number)
                ],
            )  # fmt: skip
            session.execute(
                text(
                    "INSERT INTO subscriptions (contact_id, topic, created_at) SELECT id, 'work_coach', created_at "
                    "FROM contacts WHERE id NOT IN (SELECT contact_id FROM subscriptions)"
                )
            )

    def peak() -> int:
        tracemalloc.start()
        plan(sqlite_engine, now)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    add(400)
    desk.starts(alone_up_to=10**6)
    few = peak()
    add(3600)
    again = Desk(sqlite_engine, now)
    again.starts(alone_up_to=10**6)
    assert peak() < 2 * few
    assert len(outbox_rows(sqlite_engine)) == 400 + 4000


def test_no_word_of_it_stands_in_the_audit(engine: Engine, desk: Desk, now: datetime) -> None:
    subscribed(engine, 1, now)
    desk.does(broadcasts.set_text, "so", "reviewed", "Tababaraha")
    desk.starts()
    desk.does(broadcasts.stop)
    with database.transaction(engine) as session:
        rows = session.scalars(select(Audit).where(Audit.subject == "broadcast").order_by(Audit.id)).all()
    done = [row.action.partition(".")[2] for row in rows]
    assert done == ["created", "translated", "ready", "sending", "stopped"]
    assert not any("work coach" in str(row.detail) or "Taba" in str(row.detail) for row in rows)


# staff's own phones -----------------------------------------------------
def wrote(engine: Engine, contact_id: int, words: str, at: datetime) -> None:
    with database.transaction(engine) as session:
        count = len(session.scalars(select(InboxRow.id)).all())
        whose = {"channel": "telegram", "provider_id": f"m{count}", "contact_id": contact_id}
        session.add(InboxRow(**whose, digest="d", text=words, received_at=at))


def test_a_test_goes_only_to_the_phone_that_sent_the_code(engine: Engine, now: datetime) -> None:
    mine, other = people(engine, 2, now)
    with database.transaction(engine) as session:
        assert own_phones.test(session, "ann", {"messages": []}, once="1", now=now) is None
        code = own_phones.show_code(session, "ann", now)
    with pytest.raises(own_phones.NotFoundYet), database.transaction(engine) as session:
        own_phones.find(session, "ann", now)
    wrote(engine, other, "hello", now)
    wrote(engine, mine, code, now + timedelta(minutes=1))
    with database.transaction(engine) as session:
        assert own_phones.find(session, "ann", now + timedelta(minutes=2)).id == mine
    with database.transaction(engine) as session:
        assert own_phones.test(session, "ann", {"messages": []}, once="1", now=now)
        assert own_phones.test(session, "ann", {"messages": []}, once="1", now=now) is None
    assert [row.contact_id for row in outbox_rows(engine)] == [mine]


def test_a_code_counts_for_half_an_hour_once_and_from_one_phone(engine: Engine, now: datetime) -> None:
    mine, other = people(engine, 2, now)

    def find(at: datetime) -> None:
        with database.transaction(engine) as session:
            own_phones.find(session, "ann", at)

    with database.transaction(engine) as session:
        code = own_phones.show_code(session, "ann", now)
    wrote(engine, mine, code, now - HOUR)  # before it was shown
    with pytest.raises(own_phones.NotFoundYet):
        find(now)
    wrote(engine, mine, code, now)
    with pytest.raises(own_phones.NotFoundYet):
        find(now + HOUR)
    wrote(engine, other, code, now)
    with pytest.raises(own_phones.NotFoundYet):
        find(now)


def test_the_button_pressed_again_takes_nobody_elses_phone_for_ones_own(
    engine: Engine, now: datetime
) -> None:
    mine, stranger = people(engine, 2, now)
    with database.transaction(engine) as session:
        code = own_phones.show_code(session, "ann", now)
    wrote(engine, mine, code, now)
    wrote(engine, stranger, "", now)  # a button of Telegram, or a picture: no words
    for _ in range(2):
        with database.transaction(engine) as session:
            assert own_phones.find(session, "ann", now).id == mine
    with database.transaction(engine) as session:
        contact = own_phones.contact_of(session, "ann")
        assert contact is not None
        assert contact.id == mine
        session.delete(session.get_one(Contact, mine))
    with pytest.raises(own_phones.NotFoundYet), database.transaction(engine) as session:
        own_phones.find(session, "ann", now)


def test_an_erased_phone_gets_no_test(engine: Engine, now: datetime) -> None:
    (mine,) = people(engine, 1, now)
    with database.transaction(engine) as session:
        code = own_phones.show_code(session, "ann", now)
    wrote(engine, mine, code, now)
    with database.transaction(engine) as session:
        own_phones.find(session, "ann", now)
        contacts.erase(session, session.get_one(Contact, mine), now)
    with database.transaction(engine) as session:
        assert own_phones.contact_of(session, "ann") is None
        assert session.scalars(select(OutboxRow)).all() == []
        assert session.scalars(select(Subscription)).all() == []
