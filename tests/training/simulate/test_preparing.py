"""Settling what is simulated."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from recommender.engine.home import Home
from recommender.errors import InvalidRequestError, NotEnoughDataError
from recommender.events.vocabulary import OrderLine, Purchase
from recommender.playbook.reading import default_playbook, read_playbook
from recommender.storage.log import EventLog
from tests.training.homes import Trained, registry_of
from tests.training.simulate.world import HEAD, NewWorld, at, bought, consent
from training.simulate.days import days_of
from training.simulate.preparing import Declared, bundle_of, sampled, side_plans

SHOP = Declared("Shop", HEAD.encode(), read_playbook(HEAD.encode()))
NOBODYS = Declared("no playbook", None, default_playbook())
KNOWN = [bought("ada", "2023-06-01T12:00", "mug"), bought("ada", "2024-05-10T12:00", "mug")]


def test_a_channel_that_is_named_twice_is_asked_once_on_both_sides() -> None:
    for new, against in ((SHOP, NOBODYS), (NOBODYS, SHOP)):
        plans, _ = side_plans(new, against, ("email", "app", "email"))
        assert [one.channels for one in plans] == [("email", "app")] * 2


def moments(*texts: str) -> tuple[int, ...]:
    return tuple(int(at(text).timestamp()) for text in texts)


def test_days_that_have_not_come_are_left_out_and_told(new_world: NewWorld) -> None:
    world = new_world(KNOWN)
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
    world = new_world(KNOWN)
    with pytest.raises(InvalidRequestError, match=r"a day that has not come.*10:00.*found 2024-05-11.*--at"):
        days_of(world.log, SHOP.playbook, 1, time(10), date(2024, 5, 11), at("2024-05-11T09:59"))


def test_days_after_the_last_purchase_are_told(new_world: NewWorld) -> None:
    world = new_world(KNOWN)
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
    world = new_world(KNOWN)
    window, notes = days_of(world.log, SHOP.playbook, 90, time(10), None, at(now))
    assert (window.days, window.last.isoformat(), notes) == (90, last, ())


def guest(when: str) -> Purchase:
    lines = (OrderLine(item_id="mug"),)
    return Purchase(source="shop", event_id=when, occurred_at=at(when), order_id=when, lines=lines)


@pytest.mark.parametrize(
    ("days", "begins", "words"),
    [
        (90, None, ["is that of 2024-05-10: on 81 of 90 days, those before it, nobody is known by one."]),
        (11, None, ["is that of 2024-05-10: on 2 of 11 days"]),
        (9, None, []),
        (3, date(2024, 5, 9), ["is that of 2024-05-10: on 2 of 3 days"]),
        (3, date(2024, 5, 1), ["until 2024-05-03: the purchases of the log begin later."]),
    ],
)
def test_days_on_which_nobody_was_known_yet_are_told(
    new_world: NewWorld, days: int, begins: date | None, words: list[str]
) -> None:
    orders = [bought("ada", "2024-05-10T12:00", "mug"), bought("ada", "2024-05-19T12:00", "mug")]
    world = new_world([guest("2024-01-01T12:00"), *orders])
    _, notes = days_of(world.log, SHOP.playbook, days, time(10), begins, at("2025-01-01T00:00"))
    assert [part in note for part, note in zip(words, notes, strict=True)] == [True] * len(words)


def test_a_log_of_guests_alone_knows_nobody_by_a_purchase(new_world: NewWorld) -> None:
    log = new_world([guest("2024-05-10T12:00"), consent("ada", "subscribed")]).log
    _, notes = days_of(log, SHOP.playbook, 2, time(10), None, at("2025-01-01T00:00"))
    assert notes == ("Nobody is known by a purchase: those of the log are of guests.",)


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


def test_the_notes_tell_whether_the_model_learned_from_the_days(trained: Trained, tmp_path: Path) -> None:
    as_of_s = trained.outcome.result.models.as_of_s
    with EventLog.open(trained.home.log_url) as log:
        (before,) = bundle_of(trained.registry, log, "champion", as_of_s, tmp_path).notes
        (within,) = bundle_of(trained.registry, log, "champion", as_of_s - 1, tmp_path).notes
    until = f"It learned from what happened before {datetime.fromtimestamp(as_of_s, UTC):%Y-%m-%d %H:%M} UTC"
    assert f"{until}, and from nothing of these days." in before
    first = datetime.fromtimestamp(as_of_s - 1, UTC).date()
    assert f"{until}, also on these days; `rapport train --as-of {first}`" in within


@pytest.mark.parametrize(
    ("begins", "words"),
    [
        ("2024-05-10T12:00", "nothing was sold before the first day: no product is offered"),
        ("2024-05-10T12:01", "ranked by what sold before the first day"),
    ],
)
def test_without_a_model_the_notes_tell_whether_anything_had_sold(
    new_world: NewWorld, new_home: Callable[[str], Home], tmp_path: Path, begins: str, words: str
) -> None:
    log, registry = new_world(KNOWN[1:]).log, registry_of(new_home("no-model"))
    (note,) = bundle_of(registry, log, "champion", int(at(begins).timestamp()), tmp_path).notes
    assert words in note
