"""Nothing personal is ever logged: only fields that are named, and of other libraries only where a line came from."""

import io
import logging

import structlog

from bot import log
from tests.bot.house import House

AMINA = "+447700900123"


def test_only_named_fields_are_written() -> None:
    stream = io.StringIO()
    log.configure(stream)
    structlog.get_logger().info("answered", channel="sms", text="my secret", name="Amina", address=AMINA)
    written = stream.getvalue()
    assert "answered" in written
    assert "channel=sms" in written
    assert not {"secret", "Amina", AMINA} & set(written.replace("=", " ").split())


def test_a_line_of_another_library_says_only_where_it_came_from() -> None:
    stream = io.StringIO()
    log.configure(stream)
    try:
        raise ValueError("Amina wrote this")
    except ValueError:
        logging.getLogger("some.library").exception("failed for %s", AMINA)
    assert "some.library" in stream.getvalue()
    assert "Amina" not in stream.getvalue()
    assert AMINA not in stream.getvalue()


def test_a_whole_talk_leaves_no_word_of_it_in_the_log(house: House) -> None:
    stream = io.StringIO()
    log.configure(stream)
    for text in ("my name is Amina and I live at 12 High Street", "book a work coach", "1", "1", "Amina"):
        house.sms(AMINA, text)
    written = stream.getvalue()
    assert written.count("answered") == 5
    assert "Amina" not in written
    assert "High Street" not in written
    assert "7700900123" not in written
