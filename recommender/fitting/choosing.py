"""Which ranking is served: a learned ranker, or the blend of sources where no ranker leads it on past windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from recommender.fitting.blend import ChosenBlend, choose_blend, ndcg_of, rival_blends
from recommender.fitting.config import FitConfig
from recommender.fitting.past import JudgedWindow, Past
from recommender.fitting.ranker import (
    MIXES,
    Rivals,
    Trial,
    choose_mix,
    fit_ranker,
    promotions_help,
    trial_of,
)
from recommender.fitting.rehearsal import Rehearsal
from recommender.models import Ranker


@dataclass(frozen=True, slots=True)
class Choice:
    """What validation chose.

    Attributes
    ----------
    blend
        ``None`` without anybody to judge by.
    ranker
        To be served; ``None`` where the blend ranks.
    of_level
        The ranker of the latest judging window's own time, with the chosen mix: levels are learned with it.
    ndcg_of
        Mean NDCG@10 over the windows that judge rankers by mix, and of its rival, the blend that the other windows chose, for the same
        customers.
    """

    blend: ChosenBlend | None = None
    ranker: Ranker | None = None
    of_level: Ranker | None = None
    ndcg_of: Mapping[str, float] = field(default_factory=dict)

    def metrics(self) -> dict[str, float]:
        """Return what each option reached on validation, flat."""
        if self.blend is None:
            return {}
        sources = {
            f"validation_{_plain(name)}_ndcg_at_10": value for name, value in self.blend.ndcg_of.items()
        }
        rankers = {f"validation_ranker_{name}_ndcg_at_10": value for name, value in self.ndcg_of.items()}
        return {"validation_ndcg_at_10": self.blend.ndcg, **sources, **rankers}


Rankers: TypeAlias = Mapping[tuple[int, tuple[str, ...]], Ranker]
"""By the time as of which they were fitted, in windows before the cut-off, and the kinds of promotions that they see."""


def choose(
    past: Past, rankers: Rankers, back: int, config: FitConfig, rehearsal: Rehearsal | None = None
) -> Choice:
    """Return the ranking of a time, chosen on the windows before it.

    Parameters
    ----------
    past
        All windows; those that end after the time are not looked at.
    rankers
        See :func:`rankers_of`.
    back
        How many windows before the cut-off the time is.
    config
        Settings.
    rehearsal
        Judges beside the windows.
    """
    judged = [window for window in past.judged if window.back > back]
    blend = choose_blend(past.judging(back), config.blend)
    if blend is None:
        return Choice()
    rivals = rival_blends([window.candidates for window in judged], blend, config.blend)
    fair = [(window, rivals[place]) for place, window in enumerate(judged) if _is_fair(past, window, judged)]
    trials = _trials(past, rankers, fair, ())
    trials += [] if rehearsal is None else [rehearsal.trial(blend)]
    kinds: tuple[str, ...] = ()
    found = _means(trials)
    if past.kinds:
        seen = _trials(past, rankers, fair, past.kinds)
        found |= {"promotions": _means(seen).get("mean", 0.0)}
        if promotions_help(trials, seen, config.ranker):
            kinds, trials = past.kinds, seen
    name, final = choose_mix(trials, config.ranker), rankers.get((back, kinds))
    if name is None or final is None:
        return Choice(blend, ndcg_of=found)
    earlier = final if rehearsal is None else rehearsal.of_level
    level = rankers.get((judged[0].back, kinds), earlier)
    return Choice(blend, _mixed(final, name), _mixed(level, name), found)


def _is_fair(past: Past, window: JudgedWindow, judged: Sequence[JudgedWindow]) -> bool:
    """Return whether at least half as many windows taught the ranker of this one as that of any other."""
    most = max(len(past.lessons_before(other.back)) for other in judged)
    return 2 * len(past.lessons_before(window.back)) >= most


def _trials(
    past: Past,
    rankers: Rankers,
    judged: Sequence[tuple[JudgedWindow, ChosenBlend]],
    kinds: tuple[str, ...],
) -> list[Trial]:
    trials = []
    for window, blend in judged:
        ranker, judges = rankers.get((window.back, kinds)), window.candidates.rows
        if ranker is not None and len(judges):
            lessons = past.lesson_of(window)
            taught = np.isin(judges, lessons.rows)
            of_blend = ndcg_of(window.candidates, blend.weights)[taught]
            of_source = ndcg_of(window.candidates, {blend.best_source: 1.0})[taught]
            trials.append(trial_of(ranker, lessons, judges, Rivals(of_blend, of_source)))
    return trials


def rankers_of(past: Past, config: FitConfig) -> Rankers:
    """Return a ranker as of the cut-off (0) and of the begin of each judging window, where the past teaches enough.

    Where promotions are known there are two of each: one that sees them, and one that does not.
    """
    fitted = {
        (back, kinds): fit_ranker(past.lessons_before(back), config.ranker, config.seed, kinds)
        for back in (0, *(window.back for window in past.judged))
        for kinds in sorted({(), past.kinds})
    }
    return {key: ranker for key, ranker in fitted.items() if ranker is not None}


def _mixed(ranker: Ranker, name: str) -> Ranker:
    return replace(ranker, weights=np.array(MIXES[name], np.float32))


def _means(trials: list[Trial]) -> dict[str, float]:
    if not trials:
        return {}
    means = {name: float(np.mean([np.nanmean(trial.of_mix[name]) for trial in trials])) for name in MIXES}
    return means | {"blend": float(np.mean([np.nanmean(trial.rivals.blend) for trial in trials]))}


def _plain(name: str) -> str:
    return name.replace("[", "_").replace("]", "").replace("*", "_")
