"""Move a booking to another session of the same service."""

from collections.abc import Sequence

from flows import fitting
from flows.cancel import bookings, none
from flows.context import BookingView, Closed, Context, Full
from flows.intents import go
from flows.message import Option
from flows.questions import Choose, End, Fit, Flow, Reask, Result
from flows.state import Answers
from flows.values import Name, When
from flows.wishes import Wishes


def booking_of(ctx: Context, a: Answers) -> BookingView | None:
    return next((each for each in ctx.diary.bookings() if str(each.id) == str(a.get("booking"))), None)


def other_sessions(ctx: Context, a: Answers) -> list[Option]:
    booking = booking_of(ctx, a)
    if booking is None:
        return []
    now = (booking.start, booking.place)
    return [
        Option(str(each.id), (When(each.start), Name("place", each.place)))
        for each in ctx.diary.open_sessions(booking.service)
        if each.free > 0 and (each.start, each.place) != now
    ]


def wished_session(ctx: Context, a: Answers, wishes: Wishes, options: Sequence[Option]) -> Fit | None:
    """By library, day and time; what the message says of the booking as it is, is no wish."""
    booking = booking_of(ctx, a)
    if booking is None:
        return None
    other = wishes.but_not(booking.start, booking.place, ctx.now)
    views = ctx.diary.open_sessions(booking.service)
    if not other:
        return None
    place = other.places[0] if len(other.places) == 1 else None
    lines = fitting.lines(views, options)
    return fitting.anywhere(other, lines, ctx.now, lambda day: ctx.diary.day_off(day, place))


def no_other(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", str(a.get("booking", "")))
    return End("no_other")


def finish(ctx: Context, a: Answers) -> Result:
    if a["sure"] == "no":
        return End("kept")
    try:
        booking = ctx.diary.change(int(a["booking"]), int(a["session"]))
    except Full:
        return Reask("session", because="gone")
    except Closed:
        return End("too_late", follow=(go("talk_to_human"),))
    return End("done", reference=booking.reference)


flow = Flow(
    "change",
    finish=finish,
    questions=[
        Choose("booking", "Which booking do you want to move?", bookings, only=True, empty=none),
        Choose(
            "session",
            "{booking}. Which new time?",
            other_sessions,
            empty=no_other,
            fit=wished_session,
            about=("place", "when"),
        ),
        Choose(
            "sure",
            "New time: {session}. Ask for it?",
            {"yes": "Yes, ask for it", "no": "No, keep the old one"},
        ),
    ],
    texts={
        "kept": "OK. Nothing has changed.",
        "done": "We have asked for the new time. Reference {reference}. We text you when staff confirm.",
        "gone": "Sorry, that place has just gone.",
        "unknown_library": "We do not know that library. These are open:",
        "not_there": "No dates are open at {library}. The others:",
        "no_day": "Nothing on {day}. The nearest dates:",
        "closed_day": "Closed on {day}. The nearest dates:",
        "bank_holiday": "Bank holiday: {day}. The nearest dates:",
        "no_time": "Nothing at that time. The next ones:",
        "day_over": "{day} is over. The next ones:",
        "no_other": "No other time is open now. You keep your place. "
        "We have told library staff. They will write to you.",
        "too_late": "This booking can no longer be moved. A person can help.",
    },
)
