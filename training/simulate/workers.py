"""Simulating tasks in one process or in several; the answers come in the order of the tasks."""

import gc
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, set_forkserver_preload
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import msgspec

from training.simulate.answers import Answer
from training.simulate.plan import SimulationPlan, Task

if TYPE_CHECKING:
    from training.simulate.simulator import Simulator

_PROGRAM: Final = (
    "training.simulate.simulator",
    "recommender.candidates.decision_tables",
    "recommender.customers.kernels",
    "recommender.decisions.acting",
)
"""What workers load, also what is elsewhere loaded when it is first needed; who only asks them does not."""

_RARELY: Final = (50_000, 20, 100)
"""Workers look for garbage this rarely: a simulated day makes thousands of objects, and hardly one of them is part of a
cycle. A tenth of the processor time of 200 households."""

AHEAD: Final = 2
"""Tasks per worker that are given out before their turn."""

_PLAN: Final = msgspec.msgpack.Decoder(SimulationPlan)
_TASK: Final = msgspec.msgpack.Decoder(Task)
_ANSWERS: Final = msgspec.msgpack.Decoder(list[Answer])
_ENCODER: Final = msgspec.msgpack.Encoder()


class _Opened:
    """The simulator of one process: that of the plan that it was last asked about."""

    def __init__(self) -> None:
        self._plan = b""
        self._simulator: Simulator | None = None

    def of(self, plan: bytes) -> "Simulator":
        """Return the simulator of a plan, opened when it is first asked for."""
        if self._simulator is None or plan != self._plan:
            from training.simulate.simulator import Simulator

            self.close()
            with _nothing_collected():
                self._plan, self._simulator = plan, Simulator.open(_PLAN.decode(plan))
        return self._simulator

    def close(self) -> None:
        """Let go of it."""
        if self._simulator is not None:
            self._simulator.close()
            self._simulator = None


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage while a catalogue is read: all of it is kept, and there is much to look at again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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
            context = get_context(_copies_of_another() or "spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def begin(self, plan: SimulationPlan) -> None:
        """Let every process open what the plan names, while the tasks are still made."""
        if self._pool is not None:
            content = _ENCODER.encode(plan)
            for _ in range(self._count):
                self._pool.submit(_open, content)

    def answers_of(self, plan: SimulationPlan, tasks: Sequence[Task]) -> Iterator[list[Answer]]:
        """Yield the answers of every task, in their order, whoever worked on it."""
        content = _ENCODER.encode(plan)
        if self._pool is None:
            for task in tasks:
                yield self._here.of(content).run(task)
            return
        waiting: deque[Future[bytes]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(_work, content, _ENCODER.encode(task)))
            if len(waiting) > AHEAD * self._count:
                yield _ANSWERS.decode(waiting.popleft().result())
        while waiting:
            yield _ANSWERS.decode(waiting.popleft().result())


def _copies_of_another() -> str | None:
    """Return how workers are copied from a process that loads the program once, and begin it; None: no system for that."""
    if "forkserver" not in get_all_start_methods():
        return None
    from multiprocessing import forkserver

    set_forkserver_preload([__name__, *_PROGRAM])
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which it takes over, also while it loads
    try:
        forkserver.ensure_running()  # returns at once; who asks for a copy waits
    finally:
        signal.signal(signal.SIGINT, heard)
    return "forkserver"


def _begin() -> None:
    # Ctrl-C reaches every process of the terminal: the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*_RARELY)


def _open(plan: bytes) -> None:
    _own.of(plan)


def _work(plan: bytes, task: bytes) -> bytes:
    return _ENCODER.encode(_own.of(plan).run(_TASK.decode(task)))
