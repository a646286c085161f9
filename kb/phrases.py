"""Every English text of the knowledge base that a person can read, under the key of its translations."""

from collections.abc import Callable, Iterator, Mapping

from kb.model import KnowledgeBase


class Phrases(Mapping[str, str]):
    """The phrases of a knowledge base that staff can change while the desk runs: those of this moment."""

    def __init__(self, current: Callable[[], KnowledgeBase]) -> None:
        self._current = current
        self._made: tuple[KnowledgeBase | None, dict[str, str]] = (None, {})

    def __getitem__(self, key: str) -> str:
        return self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> dict[str, str]:
        kb = self._current()
        made_of, found = self._made
        if made_of is not kb:
            found = phrases(kb)
            self._made = (kb, found)
        return found


def phrases(kb: KnowledgeBase) -> dict[str, str]:
    """Key → English, for the catalogue of texts: names, summaries and facts, in a stable order.

    Keys: `kb.service.<id>.name|summary|facts.<n>`, `kb.place.<id>.name`, `kb.partner.<id>.name|summary`.
    """
    found: dict[str, str] = {}
    for service_id, service in kb.services.items():
        found[f"kb.service.{service_id}.name"] = service.name
        found[f"kb.service.{service_id}.summary"] = service.summary
        found |= {
            f"kb.service.{service_id}.facts.{n}": fact.text
            for n, fact in enumerate(service.facts)
            if not fact.withdrawn
        }
    found |= {f"kb.place.{place_id}.name": place.name for place_id, place in kb.places.items()}
    for partner_id, partner in kb.partners.items():
        found[f"kb.partner.{partner_id}.name"] = partner.name
        found[f"kb.partner.{partner_id}.summary"] = partner.summary
    return found
