"""The tables of the log.

``log_about`` says which layout the tables have and holds the key of the seals; ``log_head`` is the one row that
every append locks, so that ``seq`` is gapless and in commit order. ``events`` is the record itself. ``customers``
(the version of each customer), ``outbox`` (who is not projected yet) and ``item_numbers`` are written in the same
transaction as the events they follow from. ``mentions`` are the order and serial numbers that events name; ``log_head.mentioned_seq`` is the event up to which
it is complete. ``profiles`` keeps names, emails and phones away from the events. ``names`` are the words by which a profile is found, ``links``
the links between subjects from both ends, complete up to ``log_head.people_seq``.
``answered_requests`` and ``goodwill`` are what conditional appends are checked against; ``playbooks`` is every
playbook that was ever decided from. ``erased`` and ``erased_decisions`` are what an erasure leaves: a keyed hash that keeps the customer's
events out from then on, and the ids of their decisions. ``log_head.erased_seq`` is the place in the log of the last erasure.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = 1
"""Layout of these tables; a log with another one is refused, never guessed at."""

ORDER_KINDS = ("purchase", "return", "order_cancelled")
"""The types of events that change what a customer owns."""

IS_ORDER = text("kind IN ('purchase', 'return', 'order_cancelled')")
"""Condition of the partial index over order events; queries repeat it word for word so that it is used."""

IS_LINK = text("kind IN ('identify', 'unlink')")
"""Condition of the partial index over links between subjects; repeated word for word, too."""

METADATA = MetaData()

# Ids sort by code point on both databases, so that order in SQL is order in Python.
_ID = Text().with_variant(Text(collation="C"), "postgresql")
# Only "INTEGER" is an alias of the row id in SQLite.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _single_row(name: str, *columns: Column[int] | Column[str] | Column[bytes]) -> Table:
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    return Table(name, METADATA, key, *columns, CheckConstraint("id = 1", name=f"{name}_has_one_row"))


log_about = _single_row(
    "log_about",
    Column("schema_version", Integer, nullable=False),
    Column("log_id", Text, nullable=False),
    Column("seal_key", LargeBinary, nullable=False),
)

log_head = _single_row(
    "log_head",
    Column("seq", _NUMBER, nullable=False),
    Column("item_count", _NUMBER, nullable=False),
    Column("catalogue_version", _NUMBER, nullable=False),
    Column("mentioned_seq", _NUMBER, nullable=False, server_default=text("0")),
    Column("erased_seq", _NUMBER, nullable=False, server_default=text("0")),
    Column("people_seq", _NUMBER, nullable=False, server_default=text("0")),
)

events = Table(
    "events",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("source", _ID, nullable=False),
    Column("event_id", _ID, nullable=False),
    Column("customer_id", _ID),
    Column("kind", Text, nullable=False),
    Column("occurred_us", _NUMBER, nullable=False),
    Column("received_us", _NUMBER, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("seal", LargeBinary),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("source", "event_id", name="events_identity"),
)
Index("events_of_customer", events.c.customer_id, events.c.occurred_us)
Index("events_of_orders", events.c.seq, sqlite_where=IS_ORDER, postgresql_where=IS_ORDER)
links_of_subjects = Index("events_of_links", events.c.seq, sqlite_where=IS_LINK, postgresql_where=IS_LINK)

mentions = Table(
    "mentions",
    METADATA,
    Column("kind", _ID, primary_key=True),
    Column("name", _ID, primary_key=True),
    Column("customer_id", _ID, primary_key=True),
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

profiles = Table(
    "profiles",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("customer_id", _ID),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
)
Index("profiles_of_customer", profiles.c.customer_id)

names = Table(
    "names",
    METADATA,
    Column("kind", _ID, primary_key=True),
    Column("word", _ID, primary_key=True),
    Column("customer_id", _ID, primary_key=True),
    sqlite_with_rowid=False,
)
Index("names_of_customer", names.c.customer_id)

links = Table(
    "links",
    METADATA,
    Column("subject", _ID, primary_key=True),
    Column("other", _ID, primary_key=True),
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

customers = Table(
    "customers",
    METADATA,
    Column("customer_id", _ID, primary_key=True),
    Column("version", _NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
Index("customers_by_version", customers.c.version)

outbox = Table(
    "outbox",
    METADATA,
    Column("customer_id", _ID, primary_key=True),
    Column("version", _NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

item_numbers = Table(
    "item_numbers",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("item_id", _ID, nullable=False, unique=True),
)

catalogue_items = Table(
    "catalogue_items",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("version", _NUMBER, primary_key=True, autoincrement=False),
    Column("replaced_version", _NUMBER),
    Column("recorded_us", _NUMBER, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
_IS_CURRENT = text("replaced_version IS NULL")
Index(
    "catalogue_items_current",
    catalogue_items.c.number,
    sqlite_where=_IS_CURRENT,
    postgresql_where=_IS_CURRENT,
)

ownership_rules = Table(
    "ownership_rules",
    METADATA,
    Column("version", _NUMBER, primary_key=True, autoincrement=False),
    Column("recorded_us", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

promotions = Table(
    "promotions",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("kind", _ID, primary_key=True),
    Column("from_us", _NUMBER, primary_key=True, autoincrement=False),
    Column("until_us", _NUMBER, primary_key=True, autoincrement=False),
    Column("announced_us", _NUMBER, primary_key=True, autoincrement=False),
    Column("version", _NUMBER, primary_key=True, autoincrement=False),
    Column("replaced_version", _NUMBER),
    Column("recorded_us", _NUMBER, nullable=False),
    Column("withdrawn_us", _NUMBER),
    Column("share_millionths", _NUMBER, nullable=False),
    Column("discount_millionths", _NUMBER),
    Column("price_millionths", _NUMBER),
    sqlite_with_rowid=False,
)

api_keys = Table(
    "api_keys",
    METADATA,
    Column("prefix", _ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("created_us", _NUMBER, nullable=False),
    Column("revoked_us", _NUMBER),
    Column("signing_secret", LargeBinary),
)

receipts = Table(
    "receipts",
    METADATA,
    Column("decision_id", _ID, primary_key=True),
    Column("customer_id", _ID),
    Column("decided_us", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
receipts_of_customer = Index("receipts_of_customer", receipts.c.customer_id)

erased = Table(
    "erased",
    METADATA,
    Column("mark", _ID, primary_key=True),
    Column("seq", _NUMBER, nullable=False),
    Column("erased_us", _NUMBER, nullable=False),
    Column("reason", Text),
    Column("events", _NUMBER, nullable=False),
    Column("decisions", _NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

erased_decisions = Table(
    "erased_decisions",
    METADATA,
    Column("decision_id", _ID, primary_key=True),
    Column("erased_us", _NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

answered_requests = Table(
    "answered_requests",
    METADATA,
    Column("customer_id", _ID, primary_key=True),
    Column("request_id", _ID, primary_key=True),
    Column("decision_id", _ID, nullable=False),
    Column("until_us", _NUMBER),
    sqlite_with_rowid=False,
)

goodwill = Table(
    "goodwill",
    METADATA,
    Column("grant_id", _ID, primary_key=True),
    Column("customer_id", _ID, nullable=False),
    Column("by_staff", _NUMBER, nullable=False),
    Column("decision_id", _ID),
    Column("request_id", _ID),
    Column("action", _ID),
    Column("currency", Text),
    Column("millionths", _NUMBER, nullable=False),
    Column("granted_us", _NUMBER, nullable=False),
    Column("expires_us", _NUMBER),
    sqlite_with_rowid=False,
)
Index("goodwill_of_customer", goodwill.c.customer_id)

playbooks = Table(
    "playbooks",
    METADATA,
    Column("version", _ID, primary_key=True),
    Column("recorded_us", _NUMBER, nullable=False),
    Column("loaded_us", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
