"""The promotions as this process knows them: read with the catalogue's version, columns made once an hour."""

import itertools
import threading
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from recommender.catalog.promotion import Promotion, check_promotion
from recommender.catalog.promotion_columns import PromotionColumns, promotion_columns
from recommender.catalog.promotions import Promotions
from recommender.storage.log import EventLog
from recommender.storage.promotion_rows import PromotionsWritten

PROMOTIONS_PER_WRITE: Final = 50_000
_KEPT: Final = 8
PAST: Final = timedelta(days=92)
"""Promotions that ended longer ago explain nothing that a decision looks at."""


class PromotionCache:
    """Holds the promotions that may matter now, and the last columns that were asked for."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._working = threading.Lock()
        self._current: Promotions | None = None
        self._columns: dict[tuple[tuple[str, ...], int, int], PromotionColumns] = {}

    def refresh(self, now: datetime, version: int) -> Promotions:
        """Return the promotions at this version of the catalogue or a newer one; reads only when it moved."""
        with self._working:
            return self._refreshed(now, version)

    def columns(
        self, now: datetime, version: int, *, kinds: tuple[str, ...], window_s: int, size: int
    ) -> PromotionColumns:
        """Return what a ranker with these kinds and this window reads at a time; computed at most once an hour.

        Parameters
        ----------
        version
            Of the catalogue that the decision uses.
        kinds, window_s
            As the ranker learned them.
        size
            The largest item number plus one.
        """
        at_s, key = int(now.timestamp()), (kinds, window_s, size)
        with self._working:
            promotions = self._refreshed(now, version)
            held = self._columns.get(key)
            if held is None or not held.at_s <= at_s < held.valid_until_s:
                held = promotion_columns(promotions.aligned(kinds), at_s, window_s=window_s, size=size)
                while len(self._columns) >= _KEPT:
                    del self._columns[next(iter(self._columns))]
                self._columns[key] = held
            return held

    def put(self, promotions: Iterable[Promotion]) -> PromotionsWritten:
        """Check and write promotions, many in one transaction; what was written stays when a later one is refused.

        Raises
        ------
        InvalidItemError
            A promotion does not fit.
        NotFoundError
            It is of an item that nobody knows.
        """
        total = PromotionsWritten(self._log.catalogue_version(), 0, 0)
        checked = map(check_promotion, promotions)
        while part := tuple(itertools.islice(checked, PROMOTIONS_PER_WRITE)):
            written = self._log.put_promotions(part)
            total = PromotionsWritten(
                written.version, total.new + written.new, total.changed + written.changed
            )
        return total

    def withdraw(self, kept: Collection[Promotion]) -> PromotionsWritten:
        """Call off what has not ended and is not among ``kept``."""
        return self._log.withdraw_promotions(kept)

    def _refreshed(self, now: datetime, version: int) -> Promotions:
        if self._current is None or self._current.version < version:
            self._current = self._log.promotions(ending_after=now.astimezone(UTC) - PAST)
            self._columns = {}
        return self._current
