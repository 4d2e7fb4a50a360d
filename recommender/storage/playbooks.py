"""Every playbook that was ever decided from, byte for byte, so that old decisions can be replayed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update

from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database
from recommender.storage.rows import insert_rows
from recommender.storage.tables import playbooks


@dataclass(frozen=True, slots=True)
class StoredPlaybook:
    """One version; ``recorded_at`` is when it was first loaded, ``loaded_at`` when it last was."""

    version: str
    recorded_at: datetime
    loaded_at: datetime
    content: bytes


def put_playbook(database: Database, version: str, content: bytes, now: datetime) -> None:
    """Keep a playbook that was loaded now; a version that is there keeps its content and its first time."""
    now_us = to_microseconds(now)
    with database.write() as connection:
        is_meant = playbooks.c.version == version
        found = connection.execute(update(playbooks).where(is_meant).values(loaded_us=now_us))
        if found.rowcount == 0:
            insert_rows(connection, playbooks, [(version, now_us, now_us, content)])


def playbook_of(database: Database, version: str) -> StoredPlaybook | None:
    """Return a version, or None when it was never loaded here."""
    return _one(database, select(playbooks).where(playbooks.c.version == version))


def newest_playbook(database: Database) -> StoredPlaybook | None:
    """Return the version that was loaded last, or None when none ever was."""
    return _one(
        database, select(playbooks).order_by(playbooks.c.loaded_us.desc(), playbooks.c.version).limit(1)
    )


def _one(database: Database, query: Select[str, int, int, bytes]) -> StoredPlaybook | None:
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    version, recorded_us, loaded_us, content = row
    return StoredPlaybook(
        version, from_microseconds(recorded_us), from_microseconds(loaded_us), bytes(content)
    )
