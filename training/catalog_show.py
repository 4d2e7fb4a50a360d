"""One item, as a person wants to see it."""

from collections.abc import Iterator

from recommender.catalog import CatalogItem, Catalogue, OwnershipKind
from recommender.errors import NotFoundError
from recommender.types import ItemId


def describe_item(catalogue: Catalogue, item_id: str) -> list[tuple[str, str]]:
    """Return what is known of an item, as (label, text), what is unknown left out.

    Raises
    ------
    NotFoundError
        Neither the catalogue nor the log has ever heard of it.
    """
    item = catalogue.items.get(ItemId(item_id))
    number = catalogue.numbers.get(ItemId(item_id))
    if item is None and number is None:
        raise NotFoundError(
            f"no item {item_id!r}",
            remedy="load it with: rapport catalog load FILE, or check how the shop writes it",
        )
    shown = CatalogItem(item_id=item_id) if item is None else item
    lines = [("item", item_id), *_facts(shown)]
    if item is None:
        lines.append(("catalogue", "not in it: known from purchases only, offered under its id"))
    if number is not None:
        lines.append(("ownership", _ownership(catalogue, number, declared=shown.ownership is not None)))
        lines.append(("number", str(number)))
    return [*lines, ("version", str(catalogue.version))]


def _facts(item: CatalogItem) -> Iterator[tuple[str, str]]:
    price = "" if item.price is None else f"{item.price} {item.currency or '(no currency)'}"
    texts = {
        "name": item.name,
        "category": " > ".join(item.category),
        "group": item.item_group_id,
        "price": price,
        "url": item.url,
        "image": item.image,
        "available": "yes" if item.available else "no: teaches, is never offered",
        "from": item.active_from and item.active_from.isoformat(),
        "until": item.active_until and item.active_until.isoformat(),
        "product": "" if item.is_product else "no: neither teaches nor is offered",
        "attributes": ", ".join(f"{key}={value}" for key, value in sorted(item.attributes.items())),
    }
    return ((label, text) for label, text in texts.items() if text)


def _ownership(catalogue: Catalogue, number: int, *, declared: bool) -> str:
    kind = OwnershipKind(int(catalogue.ownership_kind[number]))
    if kind == OwnershipKind.LEARNED:
        return "learned from what buyers do"
    days = f" of {int(catalogue.cool_down_days[number])} days" if kind == OwnershipKind.COOL_DOWN else ""
    return f"{kind.name.lower()}{days} ({'of the item' if declared else 'by a rule'})"
