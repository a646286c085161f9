"""What staff made of the texts: approved, corrected, put back. The shipped translations are files (flows/texts).

Rows are only ever added. The last one of a text in a language counts, the others are its history.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from store import audit
from store.errors import AlreadyHandled
from store.models import Translation
from store.newest import LOOK, Newest

FROM_PAGE, FROM_FILE = "page", "file"
TRANSLATOR = "a translator"  # stands behind a draft that came in a file
_ONE_AFTER_ANOTHER = text("SELECT pg_advisory_xact_lock(2026112206)")


def save(
    session: Session,
    language: str,
    key: str,
    *,
    english: Sequence[str],
    forms: Sequence[str],
    state: str,
    who: str,
    actor: str,
    now: datetime,
    version: int | None = None,
    source: str = FROM_PAGE,
) -> Translation:
    """Keep a translation (its forms: one, or the plural ones) for an English text; it counts from now on.

    `who` stands behind it, by name; `actor` is the username. `version`: what the writer had before them (0:
    nothing of ours); None: whatever is there. Raises AlreadyHandled when somebody has changed it since.
    """
    if session.get_bind().dialect.name == "postgresql":
        # So that ids are in the order of the commits, as on SQLite: who has seen one has seen all before it.
        session.execute(_ONE_AFTER_ANOTHER)
    last = latest_of(session, language, key)
    if version is not None and version != (last.version if last else 0):
        raise AlreadyHandled(last.who if last else "", last.at if last else now, last.state if last else "")
    row = Translation(
        language=language,
        key=key,
        version=last.version + 1 if last else 1,
        english=list(english),
        text=list(forms),
        state=state,
        who=who,
        source=source,
        at=now,
    )
    session.add(row)
    session.flush()
    audit.write(session, actor, f"text.{state}", "text", row.id, now=now, language=language, key=key)
    return row


class Made(Protocol):
    """A translation that came in a file (flows/exchange.py has them)."""

    @property
    def key(self) -> str: ...
    @property
    def english(self) -> Sequence[str]: ...
    @property
    def text(self) -> Sequence[str]: ...
    @property
    def approved_alone(self) -> bool: ...


def save_all(
    session: Session, language: str, made: Sequence[Made], *, who: str, actor: str, now: datetime
) -> None:
    """Keep a translator's file. With `who`, a person has reviewed it; else, and what has to be approved by
    itself, they are drafts."""
    for each in made:
        reviewed = who and not each.approved_alone
        save(
            session,
            language,
            each.key,
            english=each.english,
            forms=each.text,
            state="reviewed" if reviewed else "draft",
            who=who or TRANSLATOR,
            actor=actor,
            now=now,
            source=FROM_FILE,
        )


def latest(session: Session, language: str) -> dict[str, Translation]:
    """The rows of a language that count, by key."""
    last = select(func.max(Translation.id)).where(Translation.language == language).group_by(Translation.key)
    return {row.key: row for row in session.scalars(select(Translation).where(Translation.id.in_(last)))}


def latest_of(session: Session, language: str, key: str) -> Translation | None:
    """The row of a text that counts, if there is one."""
    return next(iter(history(session, language, key, limit=1)), None)


def history(session: Session, language: str, key: str, limit: int = 50) -> Sequence[Translation]:
    """Every change of a text, the last first."""
    rows = select(Translation).where(Translation.language == language, Translation.key == key)
    return session.scalars(rows.order_by(Translation.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Approved:
    """A row as every process keeps it at hand."""

    english: tuple[str, ...]
    text: tuple[str, ...]
    state: str
    who: str
    at: datetime


class Latest(Newest[Translation]):
    """All rows that count, in memory, for a process that renders messages."""

    def __init__(
        self, engine: Engine, *, every: float = LOOK, tick: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(engine, Translation, every=every, tick=tick)
        self._rows: dict[str, dict[str, Approved]] = {}

    def __call__(self, language: str) -> Mapping[str, Approved]:
        """The rows of a language by key."""
        self._look()
        return self._rows.get(language, {})

    def _take(self, rows: Sequence[Translation]) -> None:
        for row in rows:
            approved = Approved(tuple(row.english), tuple(row.text), row.state, row.who, row.at)
            self._rows[row.language] = {**self._rows.get(row.language, {}), row.key: approved}
