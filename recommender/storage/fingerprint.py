"""The fingerprint of the data that a model was trained on."""

from datetime import datetime
from hashlib import blake2b

import numpy as np
from sqlalchemy import select

from recommender.storage.clock import to_microseconds
from recommender.storage.databases import Database
from recommender.storage.tables import events


def fingerprint(database: Database, until: datetime | None) -> str:
    """Return 32 hexadecimal digits that name the set of events before ``until`` (all of them without).

    The digests of the contents are sorted and hashed, so neither the order of arrival nor the home matters.
    Personal data is no part of it: it is no part of the contents.
    """
    query = select(events.c.digest)
    if until is not None:
        query = query.where(events.c.occurred_us < to_microseconds(until))
    with database.snapshot() as connection:
        digests = np.frombuffer(b"".join(connection.execute(query).scalars()), dtype=">u8").reshape(-1, 2)
    ordered = digests[np.lexsort((digests[:, 1], digests[:, 0]))]
    return blake2b(ordered.tobytes(), digest_size=16).hexdigest()
