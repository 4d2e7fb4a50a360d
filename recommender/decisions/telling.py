"""Which reason stands behind each chosen action, compiled."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from recommender.candidates.shelf import ShelfTable
from recommender.data.history_kernels import BoughtItems
from recommender.decisions.facts import (
    ABOUT,
    BOUGHT_AFTER,
    BOUGHT_BEFORE,
    BOUGHT_OFTEN,
    DAYS,
    DUE,
    DUE_AT_S,
    EVERY_DAYS,
    IN_YOUR_CART,
    IN_YOUR_SESSION,
    IS_REPEAT,
    NUMBER,
    ORDERS,
    POPULAR,
    REASON,
    SIMILAR_TASTE,
)
from recommender.models.antecedents import strongest
from recommender.models.blend import Source
from recommender.models.offer_tables import OfferTables
from recommender.types import SECONDS_PER_DAY, Float32Array, Int32Array, Int64Array, UInt32Array

_ALS: Final = int(Source.ALS)


class Ranking(NamedTuple):
    """The best of one kind: where its source keeps each, its permanent number and its probability."""

    position: Int32Array
    number: UInt32Array
    probability: Float32Array


@njit(cache=True, nogil=True)
def no_ranking() -> Ranking:
    """Return the ranking of a kind that nobody asked for."""
    return Ranking(np.empty(0, np.int32), np.empty(0, np.uint32), np.empty(0, np.float32))


class Slate(NamedTuple):
    """What is being written: places as :func:`recommender.candidates.merging.merge_kinds` returns them."""

    places: Int32Array
    facts: Int64Array
    probability: Float32Array


@njit(cache=True, nogil=True)
def tell_offers(
    slate: Slate,
    best: Ranking,
    context: BoughtItems,
    in_hand: tuple[UInt32Array, UInt32Array],
    tables: tuple[OfferTables, ShelfTable, float],
    now_s: int,
) -> None:
    """Write the offers of a slate: the purchase, cart or session item that argues most for each, if any does."""
    offers, shelf, popular_from = tables
    rows = np.flatnonzero(slate.places >= 0)
    items = best.position[slate.places[rows]]
    argues = np.full(items.size, -1, np.int32)
    if context.item.size > 0 and items.size > 0:
        argues, _ = strongest(context.item, context.last_s, items, offers, now_s)
    for position in range(rows.size):
        row = rows[position]
        facts, place = slate.facts[row], slate.places[row]
        slate.probability[row] = best.probability[place]
        facts[IS_REPEAT], facts[NUMBER] = 0, best.number[place]
        if argues[position] >= 0:
            _tell_antecedent(facts, argues[position], context, in_hand, shelf)
        elif context.item.size > 0 and _is_taste(items[position], offers, popular_from):
            facts[REASON] = SIMILAR_TASTE
        else:
            facts[REASON] = POPULAR


@njit(cache=True, nogil=True)
def _tell_antecedent(
    facts: Int64Array,
    row: int,
    context: BoughtItems,
    in_hand: tuple[UInt32Array, UInt32Array],
    shelf: ShelfTable,
) -> None:
    cart, session = in_hand
    about = shelf.number[context.item[row]]
    facts[ABOUT], facts[REASON] = about, BOUGHT_AFTER
    if np.any(cart == about):
        facts[REASON] = IN_YOUR_CART
    elif context.owned[row] == 0 and np.any(session == about):
        facts[REASON] = IN_YOUR_SESSION


@njit(cache=True, nogil=True)
def _is_taste(item: int, offers: OfferTables, popular_from: float) -> bool:
    """Whether the factors argue for an item that was not bought along with anything and is not very popular."""
    known = item < offers.factors.shape[0] and offers.weights[_ALS] > 0
    return bool(known and offers.popularity[item] < popular_from)


@njit(cache=True, nogil=True)
def tell_repeats(slate: Slate, best: Ranking, history: BoughtItems, due_at_s: Int64Array, now_s: int) -> None:
    """Write the repeat purchases of a slate: the customer's own rhythm."""
    for row in range(slate.places.size):
        if slate.places[row] < 0:
            place = -slate.places[row] - 1
            facts, at = slate.facts[row], best.position[place]
            slate.probability[row] = best.probability[place]
            facts[IS_REPEAT], facts[NUMBER], facts[DUE_AT_S] = 1, best.number[place], due_at_s[at]
            _tell_rhythm(facts, history, at, now_s)


@njit(cache=True, nogil=True)
def _tell_rhythm(facts: Int64Array, history: BoughtItems, at: int, now_s: int) -> None:
    orders = int(history.orders[at])
    first_s, last_s = int(history.first_s[at]), int(history.last_s[at])
    facts[DAYS], facts[ORDERS] = max(0, (now_s - last_s) // SECONDS_PER_DAY), orders
    if now_s < facts[DUE_AT_S]:
        facts[REASON] = BOUGHT_OFTEN if orders > 1 else BOUGHT_BEFORE
        return
    facts[REASON] = DUE
    if orders >= 2 and last_s - first_s >= SECONDS_PER_DAY:  # two on one day are no rhythm
        gap_s = float(last_s - first_s) / float(orders - 1)
        facts[EVERY_DAYS] = max(1, round(gap_s / SECONDS_PER_DAY))
