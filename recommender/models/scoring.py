"""Scores of one customer: what to offer, what is due, and which purchase argues for an offer.

Each answer depends on the models and the one history alone, bit for bit: nothing is batched across customers.
"""

import numpy as np

from recommender.data.history import History
from recommender.models.antecedents import strongest
from recommender.models.fitted import FittedModels
from recommender.models.offer_kernels import offer_scores
from recommender.models.repeat_kernels import RepeatInput, repeat_scores
from recommender.types import Float32Array, Int32Array, Int64Array


def score_offers(models: FittedModels, history: History, now_s: int) -> Float32Array:
    """Return the score of every item: by the ranker where there is one, by the blend where not.

    Parameters
    ----------
    models
        What was learned.
    history
        The customer; an empty history is answered by popularity.
    now_s
        The time of the decision, seconds since 1970.

    Returns
    -------
    Float32Array
        ``[n]``, finite, >= 0, higher is better; nothing is masked, owned items score too.
    """
    score: Float32Array = offer_scores(repeat_input(history), models.offer_tables, now_s)
    return score


def offer_probability(models: FittedModels, score: Float32Array) -> Float32Array:
    """Return the calibrated P(the customer buys it within the window), 0..1, of blended scores."""
    return np.interp(score, models.blend.knot_score, models.blend.knot_probability).astype(np.float32)


def score_repeats(models: FittedModels, history: History, now_s: int) -> tuple[Float32Array, Int64Array]:
    """Return what each item of the history promises.

    Returns
    -------
    tuple[Float32Array, Int64Array]
        P(bought again within the window), calibrated, 0..1, and when it is due, seconds since 1970 (in the past
        when overdue); both by position in ``history.item``.
    """
    probability, due_at_s = repeat_scores(repeat_input(history), models.replenishment.tables, now_s)
    return probability, due_at_s


def strongest_antecedents(
    models: FittedModels, history: History, items: Int32Array, now_s: int
) -> tuple[Int32Array, Float32Array]:
    """Return, per offered item, the purchase that argues most for it.

    Returns
    -------
    tuple[Int32Array, Float32Array]
        Position in ``history.item``, -1 where no purchase argues for the item, and the share (0..1) that it has
        in the item-to-item score.
    """
    position, share = strongest(history.item, history.last_s, items, models.offer_tables, now_s)
    return position, share


def repeat_input(history: History) -> RepeatInput:
    """Return the plain arrays of a history."""
    return RepeatInput(
        item=history.item,
        owned=history.owned,
        orders=history.orders,
        first_s=history.first_s,
        last_s=history.last_s,
        recent_item=history.recent_item,
        recent_s=history.recent_s,
        recent_quantity=history.recent_quantity,
        customer=_customer(history),
    )


def _customer(history: History) -> Int64Array:
    return np.array([history.customer_orders, history.customer_first_s, history.customer_last_s], np.int64)
