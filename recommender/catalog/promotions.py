"""All promotions at one version of the catalogue, as columns that a ranker reads.

Whatever is asked, it is asked as of a moment: a promotion that was announced later, or called off before, is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.promotion import Promotion
from recommender.types import (
    BoolArray,
    Float32Array,
    Float64Array,
    Int64Array,
    ItemId,
    ItemNumber,
    UInt8Array,
    UInt32Array,
)

NEVER_S: Final = int(np.iinfo(np.int64).max)
"""``withdrawn_s`` of a promotion that was not called off."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PromotionRows(NamedTuple):
    """One row per promotion; all arrays of one length, read-only.

    ``number`` is the permanent item number and ``kind`` a position in the kinds. It runs at ``from_s <= t < until_s`` and is known
    at ``announced_s <= t < withdrawn_s``, seconds since 1970 UTC. ``share`` (of the shop's places) is above 0 and at most 1;
    ``discount`` (part of the price taken off) and ``price`` (of a unit while it runs) are nan where unknown.
    """

    number: UInt32Array
    kind: UInt8Array
    from_s: Int64Array
    until_s: Int64Array
    announced_s: Int64Array
    withdrawn_s: Int64Array
    share: Float32Array
    discount: Float32Array
    price: Float64Array

    def take(self, rows: Int64Array | BoolArray) -> "PromotionRows":
        """Return the rows at these positions, or of this mask."""
        return PromotionRows(
            self.number[rows],
            self.kind[rows],
            self.from_s[rows],
            self.until_s[rows],
            self.announced_s[rows],
            self.withdrawn_s[rows],
            self.share[rows],
            self.discount[rows],
            self.price[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Promotions:
    """Promotions at one version. Build them with :meth:`build` or :meth:`of`.

    Attributes
    ----------
    version
        Version of the catalogue that they were read at.
    kinds
        Words of the shop; the columns of every answer.
    rows
        Ordered by begin, end, item, kind and announcement.
    """

    version: int
    kinds: tuple[str, ...]
    rows: PromotionRows

    def __len__(self) -> int:
        return len(self.rows.number)

    @classmethod
    def build(cls, version: int, kinds: Sequence[str], rows: PromotionRows) -> "Promotions":
        """Order the rows; where one plan was announced several times, each announcement holds until the next."""
        order = np.lexsort((rows.announced_s, rows.kind, rows.number, rows.until_s, rows.from_s))
        rows = rows.take(order)
        same = np.ones(max(len(order) - 1, 0), np.bool_)
        for column in (rows.from_s, rows.until_s, rows.number, rows.kind):
            same &= column[1:] == column[:-1]
        withdrawn_s = rows.withdrawn_s.copy()
        withdrawn_s[:-1][same] = np.minimum(withdrawn_s[:-1], rows.announced_s[1:])[same]
        return cls(version, tuple(kinds), rows._replace(withdrawn_s=withdrawn_s))

    @classmethod
    def of(
        cls, promotions: Iterable[Promotion], numbers: Mapping[ItemId, ItemNumber], version: int = 0
    ) -> "Promotions":
        """Return checked promotions as columns.

        Examples
        --------
        >>> noon = datetime(2024, 6, 3, 12, tzinfo=UTC)
        >>> show = Promotion(item_id="mug", kind="display", active_from=noon, active_until=noon + timedelta(days=1),
        ...                  announced_at=noon - timedelta(days=1), share=0.5)
        >>> plan = Promotions.of([show], {ItemId("mug"): ItemNumber(1)})
        >>> at_s = int(noon.timestamp())
        >>> plan.running(at_s, at_s, size=2).tolist(), plan.running(at_s - 1, at_s - 1, size=2).tolist()
        ([[0.0], [0.5]], [[0.0], [0.0]])
        """
        listed = list(promotions)
        kinds = sorted({one.kind for one in listed})
        rows = PromotionRows(
            np.array([numbers[ItemId(one.item_id)] for one in listed], np.uint32),
            np.array([kinds.index(one.kind) for one in listed], np.uint8),
            np.array([_seconds(one.active_from) for one in listed], np.int64),
            np.array([_seconds(one.active_until) for one in listed], np.int64),
            np.array([_seconds(one.announced_at) for one in listed], np.int64),
            np.array([_seconds(one.withdrawn_at) for one in listed], np.int64),
            np.array([one.share for one in listed], np.float32),
            np.array([np.nan if one.discount is None else one.discount for one in listed], np.float32),
            np.array([np.nan if one.price is None else float(one.price) for one in listed], np.float64),
        )
        return cls.build(version, kinds, rows)

    @classmethod
    def empty(cls, version: int = 0) -> "Promotions":
        """Return the promotions of a shop that has none."""
        return cls.of((), {}, version)

    def aligned(self, kinds: Sequence[str]) -> "Promotions":
        """Return the promotions of these kinds only, with columns in this order; a ranker asks for those it has learned.

        Examples
        --------
        >>> len(Promotions.empty().aligned(["mailer", "display"])), Promotions.empty().aligned(["mailer"]).kinds
        (0, ('mailer',))
        """
        position = np.array([kinds.index(kind) if kind in kinds else -1 for kind in self.kinds], np.int64)
        if len(self) == 0:
            return replace(self, kinds=tuple(kinds))
        column = position[self.rows.kind]
        kept = self.rows._replace(kind=column.astype(np.uint8)).take(column >= 0)
        return replace(self, kinds=tuple(kinds), rows=kept)

    def priced(self, catalogue: Catalogue) -> "Promotions":
        """Return them with the discount of those that only have a price: what it takes off the catalogue's price."""
        regular = np.full(len(catalogue), np.nan)
        for item_id, item in catalogue.items.items():
            if item.price is not None and item.price > 0:
                regular[catalogue.numbers[item_id]] = float(item.price)
        known = self.rows.number < len(regular)
        usual = np.where(
            known, regular[np.where(known, self.rows.number, 0)] if len(regular) else np.nan, np.nan
        )
        off = np.clip(1 - self.rows.price / usual, 0, 1)
        discount = np.where(np.isnan(self.rows.discount), off, self.rows.discount).astype(np.float32)
        return replace(self, rows=self.rows._replace(discount=discount))

    def running(self, at_s: int, known_s: int, size: int) -> Float32Array:
        """Return the share of places where each item is promoted at a time.

        Parameters
        ----------
        at_s
            The time asked about.
        known_s
            The time of asking: only what was announced by then, and not called off.
        size
            Items, by permanent number; promotions of later ones are left out.

        Returns
        -------
        Float32Array
            ``[size, kinds]``, 0..1; the largest where several of a kind run at once.
        """
        rows, found = self.rows, self._known(at_s, at_s + 1, known_s, size)
        out = np.zeros((size, len(self.kinds)), np.float32)
        np.maximum.at(out, (rows.number[found], rows.kind[found]), rows.share[found])
        return out

    def planned(self, from_s: int, until_s: int, known_s: int, size: int) -> Float32Array:
        """Return the share of places and of a period for which each item is promoted.

        Parameters
        ----------
        from_s, until_s
            The period, inclusive and exclusive; it may lie before or after ``known_s``.
        known_s, size
            As in :meth:`running`.

        Returns
        -------
        Float32Array
            ``[size, kinds]``, 0..1: the sum over promotions of share times overlap over the period, at most 1.
        """
        rows, found = self.rows, self._known(from_s, until_s, known_s, size)
        overlap = np.minimum(rows.until_s[found], until_s) - np.maximum(rows.from_s[found], from_s)
        weight = rows.share[found] * overlap / (until_s - from_s)
        cell = rows.number[found].astype(np.int64) * len(self.kinds) + rows.kind[found]
        total = np.bincount(cell, weight, minlength=size * len(self.kinds))
        return np.minimum(total, 1.0).astype(np.float32).reshape(size, len(self.kinds))

    def deepest(self, from_s: int, until_s: int, known_s: int, size: int) -> Float32Array:
        """Return the largest known discount of each item within a period, ``float32 [size]``, 0 without any."""
        rows, found = self.rows, self._known(from_s, until_s, known_s, size)
        out = np.zeros(size, np.float32)
        np.fmax.at(out, rows.number[found], rows.discount[found])
        return out

    def next_change_s(self, at_s: int) -> int:
        """Return the first second after ``at_s`` at which something begins, ends, is announced or called off; else ``NEVER_S``."""
        rows = self.rows
        times = (rows.from_s, rows.until_s, rows.announced_s, rows.withdrawn_s)
        return min((int(column[column > at_s].min(initial=NEVER_S)) for column in times), default=NEVER_S)

    def _known(self, from_s: int, until_s: int, known_s: int, size: int) -> Int64Array:
        """Return the positions of what runs within a period and is known at a time."""
        rows, end = self.rows, int(np.searchsorted(self.rows.from_s, until_s))
        found = np.flatnonzero(rows.until_s[:end] > from_s)
        return found[
            (rows.announced_s[found] <= known_s)
            & (known_s < rows.withdrawn_s[found])
            & (rows.number[found] < size)
        ]


def _seconds(moment: datetime | None) -> int:
    return NEVER_S if moment is None else (moment - _EPOCH) // timedelta(seconds=1)
