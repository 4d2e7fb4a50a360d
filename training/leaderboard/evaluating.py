"""One run of the leaderboard: cuts, ours, sources, peers, figures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from recommender.data import temporal_splits
from recommender.errors import NotEnoughDataError
from recommender.evaluation import Task
from recommender.fitting import FitConfig
from recommender.fitting.calibration import expected_calibration_error
from training.code_version import code_version
from training.leaderboard.estimate import Estimate, Planned
from training.leaderboard.lists import Lists
from training.leaderboard.moments import Moment, Rules, moment_at
from training.leaderboard.ours import UNTOLD, OurLists, our_lists
from training.leaderboard.schema import (
    OURS,
    SCHEMA,
    SOURCE,
    Cut,
    Leaderboard,
    Protocol,
    Reliability,
    ReliabilityBin,
)
from training.leaderboard.shops import Shop
from training.leaderboard.summary import Contestant, task_board
from training.leaderboard.tuning import Bench, PeerRunner
from training.peers.contract import BUDGET, Peer

TUNING_WINDOWS = 2
"""Windows before a cut on which a peer's settings are chosen."""

_RELIABILITY_BINS = 20
_OUR_EFFORT = 60.0

Progress = Callable[[str, int, int, float | None], None]
"""Told what is done now, fits done, fits in all, and the seconds that are left as far as one can tell."""


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """What to measure.

    Attributes
    ----------
    rules
        Window, k, catalogue, sample.
    cutoffs
        Cuts, back to back, the latest first; at least 1.
    tasks
        Questions, at least one.
    peers
        With whom to compare.
    config
        How ours is trained; its window is that of the rules.
    """

    rules: Rules = field(default_factory=Rules)
    cutoffs: int = 3
    tasks: tuple[Task, ...] = tuple(Task)
    peers: tuple[Peer, ...] = ()
    config: FitConfig = field(default_factory=FitConfig)


def evaluate(
    shop: Shop,
    request: EvaluateRequest,
    *,
    now: datetime,
    progress: Progress = lambda _what, _done, _total, _left: None,
) -> Leaderboard:
    """Measure ours, its sources and the peers at every cut.

    Parameters
    ----------
    shop
        Everything that happened.
    request
        What to measure.
    now
        The present, for the record only.
    progress
        Told about every fit.

    Raises
    ------
    NotEnoughDataError
        The history is shorter than two windows, or nobody bought in the last one.
    """
    started = time.perf_counter()
    progress("cutting time into windows", 0, 0, None)
    bench = bench_of(shop, request)
    plans = {peer.name: Planned(bench.fits(peer), peer.effort) for peer in request.peers}
    estimate = Estimate({OURS: Planned(bench.measured, _OUR_EFFORT), **plans})
    teller = _Teller(estimate, progress)
    ours = [_ours(shop, bench, request, cut, teller) for cut in range(bench.measured)]
    contestants = [*_own_rows(ours), *(_peer(peer, bench, teller) for peer in request.peers)]
    progress("drawing customers for the intervals", estimate.total, estimate.total, 0.0)
    measured = bench.moments[: bench.measured]
    return Leaderboard(
        schema=SCHEMA,
        created_at=now,
        source=shop.name,
        fingerprint=shop.fingerprint,
        code_version=code_version(),
        seconds=time.perf_counter() - started,
        protocol=_protocol(request),
        cuts=[_cut(moment, request.tasks) for moment in measured],
        tasks=[
            task_board(task, contestants, measured, request.rules.k, request.rules.seed)
            for task in request.tasks
        ],
        reliability=[_reliability(one) for one in ours],
        notes=_notes(bench, request),
    )


def bench_of(shop: Shop, request: EvaluateRequest) -> Bench:
    """Return the moments that are measured, and those before them that tune."""
    rules, end_s = request.rules, shop.end_s()
    most = request.cutoffs + (TUNING_WINDOWS if request.peers else 0)
    splits = temporal_splits(shop.known(end_s), end_s, rules.window_days, most)
    if not splits:
        raise NotEnoughDataError(
            "there is no window to measure",
            expected=f"a history of at least two windows of {rules.window_days:g} days, and customers who come back",
            found=f"purchases until {_time(end_s):%Y-%m-%d}",
            remedy="choose a shorter --window",
        )
    moments = tuple(moment_at(shop, split, rules) for split in splits)
    measured = min(request.cutoffs, len(moments))
    return Bench(moments, measured, TUNING_WINDOWS, request.tasks, rules.k)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Counts fits and tells about them."""

    estimate: Estimate
    progress: Progress

    def at(self, what: str) -> None:
        self.progress(what, self.estimate.done, self.estimate.total, self.estimate.seconds_left())

    def spent(self, name: str, seconds: float) -> None:
        self.estimate.spend(name, seconds)
        self.at(name)


def _ours(shop: Shop, bench: Bench, request: EvaluateRequest, cut: int, teller: _Teller) -> OurLists:
    started = time.perf_counter()
    lists = our_lists(
        bench.moments[cut],
        shop,
        request.config,
        request.tasks,
        request.rules.k,
        lambda step, _share: teller.at(f"ours, cut {cut + 1} of {bench.measured}: {step}"),
    )
    teller.spent(OURS, time.perf_counter() - started)
    return lists


def _own_rows(ours: Sequence[OurLists]) -> list[Contestant]:
    """Return ours, and every source that there was at each cut."""
    everywhere = [name for name in ours[0].rows if all(name in one.rows for one in ours)]
    return [_own_row(name, tuple(one.rows[name] for one in ours)) for name in everywhere]


def _own_row(name: str, lists: tuple[Lists, ...]) -> Contestant:
    if name == OURS:
        return Contestant(name, "Rapport", "ours", "what `rapport train` would ship", lists)
    if name == UNTOLD:
        title = "Rapport without promotions"
        return Contestant(name, title, "source", "the same, told of no promotion", lists)
    title = f"our source: {name.replace('_', ' ')}"
    return Contestant(f"{SOURCE}{name}", title, "source", "one source of it, alone", lists)


def _peer(peer: Peer, bench: Bench, teller: _Teller) -> Contestant:
    teller.at(peer.name)
    runner = PeerRunner(peer, bench, teller.spent)
    lists: tuple[Lists, ...] = tuple(runner.at(cut) for cut in range(bench.measured))
    teller.estimate.finish(peer.name)
    return Contestant(peer.name, peer.title, "peer", peer.source, lists)


def _protocol(request: EvaluateRequest) -> Protocol:
    rules = request.rules
    return Protocol(
        rules.k, rules.window_days, rules.min_buyers, rules.most_customers, TUNING_WINDOWS, BUDGET, rules.seed
    )


def _cut(moment: Moment, tasks: Sequence[Task]) -> Cut:
    return Cut(
        _time(moment.split.cut_s),
        _time(moment.split.end_s),
        moment.n_items,
        int(np.count_nonzero(moment.is_new_item)),
        {str(task): len(moment.judged[task].rows) for task in tasks},
        len(moment.strangers.rows),
    )


def _reliability(ours: OurLists) -> Reliability:
    said, came = ours.probability, ours.again
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, _RELIABILITY_BINS) if len(part)]
    error = expected_calibration_error(said, came, bins=_RELIABILITY_BINS)
    return Reliability(
        None if np.isnan(error) else error,
        [ReliabilityBin(float(said[part].mean()), float(came[part].mean()), len(part)) for part in parts],
    )


def _notes(bench: Bench, request: EvaluateRequest) -> list[str]:
    notes = []
    if bench.measured < request.cutoffs:
        notes.append(f"{bench.measured} of {request.cutoffs} cuts: the history holds no more windows")
    untuned = [cut for cut in range(bench.measured) if len(bench.tuning(cut)) < TUNING_WINDOWS]
    if untuned and request.peers:
        notes.append(
            f"at {len(untuned)} of {bench.measured} cuts fewer than {TUNING_WINDOWS} windows chose the peers' settings"
        )
    return notes


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
