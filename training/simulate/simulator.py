"""Simulates the customers of one task; one per worker."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from recommender.bundles import load_bundle
from recommender.customers.dealing_folds.reading import number_reader
from recommender.decisions.score_memory import ScoreMemory
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.simulate.answers import Answer
from training.simulate.counting import Counts
from training.simulate.course import Course, Rules
from training.simulate.decider import Decider
from training.simulate.doors import Doors
from training.simulate.feedback import Feedback
from training.simulate.histories import Histories, History
from training.simulate.plan import SimulationPlan, Task
from training.simulate.promised import PromiseBook
from training.simulate.sides import sides_of
from training.simulate.window import Window


class Simulator:
    """Everything that courses need, opened once.

    Parameters
    ----------
    plan
        What is simulated.
    log
        Of the home; it is only read.
    """

    def __init__(self, plan: SimulationPlan, log: EventLog) -> None:
        models, _ = load_bundle(Path(plan.bundle), verify=False)  # who made the plan saw that it is whole
        self._plan = plan
        self._log = log
        self._window = Window(_day_of(plan.moments[0]), plan.moments)
        self._sides = sides_of(plan, models, log.catalogue())
        self._number_of = number_reader(log.numbers)

    @classmethod
    def open(cls, plan: SimulationPlan) -> Self:
        """Open the log that the plan names."""
        return cls(plan, EventLog.open(plan.log_url))

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    def run(self, task: Task) -> list[Answer]:
        """Simulate the customers of a task under both playbooks; whom goodwill is offered apart from the others."""
        together, alone = Answer(), list[Answer]()
        for courses in self._courses(task):
            answer = together
            if any(one.counts.grants for one in courses):
                answer = Answer()
                alone.append(answer)
            self._add(courses, answer)
        return [together, *alone] if together.customers else alone

    def _courses(self, task: Task) -> Iterator[tuple[Course, Course]]:
        customers = [CustomerId(who) for who in task.customers]
        new, old = self._sides
        histories = Histories(self._log, self._window, new.planned)
        pairs = histories.of(customers, task.beyond)
        if old.planned == new.planned:
            for history in pairs:
                yield self._both(history, history, task)
            return
        others = Histories(self._log, self._window, old.planned).of(customers, task.beyond)
        for history, other in zip(pairs, others, strict=True):
            yield self._both(history, other, task)

    def _both(self, history: History, other: History, task: Task) -> tuple[Course, Course]:
        """Let one customer live through all days under both playbooks."""
        age_s = self._plan.ranking_age_s
        scores = ScoreMemory(age_s)
        # Scores of the same states serve both sides, if these live day by day together.
        others = scores if other is history else ScoreMemory(age_s)
        new, old = self._course(0, history, task, scores), self._course(1, other, task, others)
        for day in range(self._window.days):
            new.live(day)
            old.live(day)
        return new, old

    def _add(self, courses: tuple[Course, Course], answer: Answer) -> None:
        new, old = courses
        for course, side in zip(courses, answer.sides, strict=True):
            course.add_to(side, keeps_rows=self._plan.keeps_rows)
        answer.customers.append(new.history.customer_id)
        answer.differing += _words(new) != _words(old)

    def _course(self, at: int, history: History, task: Task, scores: ScoreMemory) -> Course:
        side = self._sides[at]
        rules = Rules(
            side,
            self._window,
            self._plan.accept_seed,
            tuple(one for one in task.closings if one.side == at),
        )
        seed = self._log.seed_of(history.customer_id)
        return Course(
            rules,
            history,
            Decider.of(side, seed, scores),
            Feedback(self._number_of, self._log.numbers.id_of),
            PromiseBook(side.repertoire),
            Doors(side),
            Counts([state is not None for state in history.states]),
        )


def _words(course: Course) -> list[tuple[int, str, str, int | None]]:
    return [(one.at_s, one.channel, one.action, one.item) for one in course.counts.rows]


def _day_of(moment_s: int) -> date:
    return datetime.fromtimestamp(moment_s, UTC).date()
