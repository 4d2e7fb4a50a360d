"""A home in memory: what several benchmarks start from."""

from dataclasses import dataclass
from pathlib import Path

from scipy.sparse import csr_matrix

from recommender.bundles import load_bundle
from recommender.catalog import Catalogue
from recommender.customers import CustomerState, fold_columns
from recommender.data.assembly import purchases_from
from recommender.data.holdings import holdings_of
from recommender.data.matrix import purchase_matrix
from recommender.data.purchases import Purchases
from recommender.engine.opening import open_log
from recommender.engine.settings import Settings
from recommender.models import FittedModels
from recommender.types import CustomerId


@dataclass(frozen=True, slots=True)
class Learned:
    """The log of a home, read once.

    Attributes
    ----------
    matrix
        Customers x items, 1 where something was bought: what ``implicit`` is given.
    """

    home: Path
    purchases: Purchases
    matrix: csr_matrix
    catalogue: Catalogue
    customers: list[CustomerId]
    states: list[CustomerState]
    now_s: int


def read_learned(home: Path) -> Learned:
    """Read the log of a home whose model is trained."""
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
    return Learned(home, purchases, matrix, catalogue, customers, states, until_us // 1_000_000)


def models_of(learned: Learned) -> FittedModels:
    """Return the first bundle of a home."""
    bundle = next(path for path in sorted((learned.home / "bundles").iterdir()) if path.is_dir())
    models, _ = load_bundle(bundle)
    return models
