"""The ranked products of one action, one at a time and best first: most of two hundred are never looked at."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from recommender.candidates.codes import GateReason
from recommender.decisions.action_gates import Closed, Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.bidders import Bidder, Bidders
from recommender.decisions.contender import Contender, Passing, Room
from recommender.decisions.factors import Factors
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.stops import Stop
from recommender.decisions.trace import CODE_OF
from recommender.decisions.traded import Traded, expiry_stop, items_of, selected_places
from recommender.decisions.worth import Scales
from recommender.types import Float64Array, Int32Array, Int64Array

_SUPPRESSED: Final = CODE_OF[GateReason.SUPPRESSED.value]


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """Factors of products that differ in probability and value, made when they are asked for: few are."""

    probabilities: Sequence[float]
    values: Float64Array
    worth: Factors

    def get(self, place: int) -> Factors:
        """Return the factors of the product at a place."""
        worth = self.worth
        value = float(self.values[place])
        return Factors(self.probabilities[place], value, worth.context, worth.lever, worth.cost)


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
    ranking
        What they were ranked in.
    is_free
        Whether no gate asks about single products.
    stopped
        Products that a gate stopped when they were looked at.
    """

    plan: ActionPlan
    at: int
    worth: Factors
    places: Sequence[int]
    numbers: Sequence[int]
    probabilities: Sequence[float]
    gates: Gates
    itemised: Mapping[int, Factors] | _Priced
    closed: Collection[int]
    ranking: ProductRanking
    is_free: bool
    stopped: dict[int, Stop] = field(default_factory=dict)

    def left(self, room: Room) -> Iterator[Contender]:
        """Yield the products that pass the gates, each if the slate has room for it then."""
        ready, taken, full, groups = self.gates.ready, room.taken, room.full, room.groups
        for place in self.places:
            number = self.numbers[place]
            has_room = number not in taken and not (full and ready.family_of(number) in full)
            if groups and has_room:
                has_room = self._group(place) not in groups
            if has_room and (self.is_free or self._stop(place) is None):
                yield self.contender(place)

    def silenced(self) -> Iterator[tuple[int, int, Stop]]:
        """Yield the place of the action, the number of a product that a gate stopped when it was looked at, and why."""
        yield from ((self.at, number, stopped) for number, stopped in self.stopped.items())

    def size_of(self, at: int) -> int:
        """Return how many ranked products an action is about; 0 of the others."""
        return len(self.places) if at == self.at else 0

    def passing(self) -> Sequence[int]:
        """Return the places of all products that pass the gates, in their order."""
        if self.is_free:
            return self.places
        answers = self.gates.ready.item_answers
        passed = None if self.closed or self.plan.expires else answers.passed(self.plan.action)
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
            mine = self.worth
            worth = Factors(self.probabilities[place], mine.value, mine.context, mine.lever, mine.cost)
        number = self.numbers[place]
        family, group = self.gates.ready.family_of(number), self._group(place)
        return Contender(
            self.plan, worth, worth.expected_value, number, self.at, place, None, self, family, group
        )

    def _group(self, place: int) -> int:
        """Return the group of an offer that has variants; else -1."""
        return self.gates.ready.group_of(self.numbers[place]) if place < self.ranking.offers else -1

    def _stop(self, place: int) -> Stop | None:
        number = self.numbers[place]
        silence = self.gates.silence(self.plan, number) if number in self.closed else None
        found = silence if silence is not None and silence.code == _SUPPRESSED else None  # staff come first
        if found is None and self.plan.item_checks:
            found = self.gates.of_product(self.plan, number)
        if found is None:
            found = silence
        if found is None and self.plan.expires:
            found = expiry_stop(self.plan, self.ranking, number, self.gates.now_s)
        if found is not None:
            self.stopped[number] = found
        return found


def streams_of(
    bidders: Bidders,
    ranking: ProductRanking,
    judges: tuple[Gates, Scales, Closed],
    seed: int,
    *,
    is_alone: bool,
) -> list[Stream | Traded]:
    """Return the ranked products of all actions, best first.

    Parameters
    ----------
    bidders
        The actions, which the ranking was made for.
    judges
        Gates, scales, and the products about which actions must be silent.
    seed
        Of ties.
    is_alone
        Whether nothing but these products keeps products out of the slate: staff pinned none, and none is drawn.
    """
    streams: list[Stream | Traded] = []
    if ranking.offers + ranking.repeats == 0:
        return streams
    if bidders.traded:
        is_lineup = is_alone and not bidders.single
        streams.append(Traded(bidders, ranking, judges, seed, is_lineup=is_lineup))
    if bidders.single:
        products = _products_of(ranking)
        streams += [_stream(one, products, judges) for one in bidders.single]
    return streams


class _Products(NamedTuple):
    """The products of a ranking that may be said, as arrays and as lists: numbers, probabilities and items of the bundle."""

    ranking: ProductRanking
    number: Int64Array
    numbers: list[int]
    probabilities: list[float]
    item: Int32Array


def _products_of(ranking: ProductRanking) -> _Products:
    number = ranking.number[: ranking.offers + ranking.repeats]
    return _Products(ranking, number, number.tolist(), ranking.probability.tolist(), items_of(ranking))


def _stream(one: Bidder, products: _Products, judges: tuple[Gates, Scales, Closed]) -> Stream:
    (at, plan, _), (gates, scales, all_closed) = one, judges
    closed = all_closed.get(plan.place, ())
    numbers, probabilities = products.numbers, scales.of_ranked(plan, products.probabilities)
    selected = selected_places(plan, products.ranking, products.item, gates.ready)
    worth = scales.of_action(plan)
    itemised: Mapping[int, Factors] | _Priced = {}
    if scales.is_priced(plan):
        values = scales.values(plan, products.number)
        chances = products.ranking.probability if probabilities is products.probabilities else probabilities
        selected = _dearest_first(selected, worth, np.asarray(chances, np.float64), values)
        itemised = _Priced(probabilities, values, worth)
    places: Sequence[int] = selected.tolist()
    if scales.is_itemised(plan) and not scales.is_priced(plan):
        weighed = {
            place: Factors(
                probabilities[place],
                scales.value(plan, numbers[place]),
                scales.context(plan, numbers[place]),
                scales.lever(plan, numbers[place]),
                worth.cost,
            )
            for place in places
        }
        # Ranked by probability already: where all else is equal, that order stays.
        places, itemised = sorted(places, key=lambda place: -weighed[place].expected_value), weighed
    is_free = not closed and not plan.item_checks and not plan.expires
    ranking = products.ranking
    return Stream(plan, at, worth, places, numbers, probabilities, gates, itemised, closed, ranking, is_free)


def _dearest_first(
    places: Int64Array, worth: Factors, probability: Float64Array, value: Float64Array
) -> Int64Array:
    """Return places by what the products are worth, where these differ in probability and value; the same as one by one."""
    worthy = probability[places] * value[places] * worth.context * worth.lever - worth.cost
    order: Int64Array = places[np.argsort(-worthy, kind="stable")]
    return order


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
