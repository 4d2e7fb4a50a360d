"""Records of API keys: a digest of each, never the key itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from recommender.errors import ConflictError, LogUnavailableError, NotFoundError
from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database
from recommender.storage.tables import api_keys


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is kept of an API key. ``prefix`` names it; ``digest`` (32 bytes, with ``salt``) proves it.

    ``origins`` are the web origins that may use it from a browser. ``signing_secret`` is the shared secret with
    which a shop signs the tokens of its customers; None when the key takes no tokens.
    """

    prefix: str
    digest: bytes
    salt: bytes
    scopes: tuple[str, ...]
    name: str
    created_at: datetime
    origins: tuple[str, ...] = ()
    revoked_at: datetime | None = None
    signing_secret: bytes | None = None


def put_key(database: Database, record: KeyRecord) -> None:
    """Write a new key.

    Raises
    ------
    ConflictError
        Another key has this prefix.
    """
    row = {
        "prefix": record.prefix,
        "digest": record.digest,
        "salt": record.salt,
        "name": record.name,
        "scopes": msgspec.json.encode(record.scopes).decode(),
        "origins": msgspec.json.encode(record.origins).decode(),
        "created_us": to_microseconds(record.created_at),
        "revoked_us": None if record.revoked_at is None else to_microseconds(record.revoked_at),
        "signing_secret": record.signing_secret,
    }
    try:
        with database.write() as connection:
            connection.execute(insert(api_keys), row)
    except LogUnavailableError as error:
        if isinstance(error.__cause__, IntegrityError):
            raise ConflictError("an API key with this prefix exists", found=record.prefix) from error
        raise


def all_keys(database: Database) -> list[KeyRecord]:
    """Return every key, revoked ones too, oldest first."""
    query = select(api_keys).order_by(api_keys.c.created_us, api_keys.c.prefix)
    with database.read() as connection:
        return [_record(row) for row in connection.execute(query)]


def key_by_prefix(database: Database, prefix: str) -> KeyRecord | None:
    """Return the key with this prefix, or None."""
    with database.read() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.prefix == prefix)).one_or_none()
    return None if row is None else _record(row)


def revoke_key(database: Database, prefix: str, revoked_at: datetime) -> KeyRecord:
    """Revoke a key and return it; one that was revoked before keeps its time.

    Raises
    ------
    NotFoundError
        No key has this prefix.
    """
    is_valid = (api_keys.c.prefix == prefix) & api_keys.c.revoked_us.is_(None)
    with database.write() as connection:
        connection.execute(update(api_keys).where(is_valid).values(revoked_us=to_microseconds(revoked_at)))
    record = key_by_prefix(database, prefix)
    if record is None:
        raise NotFoundError("no API key has this prefix", found=prefix, remedy="see `rapport keys list`")
    return record


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        prefix=row.prefix,
        digest=bytes(row.digest),
        salt=bytes(row.salt),
        scopes=msgspec.json.decode(row.scopes, type=tuple[str, ...]),
        name=row.name,
        created_at=from_microseconds(row.created_us),
        origins=msgspec.json.decode(row.origins, type=tuple[str, ...]),
        revoked_at=None if row.revoked_us is None else from_microseconds(row.revoked_us),
        signing_secret=None if row.signing_secret is None else bytes(row.signing_secret),
    )
