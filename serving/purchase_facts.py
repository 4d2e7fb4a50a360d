"""When a customer bought what a gate is about, and with which order: looked up in the log when a receipt is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.actions.telling import ago
from recommender.candidates.codes import GateReason
from recommender.catalog import Catalogue
from recommender.events.vocabulary import Purchase
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ItemId

OF_PURCHASES: Final = frozenset(
    {GateReason.OWNED, GateReason.COOLING_DOWN, GateReason.OWN_ONCE, GateReason.JUST_BOUGHT}
)
"""What a purchase decides."""


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """The purchases that a decision knew, newest first."""

    purchases: Sequence[Purchase]
    catalogue: Catalogue
    now_s: int

    @classmethod
    def of(
        cls, log: EventLog, catalogue: Catalogue, customer_id: str | None, known: tuple[int, int]
    ) -> "PurchaseFacts":
        """Read the purchases of a customer up to a version of theirs, as of a time in seconds since 1970."""
        version, now_s = known
        if customer_id is None:
            return cls((), catalogue, now_s)
        stored = log.events_of(CustomerId(customer_id), kinds=("purchase",))
        found = [one.event for one in reversed(stored) if one.seq <= version]
        return cls([event for event in found if isinstance(event, Purchase)], catalogue, now_s)

    def because(self, why: object, number: int | None, otherwise: str = "") -> str:
        """Return what was bought when and with which order, where that decided; else ``otherwise``."""
        if number is None or why not in OF_PURCHASES:
            return otherwise
        found = self._last(number)
        if found is None:
            return otherwise
        return f"bought {ago(int(found.occurred_at.timestamp()), self.now_s)}, order {found.order_id}"

    def _last(self, number: int) -> Purchase | None:
        """Return the newest purchase of an item, or of one of its group."""
        wanted = self._group_of(number)
        for event in self.purchases:
            if any(
                self._group_of(self.catalogue.numbers.get(ItemId(line.item_id))) == wanted
                for line in event.lines
            ):
                return event
        return None

    def _group_of(self, number: int | None) -> int | None:
        group = self.catalogue.group
        return number if number is None or number >= len(group) else int(group[number])
