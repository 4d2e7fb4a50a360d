"""What saying something is worth: ``propensity x value x context x lever - cost``, in the playbook's currency."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from recommender.actions.proposal import Cause
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.factors import Factors
from recommender.decisions.propensity import customer_features, fact_features
from recommender.decisions.tariff import Agenda, Tariff
from recommender.models.propensity import Features
from recommender.playbook.kinds import ActionKind
from recommender.types import Float64Array, Int64Array


class Scales:
    """Weighs the candidates of one decision; not shared between threads."""

    __slots__ = (
        "_circumstances",
        "_features",
        "_gates",
        "_is_prior",
        "_moments",
        "_price",
        "_priced",
        "_tariff",
        "_word",
        "_worths",
    )

    def __init__(self, gates: Gates, circumstances: Circumstances) -> None:
        self._gates = gates
        self._circumstances = circumstances
        self._features: Features | None = None
        self._is_prior = circumstances.propensity is None
        self._moments: tuple[bool, ...] | None = None
        self._tariff: Tariff | None = None
        self._worths: list[Factors | None] | None = None
        self._price = gates.ready.repertoire.columns.price
        self._priced: tuple[Int64Array, Float64Array] | None = None
        self._word = gates.word if gates.word is not None and gates.word.says_anything else None

    def of_all(self, plan: ActionPlan) -> Factors | None:
        """Weigh an action because of anything that has no value of its own; None where it matters of what."""
        if not self._is_prior or plan.is_itemised or self._word is not None:
            return None
        return self.of_action(plan)

    def of_each(
        self, plan: ActionPlan, causes: Sequence[Cause], passing: Collection[int]
    ) -> list[Factors | None]:
        """Weigh an action because of each of those causes that no gate stopped."""
        return [self._of_cause(plan, one) if nth in passing else None for nth, one in enumerate(causes)]

    def _of_cause(self, plan: ActionPlan, cause: Cause) -> Factors:
        item, probability = cause.item, self._propensity(plan, cause)
        if item is not None and self.is_itemised(plan):
            return Factors(
                probability,
                self.value(plan, item) + cause.value,
                self.context(plan, item),
                self.lever(plan, item),
                self.cost(plan),
            )
        worth = self.of_action(plan)
        return Factors(probability, worth.value + cause.value, worth.context, worth.lever, worth.cost)

    def of_action(self, plan: ActionPlan) -> Factors:
        """Weigh an action whatever it is about, with its declared propensity; found once."""
        if self._worths is None:
            nothing: list[Factors | None] = [None] * len(self._gates.ready.plans)
            self._worths = nothing if self._word is not None else list(self.tariff.worths)
        known = self._worths[plan.place]
        if known is None:
            known = self._worths[plan.place] = Factors(
                plan.action.prior,
                plan.action.value,
                self.context(plan, None),
                self.lever(plan, None),
                self.cost(plan),
            )
        return known

    @property
    def tariff(self) -> Tariff:
        """What every action is worth here and now, as far as staff has no say in it."""
        if self._tariff is None:
            self._tariff = self._gates.ready.tariffs.of(self._gates.channel_name, self._held())
        return self._tariff

    def _held(self) -> tuple[bool, ...]:
        """Return which of the moments hold that any action names; asked once."""
        if self._moments is None:
            gates = self._gates
            self._moments = tuple([gates.holds(moment, None) for moment in gates.ready.tariffs.moments])
        return self._moments

    def agenda(self, limited: int) -> Agenda:
        """Return when the kinds that follow something are asked; ``limited`` are actions that a contact limit stops."""
        model, gates = self._circumstances.propensity, self._gates
        tariffs = gates.ready.tariffs
        if self._word is not None:
            return Agenda(tariffs.following, ())
        return tariffs.agenda(gates.channel_name, self._held(), model, limited)

    def merging(self) -> int:
        """Return the actions whose ranked products differ in the ranking's probability and price alone, one bit each."""
        if self._word is not None:
            return 0
        model, gates = self._circumstances.propensity, self._gates
        merging = gates.ready.bits.merging
        return merging if model is None else merging & ~gates.ready.tariffs.learned(gates.channel_name, model)

    def _propensity(self, plan: ActionPlan, cause: Cause) -> float:
        model, action = self._circumstances.propensity, plan.action
        if model is None:
            return action.prior
        of_fact = fact_features(cause.since_s, cause.deadline_s, self._gates.now_s)
        features = (*self._of_customer(), *of_fact, -1.0)
        return model.probability(self._named(plan), (action.prior, action.prior_weight), features)

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
        return plan.action.value_from_price != 0 and not plan.asks_item and self._word is None

    def values(self, plan: ActionPlan, numbers: Int64Array) -> Float64Array:
        """Return what :meth:`value` returns for every one of some items."""
        action, price = plan.action, self._prices(numbers)
        return np.where(np.isnan(price), action.value, action.value + action.value_from_price * price)

    def _prices(self, numbers: Int64Array) -> Float64Array:
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
        return self._gates.ready.tariffs.cost(plan, self._gates.channel_name)

    def is_itemised(self, plan: ActionPlan) -> bool:
        """Whether two ranked products of an action can differ in more than their probability."""
        return plan.is_itemised or self._word is not None
