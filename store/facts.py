"""What staff decided about the facts of the knowledge base: confirmed, corrected, taken out, left to the file.

Rows are only ever added, over the files of kb/. The last one of a fact counts, the others are its history.
What a value means is kb/facts.py's; here values are texts.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from store import audit
from store.errors import AlreadyHandled
from store.models import FactChange, Task
from store.newest import LOOK, Newest

type Key = tuple[str, str, str]
"""Type and id of the record ("place", "fosse") and its field ("schedules")."""

type Action = Literal["confirmed", "corrected", "taken_out", "file"]
"""What somebody did; "file": what the file says counts again."""

NOTHING = "null"  # the value of what nobody knows
ASKED = "unconfirmed_fact"  # the kind of the tasks that an unanswered question leaves
_ONE_AFTER_ANOTHER = text("SELECT pg_advisory_xact_lock(2026112308)")


@dataclass(frozen=True, slots=True)
class Change:
    """The row of a fact that counts. `known`: the file's values that it stands over; another one is a conflict."""

    key: Key
    id: int
    version: int
    action: str
    previous: str
    replacement: str
    who: str
    at: datetime
    folded: bool
    known: frozenset[str]


def save(
    session: Session,
    key: Key,
    *,
    action: Action,
    previous: str,
    replacement: str,
    who: str,
    actor: str,
    now: datetime,
    version: int,
) -> FactChange:
    """Keep a decision; it counts from now on. `previous`: what the file says; `who`: by name; `actor`: username.

    `version`: what the writer had before them (0: nothing of ours). Raises AlreadyHandled when somebody has
    changed it since.
    """
    if session.get_bind().dialect.name == "postgresql":
        # So that ids are in the order of the commits, as on SQLite: who has seen one has seen all before it.
        session.execute(_ONE_AFTER_ANOTHER)
    last = next(iter(history(session, key, limit=1)), None)
    if version != (last.version if last else 0):
        raise AlreadyHandled(
            last.updated_by if last else "",
            last.last_action_date if last else now,
            last.last_action_type if last else "",
        )
    row = FactChange(
        resource_type=key[0],
        resource_id=key[1],
        field_name=key[2],
        version=version + 1,
        previous_value=previous,
        replacement_value=replacement,
        last_action_type=action,
        last_action_date=now,
        updated_by=who,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, f"fact.{action}", "fact", row.id, now=now, record=f"{key[0]}.{key[1]}", field=key[2]
    )
    return row


def history(session: Session, key: Key, limit: int = 50) -> Sequence[FactChange]:
    """Every decision about a fact, the last first."""
    return session.scalars(
        select(FactChange)
        .filter_by(resource_type=key[0], resource_id=key[1], field_name=key[2])
        .order_by(FactChange.id.desc())
        .limit(limit)
    ).all()


def latest(session: Session) -> dict[Key, Change]:
    """The rows that count, by fact; one statement."""
    found: dict[Key, Change] = {}
    for row in session.scalars(select(FactChange).order_by(FactChange.id)):
        _take(found, row)
    return found


def folded(session: Session, changes: Sequence[Change], *, actor: str, now: datetime) -> None:
    """Say that the files have these by now: they and what came before them."""
    for change in changes:
        session.execute(
            update(FactChange)
            .filter_by(resource_type=change.key[0], resource_id=change.key[1], field_name=change.key[2])
            .where(FactChange.id <= change.id, FactChange.folded_at.is_(None))
            .values(folded_at=now)
        )
        audit.write(session, actor, "fact.folded", "fact", change.id, now=now)


def asked(session: Session) -> dict[str, int]:
    """How often people ask for what nobody has confirmed, by what the open tasks are about."""
    rows = session.execute(
        select(Task.about, func.sum(Task.times))
        .where(Task.kind == ASKED, Task.state == "open")
        .group_by(Task.about)
    )
    return {row[0]: int(row[1]) for row in rows}


class Latest(Newest[FactChange]):
    """All rows that count, in memory, for a process that answers people. The mapping is another one whenever
    something is new."""

    def __init__(
        self, engine: Engine, *, every: float = LOOK, tick: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(engine, FactChange, every=every, tick=tick)
        self._rows: Mapping[Key, Change] = {}

    def __call__(self) -> Mapping[Key, Change]:
        self._look()
        return self._rows

    def _take(self, rows: Sequence[FactChange]) -> None:
        counting = dict(self._rows)
        for row in rows:
            _take(counting, row)
        self._rows = counting


def _take(rows: dict[Key, Change], row: FactChange) -> None:
    """Let a row count. What an export wrote into the file stays known after it."""
    key = (row.resource_type, row.resource_id, row.field_name)
    before = rows.get(key)
    written = before.known - {before.previous} if before else frozenset[str]()
    if before and before.folded:
        written |= {before.replacement}
    rows[key] = Change(
        key=key,
        id=row.id,
        version=row.version,
        action=row.last_action_type,
        previous=row.previous_value,
        replacement=row.replacement_value,
        who=row.updated_by,
        at=row.last_action_date,
        folded=row.folded_at is not None,
        known=written | {row.previous_value},
    )
