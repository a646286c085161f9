"""Join the library: what is needed (no identification), then where to go on."""

from flows.intents import go
from flows.service import service_flow

flow = service_flow("join", "join_library", follow=(go("opening_hours"),))
