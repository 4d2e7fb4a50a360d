"""Thanks: once per order, for what was kept."""

from dataclasses import replace

import pytest

from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import ItemSelector, Timing
from tests.recommender.actions.following import THANKS, back, watch
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    Customer,
    action_of,
    number,
    proposed,
    said,
)


def test_an_order_is_thanked_for_once_and_not_per_line() -> None:
    (thanks,) = proposed(Customer().buys("CHAIN", "RING", "WATCH", ago=2, order="1042"), THANKS)
    assert thanks.since_s == NOW_S - 2 * DAY
    assert thanks.fact == "bought 2 days ago"
    assert thanks.item == number("RING")
    assert said(thanks) == (
        "Thank you for buying Chain Vega, Ring Aurora and Watch Nord. Take it off for sport. Keep it dry."
    )


def test_two_orders_are_thanked_for_apart_newest_first() -> None:
    customer = Customer().buys("RING", ago=5).buys("RING", ago=2)
    assert [one.since_s for one in proposed(customer, THANKS)] == [NOW_S - 2 * DAY, NOW_S - 5 * DAY]
    assert len({one.subject for one in proposed(customer, THANKS)}) == 2


@pytest.mark.parametrize(("ago", "count"), [(0.9, 0), (1, 1), (10, 1), (10.1, 0), (-1, 0)])
def test_thanks_come_between_after_and_within(ago: float, count: int) -> None:
    assert len(proposed(Customer().buys("RING", ago=ago), THANKS)) == count


def test_without_a_within_thanks_have_their_usual_end() -> None:
    thanks = action_of(ActionKind.THANK_YOU)
    assert len(proposed(Customer().buys("RING", ago=13), thanks)) == 1
    assert proposed(Customer().buys("RING", ago=15), thanks) == []


@pytest.mark.parametrize(("ago", "count"), [(9.9, 0), (10, 1), (24, 1), (24.1, 0)])
def test_the_usual_end_of_thanks_counts_from_when_they_may_come(ago: float, count: int) -> None:
    thanks = action_of(ActionKind.THANK_YOU, timing=Timing(after_s=10 * DAY))
    assert len(proposed(Customer().buys("RING", ago=ago), thanks)) == count


def test_what_was_given_back_is_not_thanked_for() -> None:
    assert proposed(Customer().buys("RING", ago=5).gives_back("RING", ago=3), THANKS) == []
    (thanks,) = proposed(Customer().buys("RING", "CHAIN", ago=5).gives_back("RING", ago=3), THANKS)
    assert said(thanks) == "Thank you for buying Chain Vega."


def test_thanks_for_one_of_two_orders_of_an_item_leave_the_other_to_be_thanked_for() -> None:
    customer = Customer().buys("RING", ago=5).buys("RING", ago=2)
    newest, oldest = proposed(customer, THANKS)
    told = customer.is_told("thank_you", 1, "RING", subject=oldest.subject)
    assert [one.subject for one in proposed(told, THANKS)] == [newest.subject]


def test_an_order_of_which_a_part_came_back_after_the_thanks_is_not_thanked_for_again() -> None:
    customer = Customer().buys("RING", "CHAIN", ago=5, order="1")
    (thanks,) = proposed(customer, THANKS)
    customer.is_told("thank_you", 4, "RING", subject=thanks.subject).gives_back("RING", ago=2)
    assert proposed(customer, THANKS) == []


def test_thanks_are_about_the_goods_that_the_action_names() -> None:
    only_rings = replace(THANKS, items=ItemSelector(categories=(("Rings",),)))
    (thanks,) = proposed(Customer().buys("CHAIN", "RING", ago=2), only_rings)
    assert thanks.words["item"] == "Ring Aurora"
    assert proposed(Customer().buys("CHAIN", ago=2), only_rings) == []
    assert proposed(Customer().buys("POST", ago=2), THANKS) == []


def test_an_order_that_was_thanked_for_is_not_thanked_for_again() -> None:
    told = Customer().buys("RING", ago=5).is_told("thank_you", ago=3, item="RING")
    assert proposed(told, THANKS) == []
    assert len(proposed(told.buys("RING", ago=2), THANKS)) == 1


def test_parts_of_an_order_that_its_units_name_are_thanked_for_once() -> None:
    customer = Customer().buys("WATCH", "RING", ago=6, order="1").buys("WATCH", "BOX", ago=5, order="1")
    (thanks,) = proposed(customer, THANKS)
    assert (thanks.fact, thanks.words["item"]) == ("bought 6 days ago", "Watch Nord, Ring Aurora and Box")
    told = Customer([*customer.events]).is_told("thank_you", 4, "WATCH", subject=thanks.subject)
    assert proposed(told, THANKS) == []
    later_part = Customer([*customer.events]).is_told(
        "thank_you", 4, "WATCH", subject=f"order of {NOW_S - 5 * DAY}"
    )
    assert proposed(later_part, THANKS) == []
    a_day_before_the_end = replace(THANKS, timing=replace(THANKS.timing, within_s=round(5.5 * DAY)))
    assert proposed(customer, a_day_before_the_end) == []
    customer.buys("CHAIN", ago=5.5, order="2").buys("WATCH", ago=4, order="3")
    assert [one.since_s for one in proposed(customer, THANKS)] == [
        NOW_S - 4 * DAY,
        NOW_S - 5.5 * DAY,
        NOW_S - 6 * DAY,
    ]


def test_parts_of_an_order_that_one_delivery_names_are_thanked_for_once() -> None:
    customer = Customer().buys("CHAIN", ago=6, order="1").buys("RING", ago=5, order="1")
    assert len(proposed(customer, THANKS)) == 2
    (thanks,) = proposed(customer.gets("1", ago=3), THANKS)
    assert (thanks.fact, thanks.words["item"]) == ("bought 6 days ago", "Chain Vega and Ring Aurora")
    assert proposed(customer, replace(THANKS, timing=replace(THANKS.timing, within_s=round(5.5 * DAY)))) == []
    assert len(proposed(customer.buys("CHAIN", ago=2, order="2"), THANKS)) == 2


def test_an_order_of_goods_that_were_bought_again_before_they_came_is_not_taken_for_two_parts() -> None:
    customer = Customer().buys("CHAIN", "RING", ago=8, order="1").buys("CHAIN", ago=5, order="2")
    assert len(proposed(customer.gets("1", ago=3), THANKS)) == 2
    assert len(proposed(customer.gets("2", ago=2), THANKS)) == 2
    early = Customer().buys("CHAIN", "RING", ago=40, order="1").buys("CHAIN", ago=5, order="2")
    assert len(proposed(early.gets("1", ago=3), THANKS)) == 1


def test_of_two_watches_thanks_are_for_the_one_that_was_kept() -> None:
    customer = Customer().add(watch(50, "old", "S1")).add(watch(8, "new", "S2"))
    assert [one.fact for one in proposed(customer.add(back("S1")), THANKS)] == ["bought 8 days ago"]
    patient = replace(THANKS, timing=Timing(within_s=60 * DAY))
    assert [one.fact for one in proposed(customer, patient)] == ["bought 8 days ago"]
    other = Customer(customer.events[:-1]).add(back("S2"))
    assert [one.fact for one in proposed(other, patient)] == ["bought 50 days ago"]
    unnumbered = Customer(customer.events[:-1]).buys("WATCH", ago=7, order="plain").add(back("S1"))
    assert [one.fact for one in proposed(unnumbered, patient)] == ["bought 7 days ago", "bought 8 days ago"]
