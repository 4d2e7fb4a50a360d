"""Due days against their definition: month arithmetic by hand, midnights off the wall, every zone, two years."""

import calendar
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.customers.dealings import Dealings, Unit
from recommender.playbook.model import Span
from recommender.promises import obligations_of
from recommender.types import Int64Array
from tests.recommender.contacts.wall_clocks import BEGIN_S, DAY, DAYS, ZONES, WallClock, wall_clock
from tests.recommender.promises.plans import CARE, RING, moment, only, unit, visit

EPOCH = date(1970, 1, 1)
MONTHLY = replace(
    CARE,
    first_after=Span(months=1),
    every=None,
    lead=Span(days=7),
    grace=Span(days=3),
    until=Span(months=1, days=20),
)


def months_later(day: date, months: int) -> date:
    """The definition: the same day of the month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_moments(clock: WallClock) -> tuple[Int64Array, Int64Array]:
    """Return every local day of a clock, and the first moment at which the wall shows it or a later one."""
    latest = np.maximum.accumulate(clock.day)
    days, rows = np.unique(latest, return_index=True)
    return days, clock.at_s[rows]


@pytest.mark.parametrize("part", range(4))
def test_due_days_begin_with_local_days_in_every_zone_over_two_years(part: int) -> None:
    for place, name in enumerate(ZONES[part::4]):
        clock = wall_clock(name)
        days, begins_s = first_moments(clock)

        def begin(day: date, days: Int64Array = days, begins_s: Int64Array = begins_s) -> int:
            return int(begins_s[np.searchsorted(days, (day - EPOCH).days)])

        near = [change + shift * DAY for change in clock.changes_s for shift in range(-32, 3)]
        bought = [at_s for at_s in near if BEGIN_S <= at_s < BEGIN_S + DAYS * DAY]
        bought += [BEGIN_S + day * DAY + 71 * day % DAY for day in range(place % 9, DAYS, 9)]
        units = tuple(Unit(RING, str(at_s), None, None, at_s, 1) for at_s in bought)
        found = obligations_of(MONTHLY, Dealings(units=units), {RING}, now_s=BEGIN_S, zone=clock.zone)
        walls = clock.day[np.searchsorted(clock.at_s, bought, side="right") - 1]
        for one, wall in zip(found, walls.tolist(), strict=True):
            local = EPOCH + timedelta(days=wall)
            due = months_later(local, 1)
            expected = (
                begin(due),
                begin(due - timedelta(days=7)),
                begin(due + timedelta(days=4)),
                begin(due + timedelta(days=21)),
            )
            assert (one.due_s, one.remind_from_s, one.lapses_s, one.ends_s) == expected, (name, local)


@given(
    bought=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    first=st.integers(1, 30),
    every=st.integers(1, 30),
    times=st.integers(0, 12),
)
def test_every_due_day_is_one_sum_of_months_from_the_purchase(
    bought: date, first: int, every: int, times: int
) -> None:
    plan = replace(
        CARE,
        first_after=Span(months=first),
        every=Span(months=every),
        until=None,
        lead=Span(),
        anchor="schedule",
    )
    ring = unit(f"{bought.isoformat()}T12:00")
    due = [months_later(bought, first + count * every) for count in range(times + 1)]

    visits = tuple(visit(f"{day.isoformat()}T08:00") for day in due[:-1])
    one = only(plan, Dealings(units=(ring,), visits=visits), f"{due[-1].isoformat()}T12:00")
    assert (one.state, one.due_s) == ("due", moment(f"{due[-1].isoformat()}T00:00"))


def test_a_due_day_whose_midnight_the_clock_skips_begins_with_the_skip() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    bought = Dealings(units=(unit("2024-03-26T12:00"),))
    one = only(MONTHLY, bought, "2024-04-26T12:00", cairo)
    assert one.due_s == moment("2024-04-26T01:00", cairo)
    assert (one.due_s - 1 - moment("2024-04-25T00:00", cairo)) == 86_399


def test_a_day_that_the_calendar_of_a_place_skipped_begins_with_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    bought = Dealings(units=(Unit(RING, "1", None, None, moment("2011-11-30T12:00", apia), 1),))
    one = only(MONTHLY, bought, "2011-12-20T12:00", apia)
    assert one.due_s == moment("2011-12-31T00:00", apia)
