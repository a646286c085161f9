"""Who did what, when. Written in the transaction of the change: one is never there without the other.

The database itself refuses to change a row or to take one away (migration 0007), but for what is older than the
horizon that `may_forget` sets for retention.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from store.database import insert_once
from store.models import Audit, AuditHorizon

PAGE = 50  # rows


def write(  # noqa: PLR0917 - six facts, in the order of a sentence
    session: Session,
    actor: str,
    action: str,
    subject: str,
    subject_id: object,
    now: datetime,
    **detail: object,
) -> None:
    """`actor`: "person", "system" or a username. `detail`: ids, states, figures; no text, name or address."""
    session.add(
        Audit(at=now, actor=actor, action=action, subject=subject, subject_id=str(subject_id), detail=detail)
    )


def may_forget(session: Session, before: datetime) -> None:
    """What is older may be deleted from now on, in this transaction and later. Only retention says so."""
    insert_once(session, AuditHorizon, id=1, forgets=before)
    session.execute(update(AuditHorizon).values(forgets=before))


@dataclass(frozen=True)
class Asked:
    """Which rows: `actors` and `kinds` None or empty: all; a kind is the first half of an action ("booking")."""

    actors: Collection[str] | None = None
    actor: str = ""
    kind: str = ""
    subject: str = ""
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.actors is not None:
            found.append(Audit.actor.in_(self.actors))
        if self.actor:
            found.append(Audit.actor == self.actor)
        if self.kind:
            found.append(Audit.action.startswith(f"{self.kind}.", autoescape=True))
        if self.subject:
            found += [Audit.subject == self.subject, Audit.subject_id == self.subject_id]
        if self.since is not None:
            found.append(Audit.at >= self.since)
        if self.until is not None:
            found.append(Audit.at < self.until)
        return found


@dataclass(frozen=True)
class Page:
    """One page of the audit, the newest first. `number` counts from 1."""

    rows: Sequence[Audit]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def page(session: Session, asked: Asked, number: int) -> Page:
    """`number` is brought into range. Two statements."""
    conditions = asked.conditions()
    total = session.scalar(select(func.count()).select_from(Audit).where(*conditions)) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    query = select(Audit).where(*conditions).order_by(Audit.id.desc())
    rows = session.scalars(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    return Page(rows, total, number)
