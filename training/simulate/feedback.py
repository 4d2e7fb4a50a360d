"""What was said comes back: the state that the next decision sees has the simulated contacts in it.

Contacts and outcomes are folded by the functions that fold those of the log, so that caps, spacing, cooldowns and
budgets work as they do when a contact is really sent. Each is folded once, when it is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from recommender.customers.dealing_folds.contacts import ContactEvent, bounded_contacts, contacts_of
from recommender.customers.dealing_folds.given import given_of
from recommender.customers.dealing_folds.outcomes import ShownEvent, bounded_outcomes, outcomes_of
from recommender.customers.dealing_folds.reading import NumberOf
from recommender.customers.dealings import Contact, Given, Outcome
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.events.vocabulary import ContactReserved, ContactSent, Impression, Response, SaidToo
from recommender.types import ItemId

_SOURCE: Final = "simulation"
_RESERVED: Final = timedelta(hours=1)
_About: TypeAlias = tuple[str, int | None, str, str]


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
    _contacts: tuple[Contact, ...] = ()
    _outcomes: dict[_About, Outcome] = field(default_factory=dict)
    _given: tuple[Given, ...] = ()
    _seen_s: int = 0
    _of: CustomerState | None = None
    _with_it: CustomerState | None = None

    def over(self, state: CustomerState) -> CustomerState:
        """Return the state of a day with everything in it that was simulated so far."""
        if not self._contacts and not self._outcomes:
            return state
        if self._with_it is None or self._of is not state:
            self._of, self._with_it = state, self._added_to(state)
        return self._with_it

    def _added_to(self, state: CustomerState) -> CustomerState:
        logged = state.dealings
        outcomes = logged.outcomes
        if self._outcomes:
            newest = {_about(one): one for one in logged.outcomes} | self._outcomes
            outcomes = bounded_outcomes(newest.values())
        dealings = msgspec.structs.replace(
            logged,
            contacts=self._joined(logged.contacts),
            outcomes=outcomes,
            given=(*logged.given, *self._given),
            last_seen_s=max(logged.last_seen_s, self._seen_s),
        )
        return replace(state, dealings=dealings)

    def _joined(self, logged: tuple[Contact, ...]) -> tuple[Contact, ...]:
        if not logged:
            return self._contacts
        both = sorted((*logged, *self._contacts), key=lambda one: one.at_s)
        return bounded_contacts(both)

    def sent(self, decision: Decision, channel: str, currency: str | None) -> None:
        """Note that we went to the customer with a slate."""
        at = _moment(decision)
        events: list[ContactEvent] = []
        if any(one.amount > 0 for one in decision.actions):
            events.append(self._promise(decision, channel, currency))
        for rank, one in enumerate(decision.actions, start=1):
            events.append(
                ContactSent(
                    source=_SOURCE,
                    event_id=f"{decision.decision_id}/{rank}",
                    occurred_at=at,
                    channel=channel,
                    decision_id=decision.decision_id,
                    action=one.action_id,
                    rank=rank,
                    item_id=self._item(one),
                    subject=one.subject or None,
                )
            )
        self._contacts = bounded_contacts((*self._contacts, *contacts_of(events, self.number_of)))
        self._with_it = None

    def seen(self, decision: Decision, channel: str) -> None:
        """Note that a customer who came saw a slate."""
        at = _moment(decision)
        self._shown(
            [
                Impression(
                    source=_SOURCE,
                    event_id=f"{decision.decision_id}/{rank}/seen",
                    occurred_at=at,
                    channel=channel,
                    decision_id=decision.decision_id,
                    rank=rank,
                    action=one.action_id,
                    item_id=self._item(one),
                    subject=one.subject or None,
                )
                for rank, one in enumerate(decision.actions, start=1)
            ]
        )
        self._seen_s = max(self._seen_s, decision.decided_at_us // 1_000_000)

    def answered(self, decision: Decision, accepted: Sequence[bool], currency: str | None) -> None:
        """Note what followed: each action was accepted, with the goodwill that it offered, or ignored."""
        at = _moment(decision)
        answers = [
            Response(
                source=_SOURCE,
                event_id=f"{decision.decision_id}/{rank}/answer",
                occurred_at=at,
                decision_id=decision.decision_id,
                rank=rank,
                outcome="accepted" if is_accepted else "ignored",
                action=one.action_id,
                item_id=self._item(one),
                subject=one.subject or None,
                amount=_amount(one) if is_accepted else None,
                currency=currency if is_accepted and one.amount > 0 else None,
            )
            for rank, (one, is_accepted) in enumerate(zip(decision.actions, accepted, strict=True), start=1)
        ]
        self._given = (*self._given, *given_of(answers))
        self._shown(answers)

    def _shown(self, events: Sequence[ShownEvent]) -> None:
        for one in outcomes_of(events, (), self.number_of):
            self._outcomes[_about(one)] = one
        self._with_it = None

    def _promise(self, decision: Decision, channel: str, currency: str | None) -> ContactReserved:
        at = _moment(decision)
        first, *others = [self._too(one) for one in decision.actions]
        return ContactReserved(
            source=_SOURCE,
            event_id=decision.decision_id,
            occurred_at=at,
            channel=channel,
            decision_id=decision.decision_id,
            request_id=decision.decision_id,
            expires_at=at + _RESERVED,
            action=first.action,
            item_id=first.item_id,
            amount=first.amount,
            currency=currency,
            also=tuple(others),
            subject=first.subject,
        )

    def _too(self, one: ScoredAction) -> SaidToo:
        return SaidToo(
            action=one.action_id, item_id=self._item(one), amount=_amount(one), subject=one.subject or None
        )

    def _item(self, one: ScoredAction) -> ItemId | None:
        return None if one.item is None else self.id_of(one.item)


def _amount(one: ScoredAction) -> Decimal | None:
    return Decimal(str(round(one.amount, 6))) if one.amount > 0 else None


def _about(outcome: Outcome) -> _About:
    return outcome.action, outcome.number, outcome.outcome, outcome.subject


def _moment(decision: Decision) -> datetime:
    return datetime.fromtimestamp(decision.decided_at_us // 1_000_000, UTC)
