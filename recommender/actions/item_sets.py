"""Item selectors resolved to permanent item numbers."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from recommender.actions.item_columns import ItemColumns
from recommender.playbook.model import ItemSelector
from recommender.types import BoolArray, ItemId, ItemNumber

_INTEGERS: Final = (int, np.integer)


@dataclass(frozen=True, slots=True, eq=False)
class ItemSet(Collection[ItemNumber]):
    """Numbers of items, asked one at a time.

    Attributes
    ----------
    mask
        By item number; as long as the catalogue's columns.
    everything
        Whether the selector names all goods: numbers that the catalogue does not reach are in it too.

    Examples
    --------
    >>> some = ItemSet(np.array([True, False]), everything=False)
    >>> 0 in some, 1 in some, 7 in some, len(some), list(some)
    (True, False, False, 1, [0])
    """

    mask: BoolArray
    everything: bool = False
    _flags: bytes = field(init=False, repr=False)
    """The mask again: one number is looked up in a third of the time."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_flags", self.mask.tobytes())

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, _INTEGERS) or number < 0:
            return False
        return bool(self._flags[number]) if number < len(self._flags) else self.everything

    def among(self, numbers: Iterable[int]) -> list[int]:
        """Return those of some numbers, none below 0, that are in it, in their order."""
        flags, size, otherwise = self._flags, len(self._flags), self.everything
        return [number for number in numbers if (flags[number] if number < size else otherwise)]

    def takes(self, number: int | None) -> bool:
        """Whether an action about these items may be about a number; about none only if it is about every item."""
        return self.everything if number is None else number in self

    def __iter__(self) -> Iterator[ItemNumber]:
        return map(ItemNumber, np.flatnonzero(self.mask).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))


def item_set_of(selector: ItemSelector, columns: ItemColumns) -> ItemSet:
    """Resolve a selector: the items of its ids, groups and categories together, less those without its attribute.

    Postage, fees and discounts are never selected. Ids and groups that the catalogue does not know select nothing. The empty
    path, which every category begins with, selects as much as nothing named at all.

    Parameters
    ----------
    selector
        Empty, or with the empty path: every item.
    columns
        The catalogue's items by number.
    """
    names_goods = () not in selector.categories and bool(
        selector.item_ids or selector.item_group_ids or selector.categories
    )
    mask = _named(selector, columns) if names_goods else np.ones(len(columns), np.bool_)
    if selector.attribute is not None:
        having = np.zeros(len(columns), np.bool_)
        having[columns.with_attribute(*selector.attribute)] = True
        mask &= having
    mask &= columns.is_product
    mask.flags.writeable = False
    return ItemSet(mask, everything=not names_goods and selector.attribute is None)


def _named(selector: ItemSelector, columns: ItemColumns) -> BoolArray:
    mask = np.zeros(len(columns), np.bool_)
    numbers = columns.catalogue.numbers
    ids = [numbers[ItemId(one)] for one in selector.item_ids if ItemId(one) in numbers]
    mask[np.array(ids, np.intp)] = True
    for group_id in selector.item_group_ids:
        mask[np.array(columns.numbers_of_group(group_id), np.intp)] = True
    if selector.categories:
        mask |= columns.in_categories(selector.categories)[columns.catalogue.category_number]
    return mask


def union_of(sets: Collection[ItemSet], size: int) -> BoolArray:
    """Return which of ``size`` numbers are in any of the sets."""
    mask = np.zeros(size, np.bool_)
    for one in sets:
        mask |= one.mask
    mask.flags.writeable = False
    return mask
