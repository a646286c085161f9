"""Whom an announcement is for and what each of them reads, as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from store.base import Json
from store.models import Broadcast, BroadcastText, Contact, OutboxRow
from store.still import group_of, in_group


@dataclass(frozen=True)
class Audience:
    """Who would get it now, by (language, channel), and who not, by the reason. Language "": not known, so English."""

    people: Mapping[tuple[str, str], int]
    left_out: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.people.values())

    def speaking(self, language: str, channel: str | None = None) -> int:
        """How many read it in a language; in English also those whose language nobody knows."""
        codes = (language, "") if language == "en" else (language,)
        return sum(n for (code, way), n in self.people.items() if code in codes and channel in (None, way))

    @property
    def languages(self) -> list[str]:
        """The languages that it is read in, English first, then by how many."""
        codes = {code or "en" for code, _ in self.people}
        return sorted(codes, key=lambda code: (code != "en", -self.speaking(code), code))


def find(session: Session, id_: int) -> Broadcast | None:
    return session.get(Broadcast, id_, populate_existing=True)


def listed(session: Session, places: Sequence[str] | None, limit: int = 50) -> Sequence[Broadcast]:
    """The newest first. `places`: only those to these libraries; None: all."""
    query = select(Broadcast).order_by(Broadcast.id.desc()).limit(limit)
    if places is not None:
        query = query.where(Broadcast.place_id.in_(places))
    return session.scalars(query).all()


def texts(session: Session, id_: int) -> dict[str, BroadcastText]:
    """What staff have chosen for the languages, by code."""
    query = select(BroadcastText).where(BroadcastText.broadcast_id == id_)
    return {row.language: row for row in session.scalars(query)}


def payload(english: str, language: str, text: BroadcastText | None) -> Json:
    """The message for people of a language, in the keys of flows/reminding.py. A machine's words carry the mark."""
    if language == "en":
        return {"messages": [_said("broadcast.text", english)]}
    if text is None or text.kind == "left_out":
        return {"messages": [_said("broadcast.in_english", english)]}
    mark = [{"key": "desk.draft_mark"}] if text.kind == "machine" else []
    return {"messages": [*mark, _said("broadcast.text", text.text)]}


def audience(session: Session, broadcast: Broadcast, now: datetime) -> Audience:
    """Who would get it now, and who would not. One statement."""
    unwanted = _unwanted(session, broadcast.id)
    why = case(
        (Contact.erased_at.is_not(None), "erased"),
        (Contact.opted_out, "opted_out"),
        (Contact.unreachable, "unreachable"),
        *([(Contact.language.in_(unwanted), "no_text")] if unwanted else []),
        else_=literal(""),
    ).label("why")
    language = func.coalesce(Contact.language, "").label("language")
    group = in_group(group_of(broadcast), now)
    counted = select(why, language, Contact.channel, func.count()).where(group)
    people: dict[tuple[str, str], int] = {}
    left_out: dict[str, int] = {}
    for reason, code, channel, number in session.execute(
        counted.group_by(why, language, Contact.channel).order_by(language, Contact.channel)
    ):
        if reason:
            left_out[reason] = left_out.get(reason, 0) + number
        else:
            people[code, channel] = number
    return Audience(people, left_out)


def tally(session: Session, id_: int) -> dict[str, int]:
    """How far it is: the state of its messages (for what was not sent, the reason) → how many."""
    word = func.coalesce(OutboxRow.reason, OutboxRow.state)
    counted = select(word, func.count()).where(OutboxRow.broadcast_id == id_).group_by(word)
    return {str(state): number for state, number in session.execute(counted)}


def _said(key: str, words: str) -> Json:
    return {"key": key, "values": {"text": {"$text": words}}}


def _unwanted(session: Session, id_: int) -> list[str]:
    """The languages whose people are left out."""
    query = select(BroadcastText.language).where(
        BroadcastText.broadcast_id == id_, BroadcastText.kind == "left_out"
    )
    return list(session.scalars(query))
