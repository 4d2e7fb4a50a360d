"""Which appointment silences which reminder."""

import pytest

from recommender.customers.dealings import Booking, Dealings
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

BOUGHT = unit("2024-02-29T15:00")  # due on 29 August 2024, lapses after 12 September


def silenced(*bookings: Booking, now: str = "2024-08-20T12:00") -> bool:
    one = only(CARE, Dealings(units=(BOUGHT,), bookings=bookings), now)
    assert one.state in {"due", "overdue"}
    assert one.is_open is (one.booking is None)
    return one.booking is not None


def test_a_booked_or_moved_appointment_silences_the_reminder_until_its_day_is_over() -> None:
    for status in ("booked", "moved"):
        ahead = booking("2024-08-28T10:00", status=status)
        assert silenced(ahead)
        assert silenced(ahead, now="2024-08-28T23:59:59")
        assert not silenced(ahead, now="2024-08-29T00:00")


@pytest.mark.parametrize("status", ["missed", "cancelled"])
def test_a_missed_or_cancelled_one_does_not(status: str) -> None:
    assert not silenced(booking("2024-08-28T10:00", status=status))


def test_a_kept_one_does_for_some_days_while_nobody_recorded_what_was_done() -> None:
    kept = booking("2024-08-28T10:00", status="kept", said_s=moment("2024-08-28T10:05"))
    assert silenced(kept, now="2024-09-04T10:00")
    assert not silenced(kept, now="2024-09-04T10:00:01")
    seen = Dealings(units=(BOUGHT,), bookings=(kept,), visits=(visit("2024-08-28T11:00"),))
    assert only(CARE, seen, "2024-08-29T00:00").booking is None


def test_who_comes_early_has_kept_it_from_when_that_is_told() -> None:
    early = booking("2024-08-28T10:00", status="kept", said_s=moment("2024-08-28T09:40"))
    assert not silenced(early, now="2024-08-28T09:39:59")
    assert silenced(early, now="2024-08-28T09:40")
    assert silenced(early, now="2024-09-04T09:40")
    assert not silenced(early, now="2024-09-04T09:40:01")
    seen = Dealings(units=(BOUGHT,), bookings=(early,), visits=(visit("2024-08-28T09:50"),))
    assert only(CARE, seen, "2024-08-28T10:30").booking is None
    the_day_before = Dealings(units=(BOUGHT,), bookings=(early,), visits=(visit("2024-08-27T09:50"),))
    assert only(CARE, the_day_before, "2024-08-28T10:30").booking == early


def test_one_that_comes_too_late_does_not() -> None:
    assert silenced(booking("2024-09-12T10:00"))
    assert not silenced(booking("2024-09-13T10:00"))


def test_one_for_another_service_or_item_does_not() -> None:
    assert not silenced(booking("2024-08-28T10:00", service_code="polish"))
    assert not silenced(booking("2024-08-28T10:00", number=BOILER))


def test_one_without_service_must_name_the_item_or_the_unit() -> None:
    assert not silenced(booking("2024-08-28T10:00", service_code=None))
    assert silenced(booking("2024-08-28T10:00", service_code=None, number=RING))


def test_each_appointment_silences_one_unit_the_one_that_is_due_first() -> None:
    units = (unit("2024-03-10T12:00", order_id="2"), BOUGHT)
    once = Dealings(units=units, bookings=(booking("2024-08-28T10:00"),))
    assert [one.booking is not None for one in owed(CARE, once, "2024-08-20T12:00")] == [False, True]
    second = booking("2024-08-29T10:00", appointment_id="a2")
    twice = Dealings(units=units, bookings=(second, *once.bookings))
    assert [one.booking for one in owed(CARE, twice, "2024-08-20T12:00")] == [second, once.bookings[0]]


@pytest.mark.parametrize("changes", [{}, {"number": RING}, {"number": RING, "service_code": None}])
def test_a_warranty_that_lapsed_for_good_takes_no_appointment_from_one_that_is_due(
    changes: dict[str, object],
) -> None:
    units = (unit("2023-01-10T12:00", order_id="lost"), BOUGHT)
    ahead = booking("2024-08-28T10:00", **changes)
    found = owed(CARE, Dealings(units=units, bookings=(ahead,)), "2024-08-20T12:00")
    assert [(one.state, one.booking) for one in found] == [("lapsed", None), ("due", ahead)]
    only_lost = owed(CARE, Dealings(units=units[:1], bookings=(ahead,)), "2024-08-20T12:00")
    assert [one.booking for one in only_lost] == [ahead]


def test_a_habit_that_lapsed_is_taken_up_again_by_the_first_appointment() -> None:
    units = (unit("2020-01-10T12:00", order_id="1"), unit("2023-09-15T12:00", order_id="2"))
    ahead = booking("2024-09-10T10:00", service_code="service")
    found = owed(BOILER_CARE, Dealings(units=units, bookings=(ahead,)), "2024-08-30T12:00")
    assert [(one.state, one.booking) for one in found] == [("lapsed", ahead), ("due", None)]


def test_one_by_serial_silences_that_unit() -> None:
    units = (BOUGHT, unit("2024-03-10T12:00", order_id="2", serial="B-2"))
    found = owed(
        CARE, Dealings(units=units, bookings=(booking("2024-08-28T10:00", serial="B-2"),)), "2024-08-20T12:00"
    )
    assert [one.booking is not None for one in found] == [False, True]


def test_what_is_satisfied_or_ended_needs_none_and_what_lapsed_may_have_one() -> None:
    ahead = booking("2026-04-01T10:00")
    assert only(CARE, Dealings(units=(BOUGHT,), bookings=(ahead,)), "2026-03-20T00:00").booking is None
    late = booking("2024-10-01T10:00")
    one = only(CARE, Dealings(units=(BOUGHT,), bookings=(late,)), "2024-09-20T00:00")
    assert (one.state, one.booking, one.lapses_s) == ("lapsed", late, moment("2024-09-13T00:00"))
