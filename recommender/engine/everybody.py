"""The states of all customers at once: from columns where orders are all there is, else one by one.

Customers with any other event, a gift, a serial or a planned item are folded from all their events.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np

from recommender.customers.columns import fold_columns
from recommender.customers.lines import GUEST, PURCHASE
from recommender.customers.state import CustomerState
from recommender.engine.projection import BATCH, LogFolds, batches
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from recommender.types import CustomerId, UInt32Array


@dataclass(frozen=True, slots=True)
class Everybody:
    """All customers of a log as of one moment; what reads them folds them while it goes along.

    Attributes
    ----------
    logged
        The orders.
    singly
        Customers who are folded from their events, with their versions; the others come from columns.
    until
        Events from this time on are left out; None: all events count.
    """

    projector: LogFolds
    logged: LoggedLines
    singly: Mapping[CustomerId, int]
    until: datetime | None = None

    @classmethod
    def of(
        cls,
        log: EventLog,
        projector: LogFolds,
        *,
        until: datetime | None = None,
        known: Mapping[CustomerId, int] | None = None,
        only: Sequence[CustomerId] | None = None,
    ) -> "Everybody":
        """Read the orders of the log, and find out who has more than plain orders.

        Parameters
        ----------
        known
            Customers with a version that the log has reached; of others nothing is folded but plain orders. None: all
            that the log has now.
        only
            Nobody but these; None: everybody.
        """
        known = dict(log.customers_changed_after(0)) if known is None else known
        logged = log.order_lines(until=until, customers=only)
        # Asked after the orders were read: who is not among these had nothing but orders at that moment.
        beyond = log.customers_beyond_orders()
        beyond = beyond if only is None else beyond.intersection(only)
        asked = beyond | logged.with_own_lines | _buyers(logged, projector.planned.sorted_numbers())
        versions = dict(zip(logged.customer_ids, logged.customer_versions.tolist(), strict=True))
        singly = {who: known.get(who, versions.get(who, 0)) for who in asked}
        singly = {who: version for who, version in singly.items() if version > 0}
        return cls(projector, logged, singly, until)

    def __len__(self) -> int:
        return len(self.singly) + sum(who not in self.singly for who in self.logged.customer_ids)

    def states(self) -> Iterator[tuple[CustomerId, CustomerState]]:
        """Yield every customer with their state; those with plain orders first."""
        one_by_one = batches(sorted(self.singly.items()), BATCH)
        folded = (self.projector.states_of(dict(batch), until=self.until) for batch in one_by_one)
        return chain(self._plain(), chain.from_iterable(folded))

    def missing(self, known: Mapping[CustomerId, int]) -> Iterator[CustomerId]:
        """Yield those of ``known`` who have no state here."""
        bought = set(self.logged.customer_ids)
        return (who for who in known if who not in bought and who not in self.singly)

    def _plain(self) -> Iterator[tuple[CustomerId, CustomerState]]:
        logged = self.logged
        folded = fold_columns(logged.lines, logged.customer_ids, logged.customer_versions)
        for index, customer_id in enumerate(logged.customer_ids):
            if customer_id not in self.singly:
                yield customer_id, folded.state(index)


def _buyers(logged: LoggedLines, planned: UInt32Array) -> set[CustomerId]:
    """Return who bought one of these items."""
    lines = logged.lines
    if planned.size == 0:
        return set()
    is_asked = (lines.kind == PURCHASE) & (lines.customer != GUEST) & np.isin(lines.number, planned)
    return {logged.customer_ids[code] for code in np.unique(lines.customer[is_asked]).tolist()}
