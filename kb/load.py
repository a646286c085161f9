"""Load the knowledge base from its folder, or refuse it with every fault named."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from kb.model import Document, KnowledgeBase, Organization, Partner, Place, Record, Service, Source
from kb.reading import Fault, Sheet, read

KB = Path(__file__).parent
"""The folder that ships with the desk."""


class KnowledgeBaseError(Exception):
    """The knowledge base cannot be used. `faults` says where and why; the message lists them, one a line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("The knowledge base has faults:\n" + "\n".join(map(str, faults)))
        self.faults = tuple(faults)


class _Sources(Record):
    documents: tuple[Document, ...]


def load(folder: Path = KB) -> KnowledgeBase:
    """Everything in `folder`. Call it once at start-up: the result never changes.

    Raises KnowledgeBaseError when a file is not YAML, a field is wrong or unknown, an id is not its file's
    name, a reference leads nowhere, or anything is claimed without a known source.
    """
    kb, faults, _ = survey(folder)
    if kb is None or faults:
        raise KnowledgeBaseError(faults)
    return kb


def survey(folder: Path) -> tuple[KnowledgeBase | None, list[Fault], dict[str, Sheet]]:
    """Read the folder without raising: the knowledge base as far as it can be built, its faults, its sheets.

    Sheets are keyed by file name, e.g. `services/work_coach.yaml`, and tell the line of a field.
    """
    faults: list[Fault] = []
    sheets: dict[str, Sheet] = {}

    def one[M: BaseModel](model: type[M], file: str) -> M | None:
        sheet, problems = read(folder / file, file)
        faults.extend(problems)
        if sheet is None:
            return None
        sheets[file] = sheet
        record, problems = sheet.parse(model)
        faults.extend(problems)
        return record

    def many[M: (Service, Partner, Place)](model: type[M], name: str) -> MappingProxyType[str, M]:
        found: dict[str, M] = {}
        for path in sorted((folder / name).glob("*")):
            file = f"{name}/{path.name}"
            if path.suffix != ".yaml":
                faults.append(Fault(file, None, "", "is not a .yaml file, so nobody reads it"))
            elif record := one(model, file):
                found[path.stem] = record
                if record.id != path.stem:
                    faults.append(
                        sheets[file].fault("id", f"is {record.id!r}, but the file is named {path.stem!r}")
                    )
        if not found:
            faults.append(Fault(name, None, "", "holds nothing that can be read"))
        return MappingProxyType(found)

    sources = one(_Sources, "sources.yaml")
    organization = one(Organization, "organization.yaml")
    documents = {document.id: document for document in sources.documents} if sources else {}
    if sources and len(documents) < len(sources.documents):
        faults.append(sheets["sources.yaml"].fault("documents", "the same id stands twice"))
    services, partners, places = many(Service, "services"), many(Partner, "partners"), many(Place, "places")
    if sources is None or organization is None:
        return None, faults, sheets
    kb = KnowledgeBase(organization, MappingProxyType(documents), services, partners, places)
    faults.extend(_dangling(kb, sheets))
    return kb, faults, sheets


def records(kb: KnowledgeBase) -> Iterator[tuple[str, Service | Partner | Place]]:
    """Every service, partner and place with the name of its file."""
    yield from ((f"services/{name}.yaml", service) for name, service in kb.services.items())
    yield from ((f"partners/{name}.yaml", partner) for name, partner in kb.partners.items())
    yield from ((f"places/{name}.yaml", place) for name, place in kb.places.items())


def sources(record: BaseModel, at: str = "") -> Iterator[tuple[str, Source]]:
    """Every source in a record, however deep, with its dotted field."""
    for name in type(record).model_fields:
        value = getattr(record, name)
        for field, item in (
            [(f"{name}.{n}", x) for n, x in enumerate(value)] if isinstance(value, tuple) else [(name, value)]
        ):
            if isinstance(item, Source):
                yield at + field, item
            elif isinstance(item, BaseModel):
                yield from sources(item, f"{at}{field}.")


def _dangling(kb: KnowledgeBase, sheets: dict[str, Sheet]) -> Iterator[Fault]:
    everything = [("organization.yaml", kb.organization), *records(kb)]
    for file, record in everything:
        for field, source in sources(record):
            if source.document is not None and source.document not in kb.documents:
                yield sheets[file].fault(f"{field}.document", f"{source.document!r} is not in sources.yaml")
    for service_id, service in kb.services.items():
        sheet = sheets[f"services/{service_id}.yaml"]
        if service.organization != kb.organization.id:
            yield sheet.fault("organization", f"{service.organization!r} is not the one in organization.yaml")
        for n, link in enumerate(service.service_at_locations):
            if f"places/{link.id}.yaml" not in sheets:
                yield sheet.fault(f"service_at_locations.{n}.id", f"there is no places/{link.id}.yaml")
        for n, link in enumerate(service.partnerships):
            if f"partners/{link.id}.yaml" not in sheets:
                yield sheet.fault(f"partnerships.{n}.id", f"there is no partners/{link.id}.yaml")
