"""Items that a file of purchases mentions, as catalogue items."""

from collections.abc import Iterator

import polars as pl

from recommender.catalog import CatalogItem, Catalogue, check_item
from recommender.errors import InvalidItemError
from recommender.types import ItemId


def new_items(rows: pl.DataFrame | None, catalogue: Catalogue) -> list[CatalogItem]:
    """Return the items that the catalogue does not know, or knows without a name.

    What ``rapport catalog load`` or the API said about an item is never replaced by what a file of purchases
    happens to say. Rows that make no sound item are left out: such an item goes by its id.
    """
    if rows is None:
        return []
    known = catalogue.items
    return [item for item in _sound(rows) if _adds(item, known.get(ItemId(item.item_id)))]


def _adds(item: CatalogItem, known: CatalogItem | None) -> bool:
    return known is None or (known == CatalogItem(item_id=item.item_id) and known != item)


def _sound(rows: pl.DataFrame) -> Iterator[CatalogItem]:
    for item_id, name, category, is_product in rows.select(
        "item_id", "name", "category", "is_product"
    ).iter_rows():
        item = CatalogItem(item_id=item_id, name=name, category=tuple(category or ()), is_product=is_product)
        try:
            yield check_item(item)
        except InvalidItemError:
            continue
