"""A promise goes on with the unit that took the place of another one."""

from typing import Any

import msgspec
import pytest

from recommender.customers.dealings import Dealings, FormerUnit, Visit
from recommender.promises import last_seen_s
from tests.recommender.promises.plans import (
    BOILER,
    BOILER_CARE,
    CARE,
    RING,
    booking,
    moment,
    only,
    owed,
    unit,
    visit,
)

OLD = FormerUnit(RING, "1042", "A-1")
NEW = unit(
    "2024-06-15T12:00",
    order_id="R-1042",
    serial="A-2",
    promised_s=moment("2024-01-10T12:00"),
    instead_of=(OLD,),
)
"""Bought on 10 January 2024, exchanged on 15 June."""


def holder(*visits: Visit, **changes: object) -> Dealings:
    return Dealings(units=(msgspec.structs.replace(NEW, **changes),), visits=visits)


def test_due_days_and_the_end_count_from_the_first_purchase() -> None:
    one = only(CARE, holder(), "2024-06-20T00:00")
    assert (one.due_s, one.state) == (moment("2024-07-10T00:00"), "due")
    assert one.ends_s == moment("2026-01-11T00:00")
    assert only(BOILER_CARE, holder(), "2024-06-20T00:00").due_s == moment("2025-01-10T00:00")


@pytest.mark.parametrize(
    "named",
    [{"serial": "A-1"}, {"order_id": "1042"}, {"number": RING}, {}, {"serial": "A-1", "number": RING}],
    ids=["serial", "order", "item", "nothing", "serial and item"],
)
def test_a_visit_of_the_unit_before_counts(named: dict[str, Any]) -> None:
    one = only(CARE, holder(visit("2024-03-01T10:00", **named)), "2024-06-20T00:00")
    assert (one.last_visit_s, one.due_s) == (moment("2024-03-01T10:00"), moment("2024-09-01T00:00"))


def test_a_visit_of_the_unit_before_counts_also_where_that_was_another_item() -> None:
    smaller = FormerUnit(BOILER, "1042", "A-1")
    names: tuple[dict[str, Any], ...] = (
        {"serial": "A-1", "number": BOILER},
        {"number": BOILER},
        {"order_id": "1042"},
    )
    for named in names:
        dealings = holder(visit("2024-03-01T10:00", **named), instead_of=(smaller,))
        assert only(CARE, dealings, "2024-06-20T00:00").last_visit_s == moment("2024-03-01T10:00")


def test_the_old_number_still_names_the_unit_and_a_booking_by_it_silences() -> None:
    after = visit("2024-07-01T10:00", serial="A-1")
    assert only(CARE, holder(after), "2024-07-02T00:00").due_s == moment("2025-01-01T00:00")
    booked = Dealings(units=(NEW,), bookings=(booking("2024-07-05T10:00", serial="A-1"),))
    assert only(CARE, booked, "2024-07-01T00:00").booking is not None
    assert last_seen_s(NEW, holder(after), moment("2024-08-01T00:00")) == moment("2024-07-01T10:00")


def test_what_lapsed_before_the_exchange_stays_lapsed() -> None:
    late = holder(bought_s=moment("2024-09-01T12:00"))
    assert only(CARE, late, "2024-09-02T00:00").state == "lapsed"


def test_a_unit_whose_promise_went_on_has_none() -> None:
    old = unit("2024-01-10T12:00", serial="A-1", moved=1)
    both = Dealings(units=(old, NEW))
    assert [one.unit.serial for one in owed(CARE, both, "2024-06-20T00:00")] == ["A-2"]
    assert owed(CARE, Dealings(units=(old,)), "2024-06-20T00:00") == []
    pair = unit("2024-01-10T12:00", count=2, moved=1)
    assert len(owed(CARE, Dealings(units=(pair,)), "2024-06-20T00:00")) == 1
