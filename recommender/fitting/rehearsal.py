"""A rehearsal in half windows: how a ranker is judged where no whole window lies before the only one that could judge it."""

from dataclasses import dataclass
from typing import NamedTuple

from recommender.data import Purchases, TemporalSplit
from recommender.evaluation.outcomes import Outcomes, outcomes_of
from recommender.fitting.blend import ChosenBlend, ndcg_of
from recommender.fitting.candidates import CandidateSet, candidate_set
from recommender.fitting.config import FitConfig
from recommender.fitting.label_windows import LabelWindow, label_window
from recommender.fitting.models import FittedCut, fit_sources
from recommender.fitting.offering import Offering
from recommender.fitting.past import Past, buying, sample
from recommender.fitting.ranker import Rivals, Trial, fit_ranker, proposer_of, trial_of
from recommender.models import Ranker
from recommender.types import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One ranker, taught by the first halves of the windows, and what the last half window says of it.

    Attributes
    ----------
    ranker
        Taught by what ended before the last half window.
    asked, candidates
        The customers of the last half window: for the ranker, and for sources and blends.
    of_level
        Taught by what ended before the last whole window: levels are learned with it.
    """

    ranker: Ranker
    asked: LabelWindow
    candidates: CandidateSet
    of_level: Ranker

    def trial(self, blend: ChosenBlend) -> Trial:
        """Return the ranker beside a blend and its best source."""
        source = ndcg_of(self.candidates, {blend.best_source: 1.0})
        rivals = Rivals(ndcg_of(self.candidates, blend.weights), source)
        return trial_of(self.ranker, self.asked, self.asked.rows, rivals)


def rehearse(
    known: Purchases, config: FitConfig, until_s: int, offering: Offering, past: Past
) -> Rehearsal | None:
    """Return a rehearsal where one window judges and none before it teaches; ``None`` elsewhere, or where too little is taught.

    Promotions are left out of it.

    Parameters
    ----------
    known
        Lines before the cut-off.
    config
        Settings.
    until_s
        Cut-off, seconds since 1970.
    offering
        Descriptions of the items.
    past
        Its lessons say where the windows begin.
    """
    if len(past.judged) != 1 or past.lessons_before(past.judged[0].back) or not past.lessons_before(0):
        return None
    window_s = int(config.window_days * SECONDS_PER_DAY)
    half_s = window_s // 2
    begins_s = [until_s - step * window_s // past.per_window for step in sorted(past.lessons)]
    halves = [
        _half(known, config, TemporalSplit(begin_s, begin_s + half_s), offering) for begin_s in begins_s
    ]
    judged_s = past.judged[0].cut.models.as_of_s
    ranker = fit_ranker([half.lesson for half in halves], config.ranker, config.seed)
    before = [half.lesson for half in halves if half.end_s <= judged_s]
    of_level = fit_ranker(before, config.ranker, config.seed)
    if ranker is None or of_level is None:
        return None
    last = _half(known, config, TemporalSplit(until_s - half_s, until_s), offering)
    return Rehearsal(ranker, last.lesson, last.candidates(), of_level) if len(last.lesson.rows) else None


class _Half(NamedTuple):
    cut: FittedCut
    outcomes: Outcomes
    lesson: LabelWindow
    end_s: int

    def candidates(self) -> CandidateSet:
        now_s = self.cut.models.as_of_s
        return candidate_set(self.cut.models, self.cut.histories, self.outcomes, self.lesson.rows, now_s)


def _half(known: Purchases, config: FitConfig, split: TemporalSplit, offering: Offering) -> _Half:
    cut = fit_sources(known, config, now_s=split.cut_s, descriptions=offering.descriptions)
    outcomes = outcomes_of(split.outcome(known), cut.purchases, cut.histories)
    rows = sample(buying(cut, outcomes), config.ranker.most_customers, config.seed)
    lesson = label_window(cut.models, proposer_of(config.ranker), cut.histories, outcomes, rows)
    return _Half(cut, outcomes, lesson, split.end_s)
