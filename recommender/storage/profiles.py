"""Names, emails and phones, kept beside the events and nowhere else."""

from sqlalchemy import select

from recommender.events.personal import PersonalData
from recommender.storage.databases import Database
from recommender.storage.tables import events, profiles
from recommender.types import CustomerId


def profile_of(database: Database, customer_id: CustomerId) -> PersonalData:
    """Return a customer's personal data: of each field the newest that was ever said, None when never."""
    order = (events.c.occurred_us, events.c.source, events.c.event_id)
    query = (
        select(profiles.c.name, profiles.c.email, profiles.c.phone)
        .join(events, events.c.seq == profiles.c.seq)
        .where(profiles.c.customer_id == customer_id)
        .order_by(*order)
    )
    name = email = phone = None
    with database.read() as connection:
        for row in connection.execute(query):
            name, email, phone = row.name or name, row.email or email, row.phone or phone
    return PersonalData(name=name, email=email, phone=phone)
