"""Promises that were missed: on which days, and by which gate."""

from io import StringIO

import pytest
from rich.console import Console

from recommender.events.vocabulary import Override, Profile
from recommender.playbook.reading import read_playbook
from tests.training.simulate.world import (
    CARE,
    FIRST,
    HEAD,
    THANKS,
    WEEKLY,
    NewWorld,
    at,
    bought,
    consent,
    days_from,
)
from training.promise_rows import rows_of
from training.promises import PromisesRequest, promises_in
from training.simulate.tables import parts_of

SILENT = (HEAD + CARE).replace('channels = ["email"]', 'channels = ["app"]')


def lives(who: str, zone: str) -> Profile:
    return Profile(
        source="shop",
        event_id=f"profile-{who}",
        occurred_at=at("2023-11-01T00:00"),
        customer_id=who,
        time_zone=zone,
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_the_days_of_a_missed_promise_are_those_that_the_list_of_promises_shows(
    new_world: NewWorld, zone: str
) -> None:
    world = new_world([lives("ada", zone), bought("ada", "2023-11-10T12:00", "ring")])
    report = world.report(world.plan(SILENT, window=days_from(FIRST, 21)))
    (missed,) = report.new.promises.rows
    # Six months after the local day of the purchase, and five days of grace.
    assert (missed.due, missed.in_time_until, missed.time_zone) == ("2024-05-10", "2024-05-15", zone)
    owed = promises_in(world.log, read_playbook(SILENT.encode()), PromisesRequest(at("2024-05-09T00:00")))
    (listed,) = rows_of(owed)
    assert (listed["due"], listed["in_time_until"]) == (missed.due, missed.in_time_until)
    printed = StringIO()
    Console(width=200, file=printed).print(*parts_of(report))
    lines = printed.getvalue().splitlines()
    (row,) = [line.split() for line in lines if line.startswith("ada ")]
    assert row[3:5] == ["2024-05-10", "2024-05-15"]
    assert any("in time until" in line for line in lines)


def test_what_explains_a_missed_promise_is_the_gate_that_is_named(new_world: NewWorld) -> None:
    on_hold = Override(
        source="shop",
        event_id="hold-ada",
        occurred_at=at("2024-05-13T12:00"),
        customer_id="ada",
        kind="hold_all",
        author="eve",
        reason="moves house",
    )
    world = new_world([bought("ada", "2023-11-10T12:00", "ring"), consent("ada", "unsubscribed"), on_hold])
    book = (HEAD + CARE).replace("needs_consent = false", "needs_consent = true")
    (missed,) = world.outcome(world.plan(book, window=days_from(FIRST, 21))).sides[0].missed
    # Thirteen mornings without consent, then three on hold.
    assert (missed.reason, missed.because) == ("no_consent", "unsubscribed from email")


def test_a_shut_channel_takes_the_explanation_from_no_other_gate(new_world: NewWorld) -> None:
    world = new_world(
        [bought("ada", "2023-11-10T12:00", "ring"), bought("ada", "2024-05-13T12:00", "mug")],
    )
    others = CARE.replace('channels = ["email"]', 'channels = ["email"]\naudience = "customer.orders >= 9"')
    plan = world.plan(HEAD + WEEKLY + THANKS + others, window=days_from(FIRST, 21))
    side = world.outcome(plan).sides[0]
    # Thanked on the 14th, so that the mail of the week is gone on the 15th, the last day in time.
    assert side.tally.shut["email"]["cap_reached"].times > 0
    (missed,) = side.missed
    assert missed.reason == "not_in_audience"
    assert missed.because == "customer.orders is 2, asked >= 9"
