"""What is known of single order lines: units, gifts, deliveries."""

import numpy as np
import pytest

from recommender.customers import NO_DEALINGS, Dealings, fold, needs_other_units
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Delivered,
    OrderCancelled,
    OrderLine,
    ServiceVisit,
    View,
)
from recommender.types import BoolArray, ItemNumber
from tests.recommender.customers.dealings.what_happened import (
    BOILER,
    MUG,
    NUMBERS,
    RING,
    at_s,
    back,
    bought,
    dealings,
    gift,
    line,
    on,
    said,
)


def units(found: Dealings) -> list[tuple[str, str | None, int]]:
    return [(unit.order_id, unit.serial, unit.count) for unit in found.units]


def test_plain_orders_share_one_value() -> None:
    assert dealings(bought(0, "A", line("mug", 3)), back(1, "mug")) is NO_DEALINGS


def test_a_line_with_a_serial_is_a_unit_and_one_without_is_not() -> None:
    found = dealings(bought(0, "A", line("ring", serial="S1", line_id="1"), line("mug")))
    (unit,) = found.units
    assert (unit.number, unit.order_id, unit.line_id, unit.serial) == (RING, "A", "1", "S1")
    assert (unit.bought_s, unit.count) == (at_s(0), 1)


def test_every_line_of_a_planned_item_is_a_unit_with_its_count() -> None:
    found = dealings(bought(0, "A", line("boiler", 3)), bought(5, "B", line("boiler")), unit_items={BOILER})
    assert units(found) == [("A", None, 3), ("B", None, 1)]


def test_planned_items_may_be_any_collection() -> None:
    assert units(dealings(bought(0, "A", line("boiler")), unit_items=[BOILER])) == [("A", None, 1)]


def test_a_return_that_names_a_serial_takes_that_unit_and_not_the_newest() -> None:
    history = (
        bought(0, "A", line("ring", serial="S1")),
        bought(1, "B", line("ring", serial="S2")),
        bought(2, "C", line("ring", serial="S3")),
    )
    assert units(dealings(*history, back(3, "ring", serial="S1"))) == [("B", "S2", 1), ("C", "S3", 1)]


def test_a_return_without_a_serial_takes_the_newest_unit() -> None:
    history = (bought(0, "A", line("ring", serial="S1")), bought(1, "B", line("ring", serial="S2")))
    assert units(dealings(*history, back(3, "ring"))) == [("A", "S1", 1)]


def test_a_serial_is_told_from_its_neighbours_in_one_order() -> None:
    order = bought(0, "A", line("ring", serial="S1"), line("ring", serial="S2"), line("ring", serial="S3"))
    assert units(dealings(order, back(1, "ring", serial="S2", order_id="A"))) == [
        ("A", "S1", 1),
        ("A", "S3", 1),
    ]


def test_a_serial_that_was_sold_returned_and_sold_again_is_owned() -> None:
    history = (
        bought(0, "A", line("ring", serial="S1")),
        back(1, "ring", serial="S1"),
        bought(2, "B", line("ring", serial="S1")),
    )
    assert units(dealings(*history)) == [("B", "S1", 1)]


def test_a_serial_nobody_sold_takes_back_what_the_fold_takes_back() -> None:
    history = (bought(0, "A", line("ring", serial="S1")), bought(1, "B", line("ring", serial="S2")))
    assert units(dealings(*history, back(3, "ring", serial="S9"))) == [("A", "S1", 1)]


def test_a_replacement_is_a_new_unit() -> None:
    history = (
        bought(0, "A", line("ring", serial="S1")),
        back(30, "ring", serial="S1", order_id="A"),
        bought(31, "B", line("ring", serial="S2")),
    )
    (unit,) = dealings(*history).units
    assert (unit.serial, unit.bought_s) == ("S2", at_s(31))


def test_a_cancelled_order_ends_its_units() -> None:
    history = (bought(0, "A", line("ring", serial="S1")), bought(1, "B", line("ring", serial="S2")))
    assert units(dealings(*history, said(OrderCancelled, 2, order_id="B"))) == [("A", "S1", 1)]


def test_a_serial_that_comes_back_beside_a_gift_of_the_same_item_leaves_as_many_units_as_are_owned() -> None:
    history = (
        bought(0, "A", line("ring", serial="S1")),
        bought(1, "B", gift("ring")),
        back(2, "ring", serial="S1"),
    )
    state = fold(history, NUMBERS, 1, unit_items={RING})
    assert sum(unit.count for unit in state.dealings.units) == state.items.owned.sum()


def test_a_part_of_a_unit_counts_as_one() -> None:
    assert units(dealings(bought(0, "A", line("boiler", 0.5)), unit_items={BOILER})) == [("A", None, 1)]
    order = bought(0, "A", line("boiler", 0.3))
    partly = [back(day, "boiler", 0.1) for day in (1, 2)]
    assert units(dealings(order, *partly, unit_items={BOILER})) == [("A", None, 1)]


def test_gifts_are_no_units_and_are_remembered_while_they_are_kept() -> None:
    found = dealings(bought(0, "A", gift("boiler", "Mum"), gift("mug")), back(1, "mug"), unit_items={BOILER})
    assert found.units == ()
    assert [(one.number, one.at_s, one.recipient) for one in found.gifts] == [(BOILER, at_s(0), "Mum")]


def test_a_delivery_names_what_was_kept_of_its_lines() -> None:
    order = bought(0, "A", line("mug", line_id="1"), line("ring", line_id="2"), line("boiler", line_id="3"))
    events = (order, said(Delivered, 2, order_id="A", line_ids=("1", "2")), said(Delivered, 4, order_id="A"))
    found = dealings(*events, back(5, "ring", order_id="A"))
    assert [(one.at_s, one.numbers) for one in found.deliveries] == [
        (at_s(2), (MUG,)),
        (at_s(4), (BOILER, MUG)),
    ]


@pytest.mark.parametrize("event", [said(OrderCancelled, 3, order_id="A"), back(3, "mug", order_id="A")])
def test_a_delivery_of_nothing_that_was_kept_names_nothing(event: AnyEvent) -> None:
    found = dealings(bought(0, "A", line("mug")), said(Delivered, 2, order_id="A"), event)
    assert found.deliveries[0].numbers == ()


def test_a_delivery_and_a_gift_that_came_back_by_serial_are_not_those_that_were_kept() -> None:
    orders = (bought(0, "A", line("ring", serial="S1")), bought(1, "B", line("ring", serial="S2")))
    arrived = [said(Delivered, 2, order_id=order) for order in ("A", "B")]
    for serial, kept in (("S1", [(), (RING,)]), ("S2", [(RING,), ()])):
        found = dealings(*orders, *arrived, back(3, "ring", serial=serial))
        assert [one.numbers for one in found.deliveries] == kept
    to_two = (
        OrderLine(item_id="ring", serial="S1", is_gift=True, recipient="Mum"),
        OrderLine(item_id="ring", serial="S2", is_gift=True, recipient="Dad"),
    )
    found = dealings(bought(0, "A", *to_two), back(1, "ring", serial="S1"))
    assert [one.recipient for one in found.gifts] == ["Dad"]


def test_a_delivery_without_its_order_waits_for_it() -> None:
    arrived = said(Delivered, 2, order_id="A")
    assert dealings(arrived).deliveries[0].numbers == ()
    assert dealings(arrived, bought(3, "A", line("mug"))).deliveries[0].numbers == (MUG,)


def test_a_state_needs_other_units_once_plans_are_about_other_items_of_its_customer() -> None:
    history: list[AnyEvent] = [bought(0, "A", line("boiler"), line("mug")), said(View, 1, item_id="mug")]
    before, after = fold(history, NUMBERS, 1), fold(history, NUMBERS, 1, unit_items={BOILER})
    planned = _mask(BOILER)
    assert needs_other_units(before, planned)
    assert not needs_other_units(before, _mask(RING))
    assert not needs_other_units(before, _mask())
    assert not needs_other_units(after, planned)
    assert not needs_other_units(after, _mask(BOILER, RING))
    assert needs_other_units(after, _mask(RING))
    assert needs_other_units(after, _mask())
    returned = fold([*history, back(2, "boiler")], NUMBERS, 1)
    assert not needs_other_units(returned, planned)


def test_a_unit_with_a_serial_does_not_stand_for_one_without() -> None:
    history = [bought(0, "A", line("boiler")), bought(1, "B", line("boiler", serial="SN-2"))]
    assert needs_other_units(fold(history, NUMBERS, 1), _mask(BOILER))
    assert not needs_other_units(fold(history, NUMBERS, 1, unit_items={BOILER}), _mask(BOILER))


def _mask(*numbers: ItemNumber) -> BoolArray:
    mask = np.zeros(max(numbers, default=-1) + 1, np.bool_)
    mask[list(numbers)] = True
    return mask


def named(found: Dealings) -> list[tuple[str, str | None]]:
    return [(one.order_id, one.serial) for one in found.former_units]


def test_a_unit_that_came_back_is_remembered_where_a_visit_or_an_appointment_names_it() -> None:
    history = (
        bought(0, "A", line("ring", serial="S1")),
        bought(1, "B", line("ring", serial="S2")),
        back(3, "ring", serial="S1"),
    )
    assert named(dealings(*history)) == []
    assert named(dealings(*history, said(ServiceVisit, 2, service_code="check", serial="S2"))) == []
    assert named(dealings(*history, said(ServiceVisit, 2, service_code="check", serial="S1"))) == [
        ("A", "S1")
    ]
    assert named(dealings(*history, said(ServiceVisit, 2, service_code="check", order_id="A"))) == [
        ("A", "S1")
    ]
    booked = said(Appointment, 2, appointment_id="a", starts_at=on(9), status="booked", serial="S1")
    assert named(dealings(*history, booked)) == [("A", "S1")]


def test_lines_without_a_serial_are_remembered_once_whatever_plans_are_about() -> None:
    history = (
        bought(0, "A", line("boiler"), line("boiler"), line("mug")),
        said(OrderCancelled, 1, order_id="A"),
        said(ServiceVisit, 2, service_code="check", order_id="A"),
    )
    for planned in (set(), {BOILER}):
        found = dealings(*history, unit_items=planned).former_units
        assert [(one.number, one.order_id, one.serial) for one in found] == [
            (BOILER, "A", None),
            (MUG, "A", None),
        ]


def test_a_unit_that_was_given_away_is_remembered_as_one_of_somebody_else() -> None:
    present = OrderLine(item_id="ring", serial="S1", is_gift=True)
    visit = said(ServiceVisit, 2, service_code="check", serial="S1")
    assert named(dealings(bought(0, "A", present), visit)) == [("A", "S1")]
