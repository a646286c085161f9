"""What a person is told when their booking changes: queued beside the change, put into their words on sending."""

from datetime import datetime

from sqlalchemy.orm import Session

from store import london, outbox
from store.base import Json
from store.models import Booking
from store.transitions import OFFER_FLOW, SYSTEM, Edge


def tell(session: Session, booking: Booking, edge: Edge, actor: str, now: datetime) -> None:
    """Queue the notice. What nobody waits for (an offer from the waiting list) does not ring at night."""
    start = booking.occurrence.start
    payload: Json
    if edge.notice == OFFER_FLOW:
        payload = {"flow": OFFER_FLOW, "answers": {"booking": booking.id}}
        too_late = booking.offer_expires_at
    else:
        payload = {"messages": [{"key": edge.notice, "values": _values(booking)}]}
        too_late = start if start > now else None
    not_before = london.awake(now) if actor == SYSTEM else None
    _queue(session, booking, payload, now, not_before=not_before, too_late=too_late)


def moved(session: Session, booking: Booking, before: datetime, now: datetime) -> None:
    """Queue the new time beside the one it was `before`."""
    values = {**_values(booking), "before": {"$when": before.isoformat()}}
    payload = {"messages": [{"key": "booking.moved", "values": values}]}
    _queue(session, booking, payload, now, too_late=booking.occurrence.start)


def _queue(
    session: Session,
    booking: Booking,
    payload: Json,
    now: datetime,
    *,
    too_late: datetime | None,
    not_before: datetime | None = None,
) -> None:
    """The notice of the booking's last change, once: the version stands in its name."""
    outbox.queue(
        session,
        booking.contact_id or 0,
        "notice",
        payload,
        dedupe=f"booking:{booking.id}:{booking.version}",
        now=now,
        not_before=not_before,
        too_late=too_late,
    )


def _values(booking: Booking) -> Json:
    """The slots of the notices in flows/notices.py, in the JSON of flows/values.py."""
    values: Json = {
        "name": {"$text": booking.name},
        "service": {"$name": ["service", booking.occurrence.service]},
        "place": {"$name": ["place", booking.occurrence.place_id]},
        "when": {"$when": booking.occurrence.start.isoformat()},
        "reference": booking.reference,
    }
    if booking.reason is not None:
        own_words = {"$text": booking.note or ""}
        values["reason"] = own_words if booking.reason == "other" else {"$say": f"reason.{booking.reason}"}
    return values
