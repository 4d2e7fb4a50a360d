"""Which unit a visit or an appointment is about."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.customers.dealings import Booking, Dealings, FormerUnit, Unit, Visit
from recommender.playbook.model import Span
from recommender.promises import obligations_of
from recommender.promises.obligations import MOST_TOLD_APART
from tests.recommender.promises.plans import BOILER, CARE, RING, UTC, booking, moment, owed, unit, visit

KITCHEN = unit("2024-01-10T12:00", order_id="1", serial="K-1")
BATH = unit("2024-02-10T12:00", order_id="2", serial="B-2")
UNMARKED = unit("2024-03-10T12:00", order_id="3")


def seen(*visits: Visit, units: tuple[Unit, ...] = (KITCHEN, BATH, UNMARKED)) -> list[bool]:
    """Return which units were serviced."""
    found = owed(CARE, Dealings(units=units, visits=visits), "2024-07-01T00:00")
    return [one.last_visit_s is not None for one in found]


def test_two_units_are_two_plans() -> None:
    two = owed(CARE, Dealings(units=(KITCHEN, BATH)), "2024-07-01T00:00")
    assert [one.due_s for one in two] == [moment("2024-07-10T00:00"), moment("2024-08-10T00:00")]
    assert len({one.key for one in two}) == 2


def test_a_line_of_two_without_serials_is_two_plans_that_are_satisfied_one_after_the_other() -> None:
    pair = (unit("2024-01-10T12:00", count=2),)
    assert seen(visit("2024-05-01T12:00"), units=pair) == [True, False]
    assert seen(visit("2024-05-01T12:00"), visit("2024-05-02T12:00"), units=pair) == [True, True]
    found = owed(CARE, Dealings(units=pair), "2024-07-01T00:00")
    assert [one.position for one in found] == [0, 1]
    assert len({one.key for one in found}) == 2


def test_a_pallet_is_not_cared_for_piece_by_piece() -> None:
    pallet = (unit("2024-01-10T12:00", count=10_000),)
    assert len(owed(CARE, Dealings(units=pallet), "2024-07-01T00:00")) == MOST_TOLD_APART


def test_a_serial_names_its_unit_whatever_else_is_said() -> None:
    assert seen(visit("2024-05-01T12:00", serial="B-2")) == [False, True, False]
    assert seen(visit("2024-05-01T12:00", serial="B-2", number=RING, order_id="1")) == [False, True, False]


def test_a_serial_that_nobody_knows_means_a_unit_without_one() -> None:
    assert seen(visit("2024-05-01T12:00", serial="X-9")) == [False, False, True]
    assert seen(visit("2024-05-01T12:00", serial="X-9"), units=(KITCHEN, BATH)) == [False, False]


def test_a_serial_of_something_else_is_about_that() -> None:
    watch = unit("2024-01-01T12:00", number=BOILER, serial="W-1")
    assert seen(visit("2024-05-01T12:00", serial="W-1"), units=(UNMARKED, watch)) == [False]


def test_an_order_names_its_unit() -> None:
    assert seen(visit("2024-05-01T12:00", order_id="2")) == [False, True, False]
    assert seen(visit("2024-05-01T12:00", order_id="3", number=RING)) == [False, False, True]


def test_an_order_of_something_else_is_about_that_and_one_that_nobody_knows_says_nothing() -> None:
    watch = unit("2024-01-01T12:00", number=BOILER, order_id="9")
    assert seen(visit("2024-05-01T12:00", order_id="9"), units=(UNMARKED, watch)) == [False]
    assert seen(visit("2024-05-01T12:00", order_id="workshop-77"), units=(UNMARKED, watch)) == [True]


def test_an_order_that_had_no_unit_of_the_item_says_nothing_of_it() -> None:
    watch = unit("2024-01-01T12:00", number=BOILER, order_id="9")
    named = visit("2024-05-01T12:00", order_id="9", number=RING)
    assert seen(named, units=(UNMARKED, watch)) == [True]
    assert seen(named, units=(BATH, KITCHEN, watch)) == [False, True]


def test_an_item_means_the_only_unit_else_the_one_that_is_due_first() -> None:
    assert seen(visit("2024-05-01T12:00", number=RING), units=(UNMARKED,)) == [True]
    assert seen(visit("2024-05-01T12:00", number=RING), units=(BATH, KITCHEN)) == [False, True]
    assert seen(visit("2024-05-01T12:00", number=BOILER)) == [False, False, False]


def test_a_visit_that_names_nothing_counts_for_what_is_due_first() -> None:
    assert seen(visit("2024-05-01T12:00"), units=(BATH, KITCHEN)) == [False, True]


def test_a_visit_is_not_wasted_on_a_unit_that_it_cannot_help() -> None:
    lapsed = unit("2023-01-10T12:00", order_id="0")
    assert seen(visit("2024-05-01T12:00", number=RING), units=(lapsed, UNMARKED)) == [False, True]
    assert seen(visit("2024-01-20T12:00"), units=(KITCHEN, BATH)) == [True, False]
    not_yet = unit("2024-05-02T12:00", order_id="5")
    assert seen(visit("2024-05-01T12:00"), units=(not_yet,)) == [False]


def test_two_makers_may_number_alike() -> None:
    other = unit("2024-01-01T12:00", number=BOILER, serial="B-2")
    dealings = Dealings(units=(other, BATH), visits=(visit("2024-05-01T12:00", serial="B-2", number=RING),))
    found = obligations_of(CARE, dealings, {RING, BOILER}, now_s=moment("2024-07-01T00:00"), zone=UTC)
    assert [one.last_visit_s is not None for one in found] == [False, True]


def test_by_schedule_a_second_visit_of_a_period_counts_for_the_other_unit() -> None:
    monthly = replace(
        CARE, anchor="schedule", first_after=Span(months=12), every=Span(months=1), until=Span(months=36)
    )
    units = (unit("2024-01-10T12:00", order_id="1"), unit("2024-03-20T12:00", order_id="2"))
    visits = (visit("2025-01-08T12:00"), visit("2025-01-09T12:00"))
    first, second = owed(monthly, Dealings(units=units, visits=visits), "2025-01-15T00:00")
    assert (first.last_visit_s, first.due_s) == (visits[0].at_s, moment("2025-02-10T00:00"))
    assert (second.last_visit_s, second.due_s) == (visits[1].at_s, moment("2025-04-20T00:00"))


@pytest.mark.parametrize("anchor", ["visit", "schedule"])
def test_two_codes_of_one_day_are_one_visit_and_one_code_twice_is_that_of_two_units(
    anchor: Literal["visit", "schedule"],
) -> None:
    plan = replace(CARE, anchor=anchor)
    pair = (unit("2024-01-10T12:00", count=2),)

    def came(*visits: Visit) -> list[bool]:
        found = owed(plan, Dealings(units=pair, visits=visits), "2024-07-01T00:00")
        return [one.last_visit_s is not None for one in found]

    inspected, repaired = visit("2024-05-01T14:00"), visit("2024-05-01T15:00", "repair")
    assert came(inspected, repaired) == [True, False]
    assert came(inspected, visit("2024-05-01T15:00")) == [True, True]
    assert came(inspected, repaired, visit("2024-05-01T16:00")) == [True, True]
    assert came(inspected, visit("2024-05-02T15:00", "repair")) == [True, True]


RETURNED = FormerUnit(RING, "1", "K-1")


def counted(*visits: Visit, bookings: tuple[Booking, ...] = (), former: FormerUnit = RETURNED) -> bool:
    """Return whether a visit or an appointment counted for the unit that is left."""
    dealings = Dealings(units=(UNMARKED,), visits=visits, bookings=bookings, former_units=(former,))
    [one] = owed(CARE, dealings, "2024-08-20T00:00")
    return one.last_visit_s is not None or one.booking is not None


def test_a_visit_of_a_unit_that_came_back_counts_for_no_other() -> None:
    assert not counted(visit("2024-05-01T12:00", serial="K-1"))
    assert not counted(visit("2024-05-01T12:00", serial="K-1", number=RING))
    assert not counted(visit("2024-05-01T12:00", order_id="1"))
    assert not counted(visit("2024-05-01T12:00", order_id="1", number=RING))
    assert counted(visit("2024-05-01T12:00", number=RING))
    assert counted(visit("2024-05-01T12:00", order_id="3"))


def test_an_appointment_for_a_unit_that_came_back_silences_no_other() -> None:
    assert not counted(bookings=(booking("2024-08-28T10:00", serial="K-1"),))
    assert counted(bookings=(booking("2024-08-28T10:00", serial="X-9"),))


def test_a_unit_of_another_maker_that_came_back_takes_its_visit_with_it() -> None:
    dealings = Dealings(
        units=(BATH,),
        visits=(visit("2024-05-01T12:00", serial="B-2", number=BOILER),),
        former_units=(FormerUnit(BOILER, "0", "B-2"),),
    )
    assert owed(CARE, dealings, "2024-07-01T00:00")[0].last_visit_s is None


VISITS = st.lists(
    st.builds(
        Visit,
        st.sampled_from(["inspection", "repair", "polish"]),
        st.integers(moment("2024-01-01T00:00"), moment("2026-06-01T00:00")),
        st.sampled_from([None, RING, BOILER]),
        st.sampled_from([None, "K-1", "B-2", "X"]),
        st.sampled_from([None, "1", "2", "3", "4"]),
    ),
    max_size=6,
    unique_by=lambda one: one.at_s,
)


@given(
    visits=VISITS,
    now_s=st.integers(moment("2024-01-01T00:00"), moment("2026-06-01T00:00")),
    by_schedule=st.booleans(),
)
def test_the_order_of_visits_and_what_comes_later_change_nothing(
    visits: list[Visit], now_s: int, by_schedule: bool
) -> None:
    plan = replace(CARE, anchor="schedule" if by_schedule else "visit")

    def found(some: list[Visit]) -> list[object]:
        dealings = Dealings(units=(KITCHEN, BATH, UNMARKED), visits=tuple(some))
        return list(obligations_of(plan, dealings, {RING}, now_s=now_s, zone=UTC))

    assert found(visits) == found(visits[::-1]) == found([one for one in visits if one.at_s <= now_s])


@given(visits=VISITS, now_s=st.integers(moment("2024-01-01T00:00"), moment("2026-06-01T00:00")))
def test_a_visit_never_makes_a_promise_older_and_moves_one_unit_at_most(
    visits: list[Visit], now_s: int
) -> None:
    def due(some: list[Visit]) -> list[int]:
        dealings = Dealings(units=(KITCHEN, BATH, UNMARKED), visits=tuple(some))
        return [one.due_s for one in obligations_of(CARE, dealings, {RING}, now_s=now_s, zone=UTC)]

    in_time = sorted((one for one in visits if one.at_s <= now_s), key=lambda one: one.at_s)
    for count in range(len(in_time)):
        before, after = due(in_time[:count]), due(in_time[: count + 1])
        assert all(old <= new for old, new in zip(before, after, strict=True))
        assert sum(old != new for old, new in zip(before, after, strict=True)) <= 1
