"""The products of one decision as compiled code ranked them, and what it says of those it left out."""

from typing import Final, NamedTuple

import numpy as np

from recommender.candidates.assortment import Assortment
from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED, REASON_OF_CODE
from recommender.customers import CustomerState
from recommender.decisions.candidate_kernel import Market, candidate_facts, offer_facts, traded_products
from recommender.decisions.kernel_inputs import Columns, numbers_of, state_columns
from recommender.decisions.prepared import Prepared
from recommender.decisions.request import DecisionRequest
from recommender.decisions.scored_kernel import NOT_SCORED, Scores
from recommender.types import BoolArray, Float32Array, Int32Array, Int64Array, UInt8Array, UInt32Array

MOST: Final = 200
"""Ranked products that are weighed, all offers together; and so many repeats."""

CLOSED: Final = 30
"""Likeliest products that a gate kept out, which the receipt names; and so many repeats."""

_NO_ITEMS: Final = np.empty(0, np.int32)
_NAMES: Final = tuple((code, reason.value) for code, reason in REASON_OF_CODE.items())

NO_MARKET: Final = Market(0, _NO_ITEMS, np.empty((0, 3)), np.empty((0, 2), np.int32))


class ProductRanking(NamedTuple):
    """What :func:`recommender.decisions.candidate_kernel.candidate_facts` returns, and what it was asked.

    Attributes
    ----------
    offers, repeats
        How many may be said.
    number
        Permanent numbers of the offers, the repeats, and likely ones that a gate kept out.
    probability
        Of the first two.
    closed
        Codes of the last.
    facts
        Rows of facts of the first ``told`` offers and of all repeats.
    offer_code
        Code of every item of the bundle as an offer.
    history, repeat_code
        Item indices of the customer's history, and their codes as repeats.
    counts
        Offers and repeats per gate code, ``int64 [2, codes]``.
    traded, whose
        Places of the products that are worth anything to an action of the market, best first, and that action.
    """

    offers: int
    repeats: int
    number: UInt32Array
    probability: Float32Array
    closed: UInt8Array
    facts: Int64Array
    told: int
    offer_code: UInt8Array
    history: Int32Array
    repeat_code: UInt8Array
    counts: Int64Array
    is_cold: bool
    traded: Int32Array
    whose: Int32Array
    columns: Columns
    in_hand: tuple[UInt32Array, UInt32Array]
    assortment: Assortment
    now_s: int

    def code_as_offer(self, number: int) -> int:
        """Return what the gates say to offering an item; 0 where the bundle does not know it."""
        index = index_of(self.assortment, number)
        return int(self.offer_code[index]) if index >= 0 else IS_ALLOWED

    def is_refill(self, number: int) -> bool:
        """Whether the item may be bought again now."""
        return self.code_as_refill(number) == IS_ALLOWED

    def code_as_refill(self, number: int) -> int:
        """Return what the gates say to buying an item again; that it is no candidate where nothing of it was bought."""
        index = index_of(self.assortment, number)
        row = int(self.history.searchsorted(np.int32(index)))
        is_bought = row < self.history.size and self.history[row] == index
        return int(self.repeat_code[row]) if is_bought else IS_NOT_PROPOSED

    def probability_of(self, number: int, *, is_offer: bool) -> float | None:
        """Return the probability of a product; None where it is not among those that were ranked."""
        begin, end = (0, self.offers) if is_offer else (self.offers, self.offers + self.repeats)
        places = (self.number[begin:end] == number).nonzero()[0]
        return float(self.probability[begin + places[0]]) if places.size else None

    def facts_at(self, places: list[int]) -> list[list[int]]:
        """Return the facts of some ranked products by their place among all that may be said."""
        told, offers = self.told, self.offers
        below = [place for place in places if told <= place < offers]
        more = self._told_more(below) if below else {}
        return [
            more[place]
            if place in more
            else self.facts[place if place < told else place - offers + told].tolist()
            for place in places
        ]

    def _told_more(self, places: list[int]) -> dict[int, list[int]]:
        items = self.assortment.models.index_of_number[self.number[places]].astype(np.int32)
        facts = offer_facts(self.columns, self.in_hand, items, self.assortment.tables, self.now_s)
        return dict(zip(places, facts.tolist(), strict=True))

    def gated(self) -> dict[str, int]:
        """Return how many products each gate kept out."""
        offers, repeats = self.counts.tolist()
        counted = {name: offers[code] + repeats[code] for code, name in _NAMES}
        return {name: count for name, count in counted.items() if count}


class Sought(NamedTuple):
    """What is to be ranked.

    Attributes
    ----------
    offers, repeats
        Whether any action speaks of them.
    selectors
        Columns of the offers' selectors that any of these actions has; None: all of them.
    market
        Actions whose products differ in probability and price alone.
    pinned
        Numbers of items that staff pinned: they are ranked however unlikely they are.
    """

    offers: bool
    repeats: bool
    market: Market = NO_MARKET
    pinned: tuple[int, ...] = ()
    selectors: frozenset[int] | None = None


def ranked_products(
    state: CustomerState,
    request: DecisionRequest,
    ready: Prepared,
    sought: Sought,
    now_s: int,
    scores: Scores = NOT_SCORED,
) -> ProductRanking:
    """Rank what may be offered to a customer and what may be bought again.

    Parameters
    ----------
    scores
        Of the same customer and moment with nothing in hand, where somebody made them already.
    """
    columns, in_hand = state_columns(state), (numbers_of(request.cart), numbers_of(request.session))
    assortment, selectors = ready.assortment, ready.offer_selectors
    most = max(request.k, MOST // max(1, selectors.shape[1]))
    pins = [index for number in sought.pinned if (index := index_of(assortment, number)) >= 0]
    pinned = np.array(pins, np.int32) if pins else _NO_ITEMS
    wanted = (selectors, _least(ready, sought), ready.repeat_selectors, pinned, ready.item_price)
    depth = (most, request.k, CLOSED)
    found = candidate_facts(
        columns,
        in_hand,
        (sought.offers, sought.repeats, depth, wanted, tuple(sought.market), tuple(scores)),
        assortment.tables,
        now_s,
    )
    return ProductRanking._make((*found, columns, in_hand, assortment, now_s))


def _least(ready: Prepared, sought: Sought) -> Int32Array:
    """Return how many offers each selector has; -1 where nobody speaks of them."""
    if sought.selectors is None or len(sought.selectors) == ready.offer_sizes.size:
        return ready.offer_sizes
    least = ready.offer_sizes.copy()
    least[[column for column in range(least.size) if column not in sought.selectors]] = -1
    return least


def narrowed(ranking: ProductRanking, ready: Prepared, asked: Sought, sought: Sought) -> ProductRanking:
    """Return of a ranking what less was sought for, with its products weighed for another market.

    Parameters
    ----------
    ranking
        Of the same customer, for at least the kinds and selectors that are sought now.
    asked
        What it was made for.
    """
    numbers = ranking.number[: ranking.offers + ranking.repeats]
    items = ranking.assortment.models.index_of_number[numbers].astype(np.int32)
    if asked._replace(market=sought.market) == sought:
        return _over_market(ranking, ready, sought.market, items)
    kept = np.full(items.size, sought.repeats)
    kept[: ranking.offers] = sought.offers & _is_selected(items[: ranking.offers], ready, sought)
    narrow = _of_kept(ranking, kept, (sought.offers, sought.repeats))
    return _over_market(narrow, ready, sought.market, items[kept])


def _is_selected(items: Int32Array, ready: Prepared, sought: Sought) -> BoolArray:
    columns = slice(None) if sought.selectors is None else sorted(sought.selectors)
    pins = [index_of(ready.assortment, number) for number in sought.pinned]
    found: BoolArray = ready.offer_selectors[items][:, columns].any(axis=1) | np.isin(items, pins)
    return found


def _of_kept(ranking: ProductRanking, kept: BoolArray, wants: tuple[bool, bool]) -> ProductRanking:
    if kept.all() and all(wants):
        return ranking
    begin = ranking.offers + ranking.repeats
    places = np.flatnonzero(kept)
    offers = int(np.count_nonzero(kept[: ranking.offers]))
    told = places[places < ranking.told]
    repeats = places[places >= ranking.offers] - ranking.offers + ranking.told
    return ranking._replace(
        offers=offers,
        repeats=places.size - offers,
        number=np.concatenate((ranking.number[places], ranking.number[begin:])),
        probability=ranking.probability[places],
        facts=ranking.facts[np.concatenate((told, repeats))],
        told=told.size,
        counts=ranking.counts * np.array(wants)[:, None],
    )


def _over_market(
    ranking: ProductRanking, ready: Prepared, market: Market, items: Int32Array
) -> ProductRanking:
    """Return a ranking with its products weighed for another market: as if it had been ranked for that one."""
    if market.column.size == 0:
        return ranking._replace(traded=_NO_ITEMS, whose=_NO_ITEMS)
    wanted = (ready.offer_selectors, ready.offer_sizes, ready.repeat_selectors, _NO_ITEMS, ready.item_price)
    traded, whose = traded_products(tuple(market), wanted, items, ranking.probability, ranking.offers)
    return ranking._replace(traded=traded, whose=whose)


def index_of(assortment: Assortment, number: int) -> int:
    """Return the item index of a number, -1 where the bundle does not know it."""
    of_number = assortment.models.index_of_number
    return int(of_number[number]) if 0 <= number < len(of_number) else -1
