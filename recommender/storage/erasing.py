"""Erasing a customer: the one operation that removes events. One transaction, under the lock of the head.

Everything that names the customer goes. What stays is a keyed hash (:mod:`recommender.storage.erased`), the ids of
their decisions without anything else, what was granted to them as a sum that names nobody, and until the state store was
told a row of the outbox.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, tuple_, update

from recommender.events.codec import decode_event, encode_event
from recommender.events.vocabulary import Identify, Unlink
from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.content import digest_of
from recommender.storage.databases import Database
from recommender.storage.erased import ErasedBook, Erasure
from recommender.storage.head import Head, lock_head, move_head, read_head
from recommender.storage.links import REDACTED, person_of, persons_of, remove_links
from recommender.storage.mentions import mentions_of
from recommender.storage.outbox import forget_projected
from recommender.storage.receipts import erased_among
from recommender.storage.rows import upsert_rows
from recommender.storage.schema import LogIdentity
from recommender.storage.tables import (
    IS_LINK,
    answered_requests,
    customers,
    erased,
    erased_decisions,
    events,
    goodwill,
    mentions,
    names,
    outbox,
    profiles,
    receipts,
)
from recommender.storage.tables import links as table_of_links
from recommender.types import CustomerId, DecisionId

PURPOSE: Final = "erased customers"
"""Of the key under which ids of erased customers are hashed."""

NOBODY: Final = ""
"""The customer of goodwill that was granted to somebody erased; ids have at least one character."""

_OWN: Final = (events, profiles, names, customers, receipts, answered_requests)
_TOGETHER: Final = 1_000


@dataclass(frozen=True, slots=True)
class KnownOf:
    """What an erasure of a customer would remove.

    Attributes
    ----------
    events, decisions
        How many.
    linked
        Other subjects that active links say are the same person, ascending; they are not erased with this one.
    """

    events: int
    decisions: int
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erasures:
    """Erasing from one log, and who was erased."""

    book: ErasedBook
    clock: Callable[[], datetime]

    @classmethod
    def of_log(cls, database: Database, identity: LogIdentity, clock: Callable[[], datetime]) -> "Erasures":
        """Return those of one log: its own key hashes the ids."""
        return cls(ErasedBook(database, identity.key_for(PURPOSE)), clock)

    def erase(self, customer_id: CustomerId, reason: str | None = None) -> tuple[Erasure, bool]:
        """Remove a customer durably, all or nothing, and keep their events out from then on.

        Return what stays, and whether that is new: again it changes nothing. Whoever is not known is kept out all the same.
        """
        return erase_customer(self.book, customer_id, reason, to_microseconds(self.clock()))

    def lift(self, customer_id: CustomerId) -> bool:
        """Let a customer's events in again, who came back; return whether they were kept out. Nothing else comes back."""
        return lift_erasure(self.book, customer_id)

    def of(self, customer_id: CustomerId) -> Erasure | None:
        """Return how a customer was erased, or None."""
        return self.book.of(customer_id)

    def among(self, customer_ids: Collection[CustomerId]) -> set[CustomerId]:
        """Return those of some customers who were erased."""
        with self.book.database.read() as connection:
            return {CustomerId(one) for one in self.book.among(connection, set(customer_ids))}

    def decisions(self, decision_ids: Sequence[DecisionId]) -> dict[DecisionId, datetime]:
        """Return those of some decisions whose customer was erased, with the time."""
        return erased_among(self.book.database, decision_ids)

    def known_of(self, customer_id: CustomerId) -> KnownOf:
        """Return what an erasure would remove."""
        return known_of(self.book.database, customer_id)

    def last_seq(self) -> int:
        """Return the place in the log of the last erasure, 0 when there was none; cheap enough to ask every second."""
        return self.book.last_seq()

    def told(self, customer_id: CustomerId, seq: int) -> None:
        """Note that the state store was told of an erasure: the last rows with the id, and with those of the person, go."""
        take_out(self.book.database, customer_id, seq)


def known_of(database: Database, customer_id: CustomerId) -> KnownOf:
    """Return what is known of a customer."""
    own = select(func.count()).where(events.c.customer_id == customer_id)
    decided = select(func.count()).where(receipts.c.customer_id == customer_id)
    with database.read() as connection:
        known = int(connection.execute(own).scalar_one())
        decisions = int(connection.execute(decided).scalar_one())
    return KnownOf(known, decisions, tuple(person_of(database, customer_id)))


def erase_customer(
    book: ErasedBook, customer_id: CustomerId, reason: str | None, now_us: int
) -> tuple[Erasure, bool]:
    """Remove a customer, and return what stays of it and whether that is new; again it changes nothing."""
    with (
        book.database.read() as connection
    ):  # before anybody has to wait: links are not indexed by whom they name
        seen = read_head(connection).seq
        links = _links_to(connection, customer_id)
    with book.database.write_over() as connection:
        head = lock_head(connection)
        book.wait_for_receipts(connection)
        leaving = _Leaving(connection, customer_id, now_us)
        linked = leaving.linked()
        together = persons_of(book.database, connection, linked)
        links |= _links_to(connection, customer_id, since=seen)
        before = book.find(connection, customer_id)
        removed = leaving.remove(links)
        if before is not None and not removed.was_known:
            return before, False
        # Whoever was one person with them was so by some of these; of too many some may be one person now.
        parted = persons_of(book.database, connection, linked)
        others = parted.everybody(one for one in linked if parted.of(one) != together.of(one))
        erasure = _noted(before, replace(removed, seq=head.seq + 1, reason=reason))
        _write(connection, book.mark_of(customer_id), erasure)
        leaving.put_out(erasure.seq, others, linked)
        move_head(connection, _moved(head))
    return erasure, before is None


def lift_erasure(book: ErasedBook, customer_id: CustomerId) -> bool:
    """Let a customer's events in again; return whether they were kept out."""
    with book.database.write_over() as connection:
        lock_head(connection)
        done = connection.execute(delete(erased).where(erased.c.mark == book.mark_of(customer_id)))
        return done.rowcount > 0


def take_out(database: Database, customer_id: CustomerId, seq: int) -> None:
    """Take an erased customer out of the outbox, and who was folded anew with that: the state store was told."""
    with database.write_over() as connection:
        lock_head(connection)
        with_them = select(outbox.c.customer_id).where(outbox.c.version == seq)
        changed = [(other, seq) for other in connection.execute(with_them).scalars()]
        forget_projected(connection, [(customer_id, seq), *changed])


def _moved(head: Head) -> Head:
    """An erasure has a place of its own in the log: who was brought up to date before it is told by that."""
    return replace(head.moved_to(head.seq + 1), erased_seq=head.seq + 1)


def _noted(before: Erasure | None, now: Erasure) -> Erasure:
    """Return what stays: of somebody erased before, in whom an older version of Rapport let events in since, the first word."""
    if before is None:
        return now
    return replace(
        before, seq=now.seq, events=before.events + now.events, decisions=before.decisions + now.decisions
    )


def _write(connection: Connection, mark: str, erasure: Erasure) -> None:
    erased_us = to_microseconds(erasure.erased_at)
    row = (mark, erasure.seq, erased_us, erasure.reason, erasure.events, erasure.decisions)
    upsert_rows(connection, erased, [row])


def _links_to(connection: Connection, customer_id: str, *, since: int = 0) -> dict[int, Identify | Unlink]:
    """Return the links of others that name a customer, after a place in the log, each by its own."""
    query = select(events.c.seq, events.c.content).where(IS_LINK, events.c.seq > since)
    found: dict[int, Identify | Unlink] = {}
    for seq, content in connection.execute(query.order_by(events.c.seq)):
        event = decode_event(content)
        if isinstance(event, Identify | Unlink) and event.other_id == customer_id != event.customer_id:
            found[seq] = event
    return found


@dataclass(frozen=True, slots=True)
class _Leaving:
    """The statements of one erasure."""

    connection: Connection
    customer_id: str
    now_us: int

    def remove(self, links: Mapping[int, Identify | Unlink]) -> Erasure:
        """Remove all that names the customer, and say how much it was."""
        decisions = self._keep_decision_ids()
        self._remove_mentions()
        remove_links(self.connection, self.customer_id)
        self._name_nobody_in_goodwill()
        for seq, link in links.items():
            self._redact(seq, link)
        removed = {table.name: self._remove(table, self._is_own(table)) for table in _OWN}
        count = removed["events"] + len(links)
        return Erasure(0, from_microseconds(self.now_us), None, count, decisions)

    def linked(self) -> set[str]:
        """Return whom the customer was ever linked with."""
        others = select(table_of_links.c.other).where(table_of_links.c.subject == self.customer_id)
        return {*self.connection.execute(others.distinct()).scalars()}

    def put_out(self, seq: int, others: Collection[str], linked: Collection[str]) -> None:
        """Have the state store told, by this process or, should it end now, by any other.

        ``others`` were one person with the customer: what they are known by is less from now on. Of whom nothing is known but
        that they were ``linked``, nothing is.
        """
        known = self._known_among(sorted({*others, *linked}))
        unknown = {*others, *linked} - known
        for other in unknown:
            self._remove(customers, customers.c.customer_id == other)
        upsert_rows(
            self.connection, customers, [(other, seq) for other in sorted(known.intersection(others))]
        )
        told = {self.customer_id, *others, *unknown}
        upsert_rows(self.connection, outbox, [(one, seq) for one in sorted(told)])

    def _known_among(self, subjects: Sequence[str]) -> set[str]:
        """Return those of some subjects who have an event of their own, or a link."""
        found: set[str] = set()
        for column in (events.c.customer_id, table_of_links.c.subject):
            for start in range(0, len(subjects), _TOGETHER):
                is_meant = column.in_(subjects[start : start + _TOGETHER])
                found |= {*self.connection.execute(select(column).where(is_meant).distinct()).scalars()}
        return found

    def _is_own(self, table: Table) -> ColumnElement[bool]:
        return table.c.customer_id == self.customer_id

    def _remove(self, table: Table, is_meant: ColumnElement[bool]) -> int:
        return int(self.connection.execute(delete(table).where(is_meant)).rowcount)

    def _keep_decision_ids(self) -> int:
        """Whoever asks for a decision, or has it replayed, is told why that cannot be."""
        query = select(receipts.c.decision_id).where(self._is_own(receipts))
        rows = [(decision_id, self.now_us) for decision_id in self.connection.execute(query).scalars()]
        upsert_rows(self.connection, erased_decisions, rows)
        return len(rows)

    def _remove_mentions(self) -> None:
        """By their names, which are the index."""
        query = select(events.c.content).where(self._is_own(events))
        contents = self.connection.execute(query).scalars()
        named = sorted({one for content in contents for one in mentions_of(decode_event(content))})
        for start in range(0, len(named), _TOGETHER):
            is_named = tuple_(mentions.c.kind, mentions.c.name).in_(named[start : start + _TOGETHER])
            self._remove(mentions, is_named & self._is_own(mentions))

    def _name_nobody_in_goodwill(self) -> None:
        """The money was spent, or is kept until its reservation runs out: budgets go on counting it."""
        grants = self.connection.execute(select(goodwill.c.grant_id).where(self._is_own(goodwill))).scalars()
        for grant_id in grants.all():
            unnamed = {
                "grant_id": f"{REDACTED}/{secrets.token_hex(12)}",
                "customer_id": NOBODY,
                "decision_id": None,
                "request_id": None,
            }
            self.connection.execute(update(goodwill).where(goodwill.c.grant_id == grant_id).values(unnamed))

    def _redact(self, seq: int, link: Identify | Unlink) -> None:
        """Somebody else's link stays, without the name, as an event of theirs."""
        if isinstance(link, Identify):
            content = encode_event(msgspec.structs.replace(link, other_id=REDACTED, evidence=None))
        else:
            content = encode_event(msgspec.structs.replace(link, other_id=REDACTED, reason=None))
        values = {"content": content, "digest": digest_of(content)}
        self.connection.execute(update(events).where(events.c.seq == seq).values(values))
