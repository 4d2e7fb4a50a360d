"""Which column of a file is which: the names a line of an order has, and how a person maps them."""

from collections.abc import Mapping, Sequence

from recommender.errors import InvalidSourceError

LINE_COLUMNS = (
    "customer_id",
    "item_id",
    "occurred_at",
    "quantity",
    "unit_price",
    "order_id",
    "item_name",
    "category",
    "event_id",
    "currency",
    "discount",
    "channel",
    "store_id",
)
"""What an order line may say; only ``item_id``, ``occurred_at`` and one of customer and order are needed."""

_EXAMPLE = {
    "customer_id": "client",
    "item_id": "sku",
    "occurred_at": "date",
    "name": "title",
    "price": "amount",
    "from": "start",
    "until": "end",
}


def parse_mapping(text: str, names: Sequence[str] = LINE_COLUMNS) -> dict[str, str]:
    """Return ``{"item_id": "sku"}`` for ``item_id=sku``; several are separated by commas.

    Raises
    ------
    InvalidSourceError
        Not of that form, or a name that nothing is called.

    Examples
    --------
    >>> parse_mapping("item_id=sku, occurred_at=date")
    {'item_id': 'sku', 'occurred_at': 'date'}
    """
    mapping: dict[str, str] = {}
    for part in (piece.strip() for piece in text.split(",")):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not part:
            continue
        if not equals or not column or name not in names or name in mapping:
            raise InvalidSourceError(
                "--columns cannot be understood",
                expected=f"name=column with a name of {', '.join(names)}, each once",
                found=part,
                remedy=f"write --columns {_example(names)}",
            )
        mapping[name] = column
    return mapping


def complete_mapping(
    mapping: Mapping[str, str], found: Sequence[str], names: Sequence[str] = LINE_COLUMNS
) -> dict[str, str]:
    """Return the mapping, completed by columns that are already called what they are.

    Raises
    ------
    InvalidSourceError
        A mapped column does not exist in the file.

    Examples
    --------
    >>> complete_mapping({"item_id": "sku"}, ["sku", "quantity", "colour"])
    {'item_id': 'sku', 'quantity': 'quantity'}
    """
    unknown = [column for column in mapping.values() if column not in found]
    if unknown:
        raise InvalidSourceError(
            "the file has no such column",
            expected=f"one of {_shortened(found)}",
            found=", ".join(unknown),
            remedy="correct the --columns",
        )
    taken = set(mapping.values())
    return dict(mapping) | {
        name: name for name in names if name not in mapping and name in found and name not in taken
    }


def require_line_columns(mapping: Mapping[str, str], found: Sequence[str]) -> None:
    """Raise unless the columns that an order line needs are known.

    Raises
    ------
    InvalidSourceError
        With the columns found and an example to copy.
    """
    missing = [name for name in ("item_id", "occurred_at") if name not in mapping]
    if not {"customer_id", "order_id"} & mapping.keys():
        missing.insert(0, "customer_id (or order_id)")
    if missing:
        raise InvalidSourceError(
            "the columns of the file are not known",
            expected=", ".join(missing),
            found=_shortened(found),
            remedy="say which is which: --columns customer_id=...,item_id=...,occurred_at=...",
        )


def _example(names: Sequence[str]) -> str:
    """Return a mapping of names that the command takes, to copy."""
    return ",".join(f"{name}={column}" for name, column in _EXAMPLE.items() if name in names)


def _shortened(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
