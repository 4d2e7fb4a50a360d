"""Names, emails and phones, kept beside the events and nowhere else."""

from collections.abc import Sequence

from sqlalchemy import select

from recommender.events.personal import PersonalData
from recommender.storage.databases import Database
from recommender.storage.tables import events, profiles
from recommender.types import CustomerId


def profiles_of(database: Database, customer_ids: Sequence[CustomerId]) -> dict[CustomerId, PersonalData]:
    """Return the personal data of customers: of each field the newest that was ever said, None when never."""
    found = dict.fromkeys(customer_ids, PersonalData())
    columns = profiles.c
    query = (
        select(columns.customer_id, columns.name, columns.email, columns.phone)
        .join(events, events.c.seq == columns.seq)
        .where(database.among(columns.customer_id, list(customer_ids)))
        .order_by(events.c.occurred_us, events.c.source, events.c.event_id)
    )
    with database.read() as connection:
        for customer_id, name, email, phone in connection.execute(query):
            old = found[customer_id]
            found[customer_id] = PersonalData(
                name=name or old.name, email=email or old.email, phone=phone or old.phone
            )
    return found


def profile_of(database: Database, customer_id: CustomerId) -> PersonalData:
    """Return a customer's personal data; see :func:`profiles_of`."""
    return profiles_of(database, [customer_id])[customer_id]
