"""Requests: the queue, and one request with everything needed to decide."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import english, guard, reading, threads
from staff.desk import link
from staff.forms import Faults, Wrong, reason_of, version_of
from staff.reading import SHOWN, Page, Queue
from staff.told import DONE, told
from staff.visit import Visit, enter
from store import bookings, sessions
from store.errors import AlreadyHandled, Closed, Full, NotAllowed
from store.models import Booking
from store.sessions import OpenSession
from store.transitions import State, allowed

router = APIRouter()


class Slot(NamedTuple):
    """A session as a row of the queue shows it: in words, `starts` as HTML wants it."""

    wants: str
    starts: str
    when: str
    place: str
    left: str


class Line(NamedTuple):
    """A row of the queue, ready to be set: many on a page, so nothing is worked out in the template."""

    name: str
    language: str | None
    details: str
    reference: str
    slot: Slot
    state: str
    waiting: str
    address: str


OFFERS = 40  # sessions to choose from
DECISIONS = {  # what staff can do from which state (store/transitions.py has the last word), most usual first
    State.REQUESTED: ("approve", "offer", "decline"),
    State.OFFERED: ("approve", "cancel"),
    State.WAITLISTED: ("offer", "cancel"),
    State.APPROVED: ("cancel",),
}


@router.get("/requests", name="requests")
def queue(
    request: Request,
    *,
    place: str = "",
    service: str = "",
    show: str = "waiting",
    page: guard.MaybeId = 1,
    after: guard.MaybeId = 0,
) -> Response:
    """Oldest first, by library, service and state. `after`: the booking that was just decided."""
    with enter(request) as visit:
        which = _which(visit, place, service, show)
        shown = reading.queue(visit.session, which, page)
        return visit.page(
            "requests.html",
            here="requests",
            which=which,
            shows=SHOWN,
            show_items=[(key, words) for key, (words, _) in SHOWN.items()],
            page=shown,
            lines=_lines(visit, which, shown),
            filters=_filters(which),
            places=visit.my_places(),
            services=visit.services(),
            decided=_decided(visit, after),
        )


def _lines(visit: Visit, which: Queue, shown: Page) -> list[Line]:
    """The rows in words. People share sessions, so each session is put in words once."""
    slots = {
        each.id: Slot(
            visit.desk.names.service(each.service),
            each.start.isoformat(),
            english.when(each.start, visit.now),
            visit.desk.names.place(each.place_id),
            english.places_left(each.capacity, shown.taken.get(each.id, 0)),
        )
        for each in {row.occurrence for row in shown.rows}
    }
    back = {"place": which.place, "service": which.service}
    return [
        Line(
            clean(row.name),
            row.contact.language if row.contact else None,
            f"{english.language(row.contact.language)} · {english.channel(row.contact.channel)} · "
            if row.contact
            else "",
            row.reference,
            slots[row.occurrence_id],
            row.state,
            english.lasting(visit.now - row.created_at),
            link(visit.request, "request", back, booking_id=row.id),
        )
        for row in shown.rows
    ]


@router.get("/requests/{booking_id:int}", name="request")
def one(
    request: Request, booking_id: guard.Id, place: str = "", service: str = "", after: guard.MaybeId = 0
) -> Response:
    """Everything needed to decide, and the forms of the decision."""
    with enter(request) as visit:
        return _page(visit, _booking(visit, booking_id), _which(visit, place, service), after=after)


@router.post("/requests/{booking_id:int}")
def decide(
    request: Request, booking_id: guard.Id, form: guard.Form, place: str = "", service: str = ""
) -> Response:
    """One decision; then the next request that waits, with a notice of what was done."""
    sent = {name: clean(value) for name, value in form.items()}
    title, status = "There is a problem", 422
    already: AlreadyHandled | None = None
    try:
        with enter(request, form, may="decide") as visit:
            booking = _booking(visit, booking_id)
            _decide(visit, booking, sent)
            which = _which(visit, place, service)
            following = reading.following(visit.session, which, booking)
            query = {**_filters(which), "after": booking_id}
            if following is None:
                return visit.go("requests", query)
            return visit.go("request", query, booking_id=following)
    except Wrong as wrong:
        faults = wrong.faults
    except Full:
        faults = [("session", "That session is full now. Choose another time.")]
    except Closed:
        faults = [("", "It is too late: the session has started or was cancelled. Nothing was changed.")]
    except NotAllowed:
        faults = [("", "That cannot be done with this request as it is now. Nothing was changed.")]
    except AlreadyHandled as handled:
        title, status, faults, already = "Somebody was faster", 409, [], handled
    with enter(request) as visit:
        if already is not None:
            faults = [("", visit.already(already))]
        booking = _booking(visit, booking_id)
        return _page(
            visit,
            booking,
            _which(visit, place, service),
            sent=sent,
            faults=faults,
            fault_title=title,
            status=status,
        )


def _decide(visit: Visit, booking: Booking, sent: Mapping[str, str]) -> None:
    """Carry out the form's decision. Raises Wrong, and what store.bookings.decide raises."""
    action = sent.get("do", "")
    version = version_of(sent)
    if action not in ("approve", "offer", "decline", "cancel") or version is None:
        raise Wrong(("", "Choose what to do."))
    chosen: int | None = None
    reason, note = None, None
    if action == "offer":
        offered = {str(each.occurrence.id) for each in _offers(visit, booking)}
        if not sent.get("session"):
            raise Wrong(("session", "Choose the time to offer."))
        if sent["session"] not in offered:
            raise Full(sent["session"])
        chosen = int(sent["session"])
    if action in ("decline", "cancel"):
        reason, note = reason_of(sent, action)
    bookings.decide(
        visit.session,
        booking.id,
        action,
        version=version,
        actor=visit.actor,
        now=visit.now,
        reason=reason,
        note=note,
        occurrence_id=chosen,
    )


def _booking(visit: Visit, booking_id: int) -> Booking:
    """Raises NotHere for none, and for another library's."""
    booking = reading.booking(visit.session, booking_id)
    if booking is None or not visit.sees(booking.occurrence.place_id):
        raise guard.NotHere("booking", booking_id)
    return booking


def _which(visit: Visit, place: str, service: str, show: str = "waiting") -> Queue:
    """The filters that make sense; others fall away."""
    return Queue(
        visit.places,
        visit.now,
        place if place in visit.my_places() else "",
        service if service in visit.desk.names.services else "",
        show if show in SHOWN else "waiting",
    )


def _filters(which: Queue) -> dict[str, str]:
    show = "" if which.show == "waiting" else which.show
    return {"place": which.place, "service": which.service, "show": show}


def _decided(visit: Visit, booking_id: int) -> dict[str, object] | None:
    """What this member of staff has just decided, and what the person is told."""
    booking = reading.booking(visit.session, booking_id) if booking_id else None
    if booking is None or booking.changed_by != visit.actor or not visit.sees(booking.occurrence.place_id):
        return None
    return {
        "booking": booking,
        "done": DONE[booking.state],
        "told": told(visit.session, visit.desk.words, booking),
    }


def _offers(visit: Visit, booking: Booking) -> Sequence[OpenSession]:
    """Sessions of the same service with a free place, soonest first, in the libraries of this account.

    Without those in which the person has a booking already.
    """
    theirs = bookings.bookings_of(visit.session, booking.contact_id or 0, visit.now)
    taken = {booking.occurrence_id, *(each.occurrence_id for each in theirs)}
    found = sessions.open_occurrences(visit.session, booking.occurrence.service, None, visit.now)
    free = [
        each
        for each in found
        if each.free and each.occurrence.id not in taken and visit.sees(each.occurrence.place_id)
    ]
    return free[:OFFERS]


def _can(visit: Visit, booking: Booking) -> list[str]:
    """The decisions that this account can take on this booking now."""
    if not visit.may("decide"):
        return []
    able = []
    for action in DECISIONS.get(State(booking.state), ()):
        try:
            allowed(booking, bookings.ACTIONS[action], visit.actor, visit.now)
            able.append(action)
        except (Closed, NotAllowed):
            continue
    return able


def _page(
    visit: Visit,
    booking: Booking,
    which: Queue,
    *,
    after: int = 0,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "",
    status: int = 200,
) -> Response:
    session = visit.session
    able = _can(visit, booking)
    held = reading.taken(session, [booking.occurrence_id]).get(booking.occurrence_id, 0)
    history = reading.history(session, "booking", booking.id)
    return visit.page(
        "request.html",
        status=status,
        here="requests",
        booking=booking,
        places_line=_places_line(visit, booking, held),
        able=able,
        offers=_offers(visit, booking) if "offer" in able else [],
        messages=threads.last_words(session, booking.contact_id),
        earlier=reading.earlier(session, booking, visit.places),
        history=[
            (line.at, english.HANDLED.get(line.action.partition(".")[2], ""), line.actor) for line in history
        ],
        people=reading.account_names(session, {line.actor for line in history}),
        told=told(session, visit.desk.words, booking),
        decided=_decided(visit, after),
        filters=_filters(which),
        following=reading.following(session, which, booking),
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
    )


def _places_line(visit: Visit, booking: Booking, held: int) -> str:
    """Such as "8 places, 2 free. This request holds one."; and how many wait."""
    capacity = booking.occurrence.capacity
    free = "full" if held >= capacity else f"{capacity - held} free"
    line = f"{english.count(capacity, 'place')}, {free}"
    if booking.state == State.REQUESTED:
        line += ". This request holds one"
    if booking.seat is not None and booking.seat > capacity:
        line += ", one too many since the session was made smaller"
    waiting = reading.length(visit.session, Queue(None, visit.now, show="waitlist"), booking.occurrence_id)[0]
    return line + (f". {waiting} on the waiting list" if waiting else "")
