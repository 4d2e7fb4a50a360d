"""Which reason stands behind each chosen action."""

import numpy as np

from recommender.candidates.assortment import Assortment
from recommender.candidates.merging import Candidate
from recommender.candidates.proposals import Proposals
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import DecisionRequest
from recommender.models.blend import Source
from recommender.models.fitted import FittedModels
from recommender.models.scoring import strongest_antecedents
from recommender.types import SECONDS_PER_DAY, Int32Array, ItemNumber

SOURCE_OF_REASON = {
    ReasonKind.BOUGHT_AFTER: "item_item",
    ReasonKind.IN_YOUR_CART: "item_item",
    ReasonKind.IN_YOUR_SESSION: "item_item",
    ReasonKind.SIMILAR_TASTE: "als",
    ReasonKind.POPULAR: "popularity",
}
"""The candidate source that an offer's reason speaks for."""


_TASTE_OR_POPULAR = (ReasonKind.POPULAR, ReasonKind.SIMILAR_TASTE)


def explain_offers(
    offers: list[Candidate],
    proposals: Proposals,
    request: DecisionRequest,
    models: FittedModels,
    assortment: Assortment,
    now_s: int,
) -> list[Reason]:
    """Return the reason of each offer: the purchase, cart or session item that argues most for it, if any does.

    Parameters
    ----------
    offers
        The chosen offers; ``position`` is the item index.
    proposals, request
        What they were chosen from: the antecedents are items of ``proposals.context``.
    models, assortment
        The bundle and the catalogue over it.
    now_s
        The time of the decision, seconds since 1970.
    """
    items = np.array([offer.position for offer in offers], dtype=np.int32)
    if proposals.is_cold or not offers:
        return [Reason(ReasonKind.POPULAR)] * len(offers)
    rows = strongest_antecedents(models, proposals.context, items, now_s)[0].tolist()
    is_taste = _is_taste(items, models, assortment) if min(rows) < 0 else [False] * len(rows)
    return [
        _because_of(row, proposals, request, assortment) if row >= 0 else Reason(_TASTE_OR_POPULAR[taste])
        for row, taste in zip(rows, is_taste, strict=True)
    ]


def explain_refills(refills: list[Candidate], proposals: Proposals, now_s: int) -> list[Reason]:
    """Return the reason of each buy-again: the customer's own rhythm.

    Parameters
    ----------
    refills
        The chosen ones; ``position`` is the row of ``proposals.history``.
    proposals
        What they were chosen from.
    now_s
        The time of the decision, seconds since 1970.
    """
    rows = np.array([refill.position for refill in refills], dtype=np.int64)
    history = proposals.history
    facts = zip(
        history.orders[rows].tolist(),
        history.first_s[rows].tolist(),
        history.last_s[rows].tolist(),
        proposals.due_at_s[rows].tolist(),
        strict=True,
    )
    return [
        _refill_reason(orders, first_s, last_s, due_at_s, now_s)
        for orders, first_s, last_s, due_at_s in facts
    ]


def _refill_reason(orders: int, first_s: int, last_s: int, due_at_s: int, now_s: int) -> Reason:
    days = max(0, (now_s - last_s) // SECONDS_PER_DAY)
    if now_s >= due_at_s:
        return Reason(ReasonKind.DUE, days=days, every_days=_rhythm(orders, first_s, last_s), orders=orders)
    kind = ReasonKind.BOUGHT_OFTEN if orders > 1 else ReasonKind.BOUGHT_BEFORE
    return Reason(kind, days=days, orders=orders)


def _rhythm(orders: int, first_s: int, last_s: int) -> int | None:
    """Return whole days between purchases on average, at least 1; None after a single day."""
    if orders < 2 or last_s - first_s < SECONDS_PER_DAY:
        return None
    return max(1, round((last_s - first_s) / (orders - 1) / SECONDS_PER_DAY))


def _because_of(row: int, proposals: Proposals, request: DecisionRequest, assortment: Assortment) -> Reason:
    about = ItemNumber(int(assortment.shelf.number[proposals.context.item[row]]))
    if about in request.cart:
        return Reason(ReasonKind.IN_YOUR_CART, about=about)
    if about in request.session and proposals.context.owned[row] == 0:
        return Reason(ReasonKind.IN_YOUR_SESSION, about=about)
    return Reason(ReasonKind.BOUGHT_AFTER, about=about)


def _is_taste(items: Int32Array, models: FittedModels, assortment: Assortment) -> list[bool]:
    """Whether the factors argue for each item, being neither bought along with anything nor very popular."""
    if models.als is None or models.blend.weights[Source.ALS] <= 0:
        return [False] * len(items)
    popularity = models.popularity.score[models.blend.horizon, items]
    is_taste = (items < len(models.als.item_factors)) & (popularity < assortment.popular_from)
    return [bool(taste) for taste in is_taste]
