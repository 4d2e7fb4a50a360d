"""What a response is about: the action, the item and the unit that the decision's answer named at that rank.

Shops and widgets report ``decision_id`` and ``rank``. The rest is filled in from the receipt before the event is
written, so that the fold needs no receipts, and is right for ever.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from recommender.decisions.decision import Decision
from recommender.decisions.receipts import decode_receipt
from recommender.engine.decision_ids import decided_us
from recommender.engine.projection import batches
from recommender.engine.receipts import ReceiptBuffer
from recommender.engine.reservation import money
from recommender.events.vocabulary import AnyEvent, ContactSent, Impression, Response
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog
from recommender.types import DecisionId, ItemId

WAIT_SECONDS: Final = 0.8
"""So long another worker may take to write the receipt of an answer that it gave."""

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

    def named(self, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Return the events, those that did not say what they are about with what their decision says.

        An event stays as it is when there is no such decision, or none for this customer, or no such rank.
        """
        asked = _asked(events)
        if not asked:
            return events
        found = self._look(asked)
        if self._may_come(asked - found.keys()):
            time.sleep(WAIT_SECONDS)
            found |= self._look(asked - found.keys())
        return self._filled(events, found)

    async def named_async(self, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Do as :meth:`named` without blocking the event loop."""
        asked = _asked(events)
        if not asked:
            return events
        found = await asyncio.to_thread(self._look, asked)
        if self._may_come(asked - found.keys()):
            await asyncio.sleep(WAIT_SECONDS)
            found |= await asyncio.to_thread(self._look, asked - found.keys())
        return self._filled(events, found)

    def named_in_bulk(self, events: Iterable[AnyEvent]) -> Iterable[AnyEvent]:
        """Yield the events of a file, named as far as their decisions were written."""
        for batch in batches(events, _TOGETHER):
            asked = _asked(batch)
            yield from self._filled(batch, self._look(asked)) if asked else batch

    def _look(self, asked: set[DecisionId]) -> dict[DecisionId, "_Known"]:
        found: dict[DecisionId, _Known] = self._waiting.find(asked)
        missing = sorted(asked - found.keys())
        if missing:
            for decision_id, stored in self._log.receipts(missing).items():
                found[decision_id] = (decode_receipt(stored.content).decision, stored.customer_id)
        return found

    def _filled(self, events: Sequence[AnyEvent], found: "dict[DecisionId, _Known]") -> list[AnyEvent]:
        namer = _Namer(found, self._log.numbers.id_of)
        return [namer.fill(event) for event in events]

    def _may_come(self, missing: set[DecisionId]) -> bool:
        now_us = to_microseconds(self._clock())
        times_us = [decided_us(decision_id) for decision_id in missing]
        return any(at_us is not None and abs(now_us - at_us) < _YOUNG_US for at_us in times_us)


_Known: TypeAlias = tuple[Decision, str | None]
"""A decision, and for whom it was."""


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


@dataclass(frozen=True, slots=True)
class _Namer:
    known: Mapping[DecisionId, _Known]
    id_of: Callable[[int], ItemId]

    def fill(self, event: AnyEvent) -> AnyEvent:
        place = _place(event)
        if place is None or place[0] not in self.known or not isinstance(event, _Nameless):
            return event
        decision, customer_id = self.known[place[0]]
        is_theirs = customer_id is None or event.customer_id is None or customer_id == event.customer_id
        if not is_theirs or not 1 <= place[1] <= len(decision.actions):
            return event
        chosen = decision.actions[place[1] - 1]
        item_id = None if chosen.item is None else self.id_of(chosen.item)
        name = chosen.action_id or chosen.action.value
        if event.action not in (None, name) or event.item_id not in (None, item_id):
            return event
        subject = chosen.subject or None
        if event.subject not in (None, subject):
            return event
        named = msgspec.structs.replace(event, action=name, item_id=item_id, subject=subject)
        return _with_amount(named, chosen.amount)


def _with_amount(event: _Nameless, amount: float) -> _Nameless:
    """Return an event that gave the goodwill of its action: what was accepted, and what was sent."""
    if isinstance(event, Impression) or event.amount is not None or amount <= 0:
        return event
    if isinstance(event, Response) and event.outcome != "accepted":
        return event
    return msgspec.structs.replace(event, amount=money(amount))
