"""What one decision answers; structs, because a frozen dataclass takes five times as long to build."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from recommender.decisions.factors import Factors
from recommender.decisions.reasons import Reason
from recommender.decisions.trace import Trace
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Direction, PlaybookVersion
from recommender.types import DecisionId, ItemNumber, ModelVersion

ServedBy: TypeAlias = Literal["model", "fallback"]
"""``fallback``: there is no model, the log's popularity answered."""

NO_PLAYBOOK: Final = "none"
"""Version of the playbook where there is none."""


class ScoredAction(msgspec.Struct, frozen=True, gc=False):
    """One action of a slate.

    Parameters
    ----------
    action, item
        What to do, about which item; None where it is about none.
    score
        Calibrated probability of the positive outcome, 0 to 1: that the customer buys the item within the window.
    reason
        Why, for a person.
    source
        Who proposed it: ``item_item``, ``als``, ``popularity``, ``replenishment``, or the kind of action.
    due_at_s
        When a repeat purchase or an obligation is expected, seconds since 1970; None for offers.
    action_id
        The playbook's name of the action; that of the kind where there is no playbook.
    text
        The words to say, with the template filled; empty: the channel's own.
    factors, expected_value
        What it was chosen for, in the playbook's currency; None without a playbook.
    action_probability
        Probability with which the policy took this action for its place, given those before it.
    deadline_s
        Obligations: when it would be too late, seconds since 1970.
    subject
        The unit, appointment or complaint that it is about, where the item does not say so.
    fact
        The triggering fact in words.
    amount
        Goodwill offered, in the playbook's currency.
    """

    action: ActionKind
    item: ItemNumber | None
    score: float
    reason: Reason
    source: str
    due_at_s: int | None = None
    action_id: str = ""
    text: str = ""
    factors: Factors | None = None
    expected_value: float | None = None
    action_probability: float = 1.0
    deadline_s: int | None = None
    subject: str = ""
    fact: str = ""
    amount: float = 0.0


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
        The slate, best first; empty: say nothing. Without a playbook ``score`` never increases.
    decided_at_us
        ``now`` of the decision, microseconds since 1970.
    gated
        How many candidates each reason code kept out; see :class:`recommender.candidates.codes.GateReason`.
    playbook_version
        ``none`` without a playbook.
    engine_version
        What decided; replays are exact on the same one only.
    direction
        Whether the customer came or is gone to, as the playbook says of the channel.
    seed
        Of ties and exploration, derived from the decision id.
    explored
        Whether the first action was drawn instead of chosen.
    action_probability
        Probability of the first choice, saying nothing included.
    next_s
        When the first contact limit opens that kept something out, or what another request reserved runs out where nothing is
        said; whether it is worth saying then is decided then. None: nothing waits.
    trace
        What was weighed, for the receipt; None without a playbook.
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
    playbook_version: PlaybookVersion = NO_PLAYBOOK
    engine_version: str = ""
    direction: Direction = "inbound"
    seed: int = 0
    explored: bool = False
    action_probability: float = 1.0
    next_s: int | None = None
    trace: Trace | None = None
