"""One of the playbooks that are compared, over the bundle and the catalogue."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from recommender.actions.repertoire import Repertoire
from recommender.candidates.assortment import Assortment, assortment_of
from recommender.catalog.catalogue import Catalogue
from recommender.contacts.limits import ContactRules, contact_rules_of
from recommender.decisions.request import DecisionRequest
from recommender.engine.grounds import grounds_of
from recommender.models.fitted import FittedModels
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Playbook
from recommender.playbook.reading import default_playbook, read_playbook
from recommender.types import ItemNumber, ModelVersion
from training.simulate.plan import NO_CHANNEL, SidePlan, SimulationPlan


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A playbook ready to decide.

    Attributes
    ----------
    repertoire
        The playbook over the catalogue; None where nobody declared one: then offers and refills are all that is said.
    outbound, inbound
        Where we go to the customer each day, and where they are answered when they come.
    requests
        What is asked on each.
    kinds
        Kinds of which something may be said on each.
    rules
        The contact limits.
    """

    playbook: Playbook
    repertoire: Repertoire | None
    assortment: Assortment
    outbound: tuple[str, ...]
    inbound: tuple[str, ...]
    requests: dict[str, DecisionRequest]
    kinds: dict[str, tuple[ActionKind, ...]]
    rules: ContactRules

    @property
    def planned(self) -> frozenset[ItemNumber]:
        """Items that a service plan is about."""
        if self.repertoire is None:
            return frozenset()
        return frozenset(map(ItemNumber, np.flatnonzero(self.repertoire.planned).tolist()))


def playbook_of(plan: SidePlan) -> Playbook:
    """Return the playbook that a plan names."""
    return default_playbook() if plan.content is None else read_playbook(plan.content)


def sides_of(plan: SimulationPlan, models: FittedModels, described: Catalogue) -> tuple[Side, Side]:
    """Make both playbooks ready, the new one first."""
    new, against = (playbook_of(one) for one in plan.sides)
    return (
        _side(plan, 0, inbound_in(new, against), models, described),
        _side(plan, 1, inbound_in(against, new), models, described),
    )


def _side(
    whole: SimulationPlan,
    at: int,
    is_inbound: Callable[[str], bool],
    models: FittedModels,
    described: Catalogue,
) -> Side:
    plan = whole.sides[at]
    playbook = playbook_of(plan)
    grounds = grounds_of(playbook, described, is_declared=plan.content is not None)
    return Side(
        playbook=playbook,
        repertoire=grounds.repertoire,
        assortment=assortment_of(models, grounds.catalogue, ModelVersion(whole.model_version)),
        outbound=tuple(one for one in plan.channels if not is_inbound(one)),
        inbound=tuple(one for one in plan.channels if is_inbound(one)),
        kinds={name: _kinds_on(playbook, name) for name in plan.channels},
        rules=contact_rules_of(playbook),
        requests={name: DecisionRequest(k=whole.k, channel=name or None) for name in plan.channels},
    )


def _kinds_on(playbook: Playbook, channel: str) -> tuple[ActionKind, ...]:
    found = [one.kind for one in playbook.actions if not one.channels or channel in one.channels]
    return tuple(dict.fromkeys(found))


def inbound_in(playbook: Playbook, other: Playbook) -> Callable[[str], bool]:
    """Return what tells channels on which customers come to us.

    Where a playbook declares none, those of the other one hold, so that both are asked at the same times. Where neither
    does, every one that is named is a way to them, as when a contact is reserved.
    """
    declared = playbook.channels or other.channels
    return lambda name: name == NO_CHANNEL or (name in declared and declared[name].direction == "inbound")


def asked_channels(playbook: Playbook, others: Collection[str]) -> tuple[str, ...]:
    """Return where a playbook is asked when nobody says so: its outbound channels, else those of the other playbook."""
    own = tuple(name for name, channel in playbook.channels.items() if channel.direction == "outbound")
    return own or (() if playbook.channels else tuple(others))
