"""Who did what, when. Written in the transaction of the change: one is never there without the other."""

from datetime import datetime

from sqlalchemy.orm import Session

from store.models import Audit


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
