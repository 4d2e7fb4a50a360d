"""The two databases behind the log, SQLite and PostgreSQL, as one kind of connection.

Everything that differs between them is here: the URL, the PRAGMAs, how a write transaction begins, how many
values are compared at once, and how their errors become :class:`LogUnavailableError`.
"""

import contextlib
import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.types import BigInteger, Text

from recommender.errors import LogUnavailableError

WAIT_SECONDS = 30.0
"""How long a write waits for others: of a job, which has time. Whoever answers requests says less."""
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
    # Overwrites what is deleted where the page is written anyway; an erasure overwrites all of it.
    "secure_delete=FAST",
)
_WAIT_TO_EMPTY_MS = 500
# A server that acknowledges before its disk does would make "durable before it answers" untrue.
_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_LOCK_TIMEOUT = "SELECT set_config('lock_timeout', %s, false)"
# A server that is cut off is noticed within ten seconds instead of a quarter of an hour.
_FRAIL = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_FREE_SPACE = "free some space, then send it again"
_TRIAL_BYTES = 65_536
_REMEDY = "use sqlite:////absolute/path/log.db or postgresql://user@host/database"


class Database:
    """Connections to one database: for reading, for one consistent snapshot, and for writing.

    Within a process only one write transaction runs at a time; between processes the database decides.

    Attributes
    ----------
    wait_seconds
        How long a write waits for those before it, in this process and in others, until it gives up.
    """

    def __init__(self, engine: Engine, wait_seconds: float = WAIT_SECONDS) -> None:
        self.wait_seconds = wait_seconds
        self._engine = engine
        self._writing = threading.Lock()
        self._failure: tuple[float, LogUnavailableError] | None = None
        self._writer = engine.execution_options(rapport_write=True)
        self._reader = engine
        self._snapshot = engine
        if engine.dialect.name == "postgresql":
            self._snapshot = engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, url: str, wait_seconds: float = WAIT_SECONDS) -> "Database":
        """Prepare connections to ``url``; the first one is made by the first statement.

        Raises
        ------
        LogUnavailableError
            The URL names no SQLite file and no PostgreSQL database.
        """
        parsed = _normalised(url)
        build = _sqlite_engine if parsed.get_backend_name() == "sqlite" else _postgresql_engine
        return cls(build(parsed, wait_seconds), wait_seconds)

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL; otherwise it is SQLite."""
        return self._engine.dialect.name == "postgresql"

    @property
    def place(self) -> str:
        """The URL without its password, for messages."""
        url = self._engine.url
        return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading what is committed."""
        with self._translated("read"), self._reader.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def snapshot(self, *, streams: bool = True) -> Iterator[Connection]:
        """Give a connection all of whose statements see the same moment; many rows are streamed from the server."""
        with self._translated("read"), self._snapshot.connect() as connection:
            yield connection.execution_options(stream_results=streams, max_row_buffer=5_000)

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose statements are committed together when the block ends, or not at all."""
        until = time.monotonic() + self.wait_seconds
        try:
            with self._translated("written"), self._turn(until), self._writer_until(until) as connection:
                yield connection
        except LogUnavailableError as error:
            self._failure = time.monotonic(), error
            raise
        self._failure = None

    @contextlib.contextmanager
    def _turn(self, until: float) -> Iterator[None]:
        """Keep out the other writers of this process."""
        if not self._writing.acquire(timeout=max(0.0, until - time.monotonic())):
            raise TimeoutError(f"earlier writes have not ended after {self.wait_seconds:g} seconds")
        try:
            yield
        finally:
            self._writing.release()

    def _writer_until(self, until: float) -> contextlib.AbstractContextManager[Connection]:
        left_ms = max(1, int((until - time.monotonic()) * 1000))
        return self._writer.execution_options(rapport_wait_ms=left_ms).begin()

    @contextlib.contextmanager
    def write_over(self) -> Iterator[Connection]:
        """Do as :meth:`write`, and overwrite what is deleted, in the file as in the journal beside it.

        PostgreSQL does so by itself, when it vacuums.
        """
        with self.write() as connection:
            if self.is_postgresql:
                yield connection
            else:
                connection.exec_driver_sql("PRAGMA secure_delete=ON").all()
                yield connection
                connection.exec_driver_sql("PRAGMA secure_delete=FAST").all()
        if not self.is_postgresql:
            self._empty_journal()

    def _empty_journal(self) -> None:
        """Move the write-ahead log into the file, unless somebody has been reading for too long: then the next one does."""
        with (
            contextlib.suppress(SQLAlchemyError, OSError, sqlite3.Error),
            contextlib.closing(self._engine.raw_connection()) as connection,
        ):
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_WAIT_TO_EMPTY_MS}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(self.wait_seconds * 1000)}")

    def write_failure(self, within_seconds: float) -> LogUnavailableError | None:
        """Return what the last write met, if it failed and is not older than this."""
        failure = self._failure
        if failure is None or time.monotonic() - failure[0] > within_seconds:
            return None
        return failure[1]

    def try_write(self) -> None:
        """Write a little, durably, where the log is, and leave nothing behind; waits for no other writer.

        Raises
        ------
        LogUnavailableError
            It cannot be written.
        """
        with self._translated("written"):
            if self.is_postgresql:
                # A transaction of its own number: the server must write its end, and a standby refuses it.
                with self._reader.begin() as connection:
                    connection.execute(select(func.pg_current_xact_id()))
            else:
                _write_beside(Path(str(self._engine.url.database)))

    @contextlib.contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise unavailable(error, self.place, action) from error

    def among(self, column: ColumnElement[Any], values: Sequence[str] | Sequence[int]) -> ColumnElement[bool]:
        """Return the condition that ``column`` is one of ``values``: one parameter, however many they are."""
        return _is_one_of(column, None, self.listed(values), self.is_postgresql)

    def listed(self, values: Sequence[str] | Sequence[int]) -> object:
        """Return values as the parameter of :func:`among_asked`."""
        return list(values) if self.is_postgresql else json.dumps(list(values), ensure_ascii=False)

    def close(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()


def among_asked(column: ColumnElement[Any], *, is_postgresql: bool) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the parameter ``asked``, for a statement that is built once and asked often.

    Building a statement costs SQLAlchemy more than a small answer costs the database.
    """
    return _is_one_of(column, "asked", None, is_postgresql)


def _is_one_of(
    column: ColumnElement[Any], name: str | None, values: object, is_postgresql: bool
) -> ColumnElement[bool]:
    if is_postgresql:
        kind = Text() if isinstance(column.type, Text) else BigInteger()
        return column == any_(bindparam(name, values, type_=ARRAY(kind)))
    each = func.json_each(bindparam(name, values, type_=Text())).table_valued("value")
    return column.in_(select(each.c.value))


def _write_beside(path: Path) -> None:
    """Write a file beside the database: SQLite may find room in what it has, so its own small write proves nothing."""
    with tempfile.TemporaryFile(dir=path.parent, prefix=".trial-") as file:
        file.write(bytes(_TRIAL_BYTES))
        file.flush()
        os.fsync(file.fileno())


def unavailable(error: Exception, place: str, action: str) -> LogUnavailableError:
    """Return the error that tells a caller why the log at ``place`` could not be read or written."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    return LogUnavailableError(
        f"the event log cannot be {action}", found=f"{cause[0]} ({place})", remedy=_advice(cause[0])
    )


def _advice(cause: str) -> str:
    known = {
        "file is not a database": "name another file, or restore this one from a copy",
        "unable to open database file": "create the folder, and check who may write there",
        "disk is full": _FREE_SPACE,
        "No space left": _FREE_SPACE,
        "quota exceeded": _FREE_SPACE,
        "File too large": _FREE_SPACE,
        "database is locked": "another program holds the file; try again",
        "lock timeout": "another program holds the log; try again",
        "readonly database": "check who may write there",
        "already exists": "name an empty database, or one that Rapport made",
    }
    return next((advice for words, advice in known.items() if words in cause), "try again when it answers")


def _normalised(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise LogUnavailableError("the URL of the log cannot be read", remedy=_REMEDY) from error
    backend = parsed.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    shown = parsed.render_as_string(hide_password=True)
    raise LogUnavailableError("the log needs SQLite or PostgreSQL", found=shown, remedy=_REMEDY)


def _sqlite_engine(url: URL, wait_seconds: float) -> Engine:
    _create_private(Path(str(url.database)))
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=56,
        hide_parameters=True,
        connect_args={"timeout": wait_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A write takes its lock at once: a lock taken late cannot wait, it can only fail.
        options = connection.get_execution_options()
        if options.get("rapport_write", False):
            connection.exec_driver_sql(f"PRAGMA busy_timeout={options['rapport_wait_ms']}").close()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _create_private(path: Path) -> None:
    """Create a file that is not there so that only its owner reads it, as names and secrets are in it; the journal follows it."""
    with contextlib.suppress(OSError):  # the first statement says what is wrong
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _postgresql_engine(url: URL, wait_seconds: float) -> Engine:
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=56,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_FRAIL | {"connect_timeout": max(2, min(10, int(wait_seconds)))},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(_DURABLE)
            cursor.execute(_LOCK_TIMEOUT, (f"{int(wait_seconds * 1000)}ms",))
        connection.commit()

    return engine
