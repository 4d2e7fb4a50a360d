"""Budgets of goodwill in a simulation: what is given out of them, and who is simulated again when they are spent."""

from collections.abc import Iterator, Sequence

import pytest
from msgspec.structs import replace

from recommender.events.vocabulary import AnyEvent
from recommender.types import CustomerId
from tests.training.simulate.world import (
    FIRST,
    HEAD,
    SORRY,
    NewWorld,
    bought,
    complaint,
    consent,
    days_from,
    view,
)
from training.simulate.answers import Answer
from training.simulate.plan import SimulationPlan, Task
from training.simulate.running import simulate
from training.simulate.workers import Workers


def test_goodwill_is_never_overspent_by_all_customers_together(new_world: NewWorld) -> None:
    events = [
        event
        for who in ("ada", "eve", "ivy")
        for event in (bought(who, "2024-04-20T12:00", "mug"), complaint(who, "2024-05-02T12:00"))
    ]
    world = new_world(events)
    plan = world.plan(HEAD + SORRY, window=days_from(FIRST, 14))
    outcome = world.outcome(plan)
    rows = list(outcome.rows(0))
    assert [(row.customer_id, row.amount) for row in rows] == [("ada", 5.0), ("eve", 5.0), ("ivy", 0.0)]
    assert [one.action for one in outcome.closings] == ["sorry"]
    assert world.report(plan).notes == [
        "The goodwill of sorry ran out on 2024-05-03: it was said without any until there was room."
    ]
    rich = world.plan((HEAD + SORRY).replace("total = 10.0", "total = 15.0"), window=days_from(FIRST, 14))
    assert sum(row.amount for row in world.outcome(rich).rows(0)) == 15.0


def test_goodwill_that_runs_out_on_one_side_is_told_with_the_side_where_both_have_it(
    new_world: NewWorld,
) -> None:
    events = [
        event
        for who in ("ada", "eve", "ivy")
        for event in (bought(who, "2024-04-20T12:00", "mug"), complaint(who, "2024-05-02T12:00"))
    ]
    rich = HEAD + SORRY.replace("total = 10.0", "total = 15.0")
    window, world = days_from(FIRST, 14), new_world(events)
    (note,) = world.report(world.plan(rich, HEAD + SORRY, window=window)).notes
    assert note.startswith(
        "The goodwill of sorry ran out on 2024-05-03 under the playbook that it is compared with: "
    )
    both = world.report(world.plan(HEAD + SORRY, HEAD + SORRY, window=window)).notes
    assert [one.partition(":")[0] for one in both] == [
        "The goodwill of sorry ran out on 2024-05-03 under the new playbook",
        "The goodwill of sorry ran out on 2024-05-03 under the playbook that it is compared with",
    ]


SURE = SORRY.replace("prior = 0.5", "prior = 0.999999").replace('cooldown.sent = "20 days"\n', "")


def complaining(*names: str) -> Iterator[AnyEvent]:
    for who in names:
        yield bought(who, "2024-04-20T12:00", "mug")
        yield complaint(who, "2024-05-02T12:00")


def test_what_a_visitor_was_shown_and_did_not_accept_takes_nothing_from_any_budget(
    new_world: NewWorld,
) -> None:
    seen = [view(who, f"2024-05-{day:02d}T08:00") for who in ("ada", "eve", "ivy") for day in (4, 5, 6)]
    world = new_world([*complaining("ada", "eve", "ivy"), *seen])
    outcome = world.outcome(world.plan(HEAD + SURE, window=days_from(FIRST, 14), channels=("app",)))
    assert [row.amount for row in outcome.rows(0)] == [5.0] * 9
    assert outcome.sides[0].tally.said["sorry"]["app"].goodwill == 0.0
    assert outcome.closings == ()


@pytest.mark.parametrize(("total", "of_ivy"), [("10.0", 0.0), ("100.0", 5.0)])
def test_what_visitors_accept_is_taken_from_their_budget_and_that_of_all(
    new_world: NewWorld, total: str, of_ivy: float
) -> None:
    again = replace(complaint("ada", "2024-05-05T12:00"), event_id="again", complaint_id="again")
    seen = [view(who, f"2024-05-{day:02d}T08:00") for who in ("ada", "eve", "ivy") for day in (4, 7)]
    world = new_world([*complaining("ada", "eve", "ivy"), again, *seen])
    book = HEAD + SURE.replace("total = 10.0", f"total = {total}")
    plan = world.plan(book, window=days_from(FIRST, 14), channels=("app",), accept_seed=1)
    outcome = world.outcome(plan)
    assert [(row.customer_id, row.amount, row.accepted) for row in outcome.rows(0)] == [
        ("ada", 5.0, True),
        ("ada", 0.0, True),  # she has had 5 of 5
        ("eve", 5.0, True),
        ("ivy", of_ivy, True),
    ]
    assert outcome.sides[0].tally.said["sorry"]["app"].goodwill == 10.0 + of_ivy


def test_nobody_is_shown_what_went_to_others_by_mail(new_world: NewWorld) -> None:
    consents = [consent("ada", "subscribed"), consent("eve", "subscribed")]
    visits = [view("zoe", "2024-05-02T18:00"), view("zoe", "2024-05-03T18:00")]
    early = replace(complaint("zoe", "2024-05-02T09:00"), event_id="zoe")
    world = new_world(
        [bought("zoe", "2024-04-20T12:00", "mug"), early, *complaining("ada", "eve"), *consents, *visits]
    )
    book = HEAD.replace("needs_consent = false", "needs_consent = true") + SURE
    outcome = world.outcome(world.plan(book, window=days_from(FIRST, 14), channels=("email", "app")))
    assert [(row.customer_id, row.channel, row.amount) for row in outcome.rows(0)] == [
        ("ada", "email", 5.0),
        ("eve", "email", 5.0),
        ("zoe", "app", 5.0),  # on the evening before
        ("zoe", "app", 0.0),
    ]


class Noting(Workers):
    """Workers that note whom they are asked to simulate."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[list[str]] = []

    def answers_of(self, plan: SimulationPlan, tasks: Sequence[Task]) -> Iterator[list[Answer]]:
        self.asked.append([who for task in tasks for who in task.customers])
        return super().answers_of(plan, tasks)


def test_only_who_was_offered_spent_goodwill_is_simulated_again(new_world: NewWorld) -> None:
    names = ["ada", "eve", "ivy", "zoe"]
    world = new_world([*complaining(*names), bought("joe", "2024-05-03T12:00", "mug")])
    plan = world.plan(HEAD + SURE, window=days_from(FIRST, 14))
    with Noting() as workers:
        outcome = simulate(world.log, plan, [CustomerId(who) for who in (*names, "joe")], workers=workers)
    assert workers.asked == [["ada", "eve", "ivy", "joe", "zoe"], ["ivy", "zoe"]]
    assert [(row.customer_id, row.amount) for row in outcome.rows(0)] == [
        ("ada", 5.0),
        ("eve", 5.0),
        ("ivy", 0.0),
        ("zoe", 0.0),
    ]
    assert outcome.sides[0].tally.customers == 5
