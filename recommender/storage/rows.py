"""Writing many rows at once, in the fastest form that each database has.

SQLite runs one prepared statement per row; PostgreSQL receives one array per column, in binary. Both in one round trip.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Connection, LargeBinary, Table, Text
from sqlalchemy.types import TypeEngine

Value: TypeAlias = int | str | bytes | None
Row: TypeAlias = tuple[Value, ...]
"""The values of one row, in the order of the table's columns."""

OnConflict: TypeAlias = Literal["fail", "replace"]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; one that is there already is an error."""
    _write(connection, table, rows, "fail")


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, replacing those with the same primary key. No key may come twice."""
    _write(connection, table, rows, "replace")


def _write(connection: Connection, table: Table, rows: Sequence[Row], on_conflict: OnConflict) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(_postgresql(table, on_conflict), columns)
    else:
        connection.exec_driver_sql(_sqlite(table, on_conflict), list(rows))


def upsert_rows_together(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Do as :func:`upsert_rows`; SQLite runs one statement per 256 rows.

    The driver takes the interpreter's lock back after every statement: a thread that writes row by row beside a busy
    event loop waits for it, and interrupts the loop, once per row.
    """
    if connection.dialect.name == "postgresql":
        upsert_rows(connection, table, rows)
        return
    for start in range(0, len(rows), _ROWS_TOGETHER):
        part = rows[start : start + _ROWS_TOGETHER]
        values = tuple(itertools.chain.from_iterable(part))
        connection.exec_driver_sql(_sqlite_together(table, len(part)), values)


_ROWS_TOGETHER = 256
"""SQLite takes 32,766 parameters in one statement."""


@functools.cache
def _sqlite(table: Table, on_conflict: OnConflict) -> str:
    return f"{_into(table)} VALUES {_places(table)}{_conflict(table, on_conflict)}"


@functools.lru_cache(maxsize=_ROWS_TOGETHER)
def _sqlite_together(table: Table, rows: int) -> str:
    values = ", ".join([_places(table)] * rows)
    return f"{_into(table)} VALUES {values}{_conflict(table, 'replace')}"


def _places(table: Table) -> str:
    return "(" + ", ".join("?" for _ in table.columns) + ")"


@functools.cache
def _postgresql(table: Table, on_conflict: OnConflict) -> str:
    arrays = ", ".join(f"%b::{_array_of(column.type)}" for column in table.columns)
    # Only names of our own tables and columns are pasted into the text; values travel as parameters.
    return f"{_into(table)} SELECT * FROM unnest({arrays}){_conflict(table, on_conflict)}"  # noqa: S608


def _into(table: Table) -> str:
    return f"INSERT INTO {table.name} ({', '.join(column.name for column in table.columns)})"


def _conflict(table: Table, on_conflict: OnConflict) -> str:
    if on_conflict == "fail":
        return ""
    keys = ", ".join(column.name for column in table.primary_key.columns)
    changes = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns if not c.primary_key)
    # A table that is all key has nothing to replace.
    return (
        f" ON CONFLICT ({keys}) DO UPDATE SET {changes}" if changes else f" ON CONFLICT ({keys}) DO NOTHING"
    )


def _array_of(kind: TypeEngine[object]) -> str:
    if isinstance(kind, LargeBinary):
        return "bytea[]"
    return "text[]" if isinstance(kind, Text) else "bigint[]"
