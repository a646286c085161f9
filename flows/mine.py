"""My bookings: what is booked, and whether staff have confirmed it."""

from flows.context import Context
from flows.intents import go
from flows.questions import End, Flow, Result
from flows.state import Answers
from flows.values import Name, Say, When

SHOWN = 3

STATES = {
    "requested": "waiting for staff",
    "approved": "confirmed",
    "offered": "another time is offered",
    "waitlisted": "on the waiting list",
}


def finish(ctx: Context, _a: Answers) -> Result:
    bookings = ctx.diary.bookings()
    if not bookings:
        return End("none", follow=(go("book_session"), go("menu"), go("card")))
    lines = tuple(
        (
            Name("service", each.service),
            When(each.start),
            Name("place", each.place),
            Say(f"state.{each.state}"),
        )
        if each.state in STATES
        else (Name("service", each.service), When(each.start), Name("place", each.place))
        for each in bookings[:SHOWN]
    )
    follow = (go("cancel_booking"), go("change_booking"), go("book_session"), go("card"))
    return End("list", bookings=lines, follow=follow)


flow = Flow(
    "mine",
    finish=finish,
    texts={"none": "You have no bookings.", "list": "Your bookings:\n{bookings}"},
)
