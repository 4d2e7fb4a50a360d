"""The clock of a process: the real one, or for demos and replays one that started at another moment."""

from collections.abc import Callable
from datetime import UTC, datetime

from recommender.storage.clock import utc_now


def clock_starting_at(
    moment: datetime | None, *, real: Callable[[], datetime] = utc_now
) -> Callable[[], datetime]:
    """Return a clock that shows ``moment`` now and runs on from there; without a moment, the real one.

    Parameters
    ----------
    moment
        Aware; what the clock shows when this is called.
    real
        What it runs by.

    Examples
    --------
    >>> ticks = iter([datetime(2026, 5, 1, 12, tzinfo=UTC), datetime(2026, 5, 1, 13, tzinfo=UTC)])
    >>> clock = clock_starting_at(datetime(2018, 1, 1, tzinfo=UTC), real=lambda: next(ticks))
    >>> clock().isoformat()
    '2018-01-01T01:00:00+00:00'
    """
    if moment is None:
        return real
    offset = moment.astimezone(UTC) - real()
    return lambda: real() + offset
