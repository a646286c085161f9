"""The facts of the knowledge base as the page Answers lists them: in the order of the work, in plain words."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kb.facts import Key, fresh
from kb.facts import decided as decided_over
from kb.held import NEEDS_STAFF, Held, State, concerned, held, unanswered
from kb.model import KnowledgeBase, Sourced
from staff import english
from staff.desk import Known
from store import facts
from store.models import Task

PAGE = 25  # rows
STATES: Mapping[State, tuple[str, str]] = {  # the word on the page, the colour of its tag
    "conflict": ("Two answers", "govuk-tag--red"),
    "stale": ("Too old", "govuk-tag--orange"),
    "unconfirmed": ("Not confirmed", "govuk-tag--yellow"),
    "missing": ("Nobody knows", "govuk-tag--yellow"),
    "part": ("Part is missing", "govuk-tag--yellow"),
    "confirmed": ("Confirmed", "govuk-tag--green"),
    "standing": ("As it stands", "govuk-tag--green"),
    "words": ("Our words", "govuk-tag--grey"),
    "taken_out": ("Taken out", "govuk-tag--grey"),
    "empty": ("Nothing yet", "govuk-tag--grey"),
}
SHOWN: dict[str, str] = {"": "All", "needs": "Needs somebody"} | {
    state: words for state, (words, _) in STATES.items()
}
KINDS = {
    "times": "Days, times, opening hours",
    "contact": "Phone and e-mail",
    "address": "Address",
    "website": "Website",
    "money": "Cost",
    "places": "Libraries",
    "runs": "Whether it runs today",
    "audience": "Whom it is for",
    "languages": "Languages",
    "partners": "Partners",
    "summary": "What people read first",
    "text": "Sentences",
}
WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LAST: tuple[State, ...] = ("taken_out", "empty")


@dataclass(frozen=True)
class Which:
    """The filters of the list. `about`: "place.fosse"."""

    about: str = ""
    kind: str = ""
    show: str = ""
    q: str = ""

    def query(self) -> dict[str, object]:
        return {"about": self.about, "kind": self.kind, "show": self.show, "q": self.q}

    def lets(self, item: Held, words: str) -> bool:
        """Whether it is to be listed; `words`: all that its row says."""
        if self.about and self.about != ".".join(item.key[:2]):
            return False
        if self.kind and self.kind != item.slot.kind:
            return False
        if self.show == "needs" and item.state not in NEEDS_STAFF:
            return False
        if self.show not in ("", "needs", item.state):
            return False
        return self.q.casefold() in words.casefold()


@dataclass(frozen=True)
class Facts:
    """Everything that a page reads: two statements, however many facts there are."""

    files: KnowledgeBase
    changes: Mapping[Key, facts.Change]
    wanted: Mapping[Key, int]
    items: Sequence[Held]
    decided: KnowledgeBase
    today: date

    @property
    def current(self) -> KnowledgeBase:
        """The knowledge base that people are answered from today."""
        return fresh(self.decided, self.today)

    def ordered(self, sees: Callable[[str | None], bool]) -> list[Held]:
        """What an account may see: conflicts, what needs somebody (most wanted first, then the oldest), the rest."""
        mine = [item for item in self.items if item.key[0] != "place" or sees(item.key[1])]
        return sorted(mine, key=self._rank)

    def _rank(self, item: Held) -> tuple[int, int, bool, date]:
        group = 0 if item.state == "conflict" else 1 if item.state in NEEDS_STAFF else 2
        if group == 2:
            group += 1 + _LAST.index(item.state) if item.state in _LAST else 0
        # A sentence of the documents answers no question of its own. What has no value has no age either.
        return group, -self.wanted.get(item.key, 0), not item.slot.answers, item.since or date.max


def read(session: Session, known: Known, today: date) -> Facts:
    """The facts as they stand, and how often people wait for each."""
    changes = facts.latest(session)
    decided = decided_over(known.files, changes)
    now = fresh(decided, today)
    wanted: Counter[Key] = Counter()
    for about, times in facts.asked(session).items():
        for key in unanswered(now, about):
            wanted[key] += times
    return Facts(known.files, changes, wanted, held(known.files, changes, today), decided, today)


def waiting(session: Session, kb: KnowledgeBase, key: Key) -> list[Task]:
    """The open tasks of people who asked for what this fact answers, the oldest first."""
    query = (
        select(Task).options(joinedload(Task.contact)).where(Task.kind == facts.ASKED, Task.state == "open")
    )
    return [task for task in session.scalars(query.order_by(Task.id)) if key in concerned(kb, task.about)]


def names(kb: KnowledgeBase) -> dict[tuple[str, str], str]:
    """The name of every service, partner and place."""
    found = {("service", each.id): each.name for each in kb.services.values()}
    found |= {("partner", each.id): each.name for each in kb.partners.values()}
    return found | {("place", each.id): each.name for each in kb.places.values()}


def titled(kb: KnowledgeBase, item: Held) -> tuple[str, str]:
    """The name of what it is about, and what of it."""
    kind, id_, field = item.key
    number = field.partition(".")[2]
    return names(kb)[kind, id_], f"{item.slot.words} {int(number) + 1}" if number else item.slot.words


def said(kb: KnowledgeBase, item: Held, value: Any) -> str:
    """A value in words, a line each; "" for what nobody knows."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return "\n".join(
        _IN_WORDS[item.slot.kind](kb, each) for each in ([value] if isinstance(value, dict) else value)
    )


def _times(_kb: KnowledgeBase, value: Mapping[str, Any]) -> str:
    often = "Every month" if value["freq"] == "MONTHLY" else "Every week"
    day = english.WEEKDAYS[WEEK.index(value["byday"])] if "byday" in value else f"{often}, day not known"
    times = " to ".join(value[name] for name in ("opens_at", "closes_at") if name in value)
    return f"{day} {times}" if times else day


def _audience(_kb: KnowledgeBase, value: Mapping[str, Any]) -> str:
    youngest, oldest = value.get("minimum_age"), value.get("maximum_age")
    ages = f"from {youngest}" if youngest is not None else ""
    ages = f"{ages} up to {oldest}".strip() if oldest is not None else ages
    return f"{value['description']} (ages {ages})" if ages else str(value["description"])


_IN_WORDS: Mapping[str, Callable[[KnowledgeBase, Mapping[str, Any]], str]] = {
    "runs": lambda _kb, value: "Yes" if value["runs"] else "No",
    "website": lambda _kb, value: str(value["url"]),
    "audience": _audience,
    "times": _times,
    "places": lambda kb, value: names(kb).get(("place", value["id"]), value["id"]),
    "partners": lambda kb, value: names(kb).get(("partner", value["id"]), value["id"]),
    "money": lambda _kb, value: f"{value['option']}: {money(value['amount'])}",
    "contact": lambda _kb, value: ", ".join(value[name] for name in ("phone", "email") if name in value),
    "address": lambda _kb, value: f"{value['address_1']}, {value['city']} {value['postal_code']}",
    "languages": lambda _kb, value: english.language(value["code"]),
}


def money(pounds: float) -> str:
    """Such as "free", "£2.50", "£3"."""
    return f"£{pounds:.2f}".removesuffix(".00") if pounds else "free"


def source(kb: KnowledgeBase, claim: Sourced) -> str:
    """Who says so: a document and where in it, or a member of staff."""
    said_by = claim.source
    if said_by.staff is not None:
        return f"{said_by.staff}, staff, {_dated(said_by.date)}"
    return f"{kb.documents[said_by.document or ''].title}: {said_by.where} ({_dated(said_by.date)})"


def sources(kb: KnowledgeBase, claims: Sequence[Sourced]) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(source(kb, claim) for claim in claims))


def _dated(partial: str) -> str:
    """Such as "2006", "May 2006", "25 February 2022"."""
    year, month, day = (*partial.split("-"), "", "")[:3]
    named = date(2000, int(month), 1).strftime("%B") if month else ""
    return " ".join(part for part in (day.lstrip("0"), named, year) if part)


def age(since: date | None, today: date) -> str:
    """Such as "20 years old", "3 months old", "from today"; "" for what has no date."""
    if since is None:
        return ""
    days = (today - since).days
    for size, unit in ((365, "year"), (30, "month"), (1, "day")):
        if days >= size:
            return f"{english.count(days // size, unit)} old"
    return "from today"
