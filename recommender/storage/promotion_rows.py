"""Promotions in the log: every version of every planned promotion, beside the catalogue and under its version."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select
from sqlalchemy import Row as SqlRow

from recommender.catalog.promotion import Promotion
from recommender.catalog.promotions import NEVER_S, PromotionRows, Promotions
from recommender.errors import NotFoundError
from recommender.storage.clock import to_microseconds
from recommender.storage.databases import Database
from recommender.storage.head import lock_head, move_head, read_head
from recommender.storage.numbers import ItemNumbers
from recommender.storage.rows import Row, insert_rows, upsert_rows
from recommender.storage.tables import promotions as table
from recommender.types import Int64Array, ItemId

Key: TypeAlias = tuple[int, str, int, int, int]
"""Identity: item number, kind, begin, end and announcement."""

Terms: TypeAlias = tuple[int | None, int, int | None, int | None]
"""What a correction may change: withdrawn, share, discount and price."""

_TERMS: Final = slice(8, 12)
_MILLION: Final = 1_000_000
_READ_ROWS: Final = 50_000
_READ: Final = (
    table.c.number,
    table.c.kind,
    table.c.from_us,
    table.c.until_us,
    table.c.announced_us,
    table.c.withdrawn_us,
    table.c.share_millionths,
    table.c.discount_millionths,
    table.c.price_millionths,
)


@dataclass(frozen=True, slots=True)
class PromotionsWritten:
    """What became of promotions: how many were new, how many were corrected, and the version of the catalogue."""

    version: int
    new: int
    changed: int


def put_promotions(
    database: Database, numbers: ItemNumbers, promotions: Iterable[Promotion], recorded_us: int
) -> PromotionsWritten:
    """Write what is new or corrected as one new version of the catalogue.

    The same again writes nothing. Of two with one identity the later holds.

    Raises
    ------
    NotFoundError
        An item has no number; nothing was written.
    """
    wanted = dict(_row_of(promotion, numbers) for promotion in promotions)
    return _write(database, wanted, recorded_us)


def withdraw_promotions(
    database: Database, numbers: ItemNumbers, kept: Collection[Promotion], at: datetime
) -> PromotionsWritten:
    """Call off, as of a time, whatever has not ended by then and is not among ``kept``.

    What has ended stays as it was, and what was decided before ``at`` had good reason to know of the rest.
    """
    at_us = to_microseconds(at)
    keys = {_row_of(promotion, numbers)[0] for promotion in kept}
    with database.read() as connection:
        rows = connection.execute(
            _current().where(table.c.until_us > at_us, table.c.withdrawn_us.is_(None))
        ).all()
    running = {_key(row): row for row in rows}
    gone: dict[Key, Terms] = {
        key: (at_us, row.share_millionths, row.discount_millionths, row.price_millionths)
        for key, row in running.items()
        if key not in keys
    }
    return _write(database, gone, at_us)


def read_promotions(
    database: Database, *, ending_after: datetime | None = None, at_version: int | None = None
) -> Promotions:
    """Return all promotions, or those that have not ended by a time, as one moment had them.

    ``at_version``: as they were when the catalogue had that version.
    """
    query = select(*_READ).where(_is_current(at_version))
    if ending_after is not None:
        query = query.where(table.c.until_us > to_microseconds(ending_after))
    kinds: dict[str, int] = {}
    with database.snapshot() as connection:
        version = read_head(connection).catalogue_version
        parts = [_columns(rows, kinds) for rows in connection.execute(query).partitions(_READ_ROWS)]
    if not parts:
        return Promotions.empty(version)
    names = sorted(kinds)
    position = np.array([names.index(kind) for kind in kinds], np.uint8)
    together = PromotionRows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return Promotions.build(version, names, together._replace(kind=position[together.kind]))


def _is_current(version: int | None) -> ColumnElement[bool]:
    replaced = table.c.replaced_version
    if version is None:
        return replaced.is_(None)
    return and_(table.c.version <= version, or_(replaced.is_(None), replaced > version))


def _row_of(promotion: Promotion, numbers: ItemNumbers) -> tuple[Key, Terms]:
    number = numbers.known().get(ItemId(promotion.item_id))
    if number is None:
        number = numbers.get(ItemId(promotion.item_id))
    if number is None:
        raise NotFoundError(
            f"no item {promotion.item_id!r} to promote",
            expected="an item of the catalogue, or one that was bought",
            remedy="load it with: rapport catalog load FILE",
        )
    key = (
        int(number),
        promotion.kind,
        to_microseconds(promotion.active_from),
        to_microseconds(promotion.active_until),
        to_microseconds(promotion.announced_at),
    )
    withdrawn = None if promotion.withdrawn_at is None else to_microseconds(promotion.withdrawn_at)
    # A share above zero stays above zero.
    share = max(1, round(promotion.share * _MILLION))
    return key, (withdrawn, share, _millionths(promotion.discount), _millionths(promotion.price))


def _millionths(value: float | Decimal | None) -> int | None:
    return None if value is None else round(value * _MILLION)


def _write(database: Database, wanted: dict[Key, Terms], recorded_us: int) -> PromotionsWritten:
    with database.write() as connection:
        head = lock_head(connection)
        known = _known(connection, database, sorted({key[0] for key in wanted}))
        different = [key for key, terms in wanted.items() if key in known and known[key][_TERMS] != terms]
        added = [key for key in wanted if key not in known]
        if not added and not different:
            return PromotionsWritten(head.catalogue_version, 0, 0)
        version = head.catalogue_version + 1
        replaced = [(*known[key][:6], version, *known[key][7:]) for key in different]
        upsert_rows(connection, table, replaced)
        rows: list[Row] = [(*key, version, None, recorded_us, *wanted[key]) for key in added + different]
        insert_rows(connection, table, rows)
        move_head(connection, replace(head, catalogue_version=version))
    return PromotionsWritten(version, len(added), len(different))


def _known(connection: Connection, database: Database, numbers: Sequence[int]) -> dict[Key, Row]:
    query = _current().where(database.among(table.c.number, numbers))
    return {_key(row): tuple(row) for row in connection.execute(query)}


def _key(row: SqlRow[Any]) -> Key:
    return row.number, row.kind, row.from_us, row.until_us, row.announced_us


def _current() -> Select[Any]:  # rows of a table without a mapped class have no static type
    return select(table).where(table.c.replaced_version.is_(None))


def _columns(rows: Sequence[Sequence[Any]], kinds: dict[str, int]) -> PromotionRows:
    number, kind, from_us, until_us, announced_us, withdrawn_us, share, discount, price = zip(
        *rows, strict=True
    )
    withdrawn_s = np.full(len(rows), NEVER_S)
    called_off = [position for position, one in enumerate(withdrawn_us) if one is not None]
    withdrawn_s[called_off] = _seconds([withdrawn_us[position] for position in called_off])
    return PromotionRows(
        np.array(number, np.uint32),
        np.array([kinds.setdefault(one, len(kinds)) for one in kind], np.uint8),
        _seconds(from_us),
        _seconds(until_us),
        _seconds(announced_us),
        withdrawn_s,
        (np.array(share, np.float64) / _MILLION).astype(np.float32),
        (np.array(discount, np.float64) / _MILLION).astype(np.float32),
        np.array(price, np.float64) / _MILLION,
    )


def _seconds(microseconds: Sequence[int]) -> Int64Array:
    """Return whole seconds, rounded up, so that nothing is known or runs before its time."""
    return -(-np.array(microseconds, np.int64) // _MILLION)
