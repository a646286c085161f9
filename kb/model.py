"""The shape of the knowledge base, in the terms of Open Referral UK (HSDS-UK 3.0).

Every model is strict (no "yes" for true), frozen, and refuses a field it does not know. A fact cannot be
built without a source. What no document gives has no field: it is named under `unconfirmed` instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
PartialDate = Annotated[
    str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
]
FullDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]

Topic = Literal["immigration", "housing", "health", "learning", "work"]
Facet = Literal["days", "times", "places", "address", "phone", "hours", "cost", "current"]
Status = Literal["active", "lapsed"]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
HowToBook = Literal["desk", "library", "referral", "none"]
"""desk: ask here, staff confirm; library: ask at a library; referral: by a partner; none: no booking."""


class Record(BaseModel):
    """What all parts of the knowledge base share: strict, frozen, no unknown field."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Document(Record):
    """A document that facts are taken from. `date` is the year (or day) it speaks of."""

    id: Id
    title: Text
    date: PartialDate
    what: Text


class Source(Record):
    """Who says so: a place in a known document, or a member of staff; and the date it was said for."""

    document: Id | None = None
    where: Text | None = None
    staff: Text | None = None
    date: PartialDate

    @property
    def year(self) -> str:
        """The year of the source, as four digits."""
        return self.date[:4]

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.document is None) == (self.staff is None):
            raise ValueError("a source names either a document or a member of staff")
        if self.document is not None and self.where is None:
            raise ValueError("say where in the document (`where`: the section's words)")
        return self


class Sourced(Record):
    """Anything that is claimed: nobody may rely on it today unless it is `confirmed` or `standing`.

    `confirmed`: a member of staff checked it (the record then has an assurer and a date).
    `standing`: a policy that is answered as it stands, with its source's date on record.
    `withdrawn`: staff took it out; nobody says it, and it keeps its place so that the others keep their keys.
    """

    source: Source
    confirmed: bool = False
    standing: bool = False
    withdrawn: bool = False

    @property
    def sure(self) -> bool:
        """Whether it may be said of today."""
        return (self.confirmed or self.standing) and not self.withdrawn


class Fact(Sourced):
    """One short English sentence that a person can read."""

    text: Text


class Link(Sourced):
    """A tie to a place or a partner, by its id."""

    id: Id


class Schedule(Sourced):
    """When it happens (HSDS schedule): every week or month, on which day, between which London wall times."""

    freq: Literal["WEEKLY", "MONTHLY"]
    byday: Weekday | None = None
    opens_at: ClockTime | None = None
    closes_at: ClockTime | None = None


class Eligibility(Sourced):
    """Whom it is for. Ages in whole years."""

    description: Text
    minimum_age: Annotated[int, Field(ge=0, le=120)] | None = None
    maximum_age: Annotated[int, Field(ge=0, le=120)] | None = None


class CostOption(Sourced):
    """What one thing costs, in pounds; 0 is free."""

    option: Text
    amount: Annotated[float, Field(ge=0)]


class SpokenLanguage(Sourced):
    """A language that is spoken there, by its code (ISO 639)."""

    code: LanguageCode


class Contact(Sourced):
    """How to reach somebody. Only staff can give one: `kb check` refuses contacts that nobody confirmed."""

    title: Text
    phone: Text | None = None
    email: Text | None = None


class Website(Sourced):
    """Where it is on the web. Only staff can give one, as with contacts."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\.[^\s]+$", max_length=200)]


class Current(Sourced):
    """Whether it runs, or is there, today."""

    runs: bool


class Address(Sourced):
    """A street address. Only staff can give one, as with contacts."""

    address_1: Text
    city: Text
    state_province: Text
    postal_code: Text


class TopicLink(Record):
    """Why a partner is named when somebody asks about a topic."""

    topic: Topic
    because: Text
    source: Source


class Assured(Record):
    """A record that staff can assure: who checked it last, and when (both or neither)."""

    assured_date: FullDate | None = None
    assurer: Text | None = None

    def claims(self) -> Iterator[tuple[str, Sourced]]:
        """Every claim of this record with the name of its field, e.g. `("facts.0", Fact)`."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Sourced):
                yield name, value
            elif isinstance(value, tuple):
                yield from (
                    (f"{name}.{n}", item) for n, item in enumerate(value) if isinstance(item, Sourced)
                )

    @model_validator(mode="after")
    def _assured(self) -> Self:
        if (self.assured_date is None) != (self.assurer is None):
            raise ValueError("assured_date and assurer go together")
        if self.assurer is None and any(claim.confirmed for _, claim in self.claims()):
            raise ValueError("something is confirmed, so assured_date and assurer must say by whom and when")
        return self


class Organization(Record):
    """Who runs the services."""

    id: Id
    name: Text
    description: Text
    source: Source


class OtherNames(Record):
    """How people write a place's name, by language: spellings, not facts, so who drafted them is enough.

    `spelled` names the place wherever it stands; `with_library` only beside a word for library, or as the whole
    answer ("central"); `not_meant`: what only looks like its name (Belgrade).
    """

    drafted_by: Text
    reviewed_by: Text | None = None
    spelled: Mapping[LanguageCode, tuple[Text, ...]] = Field(default_factory=dict)
    with_library: Mapping[LanguageCode, tuple[Text, ...]] = Field(default_factory=dict)
    not_meant: tuple[Text, ...] = ()


class Place(Assured):
    """A library or centre (HSDS location). `named_in`: what the documents say that involves it."""

    id: Id
    name: Text
    kind: Literal["library", "centre"]
    named_in: Annotated[tuple[Fact, ...], Field(min_length=1)]
    other_names: OtherNames | None = None
    current: Current | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    website: Website | None = None
    schedules: tuple[Schedule, ...] = ()
    unconfirmed: tuple[Facet, ...] = ()


class Partner(Assured):
    """An organisation to point people to. `facts` back the summary; people read the name and the summary."""

    id: Id
    name: Text
    summary: Text
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]
    topic_links: tuple[TopicLink, ...] = ()
    current: Current | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    website: Website | None = None
    schedules: tuple[Schedule, ...] = ()
    unconfirmed: tuple[Facet, ...] = ()

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What people ask about when this partner is worth naming."""
        return tuple(link.topic for link in self.topic_links)


class Service(Assured):
    """Something a library offers (HSDS service)."""

    id: Id
    name: Text
    summary: Text
    organization: Id
    status: Status
    bookable: bool
    how_to_book: HowToBook
    sensitive: bool
    intent: Id | None
    topics: tuple[Topic, ...] = ()
    questions: Annotated[tuple[Text, ...], Field(min_length=3, max_length=10)]
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]
    current: Current | None = None
    eligibility: Eligibility | None = None
    cost_options: tuple[CostOption, ...] = ()
    languages: tuple[SpokenLanguage, ...] = ()
    contacts: tuple[Contact, ...] = ()
    website: Website | None = None
    schedules: tuple[Schedule, ...] = ()
    service_at_locations: tuple[Link, ...] = ()
    partnerships: tuple[Link, ...] = ()
    unconfirmed: tuple[Facet, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The ids of the places that a source names for this service (see `service_at_locations`)."""
        return tuple(link.id for link in self.service_at_locations)

    @property
    def partners(self) -> tuple[str, ...]:
        """The ids of the partners that a source names for this service (see `partnerships`)."""
        return tuple(link.id for link in self.partnerships)

    @model_validator(mode="after")
    def _bookings(self) -> Self:
        if self.bookable != (self.how_to_book == "desk"):
            raise ValueError("bookable services, and only those, have how_to_book: desk")
        if self.status == "lapsed" and self.bookable:
            raise ValueError("a service that has lapsed cannot be bookable")
        return self


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """Everything the desk knows, by id. Immutable: load it once and share it between threads."""

    organization: Organization
    documents: Mapping[str, Document]
    services: Mapping[str, Service]
    partners: Mapping[str, Partner]
    places: Mapping[str, Place]
