"""Simulating tasks in one process or in several; the answers come in the order of the tasks."""

import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Final, Self

import msgspec

from training.simulate.answers import Answer
from training.simulate.plan import SimulationPlan, Task
from training.simulate.simulator import Simulator

AHEAD: Final = 2
"""Tasks per worker that are given out before their turn."""

_PLAN: Final = msgspec.msgpack.Decoder(SimulationPlan)
_TASK: Final = msgspec.msgpack.Decoder(Task)
_ANSWER: Final = msgspec.msgpack.Decoder(Answer)
_ENCODER: Final = msgspec.msgpack.Encoder()


class _Opened:
    """The simulator of one process: that of the plan that it was last asked about."""

    def __init__(self) -> None:
        self._plan = b""
        self._simulator: Simulator | None = None

    def of(self, plan: bytes) -> Simulator:
        """Return the simulator of a plan, opened when it is first asked for."""
        if self._simulator is None or plan != self._plan:
            self.close()
            self._plan, self._simulator = plan, Simulator.open(_PLAN.decode(plan))
        return self._simulator

    def close(self) -> None:
        """Let go of it."""
        if self._simulator is not None:
            self._simulator.close()
            self._simulator = None


_own: Final = _Opened()
"""That of a worker process."""


class Workers:
    """The processes that simulate; a context manager.

    They begin to load the program as soon as the context is entered, while the plan is still made, and stay for every
    plan until it is left.

    Parameters
    ----------
    count
        Processes, at least 1; 1: this one.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._here = _Opened()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._count > 1:
            # New processes, not copies of this one: it has threads and an open database.
            self._pool = ProcessPoolExecutor(self._count, mp_context=get_context("spawn"), initializer=_begin)
            for _ in range(self._count):
                self._pool.submit(_wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def answers_of(self, plan: SimulationPlan, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield the answer of every task, in their order, whoever worked on it."""
        content = _ENCODER.encode(plan)
        if self._pool is None:
            for task in tasks:
                yield self._here.of(content).run(task)
            return
        waiting: deque[Future[bytes]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(_work, content, _ENCODER.encode(task)))
            if len(waiting) > AHEAD * self._count:
                yield _ANSWER.decode(waiting.popleft().result())
        while waiting:
            yield _ANSWER.decode(waiting.popleft().result())


def _begin() -> None:
    # Ctrl-C reaches every process of the terminal: the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _wake() -> None:
    """Do nothing: what a process takes to be asked for the first time is loaded then."""


def _work(plan: bytes, task: bytes) -> bytes:
    return _ENCODER.encode(_own.of(plan).run(_TASK.decode(task)))
