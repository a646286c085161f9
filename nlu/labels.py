"""The labels that messages get: one intent each, and a topic for bookings. A contract with the flows."""

from __future__ import annotations

INTENTS = (
    "greet", "thank_bye", "menu", "join_library", "opening_hours", "borrow_books", "computers_printing",
    "citizenship_practice", "driving_theory", "form_help", "work_coach", "book_session", "it_sessions",
    "mother_baby_group", "befriending_group", "english_classes", "volunteering", "advice_immigration",
    "advice_housing", "health_help", "children_events", "my_bookings", "cancel_booking", "change_booking",
    "subscribe_reminders", "stop_messages", "change_language", "talk_to_human", "privacy", "delete_my_data",
    "feedback", "emergency", "affirm", "deny", "out_of_scope",
)  # fmt: skip
TOPICS = (
    "work_coach", "citizenship_practice", "driving_theory", "form_help", "it_sessions", "mother_baby_group",
)  # fmt: skip
LABELS = frozenset(INTENTS) | {f"book_session+{topic}" for topic in TOPICS}
"""What a training file may be named after."""
