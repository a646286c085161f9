"""Teach the desk: messages it did not understand, one after another; staff say what each of them means."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows.languages import ENGLISH
from nlu.cleaning import clean, redact
from staff import english, guard
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from store import lessons
from store.errors import AlreadyHandled
from store.models import Lesson

router = APIRouter()
SHOWN = 25
GUESSES = 3
UNDECIDED = "other"


@router.get("/lessons", name="lessons")
def show(request: Request, taught: guard.MaybeId = 0) -> Response:
    """What waits: the messages met most often first."""
    with enter(request) as visit:
        rows, total = lessons.waiting(visit.session, SHOWN)
        return visit.page(
            "lessons.html",
            here="lessons",
            rows=rows,
            total=total,
            just=_just(visit, taught),
            meanings=english.MEANINGS,
        )


@router.get("/lessons/{lesson_id:int}", name="lesson")
def one(request: Request, lesson_id: guard.Id, taught: guard.MaybeId = 0) -> Response:
    """One message, with the likeliest meanings to choose from."""
    with enter(request) as visit:
        return _page(visit, _lesson(visit, lesson_id), taught=taught)


@router.post("/lessons/{lesson_id:int}")
def decide(request: Request, lesson_id: guard.Id, form: guard.Form) -> Response:
    """Keep what it means, or leave it out; then the next one opens."""
    try:
        with enter(request, form, may="tasks") as visit:
            lesson = _lesson(visit, lesson_id)
            if form.get("do") == "drop":
                lessons.drop(visit.session, lesson.id, actor=visit.actor, now=visit.now)
            else:
                lessons.teach(
                    visit.session,
                    lesson.id,
                    actor=visit.actor,
                    now=visit.now,
                    **_taught(form, lesson.language),
                )
            visit.session.flush()
            rows, _ = lessons.waiting(visit.session, 1)
            done = {"taught": lesson.id}
            return visit.go("lesson", done, lesson_id=rows[0].id) if rows else visit.go("lessons", done)
    except AlreadyHandled as handled:
        with enter(request) as visit:
            return _page(visit, _lesson(visit, lesson_id), [("", visit.already(handled))], status=409)
    except Wrong as wrong:
        with enter(request) as visit:
            return _page(visit, _lesson(visit, lesson_id), wrong.faults, status=422, sent=form)


def _taught(form: Mapping[str, str], language: str) -> dict[str, str]:
    """What the form says. Raises Wrong."""
    label = form.get("meaning", "")
    if label in ("", UNDECIDED):
        label = form.get("other", "")
    text = redact(clean(form.get("text", ""))).strip()
    faults: Faults = []
    if label not in english.MEANINGS:
        faults.append(("meaning", "Choose what the person meant, or leave the message out."))
    if not any(c.isalpha() for c in text):
        faults.append(("text", "Leave the words of the message here, without names."))
    if faults:
        raise Wrong(*faults)
    chosen = form.get("language", language)
    return {"label": label, "text": text, "language": chosen if chosen in ENGLISH else language}


def _lesson(visit: Visit, lesson_id: int) -> Lesson:
    lesson = visit.session.get(Lesson, lesson_id)
    if lesson is None:
        raise guard.NotHere("lesson", lesson_id)
    return lesson


def _just(visit: Visit, lesson_id: int) -> Lesson | None:
    """The message decided on a moment ago, by this very person."""
    lesson = visit.session.get(Lesson, lesson_id) if lesson_id else None
    return lesson if lesson is not None and lesson.decided_by == visit.actor else None


def _page(
    visit: Visit,
    lesson: Lesson,
    faults: Faults | None = None,
    *,
    status: int = 200,
    sent: Mapping[str, str] | None = None,
    taught: int = 0,
) -> Response:
    guesses = (
        [g for g in visit.desk.guesses(lesson.text) if g in english.MEANINGS][:GUESSES] if lesson.text else []
    )
    _, left = lessons.waiting(visit.session, 1)
    return visit.page(
        "lesson.html",
        status=status,
        here="lessons",
        lesson=lesson,
        guesses=guesses,
        meanings=english.MEANINGS,
        languages=ENGLISH,
        left=left,
        just=_just(visit, taught),
        by=visit.name_of(lesson.decided_by) if lesson.decided_by else "",
        faults=faults or [],
        sent=sent or {},
    )
