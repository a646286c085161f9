"""Book a place. Staff approve every request. Of what the first message says, nothing is asked again."""

from collections.abc import Sequence

from flows import answers, fitting
from flows.context import Closed, Context, Full, SessionView
from flows.message import Option
from flows.questions import Ask, Choose, End, Fit, Flow, Reask, Result
from flows.state import Answers
from flows.values import Name, Say, Value, When
from flows.wishes import Wishes

NAME_LETTERS = 40
NAME_WORDS = 3
NOT_IN_A_NAME = answers.QUESTION_MARKS + "\n"


def bookable_services(ctx: Context, _a: Answers) -> list[Option]:
    return [
        Option(service.id, Name("service", service.id))
        for service in ctx.knowledge.services()
        if service.bookable and service.status == "active"
    ]


def places(ctx: Context, a: Answers) -> list[Option]:
    """The libraries with open sessions; the person's own first."""
    ids = list(dict.fromkeys(each.place for each in ctx.diary.open_sessions(str(a["service"]))))
    ids.sort(key=lambda id_: id_ != ctx.person.place)
    return [Option(id_, Name("place", id_)) for id_ in ids]


def sessions(ctx: Context, a: Answers) -> list[Option]:
    return [
        Option(str(each.id), (When(each.start), Say("book.full")) if each.free <= 0 else When(each.start))
        for each in ctx.diary.open_sessions(str(a["service"]), str(a["place"]))
    ]


def wished_place(ctx: Context, a: Answers, wishes: Wishes, options: Sequence[Option]) -> Fit | None:
    """By the library that was named; else those where the wished day and time are open come first."""
    fit = fitting.places(wishes, options)
    if fit is not None or not wishes.about("when"):
        return fit
    then = {each.place for each in ctx.diary.open_sessions(str(a["service"])) if wishes.fits(each.start)}
    return Fit(sorted(options, key=lambda option: option.id not in then))


def wished_session(ctx: Context, a: Answers, wishes: Wishes, options: Sequence[Option]) -> Fit | None:
    """By day and time."""
    if not wishes.about("when"):
        return None
    views = ctx.diary.open_sessions(str(a["service"]), str(a["place"]))
    place = str(a["place"])
    return fitting.times(
        wishes, fitting.lines(views, options), ctx.now, lambda day: ctx.diary.day_off(day, place)
    )


def chosen(ctx: Context, a: Answers) -> SessionView | None:
    if "session" not in a:
        return None
    open_now = ctx.diary.open_sessions(str(a["service"]))
    return next((each for each in open_now if str(each.id) == a.get("session")), None)


def is_full(ctx: Context, a: Answers) -> bool:
    """Whether to offer the waiting list. One that fills up while the person says yes: see `finish`."""
    session = chosen(ctx, a)
    return "sure" not in a and session is not None and session.free <= 0


def has_room(ctx: Context, a: Answers) -> bool:
    return not is_full(ctx, a)


def slots(ctx: Context, a: Answers) -> dict[str, Value]:
    session = chosen(ctx, a)
    return {"session": When(session.start)} if session else {}


def first_name(text: str) -> str | None:
    """What to call the person: 1 to 3 words, at most 40 characters, some of them letters."""
    name = " ".join(text.split())
    if not any(c.isalpha() for c in name) or any(c in NOT_IN_A_NAME for c in text):
        return None
    if answers.is_no_name(name):
        return None
    return name if len(name) <= NAME_LETTERS and len(name.split()) <= NAME_WORDS else None


def known_name(ctx: Context, _a: Answers) -> str | None:
    return ctx.person.name


def nothing_open(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", str(a.get("service", "")))
    return End("nothing_open")


def finish(ctx: Context, a: Answers) -> Result:
    if "no" in (a.get("sure"), a.get("wait")):
        return End("not_booked")
    session, name = int(a["session"]), str(a["name"])
    try:
        if a.get("wait") == "yes":
            return End("waiting", reference=ctx.diary.join_waiting_list(session, name).reference)
        return End("requested", reference=ctx.diary.request(session, name).reference)
    except Full:
        return Reask("session", because="gone")
    except Closed:
        return Reask("session", because="closed")


flow = Flow(
    "book",
    finish=finish,
    slots=slots,
    questions=[
        Choose("service", "What would you like to book?", bookable_services, empty=nothing_open, page=6),
        Choose(
            "place",
            "{service}. Which library?",
            places,
            only=True,
            empty=nothing_open,
            fit=wished_place,
            about=("place",),
        ),
        Choose(
            "session",
            "{service}, {place}. When suits you?",
            sessions,
            empty=nothing_open,
            fit=wished_session,
            about=("when",),
        ),
        Ask(
            "name",
            "What first name should we use?",
            check=first_name,
            again="Please write only a first name.",
            suggest=known_name,
            keep=True,
        ),
        Choose(
            "sure",
            "{service}, {session}, {place}. Ask for this place?",
            {"yes": "Yes, ask for it", "no": "No"},
            when=has_room,
        ),
        Choose(
            "wait",
            "{service}, {session}: full. Wait for a free place?",
            {"yes": "Yes, put me on the list", "no": "No"},
            when=is_full,
        ),
    ],
    resume="Back to your booking:",
    texts={
        "full": "full, waiting list",
        "unknown_library": "We do not know that library. Did you mean one of these?",
        "not_there": "{service}: no dates are open at {library}. Other libraries:",
        "no_day": "{service}, {place}: nothing on {day}. The nearest dates:",
        "closed_day": "{service}, {place}: closed on {day}. The nearest dates:",
        "bank_holiday": "Bank holiday: {day}. {service}, {place}, the nearest dates:",
        "no_time": "{service}, {place}: nothing at that time. The next ones:",
        "day_over": "{service}, {place}: {day} is over. The next ones:",
        "requested": "We have asked for it. Your reference is {reference}. We text you when staff confirm.",
        "waiting": "You are on the waiting list. Your reference is {reference}. "
        "We text you if a place is free.",
        "gone": "Sorry, that place has just gone.",
        "closed": "Sorry, that one is closed now.",
        "not_booked": "OK. Nothing is booked.",
        "nothing_open": "{service}: no dates are open to book now. We have told library staff. "
        "They will write to you here.",
    },
)
