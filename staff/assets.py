"""Puts what the pages need from npm into a static folder, without GOV.UK's branding.

`python -m staff.assets node_modules staff/static` (`make setup` runs it). govuk-frontend's code is MIT, but
the GDS Transport font, the royal crest and the crown are for gov.uk only: they are taken out here, and
anything left of them stops the set-up. The licences' texts go along, in licences.txt.
"""

import json
import re
import shutil
import sys
from pathlib import Path

FONT = "var(--desk-font)"  # staff/app.css sets it
BRANDING = re.compile(r"GDS|Transport|crest|crown|gov\.uk|data:font|@font-face", re.IGNORECASE)
SCRIPTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
FONTS = (  # npm package, family, the scripts of the launch languages
    ("@fontsource/noto-sans", "Noto Sans", SCRIPTS),
    ("@fontsource/noto-naskh-arabic", "Noto Naskh Arabic", ("arabic",)),
    ("@fontsource/noto-sans-ethiopic", "Noto Sans Ethiopic", ("ethiopic",)),
)
LARGER = {"Noto Naskh Arabic": ("Desk Arabic", 115)}  # Arabic script reads small beside Latin: 15 % larger
WEIGHTS = (400, 700)
# govuk-frontend's package says "MIT" in its README and ships no licence file; the notice is its repository's.
WITHOUT_FILE = {"govuk-frontend": Path(__file__).with_name("govuk-frontend-licence.txt")}
PACKAGES = ("govuk-frontend", "htmx.org", *(package for package, _, _ in FONTS))


class BrandingLeft(Exception):
    """Something that only gov.uk may use is still in a file; govuk-frontend has changed, look again."""


def unbranded_css(css: str) -> str:
    """govuk-frontend's style sheet without its font, crest and crown.

    Raises BrandingLeft when a trace of them, or an address of any other file, remains.
    """
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = re.sub(r"font-family:\s*\"?GDS Transport\"?,\s*arial,\s*sans-serif", f"font-family:{FONT}", css)
    css = re.sub(r"[^{}]*\{[^{}]*govuk-crest[^{}]*\}", "", css)
    css = re.sub(r"[^{},]*govuk-footer__crown[^{},]*\{[^{}]*\}", "", css)
    left = BRANDING.search(css) or re.search(r"url\((?!data:image)", css)
    if left:
        raise BrandingLeft(f"still in the style sheet: {css[max(0, left.start() - 60) : left.end() + 60]!r}")
    return css


def unbranded_js(js: str) -> str:
    """govuk-frontend's script, without the pointer to a source map that is not served."""
    return re.sub(r"//# sourceMappingURL=\S*", "", js)


def _font_face(family: str, weight: int, file: str, ranges: str, percent: int | None = None) -> str:
    adjust = f" size-adjust: {percent}%;" if percent else ""
    return (
        f"@font-face {{ font-family: '{family}'; font-style: normal; font-weight: {weight};"
        f" font-display: swap;{adjust} src: url(fonts/{file}) format('woff2'); unicode-range: {ranges}; }}\n"
    )


def fonts(node_modules: Path, static: Path) -> None:
    """Copies the few font files (woff2, regular and bold); writes fonts.css with addresses relative to it."""
    target = static / "fonts"
    target.mkdir(exist_ok=True)
    css = "/* Noto: SIL Open Font Licence 1.1; the texts are in licences.txt. */\n"
    for package, family, scripts in FONTS:
        ranges: dict[str, str] = json.loads((node_modules / package / "unicode.json").read_text("utf-8"))
        for script in scripts:
            for weight in WEIGHTS:
                file = f"{package.removeprefix('@fontsource/')}-{script}-{weight}-normal.woff2"
                shutil.copyfile(node_modules / package / "files" / file, target / file)
                css += _font_face(family, weight, file, ranges[script])
                if family in LARGER:
                    name, percent = LARGER[family]
                    css += _font_face(name, weight, file, ranges[script], percent)
    (static / "fonts.css").write_text(css, "utf-8")


def licences(node_modules: Path, static: Path) -> None:
    """One text file with the licence of every package that is served."""
    parts = []
    for package in PACKAGES:
        files = sorted((node_modules / package).glob("LICEN[CS]E*"))
        if not files and package not in WITHOUT_FILE:
            raise FileNotFoundError(f"{package} has no licence file")
        licence = (files[0] if files else WITHOUT_FILE[package]).read_text("utf-8")
        version = json.loads((node_modules / package / "package.json").read_text("utf-8"))["version"]
        parts.append(f"{package} {version}\n{'=' * 60}\n{licence.strip()}\n")
    (static / "licences.txt").write_text("\n\n".join(parts), "utf-8")


def build(node_modules: Path, static: Path) -> None:
    """Fills the static folder. Raises BrandingLeft, or FileNotFoundError when npm's folder is incomplete."""
    static.mkdir(parents=True, exist_ok=True)
    govuk = node_modules / "govuk-frontend" / "dist" / "govuk"
    css = unbranded_css((govuk / "govuk-frontend.min.css").read_text("utf-8"))
    js = unbranded_js((govuk / "govuk-frontend.min.js").read_text("utf-8"))
    (static / "govuk.min.css").write_text(css, "utf-8")
    (static / "govuk.min.js").write_text(js, "utf-8")
    shutil.copyfile(node_modules / "htmx.org" / "dist" / "htmx.min.js", static / "htmx.min.js")
    fonts(node_modules, static)
    licences(node_modules, static)
    (static / ".built").touch()


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m staff.assets node_modules staff/static\n")
        return 2
    build(Path(arguments[0]), Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
