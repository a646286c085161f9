"""Borrow and reserve books."""

from flows.intents import go
from flows.service import service_flow

flow = service_flow("borrow", "borrow_books", follow=(go("join_library"),))
