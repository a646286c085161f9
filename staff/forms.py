"""What several forms share: their faults, and the reason that a person is told."""

from collections.abc import Mapping

from flows.notices import REASONS
from staff import english

NOTE_LIMIT = 160  # characters: with the rest of the notice it still fits three SMS in any script
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
