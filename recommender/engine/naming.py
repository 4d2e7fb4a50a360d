"""What a response is about: the action, the item and the unit that the decision's answer named at that rank.

Shops and widgets report ``decision_id`` and ``rank``. The rest is filled in from the receipt before the event is
written, so that the fold needs no receipts, and is right for ever.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.receipts import decode_receipt
from recommender.engine.append_stages import EventResult
from recommender.engine.decision_ids import decided_us
from recommender.engine.projection import batches
from recommender.engine.receipts import ReceiptBuffer
from recommender.engine.reservation import money
from recommender.events.vocabulary import AnyEvent, ContactSent, Impression, Response
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog
from recommender.types import CustomerId, DecisionId, ItemId

WAIT_SECONDS: Final = 0.8
"""So long another worker may take to write the receipt of an answer that it gave."""

NO_DECISION: Final = "there is no receipt of this decision"
OTHER_CUSTOMER: Final = "the decision was about another customer"
NO_RANK: Final = "the decision has no action of this rank"
OTHER_ACTION: Final = "the decision is about something else at this rank"

_YOUNG_US: Final = 5_000_000
_TOGETHER: Final = 1_000
_Nameless: TypeAlias = Response | Impression | ContactSent


class ActionNaming:
    """Names what responses, impressions and sent contacts are about.

    Parameters
    ----------
    log, waiting
        Where receipts are: written, or about to be by this process.
    clock
        Aware UTC now; only for a decision of the last seconds it is worth waiting.
    """

    def __init__(self, log: EventLog, waiting: ReceiptBuffer, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._waiting = waiting
        self._clock = clock

    def named(self, events: Sequence[AnyEvent]) -> "NamedEvents":
        """Return the events, those that did not say what they are about with what their decision says.

        An event stays as it is when there is no such decision, or none for this customer or another subject of the person, or
        no such rank.
        """
        asked = _asked(events)
        if not asked:
            return NamedEvents(events)
        found = self._look(asked)
        if self._may_come(asked - found.keys()):
            time.sleep(WAIT_SECONDS)
            found |= self._look(asked - found.keys())
        return self._filled(events, found, self._persons(_others(events, found)))

    async def named_async(self, events: Sequence[AnyEvent]) -> "NamedEvents":
        """Do as :meth:`named` without blocking the event loop."""
        asked = _asked(events)
        if not asked:
            return NamedEvents(events)
        found = await asyncio.to_thread(self._look, asked)
        if self._may_come(asked - found.keys()):
            await asyncio.sleep(WAIT_SECONDS)
            found |= await asyncio.to_thread(self._look, asked - found.keys())
        others = _others(events, found)
        persons = await asyncio.to_thread(self._persons, others) if others else {}
        return self._filled(events, found, persons)

    def named_in_bulk(self, events: Iterable[AnyEvent]) -> Iterable[AnyEvent]:
        """Yield the events of a file, named as far as their decisions were written."""
        for batch in batches(events, _TOGETHER):
            asked = _asked(batch)
            found = self._look(asked) if asked else {}
            persons = self._persons(_others(batch, found))
            yield from self._filled(batch, found, persons).events if asked else batch

    def _look(self, asked: set[DecisionId]) -> dict[DecisionId, "_Known"]:
        found: dict[DecisionId, _Known] = self._waiting.find(asked)
        missing = sorted(asked - found.keys())
        if missing:
            for decision_id, stored in self._log.receipts(missing).items():
                found[decision_id] = (decode_receipt(stored.content).decision, stored.customer_id)
        return found

    def _persons(self, customer_ids: set[CustomerId]) -> "_Persons":
        return {one: {one, *self._log.person_of(one)} for one in customer_ids}

    def _filled(
        self, events: Sequence[AnyEvent], found: "dict[DecisionId, _Known]", persons: "_Persons"
    ) -> "NamedEvents":
        namer = _Namer(found, self._log.numbers.id_of, persons)
        filled = [namer.fill(event) for event in events]
        unmatched = {place: one for place, one in enumerate(filled) if isinstance(one, str)}
        named = [old if isinstance(new, str) else new for old, new in zip(events, filled, strict=True)]
        return NamedEvents(named, unmatched)

    def _may_come(self, missing: set[DecisionId]) -> bool:
        now_us = to_microseconds(self._clock())
        times_us = [decided_us(decision_id) for decision_id in missing]
        return any(at_us is not None and abs(now_us - at_us) < _YOUNG_US for at_us in times_us)


@dataclass(frozen=True, slots=True)
class NamedEvents:
    """Events with what they are about; ``unmatched``: by place, why an answer to a decision is to nothing of it."""

    events: Sequence[AnyEvent]
    unmatched: Mapping[int, str] = field(default_factory=dict)

    def noted(self, results: tuple[EventResult, ...]) -> tuple[EventResult, ...]:
        """Return the results of these events, with that of those that were written."""
        if not self.unmatched:
            return results
        return tuple(
            replace(one, unmatched=self.unmatched.get(place)) if one.refused is None else one
            for place, one in enumerate(results)
        )


_Known: TypeAlias = tuple[Decision, str | None]
"""A decision, and for whom it was."""

_Persons: TypeAlias = Mapping[CustomerId, Set[str]]
"""All subjects of the person of somebody for whom a decision was that another one answered."""


def _place(event: AnyEvent) -> tuple[DecisionId, int] | None:
    """Return decision and rank of an event that says no more than these about what it is about.

    A response is looked up also when it names its action: of two units of one kind only one was spoken of.
    """
    if not isinstance(event, _Nameless) or event.decision_id is None or event.rank is None:
        return None
    if isinstance(event, Response) and event.outcome == "accepted" and event.amount is None:
        return DecisionId(event.decision_id), event.rank
    is_named = event.action is not None or event.item_id is not None
    if event.subject is not None or (is_named and not isinstance(event, Response)):
        return None
    return DecisionId(event.decision_id), event.rank


def _asked(events: Iterable[AnyEvent]) -> set[DecisionId]:
    return {place[0] for place in map(_place, events) if place is not None}


def _others(events: Iterable[AnyEvent], found: Mapping[DecisionId, _Known]) -> set[CustomerId]:
    """Return for whom decisions were that somebody else answers."""
    others: set[CustomerId] = set()
    for event in events:
        place = _place(event)
        customer_id = None if place is None or place[0] not in found else found[place[0]][1]
        if customer_id is not None and event.customer_id not in (None, customer_id):
            others.add(CustomerId(customer_id))
    return others


@dataclass(frozen=True, slots=True)
class _Namer:
    known: Mapping[DecisionId, _Known]
    id_of: Callable[[int], ItemId]
    persons: _Persons

    def fill(self, event: AnyEvent) -> AnyEvent | str:
        """Return the event with what it is about, or why it is about nothing of its decision."""
        place = _place(event)
        if place is None or not isinstance(event, _Nameless):
            return event
        if place[0] not in self.known:
            return NO_DECISION
        decision, customer_id = self.known[place[0]]
        if not self._may_answer(event.customer_id, customer_id):
            return OTHER_CUSTOMER
        if not 1 <= place[1] <= len(decision.actions):
            return NO_RANK
        return self._filled(event, decision.actions[place[1] - 1])

    def _may_answer(self, customer_id: str | None, asked: str | None) -> bool:
        """Whether a decision was for whoever answers: who was written to under one id may answer under another."""
        if asked is None or customer_id in (None, asked):
            return True
        return customer_id in self.persons.get(CustomerId(asked), ())

    def _filled(self, event: _Nameless, chosen: ScoredAction) -> AnyEvent | str:
        item_id = None if chosen.item is None else self.id_of(chosen.item)
        name = chosen.action_id or chosen.action.value
        if event.action not in (None, name) or event.item_id not in (None, item_id):
            return OTHER_ACTION
        subject = chosen.subject or None
        if event.subject not in (None, subject):
            return OTHER_ACTION
        named = msgspec.structs.replace(event, action=name, item_id=item_id, subject=subject)
        return _with_amount(named, chosen.amount)


def _with_amount(event: _Nameless, amount: float) -> _Nameless:
    """Return an event that gave the goodwill of its action: what was accepted, and what was sent."""
    if isinstance(event, Impression) or event.amount is not None or amount <= 0:
        return event
    if isinstance(event, Response) and event.outcome != "accepted":
        return event
    return msgspec.structs.replace(event, amount=money(amount))
