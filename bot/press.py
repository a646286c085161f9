"""The press: sets a picture or a page from a template of bot/print and its data, by Typst.

Typst shapes every script and knows right-to-left. It sees only bot/print, the typefaces there, and the data it
is given: what a person wrote is data, never markup.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bot import fonts
from flows.posters import NotPrinted

TEMPLATES = Path(__file__).parent / "print"
PIXELS_PER_INCH = 144.0


class NoPress(Exception):
    """Nothing can be printed here: the typefaces or Typst are missing."""


class Press:
    """Sets pictures (PNG) and pages (PDF). May be used from several threads. Raises NoPress."""

    def __init__(self, folder: Path = fonts.FOLDER) -> None:
        self._folder = folder
        try:
            import typst  # noqa: PLC0415 - 80 MB, and a desk without it still answers

            fonts.covered(folder)
            self._typst = typst
            self._fonts = typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
            )
        except (ImportError, fonts.FontsMissing, RuntimeError) as error:
            raise NoPress(type(error).__name__) from error

    def missing(self, text: str) -> str:
        """The characters of a text that would be printed as empty boxes."""
        return fonts.missing(text, self._folder)

    def picture(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The first page as PNG. Raises NotPrinted."""
        return self._set(template, data, "png")

    def pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The pages as a tagged PDF. Raises NotPrinted."""
        return self._set(template, data, "pdf")

    def _set(self, template: str, data: Mapping[str, Any], form: Literal["pdf", "png"]) -> bytes:
        lacking = self.missing(_texts(data))
        if lacking:
            raise NotPrinted(f"{len(lacking)} characters without a glyph")
        try:
            made = self._typst.Compiler(
                TEMPLATES / f"{template}.typ",
                root=TEMPLATES,
                font_paths=self._fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            ).compile(format=form, ppi=PIXELS_PER_INCH)
        except Exception as error:
            raise NotPrinted(type(error).__name__) from error
        except BaseException as error:  # a panic of Typst's own code is no Exception
            if type(error).__module__ != "pyo3_runtime":
                raise
            raise NotPrinted("panic") from None
        pages = [made] if isinstance(made, bytes) else made or []
        if len(pages) != 1:
            raise NotPrinted(f"{len(pages)} pages")
        return pages[0]


def _texts(data: Any) -> str:
    """Every text in the data, without the keys."""
    match data:
        case str():
            return data
        case Mapping():
            return "".join(_texts(each) for each in data.values())
        case list() | tuple():
            return "".join(_texts(each) for each in data)
    return ""
