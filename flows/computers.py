"""Computers, internet, printing and scanning."""

from flows.intents import go
from flows.service import service_flow

flow = service_flow("computers", "computers_printing", follow=(go("it_sessions"),))
