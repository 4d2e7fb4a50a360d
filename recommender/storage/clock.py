"""Times as the log stores them: whole microseconds since 1970-01-01 UTC."""

from datetime import UTC, datetime, timedelta

from recommender.errors import InvalidInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    """Return the present moment in UTC; the clock of a log that was given no other."""
    return datetime.now(UTC)


def to_microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970 UTC, exactly.

    Raises
    ------
    InvalidInputError
        The time is naive.

    Examples
    --------
    >>> to_microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    try:
        return (moment - _EPOCH) // _MICROSECOND
    except TypeError:
        raise InvalidInputError(
            "a time has no offset",
            expected="a time such as 2024-05-01T12:00:00Z",
            found=moment.isoformat(),
            remedy="say at which offset from UTC it is",
        ) from None


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC time of a stored number; the inverse of :func:`to_microseconds`.

    Examples
    --------
    >>> from_microseconds(86400000001).isoformat()
    '1970-01-02T00:00:00.000001+00:00'
    """
    return _EPOCH + timedelta(microseconds=microseconds)
