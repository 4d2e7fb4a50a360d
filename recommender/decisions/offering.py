"""The ranked products of one action, one at a time and best first: most of two hundred are never looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender.actions.proposal import Proposal
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.stops import Stop
from recommender.decisions.worth import Scales, Worth
from recommender.playbook.kinds import ActionKind
from recommender.types import UInt8Array, UInt32Array


@dataclass(slots=True, eq=False)
class Contender:
    """A candidate that passed every gate.

    Attributes
    ----------
    place
        Of a ranked product: its place in the ranking.
    at
        Of a proposal: its place among the proposals; of a ranked product: that of its action among those about
        products.
    """

    plan: ActionPlan
    worth: Worth
    expected: float
    number: int | None
    at: int
    place: int = -1
    proposal: Proposal | None = None
    stream: "Stream | None" = None


@dataclass(slots=True, eq=False)
class Room:
    """What a slate holds already, as far as it keeps further products out.

    Attributes
    ----------
    taken
        Numbers of products.
    full
        Families with as many offers as the playbook allows.
    """

    taken: set[int] = field(default_factory=set)
    full: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Stream:
    """What one action may say about ranked products.

    Attributes
    ----------
    at
        Place of the action among those about products.
    worth
        Its factors; the propensity is each product's own.
    places
        Places in the ranking, in the order in which they come.
    itemised
        Factors by place, where products differ in more than their probability.
    closed
        Products that staff or an outcome keep it silent about.
    families
        Families by place in the ranking; empty where diversity does not ask.
    is_free
        Whether no gate asks about single products.
    stopped
        Products that a gate stopped when they were looked at.
    """

    plan: ActionPlan
    at: int
    worth: Worth
    places: Sequence[int]
    numbers: Sequence[int]
    probabilities: Sequence[float]
    gates: Gates
    itemised: dict[int, Worth]
    closed: dict[int, Stop]
    families: Sequence[int]
    is_free: bool
    stopped: dict[int, Stop] = field(default_factory=dict)
    _next: int = 0

    def pull(self, room: "Room") -> Contender | None:
        """Return the next product that passes the gates and for which the slate has room; None when none is left."""
        places, numbers, families = self.places, self.numbers, self.families
        taken, full = room.taken, room.full
        for at in range(self._next, len(places)):
            place = places[at]
            if numbers[place] in taken or (families and full and families[place] in full):
                continue
            if self.is_free or self._stop(place) is None:
                self._next = at + 1
                return self.contender(place)
        self._next = len(places)
        return None

    def passing(self) -> list[int]:
        """Return the places of all products that pass the gates, in their order."""
        if self.is_free:
            return list(self.places)
        return [place for place in self.places if self._stop(place) is None]

    def contender(self, place: int) -> Contender:
        """Return the product at a place of the ranking."""
        worth = self.itemised.get(place)
        if worth is None:
            _, value, context, lever, cost = self.worth
            worth = Worth(self.probabilities[place], value, context, lever, cost)
        return Contender(self.plan, worth, worth.expected, self.numbers[place], self.at, place, None, self)

    def _stop(self, place: int) -> Stop | None:
        number = self.numbers[place]
        found = self.closed.get(number) if self.closed else None
        if found is None and self.plan.item_checks:
            found = self.gates.of_product(self.plan, number)
        if found is not None:
            self.stopped[number] = found
        return found


def streams_of(
    plans: Sequence[tuple[int, ActionPlan]], ranking: ProductRanking, gates: Gates, scales: Scales
) -> list[Stream]:
    """Return the streams of actions that no gate stops, with their place among all that are about products."""
    if not plans or ranking.offers + ranking.repeats == 0:
        return []
    numbers = ranking.number[: ranking.offers + ranking.repeats]
    families = _families(numbers, gates.ready)
    products = _Columns(numbers.tolist(), ranking.probability.tolist(), families)
    return [_stream(plan, at, products, (ranking, gates, scales)) for at, plan in plans]


class _Columns(NamedTuple):
    """The ranked products by place."""

    numbers: list[int]
    probabilities: list[float]
    families: list[int]


def _families(numbers: UInt32Array, ready: Prepared) -> list[int]:
    if ready.repertoire.playbook.most_per_category is None:
        return []
    families: list[int] = ready.families_of(numbers).tolist()
    return families


def _stream(
    plan: ActionPlan,
    at: int,
    products: _Columns,
    known: tuple[ProductRanking, Gates, Scales],
) -> Stream:
    ranking, gates, scales = known
    numbers, probabilities, families = (
        products.numbers,
        scales.of_ranked(plan, products.probabilities),
        products.families,
    )
    places: Sequence[int] = _places(plan, ranking, gates.ready)
    worth = Worth(0.0, *scales.of_action(plan))
    itemised: dict[int, Worth] = {}
    if scales.is_itemised(plan):
        itemised = {
            place: Worth(
                probabilities[place],
                scales.value(plan, numbers[place]),
                scales.context(plan, numbers[place]),
                scales.lever(plan, numbers[place]),
                worth.cost,
            )
            for place in places
        }
        # Ranked by probability already: where all else is equal, that order stays.
        places = sorted(places, key=lambda place: -itemised[place].expected)
    closed = gates.closed_products(plan)
    is_free = not closed and not plan.item_checks
    is_offer = plan.action.kind is ActionKind.PRODUCT_OFFER
    return Stream(
        plan,
        at,
        worth,
        places,
        numbers,
        probabilities,
        gates,
        itemised,
        closed,
        families if is_offer else [],
        is_free,
    )


def _places(plan: ActionPlan, ranking: ProductRanking, ready: Prepared) -> Sequence[int]:
    """Return the places in the ranking of the products that an action is about."""
    if plan.action.kind is ActionKind.PRODUCT_OFFER:
        return _selected(ready.offer_selectors[plan.row], ranking, range(ranking.offers))
    both = range(ranking.offers, ranking.offers + ranking.repeats)
    return _selected(ready.repeat_selectors[plan.row], ranking, both)


def _selected(selector: UInt8Array, ranking: ProductRanking, places: range) -> Sequence[int]:
    numbers = ranking.number[places.start : places.stop]
    chosen = selector[ranking.assortment.models.index_of_number[numbers]]
    if chosen.all():
        return places
    return (np.flatnonzero(chosen) + places.start).tolist()


def all_passing(streams: Sequence[Stream]) -> Iterator[tuple[Stream, int]]:
    """Yield every product that passes, by action and place: what exploration draws among."""
    for stream in streams:
        for place in stream.passing():
            yield stream, place
