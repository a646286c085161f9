"""Answers: what the desk says of each service, partner and library; confirmed, corrected or taken out by managers.

Everybody may read; the word of ROLES for a change is "knowledge". A library's facts are for those who work there.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from flows.languages import ENGLISH
from kb.check import problems_of
from kb.facts import day_of, decided, fresh
from kb.fields import written
from kb.held import Held, record_of, unanswered
from kb.model import KnowledgeBase
from nlu.cleaning import clean
from staff import guard
from staff.answered import (
    KINDS,
    PAGE,
    SHOWN,
    STATES,
    WEEK,
    Facts,
    Which,
    age,
    names,
    read,
    said,
    sources,
    titled,
    waiting,
)
from staff.correcting import MOST_COSTS, fields_of, value_of
from staff.desk import Known
from staff.english import WEEKDAYS
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from store import facts, tasks
from store.errors import AlreadyHandled
from store.models import Task
from store.transitions import SYSTEM

router = APIRouter()
MOST_WAITING = 10  # people named on the page of a fact
ACTIONS: Mapping[str, str] = {
    "confirmed": "Confirmed",
    "corrected": "Corrected",
    "taken_out": "Taken out",
    "file": "Left to the file",
}
CHANGED_MEANWHILE = "This fact was changed while you were reading. Read it again, then decide."
STILL_HERE = "What you wrote is still in the form."


class Changed(Exception):
    """What the writer saw does not count any more."""


@dataclass(frozen=True)
class Row:
    """A fact in the list, in words. `wanted`: how often people wait for it."""

    item: Held
    name: str
    what: str
    words: str
    state: tuple[str, str]
    sources: Sequence[str]
    age: str
    wanted: int


@dataclass(frozen=True)
class Draft:
    """A decision before it is kept, as kb/facts.py reads decisions."""

    key: facts.Key
    version: int
    action: facts.Action
    replacement: str
    who: str
    at: datetime
    known: frozenset[str]
    folded: bool = False


@router.get("/answers", name="answers")
def listed(
    request: Request,
    *,
    about: str = "",
    kind: str = "",
    show: str = "",
    q: str = "",
    page: guard.MaybeId = 1,
) -> Response:
    """Every fact: first what needs somebody, and of that what people ask for most."""
    with enter(request) as visit:
        known = _known(visit)
        found = read(visit.session, known, day_of(visit.now))
        which = Which(
            about,
            kind if kind in KINDS else "",
            show if show in SHOWN else "",
            " ".join(clean(q)[:80].split()),
        )
        rows = []
        for item in found.ordered(visit.sees):
            row = _row(found, item)
            if which.lets(item, " ".join((row.name, row.what, row.words, *row.sources))):
                rows.append(row)
        last = max(1, -(-len(rows) // PAGE))
        number = min(max(1, page), last)
        mine = {
            ".".join(key): name
            for key, name in names(known.files).items()
            if key[0] != "place" or visit.sees(key[1])
        }
        return visit.page(
            "answers.html",
            here="answers",
            rows=rows[(number - 1) * PAGE : number * PAGE],
            total=len(rows),
            number=number,
            last=last,
            which=which,
            records=sorted(mine.items(), key=lambda pair: pair[1]),
            kinds=list(KINDS.items()),
            shows=list(SHOWN.items()),
        )


@router.get("/answers/{kind}/{record}/{field}", name="answer")
def one(request: Request, kind: str, record: str, field: str) -> Response:
    """One fact: what it says, who says so, who waits for it, and its history."""
    with enter(request) as visit:
        return _page(visit, (kind, record, field))


@router.post("/answers/{kind}/{record}/{field}")
def decide(request: Request, kind: str, record: str, field: str, form: guard.Form) -> Response:
    """It is right, it is different, take it out; ours or the file's; or: the people who asked have been told."""
    key = (kind, record, field)
    sent = {name: clean(value) for name, value in form.items()}
    faults: Faults = []
    status = 422
    try:
        told = sent.get("do") == "told"
        with enter(request, form, may="tasks" if told else "knowledge") as visit:
            found, item = _item(visit, key)
            if told:
                _told(visit, found, key)
            else:
                _save(visit, found, item, sent)
            going = visit.go("answer", kind=kind, record=record, field=field)
        _known(visit).look()
        return going
    except Wrong as wrong:
        faults = wrong.faults
    except Changed:
        faults, status = [("", f"{CHANGED_MEANWHILE} {STILL_HERE}")], 409
    except AlreadyHandled as handled:
        with enter(request) as visit:
            faults, status = [("", f"{visit.already(handled)} {STILL_HERE}")], 409
    with enter(request) as visit:
        return _page(visit, key, sent, faults, status)


def _save(visit: Visit, found: Facts, item: Held, sent: Mapping[str, str]) -> None:
    """Keeps a decision, and settles the tasks that it answers. Raises Wrong, Changed, AlreadyHandled."""
    version, _, seen = sent.get("version", "").partition(".")
    if not version.isdecimal() or (seen != _print_of(item) and version == str(item.version)):
        raise Changed
    action, value = _decision(found.files, item, sent)
    draft = Draft(
        item.key,
        item.version + 1,
        action,
        written(value),
        visit.account.name,
        visit.now,
        frozenset({written(item.in_file)}),
    )
    after = _after(found, item, draft)
    facts.save(
        visit.session,
        item.key,
        action=action,
        previous=written(item.in_file),
        replacement=draft.replacement,
        who=visit.account.name,
        actor=visit.actor,
        now=visit.now,
        version=int(version[:9]),
    )
    for task in waiting(visit.session, found.files, item.key):
        # Whoever was promised an answer gets it from a person: their task stays until somebody has told them.
        if (
            task.contact_id is None
            and unanswered(found.current, task.about)
            and not unanswered(after, task.about)
        ):
            tasks.close(visit.session, task.id, actor=SYSTEM, now=visit.now)


def _decision(files: KnowledgeBase, item: Held, sent: Mapping[str, str]) -> tuple[facts.Action, object]:
    """What was done, and the value that counts from now on. Raises Wrong."""
    no_claim = item.slot.kind == "summary"
    match sent.get("do"):
        case "confirm" if item.value is not None and not no_claim:
            return "confirmed", item.value
        case "correct":
            return "corrected", value_of(files, item, sent)
        case "out" if item.value is not None and not no_claim:
            return "taken_out", None
        case "ours" if item.state == "conflict":
            return ("taken_out" if item.value is None else "confirmed"), item.value
        case "theirs" if _can_go_back(item):
            return "file", item.in_file
    raise Wrong(("", "Choose what to do."))


def _after(found: Facts, item: Held, draft: Draft) -> KnowledgeBase:
    """The knowledge base with that decision. Raises Wrong when its words would claim more than its facts."""
    after = decided(found.files, {**found.changes, item.key: draft})
    before = set(problems_of(record_of(found.decided, item.key)))
    faults: Faults = []
    for field, problem in problems_of(record_of(after, item.key)):
        if (field, problem) not in before:
            where = "The sentence that people read first" if field == "summary" else "This"
            faults.append(("text" if item.slot.kind in ("text", "summary") else "", f"{where} {problem}."))
    if faults:
        raise Wrong(*faults)
    return fresh(after, found.today)


def _told(visit: Visit, found: Facts, key: facts.Key) -> None:
    """Closes the tasks of people who asked for this, now that the desk knows it and staff told them."""
    for task in _answered(visit, found, key):
        tasks.close(visit.session, task.id, actor=visit.actor, now=visit.now)


def _answered(visit: Visit, found: Facts, key: facts.Key) -> list[Task]:
    asked = [task for task in waiting(visit.session, found.files, key) if visit.sees(task.place_id)]
    return [task for task in asked if not unanswered(found.current, task.about)]


def _can_go_back(item: Held) -> bool:
    """Whether what the file says does not count today."""
    return item.change is not None and item.change.action != "file" and not item.change.folded


def _known(visit: Visit) -> Known:
    known = visit.desk.known
    if known is None:
        raise HTTPException(404)
    return known


def _item(visit: Visit, key: facts.Key) -> tuple[Facts, Held]:
    """Raises HTTPException(404), and NotHere for another library's."""
    known = _known(visit)
    found = read(visit.session, known, day_of(visit.now))
    item = next((each for each in found.items if each.key == key), None)
    if item is None:
        raise HTTPException(404)
    if key[0] == "place" and not visit.sees(key[1]):
        raise guard.NotHere(f"place.{key[1]}"[:32], 0)
    return found, item


def _print_of(item: Held) -> str:
    """A few digits of the value, and of the file's: what a form was made for."""
    return format(crc32(f"{written(item.value)}\0{written(item.in_file)}".encode()), "x")


def _row(found: Facts, item: Held) -> Row:
    name, what = titled(found.files, item)
    return Row(
        item=item,
        name=name,
        what=what,
        words=said(found.files, item, item.value),
        state=STATES[item.state],
        sources=sources(found.files, item.claims),
        age=age(item.since, found.today),
        wanted=found.wanted.get(item.key, 0),
    )


def _translated(visit: Visit, item: Held) -> Counter[str] | None:
    """How many translations of a sentence are in each state; None for what is no sentence that people read."""
    kind, id_, field = item.key
    if item.slot.kind not in ("summary", "text"):
        return None
    key, words = f"kb.{kind}.{id_}.{field}", visit.desk.words
    if key not in words.phrases:
        return None
    return Counter(words.entry(key, code).status for code in words.languages if code != "en")


def _page(
    visit: Visit,
    key: facts.Key,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
) -> Response:
    found, item = _item(visit, key)
    files = found.files
    message = _known(visit).told(found.current, *key[:2])
    asked = [task for task in waiting(visit.session, files, key) if visit.sees(task.place_id)]
    open_now = {task.id for task in asked if unanswered(found.current, task.about)}
    return visit.page(
        "answer.html",
        status=status,
        here="answers",
        item=item,
        row=_row(found, item),
        told=visit.desk.words.render(message, "en").text if message else "",
        translated=_translated(visit, item),
        file_words=said(files, item, item.in_file) or "nothing",
        file_sources=sources(files, item.file_claims),
        can_go_back=_can_go_back(item),
        version=f"{item.version}.{_print_of(item)}",
        filled=fields_of(item),
        history=facts.history(visit.session, key),
        actions=ACTIONS,
        history_words=lambda value: said(files, item, json.loads(value)) or "nothing",
        asked=asked[:MOST_WAITING],
        asked_in_all=len(asked),
        still_open=bool(open_now),
        answered_now=[task for task in asked if task.id not in open_now],
        week=list(zip(WEEK, WEEKDAYS, strict=True)),
        costs=range(1, MOST_COSTS + 1),
        all_places={id_: place.name for id_, place in files.places.items()},
        all_partners={id_: partner.name for id_, partner in files.partners.items()},
        all_languages=ENGLISH,
        sent=dict(sent or {}),
        faults=faults or [],
    )
