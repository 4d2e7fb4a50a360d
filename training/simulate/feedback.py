"""What was said comes back: the state that the next decision sees has the simulated contacts in it.

The contacts are folded by the functions that fold those of the log, so that caps, spacing, cooldowns and budgets work
as they do when a contact is really sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from recommender.customers.dealing_folds.contacts import ContactEvent, contacts_of
from recommender.customers.dealing_folds.outcomes import ShownEvent, outcomes_of
from recommender.customers.dealing_folds.reading import NumberOf
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.events.vocabulary import ContactReserved, ContactSent, Impression, Response
from recommender.types import ItemId
from training.simulate.histories import Known

_SOURCE = "simulation"


@dataclass(slots=True)
class Feedback:
    """Simulated contacts of one customer.

    Attributes
    ----------
    number_of, id_of
        From item ids to numbers and back.
    """

    number_of: NumberOf
    id_of: Callable[[int], ItemId]
    contacts: list[ContactEvent] = field(default_factory=list)
    shown: list[ShownEvent] = field(default_factory=list)
    _seen_s: int = 0
    _known: Known | None = None
    _state: CustomerState | None = None

    def over(self, known: Known) -> CustomerState:
        """Return the state of a day with everything in it that was simulated so far."""
        if not self.contacts and not self.shown:
            return known.state
        if self._state is None or self._known is not known:
            self._known, self._state = known, self._folded(known)
        return self._state

    def _folded(self, known: Known) -> CustomerState:
        contacts = _in_order((*known.contacts, *self.contacts))
        shown = _in_order((*known.shown, *self.shown))
        dealings = msgspec.structs.replace(
            known.state.dealings,
            contacts=contacts_of(contacts, self.number_of),
            outcomes=outcomes_of(shown, contacts, self.number_of),
            last_seen_s=max(known.state.dealings.last_seen_s, self._seen_s),
        )
        return replace(known.state, dealings=dealings)

    def sent(self, decision: Decision, channel: str, currency: str | None) -> None:
        """Note that we went to the customer with a slate."""
        at = _moment(decision)
        amount = sum(one.amount for one in decision.actions)
        if amount > 0:
            self.contacts.append(self._promise(decision, channel, amount, currency))
        for rank, one in enumerate(decision.actions, start=1):
            self.contacts.append(
                ContactSent(
                    source=_SOURCE,
                    event_id=f"{decision.decision_id}/{rank}",
                    occurred_at=at,
                    channel=channel,
                    decision_id=decision.decision_id,
                    action=one.action_id,
                    rank=rank,
                    item_id=self._item(one),
                )
            )
        self._state = None

    def seen(self, decision: Decision, channel: str) -> None:
        """Note that a customer who came saw a slate."""
        at = _moment(decision)
        for rank, one in enumerate(decision.actions, start=1):
            self.shown.append(
                Impression(
                    source=_SOURCE,
                    event_id=f"{decision.decision_id}/{rank}/seen",
                    occurred_at=at,
                    channel=channel,
                    decision_id=decision.decision_id,
                    rank=rank,
                    action=one.action_id,
                    item_id=self._item(one),
                )
            )
        self._seen_s = max(self._seen_s, decision.decided_at_us // 1_000_000)
        self._state = None

    def answered(self, decision: Decision, accepted: Sequence[bool]) -> None:
        """Note what followed: each action was accepted or ignored."""
        at = _moment(decision)
        for rank, (one, is_accepted) in enumerate(zip(decision.actions, accepted, strict=True), start=1):
            self.shown.append(
                Response(
                    source=_SOURCE,
                    event_id=f"{decision.decision_id}/{rank}/answer",
                    occurred_at=at,
                    decision_id=decision.decision_id,
                    rank=rank,
                    outcome="accepted" if is_accepted else "ignored",
                    action=one.action_id,
                    item_id=self._item(one),
                )
            )
        self._state = None

    def _promise(
        self, decision: Decision, channel: str, amount: float, currency: str | None
    ) -> ContactReserved:
        first, at = decision.actions[0], _moment(decision)
        return ContactReserved(
            source=_SOURCE,
            event_id=decision.decision_id,
            occurred_at=at,
            channel=channel,
            decision_id=decision.decision_id,
            request_id=decision.decision_id,
            expires_at=at + timedelta(hours=1),
            action=first.action_id,
            item_id=self._item(first),
            amount=Decimal(str(round(amount, 6))),
            currency=currency,
        )

    def _item(self, one: ScoredAction) -> ItemId | None:
        return None if one.item is None else self.id_of(one.item)


def _moment(decision: Decision) -> datetime:
    return datetime.fromtimestamp(decision.decided_at_us // 1_000_000, UTC)


def _in_order(events):  # type: ignore[no-untyped-def]
    return sorted(events, key=lambda one: (one.occurred_at, one.source, one.event_id))
