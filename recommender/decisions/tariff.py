"""What every action is worth whatever it is about: worked out once for each channel and each set of moments that hold."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recommender.actions.proposing import PROMISING, PROPOSERS
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.factors import Factors
from recommender.decisions.propensity import PropensityModel
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Channel, Condition
from recommender.types import Float64Array

MOST_KEPT: Final = 1_024
"""Tariffs of one playbook that are kept; customers of one shop share a few."""


class Agenda(NamedTuple):
    """When the kinds that follow something are asked.

    Attributes
    ----------
    at_once
        In the order of proposing.
    waiting
        The others of which an action may be worth anything: how much at most, ascending.
    """

    at_once: tuple[ActionKind, ...]
    waiting: tuple[tuple[float, ActionKind], ...]


class Tariff(NamedTuple):
    """The worth of all actions of a playbook, in their order.

    Attributes
    ----------
    worths
        With the declared propensity; None where a moment asks for the item that an action is about.
    terms
        Scale, share and cost, ``float64 [actions, 3]``: a product is worth its probability times
        ``scale + share x price``, less ``cost``.
    """

    worths: Sequence[Factors | None]
    terms: Float64Array


_Where: TypeAlias = tuple[str | None, tuple[bool, ...]]
_Agendas: TypeAlias = tuple[PropensityModel | None, dict[tuple[str | None, tuple[bool, ...], int], "Agenda"]]
_Learned: TypeAlias = tuple[PropensityModel | None, dict[str | None, int]]


class Tariffs:
    """The tariffs of one playbook; shared by threads, which all work out the same.

    Parameters
    ----------
    plans
        All actions, in their order.
    channels
        What the playbook declares.
    """

    def __init__(self, plans: Sequence[ActionPlan], channels: Mapping[str, Channel]) -> None:
        self._plans = plans
        self._costs = {name: channel.cost for name, channel in channels.items()}
        self._known: dict[_Where, Tariff] = {}
        self._agendas: _Agendas = None, {}
        self._learned: _Learned = None, {}
        kinds = {plan.action.kind for plan in plans}
        self.following = tuple(kind for kind in PROPOSERS if kind in kinds)
        self._unbounded = PROMISING | {plan.action.kind for plan in plans if plan.is_itemised}
        named = {
            one.text: one for plan in plans for one, _, is_about_item in plan.moments if not is_about_item
        }
        self.moments: Sequence[Condition] = tuple(named.values())

    def of(self, channel: str | None, holds: tuple[bool, ...]) -> Tariff:
        """Return the tariff of a channel.

        Parameters
        ----------
        channel
            Its name; None: the request names none.
        holds
            Which of ``moments`` do.
        """
        known = self._known.get((channel, holds))
        if known is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
                self._agendas = None, {}
            known = self._known[channel, holds] = self._worked_out(channel, holds)
        return known

    def _worked_out(self, channel: str | None, holds: tuple[bool, ...]) -> Tariff:
        held = {moment.text for moment, is_true in zip(self.moments, holds, strict=True) if is_true}
        worths = [self._worth(plan, channel, held) for plan in self._plans]
        return Tariff(
            tuple(None if plan.asks_item else one for plan, one in zip(self._plans, worths, strict=True)),
            np.array([_terms(plan, one) for plan, one in zip(self._plans, worths, strict=True)]).reshape(
                -1, 3
            ),
        )

    def agenda(
        self, channel: str | None, holds: tuple[bool, ...], model: PropensityModel | None, limited: int
    ) -> Agenda:
        """Return which kinds that follow something are asked at once, and which may wait.

        At once: kinds with promises, those of which an action is worth more or less by the item, and those that a contact
        limit stops.

        Parameters
        ----------
        channel, holds
            As :meth:`of` takes them.
        model
            What outcomes taught; None: nothing.
        limited
            Actions that a contact limit stops, one bit each.
        """
        agendas = self._agendas
        if agendas[0] is not model:
            agendas = self._agendas = model, {}
        known = agendas[1].get((channel, holds, limited))
        if known is None:
            bounds = self._bounded(channel, self.of(channel, holds), model)
            known = agendas[1][channel, holds, limited] = self._planned(bounds, limited)
        return known

    def _planned(self, bounds: Mapping[ActionKind, float], limited: int) -> Agenda:
        stopped = {plan.action.kind for plan in self._plans if plan.bit & limited}
        at_once = tuple(kind for kind in self.following if kind not in bounds or kind in stopped)
        waiting = sorted(
            (bounds[kind], kind) for kind in self.following if kind not in at_once and bounds[kind] > 0
        )
        return Agenda(at_once, tuple(waiting))

    def learned(self, channel: str | None, model: PropensityModel) -> int:
        """Return the actions of which outcomes taught what customers make of products, one bit each."""
        learned = self._learned
        if learned[0] is not model:
            learned = self._learned = model, {}
        known = learned[1].get(channel)
        if known is None:
            known = learned[1][channel] = sum(
                plan.bit
                for plan in self._plans
                if model.knows_ranked((plan.action.id, plan.action.kind, channel))
            )
        return known

    def _bounded(
        self, channel: str | None, tariff: Tariff, model: PropensityModel | None
    ) -> dict[ActionKind, float]:
        most: dict[ActionKind, float] = {}
        for plan, worth in zip(self._plans, tariff.worths, strict=True):
            kind = plan.action.kind
            if worth is not None and kind not in self._unbounded:
                best = (
                    worth
                    if model is None
                    else Factors(
                        _most(plan, channel, model), worth.value, worth.context, worth.lever, worth.cost
                    )
                )
                # Of what is worth less than nothing the least likely is worth most.
                most[kind] = max(most.get(kind, best.expected_value), best.expected_value, -worth.cost)
        return most

    def _worth(self, plan: ActionPlan, channel: str | None, held: Collection[str]) -> Factors:
        action = plan.action
        context = 1.0
        for moment, factor, _ in plan.moments:
            if moment.text in held:
                context *= factor
        return Factors(action.prior, action.value, context, plan.lever, self.cost(plan, channel))

    def cost(self, plan: ActionPlan, channel: str | None) -> float:
        """Return what saying an action once costs on a channel."""
        if channel is None:
            return 0.0
        declared = self._costs.get(channel, 0.0)
        return plan.action.costs.get(channel, declared) if plan.action.costs else declared


def _most(plan: ActionPlan, channel: str | None, model: PropensityModel) -> float:
    action = plan.action
    return model.most((action.id, action.kind, channel), (action.prior, action.prior_weight))


def _terms(plan: ActionPlan, worth: Factors) -> tuple[float, float, float]:
    factor = worth.context * worth.lever
    return worth.value * factor, plan.action.value_from_price * factor, worth.cost
