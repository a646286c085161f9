"""What the desk can do: two short pages."""

from collections.abc import Sequence

from flows.context import Context
from flows.intents import go, line
from flows.message import Option
from flows.questions import End, Flow, Result
from flows.state import Answers
from flows.values import Say

FIRST = (
    "join_library",
    "book_session",
    "work_coach",
    "form_help",
    "english_classes",
    "my_bookings",
    "talk_to_human",
)
SECOND = ("citizenship_practice", "driving_theory", "it_sessions", "computers_printing", "borrow_books")
SECOND_LAST = ("opening_hours", "subscribe_reminders", "change_language")


def first_page(ctx: Context) -> tuple[Option, ...]:
    return (*lines(ctx, FIRST), line(go("menu_more")))


def lines(ctx: Context, intents: Sequence[str]) -> tuple[Option, ...]:
    """The lines; "Language" is also said in English, for somebody who cannot read the rest."""
    both = (Say("intent.change_language"), "Language")
    return tuple(
        Option(go(intent), both)
        if intent == "change_language" and ctx.person.language != "en"
        else line(go(intent))
        for intent in intents
    )


def finish(ctx: Context, _a: Answers) -> Result:
    return End("page", follow=first_page(ctx), insist=True)


def finish_more(ctx: Context, _a: Answers) -> Result:
    card = ("card",) if ctx.person.channel != "sms" else ()  # there the line would cost a further message
    return End("page", follow=lines(ctx, (*SECOND, *SECOND_LAST, *card)), insist=True)


flow = Flow("menu", finish=finish, texts={"page": "How can we help?"})
more = Flow("menu_more", finish=finish_more, texts={"page": "We also help with:"})
