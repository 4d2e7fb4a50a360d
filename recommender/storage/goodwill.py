"""Goodwill that was granted, and whether a budget has room for more; read and written under the lock of the head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, true, update

from recommender.errors import GoodwillSpentError
from recommender.storage.databases import Database
from recommender.storage.goodwill_moves import GoodwillMove, Grant, Settlement
from recommender.storage.rows import upsert_rows
from recommender.storage.tables import goodwill


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be granted for one action within a sliding window, and how much is asked for now.

    Amounts are millionths of the currency's unit. ``total`` is for all customers together, ``per_customer`` for the
    one that is asked for; None: no limit. ``window_us`` 0: since ever.
    """

    action: str
    asked: int
    total: int | None
    per_customer: int | None = None
    window_us: int = 0
    currency: str | None = None


class GoodwillBook:
    """What one append transaction grants, on top of what was granted before."""

    def __init__(self, database: Database, connection: Connection, now_us: int) -> None:
        self._database = database
        self._connection = connection
        self._now_us = now_us
        self._holders: set[str] = set()

    def load(self, moves: Iterable[GoodwillMove]) -> None:
        """Find out who of the customers whose contacts are settled was granted anything: most were not."""
        settled = {move.customer_id for move in moves if isinstance(move, Settlement)} - self._holders
        if settled:
            holds = self._database.among(goodwill.c.customer_id, sorted(settled))
            query = select(goodwill.c.customer_id).where(holds).distinct()
            self._holders |= set(self._connection.execute(query).scalars())

    def check(self, customer_id: str, budgets: Iterable[Budget]) -> GoodwillSpentError | None:
        """Return why a customer cannot get this goodwill now, or None when they can.

        What staff promised this customer is the same money as what a contact then offers: it counts once.
        """
        own = goodwill.c.customer_id == customer_id
        promised_to_them = and_(own, goodwill.c.by_staff == 1)
        for budget in budgets:
            counted = select(_sum(true()), _sum(own)).where(self._is_live(budget), ~promised_to_them)
            spent, spent_on_them = self._connection.execute(counted).one()
            for limit, granted in ((budget.total, spent), (budget.per_customer, spent_on_them)):
                if limit is not None and granted + budget.asked > limit:
                    return GoodwillSpentError(
                        budget.action, limit=limit / 1e6, granted=int(granted) / 1e6, asked=budget.asked / 1e6
                    )
        return None

    def move(self, moves: Sequence[GoodwillMove]) -> None:
        """Write what events grant, confirm and free, in their order."""
        for move in moves:
            if isinstance(move, Grant):
                self._grant(move)
            elif move.customer_id in self._holders:
                self._settle(move)

    def _grant(self, grant: Grant) -> None:
        self._holders.add(grant.customer_id)
        if not grant.by_staff:
            is_drawn = and_(goodwill.c.customer_id == grant.customer_id, goodwill.c.by_staff == 1)
            self._connection.execute(
                delete(goodwill).where(is_drawn, _agrees(goodwill.c.action, grant.action))
            )
        upsert_rows(
            self._connection,
            goodwill,
            [
                (
                    grant.grant_id,
                    grant.customer_id,
                    int(grant.by_staff),
                    grant.decision_id,
                    grant.request_id,
                    grant.action,
                    grant.currency,
                    grant.millionths,
                    self._now_us,
                    grant.expires_us,
                )
            ],
        )

    def _settle(self, settlement: Settlement) -> None:
        names = (
            (goodwill.c.decision_id, settlement.decision_id),
            (goodwill.c.request_id, settlement.request_id),
        )
        named = [column == name for column, name in names if name is not None]
        if not named:
            return
        is_meant = and_(goodwill.c.customer_id == settlement.customer_id, *named)
        if settlement.was_sent:
            self._connection.execute(update(goodwill).where(is_meant).values(expires_us=None))
        else:
            self._connection.execute(delete(goodwill).where(is_meant, goodwill.c.expires_us.is_not(None)))

    def _is_live(self, budget: Budget) -> ColumnElement[bool]:
        expires_us = goodwill.c.expires_us
        since_us = self._now_us - budget.window_us
        return and_(
            _agrees(goodwill.c.action, budget.action),
            _agrees(goodwill.c.currency, budget.currency),
            or_(expires_us.is_(None), expires_us > self._now_us),
            goodwill.c.granted_us > since_us if budget.window_us else true(),
        )


def _sum(counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(goodwill.c.millionths).filter(counted), 0)


def _agrees(column: ColumnElement[str | None], value: str | None) -> ColumnElement[bool]:
    """A grant that names no action, or no currency, counts for each."""
    return true() if value is None else or_(column.is_(None), column == value)
