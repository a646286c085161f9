"""What the desk did not understand, and what staff say it meant. `welcome nlu harvest` writes it out for training."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import audit
from store.database import insert_once
from store.errors import AlreadyHandled
from store.models import Lesson
from store.transitions import SYSTEM

LONGEST = 400
"""Characters: what the model reads of a message, and so all it could learn from."""


def note(session: Session, text: str, language: str, *, contact_id: int | None, now: datetime) -> None:
    """Keep a message that was not understood, or count it once more. `text`: cleaned and redacted.

    What staff have decided once is not asked again.
    """
    text = " ".join(text.split())[:LONGEST]
    if not any(c.isalpha() for c in text):
        return
    same = hashlib.sha256(f"{language}\0{text.casefold()}".encode()).hexdigest()
    values = {"text": text, "language": language, "contact_id": contact_id, "created_at": now}
    if not insert_once(session, Lesson, same=same, **values):
        session.execute(update(Lesson).where(Lesson.same == same).values(times=Lesson.times + 1))


def waiting(session: Session, limit: int) -> tuple[Sequence[Lesson], int]:
    """The messages nobody has decided on, those met most often first; and how many there are in all."""
    undecided = select(Lesson).where(Lesson.state == "open")
    rows = session.scalars(undecided.order_by(Lesson.times.desc(), Lesson.id).limit(limit)).all()
    return rows, session.scalar(select(func.count()).select_from(undecided.subquery())) or 0


def teach(
    session: Session, lesson_id: int, *, label: str, text: str, language: str, actor: str, now: datetime
) -> Lesson:
    """Say what a message means. `text`: as it may stand in the training data, without anything personal.

    Raises AlreadyHandled, and NoResultFound when there is no such message.
    """
    lesson = _decide(session, lesson_id, "taught", actor, now)
    lesson.label, lesson.text, lesson.language = label, " ".join(text.split())[:LONGEST], language
    audit.write(session, actor, "lesson.taught", "lesson", lesson.id, now=now, label=label)
    return lesson


def drop(session: Session, lesson_id: int, *, actor: str, now: datetime) -> Lesson:
    """Not to be learned from. Its words go at once. Raises AlreadyHandled, NoResultFound."""
    lesson = _decide(session, lesson_id, "dropped", actor, now)
    lesson.text = ""
    audit.write(session, actor, "lesson.dropped", "lesson", lesson.id, now=now)
    return lesson


def harvest(session: Session, now: datetime) -> Sequence[Lesson]:
    """What was taught and not yet written out; it counts as written out when this transaction commits."""
    ripe = select(Lesson).where(Lesson.state == "taught", Lesson.harvested_at.is_(None))
    found = session.scalars(ripe.order_by(Lesson.language, Lesson.label, Lesson.id).with_for_update()).all()
    for lesson in found:
        lesson.harvested_at = now
    return found


def _decide(session: Session, lesson_id: int, state: str, actor: str, now: datetime) -> Lesson:
    lesson = session.scalars(select(Lesson).where(Lesson.id == lesson_id).with_for_update()).one()
    if lesson.state != "open":
        raise AlreadyHandled(lesson.decided_by or SYSTEM, lesson.decided_at or now, lesson.state)
    lesson.state, lesson.decided_at, lesson.decided_by = state, now, actor
    lesson.contact_id = None  # from here on it is nobody's
    return lesson
