"""What saying something is worth: ``propensity x value x context x lever - cost``, in the playbook's currency."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.actions.proposal import Proposal
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.propensity import customer_features, fact_features
from recommender.models.propensity import Features
from recommender.playbook.kinds import ActionKind
from recommender.types import Float64Array, UInt32Array


class Worth(NamedTuple):
    """The factors of one candidate."""

    propensity: float
    value: float
    context: float
    lever: float
    cost: float

    @property
    def expected(self) -> float:
        """Return the expected value."""
        return self.propensity * self.value * self.context * self.lever - self.cost


class Scales:
    """Weighs the candidates of one decision; not shared between threads."""

    __slots__ = (
        "_circumstances",
        "_cost",
        "_features",
        "_gates",
        "_is_prior",
        "_known",
        "_price",
        "_priced",
        "_prior",
        "_word",
    )

    def __init__(self, gates: Gates, circumstances: Circumstances) -> None:
        self._gates = gates
        self._circumstances = circumstances
        self._cost = 0.0 if gates.channel is None else gates.channel.cost
        self._features: Features | None = None
        self._is_prior = circumstances.propensity is None
        self._known: dict[bytes, tuple[float, float, float, float]] = {}
        self._prior: dict[bytes, Worth] = {}
        self._price = gates.ready.repertoire.columns.price
        self._priced: tuple[UInt32Array, Float64Array] | None = None
        self._word = gates.word if gates.word is not None and gates.word.says_anything else None

    def of_proposal(self, plan: ActionPlan, proposal: Proposal) -> Worth:
        """Weigh a proposal."""
        item = proposal.item
        probability = proposal.probability
        is_plain = proposal.value == 0 and (item is None or not self.is_itemised(plan))
        if probability is None and self._is_prior and is_plain:
            return self._of_prior(plan)
        if probability is None:
            probability = self._propensity(plan, proposal)
        if item is not None and self.is_itemised(plan):
            return Worth(
                probability,
                self.value(plan, item) + proposal.value,
                self.context(plan, item),
                self.lever(plan, item),
                self.cost(plan),
            )
        value, *others = self.of_action(plan)
        return Worth(probability, value + proposal.value, *others)

    def _of_prior(self, plan: ActionPlan) -> Worth:
        known = self._prior.get(plan.name)
        if known is None:
            known = self._prior[plan.name] = Worth(plan.action.prior, *self.of_action(plan))
        return known

    def of_action(self, plan: ActionPlan) -> tuple[float, float, float, float]:
        """Return value, context, lever and cost of an action, whatever it is about; found once."""
        known = self._known.get(plan.name)
        if known is None:
            known = plan.action.value, self.context(plan, None), self.lever(plan, None), self.cost(plan)
            self._known[plan.name] = known
        return known

    def _propensity(self, plan: ActionPlan, proposal: Proposal) -> float:
        model, action = self._circumstances.propensity, plan.action
        if model is None:
            return action.prior
        of_fact = fact_features(proposal.since_s, proposal.deadline_s, self._gates.now_s)
        features = (*self._of_customer(), *of_fact, -1.0)
        return model.probability(self._named(plan), (action.prior, action.prior_weight), features)

    def has_learned(self, plan: ActionPlan) -> bool:
        """Whether outcomes taught what customers make of products once this action says so."""
        model = self._circumstances.propensity
        return model is not None and model.knows_ranked(self._named(plan))

    def of_ranked(self, plan: ActionPlan, ranked: Sequence[float]) -> Sequence[float]:
        """Return how likely products are bought once this action says so; the ranking's own where nothing was learned."""
        model = self._circumstances.propensity
        if model is None or not model.knows_ranked(self._named(plan)):
            return ranked
        features = (*self._of_customer(), -1.0, -1.0, -1.0)
        learned: list[float] = model.of_ranked(self._named(plan), features, np.asarray(ranked)).tolist()
        return learned

    def _named(self, plan: ActionPlan) -> tuple[str, ActionKind, str | None]:
        return plan.action.id, plan.action.kind, self._gates.channel_name

    def _of_customer(self) -> Features:
        if self._features is None:
            self._features = customer_features(self._gates.situation.state, self._gates.now_s)
        return self._features

    def value(self, plan: ActionPlan, item: int | None) -> float:
        """Return what the outcome is worth: declared, and the declared share of the item's price."""
        action = plan.action
        if action.value_from_price == 0 or item is None or not 0 <= item < len(self._price):
            return action.value
        price = float(self._price[item])
        return action.value if math.isnan(price) else action.value + action.value_from_price * price

    def is_priced(self, plan: ActionPlan) -> bool:
        """Whether ranked products of an action differ in probability and price, and in nothing else."""
        by_item = any(about_item for _, _, about_item in plan.moments)
        return plan.action.value_from_price != 0 and not by_item and self._word is None

    def values(self, plan: ActionPlan, numbers: UInt32Array) -> Float64Array:
        """Return what :meth:`value` returns for every one of some items."""
        action, price = plan.action, self._prices(numbers)
        return np.where(np.isnan(price), action.value, action.value + action.value_from_price * price)

    def _prices(self, numbers: UInt32Array) -> Float64Array:
        """Return the prices of some items, NaN where none is known; those of the same array are found once."""
        if self._priced is None or self._priced[0] is not numbers:
            known = numbers < len(self._price)
            price = np.full(numbers.size, np.nan)
            price[known] = self._price[numbers[known]]
            self._priced = numbers, price
        return self._priced[1]

    def context(self, plan: ActionPlan, item: int | None) -> float:
        """Return the product of the factors of the moments that hold."""
        factor = 1.0
        for condition, times, about_item in plan.moments:
            if self._gates.holds(condition, item if about_item else None):
                factor *= times
        return factor

    def lever(self, plan: ActionPlan, item: int | None) -> float:
        """Return the marketer's lever times what staff boosted."""
        return plan.lever if self._word is None else plan.lever * self._word.boost(plan.action.id, item)

    def cost(self, plan: ActionPlan) -> float:
        """Return what saying it once costs on the channel."""
        channel = self._gates.channel_name
        costs = plan.action.costs
        return costs.get(channel, self._cost) if costs and channel is not None else self._cost

    def is_itemised(self, plan: ActionPlan) -> bool:
        """Whether two ranked products of an action can differ in more than their probability."""
        return plan.is_itemised or self._word is not None
