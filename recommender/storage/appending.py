"""The critical section: deciding and writing events while the head of the log is locked.

Identity is (``source``, ``event_id``). The same content again has no effect; other content is a conflict and is
not written. ``seq`` has no gaps and grows in commit order; a customer's version is the ``seq`` of what changed them last: an
event of theirs, or of another subject that is one person with them.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, NestedTransaction, select

from recommender.errors import ConflictError, CustomerErasedError, EventConflictError
from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent
from recommender.storage.content import PreparedEvent, same_meaning
from recommender.storage.databases import Database
from recommender.storage.erased import ErasedBook
from recommender.storage.goodwill import BudgetsNow, GoodwillBook, no_budgets
from recommender.storage.goodwill_once import KINDS, told_of
from recommender.storage.head import lock_head, move_head
from recommender.storage.kin import Kin
from recommender.storage.links import write_links
from recommender.storage.mentions import rows_of, write_mentions
from recommender.storage.names import write_names
from recommender.storage.numbers import ItemNumbers, NewNumbers
from recommender.storage.outbox import forget_projected
from recommender.storage.results import AppendResult, AppendStatus
from recommender.storage.rows import Row, insert_rows, upsert_rows
from recommender.storage.tables import customers, events, outbox, profiles
from recommender.storage.terms import Terms, TermsDesk

Identity: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AppendRequest:
    """The events of one call; with ``atomic`` a single conflict refuses them all.

    ``terms`` must hold, otherwise nothing is written; they make the request atomic too.
    """

    events: tuple[PreparedEvent, ...]
    atomic: bool = False
    terms: Terms | None = None

    @property
    def is_atomic(self) -> bool:
        """Whether all events are written or none."""
        return self.atomic or self.terms is not None


Outcome: TypeAlias = tuple[AppendResult, ...] | ConflictError
"""What one request is answered: a result per event, or the conflict that refused an atomic one."""


Claim: TypeAlias = Callable[[], Sequence[AppendRequest]]
"""Says, once the log is ours, which requests still want to be written."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is already at an identity; ``content`` is None while it is only in the table."""

    seq: int
    digest: bytes
    seal: bytes | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class LogParts:
    """What every append of one log works with. Goodwill for which ``budgets`` have no room is refused."""

    database: Database
    numbers: ItemNumbers
    erased: ErasedBook
    budgets: BudgetsNow = no_budgets


class Verdict(NamedTuple):
    """What becomes of one event: its place in the log, or (0) the conflict that keeps it out."""

    event: PreparedEvent
    status: AppendStatus
    seq: int
    refused: ConflictError | None = None


_Decided: TypeAlias = list[Verdict] | ConflictError


class Append:
    """One append transaction: requests are decided one after the other, then written together."""

    def __init__(self, parts: LogParts, connection: Connection, received_us: int) -> None:
        database = parts.database
        self._database = database
        self._connection = connection
        self._erased_book = parts.erased
        self._erased: Set[str] = frozenset()
        self._head = lock_head(connection)
        self._seq = self._head.seq
        self._numbers = NewNumbers(parts.numbers, connection, self._head.items)
        self._known: dict[Identity, _Known] = {}
        self._accepted: list[Verdict] = []
        self._tried: list[PreparedEvent] = []
        self._versions: dict[str, int] = {}
        self._present: dict[str, int] = {}
        self._received_us = received_us
        self._budgets = parts.budgets
        self._kin = Kin(database, connection)
        self._goodwill = GoodwillBook(database, connection, received_us, self._kin.of)
        self._desk = TermsDesk(database, connection, self._goodwill, received_us)

    def decide(self, requests: Sequence[AppendRequest]) -> list[_Decided]:
        """Decide every request, in order; an atomic one with a conflict leaves no trace."""
        prepared = [event for request in requests for event in request.events]
        terms = [request.terms for request in requests if request.terms is not None]
        self._load_erased(prepared, terms)
        self._load_known(prepared)
        self._load_kin(prepared, terms)
        self._goodwill.load([move for event in prepared for move in event.goodwill])
        self._desk.load(terms)
        self._load_present({one.customer_id for one in terms})
        return [self._decide_one(request) for request in requests]

    def write(self) -> None:
        """Write what was accepted, and move the head."""
        self._desk.write()
        if not self._accepted:
            return
        rows = [_event_row(one.event, one.seq, self._received_us) for one in self._accepted]
        insert_rows(self._connection, events, rows)
        self._write_personal()
        self._write_links()
        self._write_mentions()
        self._numbers.ensure(item for one in self._accepted for item in one.event.item_ids)
        self._numbers.write(self._connection)
        self._write_versions()
        move_head(self._connection, replace(self._head.moved_to(self._seq), items=self._numbers.items))

    def outcomes(self, decided: Sequence[_Decided]) -> list[Outcome]:
        """Return the answer to each request."""
        self._load_versions(
            verdict for verdicts in decided if not isinstance(verdicts, ConflictError) for verdict in verdicts
        )
        return [
            verdicts if isinstance(verdicts, ConflictError) else tuple(self._result(one) for one in verdicts)
            for verdicts in decided
        ]

    def committed(self) -> None:
        """Publish the new item numbers to this process; call it when the transaction is durable."""
        self._numbers.committed()

    def _load_erased(self, prepared: Sequence[PreparedEvent], terms: Sequence[Terms]) -> None:
        """Find out who was erased; a log from which nobody ever was is not asked."""
        if self._head.erased_seq > 0:
            named = {subject for event in prepared for subject in event.subjects()}
            named |= {one.customer_id for one in terms}
            self._erased = self._erased_book.among(self._connection, named).keys()

    def _load_kin(self, prepared: Sequence[PreparedEvent], terms: Sequence[Terms]) -> None:
        named = {subject for event in prepared for subject in event.subjects()}
        self._kin.load(named | {one.customer_id for one in terms})

    def _load_known(self, prepared: Sequence[PreparedEvent]) -> None:
        by_source: dict[str, list[str]] = {}
        for event in prepared:
            by_source.setdefault(event.source, []).append(event.event_id)
        for source, event_ids in by_source.items():
            query = select(events.c.event_id, events.c.seq, events.c.digest, events.c.seal).where(
                events.c.source == source, self._database.among(events.c.event_id, event_ids)
            )
            for event_id, seq, digest, seal in self._connection.execute(query):
                self._known[source, event_id] = _Known(seq, digest, seal, None)

    def _decide_one(self, request: AppendRequest) -> _Decided:
        terms = request.terms
        if terms is not None:
            if terms.customer_id in self._erased:
                return CustomerErasedError()
            refused = self._desk.judge(terms, self._present_version(terms.customer_id))
            if refused is not None:
                return refused
        added: dict[Identity, _Known] = {}
        self._tried.clear()
        # What terms bring is counted by their own budgets.
        budgets = no_budgets if terms is not None and terms.budgets else self._budgets
        with self._all_or_nothing(request) as point:
            verdicts = [self._judge(event, added, budgets) for event in request.events]
            refused = next((one.refused for one in verdicts if one.refused is not None), None)
            if request.is_atomic and refused is not None:
                if point is not None:
                    point.rollback()
                return refused
        self._accept([one for one in verdicts if one.status == "accepted"], added)
        if terms is not None:
            self._desk.hold(terms)
        return verdicts

    @contextlib.contextmanager
    def _all_or_nothing(self, request: AppendRequest) -> Iterator[NestedTransaction | None]:
        """Give the point to which goodwill is rolled back when a later event refuses an atomic request."""
        if not (request.is_atomic and any(event.goodwill for event in request.events)):
            yield None
            return
        point = self._connection.begin_nested()
        yield point
        if point.is_active:
            point.commit()

    def _accept(self, accepted: Sequence[Verdict], added: dict[Identity, _Known]) -> None:
        self._known |= added
        self._seq += len(added)
        self._accepted += accepted
        for one in accepted:
            self._versions |= dict.fromkeys(self._kin.moved_by(one.event), one.seq)

    def _present_version(self, customer_id: str) -> int:
        """Return a customer's version with what this transaction has accepted so far."""
        return self._versions.get(customer_id, self._present.get(customer_id, 0))

    def _judge(self, event: PreparedEvent, added: dict[Identity, _Known], budgets: BudgetsNow) -> Verdict:
        if not self._erased.isdisjoint(event.subjects()):
            return Verdict(event, "suppressed", 0, _erased_error(event))
        identity = (event.source, event.event_id)
        known = self._known.get(identity) or added.get(identity)
        if known is None:
            refused = self._goodwill.move(event.goodwill, self._told, budgets) if event.goodwill else None
            if refused is not None:
                return Verdict(event, "conflict", 0, refused)
            self._tried.append(event)
            seq = self._seq + len(added) + 1
            added[identity] = _Known(seq, event.digest, event.seal, event.content)
            return Verdict(event, "accepted", seq)
        if self._is_repeat(event, known):
            return Verdict(event, "duplicate", known.seq)
        return Verdict(event, "conflict", 0, conflict_error(event))

    def _told(self, customer_id: str) -> list[AnyEvent]:
        """Return what a person's events say of goodwill for complaints, those that this transaction is to write last."""
        unwritten, subjects = (
            (*(one.event for one in self._accepted), *self._tried),
            self._kin.of(customer_id),
        )
        meant = (one for one in unwritten if one.customer_id in subjects and one.kind in KINDS)
        return [*told_of(self._connection, subjects), *(decode_event(one.content) for one in meant)]

    def _is_repeat(self, event: PreparedEvent, known: _Known) -> bool:
        if event.seal != known.seal:
            return False
        if event.digest == known.digest:
            return True
        content = known.content
        if content is None:
            query = select(events.c.content).where(events.c.seq == known.seq)
            content = self._connection.execute(query).scalar_one()
        return same_meaning(event.content, content)

    def _write_personal(self) -> None:
        rows = [
            (seq, event.customer_id, event.personal.name, event.personal.email, event.personal.phone)
            for event, _, seq, _ in self._accepted
            if event.personal is not None
        ]
        insert_rows(self._connection, profiles, rows)
        write_names(self._connection, rows)

    def _write_links(self) -> None:
        linked = [
            (one.event.customer_id, one.event.other_id, one.seq)
            for one in self._accepted
            if one.event.other_id is not None
        ]
        if linked:
            write_links(self._connection, linked)
            self._versions = self._kin.relinked(self._versions)

    def _write_mentions(self) -> None:
        named = (rows_of(one.event.mentions, one.event.customer_id, one.seq) for one in self._accepted)
        write_mentions(self._connection, [row for rows in named for row in rows])

    def _write_versions(self) -> None:
        rows = sorted(self._versions.items())
        upsert_rows(self._connection, customers, rows)
        upsert_rows(self._connection, outbox, rows)

    def _load_versions(self, verdicts: Iterable[Verdict]) -> None:
        missing: set[str] = set()
        for one in verdicts:
            missing |= self._kin.moved_by(one.event) | self._kin.others_of(one.event)
        self._versions |= self._versions_of(missing - self._versions.keys())

    def _load_present(self, customer_ids: set[str]) -> None:
        self._present |= self._versions_of(customer_ids)

    def _versions_of(self, customer_ids: Set[str]) -> dict[str, int]:
        if not customer_ids:
            return {}
        is_meant = self._database.among(customers.c.customer_id, sorted(customer_ids))
        query = select(customers.c.customer_id, customers.c.version).where(is_meant)
        return dict(self._connection.execute(query).all())

    def _result(self, one: Verdict) -> AppendResult:
        event, refused = one.event, one.refused
        version = 0 if event.customer_id is None else self._versions.get(event.customer_id, 0)
        message = "" if refused is None else str(refused)
        others = [(who, self._versions[who]) for who in self._kin.others_of(event) if who in self._versions]
        return AppendResult(
            event.source,
            event.event_id,
            one.status,
            event.customer_id,
            version,
            message,
            one.seq,
            refused,
            tuple(sorted(others)),
        )


def conflict_error(event: PreparedEvent) -> EventConflictError:
    """Return the error for an identity that was already written with other content."""
    return EventConflictError(
        f"event {event.event_id!r} of source {event.source!r} was already written with other content",
        expected="the same content, or another event_id",
        remedy="send a correction as an event of its own",
    )


def _erased_error(event: PreparedEvent) -> CustomerErasedError:
    found = f"source {event.source}, event_id {event.event_id}"
    if event.other_id is None:
        return CustomerErasedError("the customer of this event was erased", found=found)
    return CustomerErasedError("a customer of this link was erased", found=found)


def append_together(
    parts: LogParts,
    claim: Claim,
    received_us: int,
    projected: Sequence[tuple[str, int]] = (),
) -> list[Outcome]:
    """Append the requests that are claimed in one durable transaction and answer each.

    Waiting for the log may take long, so that they are claimed when it is ours. ``projected`` are rows of the outbox that are done with; they leave in the same transaction.

    Raises
    ------
    LogUnavailableError
        Nothing of any request was written, as far as the database can tell.
    """
    with parts.database.write() as connection:
        append = Append(parts, connection, received_us)
        forget_projected(connection, projected)
        decided = append.decide(claim())
        append.write()
        outcomes = append.outcomes(decided)
    append.committed()
    return outcomes


def _event_row(event: PreparedEvent, seq: int, received_us: int) -> Row:
    return (
        seq,
        event.source,
        event.event_id,
        event.customer_id,
        event.kind,
        event.occurred_us,
        received_us,
        event.digest,
        event.seal,
        event.content,
    )
