"""Posters and leaflets to print, and where they hang."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows.languages import ENGLISH
from flows.posters import NotPrinted
from staff import english, guard
from staff.desk import Prints
from staff.visit import Visit, enter
from store import outlets

router = APIRouter()
KINDS = {"poster": "Poster, A4", "leaflet": "Leaflet, A4 to fold"}
FORMS = {"pdf": "application/pdf", "png": "image/png"}
NO_PAGE = "There is no such poster."


class NoPoster(guard.Refused):
    """An address of a poster that none of our links has, or one that cannot be made."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, "There is no poster", text)


@router.get("/posters", name="posters")
def show(
    request: Request, *, language: str = "", place: str = "", kind: str = "", just: guard.MaybeId = 0
) -> Response:
    """Choose, look, print; and below where posters hang."""
    with enter(request) as visit:
        prints, today = visit.desk.posters, english.local(visit.now).date()
        places = visit.my_places()
        chosen = {
            "language": language if prints and language in prints.languages else "",
            "place": place if place in places else next(iter(places), ""),
            "kind": kind if kind in KINDS else "poster",
        }
        found = outlets.listed(visit.session, visit.places)
        return visit.page(
            "posters.html",
            here="posters",
            prints=prints,
            languages=ENGLISH,
            places=places,
            kinds=KINDS,
            chosen=chosen,
            standing=prints.standing(chosen["language"], chosen["place"])
            if prints and chosen["language"] and chosen["place"]
            else None,
            outlets=found,
            number=outlets.count(visit.session, visit.places, today),
            by_language=outlets.by_language(visit.session, visit.places, today),
            outlet_kinds=english.OUTLETS,
            today=today,
            just=next((each for each in found if each.id == just and each.created_by == visit.actor), None),
        )


@router.get("/posters/{language}/{place}/{kind}.{form}", name="poster")
def file(request: Request, language: str, place: str, kind: str, form: str) -> Response:
    """The poster itself: as PDF to print, as PNG to look at."""
    with enter(request) as visit:
        prints = _printable(visit, language, place, kind, form)
    make = prints.pdf if form == "pdf" else prints.picture
    try:
        made = make(language, place, leaflet=kind == "leaflet")
    except NotPrinted as fault:
        raise NoPoster(503, "It cannot be made at the moment. Tell whoever runs the desk.") from fault
    name = f"{kind}-{language}-{place}.{form}"
    how = "attachment" if form == "pdf" else "inline"
    return Response(
        made, media_type=FORMS[form], headers={"content-disposition": f'{how}; filename="{name}"'}
    )


def _printable(visit: Visit, language: str, place: str, kind: str, form: str) -> Prints:
    """What makes this very poster. Raises NoPoster."""
    prints = visit.desk.posters
    if prints is None:
        raise NoPoster(503, "The desk has no typefaces to print with. Tell whoever runs it.")
    if (
        language not in prints.languages
        or place not in visit.my_places()
        or kind not in KINDS
        or form not in FORMS
    ):
        raise NoPoster(404, NO_PAGE)
    return prints
