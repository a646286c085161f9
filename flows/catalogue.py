"""The catalogue of texts: flows/texts/<language>.po, one entry a text, found by its key (the PO context).

`python -m flows.catalogue update` writes the template en.pot and brings the catalogues up to date; behind
`make texts` the knowledge base's phrases are added (run alone, it keeps them as they were). A text whose
English changed is marked fuzzy: it is not sent until somebody has looked at it. What a state is, and the
comment that says who stands behind an entry: flows/standing.py. A text with a number in it has the plural
forms of each language (flows/numbers.py). To and from translators: flows/exchange.py.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Line
from babel.messages.pofile import read_po, write_po

from flows import desk, emergency, engine, intents, mine, notices, posters, reminding, service, slots, staffed
from flows.languages import AUTONYMS
from flows.numbers import Plural, english_forms, forms, plural_header
from flows.registry import FILES
from flows.standing import Entry as Translation
from flows.standing import Status, of_line, signature, standing
from flows.words import OWN_TEXTS, SAFETY, TEXTS

HEADER = 'msgid ""\nmsgstr ""\n'
HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'

LOOK_AGAIN = timedelta(days=365)
"""After so long somebody reads the English of the safety texts once more."""

type Kind = Literal["missing", "slots", "unknown", "stale", "no_state"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: its key, its English, and the file it stands in."""

    key: str
    english: str
    file: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one entry. All are errors but "stale", which is for translators to know."""

    language: str
    key: str
    kind: Kind
    detail: str = ""

    @property
    def is_error(self) -> bool:
        return self.kind != "stale"

    def __str__(self) -> str:
        return f"{self.language} {self.key}: {self.kind} {self.detail}".rstrip()


def own() -> list[Entry]:
    """The texts of the flows, the desk and the notices, in a stable order."""
    found = [Entry(key, text, "flows/desk.py") for key, text in desk.TEXTS.items()]
    found += [Entry(key, text, "flows/engine.py") for key, text in engine.TEXTS.items()]
    found += [Entry(key, text, "flows/words.py") for key, text in OWN_TEXTS.items()]
    found += [Entry(key, text, "flows/intents.py") for key, text in intents.english().items()]
    for file, flows in FILES.items():
        found += [
            Entry(key, text, f"flows/{file}.py") for flow in flows for key, text in flow.english().items()
        ]
    found += [Entry(f"facet.{name}", text, "flows/service.py") for name, text in service.FACETS.items()]
    found += [Entry(f"state.{name}", text, "flows/mine.py") for name, text in mine.STATES.items()]
    found += [Entry(key, text, "flows/notices.py") for key, text in notices.TEXTS.items()]
    found += [Entry(key, text, "flows/reminding.py") for key, text in reminding.TEXTS.items()]
    found += [Entry(key, text, "flows/staffed.py") for key, text in staffed.TEXTS.items()]
    found += [Entry(key, text, "flows/posters.py") for key, text in posters.TEXTS.items()]
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
        _write(path, _catalogue(entries, read(path), path.stem))


def read(path: Path) -> dict[str, Line]:
    """The entries of a PO file by key."""
    with path.open("rb") as file:
        return {
            str(line.context): line
            for line in read_po(file, ignore_obsolete=True)
            if line.id and line.context
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


def states(folder: Path, entries: Sequence[Entry]) -> dict[str, Counter[Status]]:
    """How many entries of each language are reviewed, draft, stale and missing. English is the source."""
    counted: dict[str, Counter[Status]] = {"en": Counter({"reviewed": len(entries)})}
    for path in sorted(folder.glob("*.po")):
        lines = read(path)
        counted[path.stem] = Counter(state(lines.get(entry.key), entry.english) for entry in entries)
    return counted


def state(line: Line | None, english: str) -> Status:
    """The state of one PO entry."""
    return standing(english, of_line(line) if line is not None else None, None).status


def unreviewed(folder: Path, entries: Sequence[Entry]) -> dict[str, list[str]]:
    """The safety texts that no person has reviewed, by language."""
    safety = [entry for entry in entries if entry.key.startswith(SAFETY)]
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.po")):
        lines = read(path)
        keys = [each.key for each in safety if state(lines.get(each.key), each.english) != "reviewed"]
        if keys:
            found[path.stem] = keys
    return found


def overdue(today: date, looked_over: str = emergency.REVIEWED) -> bool:
    """Whether the English of the safety texts was last looked over more than a year ago."""
    return today - date.fromisoformat(looked_over) > LOOK_AGAIN


def wrong(english: str, text: Sequence[str], language: str) -> list[str]:
    """What is wrong with a translation (its forms), a sentence each: an empty or missing form, slots."""
    wanted = forms(language) if isinstance(english, Plural) else ()
    if not text or not all(form.strip() for form in text):
        return ["A form is empty." if wanted else "It is empty."]
    if len(text) != max(1, len(wanted)):
        return [f"It needs {max(1, len(wanted))} forms and has {len(text)}."]
    found: list[str] = []
    for number, form in enumerate(text):
        spare = (english.slot,) if isinstance(english, Plural) and wanted[number].only else ()
        found += slots.faults(english, form, language, spare)
    return list(dict.fromkeys(found))


def _check_one(language: str, key: str, english: str, line: Line | None) -> list[Fault]:
    entry = of_line(line) if line is not None else None
    if line is None or entry is None:
        return [Fault(language, key, "missing")]
    faults: list[Fault] = []
    if standing(english, entry, None).status == "stale":
        faults.append(Fault(language, key, "stale"))
    elif found := wrong(english, entry.forms, language):
        faults.append(Fault(language, key, "slots", " ".join(found)))
    if signature(line) is None:
        faults.append(
            Fault(language, key, "no_state", 'a comment "# draft: …" or "# reviewed: …" is missing')
        )
    return faults


def written(language: str, entries: Sequence[Entry], translations: Mapping[str, Translation]) -> bytes:
    """The PO file of these translations, in the order of the entries; stale ones are marked fuzzy."""
    lines = {key: _line(each) for key, each in translations.items() if each.status != "missing"}
    return _dumped(language, _catalogue(entries, lines, language))


def _line(entry: Translation) -> Line:
    """An entry as Babel has it."""
    on = f", {entry.on.isoformat()}" if entry.on else ""
    name = "reviewed" if entry.status == "reviewed" else "draft"
    return Line(
        entry.made_for if len(entry.made_for) > 1 else entry.made_for[0],
        entry.forms if len(entry.made_for) > 1 else entry.text,
        flags={"fuzzy"} if entry.status == "stale" else (),
        user_comments=[f"{name}: {entry.who or 'machine'}{on}"],
    )


def _catalogue(entries: Sequence[Entry], old: Mapping[str, Line], language: str = "en") -> Catalog:
    catalogue = Catalog(charset="utf-8")
    catalogue.mime_headers = [("Plural-Forms", plural_header(language))]
    for entry in entries:
        line = old.get(entry.key)
        english = english_forms(entry.english)
        made = of_line(line) if line is not None else None
        changed = made is not None and (made.status == "stale" or made.made_for != english)
        catalogue.add(
            english if len(english) > 1 else entry.english,
            _string(made.forms if made is not None else (), english, language),
            locations=[(entry.file, 0)],
            flags={"fuzzy"} if changed else (),
            user_comments=line.user_comments if line is not None else (),
            context=entry.key,
        )
    return catalogue


def _string(text: Sequence[str], english: Sequence[str], language: str) -> str | tuple[str, ...]:
    """The translation as Babel takes it: as many forms as the language has, or one."""
    if len(english) == 1:
        return text[-1] if text else ""
    kept = list(text)[: len(forms(language))]
    return tuple(kept + [""] * (len(forms(language)) - len(kept)))


def _dumped(language: str, catalogue: Catalog) -> bytes:
    """No dates and no line numbers in it: the file changes only when a text does."""
    header = f'# Welcome Desk: {AUTONYMS.get(language, language)}\n{HEADER}"Language: {language}\\n"\n'
    header += f'"Plural-Forms: {plural_header(language)}\\n"\n\n'
    body = BytesIO()
    write_po(body, catalogue, width=0, include_lineno=False, omit_header=True)
    return header.encode() + body.getvalue()


def _write(path: Path, catalogue: Catalog) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(_dumped(path.stem if path.suffix == ".po" else "en", catalogue))
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
