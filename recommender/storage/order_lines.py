"""The order lines of the log as columns: what training, rebuilding and export read.

Only purchases, returns and cancellations leave the database, and only the fields a fold needs are decoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, Select, select

from recommender.customers.lines import GUEST, OrderLines
from recommender.storage.clock import to_microseconds
from recommender.storage.databases import Database
from recommender.storage.line_columns import LineColumns
from recommender.storage.numbers import ItemNumbers
from recommender.storage.tables import IS_ORDER, customers, events
from recommender.types import CustomerId, Int64Array, ItemId

_PAGE = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class LoggedLines:
    """Order lines with what their codes stand for.

    Attributes
    ----------
    lines
        Rows in the order of the fold, so ``rank`` is the row. Order codes grow in that order.
    customer_ids
        Customer of each code, ascending; everybody with an order event among those asked for.
    customer_versions
        Version of each of them at the moment of reading, whatever ``until`` was.
    item_ids
        Item of each number, up to the largest number that was ever given.
    with_own_lines
        Customers of whom more is to be known of some line than its columns say: it is a gift, or has a serial.
    """

    lines: OrderLines
    customer_ids: list[CustomerId]
    customer_versions: Int64Array
    item_ids: list[ItemId]
    with_own_lines: frozenset[CustomerId] = frozenset()

    def of_persons(self, stand_ins: Mapping[CustomerId, CustomerId]) -> "LoggedLines":
        """Return them with the lines of all subjects of a person under the one that stands for it; others stay as they are."""
        if not stand_ins:
            return self
        meant = [stand_ins.get(who, who) for who in self.customer_ids]
        ids = sorted(set(meant))
        code_of = {who: code for code, who in enumerate(ids)}
        codes = np.array([code_of[who] for who in meant], np.int32)
        versions = np.zeros(len(ids), np.int64)
        np.maximum.at(versions, codes, self.customer_versions)
        known = self.lines.customer != GUEST
        customer = np.full_like(self.lines.customer, GUEST)
        customer[known] = codes[self.lines.customer[known]]
        own = frozenset(stand_ins.get(who, who) for who in self.with_own_lines)
        return replace(
            self,
            lines=replace(self.lines, customer=customer),
            customer_ids=ids,
            customer_versions=versions,
            with_own_lines=own,
        )


def read_order_lines(
    database: Database,
    numbers: ItemNumbers,
    *,
    until: datetime | None = None,
    only: Sequence[CustomerId] | None = None,
) -> LoggedLines:
    """Read the order lines before ``until``, of everybody or of the customers ``only`` (guests then left out)."""
    query = _query(database, until, only)
    with database.snapshot() as connection:
        numbers.load(connection)
        columns = LineColumns(numbers.known())
        for page in connection.execute(query).partitions(_PAGE):
            columns.add(page)
        ids = sorted(columns.customer_codes)
        versions = _versions(connection, database, ids)
    lines = columns.lines(ids)
    own = frozenset(map(CustomerId, columns.with_own_lines))
    return LoggedLines(lines, [CustomerId(who) for who in ids], versions, numbers.ids(), own)


def _query(
    database: Database, until: datetime | None, only: Sequence[CustomerId] | None
) -> Select[int, str, str, str | None, bytes]:
    columns = events.c
    query = select(
        columns.occurred_us, columns.source, columns.event_id, columns.customer_id, columns.content
    ).where(IS_ORDER)
    if until is not None:
        query = query.where(columns.occurred_us < to_microseconds(until))
    if only is not None:
        return query.where(database.among(columns.customer_id, sorted(set(only))))
    return query.order_by(columns.seq)


def _versions(connection: Connection, database: Database, ids: Sequence[str]) -> Int64Array:
    is_asked = database.among(customers.c.customer_id, ids)
    query = select(customers.c.customer_id, customers.c.version).where(is_asked)
    version = dict(connection.execute(query).all())
    return np.array([version[who] for who in ids], np.int64)
