"""A return that names its unit takes back that unit: by serial, else by the line of its order. Gifts are no units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.customers import CustomerState, fold
from recommender.customers.folding import kept_lines
from recommender.events.vocabulary import AnyEvent, Delivered, OrderCancelled, OrderLine
from tests.recommender.customers.dealings.what_happened import (
    NUMBERS,
    RING,
    back,
    bought,
    gift,
    line,
    said,
)

OWN, GIFT = line("ring", serial="A", line_id="1"), gift("ring", serial="G", line_id="2")


def state_of(*events: AnyEvent) -> CustomerState:
    return fold(events, NUMBERS, 1, unit_items={RING})


def serials(state: CustomerState) -> list[str | None]:
    return [unit.serial for unit in state.dealings.units]


@pytest.mark.parametrize("lines", [(OWN, GIFT), (GIFT, OWN)])
@pytest.mark.parametrize("order_id", [None, "O"])
def test_a_gift_that_comes_back_by_serial_leaves_the_own_unit_and_the_own_unit_leaves_the_gift(
    lines: tuple[OrderLine, ...], order_id: str | None
) -> None:
    order = bought(0, "O", *lines)
    without_gift = state_of(order, back(1, "ring", serial="G", order_id=order_id))
    assert serials(without_gift) == ["A"]
    assert (without_gift.dealings.gifts, without_gift.items.owned.tolist()) == ((), [1.0])
    without_own = state_of(order, back(1, "ring", serial="A", order_id=order_id))
    assert (serials(without_own), len(without_own.dealings.gifts)) == ([], 1)
    assert without_own.items.owned.tolist() == [0.0]


def test_the_own_unit_of_an_older_order_comes_back_although_a_gift_is_newer() -> None:
    orders = (bought(0, "O1", line("ring", serial="S1")), bought(1, "O2", gift("ring")))
    state = state_of(*orders, back(2, "ring", serial="S1"))
    assert (serials(state), state.items.owned.tolist()) == ([], [0.0])
    assert len(state.dealings.gifts) == 1
    assert state.recent.at_s.tolist() == [state.dealings.gifts[0].at_s]


def test_a_serial_is_believed_before_the_order_and_the_line_that_the_return_names() -> None:
    orders = (
        bought(0, "O1", line("ring", serial="A", line_id="1")),
        bought(1, "O2", line("ring", serial="B", line_id="1")),
    )
    for order_id, line_id in (("O1", "1"), ("O2", "1"), ("O2", None), ("O9", "1"), (None, "1")):
        asked = back(2, "ring", serial="A", order_id=order_id, line_id=line_id)
        assert serials(state_of(*orders, asked)) == ["B"]


def test_a_serial_of_the_named_order_comes_back_wherever_the_clock_put_it() -> None:
    order = bought(5, "O", line("ring", serial="A"), line("ring", serial="B"))
    assert serials(state_of(back(0, "ring", serial="A", order_id="O"), order)) == ["B"]


def test_a_serial_sold_in_two_orders_comes_back_from_the_one_that_is_named() -> None:
    orders = (bought(0, "O1", line("ring", serial="A")), bought(1, "O2", line("ring", serial="A")))
    state = state_of(*orders, back(2, "ring", serial="A", order_id="O1"))
    assert [unit.order_id for unit in state.dealings.units] == ["O2"]


@pytest.mark.parametrize(("line_id", "left"), [("1", ["B"]), ("2", ["A"]), ("3", ["A"]), (None, ["A"])])
def test_a_return_by_line_takes_back_that_line_of_its_order_and_an_unknown_one_the_newest(
    line_id: str | None, left: list[str]
) -> None:
    order = bought(0, "O", line("ring", serial="A", line_id="1"), line("ring", serial="B", line_id="2"))
    assert serials(state_of(order, back(1, "ring", order_id="O", line_id=line_id))) == left


def test_a_gift_that_comes_back_by_line_leaves_the_own_unit_of_the_other_line() -> None:
    order = bought(0, "O", gift("ring", line_id="1"), line("ring", line_id="2"))
    state = state_of(order, back(1, "ring", order_id="O", line_id="1"))
    assert [unit.line_id for unit in state.dealings.units] == ["2"]
    assert (state.dealings.gifts, state.items.owned.tolist()) == ((), [1.0])


def test_a_line_without_an_order_names_nothing() -> None:
    orders = (bought(0, "O1", line("ring", line_id="1")), bought(1, "O2", line("ring", line_id="2")))
    state = state_of(*orders, back(2, "ring", line_id="1"))
    assert [unit.order_id for unit in state.dealings.units] == ["O1"]


def test_what_a_named_unit_cannot_give_comes_from_the_others_as_ever() -> None:
    order = bought(0, "O", line("ring", 2, serial="A", line_id="1"), line("ring", 2, line_id="2"))
    by_serial = state_of(order, back(1, "ring", 3, serial="A", order_id="O"))
    assert [(unit.line_id, unit.count) for unit in by_serial.dealings.units] == [("2", 1)]
    by_line = state_of(order, back(1, "ring", 5, line_id="1", order_id="O"))
    assert (by_line.dealings.units, by_line.unmatched_returns) == ((), 1)


def test_a_return_is_spent_on_the_named_unit_of_a_cancelled_order_when_it_names_that_order_too() -> None:
    orders = (bought(0, "O1", line("ring", serial="A")), bought(1, "O2", line("ring", serial="B")))
    cancelled = said(OrderCancelled, 2, order_id="O1")
    named = state_of(*orders, cancelled, back(3, "ring", serial="A", order_id="O1"))
    assert (serials(named), named.unmatched_returns) == (["B"], 0)


def test_a_delivery_names_what_returns_by_line_left() -> None:
    order = bought(0, "O", line("ring", line_id="1"), line("ring", line_id="2"))
    arrived = [said(Delivered, 1, order_id="O", line_ids=(line_id,)) for line_id in ("1", "2")]
    state = state_of(order, *arrived, back(2, "ring", order_id="O", line_id="1"))
    assert [delivery.numbers for delivery in state.dealings.deliveries] == [(), (RING,)]


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[AnyEvent], list[OrderLine], list[tuple[str, OrderLine]]]:
    """Return orders of single rings with serials of their own, their lines, and those that come back, with their order."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    are_gifts = draw(st.lists(st.booleans(), min_size=sum(sizes), max_size=sum(sizes)))
    lines = [
        given_to(line("ring", serial=f"S{place}", line_id=str(place % 3)), is_gift)
        for place, is_gift in enumerate(are_gifts)
    ]
    ends = np.cumsum(sizes).tolist()
    parts = [
        (f"O{n}", lines[end - size : end]) for n, (size, end) in enumerate(zip(sizes, ends, strict=True))
    ]
    orders: list[AnyEvent] = [bought(day, order_id, *part) for day, (order_id, part) in enumerate(parts)]
    sold = [(order_id, one) for order_id, part in parts for one in part]
    returned = draw(st.lists(st.sampled_from(sold), unique_by=lambda one: one[1].serial))
    return orders, lines, returned


def given_to(one: OrderLine, is_gift: bool) -> OrderLine:
    return gift("ring", serial=one.serial, line_id=one.line_id) if is_gift else one


@given(shops(), st.data())
@settings(deadline=None, max_examples=200)
def test_returns_by_serial_in_any_order_leave_exactly_the_units_that_did_not_come_back(
    shop: tuple[list[AnyEvent], list[OrderLine], list[tuple[str, OrderLine]]], data: st.DataObject
) -> None:
    orders, lines, returned = shop
    asked = [
        back(
            10 + day,
            "ring",
            serial=one.serial,
            order_id=data.draw(st.sampled_from((None, order_id))),
            line_id=data.draw(st.sampled_from((None, one.line_id, "9"))),
        )
        for day, (order_id, one) in enumerate(returned)
    ]
    gone = {one.serial for _, one in returned}
    state = state_of(*orders, *asked)
    own = [one.serial for one in lines if not one.is_gift and one.serial not in gone]
    assert serials(state) == own
    assert len(state.dealings.gifts) == sum(one.is_gift and one.serial not in gone for one in lines)
    assert float(state.items.owned.sum()) == len(own)
    assert state.unmatched_returns == 0
    left = [one.line.serial for one in kept_lines([*orders, *asked], NUMBERS) if one.kept]
    assert left == [one.serial for one in lines if one.serial not in gone]
