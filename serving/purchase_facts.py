"""When a customer bought what a gate is about, and with which order: looked up in the log when a receipt is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.actions.telling import ago
from recommender.candidates.codes import GateReason
from recommender.catalog import Catalogue
from recommender.customers.folding import kept_lines
from recommender.events.vocabulary import Purchase
from recommender.storage.log import EventLog
from recommender.storage.numbers import NumbersOnce
from recommender.types import CustomerId

OF_PURCHASES: Final = frozenset(
    {GateReason.OWNED, GateReason.COOLING_DOWN, GateReason.OWN_ONCE, GateReason.JUST_BOUGHT}
)
"""What a purchase decides."""

_OF_ORDERS: Final = ("purchase", "return", "order_cancelled")


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What a customer, as all subjects of the person, bought for themselves and still had when a decision was made: item and order, newest first."""

    kept: Sequence[tuple[int, Purchase]]
    catalogue: Catalogue
    now_s: int

    @classmethod
    def of(
        cls, log: EventLog, catalogue: Catalogue, customer_id: str | None, known: tuple[int, int]
    ) -> "PurchaseFacts":
        """Read the orders of a customer up to a version of theirs, as of a time in seconds since 1970."""
        version, now_s = known
        if customer_id is None:
            return cls((), catalogue, now_s)
        stored = log.events_of_person(CustomerId(customer_id), kinds=_OF_ORDERS, up_to=version)
        bought = kept_lines([one.event for one in stored], NumbersOnce(log.numbers))
        kept = [(one.number, one.order) for one in reversed(bought) if one.kept > 0 and not one.line.is_gift]
        return cls(kept, catalogue, now_s)

    def because(self, why: object, number: int | None, otherwise: str = "") -> str:
        """Return what was bought when and with which order, where that decided; else ``otherwise``."""
        if number is None or why not in OF_PURCHASES:
            return otherwise
        found = self._last(number)
        if found is None:
            return otherwise
        return f"bought {ago(int(found.occurred_at.timestamp()), self.now_s)}, order {found.order_id}"

    def _last(self, number: int) -> Purchase | None:
        """Return the newest order of an item, or of one of its group."""
        wanted = self._group_of(number)
        return next((order for bought, order in self.kept if self._group_of(bought) == wanted), None)

    def _group_of(self, number: int) -> int:
        group = self.catalogue.group
        return number if number >= len(group) else int(group[number])
