"""Catalogue files: a row per item, in CSV, Parquet, JSON Lines or XLSX."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from recommender.catalog import CatalogItem, ItemPatch, changes_of, check_item
from recommender.catalog.codec import RawItem
from recommender.errors import InvalidItemError, InvalidSourceError
from recommender.events.adapters.columns import complete_mapping
from recommender.events.adapters.read_table import read_table
from recommender.events.adapters.rejects import RejectRow, reject_table
from recommender.events.adapters.table import Table, line_label
from recommender.events.adapters.timestamps import check_time_zone, read_times
from recommender.types import ItemId
from training.catalog_fields import (
    Field,
    FieldError,
    category_reader,
    read_attributes,
    read_flag,
    read_moment,
    read_ownership,
    read_price,
)

ITEM_COLUMNS: Final = tuple(field for field in CatalogItem.__struct_fields__ if field != "schema_version")
ATTRIBUTE_PREFIX: Final = "attributes."
MOMENTS: Final = ("active_from", "active_until")


@dataclass(frozen=True, slots=True)
class CatalogOptions:
    """How to read a catalogue file. ``attributes`` names columns that are attributes of the items."""

    columns: Mapping[str, str]
    attributes: Sequence[str] = ()
    separator: str = ">"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """What a catalogue file holds: per item the fields that its columns say, and the rows set aside.

    ``attributes`` are those that have a column of their own; ``ignored`` are columns that nothing was made of.
    """

    items: tuple[CatalogItem, ...]
    fields: tuple[str, ...]
    attributes: tuple[str, ...]
    rows: int
    rejected: pl.DataFrame
    columns: dict[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def bad_share(self) -> float:
        """Rejected rows among all rows, 0 to 1."""
        return self.rejected.height / max(1, self.rows)


def read_catalog_file(path: Path, options: CatalogOptions) -> CatalogFile:
    """Return the items of a file, each checked.

    Raises
    ------
    InvalidSourceError
        It cannot be read, or no column is the item id.
    """
    table = read_table(path)
    columns = complete_mapping(options.columns, table.columns, ITEM_COLUMNS)
    if "item_id" not in columns:
        raise InvalidSourceError(
            "no column is the item id",
            expected="a column item_id",
            found=", ".join(map(repr, table.columns[:20])),
            remedy="say which it is: --columns item_id=sku",
        )
    attributes = _attribute_columns(table.columns, columns, options.attributes)
    readers = _readers(options.separator)
    items: list[CatalogItem] = []
    rejected: list[RejectRow] = []
    for line, row in _rows(table, columns, attributes, options):
        made = _item(line, row, columns, attributes, readers)
        if isinstance(made, CatalogItem):
            items.append(made)
        else:
            rejected.append(made)
    used = {*columns.values(), *attributes}
    return CatalogFile(
        items=tuple(items),
        fields=tuple(dict.fromkeys([*columns, *(["attributes"] if attributes else [])])),
        attributes=tuple(attributes.values()),
        rows=table.rows,
        rejected=pl.concat([table.rejected, reject_table(rejected)]),
        columns=columns,
        ignored=tuple(name for name in table.columns if name not in used),
        notes=table.notes + _doubles(items),
    )


def patches_of(file: CatalogFile) -> list[ItemPatch]:
    """Return what the file says of each item: what it has no column for stays as the catalogue has it.

    An empty cell of a column that the file has does clear the field. The last row of an item holds.
    """
    latest = {item.item_id: item for item in file.items}
    return [ItemPatch(ItemId(item_id), _said(item, file)) for item_id, item in latest.items()]


def _said(item: CatalogItem, file: CatalogFile) -> RawItem:
    fields = changes_of(item, [name for name in file.fields if name != "item_id"])
    if file.attributes:
        fields["attributes"] = dict.fromkeys(file.attributes) | item.attributes
    return fields


def _attribute_columns(found: list[str], columns: Mapping[str, str], named: Sequence[str]) -> dict[str, str]:
    unknown = [name for name in named if name not in found]
    if unknown:
        raise InvalidSourceError(
            "the file has no such column",
            expected="a column for --attributes",
            found=", ".join(unknown),
            remedy="name columns of the file, separated by commas",
        )
    prefixed = [name for name in found if name.startswith(ATTRIBUTE_PREFIX) and name not in columns.values()]
    return {name: name.removeprefix(ATTRIBUTE_PREFIX) for name in [*named, *prefixed]}


def _readers(separator: str) -> dict[str, Callable[[str], Field]]:
    return {
        "category": category_reader(separator),
        "price": read_price,
        "available": read_flag,
        "is_product": read_flag,
        "active_from": read_moment,
        "active_until": read_moment,
        "ownership": read_ownership,
        "attributes": read_attributes,
    }


def _rows(
    table: Table, columns: Mapping[str, str], attributes: Mapping[str, str], options: CatalogOptions
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield the line of each row and its cells as text, null where they are blank."""
    frame = table.frame.with_columns(_moments(table.frame, columns, check_time_zone(options.time_zone)))
    wanted = list(dict.fromkeys([*columns.values(), *attributes]))
    texts = {name: cell_text(frame, name, options.separator) for name in wanted}
    if table.decimal_comma and "price" in columns:
        texts[columns["price"]] = texts[columns["price"]].str.replace(",", ".", literal=True)
    cells = frame.select(
        line_label(frame).alias("__label"), *(text.alias(name) for name, text in texts.items())
    )
    for row in cells.iter_rows(named=True):
        yield row.pop("__label"), row


def cell_text(frame: pl.DataFrame, name: str, separator: str) -> pl.Expr:
    """Return the cells of a column as text without blanks around it, null where nothing is left."""
    column, kind = pl.col(name), frame.schema[name]
    if isinstance(kind, pl.List):
        return column.cast(pl.List(pl.String)).list.join(separator)
    if kind.is_nested():
        return column.struct.json_encode() if isinstance(kind, pl.Struct) else column.cast(pl.String)
    whole = kind.is_float() and bool(frame.select((column == column.round()).all()).item())
    text = (column.cast(pl.Int64) if whole else column).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _moments(frame: pl.DataFrame, columns: Mapping[str, str], time_zone: str) -> list[pl.Series]:
    """Return the columns of times as ISO text with offset; what is no time stays as it is."""
    names = [columns[name] for name in MOMENTS if name in columns]
    found = []
    for name in names:
        read = read_times(frame[name], time_zone).at.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        found.append(read.zip_with(read.is_not_null(), frame[name].cast(pl.String)).alias(name))
    return found


def _item(
    line: str,
    row: dict[str, str | None],
    columns: Mapping[str, str],
    attributes: Mapping[str, str],
    readers: Mapping[str, Callable[[str], Field]],
) -> CatalogItem | RejectRow:
    fields: dict[str, Field] = {}
    for name, column in columns.items():
        text = row[column]
        if text is None:
            continue
        try:
            fields[name] = readers[name](text) if name in readers else text
        except FieldError as problem:
            return line, column, text, str(problem)
    named = {key: value for column, key in attributes.items() if (value := row[column]) is not None}
    given = fields.get("attributes")
    if named:
        fields["attributes"] = (given if isinstance(given, dict) else {}) | named
    if "item_id" not in fields:
        return line, columns["item_id"], "", "is missing"
    return _checked(line, fields)


def _checked(line: str, fields: dict[str, Field]) -> CatalogItem | RejectRow:
    try:
        return check_item(CatalogItem(**fields))  # type: ignore[arg-type]  # each field was read by its own reader
    except InvalidItemError as error:
        name, _, reason = error.message.partition(" ")
        return line, name, error.found, f"{reason}; expected {error.expected}"


def _doubles(items: list[CatalogItem]) -> tuple[str, ...]:
    doubles = len(items) - len({item.item_id for item in items})
    return (f"{doubles:,} items occur again further down: the last row of an item holds",) if doubles else ()
