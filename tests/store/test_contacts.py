"""The people who write: one row each, no message after a stop, and nothing left when they say so."""

from datetime import datetime

from sqlalchemy import Engine, func, select, text

from store import (
    audit,
    bookings,
    contacts,
    conversations,
    database,
    inbox,
    outbox,
    reminders,
    retention,
    tasks,
)
from store.models import Account, Audit, Booking, Contact, InboxRow, OutboxRow, Subscription, Task
from store.transitions import State
from store.vault import Vault
from tests.store.helpers import DAY, HOUR, at_once, keys, outbox_rows, weekly

HELLO = {"messages": [{"key": "hello", "values": {}}]}


def someone(engine: Engine, vault: Vault, now: datetime, address: str = "7") -> Contact:
    with database.transaction(engine) as session:
        return contacts.find_or_create(session, vault, "telegram", address, now)


def test_the_same_address_is_the_same_person_also_when_ten_write_at_once(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    found = at_once([lambda: someone(engine, vault, now).id] * 10)
    assert len(set(found)) == 1
    assert isinstance(found[0], int)


def test_the_same_number_on_two_channels_is_two_people(engine: Engine, vault: Vault, now: datetime) -> None:
    with database.transaction(engine) as session:
        ids = {contacts.find_or_create(session, vault, c, "7", now).id for c in ("sms", "telegram")}
    assert len(ids) == 2


def test_one_turn_at_a_time_for_each_person(engine: Engine, vault: Vault, now: datetime) -> None:
    def turn() -> None:
        with database.transaction(engine) as session:
            contact = contacts.find_or_create(session, vault, "telegram", "7", now)
            state = conversations.load(session, contact.id) or {"turns": 0}
            conversations.save(session, contact.id, {"turns": state["turns"] + 1}, now)

    assert at_once([turn] * 10) == [None] * 10
    with database.transaction(engine) as session:
        contact_id = session.scalars(select(Contact.id)).one()
        assert conversations.load(session, contact_id) == {"turns": 10}


def test_whoever_was_unreachable_is_reachable_again_when_they_write(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    contact = someone(engine, vault, now)
    with database.transaction(engine) as session:
        contacts.mark_unreachable(session, contact.id, now)
    assert not someone(engine, vault, now).unreachable


def test_after_a_stop_nothing_that_waited_is_sent_not_even_after_a_start(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    contact = someone(engine, vault, now)
    with database.transaction(engine) as session:
        outbox.queue(session, contact.id, "broadcast", HELLO, dedupe="b1", now=now, not_before=now + HOUR)
        contacts.opt_out(session, session.get_one(Contact, contact.id), now)
    with database.transaction(engine) as session:
        contacts.opt_in(session.get_one(Contact, contact.id))
    assert outbox.claim(engine, channels=["telegram"], now=now + 2 * HOUR, worker="w") == []
    assert outbox_rows(engine)[0].reason == "opted_out"


def everything_about(engine: Engine, vault: Vault, now: datetime) -> Contact:
    """A person with a row in every table that can have one."""
    thursday = weekly(engine, now)[0]
    contact = someone(engine, vault, now)
    with database.transaction(engine) as session:
        session.get_one(Contact, contact.id).name = "Amal"
        received = inbox.receive(session, "telegram", "u1", "d", "my name is Amal", now)
        received.row.contact_id = contact.id
        inbox.finish(received.row, "Hello Amal")
        conversations.save(session, contact.id, {"stack": [{"answers": {"name": "Amal"}}]}, now)
        reminders.subscribe(session, contact.id, "work_coach", now)
        tasks.file(session, "callback", note="Amal, 0116", contact_id=contact.id, now=now)
        bookings.request(session, contact.id, thursday, "Amal", now)
        outbox.queue(session, contact.id, "notice", HELLO, dedupe="n1", now=now)
        outbox.record_sent(session, contact.id, payload=HELLO, text="Hello Amal", provider_id=None, now=now)
    return contact


def erase(engine: Engine, contact: Contact, now: datetime, *, goodbye: bool = True) -> None:
    with database.transaction(engine) as session:
        me = session.get_one(Contact, contact.id)
        contacts.erase(session, me, now)
        conversations.save(session, me.id, {"stack": []}, now)
        if goodbye:
            outbox.queue(session, me.id, "reply", {"messages": [{"key": "bye"}]}, dedupe=None, now=now)


def all_text(engine: Engine) -> str:
    with database.transaction(engine) as session:
        tables = [*Contact.metadata.tables]
        return str([session.execute(text(f"SELECT * FROM {table}")).all() for table in tables])


def test_erasing_removes_everything_about_a_person_pending_messages_too(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    contact = everything_about(engine, vault, now)
    assert "Amal" in all_text(engine)
    erase(engine, contact, now)
    assert "Amal" not in all_text(engine)
    assert keys(outbox_rows(engine)) == ["bye"]
    with database.transaction(engine) as session:
        for model in (Subscription, Task):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_erasing_gives_the_place_back_and_leaves_a_booking_without_a_person(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    erase(engine, everything_about(engine, vault, now), now)
    with database.transaction(engine) as session:
        booking = session.scalars(select(Booking)).one()
    assert (booking.state, booking.contact_id, booking.name) == (State.CANCELLED_BY_PERSON, None, "")


def test_a_repeat_of_an_erased_message_still_does_nothing(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    erase(engine, everything_about(engine, vault, now), now)
    with database.transaction(engine) as session:
        again = inbox.receive(session, "telegram", "u1", "d", "my name is Amal", now)
        assert again.repeat
        assert (again.row.text, again.row.reply) == ("", "")


def test_the_address_goes_as_soon_as_the_good_bye_is_out(engine: Engine, vault: Vault, now: datetime) -> None:
    contact = everything_about(engine, vault, now)
    erase(engine, contact, now)
    with database.transaction(engine) as session:
        assert retention.run(session, now)["erased"] == 0
    claim = outbox.claim(engine, channels=["telegram"], now=now, worker="w")[0]
    assert (claim.language, vault.open(claim.sealed_address)) == (contact.language, "7")
    outbox.settle(engine, claim.id, "sent", provider_id="m1", now=now)
    with database.transaction(engine) as session:
        assert retention.run(session, now)["erased"] == 1
    with database.transaction(engine) as session:
        for model in (Contact, OutboxRow):
            assert session.scalars(select(model)).all() == []
        assert session.scalars(select(InboxRow.contact_id)).all() == [None]


def test_a_good_bye_that_cannot_be_sent_keeps_nobodys_address_for_long(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    erase(engine, everything_about(engine, vault, now), now)
    with database.transaction(engine) as session:
        retention.run(session, now + DAY + HOUR)
        assert session.scalars(select(Contact)).all() == []


def test_erasing_twice_is_harmless(engine: Engine, vault: Vault, now: datetime) -> None:
    contact = everything_about(engine, vault, now)
    erase(engine, contact, now)
    erase(engine, contact, now, goodbye=False)
    with database.transaction(engine) as session:
        erased = select(func.count()).select_from(Audit).filter_by(action="contact.erased")
        assert session.scalar(erased) == 1


def test_whoever_writes_again_after_erasing_is_new_and_stays(
    engine: Engine, vault: Vault, now: datetime
) -> None:
    erase(engine, everything_about(engine, vault, now), now)
    again = someone(engine, vault, now + HOUR)
    assert again.name is None
    with database.transaction(engine) as session:
        assert retention.run(session, now + 2 * DAY)["erased"] == 0


def test_an_audit_row_is_never_there_without_its_change(engine: Engine, now: datetime) -> None:
    try:
        with database.transaction(engine) as session:
            audit.write(session, "amira", "x", "account", 1, now)
            session.add(Account(username="x"))  # incomplete: refused by the database
    except Exception:
        pass
    with database.transaction(engine) as session:
        assert session.scalars(select(Audit)).all() == []
