"""What the types of a catalogue item cannot say: characters, ranges, urls and clocks."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from recommender.catalog.items import ITEM_SCHEMA_VERSION, CatalogItem
from recommender.catalog.ownership import check_ownership
from recommender.errors import InvalidItemError
from recommender.value_rules import (
    LONGEST_ID,
    MOST_ATTRIBUTES,
    MOST_DECIMALS,
    is_currency,
    is_id,
    is_too_fine,
    shown,
    text_problem,
)

LONGEST_NAME: Final = 1_000
LONGEST_URL: Final = 2_048
LONGEST_ATTRIBUTE: Final = 10_000
DEEPEST_CATEGORY: Final = 16
LARGEST_PRICE: Final = Decimal(1_000_000_000)


def _check_id(name: str, value: str) -> None:
    if not is_id(value):
        raise InvalidItemError(
            f"{name} is no id",
            expected=f"1 to {LONGEST_ID} visible characters without blanks around them, no symbols",
            found=shown(value),
            remedy="send the id that the shop itself uses",
        )


def _check_text(name: str, value: str, longest: int) -> None:
    if not 1 <= len(value) <= longest:
        raise InvalidItemError(
            f"{name} has a wrong length",
            expected=f"1 to {longest} characters",
            found=str(len(value)),
            remedy="shorten it, or leave the field out",
        )
    if (odd := text_problem(value)) is not None:
        raise InvalidItemError(
            f"{name} holds a character that is no text",
            expected="text, line breaks and tabs",
            found=odd,
            remedy="take it out",
        )


def _check_url(name: str, value: str) -> None:
    """Accept only what a browser may open without running it: a storefront puts it into a link."""
    _check_text(name, value, LONGEST_URL)
    if not _is_web_address(value):
        raise InvalidItemError(
            f"{name} is no web address",
            expected="an absolute http or https address without blanks",
            found=shown(value),
            remedy="send for example https://shop.example/items/mug",
        )


def _is_web_address(value: str) -> bool:
    if not value.isprintable() or any(character in ' "<>\\^`{|}' for character in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _check_price(price: Decimal | None, currency: str | None) -> None:
    if price is not None and not (price.is_finite() and 0 <= price <= LARGEST_PRICE):
        raise InvalidItemError(
            "price is out of range",
            expected="0 to 1000000000",
            found=shown(str(price)),
            remedy="send the price of one unit, or leave it out when unknown",
        )
    if price is not None and is_too_fine(price):
        raise InvalidItemError(
            "price is finer than money gets",
            expected=f"at most {MOST_DECIMALS} decimals",
            found=shown(str(price)),
            remedy="round it",
        )
    if currency is not None and not is_currency(currency):
        raise InvalidItemError(
            "currency is no currency code",
            expected="three capital letters (ISO 4217)",
            found=shown(currency),
            remedy="send for example EUR",
        )


def _check_active(active_from: datetime | None, active_until: datetime | None) -> None:
    for name, value in (("active_from", active_from), ("active_until", active_until)):
        if value is not None and value.utcoffset() is None:
            raise InvalidItemError(
                f"{name} has no time zone",
                expected="a time with an offset, such as 2024-05-01T12:00:00Z",
                found=value.isoformat(),
                remedy="append Z if it is UTC, else the offset of the shop",
            )
    if active_from is not None and active_until is not None and active_from >= active_until:
        raise InvalidItemError(
            "active_until is not after active_from",
            expected=f"a time after {active_from.isoformat()}",
            found=active_until.isoformat(),
            remedy="swap them, or set available to false",
        )


def _check_category(category: tuple[str, ...]) -> None:
    if len(category) > DEEPEST_CATEGORY:
        raise InvalidItemError(
            "category is too deep",
            expected=f"at most {DEEPEST_CATEGORY} levels",
            found=str(len(category)),
            remedy="send the path from broad to narrow, one name per level",
        )
    for level, name in enumerate(category):
        _check_text(f"category[{level}]", name, LONGEST_ID)


def _check_attributes(attributes: dict[str, str]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise InvalidItemError(
            "attributes has too many entries",
            expected=f"at most {MOST_ATTRIBUTES}",
            found=str(len(attributes)),
            remedy="keep those that a decision or a card may use",
        )
    for key, value in attributes.items():
        _check_text("a key of attributes", key, LONGEST_ID)
        if value:
            _check_text(f"attributes.{key}", value, LONGEST_ATTRIBUTE)


def check_item(item: CatalogItem) -> CatalogItem:
    """Return the item if every field is in range.

    Raises
    ------
    InvalidItemError
        The message begins with the field.

    Examples
    --------
    >>> check_item(CatalogItem(item_id="mug", price=Decimal("4.50"), currency="EUR")).item_id
    'mug'
    """
    _check_id("item_id", item.item_id)
    if item.item_group_id is not None:
        _check_id("item_group_id", item.item_group_id)
    if item.name is not None:
        _check_text("name", item.name, LONGEST_NAME)
    for name, url in (("url", item.url), ("image", item.image)):
        if url is not None:
            _check_url(name, url)
    _check_category(item.category)
    _check_price(item.price, item.currency)
    _check_active(item.active_from, item.active_until)
    _check_attributes(item.attributes)
    if item.ownership is not None:
        check_ownership(item.ownership.kind, item.ownership.cool_down_days)
    if item.schema_version != ITEM_SCHEMA_VERSION:
        raise InvalidItemError(
            "schema_version is not the one that is written now",
            expected=str(ITEM_SCHEMA_VERSION),
            found=shown(item.schema_version),
            remedy="leave it out, or upgrade Rapport",
        )
    return item


def item_place(position: str, item_id: object = None) -> str:
    """Return what an error message calls an item of a request: where it was sent, and its id if it has one.

    Parameters
    ----------
    position
        ``"[3]"`` in an array, from 0; empty for one item on its own.

    Examples
    --------
    >>> item_place("[3]", "mug"), item_place("[3]"), item_place("", "mug")
    ("item[3] ('mug')", 'item[3]', 'item')
    """
    is_named = position and isinstance(item_id, str) and item_id
    return f"item{position} ({shown(item_id)})" if is_named else f"item{position}"


def check_item_at(item: CatalogItem, position: str) -> CatalogItem:
    """Return the item if every field is in range; of an array, the error says which item it is.

    Raises
    ------
    InvalidItemError
        The message begins with the place of the item, then its field; without a position with the field.
    """
    try:
        return check_item(item)
    except InvalidItemError as error:
        if not position:
            raise
        raise InvalidItemError(
            f"{item_place(position, item.item_id)}: {error.message}",
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from None
