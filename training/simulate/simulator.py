"""Simulates the customers of one task; one per worker."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from recommender.bundles import load_bundle
from recommender.customers.dealing_folds.reading import number_reader
from recommender.decisions.score_memory import ScoreMemory
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.simulate.answers import Answer, SideAnswer
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

    def run(self, task: Task) -> Answer:
        """Simulate the customers of a task under both playbooks."""
        answer = Answer((SideAnswer(), SideAnswer()))
        customers = [CustomerId(who) for who in task.customers]
        new, old = self._sides
        histories = Histories(self._log, self._window, new.planned)
        pairs = histories.of(customers, task.beyond)
        if old.planned == new.planned:
            for history in pairs:
                self._both(history, history, task, answer)
            return answer
        others = Histories(self._log, self._window, old.planned).of(customers, task.beyond)
        for history, other in zip(pairs, others, strict=True):
            self._both(history, other, task, answer)
        return answer

    def _both(self, history: History, other: History, task: Task, answer: Answer) -> None:
        age_s = self._plan.ranking_age_s
        scores = ScoreMemory(age_s)
        # Scores of the same states serve both sides, if these live day by day together.
        others = scores if other is history else ScoreMemory(age_s)
        new, old = self._course(0, history, task, scores), self._course(1, other, task, others)
        for day in range(self._window.days):
            new.live(day)
            old.live(day)
        keeps = self._plan.keeps_rows
        new.add_to(answer.sides[0], keeps_rows=keeps)
        old.add_to(answer.sides[1], keeps_rows=keeps)
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
