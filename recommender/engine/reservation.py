"""What a decision for a request writes: the receipt, the answered request, and the contact that it reserves."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from recommender.contacts import quiet_from, quiet_hours_for, zone_of
from recommender.customers.dealings import Dealings
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.receipts import encode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.events.vocabulary import ContactReserved, SaidToo
from recommender.playbook.model import Action, Playbook
from recommender.storage.clock import from_microseconds
from recommender.storage.goodwill import Budget
from recommender.storage.goodwill_moves import millionths
from recommender.storage.log import EventLog
from recommender.storage.numbers import ItemNumbers
from recommender.storage.receipts import StoredReceipt
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import CustomerId, DecisionId

SOURCE: Final = "rapport"
"""Source of the events that the engine writes itself."""

_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Reservation:
    """One contact for one request of one customer.

    Parameters
    ----------
    decision
        What is said; its first action names the contact.
    now
        When it is reserved; the decision may be older.
    dealings
        The customer: their clock and wishes say when quiet hours begin.
    """

    customer_id: CustomerId
    request: DecisionRequest
    request_id: str
    decision: Decision
    playbook: Playbook
    now: datetime
    dealings: Dealings

    @property
    def is_needed(self) -> bool:
        """Whether anything is said, and we go to the customer with it."""
        return bool(self.decision.actions) and is_outbound(self.decision, self.request, self.playbook)

    @property
    def reserved_until(self) -> datetime | None:
        """Until when it is reserved; None: nothing is."""
        return self.expires_at if self.is_needed else None

    @property
    def expires_at(self) -> datetime:
        """Until when the contact counts although it was not sent; whole seconds, as the fold keeps them.

        That is no later than quiet hours begin for anything that it says, or the deadline of any of it passes: what is
        reserved may go out until then.
        """
        now_s = int(self.now.timestamp())
        return from_microseconds(_MICROSECONDS * min(self._ends_s(now_s)))

    def _ends_s(self, now_s: int) -> list[int]:
        actions, policy = self.decision.actions, self.playbook.policy
        ends = [now_s + policy.reservation_s]
        ends += [one.deadline_s for one in actions if one.deadline_s is not None and one.deadline_s > now_s]
        channel = self.request.channel
        if policy.quiet_hours and channel is not None and channel in self.playbook.channels:
            rules = quiet_hours_for(policy, self.dealings, channel, {one.action for one in actions})
            quiet_s = quiet_from(rules, now_s + 1, zone_of(self.dealings, self.playbook))
            ends += [] if quiet_s is None else [quiet_s]
        return ends

    def events(self, numbers: ItemNumbers) -> list[ContactReserved]:
        """Return the event that reserves it; none where nothing is said."""
        if not self.is_needed:
            return []
        first, *others = [self._said(one, numbers) for one in self.decision.actions]
        is_goodwill = any(one.amount is not None for one in (first, *others))
        return [
            ContactReserved(
                source=SOURCE,
                event_id=f"reserved-{self.decision.decision_id}-{int(self.now.timestamp() * 1e6)}",
                occurred_at=self.now,
                customer_id=self.customer_id,
                channel=self.request.channel,
                decision_id=self.decision.decision_id,
                request_id=self.request_id,
                expires_at=self.expires_at,
                action=first.action,
                item_id=first.item_id,
                amount=first.amount,
                currency=self.playbook.currency if is_goodwill else None,
                also=tuple(others),
                subject=first.subject,
            )
        ]

    @staticmethod
    def _said(one: ScoredAction, numbers: ItemNumbers) -> SaidToo:
        return SaidToo(
            action=one.action_id or one.action.value,
            item_id=None if one.item is None else numbers.id_of(one.item),
            amount=money(one.amount) if one.amount > 0 else None,
            subject=one.subject or None,
        )

    def terms(self, version: int, instead_of: DecisionId | None = None) -> Terms:
        """Return what must hold for a first answer, and what is written with it.

        Saying nothing answers the request only until something that waits may be said.
        """
        decided_at = from_microseconds(self.decision.decided_at_us)
        receipt = StoredReceipt(
            self.decision.decision_id,
            self.customer_id,
            decided_at,
            encode_receipt(self.decision, self.request),
        )
        until_s = None if self.decision.actions else self.decision.next_s
        until_us = None if until_s is None else until_s * _MICROSECONDS
        answer = AnsweredRequest(self.request_id, self.decision.decision_id, until_us, instead_of)
        return Terms(self.customer_id, version, (receipt,), answer, self.budgets())

    def budgets(self) -> tuple[Budget, ...]:
        """Return what must be left of the budgets of the goodwill that is offered."""
        asked: defaultdict[str, float] = defaultdict(float)
        for one in self.decision.actions:
            asked[one.action_id] += one.amount
        found = (
            budget_of(action, asked[action.id], self.playbook.currency)
            for action in self.playbook.actions
            if asked[action.id] > 0
        )
        return tuple(budget for budget in found if budget is not None)


def is_outbound(decision: Decision, request: DecisionRequest, playbook: Playbook) -> bool:
    """Whether we go to the customer: where no channel is declared, every one that a request names is a way to them."""
    return decision.direction == "outbound" or (request.channel is not None and not playbook.channels)


def money(amount: float) -> Decimal:
    """Return an amount of a decision as an event has it, to the millionth.

    Examples
    --------
    >>> money(12.5), money(0.1 + 0.2)
    (Decimal('12.5'), Decimal('0.3'))
    """
    return Decimal(str(round(amount, 6)))


def without_spent(
    log: EventLog, customer_id: CustomerId, request: DecisionRequest, playbook: Playbook
) -> DecisionRequest:
    """Return a request that leaves out the goodwill of actions whose budgets have no room for it now.

    What the customer's own budget still leaves is offered: only where that is nothing, or the budget of all has no room for
    it, the apology comes without.
    """
    budgets = [
        budget_of(action, action.goodwill.amount, playbook.currency)
        for action in playbook.actions
        if action.goodwill is not None
    ]
    known = [budget for budget in budgets if budget is not None]
    spent = log.used_up_budgets(customer_id, known) if known else []
    return replace(request, without_goodwill=tuple(sorted(one.action for one in spent))) if spent else request


def budgets_of(playbook: Playbook) -> list[Budget]:
    """Return the budgets of every action that declares one, with nothing asked for."""
    found = (budget_of(action, 0.0, playbook.currency) for action in playbook.actions)
    return [budget for budget in found if budget is not None]


def budget_of(action: Action, amount: float, currency: str | None) -> Budget | None:
    """Return the budget of an action's goodwill; None where it declares none: then only staff grants any."""
    goodwill = action.goodwill
    if goodwill is None:
        return None
    return Budget(
        action=action.id,
        asked=millionths(money(amount)),
        total=millionths(money(goodwill.total)),
        per_customer=millionths(money(goodwill.per_customer)),
        window_us=goodwill.per_s * _MICROSECONDS,
        currency=currency,
    )
