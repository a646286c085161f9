"""Whatever is typed, the desk answers; nothing that a person wrote is ever read as a template."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.words import Words
from tests.flows.fakes import PHRASES, Chat, FakeDiary, FakeKnowledge

WORDS = Words(PHRASES, languages=("en", "ar", "fa", "so", "fr", "uk"))
TEMPLATES = ["{{7*7}}", "%s", "{slot}", "{service}", "%(x)s", "\u202e", "\x00"]
ANSWERS = [
    "1",
    "٢",
    "0",
    "yes",
    "no",
    "9999999",
    "²",
    "①",
    "Ⅷ",
    "",
    "🙏",
    "go:menu",
    "1:yes",
    "go:about:x",
    "2:31",
]
REQUESTS = ["book a work coach", "how do I join?", "menu", "language", "stop", "more", "delete", "human"]
ODD = st.sampled_from(TEMPLATES + ANSWERS + REQUESTS)
SAID = st.one_of(ODD, st.text(max_size=60))
INTENT = st.sampled_from(
    ["join_library", "book_session", "cancel_booking", "emergency", "deny", "nonsense", "menu"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(SAID, st.booleans(), st.one_of(st.none(), INTENT), st.booleans()), max_size=12),
    st.sampled_from(["", "en", "ar"]),
)
def test_nothing_that_is_typed_breaks_the_desk(
    turns: list[tuple[str, bool, str | None, bool]], language: str
) -> None:
    diary = FakeDiary(language=language)
    diary.add("work_coach")
    diary.add("citizenship_practice", day=2, free=0)
    chat = Chat(diary, FakeKnowledge(), WORDS)
    chat.means("book a work coach", "book_session", "work_coach").means("how do I join?", "join_library")
    for word in ("menu", "language", "stop", "more", "delete", "human"):
        chat.always(word, word)
    for text, is_button, intent, sure in turns:
        if intent:
            chat.means(text, intent, "work_coach" if intent == "book_session" else None, sure=sure)
        chat.says("" if is_button else text, button=text if is_button else None)
        assert chat.messages or diary.opted_out
        assert chat.text or diary.opted_out
        assert len(chat.doing) <= 2


def test_braces_and_percent_signs_of_a_person_stay_as_they_are(chat: Chat) -> None:
    for name in ("{service}", "%s x", "{0}x"):
        chat.says("book a work coach").says("1").says("1").says(name).is_asked("sure").says("1")
        assert chat.diary.booked.pop().name == name
        chat.diary.name = name
        chat.says("book a work coach").says("1").says("1").reads(f"1 {name}").says("0").says("0").says("0")
        chat.diary.name = None
