"""Lists as CSV (RFC 4180) for a spreadsheet: no cell becomes a formula, and no small figure is given away."""

import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from staff import english

type Cell = str | int | float | date | datetime | None

BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
FORMULA = frozenset("=+-@\u2212")  # what a formula begins with, after NFKC; U+2212: the minus sign
BREAKS = frozenset("\t\r\n")
FEW = 5  # DESIGN section 8: figures below are not shown
UNDER, HIDDEN = f"under {FEW}", "not shown"


def cell(value: Cell) -> str:
    """As it stands in the file. Our own figures and moments (London) stay what they are; a text that a spreadsheet
    could take for a formula gets an apostrophe in front (bad input 11)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{english.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    return "'" + value if _dangerous(value) else value


def lines(columns: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """The file, a piece for the heading and one for each batch of rows."""
    yield (BOM + _written([columns])).encode()
    for batch in batches:
        yield _written(batch).encode()


def figure(number: int) -> int | str:
    """A number of people, or "under 5"."""
    return number if number >= FEW else UNDER


def figures(total: int, parts: Sequence[int], *, secret: Collection[int] = ()) -> list[int | str]:
    """A total of people and the parts it is made of. The total is left out where it would tell a part under 5.

    `secret`: places of parts that are not shown whatever they are.
    """
    hidden = {at for at, part in enumerate(parts) if 0 < part < FEW or at in secret}
    shown = [UNDER if part < FEW else HIDDEN if at in hidden else part for at, part in enumerate(parts)]
    return [HIDDEN if hidden and total >= FEW else figure(total), *shown]


def _written(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def _dangerous(text: str) -> bool:
    if text[:1] in BREAKS:
        return True
    # Spaces, byte order marks, zero-width and control characters: a spreadsheet may pass over them.
    first = next((each for each in text if unicodedata.category(each)[0] not in "ZC"), "")
    return bool(first) and unicodedata.normalize("NFKC", first)[0] in FORMULA
