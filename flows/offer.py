"""Staff offer another time, or a place has become free: take it or not. Staff open this, with answers
{"booking": id}."""

from flows.context import BookingView, Closed, Context
from flows.intents import go
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, Value, When


def offered(ctx: Context, a: Answers) -> BookingView | None:
    return next((each for each in ctx.diary.bookings() if str(each.id) == str(a.get("booking"))), None)


def still_there(ctx: Context, a: Answers) -> bool:
    return offered(ctx, a) is not None


def slots(ctx: Context, a: Answers) -> dict[str, Value]:
    booking = offered(ctx, a)
    if booking is None:
        return {}
    return {
        "service": Name("service", booking.service),
        "when": When(booking.offered_start or booking.start),
        "place": Name("place", booking.offered_place or booking.place),
    }


def finish(ctx: Context, a: Answers) -> Result:
    if "take" not in a:
        return End("late", follow=(go("book_session"),))
    try:
        booking = ctx.diary.answer_offer(int(a["booking"]), a["take"] == "yes")
    except Closed:
        return End("late", follow=(go("book_session"),))
    return End("taken", reference=booking.reference) if a["take"] == "yes" else End("not_taken")


flow = Flow(
    "offer",
    finish=finish,
    slots=slots,
    questions=[
        Choose(
            "take",
            "{service}: we can offer you {when}, {place}. Take this place?",
            {"yes": "Yes, I take it", "no": "No, thank you"},
            when=still_there,
        ),
    ],
    resume="Back to our offer:",
    texts={
        "taken": "The place is yours. Your reference is {reference}.",
        "not_taken": "OK. Somebody else can have it.",
        "late": "Sorry, this offer is over.",
    },
)
