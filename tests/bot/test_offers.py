"""Staff offer another time: the person is asked in their language, and what they were doing is not lost."""

from sqlalchemy import select

from store import bookings, database, sessions
from store.models import Contact
from tests.bot.house import House

AMINA = "+447700900123"


def asked(house: House) -> None:
    """Amina, who speaks French, has asked for a work coach."""
    house.sms(AMINA, "👋")
    house.sms(AMINA, "français")
    with database.transaction(house.desk.engine) as session:
        contact = session.scalars(select(Contact)).one()
        first = sessions.open_occurrences(session, "work_coach", None, house.clock())[0].occurrence
        bookings.request(session, contact.id, first.id, "Amina", house.clock())


def offer_another_time(house: House) -> None:
    (booking,) = house.bookings()
    with database.transaction(house.desk.engine) as session:
        others = sessions.open_occurrences(session, "work_coach", None, house.clock())
        other = next(each.occurrence.id for each in others if each.occurrence.id != booking.occurrence_id)
        bookings.decide(
            session,
            booking.id,
            "offer",
            version=booking.version,
            actor="demo",
            now=house.clock(),
            occurrence_id=other,
        )


def test_an_offer_is_asked_and_taken_with_a_number(house: House) -> None:
    asked(house)
    offer_another_time(house)
    house.work()
    assert "1 " + house.desk.words.sent("offer.take.yes", "fr")[0] in house.twilio.to(AMINA)[-1]
    taken = house.sms(AMINA, "1")
    (booking,) = house.bookings()
    assert booking.state == "approved"
    assert booking.reference in taken


def test_an_offer_that_had_to_wait_for_the_provider_is_asked_once(house: House) -> None:
    asked(house)
    offer_another_time(house)
    house.twilio.faults.append(20429)
    house.work()
    house.clock.forward(minutes=1)
    house.work()
    assert len(house.twilio.to(AMINA)) == 1
    house.sms(AMINA, "2")
    (booking,) = house.bookings()
    assert booking.state == "declined"
    again = house.sms(AMINA, "2")
    assert house.desk.words.sent("offer.take.no", "fr")[0] not in again
