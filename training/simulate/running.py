"""From what is to be simulated to the report."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

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
        yield from sorted(self.sides[side].rows, key=attrgetter("customer_id"))


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
    beyond = log.customers_beyond_orders()
    tasks = tasks_of(customers, beyond)
    answers: list[Answer] = []
    progress(0, len(customers))
    done = 0
    for task, found in zip(tasks, workers.answers_of(plan, tasks), strict=True):
        answers += found
        done += len(task.customers)
        progress(done, len(customers))
    closings = _within_budgets(plan, beyond, answers, workers)
    return _joined(answers, closings)


def tasks_of(
    customers: Iterable[str], beyond: Collection[str], closings: tuple[Closing, ...] = ()
) -> list[Task]:
    """Part customers into tasks, ascending."""
    ordered = sorted(customers)
    parts = [
        tuple(ordered[at : at + CUSTOMERS_PER_TASK]) for at in range(0, len(ordered), CUSTOMERS_PER_TASK)
    ]
    return [Task(part, frozenset(who for who in part if who in beyond), closings) for part in parts]


def _within_budgets(
    plan: SimulationPlan, beyond: Collection[str], answers: list[Answer], workers: Workers
) -> tuple[Closing, ...]:
    """Simulate those again, and nobody else, who were offered goodwill that was spent by then, until every budget holds."""
    playbooks = [playbook_of(side) for side in plan.sides]
    closings: list[Closing] = []
    while (found := _first(playbooks, answers, closings)) is not None:
        closings.append(found)
        concerned = [answer for answer in answers if _is_concerned(answer, found)]
        answers[:] = [answer for answer in answers if not _is_concerned(answer, found)]
        again = [who for answer in concerned for who in answer.customers]
        for changed in workers.answers_of(plan, tasks_of(again, beyond, tuple(closings))):
            answers += changed
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
