"""The catalogue of texts: flows/texts/<language>.po, one entry a text, found by its key (the PO context).

`python -m flows.catalogue update` writes the template en.pot and brings the catalogues up to date; behind
`make texts` the knowledge base's phrases are added (run alone, it keeps them as they were). A text whose
English changed is marked fuzzy: it is not sent until somebody has looked at it. A translator's comment says
who stands behind an entry: "# draft: machine, 2026-11-21" or "# reviewed: NAME, 2026-12-01".
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Line
from babel.messages.pofile import read_po, write_po

from flows import desk, engine, intents, mine, notices, service
from flows.languages import AUTONYMS
from flows.registry import FILES
from flows.words import SLOT, TEXTS

THREE_SEGMENTS = 201
"""UTF-16 units of three SMS in UCS-2 (67 each)."""

HEADER = 'msgid ""\nmsgstr ""\n'
HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'

type Kind = Literal["missing", "slots", "unknown", "stale", "no_state", "long"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: its key, its English, and the file it stands in."""

    key: str
    english: str
    file: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one entry. Only "missing", "slots", "unknown" and "no_state" are errors; "stale"
    and "long" are for translators to know."""

    language: str
    key: str
    kind: Kind
    detail: str = ""

    @property
    def is_error(self) -> bool:
        return self.kind not in ("stale", "long")

    def __str__(self) -> str:
        return f"{self.language} {self.key}: {self.kind} {self.detail}".rstrip()


def own() -> list[Entry]:
    """The texts of the flows, the desk and the notices, in a stable order."""
    found = [Entry(key, text, "flows/desk.py") for key, text in desk.TEXTS.items()]
    found += [Entry(key, text, "flows/engine.py") for key, text in engine.TEXTS.items()]
    found += [Entry(key, text, "flows/intents.py") for key, text in intents.english().items()]
    for file, flows in FILES.items():
        found += [
            Entry(key, text, f"flows/{file}.py") for flow in flows for key, text in flow.english().items()
        ]
    found += [Entry(f"facet.{name}", text, "flows/service.py") for name, text in service.FACETS.items()]
    found += [Entry(f"state.{name}", text, "flows/mine.py") for name, text in mine.STATES.items()]
    found += [Entry(key, text, "flows/notices.py") for key, text in notices.TEXTS.items()]
    return found


def collect(phrases: Mapping[str, str]) -> list[Entry]:
    """The flows' own texts, then the knowledge base's phrases {key: English}."""
    return own() + [Entry(key, text, "kb") for key, text in phrases.items()]


def update(folder: Path, entries: Sequence[Entry]) -> None:
    """Write the template en.pot and every <language>.po there is: new keys empty, changed English marked
    fuzzy, gone keys dropped, translations and translators' comments kept."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "en.pot", _catalogue(entries, {}))
    for path in sorted(folder.glob("*.po")):
        _write(path, _catalogue(entries, read(path)))


def read(path: Path) -> dict[str, Line]:
    """The entries of a PO file by key."""
    with path.open("rb") as file:
        return {
            line.context: line for line in read_po(file, ignore_obsolete=True) if line.id and line.context
        }


def check(folder: Path, entries: Sequence[Entry]) -> list[Fault]:
    """Every fault of every catalogue: missing or unknown keys, slots that differ, entries nobody stands
    behind."""
    faults: list[Fault] = []
    english = {entry.key: entry.english for entry in entries}
    for path in sorted(folder.glob("*.po")):
        lines = read(path)
        faults += [Fault(path.stem, key, "unknown") for key in lines if key not in english]
        for key, text in english.items():
            faults += _check_one(path.stem, key, text, lines.get(key))
    return faults


def states(folder: Path, entries: Sequence[Entry]) -> dict[str, Counter[str]]:
    """How many entries of each language are reviewed, draft, stale and missing."""
    counted: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.po")):
        lines = read(path)
        counted[path.stem] = Counter(state(lines.get(entry.key)) for entry in entries)
    return counted


def state(line: Line | None) -> Literal["reviewed", "draft", "stale", "missing"]:
    """The state of one PO entry, as flows/words.py sees it."""
    if line is None or not line.string:
        return "missing"
    if line.fuzzy:
        return "stale"
    return "reviewed" if any(comment.startswith("reviewed:") for comment in line.user_comments) else "draft"


def units(text: str) -> int:
    """UTF-16 units: what an SMS in UCS-2 counts."""
    return len(text.encode("utf-16-le")) // 2


def _check_one(language: str, key: str, english: str, line: Line | None) -> list[Fault]:
    if line is None or not isinstance(line.string, str) or not line.string:
        return [Fault(language, key, "missing")]
    faults: list[Fault] = []
    if line.fuzzy or line.id != english:
        faults.append(Fault(language, key, "stale"))
    elif Counter(SLOT.findall(line.string)) != Counter(SLOT.findall(english)):
        faults.append(
            Fault(language, key, "slots", f"{SLOT.findall(english)} became {SLOT.findall(line.string)}")
        )
    if not any(comment.startswith(("draft:", "reviewed:")) for comment in line.user_comments):
        faults.append(
            Fault(language, key, "no_state", 'a comment "# draft: …" or "# reviewed: …" is missing')
        )
    if units(line.string) > THREE_SEGMENTS:
        faults.append(Fault(language, key, "long", f"{units(line.string)} units"))
    return faults


def _catalogue(entries: Sequence[Entry], old: Mapping[str, Line]) -> Catalog:
    catalogue = Catalog(charset="utf-8")
    for entry in entries:
        line = old.get(entry.key)
        string = line.string if line is not None and isinstance(line.string, str) else ""
        changed = line is not None and bool(string) and (line.fuzzy or line.id != entry.english)
        catalogue.add(
            entry.english,
            string,
            locations=[(entry.file, 0)],
            flags={"fuzzy"} if changed else (),
            user_comments=line.user_comments if line is not None else (),
            context=entry.key,
        )
    return catalogue


def _write(path: Path, catalogue: Catalog) -> None:
    """No dates and no line numbers in it: the file changes only when a text does."""
    language = path.stem if path.suffix == ".po" else "en"
    header = f'# Welcome Desk: {AUTONYMS.get(language, language)}\n{HEADER}"Language: {language}\\n"\n\n'
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(header.encode())
        write_po(file, catalogue, width=0, include_lineno=False, omit_header=True)
    temporary.replace(path)


def _own_and_kept() -> list[Entry]:
    """Our own texts and, when we run alone, the knowledge base's phrases as they were last collected."""
    template = TEXTS / "en.pot"
    lines = read(template) if template.exists() else {}
    return own() + [Entry(key, str(line.id), "kb") for key, line in lines.items() if key.startswith("kb.")]


def main(arguments: Sequence[str]) -> int:
    """`update` or `check`, on the flows' own texts. Returns the exit code."""
    entries = _own_and_kept()
    if list(arguments) == ["update"]:
        update(TEXTS, entries)
        sys.stdout.write(f"{len(entries)} texts in {TEXTS.name}/en.pot\n")
        return 0
    if list(arguments) == ["check"]:
        errors = [fault for fault in check(TEXTS, entries) if fault.is_error]
        sys.stdout.writelines(f"{error}\n" for error in errors)
        return 1 if errors else 0
    sys.stderr.write("python -m flows.catalogue update | check\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
