"""Item numbers, the catalogue and its history, ownership rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem, Ownership, OwnershipKind, OwnershipRule
from recommender.events.vocabulary import Return, ReturnLine
from recommender.storage.log import EventLog
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
