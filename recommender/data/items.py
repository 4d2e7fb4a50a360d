"""The items of one matrix or bundle, and how the log's permanent numbers map to them."""

from dataclasses import dataclass

import numpy as np

from recommender.types import Int32Array, Int64Array, ItemId, UInt32Array

UNKNOWN = -1
"""The index of an item that a bundle does not know."""


@dataclass(frozen=True, slots=True)
class ItemTable:
    """Items by dense index.

    Attributes
    ----------
    ids
        What the shop calls each item.
    numbers
        Permanent number of each item, ``uint32 [n]``, all different, in any order.

    Examples
    --------
    >>> table = ItemTable((ItemId("tea"), ItemId("cup")), np.array([7, 3], dtype=np.uint32))
    >>> len(table)
    2
    >>> table.index_of_number().tolist()
    [-1, -1, -1, 1, -1, -1, -1, 0]
    """

    ids: tuple[ItemId, ...]
    numbers: UInt32Array

    def __len__(self) -> int:
        return len(self.ids)

    def index_of_number(self) -> Int32Array:
        """Return the index of every permanent number, ``int32 [max number + 1]``, -1 where unknown."""
        size = int(self.numbers.max()) + 1 if len(self.numbers) else 0
        index = np.full(size, UNKNOWN, dtype=np.int32)
        index[self.numbers] = np.arange(len(self.numbers), dtype=np.int32)
        return index

    def take(self, rows: Int64Array) -> "ItemTable":
        """Return the table of the given rows, in that order."""
        return ItemTable(tuple(self.ids[row] for row in rows.tolist()), self.numbers[rows])


def look_up(index_of_number: Int32Array, numbers: UInt32Array) -> Int32Array:
    """Return the index of each number, -1 for numbers beyond the table.

    Examples
    --------
    >>> look_up(np.array([-1, 0], dtype=np.int32), np.array([1, 0, 9], dtype=np.uint32)).tolist()
    [0, -1, -1]
    """
    if len(index_of_number) == 0:
        return np.full(len(numbers), UNKNOWN, dtype=np.int32)
    if len(numbers) == 0 or numbers.max() < len(index_of_number):
        return index_of_number[numbers]
    inside = numbers < len(index_of_number)
    found = index_of_number[np.where(inside, numbers, 0)]
    return np.where(inside, found, UNKNOWN).astype(np.int32)
