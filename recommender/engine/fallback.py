"""What is offered while there is no model: what sells, from the log alone."""

import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.data.purchases import GUEST, Purchases
from recommender.models.blend import Blend, Source
from recommender.models.fitted import FittedModels
from recommender.models.item_item import ItemItemModel
from recommender.models.ownership import LearnedOwnership
from recommender.models.replenishment import ReplenishmentModel
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog
from recommender.types import SECONDS_PER_DAY

WINDOW_DAYS = 28.0
DOUBT: Final = 50
"""So many customers who bought nothing are added to those of the log: the share of a handful is not believed."""

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
    """Return models over the items of ``purchases`` in which only popularity says anything.

    The probability of what sells best of late is :func:`share_of_buyers`; that of the others is less in proportion to
    their popularity. To who has the best seller already, the best of the rest is offered with its probability.
    """
    from recommender.data.holdings import holdings_of
    from recommender.fitting.config import PopularityConfig
    from recommender.fitting.popularity import fit_popularity

    count = len(purchases.items)
    popularity = fit_popularity(
        holdings_of(purchases), PopularityConfig(), now_s=now_s, window_days=WINDOW_DAYS
    )
    blend = Blend.neutral()
    weights = np.zeros(len(Source), np.float32)
    weights[Source.POPULARITY] = 1.0
    best = int(popularity.score[blend.horizon].argmax()) if count else 0
    highest = np.array([0.0, share_of_buyers(purchases, best)], np.float32)
    return FittedModels(
        items=purchases.items,
        popularity=popularity,
        item_item=ItemItemModel.empty(count),
        replenishment=ReplenishmentModel.neutral(count),
        ownership=LearnedOwnership.neutral(count),
        blend=replace(blend, weights=weights, knot_probability=highest),
        as_of_s=now_s,
    )


def share_of_buyers(purchases: Purchases, item: int) -> float:
    """Return which share of all customers bought an item within the last window in which anything was bought.

    ``buyers / (customers + guest orders of the window + DOUBT)``, where every guest order is a customer of its own; 0
    where nothing was ever bought.
    """
    from recommender.data.holdings import holdings_of

    if len(purchases) == 0:
        return 0.0
    from_s = int(purchases.at_s.max()) - int(WINDOW_DAYS * SECONDS_PER_DAY)
    recent = purchases.where(purchases.at_s > from_s)
    guests = np.unique(recent.order[recent.customer == GUEST]).size
    buyers = np.count_nonzero(holdings_of(recent).item == item)
    return buyers / (len(purchases.customers) + guests + DOUBT)
