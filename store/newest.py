"""Tables to which rows are only ever added, and what counts of them kept in memory: texts and facts, at hand in each
process that answers people."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from threading import Lock

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from store.database import reading
from store.models import FactChange, Translation

LOOK = 1.0  # seconds between two looks for something new, in each process


class Newest[Row: (FactChange, Translation)](ABC):
    """Looks for rows of a table with a higher id than it has seen, at most every so many seconds: one look-up in an
    index. While one thread looks, the others go on with what is there; so they do when the database is away.
    """

    def __init__(self, engine: Engine, table: type[Row], *, every: float, tick: Callable[[], float]) -> None:
        self.engine, self.every, self.tick = engine, every, tick
        self.table: type[Row] = table
        self._seen = 0
        self._looked: float | None = None
        self._looking = Lock()

    def again(self) -> None:
        """Look at the next call, however short ago the last look was."""
        if self._looked is not None:
            self._looked = float("-inf")

    @abstractmethod
    def _take(self, rows: Sequence[Row]) -> None:
        """Let new rows count, the oldest first."""

    def _look(self) -> None:
        """If it is time: others may be answering from what is there meanwhile."""
        if self._looked is not None and self.tick() - self._looked < self.every:
            return
        if not self._looking.acquire(blocking=self._looked is None):  # the first time everybody waits
            return
        try:
            with reading(self.engine) as session:
                query = select(self.table).where(self.table.id > self._seen).order_by(self.table.id)
                new = session.scalars(query).all()
            if new:
                self._take(new)
                self._seen = new[-1].id
        except (OperationalError, NoConnection):
            pass  # the turn that needs the database will say so; what is known stays as it was
        finally:
            self._looked = self.tick()
            self._looking.release()
