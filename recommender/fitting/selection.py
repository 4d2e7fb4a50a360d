"""One whole training run: choose on past windows, measure on the held-out one, refit on everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases, TemporalSplit, temporal_splits
from recommender.evaluation import WindowEvaluation, evaluate_window
from recommender.evaluation.outcomes import Outcomes, outcomes_of
from recommender.fitting.blend import ChosenBlend, choose_blend
from recommender.fitting.calibration import expected_calibration_error
from recommender.fitting.candidates import CandidateSet, candidate_set
from recommender.fitting.config import FitConfig
from recommender.fitting.curve import CurvePoint, learning_curve
from recommender.fitting.levels import fit_levels, offer_calibration_error
from recommender.fitting.models import FittedCut, Progress, fit_sources, silent, with_repeats
from recommender.fitting.plan import Plan, plan_of
from recommender.models import FittedModels, score_repeats
from recommender.types import Int64Array


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a run brought.

    Attributes
    ----------
    models
        Fitted on everything before the cut-off; this is served.
    metrics
        Flat numbers for a registry, never nan.
    evaluation
        The held-out window by task, source and segment; ``None`` when the history is too short to hold one out.
    config
        As it was used.
    curve
        NDCG@10 by the share of customers that taught; empty when the plan left it out.
    notes
        What was left out or could not be learned, and why; one sentence each.
    """

    models: FittedModels
    metrics: Mapping[str, float]
    evaluation: WindowEvaluation | None
    config: FitConfig
    curve: tuple[CurvePoint, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One validation window: models from before it, what happened in it, and its candidates."""

    split: TemporalSplit
    cut: FittedCut
    outcomes: Outcomes
    candidates: CandidateSet


def select_and_fit(
    purchases: Purchases,
    catalogue: Catalogue,
    config: FitConfig,
    *,
    until_s: int,
    progress: Progress = silent,
) -> TrainingResult:
    """Train on everything before a time.

    The windows before the held-out one choose the blend that is measured; the held-out window then joins
    them in choosing the blend that is served, and everything is fitted again up to ``until_s``. Same purchases,
    same configuration, same machine: the same models, bit for bit.

    Parameters
    ----------
    purchases
        Lines; those at or after ``until_s`` are ignored. What is no product is expected to be gone already.
    catalogue
        Says how much of it can be offered at all.
    config
        Settings.
    until_s
        Cut-off, seconds since 1970.
    progress
        Told about each step.

    Raises
    ------
    NotEnoughDataError
        There is no purchase before the cut-off.
    """
    known = purchases.before(until_s)
    plan = plan_of(known, config)
    used = config if plan.als else config.without_als()
    if config.budget_seconds is not None:
        used = replace(used, replenishment=used.replenishment.thrifty())
    splits = temporal_splits(known, until_s, config.window_days, 1 + plan.windows)
    judged = []
    for position, split in enumerate(splits):
        progress(f"validation window {position + 1} of {len(splits)}", 0.6 * position / len(splits))
        judged.append(_judge(known, split, used, plan))
    progress("held-out window", 0.6)
    evaluation, measured = _measure(judged, used, catalogue) if judged else (None, {})
    curve = learning_curve(known, judged[0].cut, judged[0].outcomes, used) if judged and plan.curve else ()
    progress("everything up to the cut-off", 0.8)
    final = with_repeats(fit_sources(purchases, used, now_s=until_s), used, catalogue=catalogue)
    chosen = choose_blend([window.candidates for window in judged], used.blend)
    models = _with_blend(final.models, chosen, judged[0] if judged else None, plan, used)
    progress("done", 1.0)
    return TrainingResult(
        models=models,
        metrics=measured | _facts(models, known, catalogue, plan) | _validation(chosen),
        evaluation=evaluation,
        config=config,
        curve=curve,
        notes=_notes(models, judged, plan, config),
    )


def _judge(purchases: Purchases, split: TemporalSplit, config: FitConfig, plan: Plan) -> _Judged:
    cut = fit_sources(purchases, config, now_s=split.cut_s)
    outcomes = outcomes_of(split.outcome(purchases), cut.purchases, cut.histories)
    buying = np.flatnonzero((cut.histories.orders > 0) & (outcomes.counts(owned=False) > 0))
    rows = _sample(buying, plan.customers, config.seed)
    return _Judged(
        split, cut, outcomes, candidate_set(cut.models, cut.histories, outcomes, rows, split.cut_s)
    )


def _sample(rows: Int64Array, most: int, seed: int) -> Int64Array:
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def _with_blend(
    models: FittedModels, chosen: ChosenBlend | None, level: _Judged | None, plan: Plan, config: FitConfig
) -> FittedModels:
    """Return the models with the chosen weights, and levels learned from one window with those weights."""
    if chosen is None or level is None:
        return models
    weights, lifted, horizon = chosen.by_source()
    blend = replace(models.blend, weights=weights, lifted=lifted, horizon=horizon)
    earlier = replace(level.cut.models, blend=blend)
    everybody = np.flatnonzero(level.cut.histories.orders > 0)
    rows = _sample(everybody, plan.customers, config.seed)
    fitted = fit_levels(earlier, level.cut.histories, level.outcomes, rows, now_s=level.split.cut_s)
    return replace(models, blend=fitted)


def _measure(
    judged: Sequence[_Judged], config: FitConfig, catalogue: Catalogue
) -> tuple[WindowEvaluation, dict[str, float]]:
    held, earlier = judged[0], judged[1:]
    plan = Plan(len(earlier), config.blend.most_customers, als=True, curve=False, seconds=0.0)
    chosen = choose_blend([window.candidates for window in earlier], config.blend)
    cut = with_repeats(held.cut, config, catalogue=catalogue)
    models = _with_blend(cut.models, chosen, earlier[0] if earlier else None, plan, config)
    evaluation = evaluate_window(models, cut.histories, held.outcomes, now_s=held.split.cut_s)
    rows = _sample(np.flatnonzero(cut.histories.orders > 0), plan.customers, config.seed)
    metrics = evaluation.metrics() | {
        "discover_calibration_error": offer_calibration_error(
            models, cut.histories, held.outcomes, rows, now_s=held.split.cut_s
        ),
        "repeat_calibration_error": _repeat_calibration_error(models, cut, held, rows),
    }
    return evaluation, {name: value for name, value in metrics.items() if not np.isnan(value)}


def _repeat_calibration_error(models: FittedModels, cut: FittedCut, held: _Judged, rows: Int64Array) -> float:
    probability, again = [np.empty(0, np.float32)], [np.empty(0, np.bool_)]
    for row in rows.tolist():
        history = cut.histories.history(row)
        probability.append(score_repeats(models, history, held.split.cut_s)[0])
        again.append(np.isin(history.item, held.outcomes.repeats(row)))
    return expected_calibration_error(np.concatenate(probability), np.concatenate(again))


def _facts(models: FittedModels, known: Purchases, catalogue: Catalogue, plan: Plan) -> dict[str, float]:
    numbers = models.items.numbers[models.items.numbers < len(catalogue.available)]
    unavailable = int(np.count_nonzero(~catalogue.available[numbers]))
    weights = {
        f"blend_weight_{name}": float(weight)
        for name, weight in zip(
            ("popularity", "item_item", "lately", "newly", "als"), models.blend.weights, strict=True
        )
    }
    return weights | {
        "lines": float(len(known)),
        "customers": float(len(np.unique(known.customer[known.customer >= 0]))),
        "items": float(len(models.items)),
        "items_available": float(len(models.items) - unavailable),
        "items_own_once": float(np.count_nonzero(models.ownership.own_once)),
        "validation_windows": float(plan.windows),
    }


def _validation(chosen: ChosenBlend | None) -> dict[str, float]:
    return {} if chosen is None else {"validation_ndcg_at_10": chosen.ndcg}


def _notes(models: FittedModels, judged: Sequence[_Judged], plan: Plan, config: FitConfig) -> tuple[str, ...]:
    notes = []
    if not judged:
        notes.append(
            f"no window was held out: the history is shorter than two windows of {config.window_days:g} days"
        )
    elif len(judged) == 1:
        notes.append("the measured blend is the untuned one: only one window could be held out")
    if models.als is None:
        notes.append(
            "no factorisation: " + ("too few customers or items" if plan.als else "the budget is too small")
        )
    if models.newly is None:
        notes.append("nothing is known to be taken up together: no customer bought two items")
    if not plan.curve:
        notes.append("no learning curve: the budget is too small")
    return tuple(notes)
