"""What the log has of its events: of one customer, of many, by name and by place."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from recommender.customers.calling import Asked
from recommender.events.personal import PersonalData
from recommender.storage import people, reading
from recommender.storage.fingerprint import fingerprint
from recommender.storage.kept import KeptRow, kept_of
from recommender.storage.links import person_of
from recommender.storage.mentions import Named, NameKind, caught_up, named_by
from recommender.storage.names import CalledSo, called_so
from recommender.storage.opened_log import OpenedLog
from recommender.storage.order_lines import LoggedLines, read_order_lines
from recommender.storage.profiles import profile_of
from recommender.storage.reading import History
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId


class LogEvents(OpenedLog):
    """Reads events of one log."""

    def events_of(
        self,
        customer_id: CustomerId,
        *,
        until: datetime | None = None,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return a customer's events in fold order: before ``until``, of these ``kinds``, the newest ``limit``."""
        return reading.events_of(self._database, customer_id, until=until, kinds=kinds, limit=limit)

    def histories_of(
        self, customer_ids: Sequence[CustomerId], *, until: datetime | None = None, up_to: int | None = None
    ) -> dict[CustomerId, History]:
        """Return what is known of several customers, each with all subjects that are one person with them; see :func:`.reading.histories_of`."""
        return reading.histories_of(self._database, customer_ids, until=until, up_to=up_to)

    def events_of_person(
        self,
        customer_id: CustomerId,
        *,
        until: datetime | None = None,
        kinds: Collection[str] | None = None,
        up_to: int | None = None,
    ) -> list[StoredEvent]:
        """Return the events of all subjects of a person, in fold order; see :func:`.reading.events_of_person`."""
        return reading.events_of_person(self._database, customer_id, until=until, kinds=kinds, up_to=up_to)

    def stand_ins(self, *, until: datetime | None = None) -> dict[CustomerId, CustomerId]:
        """Return of everybody who is one person with others the subject that stands for the person; see :func:`.reading.stand_ins`."""
        return reading.stand_ins(self._database, until=until)

    def event(self, source: str, event_id: str) -> StoredEvent | None:
        """Return the event with this identity, or None."""
        return reading.event_at(self._database, source, event_id)

    def named_by(
        self, kind: NameKind, name: str, *, after: CustomerId | None = None, limit: int, most_events: int
    ) -> Named:
        """Return whose events name an order or a serial number, a page of customers; see :func:`.mentions.named_by`."""
        caught_up(self._database)
        return named_by(self._database, (kind, name), after=after, limit=limit, most_events=most_events)

    def events_at(self, seqs: Sequence[int]) -> list[StoredEvent]:
        """Return the events at some places in the log, by place; those that are not there are left out."""
        return reading.events_at(self._database, seqs)

    def has_change_at(self, seq: int) -> bool:
        """Whether a place in the log is that of an event that is there, or of an erasure."""
        return reading.has_change_at(self._database, seq)

    def version_of(self, customer_id: CustomerId) -> int:
        """Return the place in the log of what changed a customer last: an event of theirs or of another subject of the person; 0 when unknown."""
        return reading.version_of(self._database, customer_id)

    def known_among(self, customer_ids: Sequence[CustomerId]) -> set[CustomerId]:
        """Return those of some customers of whom there is an event."""
        return reading.known_among(self._database, customer_ids)

    def customers_changed_after(self, seq: int) -> Iterator[tuple[CustomerId, int]]:
        """Yield customers with a version above ``seq``, and that version, ascending."""
        return reading.customers_changed_after(self._database, seq)

    def last_purchase(self) -> datetime | None:
        """Return when anybody last bought anything; None when nobody did. Reads through all events."""
        return reading.last_purchase(self._database)

    def first_known_purchase(self) -> datetime | None:
        """Return when a customer first bought anything; None when only guests did, or nobody. Reads through all events."""
        return reading.first_known_purchase(self._database)

    def customers_beyond_orders(self) -> set[CustomerId]:
        """Return who has an event that is neither purchase, return nor cancellation, or is linked with somebody. Reads through all events."""
        return reading.customers_beyond_orders(self._database)

    def customers_told(self, kinds: Collection[str]) -> list[CustomerId]:
        """Return who has an event of one of these kinds, ascending. Reads through all events."""
        return reading.customers_told(self._database, kinds)

    def order_lines(
        self, *, until: datetime | None = None, customers: Sequence[CustomerId] | None = None
    ) -> LoggedLines:
        """Return the order lines before ``until`` as columns, of everybody or of some customers."""
        return read_order_lines(self._database, self.numbers, until=until, only=customers)

    def fingerprint(self, until: datetime | None = None) -> str:
        """Return the name of the set of events before ``until``: equal data, equal name, in any home."""
        return fingerprint(self._database, until)

    def kept_of(self, customer_id: CustomerId) -> Iterator[KeptRow]:
        """Yield everything that is kept of a customer, as of one moment; see :func:`.kept.kept_of`."""
        people.caught_up(self._database)
        yield from kept_of(self._database, customer_id)

    def person_of(self, customer_id: CustomerId) -> list[CustomerId]:
        """Return the other subjects that active links say are the same person, ascending; see :func:`.links.person_of`."""
        people.caught_up(self._database)
        return person_of(self._database, customer_id)

    def called_so(self, asked: Asked, *, after: CustomerId | None, limit: int) -> CalledSo:
        """Return who is called so, a page of customers; see :func:`.names.called_so`."""
        people.caught_up(self._database)
        return called_so(self._database, asked, after=after, limit=limit)

    def profile_of(self, customer_id: CustomerId) -> PersonalData:
        """Return name, email and phone of a customer, as far as they are known."""
        return profile_of(self._database, customer_id)
