"""What the brand owes to whom: the promises to many customers in one list."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Dealings
from recommender.customers.state import CustomerState
from recommender.playbook.model import ServicePlan
from recommender.promises.obligation import Obligation, ObligationState
from recommender.promises.obligations import obligations_of
from recommender.types import CustomerId

PlannedItems: TypeAlias = tuple[ServicePlan, Collection[int]]
"""A plan and the numbers of the items that it is about."""

_URGENCY: Final[dict[ObligationState, int]] = {
    "overdue": 0,
    "due": 1,
    "upcoming": 2,
    "lapsed": 3,
    "satisfied": 4,
    "ended": 5,
}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One promise to one customer, and the zone of its days."""

    customer_id: CustomerId
    obligation: Obligation
    zone: ZoneInfo

    @property
    def urgency(self) -> tuple[int, int, str, str]:
        """Return what sorts the most urgent first: overdue by when it lapses, then the rest by due day."""
        one = self.obligation
        moment_s = one.lapses_s if one.state == "overdue" else one.due_s
        return _URGENCY[one.state], moment_s, self.customer_id, one.key


def ledger_of(
    customers: Iterable[tuple[CustomerId, CustomerState]],
    plans: Sequence[PlannedItems],
    *,
    now_s: int,
    zone_of: Callable[[Dealings], ZoneInfo],
) -> Iterator[LedgerRow]:
    """Yield every promise to every customer, one row per unit and plan, whatever its state.

    Parameters
    ----------
    customers
        With their states, folded with the units of the plans' items.
    plans
        What is promised.
    now_s
        When, seconds since 1970.
    zone_of
        Where a customer lives.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from recommender.customers.dealings import Unit
    >>> from recommender.playbook.model import ItemSelector, Span
    >>> plan = ServicePlan("care", "Care", ItemSelector(), Span(6), None, Span(), Span(), None, frozenset())
    >>> anna = replace(CustomerState.empty(), dealings=Dealings(units=(Unit(7, "1", None, None, 0, 1),)))
    >>> rows = ledger_of([(CustomerId("anna"), anna)], [(plan, {7})], now_s=0, zone_of=lambda _: ZoneInfo("UTC"))
    >>> [(row.customer_id, row.obligation.state) for row in rows]
    [('anna', 'upcoming')]
    """
    for customer_id, state in customers:
        if not state.dealings.units:
            continue
        zone = zone_of(state.dealings)
        for plan, numbers in plans:
            for obligation in obligations_of(plan, state.dealings, numbers, now_s=now_s, zone=zone):
                yield LedgerRow(customer_id, obligation, zone)
