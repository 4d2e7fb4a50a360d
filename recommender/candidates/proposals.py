"""The sources: what the models propose to one customer, before any gate."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from recommender.candidates.kinds import ActionKind
from recommender.customers import CustomerState
from recommender.data.history import History, history_of, with_session
from recommender.data.items import look_up
from recommender.models.fitted import FittedModels
from recommender.models.scoring import score_offers, score_repeats
from recommender.types import Float32Array, Int64Array, ItemNumber


@dataclass(frozen=True, slots=True)
class Proposals:
    """Every candidate of every source; ``n`` items in the bundle, ``h`` in the history.

    Attributes
    ----------
    history
        What the customer bought, in bundle space: the candidates of buy-again.
    context
        The same with cart and session items as if bought now: what offers are scored from.
    offer_score
        Raw score of every item, ``float32 [n]``; empty when offers are not asked for.
    repeat_probability
        P(bought again within the window), ``float32 [h]``; empty when buy-again is not asked for.
    due_at_s
        When each is expected to be bought again, seconds since 1970, ``int64 [h]``; empty likewise.
    """

    history: History
    context: History
    offer_score: Float32Array
    repeat_probability: Float32Array
    due_at_s: Int64Array

    @property
    def is_cold(self) -> bool:
        """Whether nothing that the customer bought, carries or looked at is known to the bundle."""
        return len(self.context.item) == 0


def propose(
    state: CustomerState,
    in_hand: tuple[ItemNumber, ...],
    kinds: Collection[ActionKind],
    models: FittedModels,
    now_s: int,
) -> Proposals:
    """Ask the sources of the wanted kinds.

    Parameters
    ----------
    state
        The fold of the customer's events.
    in_hand
        Numbers of the items in the cart and of the session; unknown ones are left out.
    kinds
        The kinds of action wanted.
    models
        The bundle.
    now_s
        The time of the decision, seconds since 1970.
    """
    known = history_of(state, models.index_of_number)
    context = known
    if in_hand:
        items = look_up(models.index_of_number, np.array(in_hand, dtype=np.uint32))
        context = with_session(known, items, now_s)
    history, probability, due_at_s = History.empty(), np.empty(0, np.float32), np.empty(0, np.int64)
    if ActionKind.BUY_AGAIN in kinds and len(known.item):
        history = known
        probability, due_at_s = score_repeats(models, known, now_s)
    score = np.empty(0, np.float32)
    if ActionKind.PRODUCT_OFFER in kinds:
        score = score_offers(models, context, now_s)
    return Proposals(history, context, score, probability, due_at_s)
