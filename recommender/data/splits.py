"""Splits by calendar time: what was known before a moment, and what happened in the window after it."""

from dataclasses import dataclass

import numpy as np

from recommender.data.purchases import Purchases
from recommender.types import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class TemporalSplit:
    """One cut in time: learn from everything before ``cut_s``, judge on ``cut_s <= at < end_s``."""

    cut_s: int
    end_s: int

    def known(self, purchases: Purchases) -> Purchases:
        """Return what a model may learn from."""
        return purchases.before(self.cut_s)

    def outcome(self, purchases: Purchases) -> Purchases:
        """Return what was bought in the window and not returned by its end, with the customer codes of ``purchases``."""
        return purchases.between(self.cut_s, self.end_s)


def temporal_splits(
    purchases: Purchases, until_s: int, window_days: float, most: int, per_window: int = 1
) -> tuple[TemporalSplit, ...]:
    """Return windows back to back, the latest first; the latest ends at ``until_s``.

    A window is used when customers are known before it and buy in it, and when at least as much time as the
    window lies before it. Fewer windows, or none, come back for short histories.

    Parameters
    ----------
    purchases
        All lines.
    until_s
        End of the latest window, seconds since 1970.
    window_days
        Length of every window.
    most
        How many windows at most.
    per_window
        How many begin in the time of one window; windows overlap where it is more than one.

    Examples
    --------
    >>> from recommender.data.assembly import purchases_from_frame
    >>> from datetime import UTC, datetime
    >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 8, 15, 22)]
    >>> lines = purchases_from_frame(["ann"] * 4, ["tea", "cup", "tea", "pot"], days, [1] * 4)
    >>> until = int(datetime(2026, 1, 23, tzinfo=UTC).timestamp())
    >>> [(split.end_s - split.cut_s) // 86_400 for split in temporal_splits(lines, until, 7, most=5)]
    [7, 7]
    >>> [(until - split.cut_s) // 86_400 for split in temporal_splits(lines, until, 6, most=5, per_window=2)]
    [6, 9, 12, 15]
    """
    bought = purchases.ever_bought
    known = bought.customer >= 0
    if not known.any():
        return ()
    window_s = int(window_days * SECONDS_PER_DAY)
    first_s = int(bought.at_s[known].min())
    splits = []
    for position in range(most):
        cut_s = until_s - (position + per_window) * window_s // per_window
        split = TemporalSplit(cut_s, cut_s + window_s)
        if split.cut_s - first_s >= window_s and _has_outcome(bought, split):
            splits.append(split)
    return tuple(splits)


def _has_outcome(bought: Purchases, split: TemporalSplit) -> bool:
    known = bought.customer[bought.at_s < split.cut_s]
    later = split.outcome(bought).customer
    return bool(np.isin(later[later >= 0], known).any())
