"""Whatever happens, over HTTP: what a customer owns is never offered to them. Zero violations."""

from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.serving.shops import ITEMS, Json, at, offered, purchase, returned

customers = st.sampled_from(["ann", "bob"])
things = st.sampled_from(ITEMS[:8])
quantities = st.integers(1, 3)


class Shop(RuleBasedStateMachine):
    """The model: what each customer owns of each item, by the plainest bookkeeping there is."""

    client: httpx.Client
    runs: Iterator[int]

    @initialize()
    def open_shop(self) -> None:
        self.run = next(self.runs)
        self.orders: list[tuple[str, str, list[tuple[str, int]]]] = []
        self.owned: dict[tuple[str, str], int] = {}
        self.unavailable: set[str] = set()
        self.group: dict[str, str] = {}
        self._put([{"item_id": item} for item in ITEMS])

    def _name(self, customer: str) -> str:
        return f"{customer}-{self.run}"

    def _post(self, *events: Json) -> None:
        answer = self.client.post("/v1/events", json=list(events))
        assert answer.status_code == 202, answer.text

    def _put(self, items: list[Json]) -> None:
        answer = self.client.put("/v1/items", json=items)
        assert answer.status_code == 200, answer.text

    def _describe(self, item: str) -> Json:
        described: Json = {"item_id": item, "available": item not in self.unavailable}
        return described | ({"item_group_id": self.group[item]} if item in self.group else {})

    @rule(customer=customers, bought=st.lists(st.tuples(things, quantities), min_size=1, max_size=3))
    def buy(self, customer: str, bought: list[tuple[str, int]]) -> None:
        order = purchase(
            self._name(customer),
            days_ago=0.001,
            lines=[{"item_id": item, "quantity": quantity} for item, quantity in bought],
        )
        self._post(order)
        self.orders.append((customer, order["order_id"], bought))
        for item, quantity in bought:
            self.owned[customer, item] = self.owned.get((customer, item), 0) + quantity

    @rule(customer=customers, item=things)
    def give_away(self, customer: str, item: str) -> None:
        self._post(purchase(self._name(customer), lines=[{"item_id": item, "is_gift": True}]))

    @rule(customer=customers, item=things, quantity=quantities)
    def bring_back(self, customer: str, item: str, quantity: int) -> None:
        # Only what is owned, so that the bookkeeping here stays plain: gifts are not brought back.
        if self.owned.get((customer, item), 0) < quantity:
            return
        orders = [order for who, order, lines in self.orders if who == customer and item in dict(lines)]
        if len(orders) != 1:
            return
        event = returned(self._name(customer), item, quantity)
        event["lines"][0]["order_id"] = orders[0]
        self._post(event)
        self.owned[customer, item] -= quantity

    @rule(customer=customers, item=things)
    def send_twice(self, customer: str, item: str) -> None:
        event = purchase(self._name(customer), item, days_ago=0.001)
        self._post(event, event)
        self._post(event)
        self.orders.append((customer, event["order_id"], [(item, 1)]))
        self.owned[customer, item] = self.owned.get((customer, item), 0) + 1

    @rule(item=things, available=st.booleans())
    def change_availability(self, item: str, available: bool) -> None:
        (self.unavailable.discard if available else self.unavailable.add)(item)
        self._put([self._describe(item)])

    @rule(pair=st.lists(things, min_size=2, max_size=2, unique=True))
    def make_variants(self, pair: list[str]) -> None:
        self.group |= dict.fromkeys(pair, f"group-{self.run}-{pair[0]}")
        self._put([self._describe(item) for item in pair])

    @rule(customer=customers, item=things)
    def look(self, customer: str, item: str) -> None:
        self._post({
            "type": "view", "source": "test", "event_id": f"v-{self.run}-{at(0)}", "occurred_at": at(0),
            "customer_id": self._name(customer), "item_id": item,
        })  # fmt: skip

    @invariant()
    def nothing_owned_is_offered(self) -> None:
        for customer in ("ann", "bob"):
            slate = self.client.get(
                f"/v1/customers/{self._name(customer)}/actions?k=100&actions=product_offer"
            )
            assert slate.status_code == 200, slate.text
            offers = offered(slate.json())
            assert offers
            wrong = [item for item in offers if self._owns(customer, item) or item in self.unavailable]
            assert not wrong, f"{customer} owns or cannot have {wrong}"

    def _owns(self, customer: str, item: str) -> bool:
        group = self.group.get(item)
        alike = [item] if group is None else [one for one, its in self.group.items() if its == group]
        return any(self.owned.get((customer, one), 0) > 0 for one in alike)


@pytest.mark.timeout(600)
def test_nothing_a_customer_owns_is_ever_offered(shop: httpx.Client) -> None:
    class BoundShop(Shop):
        client = shop
        runs = count()

    run_state_machine_as_test(
        BoundShop,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
