"""``rapport promises``: what the brand owes to whom, from the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

import numpy as np

from recommender.actions.item_sets import ItemSet
from recommender.actions.repertoire import Repertoire, repertoire_of
from recommender.contacts import zone_of
from recommender.customers.folding import fold
from recommender.customers.lines import GUEST, PURCHASE
from recommender.customers.state import CustomerState
from recommender.errors import CustomerErasedError, NotFoundError
from recommender.playbook.model import Playbook
from recommender.promises import LedgerRow, ledger_of
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ItemNumber

_BATCH = 200
_CLOSED = frozenset({"satisfied", "ended"})


@dataclass(frozen=True, slots=True)
class PromisesRequest:
    """Which promises to list.

    Attributes
    ----------
    as_of
        As if it were then, from events before it.
    customer_id
        Only these; None: everybody's.
    overdue
        Only what is overdue.
    within_s
        Only what is overdue, due, or due so soon; None: also later ones, and what lapsed.
    closed
        Also what is satisfied or ended.
    """

    as_of: datetime
    customer_id: CustomerId | None = None
    overdue: bool = False
    within_s: float | None = None
    closed: bool = False

    @property
    def now_s(self) -> int:
        """The moment, seconds since 1970."""
        return int(self.as_of.timestamp())

    def takes(self, row: LedgerRow) -> bool:
        """Whether a promise is asked for."""
        one = row.obligation
        if self.overdue:
            return one.state == "overdue"
        if self.within_s is not None:
            soon = one.state == "upcoming" and one.due_s <= self.now_s + self.within_s
            return soon or one.state in {"due", "overdue"}
        return self.closed or one.state not in _CLOSED


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises that were asked for, the most urgent first, and the playbook over its catalogue."""

    rows: tuple[LedgerRow, ...]
    repertoire: Repertoire


def promises_in(log: EventLog, playbook: Playbook, request: PromisesRequest) -> Promises:
    """Return what a playbook promises to the customers of a log.

    Raises
    ------
    CustomerErasedError
        The customer that was asked for was erased.
    NotFoundError
        The log does not know the customer that was asked for.
    """
    repertoire = repertoire_of(playbook, log.catalogue())
    if request.customer_id is not None:
        _check_known(log, request.customer_id)
    rows = ledger_of(
        _owners(log, repertoire, request),
        [(plan, repertoire.plan_items[plan.id]) for plan in playbook.plans],
        now_s=request.now_s,
        zone_of=partial(zone_of, playbook=playbook),
    )
    taken = sorted(filter(request.takes, rows), key=lambda row: row.urgency)
    return Promises(tuple(taken), repertoire)


def _check_known(log: EventLog, customer_id: CustomerId) -> None:
    if log.version_of(customer_id) > 0:
        return
    erasure = log.erasures.of(customer_id)
    if erasure is not None:
        raise CustomerErasedError(found=f"erased at {erasure.erased_at:%Y-%m-%d %H:%M} UTC")
    raise NotFoundError(
        "the log does not know this customer",
        expected="an id as the shop gives it",
        found=repr(customer_id),
        remedy="load their orders with `rapport ingest SOURCE`, or ask without --customer",
    )


def plans_about_nothing(repertoire: Repertoire) -> list[str]:
    """Return the service plans, in the order of the playbook, that are about no item of the catalogue."""
    return [plan_id for plan_id, items in repertoire.plan_items.items() if is_empty(items)]


def is_empty(items: ItemSet) -> bool:
    """Whether items were named and the catalogue has none of them; a selector that names none means every item."""
    return not items.everything and len(items) == 0


def _owners(
    log: EventLog, repertoire: Repertoire, request: PromisesRequest
) -> Iterator[tuple[CustomerId, CustomerState]]:
    """Yield who bought anything that is under a plan, as they were then; of several subjects of a person one."""
    planned = frozenset(map(ItemNumber, np.flatnonzero(repertoire.planned).tolist()))
    buyers = iter(_buyers(log, repertoire, request))
    while batch := list(islice(buyers, _BATCH)):
        histories = log.histories_of(batch, until=request.as_of)
        for customer_id in batch:
            yield customer_id, fold(histories[customer_id].events, log.numbers, 0, unit_items=planned)


def _buyers(log: EventLog, repertoire: Repertoire, request: PromisesRequest) -> list[CustomerId]:
    if not repertoire.planned.any():
        return []
    only = request.customer_id
    asked = None if only is None else [only, *log.person_of(only)]
    logged = log.order_lines(until=request.as_of, customers=asked)
    lines = logged.lines
    planned = np.flatnonzero(repertoire.planned)
    bought = (lines.kind == PURCHASE) & (lines.customer != GUEST) & np.isin(lines.number, planned)
    buyers = [logged.customer_ids[code] for code in np.unique(lines.customer[bought]).tolist()]
    if only is not None:
        return [only] if buyers else []
    stand_ins = log.stand_ins(until=request.as_of)
    return sorted({stand_ins.get(who, who) for who in buyers})
