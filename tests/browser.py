"""A real Chromium without a screen, and axe-core's verdict on a page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

AXE = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def executable() -> str:
    """Chromium's path. Raises RuntimeError with what to do when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("no Chromium: run `make browser`")


@contextmanager
def open_browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
    yield chromium
    chromium.close()


def press(page: Page, button: str) -> None:
    """Press a button that sends a form, and wait until the page that answers is there whole."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice: each rule, and where it is broken."""
    found = page.evaluate(
        f"{AXE.read_text(encoding='utf-8')}; axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200)).join(' | ')))"
    )
    return list(found)
