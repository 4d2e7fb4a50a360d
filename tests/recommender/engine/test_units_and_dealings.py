"""Dealings and units on their way from the log to a reader: one by one, in bulk, and after a plan has changed."""

import asyncio
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from recommender.customers import CustomerState, pack, unpack
from recommender.engine.ahead import LogAhead
from recommender.engine.everybody import Everybody
from recommender.engine.planned import PlannedItems
from recommender.engine.projection import Projector
from recommender.engine.reading import StateReading
from recommender.engine.rebuilding import Rebuilding
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    Identify,
    OrderLine,
    Purchase,
    Return,
    ReturnLine,
)
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId, ItemId, ItemNumber
from tests.recommender.customers.dealings.random_dealings import ITEMS, histories
from tests.recommender.engine.shops import ANN, BEN, NOON, order
from tests.valkey import Valkey


class Shop:
    """A log, a store, and planned items that change under them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.log = EventLog.open(f"sqlite:///{folder}/log.sqlite")
        self.store = StateStore.open(url, namespace="units", timeout_seconds=5.0)
        self.ahead = LogAhead.open(folder / "ahead")
        self.planned: Collection[ItemNumber] | None = None
        self.projector = Projector(self.log, self.store, lambda: self.planned)

    def plan(self, *items: str) -> None:
        self.planned = frozenset(self.log.numbers[ItemId(item)] for item in items)

    def append(self, *events: AnyEvent) -> None:
        self.log.append(events)
        pending = self.log.pending()
        for _ in self.projector.project(pending):
            continue
        self.log.projected(pending)

    def rebuild(self) -> int:
        return Rebuilding(self.log, self.store, self.projector).run()

    def read(self, who: CustomerId = ANN) -> CustomerState:
        return asyncio.run(self._read(who))

    def kept_in_store(self, who: CustomerId = ANN) -> CustomerState | None:
        return asyncio.run(self._kept(who))

    async def _read(self, who: CustomerId) -> CustomerState:
        try:
            return await StateReading(self.store, self.projector, self.ahead, lambda: None).read(who)
        finally:
            await self.store.aclose()

    async def _kept(self, who: CustomerId) -> CustomerState | None:
        try:
            found = await self.store.read(who)
        finally:
            await self.store.aclose()
        return None if found.packed is None else unpack(found.packed)

    def close(self) -> None:
        self.log.close()
        self.store.close()
        self.ahead.close()


@pytest.fixture
def shop(tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    """A shop whose store is trusted from the start."""
    one = Shop(tmp_path, valkey.url)
    assert one.rebuild() == 0
    yield one
    one.close()


def serial_order(customer_id: str, order_id: str, serial: str) -> Purchase:
    lines = (OrderLine(item_id="ring", serial=serial),)
    return Purchase(
        source="shop",
        event_id=order_id,
        occurred_at=NOON,
        customer_id=customer_id,
        order_id=order_id,
        lines=lines,
    )


def complaint(customer_id: str) -> ComplaintOpened:
    return ComplaintOpened(
        source="desk", event_id=customer_id, occurred_at=NOON, customer_id=customer_id, complaint_id="C"
    )


def test_a_reader_knows_an_open_complaint(shop: Shop) -> None:
    shop.append(order(ANN, "1", "mug"), complaint(ANN))
    assert [one.complaint_id for one in shop.read().dealings.complaints] == ["C"]
    assert shop.kept_in_store() == shop.read()


def test_a_state_from_before_a_plan_is_folded_again_once_it_is_read(shop: Shop) -> None:
    shop.append(order(ANN, "1", "mug", "pot"), order(BEN, "2", "pot"))
    assert shop.read().dealings.units == ()
    shop.plan("mug")
    (unit,) = shop.read().dealings.units
    assert (unit.number, unit.order_id, unit.count) == (shop.log.numbers[ItemId("mug")], "1", 1)
    kept = shop.kept_in_store()
    assert kept is not None
    assert kept.dealings.units == (unit,)
    assert shop.read(BEN).dealings.units == ()


def test_a_state_from_before_a_plan_ended_is_folded_again_once_it_is_read(shop: Shop) -> None:
    shop.append(order(ANN, "1", "mug", "pot"))
    shop.plan("mug", "pot")
    assert [unit.order_id for unit in shop.read().dealings.units] == ["1", "1"]
    shop.plan("pot")
    assert [unit.number for unit in shop.read().dealings.units] == [shop.log.numbers[ItemId("pot")]]
    shop.plan()
    assert shop.read().dealings.units == ()
    kept = shop.kept_in_store()
    assert kept is not None
    assert kept.dealings.units == ()


def test_an_item_of_which_one_has_a_serial_gets_its_other_units_with_the_plan(shop: Shop) -> None:
    shop.append(order(ANN, "1", "ring"), serial_order(ANN, "2", "SN-2"))
    assert [unit.serial for unit in shop.read().dealings.units] == ["SN-2"]
    shop.plan("ring")
    assert [unit.serial for unit in shop.read().dealings.units] == [None, "SN-2"]


def test_units_that_were_planned_at_the_time_are_projected(shop: Shop) -> None:
    shop.append(order(ANN, "1", "mug"))
    shop.plan("mug")
    back = Return(
        source="shop",
        event_id="r",
        occurred_at=NOON + timedelta(days=1),
        customer_id=ANN,
        lines=(ReturnLine(item_id="mug"),),
    )
    shop.append(order(ANN, "2", "mug"))
    assert [unit.order_id for unit in _kept(shop).dealings.units] == ["1", "2"]
    shop.append(back)
    assert [unit.order_id for unit in _kept(shop).dealings.units] == ["1"]


def _kept(shop: Shop) -> CustomerState:
    kept = shop.kept_in_store()
    assert kept is not None
    return kept


def test_planned_items_are_looked_at_anew_only_when_they_have_changed() -> None:
    told: list[Collection[ItemNumber] | None] = [None]
    planned = PlannedItems(lambda: told[0])
    assert planned.numbers() == frozenset()
    assert planned.sorted_numbers().tolist() == []
    told[0] = [ItemNumber(5), ItemNumber(2)]
    assert planned.sorted_numbers().tolist() == [2, 5]
    assert planned.numbers() is planned.numbers()
    assert not planned.are_others_in(CustomerState.empty())


def test_a_rebuild_writes_customers_who_never_bought_and_all_who_have_more_than_plain_orders(
    shop: Shop,
) -> None:
    who = [CustomerId(name) for name in ("plain", "gift", "serial", "planned", "desk", "both", "alias")]
    plain, gift, serial, planned, desk, both, alias = who
    present = (OrderLine(item_id="mug", is_gift=True, recipient="Mum"),)
    shop.log.append(
        [
            order(plain, "1", "mug"),
            Purchase(
                source="shop",
                event_id="2",
                occurred_at=NOON,
                customer_id=gift,
                order_id="2",
                lines=present,
            ),
            serial_order(serial, "3", "S1"),
            order(planned, "4", "pot"),
            complaint(desk),
            order(both, "5", "mug"),
            complaint(both),
            Identify(source="crm", event_id="6", occurred_at=NOON, customer_id=alias, other_id="x"),
        ]
    )
    shop.plan("pot")
    assert shop.rebuild() == len(who) + 1, "whom the alias is linked with is one person with it"
    kept = {name: shop.kept_in_store(name) for name in who}
    assert kept == {name: shop.projector.from_log(name) for name in who}
    dealings = {name: state.dealings for name, state in kept.items() if state is not None}
    assert [one.recipient for one in dealings[gift].gifts] == ["Mum"]
    assert [one.serial for one in dealings[serial].units] == ["S1"]
    assert [one.order_id for one in dealings[planned].units] == ["4"]
    assert len(dealings[desk].complaints) == len(dealings[both].complaints) == 1


def test_only_customers_with_more_than_plain_orders_are_folded_one_by_one(shop: Shop) -> None:
    shop.log.append([order(ANN, "1", "mug", "pot"), order(BEN, "2", "mug"), serial_order("cy", "3", "S1")])
    assert set(Everybody.of(shop.log, shop.projector).singly) == {"cy"}
    shop.plan("pot")
    assert set(Everybody.of(shop.log, shop.projector).singly) == {"cy", ANN}


def test_everybody_may_be_looked_at_as_of_an_earlier_moment(shop: Shop) -> None:
    later = order(ANN, "2", "pot", at=NOON + timedelta(days=3))
    shop.append(order(ANN, "1", "mug"), complaint(ANN), order(BEN, "3", "mug"), later)
    before = dict(Everybody.of(shop.log, shop.projector, until=NOON + timedelta(days=1)).states())
    assert (before[ANN].orders, len(before[ANN].dealings.complaints)) == (1, 1)
    assert dict(Everybody.of(shop.log, shop.projector, until=NOON).states())[ANN].dealings.complaints == ()
    assert dict(Everybody.of(shop.log, shop.projector).states()) == {
        who: shop.read(who) for who in (ANN, BEN)
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=histories)
def test_states_that_were_rebuilt_in_bulk_equal_those_that_were_folded_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, valkey: Valkey, events: list[AnyEvent]
) -> None:
    shop = Shop(tmp_path_factory.mktemp("bulk"), valkey.url)
    shop.log.append(events)
    shop.planned = frozenset(
        number for item in ITEMS[:1] if (number := shop.log.number_of(ItemId(item))) is not None
    )
    known = dict(shop.log.customers_changed_after(0))
    everybody = Everybody.of(shop.log, shop.projector, known=known)
    states = dict(everybody.states())
    assert states == {who: shop.projector.from_log(who) for who in known}
    assert {who: pack(state) for who, state in states.items()} == {
        who: packed for who, _, packed in shop.projector.fold_many(known)
    }
    assert len(everybody) == len(known)
    assert list(everybody.missing(known)) == []
    shop.close()
