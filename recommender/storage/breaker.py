"""Not asking a server again that just did not answer."""

import time


class Breaker:
    """Open for a while after a failure; whoever finds it open does without the server.

    Examples
    --------
    >>> breaker = Breaker(seconds=60.0)
    >>> breaker.is_open()
    False
    >>> breaker.trip()
    >>> breaker.is_open()
    True
    >>> breaker.reset()
    >>> breaker.is_open()
    False
    """

    __slots__ = ("_open_until", "_seconds")

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._open_until = 0.0

    def is_open(self) -> bool:
        """Whether the server should not be asked now."""
        return self._open_until > 0.0 and time.monotonic() < self._open_until

    def trip(self) -> None:
        """Note that the server did not answer."""
        self._open_until = time.monotonic() + self._seconds

    def reset(self) -> None:
        """Note that it answers again."""
        self._open_until = 0.0
