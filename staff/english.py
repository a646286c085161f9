"""The words and dates that staff read: short, plain English, London time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.languages import ENGLISH

LONDON = ZoneInfo("Europe/London")

CHANNELS = {"sms": "SMS", "telegram": "Telegram", "try": "try-out page", "console": "terminal"}
STATES = {  # of a booking: the word on the page, the colour of its tag
    "requested": ("Waiting for us", "govuk-tag--yellow"),
    "approved": ("Approved", "govuk-tag--green"),
    "declined": ("Declined", "govuk-tag--grey"),
    "offered": ("Other time offered", "govuk-tag--light-blue"),
    "waitlisted": ("Waiting list", "govuk-tag--purple"),
    "expired": ("Ran out", "govuk-tag--grey"),
    "cancelled_by_person": ("Cancelled by the person", "govuk-tag--grey"),
    "cancelled_by_staff": ("Cancelled by staff", "govuk-tag--grey"),
    "attended": ("Came", "govuk-tag--green"),
    "no_show": ("Did not come", "govuk-tag--orange"),
}
HANDLED = {  # "Already … by Sam at 10:42"
    "requested": "asked for",
    "approved": "approved",
    "declined": "declined",
    "offered": "offered another time",
    "waitlisted": "put on the waiting list",
    "expired": "closed because its time ran out",
    "cancelled_by_person": "cancelled",
    "cancelled_by_staff": "cancelled",
    "attended": "marked as came",
    "no_show": "marked as did not come",
    "done": "done",  # a task
    "held": "taken on",
    "taken_over": "taken over",  # a conversation
    "handed_back": "handed back to the desk",
    "answered": "answered",
    "taught": "taught",  # a message that was not understood
    "dropped": "left out",
    "reviewed": "approved",  # a translation
    "draft": "changed",
    "removed": "removed",  # an outlet
    "edited": "changed",  # an announcement
    "translated": "given other words",
    "ready": "made ready",
    "sending": "started",
    "paused": "paused",
    "went_on": "set going again",
    "put_back": "put back, because the group has grown",
    "stopped": "stopped",
    "moved": "moved to another time",  # a session
    "lifted": "opened again",  # a closed day
    "disabled": "closed",  # an account
    "enabled": "opened again",
    "changed": "changed",
    "reset": "reset",
    "confirmed": "confirmed",  # a fact
    "corrected": "corrected",
    "taken_out": "taken out",
    "file": "set to what the file says",
}
TEXT_STATES = {  # of a translation: the word on the page, the colour of its tag
    "stale": ("English changed", "govuk-tag--orange"),
    "missing": ("Missing", "govuk-tag--red"),
    "draft": ("Draft", "govuk-tag--yellow"),
    "reviewed": ("Reviewed", "govuk-tag--green"),
}
REASONS = {  # ready-made; flows/notices.py has what the person reads in their language
    "full": "The session is full",
    "not_right_service": "Another service can help better",
    "staff_away": "The staff member is away",
    "room": "The room is not free",
    "closed": "The library is closed that day",
}
OWN_WORDS = "other"
TASKS = {
    "emergency": "Emergency",
    "callback": "Wants to talk to a person",
    "reply_wanted": "Waits for your answer",
    "data_request": "Asks about their data",
    "message_unsure": "A message may not have arrived",
    "undelivered": "A message did not arrive",
    "message_differs": "A message came twice, with different words",
    "unanswered": "A question the desk could not answer",
    "unconfirmed_fact": "A fact to confirm",
    "feedback": "Feedback",
    "opt_out": "Wants no more messages",
}
MEANINGS = {  # what a message may mean (nlu/labels.py), in the words of a library
    "join_library": "Join the library, library card",
    "opening_hours": "When a library is open, where it is",
    "borrow_books": "Borrow, renew or return books",
    "computers_printing": "Computers, internet, printing",
    "citizenship_practice": "About citizenship practice",
    "driving_theory": "About the driving theory group",
    "form_help": "About help with forms and letters",
    "work_coach": "About work coaches, looking for work",
    "it_sessions": "About computer lessons",
    "mother_baby_group": "About the mothers and babies group",
    "befriending_group": "Meet people, lonely",
    "english_classes": "Learn English",
    "volunteering": "Volunteer, work experience",
    "children_events": "Something for children",
    "book_session": "Book a place (no service named)",
    "book_session+work_coach": "Book: work coach",
    "book_session+citizenship_practice": "Book: citizenship practice",
    "book_session+driving_theory": "Book: driving theory",
    "book_session+form_help": "Book: help with forms",
    "book_session+it_sessions": "Book: computer lessons",
    "book_session+mother_baby_group": "Book: mothers and babies",
    "my_bookings": "Asks about their bookings",
    "cancel_booking": "Cancel a booking",
    "change_booking": "Change a booking",
    "subscribe_reminders": "Wants reminders",
    "stop_messages": "Wants no more messages",
    "advice_immigration": "Asylum, visa, solicitor",
    "advice_housing": "Housing",
    "health_help": "Doctor, health",
    "talk_to_human": "Talk to a person",
    "change_language": "Another language",
    "privacy": "What happens with their information",
    "delete_my_data": "Delete their information",
    "feedback": "Praise or complaint",
    "emergency": "Emergency: danger now",
    "greet": "Hello",
    "thank_bye": "Thanks, goodbye",
    "menu": "What can you do, help",
    "affirm": "Yes",
    "deny": "No",
    "out_of_scope": "Nothing we offer, or nonsense",
}
OUTLETS = {  # kinds of places where posters hang (store/outlets.py)
    "library": "Library",
    "partner": "Partner organisation",
    "community": "Community centre or group",
    "learning": "School, college, nursery",
    "health": "Doctor, clinic, pharmacy",
    "worship": "Place of worship",
    "shop": "Shop or café",
    "other": "Somewhere else",
}
BROADCAST_STATES = {  # of an announcement: the word on the page, the colour of its tag
    "draft": ("Draft", "govuk-tag--yellow"),
    "ready": ("Ready", "govuk-tag--light-blue"),
    "sending": ("Being sent", "govuk-tag--green"),
    "paused": ("Paused", "govuk-tag--orange"),
    "stopped": ("Stopped", "govuk-tag--grey"),
    "done": ("Sent", "govuk-tag--grey"),
}
BROADCAST_LEFT_OUT = {  # why somebody of the group gets nothing
    "opted_out": "asked for no more messages",
    "unreachable": "cannot be reached any more",
    "no_text": "read a language that you leave out",
    "erased": "had everything about them deleted",
}
BROADCAST_TEXTS = {  # what people of a language read
    "reviewed": "Their language, checked",
    "machine": "Their language, by a machine, marked",
    "english": "English, with a line in their language",
    "left_out": "Nothing",
}
BROADCAST_GROUPS = {
    "either": "Who gets its weekly reminder, or has a coming place",
    "subscribed": "Who gets its weekly reminder",
    "booked": "Who has a coming place",
}
MESSAGE_STATES = {  # of a message to a person: the words on the page
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "sent": "Sent",
    "delivered": "Arrived",
    "unsure": "It may not have arrived",
    "failed": "Did not arrive",
    "dropped": "Not sent",
}
NOT_SENT = {  # why a message was dropped, or did not arrive
    "too_late": "it was too late for it",
    "opted_out": "the person asked for no more messages",
    "unreachable": "messages do not reach this person any more",
    "unsubscribed": "the person does not want this reminder any more",
    "no_longer": "it was not right for this person any more",
    "stopped": "staff stopped it",
    "nothing_to_say": "there was nothing left to say",
    "lost": "the desk stopped in the middle of sending",
    "no_answer": "the telephone company did not answer",
    "not_listed": "the telephone company does not have it",
    "21211": "the number is not right",
    "21408": "we may not send to that country",
    "21610": "the person asked for no more messages",
    "21614": "the number takes no SMS",
    "30003": "the phone is off or out of reach",
    "30004": "the phone blocks our messages",
    "30005": "there is no such number any more",
    "30006": "the number takes no SMS",
    "30007": "the telephone company took it for spam",
    "30008": "the telephone company does not say why",
}
REPEATS = {  # how often a session takes place (store/sessions.py)
    "weekly": "Every week",
    "fortnightly": "Every two weeks",
    "first": "The first one of every month",
    "second": "The second one of every month",
    "third": "The third one of every month",
    "fourth": "The fourth one of every month",
    "last": "The last one of every month",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ROLES = {"viewer": "Viewer", "librarian": "Librarian", "manager": "Manager", "admin": "Administrator"}


def local(moment: datetime) -> datetime:
    """The moment in London wall time."""
    return moment.astimezone(LONDON)


def day(value: date | datetime, now: datetime) -> str:
    """Such as "Tue 24 Nov"; with the year when it is not this year's."""
    value = local(value).date() if isinstance(value, datetime) else value
    text = f"{value:%a} {value.day} {value:%b}"
    return text if value.year == local(now).year else f"{text} {value.year}"


def clock(value: datetime) -> str:
    """Such as "10:00"."""
    return f"{local(value):%H:%M}"


def when(value: datetime, now: datetime) -> str:
    """Such as "Tue 24 Nov, 10:00"."""
    return f"{day(value, now)}, {clock(value)}"


def at(value: datetime, now: datetime) -> str:
    """For something that happened: "10:42" today, else "Tue 24 Nov, 10:42"."""
    return clock(value) if local(value).date() == local(now).date() else when(value, now)


def rhythm(repeat: str, weekday: int) -> str:
    """Such as "Every Tuesday", "Every two weeks on Tuesday", "The first Tuesday of every month"."""
    day = WEEKDAYS[weekday]
    if repeat == "weekly":
        return f"Every {day}"
    if repeat == "fortnightly":
        return f"{REPEATS[repeat]} on {day}"
    return REPEATS[repeat].replace("one", day)


def count(number: int, one: str, many: str = "") -> str:
    """Such as "1 place", "3 places"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lasting(length: timedelta) -> str:
    """Such as "5 minutes", "3 hours", "1 day": one unit, rounded down; or "less than a minute"."""
    minutes = int(length.total_seconds()) // 60
    for size, unit in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return count(minutes // size, unit)
    return "less than a minute"


def places_left(capacity: int, taken: int) -> str:
    """Such as "3 of 4 places left", "Full"."""
    free = capacity - taken
    return f"{free} of {count(capacity, 'place')} left" if free > 0 else "Full"


def language(code: str | None) -> str:
    """The English name of a language code; an unknown one as it stands."""
    return ENGLISH.get(code, code) if code else "Not known yet"


def channel(code: str) -> str:
    return CHANNELS.get(code, code)


def not_sent(reason: str) -> str:
    """Why a message did not arrive, in words; a provider's code that we do not know as it stands."""
    return NOT_SENT.get(reason) or (f"error {reason}" if reason else "nobody knows why")


def unslug(text: str) -> str:
    """An id in words, for what has no name of its own: "work_coach.times" → "Work coach: times"."""
    head, _, rest = text.replace("_", " ").replace("-", " ").partition(".")
    return head.capitalize() + (f": {rest.replace('.', ' ')}" if rest else "")
