"""Who is exported, and their states: from columns of order lines, or from everything that the log has of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from recommender.customers import CustomerState, FoldedCustomers, fold_columns
from recommender.engine.everybody import Everybody
from recommender.engine.projection import LogFolds
from recommender.errors import NotEnoughDataError
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from recommender.types import CustomerId, ItemNumber


class Customers(Protocol):
    """Everybody who may be exported, in the order of the file; read from several threads."""

    @property
    def ids(self) -> Sequence[CustomerId]:
        """Who, at least one."""

    def version(self, at: int) -> int:
        """Return the version of one of them; 0: the log knows nothing."""

    def states(self, block: range) -> list[CustomerState | None]:
        """Return the states of some of them; None: they came to the shop only later."""


@dataclass(frozen=True, slots=True)
class Buyers:
    """Customers as their orders describe them: all that decisions without a playbook read.

    Attributes
    ----------
    ids
        Who.
    rows
        Their rows among the folded states, -1 when the log has no order of theirs.
    folded
        These states.
    """

    ids: tuple[CustomerId, ...]
    rows: tuple[int, ...]
    folded: FoldedCustomers

    def version(self, at: int) -> int:
        """Return the version of one of them; 0: the log knows nothing."""
        row = self.rows[at]
        return 0 if row < 0 else int(self.folded.versions[row])

    def state(self, at: int) -> CustomerState:
        """Return the state of one of them."""
        row = self.rows[at]
        return CustomerState.empty() if row < 0 else self.folded.state(row)

    def states(self, block: range) -> list[CustomerState | None]:
        """Return the states of some of them."""
        return [self.state(at) for at in block]


@dataclass(frozen=True, slots=True)
class KnownCustomers:
    """Customers with all their dealings: consent, contacts, complaints, appointments, units under a plan.

    Attributes
    ----------
    buyers
        All of them; the states of those with nothing but plain orders are right.
    everybody
        Who is folded from all their events.
    log
        Where these are read, block by block.
    named
        They were asked for by name: who came later is decided for as a stranger.
    """

    buyers: Buyers
    everybody: Everybody
    log: EventLog
    named: bool

    @property
    def ids(self) -> Sequence[CustomerId]:
        """Who, at least one."""
        return self.buyers.ids

    def version(self, at: int) -> int:
        """Return the version of one of them; 0: the log knows nothing."""
        return self.everybody.singly.get(self.ids[at], self.buyers.version(at))

    def states(self, block: range) -> list[CustomerState | None]:
        """Return the states of some of them; None: they came to the shop only later."""
        singly = self.everybody.singly
        anew = [self.ids[at] for at in block if self.ids[at] in singly]
        events = self.log.events_of_many(anew, until=self.everybody.until)
        folded: dict[CustomerId, CustomerState | None] = {}
        for customer in anew:
            known = events.pop(customer)
            nobody = CustomerState.empty() if self.named else None
            folded[customer] = self.everybody.projector.fold(known, singly[customer]) if known else nobody
        return [folded[self.ids[at]] if self.ids[at] in folded else self.buyers.state(at) for at in block]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose states are read.

    Attributes
    ----------
    until
        Events before it; None: all.
    named
        These customers, in this order; None: everybody.
    planned
        Items of which units are told apart.
    """

    until: datetime | None = None
    named: tuple[CustomerId, ...] | None = None
    planned: tuple[ItemNumber, ...] = field(default=())


def buyers_in(log: EventLog, wanted: Wanted) -> Buyers:
    """Return the customers with their orders.

    Raises
    ------
    NotEnoughDataError
        There is nobody.
    """
    logged = log.order_lines(until=wanted.until, customers=wanted.named)
    ids = tuple(logged.customer_ids) if wanted.named is None else wanted.named
    return _buyers(logged, _somebody(ids, wanted))


def known_customers_in(log: EventLog, wanted: Wanted) -> KnownCustomers:
    """Return the customers with all their dealings.

    Raises
    ------
    NotEnoughDataError
        There is nobody.
    """
    folds = LogFolds(log, lambda: wanted.planned)
    everybody = Everybody.of(log, folds, until=wanted.until, only=wanted.named)
    bought = everybody.logged.customer_ids
    others = sorted(everybody.singly.keys() - set(bought))
    ids = (*bought, *others) if wanted.named is None else wanted.named
    buyers = _buyers(everybody.logged, _somebody(ids, wanted))
    return KnownCustomers(buyers, everybody, log, named=wanted.named is not None)


def _buyers(logged: LoggedLines, ids: tuple[CustomerId, ...]) -> Buyers:
    row_of = {customer: row for row, customer in enumerate(logged.customer_ids)}
    folded = fold_columns(logged.lines, logged.customer_ids, logged.customer_versions)
    return Buyers(ids, tuple(row_of.get(customer, -1) for customer in ids), folded)


def _somebody(ids: tuple[CustomerId, ...], wanted: Wanted) -> tuple[CustomerId, ...]:
    if not ids:
        raise NotEnoughDataError(
            "there is no customer to export",
            expected="orders of a known customer"
            + ("" if wanted.until is None else f" before {wanted.until}"),
            remedy="load some with `rapport ingest SOURCE`"
            + ("" if wanted.until is None else ", or name a later --as-of"),
        )
    return ids
