"""One whole training run: choose on past windows, measure on the held-out one, refit on everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.catalog import Promotions
from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases
from recommender.data.descriptions import descriptions_of
from recommender.evaluation import WindowEvaluation, evaluate_window
from recommender.fitting.calibration import expected_calibration_error
from recommender.fitting.choosing import Choice, choose, rankers_of
from recommender.fitting.config import FitConfig
from recommender.fitting.curve import CurvePoint, learning_curve
from recommender.fitting.levels import fit_levels, offer_calibration_error
from recommender.fitting.models import FittedCut, Progress, fit_sources, silent, with_repeats
from recommender.fitting.newcomers import newcomers_differ
from recommender.fitting.offering import Offering
from recommender.fitting.ownership import owned_once
from recommender.fitting.past import JudgedWindow, Past, look_back, sample
from recommender.fitting.plan import Plan, plan_of
from recommender.fitting.rehearsal import rehearse
from recommender.fitting.repeat_lessons import RepeatMemory
from recommender.models import FittedModels, Source, score_repeats
from recommender.models.promoted import promoted_at
from recommender.types import SECONDS_PER_DAY, Int64Array


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


def select_and_fit(
    purchases: Purchases,
    catalogue: Catalogue,
    config: FitConfig,
    *,
    until_s: int,
    promotions: Promotions | None = None,
    progress: Progress = silent,
) -> TrainingResult:
    """Train on everything before a time.

    The windows before the held-out one choose the ranking that is measured: a learned ranker, or a blend of sources where
    no ranker leads it. The held-out window then joins them in choosing the ranking that is served, and everything is
    fitted again up to ``until_s``. Same purchases, same configuration, same machine: the same models, bit for bit.

    Parameters
    ----------
    purchases
        Lines; those at or after ``until_s`` are ignored. What is no product is expected to be gone already.
    catalogue
        Categories and names, and how much can be offered at all.
    config
        Settings.
    until_s
        Cut-off, seconds since 1970.
    promotions
        Every plan of the shop; each window looks at what was announced before it. The ranker reads them where they help.
    progress
        Told about each step.

    Raises
    ------
    NotEnoughDataError
        There is no purchase before the cut-off.
    """
    known = purchases.before(until_s)
    plan = plan_of(known, config)
    used = _affordable(config, plan)
    descriptions = descriptions_of(catalogue)
    promotions = Promotions.empty() if promotions is None else promotions
    past = look_back(known, used, plan, until_s, Offering(descriptions, promotions), progress)
    progress("ranking candidates", 0.6)
    rankers = rankers_of(past, used)
    progress("held-out window", 0.7)
    memory = RepeatMemory()
    evaluation: WindowEvaluation | None = None
    measured: Mapping[str, float] = {}
    if past.judged:
        held = past.judged[0]
        cut = with_repeats(held.cut, used, descriptions=descriptions, memory=memory)
        evaluation, measured = _measure(past, cut, choose(past, rankers, held.back, used), used, plan)
    curve: tuple[CurvePoint, ...] = ()
    if past.judged and plan.curve:
        curve = learning_curve(past.judged[0].cut, past.judged[0].outcomes, used)
    progress("everything up to the cut-off", 0.8)
    everything = fit_sources(purchases, used, now_s=until_s, descriptions=descriptions)
    final = with_repeats(everything, used, descriptions=descriptions, memory=memory)
    rehearsal = rehearse(known, used, until_s, Offering(descriptions, promotions), past)
    choice = choose(past, rankers, 0, used, rehearsal)
    models = _completed(final.models, choice, past.judged, plan, used)
    models = promoted_at(models, promotions, until_s)
    progress("done", 1.0)
    return TrainingResult(
        models=models,
        metrics={**measured, **_facts(models, known, catalogue, plan), **choice.metrics()},
        evaluation=evaluation,
        config=config,
        curve=curve,
        notes=(
            *_notes(models, past, plan, _why_no_window(known, until_s, config.window_days)),
            *_over_budget(plan, config),
        ),
    )


def _affordable(config: FitConfig, plan: Plan) -> FitConfig:
    """Return the settings less what the plan leaves out."""
    used = config if plan.als else config.without_als()
    used = replace(used, ranker=replace(used.ranker, seeds=plan.seeds))
    if config.budget_seconds is None:
        return used
    return replace(used, replenishment=used.replenishment.thrifty())


def _completed(
    models: FittedModels, choice: Choice, judged: Sequence[JudgedWindow], plan: Plan, config: FitConfig
) -> FittedModels:
    """Return the models with the chosen ranking, and levels learned from the latest window with the ranking of its time."""
    if choice.blend is None:
        return replace(models, newcomers=None)
    weights, lifted, horizon = choice.blend.by_source()
    blend = replace(models.blend, weights=weights, lifted=lifted, horizon=horizon)
    told = [(window.cut.models, window.cut.histories, window.outcomes) for window in judged]
    if not newcomers_differ(told, horizon, config.newcomers):
        models = replace(models, newcomers=None)
    if not judged:
        return replace(models, blend=blend)
    level = judged[0]
    earlier = replace(level.cut.models, blend=blend, ranker=choice.of_level)
    everybody = np.flatnonzero(level.cut.histories.orders > 0)
    rows = sample(everybody, plan.customers, config.seed)
    fitted = fit_levels(earlier, level.cut.histories, level.outcomes, rows, now_s=level.cut.models.as_of_s)
    ownership = owned_once(models.ownership, fitted.offer_rate, config.ownership)
    return replace(models, blend=fitted.blend, ranker=choice.ranker, ownership=ownership)


def _measure(
    past: Past, cut: FittedCut, choice: Choice, config: FitConfig, plan: Plan
) -> tuple[WindowEvaluation, dict[str, float]]:
    """Measure on the held-out window what was learned before it."""
    held, earlier = past.judged[0], past.judged[1:]
    now_s = cut.models.as_of_s
    models = _completed(cut.models, choice, earlier, plan, config)
    evaluation = evaluate_window(models, cut.histories, held.outcomes, now_s=now_s, seed=config.seed)
    rows = sample(np.flatnonzero(cut.histories.orders > 0), config.blend.most_customers, config.seed)
    metrics = evaluation.metrics() | {
        "discover_calibration_error": offer_calibration_error(
            models, cut.histories, held.outcomes, rows, now_s=now_s
        ),
        "repeat_calibration_error": _repeat_calibration_error(models, cut, held, rows),
        **_withheld(models, cut, held, rows),
    }
    return evaluation, {name: value for name, value in metrics.items() if not np.isnan(value)}


def _repeat_calibration_error(
    models: FittedModels, cut: FittedCut, held: JudgedWindow, rows: Int64Array
) -> float:
    probability, again = [np.empty(0, np.float32)], [np.empty(0, np.bool_)]
    for row in rows.tolist():
        history = cut.histories.history(row)
        probability.append(score_repeats(models, history, cut.models.as_of_s)[0])
        again.append(np.isin(history.item, held.outcomes.repeats(row)))
    return expected_calibration_error(np.concatenate(probability), np.concatenate(again))


def _withheld(models: FittedModels, cut: FittedCut, held: JudgedWindow, rows: Int64Array) -> dict[str, float]:
    """Return which share of what customers own, and of what they bought again, is of items taken to be owned once."""
    owned = np.concatenate([np.empty(0, np.int32), *(cut.histories.history(row).item for row in rows)])
    again = np.concatenate([np.empty(0, np.int32), *(held.outcomes.repeats(row) for row in rows)])
    return {
        name: float(models.ownership.own_once[items].mean()) if len(items) else np.nan
        for name, items in (("own_once_share_of_owned", owned), ("own_once_share_of_repeats", again))
    }


def _facts(models: FittedModels, known: Purchases, catalogue: Catalogue, plan: Plan) -> dict[str, float]:
    numbers = models.items.numbers[models.items.numbers < len(catalogue.available)]
    unavailable = int(np.count_nonzero(~catalogue.available[numbers]))
    weights = {
        f"blend_weight_{name}": float(weight)
        for name, weight in zip((source.name.lower() for source in Source), models.blend.weights, strict=True)
    }
    return weights | {
        "lines": float(len(known)),
        "customers": float(len(np.unique(known.customer[known.customer >= 0]))),
        "items": float(len(models.items)),
        "items_available": float(len(models.items) - unavailable),
        "items_own_once": float(np.count_nonzero(models.ownership.own_once)),
        "ranker": float(models.ranker is not None),
        "ranker_promotions": 0.0 if models.ranker is None else float(len(models.ranker.kinds)),
        "ranker_trees": 0.0
        if models.ranker is None
        else float(len(models.ranker.pairwise) + len(models.ranker.binary)),
        "validation_windows": float(plan.windows),
    }


def _notes(models: FittedModels, past: Past, plan: Plan, why_no_window: str) -> tuple[str, ...]:
    notes, judged = [], past.judged
    if not judged:
        notes.append("no window was held out: " + why_no_window)
    elif len(judged) == 1:
        chosen = "is the untuned one" if past.shorter is None else "was chosen on a shorter window"
        notes.append(f"the measured blend {chosen}: only one window could be held out")
    if models.als is None:
        notes.append(
            "no factorisation: " + ("too few customers or items" if plan.als else "the budget is too small")
        )
    if models.newly is None:
        notes.append("nothing is known to be taken up together: no customer bought two items")
    if models.ranker is None:
        notes.append("no learned ranker: " + _why_no_ranker(judged, plan))
    if not plan.curve:
        notes.append("no learning curve: the budget is too small")
    return tuple(notes)


def _over_budget(plan: Plan, config: FitConfig) -> tuple[str, ...]:
    """Say that even the poorest plan takes longer than was allowed, where it does."""
    budget = config.budget_seconds
    if budget is None or plan.seconds <= budget:
        return ()
    return (
        f"the budget of {budget:g} s is too small: the least that can be learned takes about {plan.seconds:.0f} s",
    )


def _why_no_window(known: Purchases, until_s: int, window_days: float) -> str:
    """Say why nothing could be measured, where it could not."""
    of_somebody = known.at_s[known.customer >= 0]
    if of_somebody.size == 0:
        return "no customer is known, all orders are those of guests"
    if until_s - int(of_somebody.min()) < 2 * window_days * SECONDS_PER_DAY:
        return f"the history is shorter than two windows of {window_days:g} days"
    return f"nobody who bought before a window of {window_days:g} days bought in it"


def _why_no_ranker(judged: Sequence[JudgedWindow], plan: Plan) -> str:
    if plan.labels == 0:
        return "the budget is too small"
    return (
        "it was behind a source or the blend on past windows, or none could judge it"
        if judged
        else "no past window could judge it"
    )
