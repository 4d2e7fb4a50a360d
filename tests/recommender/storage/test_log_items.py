"""Item numbers, the catalogue and its history, ownership rules."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from recommender.catalog import CatalogItem, ItemPatch, Ownership, OwnershipKind, OwnershipRule
from recommender.errors import InvalidItemError, NotFoundError, UnknownItemsError
from recommender.events.vocabulary import Return, ReturnLine
from recommender.storage.log import EventLog
from recommender.storage.results import ItemCount
from recommender.types import ItemId
from tests.recommender.storage.log_worlds import NOON, order, view

MUG = CatalogItem(
    item_id="mug", name="Mug", category=("kitchen", "cups"), price=Decimal("4.50"), currency="EUR"
)
CUP = CatalogItem(item_id="cup", available=False, active_until=datetime(2025, 1, 1, tzinfo=UTC))


def test_numbers_are_given_in_the_order_of_first_sight_and_stay(log: EventLog) -> None:
    log.append([order("1", "mug", "cup", "mug"), order("2", "pot", "cup")])
    log.append_bulk([order("3", "jug", "mug")])
    expected = {"mug": 0, "cup": 1, "pot": 2, "jug": 3}
    assert dict(log.numbers) == expected
    assert list(log.numbers) == list(expected)
    assert [log.numbers.id_of(number) for number in range(4)] == list(expected)
    assert len(log.numbers) == 4


def test_only_purchases_and_the_catalogue_number_an_item(log: EventLog) -> None:
    back = Return(
        source="shop", event_id="r", occurred_at=NOON, customer_id="ada", lines=(ReturnLine(item_id="pot"),)
    )
    log.append([view("1", item="made-up"), back])
    assert dict(log.numbers) == {}
    log.put_items([CUP])
    assert dict(log.numbers) == {"cup": 0}


def test_an_unknown_item_has_no_number(log: EventLog) -> None:
    assert log.number_of(ItemId("mug")) is None
    for number in (-1, 0, 10**12):
        with pytest.raises(KeyError):
            log.numbers.id_of(number)


def test_numbers_can_be_asked_for_ahead(log: EventLog) -> None:
    log.append([order("1", "mug")])
    assert log.ensure_numbers([ItemId("cup"), ItemId("mug"), ItemId("cup")]) == [1, 0, 1]
    assert log.ensure_numbers([]) == []
    assert log.head() == 1
    log.append([order("2", "pot")])
    assert log.number_of(ItemId("pot")) == 2


def test_an_empty_catalogue_has_version_zero(log: EventLog) -> None:
    assert (log.catalogue_version(), log.catalogue().version, len(log.catalogue())) == (0, 0, 0)
    assert log.put_items([]) == 0


def test_the_catalogue_and_the_events_share_their_numbers(log: EventLog) -> None:
    log.append([order("1", "pot", "mug")])
    assert log.put_items([CUP, MUG]) == 1
    catalogue = log.catalogue()
    assert dict(catalogue.numbers) == {"pot": 0, "mug": 1, "cup": 2}
    assert dict(catalogue.items) == {"cup": CUP, "mug": MUG}
    assert catalogue.available.tolist() == [True, True, False]


def test_unchanged_items_make_no_version(log: EventLog) -> None:
    assert log.put_items([MUG, CUP]) == 1
    assert log.put_items([CUP, MUG]) == 1
    dearer = CatalogItem(item_id="mug", name="Mug", price=Decimal(5), currency="EUR")
    assert log.put_items([CUP, dearer]) == 2
    assert log.catalogue_version() == log.catalogue().version == 2
    assert log.catalogue().items[ItemId("mug")] == dearer
    assert [version for version, _ in log.item_history(ItemId("cup"))] == [1]
    assert log.item_history(ItemId("mug")) == [(1, MUG), (2, dearer)]
    assert log.put_items([MUG]) == 3
    assert log.catalogue().items[ItemId("mug")] == MUG
    assert log.item_history(ItemId("nothing")) == []


def test_of_two_items_with_one_id_the_later_holds(log: EventLog) -> None:
    renamed = CatalogItem(item_id="mug", name="Beaker")
    assert log.put_items([MUG, renamed]) == 1
    assert log.catalogue().items == {"mug": renamed}


def patch(item_id: str, **fields: object) -> ItemPatch:
    return ItemPatch(ItemId(item_id), fields)


def test_a_patch_changes_some_fields_and_counts_what_it_changed(log: EventLog) -> None:
    log.append([order("1", "pot")])
    log.put_items([MUG, CUP])
    count = log.patch_items([patch("mug", available=False), patch("cup"), patch("pot", name="Pot")])
    assert count == ItemCount(version=2, items=3, changed=2, new=1)
    items = log.catalogue().items
    assert items[ItemId("mug")] == msgspec.structs.replace(MUG, available=False)
    assert (items[ItemId("cup")], items[ItemId("pot")].name) == (CUP, "Pot")
    assert log.patch_items([patch("mug", available=False)]) == ItemCount(2, items=1, changed=0, new=0)
    assert log.patch_items([]) == ItemCount(2, items=0, changed=0, new=0)


def test_a_patch_for_unknown_items_names_them_all_and_writes_nothing(log: EventLog) -> None:
    log.put_items([MUG])
    with pytest.raises(UnknownItemsError) as refused:
        log.patch_items([patch("mug", name="Beaker"), *(patch(f"no-{place}") for place in range(5))])
    assert refused.value.item_ids == ("no-0", "no-1", "no-2", "no-3", "no-4")
    assert refused.value.found == "no-0, no-1, no-2 and 2 more"
    assert (log.catalogue().items, log.catalogue_version(), len(log.numbers)) == ({"mug": MUG}, 1, 1)


def test_a_patch_that_does_not_fit_writes_nothing(log: EventLog) -> None:
    log.put_items([MUG, CUP])
    with pytest.raises(InvalidItemError):
        log.patch_items([patch("mug", name="Beaker"), patch("cup", price="-1")])
    assert (log.catalogue().items, log.catalogue_version()) == ({"mug": MUG, "cup": CUP}, 1)


def test_unknown_items_can_be_added_by_what_is_said_of_them(log: EventLog) -> None:
    log.put_items([MUG])
    assert log.upsert_items([patch("mug", price=None), patch("jug", name="Jug")]) == ItemCount(2, 2, 2, 1)
    assert log.catalogue().items == {
        "mug": msgspec.structs.replace(MUG, price=None), "jug": CatalogItem(item_id="jug", name="Jug")
    }  # fmt: skip


def test_feeds_that_patch_one_item_at_the_same_moment_lose_nothing(url: str) -> None:
    with EventLog.open(url) as one, EventLog.open(url) as other, ThreadPoolExecutor(4) as threads:
        one.put_items([MUG])
        feeds = [
            threads.submit(log.patch_items, [patch("mug", attributes={f"{name}-{turn}": "said"})])
            for turn in range(10)
            for name, log in (("stock", one), ("prices", other))
        ]
        assert sorted(feed.result().version for feed in feeds) == list(range(2, 22))
        assert len(one.catalogue().items[ItemId("mug")].attributes) == 20


def test_ownership_rules_are_part_of_the_catalogue(log: EventLog) -> None:
    log.put_items([MUG, CUP])
    rules = (
        OwnershipRule(kind="consumable", category=("kitchen",)),
        OwnershipRule(kind="cool_down", cool_down_days=9, category=()),
    )
    assert log.put_ownership(rules) == 2
    assert log.put_ownership(rules) == 2
    catalogue = log.catalogue()
    assert (catalogue.version, catalogue.rules) == (2, rules)
    assert catalogue.ownership_kind.tolist() == [OwnershipKind.CONSUMABLE, OwnershipKind.COOL_DOWN]
    assert catalogue.cool_down_days.tolist() == [0, 9]
    assert log.put_items([CatalogItem(item_id="mug", ownership=Ownership("own_once"))]) == 3
    assert log.catalogue().ownership_kind.tolist() == [OwnershipKind.OWN_ONCE, OwnershipKind.COOL_DOWN]
    assert log.put_ownership(()) == 4
    assert log.catalogue().rules == ()


def test_another_process_sees_the_new_version(url: str) -> None:
    with EventLog.open(url) as one, EventLog.open(url) as other:
        one.put_items([MUG])
        assert other.catalogue_version() == 1
        assert other.catalogue().items == {"mug": MUG}
        assert other.put_items([MUG, CUP]) == 2
        assert one.catalogue().numbers == {"mug": 0, "cup": 1}


def test_many_items_come_back_as_they_were(log: EventLog) -> None:
    items = [CatalogItem(item_id=f"i{number}", name=f"Item {number}") for number in range(20_000)]
    assert log.put_items(items) == 1
    assert list(log.catalogue().items.values()) == items


def test_the_catalogue_is_read_as_it_was_at_every_version(log: EventLog) -> None:
    rule = OwnershipRule(category=("kitchen",), kind="own_once")
    versions = [log.catalogue()]
    log.put_items([MUG])
    versions.append(log.catalogue())
    log.put_ownership([rule])
    versions.append(log.catalogue())
    log.put_items([CUP, msgspec.structs.replace(MUG, price=Decimal(5))])
    versions.append(log.catalogue())
    log.put_items([msgspec.structs.replace(MUG, price=Decimal(6))])
    versions.append(log.catalogue())
    assert [one.version for one in versions] == [0, 1, 2, 3, 4]
    for one in versions:
        then = log.catalogue(one.version)
        assert (then.version, then.items, tuple(then.rules)) == (one.version, one.items, tuple(one.rules))
    with pytest.raises(NotFoundError, match="0 to 4"):
        log.catalogue(5)
