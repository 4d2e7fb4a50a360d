"""What the gates read: the catalogue's columns by item index of one bundle."""

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from recommender.candidates.codes import IS_ALLOWED, IS_NOT_A_PRODUCT, IS_UNAVAILABLE, N_CODES
from recommender.catalog import Catalogue, OwnershipKind
from recommender.catalog.catalogue import ALWAYS_FROM_S, ALWAYS_UNTIL_S
from recommender.types import SECONDS_PER_DAY, Int32Array, Int64Array, UInt8Array, UInt32Array

if TYPE_CHECKING:
    from recommender.models.fitted import FittedModels

_Number = TypeVar("_Number", bound=np.generic)


class ShelfTable(NamedTuple):
    """What the gates read, as one tuple of arrays that a kernel takes; ``n`` items of the bundle.

    Attributes
    ----------
    number
        Permanent number of each item, ``uint32 [n]``.
    standing
        ``uint8 [n]``: 0 when the item could be offered, else the code of what keeps it out at any time
        (see :mod:`recommender.candidates.codes`).
    standing_counts
        Items per code, ``int64 [codes]``.
    windowed
        Indices of items that are active only from or until some time, ``int32``.
    active_from_s, active_until_s
        Active while ``from <= now < until``, seconds since 1970, ``int64 [n]``.
    ownership
        Declared :class:`~recommender.catalog.OwnershipKind`, or what was learned: ``CONSUMABLE``, or ``LEARNED``
        for "its buyers buy it once", ``uint8 [n]``.
    cool_down_s
        Seconds after the last purchase during which a ``COOL_DOWN`` item does not come back, ``int64 [n]``.
    cool_down_s_of_number
        The same by permanent number, ``int64``; -1 where no cool-down is declared.
    group_of_number
        Dense group of every permanent number, ``int32``; -1 when no item of the bundle is in its group. Purchases of
        items that the bundle never saw find their variants here.
    group_start, group_member
        Item indices of group ``g`` are ``group_member[group_start[g]:group_start[g + 1]]``, ``int32``.
    """

    number: UInt32Array
    standing: UInt8Array
    standing_counts: Int64Array
    windowed: Int32Array
    active_from_s: Int64Array
    active_until_s: Int64Array
    ownership: UInt8Array
    cool_down_s: Int64Array
    cool_down_s_of_number: Int64Array
    group_of_number: Int32Array
    group_start: Int32Array
    group_member: Int32Array


def shelf_of(models: "FittedModels", catalogue: Catalogue) -> ShelfTable:
    """Resolve the catalogue's columns for the items of a bundle; see :func:`~.assortment.assortment_of`."""
    number = np.array(models.items.numbers, dtype=np.uint32)
    size = max(len(catalogue.group), int(number.max()) + 1 if len(number) else 0)
    kind = grown(catalogue.ownership_kind, size, OwnershipKind.LEARNED)
    cool_down_s = grown(catalogue.cool_down_days, size, 0).astype(np.int64) * SECONDS_PER_DAY
    active_from_s = grown(catalogue.active_from_s, size, ALWAYS_FROM_S)[number]
    active_until_s = grown(catalogue.active_until_s, size, ALWAYS_UNTIL_S)[number]
    windowed = (active_from_s != ALWAYS_FROM_S) | (active_until_s != ALWAYS_UNTIL_S)
    standing = _standing(catalogue, number, size)
    group_of_number, group_start, group_member = _groups(catalogue.group, number, size)
    return ShelfTable(
        number=number,
        standing=standing,
        standing_counts=np.bincount(standing, minlength=N_CODES),
        windowed=np.flatnonzero(windowed).astype(np.int32),
        active_from_s=active_from_s,
        active_until_s=active_until_s,
        ownership=_resolved(kind[number], models),
        cool_down_s=cool_down_s[number],
        cool_down_s_of_number=np.where(kind == OwnershipKind.COOL_DOWN, cool_down_s, -1),
        group_of_number=group_of_number,
        group_start=group_start,
        group_member=group_member,
    )


def grown(values: npt.NDArray[_Number], size: int, default: int) -> npt.NDArray[_Number]:
    """Return the array by permanent number, continued with a default for numbers the catalogue never saw."""
    grown = np.full(size, default, dtype=values.dtype)
    grown[: len(values)] = values
    return grown


def _standing(catalogue: Catalogue, number: UInt32Array, size: int) -> UInt8Array:
    available = grown(catalogue.available, size, 1)[number]
    is_product = grown(catalogue.is_product, size, 1)[number]
    standing = np.where(available, IS_ALLOWED, IS_UNAVAILABLE)
    return np.where(is_product, standing, IS_NOT_A_PRODUCT).astype(np.uint8)


def _resolved(declared: UInt8Array, models: "FittedModels") -> UInt8Array:
    learned = np.where(models.ownership.own_once, OwnershipKind.LEARNED, OwnershipKind.CONSUMABLE)
    return np.where(declared == OwnershipKind.LEARNED, learned, declared).astype(np.uint8)


def _groups(group: UInt32Array, number: UInt32Array, size: int) -> tuple[Int32Array, Int32Array, Int32Array]:
    group_of_number = np.arange(size, dtype=np.uint32)
    group_of_number[: len(group)] = group
    present, dense = np.unique(group_of_number[number], return_inverse=True)
    dense_of_group = np.full(size, -1, dtype=np.int32)
    dense_of_group[present] = np.arange(len(present), dtype=np.int32)
    start = np.zeros(len(present) + 1, dtype=np.int32)
    np.cumsum(np.bincount(dense, minlength=len(present)), out=start[1:])
    member = np.argsort(dense, kind="stable").astype(np.int32)
    return dense_of_group[group_of_number], start, member
