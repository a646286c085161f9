"""What every page stands on: the desk's parts, and where its pages are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Engine

from flows.catalogue import Entry
from flows.hours import NOT_SAID, Hours
from flows.message import Message
from flows.words import Rendered, Words
from kb.model import KnowledgeBase
from staff import english
from staff.oidc import Council
from store.vault import Vault


class Speaks(Protocol):
    """The part of flows.words.Words that pages need: what the person reads."""

    def render(self, message: Message, language: str, channel: str = "sms") -> Rendered: ...


class Standing(Protocol):
    """How far the translation of a poster is."""

    @property
    def texts(self) -> int: ...
    @property
    def drafts(self) -> int: ...
    @property
    def untranslated(self) -> int: ...


class Prints(Protocol):
    """What makes posters. Both forms raise flows.posters.NotPrinted."""

    @property
    def languages(self) -> Mapping[str, str]: ...  # code → what it calls itself
    @property
    def missing(self) -> Sequence[str]: ...  # settings without which a poster is not whole
    def standing(self, language: str, place: str) -> Standing: ...
    def pdf(self, language: str, place: str, *, leaflet: bool = False) -> bytes: ...
    def picture(self, language: str, place: str, *, leaflet: bool = False) -> bytes: ...


class Cost(Protocol):
    """What a text takes by SMS with the longest values, and the letters that make it dear."""

    @property
    def encoding(self) -> str: ...
    @property
    def units(self) -> int: ...
    @property
    def segments(self) -> int: ...
    @property
    def parts(self) -> int: ...
    @property
    def costly(self) -> Mapping[str, str]: ...
    @property
    def fits(self) -> bool: ...


class Looks(Protocol):
    """A message as the person will read it, whole. `segments`: by SMS, all parts together; `fits`: in one reply."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def segments(self) -> int: ...
    @property
    def fits(self) -> bool: ...


type Preview = Callable[[Sequence[Message], str, str, Collection[str]], Looks]
"""Messages, language, channel, and the languages in which the mark of drafts was said → what the person reads."""


@dataclass(frozen=True)
class Known:
    """What the page Answers needs of the knowledge base: its files, what people are told (a knowledge base, type,
    id), and what makes this process look at once for what staff decided."""

    files: KnowledgeBase
    told: Callable[[KnowledgeBase, str, str], Message | None]
    look: Callable[[], None]


@dataclass(frozen=True)
class Names:
    """English names by id, from the knowledge base. `bookable`: the services that can have sessions; `sensitive`:
    those that are not named outside the pages."""

    services: Mapping[str, str]
    places: Mapping[str, str]
    bookable: Sequence[str]
    sensitive: Collection[str] = ()

    def service(self, id_: str) -> str:
        return self.services.get(id_) or english.unslug(id_)

    def place(self, id_: str | None) -> str:
        return self.places.get(id_ or "") or english.unslug(id_ or "")


@dataclass(frozen=True)
class Desk:
    """What the pages stand on; made once, by app.create."""

    engine: Engine
    vault: Vault
    names: Names
    words: Words
    public_url: str
    clock: Callable[[], datetime]
    demo: bool
    reads: Callable[[str, str], str | None]  # text and language → a machine's English, or None
    guesses: Callable[[str], Sequence[str]]  # text → what it may mean, likeliest first
    measures: Callable[[str, str, str], Cost | None]  # key, words, language → SMS
    drafts: Callable[[Entry, str], str | None]  # a text and a language → a machine's translation, or None
    posters: Prints | None = None  # None: nothing can be printed here
    preview: Preview | None = None  # None: nobody can answer people from here
    hours: Hours = NOT_SAID  # when staff answer
    sms_price: float = 0.0  # pence a segment; 0: not known
    alone_up_to: int = 200  # people to whom one may send an announcement alone
    council: Council | None = None  # None: nobody logs in through the council
    codes_required: bool = False  # managers and administrators need one-time codes
    known: Known | None = None  # the knowledge base; None: its facts are not shown here
    tells: Collection[str] = ()  # how staff can be told: "mail", "group"

    @property
    def secure(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def link(request: Request, name: str, /, query: Mapping[str, object] | None = None, **path: object) -> str:
    """The address of a page by its name, under wherever the pages are mounted. Empty query values go."""
    base = request.scope.get("root_path", "") + _pattern(request.app, name, tuple(path)).format(**path)
    filled = {key: value for key, value in (query or {}).items() if value not in ("", None)}
    return f"{base}?{urlencode(filled)}" if filled else base


def _pattern(app: FastAPI, name: str, fields: tuple[str, ...]) -> str:
    """The address of a page with {fields}, looked up once: a list of 25 rows has 60 links, and looking through every
    page for each of them took half of its time (bench/queue.py)."""
    known: dict[tuple[str, ...], str] = app.state.patterns
    key = (name, *fields)
    if key not in known:
        marks = {field: 10**9 + number for number, field in enumerate(fields)}
        found = str(app.url_path_for(name, **marks)).replace("{", "{{").replace("}", "}}")
        for field, mark in marks.items():
            found = found.replace(str(mark), f"{{{field}}}")
        known[key] = found
    return known[key]


def own_path(request: Request) -> str:
    """This page's path and query, without the mount: what a log-in comes back to."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    query = request.scope["query_string"].decode(
        "latin-1"
    )  # not request.url: that fails on some Host headers
    return f"{path}?{query}" if query else path


def cookie_path(request: Request) -> str:
    return request.scope.get("root_path", "") or "/"


def set_cookie(
    request: Request,
    response: RedirectResponse | HTMLResponse,
    name: str,
    value: str,
    *,
    max_age: int | None = None,
) -> None:
    """A cookie no script can read, only for these pages, and only over https when the public URL is."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=cookie_path(request),
        secure=desk_of(request).secure,
        httponly=True,
        samesite="lax",
    )
