"""From a customer's state to the products that a playbook may speak of, in one compiled pass.

It asks what :mod:`recommender.decisions.slate_kernel` asks, deeper and per selector, and leaves the choice to whoever
weighs products against everything else.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import literal_unroll, njit

from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED
from recommender.candidates.picking import descending, pick_best
from recommender.candidates.shelf import ShelfTable
from recommender.data.history_kernels import BoughtItems, StateColumns, bought_items, with_in_hand
from recommender.decisions.calibrating import calibrated
from recommender.decisions.facts import N_FACTS, NOTHING
from recommender.decisions.gates import judge
from recommender.decisions.kernel_inputs import nothing_bought, repeat_input_of
from recommender.decisions.market_kernel import FACTS, PLACE, Market, Products, Turn, Wanted, traded
from recommender.decisions.scored_kernel import Scores, proposed_of, repeats_of
from recommender.decisions.telling import Ranking, Slate, no_ranking, tell_offers, tell_repeats
from recommender.decisions.verdicts import Purchased, Refills
from recommender.models.by_reference import Reference
from recommender.models.offer_kernels import is_ranked, offer_scores, with_the_rest
from recommender.models.offer_tables import OfferTables
from recommender.types import (
    Float32Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt32Array,
)

Plain: TypeAlias = tuple[Any, ...]  # nested tuples of arrays and numbers, whose types the compiler infers


class Depth(NamedTuple):
    """How many: of each selector at most ``most``, and ``enough`` or the whole assortment is scored; repeats of each action; told; kept out."""

    most: int
    enough: int
    again: int
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
        ``(whether offers are wanted, whether repeats are, depth, wanted, market, turn, scores)``, the last five as plain
        tuples.

    Returns
    -------
    tuple
        Whole numbers, as :func:`recommender.decisions.ranking.unpacked` reads them; the probabilities of offers and repeats;
        and whether the customer is cold.
    """
    wants_offers, wants_repeats, depth, wanted, market, turn, scored = asked
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
    repeats, shut = _best_repeats(again, on_repeats.code, history.item, (shelf, deep, want))
    due = history.item[repeats.position], due_at_s[repeats.position]
    products = _products(best, repeats, due, (closed.number, shut.number))
    bidding, lineup = traded(Market(*market), want, products, (Turn(*turn), deep.told))
    known_of = (in_hand, offers, shelf, tables.popular_from, due_at_s)
    _tell(lineup, (best, repeats), (context, history), known_of, now_s)
    rows, kept_out = _rows(history.item, on_repeats.code, due_at_s), np.concatenate((closed.code, shut.code))
    sizes = (best.position.size, repeats.position.size, products.number.size, history.item.size)
    parts = (products.number, kept_out, rows.ravel(), counts.ravel(), bidding.ravel(), lineup.ravel())
    packed = _packed((*sizes, bidding.shape[1], lineup.shape[0]), parts)
    return packed, products.probability, context.item.size == 0


@njit(cache=True, nogil=True)
def _products(
    best: Ranking,
    repeats: Ranking,
    again: tuple[Int32Array, Int64Array],
    kept_out: tuple[UInt32Array, UInt32Array],
) -> Products:
    """Return offers and repeats, these with their items and when they are due; the numbers of what gates kept out follow theirs."""
    return Products(
        np.concatenate((best.position, again[0])),
        np.concatenate((best.number, repeats.number, kept_out[0], kept_out[1])),
        np.concatenate((best.probability, repeats.probability)),
        best.position.size,
        again[1],
    )


@njit(cache=True, nogil=True)
def _tell(
    lineup: Int64Array,
    ranked: tuple[Ranking, Ranking],
    bought: tuple[BoughtItems, BoughtItems],
    known: Plain,
    now_s: int,
) -> None:
    """Write the facts of the products in a lineup."""
    (best, repeats), (context, history) = ranked, bought
    in_hand, offers, shelf, popular_from, due_at_s = known
    slate = _slate_of(lineup, best.position.size)
    tell_offers(slate, best, context, in_hand, (offers, shelf, popular_from), now_s)
    tell_repeats(slate, repeats, history, due_at_s, now_s)
    lineup[:, FACTS:] = slate.facts


@njit(cache=True, nogil=True)
def _packed(sizes: tuple[int, int, int, int, int, int], parts: Plain) -> Int64Array:
    """Return sizes and arrays as one: every array that is returned costs as much as hundreds of steps."""
    number, kept_out, rows, counts, bidding, lineup = parts
    total = number.size + kept_out.size + rows.size + counts.size + bidding.size + lineup.size
    packed, at = np.empty(len(sizes) + total, np.int64), len(sizes)
    for place in range(len(sizes)):
        packed[place] = sizes[place]
    for part in literal_unroll(parts):
        packed[at : at + part.size] = part
        at += part.size
    return packed


@njit(cache=True, nogil=True)
def _rows(item: Int32Array, code: UInt8Array, due_at_s: Int64Array) -> Int64Array:
    """Return three columns as the rows of one array."""
    rows = np.empty((3, item.size), np.int64)
    for at in range(item.size):
        rows[0, at], rows[1, at], rows[2, at] = item[at], code[at], due_at_s[at]
    return rows


@njit(cache=True, nogil=True)
def offer_code(
    columns: Plain, in_hand: tuple[UInt32Array, UInt32Array], item: int, tables: Reference, now_s: int
) -> int:
    """Return the code of one item as an offer, by item index; the others are as :func:`candidate_facts` takes them."""
    state, nothing = StateColumns(*columns), nothing_bought()
    refills = Refills(nothing.item, nothing.owned, nothing.orders, nothing.last_s, np.empty(0, np.int64))
    purchased = Purchased(state.number, state.owned, state.last_s)
    on_offers, _ = judge(tables.shelf, purchased, refills, in_hand[0], now_s)
    return int(on_offers.code[item])


@njit(cache=True, nogil=True)
def product_facts(
    columns: Plain,
    in_hand: tuple[UInt32Array, UInt32Array],
    asked: tuple[Int32Array, Int64Array],
    tables: Reference,
    now_s: int,
) -> Int64Array:
    """Return the facts of a few products that were ranked.

    Parameters
    ----------
    columns, in_hand, tables, now_s
        As they were ranked.
    asked
        Of offers the item index, of a repeat ``-1`` less the row of the history; and when each row of the history is due.

    Returns
    -------
    Int64Array
        ``[products, facts]``, see :mod:`recommender.decisions.facts`.
    """
    products, due_at_s = asked
    shelf, offers = tables.shelf, tables.offers
    history = bought_items(StateColumns(*columns), tables.index_of_number)
    context = history
    if in_hand[0].size + in_hand[1].size > 0:
        context = with_in_hand(history, np.concatenate(in_hand), tables.index_of_number, now_s)
    items, rows = products[products >= 0], -products[products < 0] - 1
    nothing = np.float32(0)
    best = Ranking(items, shelf.number[items], np.full(items.size, nothing))
    repeats = Ranking(rows, shelf.number[history.item[rows]], np.full(rows.size, nothing))
    slate, n_items, n_rows = _slate(products.copy()), 0, 0
    for row in range(products.size):
        if products[row] >= 0:
            slate.places[row] = n_items
            n_items += 1
        else:
            slate.places[row] = -n_rows - 1
            n_rows += 1
    tell_offers(slate, best, context, in_hand, (offers, shelf, tables.popular_from), now_s)
    tell_repeats(slate, repeats, history, due_at_s, now_s)
    facts: Int64Array = slate.facts
    return facts


@njit(cache=True, nogil=True)
def _slate_of(lineup: Int64Array, offers: int) -> Slate:
    """Return an empty slate with a row for each product of a lineup."""
    places = np.empty(lineup.shape[0], np.int32)
    for row in range(places.size):
        place = lineup[row, PLACE]
        places[row] = place if place < offers else offers - place - 1
    empty: Slate = _slate(places)
    return empty


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
def _walked(scored: _Scored, asked: tuple[Depth, Wanted]) -> tuple[bool, Int32Array]:
    """Return the places of those among the best of any selector, best first, and whether every selector has enough."""
    deep, want = asked
    allowed = np.flatnonzero(scored.code == IS_ALLOWED).astype(np.int32)
    best = allowed[descending(scored.score[allowed], scored.number[allowed])]
    found = np.zeros(want.offers.shape[1], np.int64)
    taken, size = np.empty(best.size, np.int32), 0
    for at in best:
        item, is_wanted = scored.item[at], False
        for selector in range(found.size):
            if want.offers[item, selector] and want.least[selector] >= 0 and found[selector] < deep.most:
                found[selector] += 1
                is_wanted = True
        if is_wanted:
            taken[size] = at
            size += 1
    is_enough = want.pinned.size == 0
    for selector in range(found.size):
        is_enough = is_enough and bool(found[selector] >= min(deep.enough, want.least[selector]))
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
    again: Float32Array, code: UInt8Array, items: Int32Array, known: tuple[ShelfTable, Depth, Wanted]
) -> tuple[Ranking, _Scored]:
    """Return the best repeats of every action that speaks, and the likeliest of those that a gate kept out."""
    shelf, deep, want = known
    number = shelf.number[items]
    mine = _spoken_of(code, items, want, want.speaking)
    if np.count_nonzero(mine == IS_ALLOWED) > deep.again:
        is_in = np.zeros(mine.size, np.bool_)
        for action in range(want.speaking.size):
            if want.speaking[action] > 0:
                alone = np.zeros(want.speaking.size, np.uint8)
                alone[action] = 1
                for row in pick_best(again, _spoken_of(code, items, want, alone), number, deep.again):
                    is_in[row] = True
        for row in range(mine.size):
            if not is_in[row]:
                mine[row] = IS_NOT_PROPOSED
    best = pick_best(again, mine, number, mine.size)
    return Ranking(best, number[best], again[best]), _closed(_Scored(items, again, code, number), deep.closed)


@njit(cache=True, nogil=True)
def _spoken_of(code: UInt8Array, items: Int32Array, want: Wanted, speaking: UInt8Array) -> UInt8Array:
    """Return the codes of repeats, without those that none of the actions which speak is about."""
    mine = code.copy()
    for row in range(mine.size):
        is_wanted = False
        for action in range(speaking.size):
            is_wanted = is_wanted or (speaking[action] > 0 and want.repeats[items[row], action] > 0)
        if not is_wanted:
            mine[row] = IS_NOT_PROPOSED
    return mine


@njit(cache=True, nogil=True)
def _nothing_scored() -> _Scored:
    number = np.empty(0, np.uint32)
    return _Scored(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.uint8), number)
