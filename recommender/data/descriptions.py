"""What the catalogue says about items, in the columns that models learn from."""

from dataclasses import dataclass

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.types import Int32Array, UInt32Array

UNKNOWN_CATEGORY = 0


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Categories and texts by permanent number; numbers beyond the columns are undescribed.

    Attributes
    ----------
    category
        Broad and narrow category, ``int32 [numbers, 2]``: 0 where unknown, the two levels use different numbers.
    count
        How many category numbers there are, the unknown one included.
    text
        Name and category words of each item, empty where unknown.
    """

    category: Int32Array
    count: int
    text: tuple[str, ...]

    @classmethod
    def none(cls) -> "Descriptions":
        """Return what is known about items without a catalogue: nothing."""
        return cls(np.zeros((0, 2), np.int32), 1, ())

    def categories_of(self, numbers: UInt32Array) -> Int32Array:
        """Return broad and narrow category of the given items, ``int32 [items, 2]``."""
        out = np.full((len(numbers), 2), UNKNOWN_CATEGORY, np.int32)
        known = numbers < len(self.category)
        out[known] = self.category[numbers[known]]
        return out

    def texts_of(self, numbers: UInt32Array) -> list[str]:
        """Return the text of the given items."""
        return [self.text[number] if number < len(self.text) else "" for number in numbers.tolist()]


def descriptions_of(catalogue: Catalogue) -> Descriptions:
    """Return the columns of a catalogue.

    Examples
    --------
    >>> from recommender.catalog.items import CatalogItem
    >>> from recommender.types import ItemId, ItemNumber
    >>> mug = CatalogItem(item_id="mug", name="Blue mug", category=("kitchen", "cups"))
    >>> known = descriptions_of(Catalogue.build(1, [mug], {ItemId("mug"): ItemNumber(0)}))
    >>> known.category.tolist(), known.count, known.text
    ([[1, 2]], 3, ('blue mug kitchen cups',))
    """
    paths = [catalogue.categories[number] for number in catalogue.category_number.tolist()]
    broad = {name: position + 1 for position, name in enumerate(sorted({path[0] for path in paths if path}))}
    narrow = {path: position + 1 + len(broad) for position, path in enumerate(sorted({*paths} - {()}))}
    category = np.array(
        [(broad[path[0]], narrow[path]) if path else (0, 0) for path in paths], np.int32
    ).reshape(len(paths), 2)
    texts = []
    for item_id, path in zip(catalogue.ids, paths, strict=True):
        item = None if item_id is None else catalogue.items.get(item_id)
        name = item.name if item is not None and item.name else ""
        texts.append(" ".join((name, *path)).strip().lower())
    return Descriptions(category, 1 + len(broad) + len(narrow), tuple(texts))
