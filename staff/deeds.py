"""What was done, in plain English: one phrase for every action that the audit knows (tests/staff/test_audit.py looks).

A phrase goes on after the name of who did it; {it} is the thing it was done to, with a link where it has a page.
"""

from collections.abc import Mapping

from staff import english
from store.models import Audit

DEEDS = {
    "access.refused": "tried to open {it}, which belongs to another library",
    "account.changed": "changed what {it} may do",
    "account.code_wrong": "gave a wrong one-time code for {it}",
    "account.codes_off": "turned one-time codes off for {it}",
    "account.codes_on": "turned one-time codes on for {it}",
    "account.codes_paper": "made new codes on paper for {it}",
    "account.council_bound": "logged in through the council for the first time, to {it}",
    "account.council_refused": "came from the council's log-in and was not let in: {it} is closed",
    "account.created": "made {it}",
    "account.disabled": "closed {it}",
    "account.enabled": "opened {it} again",
    "account.joined": "chose a password with a one-time link for {it}",
    "account.logged_in": "logged in to {it}",
    "account.logged_out": "logged out of {it}",
    "account.others_out": "logged out everywhere else from {it}",
    "account.password": "changed the password of {it}",
    "account.reset": "reset {it} and made a new one-time link",
    "booking.approved": "approved {it}",
    "booking.attended": "marked {it} as came",
    "booking.cancelled_by_person": "cancelled {it}",
    "booking.cancelled_by_staff": "cancelled {it} for the person",
    "booking.declined": "declined {it}",
    "booking.expired": "let {it} run out",
    "booking.moved": "moved {it} along with its session",
    "booking.no_show": "marked {it} as did not come",
    "booking.offered": "offered another time for {it}",
    "booking.requested": "made {it}",
    "booking.waitlisted": "put {it} on the waiting list",
    "broadcast.approved": "approved {it} that a colleague wrote",
    "broadcast.created": "began {it}",
    "broadcast.done": "finished sending {it}",
    "broadcast.draft": "changed {it}",
    "broadcast.held": "held {it} back: more people would get it than were said",
    "broadcast.paused": "paused {it}",
    "broadcast.ready": "made {it} ready",
    "broadcast.sending": "started sending {it}",
    "broadcast.stopped": "stopped {it}",
    "broadcast.went_on": "went on with {it}",
    "closure.added": "wrote down {it}",
    "closure.lifted": "took {it} back",
    "contact.erased": "had everything about them deleted ({it})",
    "export.taken": "took {it} away as a file",
    "fact.confirmed": "confirmed {it}",
    "fact.corrected": "corrected {it}",
    "fact.file": "brought {it} in from the files",
    "fact.folded": "took {it} into the files",
    "fact.taken_out": "took {it} out",
    "feed.ended": "ended a calendar address of {it}",
    "feed.made": "made a calendar address for {it}",
    "lesson.dropped": "left {it} out",
    "lesson.taught": "taught the desk what {it} meant",
    "message.again": "sent {it} again",
    "message.arrived": "noted that {it} arrived",
    "message.opened": "looked at the words of {it}",
    "note.removed": "removed a note about {it}",
    "note.written": "wrote a note about {it}",
    "outlet.added": "wrote down {it}",
    "outlet.removed": "wrote down that {it} is gone",
    "own_phone.code": "had a code sent to their own phone",
    "own_phone.found": "said which phone is their own",
    "reminder.around": "changed when {it} go out around a session",
    "reminder.scheduled": "changed when {it} go out",
    "session.added": "added {it}",
    "session.cancelled": "cancelled {it}",
    "session.capacity": "changed how many places {it} has",
    "session.changed": "changed {it}",
    "session.ended": "ended {it}",
    "session.moved": "moved {it} to another time",
    "session.reopened": "opened {it} again",
    "session.room": "changed the room of {it}",
    "session.walk_in": "counted who came without a booking to {it}",
    "talk.answered": "answered {it}",
    "talk.handed_back": "handed {it} back to the desk",
    "talk.snoozed": "put {it} aside until later",
    "talk.taken_over": "took over {it}",
    "talk.woken": "took {it} up again",
    "task.done": "did {it}",
    "task.held": "took on {it}",
    "task.let_go": "let go of {it}",
    "task.opened": "opened {it}",
    "telling.chosen": "chose what they want to be told about",
    "telling.confirmed": "confirmed an e-mail address for {it}",
    "telling.forgotten": "took the e-mail address off {it}",
    "text.draft": "changed {it}",
    "text.reviewed": "approved {it}",
}
SUBJECTS = {  # what it was done to: its words; its page and what the page calls the number. "{}": the number
    "account": ("account {}", "member", "account_id"),
    "booking": ("request {}", "request", "booking_id"),
    "broadcast": ("announcement {}", "broadcast", "broadcast_id"),
    "closure": ("the closed days {}", "", ""),
    "contact": ("person {}", "conversation", "contact_id"),
    "export": ("a list", "", ""),
    "fact": ("an answer", "", ""),
    "inbox": ("a message", "", ""),
    "lesson": ("message {} to teach", "lesson", "lesson_id"),
    "listener": ("what staff are told", "", ""),
    "occurrence": ("session {}", "session", "occurrence_id"),
    "outbox": ("message {}", "", ""),
    "outlet": ("outlet {}", "outlet", "outlet_id"),
    "reminder_schedule": ("reminders", "", ""),
    "task": ("task {}", "task", "task_id"),
    "text": ("a text", "", ""),
    "weekly_session": ("weekly session {}", "", ""),
}
KINDS = {  # the first half of an action, in the page's filter
    "access": "Looks at other libraries",
    "account": "Accounts and log-ins",
    "booking": "Requests",
    "broadcast": "Announcements",
    "closure": "Closed days",
    "contact": "Deleted data",
    "export": "Exports",
    "fact": "Answers",
    "feed": "Calendar addresses",
    "lesson": "Teaching",
    "message": "Messages",
    "note": "Notes",
    "outlet": "Outlets",
    "own_phone": "Own phones",
    "reminder": "Reminders",
    "session": "Sessions",
    "talk": "Conversations",
    "task": "Tasks",
    "telling": "How staff are told",
    "text": "Texts",
}
WAYS = {  # of a log-in
    "password": "with a password",
    "code": "with a password and a code",
    "paper": "with a password and a code on paper",
    "council": "through the council",
}


def phrase(action: str) -> str:
    """What goes after the name; of an action that has no phrase its own words."""
    return DEEDS.get(action) or english.unslug(action).lower() + " ({it})"


def thing(subject: str, number: str) -> str:
    """Such as "request 7"; of a subject that has no words its own name and number."""
    words = SUBJECTS.get(subject, (english.unslug(subject).lower() + " {}", "", ""))[0]
    return words.replace("{}", number)


def page_of(subject: str) -> tuple[str, str]:
    """The name of its page, and what the page calls the number; both "" without one."""
    _, page, field = SUBJECTS.get(subject, ("", "", ""))
    return page, field


def more(row: Audit, places: Mapping[str, str]) -> str:
    """What else was written down, as far as it says something: "Manager, Fosse Library"; mostly nothing."""
    detail = row.detail
    said = [
        words[str(detail[field])]
        for field, words in (
            ("way", WAYS),
            ("role", english.ROLES),
            ("reason", english.REASONS),
            ("place", places),
        )
        if str(detail.get(field) or "") in words
    ]
    if "places" in detail:
        said.append(", ".join(places.get(each, each) for each in detail["places"] or []) or "every library")
    if row.subject == "text":
        said += [
            english.language(str(detail.get("language", ""))),
            english.unslug(str(detail.get("key", ""))),
        ]
    return ", ".join(said)
