"""Measuring rankings: metrics, intervals, one held-out window by source, task and customer segment."""

from recommender.evaluation.intervals import Interval, bootstrap_interval, paired_difference
from recommender.evaluation.metrics import (
    coverage,
    hit_rate_at_k,
    map_at_k,
    ndcg_at_k,
    novelty,
    recall_at_k,
)
from recommender.evaluation.window import Task, TaskResult, WindowEvaluation, evaluate_window

__all__ = [
    "Interval",
    "Task",
    "TaskResult",
    "WindowEvaluation",
    "bootstrap_interval",
    "coverage",
    "evaluate_window",
    "hit_rate_at_k",
    "map_at_k",
    "ndcg_at_k",
    "novelty",
    "paired_difference",
    "recall_at_k",
]
