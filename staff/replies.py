"""An answer of staff to a person, from the form to the outbox: shown first exactly as the person will read it.

What was shown goes along in the form, sealed, and just that is sent: a machine may say it otherwise the next time.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows import staffed
from flows.catalogue import Entry
from flows.message import Message, messages_from_json, messages_to_json
from flows.staffed import PHRASE
from flows.values import Text
from flows.words import MARK, isolate_runs
from nlu.cleaning import clean
from nlu.translate import NOT_COVERED
from staff import phrases
from staff.desk import Looks
from staff.forms import Wrong
from staff.visit import Visit
from store.base import Json
from store.errors import WrongKey
from store.models import Contact

LIMIT = 600  # characters of English; SMS takes fewer, which the preview says
KEPT = timedelta(hours=1)  # how long a preview can be sent
OWN, READY = "own", "phrase"


class LookAgain(Exception):
    """What was shown is not what would go out now: too old, another language, or not from this page."""


@dataclass(frozen=True)
class Draft:
    """What a member of staff is about to send. `way`: OWN or READY; `by_machine`: a machine put it into the language
    of the person; `no_machine`: it goes out in English for want of one."""

    messages: tuple[Message, ...]
    english: str
    way: str
    by_machine: bool = False
    no_machine: bool = False

    def payload(self, actor: str) -> Json:
        staff = {"by": actor, "english": self.english, "own": self.way == OWN}
        return {"messages": messages_to_json(self.messages), "staff": staff}


def draft(visit: Visit, contact: Contact, form: Mapping[str, str], way: str) -> Draft:
    """What the form says, in the language of the person. May wait for a machine. Raises Wrong."""
    if way == READY:
        message = phrases.chosen(form, visit.desk.names.places, visit.now)
        english = visit.desk.words.render(message, "en", contact.channel).text
        return Draft((Message("staffed.from_staff"), message), english, READY)
    text = clean(form.get("text", ""))
    if not any(c.isalnum() for c in text):
        raise Wrong(("text", "Write your answer."))
    if len(text) > LIMIT:
        raise Wrong(("text", f"Write at most {LIMIT} characters. These are {len(text)}."))
    return _own(visit, text, contact.language or "en")


def _own(visit: Visit, text: str, language: str) -> Draft:
    if language == "en":
        return Draft((_from_staff(text),), text, OWN)
    machine = None
    if visit.desk.words.drafts == "send":
        machine = visit.desk.drafts(Entry("staff.own", text, "staff"), language)
    if machine is None:
        return Draft((staffed.in_english(text),), text, OWN, no_machine=True)
    said = _from_staff(isolate_runs(clean(machine), language))
    return Draft((Message(MARK), said), text, OWN, by_machine=True)


def _from_staff(text: str) -> Message:
    return Message("staff.reply", {"text": Text(text)})


def look(visit: Visit, contact: Contact, shown: Draft, marked: Collection[str]) -> Looks:
    """What the person will read. `marked`: the languages in which the mark of drafts was said."""
    if visit.desk.preview is None:
        raise RuntimeError("nobody can answer people from here")
    return visit.desk.preview(shown.messages, contact.language or "en", contact.channel, marked)


def why_english(visit: Visit, language: str) -> str:
    """Why there is no translation of own words into a language, for the page."""
    if visit.desk.words.drafts != "send":
        return "held"
    return "never" if language in NOT_COVERED else "now"


def seal(visit: Visit, contact: Contact, shown: Draft, version: int) -> str:
    """The preview as it goes along in the form. `version`: of the conversation that was looked at."""
    kept = {
        "contact": contact.id,
        "language": contact.language or "en",
        "by": visit.actor,
        "at": visit.now.isoformat(),
        "version": version,
        "once": secrets.token_hex(12),
        "way": shown.way,
        "by_machine": shown.by_machine,
        "english": shown.english,
        "messages": messages_to_json(shown.messages),
    }
    return visit.desk.vault.seal(json.dumps(kept, ensure_ascii=False))


@dataclass(frozen=True)
class Ready:
    """A preview that came back with "Send". `once`: the same for every press of that button."""

    draft: Draft
    version: int
    once: str
    detail: Mapping[str, object]


def unseal(visit: Visit, contact: Contact, sealed: str) -> Ready:
    """Raises LookAgain."""
    try:
        kept: dict[str, Any] = json.loads(visit.desk.vault.open(sealed))
        ours = (kept["contact"], kept["by"]) == (contact.id, visit.actor)
        fresh = visit.now - datetime.fromisoformat(kept["at"]) <= KEPT
        if not ours or not fresh or kept["language"] != (contact.language or "en"):
            raise LookAgain
        messages = messages_from_json(kept["messages"])
        shown = Draft(messages, kept["english"], kept["way"], kept["by_machine"])
    except (WrongKey, ValueError, KeyError, TypeError):
        raise LookAgain from None
    detail = {"way": shown.way, "by_machine": shown.by_machine, "language": kept["language"]}
    if shown.way == READY:
        detail["phrase"] = messages[-1].key.removeprefix(PHRASE)
    return Ready(shown, int(kept["version"]), f"staff:{contact.id}:{kept['once']}", detail)
