"""All items at one version, with the columns that a decision masks by.

Columns are indexed by item number and cover every number the log has given, also of items that were bought but
never described: those are available products of their own group, named by their id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import KIND_OF_WIRE, OwnershipKind, OwnershipRule, OwnershipRules
from recommender.errors import NotFoundError
from recommender.types import BoolArray, Int32Array, Int64Array, ItemId, ItemNumber, UInt8Array, UInt32Array

ALWAYS_FROM_S = int(np.iinfo(np.int64).min)
"""``active_from_s`` of an item without a beginning."""

ALWAYS_UNTIL_S = int(np.iinfo(np.int64).max)
"""``active_until_s`` of an item without an end."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _seconds(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else (moment - _EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The catalogue at one version. Build it with :meth:`build`; the columns follow from the rest.

    Attributes
    ----------
    version
        Catalogue version; 0 when nothing was ever described.
    items
        Every described item by id.
    numbers
        Number of every item the log knows, described or not.
    rules
        Ownership rules for groups and categories.
    available
        Whether the item may be offered at all (active times apart).
    active_from_s, active_until_s
        Seconds since 1970 UTC, from inclusive, until exclusive; the least and the greatest int64 when open.
    group
        Smallest item number among the items of the same ``item_group_id``; its own number without a group.
    ownership_kind
        :class:`OwnershipKind` after rules; ``LEARNED`` where nothing is declared.
    cool_down_days
        Days; 0 unless the kind is ``COOL_DOWN``.
    is_product
        False for postage, fees and discounts.
    category_number
        Position in ``categories``; 0 for items without a category.
    categories
        Distinct category paths in ascending order; the first is always the empty path.
    """

    version: int
    items: Mapping[ItemId, CatalogItem]
    numbers: Mapping[ItemId, ItemNumber]
    rules: tuple[OwnershipRule, ...]
    available: BoolArray
    active_from_s: Int64Array
    active_until_s: Int64Array
    group: UInt32Array
    ownership_kind: UInt8Array
    cool_down_days: Int32Array
    is_product: BoolArray
    category_number: UInt32Array
    categories: tuple[tuple[str, ...], ...]
    ids: tuple[ItemId | None, ...]

    def __len__(self) -> int:
        """Return the length of the columns: the largest item number plus one."""
        return int(self.available.size)

    @classmethod
    def empty(cls) -> "Catalogue":
        """Return the catalogue of a shop that has described and sold nothing."""
        return cls.build(0, (), {})

    @classmethod
    def build(
        cls,
        version: int,
        items: Iterable[CatalogItem],
        numbers: Mapping[ItemId, ItemNumber],
        rules: Iterable[OwnershipRule] = (),
    ) -> "Catalogue":
        """Build the columns of checked items; the later of two items with one id holds.

        Raises
        ------
        NotFoundError
            An item has no number.

        Examples
        --------
        >>> mug = CatalogItem(item_id="mug", category=("kitchen",), available=False)
        >>> shop = Catalogue.build(1, [mug], {ItemId("mug"): ItemNumber(1), ItemId("cup"): ItemNumber(0)})
        >>> shop.available.tolist(), shop.categories, shop.name(ItemNumber(0))
        ([True, False], ((), ('kitchen',)), 'cup')
        """
        described = {ItemId(item.item_id): item for item in items}
        numbers = dict(numbers)
        rows = _numbers_of(described, numbers)
        size = max(numbers.values(), default=-1) + 1
        ids: list[ItemId | None] = [None] * size
        for item_id, number in numbers.items():
            ids[number] = item_id
        rules = tuple(rules)
        things = tuple(described.values())
        categories = tuple(sorted({(), *(item.category for item in things)}))
        kind, days = _ownership_columns(things, rows, size, OwnershipRules(rules))
        return cls(
            version=version,
            items=described,
            numbers=numbers,
            rules=rules,
            available=_flags([item.available for item in things], rows, size),
            active_from_s=_times(
                [_seconds(item.active_from, ALWAYS_FROM_S) for item in things], rows, size, ALWAYS_FROM_S
            ),
            active_until_s=_times(
                [_seconds(item.active_until, ALWAYS_UNTIL_S) for item in things], rows, size, ALWAYS_UNTIL_S
            ),
            group=_group_column(things, rows, size),
            ownership_kind=kind,
            cool_down_days=days,
            is_product=_flags([item.is_product for item in things], rows, size),
            category_number=_category_column(things, rows, size, categories),
            categories=categories,
            ids=tuple(ids),
        )

    def with_rules(self, rules: Sequence[OwnershipRule]) -> "Catalogue":
        """Return the same catalogue with more ownership rules; where two name one scope, these hold.

        Examples
        --------
        >>> mug = CatalogItem(item_id="mug", category=("kitchen",))
        >>> shop = Catalogue.build(1, [mug], {ItemId("mug"): ItemNumber(0)})
        >>> once = OwnershipRule(kind="own_once", category=("kitchen",))
        >>> shop.with_rules([once]).ownership_kind.tolist(), shop.with_rules([]) is shop
        ([1], True)
        """
        if not rules:
            return self
        together = (*self.rules, *rules)
        rows = _numbers_of(self.items, self.numbers)
        kind, days = _ownership_columns(tuple(self.items.values()), rows, len(self), OwnershipRules(together))
        return replace(self, rules=together, ownership_kind=kind, cool_down_days=days)

    def item_id(self, number: int) -> ItemId | None:
        """Return the id of a number; None when the log never gave it."""
        return self.ids[number] if 0 <= number < len(self.ids) else None

    def item(self, number: int) -> CatalogItem | None:
        """Return the description of a number; None when it has none."""
        item_id = self.item_id(number)
        return None if item_id is None else self.items.get(item_id)

    def name(self, number: int) -> str:
        """Return what to call an item: its name, else its id, else ``#number``."""
        item = self.item(number)
        return (item.name if item is not None else None) or self.item_id(number) or f"#{number}"


def _numbers_of(items: Mapping[ItemId, CatalogItem], numbers: Mapping[ItemId, ItemNumber]) -> Int64Array:
    try:
        return np.array([numbers[item_id] for item_id in items], np.int64)
    except KeyError as error:
        raise NotFoundError(
            "a catalogue item has no number",
            expected="an item that the log has numbered",
            found=str(error),
            remedy="put items through the log, which numbers them",
        ) from None


def _flags(values: Sequence[bool], rows: Int64Array, size: int) -> BoolArray:
    column = np.ones(size, np.bool_)
    column[rows] = values
    return column


def _times(values: Sequence[int], rows: Int64Array, size: int, otherwise: int) -> Int64Array:
    column = np.full(size, otherwise, np.int64)
    column[rows] = values
    return column


def _group_column(items: Sequence[CatalogItem], rows: Int64Array, size: int) -> UInt32Array:
    column = np.arange(size, dtype=np.uint32)
    smallest: dict[str, int] = {}
    for item, number in zip(items, rows.tolist(), strict=True):
        if item.item_group_id is not None:
            smallest[item.item_group_id] = min(number, smallest.get(item.item_group_id, number))
    for item, number in zip(items, rows.tolist(), strict=True):
        if item.item_group_id is not None:
            column[number] = smallest[item.item_group_id]
    return column


def _ownership_columns(
    items: Sequence[CatalogItem], rows: Int64Array, size: int, rules: OwnershipRules
) -> tuple[UInt8Array, Int32Array]:
    kind = np.full(size, OwnershipKind.LEARNED, np.uint8)
    days = np.zeros(size, np.int32)
    for item, number in zip(items, rows.tolist(), strict=True):
        policy = rules.resolve(item.ownership, item.item_group_id, item.category)
        if policy is not None:
            kind[number] = KIND_OF_WIRE[policy.kind]
            days[number] = 0 if policy.cool_down_days is None else policy.cool_down_days
    return kind, days


def _category_column(
    items: Sequence[CatalogItem],
    rows: Int64Array,
    size: int,
    categories: Sequence[tuple[str, ...]],
) -> UInt32Array:
    position = {category: index for index, category in enumerate(categories)}
    column = np.zeros(size, np.uint32)
    column[rows] = [position[item.category] for item in items]
    return column
