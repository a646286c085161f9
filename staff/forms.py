"""What several forms share: their faults, and the reason that a person is told."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from flows.notices import REASONS
from staff import english

NOTE_LIMIT = 160  # characters: with the rest of the notice it still fits three SMS in any script
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of a calendar that staff look at
Faults = list[tuple[str, str]]


class Wrong(Exception):
    """The form cannot be taken as it is. `faults`: pairs of a field's id and a sentence."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(str(faults))
        self.faults: Faults = list(faults)


def reason_of(sent: Mapping[str, str], prefix: str) -> tuple[str, str | None]:
    """The ready reason of a form, or "other" with the note. Raises Wrong; `prefix`: of the fields' ids."""
    reason, note = sent.get("reason", ""), sent.get("note", "")
    if reason not in REASONS:
        raise Wrong((f"{prefix}-reason", "Choose a reason. The person reads it."))
    if reason != english.OWN_WORDS:
        return reason, None
    if not note:
        raise Wrong((f"{prefix}-note", "Write the reason. The person reads it."))
    if len(note) > NOTE_LIMIT:
        raise Wrong((f"{prefix}-note", f"Write at most {NOTE_LIMIT} characters. These are {len(note)}."))
    return reason, note


def version_of(sent: Mapping[str, str]) -> int | None:
    """The version that the page was made of; None when the form has none, or something that none of our pages wrote."""
    written = sent.get("version", "")
    return int(written) if re.fullmatch(r"[0-9]{1,9}", written) else None


def day_of(text: str) -> date | None:
    """A day as browsers send it (2026-11-30) or as people here write it (30/11/2026)."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
    return None
