"""Goodwill that was granted, and whether a budget has room for more; read and written under the lock of the head."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, true, update

from recommender.errors import (
    GoodwillCurrencyError,
    GoodwillGivenError,
    GoodwillRefusedError,
    GoodwillSpentError,
)
from recommender.events.vocabulary import AnyEvent
from recommender.storage.databases import Database
from recommender.storage.goodwill_moves import GoodwillMove, Grant, Settlement
from recommender.storage.goodwill_once import given_for
from recommender.storage.links import persons_of
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


SubjectsOf: TypeAlias = Callable[[str], Sequence[str]]
"""Returns all subjects of the person of a customer, themselves included: what one of them was given all of them have."""

BudgetsNow: TypeAlias = Callable[[], Sequence[Budget]]
"""Returns the budgets of every action that has one, with nothing asked for."""


Told: TypeAlias = Callable[[str], Sequence[AnyEvent]]
"""Returns what a customer's events say of complaints and of what was given for them, as they came."""


def no_budgets() -> Sequence[Budget]:
    """Return nothing: nobody declared a budget."""
    return ()


class _Kept(NamedTuple):
    """A grant that is in the book."""

    grant_id: str
    millionths: int
    granted_us: int
    expires_us: int | None


class _Meant(NamedTuple):
    """What a grant changes: ``asked`` is what is new of it, ``taken`` what it takes out of reservations, ``same`` what it was told as before."""

    asked: int
    same: _Kept | None = None
    taken: tuple[tuple[_Kept, int], ...] = ()


class GoodwillBook:
    """What one append transaction grants, on top of what was granted before."""

    def __init__(
        self, database: Database, connection: Connection, now_us: int, subjects_of: SubjectsOf
    ) -> None:
        self._database = database
        self._connection = connection
        self._now_us = now_us
        self._subjects_of = subjects_of
        self._holders: set[str] = set()

    def load(self, moves: Iterable[GoodwillMove]) -> None:
        """Find out who of the customers whose contacts are settled was granted anything: most were not."""
        settled = {move.customer_id for move in moves if isinstance(move, Settlement)} - self._holders
        if settled:
            holds = self._database.among(goodwill.c.customer_id, sorted(settled))
            query = select(goodwill.c.customer_id).where(holds).distinct()
            self._holders |= set(self._connection.execute(query).scalars())

    def check(
        self, customer_id: str, budgets: Iterable[Budget], *, instead_of: str | None = None
    ) -> GoodwillSpentError | None:
        """Return why a customer cannot get this goodwill now, or None when they can.

        What staff promised this customer is the same money as what a contact then offers: it counts once. What staff
        promises now takes the place of one grant only, ``instead_of``.
        """
        own = self._is_of(customer_id)
        same = and_(own, goodwill.c.by_staff == 1)
        if instead_of is not None:
            same = goodwill.c.grant_id == instead_of
        for budget in budgets:
            counted = select(_sum(true()), _sum(own)).where(self._is_live(budget), ~same)
            spent, spent_on_them = self._connection.execute(counted).one()
            for limit, granted in ((budget.total, spent), (budget.per_customer, spent_on_them)):
                if limit is not None and granted + budget.asked > limit:
                    return GoodwillSpentError(
                        budget.action, limit=limit / 1e6, granted=int(granted) / 1e6, asked=budget.asked / 1e6
                    )
        return None

    def rest_of(self, customer_id: str, budget: Budget) -> Budget:
        """Return a budget that is asked for no more than the customer's own leaves, though for something."""
        if budget.per_customer is None:
            return budget
        by_staff = goodwill.c.by_staff == 1
        own = self._is_of(customer_id)
        counted = select(_sum(true())).where(self._is_live(budget), own, ~by_staff)
        left = budget.per_customer - int(self._connection.execute(counted).scalar_one())
        return replace(budget, asked=max(1, min(budget.asked, left)))

    def move(
        self, moves: Sequence[GoodwillMove], told: Told, budgets: BudgetsNow = no_budgets
    ) -> GoodwillRefusedError | None:
        """Write what one event grants, confirms and frees; all of it, or nothing and why it cannot be granted.

        Parameters
        ----------
        told
            What was told before, what this transaction is to write included.
        budgets
            What must have room.
        """
        if not any(isinstance(move, Grant) for move in moves):
            self._write(moves, told, budgets)
            return None
        point = self._connection.begin_nested()
        refused = self._write(moves, told, budgets)
        if refused is None:
            point.commit()
        else:
            point.rollback()
        return refused

    def _write(
        self, moves: Sequence[GoodwillMove], told: Told, budgets: BudgetsNow
    ) -> GoodwillRefusedError | None:
        for move in moves:
            if isinstance(move, Grant):
                refused = self._grant_within(move, told, budgets)
                if refused is not None:
                    return refused
            elif move.customer_id in self._holders:
                self._settle(move)
        return None

    def _grant_within(self, grant: Grant, told: Told, budgets: BudgetsNow) -> GoodwillRefusedError | None:
        """Write a grant if its complaints have none and the budgets have room; what was kept for it before is the same money."""
        meant = self._meant(grant)
        if grant.must_fit and self._holds(grant.expires_us):
            refused = (
                self._given_before(grant, meant.asked, told)
                or _in_another_currency(grant, budgets())
                or self._without_room(grant, meant.asked, budgets)
            )
            if refused is not None:
                return refused
        if meant.same is not None and (grant.is_gone or meant.same.expires_us is None):
            self._confirm(meant.same, grant.millionths)
        else:
            self._grant(grant, meant)
        return None

    def _meant(self, grant: Grant) -> _Meant:
        """Return what a grant changes in the book: of what is told again the most counts, and what is gone stays gone."""
        same = None if grant.by_staff else self._same(grant)
        if same is not None:
            known = same.millionths if self._holds(same.expires_us) else 0
            return _Meant(max(grant.millionths - known, 0), same)
        taken = self._out_of_reserved(grant) if grant.is_gone else ()
        kept = sum(part for one, part in taken if self._holds(one.expires_us))
        return _Meant(grant.millionths - kept, None, taken)

    def _given_before(self, grant: Grant, asked: int, told: Told) -> GoodwillGivenError | None:
        """Return why a grant is the second one for its complaint; most customers hold none of another decision, and are not read.

        Of two that were sent for one complaint the first that is accepted is paid: it asks for nothing more.
        """
        if not grant.subjects or not self._has_another(grant):
            return None
        given = given_for(grant, told(grant.customer_id), self._now_us)
        first = next((one for one in given if asked > 0 or one[1].is_accepted), None)
        if first is None:
            return None
        complaint_id, other = first
        return GoodwillGivenError(
            "an apology" if grant.action is None else grant.action,
            complaint_id=complaint_id,
            decision_id=str(other.decision_id),
            is_reserved=other.expires_us is not None,
        )

    def _has_another(self, grant: Grant) -> bool:
        """Whether the customer holds goodwill of another decision."""
        columns = goodwill.c
        query = select(columns.grant_id).where(
            self._is_of(grant.customer_id),
            columns.decision_id != grant.decision_id,
            _agrees(columns.action, grant.action),
            or_(columns.expires_us.is_(None), columns.expires_us > self._now_us),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def _without_room(self, grant: Grant, asked: int, budgets: BudgetsNow) -> GoodwillSpentError | None:
        if asked <= 0:
            return None
        instead_of = grant.grant_id if grant.by_staff else None
        return self.check(grant.customer_id, _asked_of(grant, asked, budgets()), instead_of=instead_of)

    def _same(self, grant: Grant) -> _Kept | None:
        """Return the same grant, told before; what was sent is the reservation of its decision, whatever its rank."""
        columns = goodwill.c
        if grant.request_id is not None:
            is_same = and_(
                columns.decision_id == grant.decision_id,
                columns.request_id == grant.request_id,
                columns.action.is_not_distinct_from(grant.action),
            )
        else:
            is_same = columns.grant_id.in_((grant.grant_id, grant.formerly))
        found = self._kept(grant, is_same)
        if not found and grant.is_gone and not grant.must_fit:
            found = self._kept(grant, self._is_reserved_for(grant))
        return found[0] if found else None

    def _out_of_reserved(self, grant: Grant) -> tuple[tuple[_Kept, int], ...]:
        """Return what its decision has reserved, each with what of it was accepted now."""
        left, taken = grant.millionths, list[tuple[_Kept, int]]()
        for one in self._kept(grant, self._is_reserved_for(grant)):
            taken.append((one, min(left, one.millionths)))
            left -= taken[-1][1]
        return tuple(taken)

    def _is_reserved_for(self, grant: Grant) -> ColumnElement[bool]:
        columns = goodwill.c
        return and_(
            columns.decision_id == grant.decision_id,
            columns.request_id.is_not(None),
            _agrees(columns.action, grant.action),
        )

    def _kept(self, grant: Grant, is_meant: ColumnElement[bool]) -> list[_Kept]:
        """Return what the customer has of it, what still holds first."""
        columns = goodwill.c
        holds = or_(columns.expires_us.is_(None), columns.expires_us > self._now_us)
        query = (
            select(columns.grant_id, columns.millionths, columns.granted_us, columns.expires_us)
            .where(self._is_of(grant.customer_id), is_meant)
            .order_by(holds.desc(), columns.grant_id)
        )
        return [_Kept(*row) for row in self._connection.execute(query)]

    def _holds(self, expires_us: int | None) -> bool:
        return expires_us is None or expires_us > self._now_us

    def _confirm(self, same: _Kept, told: int) -> None:
        is_meant = goodwill.c.grant_id == same.grant_id
        gone = {"expires_us": None, "millionths": max(told, same.millionths)}
        self._connection.execute(update(goodwill).where(is_meant).values(gone))

    def _grant(self, grant: Grant, meant: _Meant) -> None:
        self._holders.add(grant.customer_id)
        if not grant.by_staff and not meant.taken:
            is_drawn = and_(self._is_of(grant.customer_id), goodwill.c.by_staff == 1)
            self._connection.execute(
                delete(goodwill).where(is_drawn, _agrees(goodwill.c.action, grant.action))
            )
        for one, part in meant.taken:
            self._take(one, part)
        held = [one.granted_us for one, _ in meant.taken if self._holds(one.expires_us)]
        upsert_rows(
            self._connection,
            goodwill,
            [
                (
                    grant.grant_id if meant.same is None else meant.same.grant_id,
                    grant.customer_id,
                    int(grant.by_staff),
                    grant.decision_id,
                    grant.request_id,
                    grant.action,
                    grant.currency,
                    grant.millionths,
                    min(held, default=self._now_us),
                    grant.expires_us,
                )
            ],
        )

    def _take(self, one: _Kept, part: int) -> None:
        """Take out of a reservation what was accepted of it."""
        is_meant = goodwill.c.grant_id == one.grant_id
        if part == one.millionths:
            self._connection.execute(delete(goodwill).where(is_meant))
        else:
            left = one.millionths - part
            self._connection.execute(update(goodwill).where(is_meant).values(millionths=left))

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

    def _is_of(self, customer_id: str) -> ColumnElement[bool]:
        subjects = self._subjects_of(customer_id)
        if len(subjects) == 1:
            return goodwill.c.customer_id == subjects[0]
        return self._database.among(goodwill.c.customer_id, subjects)

    def _is_live(self, budget: Budget) -> ColumnElement[bool]:
        expires_us = goodwill.c.expires_us
        since_us = self._now_us - budget.window_us
        return and_(
            _agrees(goodwill.c.action, budget.action),
            _agrees(goodwill.c.currency, budget.currency),
            or_(expires_us.is_(None), expires_us > self._now_us),
            goodwill.c.granted_us > since_us if budget.window_us else true(),
        )


def spent_budgets(
    database: Database, customer_id: str, budgets: Iterable[Budget], now_us: int
) -> list[Budget]:
    """Return the budgets that have no room for what is asked of them."""
    with database.read() as connection:
        book = GoodwillBook(database, connection, now_us, persons_of(database, connection, [customer_id]).of)
        return [one for one in budgets if book.check(customer_id, [one]) is not None]


def used_up_budgets(
    database: Database, customer_id: str, budgets: Iterable[Budget], now_us: int
) -> list[Budget]:
    """Return the budgets that have no room for what is asked of them, nor for what is left of the customer's own if that is less."""
    with database.read() as connection:
        book = GoodwillBook(database, connection, now_us, persons_of(database, connection, [customer_id]).of)
        return [
            one for one in budgets if book.check(customer_id, [book.rest_of(customer_id, one)]) is not None
        ]


def _in_another_currency(grant: Grant, budgets: Sequence[Budget]) -> GoodwillCurrencyError | None:
    """Return why a grant fits none of the budgets of its action: it would be paid and counted by none of them."""
    meant = [one for one in budgets if grant.action in (None, one.action)]
    currencies = [one.currency for one in meant if one.currency is not None]
    if grant.currency is None or len(currencies) < len(meant) or not meant or grant.currency in currencies:
        return None
    return GoodwillCurrencyError(meant[0].action, budget=currencies[0], asked=grant.currency)


def _asked_of(grant: Grant, asked: int, budgets: Sequence[Budget]) -> list[Budget]:
    """Return the budgets that a grant is taken from, with what it asks: of its action, or where it names none of every one."""
    return [
        replace(budget, asked=asked)
        for budget in budgets
        if grant.action in (None, budget.action)
        and (grant.currency is None or budget.currency in (None, grant.currency))
    ]


def _sum(counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(goodwill.c.millionths).filter(counted), 0)


def _agrees(column: ColumnElement[str | None], value: str | None) -> ColumnElement[bool]:
    """A grant that names no action, or no currency, counts for each."""
    return true() if value is None else or_(column.is_(None), column == value)
