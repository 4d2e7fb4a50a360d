"""What a person wants to see of a training run: tables for the terminal, plots and JSON for the registry."""

import json
from pathlib import Path
from typing import Final

import numpy as np

from recommender.evaluation import Interval, Task, WindowEvaluation, bootstrap_interval
from recommender.evaluation.window import SEGMENTS
from recommender.fitting import TrainingResult
from recommender.fitting.propensity import JudgedPropensity
from recommender.types import BoolArray, Float64Array
from training import plots

_BINS: Final = 10
OURS: Final = "ours"
LABELS: Final = {
    OURS: "this model",
    "popularity": "popularity",
    "item_item": "item-item",
    "als": "als",
    "lately": "taken up lately",
    "newly": "taken up newly",
    "spectral": "spectral",
    "content": "alike in words",
    "frequency": "bought most often",
    "recency": "bought last",
}
METRICS: Final = {
    "ndcg": "NDCG",
    "recall": "recall",
    "map": "MAP",
    "hit_rate": "hit rate",
    "coverage": "coverage",
}


def by_source(result: TrainingResult, task: Task) -> dict[str, dict[str, float]]:
    """Return the metrics of every source on one task, by their labels; baselines first, ours last.

    Empty when no window was held out.
    """
    if result.evaluation is None:
        return {}
    k = result.evaluation.k
    sources = [source for of, source in result.evaluation.results if of is task]
    ordered = sorted(sources, key=lambda source: (source == OURS, list(LABELS).index(source)))
    return {
        LABELS[source]: {
            f"{label}@{k}": result.metrics[name]
            for metric, label in METRICS.items()
            if (name := f"{task}_{source}_{metric}_at_{k}") in result.metrics
        }
        for source in ordered
    }


def write_attachments(result: TrainingResult, folder: Path) -> None:
    """Write plots (PNG) and the evaluation (JSON) of a run.

    Parameters
    ----------
    result
        The run.
    folder
        Where to; exists.
    """
    evaluation, blend = result.evaluation, result.models.blend
    (folder / "evaluation.json").write_text(_as_json(result), "utf-8")
    plots.plot_calibration(
        folder / "calibration.png",
        blend.knot_score.tolist(),
        blend.knot_probability.tolist(),
        result.metrics.get("discover_calibration_error"),
    )
    if result.curve:
        plots.plot_curve(
            folder / "learning_curve.png",
            [(100 * point.share_of_customers, point.ndcg_at_10) for point in result.curve],
            title="Learning curve: would more customers teach more?",
            x="customers that taught, %",
            y="NDCG@10 on the held-out window (untuned blend)",
        )
    if evaluation is not None:
        _plot_evaluation(evaluation, folder)


def write_reliability(judged: JudgedPropensity, folder: Path) -> None:
    """Draw how the learned propensities did on customers left out; nothing where no cell got a regression."""
    if judged.held_out:
        bins = {
            f"{kind.replace('_', ' ')}, {channel or 'any channel'} ({len(said):,})": _reliability(
                said, happened
            )
            for (kind, channel), (said, happened) in judged.held_out.items()
        }
        plots.plot_reliability(folder / "propensity.png", bins, error=judged.calibration_error)


def _reliability(said: Float64Array, happened: BoolArray) -> list[tuple[float, float]]:
    """Return mean probability and share of positives in at most ten bins of equal size."""
    order = np.argsort(said, kind="stable")
    bins = np.array_split(order, min(_BINS, len(order)))
    return [(float(said[one].mean()), float(happened[one].mean())) for one in bins]


def _plot_evaluation(evaluation: WindowEvaluation, folder: Path) -> None:
    for task, title in ((Task.DISCOVER, "new to the customer"), (Task.REPEAT, "bought again")):
        if len(evaluation.orders[task]) == 0:
            continue
        sources = [source for of, source in evaluation.results if of is task]
        plots.plot_segments(
            folder / f"ndcg_by_segment_{task}.png",
            {LABELS[source]: _by_segment(evaluation, task, source) for source in sources},
            {f"{name} orders": count for name, (_, count) in evaluation.by_segment(task).items()},
            title=f"NDCG@{evaluation.k} on the held-out window, {title}",
        )
    discover = {
        LABELS[source]: found.coverage
        for (task, source), found in evaluation.results.items()
        if task is Task.DISCOVER
    }
    plots.plot_coverage(folder / "coverage.png", discover, k=evaluation.k)


def _by_segment(evaluation: WindowEvaluation, task: Task, source: str) -> dict[str, Interval]:
    """Return NDCG with its 95 % interval per segment; 0 for a segment without customers."""
    values, orders = evaluation.results[task, source].values["ndcg"], evaluation.orders[task]
    shown = {}
    for name, (low, high) in SEGMENTS.items():
        inside = values[(orders >= low) & (orders <= high)]
        interval = bootstrap_interval(inside, np.random.default_rng(0), rounds=200)
        shown[f"{name} orders"] = interval if len(inside) else Interval(0.0, 0.0, 0.0)
    return shown


def _as_json(result: TrainingResult) -> str:
    evaluation = result.evaluation
    segments = {
        f"{task}_{source}": {
            name: {"ndcg": None if np.isnan(ndcg) else ndcg, "customers": customers}
            for name, (ndcg, customers) in evaluation.by_segment(task, source).items()
        }
        for task, source in (evaluation.results if evaluation is not None else ())
        if evaluation is not None
    }
    content = {
        "metrics": dict(result.metrics),
        "ndcg_by_orders_before_the_window": segments,
        "learning_curve": [
            {"share_of_customers": p.share_of_customers, "lines": p.lines, "ndcg_at_10": p.ndcg_at_10}
            for p in result.curve
        ],
        "notes": list(result.notes),
    }
    return json.dumps(content, indent=2, sort_keys=True)
