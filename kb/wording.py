"""Rules for the words people read: what they claim, what must not stand in them, how long they may be."""

import re

NAME_MAX = 60
SENTENCE_MAX = 140
SENTENCES_MAX = 2
FACT_MAX = 110
QUESTION_MAX = 100
"""Characters. One fact or sentence fits one GSM-7 message (160 characters) with room for a heading."""

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
}
_CLAIMS = re.compile(
    r"\d+"
    rf"|\b(?:{'|'.join(_NUMBERS)})\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|\b(?:daily|weekly|monthly|every (?:day|week|month)|week(?:day|end)s?)\b",
    re.IGNORECASE,
)

_CONTACTS = {
    "a phone number": re.compile(r"(?<![\d-])(?:\+|0)\d(?:[ ().-]{0,2}\d){7,}"),
    "an e-mail address": re.compile(r"\S@\S+\.\w"),
    "a web address": re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:org|com|net|gov|ac|co)\b", re.IGNORECASE),
    "a postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"),
    "a street address": re.compile(
        r"\b\d+[a-z]?,? (?:\w+ ){1,3}(?:street|road|lane|avenue|close|square|way|drive|place)\b",
        re.IGNORECASE,
    ),
    "a clock time": re.compile(
        r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?(?:am|pm|a\.m|p\.m|o'clock)\b|\b(?:noon|midnight)\b", re.IGNORECASE
    ),
}


def claims(text: str) -> set[str]:
    """The numbers, days, months and rhythms that a text states, in one spelling: `{"6", "tuesday"}`."""
    found = set()
    for match in _CLAIMS.finditer(text):
        word = match.group()
        if word == "may":  # "you may join" names no month
            continue
        word = word.lower()
        found.add(_NUMBERS.get(word, word.removesuffix("s") if word.endswith("days") else word))
    return found


def contacts(text: str) -> list[str]:
    """What a text holds that is staff's to state: phone, e-mail, web address, postcode, street, time."""
    return [what for what, pattern in _CONTACTS.items() if pattern.search(text)]


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]
