"""The ranked products of one action, one at a time and best first: most of two hundred are never looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recommender.actions.proposal import Cause
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.candidate_kernel import Market
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import NO_MARKET, ProductRanking, index_of
from recommender.decisions.seeds import tie_breaker
from recommender.decisions.stops import Stop
from recommender.decisions.tariff import Worth
from recommender.decisions.trace import KIND_POSITION
from recommender.decisions.worth import Scales
from recommender.playbook.kinds import ActionKind
from recommender.types import Float64Array, Int32Array, Int64Array, UInt32Array

_OFFER: Final = KIND_POSITION[ActionKind.PRODUCT_OFFER]


@dataclass(slots=True, eq=False)
class Contender:
    """A candidate that passed every gate.

    Attributes
    ----------
    place
        Of a ranked product: its place in the ranking.
    at
        Of a cause: its place among all of them; of a ranked product: that of its action among those about products.
    family
        Of an offer, where diversity asks: the first levels of its category.
    """

    plan: ActionPlan
    worth: Worth
    expected: float
    number: int | None
    at: int
    place: int = -1
    cause: Cause | None = None
    stream: "Stream | Traded | None" = None
    family: int = -1


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


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """Factors of products that differ in probability and value, made when they are asked for: few are."""

    probabilities: Sequence[float]
    values: Float64Array
    worth: Worth

    def get(self, place: int) -> Worth:
        """Return the factors of the product at a place."""
        _, _, context, lever, cost = self.worth
        return Worth(self.probabilities[place], float(self.values[place]), context, lever, cost)


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
    itemised: Mapping[int, Worth] | _Priced
    closed: Mapping[int, Stop]
    is_free: bool
    stopped: dict[int, Stop] = field(default_factory=dict)
    _next: int = 0

    def pull(self, room: "Room") -> Contender | None:
        """Return the next product that passes the gates and for which the slate has room; None when none is left."""
        places, numbers = self.places, self.numbers
        taken, full = room.taken, room.full
        for at in range(self._next, len(places)):
            place = places[at]
            if numbers[place] in taken or (full and self._family(numbers[place]) in full):
                continue
            if self.is_free or self._stop(place) is None:
                self._next = at + 1
                return self.contender(place)
        self._next = len(places)
        return None

    def silenced(self) -> Iterator[tuple[int, int, Stop]]:
        """Yield the place of the action, the number of a product that a gate stopped when it was looked at, and why."""
        yield from ((self.at, number, stopped) for number, stopped in self.stopped.items())

    def passing(self) -> Sequence[int]:
        """Return the places of all products that pass the gates, in their order."""
        if self.is_free:
            return self.places
        answers = self.gates.ready.item_answers
        passed = None if self.closed else answers.passed(self.plan.action)
        if passed is None:
            return [place for place in self.places if self._stop(place) is None]
        found = []
        for place in self.places:
            number = self.numbers[place]
            if number in passed or self._passes(place, passed):
                found.append(place)
        return found

    def _passes(self, place: int, passed: set[int]) -> bool:
        number = self.numbers[place]
        if self._stop(place) is not None:
            return False
        if self.gates.ready.item_answers.lasts(number):
            passed.add(number)
        return True

    def contender(self, place: int) -> Contender:
        """Return the product at a place of the ranking."""
        worth = self.itemised.get(place)
        if worth is None:
            _, value, context, lever, cost = self.worth
            worth = Worth(self.probabilities[place], value, context, lever, cost)
        number = self.numbers[place]
        family = self._family(number)
        return Contender(self.plan, worth, worth.expected, number, self.at, place, None, self, family)

    def _family(self, number: int) -> int:
        return self.gates.ready.family_of(number) if self.plan.action.kind is ActionKind.PRODUCT_OFFER else -1

    def _stop(self, place: int) -> Stop | None:
        number = self.numbers[place]
        found = self.closed.get(number) if self.closed else None
        if found is None and self.plan.item_checks:
            found = self.gates.of_product(self.plan, number)
        if found is not None:
            self.stopped[number] = found
        return found


@dataclass(slots=True, eq=False)
class Traded:
    """All products of the actions whose products differ in probability and price alone, merged by compiled code."""

    plans: "Sequence[Offered]"
    ranking: ProductRanking
    scales: Scales
    ready: Prepared
    places: list[int]
    numbers: list[int]
    whose: list[int]
    _next: int = 0

    def pull(self, room: Room) -> Contender | None:
        """Return the next product for which the slate has room; None when none is left."""
        taken, full, families, offers = room.taken, room.full, self.ready.family, self.ranking.offers
        numbers, places = self.numbers, self.places
        for at in range(self._next, len(places)):
            number, place, family = numbers[at], places[at], -1
            if number in taken:
                continue
            if families and place < offers and number < len(families):
                family = families[number]
                if family in full:
                    continue
            self._next = at + 1
            return self._contender(self.whose[at], place, number, family)
        self._next = len(places)
        return None

    def silenced(self) -> Iterator[tuple[int, int, Stop]]:
        """Yield the place of an action, the number of a ranked product that it must not speak of, and why."""
        for at, plan, closed in self.plans:
            if not closed:
                continue
            ranked = [(place, number) for number in closed for place in self._places_of(plan, number)]
            yield from ((at, number, closed[number]) for _, number in sorted(ranked))

    def _places_of(self, plan: ActionPlan, number: int) -> list[int]:
        """Return the place in the ranking of a product that an action is about; nothing where it has none."""
        ranking, is_offer = self.ranking, plan.kind == _OFFER
        selectors = self.ready.offer_selectors if is_offer else self.ready.repeat_selectors
        item = index_of(ranking.assortment, number)
        if item < 0 or not selectors[item, plan.row]:
            return []
        begin, end = (0, ranking.offers) if is_offer else (ranking.offers, ranking.offers + ranking.repeats)
        places: list[int] = ((ranking.number[begin:end] == number).nonzero()[0] + begin).tolist()
        return places

    def passing(self) -> "Iterator[Passing]":
        """Yield the ranked products that each of the actions may speak of."""
        items = _items_of(self.ranking)
        for action, (_, plan, closed) in enumerate(self.plans):
            places = _selected(plan, self.ranking, items, self.ready).tolist()
            if closed:
                places = [place for place in places if int(self.ranking.number[place]) not in closed]
            yield Passing(len(places), partial(self._nth_of, action, places))

    def _nth_of(self, action: int, places: Sequence[int], nth: int) -> Contender:
        number = int(self.ranking.number[places[nth]])
        is_offer = self.plans[action][1].kind == _OFFER
        return self._contender(action, places[nth], number, self.ready.family_of(number) if is_offer else -1)

    def _contender(self, action: int, place: int, number: int, family: int) -> Contender:
        at, plan, _ = self.plans[action]
        _, _, context, lever, cost = self.scales.of_action(plan)
        probability, value = float(self.ranking.probability[place]), self.scales.value(plan, number)
        worth = Worth(probability, value, context, lever, cost)
        return Contender(plan, worth, worth.expected, number, at, place, None, self, family)


Offered: TypeAlias = tuple[int, ActionPlan, Mapping[int, Stop]]
"""Place of an action among those about products, the action, and the products about which it must be silent."""


class Split(NamedTuple):
    """Actions about ranked products that no gate stops: those that compiled code merges, and the others."""

    traded: list[Offered]
    single: list[Offered]


def split(plans: Sequence[tuple[int, ActionPlan]], gates: Gates, scales: Scales, seed: int) -> Split:
    """Part actions about ranked products by whether their products differ in anything but the ranking's probability and price."""
    single: list[Offered] = []
    merged = []
    for at, plan in plans:
        if scales.merges(plan):
            merged.append((plan.kind, tie_breaker(seed, plan.name), at, plan))
        else:
            single.append((at, plan, gates.closed_products(plan)))
    merged.sort()
    traded = [(at, plan, gates.closed_products(plan)) for _, _, at, plan in merged]
    return Split(traded, single)


def market_of(traded: Sequence[Offered], scales: Scales, ready: Prepared) -> Market:
    """Return what compiled code needs of the actions that it merges."""
    if not traded:
        return NO_MARKET
    places = np.array([plan.place for _, plan, _ in traded])
    silent = [
        (place, index_of(ready.assortment, number))
        for place, (_, _, closed) in enumerate(traded)
        if closed
        for number in closed
    ]
    return Market(
        sum([plan.kind == _OFFER for _, plan, _ in traded]),
        ready.columns[places],
        scales.tariff.terms[places],
        np.array(silent, np.int32) if silent else NO_MARKET.silent,
    )


def streams_of(parts: Split, ranking: ProductRanking, gates: Gates, scales: Scales) -> list[Stream | Traded]:
    """Return the ranked products of all actions, best first."""
    streams: list[Stream | Traded] = []
    if parts.traded and ranking.offers + ranking.repeats:
        places, whose = ranking.traded.tolist(), ranking.whose.tolist()
        numbers = ranking.number[ranking.traded].tolist()
        streams.append(Traded(parts.traded, ranking, scales, gates.ready, places, numbers, whose))
    if parts.single and ranking.offers + ranking.repeats:
        products = _products_of(ranking)
        streams += [_stream(one, products, gates, scales) for one in parts.single]
    return streams


class _Products(NamedTuple):
    """The products of a ranking that may be said, as arrays and as lists: numbers, probabilities and items of the bundle."""

    ranking: ProductRanking
    number: UInt32Array
    numbers: list[int]
    probabilities: list[float]
    item: Int32Array


def _products_of(ranking: ProductRanking) -> _Products:
    number = ranking.number[: ranking.offers + ranking.repeats]
    return _Products(ranking, number, number.tolist(), ranking.probability.tolist(), _items_of(ranking))


def _items_of(ranking: ProductRanking) -> Int32Array:
    """Return the item indices of the products that may be said."""
    number = ranking.number[: ranking.offers + ranking.repeats]
    item: Int32Array = ranking.assortment.models.index_of_number[number]
    return item


def _stream(one: Offered, products: _Products, gates: Gates, scales: Scales) -> Stream:
    at, plan, closed = one
    numbers, probabilities = products.numbers, scales.of_ranked(plan, products.probabilities)
    selected = _selected(plan, products.ranking, products.item, gates.ready)
    worth = scales.of_action(plan)
    itemised: Mapping[int, Worth] | _Priced = {}
    if scales.is_priced(plan):
        values = scales.values(plan, products.number)
        chances = products.ranking.probability if probabilities is products.probabilities else probabilities
        selected = _dearest_first(selected, worth, np.asarray(chances, np.float64), values)
        itemised = _Priced(probabilities, values, worth)
    places: Sequence[int] = selected.tolist()
    if scales.is_itemised(plan) and not scales.is_priced(plan):
        weighed = {
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
        places, itemised = sorted(places, key=lambda place: -weighed[place].expected), weighed
    is_free = not closed and not plan.item_checks
    return Stream(plan, at, worth, places, numbers, probabilities, gates, itemised, closed, is_free)


def _dearest_first(
    places: Int64Array, worth: Worth, probability: Float64Array, value: Float64Array
) -> Int64Array:
    """Return places by what the products are worth, where these differ in probability and value; the same as one by one."""
    worthy = probability[places] * value[places] * worth.context * worth.lever - worth.cost
    order: Int64Array = places[np.argsort(-worthy, kind="stable")]
    return order


def _selected(plan: ActionPlan, ranking: ProductRanking, items: Int32Array, ready: Prepared) -> Int64Array:
    """Return the places in the ranking of the products that an action is about."""
    offers = ranking.offers
    if plan.kind == _OFFER:
        return np.flatnonzero(ready.offer_selectors[items[:offers], plan.row])
    return np.flatnonzero(ready.repeat_selectors[items[offers:], plan.row]) + offers


class Passing(NamedTuple):
    """So many products that pass every gate, of one action, and which is the n-th of them."""

    size: int
    contender: Callable[[int], Contender]


def all_passing(streams: Sequence[Stream | Traded]) -> list[Passing]:
    """Return the products that pass, by action: what exploration draws among."""
    found: list[Passing] = []
    for stream in streams:
        if isinstance(stream, Traded):
            found += stream.passing()
        else:
            places = stream.passing()
            found.append(Passing(len(places), partial(_nth_of, stream, places)))
    return found


def _nth_of(stream: Stream, places: Sequence[int], nth: int) -> Contender:
    return stream.contender(places[nth])
