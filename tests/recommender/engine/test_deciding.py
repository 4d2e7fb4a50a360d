"""What an installation brings to the one decision function."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from recommender.decisions.request import DecisionRequest
from recommender.engine.deciding import Deciding
from recommender.engine.snapshots import Snapshot
from recommender.storage.log import EventLog
from recommender.types import CustomerId, DecisionId
from tests.recommender.decisions.brand import OFFER, brand_of
from tests.recommender.decisions.tiny_shop import NOW_S, shop_of

SHOP = shop_of("ring", "mug")


def test_a_holdout_is_drawn_for_each_visitor_whom_nobody_knows_and_once_for_each_customer(
    tmp_path: Path,
) -> None:
    brand = brand_of(SHOP, replace(OFFER, id="spring-sale", holdout=0.3))
    book = brand.repertoire.playbook
    snapshot = Snapshot(
        SHOP.models, SHOP.assortment, SHOP.assortment.model_version, SHOP.models, book, brand.repertoire
    )
    log = EventLog.open(f"sqlite:///{tmp_path}/log.sqlite")
    deciding = Deciding(log, lambda: datetime.fromtimestamp(NOW_S, UTC), bytes)

    def is_told(draw: int, customer: str | None) -> bool:
        who = None if customer is None else CustomerId(customer)
        name = DecisionId(f"d{draw}")
        return bool(
            deciding.decide_as(name, SHOP.customer(), DecisionRequest(), snapshot, NOW_S, who).actions
        )

    told = [is_told(draw, None) for draw in range(400)]
    assert 0.6 < sum(told) / 400 < 0.8
    assert [is_told(draw, None) for draw in range(400)] == told
    for customer in ("ann", "bo", "cy", "di"):
        assert len({is_told(draw, customer) for draw in range(20)}) == 1
    log.close()
