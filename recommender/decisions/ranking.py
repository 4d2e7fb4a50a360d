"""The products of one decision as compiled code ranked them, and what it says of those it left out."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from recommender.candidates.assortment import Assortment
from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED, N_CODES, REASON_OF_CODE
from recommender.customers import CustomerState
from recommender.decisions.bidders import MOST_KEPT
from recommender.decisions.candidate_kernel import candidate_facts, offer_code, product_facts
from recommender.decisions.kernel_inputs import NOTHING_IN_HAND, Columns, numbers_of, state_columns
from recommender.decisions.market_kernel import LINEUP_COLUMNS, Plain, traded_products
from recommender.decisions.prepared import Prepared
from recommender.decisions.request import DecisionRequest
from recommender.decisions.scored_kernel import NOT_SCORED, Scores
from recommender.decisions.sought import NO_BIDDING, NO_ITEMS, NO_LINEUP, Sought, index_of
from recommender.types import BoolArray, Float32Array, Int32Array, Int64Array, UInt8Array, UInt32Array

MOST: Final = 200
"""Ranked offers that are weighed, all selectors together; of each repeat action as many as of one selector."""

CLOSED: Final = 30
"""Likeliest products that a gate kept out, which the receipt names; and so many repeats."""

_SIZES: Final = 6
"""Sizes that a packed ranking begins with."""

_NAMES: Final = tuple((code, reason.value) for code, reason in REASON_OF_CODE.items())


class ProductRanking(NamedTuple):
    """What :func:`recommender.decisions.candidate_kernel.candidate_facts` returns, and what it was asked.

    Attributes
    ----------
    offers, repeats
        How many may be said.
    number
        Permanent numbers of the offers, the repeats, and likely ones that a gate kept out, ``int64 [n]``.
    probability
        Of the first two.
    closed
        Codes of the last, ``int64``.
    history
        Item indices of the customer's history, their codes as repeats, and when each is due; ``int64 [3, h]``.
    counts
        Offers and repeats per gate code, ``int64 [2, codes]``.
    bidding
        Places of the products that are worth anything to an action of the market, best first, and that action;
        ``int64 [2, m]``.
    lineup
        Those that a slate of these alone looks at, see :func:`recommender.decisions.market_kernel.lineup_of`, with their
        facts.
    told
        Facts of others, once somebody asked; by number, of repeats -1 less the number.
    """

    offers: int
    repeats: int
    number: Int64Array
    probability: Float32Array
    closed: Int64Array
    history: Int64Array
    counts: Int64Array
    is_cold: bool
    bidding: Int64Array
    lineup: Int64Array
    columns: Columns
    in_hand: tuple[UInt32Array, UInt32Array]
    assortment: Assortment
    now_s: int
    told: dict[int, list[int]]

    def code_as_offer(self, number: int) -> int:
        """Return what the gates say to offering an item; 0 where the bundle does not know it."""
        index = index_of(self.assortment, number)
        if index < 0:
            return IS_ALLOWED
        return int(offer_code(self.columns, self.in_hand, index, self.assortment.tables, self.now_s))

    def is_refill(self, number: int) -> bool:
        """Whether the item may be bought again now."""
        return self.code_as_refill(number) == IS_ALLOWED

    def code_as_refill(self, number: int) -> int:
        """Return what the gates say to buying an item again; that it is no candidate where nothing of it was bought."""
        index = index_of(self.assortment, number)
        item, code, _ = self.history
        row = int(item.searchsorted(index))
        return int(code[row]) if row < item.size and item[row] == index else IS_NOT_PROPOSED

    def due_at(self) -> Int64Array:
        """Return when each of the repeats that may be said is due."""
        begin, end = self.offers, self.offers + self.repeats
        item, _, due_at_s = self.history
        due: Int64Array = due_at_s[
            item.searchsorted(self.assortment.models.index_of_number[self.number[begin:end]])
        ]
        return due

    def due_s(self, number: int) -> int | None:
        """Return when an item of the history is due again; None where nothing of it was bought."""
        index = index_of(self.assortment, number)
        item, _, due_s = self.history
        row = int(item.searchsorted(index))
        return int(due_s[row]) if row < item.size and item[row] == index else None

    def probability_of(self, number: int, *, is_offer: bool) -> float | None:
        """Return the probability of a product; None where it is not among those that were ranked."""
        begin, end = (0, self.offers) if is_offer else (self.offers, self.offers + self.repeats)
        places = (self.number[begin:end] == number).nonzero()[0]
        return float(self.probability[begin + places[0]]) if places.size else None

    def facts_at(self, places: Sequence[int]) -> list[list[int]]:
        """Return the facts of some ranked products by their place among all that may be said."""
        named = {place: self._name(place) for place in places}
        unknown = [place for place, name in named.items() if name not in self.told]
        if unknown:
            asked = np.array([self._asked(place) for place in unknown], np.int32)
            facts = product_facts(
                self.columns, self.in_hand, (asked, self.history[2]), self.assortment.tables, self.now_s
            )
            self.told.update(zip([named[place] for place in unknown], facts.tolist(), strict=True))
        return [self.told[name] for name in named.values()]

    def _name(self, place: int) -> int:
        number = int(self.number[place])
        return number if place < self.offers else -1 - number

    def _asked(self, place: int) -> int:
        item = index_of(self.assortment, int(self.number[place]))
        return item if place < self.offers else -1 - int(self.history[0].searchsorted(item))

    def gated(self) -> dict[str, int]:
        """Return how many products each gate kept out."""
        offers, repeats = self.counts.tolist()
        counted = {name: offers[code] + repeats[code] for code, name in _NAMES}
        return {name: count for name, count in counted.items() if count}


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
    columns, in_hand = state_columns(state), NOTHING_IN_HAND
    if request.cart or request.session:
        in_hand = numbers_of(request.cart), numbers_of(request.session)
    assortment = ready.assortment
    pinned = NO_ITEMS
    if sought.pinned:
        pins = [index for number in sought.pinned if (index := index_of(assortment, number)) >= 0]
        pinned = np.array(pins, np.int32)
    wanted = _wanted(ready, _least(ready, sought), pinned, _speaking(ready, sought))
    depth = (*how_deep(request.k, ready, sought), request.k, CLOSED)
    found = candidate_facts(
        columns,
        in_hand,
        (
            sought.offers,
            sought.repeats,
            depth,
            wanted,
            tuple(sought.market),
            tuple(sought.turn),
            tuple(scores),
        ),
        assortment.tables,
        now_s,
    )
    packed, probability, is_cold = found
    return ProductRanking._make(
        (*unpacked(packed, probability, is_cold=is_cold), columns, in_hand, assortment, now_s, {})
    )


def how_deep(k: int, ready: Prepared, sought: Sought) -> tuple[int, int, int]:
    """Return how many offers of each selector are ranked, how many of them are enough, and how many repeats of each action.

    Products about which an action must be silent take nobody's place.
    """
    most = max(k, MOST // max(1, ready.offer_selectors.shape[1])) * sought.deeper
    closed, silent = sought.closed
    return most + closed, (most if sought.deeper > 1 else k) + closed, most + silent


def unpacked(packed: Int64Array, probability: Float32Array, *, is_cold: bool) -> Plain:
    """Return the first fields of a ranking of what compiled code packed: six sizes, then the arrays one after the other."""
    offers, repeats, n, h, m, looked = packed[:_SIZES].tolist()
    n_closed = n - offers - repeats
    ends = _SIZES + n, _SIZES + n + n_closed
    history = ends[1] + 3 * h
    counts = history + 2 * N_CODES
    bidding = counts + 2 * m
    return (
        offers,
        repeats,
        packed[_SIZES : ends[0]],
        probability,
        packed[ends[0] : ends[1]],
        packed[ends[1] : history].reshape(3, h),
        packed[history:counts].reshape(2, N_CODES),
        is_cold,
        packed[counts:bidding].reshape(2, m),
        packed[bidding:].reshape(looked, LINEUP_COLUMNS),
    )


def _wanted(ready: Prepared, least: Int32Array, pinned: Int32Array, speaking: UInt8Array) -> Plain:
    """Return the fields of :class:`recommender.decisions.market_kernel.Wanted`."""
    selectors = ready.offer_selectors, least, ready.repeat_selectors, speaking
    return (*selectors, pinned, ready.item_price, ready.family, ready.most_alike, ready.group)


def _speaking(ready: Prepared, sought: Sought) -> UInt8Array:
    """Return which repeat actions speak, ``uint8 [actions]``."""
    known = ready.speaking.get(sought.repeaters)
    if known is None:
        if len(ready.speaking) >= MOST_KEPT:
            ready.speaking.clear()
        known = np.ones(ready.repeat_selectors.shape[1], np.uint8)
        if sought.repeaters is not None:
            known[[column for column in range(known.size) if column not in sought.repeaters]] = 0
        ready.speaking[sought.repeaters] = known
    return known


def _least(ready: Prepared, sought: Sought) -> Int32Array:
    """Return how many offers each selector has; -1 where nobody speaks of them."""
    if sought.selectors is None:
        return ready.offer_sizes
    known = ready.least.get(sought.selectors)
    if known is None:
        if len(ready.least) >= MOST_KEPT:
            ready.least.clear()
        known = ready.offer_sizes.copy()
        known[[column for column in range(known.size) if column not in sought.selectors]] = -1
        ready.least[sought.selectors] = known
    return known


def narrowed(
    ranking: ProductRanking, ready: Prepared, asked: Sought, sought: Sought, k: int
) -> ProductRanking:
    """Return of a ranking what less was sought for, with its products weighed for another market.

    Parameters
    ----------
    ranking
        Of the same customer, for at least the kinds and selectors that are sought now.
    asked
        What it was made for.
    k
        Actions of the slate, as then.
    """
    numbers = ranking.number[: ranking.offers + ranking.repeats]
    items = ranking.assortment.models.index_of_number[numbers].astype(np.int32)
    if _kinds(asked) == _kinds(sought):
        return _over_market(ranking, ready, sought, items, k)
    kept = np.empty(items.size, np.bool_)
    kept[: ranking.offers] = sought.offers & _is_selected(items[: ranking.offers], ready, sought)
    spoken = ready.repeat_selectors[items[ranking.offers :]][:, _speaking(ready, sought) > 0]
    kept[ranking.offers :] = sought.repeats & (spoken > 0).any(axis=1)
    narrow = _of_kept(ranking, kept, (sought.offers, sought.repeats))
    return _over_market(narrow, ready, sought, items[kept], k)


def _kinds(sought: Sought) -> tuple[object, ...]:
    return sought.offers, sought.repeats, sought.selectors, sought.repeaters


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
    return ranking._replace(
        offers=offers,
        repeats=places.size - offers,
        number=np.concatenate((ranking.number[places], ranking.number[begin:])),
        probability=ranking.probability[places],
        counts=ranking.counts * np.array(wants)[:, None],
    )


def _over_market(
    ranking: ProductRanking, ready: Prepared, sought: Sought, items: Int32Array, k: int
) -> ProductRanking:
    """Return a ranking with its products weighed for another market: as if it had been ranked for that one."""
    if sought.market.column.size == 0:
        return ranking._replace(bidding=NO_BIDDING, lineup=NO_LINEUP)
    again, _, due_at_s = ranking.history
    due = due_at_s[again.searchsorted(items[ranking.offers :])]
    products = (items, ranking.number, ranking.probability, ranking.offers, due)
    wanted = _wanted(ready, ready.offer_sizes, NO_ITEMS, _speaking(ready, sought))
    bidding, lineup = traded_products(tuple(sought.market), wanted, products, tuple(sought.turn), k)
    return ranking._replace(bidding=bidding, lineup=lineup)
