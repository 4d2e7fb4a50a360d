"""How a plan goes on: states, visits, anchors, the end."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from recommender.customers.dealings import Dealings
from recommender.playbook.model import ServicePlan, Span
from recommender.promises import obligations_of
from tests.recommender.promises.plans import BOILER_CARE, CARE, RING, moment, only, owed, unit, visit

BOUGHT = Dealings(units=(unit("2024-02-29T15:00"),))


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2024-02-28T00:00", "upcoming"),
        ("2024-07-29T23:59:59", "upcoming"),
        ("2024-07-30T00:00", "due"),
        ("2024-08-29T23:59:59", "due"),
        ("2024-08-30T00:00", "overdue"),
        ("2024-09-12T23:59:59", "overdue"),
        ("2024-09-13T00:00", "lapsed"),
        ("2026-02-28T23:59:59", "lapsed"),
        ("2026-03-01T00:00", "ended"),
    ],
)
def test_states_change_with_local_days_and_a_day_is_in_time_until_its_end(now: str, state: str) -> None:
    assert only(CARE, BOUGHT, now).state == state


def test_the_moments_of_an_obligation_are_beginnings_of_local_days() -> None:
    new_york = ZoneInfo("America/New_York")
    bought = Dealings(units=(unit("2024-02-29T03:00"),))  # the evening before in New York
    one = only(CARE, bought, "2024-03-10T00:00", new_york)
    assert one.due_s == moment("2024-08-28T00:00", new_york)
    assert one.remind_from_s == moment("2024-07-29T00:00", new_york)
    assert one.lapses_s == moment("2024-09-12T00:00", new_york)
    assert one.ends_s == moment("2026-03-01T00:00", new_york)


def test_dates_are_multiples_from_the_purchase_and_do_not_wear_off() -> None:
    monthly = replace(CARE, first_after=Span(months=1), every=Span(months=1), lead=Span(), anchor="schedule")
    bought = unit("2023-12-31T10:00")
    due = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    visits = tuple(visit(f"{day}T09:00") for day in due)
    for count, day in enumerate(due):
        one = only(monthly, Dealings(units=(bought,), visits=visits[:count]), f"{day}T12:00")
        assert (one.state, one.due_s) == ("due", moment(f"{day}T00:00"))


def test_with_the_anchor_visit_a_late_visit_moves_what_follows() -> None:
    late = Dealings(units=BOUGHT.units, visits=(visit("2024-09-10T10:00"),))
    one = only(CARE, late, "2024-09-11T00:00")
    assert (one.state, one.due_s) == ("upcoming", moment("2025-03-10T00:00"))
    assert one.last_visit_s == moment("2024-09-10T10:00")


def test_with_the_anchor_schedule_it_does_not() -> None:
    late = Dealings(units=BOUGHT.units, visits=(visit("2024-09-10T10:00"),))
    one = only(replace(CARE, anchor="schedule"), late, "2024-09-11T00:00")
    assert one.due_s == moment("2025-02-28T00:00")


def test_an_early_visit_counts_and_moves_the_anchor_visit_with_it() -> None:
    early = Dealings(units=BOUGHT.units, visits=(visit("2024-05-01T10:00"),))
    assert only(CARE, early, "2024-05-02T00:00").due_s == moment("2024-11-01T00:00")
    by_schedule = only(replace(CARE, anchor="schedule"), early, "2024-05-02T00:00")
    assert by_schedule.due_s == moment("2025-02-28T00:00")


def test_no_visit_brings_a_due_day_nearer() -> None:
    car = replace(CARE, first_after=Span(months=24), every=Span(months=12), until=None)
    early = Dealings(units=BOUGHT.units, visits=(visit("2024-03-07T10:00"),))
    assert only(car, early, "2024-03-08T00:00").due_s == moment("2026-02-28T00:00")


def test_by_schedule_a_period_takes_one_visit() -> None:
    plan = replace(CARE, anchor="schedule")
    twice = (visit("2024-05-01T10:00"), visit("2024-06-01T10:00"))
    assert only(plan, Dealings(units=BOUGHT.units, visits=twice), "2024-06-02T00:00").due_s == moment(
        "2025-02-28T00:00"
    )
    in_the_next = (*twice, visit("2024-08-30T10:00"))
    assert only(plan, Dealings(units=BOUGHT.units, visits=in_the_next), "2024-09-01T00:00").due_s == moment(
        "2025-08-29T00:00"
    )


def test_two_entries_of_one_afternoon_are_one_visit() -> None:
    plan = replace(CARE, anchor="schedule")
    late = (visit("2024-09-01T14:00"), visit("2024-09-01T15:00", "repair"))
    one = only(plan, Dealings(units=BOUGHT.units, visits=late), "2024-09-02T00:00")
    assert one.due_s == moment("2025-02-28T00:00")


def test_a_warranty_that_lapsed_stays_lapsed() -> None:
    too_late = Dealings(units=BOUGHT.units, visits=(visit("2024-09-13T00:00"),))
    for plan in (CARE, replace(CARE, anchor="schedule")):
        one = only(plan, too_late, "2024-12-01T00:00")
        assert (one.state, one.lapses_s) == ("lapsed", moment("2024-09-13T00:00"))
        assert one.last_visit_s == moment("2024-09-13T00:00")
    in_time = Dealings(units=BOUGHT.units, visits=(visit("2024-09-12T23:59:59"),))
    assert only(CARE, in_time, "2024-12-01T00:00").state == "upcoming"


def test_a_plan_without_end_is_taken_up_again_by_the_next_visit() -> None:
    too_late = Dealings(units=BOUGHT.units, visits=(visit("2027-06-01T10:00", "service"),))
    assert only(BOILER_CARE, too_late, "2027-05-31T00:00").state == "lapsed"
    by_schedule = only(BOILER_CARE, too_late, "2027-06-02T00:00")
    assert (by_schedule.state, by_schedule.due_s) == ("upcoming", moment("2028-02-29T00:00"))
    by_visit = only(replace(BOILER_CARE, anchor="visit"), too_late, "2027-06-02T00:00")
    assert by_visit.due_s == moment("2028-06-01T00:00")


def test_a_habit_of_one_day_that_rested_for_years_goes_on_with_the_next_day() -> None:
    daily = replace(BOILER_CARE, first_after=Span(days=1), every=Span(days=1), lead=Span(), grace=Span())
    again = Dealings(units=BOUGHT.units, visits=(visit("2033-06-01T10:00", "service"),))
    assert only(daily, again, "2033-06-01T11:00").due_s == moment("2033-06-02T00:00")


def test_by_schedule_a_habit_that_is_taken_up_again_on_its_due_day_has_been_served_that_day() -> None:
    again = Dealings(units=BOUGHT.units, visits=(visit("2027-02-28T10:00", "service"),))
    one = only(BOILER_CARE, again, "2027-03-01T00:00")
    assert (one.state, one.due_s) == ("upcoming", moment("2028-02-29T00:00"))
    before = Dealings(units=BOUGHT.units, visits=(visit("2027-02-27T10:00", "service"),))
    assert only(BOILER_CARE, before, "2027-02-27T12:00").due_s == moment("2027-02-28T00:00")


def test_a_plan_that_is_due_once_is_satisfied_by_one_visit() -> None:
    once = replace(CARE, every=None, until=None)
    seen = Dealings(units=BOUGHT.units, visits=(visit("2024-03-05T10:00"),))
    assert only(once, BOUGHT, "2024-08-01T00:00").state == "due"
    one = only(once, seen, "2024-08-01T00:00")
    assert (one.state, one.due_s) == ("satisfied", moment("2024-08-29T00:00"))
    assert only(replace(once, every=Span()), seen, "2030-08-01T00:00").state == "satisfied"


def test_after_the_last_visit_before_the_end_it_is_satisfied_and_then_ended() -> None:
    seen = Dealings(
        units=BOUGHT.units,
        visits=tuple(visit(at) for at in ("2024-08-29T10:00", "2025-02-28T10:00", "2025-09-01T10:00")),
    )
    assert only(CARE, seen, "2025-12-01T00:00").state == "satisfied"  # the next would be on 1 March 2026
    assert only(CARE, seen, "2026-03-01T00:00").state == "ended"


def test_the_last_day_of_a_plan_still_counts_and_nothing_lapses_after_it() -> None:
    once = replace(CARE, first_after=Span(months=24))
    one = only(once, BOUGHT, "2026-02-28T12:00")
    assert (one.state, one.due_s, one.lapses_s) == ("due", moment("2026-02-28T00:00"), one.ends_s)
    assert only(replace(CARE, first_after=Span(months=25)), BOUGHT, "2026-02-28T12:00").state == "satisfied"


def test_visits_with_another_code_or_before_the_purchase_or_after_now_do_not_count() -> None:
    for other in (
        visit("2024-08-01T10:00", "polish"),
        visit("2024-02-29T14:59:59"),
        visit("2024-08-30T00:00:01"),
    ):
        one = only(CARE, Dealings(units=BOUGHT.units, visits=(other,)), "2024-08-30T00:00")
        assert (one.state, one.last_visit_s) == ("overdue", None)


def test_a_plan_with_hours_counts_from_the_moment() -> None:
    rental = replace(
        CARE,
        first_after=Span(seconds=36 * 3_600),
        every=None,
        lead=Span(seconds=3_600),
        grace=Span(),
        until=None,
    )
    one = only(rental, BOUGHT, "2024-03-02T02:30")
    assert (one.state, one.due_s, one.lapses_s) == (
        "due",
        moment("2024-03-02T03:00"),
        moment("2024-03-02T03:00"),
    )
    assert only(rental, BOUGHT, "2024-03-02T03:00").state == "lapsed"


def test_a_returned_unit_has_no_obligation_and_one_without_any_left_has_ended() -> None:
    assert owed(CARE, Dealings(), "2024-08-01T00:00") == []
    assert (
        only(CARE, Dealings(units=(unit("2024-02-29T15:00", count=0),)), "2024-08-01T00:00").state == "ended"
    )


def test_a_replacement_has_a_course_of_its_own() -> None:
    replaced = Dealings(
        units=(unit("2024-06-15T12:00", order_id="R-1042"),), visits=(visit("2024-05-01T10:00"),)
    )
    one = only(CARE, replaced, "2024-08-01T00:00")
    assert (one.due_s, one.last_visit_s) == (moment("2024-12-15T00:00"), None)


def test_items_outside_the_plan_have_none() -> None:
    assert obligations_of(CARE, BOUGHT, {RING + 1}, now_s=0, zone=ZoneInfo("UTC")) == []
    assert obligations_of(CARE, BOUGHT, (), now_s=0, zone=ZoneInfo("UTC")) == []


@pytest.mark.parametrize("plan", [CARE, BOILER_CARE])
def test_years_before_the_purchase_it_is_upcoming(plan: ServicePlan) -> None:
    assert only(plan, BOUGHT, "1970-01-02T00:00").state == "upcoming"
