"""Takes the pictures of docs/screenshots: `.venv/bin/python tools/screenshots.py`. The people are made up."""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select, update

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from store import accounts, bookings, contacts, database, reminders  # noqa: E402
from store.models import Contact, Occurrence, OutboxRow  # noqa: E402
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
NAMES = (  # who wrote in the days before: name, language, channel, which of the coming sessions is not decided
    ("ተስፋይ", "ti", "telegram", 4),
    ("زهرا", "fa", "sms", 5),
    ("ሰላም", "ti", "telegram", 6),
    ("يوسف", "ar", "sms", 7),
    ("Amina", "en", "telegram", 0),
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


def earlier(house: House) -> None:
    """What happened in the days before: places that are taken, phrases for many, colleagues, what did not arrive."""
    before = NOW - timedelta(days=4)
    with database.transaction(house.desk.engine) as session:
        coming = session.scalars(select(Occurrence).order_by(Occurrence.start).limit(9)).all()
        for number, (name, language, channel, waits) in enumerate(NAMES):
            address = f"+4477009001{number:02d}" if channel == "sms" else f"{7000 + number}"
            asked = before + timedelta(hours=14 * number)
            person = contacts.find_or_create(session, house.desk.vault, channel, address, asked)
            person.language, person.name = language, name
            session.flush()
            for topic in ("work_coach", "driving_theory"):
                reminders.subscribe(session, person.id, topic, asked)
            for each in {0, number + 2, waits}:
                booked = bookings.request(session, person.id, coming[each].id, name, asked)
                if each != waits:
                    bookings.decide(
                        session, booked.id, "approve", version=booked.version, actor="demo", now=asked
                    )
        accounts.create(session, "kim", PASSWORD, name="Kim Osei", role="manager", actor="demo", now=before)
        accounts.create(
            session,
            "nadia",
            PASSWORD,
            name="نادية عمر",
            role="librarian",
            places=["fosse"],
            actor="demo",
            now=before,
        )
        session.execute(update(OutboxRow).where(OutboxRow.state == "queued").values(state="delivered"))


def log_in(page: Page) -> None:
    page.goto("/staff/login")
    page.get_by_label("Your log-in name").fill("demo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    browser.press(page, "Log in")


def take(page: Page, name: str, path: str = "", *, phone: bool = False, most: int = 1100) -> None:
    """A picture of a page, at most so many pixels high; with `phone` another one, 320 wide."""
    for width, ending in ((1280, ""), (320, "-phone"))[: 2 if phone else 1]:
        page.set_viewport_size({"width": width, "height": 800})
        if path:
            page.goto(f"/staff/{path}")
        page.evaluate("document.fonts.ready.then(() => true)")
        height = page.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, most)}
        page.screenshot(path=OUT / f"{name}{ending}.png", full_page=True, clip=clip)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 1280, "height": 800})


def staff_pages(house: House, page: Page) -> None:
    log_in(page)
    take(page, "front", "", phone=True)
    take(page, "requests", "requests", phone=True)
    page.get_by_role("link", name="Review").first.click()
    take(page, "request")
    for name in ("messages", "answers", "people", "reminders"):
        take(page, name, name)
    take(page, "calendar", "sessions/calendar")
    with database.transaction(house.desk.engine) as session:
        maryam = session.scalars(select(Contact.id).filter_by(name="مریم")).first()
    take(page, "conversation", f"messages/{maryam}", phone=True)
    page.goto("/staff/broadcasts/new")
    page.get_by_label("What people should know, in English").fill(
        "The work coach comes an hour later this week."
    )
    page.get_by_label("About which service").select_option("work_coach")
    browser.press(page, "Save and look at it")
    take(page, "announcement")
    house.clock.now = NOW.replace(hour=16, minute=10)
    log_in(page)
    take(page, "today", "today", phone=True)
    house.clock.now = NOW


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/desk.db"
        database.migrate(url)
        with open_house(url, NOW, demo=True) as house, browser.open_browser(playwright) as chromium:
            earlier(house)
            for address, hours, texts in PEOPLE:
                house.clock.now = NOW
                house.clock.forward(hours=-hours)
                for text in texts:
                    house.sms(address, text)
                    house.clock.forward(minutes=1)
            house.clock.now = NOW
            phone = chromium.new_page(viewport={"width": 390, "height": 780}, device_scale_factor=2)
            talk_in_arabic(house, phone)
            phone.screenshot(path=OUT / "try-ar.png")
            staff_pages(house, chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=house.url))
            both = Path(folder) / "readme.html"
            both.write_text(README.format(phone=OUT / "try-ar.png", desk=OUT / "requests.png"))
            picture = chromium.new_page(viewport={"width": 1288, "height": 700})
            picture.goto(both.as_uri())
            picture.screenshot(path=OUT / "readme.png")


if __name__ == "__main__":
    main()
