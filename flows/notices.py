"""What staff and the worker send by themselves: a key and its slots, put into the person's words on sending.

Slots: service, place: {"$name": …}; when, before: {"$when": …}; reference: a string; reason: {"$say": "reason.<id>"}
for a ready-made one, {"$text": …} for a note of staff (it goes out as written); sessions: a list of [when,
place] lists.
"""

from __future__ import annotations

TEXTS: dict[str, str] = {
    "booking.approved": "{name}, your place is confirmed: {service}, {when}, {place}. Reference {reference}.",
    "booking.declined": "{name}, sorry, we cannot give you this place: {service}, {when}. "
    "{reason} Reference {reference}.",
    "booking.cancelled_by_staff": "{name}, sorry, this will not take place: {service}, {when}. "
    "{reason} Reference {reference}.",
    "booking.moved": "New time for {service}: {when}, {place}. It was {before}. "
    "If it does not suit you, write to us. Reference {reference}.",
    "booking.offer_expired": "The time to answer our offer is over: {service}, {when}. You can ask again.",
    "reminder.weekly": "This week: {service}.\n{sessions}",
    "reminder.weekly_private": "A reminder: your group meets this week.\n{sessions}",
    "staff.reply": "From library staff:\n{text}",
    "reason.full": "It is full.",
    "reason.not_right_service": "Another service can help you better.",
    "reason.staff_away": "The staff member is away.",
    "reason.room": "The room is not free.",
    "reason.closed": "The library is closed that day.",
}

REASONS = ("full", "not_right_service", "staff_away", "room", "closed", "other")
"""Why staff decline or cancel. For "other" the slot holds staff's own note as {"$text": …}."""
