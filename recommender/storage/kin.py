"""Whose versions one append transaction moves besides those of the customers it names: of everybody who is one person with them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from recommender.storage.content import PreparedEvent
from recommender.storage.databases import Database
from recommender.storage.links import Persons, persons_of


class Kin:
    """Who is one person with whom, before an append transaction and, where it links or parts somebody, after."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._before = Persons()
        self._after = Persons()

    def load(self, customer_ids: Iterable[str]) -> None:
        """Read who is one person with these; call it before anything is written."""
        asked = set(customer_ids)
        if asked:
            self._before = self._after = persons_of(self._database, self._connection, asked)

    def moved_by(self, event: PreparedEvent) -> set[str]:
        """Return everybody whom an event changes, by the links before this transaction."""
        return self._before.everybody(_linked_by(event))

    def relinked(self, versions: Mapping[str, int]) -> dict[str, int]:
        """Read the links again when new ones are written, and return the versions of everybody whom they and the events change.

        ``versions`` are those of whom this transaction has changed by now.
        """
        self._after = persons_of(self._database, self._connection, versions)
        moved = dict(versions)
        for customer_id, version in versions.items():
            for other in self._after.of(customer_id):
                moved[other] = max(version, moved.get(other, 0))
        return moved

    def of(self, customer_id: str) -> tuple[str, ...]:
        """Return all subjects of a customer's person, by the links before this transaction."""
        return self._before.of(customer_id)

    def others_of(self, event: PreparedEvent) -> set[str]:
        """Return whom an event changes besides its own customer, by the links before and after."""
        subjects = _linked_by(event)
        return (self._before.everybody(subjects) | self._after.everybody(subjects)) - {event.customer_id}


def _linked_by(event: PreparedEvent) -> tuple[str, ...]:
    """Return the subjects of an event; a link by nobody known changes nobody."""
    return () if event.customer_id is None else event.subjects()
