"""Promotions through the engine: written, seen at once, made into columns once an hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.catalog import CatalogItem, Promotion
from recommender.engine.engine import Engine
from recommender.engine.promotions import PAST, PromotionCache
from recommender.engine.settings import Settings
from recommender.errors import InvalidItemError
from recommender.fitting import FitConfig, fit_models
from recommender.models import FittedModels, Ranker
from recommender.models.fitted import offer_tables_of
from recommender.storage.log import EventLog
from recommender.types import ItemId, ModelVersion
from tests.recommender.data.worlds import DAY, START, shop

NOW = datetime(2024, 6, 5, 10, 20, tzinfo=UTC)
MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
WEEK_S = 7 * 86_400


def show(item: str = "mug", begin: datetime = MONDAY, **changes: object) -> Promotion:
    fields = {
        "item_id": item,
        "kind": "display",
        "active_from": begin,
        "active_until": begin + WEEK,
        "announced_at": begin,
    }
    return Promotion(**(fields | changes))  # type: ignore[arg-type]  # a test names the fields it means


def test_an_engine_knows_its_own_promotions_at_once(tmp_path: Path) -> None:
    with Engine.open(Settings.load(home=tmp_path), clock=lambda: NOW) as engine:
        engine.put_items([CatalogItem(item_id="mug"), CatalogItem(item_id="cup")])
        assert engine.promotion_columns(NOW, ("display",), WEEK_S).running.tolist() == [[0], [0]]
        later = show("cup", MONDAY + WEEK, announced_at=MONDAY)
        written = engine.put_promotions([show(), later])
        assert (written.new, written.version) == (2, engine.catalogue().version)
        columns = engine.promotion_columns(NOW, ("mailer", "display"), WEEK_S)
        assert columns.running.tolist() == [[0, 1], [0, 0]]
        left = (MONDAY + WEEK - NOW.replace(minute=0)).total_seconds() / WEEK_S
        assert columns.planned[:, 1].tolist() == pytest.approx([left, 1 - left])
        assert engine.withdraw_promotions([show()]).changed == 1
        assert engine.promotion_columns(NOW + timedelta(hours=1), ("display",), WEEK_S).planned[
            1
        ].tolist() == [0]


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with Engine.open(Settings.load(home=tmp_path)) as engine:
        engine.put_items([CatalogItem(item_id="mug")])
        with pytest.raises(InvalidItemError, match="active_until"):
            engine.put_promotions([show(active_until=MONDAY)])
        assert len(engine.log.promotions()) == 0


def test_columns_are_made_once_an_hour_and_again_when_the_catalogue_moved(tmp_path: Path) -> None:
    with EventLog.open(f"sqlite:///{tmp_path}/log.db") as log:
        version = log.put_items([CatalogItem(item_id="mug")])
        cache = PromotionCache(log)

        def columns(now: datetime, version: int) -> object:
            return cache.columns(now, version, kinds=("display",), window_s=WEEK_S, size=1)

        first = columns(NOW, version)
        assert columns(NOW + timedelta(minutes=39), version) is first
        assert columns(NOW + timedelta(minutes=40), version) is not first
        moved = log.put_promotions([show()]).version
        assert columns(NOW, moved) is not first


def test_only_what_can_still_matter_is_held(tmp_path: Path) -> None:
    with EventLog.open(f"sqlite:///{tmp_path}/log.db") as log:
        log.put_items([CatalogItem(item_id="mug")])
        version = log.put_promotions([show(), show(begin=NOW - PAST - WEEK)]).version
        assert len(PromotionCache(log).refresh(NOW, version)) == 1
        assert len(log.promotions()) == 2


def ranked_models(kinds: tuple[str, ...]) -> FittedModels:
    """Return models of mug (0) and cup (1) whose ranker reads the promotions of some kinds."""
    lines = [(customer, customer, name, float(customer)) for customer in range(6) for name in ("cup", "mug")]
    models = fit_models(shop(lines, 6), FitConfig(), now_s=START + 9 * DAY)
    return replace(models, ranker=replace(Ranker.absent(), kinds=kinds))


def test_what_is_planned_reaches_the_ranker_at_once_and_moves_with_the_hour(tmp_path: Path) -> None:
    times = [NOW]
    with Engine.open(Settings.load(home=tmp_path), clock=lambda: times[0]) as engine:
        engine.put_items([CatalogItem(item_id="cup"), CatalogItem(item_id="mug")])
        models = ranked_models(("display",))

        def planned() -> list[float]:
            now = offer_tables_of(engine.snapshot_for(models, ModelVersion("1")).models).facts.promoted
            return [float(now[models.items.ids.index(ItemId(name)), 0]) for name in ("cup", "mug")]

        assert planned() == [0, 0]
        engine.put_promotions([show("mug", MONDAY + WEEK, announced_at=MONDAY)])
        window_s = models.window_days * 86_400
        assert planned() == pytest.approx([0, WEEK_S / window_s])
        times[0] = MONDAY + WEEK + timedelta(days=6)
        engine.refresh_catalogue()
        assert planned() == pytest.approx([0, 86_400 / window_s])


def test_a_ranker_that_reads_no_promotions_is_served_as_it_is(tmp_path: Path) -> None:
    with Engine.open(Settings.load(home=tmp_path), clock=lambda: NOW) as engine:
        engine.put_items([CatalogItem(item_id="mug")])
        engine.put_promotions([show()])
        models = ranked_models(())
        snapshot = engine.snapshot_for(models, ModelVersion("1"))
        assert snapshot.models is models
        engine.refresh_catalogue()
        assert engine.snapshot_for(models, ModelVersion("1")) is snapshot
