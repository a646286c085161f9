"""Takes the pictures of docs/screenshots: `.venv/bin/python tools/screenshots.py`. The people are made up."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from store import database  # noqa: E402
from tests import browser  # noqa: E402
from tests.bot.house import PASSWORD, House, open_house  # noqa: E402

OUT = ROOT / "docs/screenshots"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PEOPLE = (  # address, hours before the picture, what they write, in order
    ("+447700900001", 26, ("می‌خواهم با work coach وقت بگیرم", "۱", "۱", "مریم", "۱")),
    ("+447700900002", 20, ("أريد أن أحجز موعداً مع work coach", "٢", "١", "عبد الله", "١")),
    ("+447700900003", 9, ("Waxaan rabaa inaan ballan ka qabsado work coach", "1", "1", "Xaawo", "1")),
    ("+447700900004", 3, ("Хочу записатися на зустріч з work coach", "1", "2", "Олена", "1")),
    ("+447700900005", 1, ("Je voudrais réserver un rendez-vous avec un work coach", "1", "1", "Divine", "1")),
)
README = """<body style="margin:0;padding:24px;background:#e9ece8;display:flex;gap:24px;align-items:start;width:1240px">
<img src="{phone}" style="height:640px;border-radius:18px;border:6px solid #15201a"><img src="{desk}"
style="width:880px;border-radius:6px;box-shadow:0 2px 12px #0003"></body>"""


def talk_in_arabic(house: House, phone: Page) -> None:
    phone.goto(f"{house.url}/try")
    for text in ("السلام عليكم، كيف أسجل في المكتبة؟", "أريد أن أحجز موعداً مع work coach"):
        phone.get_by_label("Your message").fill(text)
        phone.get_by_role("button", name="Send").click()
    phone.wait_for_timeout(300)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/desk.db"
        database.migrate(url)
        with open_house(url, NOW, demo=True) as house, browser.open_browser(playwright) as chromium:
            for address, hours, texts in PEOPLE:
                house.clock.now = NOW
                house.clock.forward(hours=-hours)
                for text in texts:
                    house.sms(address, text)
            house.clock.now = NOW
            phone = chromium.new_page(viewport={"width": 390, "height": 780}, device_scale_factor=2)
            talk_in_arabic(house, phone)
            phone.screenshot(path=OUT / "try-ar.png")
            page = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=house.url)
            page.goto("/staff/")
            page.get_by_label("Your log-in name").fill("demo")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("link", name="Requests").first.click()
            page.screenshot(path=OUT / "requests.png", full_page=True)
            page.get_by_role("link", name="Review").first.click()
            page.screenshot(path=OUT / "request.png", full_page=True)
            both = Path(folder) / "readme.html"
            both.write_text(README.format(phone=OUT / "try-ar.png", desk=OUT / "requests.png"))
            picture = chromium.new_page(viewport={"width": 1288, "height": 700})
            picture.goto(both.as_uri())
            picture.screenshot(path=OUT / "readme.png")


if __name__ == "__main__":
    main()
