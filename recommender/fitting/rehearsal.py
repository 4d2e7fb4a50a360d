"""A rehearsal in half windows: how a ranker is judged where too few whole ones lie before the one that would judge it."""

from dataclasses import dataclass

from recommender.data import Purchases, TemporalSplit
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting.blend import ChosenBlend, ndcg_of
from recommender.fitting.candidates import CandidateSet, candidate_set
from recommender.fitting.config import FitConfig
from recommender.fitting.label_windows import LabelWindow, label_window
from recommender.fitting.models import fit_sources
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
    """Return a rehearsal where the past has half windows for it; ``None`` elsewhere, or where they teach too little.

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
        Its lessons begin a window before the cut-off at the latest: their first halves end before the last half begins.
    """
    latest = past.judged[0].back * past.per_window if past.halves else 0
    before = [half for step, half in past.halves.items() if 2 * (step - latest) >= past.per_window]
    ranker = fit_ranker(list(past.halves.values()), config.ranker, config.seed)
    of_level = fit_ranker(before, config.ranker, config.seed)
    if ranker is None or of_level is None:
        return None
    split = TemporalSplit(until_s - int(config.window_days * SECONDS_PER_DAY) // 2, until_s)
    cut = fit_sources(known, config, now_s=split.cut_s, descriptions=offering.descriptions)
    outcomes = outcomes_of(split.outcome(known), cut.purchases, cut.histories)
    rows = sample(buying(cut, outcomes), config.ranker.most_customers, config.seed)
    if len(rows) == 0:
        return None
    asked = label_window(cut.models, proposer_of(config.ranker), cut.histories, outcomes, rows)
    candidates = candidate_set(cut.models, cut.histories, outcomes, rows, split.cut_s)
    return Rehearsal(ranker, asked, candidates, of_level)
