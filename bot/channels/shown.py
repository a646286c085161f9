"""A channel without a provider: the try-out page and the terminal show what is in the outbox."""

import secrets

from flows.words import Rendered


class Shown:
    """Being settled as sent makes a message appear on the page or in the terminal."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:  # noqa: ARG002 - the Channel protocol's
        """Nothing to do; returns an id like a provider's."""
        return secrets.token_hex(8)
