"""Searching for a better configuration: trials judged on windows before the last one, remembered, resumable.

The last window stays unseen: it is for `rapport train` to measure what was found, once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.data.splits import temporal_splits
from recommender.errors import NotEnoughDataError
from recommender.evaluation import Task
from recommender.fitting import FitConfig, select_and_fit
from training.fit_settings import flat
from training.learning_data import LearningData
from training.search_space import SPACE, Range, Value, suggested, value_of, with_values

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """What to search.

    Attributes
    ----------
    config
        Where to start from; what is not searched stays as it is there.
    trials
        How many configurations are tried in all, those of an interrupted search included.
    seconds
        No trial begins later than this; ``None``: no limit.
    windows
        Windows before the last one that judge a trial.
    space
        What may change.
    """

    config: FitConfig = field(default_factory=FitConfig)
    trials: int = 30
    seconds: float | None = None
    windows: int = 2
    space: Mapping[str, Range] = field(default_factory=lambda: SPACE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought.

    Attributes
    ----------
    config
        The best configuration.
    score, start_score
        Its mean NDCG@10 over tasks and windows, and that of the configuration the search began with.
    finished, pruned
        Trials that were judged on every window, and those given up after a bad one.
    """

    config: FitConfig
    score: float
    start_score: float
    finished: int
    pruned: int


Told = Callable[[int, float], None]
"""Called after every trial with how many are done and the best score so far."""


def study_name(fingerprint: str, request: TuneRequest, until: datetime) -> str:
    """Return the name under which trials are remembered: same data, windows, start and space, same study.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
    >>> study_name("a", TuneRequest(), moment) == study_name("b", TuneRequest(), moment)
    False
    """
    said = [fingerprint, until.isoformat(), str(request.windows), str(sorted(request.space.items()))]
    said += [f"{name}={value}" for name, value in sorted(flat(request.config).items())]
    return "tune-" + sha256("\n".join(said).encode()).hexdigest()[:16]


def tune(
    data: LearningData,
    request: TuneRequest,
    storage: Path,
    *,
    name: str,
    told: Told = lambda _done, _best: None,
) -> Found:
    """Search, continuing where an interrupted search of the same name stopped.

    Parameters
    ----------
    data
        What to learn from.
    request
        What to search.
    storage
        The journal of all trials; made when absent, and sound: :func:`training.tune_journal.mend_journal`.
    name
        Of the study, from :func:`study_name`.
    told
        Hears of every trial.

    Raises
    ------
    NotEnoughDataError
        The history has no window before the last one.
    """
    ends = _ends(data, request)
    study = _study(storage, name, request)

    def judge(trial: "Trial") -> float:
        return _judge(trial, data, request, ends)

    def after(study: "Study", _trial: "FrozenTrial") -> None:
        told(_done(study), _best(study))

    told(_done(study), _best(study))
    missing = request.trials - _done(study)
    if missing > 0:
        study.optimize(judge, n_trials=missing, timeout=request.seconds, callbacks=[after])
    return _found(study, request)


def _ends(data: LearningData, request: TuneRequest) -> tuple[int, ...]:
    purchases = data.purchases.before(data.until_s)
    splits = temporal_splits(purchases, data.until_s, request.config.window_days, 1 + request.windows)
    if len(splits) < 2:
        raise NotEnoughDataError(
            "there is no window to tune on before the last one",
            expected=f"at least three windows of {request.config.window_days:g} days of history",
            found=f"{len(splits)} that can be judged",
            remedy="choose a shorter --window",
        )
    return tuple(split.end_s for split in splits[1:])


def _study(storage: Path, name: str, request: TuneRequest) -> "Study":
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=name,
        storage=JournalStorage(JournalFileBackend(str(storage))),
        load_if_exists=True,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=request.config.seed, n_startup_trials=8),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
    )
    study.enqueue_trial(_start(request), skip_if_exists=True)
    return study


def _start(request: TuneRequest) -> dict[str, Value]:
    return {name: value_of(request.config, name) for name in request.space}


def _judge(trial: "Trial", data: LearningData, request: TuneRequest, ends: tuple[int, ...]) -> float:
    import optuna

    config = with_values(request.config, suggested(trial, request.space))
    scores: list[float] = []
    for step, end_s in enumerate(ends):
        scores.append(_score(data, config, end_s))
        trial.report(float(np.mean(scores)), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(scores))


def _score(data: LearningData, config: FitConfig, end_s: int) -> float:
    """Return the mean NDCG@10 of both tasks in the window that ends at a time."""
    purchases = data.purchases.before(end_s)
    evaluation = select_and_fit(
        purchases, data.catalogue, config, until_s=end_s, promotions=data.promotions
    ).evaluation
    if evaluation is None:
        return 0.0
    means = [evaluation.results[task, "ours"].mean("ndcg") for task in (Task.DISCOVER, Task.REPEAT)]
    return float(np.nan_to_num(np.nanmean(means))) if not np.isnan(means).all() else 0.0


def _ended(study: "Study", *, pruned: bool) -> int:
    from optuna.trial import TrialState

    state = TrialState.PRUNED if pruned else TrialState.COMPLETE
    return len(study.get_trials(deepcopy=False, states=(state,)))


def _done(study: "Study") -> int:
    return _ended(study, pruned=False) + _ended(study, pruned=True)


def _best(study: "Study") -> float:
    return study.best_value if _ended(study, pruned=False) else 0.0


def _found(study: "Study", request: TuneRequest) -> Found:
    start = next(
        (
            trial.value
            for trial in study.get_trials(deepcopy=False)
            if trial.params == _start(request) and trial.value is not None
        ),
        0.0,
    )
    if not _ended(study, pruned=False):
        raise NotEnoughDataError(
            "no trial was finished",
            expected="at least one",
            found="none in the time given",
            remedy="give it more --time",
        )
    return Found(
        config=with_values(request.config, study.best_params),
        score=study.best_value,
        start_score=start,
        finished=_ended(study, pruned=False),
        pruned=_ended(study, pruned=True),
    )
