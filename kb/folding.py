"""What staff decided, written into the files: as few lines as possible, comments and order left as they are.

A record is written only when it reads back as exactly what was meant, and a folder only when it has no fault.
"""

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from kb.check import check
from kb.facts import Change, Key, decided, standing_over
from kb.fields import HOW_SURE, SENTENCES, Subject, slot_of, type_of
from kb.load import KB, load, records
from kb.model import Partner, Place, Service, Sourced
from kb.reading import Sheet, read_text

LAST = ("unconfirmed", "assured_date", "assurer")  # new fields come before these, and the comments above them
_ANCHOR = re.compile(r"&([\w-]+) (\{.*\})\s*$")


class NotFolded(Exception):
    """The files were left as they are. The message says which file, and why."""


@dataclass(frozen=True, slots=True)
class Plan[C: Change]:
    """What an export does. `texts`: the new text of each file that changes; `done`: decisions that the files then
    have; `conflicts`: those that staff have to settle first; `lost`: those about something that is gone."""

    texts: Mapping[str, str]
    done: tuple[C, ...]
    conflicts: tuple[C, ...]
    lost: tuple[C, ...]
    before: Mapping[str, str] = field(default_factory=dict)


def plan[C: Change](changes: Mapping[Key, C], folder: Path = KB) -> Plan[C]:
    """What folding these decisions into `folder` means; nothing is written. Raises NotFolded, KnowledgeBaseError."""
    kb = load(folder)
    new = {key: change for key, change in changes.items() if not change.folded}
    found = {(type_of(record), record.id): record for _, record in records(kb)}
    conflicts: list[C] = []
    lost: list[C] = []
    done: list[C] = []
    for key, change in new.items():
        record = found.get(key[:2])
        if record is None or slot_of(record, key[2]) is None:
            lost.append(change)
        elif standing_over(record, change) == "conflict":
            conflicts.append(change)
        else:
            done.append(change)
    wanted = dict(records(decided(kb, {change.key: change for change in done})))
    texts, before = {}, {}
    for file, record in records(kb):
        if record != wanted[file]:
            before[file] = (folder / file).read_text(encoding="utf-8")
            texts[file] = folded(before[file], file, record, wanted[file])
    if texts:
        _must_be_clean(texts, folder)
    return Plan(texts, tuple(done), tuple(conflicts), tuple(lost), before)


def write[C: Change](made: Plan[C], folder: Path = KB) -> None:
    """Write the files of a plan, each at once. Raises OSError when the folder may not be written."""
    for file, text in made.texts.items():
        temporary = (folder / file).with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / file)


def folded(text: str, file: str, record: Subject, wanted: Subject) -> str:
    """The text of a record's file with what changed. Raises NotFolded when it would not read back as wanted."""
    sheet, _ = read_text(text, file)
    if sheet is None:
        raise NotFolded(f"{file} is not YAML")
    lines = text.splitlines()
    cuts: list[tuple[int, int, list[str]]] = []
    added: list[str] = []
    for name in type(record).model_fields:
        old, value = getattr(record, name), getattr(wanted, name)
        if old == value:
            continue
        if name == SENTENCES[type_of(record)]:
            for n, (was, claim) in enumerate(zip(old, value, strict=True)):
                if was != claim:
                    cuts.append(_cut(sheet, lines, f"{name}.{n}", _item(claim)))
        elif sheet.span(name) is not None:
            cuts.append(_cut(sheet, lines, name, _block(name, value)))
        else:
            added += _block(name, value)
    removed = [line for start, end, _ in cuts for line in lines[start:end]]
    first = min((span[0] for name in LAST if (span := sheet.span(name))), default=len(lines))
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    cuts.append((first, first, added))
    # A cut and an insertion at the same line: the insertion is made last, and so stands above.
    for start, end, new in sorted(cuts, key=lambda cut: (cut[0], cut[1]), reverse=True):
        lines[start:end] = new
    result = _anchored("\n".join(lines) + "\n", removed)
    _must_read_back(result, file, wanted)
    return result


def _cut(sheet: Sheet, lines: list[str], name: str, new: list[str]) -> tuple[int, int, list[str]]:
    """Replace a field; comments inside it stay below its first line, those after it are the next one's."""
    start, end = sheet.span(name) or (0, 0)
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    comments = [line for line in lines[start:end] if line.lstrip().startswith("#")]
    return start, end, [*new[:1], *comments, *new[1:]] if new else []


def _block(name: str, value: Any) -> list[str]:
    """The lines of a top-level field; none for what has no value."""
    if name == "unconfirmed":
        return [f"{name}: [{', '.join(value)}]"] if value else []
    if isinstance(value, tuple):
        return [f"{name}:", *(line for claim in value for line in _item(claim))] if value else []
    if isinstance(value, Sourced):
        return [f"{name}:", *(f"  {line}" for line in _fields(value))]
    return [f"{name}: {_written(value)}"] if value is not None or name in LAST else []


def _item(claim: Sourced) -> list[str]:
    first, *rest = _fields(claim)
    return [f"  - {first}", *(f"    {line}" for line in rest)]


def _fields(claim: BaseModel) -> list[str]:
    """A claim's fields: its value, how sure it is, its source."""
    given = claim.model_dump(mode="json", exclude_defaults=True)
    own = [name for name in given if name not in HOW_SURE]
    sure = [name for name in ("confirmed", "standing", "withdrawn") if name in given]
    return [f"{name}: {_written(given[name])}" for name in [*own, *sure, "source"]]


def _written(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _anchored(text: str, removed: Iterable[str]) -> str:
    """Where the first of several that share a source is gone, the next one gets the source."""
    for name, source in (match.groups() for line in removed if (match := _ANCHOR.search(line))):
        if not re.search(rf"&{name}\b", text):
            text = re.sub(rf"(?<=: )\*{name}\s*$", lambda _: f"&{name} {source}", text, count=1, flags=re.M)  # noqa: B023
    return text


def _must_read_back(text: str, file: str, wanted: Subject) -> None:
    model: type[Service | Partner | Place] = type(wanted)
    sheet, faults = read_text(text, file)
    record, wrong = sheet.parse(model) if sheet is not None else (None, [])
    if record != wanted:
        found = "; ".join(map(str, [*faults, *wrong])) or "it would not read back as what staff decided"
        raise NotFolded(f"{file} has to be edited by hand: {found}")


def _must_be_clean(texts: Mapping[str, str], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "kb"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        for file, text in texts.items():
            (copy / file).write_text(text, encoding="utf-8")
        if faults := check(copy):
            raise NotFolded("The files would have faults:\n" + "\n".join(map(str, faults)))
