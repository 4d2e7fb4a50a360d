"""What is offered while there is no model: what sells, from the log alone."""

import threading
import time
from dataclasses import replace
from datetime import datetime

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.data.purchases import Purchases
from recommender.models.blend import Blend, Source
from recommender.models.fitted import FittedModels
from recommender.models.item_item import ItemItemModel
from recommender.models.ownership import LearnedOwnership
from recommender.models.replenishment import ReplenishmentModel
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog

WINDOW_DAYS = 28.0
FRESH_SECONDS = 60.0
"""For how long a result is used although the log moved on."""


class PopularityFallback:
    """Popularity of the log's items, computed when it is asked for and kept while it is fresh."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._computing = threading.Lock()
        self._held: tuple[int, float, FittedModels] | None = None

    def models(self, now: datetime, catalogue: Catalogue) -> FittedModels:
        """Return models that know popularity only, as of ``now``; they may be a minute old."""
        with self._computing:
            head = self._log.head()
            if self._held is None or not self._is_fresh(head):
                self._held = head, time.monotonic(), self._compute(now, catalogue)
            return self._held[2]

    def _is_fresh(self, head: int) -> bool:
        if self._held is None:
            return False
        held_head, at, models = self._held
        # A shop that has just begun to sell must not look empty for a minute.
        is_young = len(models.items) > 0 and time.monotonic() - at < FRESH_SECONDS
        return head == held_head or is_young

    def _compute(self, now: datetime, catalogue: Catalogue) -> FittedModels:
        from recommender.data.assembly import purchases_from

        logged = self._log.order_lines(until=now)
        purchases = purchases_from(
            logged.lines,
            logged.customer_ids,
            logged.item_ids,
            catalogue=catalogue,
            until_us=to_microseconds(now),
        )
        return popularity_only(purchases, to_microseconds(now) // 1_000_000)


def popularity_only(purchases: Purchases, now_s: int) -> FittedModels:
    """Return models over the items of ``purchases`` in which only popularity says anything."""
    from recommender.data.holdings import holdings_of
    from recommender.fitting.config import PopularityConfig
    from recommender.fitting.popularity import fit_popularity

    count = len(purchases.items)
    weights = np.zeros(len(Source), np.float32)
    weights[Source.POPULARITY] = 1.0
    return FittedModels(
        items=purchases.items,
        popularity=fit_popularity(
            holdings_of(purchases), PopularityConfig(), now_s=now_s, window_days=WINDOW_DAYS
        ),
        item_item=ItemItemModel.empty(count),
        replenishment=ReplenishmentModel.neutral(count),
        ownership=LearnedOwnership.neutral(count),
        blend=replace(Blend.neutral(), weights=weights),
        as_of_s=now_s,
    )
