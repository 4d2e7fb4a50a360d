"""The event log: the only system of record.

One object per process and database. It may be used from any thread.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.catalog.patching import ItemPatch
from recommender.catalog.promotion import Promotion
from recommender.catalog.promotions import Promotions
from recommender.errors import LogUnavailableError
from recommender.events.personal import PersonalData
from recommender.events.vocabulary import AnyEvent
from recommender.storage import api_keys, catalogue_items, playbooks, promotion_rows, reading
from recommender.storage.api_keys import KeyRecord
from recommender.storage.appending import AppendRequest, LogParts, Outcome, append_together
from recommender.storage.bulk import append_in_bulk
from recommender.storage.clock import to_microseconds, utc_now
from recommender.storage.content import prepare_event
from recommender.storage.databases import Database
from recommender.storage.erasing import Erasures
from recommender.storage.fingerprint import fingerprint
from recommender.storage.goodwill import Budget, BudgetsNow, spent_budgets, used_up_budgets
from recommender.storage.group_commit import Answer, GroupCommit
from recommender.storage.head import read_head
from recommender.storage.mentions import Named, NameKind, caught_up, named_by
from recommender.storage.numbers import ItemNumbers, number_items
from recommender.storage.order_lines import LoggedLines, read_order_lines
from recommender.storage.outbox import Outbox
from recommender.storage.playbooks import StoredPlaybook
from recommender.storage.profiles import profile_of
from recommender.storage.promotion_rows import PromotionsWritten
from recommender.storage.reading import History
from recommender.storage.receipts import StoredReceipt, put_receipts, receipts_of
from recommender.storage.results import AppendResult, BulkCount, ItemCount, LogStatistics, StoredEvent
from recommender.storage.schema import prepare_tables
from recommender.storage.terms import Terms, answered_by
from recommender.storage.write_check import WriteCheck
from recommender.types import CustomerId, DecisionId, ItemId, ItemNumber


class EventLog:
    """Everything that ever happened, in one SQL database. Open it with :meth:`open`.

    Every method raises :class:`~recommender.errors.LogUnavailableError` when the database does not answer; nothing
    that was to be written is then acknowledged, and sending it again is always safe.

    Attributes
    ----------
    numbers, log_id
        Live mapping from item id to permanent number; random name of this log, no two have the same.
    erasures
        Erasing customers, and who was erased.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from recommender.events.vocabulary import OrderLine, Purchase
    >>> order = Purchase(source="shop", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC),
    ...                  customer_id="ada", order_id="A1", lines=(OrderLine(item_id="mug"),))
    >>> folder = tempfile.TemporaryDirectory()
    >>> with EventLog.open(f"sqlite:///{folder.name}/log.db") as log:
    ...     [log.append([order])[0].status for _ in range(2)], dict(log.numbers), log.version_of("ada")
    (['accepted', 'duplicate'], {'mug': 0}, 1)
    >>> folder.cleanup()
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        identity = prepare_tables(database)
        caught_up(database)
        self.log_id = identity.log_id
        self._identity = identity
        self.numbers = ItemNumbers(database)
        self.erasures = Erasures.of_log(database, identity, clock)
        self._parts = LogParts(database, self.numbers, self.erasures.book)
        self._outbox = Outbox(database)
        self._write_check = WriteCheck(database)
        self._commits = GroupCommit(self._commit)

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime] = utc_now) -> "EventLog":
        """Open the log at ``url`` and create its tables when it is new.

        Parameters
        ----------
        url
            ``sqlite:////absolute/path/log.db`` or ``postgresql://user@host/database``.
        clock
            Says when an event is received.

        Raises
        ------
        LogUnavailableError
            It cannot be reached, is no database, or was written by another version of Rapport.
        """
        database = Database.open(url)
        try:
            return cls(database, clock)
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, refuse more, and close the connections."""
        self._commits.close()
        # What stays in the outbox is projected once more, which changes nothing.
        with contextlib.suppress(LogUnavailableError):
            self._outbox.flush()
        self._database.close()

    # Appending

    def append(self, events: Sequence[AnyEvent], *, atomic: bool = False) -> tuple[AppendResult, ...]:
        """Append events durably and return what became of each, in order.

        Concurrent calls share a commit. The same content again has no effect (``duplicate``); other content under
        the same identity is a ``conflict`` and is not written.

        Raises
        ------
        EventConflictError
            With ``atomic``: some event conflicts, so none was written.
        InvalidEventError
            An event cannot be stored at all; none was written.
        """
        return self.append_async(events, atomic=atomic).result()

    def append_if(self, events: Sequence[AnyEvent], terms: Terms) -> tuple[AppendResult, ...]:
        """Append events and what the terms bring, all of it durably or nothing; see :class:`Terms`.

        Raises
        ------
        CustomerMovedError
            The customer has another version; the error says which.
        RequestAnsweredError
            A decision has answered the request before; the error says which.
        GoodwillSpentError
            A budget has no room left.
        EventConflictError
            An event conflicts with one that is there.
        """
        return self.append_async(events, terms=terms).result()

    def append_async(
        self, events: Sequence[AnyEvent], *, atomic: bool = False, terms: Terms | None = None
    ) -> Answer:
        """Do as :meth:`append`, or :meth:`append_if`, and answer through a future: done when durable."""
        prepared = tuple(prepare_event(event, self._identity.seal_key) for event in events)
        return self._commits.submit(AppendRequest(prepared, atomic, terms))

    def append_bulk(self, events: Iterable[AnyEvent]) -> BulkCount:
        """Append any number of events in large transactions, for files; stopped anywhere, it may be repeated."""
        prepared = (prepare_event(event, self._identity.seal_key) for event in events)
        return append_in_bulk(self._parts, prepared, self._clock)

    def limit_goodwill(self, budgets: BudgetsNow) -> None:
        """From now on refuse every event that grants goodwill for which these budgets have no room, however it comes."""
        self._parts = replace(self._parts, budgets=budgets)

    @property
    def statistics(self) -> LogStatistics:
        """How many calls and events shared how many commits since the log was opened (bulk not counted)."""
        return self._commits.statistics

    def _commit(self, requests: Sequence[AppendRequest]) -> list[Outcome]:
        now_us = to_microseconds(self._clock())
        return append_together(self._parts, requests, now_us, self._outbox.take())

    # Reading

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

    def events_of_many(
        self, customer_ids: Sequence[CustomerId], *, until: datetime | None = None
    ) -> dict[CustomerId, list[AnyEvent]]:
        """Return the events of several customers before ``until``, each in fold order; an empty list for who has none."""
        return reading.events_of_many(self._database, customer_ids, until=until)

    def histories_of(
        self, customer_ids: Sequence[CustomerId], *, until: datetime | None = None
    ) -> dict[CustomerId, History]:
        """Do as :meth:`events_of_many`, each with the version that exactly these events make."""
        return reading.histories_of(self._database, customer_ids, until=until)

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

    def version_of(self, customer_id: CustomerId) -> int:
        """Return the ``seq`` of the customer's newest event; 0 when unknown."""
        return reading.version_of(self._database, customer_id)

    def customers_changed_after(self, seq: int) -> Iterator[tuple[CustomerId, int]]:
        """Yield customers with a version above ``seq``, and that version, ascending."""
        return reading.customers_changed_after(self._database, seq)

    def last_purchase(self) -> datetime | None:
        """Return when anybody last bought anything; None when nobody did. Reads through all events."""
        return reading.last_purchase(self._database)

    def customers_beyond_orders(self) -> set[CustomerId]:
        """Return who has an event that is neither purchase, return nor cancellation. Reads through all events."""
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

    def profile_of(self, customer_id: CustomerId) -> PersonalData:
        """Return name, email and phone of a customer, as far as they are known."""
        return profile_of(self._database, customer_id)

    def head(self) -> int:
        """Return the last ``seq``; 0 when the log is empty."""
        with self._database.read() as connection:
            return read_head(connection).seq

    def check_writable(self) -> None:
        """Return when the log can be written; cheap enough to ask often, as it really tries every few seconds only."""
        self._write_check.check()

    # Outbox

    def pending(self) -> list[tuple[CustomerId, int]]:
        """Return who is not projected yet, with the version to project, longest waiting first."""
        return self._outbox.pending()

    def projected(self, pairs: Iterable[tuple[CustomerId, int]]) -> None:
        """Note that customers are projected up to these versions. Cheap: written with the next commit."""
        self._outbox.projected(pairs)

    # Items

    def number_of(self, item_id: ItemId) -> ItemNumber | None:
        """Return the number of an item, or None when it has none."""
        return self.numbers.get(item_id)

    def ensure_numbers(self, item_ids: Iterable[ItemId]) -> list[ItemNumber]:
        """Return the numbers of items, giving one to each that has none."""
        wanted = list(item_ids)
        if any(item_id not in self.numbers for item_id in wanted):
            number_items(self._database, self.numbers, wanted)
        return [self.numbers[item_id] for item_id in wanted]

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Write the items that changed and return the version of the catalogue."""
        return catalogue_items.put_items(self._database, self.numbers, items, to_microseconds(self._clock()))

    def patch_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of known items; raises UnknownItemsError when one is not known, and writes nothing."""
        now_us = to_microseconds(self._clock())
        return catalogue_items.patch_items(self._database, self.numbers, patches, now_us)

    def upsert_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of items, and add those that are not known."""
        at_us = to_microseconds(self._clock())
        return catalogue_items.upsert_items(self._database, self.numbers, patches, at_us)

    def put_ownership(self, rules: Sequence[OwnershipRule]) -> int:
        """Replace the ownership rules and return the version of the catalogue."""
        return catalogue_items.put_ownership(self._database, rules, to_microseconds(self._clock()))

    def put_promotions(self, promotions: Iterable[Promotion]) -> PromotionsWritten:
        """Write the promotions that are new or corrected, in one transaction; see :mod:`recommender.catalog.promotion`."""
        now_us = to_microseconds(self._clock())
        return promotion_rows.put_promotions(self._database, self.numbers, promotions, now_us)

    def withdraw_promotions(self, kept: Collection[Promotion]) -> PromotionsWritten:
        """Call off, as of now, what has not ended and is not among ``kept``."""
        return promotion_rows.withdraw_promotions(self._database, self.numbers, kept, self._clock())

    def promotions(
        self, *, ending_after: datetime | None = None, at_version: int | None = None
    ) -> Promotions:
        """Return all promotions, or those that have not ended by a time; as of now, or of a version of the catalogue."""
        return promotion_rows.read_promotions(
            self._database, ending_after=ending_after, at_version=at_version
        )

    def catalogue(self, version: int | None = None) -> Catalogue:
        """Return the catalogue as it is now, or as it was when it had a version (NotFoundError: it never had)."""
        return catalogue_items.read_catalogue(self._database, self.numbers, version)

    def catalogue_version(self) -> int:
        """Return the version of the catalogue; cheap enough to ask every second."""
        return catalogue_items.catalogue_version(self._database)

    def item_history(self, item_id: ItemId) -> list[tuple[int, CatalogItem]]:
        """Return every version of an item with the catalogue version that brought it, oldest first."""
        return catalogue_items.item_history(self._database, item_id)

    # Keys

    def put_key(self, record: KeyRecord) -> None:
        """Write a new API key; raises ConflictError when another has its prefix."""
        api_keys.put_key(self._database, record)

    def keys(self) -> list[KeyRecord]:
        """Return every API key, revoked ones too, oldest first."""
        return api_keys.all_keys(self._database)

    def key_by_prefix(self, prefix: str) -> KeyRecord | None:
        """Return the API key with this prefix, or None."""
        return api_keys.key_by_prefix(self._database, prefix)

    def revoke_key(self, prefix: str) -> KeyRecord:
        """Revoke an API key now and return it; raises NotFoundError when there is none."""
        return api_keys.revoke_key(self._database, prefix, self._clock())

    # Decisions

    def seed_of(self, customer_id: CustomerId) -> int:
        """Return a number that is always the same for a customer of this log, and says nothing else of them."""
        return self._identity.seed_of(customer_id)

    def key_for(self, purpose: str) -> bytes:
        """Return a key to sign with, 32 bytes: always the same for a purpose and this log, and of no use for another."""
        return self._identity.key_for(purpose)

    def spent_budgets(self, customer_id: CustomerId, budgets: Sequence[Budget]) -> list[Budget]:
        """Return the budgets that have no room now for what is asked of them."""
        return spent_budgets(self._database, customer_id, budgets, to_microseconds(self._clock()))

    def used_up_budgets(self, customer_id: CustomerId, budgets: Sequence[Budget]) -> list[Budget]:
        """Return the budgets that have no room now, not even for what is left of the customer's own where that is less."""
        return used_up_budgets(self._database, customer_id, budgets, to_microseconds(self._clock()))

    def put_playbook(self, version: str, content: bytes) -> None:
        """Keep a playbook that is decided from as of now."""
        playbooks.put_playbook(self._database, version, content, self._clock())

    def playbook(self, version: str) -> StoredPlaybook | None:
        """Return a playbook that was decided from, or None."""
        return playbooks.playbook_of(self._database, version)

    def newest_playbook(self) -> StoredPlaybook | None:
        """Return the playbook that was loaded last, or None."""
        return playbooks.newest_playbook(self._database)

    def answered_by(self, customer_id: CustomerId, request_id: str) -> DecisionId | None:
        """Return the decision that has answered a request of a customer and still does, or None."""
        return answered_by(self._database, customer_id, request_id, to_microseconds(self._clock()))

    def put_receipts(self, receipts: Sequence[StoredReceipt]) -> None:
        """Write receipts durably in one transaction."""
        put_receipts(self._parts.erased, receipts)

    def receipt(self, decision_id: DecisionId) -> StoredReceipt | None:
        """Return the receipt of a decision, or None."""
        return self.receipts([decision_id]).get(decision_id)

    def receipts(self, decision_ids: Sequence[DecisionId]) -> dict[DecisionId, StoredReceipt]:
        """Return the receipts of decisions; those that have none are left out."""
        return receipts_of(self._database, decision_ids)
