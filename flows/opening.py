"""When a library is open and where it is: only what staff have confirmed; else they are asked to."""

from collections.abc import Sequence

from flows import fitting
from flows.context import Context, PlaceView
from flows.intents import go
from flows.message import Message, Option
from flows.questions import Choose, Fit, Flow, Result
from flows.service import ending
from flows.state import Answers
from flows.values import Day, Name, Say, Text, Value
from flows.wishes import Wishes, wall


def confirmed(ctx: Context) -> list[PlaceView]:
    return [place for place in ctx.knowledge.places() if place.hours or place.address or place.closed]


def some_are_confirmed(ctx: Context, _a: Answers) -> bool:
    return bool(confirmed(ctx))


def libraries(ctx: Context, _a: Answers) -> list[Option]:
    return [Option(place.id, Name("place", place.id)) for place in ctx.knowledge.places()]


def named(_ctx: Context, _a: Answers, wishes: Wishes, options: Sequence[Option]) -> Fit | None:
    """The library that the person names is not asked for; one that is like it comes first."""
    fit = fitting.places(wishes, options)
    return Fit(fit.options, taken=fit.taken) if fit else None


def told(place: PlaceView | None) -> Message:
    """What is said of a library; the last line of its facts says what of it nobody has confirmed."""
    if place is None or not (place.hours or place.address or place.closed):
        return Message("opening.not_confirmed")
    if place.closed:
        return Message("opening.closed", {"place": Name("place", place.id)})
    lines: list[Value] = [(Text(place.address),)] if place.address else []
    lines += [(Text(place.phone),)] if place.phone else []
    lines += [(each,) for each in place.hours]
    lines += [(Say(f"opening.{each}"),) for each in open_of(place)]
    return Message("opening.known", {"place": Name("place", place.id), "facts": tuple(lines)})


def open_of(place: PlaceView) -> list[str]:
    """What people ask of a library and nobody has confirmed: the names of the texts that say so."""
    known = {"no_address": bool(place.address), "no_hours": bool(place.hours)}
    return [] if place.closed else [name for name, is_known in known.items() if not is_known]


def today(ctx: Context, place: PlaceView | None, asked: str | None, message: Message) -> Message:
    """The same message, if it is an ordinary day; else with the word that the library is closed today, or that it is
    a bank holiday. `asked`: the library that is meant; None: any."""
    day = wall(ctx.now).date()
    why = "" if place is not None and place.closed else ctx.diary.day_off(day, asked)
    if why and place is not None:
        facts = message.values["facts"]
        lines = facts if isinstance(facts, tuple) else (facts,)
        return Message(message.key, {**message.values, "facts": ((Say(f"opening.{why}_today"),), *lines)})
    if why != "closed":
        return message
    if asked is None:
        return Message("opening.all_off", {"day": Day(day)})
    return Message("opening.off", {"place": Name("place", asked), "day": Day(day)})


def finish(ctx: Context, a: Answers) -> Result:
    place = next((place for place in confirmed(ctx) if place.id == a.get("place")), None)
    asked = str(a["place"]) if "place" in a else ctx.person.place
    message = today(ctx, place, asked, told(place))
    if place is None or open_of(place):
        ctx.file_once("unconfirmed_fact", str(a.get("place", "opening_hours")))
    follow = (go("talk_to_human"), go("menu")) if place is None else ()
    return ending(message, follow)


flow = Flow(
    "opening",
    finish=finish,
    questions=[
        Choose("place", "Which library?", libraries, when=some_are_confirmed, fit=named, about=("place",))
    ],
    texts={
        "known": "{place}\n{facts}",
        "closed": "{place} is closed at the moment.",
        "closed_today": "Closed today.",
        "bank_holiday_today": "Today is a bank holiday: times may differ.",
        "off": "{place} is closed today, {day}.",
        "all_off": "All libraries are closed today, {day}.",
        "no_address": "The address is not confirmed. Staff will tell you.",
        "no_hours": "Opening times are not confirmed. Staff will tell you.",
        "not_confirmed": "Opening times and addresses are not confirmed yet. "
        "Library staff will tell you here.",
    },
)
