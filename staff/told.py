"""What a person is told about their booking: read from the outbox, in their language, as it will be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.languages import RIGHT_TO_LEFT
from flows.message import messages_from_json
from staff import english
from staff.desk import Speaks
from store import talks
from store.models import Booking, OutboxRow

DONE = {
    **{state: word for state, (word, _) in english.STATES.items()},
    "offered": "Offered",
    "cancelled_by_staff": "Cancelled",
}


@dataclass(frozen=True)
class Told:
    """`text`: None when it opens a conversation (an offer). `language`: what the text is in; `wanted`: theirs."""

    text: str | None
    language: str
    wanted: str
    is_draft: bool
    channel: str
    state: str
    answer_by: datetime | None = None

    @property
    def direction(self) -> str:
        """Of the text as a whole: a name in another script at its start must not turn it around."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def told(session: Session, words: Speaks, booking: Booking) -> Told | None:
    """The notice of the booking's last change; None when nobody is told (their own doing, or erased)."""
    dedupe = f"booking:{booking.id}:{booking.version}"  # as store/bookings.py queues it
    row = session.scalars(select(OutboxRow).where(OutboxRow.dedupe == dedupe)).one_or_none()
    if row is None or booking.contact is None:
        return None
    language = booking.contact.language or "en"
    state = (talks.sent_again(session, row) or row).state
    if "messages" not in row.payload:
        return Told(None, language, language, False, row.channel, state, booking.offer_expires_at)
    rendered = [
        words.render(message, language, row.channel)
        for message in messages_from_json(row.payload["messages"])
    ]
    return Told(
        "\n".join(one.text for one in rendered),
        rendered[0].language,
        language,
        any(one.is_draft for one in rendered),
        row.channel,
        state,
    )
