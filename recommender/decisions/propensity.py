"""How likely the positive outcome of an action is, where no ranking of products says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from recommender.customers import CustomerState
from recommender.playbook.kinds import ActionKind
from recommender.types import SECONDS_PER_DAY

Features: TypeAlias = tuple[float, ...]
"""One number per name of :data:`FEATURES`; -1 where there is none."""

FEATURES: Final = (
    "orders",
    "days_since_purchase",
    "days_since_seen",
    "days_since_contact",
    "contacts_30d",
    "days_since_fact",
    "days_until_deadline",
)


class PropensityModel(Protocol):
    """Calibrated P(positive outcome, given that the action is made now)."""

    def probability(self, action_id: str, kind: ActionKind, channel: str | None, features: Features) -> float:
        """Return a probability, 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class SmoothedPrior:
    """``P = (alpha P0 + positives) / (alpha + n)``: the prior until there are outcomes, then what was seen.

    Attributes
    ----------
    priors
        ``(P0, alpha)`` by action id, as the playbook says.
    seen
        ``(n, positives)`` by action id and channel.

    Examples
    --------
    >>> tea = SmoothedPrior({"tea": (0.1, 10.0)}, {("tea", "email"): (90, 45)})
    >>> tea.probability("tea", ActionKind.SURVEY, None, ()), tea.probability("tea", ActionKind.SURVEY, "email", ())
    (0.1, 0.46)
    """

    priors: Mapping[str, tuple[float, float]]
    seen: Mapping[tuple[str, str | None], tuple[int, int]] = field(default_factory=dict)

    def probability(
        self,
        action_id: str,
        kind: ActionKind,  # noqa: ARG002 - part of the protocol
        channel: str | None,
        features: Features,  # noqa: ARG002
    ) -> float:
        """Return the smoothed share of positive outcomes."""
        prior, weight = self.priors[action_id]
        n, positives = self.seen.get((action_id, channel), (0, 0))
        return (weight * prior + positives) / (weight + n) if weight + n > 0 else prior


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
    """Return the last two features: those of what triggered the action."""
    ahead = -1.0 if deadline_s is None else max(0.0, (deadline_s - now_s) / SECONDS_PER_DAY)
    return _days_since(since_s, now_s), ahead


def _days_since(at_s: int, now_s: int) -> float:
    return -1.0 if at_s <= 0 else (now_s - at_s) / SECONDS_PER_DAY
