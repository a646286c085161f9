"""The knowledge base for other programs, in the form of Open Referral UK."""

from fastapi import APIRouter, HTTPException

from bot.here import Here
from kb import openreferral

router = APIRouter(prefix="/openreferral/services")


@router.get("")
def services(desk: Here, page: int = 1, per_page: int = 50) -> dict[str, object]:
    try:
        return openreferral.service_list(desk.current(), page, per_page)
    except ValueError:
        raise HTTPException(400, "page and per_page start at 1") from None


@router.get("/{identity}")
def service(desk: Here, identity: str) -> dict[str, object]:
    found = openreferral.service_detail(desk.current(), identity)
    if found is None:
        raise HTTPException(404)
    return found
