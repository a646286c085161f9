"""Every table, a file for each subject: people, messages, sessions, bookings, reminders, work of staff, staff.

Moments are aware and in UTC (`datetime`); weekly rules are kept in London wall time (`date`, `time`).
Nothing here has a field for status, nationality, religion or a case number, and none may be added.
"""

from store.base import Base
from store.models.bookings import Booking
from store.models.messages import InboxRow, OutboxRow, Receipt
from store.models.people import Contact, Conversation, Subscription
from store.models.reminders import ReminderOccurrence, ReminderSchedule
from store.models.sessions import Occurrence, Place, SessionException, WeeklySession
from store.models.staff import Account, Audit, Canary, LoginFailure, StaffSession
from store.models.work import Lesson, Outlet, Task, Translation

__all__ = [
    "Account",
    "Audit",
    "Booking",
    "Canary",
    "Contact",
    "Conversation",
    "InboxRow",
    "Lesson",
    "LoginFailure",
    "Occurrence",
    "OutboxRow",
    "Outlet",
    "Place",
    "Receipt",
    "ReminderOccurrence",
    "ReminderSchedule",
    "SessionException",
    "StaffSession",
    "Subscription",
    "Task",
    "Translation",
    "WeeklySession",
]

# SQLite would give a deleted row's id to the next one; ids here stand in audit rows and callback addresses.
for _table in Base.metadata.tables.values():
    _table.dialect_options["sqlite"]["autoincrement"] = True
