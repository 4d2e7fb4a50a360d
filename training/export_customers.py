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
        histories = self.log.histories_of(anew, until=self.everybody.until)
        folded: dict[CustomerId, CustomerState | None] = {}
        for customer in anew:
            known = histories.pop(customer).events
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
    """Return the customers with their orders; of several subjects of a person one, with the orders of all of them.

    Those that are asked for by name have their own orders only, see :func:`has_linked`.

    Raises
    ------
    NotEnoughDataError
        There is nobody.
    """
    if wanted.named is None:
        logged = log.order_lines(until=wanted.until).of_persons(log.stand_ins(until=wanted.until))
        return _buyers(logged, _somebody(tuple(logged.customer_ids), wanted))
    return _buyers(
        log.order_lines(until=wanted.until, customers=wanted.named), _somebody(wanted.named, wanted)
    )


def has_linked(log: EventLog, wanted: Wanted) -> bool:
    """Whether any of the customers that are asked for by name is one person with others: their own orders are not all."""
    return wanted.named is not None and not log.stand_ins(until=wanted.until).keys().isdisjoint(wanted.named)


def known_customers_in(log: EventLog, wanted: Wanted) -> KnownCustomers:
    """Return the customers with all their dealings; of several subjects of a person one, unless they are asked for by name.

    Raises
    ------
    NotEnoughDataError
        There is nobody.
    """
    folds = LogFolds(log, lambda: wanted.planned)
    everybody = Everybody.of(log, folds, until=wanted.until, only=wanted.named)
    bought = everybody.logged.customer_ids
    others = sorted(everybody.singly.keys() - set(bought))
    ids = wanted.named
    if ids is None:
        stand_ins = log.stand_ins(until=wanted.until)
        ids = tuple(who for who in (*bought, *others) if stand_ins.get(who, who) == who)
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
