"""From a customer's state to the products that a playbook may speak of, in one compiled pass.

It asks what :mod:`recommender.decisions.slate_kernel` asks, deeper and per selector, and leaves the choice to whoever
weighs products against everything else.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED
from recommender.candidates.picking import pick_best
from recommender.candidates.shelf import ShelfTable
from recommender.data.history_kernels import BoughtItems, StateColumns, bought_items, with_in_hand
from recommender.decisions.calibrating import calibrated
from recommender.decisions.facts import N_FACTS, NOTHING
from recommender.decisions.gates import judge
from recommender.decisions.kernel_inputs import nothing_bought, repeat_input_of
from recommender.decisions.scored_kernel import Scores, proposed_of, repeats_of
from recommender.decisions.telling import Ranking, Slate, no_ranking, tell_offers, tell_repeats
from recommender.decisions.verdicts import Purchased, Refills
from recommender.models.by_reference import Reference
from recommender.models.offer_kernels import is_ranked, offer_scores, with_the_rest
from recommender.models.offer_tables import OfferTables
from recommender.types import (
    Float32Array,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt32Array,
)

Plain: TypeAlias = tuple[Any, ...]  # nested tuples of arrays and numbers, whose types the compiler infers


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
    pinned
        Item indices that staff pinned: they come however unlikely they are.
    price
        By item index, ``float64 [n]``; 0 where none is known.
    """

    offers: UInt8Array
    least: Int32Array
    repeats: UInt8Array
    pinned: Int32Array
    price: Float64Array


class Market(NamedTuple):
    """Actions whose products differ in probability and price alone; offers first, each kind in the order of ties.

    Attributes
    ----------
    offers
        How many of them are offers.
    column
        Of its selector among those of its kind, ``int32 [a]``.
    terms
        Scale, share and cost, ``float64 [a, 3]``: what a product is worth is its probability times
        ``scale + share x price``, less ``cost``.
    silent
        Pairs of an action, by its place here, and an item index that it must not speak of; ``int32 [c, 2]``.
    """

    offers: int
    column: Int32Array
    terms: Float64Array
    silent: Int32Array


class Depth(NamedTuple):
    """How many: of each selector at most ``most``; told; kept out."""

    most: int
    told: int
    closed: int


class _Scored(NamedTuple):
    """Items with scores, and the code of each."""

    item: Int32Array
    score: Float32Array
    code: UInt8Array
    number: UInt32Array


@njit(cache=True, nogil=True)
def candidate_facts(
    columns: Plain, in_hand: tuple[UInt32Array, UInt32Array], asked: Plain, tables: Reference, now_s: int
) -> Plain:
    """Rank the products that a playbook may speak of to one customer.

    Parameters
    ----------
    columns, in_hand, tables, now_s
        As :func:`recommender.decisions.slate_kernel.slate_facts` takes them.
    asked
        ``(whether offers are wanted, whether repeats are, depth, wanted, market, scores)``, the last four as plain tuples.

    Returns
    -------
    tuple
        ``(offers, repeats, numbers of offers, repeats and likely ones that a gate kept out, probabilities of the first
        two, codes of the last, facts of some offers and of all repeats, how many offers are told, code of every item
        as an offer, items of the history, their codes as repeats, offers and repeats per gate code, whether the customer
        is cold, places of the products that are worth more than nothing to any action of the market, best first, and that
        action)``.
    """
    wants_offers, wants_repeats, depth, wanted, market, scored = asked
    deep, want, known = Depth(*depth), Wanted(*wanted), Scores(*scored)
    state, shelf, offers = StateColumns(*columns), tables.shelf, tables.offers
    bought = bought_items(state, tables.index_of_number)
    context = bought
    if in_hand[0].size + in_hand[1].size > 0:
        context = with_in_hand(bought, np.concatenate(in_hand), tables.index_of_number, now_s)
    history = bought if wants_repeats else nothing_bought()
    again, due_at_s = repeats_of(history, known, tables.repeats, now_s)
    refills = Refills(history.item, history.owned, history.orders, history.last_s, due_at_s)
    purchased = Purchased(state.number, state.owned, state.last_s)
    on_offers, on_repeats = judge(shelf, purchased, refills, in_hand[0], now_s)
    counts = np.zeros((2, on_offers.counts.size), np.int64)
    counts[1] = on_repeats.counts
    best, closed = no_ranking(), _nothing_scored()
    if wants_offers:
        counts[0] = on_offers.counts
        best, closed = _best_offers(context, (offers, shelf, known), on_offers.code, (deep, want), now_s)
        best = calibrated(best, (tables.knot_score, tables.knot_probability))
    repeats, shut = _best_repeats(again, on_repeats.code, history.item, (shelf, deep, want.repeats))
    told = min(best.position.size, deep.told)
    items = np.concatenate((best.position, history.item[repeats.position]))
    probability = np.concatenate((best.probability, repeats.probability))
    place, whose = _traded(Market(*market), want, items, probability, best.position.size)
    facts = _told(
        best,
        repeats,
        told,
        (context, history),
        (in_hand, offers, shelf, tables.popular_from, due_at_s),
        now_s,
    )
    return (
        best.position.size,
        repeats.position.size,
        np.concatenate((best.number, repeats.number, closed.number, shut.number)),
        probability,
        np.concatenate((closed.code, shut.code)),
        facts,
        told,
        on_offers.code,
        history.item,
        on_repeats.code,
        counts,
        context.item.size == 0,
        place,
        whose,
    )


@njit(cache=True, nogil=True)
def traded_products(
    market: Plain, wanted: Plain, items: Int32Array, probability: Float32Array, offers: int
) -> tuple[Int32Array, Int32Array]:
    """Return the products that are worth anything to a market, best first, and the action that makes the most of each.

    Parameters
    ----------
    market, wanted
        As :class:`Market` and :class:`Wanted`, plain tuples.
    items, probability
        Item indices of the offers, then of the repeats, and their probabilities.
    offers
        How many of them are offers.
    """
    found: tuple[Int32Array, Int32Array] = _traded(
        Market(*market), Wanted(*wanted), items, probability, offers
    )
    return found


@njit(cache=True, nogil=True)
def _traded(
    market: Market, want: Wanted, items: Int32Array, probability: Float32Array, offers: int
) -> tuple[Int32Array, Int32Array]:
    """Return the products that are worth anything, best first, and the action that makes the most of each."""
    worth, whose = np.zeros(items.size, np.float64), np.full(items.size, -1, np.int32)
    for place in range(items.size):
        item, chance = items[place], float(probability[place])
        selects, begin, end = want.offers[item], 0, market.offers
        if place >= offers:
            selects, begin, end = want.repeats[item], market.offers, market.column.size
        for action in range(begin, end):
            if selects[market.column[action]]:
                terms = market.terms[action]
                expected = chance * (terms[0] + terms[1] * want.price[item]) - terms[2]
                if expected > worth[place] and not _is_silent(market, action, item):
                    worth[place], whose[place] = expected, action
    few = np.flatnonzero(whose >= 0).astype(np.int32)
    few = few[_descending(worth[few], few)]
    return few, whose[few]


@njit(cache=True, nogil=True)
def _is_silent(market: Market, action: int, item: int) -> bool:
    for row in range(market.silent.shape[0]):
        if market.silent[row, 0] == action and market.silent[row, 1] == item:
            return True
    return False


@njit(cache=True, nogil=True)
def offer_facts(
    columns: Plain, in_hand: tuple[UInt32Array, UInt32Array], items: Int32Array, tables: Reference, now_s: int
) -> Int64Array:
    """Return the facts of a few more offers, by item index: those that were chosen from below the told ones."""
    shelf, offers = tables.shelf, tables.offers
    context = bought_items(StateColumns(*columns), tables.index_of_number)
    if in_hand[0].size + in_hand[1].size > 0:
        context = with_in_hand(context, np.concatenate(in_hand), tables.index_of_number, now_s)
    best = Ranking(items, shelf.number[items], np.zeros(items.size, np.float32))
    slate = _slate(np.arange(items.size).astype(np.int32))
    tell_offers(slate, best, context, in_hand, (offers, shelf, tables.popular_from), now_s)
    facts: Int64Array = slate.facts
    return facts


@njit(cache=True, nogil=True)
def _told(
    best: Ranking,
    repeats: Ranking,
    told: int,
    bought: tuple[BoughtItems, BoughtItems],
    known: Plain,
    now_s: int,
) -> Int64Array:
    context, history = bought
    in_hand, offers, shelf, popular_from, due_at_s = known
    places = np.empty(told + repeats.position.size, np.int32)
    for place in range(told):
        places[place] = place
    for place in range(repeats.position.size):
        places[told + place] = -place - 1
    slate = _slate(places)
    tell_offers(slate, best, context, in_hand, (offers, shelf, popular_from), now_s)
    tell_repeats(slate, repeats, history, due_at_s, now_s)
    facts: Int64Array = slate.facts
    return facts


@njit(cache=True, nogil=True)
def _slate(places: Int32Array) -> Slate:
    return Slate(
        places, np.full((places.size, N_FACTS), NOTHING, np.int64), np.empty(places.size, np.float32)
    )


@njit(cache=True, nogil=True)
def _best_offers(
    context: BoughtItems,
    tables: tuple[OfferTables, ShelfTable, Scores],
    code: UInt8Array,
    asked: tuple[Depth, Wanted],
    now_s: int,
) -> tuple[Ranking, _Scored]:
    """Return the best of every selector, with raw scores, and the likeliest of those that a gate kept out."""
    offers, shelf, known = tables
    bought, most = repeat_input_of(context), asked[0].closed
    if not is_ranked(bought, offers):
        everything = np.arange(code.size).astype(np.int32)
        score = offer_scores(bought, offers, now_s)
        scored = _Scored(everything, score, code, shelf.number)
        return _sorted(_picked(scored, asked), score, shelf.number), _closed(scored, most)
    few = proposed_of(context, known, offers, now_s)
    scored = _Scored(few.item, few.score, code[few.item], shelf.number[few.item])
    is_enough, picked = _walked(scored, asked)
    if is_enough:
        return Ranking(scored.item[picked], scored.number[picked], scored.score[picked]), _closed(
            scored, most
        )
    score = with_the_rest(few, bought, offers, now_s)
    everything = np.arange(code.size).astype(np.int32)
    items = _picked(_Scored(everything, score, code, shelf.number), asked)
    return _sorted(items, score, shelf.number), _closed(scored, most)


@njit(cache=True, nogil=True)
def _descending(score: Any, number: Any) -> Int32Array:  # arrays of any width
    """Return the places by descending score; of equal ones the smaller number comes first."""
    order: Int32Array = np.argsort(-score).astype(np.int32)
    for end in range(1, order.size):
        at = end
        while (
            at > 0 and score[order[at]] == score[order[at - 1]] and number[order[at]] < number[order[at - 1]]
        ):
            order[at], order[at - 1] = order[at - 1], order[at]
            at -= 1
    return order


@njit(cache=True, nogil=True)
def _walked(scored: _Scored, asked: tuple[Depth, Wanted]) -> tuple[bool, Int32Array]:
    """Return the places of those among the best of any selector, best first, and whether every selector has enough."""
    deep, want = asked
    allowed = np.flatnonzero(scored.code == IS_ALLOWED).astype(np.int32)
    best = allowed[_descending(scored.score[allowed], scored.number[allowed])]
    found = np.zeros(want.offers.shape[1], np.int64)
    taken, size = np.empty(best.size, np.int32), 0
    for at in best:
        row, is_wanted = want.offers[scored.item[at]], False
        for selector in range(row.size):
            if row[selector] and want.least[selector] >= 0 and found[selector] < deep.most:
                found[selector] += 1
                is_wanted = True
        if is_wanted:
            taken[size] = at
            size += 1
    is_enough = want.pinned.size == 0
    for selector in range(found.size):
        is_enough = is_enough and bool(found[selector] >= min(deep.told, want.least[selector]))
    return is_enough, taken[:size]


@njit(cache=True, nogil=True)
def _picked(scored: _Scored, asked: tuple[Depth, Wanted]) -> Int32Array:
    """Return the items that are among the best of any selector, and the pinned ones; all items are scored."""
    deep, want = asked
    is_in = np.zeros(scored.item.size, np.bool_)
    code = np.empty(scored.item.size, np.uint8)
    for selector in range(want.offers.shape[1]):
        if want.least[selector] < 0:
            continue
        for item in range(code.size):
            code[item] = scored.code[item] if want.offers[item, selector] else IS_NOT_PROPOSED
        for item in pick_best(scored.score, code, scored.number, deep.most):
            is_in[item] = True
    for item in want.pinned:
        is_in[item] = is_in[item] or scored.code[item] == IS_ALLOWED
    return np.flatnonzero(is_in).astype(np.int32)


@njit(cache=True, nogil=True)
def _sorted(items: Int32Array, score: Float32Array, number: UInt32Array) -> Ranking:
    picked, numbers = score[items], number[items]
    order = pick_best(picked, np.zeros(items.size, np.uint8), numbers, items.size)
    return Ranking(items[order], numbers[order], picked[order])


@njit(cache=True, nogil=True)
def _closed(scored: _Scored, most: int) -> _Scored:
    """Return the likeliest candidates that a gate kept out."""
    outside = np.empty(scored.code.size, np.uint8)
    for at in range(outside.size):
        outside[at] = IS_ALLOWED if scored.code[at] > IS_NOT_PROPOSED else IS_NOT_PROPOSED
    best = pick_best(scored.score, outside, scored.number, most)
    return _Scored(scored.item[best], scored.score[best], scored.code[best], scored.number[best])


@njit(cache=True, nogil=True)
def _best_repeats(
    again: Float32Array, code: UInt8Array, items: Int32Array, known: tuple[ShelfTable, Depth, UInt8Array]
) -> tuple[Ranking, _Scored]:
    """Return the best repeats that a playbook speaks of, and the likeliest of those that a gate kept out."""
    shelf, deep, wanted = known
    mine, number = code.copy(), shelf.number[items]
    for row in range(mine.size):
        is_wanted = False
        for action in range(wanted.shape[1]):
            is_wanted = is_wanted or wanted[items[row], action] > 0
        if not is_wanted:
            mine[row] = IS_NOT_PROPOSED
    best = pick_best(again, mine, number, deep.most)
    return Ranking(best, number[best], again[best]), _closed(_Scored(items, again, code, number), deep.closed)


@njit(cache=True, nogil=True)
def _nothing_scored() -> _Scored:
    number = np.empty(0, np.uint32)
    return _Scored(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.uint8), number)
