"""What lasts: the SQL event log, the only system of record, and the state store that can be rebuilt from it.

Only this room imports SQLAlchemy and redis. Import from its files (``recommender.storage.log``, ...); this page stays
empty, so that a command that needs one of them does not load the other.
"""
