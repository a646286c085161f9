"""Every table, a file for each subject: people, messages, sessions, bookings, reminders, work of staff, staff.

Moments are aware and in UTC (`datetime`); weekly rules are kept in London wall time (`date`, `time`).
Nothing here has a field for status, nationality, religion or a case number, and none may be added.
"""

from store.base import Base
from store.models.bookings import Booking
from store.models.broadcasts import Broadcast, BroadcastText, OwnPhone
from store.models.facts import FactChange
from store.models.messages import InboxRow, OutboxRow, Pace, Receipt
from store.models.people import Contact, Conversation, Subscription
from store.models.reminders import Mailing, Rating, ReminderSchedule
from store.models.sessions import Closure, Occurrence, Place, SessionException, WalkIn, WeeklySession
from store.models.staff import (
    Account,
    Audit,
    AuditHorizon,
    Canary,
    HalfLogIn,
    Invitation,
    LoginFailure,
    RecoveryCode,
    StaffSession,
)
from store.models.talks import Talk, TalkNote, TaskHold
from store.models.telling import Feed, FeedEvent, Listener, Notice, Noticed, Wish
from store.models.work import Lesson, Outlet, Task, Translation

__all__ = [
    "Account",
    "Audit",
    "AuditHorizon",
    "Booking",
    "Broadcast",
    "BroadcastText",
    "Canary",
    "Closure",
    "Contact",
    "Conversation",
    "FactChange",
    "Feed",
    "FeedEvent",
    "HalfLogIn",
    "InboxRow",
    "Invitation",
    "Lesson",
    "Listener",
    "LoginFailure",
    "Mailing",
    "Notice",
    "Noticed",
    "Occurrence",
    "OutboxRow",
    "Outlet",
    "OwnPhone",
    "Pace",
    "Place",
    "Rating",
    "Receipt",
    "RecoveryCode",
    "ReminderSchedule",
    "SessionException",
    "StaffSession",
    "Subscription",
    "Talk",
    "TalkNote",
    "Task",
    "TaskHold",
    "Translation",
    "WalkIn",
    "WeeklySession",
    "Wish",
]

# SQLite would give a deleted row's id to the next one; ids here stand in audit rows and callback addresses.
for _table in Base.metadata.tables.values():
    _table.dialect_options["sqlite"]["autoincrement"] = True
