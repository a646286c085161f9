"""Give up a booking: which one, then sure."""

from flows.context import BookingView, Closed, Context
from flows.intents import go
from flows.message import Option
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, When


def bookings(ctx: Context, _a: Answers) -> list[Option]:
    return [option(booking) for booking in ctx.diary.bookings()]


def option(booking: BookingView) -> Option:
    """A booking as a line to choose."""
    return Option(str(booking.id), (Name("service", booking.service), When(booking.start)))


def none(_ctx: Context, _a: Answers) -> Result:
    return End("mine.none", follow=(go("book_session"), go("menu")))


def finish(ctx: Context, a: Answers) -> Result:
    if a["sure"] == "no":
        return End("kept")
    try:
        booking = ctx.diary.cancel(int(a["booking"]))
    except Closed:
        return End("too_late", follow=(go("talk_to_human"),))
    return End("done", reference=booking.reference)


flow = Flow(
    "cancel",
    finish=finish,
    questions=[
        Choose("booking", "Which booking do you want to give up?", bookings, only=True, empty=none),
        Choose("sure", "{booking}. Give up this place?", {"yes": "Yes, give it up", "no": "No, keep it"}),
    ],
    texts={
        "kept": "OK. You keep your place.",
        "done": "Done. {booking} is no longer booked. Reference {reference}.",
        "too_late": "This booking is already over. A person can help.",
    },
)
