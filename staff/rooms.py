"""The rooms of the staff pages: what stands in the menu of every page, and what one press away under More."""

from collections.abc import Sequence
from dataclasses import dataclass

from store import accounts
from store.models import Account


@dataclass(frozen=True)
class Room:
    """`key`: what its pages call `here`; `page`: the name of its first page; `may`: a word of ROLES.

    `says`: a sentence for the page More; without one it stands in the menu of every page.
    """

    key: str
    words: str
    page: str
    says: str = ""
    may: str = "view"


MORE = Room("more", "More", "more")
ROOMS = (
    Room("today", "Today", "today"),
    Room("requests", "Requests", "requests"),
    Room("sessions", "Sessions", "sessions"),
    Room("messages", "Messages", "messages"),
    Room("tasks", "Tasks", "tasks"),
    Room("answers", "Answers", "answers"),
    Room("lessons", "Teach", "lessons", "Say what messages meant that the desk did not understand."),
    Room("texts", "Texts", "texts", "Read and approve what people are sent, in every language.", may="texts"),
    Room("reminders", "Reminders", "reminders", "When people are reminded of a service.", may="reminders"),
    Room("broadcasts", "Announcements", "broadcasts", "Write to many people at once.", may="broadcast"),
    Room("closures", "Closed days", "closures", "Christmas, a burst pipe: when a library is closed."),
    Room("posters", "Posters", "posters", "Posters and leaflets to print, and where they hang."),
    Room("telling", "What I am told", "telling", "E-mail about what waits, at once or when you choose."),
    Room("my_calendar", "My calendar", "my_calendar", "Your libraries' sessions in your own calendar."),
    Room("exports", "Exports", "exports", "Lists for a spreadsheet.", may="decide"),
    Room("people", "People", "people", "Who works here, what they may do, new log-ins.", may="accounts"),
    Room("audit", "Audit", "audit", "Who did what, and when.", may="audit"),
    Room("account", "My account", "account", "Your password, one-time codes, where you are logged in."),
)


def menu(account: Account | None) -> Sequence[Room]:
    """What stands in the menu of every page for this account."""
    return [] if account is None else [*(room for room in _mine(account) if not room.says), MORE]


def more(account: Account) -> Sequence[Room]:
    """What stands on the page More for this account."""
    return [room for room in _mine(account) if room.says]


def _mine(account: Account) -> Sequence[Room]:
    return [room for room in ROOMS if accounts.may(account, room.may)]
