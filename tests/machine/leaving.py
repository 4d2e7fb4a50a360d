"""What must not be found any more of somebody who was erased, and what must be as it was of everybody else."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from recommender.customers.packing import pack
from recommender.customers.state import CustomerState
from recommender.events.vocabulary import AnyEvent, Identify, Unlink
from recommender.storage.erasing import KnownOf
from recommender.storage.tables import METADATA
from recommender.types import CustomerId, DecisionId
from tests.machine.brand import WORKERS, Brand

_NOTHING: Final = KnownOf(0, 0, ())
_TABLES: Final = [table for table in METADATA.sorted_tables if "customer_id" in table.c]


class Leavers:
    """Those customers of one brand who were erased and not let in again."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.out: set[CustomerId] = set()

    def are_named_by(self, event: AnyEvent) -> bool:
        """Whether an event is about one of them, or names one."""
        named = {event.customer_id}
        if isinstance(event, Identify | Unlink):
            named.add(event.other_id)
        return not named.isdisjoint(self.out)

    def check_gone(self, customer_id: CustomerId, decided: Sequence[DecisionId]) -> None:
        """Somebody who was erased just now is in no table, and of their decisions there are the ids only."""
        self.out.add(customer_id)
        for worker in self.brand.workers:
            worker.receipts.flush()
        log = self.brand.workers[0].log
        assert self._rows(customer_id) == {}
        assert log.erasures.known_of(customer_id) == _NOTHING
        assert log.receipts(decided) == {}
        assert log.erasures.decisions(decided).keys() == set(decided)
        again = self.brand.workers[1].erase(customer_id)
        assert not again.is_new
        assert again.erasure == log.erasures.of(customer_id)

    def check_nobody(self) -> None:
        """Nothing came in of them, and no worker knows anything."""
        for customer_id in self.out:
            assert self.brand.told(customer_id) == []
            for worker in range(WORKERS):
                assert pack(self.brand.state(customer_id, worker)) == pack(CustomerState.empty())

    def let_in(self, worker: int) -> None:
        """Lift every erasure."""
        erasing = self.brand.workers[worker].erasing
        for customer_id in self.out:
            assert erasing.lift(customer_id)
            assert not erasing.lift(customer_id)
            assert erasing.known_of(customer_id) == _NOTHING
        self.out.clear()

    def picture_of(self, customer_id: CustomerId, leaver: CustomerId, *, are_linked: bool) -> object:
        """Return all that is known of somebody else, but for whom their links name and why: that may be the leaver.

        Who may be linked with the leaver is known by less from then on, or, of whom only that was known, not at all.
        """
        history = [(one.seq, _unlinked(one.event, leaver)) for one in self.brand.told(customer_id)]
        workers = () if are_linked else range(WORKERS)
        states = [pack(self.brand.state(customer_id, worker)) for worker in workers]
        rows = self._rows(customer_id)
        if are_linked:
            rows.pop("customers", None)
        return history, states, rows

    def _rows(self, customer_id: CustomerId) -> dict[str, int]:
        """Return how many rows of each table are a customer's, but of the outbox, which empties itself."""
        with self.brand.workers[0].log._database.read() as connection:
            counts = {
                table.name: connection.execute(
                    select(func.count()).select_from(table).where(table.c.customer_id == customer_id)
                ).scalar_one()
                for table in _TABLES
                if table.name != "outbox"
            }
        return {name: count for name, count in counts.items() if count}


def _unlinked(event: AnyEvent, leaver: CustomerId) -> AnyEvent:
    if not isinstance(event, Identify | Unlink) or event.other_id not in (leaver, "erased"):
        return event
    if isinstance(event, Identify):
        return msgspec.structs.replace(event, other_id="", evidence=None)
    return msgspec.structs.replace(event, other_id="", reason=None)
