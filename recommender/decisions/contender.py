"""A candidate that passed every gate, and where the next one of its action comes from."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from recommender.actions.proposal import Cause
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.factors import Factors


class Contender(msgspec.Struct, eq=False):
    """A candidate that passed every gate.

    Attributes
    ----------
    place
        Of a ranked product: its place in the ranking.
    at
        Of a cause: its place among all of them; of a ranked product: that of its action among those about products.
    family
        Of a product, where diversity asks: the first levels of its category.
    group
        Of an offer that has variants: that of all of them.
    facts
        Of a ranked product, where they are known already: a row of :mod:`recommender.decisions.facts`; else empty.
    """

    plan: ActionPlan
    worth: Factors
    expected: float
    number: int | None
    at: int
    place: int = -1
    cause: Cause | None = None
    stream: "Source | None" = None
    family: int = -1
    group: int = -1
    facts: Sequence[int] = ()


class Room(msgspec.Struct, eq=False):
    """What a slate holds already, as far as it keeps further products out.

    Attributes
    ----------
    taken
        Numbers of products.
    full
        Families with as many offers as the playbook allows.
    groups
        Of things of which a variant is offered.
    """

    taken: set[int] = msgspec.field(default_factory=set)
    full: set[int] = msgspec.field(default_factory=set)
    groups: set[int] = msgspec.field(default_factory=set)


class Source(Protocol):
    """Ranked products of one action or of several, one at a time and best first."""

    def left(self, room: Room, /) -> Iterator[Contender]:
        """Yield the products that pass the gates, each if the slate has room for it then."""
        ...


class Passing(NamedTuple):
    """So many products that pass every gate, of one action, and which is the n-th of them."""

    size: int
    contender: Callable[[int], Contender]
