"""What a learned propensity is asked, and what it reads of the customer and of the triggering fact."""

from typing import Protocol

from recommender.customers import CustomerState
from recommender.models.propensity import Features
from recommender.playbook.kinds import ActionKind
from recommender.types import SECONDS_PER_DAY, Float64Array


class PropensityModel(Protocol):
    """Calibrated P(positive outcome, given that the action is made now)."""

    def probability(
        self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float], features: Features
    ) -> float:
        """Return a probability, 0 to 1, of an action (id, kind, channel) with its declared ``(P0, alpha)``."""
        ...

    def most(self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float]) -> float:
        """Return a probability that :meth:`probability` never exceeds, whoever is asked."""
        ...

    def knows_ranked(self, action: tuple[str, ActionKind, str | None]) -> bool:
        """Whether :meth:`of_ranked` says anything else than the ranking."""
        ...

    def of_ranked(
        self, action: tuple[str, ActionKind, str | None], features: Features, ranked: Float64Array
    ) -> Float64Array:
        """Return those of one action about products, given what the ranking says of each; order is kept."""
        ...


def customer_features(state: CustomerState, now_s: int) -> Features:
    """Return the first five features: those of the customer alone."""
    sent = [one.at_s for one in state.dealings.contacts if one.status == "sent" and one.at_s <= now_s]
    return (
        float(state.orders),
        _days_since(state.last_s, now_s),
        _days_since(state.dealings.last_seen_s, now_s),
        _days_since(max(sent, default=0), now_s),
        float(sum(now_s - at_s < 30 * SECONDS_PER_DAY for at_s in sent)),
    )


def fact_features(since_s: int, deadline_s: int | None, now_s: int) -> Features:
    """Return the next two features: those of what triggered the action."""
    ahead = -1.0 if deadline_s is None else max(0.0, (deadline_s - now_s) / SECONDS_PER_DAY)
    return _days_since(since_s, now_s), ahead


def _days_since(at_s: int, now_s: int) -> float:
    return -1.0 if at_s <= 0 else (now_s - at_s) / SECONDS_PER_DAY
