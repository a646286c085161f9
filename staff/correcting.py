"""What staff type for a fact, by its kind: the fields as a form shows them, and the value they make.

Every reader raises staff.forms.Wrong with a sentence for each field that cannot be taken.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from flows.languages import ENGLISH
from kb import wording
from kb.held import Held
from kb.model import KnowledgeBase
from staff import english
from staff.answered import WEEK
from staff.forms import Faults, Wrong

type Sent = Mapping[str, str]

MOST_COSTS = 6
DEAREST = 1_000  # pounds
COST_NAME = 60
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_EMAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]+\.[^\s@,;<>.]{2,}")
_CLOCK = r"([0-9]{1,2})(?:[:.]([0-9]{2}))? ?(am|pm)?"
_TIMES = re.compile(rf"{_CLOCK}(?: ?(?:-|–|to|until) ?{_CLOCK})?", re.IGNORECASE)
_AMOUNT = re.compile(r"£? ?([0-9]{1,4}(?:\.[0-9]{1,2})?)")
CLOSED = ("", "closed", "-")
NOT_KNOWN = "?"  # the day is known, its times are not


def fields_of(item: Held) -> dict[str, str]:
    """The form's fields as they are filled in for the value that counts now."""
    if item.value is None:
        return {"city": "Leicester"} if item.slot.kind == "address" else {}
    return _FILL[item.slot.kind](item.value)


def value_of(kb: KnowledgeBase, item: Held, sent: Sent) -> Any:
    """The value that a form makes (kb/fields.py). Raises Wrong."""
    return _READ[item.slot.kind](kb, item, sent)


def _text(_kb: KnowledgeBase, _item: Held, sent: Sent) -> str:
    return _short(sent.get("text", ""), "text", wording.FACT_MAX)


def _summary(_kb: KnowledgeBase, _item: Held, sent: Sent) -> str:
    text = " ".join(sent.get("text", "").split())
    if len(wording.sentences(text)) > wording.SENTENCES_MAX:
        raise Wrong(("text", f"Write at most {wording.SENTENCES_MAX} sentences."))
    for sentence in wording.sentences(text):
        _short(sentence, "text", wording.SENTENCE_MAX)
    return _short(text, "text", 2 * wording.SENTENCE_MAX)


def _short(written: str, field: str, most: int) -> str:
    text = " ".join(written.split())
    if not text:
        raise Wrong((field, "Write the sentence."))
    if len(text) > most:
        raise Wrong((field, f"Write at most {most} characters. These are {len(text)}."))
    if "{" in text or "}" in text:
        raise Wrong((field, "Leave out { and }: they stand for something that the desk fills in."))
    return text


def _runs(_kb: KnowledgeBase, _item: Held, sent: Sent) -> dict[str, bool]:
    if sent.get("runs") not in ("yes", "no"):
        raise Wrong(("runs", "Choose Yes or No."))
    return {"runs": sent["runs"] == "yes"}


def _week(_kb: KnowledgeBase, item: Held, sent: Sent) -> list[dict[str, str]]:
    """The days of a week, each with its times, such as "09:30-13:00, 14:00-17:00"; empty when closed."""
    faults: Faults = []
    found = []
    for code, name in zip(WEEK, english.WEEKDAYS, strict=True):
        field, written = f"time-{code}", sent.get(f"time-{code}", "").strip()
        try:
            found += [
                {"freq": "WEEKLY", "byday": code, **times} for times in _day(item, written, name, field)
            ]
        except Wrong as wrong:
            faults += wrong.faults
    if not faults and not found:
        faults = [
            (f"time-{WEEK[0]}", "Write the times of at least one day. If nobody knows them, take it out.")
        ]
    if faults:
        raise Wrong(*faults)
    return found


def _day(item: Held, written: str, name: str, field: str) -> list[dict[str, str]]:
    if written.casefold() in CLOSED:
        return []
    if written == NOT_KNOWN and item.key[0] == "service":
        return [{}]
    found: list[dict[str, str]] = []
    for part in re.split(r",|;|&|\band\b", written):
        match = _TIMES.fullmatch(part.strip())
        opens = _clock(match.group(1, 2, 3)) if match else None
        closes = _clock(match.group(4, 5, 6)) if match and match[4] else None
        if opens is None or (match and match[4] and closes is None):
            raise Wrong((field, f"{name}: write times such as 09:30-17:00, or leave it empty when closed."))
        if closes is None and item.key[0] != "service":
            raise Wrong((field, f"{name}: write from when to when, such as 09:30-17:00."))
        if closes is not None and closes <= opens:
            raise Wrong((field, f"{name}: it would close at {closes}, before it opens at {opens}."))
        if found and opens < (found[-1].get("closes_at") or found[-1]["opens_at"]):
            raise Wrong((field, f"{name}: write the earlier times first; two must not overlap."))
        found.append({"opens_at": opens} | ({"closes_at": closes} if closes else {}))
    return found


def _clock(parts: tuple[str | Any, ...]) -> str | None:
    """A time as HH:MM, from "9", "9.30", "5pm"; None when no clock shows it."""
    hour, minute, half = int(parts[0]), int(parts[1] or 0), (parts[2] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def _places(kb: KnowledgeBase, _item: Held, sent: Sent) -> list[dict[str, str]]:
    return _ticked(sent, "at-", list(kb.places), "Choose at least one library.")


def _partners(kb: KnowledgeBase, _item: Held, sent: Sent) -> list[dict[str, str]]:
    return _ticked(sent, "with-", list(kb.partners), "Choose at least one partner.")


def _languages(_kb: KnowledgeBase, _item: Held, sent: Sent) -> list[dict[str, str]]:
    return _ticked(sent, "speaks-", list(ENGLISH), "Choose at least one language.", "code")


def _ticked(sent: Sent, prefix: str, ids: list[str], nothing: str, name: str = "id") -> list[dict[str, str]]:
    found = [{name: id_} for id_ in ids if sent.get(f"{prefix}{id_}")]
    if not found:
        raise Wrong((f"{prefix}{ids[0]}", f"{nothing} If nobody knows, take it out."))
    return found


def _costs(_kb: KnowledgeBase, _item: Held, sent: Sent) -> list[dict[str, Any]]:
    faults: Faults = []
    found: list[dict[str, Any]] = []
    for n in range(1, MOST_COSTS + 1):
        option = " ".join(sent.get(f"option-{n}", "").split())
        amount = sent.get(f"amount-{n}", "").strip()
        if not option and not amount:
            continue
        pounds = _pounds(amount)
        if not option:
            faults.append((f"option-{n}", "Write what costs this much."))
        elif len(option) > COST_NAME:
            faults.append((f"option-{n}", f"Write at most {COST_NAME} characters. These are {len(option)}."))
        elif any(each["option"].casefold() == option.casefold() for each in found):
            faults.append((f"option-{n}", "This stands twice."))
        if pounds is None:
            faults.append(
                (f"amount-{n}", f"Write an amount such as 2.50, or 0 when it is free; at most {DEAREST:,}.")
            )
        found.append({"option": option, "amount": pounds})
    if not found and not faults:
        faults = [("option-1", "Write at least one cost. If nobody knows, take it out.")]
    if faults:
        raise Wrong(*faults)
    return found


def _pounds(written: str) -> float | None:
    if written.casefold() == "free":
        return 0.0
    match = _AMOUNT.fullmatch(written)
    return float(match[1]) if match and float(match[1]) <= DEAREST else None


def _contact(kb: KnowledgeBase, item: Held, sent: Sent) -> list[dict[str, str]]:
    phone, email = sent.get("phone", "").strip(), sent.get("email", "").strip()
    faults: Faults = []
    if not phone and not email:
        faults.append(("phone", "Write a phone number or an e-mail address. If nobody knows, take it out."))
    if phone and (number := _phone(phone)) is None:
        faults.append(
            ("phone", "This is no phone number that can be called. Write it such as 0116 496 0000.")
        )
    elif phone:
        phone = str(number)
    if email and (len(email) > 100 or not _EMAIL.fullmatch(email)):
        faults.append(("email", "This is no e-mail address. Write it such as library@example.org."))
    if faults:
        raise Wrong(*faults)
    title = item.value[0]["title"] if item.value else "Library staff"
    if item.key[0] == "partner" and not item.value:
        title = kb.partners[item.key[1]].name
    return [{"title": title} | ({"phone": phone} if phone else {}) | ({"email": email} if email else {})]


def _phone(written: str) -> str | None:
    """As people dial it here; a number of another country with its code. None when no telephone has it."""
    try:
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    here = number.country_code == 44
    form = phonenumbers.PhoneNumberFormat.NATIONAL if here else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def _address(_kb: KnowledgeBase, item: Held, sent: Sent) -> list[dict[str, str]]:
    street, city = (" ".join(sent.get(name, "").split()) for name in ("address_1", "city"))
    postcode = _POSTCODE.fullmatch(" ".join(sent.get("postal_code", "").upper().split()))
    faults: Faults = []
    for name, text, sentence in (
        ("address_1", street, "Write number and street."),
        ("city", city, "Write the city."),
    ):
        if not text:
            faults.append((name, sentence))
        elif len(text) > wording.NAME_MAX:
            faults.append((name, f"Write at most {wording.NAME_MAX} characters. These are {len(text)}."))
    if postcode is None:
        faults.append(("postal_code", "Write the whole postcode, such as LE1 1AA."))
    if faults or postcode is None:
        raise Wrong(*faults)
    county = item.value[0]["state_province"] if item.value else "Leicestershire"
    return [
        {
            "address_1": street,
            "city": city,
            "state_province": county,
            "postal_code": " ".join(postcode.groups()),
        }
    ]


def _website(_kb: KnowledgeBase, _item: Held, sent: Sent) -> dict[str, str]:
    written = sent.get("url", "").strip()
    url = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise Wrong(("url", _NO_URL)) from None
    right = (
        parts.scheme in ("http", "https")
        and re.fullmatch(r"[\w-]+(\.[\w-]+)+", host)
        and "@" not in parts.netloc
    )
    if not right or len(url) > 200 or re.search(r"\s|[<>\"{}]", url):
        raise Wrong(("url", _NO_URL))
    return {"url": url}


_NO_URL = "This is no address of a website. Write it such as https://www.example.org."


def _audience(_kb: KnowledgeBase, _item: Held, sent: Sent) -> dict[str, Any]:
    faults: Faults = []
    ages: dict[str, int] = {}
    for name in ("minimum_age", "maximum_age"):
        written = sent.get(name, "").strip()
        if not re.fullmatch(r"[0-9]{0,3}", written) or (written and int(written) > 120):
            faults.append((name, "Write an age in years, 0 to 120, or leave it empty."))
        elif written:
            ages[name] = int(written)
    if len(ages) == 2 and ages["minimum_age"] > ages["maximum_age"]:
        faults.append(("maximum_age", "The oldest is younger than the youngest."))
    try:
        description = _short(sent.get("description", ""), "description", wording.FACT_MAX)
    except Wrong as wrong:
        raise Wrong(*wrong.faults, *faults) from None
    if faults:
        raise Wrong(*faults)
    return {"description": description, **ages}


def _fill_week(value: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for each in value:
        if "byday" in each and each["freq"] == "WEEKLY":
            times = "-".join(each[name] for name in ("opens_at", "closes_at") if name in each)
            found.setdefault(f"time-{each['byday']}", []).append(times or NOT_KNOWN)
    return {field: ", ".join(times) for field, times in found.items()}


def _fill_costs(value: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for n, each in enumerate(value, start=1):
        found |= {f"option-{n}": each["option"], f"amount-{n}": f"{each['amount']:.2f}".removesuffix(".00")}
    return found


def _fill_ticks(prefix: str, name: str = "id") -> Callable[[Any], dict[str, str]]:
    return lambda value: {f"{prefix}{each[name]}": "on" for each in value}


_READ: Mapping[str, Callable[[KnowledgeBase, Held, Sent], Any]] = {
    "text": _text,
    "summary": _summary,
    "runs": _runs,
    "times": _week,
    "places": _places,
    "partners": _partners,
    "languages": _languages,
    "money": _costs,
    "contact": _contact,
    "address": _address,
    "website": _website,
    "audience": _audience,
}
_FILL: Mapping[str, Callable[[Any], dict[str, str]]] = {
    "text": lambda value: {"text": value},
    "summary": lambda value: {"text": value},
    "runs": lambda value: {"runs": "yes" if value["runs"] else "no"},
    "times": _fill_week,
    "places": _fill_ticks("at-"),
    "partners": _fill_ticks("with-"),
    "languages": _fill_ticks("speaks-", "code"),
    "money": _fill_costs,
    "contact": lambda value: {name: value[0].get(name, "") for name in ("phone", "email")},
    "address": lambda value: dict(value[0]),
    "website": dict,
    "audience": lambda value: {name: str(text) for name, text in value.items()},
}
