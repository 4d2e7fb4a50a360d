"""What conditions and selectors ask of items, by permanent number; built once per catalogue version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.catalog import CatalogItem, Catalogue
from recommender.playbook.category_paths import category_path
from recommender.types import BoolArray, Float64Array, ItemId


@dataclass(frozen=True, slots=True, eq=False)
class ItemColumns:
    """Columns over the numbers of a catalogue.

    Attributes
    ----------
    described, number
        Every item that has a description, and its number.
    price
        In the playbook's currency; NaN where none is declared, or one in another currency.
    group_of_id
        Value of the catalogue's ``group`` column, by ``item_group_id``.
    category_names
        Path joined by ``/``, by category number.
    """

    catalogue: Catalogue
    described: Sequence[CatalogItem]
    number: Sequence[int]
    price: Float64Array
    group_of_id: Mapping[str, int]
    category_names: tuple[str, ...]
    _categories: dict[str, BoolArray] = field(default_factory=dict)
    _names: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _attributes: dict[str, Mapping[int, str]] = field(default_factory=dict)
    """What was asked for; the same answer whoever writes it."""

    def __len__(self) -> int:
        return len(self.catalogue)

    @property
    def is_product(self) -> BoolArray:
        """False for postage, fees and discounts."""
        return self.catalogue.is_product

    def numbers_of(self, name: str) -> tuple[int, ...]:
        """Return the number of an item id, else the numbers of an item group of that name, else none."""
        known = self._names.get(name)
        if known is None:
            number = self.catalogue.numbers.get(ItemId(name))
            known = self.numbers_of_group(name) if number is None else (number,)
            self._names[name] = known
        return known

    def numbers_of_group(self, group_id: str) -> tuple[int, ...]:
        """Return the numbers of the items of one ``item_group_id``, ascending; empty when there is no such group."""
        group = self.group_of_id.get(group_id)
        return () if group is None else tuple(np.flatnonzero(self.catalogue.group == group).tolist())

    def price_of(self, number: int) -> float | None:
        """Return the price of an item; None when it declares none."""
        if not 0 <= number < len(self.price):
            return None
        price = float(self.price[number])
        return None if price != price else price  # noqa: PLR0124  # NaN is the only number that is not itself

    def category(self, number: int) -> str | None:
        """Return the path of an item joined by ``/``; None when it has none."""
        if not 0 <= number < len(self.catalogue):
            return None
        return self.category_names[self.catalogue.category_number[number]] or None

    def in_category(self, name: str) -> BoolArray:
        """Return which category numbers begin with a path, written ``Rings/Gold``; none with what is no path."""
        known = self._categories.get(name)
        if known is None:
            path = category_path(name)
            known = self._categories[name] = self.in_categories([] if path is None else [path])
        return known

    def in_categories(self, paths: Iterable[tuple[str, ...]]) -> BoolArray:
        """Return which category numbers begin with one of the paths; the empty path begins all."""
        wanted = tuple(paths)
        return np.array(
            [any(path[: len(one)] == one for one in wanted) for path in self.catalogue.categories], np.bool_
        )

    def attribute(self, name: str) -> Mapping[int, str]:
        """Return what items declare under a name, by number; those without it are absent."""
        known = self._attributes.get(name)
        if known is None:
            pairs = zip(self.number, self.described, strict=True)
            known = {number: item.attributes[name] for number, item in pairs if name in item.attributes}
            self._attributes[name] = known
        return known

    def with_attribute(self, name: str, value: str) -> list[int]:
        """Return the numbers of items that declare this value."""
        pairs = zip(self.number, self.described, strict=True)
        return [number for number, item in pairs if item.attributes.get(name) == value]


def item_columns_of(catalogue: Catalogue, currency: str | None = None) -> ItemColumns:
    """Return the columns of a catalogue, with the prices that are in a currency; None: all of them."""
    described = list(catalogue.items.values())
    number = list(map(catalogue.numbers.__getitem__, catalogue.items))
    price = np.full(len(catalogue), np.nan)
    price[np.array(number, np.intp)] = [
        np.nan
        if item.price is None or (currency is not None and item.currency not in (None, currency))
        else float(item.price)
        for item in described
    ]
    price.flags.writeable = False
    group = catalogue.group.tolist()
    return ItemColumns(
        catalogue=catalogue,
        described=described,
        number=number,
        price=price,
        group_of_id={
            item.item_group_id: group[at]
            for at, item in zip(number, described, strict=True)
            if item.item_group_id is not None
        },
        category_names=tuple(map("/".join, catalogue.categories)),
    )
