"""Compiles all kernels on a made-up shop, so that neither training nor the first request waits for the compiler.

Nobody lists the kernels or the types of their arguments: a shop is learned from and decided for as every other one, in
the order in which an installation needs the kernels. What numba compiles stays in its cache, which processes share; it
writes a file whole or not at all, so another command may compile the same kernel meanwhile.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from recommender.bundles import BundleMetadata, load_bundle
from recommender.candidates.assortment import UNREGISTERED
from recommender.customers import fold_columns, pack, unpack
from recommender.engine.deciding import Deciding
from recommender.engine.grounds import grounds_of
from recommender.engine.snapshots import snapshot_of
from recommender.engine.warming import warm_up
from recommender.events.vocabulary import AnyEvent, OrderLine, Purchase, Return, ReturnLine
from recommender.fitting import FitConfig, select_and_fit
from recommender.fitting.config import BlendConfig, RankerConfig, ReplenishmentConfig, TreesConfig
from recommender.models import FittedModels
from recommender.playbook.reading import default_playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.bundle_files import saved_bundle
from training.learning_data import LearningData, learning_data

CUSTOMERS, ITEMS, ORDERS, HABITS = 60, 40, 16, 8
OPENED = datetime(2024, 1, 1, tzinfo=UTC)
CLOSED = OPENED + timedelta(days=180)


def compile_everything() -> None:
    """Compile what the cache does not hold yet: a minute or two of one processor, or a few seconds.

    Raises
    ------
    RapportError
        Nothing can be learned from the shop.
    """
    with tempfile.TemporaryDirectory(prefix="rapport-warm-") as name:
        folder = Path(name)
        with contextlib.closing(EventLog.open(f"sqlite:///{folder / 'log.sqlite'}")) as log:
            data = _logged(log)
            learned = select_and_fit(data.purchases, data.catalogue, small_config(), until_s=data.until_s)
            with saved_bundle(learned.models, folder / "bundles", BundleMetadata()) as bundle:
                models, _ = load_bundle(bundle, verify=False)
                decide_first(log, models, data)


def decide_first(log: EventLog, models: FittedModels, data: LearningData) -> None:
    """Decide from a bundle as a server does that takes it into service."""
    grounds = grounds_of(default_playbook(), data.catalogue, is_declared=False)
    snapshot = snapshot_of(models, UNREGISTERED, grounds, None)
    warm_up(Deciding(log, lambda: data.as_of, os.urandom), snapshot, data.as_of)


def small_config() -> FitConfig:
    """Return settings under which a small shop uses every kernel of a large one."""
    return FitConfig(
        blend=BlendConfig(windows=1),
        ranker=RankerConfig(
            windows=1, year_ago=False, min_positives=1, errors=100.0, trees=TreesConfig(trees=2, min_rows=5)
        ),
        replenishment=ReplenishmentConfig(min_repeats=1, trees=2),
    )


def made_up_events() -> Iterator[AnyEvent]:
    """Yield the orders of 60 customers over half a year, and one return.

    Everybody goes round through eight items of their own, so that what was bought longest ago comes next, which is to be
    learned and no frequency says, and takes one of all items along.
    """
    rng = np.random.default_rng(1)
    for customer in range(CUSTOMERS):
        days = np.sort(rng.uniform(0, (CLOSED - OPENED).days, ORDERS))
        own = rng.permutation(ITEMS)[:HABITS].tolist()
        for order, day in enumerate(days.tolist()):
            items = [own[2 * order % HABITS], own[(2 * order + 1) % HABITS], int(rng.integers(ITEMS))]
            yield _purchase(
                f"customer-{customer}", f"{customer}-{order}", OPENED + timedelta(days=day), items
            )
    line = ReturnLine(item_id="item-0")
    yield Return(
        source="shop",
        event_id="back",
        occurred_at=CLOSED,
        customer_id=CustomerId("customer-0"),
        lines=(line,),
    )


def _purchase(customer: str, order: str, at: datetime, items: list[int]) -> Purchase:
    return Purchase(
        source="shop",
        event_id=order,
        occurred_at=at,
        customer_id=CustomerId(customer),
        order_id=order,
        lines=tuple(OrderLine(item_id=f"item-{item}") for item in dict.fromkeys(items)),
    )


def _logged(log: EventLog) -> LearningData:
    """Write the shop to a log, fold its customers, and read what teaches."""
    log.append_bulk(made_up_events())
    logged = log.order_lines()
    customers = [CustomerId(one) for one in logged.customer_ids]
    folded = fold_columns(logged.lines, customers, logged.customer_versions)
    unpack(pack(folded.state(0)))
    return learning_data(log, None, now=CLOSED + timedelta(days=1))
