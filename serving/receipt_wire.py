"""The receipt of a decision and the answer to *why not*, as they leave the API."""

from datetime import datetime
from typing import Literal

from serving.wire import ReasonAnswer, Shape


class GateAnswer(Shape, frozen=True):
    """One gate that a candidate met: the first that is not ``ok`` kept it out, those after it were not asked.

    ``code`` and ``because`` say why it did, ``evidence`` names the event (``source/event_id``) behind that.
    """

    gate: str
    ok: bool
    code: str | None = None
    because: str | None = None
    evidence: str | None = None
    opens_at: datetime | None = None


class FactorsAnswer(Shape, frozen=True):
    """``expected_value = propensity x value x context x lever - cost``, in the playbook's currency."""

    propensity: float
    value: float
    context: float
    lever: float
    cost: float


class ReceiptAction(Shape, frozen=True):
    """One action of a stored decision."""

    rank: int
    action: str
    kind: str
    score: float
    reason: ReasonAnswer
    source: str
    item_id: str | None = None
    name: str | None = None
    text: str | None = None
    fact: str | None = None
    subject: str | None = None
    due_at: datetime | None = None
    deadline_at: datetime | None = None
    amount: float | None = None
    factors: FactorsAnswer | None = None
    expected_value: float | None = None
    action_probability: float | None = None


class CandidateAnswer(Shape, frozen=True):
    """One candidate that was weighed: where it came from, each gate it met, and what became of it."""

    action: str
    kind: str
    outcome: str
    gates: list[GateAnswer]
    source: str | None = None
    fact: str | None = None
    subject: str | None = None
    item_id: str | None = None
    name: str | None = None
    factors: FactorsAnswer | None = None
    expected_value: float | None = None
    due_at: datetime | None = None
    deadline_at: datetime | None = None


class ProductActionAnswer(Shape, frozen=True):
    """An action about ranked products: the gates of the action itself, and the factors that its products share."""

    action: str
    kind: str
    outcome: str
    gates: list[GateAnswer]
    value: float | None = None
    price_share: float | None = None
    context: float | None = None
    lever: float | None = None
    cost: float | None = None


class ProductAnswer(Shape, frozen=True):
    """One ranked product: ``probability`` where it may be said, else the gate that kept it out.

    It is rounded down, by less than 1/128 of itself. ``kind`` says what it was ranked for: ``product_offer``, something
    new, or ``buy_again``, a refill; one product may be ranked for both.

    With ``action``: what became of it under that one action; ``evidence`` names the event (``source/event_id``) behind
    ``because``.
    """

    item_id: str
    name: str
    outcome: str
    probability: float | None = None
    action: str | None = None
    because: str | None = None
    evidence: str | None = None
    opens_at: datetime | None = None
    kind: str | None = None


class StaffAnswer(Shape, frozen=True):
    """What staff said when it was decided: a pin, a boost (``amount`` is part of the lever), an item suppressed, or goodwill.

    ``amount`` of goodwill is what an apology might offer. ``because`` says who and why, ``evidence`` names the event. It is about ``action``, ``item_id``, or both.
    """

    kind: str
    because: str
    evidence: str
    action: str | None = None
    item_id: str | None = None
    name: str | None = None
    amount: float | None = None
    expires_at: datetime | None = None


class TimingsAnswer(Shape, frozen=True):
    """How long the stages of the decision took, microseconds."""

    ranking_us: float
    gates_us: float
    choosing_us: float


class ReceiptAnswer(Shape, frozen=True):
    """What was decided, for whom and from which versions; every candidate, and what kept it out or put it in its place.

    ``gated`` counts the candidates that each gate kept out. Without a playbook there is nothing beside the slate and the
    counts.
    """

    decision_id: str
    decided_at: datetime
    cold: bool
    served_by: Literal["model", "fallback"]
    model_version: str
    catalogue_version: int
    customer_version: int
    k: int
    kinds: tuple[str, ...]
    actions: list[ReceiptAction]
    gated: dict[str, int]
    customer_id: str | None = None
    placement: str | None = None
    channel: str | None = None
    cart: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    request_id: str | None = None
    without_goodwill: tuple[str, ...] = ()
    playbook_version: str | None = None
    engine_version: str | None = None
    direction: Literal["inbound", "outbound"] | None = None
    seed: str | None = None
    explored: bool = False
    action_probability: float | None = None
    next_at: datetime | None = None
    candidates: tuple[CandidateAnswer, ...] = ()
    product_actions: tuple[ProductActionAnswer, ...] = ()
    products: tuple[ProductAnswer, ...] = ()
    staff: tuple[StaffAnswer, ...] = ()
    timings: TimingsAnswer | None = None


class ExplanationAnswer(Shape, frozen=True):
    """What became of an action or an item: ``needed`` is what it had to beat, ``opens_at`` when its gate opens."""

    verdict: Literal["chosen", "stopped", "outweighed", "never_proposed", "unknown"]
    code: str
    because: str
    rank: int | None = None
    expected_value: float | None = None
    needed: float | None = None
    opens_at: datetime | None = None


class WhyNotAnswer(Shape, frozen=True):
    """Why a customer does not get an action now, what was chosen first, then what came nearest."""

    customer_id: str
    customer_version: int
    playbook_version: str
    decided_at: datetime
    explanations: list[ExplanationAnswer]
    action: str | None = None
    item_id: str | None = None
    channel: str | None = None
