"""From what is to be simulated to the report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from recommender.playbook.model import Playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.simulate.answers import Answer, SideAnswer, Told
from training.simulate.goodwill import first_overdraft
from training.simulate.plan import CUSTOMERS_PER_TASK, Closing, SimulationPlan, Task
from training.simulate.sides import playbook_of
from training.simulate.workers import Workers

Progress = Callable[[int, int], None]
"""Called with the customers done and the customers in all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation found.

    Attributes
    ----------
    sides
        Both, for all customers.
    differing
        Customers whom they tell different things.
    closings
        Budgets of goodwill that ran out.
    """

    sides: tuple[SideAnswer, SideAnswer]
    differing: int
    closings: tuple[Closing, ...]

    def rows(self, side: int) -> Iterator[Told]:
        """Yield everything that one side tells, by customer and time; nothing unless the plan keeps it."""
        yield from self.sides[side].rows


def simulate(
    log: EventLog,
    plan: SimulationPlan,
    customers: Sequence[CustomerId],
    *,
    workers: Workers,
    progress: Progress = lambda _done, _total: None,
) -> Outcome:
    """Simulate customers under both playbooks; the same for any number of workers.

    Parameters
    ----------
    log
        Of the plan; it is only read.
    customers
        Whom to simulate, each once.
    workers
        Who simulates them.
    """
    workers.begin(plan)
    tasks = tasks_of(customers, log.customers_beyond_orders())
    answers: list[Answer] = []
    progress(0, len(customers))
    done = 0
    for task, answer in zip(tasks, workers.answers_of(plan, tasks), strict=True):
        answers.append(answer)
        done += len(task.customers)
        progress(done, len(customers))
    closings = _within_budgets(plan, tasks, answers, workers)
    return _joined(answers, closings)


def tasks_of(customers: Sequence[CustomerId], beyond: set[CustomerId]) -> list[Task]:
    """Part customers into tasks, ascending."""
    ordered = sorted(customers)
    parts = [
        tuple(ordered[at : at + CUSTOMERS_PER_TASK]) for at in range(0, len(ordered), CUSTOMERS_PER_TASK)
    ]
    return [Task(part, frozenset(beyond.intersection(part))) for part in parts]


def _within_budgets(
    plan: SimulationPlan, tasks: Sequence[Task], answers: list[Answer], workers: Workers
) -> tuple[Closing, ...]:
    """Simulate those again who were offered goodwill that was spent by then, until every budget holds."""
    playbooks = [playbook_of(side) for side in plan.sides]
    closings: list[Closing] = []
    while (found := _first(playbooks, answers, closings)) is not None:
        closings.append(found)
        again = [at for at, answer in enumerate(answers) if _is_concerned(answer, found)]
        changed = [msgspec.structs.replace(tasks[at], closings=tuple(closings)) for at in again]
        for at, answer in zip(again, workers.answers_of(plan, changed), strict=True):
            answers[at] = answer
    return tuple(closings)


def _first(
    playbooks: Sequence[Playbook], answers: Sequence[Answer], closings: Sequence[Closing]
) -> Closing | None:
    found = [
        first_overdraft(
            playbook, side, (grant for one in answers for grant in one.sides[side].grants), closings
        )
        for side, playbook in enumerate(playbooks)
    ]
    return next((one for one in found if one is not None), None)


def _is_concerned(answer: Answer, closing: Closing) -> bool:
    return any(
        grant.action == closing.action and closing.holds(grant.customer_id, grant.at_s)
        for grant in answer.sides[closing.side].grants
    )


def _joined(answers: Sequence[Answer], closings: tuple[Closing, ...]) -> Outcome:
    sides = (SideAnswer(), SideAnswer())
    for answer in answers:
        for whole, part in zip(sides, answer.sides, strict=True):
            whole.tally.add(part.tally)
            whole.missed += part.missed
            whole.grants += part.grants
            whole.rows += part.rows
    return Outcome(sides, sum(answer.differing for answer in answers), closings)
