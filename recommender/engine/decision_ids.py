"""Identities of decisions: unique, and in the order of time."""

from uuid import UUID

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


def decided_us(decision_id: str) -> int | None:
    """Return when a decision was made, microseconds since 1970, to the millisecond; None: it is no id of ours.

    Examples
    --------
    >>> decided_us(new_decision_id(1_700_000_000_123_456, bytes(10))), decided_us("d1")
    (1700000000123000, None)
    """
    try:
        identity = UUID(decision_id)
    except ValueError:
        return None
    return (identity.int >> 80) * 1000 if identity.version == 7 else None
