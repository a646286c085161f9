"""How a page is made: the templates, and what each of them may use."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from nlu.cleaning import clean
from nlu.translate import NOT_COVERED
from staff import english, rooms
from staff.desk import desk_of, link
from staff.forms import NOTE_LIMIT
from store import accounts
from store.models import Account

HERE = Path(__file__).parent


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; also for somebody who is not logged in. visit.enter has put who is into `request.state`."""
    account: Account | None = getattr(request.state, "account", None)
    now = values.setdefault("now", desk_of(request).clock())
    names = desk_of(request).names

    def asset(path: str) -> str:
        return f"{request.scope.get('root_path', '')}/{path}?v={_print_of(path)}"

    shared = {
        "account": account,
        "csrf": getattr(request.state, "csrf", ""),
        "menu": rooms.menu(account),
        "folded": {room.key for room in rooms.ROOMS if room.says},
        "may": lambda what: account is not None and accounts.may(account, what),
        "link": lambda name, query=None, **path: link(request, name, query, **path),
        "asset": asset,
        "cspNonce": request.state.nonce,
        "service": names.service,
        "place": names.place,
        "when": lambda value: english.when(value, now),
        "at": lambda value: english.at(value, now),
        "day": lambda value: english.day(value, now),
        "reasons": english.REASONS,
        "note_limit": NOTE_LIMIT,
        "reads": desk_of(request).reads,
        "no_machine": NOT_COVERED,
        "waiting_for": lambda since: english.lasting(now - since),
    }
    html = _templates().get_template(template).render({**shared, **values})
    return HTMLResponse(html, status_code=status)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(HERE / "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        auto_reload=False,  # they change with a release only; looking at the files takes longer than the page
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": clean,
        "clock": english.clock,
        "language": english.language,
        "channel": english.channel,
        "state_word": lambda state: english.STATES.get(state, (english.unslug(state), "govuk-tag--grey")),
        "unslug": english.unslug,
        "task_word": lambda kind: english.TASKS.get(kind, english.unslug(kind)),
        "count": english.count,
        "text_state": lambda state: english.TEXT_STATES[state],
    }
    return environment


@cache
def _print_of(path: str) -> str:
    """A few digits of a file's content, so that browsers fetch a changed file and keep an unchanged one."""
    file = HERE / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.exists() else "missing"
