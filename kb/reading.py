"""One YAML file → one record, or faults that name the file, the line and the field."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

_PLAIN = {"missing": "is missing", "extra_forbidden": "is not a field the knowledge base knows"}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong in the knowledge base: `services/work_coach.yaml:12 facts.0.source: is missing`."""

    file: str
    line: int | None
    field: str
    problem: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} {self.field}: {self.problem}" if self.field else f"{place} {self.problem}"


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a date stays the text it is, only true/false are booleans, and a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
        and not (tag == "tag:yaml.org,2002:bool" and letter not in "tTfF")
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A YAML file that was read: its data, and where each field stands."""

    file: str
    data: Any
    _root: yaml.Node

    def line(self, field: str) -> int:
        """The line (from 1) of a dotted field, or of its nearest parent that exists."""
        node = self._root
        line = node.start_mark.line
        for part in field.split(".") if field else ():
            child = _child(node, part)
            if child is None:
                break
            key, node = child
            line = key.start_mark.line
        return int(line) + 1

    def span(self, field: str) -> tuple[int, int] | None:
        """The lines (from 0, the end not included) of a field or a list's item with all below it; None without one.

        Up to the next field, comments above that included: whoever edits leaves those where they are.
        """
        end = self._root.end_mark
        node, until = self._root, end.line + (1 if end.column else 0)
        start = None
        for part in field.split("."):
            found = _child(node, part)
            if found is None:
                return None
            start = found[0].start_mark.line
            until = min([until, *(line for line in _starts(node) if line > start)])
            node = found[1]
        return None if start is None else (start, until)

    def fault(self, field: str, problem: str) -> Fault:
        """A fault at a dotted field of this file."""
        return Fault(self.file, self.line(field), field, problem)

    def parse[M: BaseModel](self, model: type[M]) -> tuple[M | None, list[Fault]]:
        """The record in this file, or everything that is wrong with it."""
        try:
            # JSON mode lets a strict model take YAML's lists; NaN and odd keys are refused on the way.
            return model.model_validate_json(json.dumps(self.data, allow_nan=False)), []
        except ValidationError as error:
            return None, [self._from_pydantic(dict(problem)) for problem in error.errors()]
        except (TypeError, ValueError) as error:
            return None, [self.fault("", f"holds a value that is not plain data: {error}")]

    def _from_pydantic(self, problem: dict[str, Any]) -> Fault:
        words = str(problem["msg"]).removeprefix("Value error, ")
        return self.fault(
            ".".join(map(str, problem["loc"])), _PLAIN.get(problem["type"], words[:1].lower() + words[1:])
        )


def read(path: Path, file: str) -> tuple[Sheet | None, list[Fault]]:
    """Read one YAML file; `file` is its name in faults. Never raises for what the file holds."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, [Fault(file, None, "", "is missing")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Fault(file, None, "", f"cannot be read as UTF-8 text: {error}")]
    return read_text(text, file)


def read_text(text: str, file: str) -> tuple[Sheet | None, list[Fault]]:
    """The same for a text that is at hand."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return None, [Fault(file, line, "", f"is not YAML: {error.problem}")]
    except (yaml.YAMLError, ValueError) as error:
        return None, [Fault(file, None, "", f"is not YAML: {error}")]
    if root is None or not isinstance(data, dict):
        return None, [Fault(file, 1, "", "should be a list of fields (`name: value`)")]
    return Sheet(file, data, root), []


def _child(node: yaml.Node, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    return None


def _starts(node: yaml.Node) -> list[int]:
    """The lines on which the fields of a mapping, or the items of a list, begin."""
    if isinstance(node, yaml.MappingNode):
        return [key.start_mark.line for key, _ in node.value]
    return [item.start_mark.line for item in node.value] if isinstance(node, yaml.SequenceNode) else []
