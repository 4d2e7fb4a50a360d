"""What one decision answers; structs, because a frozen dataclass takes five times as long to build."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from recommender.decisions.reasons import Reason
from recommender.playbook.kinds import ActionKind
from recommender.types import DecisionId, ItemNumber, ModelVersion

ServedBy: TypeAlias = Literal["model", "fallback"]
"""``fallback``: there is no model, the log's popularity answered."""


class ScoredAction(msgspec.Struct, frozen=True, gc=False):
    """One action of a slate.

    Parameters
    ----------
    action, item
        What to do, about which item.
    score
        Calibrated probability that the customer buys the item within the window, 0 to 1.
    reason
        Why, for a person.
    source
        The candidate source that argued most: ``item_item``, ``als``, ``popularity`` or ``replenishment``.
    due_at_s
        When a repeat purchase is expected, seconds since 1970; None for offers.
    """

    action: ActionKind
    item: ItemNumber
    score: float
    reason: Reason
    source: str
    due_at_s: int | None = None


class Decision(msgspec.Struct, frozen=True):
    """The slate for one customer at one moment, with all that it was decided from.

    Parameters
    ----------
    decision_id
        Identity of the decision and of its receipt.
    customer_version, model_version, catalogue_version
        What it was decided from; ``customer_version`` is 0 for an unknown or anonymous customer.
    cold
        Nothing that the customer bought, carries or looked at is known to the model: the slate is what is popular.
    served_by
        ``model`` or ``fallback``.
    actions
        The slate, best first; ``score`` never increases.
    decided_at_us
        ``now`` of the decision, microseconds since 1970.
    gated
        How many candidates each reason code kept out; see :class:`recommender.candidates.codes.GateReason`.
    """

    decision_id: DecisionId
    customer_version: int
    model_version: ModelVersion
    catalogue_version: int
    cold: bool
    served_by: ServedBy
    actions: tuple[ScoredAction, ...]
    decided_at_us: int
    gated: Mapping[str, int]
