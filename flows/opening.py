"""When a library is open and where it is: only what staff have confirmed; else they are asked to."""

from flows.context import Context, PlaceView
from flows.intents import go
from flows.message import Option
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, Say


def confirmed(ctx: Context) -> list[PlaceView]:
    return [place for place in ctx.knowledge.places() if place.hours or place.address]


def some_are_confirmed(ctx: Context, _a: Answers) -> bool:
    return bool(confirmed(ctx))


def libraries(ctx: Context, _a: Answers) -> list[Option]:
    return [Option(place.id, Name("place", place.id)) for place in ctx.knowledge.places()]


def finish(ctx: Context, a: Answers) -> Result:
    place = next((place for place in confirmed(ctx) if place.id == a.get("place")), None)
    if place is None:
        ctx.file_once("unconfirmed_fact", str(a.get("place", "opening_hours")))
        return End("not_confirmed", follow=(go("talk_to_human"), go("menu")))
    known = (place.address, place.hours)
    return End("known", facts=tuple((Say(fact.key),) for fact in known if fact))


flow = Flow(
    "opening",
    finish=finish,
    questions=[Choose("place", "Which library?", libraries, when=some_are_confirmed)],
    texts={
        "known": "{place}\n{facts}",
        "not_confirmed": "Opening times and addresses are not confirmed yet. "
        "Library staff will tell you here.",
    },
)
