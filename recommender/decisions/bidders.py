"""The actions about ranked products that no gate stops, and what is ranked for them.

The same actions are open to many customers: what compiled code needs of them is worked out once for each set of them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.factors import NOTHING, Factors
from recommender.decisions.market_kernel import Market, Turn, bounds_of
from recommender.decisions.seeds import signed
from recommender.decisions.sought import NO_MARKET, NO_PAIRS, Sought
from recommender.decisions.tariff import Tariff
from recommender.decisions.trace import KIND_POSITION
from recommender.playbook.kinds import ActionKind
from recommender.types import Int32Array, Int64Array

MOST_KEPT: Final = 1_024
"""Sets of actions that one playbook keeps; customers of one shop share a few."""

_OFFER: Final = KIND_POSITION[ActionKind.PRODUCT_OFFER]

_Key: TypeAlias = tuple[int, int, int, int]


class Bidder(NamedTuple):
    """One action.

    Attributes
    ----------
    at
        Its place among those about products that were asked for.
    worth
        Its factors, with the declared propensity: of a traded one, those of any product but for propensity and price.
    """

    at: int
    plan: ActionPlan
    worth: Factors


class Bidders(NamedTuple):
    """Actions about ranked products that no gate stops.

    Attributes
    ----------
    traded
        Those whose products differ in the ranking's probability and in price alone; offers first, of each kind those first
        that make the most of a product without a price.
    single
        The others.
    places
        Those of the traded ones, by their place in the playbook.
    offering
        Places in the playbook of those that offer; the others are about refills.
    bits
        Of all of them.
    sought
        What is ranked for them, whatever is new in a decision.
    tariff
        What they are worth; kept as long as they are.
    """

    traded: tuple[Bidder, ...]
    single: tuple[Bidder, ...]
    places: Mapping[int, int]
    offering: frozenset[int]
    bits: int
    sought: Sought
    tariff: Tariff


def sought_of(
    bidders: Bidders,
    closed: Mapping[int, Collection[int]],
    pins: tuple[int, ...],
    seed: int,
    now_s: int,
) -> Sought:
    """Return what is ranked for some actions in one decision.

    Parameters
    ----------
    closed
        By place of an action in the playbook: numbers of products about which it must be silent.
    pins
        Numbers of products that staff pinned.
    seed
        Of ties.
    now_s
        Of the decision.
    """
    known = bidders.sought
    silent = _silent(bidders, closed) if closed else NO_PAIRS
    turn = Turn(signed(seed), silent, now_s)
    most = _most_closed(bidders, closed) if closed else (0, 0)
    asked = known.selectors, known.repeaters
    return Sought(known.offers, known.repeats, known.market, turn, pins, *asked, most)


def _most_closed(bidders: Bidders, closed: Mapping[int, Collection[int]]) -> tuple[int, int]:
    """Return about how many products an offer, and a repeat, must be silent at most."""
    offers = repeats = 0
    for place, products in closed.items():
        if place in bidders.offering:
            offers = max(offers, len(products))
        else:
            repeats = max(repeats, len(products))
    return offers, repeats


def _silent(bidders: Bidders, closed: Mapping[int, Collection[int]]) -> Int64Array:
    silent: list[int] = []
    for place, products in closed.items():
        at = bidders.places.get(place)
        if at is not None:
            for number in products:
                silent += at, number
    return np.array(silent, np.int64).reshape(-1, 2) if silent else NO_PAIRS


class BidderMemory:
    """The sets of actions that were open to anybody; shared by threads, which all work out the same.

    Parameters
    ----------
    columns
        Of each action in the order of the playbook: its column among the selectors of its kind.
    """

    __slots__ = ("_columns", "_known")

    def __init__(self, columns: Int32Array) -> None:
        self._columns = columns
        self._known: dict[_Key, Bidders] = {}

    def of(self, asked: Sequence[ActionPlan], bits: tuple[int, int, int], tariff: Tariff) -> Bidders:
        """Return the open ones among the actions that are asked for.

        Parameters
        ----------
        asked
            Actions about ranked products.
        bits
            Of those asked for, of the open ones among them, and of actions whose products differ in probability and price
            alone.
        tariff
            What they are worth here and now.
        """
        key = (*bits, id(tariff))  # what is kept holds its tariff, so that no identity is used again
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            known = self._known[key] = self._worked_out(asked, bits, tariff)
        return known

    def _worked_out(self, asked: Sequence[ActionPlan], bits: tuple[int, int, int], tariff: Tariff) -> Bidders:
        _, standing, merging = bits
        worths = tariff.worths
        bidders = [
            Bidder(at, plan, worths[plan.place] or NOTHING)
            for at, plan in enumerate(asked)
            if plan.bit & standing
        ]
        traded = [one for one in bidders if one.plan.bit & merging]
        # What is worth most comes first: then hardly anything that comes later changes a bid.
        traded.sort(key=lambda one: (one.plan.kind, -float(tariff.terms[one.plan.place, 0]), one.at))
        offers = [one.plan.row for one in bidders if one.plan.kind == _OFFER]
        sought = Sought(
            bool(offers),
            len(bidders) > len(offers),
            self._market(traded, tariff),
            selectors=frozenset(offers),
            repeaters=frozenset(one.plan.row for one in bidders if one.plan.kind != _OFFER),
        )
        return Bidders(
            tuple(traded),
            tuple(one for one in bidders if not one.plan.bit & merging),
            {one.plan.place: place for place, one in enumerate(traded)},
            frozenset(one.plan.place for one in bidders if one.plan.kind == _OFFER),
            standing,
            sought,
            tariff,
        )

    def _market(self, traded: Sequence[Bidder], tariff: Tariff) -> Market:
        if not traded:
            return NO_MARKET
        places = np.array([one.plan.place for one in traded])
        offers = sum(one.plan.kind == _OFFER for one in traded)
        return Market(
            offers,
            self._columns[places],
            tariff.terms[places],
            bounds_of(tariff.terms[places], offers),
            np.array([signed(one.plan.salt) for one in traded], np.int64),
            np.array([one.plan.action.expiry_s or 0 if one.plan.expires else 0 for one in traded], np.int64),
        )
