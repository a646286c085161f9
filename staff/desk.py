"""What every page stands on: the desk's parts, and where its pages are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Engine

from flows.catalogue import Entry
from flows.message import Message
from flows.words import Rendered, Words
from staff import english
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


@dataclass(frozen=True)
class Names:
    """English names by id, from the knowledge base. `bookable`: the services that can have sessions."""

    services: Mapping[str, str]
    places: Mapping[str, str]
    bookable: Sequence[str]

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

    @property
    def secure(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def link(request: Request, name: str, /, query: Mapping[str, object] | None = None, **path: object) -> str:
    """The address of a page by its name, under wherever the pages are mounted. Empty query values go."""
    base = request.scope.get("root_path", "") + str(request.app.url_path_for(name, **path))
    filled = {key: value for key, value in (query or {}).items() if value not in ("", None)}
    return f"{base}?{urlencode(filled)}" if filled else base


def own_path(request: Request) -> str:
    """This page's path and query, without the mount: what a log-in comes back to."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


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
