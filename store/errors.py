"""What can go wrong in the store, each a type of its own; str(error) is a line for the log, without names."""

from datetime import datetime


class StoreError(Exception):
    """Anything below; never a fault of the database itself (that is SQLAlchemy's OperationalError)."""


class Full(StoreError):
    """No place is free in that session."""


class Closed(StoreError):
    """That session or offer can no longer be taken: too soon, started, cancelled or expired."""


class NotAllowed(StoreError):
    """No edge of the transition table leads there for this actor, or the booking is another person's."""


class AlreadyHandled(StoreError):
    """Somebody was faster: `by` (a username, "person" or "system") at `at` made it `state`."""

    def __init__(self, by: str, at: datetime, state: str) -> None:
        super().__init__(f"already {state} by {by} at {at.isoformat()}")
        self.by, self.at, self.state = by, at, state


class NoSuchTime(StoreError):
    """A wall time that the clocks skip in spring, e.g. 28 March 2027 01:30 in London."""


class NoKey(StoreError):
    """No encryption key was given: the desk does not start."""


class WrongKey(StoreError):
    """These keys do not open what is stored: the desk does not start, and writes nothing with a wrong one."""


class NotLoggedIn(StoreError):
    """No such staff session, or it ended: idle for 30 minutes, 10 hours old, or the account was disabled."""


class WrongPassword(StoreError):
    """Unknown username, wrong password or disabled account: which of them is not said."""


class SlowDown(StoreError):
    """Too many wrong passwords from there: try again after `seconds`. Nothing was checked."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s before the next password")
        self.seconds = seconds
