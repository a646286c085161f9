"""What pages are made of: nothing that only gov.uk may use, and every licence beside it."""

from pathlib import Path

import pytest

from staff.assets import BrandingLeft, build, unbranded_css

ROOT = Path(__file__).parents[2]


def test_the_font_the_crest_and_the_crown_are_taken_out() -> None:
    css = (
        "/*! for gov.uk only */@font-face{font-family:GDS Transport;src:url(/assets/fonts/x.woff2)}"
        ".a{font-family:GDS Transport,arial,sans-serif;color:red}"
        ".govuk-footer__copyright-logo:before{mask-image:url(/assets/images/govuk-crest.svg)}"
        ".govuk-footer__crown{margin:0}.b{margin:0}"
    )
    assert unbranded_css(css) == ".a{font-family:var(--desk-font);color:red}.b{margin:0}"


@pytest.mark.parametrize(
    "left",
    [
        ".a{font:GDS Transport}",
        ".a{background:url(/assets/images/x.png)}",
        ".crown{}",
        ".a{src:url(data:font/woff2;x)}",
    ],
)
def test_anything_left_of_it_stops_the_set_up(left: str) -> None:
    with pytest.raises(BrandingLeft):
        unbranded_css(left)


def test_what_is_served_has_no_branding_and_every_licence(tmp_path: Path) -> None:
    build(ROOT / "node_modules", tmp_path / "static")
    served = {
        file.relative_to(tmp_path / "static").as_posix()
        for file in (tmp_path / "static").rglob("*")
        if file.is_file()
    }
    assert {"govuk.min.css", "govuk.min.js", "htmx.min.js", "fonts.css", "licences.txt"} <= served
    assert not [name for name in served if "crest" in name or name.endswith((".svg", ".ico", ".map"))]
    css = (tmp_path / "static" / "govuk.min.css").read_text("utf-8")
    assert "GDS" not in css and "url(/" not in css
    fonts = (tmp_path / "static" / "fonts.css").read_text("utf-8")
    assert all(
        f"fonts/{name}" in fonts for name in {Path(each).name for each in served if each.startswith("fonts/")}
    )
    licences = (tmp_path / "static" / "licences.txt").read_text("utf-8")
    for words in ("govuk-frontend 6.3.0", "Crown Copyright", "SIL OPEN FONT LICENSE", "htmx.org 2.0"):
        assert words in licences
