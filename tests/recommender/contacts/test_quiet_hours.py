from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from recommender.contacts.quiet import quiet_from, quiet_hours_at, quiet_until
from recommender.playbook.model import QuietHours
from tests.recommender.contacts.wall_clocks import BEGIN_S, DAY, DAYS, QUARTER, ZONES, is_quiet, wall_clock

NIGHT = QuietHours(21 * 60, 8 * 60)
WEEK = (
    (QuietHours(22 * 60 + 15, 7 * 60 + 45), QuietHours(0, 1_440, frozenset({6}))),
    (QuietHours(90, 165), QuietHours(23 * 60, 30, frozenset({4, 5}))),
    (QuietHours(120, 150), QuietHours(12 * 60, 12 * 60, frozenset({2}))),
)


def moment(text: str, zone: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def test_there_are_at_least_four_hundred_zones() -> None:
    assert len(ZONES) >= 400


@pytest.mark.parametrize("part", range(4))
def test_quiet_hours_are_what_the_wall_shows_in_every_zone_over_two_years(part: int) -> None:
    rng = np.random.default_rng(part)
    for place, name in enumerate(ZONES[part::4]):
        clock = wall_clock(name, margin_days=10)
        rules = WEEK[place % len(WEEK)]
        quiet = is_quiet(clock, rules)
        open_rows = np.flatnonzero(~quiet)
        daily = (BEGIN_S - clock.at_s[0] + np.arange(DAYS) * DAY) // QUARTER + rng.integers(0, 96, DAYS)
        near = [
            np.arange(-60, 60) + np.searchsorted(clock.at_s, change)
            for change in clock.changes_s
            if BEGIN_S <= change < BEGIN_S + DAYS * DAY
        ]
        for row in np.concatenate([daily, *near]).tolist():
            at_s = int(clock.at_s[row])
            expected_s = int(clock.at_s[open_rows[np.searchsorted(open_rows, row)]])
            assert quiet_until(rules, at_s, clock.zone) == expected_s, (name, at_s)
            if row % 5 == 0:
                assert (quiet_hours_at(rules, at_s, clock.zone) is not None) == bool(quiet[row]), (name, at_s)
                assert quiet_until(rules, at_s + 1, clock.zone) == (expected_s if quiet[row] else at_s + 1)


@pytest.mark.parametrize("part", range(4))
def test_quiet_hours_begin_where_the_wall_shows_it_in_every_zone_over_two_years(part: int) -> None:
    rng = np.random.default_rng(part)
    for place, name in enumerate(ZONES[part::4]):
        clock = wall_clock(name, margin_days=10)
        rules = WEEK[place % len(WEEK)]
        quiet_rows = np.flatnonzero(is_quiet(clock, rules))
        daily = (BEGIN_S - clock.at_s[0] + np.arange(0, DAYS, 3) * DAY) // QUARTER + rng.integers(
            0, 96, DAYS
        )[::3]
        near = [
            np.arange(-60, 60, 3) + np.searchsorted(clock.at_s, change)
            for change in clock.changes_s
            if BEGIN_S <= change < BEGIN_S + DAYS * DAY
        ]
        for row in np.concatenate([daily, *near]).tolist():
            expected_s = int(clock.at_s[quiet_rows[np.searchsorted(quiet_rows, row)]])
            assert quiet_from(rules, int(clock.at_s[row]), clock.zone) == expected_s, (name, clock.at_s[row])


def test_without_rules_it_is_never_quiet() -> None:
    assert quiet_from([], BEGIN_S, ZoneInfo("UTC")) is None


def test_quiet_hours_span_midnight() -> None:
    rome = ZoneInfo("Europe/Rome")
    for text, holds in (
        ("2025-06-10T20:59:59", False),
        ("2025-06-10T21:00:00", True),
        ("2025-06-11T07:59:59", True),
        ("2025-06-11T08:00:00", False),
    ):
        assert (quiet_hours_at([NIGHT], moment(text, "Europe/Rome"), rome) is not None) is holds


def test_weekdays_are_those_on_which_quiet_hours_begin() -> None:
    friday_night = QuietHours(22 * 60, 9 * 60, frozenset({4}))
    utc = ZoneInfo("UTC")
    assert quiet_hours_at([friday_night], moment("2025-06-14T08:00", "UTC"), utc)  # Saturday morning
    assert not quiet_hours_at([friday_night], moment("2025-06-14T22:30", "UTC"), utc)  # Saturday night
    assert not quiet_hours_at([friday_night], moment("2025-06-13T08:00", "UTC"), utc)  # Friday morning


def test_an_end_that_the_clock_skips_is_the_moment_of_the_skip() -> None:
    until_half_past_two = QuietHours(0, 150)
    berlin = ZoneInfo("Europe/Berlin")
    asked_s = moment("2025-03-30T01:00", "Europe/Berlin")
    assert quiet_until([until_half_past_two], asked_s, berlin) == moment("2025-03-30T03:00", "Europe/Berlin")


def test_hours_that_the_clock_shows_twice_are_quiet_twice() -> None:
    between_two_and_half_past = QuietHours(120, 150)
    berlin = ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        asked_s = moment("2025-10-26T02:10", "Europe/Berlin", fold)
        assert quiet_until([between_two_and_half_past], asked_s, berlin) == asked_s + 20 * 60
    between_s = moment("2025-10-26T02:40", "Europe/Berlin", 0)
    assert quiet_hours_at([between_two_and_half_past], between_s, berlin) is None


def test_one_quiet_time_may_lead_into_the_next() -> None:
    utc = ZoneInfo("UTC")
    rules = [NIGHT, QuietHours(8 * 60, 12 * 60, frozenset({6}))]
    assert quiet_until(rules, moment("2025-06-14T23:00", "UTC"), utc) == moment("2025-06-15T12:00", "UTC")


def test_what_is_always_quiet_never_opens() -> None:
    assert quiet_until([QuietHours(0, 1_440)], BEGIN_S, ZoneInfo("Europe/Berlin")) is None
    assert quiet_until([QuietHours(600, 600)], BEGIN_S, ZoneInfo("Europe/Berlin")) is None


def test_without_rules_it_is_open_at_once() -> None:
    assert quiet_until([], BEGIN_S, ZoneInfo("UTC")) == BEGIN_S
    assert quiet_hours_at([], BEGIN_S, ZoneInfo("UTC")) is None
