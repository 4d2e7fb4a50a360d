"""From a customer's state to the facts of a slate in one compiled pass.

Entering compiled code costs a request more than most of what it does there, so it is entered once. The customer arrives
as a plain tuple (numba takes a named one apart by name at every call) and gets its names back inside.
"""

from typing import Any, TypeAlias

import numpy as np
from numba import njit

from recommender.candidates.merging import merge_kinds
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
from recommender.types import Float32Array, Int64Array, UInt8Array, UInt32Array

Plain: TypeAlias = tuple[Any, ...]  # nested tuples of arrays and numbers, whose types the compiler infers


@njit(cache=True, nogil=True)
def slate_facts(
    columns: Plain, in_hand: tuple[UInt32Array, UInt32Array], asked: Plain, tables: Reference, now_s: int
) -> tuple[Int64Array, Float32Array, Int64Array, bool]:
    """Decide what to say to one customer.

    Parameters
    ----------
    columns
        The fields of a :class:`StateColumns`.
    in_hand
        Permanent numbers in the cart and of the session.
    asked
        ``(k, whether offers are wanted, whether repeats are, scores)``: the fields of
        :class:`recommender.decisions.scored_kernel.Scores`, of the same customer as of ``now_s`` with nothing in hand, or of
        ``NOT_SCORED``.
    tables
        What was learned and what the catalogue says: :class:`recommender.candidates.decision_tables.DecisionTables`.
    now_s
        The time of the decision, seconds since 1970.

    Returns
    -------
    tuple
        One row of facts per action (columns of :mod:`recommender.decisions.facts`), their probabilities, candidates
        per gate code of the wanted kinds, and whether nothing is known of the customer.
    """
    k, wants_offers, wants_repeats, scored = asked
    known = Scores(*scored)
    cart, session = in_hand
    state, shelf, offers = StateColumns(*columns), tables.shelf, tables.offers
    bought = bought_items(state, tables.index_of_number)
    context = bought
    if cart.size + session.size > 0:
        context = with_in_hand(bought, np.concatenate((cart, session)), tables.index_of_number, now_s)
    history = bought if wants_repeats else nothing_bought()
    again, due_at_s = repeats_of(history, known, tables.repeats, now_s)
    refills = Refills(history.item, history.owned, history.orders, history.last_s, due_at_s)
    purchased = Purchased(state.number, state.owned, state.last_s)
    on_offers, on_repeats = judge(shelf, purchased, refills, cart, now_s)
    best_offers, counts = no_ranking(), on_repeats.counts
    if wants_offers:
        knots = (tables.knot_score, tables.knot_probability)
        best_offers = calibrated(
            _best_offers(context, (offers, shelf, known), on_offers.code, k, now_s), knots
        )
        counts = counts + on_offers.counts
    best_repeats = _best_repeats(again, on_repeats.code, shelf.number[history.item], k)
    slate = _empty_slate(best_offers, best_repeats, k)
    tell_offers(slate, best_offers, context, in_hand, (offers, shelf, tables.popular_from), now_s)
    tell_repeats(slate, best_repeats, history, due_at_s, now_s)
    return slate.facts, slate.probability, counts, context.item.size == 0


@njit(cache=True, nogil=True)
def _best_offers(
    context: BoughtItems,
    tables: tuple[OfferTables, ShelfTable, Scores],
    code: UInt8Array,
    k: int,
    now_s: int,
) -> Ranking:
    """Return the best ``k`` and their raw scores; all items are only scored where the candidates are too few."""
    offers, number, known = tables[0], tables[1].number, tables[2]
    bought = repeat_input_of(context)
    if is_ranked(bought, offers):
        few = proposed_of(context, known, offers, now_s)
        best = pick_best(few.score, code[few.item], number[few.item], k)
        if best.size == k:
            return Ranking(few.item[best], number[few.item[best]], few.score[best])
        score = with_the_rest(few, bought, offers, now_s)
    else:
        score = offer_scores(bought, offers, now_s)
    best = pick_best(score, code, number, k)
    return Ranking(best, number[best], score[best])


@njit(cache=True, nogil=True)
def _best_repeats(again: Float32Array, code: UInt8Array, number: UInt32Array, k: int) -> Ranking:
    best = pick_best(again, code, number, k)
    return Ranking(best, number[best], again[best])


@njit(cache=True, nogil=True)
def _empty_slate(offers: Ranking, repeats: Ranking, k: int) -> Slate:
    places = merge_kinds(offers.probability, offers.number, repeats.probability, repeats.number, k)
    return Slate(
        places, np.full((places.size, N_FACTS), NOTHING, np.int64), np.empty(places.size, np.float32)
    )
