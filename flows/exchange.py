"""What a translator outside sends back: a PO file, taken whole or not at all.

An entry is left out, and counted, when there is nothing to take: it is empty or marked fuzzy, its English is
no longer ours, its text is the one we have, or it would put a draft over what a person has reviewed. An entry
with wrong slots is a fault, and then nothing is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Line
from babel.messages.pofile import PoFileError, read_po

from flows.catalogue import Entry, Fault, wrong
from flows.numbers import english_forms
from flows.standing import Entry as Translation
from flows.words import SAFETY

LARGEST = 1024 * 1024
"""Bytes; our own files have a twentieth of it."""

type Left = Literal["empty", "fuzzy", "changed", "gone", "same", "kept"]

LEFT_OUT: dict[Left, str] = {
    "empty": "not translated",
    "fuzzy": "marked as unsure (fuzzy)",
    "changed": "the English has changed since",
    "gone": "we have no such text any more",
    "same": "the same as we have",
    "kept": "a person has reviewed ours; change it on its page",
}


class NotATranslation(ValueError):
    """The file cannot be read as a PO file; the message is a sentence."""


class OtherLanguage(ValueError):
    """The file says that it is in another language than the one asked for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One text to keep: its forms, and the English it was made for."""

    key: str
    english: tuple[str, ...]
    text: tuple[str, ...]

    @property
    def approved_alone(self) -> bool:
        """A safety text stays a draft until a person has read it on its own page."""
        return self.key.startswith(SAFETY)


@dataclass(slots=True)
class Brought:
    """What is in a file: the texts to keep, how many were left out and why, and the faults."""

    language: str
    taken: list[Taken] = field(default_factory=list)
    left_out: Counter[Left] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


def language_of(data: bytes) -> str:
    """The language that a PO file names in its header, or "". Raises NotATranslation."""
    return str(_read(data).locale_identifier or "").replace("-", "_").split("_")[0]


def take(
    data: bytes,
    language: str,
    entries: Sequence[Entry],
    current: Callable[[str], Translation],
    *,
    tidy: Callable[[str], str],
    reviewed: bool = False,
) -> Brought:
    """What to keep of a PO file. `current`: what stands for a key now. `tidy`: cleans a text that came from
    outside. `reviewed`: a named person stands behind the whole file, also behind what did not change.

    Raises NotATranslation, and OtherLanguage when the file's header names another language.
    """
    catalogue = _read(data)
    named = language_of(data)
    if named and named != language:
        raise OtherLanguage(named)
    brought = Brought(language)
    english = {entry.key: entry.english for entry in entries}
    for line in catalogue:
        if not line.id:
            continue
        key = str(line.context or "")
        if key not in english:
            brought.left_out["gone"] += 1
        else:
            _take_one(brought, line, english[key], current(key), tidy=tidy, reviewed=reviewed)
    if not brought.taken and not brought.left_out:
        raise NotATranslation("There is no text in the file.")
    return brought


def _take_one(
    brought: Brought,
    line: Line,
    english: str,
    now: Translation,
    *,
    tidy: Callable[[str], str],
    reviewed: bool,
) -> None:
    key, source = str(line.context), english_forms(english)
    text = tuple(map(tidy, (line.string,) if isinstance(line.string, str) else line.string or ()))
    if not any(form.strip() for form in text):
        brought.left_out["empty"] += 1
    elif line.fuzzy:
        brought.left_out["fuzzy"] += 1
    elif ((line.id,) if isinstance(line.id, str) else tuple(line.id)) != source:
        brought.left_out["changed"] += 1
    elif found := wrong(english, text, brought.language):
        brought.faults.append(Fault(brought.language, key, "slots", " ".join(found)))
    else:
        taken = Taken(key, source, text)
        as_draft = not reviewed or taken.approved_alone
        if now.forms == text and now.made_for == source and (now.status == "reviewed" or as_draft):
            brought.left_out["same"] += 1
        elif now.status == "reviewed" and as_draft:
            brought.left_out["kept"] += 1
        else:
            brought.taken.append(taken)


def _read(data: bytes) -> Catalog:
    if len(data) > LARGEST:
        raise NotATranslation("The file is too large.")
    try:
        return read_po(BytesIO(data), ignore_obsolete=True, abort_invalid=True)
    except (PoFileError, ValueError, LookupError, TypeError) as fault:
        raise NotATranslation("The file cannot be read as a PO file.") from fault
