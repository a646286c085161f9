"""Tasks: what the desk could not do by itself. Emergencies first; their words only on opening."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import english, guard, reading
from staff.desk import Names
from staff.visit import Visit, enter
from store import audit, tasks
from store.database import transaction
from store.errors import AlreadyHandled
from store.models import Task

router = APIRouter()
DONE_SHOWN = timedelta(days=7)


@router.get("/tasks", name="tasks")
def show(request: Request, done: guard.MaybeId = 0) -> Response:
    """Every open task, and what was done in the last week by whom."""
    with enter(request) as visit:
        finished = reading.done_tasks(visit.session, visit.places, visit.now - DONE_SHOWN)
        return visit.page(
            "tasks.html",
            here="tasks",
            open=tasks.open_tasks(visit.session, places=visit.places),
            finished=finished,
            just_done=next(
                (task for task in finished if task.id == done and task.done_by == visit.actor), None
            ),
            title_of=lambda task: title(visit.desk.names, task),
            people=reading.account_names(visit.session, {task.done_by or "" for task in finished}),
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
def finish(request: Request, task_id: guard.Id, form: guard.Form) -> Response:
    """Done, with one press."""
    try:
        with enter(request, form, may="tasks") as visit:
            _task(visit, task_id)
            tasks.close(visit.session, task_id, actor=visit.actor, now=visit.now)
            return visit.go("tasks", {"done": task_id})
    except AlreadyHandled as handled:
        with enter(request) as visit:
            return _page(visit, _task(visit, task_id), [("", visit.already(handled))], status=409)


def title(names: Names, task: Task) -> str:
    """What it is about, in words, such as "A fact to confirm: Work coach sessions, times"."""
    kind = english.TASKS.get(task.kind, english.unslug(task.kind))
    subject, _, facet = task.about.partition(".")
    if not subject or ":" in subject:  # nothing, or a row of a table
        return kind
    return f"{kind}: {names.service(subject)}" + (f", {facet.replace('_', ' ')}" if facet else "")


def _task(visit: Visit, task_id: int) -> Task:
    task = visit.session.get(Task, task_id)
    if task is None or not visit.sees(task.place_id):
        raise guard.NotHere("task", task_id)
    return task


def _page(
    visit: Visit, task: Task, faults: list[tuple[str, str]] | None = None, status: int = 200
) -> Response:
    return visit.page(
        "task.html",
        status=status,
        here="tasks",
        task=task,
        title=title(visit.desk.names, task),
        messages=reading.messages(visit.session, task.contact_id, 5),
        faults=faults or [],
        people=reading.account_names(visit.session, {task.done_by or ""}),
    )
