"""The typefaces that cards and posters are set in, and which characters they have.

`python -m bot.fonts node_modules bot/print/fonts` (`make setup` runs it) copies them from npm, with their
licences (SIL Open Font Licence 1.1). Nothing of them is committed.
"""

import shutil
import struct
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "print" / "fonts"
SOURCES = {  # npm package → the name of its files; Latin and Cyrillic, Arabic, Ethiopic
    "@expo-google-fonts/noto-sans": "NotoSans",
    "@expo-google-fonts/noto-naskh-arabic": "NotoNaskhArabic",
    "@expo-google-fonts/noto-sans-ethiopic": "NotoSansEthiopic",
}
WEIGHTS = ("400Regular", "700Bold")
NAMES = tuple(f"{name}_{weight}.ttf" for name in SOURCES.values() for weight in WEIGHTS)
INVISIBLE = ("Cc", "Cf", "Zs")  # line ends, direction marks, joiners, spaces: they need no glyph


class FontsMissing(Exception):
    """The typefaces are not there: `make setup` brings them."""


def build(node_modules: Path, folder: Path = FOLDER) -> None:
    """Copies the typefaces and their licences. Raises FileNotFoundError when npm's folder is incomplete."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, name in SOURCES.items():
        for weight in WEIGHTS:
            file = f"{name}_{weight}.ttf"
            shutil.copyfile(node_modules / package / weight / file, folder / file)
        shutil.copyfile(node_modules / package / "LICENSE_FONT", folder / f"{name}-licence.txt")


@lru_cache(maxsize=8)
def covered(folder: Path = FOLDER) -> frozenset[int]:
    """The code points that every weight of some typeface has. Raises FontsMissing."""
    try:
        files = {name: (folder / name).read_bytes() for name in NAMES}
        faces = [
            [frozenset(_code_points(files[f"{name}_{weight}.ttf"])) for weight in WEIGHTS]
            for name in SOURCES.values()
        ]
    except (OSError, ValueError, struct.error) as error:
        raise FontsMissing(str(folder.name)) from error
    return frozenset().union(*(frozenset.intersection(*weights) for weights in faces))


def missing(text: str, folder: Path = FOLDER) -> str:
    """The characters of a text that no typeface has, each once. Raises FontsMissing."""
    have = covered(folder)
    lacking = (c for c in text if ord(c) not in have and unicodedata.category(c) not in INVISIBLE)
    return "".join(dict.fromkeys(lacking))


def _code_points(font: bytes) -> Iterator[int]:
    """What a TrueType file's cmap maps to a glyph: its formats 12 and 4 (OpenType specification, "cmap")."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * n) for n in range(tables))
    start = next((offset for tag, _, offset, _ in records if tag == b"cmap"), None)
    if start is None:
        raise ValueError("no cmap")
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    for n in range(subtables):
        (offset,) = struct.unpack_from(">L", font, start + 4 + 8 * n + 4)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 12:
            yield from _format_12(font, start + offset)
        elif form == 4:
            yield from _format_4(font, start + offset)


def _format_12(font: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">L", font, at + 12)
    for n in range(groups):
        first, last, glyph = struct.unpack_from(">LLL", font, at + 16 + 12 * n)
        yield from range(first if glyph else first + 1, last + 1)


def _format_4(font: bytes, at: int) -> Iterator[int]:
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 4 * count)
    ranges_at = at + 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", font, ranges_at)
    for n in range(count):
        for code in range(starts[n], min(ends[n], 0xFFFE) + 1):
            glyph = code
            if offsets[n]:
                where = ranges_at + 2 * n + offsets[n] + 2 * (code - starts[n])
                (glyph,) = struct.unpack_from(">H", font, where)
                if not glyph:
                    continue
            if (glyph + deltas[n]) & 0xFFFF:
                yield code


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m bot.fonts node_modules bot/print/fonts\n")
        return 2
    build(Path(arguments[0]), Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
