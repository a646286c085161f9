"""Tasks: what the desk could not do by itself. Emergencies first; their words only on opening."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from staff import english, guard, reading, threads
from staff.desk import Names
from staff.forms import Faults
from staff.threads import Line
from staff.visit import Visit, enter
from store import audit, talks, tasks
from store.database import transaction
from store.errors import AlreadyHandled
from store.models import Contact, InboxRow, Lesson, OutboxRow, Task
from store.talks import CannotReach, OutOfDate, Unsettled

router = APIRouter()
DONE_SHOWN = timedelta(days=7)
STAYS = ("hold", "let_go")  # after these the task is still open
UNSENT = {  # why a message cannot be sent again; else the words of english.NOT_SENT
    "opted_out": "This person asked for no more messages.",
    "unreachable": "Messages do not reach this person any more.",
    "erased": "This person has deleted their data.",
    "again": "It was sent again before.",
    "too_late": "It is too late for this message.",
    "no_longer": "It does not say any more what is true for this person.",
}


@router.get("/tasks", name="tasks")
def show(request: Request, *, kind: str = "", done: guard.MaybeId = 0) -> Response:
    """Every open task, or those of a kind and the emergencies; and what was done in the last week by whom."""
    with enter(request) as visit:
        every = tasks.open_tasks(visit.session, places=visit.places)
        kinds = {task.kind for task in every}
        kind = kind if kind in english.TASKS else ""
        shown = [task for task in every if kind in ("", task.kind) or task.kind == "emergency"]
        finished = reading.done_tasks(visit.session, visit.places, visit.now - DONE_SHOWN)
        holders = tasks.holders(visit.session, [task.id for task in shown], visit.now)
        who = {task.done_by or "" for task in finished} | set(holders.values())
        just_done = next((task for task in finished if task.id == done and task.done_by == visit.actor), None)
        return visit.page(
            "tasks.html",
            here="tasks",
            open=shown,
            total=len(every),
            kind=kind,
            kinds=[(key, words) for key, words in english.TASKS.items() if key in kinds or key == kind],
            holders=holders,
            finished=finished,
            just_done=just_done,
            once_more=just_done is not None and _sent_again(visit.session, _row(visit.session, just_done)),
            title_of=lambda task: title(visit.desk.names, task),
            people=reading.account_names(visit.session, who),
        )


@router.get("/tasks/{task_id:int}", name="task")
def one(request: Request, task_id: guard.Id) -> Response:
    """One task with the person's last messages. Opening an emergency is written down."""
    with enter(request) as visit:
        task = _task(visit, task_id)
        if task.kind == "emergency" and task.state == "open":
            with transaction(visit.desk.engine) as session:
                audit.write(session, visit.actor, "task.opened", "task", task_id, visit.now, kind=task.kind)
        return _page(visit, task)


@router.post("/tasks/{task_id:int}")
def act(request: Request, task_id: guard.Id, form: guard.Form) -> Response:
    """Done, with one press; or what the button says."""
    action = form.get("do", "")
    if action not in ACTIONS:
        with enter(request, form, may="tasks") as visit:
            return _page(visit, _task(visit, task_id), [("", "Choose what to do.")], status=422)
    heading = "Nothing was sent"
    try:
        with enter(request, form, may="tasks") as visit:
            task = _task(visit, task_id)
            ACTIONS[action](visit, task)
            if action in STAYS:
                return visit.go("task", task_id=task_id)
            return visit.go("tasks", {"done": task_id})
    except AlreadyHandled as handled:
        heading = "Somebody was faster"
        with enter(request) as visit:
            faults = [("", visit.already(handled))]
    except (CannotReach, OutOfDate) as refused:
        faults = [("", f"{_why_not(str(refused))} Nothing was sent.")]
    except Unsettled:
        faults = [("", "In the meantime we know what became of the message. Nothing was changed.")]
    with enter(request) as visit:
        return _page(visit, _task(visit, task_id), faults, heading, status=409)


def _done(visit: Visit, task: Task) -> None:
    tasks.close(visit.session, task.id, actor=visit.actor, now=visit.now)


def _hold(visit: Visit, task: Task) -> None:
    tasks.hold(visit.session, task.id, actor=visit.actor, now=visit.now)


def _let_go(visit: Visit, task: Task) -> None:
    tasks.let_go(visit.session, task.id, actor=visit.actor, now=visit.now)


def _arrived(visit: Visit, task: Task) -> None:
    talks.arrived(visit.session, task, actor=visit.actor, now=visit.now)


def _again(visit: Visit, task: Task) -> None:
    talks.send_again(visit.session, task, actor=visit.actor, now=visit.now)


ACTIONS: Mapping[str, Callable[[Visit, Task], None]] = {
    "": _done,
    "hold": _hold,
    "let_go": _let_go,
    "arrived": _arrived,
    "again": _again,
}


def title(names: Names, task: Task) -> str:
    """What it is about, in words, such as "A fact to confirm: Work coach sessions, times"."""
    kind = english.TASKS.get(task.kind, english.unslug(task.kind))
    subject, _, facet = task.about.partition(".")
    if (
        not subject or ":" in subject or subject == "note"
    ):  # nothing, a row of a table, or what a person added
        return kind
    return f"{kind}: {names.service(subject)}" + (f", {facet.replace('_', ' ')}" if facet else "")


def _task(visit: Visit, task_id: int) -> Task:
    task = visit.session.get(Task, task_id)
    if task is None or not visit.sees(task.place_id):
        raise guard.NotHere("task", task_id)
    return task


def _row(session: Session, task: Task) -> OutboxRow | None:
    """The message of ours that the task is about."""
    kind, _, row_id = task.about.partition(":")
    return session.get(OutboxRow, int(row_id)) if kind == "outbox" and row_id.isdecimal() else None


def _message(visit: Visit, task: Task, row: OutboxRow | None) -> Line | None:
    """How it reads."""
    if row is None:
        return None
    language = task.contact.language if task.contact is not None else None
    return threads.outgoing(row, visit.desk.words, language or "en")


def _why_not(reason: str) -> str:
    return UNSENT.get(reason) or f"{english.not_sent(reason).capitalize()}."


def _sent_again(session: Session, row: OutboxRow | None) -> OutboxRow | None:
    return talks.sent_again(session, row) if row is not None else None


def _not_again(visit: Visit, task: Task, row: OutboxRow) -> str:
    """Why "Send it again" is not offered, in words; "": it is."""
    try:
        reason = talks.why_not_again(visit.session, row, task.contact, visit.now)
    except CannotReach as unreachable:
        reason = str(unreachable)
    return _why_not(reason) if reason else ""


def _lesson(session: Session, task: Task) -> int | None:
    """The lesson that the same message made, if nobody has decided on it yet."""
    if task.kind != "unanswered":
        return None
    same = (Lesson.contact_id == task.contact_id, Lesson.text == " ".join(task.note.split()))
    return session.scalar(select(Lesson.id).where(*same, Lesson.state == "open").limit(1))


def _talks_to(visit: Visit, contact: Contact | None) -> int | None:
    """The person whose conversation can be opened from here."""
    if contact is None or contact.erased_at is not None:
        return None
    seen = threads.contact(visit.session, contact.id, visit.places)
    return seen.id if seen is not None else None


def _messages(session: Session, task: Task) -> list[InboxRow]:
    """The person's last messages; words of danger only where the emergency itself is opened."""
    rows = reading.messages(session, task.contact_id, 5)
    if task.kind == threads.EMERGENCY or task.contact_id is None:
        return rows
    flagged = threads.dangers(session, task.contact_id)
    return [row for row in rows if not threads.is_danger(row.text, flagged)]


def _page(
    visit: Visit, task: Task, faults: Faults | None = None, heading: str = "", status: int = 200
) -> Response:
    holder = tasks.holders(visit.session, [task.id], visit.now).get(task.id)
    row = _row(visit.session, task)
    message = _message(visit, task, row)
    lost = row is not None and task.state == "open" and row.state in talks.LOST.get(task.kind, ())
    return visit.page(
        "task.html",
        status=status,
        here="tasks",
        task=task,
        title=title(visit.desk.names, task),
        message=message,
        reason=english.not_sent(message.why if message is not None else task.note),
        states=english.MESSAGE_STATES,
        settle=lost and row is not None and row.state == "unsure",
        lost=lost,
        not_again=_not_again(visit, task, row) if lost and row is not None else "",
        again=_sent_again(visit.session, row),
        note="" if task.about.startswith("outbox:") else task.note,
        holder=holder if task.state == "open" else None,
        lesson=_lesson(visit.session, task),
        talk=_talks_to(visit, task.contact),
        messages=_messages(visit.session, task),
        faults=faults or [],
        heading=heading,
        people=reading.account_names(visit.session, {task.done_by or "", holder or ""}),
    )
