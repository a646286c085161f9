"""Announcements: staff's words to a group of people, once each, with a second pair of eyes where many read them.

draft → ready → sending → done          sending ⇄ paused
all but done → stopped                   a change of the text or the group leads back to draft

Only who has asked for news of a service, or has a coming place there, is written to (store/still.py). To more people
than one may write to alone, somebody else has to approve it: who wrote any of it cannot. Every change carries the
version that staff had before them. The texts are looked at by bot/sending.py like any other message.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select, update
from sqlalchemy.orm import Session

from store import audiences, audit, london, mailings, still
from store.base import Json
from store.errors import AlreadyHandled, NotAllowed
from store.mailings import Due, Kind, Recipient
from store.models import Broadcast, BroadcastText, Contact, Mailing, OutboxRow
from store.still import Group, group_of, in_group
from store.transitions import SYSTEM

OPEN = ("draft", "ready")  # the text can be changed
UNDER_WAY = ("sending", "paused")
ON_THE_WAY = ("queued", "sending")  # of a message: it may still go out
LASTS = timedelta(hours=24)  # after the start, unless staff say otherwise
LONGEST = timedelta(days=14)
FARTHEST_START = timedelta(days=60)
KINDS = ("reviewed", "machine", "left_out")  # of a text in a language; without one: English with a line


class NeedsSecondPerson(NotAllowed):
    """More people than one member of staff may write to alone, and nobody else has approved it. `people`."""

    def __init__(self, people: int) -> None:
        super().__init__(f"{people} people")
        self.people = people


class OwnWords(NotAllowed):
    """Who wrote any of it cannot approve it."""


class NobodyThere(NotAllowed):
    """Nobody is in the group, or can be written to."""


def create(session: Session, group: Group, text: str, *, actor: str, now: datetime) -> Broadcast:
    """A draft. ValueError: no words, or neither a service nor the people booked at a library."""
    _sensible(group, text)
    broadcast = Broadcast(
        text=text,
        service=group.service,
        place_id=group.place,
        language=group.language,
        who=group.who,
        state="draft",
        writers=[actor],
        created_by=actor,
        created_at=now,
        change="draft",
        changed_by=actor,
        changed_at=now,
    )
    session.add(broadcast)
    session.flush()
    audit.write(session, actor, "broadcast.created", "broadcast", broadcast.id, now=now)
    return broadcast


def edit(
    session: Session, id_: int, group: Group, text: str, *, version: int, actor: str, now: datetime
) -> Broadcast:
    """Other words or another group: it is a draft again. Other English takes its translations away.

    Raises AlreadyHandled, ValueError as `create`.
    """
    _sensible(group, text)
    broadcast = _locked(session, id_, version, OPEN)
    if text != broadcast.text:
        for each in audiences.texts(session, id_).values():
            if each.kind != "left_out":
                session.delete(each)
    broadcast.text = text
    broadcast.service, broadcast.place_id = group.service, group.place
    broadcast.language, broadcast.who = group.language, group.who
    _written(session, broadcast, actor, now, "edited")
    return broadcast


def set_text(
    session: Session,
    id_: int,
    language: str,
    kind: str | None,
    text: str = "",
    *,
    version: int,
    actor: str,
    now: datetime,
) -> Broadcast:
    """What people of a language read: checked by `actor`, a machine's (marked), nothing at all; None: English.

    Raises AlreadyHandled; ValueError: no words, no such kind.
    """
    if (kind is not None and kind not in KINDS) or (kind in ("reviewed", "machine") and not text):
        raise ValueError(f"one of {KINDS}, with words")
    broadcast = _locked(session, id_, version, OPEN)
    row = session.get(BroadcastText, (id_, language))
    if kind is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        values = {"kind": kind, "text": text, "who": actor, "at": now}
        session.add(BroadcastText(broadcast_id=id_, language=language, **values))
    else:
        row.kind, row.text, row.who, row.at = kind, text, actor, now
    _written(session, broadcast, actor, now, "translated", language=language)
    return broadcast


def ready(session: Session, id_: int, *, version: int, actor: str, now: datetime) -> Broadcast:
    """The words and the group are as they should be. Raises AlreadyHandled, NobodyThere."""
    broadcast = _locked(session, id_, version, ("draft",))
    if audiences.audience(session, broadcast, now).total == 0:
        raise NobodyThere(f"broadcast {id_}")
    _changed(session, broadcast, "ready", actor, now, state="ready")
    return broadcast


def approve(session: Session, id_: int, *, version: int, actor: str, now: datetime) -> Broadcast:
    """The second person agrees with what is ready. Raises OwnWords, AlreadyHandled."""
    broadcast = _locked(session, id_, version, ("ready",))
    if actor in broadcast.writers:
        raise OwnWords(f"broadcast {id_}")
    broadcast.approved_by = actor
    _changed(session, broadcast, "approved", actor, now)
    return broadcast


def start(
    session: Session,
    id_: int,
    *,
    version: int,
    actor: str,
    now: datetime,
    alone_up_to: int,
    at: datetime | None = None,
    too_late: datetime | None = None,
) -> Broadcast:
    """It goes out now, or at a moment; nobody gets it from `too_late` on (default: a day after the start).

    Raises AlreadyHandled, NeedsSecondPerson, NobodyThere; ValueError: a start in the past or too far away, or a
    limit that leaves no time of day for it.
    """
    broadcast = _locked(session, id_, version, ("ready",))
    begins = at or now
    ends = too_late or begins + LASTS
    if not now <= begins <= now + FARTHEST_START:
        raise ValueError("it starts now or within 60 days")
    if not london.awake(begins) < ends <= begins + LONGEST:
        raise ValueError("the limit lies after the start, within 14 days of it")
    people = audiences.audience(session, broadcast, now).total
    if people == 0:
        raise NobodyThere(f"broadcast {id_}")
    if people > alone_up_to and broadcast.approved_by is None:
        raise NeedsSecondPerson(people)
    broadcast.start_at, broadcast.too_late, broadcast.alone_up_to = begins, ends, alone_up_to
    broadcast.people = people
    _changed(session, broadcast, "sending", actor, now, state="sending", people=people)
    return broadcast


def pause(session: Session, id_: int, *, version: int, actor: str, now: datetime) -> Broadcast:
    """Nothing more goes out until staff go on; what is with the provider this very moment does."""
    broadcast = _locked(session, id_, version, ("sending",))
    _changed(session, broadcast, "paused", actor, now, state="paused")
    return broadcast


def go_on(session: Session, id_: int, *, version: int, actor: str, now: datetime) -> Broadcast:
    """It goes on where it was. Raises AlreadyHandled."""
    broadcast = _locked(session, id_, version, ("paused",))
    _changed(session, broadcast, "went_on", actor, now, state="sending")
    return broadcast


def stop(session: Session, id_: int, *, version: int, actor: str, now: datetime) -> int:
    """For good: whoever has not got it does not get it. Also of a draft. How many messages were taken back.

    Raises AlreadyHandled.
    """
    broadcast = _locked(session, id_, version, (*OPEN, *UNDER_WAY))
    waiting = update(OutboxRow).where(OutboxRow.broadcast_id == id_, OutboxRow.state == "queued")
    values = {"state": "dropped", "reason": still.STOPPED, "settled_at": now}
    taken_back = session.execute(
        waiting.values(values).execution_options(synchronize_session=False).returning(OutboxRow.id)
    )
    number = len(taken_back.all())
    _changed(session, broadcast, "stopped", actor, now, state="stopped", taken_back=number)
    tally = audiences.tally(session, id_)
    if not any(state in tally for state in ON_THE_WAY):  # else `finish` keeps how it ended
        broadcast.result = tally
    return number


def finish(session: Session, now: datetime) -> int:
    """Announcements whose last message is settled are done (or were stopped), and keep how they ended. How many.

    What still waits when it is too late is taken back: a channel may be away for good.
    """
    sending, late = Broadcast.state == "sending", Broadcast.too_late <= now
    waiting = update(OutboxRow).where(
        OutboxRow.state == "queued", OutboxRow.broadcast_id.in_(select(Broadcast.id).where(sending, late))
    )
    values = {"state": "dropped", "reason": "too_late", "settled_at": now}
    session.execute(waiting.values(values).execution_options(synchronize_session=False))
    on_the_way = exists().where(OutboxRow.broadcast_id == Broadcast.id, OutboxRow.state.in_(ON_THE_WAY))
    planned = exists().where(Mailing.kind == ANNOUNCEMENT.name, _is_of(), Mailing.finished_at.is_not(None))
    opened = exists().where(Mailing.kind == ANNOUNCEMENT.name, _is_of())
    through = and_(sending, or_(planned, and_(late, ~opened)))
    stopped = and_(Broadcast.state == "stopped", Broadcast.result.is_(None))
    query = select(Broadcast).where(~on_the_way, or_(through, stopped))
    over = session.scalars(query.with_for_update(key_share=True, skip_locked=True)).all()
    for broadcast in over:
        broadcast.result = audiences.tally(session, broadcast.id)
        if broadcast.state == "sending":
            _changed(session, broadcast, "done", SYSTEM, now, state="done")
    return len(over)


def said(session: Session, id_: int, language: str) -> Json | None:
    """What people of a language read; None: they are left out."""
    text = session.get(BroadcastText, (id_, language))
    if text is not None and text.kind == "left_out":
        return None
    return audiences.payload(session.get_one(Broadcast, id_).text, language, text)


def _sensible(group: Group, text: str) -> None:
    if not text.strip() or group.who not in ("subscribed", "booked", "either") or not group.whole:
        raise ValueError("words, and a service or who is booked at a library")


def _locked(session: Session, id_: int, version: int, states: Sequence[str]) -> Broadcast:
    """Raises AlreadyHandled when it is not as it was, or no longer in one of these states."""
    query = select(Broadcast).where(Broadcast.id == id_).with_for_update(key_share=True)
    broadcast = session.scalars(query.execution_options(populate_existing=True)).one()
    if broadcast.version != version or broadcast.state not in states:
        raise AlreadyHandled(broadcast.changed_by, broadcast.changed_at, broadcast.change)
    return broadcast


def _written(
    session: Session, broadcast: Broadcast, actor: str, now: datetime, action: str, **detail: object
) -> None:
    """Somebody changed what people will read: nobody has approved that."""
    broadcast.approved_by = None
    if actor not in broadcast.writers:
        broadcast.writers = [*broadcast.writers, actor]
    _changed(session, broadcast, action, actor, now, state="draft", **detail)


def _changed(
    session: Session,
    broadcast: Broadcast,
    change: str,
    actor: str,
    now: datetime,
    *,
    state: str | None = None,
    **detail: object,
) -> None:
    broadcast.state = state or broadcast.state
    broadcast.version += 1
    broadcast.change, broadcast.changed_by, broadcast.changed_at = change, actor, now
    audit.write(session, actor, f"broadcast.{change}", "broadcast", broadcast.id, now=now, **detail)
    session.flush()


def _is_of() -> ColumnElement[bool]:
    """The mailing is that of the broadcast."""
    return Mailing.topic == cast(Broadcast.id, String)


def _due(session: Session, now: datetime) -> Iterator[Due]:
    """Those whose start has come, and which have no mailing yet."""
    opened = exists().where(Mailing.kind == ANNOUNCEMENT.name, _is_of())
    query = select(Broadcast).where(
        Broadcast.state == "sending", Broadcast.start_at <= now, Broadcast.too_late > now, ~opened
    )
    for broadcast in session.scalars(query.with_for_update(key_share=True, skip_locked=True)).all():
        people = audiences.audience(session, broadcast, now).total
        if broadcast.approved_by is None and people > (broadcast.alone_up_to or 0):
            # More people have joined since it was put off until now: somebody else has to look at it after all.
            broadcast.start_at = None
            _changed(session, broadcast, "put_back", SYSTEM, now, state="ready", people=people)
            continue
        broadcast.people = people
        if broadcast.start_at is not None and broadcast.too_late is not None:
            day = london.wall(broadcast.start_at).date()
            yield Due(str(broadcast.id), day, broadcast.start_at, broadcast.too_late)


def _recipients(session: Session, mailing: Mailing, now: datetime, size: int) -> Sequence[Recipient] | None:
    """The next people of the group, by id; None while it is paused."""
    query = select(Broadcast).where(Broadcast.id == int(mailing.topic)).with_for_update(key_share=True)
    broadcast = session.scalars(query.execution_options(populate_existing=True)).one()
    if broadcast.state == "paused":
        return None
    if broadcast.state != "sending":
        return []
    chosen = audiences.texts(session, broadcast.id)
    wanted = [in_group(group_of(broadcast), now), Contact.id > mailing.cursor, *mailings.reachable()]
    if unwanted := [code for code, text in chosen.items() if text.kind == "left_out"]:
        wanted.append(func.coalesce(Contact.language, "").not_in(unwanted))
    found = session.execute(
        select(Contact.id, Contact.language).where(*wanted).order_by(Contact.id).limit(size)
    )
    return [
        Recipient(
            cursor=contact_id,
            contact_id=contact_id,
            payload=audiences.payload(broadcast.text, language or "en", chosen.get(language or "en")),
            dedupe=f"broadcast:{broadcast.id}:{contact_id}",
            subject=f"broadcast:{broadcast.id}",
            broadcast_id=broadcast.id,
        )
        for contact_id, language in found
    ]


ANNOUNCEMENT = Kind("broadcast", "broadcast", _due, _recipients)
