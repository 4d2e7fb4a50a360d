"""What was said to customers, and what followed: the rows that propensities are learned from.

A row is an action of a decision that reached the customer (:mod:`training.reached`).
The positive outcome is an ``accepted`` response, or what the kind of action asks for: a purchase of the item, a review, an
answer, a visit or its booking, before the horizon. It teaches once the horizon has passed, whichever came of it: of what is
still open the positive outcomes are known first, and who learned from these alone would think that everybody buys. Only where
nearly everything that a kind says on a channel is responded to, a response ends the wait. The features are those of the state
that the decision saw, to the event.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recommender.customers import CustomerState, fold
from recommender.decisions import Receipt, decode_receipt
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.propensity import customer_features, fact_features
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Purchase,
    Review,
    ServiceVisit,
    SurveyAnswer,
)
from recommender.fitting.propensity import LoggedOutcomes
from recommender.models.propensity import Features
from recommender.playbook.kinds import ActionKind
from recommender.storage.log import EventLog
from recommender.storage.results import StoredEvent
from recommender.types import DecisionId, ItemId
from training.reached import TOLD_KINDS, Numbers, Reached, decisions_named, reached
from training.staff_labels import OVERRIDE_KIND, StaffLabel, staff_labels

_BUYING: Final = frozenset(
    {ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN, ActionKind.WIN_BACK, ActionKind.OCCASION}
)
_VISITING: Final = frozenset({ActionKind.SERVICE_REMINDER, ActionKind.APPOINTMENT})
_NEARLY_ALL: Final = 0.9
"""From this share of responses on, those that did not come yet hardly differ from those that did."""

_Cell: TypeAlias = tuple[str, str]
"""A kind, and a channel."""


class _Outcome(NamedTuple):
    """What came of something, and whether its horizon has not passed yet."""

    positive: bool
    is_open: bool


class _Judged(NamedTuple):
    """What staff said of an action for a customer."""

    action_id: str
    features: Features
    suits: bool
    customer: int


@dataclass(slots=True)
class _Rows:
    """The columns of :class:`LoggedOutcomes` under construction."""

    action_id: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    channel: list[str] = field(default_factory=list)
    features: list[Features] = field(default_factory=list)
    positive: list[bool] = field(default_factory=list)
    customer: list[int] = field(default_factory=list)
    is_open: list[bool] = field(default_factory=list)
    said: Counter[_Cell] = field(default_factory=Counter)
    judged: list[_Judged] = field(default_factory=list)
    responded: Counter[_Cell] = field(default_factory=Counter)

    def add(self, action: ScoredAction, channel: str | None, features: Features, outcome: _Outcome) -> None:
        self.action_id.append(action.action_id)
        self.kind.append(action.action.value)
        self.channel.append(channel or "")
        self.features.append(features)
        self.positive.append(outcome.positive)
        self.is_open.append(outcome.is_open)

    def outcomes(self) -> LoggedOutcomes:
        """Return what teaches: what is decided, and what was responded to where nearly everything is."""
        prompt = {cell for cell, said in self.said.items() if self.responded[cell] >= _NEARLY_ALL * said}
        teaching = [
            row
            for row, cell in enumerate(zip(self.kind, self.channel, strict=True))
            if not self.is_open[row] or cell in prompt
        ]
        return LoggedOutcomes(
            [self.action_id[row] for row in teaching],
            [self.kind[row] for row in teaching],
            [self.channel[row] for row in teaching],
            [self.features[row] for row in teaching],
            np.array(self.positive, np.bool_)[teaching],
            np.array(self.customer, np.int64)[teaching],
            self._labels({(self.action_id[row], self.kind[row], self.channel[row]) for row in teaching}),
        )

    def _labels(self, said: Collection[tuple[str, str, str]]) -> LoggedOutcomes | None:
        """Return what staff said, once for every channel on which the action is said."""
        found = [
            (action_id, kind, channel, judged)
            for action_id, kind, channel in sorted(said)
            for judged in self.judged
            if judged.action_id == action_id
        ]
        if not found:
            return None
        return LoggedOutcomes(
            [action_id for action_id, _, _, _ in found],
            [kind for _, kind, _, _ in found],
            [channel for _, _, channel, _ in found],
            [judged.features for _, _, _, judged in found],
            np.array([judged.suits for _, _, _, judged in found], np.bool_),
            np.array([judged.customer for _, _, _, judged in found], np.int64),
        )


def logged_outcomes(log: EventLog, until: datetime, horizon: timedelta) -> LoggedOutcomes:
    """Read what was said before ``until``, and what followed before it; and what staff said of it.

    Parameters
    ----------
    log
        Where from.
    until
        What happened then or later is not known yet.
    horizon
        How long after the decision an outcome counts.
    """
    rows = _Rows()
    stand_ins = log.stand_ins(until=until)
    told = (stand_ins.get(who, who) for who in log.customers_told((*TOLD_KINDS, OVERRIDE_KIND)))
    for code, customer_id in enumerate(dict.fromkeys(told)):
        before = len(rows.action_id)
        stored = log.events_of_person(customer_id, until=until)
        _learn_from(log, stored, (until, horizon), rows)
        rows.customer += [code] * (len(rows.action_id) - before)
        rows.judged += [
            _Judged(label.action_id, _features_then(stored, log, label), label.suits, code)
            for label in staff_labels(stored)
        ]
    return rows.outcomes()


def _learn_from(
    log: EventLog, stored: Sequence[StoredEvent], times: tuple[datetime, timedelta], rows: _Rows
) -> None:
    events = [one.event for one in stored]
    receipts = _receipts_of(log, events)
    for said in reached(events, receipts, log.numbers):
        receipt = receipts.get(said.decision_id)
        if receipt is None or not 1 <= said.rank <= len(receipt.decision.actions):
            continue  # said by another system, or its receipt was lost
        decision, action = receipt.decision, receipt.decision.actions[said.rank - 1]
        cell = action.action.value, receipt.request.channel or ""
        rows.said[cell] += 1
        rows.responded[cell] += bool(said.responses)
        outcome = _outcome(said, decision, action, (stored, log.numbers), times)
        if outcome is not None:
            state = _seen_state(stored, log, decision.customer_version)
            rows.add(action, receipt.request.channel, _features(receipt, action, state), outcome)


def _receipts_of(log: EventLog, events: Sequence[AnyEvent]) -> dict[DecisionId, Receipt]:
    """Return the receipts of this person's decisions that the events speak of."""
    found = log.receipts(decisions_named(events))
    own = {event.customer_id for event in events}
    return {
        decision_id: decode_receipt(stored.content)
        for decision_id, stored in found.items()
        if stored.customer_id in own
    }


def _outcome(
    said: Reached,
    decision: Decision,
    action: ScoredAction,
    known: tuple[Sequence[StoredEvent], Numbers],
    times: tuple[datetime, timedelta],
) -> _Outcome | None:
    """Return whether it went well; None while that is open and nobody responded."""
    until, horizon = times
    begins_us = decision.decided_at_us
    ends_us = begins_us + int(horizon.total_seconds() * 1e6)
    is_open = ends_us >= until.timestamp() * 1e6
    if is_open and not said.responses:
        return None
    stored, numbers = known
    after = (
        one.event for one in stored if begins_us < int(one.event.occurred_at.timestamp() * 1e6) <= ends_us
    )
    is_done = any(_answers(event, action, said, numbers) for event in after)
    return _Outcome("accepted" in said.responses or is_done, is_open)


def _answers(event: AnyEvent, action: ScoredAction, said: Reached, numbers: Numbers) -> bool:
    """Whether an event is what the action asked for."""
    match event:
        case Purchase(lines=lines) if action.action in _BUYING:
            return action.item is None or any(
                numbers.get(ItemId(line.item_id)) == action.item for line in lines
            )
        case Review(item_id=item_id) if action.action is ActionKind.REVIEW_REQUEST:
            return action.item is None or numbers.get(ItemId(item_id)) == action.item
        case SurveyAnswer() if action.action is ActionKind.SURVEY:
            return _answers_survey(event, action, said)
        case ServiceVisit() if action.action in _VISITING:
            return True
        case Appointment(status="booked" | "kept") if action.action in _VISITING:
            return True
    return False


def _answers_survey(event: SurveyAnswer, action: ScoredAction, said: Reached) -> bool:
    """Whether an answer is one to this survey: by what it says it answers, else by the survey it names."""
    if event.decision_id is not None and event.rank is not None:
        return (event.decision_id, event.rank) == (said.decision_id, said.rank)
    return event.decision_id in {None, said.decision_id} and event.survey_id == action.subject


def _seen_state(stored: Sequence[StoredEvent], log: EventLog, version: int) -> CustomerState:
    """Return the state that a decision saw: the fold of what had arrived."""
    return fold([one.event for one in stored if one.seq <= version], log.numbers, version)


def _features_then(stored: Sequence[StoredEvent], log: EventLog, label: StaffLabel) -> Features:
    """Return what was known of the customer when staff judged; of a fact or a product staff says nothing."""
    state = _seen_state(stored, log, label.version)
    return (*customer_features(state, label.at_s), -1.0, -1.0, -1.0)


def _features(receipt: Receipt, action: ScoredAction, state: CustomerState) -> Features:
    decision = receipt.decision
    now_s = decision.decided_at_us // 1_000_000
    of_customer = customer_features(state, now_s)
    if action.action in {ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN}:
        return (*of_customer, -1.0, -1.0, _ranked_probability(decision, action))
    return (*of_customer, *fact_features(_since_s(decision, action), action.deadline_s, now_s), -1.0)


def _ranked_probability(decision: Decision, action: ScoredAction) -> float:
    """Return what the ranking said of a product, before any response was learned."""
    if decision.trace is None:
        return action.score
    ranked = decision.trace.ranked
    said = ranked.numbers()[: ranked.offers + ranked.repeats]
    places = np.flatnonzero(said == action.item)
    return float(ranked.probabilities()[places[0]]) if len(places) else action.score


def _since_s(decision: Decision, action: ScoredAction) -> int:
    weighed = () if decision.trace is None else decision.trace.weighed
    same = (
        one.since_s
        for one in weighed
        if (one.action_id, one.item, one.subject) == (action.action_id, action.item, action.subject)
    )
    return next(same, 0)
