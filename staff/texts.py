"""The translation desk: what people read, language by language; read beside the English, corrected, approved."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from flows import catalogue, emergency, lengths
from flows.languages import AUTONYMS
from flows.numbers import Plural, english_forms, forms
from flows.standing import of_staff
from flows.words import plain
from nlu.cleaning import clean
from staff import guard
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from staff.worklist import PAGE, SHOWN, Item, Which, counts, direction, following, items, languages, matching
from store import translations
from store.errors import AlreadyHandled
from store.models import Translation as Row

router = APIRouter()
SHIPPED = "0"  # the translation that came with the desk, among those that can be put back
LOOKS = ("check", "machine")  # what a form may ask for without changing anything
CHANGED_MEANWHILE = "The English was changed while you were writing. Read it again, then save."
MADE_FOR_OTHER = "That one was made for other English. Correct it beside today's, then approve it."
STILL_HERE = "What you wrote is still in the box: compare, then save."


class EnglishChanged(Exception):
    """The English is not the one that the writer had before them."""


class OlderEnglish(Exception):
    """An earlier translation that somebody wants back does not fit today's English. `forms`: its words."""

    def __init__(self, forms: Sequence[str]) -> None:
        super().__init__("made for other English")
        self.forms = forms


@router.get("/texts", name="texts")
def overview(request: Request) -> Response:
    """Each language, and how far it is."""
    with enter(request, may="texts") as visit:
        return visit.page(
            "texts.html",
            here="texts",
            counts=counts(visit.session, visit.desk.words),
            looked_over=emergency.REVIEWED,
            overdue=catalogue.overdue(visit.now.date()),
        )


@router.get("/texts/{language}", name="texts_of")
def listed(
    request: Request,
    language: str,
    *,
    show: str = "",
    q: str = "",
    page: guard.MaybeId = 1,
    done: guard.MaybeId = 0,
) -> Response:
    """The texts of a language: safety texts, then what needs a person most."""
    with enter(request, may="texts") as visit:
        which, found = _which(show, q), _items(visit, language)
        matched = matching(found, which)
        last = max(1, -(-len(matched) // PAGE))
        number = min(max(1, page), last)
        return visit.page(
            "texts_of.html",
            here="texts",
            code=language,
            rows=matched[(number - 1) * PAGE : number * PAGE],
            total=len(matched),
            number=number,
            last=last,
            which=which,
            shows=list(SHOWN.items()),
            just=_just(visit, done),
        )


@router.get("/texts/{language}/text/{key}", name="text")
def one(
    request: Request, language: str, key: str, *, show: str = "", q: str = "", done: guard.MaybeId = 0
) -> Response:
    """One text: English and translation side by side."""
    with enter(request, may="texts") as visit:
        return _page(visit, _item(visit, language, key), _which(show, q), done=done)


@router.post("/texts/{language}/text/{key}")
def decide(
    request: Request, language: str, key: str, form: guard.Form, *, show: str = "", q: str = ""
) -> Response:
    """Approve, save as a draft, put an earlier one back; or only look: check, and show a machine's draft."""
    which, action = _which(show, q), form.get("do", "")
    written: Sequence[str] = ()
    faults: Faults = []
    status = 200
    try:
        with enter(request, form, may="texts") as visit:
            item = _item(visit, language, key)
            written = _written(form, item)
            if action not in LOOKS:
                return _decided(visit, item, which, form, written)
    except Wrong as wrong:
        faults, status = wrong.faults, 422
    except EnglishChanged:
        faults, status = [("", CHANGED_MEANWHILE)], 409
    except OlderEnglish as older:
        written, faults, status = older.forms, [("", MADE_FOR_OTHER)], 409
    except AlreadyHandled as handled:
        with enter(request, may="texts") as visit:
            faults, status = [("", f"{visit.already(handled)} {STILL_HERE}")], 409
    with enter(request, may="texts") as visit:
        item = _item(visit, language, key)
        if action == "machine":  # not in the transaction above: nobody waits for a machine there
            written = [_suggestion(visit, item) or ""]
        return _page(visit, item, which, written=written, faults=faults, status=status)


def _decided(
    visit: Visit, item: Item, which: Which, form: Mapping[str, str], written: Sequence[str]
) -> Response:
    """Saves, and opens the next text that needs somebody. Raises what _save and _put_back raise."""
    found = _items(visit, item.language)
    row = _put_back(visit, item, form) if form.get("do") == "back" else _save(visit, item, form, written)
    query = {**_query(which), "done": row.id}
    next_key = item.key if row.state != "reviewed" else following(found, which, item.key)
    if next_key is None:
        return visit.go("texts_of", query, language=item.language)
    return visit.go("text", query, language=item.language, key=next_key)


def _save(visit: Visit, item: Item, form: Mapping[str, str], written: Sequence[str]) -> Row:
    """What the form says, approved or as a draft. Raises Wrong, EnglishChanged, AlreadyHandled."""
    approved = form.get("do") == "approve"
    faults: Faults = [("text", each) for each in catalogue.wrong(item.entry.english, written, item.language)]
    if approved and item.safety and form.get("read") != "yes":
        faults.append(("read", "Read each line and each number once more, then say so here."))
    if faults:
        raise Wrong(*faults)
    return _keep(visit, item, form, written, "reviewed" if approved else "draft")


def _put_back(visit: Visit, item: Item, form: Mapping[str, str]) -> Row:
    """An earlier translation counts again, in the state it had. Raises OlderEnglish, Wrong, AlreadyHandled."""
    chosen = form.get("version_of", "")
    before = {SHIPPED: visit.desk.words.written(item.language).get(item.key)}
    for row in translations.history(visit.session, item.language, item.key):
        before[str(row.id)] = of_staff(row)
    old = before.get(chosen)
    if old is None:
        raise Wrong(("", "Choose one of the earlier translations."))
    wrong = catalogue.wrong(item.entry.english, old.forms, item.language)
    if wrong or old.status == "stale" or old.made_for != english_forms(item.entry.english):
        raise OlderEnglish(old.forms)
    return _keep(visit, item, form, old.forms, old.status)


def _keep(visit: Visit, item: Item, form: Mapping[str, str], written: Sequence[str], state: str) -> Row:
    version, _, seen = form.get("version", "").partition(".")
    if seen != _print_of(item.entry.english):
        raise EnglishChanged
    return translations.save(
        visit.session,
        item.language,
        item.key,
        english=english_forms(item.entry.english),
        forms=written,
        state=state,
        who=visit.account.name,
        actor=visit.actor,
        now=visit.now,
        version=int(version[:9]) if version.isdecimal() else 0,
    )


def _written(form: Mapping[str, str], item: Item) -> list[str]:
    """The boxes of the form, cleaned: one, or one a plural form."""
    return [clean(form.get(f"text-{number}", "")) for number in range(len(_boxes(item)))]


def _boxes(item: Item) -> list[str]:
    """What each box is for: the numbers that take its form, or nothing for a text without a number."""
    if not isinstance(item.entry.english, Plural):
        return [""]
    return [str(form) for form in forms(item.language)]


def _print_of(text: str) -> str:
    return format(crc32("\0".join(english_forms(text)).encode()), "x")


def _which(show: str, q: str) -> Which:
    return Which(show if show in SHOWN else "", clean(q)[:80])


def _query(which: Which) -> dict[str, object]:
    return {"show": which.show, "q": which.q}


def _items(visit: Visit, language: str) -> list[Item]:
    """Raises HTTPException(404) for a language that nobody translates into."""
    if language not in languages(visit.desk.words):
        raise HTTPException(404)
    return items(visit.session, visit.desk.words, language)


def _item(visit: Visit, language: str, key: str) -> Item:
    found = next((item for item in _items(visit, language) if item.key == key), None)
    if found is None:
        raise HTTPException(404)
    return found


def _just(visit: Visit, row_id: int) -> Row | None:
    """What this very person has just saved."""
    row = visit.session.get(Row, row_id) if row_id else None
    return row if row is not None and row.who == visit.account.name else None


def _page(
    visit: Visit,
    item: Item,
    which: Which,
    *,
    written: Sequence[str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
    done: int = 0,
) -> Response:
    words, code = visit.desk.words, item.language
    history = translations.history(visit.session, code, item.key)
    sent = None if written is None else list(written)
    shown = sent if sent is not None else list(item.translation.forms)
    shown += [""] * (len(_boxes(item)) - len(shown))
    return visit.page(
        "text.html",
        status=status,
        here="texts",
        item=item,
        code=code,
        called=AUTONYMS[code],
        direction=direction(code),
        boxes=list(zip(_boxes(item), shown, strict=True)),
        checked=_checked(visit, item, shown) if any(shown) else None,
        slots=_slots(visit, item),
        version=f"{history[0].version if history else 0}.{_print_of(item.entry.english)}",
        history=history,
        shipped=words.written(code).get(item.key),
        counts_now=item.translation if sent is not None and tuple(sent) != item.translation.forms else None,
        machine=_suggestion(visit, item) if item.status in ("missing", "stale") else None,
        following=following(_items(visit, code), which, item.key),
        which=which,
        english_forms=english_forms,
        just=_just(visit, done),
        faults=faults or [],
    )


def _suggestion(visit: Visit, item: Item) -> str | None:
    """What a machine makes of it; never of a safety text, and not of plural forms."""
    if item.safety or isinstance(item.entry.english, Plural):
        return None
    return visit.desk.drafts(item.entry, item.language)


def _checked(visit: Visit, item: Item, shown: Sequence[str]) -> dict[str, object]:
    """What the page says about the words in the boxes: faults, SMS, and how a person will see them."""
    words, code = visit.desk.words, item.language
    examples = dict(lengths.examples(words, code))
    measured = [visit.desk.measures(item.key, text, code) for text in shown if text]
    previews = []
    for number, text in enumerate(shown):
        if isinstance(item.entry.english, Plural):
            examples[item.entry.english.slot] = forms(code)[number].numbers[0]
        previews.append(plain(words.fill(text, examples, code), "sms"))
    costs = [each for each in measured if each is not None]
    return {
        "faults": catalogue.wrong(item.entry.english, shown, code),
        "cost": max(costs, key=lambda each: (each.segments, each.units), default=None),
        "costly": {sign: instead for each in costs for sign, instead in each.costly.items()},
        "previews": [each for each in previews if each],
    }


def _slots(visit: Visit, item: Item) -> list[tuple[str, str, str]]:
    """The slots of the English: name, what is filled in, and an example as people see it."""
    words, code = visit.desk.words, item.language
    examples = lengths.examples(words, code)
    described = lengths.described("".join(english_forms(item.entry.english)))
    shown = {name: words.value(examples[name], code) if name in examples else "" for name in described}
    return [
        (name, what, "" if clean(shown[name]) == what else shown[name]) for name, what in described.items()
    ]
