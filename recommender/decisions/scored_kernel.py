"""What the models say of one customer's products, apart from what a playbook or a request makes of it.

Scoring is most of what a decision costs. Who decides about the same purchases several times, under several playbooks, may
score them once and hand the scores in.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from recommender.data.history_kernels import BoughtItems, StateColumns, bought_items
from recommender.decisions.kernel_inputs import repeat_input_of
from recommender.models.by_reference import Reference
from recommender.models.offer_kernels import Proposed, is_ranked, proposed
from recommender.models.offer_tables import OfferTables
from recommender.models.repeat_kernels import RepeatTables, repeat_scores
from recommender.types import Float32Array, Int32Array, Int64Array

Plain: TypeAlias = tuple[Any, ...]  # nested tuples of arrays and numbers, whose types the compiler infers


class Scores(NamedTuple):
    """What the models say of a customer's products.

    Attributes
    ----------
    again
        P(bought again within the window) of each item of the history, ``float32 [h]``.
    due_at_s
        When each is due, ``int64 [h]``.
    item
        Candidates for offers where a ranker orders them, ``int32 [c]``; else none.
    score
        Theirs, ``float32 [c]``.
    sparse
        What the rest is scored from, ``float32 [sources, reach]``; see :class:`recommender.models.offer_kernels.Proposed`.
    """

    again: Float32Array
    due_at_s: Int64Array
    item: Int32Array
    score: Float32Array
    sparse: Float32Array


_NOTHING: Final = np.empty(0, np.float32)

NOT_SCORED = Scores(
    _NOTHING, np.empty(0, np.int64), np.empty(0, np.int32), _NOTHING, np.empty((0, 0), np.float32)
)
"""Nobody scored anything: it is done where it is needed."""


@njit(cache=True, nogil=True)
def product_scores(columns: Plain, tables: Reference, now_s: int) -> Plain:
    """Score the products of one customer with nothing in hand.

    Parameters
    ----------
    columns, tables, now_s
        As :func:`recommender.decisions.slate_kernel.slate_facts` takes them.

    Returns
    -------
    tuple
        The fields of :class:`Scores`.
    """
    bought = repeat_input_of(bought_items(StateColumns(*columns), tables.index_of_number))
    again, due_at_s = repeat_scores(bought, tables.repeats, now_s)
    if not is_ranked(bought, tables.offers):
        nothing = np.empty(0, np.float32)
        return again, due_at_s, np.empty(0, np.int32), nothing, np.empty((0, 0), np.float32)
    few = proposed(bought, tables.offers, now_s)
    return again, due_at_s, few.item, few.score, few.sparse


@njit(cache=True, nogil=True)
def repeats_of(
    history: BoughtItems, known: Scores, tables: RepeatTables, now_s: int
) -> tuple[Float32Array, Int64Array]:
    """Return probabilities and due times of a history: the known ones, where there are as many."""
    if 0 < history.item.size == known.again.size:
        return known.again, known.due_at_s
    found: tuple[Float32Array, Int64Array] = repeat_scores(repeat_input_of(history), tables, now_s)
    return found


@njit(cache=True, nogil=True)
def proposed_of(context: BoughtItems, known: Scores, tables: OfferTables, now_s: int) -> Proposed:
    """Return the candidates of a ranker: the known ones, where there are any."""
    if known.item.size > 0:
        return Proposed(known.item, known.score, known.sparse)
    found: Proposed = proposed(repeat_input_of(context), tables, now_s)
    return found
