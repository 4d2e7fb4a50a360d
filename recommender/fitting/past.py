"""The windows of the past: models as of the begin of each, what they teach a ranker, and which of them judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.data import Purchases, TemporalSplit, temporal_splits
from recommender.data.descriptions import Descriptions
from recommender.evaluation.outcomes import Outcomes, outcomes_of
from recommender.fitting.candidates import CandidateSet, candidate_set
from recommender.fitting.config import FitConfig
from recommender.fitting.label_windows import LabelWindow, label_window
from recommender.fitting.models import FittedCut, Progress, fit_sources
from recommender.fitting.offering import Offering, learnable_kinds
from recommender.fitting.plan import Plan, steps_per_window
from recommender.fitting.ranker import proposer_of
from recommender.models.promoted import promoted_columns
from recommender.types import SECONDS_PER_DAY, Int64Array

_YEAR_DAYS = 365.25
_CLOSED = 2
"""So many windows without any purchase (a holiday) may lie among those that judge."""


@dataclass(frozen=True, slots=True)
class JudgedWindow:
    """One validation window: models from before it, what happened in it, and its candidates.

    Attributes
    ----------
    back
        How many windows before the cut-off it begins.
    """

    back: int
    cut: FittedCut
    outcomes: Outcomes
    candidates: CandidateSet


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that past windows have to say.

    Attributes
    ----------
    judged
        Windows that judge, the latest first; the first one is the held-out window.
    lessons
        What a window teaches, by how many steps before the cut-off it begins.
    plan
        How much is tried.
    year
        How many windows make a year.
    shorter
        What a shorter window says where no whole one lies before the one that is measured, or served; ``None`` where
        it is not needed, or nobody bought in it.
    kinds
        Of promotions that the lessons have as features.
    per_window
        How many steps make a window.
    halves
        What the first half of each of these windows teaches; empty unless half windows are to judge
        (:mod:`recommender.fitting.rehearsal`).
    """

    judged: tuple[JudgedWindow, ...]
    lessons: Mapping[int, LabelWindow]
    plan: Plan
    year: int
    shorter: CandidateSet | None = None
    kinds: tuple[str, ...] = ()
    per_window: int = 1
    halves: Mapping[int, LabelWindow] = field(default_factory=dict)

    def judging(self, back: int) -> list[CandidateSet]:
        """Return what the windows before a time say, the latest first; a shorter one where there is no whole one."""
        whole = [window.candidates for window in self.judged if window.back > back]
        return whole if whole or self.shorter is None else [self.shorter]

    def lessons_before(self, back: int) -> list[LabelWindow]:
        """Return what teaches a ranker that is used ``back`` windows before the cut-off: it needs some, and those of others help.

        Everything that ends before that time, but windows of a year before another time.
        """
        first, last = back + 1, max((window.back for window in self.judged), default=0) + self.plan.labels
        latest = range(first * self.per_window, last * self.per_window + 1)
        taught = {*latest, *needed_by(back, self.plan, self.year, self.per_window)} & self.lessons.keys()
        return [self.lessons[step] for step in sorted(taught)]

    def lesson_of(self, window: JudgedWindow) -> LabelWindow:
        """Return what a window that judges teaches later rankers."""
        return self.lessons[window.back * self.per_window]


def needed_by(back: int, plan: Plan, year: int, per_window: int = 1) -> list[int]:
    """Return when the windows begin without which a ranker is not taught, in steps: the latest ones, and the one that began a year before.

    All of them end before the ranker is used. They overlap where there are several steps to a window. What rankers of
    earlier windows need teaches it too.

    Examples
    --------
    >>> plan = Plan(2, 100, True, True, 3, 4, True, 1, 0.0)
    >>> needed_by(1, plan, 13), needed_by(0, plan, 13, per_window=2)
    ([2, 3, 4, 14], [2, 3, 4, 5, 6, 26])
    """
    latest = list(range((back + 1) * per_window, (back + plan.labels) * per_window + 1))
    year_ago = (back + year) * per_window
    return [*latest, year_ago] if plan.year_ago and latest and year_ago > latest[-1] else latest


def look_back(
    known: Purchases,
    config: FitConfig,
    plan: Plan,
    until_s: int,
    offering: Offering,
    progress: Progress,
) -> Past:
    """Fit the sources as of the begin of each window that judges or teaches."""
    window_s = int(config.window_days * SECONDS_PER_DAY)
    year = max(round(_YEAR_DAYS / config.window_days), 1)
    judges = 1 + plan.windows
    splits, per_window = _windows(known, until_s, config, plan)
    whole = [step // per_window for step in sorted(splits) if step % per_window == 0]
    judging = [back for back in whole if back <= judges + _CLOSED][:judges]
    teaching = {each for back in (0, *judging) for each in needed_by(back, plan, year, per_window)}
    used = sorted({*(back * per_window for back in judging), *teaching} & set(splits))
    recent = [splits[back * per_window].cut_s for back in whole if back * per_window in used and back < year]
    kinds = learnable_kinds(offering.promotions, recent, window_s) if plan.labels else ()
    promotions = offering.promotions.aligned(kinds)
    judged, lessons, halves = [], {}, {}
    rehearsed = plan.labels > 0 and per_window > 1 and _is_unfair(judging, used, per_window)
    for position, step in enumerate(used):
        progress(f"past window {position + 1} of {len(used)}", 0.6 * position / len(used))
        cut = fit_sources(known, config, now_s=splits[step].cut_s, descriptions=offering.descriptions)
        if kinds:
            columns = promoted_columns(cut.models, promotions, splits[step].cut_s)
            cut = replace(cut, models=replace(cut.models, promoted=columns))
        outcomes = outcomes_of(splits[step].outcome(known), cut.purchases, cut.histories)
        back, between = divmod(step, per_window)
        if back in judging and not between:
            judged.append(_judged(back, cut, outcomes, plan, config))
        if plan.labels:
            lessons[step] = _lessons(cut, outcomes, config, kinds)
        if rehearsed:
            halves[step] = _lessons(cut, _first_half(known, cut, window_s), config, kinds)
    end_s = judged[0].cut.models.as_of_s if judged else until_s
    shorter = _shorter(known, end_s, plan, config, offering.descriptions) if len(judged) < 2 else None
    return Past(tuple(judged), lessons, plan, year, shorter, kinds, per_window, halves)


def _is_unfair(judging: Sequence[int], used: Sequence[int], per_window: int) -> bool:
    """Return whether less than half as many windows teach the ranker that the latest window judges as teach the last one."""
    taught = [sum(step >= (back + 1) * per_window for step in used) for back in (0, *judging[:1])]
    return len(taught) == 2 and 2 * taught[1] < taught[0]


def _first_half(known: Purchases, cut: FittedCut, window_s: int) -> Outcomes:
    now_s = cut.models.as_of_s
    return outcomes_of(known.between(now_s, now_s + window_s // 2), cut.purchases, cut.histories)


def _windows(
    known: Purchases, until_s: int, config: FitConfig, plan: Plan
) -> tuple[dict[int, TemporalSplit], int]:
    """Return the windows of the past by how many steps before the cut-off they begin, and the steps of a window."""
    judges, year = 1 + plan.windows, max(round(_YEAR_DAYS / config.window_days), 1)
    most = judges + _CLOSED + (max(plan.labels, year if plan.year_ago else 0) if plan.labels else 0)
    whole = _splits(known, until_s, config.window_days, most)
    steps = steps_per_window(max(whole, default=0), judges + plan.labels, plan.overlap)
    return (whole if steps == 1 else _splits(known, until_s, config.window_days, most, steps)), steps


def _splits(
    known: Purchases, until_s: int, days: float, most: int, per_window: int = 1
) -> dict[int, TemporalSplit]:
    splits = temporal_splits(known, until_s, days, (most - 1) * per_window + 1, per_window)
    window_s = int(days * SECONDS_PER_DAY)
    return {round((until_s - split.cut_s) * per_window / window_s): split for split in splits}


def _shorter(
    known: Purchases, end_s: int, plan: Plan, config: FitConfig, descriptions: Descriptions
) -> CandidateSet | None:
    """Learn from the first half of a short history and let the second half judge: better than a blend nobody judged."""
    earlier = known.before(end_s)
    split = TemporalSplit((int(earlier.at_s.min(initial=end_s)) + end_s) // 2, end_s)
    if len(split.known(earlier)) == 0:
        return None
    cut = fit_sources(earlier, config, now_s=split.cut_s, descriptions=descriptions)
    outcomes = outcomes_of(split.outcome(earlier), cut.purchases, cut.histories)
    candidates = _judged(0, cut, outcomes, plan, config).candidates
    return candidates if len(candidates.rows) else None


def sample(rows: Int64Array, most: int, seed: int) -> Int64Array:
    """Return at most that many of the rows, ascending; the same seed draws the smaller sample from the larger."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def _judged(back: int, cut: FittedCut, outcomes: Outcomes, plan: Plan, config: FitConfig) -> JudgedWindow:
    rows = sample(buying(cut, outcomes), plan.customers, config.seed)
    candidates = candidate_set(cut.models, cut.histories, outcomes, rows, cut.models.as_of_s)
    return JudgedWindow(back, cut, outcomes, candidates)


def _lessons(cut: FittedCut, outcomes: Outcomes, config: FitConfig, kinds: tuple[str, ...]) -> LabelWindow:
    rows = sample(buying(cut, outcomes), config.ranker.most_customers, config.seed)
    return label_window(cut.models, proposer_of(config.ranker, kinds), cut.histories, outcomes, rows)


def buying(cut: FittedCut, outcomes: Outcomes) -> Int64Array:
    """Return the customers known before a window who took up something new in it."""
    return np.flatnonzero((cut.histories.orders > 0) & (outcomes.counts(owned=False) > 0))
