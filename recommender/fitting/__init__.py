"""Fitting: purchases and a configuration in, frozen models out."""

from recommender.fitting.als import fit_als
from recommender.fitting.config import FitConfig
from recommender.fitting.curve import CurvePoint
from recommender.fitting.item_item import fit_item_item, fit_taken_up
from recommender.fitting.models import fit_models
from recommender.fitting.ownership import fit_ownership
from recommender.fitting.popularity import fit_popularity
from recommender.fitting.replenishment import fit_replenishment
from recommender.fitting.selection import TrainingResult, select_and_fit

__all__ = [
    "CurvePoint",
    "FitConfig",
    "TrainingResult",
    "fit_als",
    "fit_item_item",
    "fit_models",
    "fit_ownership",
    "fit_popularity",
    "fit_replenishment",
    "fit_taken_up",
    "select_and_fit",
]
