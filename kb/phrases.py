"""Every English text of the knowledge base that a person can read, under the key of its translations."""

from kb.model import KnowledgeBase


def phrases(kb: KnowledgeBase) -> dict[str, str]:
    """Key → English, for the catalogue of texts: names, summaries and facts, in a stable order.

    Keys: `kb.service.<id>.name|summary|facts.<n>`, `kb.place.<id>.name`, `kb.partner.<id>.name|summary`.
    """
    found: dict[str, str] = {}
    for service_id, service in kb.services.items():
        found[f"kb.service.{service_id}.name"] = service.name
        found[f"kb.service.{service_id}.summary"] = service.summary
        found |= {f"kb.service.{service_id}.facts.{n}": fact.text for n, fact in enumerate(service.facts)}
    found |= {f"kb.place.{place_id}.name": place.name for place_id, place in kb.places.items()}
    for partner_id, partner in kb.partners.items():
        found[f"kb.partner.{partner_id}.name"] = partner.name
        found[f"kb.partner.{partner_id}.summary"] = partner.summary
    return found
