"""What must hold for a conditional append, and what is written with it or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from recommender.errors import ConflictError, CustomerMovedError, RequestAnsweredError
from recommender.storage.databases import Database
from recommender.storage.goodwill import Budget, GoodwillBook
from recommender.storage.receipts import StoredReceipt, write_receipts
from recommender.storage.rows import upsert_rows
from recommender.storage.tables import answered_requests
from recommender.types import CustomerId, DecisionId


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request and the decision that answers it.

    ``until_us`` is until when it does (microseconds since 1970; None: for good), ``instead_of`` an earlier answer that
    may be replaced.
    """

    request_id: str
    decision_id: DecisionId
    until_us: int | None = None
    instead_of: DecisionId | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a conditional append, checked while nobody else writes.

    Parameters
    ----------
    customer_id, version
        The customer must still have this version; 0 is that of a customer without events.
    receipts
        Written in the same transaction.
    answers
        The request that is answered; no decision may have answered it before.
    budgets
        Goodwill that must be left.
    """

    customer_id: CustomerId
    version: int
    receipts: tuple[StoredReceipt, ...] = ()
    answers: AnsweredRequest | None = None
    budgets: tuple[Budget, ...] = ()


@dataclass(slots=True)
class TermsDesk:
    """Judges the terms of one append transaction, and writes what comes with those that hold."""

    database: Database
    connection: Connection
    book: GoodwillBook
    now_us: int
    _answered: dict[tuple[str, str], str] = field(default_factory=dict)
    _held: list[Terms] = field(default_factory=list)

    def load(self, terms: Iterable[Terms]) -> None:
        """Read which requests were answered already."""
        asked: dict[str, list[str]] = {}
        for one in terms:
            if one.answers is not None:
                asked.setdefault(one.customer_id, []).append(one.answers.request_id)
        table = answered_requests.c
        for customer_id, request_ids in asked.items():
            is_asked = self.database.among(table.request_id, request_ids)
            query = select(table.request_id, table.decision_id, table.until_us)
            for row in self.connection.execute(query.where(table.customer_id == customer_id, is_asked)):
                if row.until_us is None or row.until_us > self.now_us:
                    self._answered[customer_id, row.request_id] = row.decision_id

    def judge(self, terms: Terms, version: int) -> ConflictError | None:
        """Return why an append must not be made, given the customer's present version; None when it may."""
        request = terms.answers
        if request is not None:
            known = self._answered.get((terms.customer_id, request.request_id))
            if known is not None and known != request.instead_of:
                return RequestAnsweredError(request.request_id, known)
        if version != terms.version:
            return CustomerMovedError(terms.version, version)
        return self.book.check(terms.customer_id, terms.budgets)

    def hold(self, terms: Terms) -> None:
        """Note that an append is made, for those that are judged after it and for :meth:`write`."""
        self._held.append(terms)
        if terms.answers is not None:
            self._answered[terms.customer_id, terms.answers.request_id] = terms.answers.decision_id

    def write(self) -> None:
        """Write receipts and answered requests."""
        write_receipts(self.connection, [receipt for terms in self._held for receipt in terms.receipts])
        rows = [
            (terms.customer_id, terms.answers.request_id, terms.answers.decision_id, terms.answers.until_us)
            for terms in self._held
            if terms.answers is not None
        ]
        upsert_rows(self.connection, answered_requests, rows)


def answered_by(
    database: Database, customer_id: CustomerId, request_id: str, now_us: int
) -> DecisionId | None:
    """Return the decision that has answered a request and still does, or None."""
    table = answered_requests.c
    query = select(table.decision_id, table.until_us).where(
        table.customer_id == customer_id, table.request_id == request_id
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or (row.until_us is not None and row.until_us <= now_us):
        return None
    return DecisionId(row.decision_id)
