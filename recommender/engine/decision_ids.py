"""Identities of decisions: unique, and in the order of time."""

from recommender.types import DecisionId

RANDOM_BYTES = 10


def new_decision_id(now_us: int, random: bytes) -> DecisionId:
    """Return a version 7 UUID (RFC 9562) as text.

    Parameters
    ----------
    now_us
        Microseconds since 1970; the id keeps milliseconds, and ids of later milliseconds sort later.
    random
        10 random bytes.

    Examples
    --------
    >>> new_decision_id(1_700_000_000_000_000, bytes(10))
    '018bcfe5-6800-7000-8000-000000000000'
    """
    milliseconds = now_us // 1000
    low = int.from_bytes(random, "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (low >> 62 & 0xFFF) << 64 | 0b10 << 62
    text = f"{value | low & (1 << 62) - 1:032x}"
    return DecisionId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
