"""What is promoted around one hour: the columns that the learned ranker reads, in fitting and in serving alike."""

from dataclasses import dataclass
from typing import Final

from recommender.catalog.promotions import Promotions
from recommender.types import Float32Array

GRID_S: Final = 3_600
"""Columns are taken at the last full hour: serving computes them once an hour, and fitting sees the same."""


@dataclass(frozen=True, slots=True, eq=False)
class PromotionColumns:
    """Columns by permanent item number, as one hour knew them.

    Attributes
    ----------
    at_s, valid_until_s
        The hour, and the first second of the next one.
    kinds
        Names of the columns of the first three.
    running
        Share of the shop's places where it is promoted at this hour, ``float32 [items, kinds]``, 0..1.
    planned
        Share of places and of the coming window for which it is planned, ``float32 [items, kinds]``, 0..1.
    past
        The same of the window before, known by now: it explains why an item sold.
    discount
        Deepest part of the price taken off at this hour, ``float32 [items]``, 0 without any.
    planned_discount
        The deepest within the coming window, what runs now included, ``float32 [items]``.
    """

    at_s: int
    valid_until_s: int
    kinds: tuple[str, ...]
    running: Float32Array
    planned: Float32Array
    past: Float32Array
    discount: Float32Array
    planned_discount: Float32Array


def promotion_columns(promotions: Promotions, at_s: int, *, window_s: int, size: int) -> PromotionColumns:
    """Return what was known of promotions at the last full hour.

    Parameters
    ----------
    promotions
        Of any version: only what was announced by that hour counts. Align them to the ranker's kinds first.
    at_s
        Time of the decision (or of the cut-off, in fitting), seconds since 1970.
    window_s
        Length of the window that ``planned`` and ``past`` are shares of; the window that the ranker predicts.
    size
        Rows of the columns: the largest item number plus one.

    Examples
    --------
    >>> columns = promotion_columns(Promotions.empty(), 7_300, window_s=86_400, size=2)
    >>> columns.at_s, columns.valid_until_s, columns.planned.shape, columns.discount.tolist()
    (7200, 10800, (2, 0), [0.0, 0.0])
    """
    hour_s = at_s // GRID_S * GRID_S
    return PromotionColumns(
        at_s=hour_s,
        valid_until_s=hour_s + GRID_S,
        kinds=promotions.kinds,
        running=promotions.running(hour_s, hour_s, size),
        planned=promotions.planned(hour_s, hour_s + window_s, hour_s, size),
        past=promotions.planned(hour_s - window_s, hour_s, hour_s, size),
        discount=promotions.deepest(hour_s, hour_s + 1, hour_s, size),
        planned_discount=promotions.deepest(hour_s, hour_s + window_s, hour_s, size),
    )
