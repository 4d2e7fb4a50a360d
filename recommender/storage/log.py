"""The event log: the only system of record.

One object per process and database. It may be used from any thread.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from recommender.errors import LogUnavailableError
from recommender.events.vocabulary import AnyEvent
from recommender.storage import api_keys
from recommender.storage.api_keys import KeyRecord
from recommender.storage.appending import AppendRequest, Claim, Outcome, append_together
from recommender.storage.bulk import append_in_bulk
from recommender.storage.clock import to_microseconds, utc_now
from recommender.storage.content import prepare_event
from recommender.storage.databases import WAIT_SECONDS, Database
from recommender.storage.goodwill import BudgetsNow
from recommender.storage.group_commit import Answer, GroupCommit
from recommender.storage.head import read_head
from recommender.storage.log_decisions import LogDecisions
from recommender.storage.log_events import LogEvents
from recommender.storage.log_items import LogItems
from recommender.storage.outbox import Outbox
from recommender.storage.results import AppendResult, BulkCount, LogStatistics
from recommender.storage.terms import Terms
from recommender.storage.write_check import WriteCheck
from recommender.types import CustomerId


class EventLog(LogEvents, LogItems, LogDecisions):
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
        super().__init__(database, clock)
        self._outbox = Outbox(database)
        self._write_check = WriteCheck(database)
        self._commits = GroupCommit(self._commit, database.wait_seconds)

    @classmethod
    def open(
        cls, url: str, *, clock: Callable[[], datetime] = utc_now, wait_seconds: float = WAIT_SECONDS
    ) -> "EventLog":
        """Open the log at ``url`` and create its tables when it is new.

        Parameters
        ----------
        url
            ``sqlite:////absolute/path/log.db`` or ``postgresql://user@host/database``.
        clock
            Says when an event is received.
        wait_seconds
            How long a write waits for the writes of others before it gives up.

        Raises
        ------
        LogUnavailableError
            It cannot be reached, is no database, or was written by another version of Rapport.
        """
        database = Database.open(url, wait_seconds)
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
        GoodwillSpentError, GoodwillGivenError
            A budget has no room left, or another decision gave for the complaint.
        EventConflictError
            An event conflicts with one that is there.
        """
        return self.append_async(events, terms=terms).result()

    def append_async(
        self, events: Sequence[AnyEvent], *, atomic: bool = False, terms: Terms | None = None
    ) -> Answer:
        """Do as :meth:`append`, or :meth:`append_if`, and answer through a future: done when durable.

        Cancelling it takes the request back, unless it is being written.
        """
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

    @property
    def wait_seconds(self) -> float:
        """How long whoever asks this log has patience with it."""
        return self._database.wait_seconds

    def _commit(self, claim: Claim) -> list[Outcome]:
        now_us = to_microseconds(self._clock())
        return append_together(self._parts, claim, now_us, self._outbox.take())

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
