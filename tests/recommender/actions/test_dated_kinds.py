"""Kinds that follow the calendar: special days, gifts, booked visits, and a customer's own rhythm."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.actions import CustomerSituation, Moment, Proposal, proposals_in
from recommender.actions.clock_changes import on_the_clock
from recommender.actions.occasion import next_date
from recommender.actions.rhythm import rhythm_of
from recommender.customers.dealings import Booking, Dealings, Gift, SpecialDay
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cooldown, ItemSelector, ServicePlan, Span, Timing
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    Customer,
    action_of,
    number,
    proposed,
    repertoire_for,
    said,
)

BIRTHDAY = action_of(
    ActionKind.OCCASION, timing=Timing(lead_s=7 * DAY), occasions=frozenset({"birthday", "gift"})
)
NEAR = action_of(ActionKind.APPOINTMENT, timing=Timing(lead_s=2 * DAY))
MISSED = action_of(ActionKind.WIN_BACK, timing=Timing(lapse=2.0, least_orders=3))
CARE = ServicePlan(
    id="care",
    name="Polishing",
    items=ItemSelector(item_ids=frozenset({"RING"})),
    first_after=Span(months=6),
    every=None,
    lead=Span(days=30),
    grace=Span(days=30),
    until=None,
    satisfied_by=frozenset({"POL"}),
)


def told(
    dealings: Dealings, *actions: Action, at: datetime, zone: str = "UTC", plans: Sequence[ServicePlan] = ()
) -> list[Proposal]:
    state = replace(Customer().state(), dealings=dealings)
    moment = Moment(int(at.timestamp()), ZoneInfo(zone))
    return proposals_in(CustomerSituation(repertoire_for(*actions, plans=plans), state, moment))


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str, kind: str = "birthday", yearly: bool = True, recipient: str | None = None) -> Dealings:
    return Dealings(special_days=(SpecialDay(kind, text, yearly, recipient),))


# --- occasion


@pytest.mark.parametrize(
    ("now", "count"),
    [
        ("2025-12-02T23:59", 0),
        ("2025-12-03T00:00", 1),
        ("2025-12-10T23:59", 1),
        ("2025-12-11T00:00", 0),
        ("2031-12-09T12:00", 1),
    ],
)
def test_a_birthday_is_near_from_the_lead_to_the_end_of_the_day(now: str, count: int) -> None:
    assert len(told(day("1990-12-10"), BIRTHDAY, at=on(now))) == count


@pytest.mark.parametrize(
    ("now", "count"),
    [("2025-12-09T23:59", 0), ("2025-12-10T00:00", 1), ("2025-12-10T23:59", 1), ("2025-12-11T00:00", 0)],
)
def test_a_lead_of_no_time_waits_for_the_day_itself(now: str, count: int) -> None:
    on_the_day = replace(BIRTHDAY, timing=Timing(lead_s=0))
    assert len(told(day("1990-12-10"), on_the_day, at=on(now))) == count


def test_a_birthday_is_near_where_the_customer_lives() -> None:
    eve = on("2025-12-02T20:00")
    assert told(day("1990-12-10"), BIRTHDAY, at=eve) == []
    (there,) = told(day("1990-12-10"), BIRTHDAY, at=eve, zone="Asia/Tokyo")
    assert (there.words["days"], there.words["date"]) == ("7", "2025-12-10")
    assert there.since_s == int(on("2025-12-02T15:00").timestamp())
    assert told(day("1990-12-10"), BIRTHDAY, at=on("2025-12-10T20:00"), zone="Asia/Tokyo") == []


def test_an_occasion_says_what_and_when() -> None:
    (word,) = told(day("1990-12-10", recipient="mother"), BIRTHDAY, at=on("2025-12-09T08:00"))
    assert word.fact == "birthday for mother, 2025-12-10 tomorrow"
    assert said(word) == "Birthday for mother on 2025-12-10: may we help you prepare?"
    assert word.item is None


def test_a_day_that_comes_once_comes_once() -> None:
    assert len(told(day("2025-12-10", yearly=False), BIRTHDAY, at=on("2025-12-05T08:00"))) == 1
    assert told(day("2024-12-10", yearly=False), BIRTHDAY, at=on("2025-12-05T08:00")) == []


def test_only_the_kinds_of_days_that_the_action_names() -> None:
    assert told(day("1990-12-10", kind="name day"), BIRTHDAY, at=on("2025-12-05T08:00")) == []
    everything = replace(BIRTHDAY, occasions=frozenset())
    assert len(told(day("1990-12-10", kind="name day"), everything, at=on("2025-12-05T08:00"))) == 1


def test_a_gift_comes_back_once_a_year_later() -> None:
    gifts = Dealings(
        gifts=(
            Gift(number("RING"), int(on("2024-12-10T10:00").timestamp()), "mother"),
            Gift(number("BOX"), int(on("2024-12-10T11:00").timestamp()), "mother"),
            Gift(number("CHAIN"), int(on("2024-12-12T11:00").timestamp()), None),
        )
    )
    first, second = told(gifts, BIRTHDAY, at=on("2025-12-08T08:00"))
    assert first.fact == "gift given a year ago for mother, 2025-12-10 in 2 days"
    assert (first.words["item"], first.item) == ("Ring Aurora", None)
    assert second.words["item"] == "Chain Vega"
    assert told(gifts, BIRTHDAY, at=on("2026-12-08T08:00")) == []
    assert told(gifts, replace(BIRTHDAY, occasions=frozenset({"birthday"})), at=on("2025-12-08T08:00")) == []


def test_an_occasion_is_about_the_customer_and_its_goods_say_which_gifts_it_is_of() -> None:
    """The box is sold out and the ring is the customer's own: neither is offered, so neither matters."""
    at_s = int(on("2024-12-10T10:00").timestamp())
    gifts = tuple(Gift(number(item), at_s, item.lower()) for item in ("RING", "BOX"))
    dealings = Dealings(gifts=gifts, special_days=day("1990-12-10").special_days)
    of_some = replace(BIRTHDAY, items=ItemSelector(item_ids=frozenset({"BOX"})))
    found = told(dealings, of_some, at=on("2025-12-08T08:00"))
    assert [(one.words["occasion"], one.words.get("item"), one.item) for one in found] == [
        ("birthday", None, None),
        ("gift", "Box", None),
    ]


def test_a_gift_that_came_back_is_no_occasion() -> None:
    a_year_later = int((datetime.fromtimestamp(NOW_S, UTC) + timedelta(days=360)).timestamp())
    given_away = Customer().buys("RING", ago=0, gift_for="mother")
    assert len(proposed(given_away, BIRTHDAY, now_s=a_year_later)) == 1
    assert proposed(given_away.gives_back("RING", ago=-3), BIRTHDAY, now_s=a_year_later) == []


@pytest.mark.parametrize(
    ("today", "comes"),
    [("2023-01-01", "2023-02-28"), ("2023-03-01", "2024-02-29"), ("2024-02-29", "2024-02-29")],
)
def test_29_february_is_kept_every_year(today: str, comes: str) -> None:
    leap = date(1996, 2, 29)
    assert next_date(leap, date.fromisoformat(today), yearly=True) == date.fromisoformat(comes)


@settings(max_examples=300, deadline=None)
@given(
    st.dates(date(1920, 1, 1), date(2030, 12, 31)),
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
)
def test_a_yearly_date_comes_within_a_year(first: date, today: date) -> None:
    comes = next_date(first, today, yearly=True)
    assert comes is not None
    assert comes >= today
    assert comes == first or (comes - today).days <= 366
    assert (comes.month, comes.day) in {(first.month, first.day), (2, 28)}


def test_an_occasion_that_was_spoken_of_waits_for_the_next_year() -> None:
    birthday = Customer().is_told("occasion", ago=1)
    dealings = replace_days(birthday, "1990-06-18")
    assert told(dealings, BIRTHDAY, at=datetime.fromtimestamp(NOW_S, UTC)) == []
    next_year = datetime.fromtimestamp(NOW_S, UTC) + timedelta(days=365)
    assert len(told(dealings, BIRTHDAY, at=next_year)) == 1


def test_of_two_birthdays_in_one_week_each_is_spoken_of() -> None:
    days = (*day("1990-06-18", recipient="Ida").special_days, *day("1992-06-20", recipient="Bo").special_days)
    now = datetime.fromtimestamp(NOW_S, UTC)
    first, second = told(Dealings(special_days=days), BIRTHDAY, at=now)
    spoken = Customer().is_told("occasion", ago=1, subject=first.subject).state().dealings.contacts
    left = told(Dealings(special_days=days, contacts=spoken), BIRTHDAY, at=now)
    assert [one.subject for one in left] == [second.subject]


def replace_days(customer: Customer, text: str) -> Dealings:
    return Dealings(
        contacts=customer.state().dealings.contacts, special_days=(SpecialDay("birthday", text, True, None),)
    )


# --- appointment


def booked(
    days: float, status: str = "booked", item: str | None = "RING", code: str | None = "POL"
) -> Dealings:
    at = NOW_S + round(days * DAY)
    about = None if item is None else number(item)
    booking = msgspec.convert(["a1", at, status, code, about, "S-1", NOW_S - DAY], Booking)
    return Dealings(bookings=(booking,))


def near(dealings: Dealings, action: Action = NEAR, zone: str = "UTC") -> list[Proposal]:
    return told(dealings, action, at=datetime.fromtimestamp(NOW_S, UTC), zone=zone, plans=[CARE])


@pytest.mark.parametrize(
    ("days", "status", "count"),
    [
        (2.01, "booked", 0),
        (2, "booked", 1),
        (0.1, "moved", 1),
        (-0.1, "booked", 0),
        (1, "cancelled", 0),
        (1, "kept", 0),
        (1, "missed", 0),
    ],
)
def test_a_visit_is_near_while_it_is_booked(days: float, status: str, count: int) -> None:
    assert len(near(booked(days, status))) == count


@pytest.mark.parametrize(
    ("lead_s", "days", "count"), [(None, 2, 1), (None, 2.01, 0), (0, 0, 1), (0, 0.01, 0)]
)
def test_a_visit_is_near_by_its_usual_lead_only_where_none_is_declared(
    lead_s: int | None, days: float, count: int
) -> None:
    assert len(near(booked(days), replace(NEAR, timing=Timing(lead_s=lead_s)))) == count


def test_a_visit_is_an_obligation_with_its_own_time() -> None:
    (word,) = near(booked(1.25), zone="Europe/Berlin")
    assert (word.due_s, word.deadline_s) == (NOW_S + 1.25 * DAY, NOW_S + 1.25 * DAY)
    assert (word.item, word.subject, word.since_s) == (number("RING"), "a1", NOW_S - 0.75 * DAY)
    assert word.words["service"] == "Polishing"
    assert said(word) == "Polishing for Ring Aurora: we expect you on 2025-06-16 at 20:00."
    assert word.fact == "booked for 2025-06-16 20:00, in 1 day"


def test_reminders_of_a_plan_are_of_its_services() -> None:
    of_the_plan = replace(NEAR, plans=frozenset({"care"}))
    assert len(near(booked(1), of_the_plan)) == 1
    assert near(booked(1, code="TYRES"), of_the_plan) == []
    assert near(booked(1, item=None), replace(NEAR, items=CARE.items)) == []
    assert len(near(booked(1, item=None), NEAR)) == 1


# --- win-back


def regular(every: Sequence[float], last: float) -> Customer:
    """Return a customer whose orders lie so many days apart, the last one so many days ago."""
    customer, ago = Customer(), last
    customer.buys("RING", ago=ago)
    for gap in every:
        ago += gap
        customer.buys("CHAIN", ago=ago)
    return customer


def test_who_stays_away_for_two_of_their_own_gaps_is_missed() -> None:
    assert proposed(regular([10, 10, 10], last=20), MISSED) == []
    (word,) = proposed(regular([10, 10, 10], last=21), MISSED)
    assert word.fact == "last order 21 days ago, usually within 10 days"
    assert word.since_s == NOW_S - DAY
    assert (
        said(word)
        == "It has been a while since your last order on 2025-05-25. Is there anything we can do for you?"
    )
    assert proposed(regular([90, 90, 90], last=100), MISSED) == []
    assert len(proposed(regular([1, 1, 1], last=3), MISSED)) == 1


def test_who_came_for_a_service_or_will_is_not_away() -> None:
    away = regular([10, 10, 10], last=60)
    assert len(proposed(away, MISSED)) == 1
    assert proposed(regular([10, 10, 10], last=60).visits("POL", ago=1), MISSED) == []
    (again,) = proposed(regular([10, 10, 10], last=60).visits("POL", ago=30), MISSED)
    assert (again.since_s, again.words["date"]) == (NOW_S - 10 * DAY, "2025-04-16")
    counts = {}
    for status in ("booked", "moved", "cancelled", "missed"):
        coming = replace(away.state(), dealings=booked(5, status))
        situation = CustomerSituation(repertoire_for(MISSED), coming, Moment(NOW_S, ZoneInfo("UTC")))
        counts[status] = len(proposals_in(situation))
    assert counts == {"booked": 0, "moved": 0, "cancelled": 1, "missed": 1}


def test_few_orders_are_no_rhythm() -> None:
    assert proposed(regular([10], last=300), MISSED) == []
    eager = replace(MISSED, timing=replace(MISSED.timing, least_orders=2))
    assert len(proposed(regular([10], last=300), eager)) == 1
    assert proposed(regular([], last=300), replace(MISSED, timing=Timing(least_orders=1))) == []
    same_day = Customer().buys("RING", ago=300).buys("RING", ago=300.01).buys("RING", ago=310)
    assert proposed(same_day, MISSED) == []


def test_one_long_absence_changes_no_rhythm() -> None:
    assert len(proposed(regular([10] * 9, last=25), MISSED)) == 1
    assert len(proposed(regular([10] * 8 + [400], last=25), MISSED)) == 1


def test_of_whom_little_is_known_more_patience_is_had() -> None:
    uneven = [10.0, 10.0, 10.0, 10.0, 30.0]
    (known_for_long,) = proposed(regular(uneven * 10, last=90), MISSED)
    (hardly_known,) = proposed(regular(uneven, last=90), MISSED)
    assert known_for_long.words["usual_days"] == "10"
    assert hardly_known.words["usual_days"] == "20"
    assert hardly_known.since_s - known_for_long.since_s == 2 * 10 * DAY


def test_a_lapse_that_is_long_over_is_let_go() -> None:
    fresh = replace(MISSED, timing=replace(MISSED.timing, within_s=30 * DAY))
    assert len(proposed(regular([10, 10, 10], last=50), fresh)) == 1
    assert proposed(regular([10, 10, 10], last=51), fresh) == []
    assert proposed(regular([10, 10, 10], last=51), replace(MISSED, expiry_s=30 * DAY)) == []


def test_without_a_cooldown_one_word_per_absence_is_enough() -> None:
    told_since = regular([10, 10, 10], last=40).is_told("win_back", ago=15)
    assert proposed(told_since, MISSED) == []
    assert len(proposed(told_since, replace(MISSED, cooldown=Cooldown(sent_s=10 * DAY)))) == 1
    told_before = regular([10, 10, 10], last=40).is_told("win_back", ago=55)
    assert len(proposed(told_before, MISSED)) == 1


def test_a_win_back_is_remembered_however_long_the_absence_is() -> None:
    missed = Customer()
    for ago in (600, 590, 580, 570):
        missed.buys("CHAIN", ago=ago)
    assert len(proposed(missed, MISSED)) == 1
    missed.is_told("win_back", 500).is_told("birthday", 20)
    assert proposed(missed, MISSED) == []


def test_who_never_came_is_not_missed() -> None:
    assert proposed(Customer(), MISSED) == []


def test_days_are_counted_where_the_customer_lives() -> None:
    noon = on("2025-06-01T12:00").timestamp()
    at_s = np.array([noon, noon + 5 * 3_600, noon + 5 * DAY], np.uint32)
    assert rhythm_of(at_s, ZoneInfo("UTC")).days == 2
    assert rhythm_of(at_s, ZoneInfo("Australia/Brisbane")).days == 3


def test_days_are_counted_by_the_clock_of_their_season() -> None:
    """Two orders a day, at nine and half past eleven in the evening, on four days of winter; now it is summer."""
    berlin = ZoneInfo("Europe/Berlin")
    days = [datetime(2025, month, 10, tzinfo=berlin) for month in (1, 2, 3, 7)]
    clocks = (timedelta(hours=9), timedelta(hours=23, minutes=30), timedelta(minutes=30))
    at_s = np.array([(day + clock).timestamp() for day in days for clock in sorted(clocks)], np.uint32)
    assert rhythm_of(at_s, berlin)[:2] == (4, 181 / 3)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Africa/Casablanca", "Asia/Tokyo", "Africa/Cairo"]),
    st.lists(st.integers(0, 2**32 - 1), max_size=20),
)
def test_a_time_on_the_clock_is_what_the_calendar_says(zone: str, times: list[int]) -> None:
    def on_the_wall(at_s: int) -> int:
        wall = datetime.fromtimestamp(at_s, ZoneInfo(zone))
        return int(wall.replace(tzinfo=UTC).timestamp())

    found = on_the_clock(np.array(sorted(times), np.uint32), ZoneInfo(zone))
    assert found.tolist() == sorted(min(max(on_the_wall(one), 0), 2**32 - 1) for one in times)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 4_000 * DAY), max_size=60), st.integers(-12, 14))
def test_a_rhythm_is_what_numpy_says_of_the_gaps(times: list[int], hours: int) -> None:
    at_s = np.array(sorted(100 * DAY + one for one in times), np.uint32)
    days = np.unique((at_s.astype(np.int64) + hours * 3_600) // DAY)
    found = rhythm_of(at_s, ZoneInfo(f"Etc/GMT{-hours:+d}"))
    assert found.days == days.size
    if days.size > 1:
        gaps = np.diff(days)
        expected = [gaps.mean(), np.quantile(gaps, 0.75, method="weibull")]
        np.testing.assert_allclose(found[1:], expected)


def test_a_rhythm_of_an_array_that_cannot_be_written_is_the_same() -> None:
    at_s = np.array([0, 10 * DAY, 30 * DAY], np.uint32)
    expected = rhythm_of(at_s, ZoneInfo("UTC"))
    at_s.flags.writeable = False
    assert rhythm_of(at_s, ZoneInfo("UTC")) == expected
