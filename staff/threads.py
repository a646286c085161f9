"""What the pages read of conversations: the list of people, and one of them from both sides in the order of time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from flows.message import messages_from_json
from flows.words import SAFETY, UnknownText, Words
from nlu.always import always
from staff import reading
from store.base import UtcDateTime
from store.models import Booking, Contact, InboxRow, Occurrence, OutboxRow, Talk, TalkNote, Task
from store.talks import WAITS
from store.transitions import LIVE

PAGE = 25  # people of the list
LINES = 30  # of one conversation on a page
SHOWN = {"": "Everybody", "waiting": "Who waits for a person", "snoozed": "Put off until later"}
TALK = ("reply", "notice")  # kinds of messages that move a conversation up; a reminder to everybody does not
EMERGENCY = "emergency"


@dataclass(frozen=True)
class Which:
    """Which people: the filters of the page, and the libraries the account may see (None: all)."""

    mine: Collection[str] | None
    place: str = ""
    language: str = ""
    show: str = ""


@dataclass(frozen=True)
class Person:
    """One row of the list. `last`: the latest line, None when it is hidden or gone; `ours`: we said it."""

    contact: Contact
    talk: Talk | None
    danger: bool
    waits: bool
    since: datetime | None  # waits since
    at: datetime | None  # of the latest line
    last: str | None
    ours: bool


@dataclass(frozen=True)
class People:
    """One page of the list."""

    rows: Sequence[Person]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class Line:
    """One message. `ours` and then `state`; `english`: what our own text says, or the words staff wrote; `by`: the
    member of staff who wrote it; `safety`: the numbers for emergencies; `hidden`: not shown before it is opened."""

    id: int
    at: datetime
    text: str
    ours: bool
    state: str = ""
    why: str = ""
    kind: str = ""
    english: str = ""
    by: str = ""
    safety: bool = False
    hidden: bool = False
    own_words: bool = False


@dataclass(frozen=True)
class Thread:
    """One page of a conversation, oldest line first. `number` counts from 1, the newest page."""

    lines: Sequence[Line] = field(default_factory=list)
    number: int = 1
    last: int = 1


def seen_by(places: Collection[str] | None) -> ColumnElement[bool]:
    """Whose conversation staff of these libraries may see: their library is one of them, or that of a live booking;
    or they have neither."""
    if places is None:
        return true()
    live = and_(Booking.contact_id == Contact.id, Booking.state.in_(LIVE))
    there = exists().where(live, Occurrence.id == Booking.occurrence_id, Occurrence.place_id.in_(places))
    nowhere = and_(Contact.place.is_(None), ~exists().where(live))
    return or_(Contact.place.in_(places), there, nowhere)


def contact(session: Session, contact_id: int, places: Collection[str] | None) -> Contact | None:
    """The person, if staff of these libraries may see them."""
    return session.scalars(select(Contact).where(Contact.id == contact_id, seen_by(places))).one_or_none()


def people(session: Session, which: Which, words: Words, number: int, now: datetime) -> People:
    """Danger first, then who waits for a person (the longest first), then who wrote or was answered last."""
    query = _listed(which, now)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    found = session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    heard = _by_id(session, InboxRow, [row.heard for row in found])
    said = _by_id(session, OutboxRow, [row.said for row in found])
    return People([_person(row, heard, said, words) for row in found], total, number)


def thread(session: Session, person: Contact, words: Words, page: int, opened: int = 0) -> Thread:
    """A page of the conversation. `opened`: the id of a hidden message that is read now."""
    ours = select(literal(1).label("ours"), OutboxRow.id, OutboxRow.created_at.label("at"))
    theirs = select(literal(0).label("ours"), InboxRow.id, InboxRow.received_at.label("at"))
    every = union_all(
        ours.where(OutboxRow.contact_id == person.id),
        theirs.where(InboxRow.contact_id == person.id, InboxRow.text != ""),
    ).subquery()
    total = session.scalar(select(func.count()).select_from(every)) or 0
    last = max(1, -(-total // LINES))
    page = min(max(1, page), last)
    newest = select(every).order_by(every.c.at.desc(), every.c.ours.desc(), every.c.id.desc())
    which = session.execute(newest.limit(LINES).offset((page - 1) * LINES)).all()[::-1]
    heard = _by_id(session, InboxRow, [row.id for row in which if not row.ours])
    said = _by_id(session, OutboxRow, [row.id for row in which if row.ours])
    flagged = dangers(session, person.id)
    lines = [
        outgoing(said[row.id], words, person.language or "en")
        if row.ours
        else _incoming(heard[row.id], flagged, opened)
        for row in which
    ]
    return Thread(lines, page, last)


def notes(session: Session, contact_id: int) -> Sequence[TalkNote]:
    """What staff noted, oldest first."""
    return session.scalars(select(TalkNote).filter_by(contact_id=contact_id).order_by(TalkNote.id)).all()


def tasks_of(session: Session, contact_id: int, places: Collection[str] | None) -> Sequence[Task]:
    """What is still to do for a person, emergencies first."""
    query = select(Task).where(Task.contact_id == contact_id, Task.state == "open")
    if places is not None:
        query = query.where(or_(Task.place_id.is_(None), Task.place_id.in_(places)))
    return session.scalars(query.order_by(Task.kind != EMERGENCY, Task.id)).all()


def is_theirs(session: Session, contact_id: int, message_id: int) -> bool:
    """Whether this person wrote that message."""
    return session.scalar(select(InboxRow.id).filter_by(id=message_id, contact_id=contact_id)) is not None


def last_words(session: Session, contact_id: int | None, limit: int = 10) -> list[InboxRow]:
    """A person's last messages, for a page about something else: words of danger stand only where they are opened."""
    rows = reading.messages(session, contact_id, limit)
    flagged = dangers(session, contact_id) if contact_id is not None else ""
    return [row for row in rows if not is_danger(row.text, flagged)]


def dangers(session: Session, contact_id: int) -> str:
    """The words of this person that were met as danger, with or without the model."""
    query = select(Task.note).where(Task.contact_id == contact_id, Task.kind == EMERGENCY)
    return "\n".join(session.scalars(query))


def is_danger(text: str, flagged: str) -> bool:
    """Whether a message is shown only when it is opened."""
    word = always(text)
    said = bool(text) and f"\n{text}\n" in f"\n{flagged}\n"
    return said or (word is not None and word.word == "danger")


def outgoing(row: OutboxRow, words: Words, language: str) -> Line:
    """A message of ours as it was sent, or as it will be."""
    staff = row.payload.get("staff", {})
    messages = messages_from_json(row.payload.get("messages", ()))
    text, english = row.text or "", str(staff.get("english", ""))
    try:
        text = text or "\n".join(
            words.render(each, language, row.channel).with_numbers() for each in messages
        )
        if not english and language != "en":
            english = "\n".join(words.render(each, "en", row.channel).with_numbers() for each in messages)
    except UnknownText:  # of an earlier version of the desk
        pass
    return Line(
        id=row.id,
        at=row.created_at,
        text=text,
        ours=True,
        state=row.state,
        why=row.reason or row.error_code or "",
        kind=row.kind,
        english=english if english != text else "",
        by=str(staff.get("by", "")),
        safety=any(each.key.startswith(SAFETY) for each in messages),
        own_words=bool(staff.get("own")),
    )


def _incoming(row: InboxRow, flagged: str, opened: int) -> Line:
    hidden = row.id != opened and is_danger(row.text, flagged)
    return Line(id=row.id, at=row.received_at, text="" if hidden else row.text, ours=False, hidden=hidden)


def _listed(which: Which, now: datetime) -> Select[Any]:
    heard = _latest(InboxRow.contact_id, InboxRow.id, InboxRow.received_at, InboxRow.text != "")
    said = _latest(OutboxRow.contact_id, OutboxRow.id, OutboxRow.created_at, OutboxRow.kind.in_(TALK))
    wait = (
        select(
            Task.contact_id,
            func.min(Task.created_at).label("since"),
            func.max(case((Task.kind == EMERGENCY, 1), else_=0)).label("danger"),
        )
        .where(Task.state == "open", Task.kind.in_((*WAITS, EMERGENCY)))
        .group_by(Task.contact_id)
        .subquery()
    )
    moment = literal(now, UtcDateTime())
    danger = func.coalesce(wait.c.danger, 0)
    due = Talk.snoozed_until <= now
    waits = or_(wait.c.since.is_not(None), Talk.taken_by.is_not(None), due)
    waiting = case((waits, 1), else_=0)
    later = and_(func.coalesce(Talk.snoozed_until, moment) > now, danger == 0)
    latest = case(
        (heard.c.at.is_(None), said.c.at),
        (said.c.at > heard.c.at, said.c.at),
        else_=heard.c.at,
    )
    since = case((waits, func.coalesce(wait.c.since, Talk.staff_at, moment)), else_=moment)
    query = (
        select(
            Contact,
            Talk,
            heard.c.id.label("heard"),
            heard.c.at.label("heard_at"),
            said.c.id.label("said"),
            said.c.at.label("said_at"),
            wait.c.since.label("since"),
            danger.label("danger"),
            waiting.label("waiting"),
        )
        .outerjoin(heard, heard.c.contact_id == Contact.id)
        .outerjoin(said, said.c.contact_id == Contact.id)
        .outerjoin(wait, wait.c.contact_id == Contact.id)
        .outerjoin(Talk, Talk.contact_id == Contact.id)
        .where(
            Contact.erased_at.is_(None),
            seen_by(which.mine),
            or_(heard.c.id.is_not(None), said.c.id.is_not(None), waits),
            later if which.show == "snoozed" else ~later,
        )
        .order_by(danger.desc(), waiting.desc(), since, latest.desc(), Contact.id.desc())
    )
    if which.show == "waiting":
        query = query.where(waits)
    if which.language:
        query = query.where(Contact.language == which.language)
    if which.place:
        live = and_(Booking.contact_id == Contact.id, Booking.state.in_(LIVE))
        there = exists().where(
            live, Occurrence.id == Booking.occurrence_id, Occurrence.place_id == which.place
        )
        query = query.where(or_(Contact.place == which.place, there))
    return query


def _latest(
    whose: InstrumentedAttribute[Any],
    id_: InstrumentedAttribute[int],
    at: InstrumentedAttribute[datetime],
    which: ColumnElement[bool],
) -> Subquery:
    """Each person's latest message of one side."""
    columns = (whose.label("contact_id"), func.max(id_).label("id"), func.max(at).label("at"))
    return select(*columns).where(whose.is_not(None), which).group_by(whose).subquery()


def _person(row: Any, heard: Mapping[int, InboxRow], said: Mapping[int, OutboxRow], words: Words) -> Person:
    theirs, ours = heard.get(row.heard), said.get(row.said)
    ours_last = ours is not None and (theirs is None or row.said_at >= row.heard_at)
    text: str | None = None
    if ours_last and ours is not None:
        line = outgoing(ours, words, row.Contact.language or "en")
        text = "" if line.safety else line.text
    elif theirs is not None:
        text = theirs.text
    danger = bool(row.danger) or (text is not None and is_danger(text, ""))
    moments = [moment for moment in (row.heard_at, row.said_at) if moment is not None]
    return Person(
        contact=row.Contact,
        talk=row.Talk,
        danger=bool(row.danger),
        waits=bool(row.waiting),
        since=row.since,
        at=max(moments, default=None),
        last=None if danger else text,
        ours=ours_last,
    )


def _by_id[Row: (InboxRow, OutboxRow)](
    session: Session, model: type[Row], ids: Collection[int | None]
) -> dict[int, Row]:
    found = session.scalars(select(model).where(model.id.in_([each for each in ids if each is not None])))
    return {row.id: row for row in found}
