"""Promotions known in advance, as the columns that a ranker reads."""

from dataclasses import replace

import numpy as np

from recommender.catalog import PromotionColumns, Promotions, promotion_columns
from recommender.models.fitted import FittedModels
from recommender.types import SECONDS_PER_DAY, Float32Array, UInt32Array


def with_columns(models: FittedModels, columns: PromotionColumns) -> FittedModels:
    """Return the models with the promotions of a moment, for the kinds that their ranker learned."""
    return replace(models, promoted=_of_items(columns, models.items.numbers))


def promoted_at(models: FittedModels, promotions: Promotions, at_s: int) -> FittedModels:
    """Return the models with what was planned and past at a time; unchanged where the ranker reads no promotions."""
    kinds = () if models.ranker is None else models.ranker.kinds
    return (
        replace(models, promoted=promoted_columns(models, promotions.aligned(kinds), at_s))
        if kinds
        else models
    )


def promoted_columns(models: FittedModels, promotions: Promotions, at_s: int) -> Float32Array:
    """Return planned, then past shares of every item by kind, as known at a time: ``float32 [n, 2 x kinds]``.

    Parameters
    ----------
    models
        Their items and window.
    promotions
        Aligned to the kinds that are wanted.
    at_s
        Seconds since 1970; cut to the full hour.
    """
    numbers, window_s = models.items.numbers, int(models.window_days * SECONDS_PER_DAY)
    size = int(numbers.max(initial=0)) + 1
    return _of_items(promotion_columns(promotions, at_s, window_s=window_s, size=size), numbers)


def _of_items(columns: PromotionColumns, numbers: UInt32Array) -> Float32Array:
    both = np.concatenate((columns.planned, columns.past), axis=1)
    known = numbers < len(both)
    out = np.zeros((len(numbers), both.shape[1]), np.float32)
    out[known] = both[numbers[known]]
    return out
