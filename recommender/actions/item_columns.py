"""What conditions and selectors ask of items, by permanent number; built once per catalogue version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.catalog import CatalogItem, Catalogue
from recommender.types import BoolArray, Float64Array, ItemId


@dataclass(frozen=True, slots=True, eq=False)
class ItemColumns:
    """Columns over the numbers of a catalogue.

    Attributes
    ----------
    price
        In the shop's currency; NaN where none is declared.
    groups
        Item numbers of every ``item_group_id``.
    category_names
        Path joined by ``/``, by category number.
    """

    catalogue: Catalogue
    price: Float64Array
    groups: Mapping[str, Sequence[int]]
    category_names: tuple[str, ...]
    _asked: dict[str, BoolArray] = field(default_factory=dict)
    """Categories that conditions asked for; the same answer whoever writes it."""

    def __len__(self) -> int:
        return len(self.catalogue)

    @property
    def is_product(self) -> BoolArray:
        """False for postage, fees and discounts."""
        return self.catalogue.is_product

    def numbers_of(self, name: str) -> Sequence[int]:
        """Return the number of an item id, else the numbers of an item group of that name, else none."""
        number = self.catalogue.numbers.get(ItemId(name))
        return self.groups.get(name, ()) if number is None else (number,)

    def category(self, number: int) -> str | None:
        """Return the path of an item joined by ``/``; None when it has none."""
        if not 0 <= number < len(self.catalogue):
            return None
        return self.category_names[self.catalogue.category_number[number]] or None

    def in_category(self, name: str) -> BoolArray:
        """Return which category numbers begin with a path, written ``Rings/Gold``."""
        known = self._asked.get(name)
        if known is None:
            known = self._asked[name] = self.in_categories([tuple(name.split("/"))])
        return known

    def in_categories(self, paths: Iterable[tuple[str, ...]]) -> BoolArray:
        """Return which category numbers begin with one of the paths; the empty path begins all."""
        wanted = tuple(paths)
        return np.array(
            [any(path[: len(one)] == one for one in wanted) for path in self.catalogue.categories], np.bool_
        )

    def with_attribute(self, name: str, value: str) -> Sequence[int]:
        """Return the numbers of items that declare this value."""
        numbers = self.catalogue.numbers
        items = self.catalogue.items.items()
        return [numbers[item_id] for item_id, item in items if item.attributes.get(name) == value]


def item_columns_of(catalogue: Catalogue) -> ItemColumns:
    """Return the columns of a catalogue; 200,000 items take well under a second."""
    price = np.full(len(catalogue), np.nan)
    groups: dict[str, list[int]] = {}
    for item_id, item in catalogue.items.items():
        number = catalogue.numbers[item_id]
        _note(item, number, price, groups)
    price.flags.writeable = False
    return ItemColumns(catalogue, price, groups, tuple(map("/".join, catalogue.categories)))


def _note(item: CatalogItem, number: int, price: Float64Array, groups: dict[str, list[int]]) -> None:
    if item.price is not None:
        price[number] = float(item.price)
    if item.item_group_id is not None:
        groups.setdefault(item.item_group_id, []).append(number)
