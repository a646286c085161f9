"""Every flow of the desk. A new one is a file and a line here (and one in flows/intents.py to reach it)."""

from __future__ import annotations

from flows import (
    book,
    borrow,
    cancel,
    card,
    change,
    computers,
    delete,
    emergency,
    feedback,
    human,
    join,
    language,
    menu,
    mine,
    offer,
    opening,
    partners,
    privacy,
    reminding,
    service,
    smalltalk,
    stop,
    subscribe,
)
from flows.questions import Flow

FILES: dict[str, tuple[Flow, ...]] = {
    "menu": (menu.flow, menu.more),
    "join": (join.flow,),
    "service": (service.flow,),
    "opening": (opening.flow,),
    "borrow": (borrow.flow,),
    "computers": (computers.flow,),
    "book": (book.flow,),
    "mine": (mine.flow,),
    "card": (card.flow,),
    "cancel": (cancel.flow,),
    "change": (change.flow,),
    "offer": (offer.flow,),
    "subscribe": (subscribe.flow,),
    "reminding": (reminding.flow,),
    "partners": (partners.flow,),
    "human": (human.flow, human.more),
    "feedback": (feedback.flow,),
    "privacy": (privacy.flow,),
    "delete": (delete.flow,),
    "language": (language.flow,),
    "stop": (stop.flow, stop.start),
    "emergency": (emergency.flow,),
    "smalltalk": (
        smalltalk.greet,
        smalltalk.thanks,
        smalltalk.affirm,
        smalltalk.deny,
        smalltalk.out_of_scope,
    ),
}
"""File name -> its flows, in the order of the catalogue."""

FLOWS: dict[str, Flow] = {flow.name: flow for flows in FILES.values() for flow in flows}
