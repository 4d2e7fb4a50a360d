"""Changing some fields of items and leaving the others as they are: JSON merge patches (RFC 7386).

A field that is given replaces, ``null`` removes (back to the default), an absent field stays. Objects such as
``attributes`` are merged by the same rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from recommender.catalog.checking import check_item_at, item_place
from recommender.catalog.codec import ITEM_REMEDY, UPCASTERS, RawItem, convert_item, decode_plain
from recommender.catalog.items import CatalogItem
from recommender.errors import InvalidItemError
from recommender.types import ItemId


@dataclass(frozen=True, slots=True)
class ItemPatch:
    """What changes of one item; ``position`` (``""`` or ``"[3]"``) is where it was sent."""

    item_id: ItemId
    fields: Mapping[str, object]
    position: str = ""


def decode_patches(data: bytes | str) -> tuple[ItemPatch, ...]:
    """Return the patches that JSON describes: one object, or an array of objects.

    Raises
    ------
    InvalidItemError
        Broken JSON, no ``item_id``, or a field that items do not have. Values are checked when they are applied.

    Examples
    --------
    >>> [patch.fields for patch in decode_patches('[{"item_id": "mug", "available": false}]')]
    [{'available': False}]
    """
    raw = decode_plain(data)
    if not isinstance(raw, list):
        return (_patch(raw, ""),)
    return tuple(_patch(one, f"[{index}]") for index, one in enumerate(raw))


def apply_patch(item: CatalogItem, patch: ItemPatch) -> CatalogItem:
    """Return the item with the patch applied, checked.

    Raises
    ------
    InvalidItemError
        The patched item does not fit.

    Examples
    --------
    >>> mug = CatalogItem(item_id="mug", name="Mug", url="https://shop.example/mug", attributes={"colour": "red"})
    >>> changes = {"url": None, "attributes": {"size": "L"}}
    >>> changed = apply_patch(mug, ItemPatch(ItemId("mug"), changes))
    >>> changed.name, changed.url, changed.attributes
    ('Mug', None, {'colour': 'red', 'size': 'L'})
    """
    raw = merge_patch(msgspec.to_builtins(item), patch.fields)
    return check_item_at(convert_item(raw, UPCASTERS, patch.position), patch.position)


def changes_of(item: CatalogItem, fields: Sequence[str]) -> RawItem:
    """Return the patch fields that make these fields of any item what they are in ``item``."""
    raw: RawItem = msgspec.to_builtins(item)
    return {name: raw.get(name) for name in fields}


def _patch(raw: object, position: str) -> ItemPatch:
    if not isinstance(raw, dict):
        raise InvalidItemError(
            f"item{position} does not fit",
            expected="an object with item_id and what changes",
            found=_JSON_NAMES[type(raw).__name__],
            remedy=ITEM_REMEDY,
        )
    item_id = raw.get("item_id")
    if not isinstance(item_id, str):
        raise InvalidItemError(
            f"item{position} does not say which item it is",
            expected="item_id with text in it",
            found="nothing" if item_id is None else _JSON_NAMES[type(item_id).__name__],
            remedy="send the item_id beside what changes",
        )
    unknown = [name for name in raw if name not in CatalogItem.__struct_fields__]
    if unknown:
        raise InvalidItemError(
            f"{item_place(position, item_id)} does not fit",
            expected="fields that an item has",
            found=ascii(unknown[0])[:80],
            remedy=ITEM_REMEDY,
        )
    check_item_at(CatalogItem(item_id=item_id), position)
    return ItemPatch(
        ItemId(item_id), {name: value for name, value in raw.items() if name != "item_id"}, position
    )


_JSON_NAMES = {
    "NoneType": "null", "bool": "true or false", "int": "a number", "Decimal": "a number", "str": "text",
    "list": "an array", "dict": "an object",
}  # fmt: skip


def merge_patch(target: object, patch: object) -> object:
    """Return ``target`` with ``patch`` merged into it, as section 2 of RFC 7386 has it.

    Examples
    --------
    >>> merge_patch({"a": "b", "c": {"d": "e", "f": "g"}}, {"a": "z", "c": {"f": None}})
    {'a': 'z', 'c': {'d': 'e'}}
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
