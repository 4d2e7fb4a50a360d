"""A change of the catalogue is used at once, by who made it and by the other workers of the machine."""

import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipKind, OwnershipRule
from recommender.catalog.patching import ItemPatch
from recommender.decisions.request import DecisionRequest
from recommender.engine.engine import Engine
from recommender.engine.snapshots import Snapshot
from recommender.errors import InvalidItemError
from recommender.types import ItemId
from tests.recommender.engine.shops import BEN, NOON, buy, read, wait_until

Workers = tuple[Engine, Engine]


def offered(engine: Engine, snapshot: Snapshot) -> list[str]:
    decision = engine.decide(read(engine, BEN), DecisionRequest(k=5), snapshot, NOON)
    return [engine.catalogue().name(action.item or 0) for action in decision.actions]


def test_an_item_that_sold_out_is_not_offered_any_more(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug", "pot")
    models = first.popularity_fallback(NOON.replace(day=2))
    assert sorted(offered(first, first.snapshot_for(models, FALLBACK))) == ["mug", "pot"]
    assert sorted(offered(second, second.snapshot_for(models, FALLBACK))) == ["mug", "pot"]
    first.put_items([CatalogItem(item_id="mug", name="Mug", available=False)])
    assert offered(first, first.snapshot_for(models, FALLBACK)) == ["pot"]
    wait_until(lambda: offered(second, second.snapshot_for(models, FALLBACK)) == ["pot"], seconds=2)


def test_another_worker_knows_at_once_that_its_catalogue_is_too_old(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug", "pot")
    models = first.popularity_fallback(NOON.replace(day=2))
    second.refresh_catalogue()
    assert second.is_catalogue_current()
    first.put_items([CatalogItem(item_id="mug", available=False)])
    assert not second.is_catalogue_current()
    second.refresh_catalogue()
    assert second.is_catalogue_current()
    assert offered(second, second.snapshot_for(models, FALLBACK)) == ["pot"]


def test_the_version_moves_with_a_change_and_only_then(workers: Workers) -> None:
    first, second = workers
    items = [CatalogItem(item_id="mug", name="Mug")]
    version = first.put_items(items)
    assert first.catalogue().version == version
    assert first.put_items(items) == version
    wait_until(lambda: second.catalogue().version == version, seconds=2)


def test_ownership_rules_are_used_at_once(workers: Workers) -> None:
    first, _ = workers
    first.put_items([CatalogItem(item_id="mug", category=("kitchen",))])
    first.put_ownership([OwnershipRule(kind="consumable", category=("kitchen",))])
    number = first.log.numbers[ItemId("mug")]
    assert first.catalogue().ownership_kind[number] == OwnershipKind.CONSUMABLE


def test_an_item_that_does_not_fit_writes_nothing(workers: Workers) -> None:
    first, _ = workers
    before = first.catalogue().version
    with pytest.raises(InvalidItemError):
        first.put_items([CatalogItem(item_id="mug"), CatalogItem(item_id="\0")])
    assert first.catalogue().version == before


def test_a_snapshot_is_built_once_per_bundle(workers: Workers) -> None:
    first, _ = workers
    models = first.popularity_fallback(NOON)
    assert first.snapshot_for(models, FALLBACK) is first.snapshot_for(models, FALLBACK)


def test_a_patch_is_used_at_once_by_every_worker_and_leaves_the_rest(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug", "pot")
    first.put_items([CatalogItem(item_id="mug", name="Mug")])
    models = first.popularity_fallback(NOON.replace(day=2))
    second.refresh_catalogue()
    first.patch_items([ItemPatch(ItemId("mug"), {"available": False})])
    assert offered(first, first.snapshot_for(models, FALLBACK)) == ["pot"]
    assert not second.is_catalogue_current()
    second.refresh_catalogue()
    assert offered(second, second.snapshot_for(models, FALLBACK)) == ["pot"]
    assert second.catalogue().items[ItemId("mug")].name == "Mug"
