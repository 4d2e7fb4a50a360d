"""Made-up shops of very different sizes and habits, as order lines: what a log would hold."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.items import CatalogItem
from recommender.customers import FoldedCustomers, OrderLines, fold_columns
from recommender.customers.lines import no_names
from recommender.data import Purchases, purchases_from
from recommender.types import CustomerId, Float64Array, Int64Array, ItemId, ItemNumber

DAY_US = 86_400 * 1_000_000
END_DAY = 20_454


@dataclass(frozen=True)
class Market:
    """A shop whose customers each have one of a few tastes, and staples that they buy again and again."""

    customers: int
    items: int
    days: int
    orders: int
    """Of each customer, spread evenly at random over all days."""
    lines: int
    """Of each order."""
    tastes: int = 8
    staples: int = 4
    priced: bool = True
    described: bool = True
    whole_days: bool = False
    closed: tuple[int, int] = (0, 0)
    """Days from the first that nobody buys, begin and end."""
    guests: float = 0.05
    returns: float = 0.03

    @property
    def end_s(self) -> int:
        return END_DAY * 86_400

    def order_lines(self, seed: int = 5) -> OrderLines:
        rng = np.random.default_rng(seed)
        orders = self.customers * self.orders
        day = rng.uniform(0, self.days, orders)
        day = day[(day < self.closed[0]) | (day >= self.closed[1])]
        who = rng.integers(0, self.customers, len(day))
        order = np.repeat(np.arange(len(day)), self.lines)
        customer = np.where(rng.random(len(day)) < self.guests, -1, who)[order]
        at = END_DAY - self.days + (np.floor(day) if self.whole_days else day)[order]
        item = self._items(who[order], rng)
        bought = OrderLines(
            customer=customer.astype(np.int32),
            order=order.astype(np.int32),
            number=item.astype(np.uint32),
            quantity=rng.integers(1, 4, len(item)).astype(np.float64),
            at_us=(at * DAY_US).astype(np.int64),
            kind=np.zeros(len(item), np.uint8),
            is_gift=np.zeros(len(item), np.bool_),
            rank=np.arange(len(item), dtype=np.int64),
            unit_price=self._prices(rng)[item],
            serial=no_names(len(item)),
            line=no_names(len(item)),
        )
        return _with_returns(bought, self.returns, rng)

    def _items(self, who: Int64Array, rng: np.random.Generator) -> Int64Array:
        """Return what each line buys: half from the taste's own shelf, a quarter staples, a quarter anything popular."""
        shelf = max(self.items // self.tastes, 1)
        own = (who % self.tastes) * shelf + rng.integers(0, shelf, len(who))
        popular = (self.items * rng.random(len(who)) ** 3).astype(np.int64)
        staple = (who * 7 + rng.integers(0, self.staples, len(who)) * 13) % self.items
        kind = rng.random(len(who))
        return np.where(kind < 0.5, own, np.where(kind < 0.75, staple, popular))

    def _prices(self, rng: np.random.Generator) -> Float64Array:
        prices = np.round(rng.lognormal(1.5, 0.8, self.items), 2)
        return prices if self.priced else np.full(self.items, np.nan)

    def catalogue(self) -> Catalogue:
        if not self.described:
            return Catalogue.empty()
        shelf = max(self.items // self.tastes, 1)
        numbers = {ItemId(f"i{number}"): ItemNumber(number) for number in range(self.items)}
        items = [
            CatalogItem(
                item_id=name, name=f"thing {number} of {number % 97}", category=(f"shelf {number // shelf}",)
            )
            for name, number in numbers.items()
        ]
        return Catalogue.build(1, items, numbers)

    def purchases(self, lines: OrderLines, catalogue: Catalogue) -> Purchases:
        return purchases_from(
            lines,
            [f"c{code}" for code in range(self.customers)],
            [f"i{number}" for number in range(self.items)],
            catalogue=catalogue,
            until_us=END_DAY * DAY_US,
        )

    def states(self, lines: OrderLines) -> FoldedCustomers:
        """Return what serving knows of each customer."""
        known = lines.customer >= 0
        named = OrderLines(**{name: getattr(lines, name)[known] for name in OrderLines.__dataclass_fields__})
        ids = [CustomerId(f"c{code}") for code in range(self.customers)]
        return fold_columns(named, ids, np.ones(self.customers, np.int64))


def _with_returns(bought: OrderLines, share: float, rng: np.random.Generator) -> OrderLines:
    back = np.flatnonzero((rng.random(len(bought)) < share) & (bought.customer >= 0))
    later = replace(
        _rows(bought, back),
        kind=np.ones(len(back), np.uint8),
        at_us=bought.at_us[back] + (rng.uniform(1, 40, len(back)) * DAY_US).astype(np.int64),
    )
    return _ranked(bought, later)


def _rows(lines: OrderLines, rows: Int64Array) -> OrderLines:
    return OrderLines(**{name: getattr(lines, name)[rows] for name in OrderLines.__dataclass_fields__})


def _ranked(*parts: OrderLines) -> OrderLines:
    names = OrderLines.__dataclass_fields__
    whole = OrderLines(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    by_time = _rows(whole, np.argsort(whole.at_us, kind="stable"))
    return replace(by_time, rank=np.arange(len(by_time), dtype=np.int64))
