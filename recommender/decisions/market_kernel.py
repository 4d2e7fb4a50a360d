"""Which action speaks of which ranked product, and in what order a slate takes them, in compiled code."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from recommender.candidates.picking import best_first
from recommender.decisions.facts import N_FACTS
from recommender.decisions.seeds import FIBONACCI
from recommender.types import Float32Array, Float64Array, Int32Array, Int64Array, UInt8Array, UInt32Array

Plain: TypeAlias = tuple[Any, ...]  # tuples of arrays and numbers, whose types the compiler infers

PLACE: Final = 0
ACTION: Final = 1
NUMBER: Final = 2
FAMILY: Final = 3
GROUP: Final = 4
FACTS: Final = 5
LINEUP_COLUMNS: Final = FACTS + N_FACTS
"""Columns of a lineup: one row for each product that is looked at."""


class Wanted(NamedTuple):
    """Which products a playbook may speak of.

    Attributes
    ----------
    offers
        One column per distinct selector of its offers, ``uint8 [n, selectors]``: 1 where it selects.
    least
        Of each selector so many at least, or as many as are told, ``int32 [selectors]``: for less the whole assortment is
        scored. -1: of this one nobody wants anything.
    repeats
        One column per repeat action, ``uint8 [n, actions]``.
    speaking
        Which of these speak, ``uint8 [actions]``.
    pinned
        Item indices that staff pinned: they come however unlikely they are.
    price
        By item index, ``float64 [n]``; 0 where none is known.
    family
        By permanent number: products of which a slate holds a few only, ``int32 [m]``; -1, and beyond the end: any number.
    most_alike
        How many of one family.
    group
        By permanent number: the variants of one thing, of which a slate offers one, ``int32 [m]``; beyond the end: a thing of
        its own.
    """

    offers: UInt8Array
    least: Int32Array
    repeats: UInt8Array
    speaking: UInt8Array
    pinned: Int32Array
    price: Float64Array
    family: Int32Array
    most_alike: int
    group: Int32Array


class Market(NamedTuple):
    """Actions whose products differ in probability and price alone; offers first.

    Attributes
    ----------
    offers
        How many of them are offers.
    column
        Of its selector among those of its kind, ``int32 [a]``.
    terms
        Scale, share and cost, ``float64 [a, 3]``: what a product is worth is its probability times
        ``scale + share x price``, less ``cost``.
    bounds
        Of each action and those of its kind behind it the largest scale, the largest share and the smallest cost,
        ``float64 [a, 3]``: none of them makes more of a product.
    salts
        Of the actions' ids, ``int64 [a]``; what ties are broken by.
    expiry_s
        Refills that were due longer ago are left out, ``int64 [a]``; 0: however long ago.
    """

    offers: int
    column: Int32Array
    terms: Float64Array
    bounds: Float64Array
    salts: Int64Array
    expiry_s: Int64Array


class Turn(NamedTuple):
    """What is new in every decision.

    Attributes
    ----------
    seed
        Of two actions that make the same of a product the one with the smaller
        :func:`recommender.decisions.seeds.tie_breaker` speaks of it, and of two products that are worth the same the one
        of that action comes first.
    silent
        Pairs of an action, by its place in the market, and the number of a product that it must not speak of;
        ``int64 [c, 2]``.
    now_s
        Its time.
    """

    seed: int
    silent: Int64Array
    now_s: int


class Products(NamedTuple):
    """Ranked products: offers, then repeats.

    Attributes
    ----------
    item, number, probability
        Of each; ``number`` may be longer.
    offers
        How many are offers.
    due_at_s
        When each of the repeats is due, ``int64``.
    """

    item: Int32Array
    number: UInt32Array
    probability: Float32Array
    offers: int
    due_at_s: Int64Array


def bounds_of(terms: Float64Array, offers: int) -> Float64Array:
    """Return the bounds of a market from its terms; the first ``offers`` actions are offers.

    Examples
    --------
    >>> bounds_of(np.array([[9.0, 0.0, 1.0], [3.0, 0.5, 2.0], [7.0, 0.0, 0.0]]), 2).tolist()
    [[9.0, 0.5, 1.0], [3.0, 0.5, 2.0], [7.0, 0.0, 0.0]]
    """
    bounds = np.empty_like(terms)
    for begin, end in ((0, offers), (offers, len(terms))):
        behind_first = terms[begin:end][::-1]
        most, least = np.maximum.accumulate(behind_first[:, :2]), np.minimum.accumulate(behind_first[:, 2])
        bounds[begin:end, :2], bounds[begin:end, 2] = most[::-1], least[::-1]
    return bounds


@njit(cache=True, nogil=True)
def traded_products(
    market: Plain, wanted: Plain, products: Plain, turn: Plain, k: int
) -> tuple[Int64Array, Int64Array]:
    """Return what :func:`traded` does, of plain tuples; nothing is told about the products."""
    bidding, lineup = traded(Market(*market), Wanted(*wanted), Products(*products), (Turn(*turn), k))
    return bidding, lineup[:, :FACTS]


@njit(cache=True, nogil=True)
def traded(
    market: Market, want: Wanted, products: Products, asked: tuple[Turn, int]
) -> tuple[Int64Array, Int64Array]:
    """Return the places of products that are worth anything, best first, over the action that makes the most of each; and a lineup."""
    items, (turn, k) = products.item, asked
    worth, whose = np.empty(items.size, np.float64), np.empty(items.size, np.int32)
    terms, bounds, columns = market.terms, market.bounds, market.column
    is_priced = bool(np.any(terms[:, 1] != 0))
    for place in range(items.size):
        item, chance, is_offer = items[place], float(products.probability[place]), place < products.offers
        begin, end = (0, market.offers) if is_offer else (market.offers, columns.size)
        late_s = np.int64(0) if is_offer else turn.now_s - products.due_at_s[place - products.offers]
        price, most, best = want.price[item] if is_priced else 0.0, 0.0, -1
        for action in range(begin, end):
            if chance * (bounds[action, 0] + bounds[action, 1] * price) - bounds[action, 2] < most:
                break
            expected = chance * (terms[action, 0] + terms[action, 1] * price) - terms[action, 2]
            column = columns[action]
            if expected < most or not (want.offers[item, column] if is_offer else want.repeats[item, column]):
                continue
            if 0 < market.expiry_s[action] < late_s:
                continue
            is_more = expected > most or (best >= 0 and _comes_before(market, turn.seed, action, best))
            if is_more and not _is_silent(turn.silent, action, products.number[place]):
                most, best = expected, action
        worth[place], whose[place] = most, best
    few = np.flatnonzero(whose >= 0).astype(np.int32)
    few = few[best_first(worth[few])]
    _break_ties(few, worth, whose, market, turn.seed)
    bidding = np.empty((2, few.size), np.int64)
    bidding[0], bidding[1] = few, whose[few]
    return bidding, lineup_of(few, whose, products, (want.family, want.most_alike, want.group), k)


@njit(cache=True, nogil=True)
def lineup_of(
    places: Int32Array,
    whose: Int32Array,
    products: Products,
    diversity: tuple[Int32Array, int, Int32Array],
    k: int,
) -> Int64Array:
    """Return the products that are looked at, best first, until ``k`` of them are in a slate that holds no others.

    Each is looked at while the one before it waits to be taken, so that it may be one which the slate then refuses.

    Parameters
    ----------
    places, whose
        Products that are worth anything, best first; by place, the action that speaks of each.
    diversity
        ``family``, ``most_alike`` and ``group`` of :class:`Wanted`.

    Returns
    -------
    Int64Array
        ``[m, 5 + facts]``: place, action, permanent number, family or -1, group of an offer or -1; the facts are not told yet.
    """
    family_of, most, group_of = diversity
    lineup = np.empty((places.size, LINEUP_COLUMNS), np.int64)
    taken = np.empty(k, np.int64)
    looked, size = 0, 0
    for place in places:
        number, family, group = np.int64(products.number[place]), np.int64(-1), np.int64(-1)
        if number < family_of.size:
            family = np.int64(family_of[number])
        if place < products.offers and number < group_of.size:
            group = np.int64(group_of[number])
        if not _has_room(lineup, taken[:size], (number, family, group), most):
            continue
        if looked > 0:
            before = lineup[looked - 1]
            if _has_room(lineup, taken[:size], (before[NUMBER], before[FAMILY], before[GROUP]), most):
                taken[size] = looked - 1
                size += 1
        if size == k:
            break
        lineup[looked, PLACE], lineup[looked, ACTION] = place, whose[place]
        lineup[looked, NUMBER], lineup[looked, FAMILY], lineup[looked, GROUP] = number, family, group
        looked += 1
    return lineup[:looked]


@njit(cache=True, nogil=True)
def _has_room(lineup: Int64Array, taken: Int64Array, product: tuple[int, int, int], most: int) -> bool:
    """Return whether a slate of these rows takes one more product, of a number, a family and a group."""
    number, family, group = product
    alike = 0
    for row in taken:
        if lineup[row, NUMBER] == number or (group >= 0 and lineup[row, GROUP] == group):
            return False
        if family >= 0 and lineup[row, FAMILY] == family:
            alike += 1
    return alike < most


@njit(cache=True, nogil=True)
def _break_ties(
    places: Int32Array, worth: Float64Array, whose: Int32Array, market: Market, seed: int
) -> None:
    """Order products that are worth the same by their actions; those of one action stay as they were ranked."""
    for at in range(1, places.size):
        mine, to = places[at], at
        while (
            to > 0
            and worth[places[to - 1]] == worth[mine]
            and _comes_before(market, seed, whose[mine], whose[places[to - 1]])
        ):
            places[to] = places[to - 1]
            to -= 1
        places[to] = mine


@njit(cache=True, nogil=True)
def _comes_before(market: Market, seed: int, action: int, other: int) -> bool:
    return bool(_tie_breaker(seed, market.salts[action]) < _tie_breaker(seed, market.salts[other]))


@njit(cache=True, nogil=True)
def _tie_breaker(seed: int, salt: int) -> np.uint64:
    """Return what :func:`recommender.decisions.seeds.tie_breaker` does."""
    return np.uint64(seed ^ salt) * np.uint64(FIBONACCI)


@njit(cache=True, nogil=True)
def _is_silent(silent: Int64Array, action: int, number: int) -> bool:
    row = 0
    while row < silent.shape[0] and not (silent[row, 0] == action and silent[row, 1] == number):
        row += 1
    return bool(row < silent.shape[0])
