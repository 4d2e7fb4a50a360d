"""Simulating tasks in one process or in several; the answers come in the order of the tasks."""

import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

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

_own: list[Simulator] = []
"""The simulator of a worker process."""


def answers_of(plan: SimulationPlan, tasks: Sequence[Task], workers: int) -> Iterator[Answer]:
    """Yield the answer of every task, in their order, whoever worked on it.

    Parameters
    ----------
    workers
        Processes; 1: this one.
    """
    if workers == 1 or len(tasks) <= 1:
        simulator = Simulator.open(plan)
        try:
            for task in tasks:
                yield simulator.run(task)
        finally:
            simulator.close()
        return
    yield from _in_processes(plan, tasks, workers)


def _in_processes(plan: SimulationPlan, tasks: Sequence[Task], workers: int) -> Iterator[Answer]:
    # New processes, not copies of this one: it has threads and an open database.
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(_ENCODER.encode(plan),)
    )
    waiting: deque[Future[bytes]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(_work, _ENCODER.encode(task)))
            if len(waiting) > AHEAD * workers:
                yield _ANSWER.decode(waiting.popleft().result())
        while waiting:
            yield _ANSWER.decode(waiting.popleft().result())
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(plan: bytes) -> None:
    # Ctrl-C reaches every process of the terminal: the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _own.append(Simulator.open(_PLAN.decode(plan)))


def _work(task: bytes) -> bytes:
    return _ENCODER.encode(_own[0].run(_TASK.decode(task)))
