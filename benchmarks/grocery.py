"""Complete Journey in memory: what several benchmarks start from."""

from dataclasses import dataclass
from pathlib import Path

from scipy.sparse import csr_matrix

from benchmarks.homes import grocery_home
from recommender.catalog import Catalogue
from recommender.customers import CustomerState, fold_columns
from recommender.data.assembly import purchases_from
from recommender.data.holdings import holdings_of
from recommender.data.matrix import purchase_matrix
from recommender.data.purchases import Purchases
from recommender.engine.opening import open_log
from recommender.engine.settings import Settings
from recommender.types import CustomerId


@dataclass(frozen=True, slots=True)
class Grocery:
    """The log of Complete Journey, read once.

    Attributes
    ----------
    matrix
        Households x items, 1 where something was bought: what ``implicit`` is given.
    """

    home: Path
    purchases: Purchases
    matrix: csr_matrix
    catalogue: Catalogue
    customers: list[CustomerId]
    states: list[CustomerState]
    now_s: int


def read_grocery(folder: Path) -> Grocery:
    """Read the home of Complete Journey, making it first where there is none."""
    home = grocery_home(folder)
    log = open_log(Settings.load(home=home))
    catalogue, logged = log.catalogue(), log.order_lines()
    log.close()
    customers = [CustomerId(one) for one in logged.customer_ids]
    folded = fold_columns(logged.lines, customers, logged.customer_versions)
    until_us = int(logged.lines.at_us.max()) + 1
    purchases = purchases_from(
        logged.lines, logged.customer_ids, logged.item_ids, catalogue=catalogue, until_us=until_us
    )
    matrix = purchase_matrix(holdings_of(purchases))
    states = [folded.state(row) for row in range(len(customers))]
    return Grocery(home, purchases, matrix, catalogue, customers, states, until_us // 1_000_000)
