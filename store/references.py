"""References such as LB-7Q2K: short, said over the phone without mistakes, never the same for two bookings.

Made from the booking's id, so there is nothing to draw and nothing to collide; spread out, so that one tells
little about the next. No 0 O 1 I L (look alike), no other vowels (no words by accident).
"""

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
PREFIX = "LB-"
SPREAD = 387_420_489  # 3^18: shares no factor with any power of 28, so different ids stay different


def reference_of(booking_id: int) -> str:
    """Four letters for the first 614,656 bookings, then five, and so on."""
    length = 4
    while booking_id >= len(ALPHABET) ** length:
        length += 1
    number = booking_id * SPREAD % len(ALPHABET) ** length
    letters = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        letters += ALPHABET[digit]
    return PREFIX + letters


def tidy(text: str) -> str:
    """A reference as somebody typed it ("lb 7q2k", "7Q2K") in the form that is stored."""
    letters = "".join(text.upper().split()).replace("-", "").removeprefix(PREFIX.strip("-"))
    return PREFIX + letters
