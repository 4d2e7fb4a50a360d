"""The products of actions that differ in probability and price alone, as compiled code merged them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from recommender.actions.telling import ago
from recommender.candidates.codes import GateReason
from recommender.decisions.action_gates import Closed, Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.bidders import Bidders
from recommender.decisions.contender import Contender, Passing, Room
from recommender.decisions.factors import Factors
from recommender.decisions.market_kernel import ACTION, FACTS, FAMILY, GROUP, NUMBER, PLACE
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.seeds import tie_breaker
from recommender.decisions.sought import index_of
from recommender.decisions.stops import Stop, stop
from recommender.decisions.trace import KIND_POSITION
from recommender.decisions.worth import Scales
from recommender.playbook.kinds import ActionKind
from recommender.types import Int32Array, Int64Array

_NOT_DUE: Final = np.empty(0, np.int64)
_OFFER: Final = KIND_POSITION[ActionKind.PRODUCT_OFFER]


class Traded:
    """All products of the actions whose products differ in probability and price alone, best first.

    Parameters
    ----------
    bidders
        The actions.
    ranking
        Made for them.
    judges
        Gates, scales, and the products about which actions must be silent.
    seed
        Of ties.
    is_lineup
        Whether nothing but these products keeps products out of the slate: then compiled code found the order in which
        they are looked at.
    """

    __slots__ = (
        "_bidders",
        "_closed",
        "_gates",
        "_probability",
        "_ranking",
        "_ready",
        "_rows",
        "_scales",
        "_seed",
    )

    def __init__(
        self,
        bidders: Bidders,
        ranking: ProductRanking,
        judges: tuple[Gates, Scales, Closed],
        seed: int,
        *,
        is_lineup: bool,
    ) -> None:
        self._bidders = bidders
        self._ranking = ranking
        self._gates, self._scales, self._closed = judges
        self._ready = self._gates.ready
        self._seed = seed
        self._rows: list[list[int]] = (
            ranking.lineup if is_lineup else _rows_of(ranking, self._ready)
        ).tolist()
        self._probability = ranking.probability

    def left(self, room: Room) -> Iterator[Contender]:
        """Yield the products, each if the slate has room for it then."""
        taken, full, groups, contender = room.taken, room.full, room.groups, self._contender
        for row in self._rows:
            if row[NUMBER] not in taken and row[FAMILY] not in full and row[GROUP] not in groups:
                yield contender(row)

    def _contender(self, row: Sequence[int]) -> Contender:
        place, number = row[PLACE], row[NUMBER]
        at, plan, mine = self._bidders.traded[row[ACTION]]
        value = self._scales.value(plan, number) if plan.is_itemised else mine.value
        worth = Factors(self._probability.item(place), value, mine.context, mine.lever, mine.cost)
        expected = worth.expected_value
        facts = row[FACTS:]
        return Contender(plan, worth, expected, number, at, place, None, self, row[FAMILY], row[GROUP], facts)

    def _in_turn(self, actions: Iterable[int]) -> list[int]:
        """Return the places of actions: offers first, and those of a kind in the order of ties."""
        turns = []
        for action in actions:
            at, plan, _ = self._bidders.traded[action]
            turns.append((plan.kind, tie_breaker(self._seed, plan.salt), at, action))
        return [action for *_, action in sorted(turns)]

    def silenced(self) -> Iterator[tuple[int, int, Stop]]:
        """Yield the place of an action, the number of a ranked product that it must not speak of, and why."""
        closed_ones, traded = self._closed, self._bidders.traded
        due = self._due_at()
        earliest_s, now_s = due.min(initial=self._gates.now_s), self._gates.now_s
        asked = [
            at
            for at, (_, plan, _) in enumerate(traded)
            if plan.place in closed_ones
            or (plan.expires and earliest_s < now_s - (plan.action.expiry_s or 0))
        ]
        for action in self._in_turn(asked) if asked else ():
            at, plan, _ = traded[action]
            closed = closed_ones.get(plan.place, ())
            ranked = [(place, number) for number in closed for place in self._places_of(plan, number)]
            yield from ((at, number, self._gates.silence(plan, number)) for _, number in sorted(ranked))
            yield from ((at, number, told) for number, told in self._late(plan, due) if number not in closed)

    def size_of(self, at: int) -> int:
        """Return how many ranked products an action is about; 0 of one that is not among these."""
        items = items_of(self._ranking)
        return sum(
            selected_places(one.plan, self._ranking, items, self._ready).size
            for one in self._bidders.traded
            if one.at == at
        )

    def _due_at(self) -> Int64Array:
        """Return when each ranked refill is due; nothing where no action asks."""
        expires = any(one.plan.expires for one in self._bidders.traded)
        return self._ranking.due_at() if expires else _NOT_DUE

    def _late(self, plan: ActionPlan, due_at_s: Int64Array) -> Iterator[tuple[int, Stop]]:
        """Yield the ranked refills that were due too long ago for an action, given when each is due."""
        ranking, now_s = self._ranking, self._gates.now_s
        if not plan.expires or plan.action.expiry_s is None:
            return
        over_s = now_s - plan.action.expiry_s
        places = selected_places(plan, ranking, items_of(ranking), self._ready)
        late = places[due_at_s[places - ranking.offers] < over_s]
        for number, due_s in zip(
            ranking.number[late].tolist(), due_at_s[late - ranking.offers].tolist(), strict=True
        ):
            yield number, _was_due(due_s, now_s)

    def _places_of(self, plan: ActionPlan, number: int) -> list[int]:
        """Return the place in the ranking of a product that an action is about; nothing where it has none."""
        ranking, is_offer = self._ranking, plan.kind == _OFFER
        selectors = self._ready.offer_selectors if is_offer else self._ready.repeat_selectors
        item = index_of(ranking.assortment, number)
        if item < 0 or not selectors[item, plan.row]:
            return []
        begin, end = (0, ranking.offers) if is_offer else (ranking.offers, ranking.offers + ranking.repeats)
        places: list[int] = ((ranking.number[begin:end] == number).nonzero()[0] + begin).tolist()
        return places

    def passing(self) -> Iterator[Passing]:
        """Yield the ranked products that each of the actions may speak of."""
        items = items_of(self._ranking)
        traded, due = self._bidders.traded, self._due_at()
        for action in self._in_turn(range(len(traded))):
            plan = traded[action].plan
            places = selected_places(plan, self._ranking, items, self._ready).tolist()
            closed = self._closed.get(plan.place)
            silent = {*(closed or ()), *(number for number, _ in self._late(plan, due))}
            if silent:
                places = [place for place in places if int(self._ranking.number[place]) not in silent]
            yield Passing(len(places), partial(self._nth_of, action, places))

    def _nth_of(self, action: int, places: Sequence[int], nth: int) -> Contender:
        number = int(self._ranking.number[places[nth]])
        place, ready = places[nth], self._ready
        group = ready.group_of(number) if place < self._ranking.offers else -1
        return self._contender((place, action, number, ready.family_of(number), group))


def expiry_stop(plan: ActionPlan, ranking: ProductRanking, number: int, now_s: int) -> Stop | None:
    """Return the gate that stops a refill which was due too long ago for its action."""
    expiry_s = plan.action.expiry_s
    if expiry_s is None or not plan.expires:
        return None
    due_s = ranking.due_s(number)
    if due_s is None or due_s >= now_s - expiry_s:
        return None
    return _was_due(due_s, now_s)


def _was_due(due_s: int, now_s: int) -> Stop:
    return stop(GateReason.EXPIRED, f"it was due {ago(due_s, now_s)}")


def _rows_of(ranking: ProductRanking, ready: Prepared) -> Int64Array:
    """Return a lineup of all products that are worth anything, whatever the slate has room for."""
    places, whose = ranking.bidding
    number = ranking.number[places].astype(np.int64)
    family = np.full(number.size, -1, np.int64)
    known = number < ready.family.size
    family[known] = ready.family[number[known]]
    group = np.full(number.size, -1, np.int64)
    known = (places < ranking.offers) & (number < ready.group.size)
    group[known] = ready.group[number[known]]
    return np.stack((places, whose, number, family, group), axis=1)


def items_of(ranking: ProductRanking) -> Int32Array:
    """Return the item indices of the products that may be said."""
    number = ranking.number[: ranking.offers + ranking.repeats]
    item: Int32Array = ranking.assortment.models.index_of_number[number]
    return item


def selected_places(
    plan: ActionPlan, ranking: ProductRanking, items: Int32Array, ready: Prepared
) -> Int64Array:
    """Return the places in the ranking of the products that an action is about."""
    offers = ranking.offers
    if plan.kind == _OFFER:
        return np.flatnonzero(ready.offer_selectors[items[:offers], plan.row])
    return np.flatnonzero(ready.repeat_selectors[items[offers:], plan.row]) + offers
