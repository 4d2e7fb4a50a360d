"""Settling what is simulated."""

from datetime import UTC, date, datetime, time

import pytest

from recommender.errors import InvalidRequestError, NotEnoughDataError
from recommender.events.vocabulary import OrderLine, Purchase
from recommender.playbook.reading import default_playbook, read_playbook
from tests.training.simulate.world import HEAD, NewWorld, at, bought
from training.simulate.days import days_of
from training.simulate.preparing import Declared, sampled, side_plans

SHOP = Declared("Shop", HEAD.encode(), read_playbook(HEAD.encode()))
NOBODYS = Declared("no playbook", None, default_playbook())


def test_a_channel_that_is_named_twice_is_asked_once_on_both_sides() -> None:
    for new, against in ((SHOP, NOBODYS), (NOBODYS, SHOP)):
        plans, _ = side_plans(new, against, ("email", "app", "email"))
        assert [one.channels for one in plans] == [("email", "app")] * 2


def moments(*texts: str) -> tuple[int, ...]:
    return tuple(int(at(text).timestamp()) for text in texts)


def test_days_that_have_not_come_are_left_out_and_told(new_world: NewWorld) -> None:
    world = new_world([bought("ada", "2024-05-10T12:00", "mug")])
    begins, now = date(2024, 5, 9), at("2024-05-11T10:00")
    window, notes = days_of(world.log, SHOP.playbook, 90, time(10), begins, now)
    assert window.moments == moments("2024-05-09T10:00", "2024-05-10T10:00", "2024-05-11T10:00")
    assert notes == (
        "Only 3 of 90 days have come: they end with 2024-05-11.",
        "The last purchase of the log is that of 2024-05-10: on 1 of 3 days, those after it, nobody buys anything.",
    )
    window, notes = days_of(world.log, SHOP.playbook, 2, time(10), begins, now)
    assert (window.days, notes) == (2, ())


def test_a_first_day_of_which_nothing_has_come_is_refused(new_world: NewWorld) -> None:
    world = new_world([bought("ada", "2024-05-10T12:00", "mug")])
    with pytest.raises(InvalidRequestError, match=r"a day that has not come.*10:00.*found 2024-05-11.*--at"):
        days_of(world.log, SHOP.playbook, 1, time(10), date(2024, 5, 11), at("2024-05-11T09:59"))


def test_days_after_the_last_purchase_are_told(new_world: NewWorld) -> None:
    world = new_world([bought("ada", "2024-05-10T12:00", "mug")])
    now = datetime(2025, 1, 1, tzinfo=UTC)
    _, (note,) = days_of(world.log, SHOP.playbook, 28, time(10), date(2024, 5, 1), now)
    assert "that of 2024-05-10: on 18 of 28 days" in note
    _, (note,) = days_of(world.log, SHOP.playbook, 28, time(10), date(2024, 7, 1), now)
    assert "that of 2024-05-10: on 28 of 28 days" in note


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2025-01-01T00:00", "2024-05-10"),
        ("2024-05-10T13:00", "2024-05-10"),
        ("2024-05-10T09:59", "2024-05-09"),  # bought on a clock that is fast, the morning still to come
        ("2024-03-01T12:00", "2024-03-01"),
    ],
)
def test_without_a_first_day_all_days_have_come(new_world: NewWorld, now: str, last: str) -> None:
    world = new_world([bought("ada", "2024-05-10T12:00", "mug")])
    window, notes = days_of(world.log, SHOP.playbook, 90, time(10), None, at(now))
    assert (window.days, window.last.isoformat(), notes) == (90, last, ())


def test_a_shop_of_guests_has_nobody_to_simulate_and_is_told_why(new_world: NewWorld) -> None:
    order = Purchase(
        source="shop",
        event_id="1",
        occurred_at=at("2024-05-10T12:00"),
        order_id="1",
        lines=(OrderLine(item_id="mug"),),
    )
    with pytest.raises(
        NotEnoughDataError, match=r"expected orders of a known customer, found only orders of guests"
    ):
        sampled(new_world([order]).log, None)


def test_an_empty_log_has_nobody_to_simulate(new_world: NewWorld) -> None:
    with pytest.raises(NotEnoughDataError, match="found no order; load"):
        sampled(new_world([]).log, 5)
