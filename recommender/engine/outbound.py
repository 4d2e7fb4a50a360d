"""Answering a request once: decide, reserve and write the receipt together, or decide again.

The customer's version in the log is compared and set: whoever decided from an older state writes nothing and decides
anew, so that caps hold however many ask at once. The same request again gets the same slate less what the gates forbid
by then. What a contact limit pushed out is decided again when the limit opens. A contact that came back reached nobody: it
is reserved again, as one whose reservation ran out, or not said.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import msgspec

from recommender.customers.dealings import Contact
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision
from recommender.decisions.receipts import Receipt, decode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.engine.appending import AppendPath
from recommender.engine.deciding import Deciding
from recommender.engine.gating_again import still_allowed
from recommender.engine.reading import StateReading
from recommender.engine.reservation import Reservation
from recommender.engine.snapshots import Snapshot
from recommender.engine.turns import Turns
from recommender.errors import (
    ConflictError,
    CrowdedError,
    CustomerMovedError,
    GoodwillRefusedError,
    InvalidRequestError,
    RequestAnsweredError,
)
from recommender.events.vocabulary import AnyEvent
from recommender.storage.clock import from_microseconds
from recommender.storage.log import EventLog
from recommender.storage.terms import Terms
from recommender.types import CustomerId, DecisionId

ATTEMPTS: Final = 12
"""How often a customer may change while a request of theirs is decided."""

_SHORTEST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """The answer to one request.

    Attributes
    ----------
    decision
        What was decided, now or the first time. Of a repeat that leaves something out ``next_s`` says when a contact limit
        lets that be said again.
    ranks
        Ranks of the actions that may be said, from 1, ascending; all of them in a first answer.
    reserved_until
        Until when the contact is kept for this request; None: nothing is reserved.
    sent_at
        When the contact of this request went out; None: it did not, or nobody reported it.
    is_repeat
        Whether the request was answered before.
    """

    decision: Decision
    ranks: tuple[int, ...]
    reserved_until: datetime | None = None
    is_repeat: bool = False
    sent_at: datetime | None = None


@dataclass(slots=True)
class _Case:
    """One request on its way; goodwill that turned out to be spent is left out of the next attempt.

    ``spent`` counts how often it did, by action.
    """

    customer_id: CustomerId
    request: DecisionRequest
    request_id: str
    snapshot: Snapshot
    spent: Counter[str] = field(default_factory=Counter)

    def asked(self) -> DecisionRequest:
        """Return the request as it is to be decided."""
        return replace(self.request, without_goodwill=tuple(sorted(self.spent)))

    def affordable(self, decision: Decision, ranks: tuple[int, ...]) -> tuple[int, ...]:
        """Return the ranks of a slate whose goodwill is not known to be spent: what was written cannot offer less.

        Of several that share a budget, the last ones are left out first.
        """
        spent, kept = self.spent.copy(), list[int]()
        for rank in reversed(ranks):
            one = decision.actions[rank - 1]
            if one.amount > 0 and spent[one.action_id] > 0:
                spent[one.action_id] -= 1
            else:
                kept.append(rank)
        return tuple(reversed(kept))


class Outbound:
    """Answers requests that have an id, for all customers of one log."""

    def __init__(
        self, log: EventLog, reading: StateReading, appending: AppendPath, deciding: Deciding
    ) -> None:
        self._log = log
        self._reading = reading
        self._appending = appending
        self._deciding = deciding
        self._turns = Turns()

    async def answer(
        self, customer_id: CustomerId, request: DecisionRequest, snapshot: Snapshot
    ) -> RequestAnswer:
        """Answer a request that has an id.

        Raises
        ------
        InvalidRequestError
            It does not fit, or has no ``request_id``.
        ConflictError
            Its id was used for another channel.
        CrowdedError
            The customer changed too often; nothing is reserved.
        LogUnavailableError
            Nothing could be written; nothing is reserved.
        """
        case = _Case(customer_id, request, _request_id_of(request), snapshot)
        async with self._turns.of(customer_id):
            for attempt in range(ATTEMPTS):
                try:
                    return await self._try(case)
                except GoodwillRefusedError as error:
                    case.spent[error.action] += 1
                except (CustomerMovedError, RequestAnsweredError):
                    await asyncio.sleep(self._pause_seconds(attempt))
        raise CrowdedError(ATTEMPTS)

    async def _try(self, case: _Case) -> RequestAnswer:
        # In this order: who finds an answer finds the contact that it reserved, too.
        known, version = await asyncio.to_thread(self._known, case.customer_id, case.request_id)
        state = await self._reading.read_at_least(case.customer_id, version)
        return await (self._first(case, state, None) if known is None else self._again(case, state, known))

    def _known(self, customer_id: CustomerId, request_id: str) -> tuple[DecisionId | None, int]:
        """Return what answers a request, and the customer's version after that."""
        return self._log.answered_by(customer_id, request_id), self._log.version_of(customer_id)

    async def _first(self, case: _Case, state: CustomerState, instead_of: DecisionId | None) -> RequestAnswer:
        now = self._deciding.now()
        request = case.asked()
        decision = self._deciding.decide(state, request, case.snapshot, now, case.customer_id)
        reservation = self._reservation(case, request, decision, now, state)
        await self._write(reservation.events(self._log.numbers), reservation.terms(state.version, instead_of))
        return RequestAnswer(decision, _all_ranks(decision), reservation.reserved_until)

    async def _again(self, case: _Case, state: CustomerState, known: DecisionId) -> RequestAnswer:
        stored = await asyncio.to_thread(self._log.receipt, known)
        contact = _contact_of(state, case.request_id, known)
        if stored is None or (contact is not None and contact.status == "released"):
            return await self._first(case, state, known)
        receipt = decode_receipt(stored.content)
        _check_same_channel(case, receipt)
        now = self._deciding.now()
        decision = receipt.decision
        allowed = still_allowed(receipt, state, case.snapshot, self._deciding, (case.customer_id, now))
        ranks = case.affordable(decision, allowed.ranks)
        if len(allowed.ranks) < len(decision.actions):
            decision = msgspec.structs.replace(decision, next_s=allowed.next_s)
        if ranks and contact is not None and _came_back_just_now(contact, now):
            # Dated before its bounce, or with it, a reservation would not count.
            waiting = msgspec.structs.replace(decision, next_s=_bounced_s(contact) + 1)
            return RequestAnswer(waiting, (), is_repeat=True)
        if contact is not None and not _is_over(contact, now):
            until, sent_at = _kept_until(contact), _sent_at(contact)
            return RequestAnswer(decision, ranks, until, is_repeat=True, sent_at=sent_at)
        reservation = self._reservation(case, receipt.request, _only(decision, ranks), now, state)
        events = reservation.events(self._log.numbers)
        if events:
            # The budgets of the log judge it: what the same contact has reserved or was sent before is the same money.
            await self._write(events, Terms(case.customer_id, state.version))
        return RequestAnswer(decision, ranks, reservation.reserved_until, is_repeat=True)

    def _reservation(
        self, case: _Case, request: DecisionRequest, decision: Decision, now: datetime, state: CustomerState
    ) -> Reservation:
        playbook = case.snapshot.playbook
        return Reservation(
            case.customer_id, request, case.request_id, decision, playbook, now, state.dealings
        )

    async def _write(self, events: Sequence[AnyEvent], terms: Terms) -> None:
        await asyncio.wrap_future(self._appending.submit(events, terms=terms))

    def _pause_seconds(self, attempt: int) -> float:
        """Return a random pause, longer after every conflict."""
        share = (self._deciding.random(1)[0] + 1) / 256
        return share * min(_LONGEST_PAUSE_SECONDS, _SHORTEST_PAUSE_SECONDS * (1 << attempt))


def _request_id_of(request: DecisionRequest) -> str:
    if request.request_id is None:
        raise InvalidRequestError(
            "there is no request_id", expected="the caller's own name of this contact", remedy="send one"
        )
    return request.request_id


def _all_ranks(decision: Decision) -> tuple[int, ...]:
    return tuple(range(1, len(decision.actions) + 1))


def _only(decision: Decision, ranks: tuple[int, ...]) -> Decision:
    kept = tuple(decision.actions[rank - 1] for rank in ranks)
    return msgspec.structs.replace(decision, actions=kept)


def _contact_of(state: CustomerState, request_id: str, decision_id: DecisionId) -> Contact | None:
    """Return the contact of a request; another subject of the person may have been asked for under the same id."""
    return next(
        (
            one
            for one in reversed(state.dealings.contacts)
            if one.request_id == request_id and one.decision_id in (None, decision_id)
        ),
        None,
    )


def _is_over(contact: Contact, now: datetime) -> bool:
    """Whether a reservation ran out, or the contact came back; what was sent is no reservation any more."""
    if contact.status == "bounced":
        return True
    return (
        contact.status == "reserved"
        and contact.expires_s is not None
        and contact.expires_s <= now.timestamp()
    )


def _came_back_just_now(contact: Contact, now: datetime) -> bool:
    """Whether a contact bounced in this second, or by a clock that is ahead of ours."""
    return contact.status == "bounced" and _bounced_s(contact) >= int(now.timestamp())


def _bounced_s(contact: Contact) -> int:
    return contact.at_s if contact.bounced_s is None else contact.bounced_s


def _kept_until(contact: Contact) -> datetime | None:
    if contact.status != "reserved" or contact.expires_s is None:
        return None
    return from_microseconds(contact.expires_s * 1_000_000)


def _sent_at(contact: Contact) -> datetime | None:
    return from_microseconds(contact.at_s * 1_000_000) if contact.status == "sent" else None


def _check_same_channel(case: _Case, receipt: Receipt) -> None:
    before = receipt.request.channel
    if before != case.request.channel:
        raise ConflictError(
            "the request_id was used for another channel",
            expected=_worded(before),
            found=_worded(case.request.channel),
            remedy="send a request_id of its own for every contact",
        )


def _worded(channel: str | None) -> str:
    return "no channel" if channel is None else f"channel {channel}"
