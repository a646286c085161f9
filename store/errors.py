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


class DayOff(StoreError):
    """The library is closed that day."""


class Clash(StoreError):
    """The same weekly session stands at that time already."""


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


class CodeWanted(StoreError):
    """The password was right; now a one-time code is asked for. `token`: of the log-in that waits for it."""

    def __init__(self, token: str) -> None:
        super().__init__("a code is asked for")
        self.token = token


class WrongCode(StoreError):
    """Not the code of this moment, or one that was used before: which of them is not said."""


class NoAccount(StoreError):
    """The council knows this person; here nobody has made an account for them, or it is closed."""


class NoInvitation(StoreError):
    """No such link, or it was used, replaced or has run out."""


class UnfitPassword(StoreError, ValueError):
    """A password that will not do. `reason`: "short" or "name"."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LastAdmin(StoreError):
    """Nobody would be left who can look after the accounts of every library."""


class TooWide(StoreError):
    """An administrator of some libraries cannot give, change or close what goes beyond them."""
