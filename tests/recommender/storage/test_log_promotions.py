"""Promotions in the log, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from recommender.catalog import CatalogItem, Promotion
from recommender.errors import NotFoundError
from recommender.storage.log import EventLog

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
NOON_S = int((MONDAY + timedelta(hours=12)).timestamp())


def show(item: str = "mug", week: int = 0, **changes: object) -> Promotion:
    start = MONDAY + week * WEEK
    given = {
        "item_id": item,
        "kind": "display",
        "active_from": start,
        "active_until": start + WEEK,
        "announced_at": start,
    }
    return Promotion(**(given | changes))  # type: ignore[arg-type]  # a test names the fields it means


@pytest.fixture
def shop(log: EventLog) -> EventLog:
    log.put_items([CatalogItem(item_id="mug", price=Decimal(4), currency="EUR"), CatalogItem(item_id="cup")])
    return log


def test_a_shop_without_promotions_has_none(log: EventLog) -> None:
    assert (len(log.promotions()), log.promotions().kinds, log.promotions().version) == (0, (), 0)
    assert log.put_promotions([]).version == 0


def test_promotions_come_back_as_they_were_written(shop: EventLog) -> None:
    shop.put_promotions([show("cup", kind="mailer", share=0.25, discount=0.3), show(price=Decimal("3.50"))])
    found = shop.promotions()
    assert found.kinds == ("display", "mailer")
    assert found.running(NOON_S, NOON_S, size=2).tolist() == [[1.0, 0.0], [0.0, 0.25]]
    assert found.rows.price[0] == 3.5
    assert np.isnan(found.rows.discount[0])
    assert found.priced(shop.catalogue()).rows.discount.tolist() == [np.float32(0.125), np.float32(0.3)]


def test_the_same_again_writes_nothing_and_a_correction_makes_one_version(shop: EventLog) -> None:
    first = shop.put_promotions([show("mug"), show("cup")])
    assert (first.version, first.new, first.changed) == (2, 2, 0)
    again = shop.put_promotions([show("cup"), show("mug")])
    assert (again.version, again.new, again.changed) == (2, 0, 0)
    mended = shop.put_promotions([show("mug", share=0.5), show("cup"), show("cup", week=1)])
    assert (mended.version, mended.new, mended.changed) == (3, 1, 1)
    assert shop.catalogue_version() == shop.promotions().version == 3
    assert shop.promotions().running(NOON_S, NOON_S, size=2).tolist() == [[0.5], [1.0]]


def test_of_two_with_one_identity_the_later_holds(shop: EventLog) -> None:
    assert shop.put_promotions([show(share=0.1), show(share=0.9)]).new == 1
    assert shop.promotions().rows.share.tolist() == [np.float32(0.9)]


def test_an_item_that_nobody_knows_writes_nothing(shop: EventLog) -> None:
    with pytest.raises(NotFoundError, match="no item 'pot' to promote"):
        shop.put_promotions([show("mug"), show("pot")])
    assert len(shop.promotions()) == 0


def test_what_is_no_longer_planned_is_called_off_from_now_on_and_the_past_stays(url: str) -> None:
    now = MONDAY + timedelta(days=9)
    with EventLog.open(url, clock=lambda: now) as log:
        log.put_items([CatalogItem(item_id="mug"), CatalogItem(item_id="cup")])
        plan = [show("mug", week) for week in range(3)] + [show("cup", 2, announced_at=MONDAY)]
        log.put_promotions(plan)
        assert log.withdraw_promotions([plan[1]]).changed == 2
        found, now_s = log.promotions(), int(now.timestamp())
        third_week_s = int((MONDAY + 2 * WEEK).timestamp())
        assert found.running(NOON_S, NOON_S, size=2)[:, 0].tolist() == [1, 0], "the past stays"
        assert found.running(now_s, now_s, size=2)[:, 0].tolist() == [1, 0], "what is kept runs on"
        assert found.running(third_week_s, now_s - 1, size=2)[:, 0].tolist() == [0, 1], (
            "it was known until now"
        )
        assert found.running(third_week_s, now_s, size=2)[:, 0].tolist() == [0, 0]
        assert log.withdraw_promotions([plan[1]]).changed == 0
        assert log.put_promotions(plan).changed == 2, "planned again"


def test_serving_reads_only_what_has_not_ended(shop: EventLog) -> None:
    shop.put_promotions([show(week=week) for week in range(4)])
    assert len(shop.promotions(ending_after=MONDAY + 2 * WEEK)) == 2


def test_a_log_of_an_earlier_version_gets_the_table(url: str) -> None:
    with EventLog.open(url) as log:
        log.put_items([CatalogItem(item_id="mug")])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE promotions"))
    engine.dispose()
    with EventLog.open(url) as log:
        assert log.put_promotions([show()]).new == 1


def test_many_promotions_come_back_as_they_were(log: EventLog) -> None:
    items = [CatalogItem(item_id=f"i{number}") for number in range(200)]
    log.put_items(items)
    plan = [show(item.item_id, week, kind=f"k{week % 3}") for week in range(100) for item in items]
    assert log.put_promotions(plan).new == 20_000
    found = log.promotions()
    assert len(found) == 20_000
    assert found.kinds == ("k0", "k1", "k2")
    assert found.running(NOON_S, NOON_S, size=200).sum(axis=0).tolist() == [200.0, 0.0, 0.0]
    assert log.put_promotions(plan).new == 0


def test_promotions_are_read_as_they_were_at_every_version(shop: EventLog) -> None:
    versions = [
        shop.put_promotions([show("mug", share=1.0)]).version,
        shop.put_promotions([show("cup", share=0.5)]).version,
        shop.put_promotions([show("mug", share=0.25)]).version,
    ]
    then = [shop.promotions(at_version=version) for version in (versions[0] - 1, *versions)]
    assert [len(found) for found in then] == [0, 1, 2, 2]
    shares = [found.running(NOON_S, NOON_S, size=2)[:, 0].tolist() for found in then[1:]]
    assert shares == [[1.0, 0.0], [1.0, 0.5], [0.25, 0.5]]
