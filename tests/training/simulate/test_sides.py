"""Two playbooks side by side, in one process or in several, without leaving a trace."""

import contextlib
import sqlite3
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from recommender.types import CustomerId
from tests.training.simulate.world import (
    FIRST,
    HEAD,
    THANKS,
    WEEKLY,
    NewWorld,
    World,
    at,
    bought,
    days_from,
    view,
)
from training.simulate.plan import SimulationPlan
from training.simulate.preparing import Declared
from training.simulate.report import SimulationReport
from training.simulate.reporting import report_of
from training.simulate.running import Outcome, tasks_of
from training.simulate.sides import playbook_of
from training.simulate.tables import parts_of
from training.simulate.workers import Workers

AGAIN = """
[[actions]]
id = "again"
kind = "buy_again"
value = 3.0
"""


@pytest.fixture
def world(new_world: NewWorld) -> World:
    """Sixty customers, more than one task, each with two purchases in the first days of May."""
    return new_world(
        [
            bought(f"c{number:02d}", f"2024-05-{day:02d}T12:{number:02d}", item)
            for number in range(60)
            for day, item in ((2, "mug"), (4, "lamp"))
        ],
    )


def reported(outcome: Outcome, plan: SimulationPlan) -> bytes:
    sides = [(Declared("p", one.content, playbook_of(one)), one) for one in plan.sides]
    window = days_from(FIRST, len(plan.moments))
    return msgspec.json.encode(report_of(outcome, sides, window, ("10:00", "1", ()), str))


def test_the_difference_is_what_the_new_playbook_does_more(world: World) -> None:
    plan = world.plan(HEAD + THANKS, HEAD + WEEKLY + THANKS, window=days_from(FIRST, 7))
    outcome = world.outcome(plan)
    report = msgspec.json.decode(reported(outcome, plan))
    assert report["new"]["totals"]["contacts"] == 2 * 60
    assert report["against"]["totals"]["contacts"] == 60
    difference = report["difference"]
    assert (difference["contacts"], difference["customers_told"]) == (60, 0)
    assert difference["customers_told_otherwise"] == 60
    assert difference["expected_value"] == pytest.approx(60 * 0.5 * 2.0)
    assert difference["contacts_per_week"] == 1.0
    assert difference["said"] == [
        {"action": "thanks", "channel": "email", "times": 60, "customers": 0, "expected_value": 60.0}
    ]


def test_a_playbook_differs_in_nothing_from_itself(world: World) -> None:
    book = HEAD + WEEKLY + THANKS + AGAIN + "\n[exploration]\nepsilon = 0.3\n"
    plan = world.plan(book, book, window=days_from(FIRST, 14))
    outcome = world.outcome(plan)
    assert outcome.differing == 0
    report = msgspec.json.decode(reported(outcome, plan))
    assert {value for value in report["difference"].values() if not isinstance(value, list)} == {0}


def test_the_result_is_the_same_for_one_worker_and_for_two(world: World) -> None:
    plan = world.plan(HEAD + WEEKLY + THANKS + AGAIN, window=days_from(FIRST, 14), accept_seed=3)
    one, two = world.outcome(plan), world.outcome(plan, workers=2)
    assert reported(one, plan) == reported(two, plan)
    assert list(one.rows(0)) == list(two.rows(0))
    assert len(list(one.rows(0))) > 60


@pytest.mark.parametrize("count", [1, 2])
def test_the_same_workers_answer_one_plan_after_the_other(world: World, count: int) -> None:
    often = world.plan(HEAD + THANKS, window=days_from(FIRST, 7))
    once = world.plan(HEAD + WEEKLY + THANKS, window=days_from(FIRST, 7))
    tasks = tasks_of([CustomerId(f"c{number:02d}") for number in range(60)], set())
    with Workers(count) as workers:
        counted = [
            sum(
                answer.sides[0].tally.contacts
                for answers in workers.answers_of(plan, tasks)
                for answer in answers
            )
            for plan in (once, often, once)
        ]
    assert counted[0] == counted[2] == 60 < counted[1]


def test_nothing_is_written_to_the_log(world: World) -> None:
    def content() -> list[str]:
        with contextlib.closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as connection:
            return list(connection.iterdump())

    before = content()
    world.outcome(world.plan(HEAD + WEEKLY + THANKS + AGAIN, window=days_from(FIRST, 14)))
    assert content() == before


def test_without_a_playbook_everybody_is_told_what_a_fresh_home_tells_every_day(world: World) -> None:
    plan = world.plan(HEAD + THANKS, None, window=days_from(FIRST, 7))
    outcome = world.outcome(plan)
    tally = outcome.sides[1].tally
    # From the morning after their first purchase on, until they own everything that sells.
    assert (tally.contacts, tally.silent, tally.stopped) == (60 * 2, 60 * 3, {})
    # Ranked anew after every purchase, and not between them.
    assert tally.ranked_anew == 60 * 2
    # What it counts in outcomes is never taken from euros.
    report = msgspec.json.decode(reported(outcome, plan), type=SimulationReport)
    assert (report.difference.expected_value, report.difference.said[0].expected_value) == (None, None)
    printed = StringIO()
    Console(width=200, file=printed).print(*parts_of(report))
    mine, theirs = report.new.totals.expected_value, report.against.totals.expected_value
    [line] = [line.split() for line in printed.getvalue().splitlines() if line.startswith("expected value ")]
    assert line[2:] == [f"{mine:,.2f}", "EUR", f"{theirs:,.2f}", "outcomes"]


@pytest.mark.parametrize("other", [None, '[playbook]\nname = "Bare"\ncurrency = "EUR"\n' + AGAIN])
@pytest.mark.parametrize("is_new", [False, True])
def test_on_an_inbound_channel_a_side_without_channels_answers_when_customers_come(
    new_world: NewWorld, other: str | None, is_new: bool
) -> None:
    world = new_world(
        [
            bought("ada", "2024-04-20T12:00", "mug"),
            bought("eve", "2024-04-20T12:00", "lamp"),
            view("ada", "2024-05-06T17:30"),
        ]
    )
    plan = world.plan(HEAD + AGAIN, other, window=days_from(FIRST, 14), channels=("app",))
    side = 1
    if is_new:
        plan, side = msgspec.structs.replace(plan, sides=plan.sides[::-1]), 0
    outcome = world.outcome(plan)
    for answer in outcome.sides:
        assert (answer.tally.decisions, answer.tally.contacts) == (1, 0)
    if other is None:  # which offers what others buy
        (told,) = outcome.rows(side)
        assert (told.customer_id, told.at_s) == ("ada", int(at("2024-05-06T17:30").timestamp()))
