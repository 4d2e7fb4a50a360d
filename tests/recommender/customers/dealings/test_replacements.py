"""Units that took the place of others: which one they replace, since when it was promised, and what moved on."""

from itertools import permutations

import pytest

from recommender.customers.dealing_folds.bounds import MOST_REPLACED
from recommender.customers.dealings import FormerUnit, Unit
from recommender.events.vocabulary import AnyEvent, OrderCancelled, OrderLine
from tests.recommender.customers.dealings.what_happened import (
    BOILER,
    RING,
    at_s,
    back,
    bought,
    dealings,
    line,
    said,
)


def instead(
    item_id: str,
    quantity: float = 1.0,
    *,
    serial: str | None = None,
    of_serial: str | None = None,
    of_order: str | None = None,
) -> OrderLine:
    """Return an order line that takes the place of a unit."""
    return OrderLine(
        item_id=item_id,
        quantity=quantity,
        serial=serial,
        replaces_serial=of_serial,
        replaces_order_id=of_order,
    )


def units(*events: AnyEvent) -> dict[str, Unit]:
    return {unit.order_id: unit for unit in dealings(*events, unit_items={RING, BOILER}).units}


def test_what_takes_the_place_of_a_unit_was_promised_when_that_was_bought_whatever_arrives_first() -> None:
    events: list[AnyEvent] = [
        bought(0, "A", line("ring", serial="S1")),
        back(30, "ring", serial="S1"),
        bought(31, "B", instead("ring", serial="S2", of_serial="S1")),
        back(60, "ring", serial="S2"),
        bought(61, "C", instead("ring", serial="S3", of_serial="S2")),
    ]
    for arrived in permutations(events):
        (unit,) = units(*arrived).values()
        assert (unit.serial, unit.bought_s, unit.promised_s) == ("S3", at_s(61), at_s(0))
        assert unit.instead_of == (FormerUnit(RING, "A", "S1"), FormerUnit(RING, "B", "S2"))
        assert (unit.since_s, unit.moved) == (at_s(0), 0)


def test_an_order_alone_names_its_unit_of_the_item_or_its_only_line() -> None:
    two = bought(0, "A", line("ring"), line("boiler"))
    assert units(two, bought(9, "B", instead("ring", of_order="A")))["B"].promised_s == at_s(0)
    assert units(two, bought(9, "B", instead("mug", serial="M", of_order="A")))["B"].promised_s is None
    one = bought(0, "A", line("mug"))
    assert units(one, bought(9, "B", instead("ring", of_order="A")))["B"].promised_s == at_s(0)


@pytest.mark.parametrize(
    "replacement",
    [
        instead("ring", of_serial="S9"),
        instead("ring", of_order="Z"),
        instead("ring", of_serial="S1", of_order="Z"),
        instead("ring", 2.0, of_serial="S1"),
        line("ring"),
    ],
    ids=["another serial", "another order", "serial and order of two", "more than there were", "nothing"],
)
def test_what_replaces_nothing_that_was_bought_begins_anew(replacement: OrderLine) -> None:
    found = units(bought(0, "A", line("ring", serial="S1")), bought(9, "B", replacement))
    assert (found["B"].promised_s, found["B"].instead_of, found["A"].moved) == (None, (), 0)


def test_what_was_bought_later_is_not_replaced() -> None:
    events = (
        bought(0, "A", instead("ring", serial="S1", of_serial="S2")),
        bought(9, "B", instead("ring", serial="S2", of_serial="S1")),
    )
    found = units(*events)
    assert found["A"].promised_s is None
    assert found["B"].promised_s == at_s(0)


def test_a_unit_is_replaced_once() -> None:
    events = (
        bought(0, "A", line("ring", serial="S1")),
        bought(9, "B", instead("ring", serial="S2", of_serial="S1")),
        bought(10, "C", instead("ring", serial="S3", of_serial="S1")),
    )
    found = units(*events)
    assert (found["B"].promised_s, found["C"].promised_s) == (at_s(0), None)


def test_of_two_units_of_a_line_each_is_replaced() -> None:
    pair = bought(0, "A", line("boiler", 2))
    first = bought(9, "B", instead("boiler", of_order="A"))
    second = bought(10, "C", instead("boiler", of_order="A"))
    third = bought(11, "D", instead("boiler", of_order="A"))
    found = units(pair, first, second, third)
    assert [found[order].promised_s for order in "BCD"] == [at_s(0), at_s(0), None]
    assert (found["A"].count, found["A"].moved) == (2, 2)
    found = units(pair, first, back(9, "boiler", order_id="A"))
    assert (found["A"].count, found["A"].moved) == (1, 0)
    found = units(pair, first, second, back(9, "boiler", order_id="A"))
    assert (found["A"].count, found["A"].moved) == (1, 1)


def test_a_promise_that_went_on_comes_back_with_a_replacement_that_comes_back() -> None:
    old, new = (
        bought(0, "A", line("ring", serial="S1")),
        bought(9, "B", instead("ring", serial="S2", of_serial="S1")),
    )
    assert units(old, new)["A"].moved == 1
    assert units(old, new, back(10, "ring", serial="S2"))["A"].moved == 0
    assert units(old, new, said(OrderCancelled, 10, order_id="B"))["A"].moved == 0
    again = bought(11, "C", instead("ring", serial="S3", of_serial="S2"))
    assert units(old, new, back(10, "ring", serial="S2"), again)["A"].moved == 1


def test_gifts_replace_nothing_and_are_not_replaced() -> None:
    given = OrderLine(item_id="ring", serial="S1", is_gift=True)
    assert (
        units(bought(0, "A", given), bought(9, "B", instead("ring", of_serial="S1")))["B"].promised_s is None
    )
    own = bought(0, "A", line("ring", serial="S1"))
    present = OrderLine(item_id="ring", serial="S2", is_gift=True, replaces_serial="S1")
    assert units(own, bought(9, "B", present))["A"].moved == 0


def test_of_a_long_chain_the_first_day_is_remembered_and_the_newest_names() -> None:
    chain = [
        bought(place, f"o{place}", instead("ring", serial=f"S{place}", of_serial=f"S{place - 1}"))
        for place in range(MOST_REPLACED + 3)
    ]
    last = units(*chain)[f"o{MOST_REPLACED + 2}"]
    assert last.promised_s == at_s(0)
    assert [one.serial for one in last.instead_of] == [f"S{n}" for n in range(2, MOST_REPLACED + 2)]
