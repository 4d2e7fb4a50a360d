"""Catalogue items and ownership rules as JSON.

Items are read without checking their ranges; ``check_item`` does that. Older forms are brought up to date by the
steps in :data:`UPCASTERS`, newer ones are refused by name.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from recommender.catalog.checking import item_place
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.errors import InvalidItemError
from recommender.value_rules import READABLE_NUMBER, is_past_reading

RawItem: TypeAlias = dict[str, object]
ItemUpcaster: TypeAlias = Callable[[RawItem], RawItem]

UPCASTERS: Final[tuple[ItemUpcaster, ...]] = ()
"""Steps from the form of version 1 to that of 2, and so on. None yet."""

_ENCODER: Final = msgspec.json.Encoder(order="deterministic", decimal_format="string")
_ITEM_DECODER: Final = msgspec.json.Decoder(CatalogItem)
_PLAIN_DECODER: Final = msgspec.json.Decoder(object, float_hook=Decimal)
_RULES_DECODER: Final = msgspec.json.Decoder(list[OwnershipRule])
_EXPECTED: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_BAD_TIME: Final = "Invalid RFC3339 encoded datetime"
ITEM_REMEDY: Final = f"an item has the fields {', '.join(CatalogItem.__struct_fields__)}"
_RULE_REMEDY: Final = f"a rule has the fields {', '.join(OwnershipRule.__struct_fields__)}"


def encode_item(item: CatalogItem) -> bytes:
    """Return the item as JSON; fields that have their default are left out.

    Examples
    --------
    >>> encode_item(CatalogItem(item_id="mug", category=("kitchen",)))
    b'{"item_id":"mug","category":["kitchen"]}'
    """
    return _ENCODER.encode(item)


def decode_item(data: bytes | str, *, upcasters: tuple[ItemUpcaster, ...] = UPCASTERS) -> CatalogItem:
    """Return the item that one JSON object describes.

    Raises
    ------
    InvalidItemError
        Broken JSON, an unknown or missing field, a value of the wrong type, or a future ``schema_version``.

    Examples
    --------
    >>> decode_item(b'{"item_id": "mug", "price": "4.50", "currency": "EUR"}').price
    Decimal('4.50')
    """
    current = len(upcasters) + 1
    try:
        item = _ITEM_DECODER.decode(data)
        if item.schema_version == current:
            return item
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    return convert_item(decode_plain(data), upcasters, "")


def decode_items(
    data: bytes | str, *, upcasters: tuple[ItemUpcaster, ...] = UPCASTERS
) -> tuple[CatalogItem, ...]:
    """Return the items that JSON describes: one object, or an array of objects.

    Raises
    ------
    InvalidItemError
        As :func:`decode_item`; the message begins with the position of the item in the array.

    Examples
    --------
    >>> [item.item_id for item in decode_items('[{"item_id": "mug"}, {"item_id": "cup"}]')]
    ['mug', 'cup']
    """
    raw = decode_plain(data)
    if not isinstance(raw, list):
        return (convert_item(raw, upcasters, ""),)
    return tuple([convert_item(one, upcasters, f"[{index}]") for index, one in enumerate(raw)])


def decode_rules(data: bytes | str) -> tuple[OwnershipRule, ...]:
    """Return the ownership rules that a JSON array describes.

    Raises
    ------
    InvalidItemError
        Broken JSON, an unknown field or a value of the wrong type.

    Examples
    --------
    >>> decode_rules('[{"kind": "consumable", "category": ["food"]}]')[0].category
    ('food',)
    """
    try:
        return tuple(_RULES_DECODER.decode(data))
    except msgspec.ValidationError as error:
        raise _unfit("the ownership rules do not fit", str(error), _RULE_REMEDY) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _broken(error) from None


def encode_rules(rules: tuple[OwnershipRule, ...]) -> bytes:
    """Return ownership rules as a JSON array."""
    return _ENCODER.encode(rules)


def decode_plain(data: bytes | str) -> object:
    """Return JSON as plain values, numbers with a point as decimals.

    Raises
    ------
    InvalidItemError
        It is no JSON.
    """
    try:
        return _PLAIN_DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _broken(error) from None


def convert_item(raw: object, upcasters: tuple[ItemUpcaster, ...], position: str) -> CatalogItem:
    """Return the item that plain values describe; ``position`` (``""`` or ``"[3]"``) is where it was sent.

    Raises
    ------
    InvalidItemError
        As :func:`decode_item`.
    """
    try:
        return msgspec.convert(_upcast(raw, upcasters, position), CatalogItem)
    except msgspec.ValidationError as error:
        item_id = raw.get("item_id") if isinstance(raw, dict) else None
        raise _unfit(f"{item_place(position, item_id)} does not fit", str(error), ITEM_REMEDY) from None


def _upcast(raw: object, upcasters: tuple[ItemUpcaster, ...], position: str) -> object:
    if not isinstance(raw, dict):
        return raw
    stated, current = raw.get("schema_version", 1), len(upcasters) + 1
    if isinstance(stated, bool) or not isinstance(stated, int) or not 1 <= stated <= current:
        raise InvalidItemError(
            f"schema_version of {item_place(position, raw.get('item_id')) if position else 'the item'} is not known",
            expected=f"1 to {current}",
            found=ascii(stated)[:60],
            remedy="leave it out, or upgrade Rapport",
        )
    for step in upcasters[stated - 1 :]:
        raw = step(raw)
    return raw if stated == current else {**raw, "schema_version": current}


def _unfit(message: str, sentence: str, remedy: str) -> InvalidItemError:
    """Return the error for JSON of the wrong form, from msgspec's sentence about it."""
    what, _, where = sentence.partition(" - at `")
    path = where.rstrip("`").removeprefix("key in ").removeprefix("$").removeprefix(".")
    expected, found = _expected_and_found(what)
    return InvalidItemError(
        f"{message}, at {path}" if path else message, expected=expected, found=found, remedy=remedy
    )


def _expected_and_found(what: str) -> tuple[str, str]:
    if form := _EXPECTED.fullmatch(what):
        return form.group(1).replace(" | ", " or "), form.group(2)
    if what == _BAD_TIME:
        return "a time with its offset, such as 2026-01-31T18:00:00Z", "text of another form"
    return "a known form", what


def _broken(error: Exception) -> InvalidItemError:
    if is_past_reading(error):
        return InvalidItemError(
            "a number in the catalogue is too large",
            expected=READABLE_NUMBER,
            found="a larger one",
            remedy="send it as text, or correct it",
        )
    reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InvalidItemError(
        "the catalogue is no JSON",
        expected="one JSON object, or an array of them, in UTF-8",
        found=reason,
        remedy="check quotes, commas and escapes (NaN and Infinity are no JSON)",
    )
