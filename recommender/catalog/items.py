"""A catalogue item, in the form in which it is sent, stored and shown."""

from datetime import datetime
from decimal import Decimal

import msgspec

from recommender.catalog.ownership import Ownership

ITEM_SCHEMA_VERSION = 1
"""Version of the item's form that this release writes."""


class CatalogItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing the shop sells, or a line that is no product at all.

    ``category`` is a path from broad to narrow. ``price`` is a decimal in ``currency`` (ISO 4217). An item that is
    not ``available``, or outside ``active_from`` (inclusive) to ``active_until`` (exclusive), teaches but is never
    offered. ``is_product`` is false for postage, fees and discounts: they neither teach nor are offered. Items
    with one ``item_group_id`` are variants of each other, and owning one is owning all. ``ownership`` absent means:
    by rule, or else learned.
    """

    item_id: str
    name: str | None = None
    item_group_id: str | None = None
    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None
    image: str | None = None
    available: bool = True
    active_from: datetime | None = None
    active_until: datetime | None = None
    ownership: Ownership | None = None
    attributes: dict[str, str] = {}
    is_product: bool = True
    schema_version: int = ITEM_SCHEMA_VERSION
