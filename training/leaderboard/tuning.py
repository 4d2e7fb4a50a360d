"""Every peer's lists at every cut: settings chosen on the windows before it, and nothing fitted twice."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.evaluation import Task, ndcg_at_k
from recommender.evaluation.lists import hits_in_lists
from training.leaderboard.lists import Lists, lists_of
from training.leaderboard.moments import Judged, Moment
from training.peers.contract import Peer

Tell = Callable[[str, float], None]
"""Told what was done and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The moments of a leaderboard, latest first, and which of them choose the settings of which.

    Attributes
    ----------
    moments
        The cuts that are measured, then those that only tune.
    measured
        How many of them are measured.
    tuning_windows
        How many windows before a cut choose for it.
    """

    moments: tuple[Moment, ...]
    measured: int
    tuning_windows: int
    tasks: tuple[Task, ...]
    k: int

    def tuning(self, cut: int) -> range:
        """Return which moments choose for a cut: those right before it, as far as there are any."""
        return range(cut + 1, min(cut + 1 + self.tuning_windows, len(self.moments)))

    def fits(self, peer: Peer) -> int:
        """Return how many fits a peer will take at most, when every task chooses the same setting."""
        tuned = {moment for cut in range(self.measured) for moment in self.tuning(cut)}
        settings = len(peer.settings)
        return settings * len(tuned - {0}) + (1 if settings > 1 else self.measured)


def ndcg_of(lists: Lists, judged: Judged, task: Task, n_items: int) -> float:
    """Return the mean NDCG of a task, nan without anybody."""
    hits = hits_in_lists(lists.ranked[task], judged.indptr, judged.item, n_items)
    values = ndcg_at_k(hits, judged.counts())
    return float(values.mean()) if len(values) else float("nan")


@dataclass(slots=True)
class PeerRunner:
    """One peer on one bench; lists are kept, so that a window that tunes one cut and is measured itself costs once."""

    peer: Peer
    bench: Bench
    tell: Tell
    _kept: dict[tuple[int, int], Lists] = field(default_factory=dict)

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks that the peer answers."""
        return tuple(task for task in self.bench.tasks if task in self.peer.tasks)

    def at(self, cut: int) -> Lists:
        """Return the peer's lists at a cut, each task with the setting that windows before the cut chose."""
        chosen = {task: self._choose(task, cut) for task in self.tasks()}
        parts = {task: self._lists(setting, cut) for task, setting in chosen.items()}
        if not parts:
            return Lists({})
        first = next(iter(parts.values()))
        settings = {task: setting_text(self.peer.settings[setting]) for task, setting in chosen.items()}
        return replace(
            first,
            ranked={task: lists.ranked[task] for task, lists in parts.items()},
            score_seconds={task: lists.score_seconds[task] for task, lists in parts.items()},
            settings=settings,
        )

    def _choose(self, task: Task, cut: int) -> int:
        """Return the setting with the best mean NDCG over the windows before a cut; the first without any."""
        windows = self.bench.tuning(cut)
        if len(self.peer.settings) == 1 or len(windows) == 0:
            return 0
        means = [
            np.nanmean([0.0, *(self._ndcg(setting, window, task) for window in windows)])
            for setting in range(len(self.peer.settings))
        ]
        return int(np.argmax(means))

    def _ndcg(self, setting: int, at: int, task: Task) -> float:
        moment = self.bench.moments[at]
        return ndcg_of(self._lists(setting, at), moment.judged[task], task, moment.n_items)

    def _lists(self, setting: int, at: int) -> Lists:
        if (setting, at) not in self._kept:
            self._kept[setting, at] = self._fit(setting, at)
        return self._kept[setting, at]

    def _fit(self, setting: int, at: int) -> Lists:
        moment, started = self.bench.moments[at], time.perf_counter()
        fitted = self.peer.fit(moment.known, self.peer.settings[setting])
        seconds = time.perf_counter() - started
        lists = lists_of(fitted, moment, self.tasks(), self.bench.k, seconds)
        self.tell(self.peer.name, time.perf_counter() - started)
        return lists


def setting_text(setting: Mapping[str, float]) -> str:
    """Return parameters for a person.

    Examples
    --------
    >>> setting_text({"factors": 32, "alpha": 0.5})
    'factors=32, alpha=0.5'
    """
    return ", ".join(f"{name}={value:g}" for name, value in setting.items())
