"""A stored receipt as an answer: numbers become ids and names again, codes become words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from recommender.candidates.codes import Fate, GateReason
from recommender.decisions import Receipt, reason_text
from recommender.decisions.decision import NO_PLAYBOOK, ScoredAction
from recommender.decisions.factors import Factors
from recommender.decisions.trace import StaffSaid, Terms, Trace, Weighed, Why, wholly_stopped
from recommender.playbook.kinds import ActionKind
from recommender.types import ItemNumber
from serving.cards import Cards
from serving.purchase_facts import PurchaseFacts
from serving.receipt_gates import at, gates_met
from serving.receipt_wire import (
    CandidateAnswer,
    FactorsAnswer,
    ProductActionAnswer,
    ProductAnswer,
    ReceiptAction,
    ReceiptAnswer,
    StaffAnswer,
    TimingsAnswer,
)
from serving.wire import ReasonAnswer

_ALL_KINDS: Final = tuple(kind for kind in ActionKind if kind is not ActionKind.DO_NOTHING)


def receipt_answer(
    receipt: Receipt, customer_id: str | None, cards: Cards, facts: PurchaseFacts
) -> ReceiptAnswer:
    """Describe a receipt, with the names that items have today and the orders behind its facts."""
    decision, request = receipt.decision, receipt.request
    show = _Showing(receipt, cards, facts)
    trace = decision.trace
    return ReceiptAnswer(
        decision_id=decision.decision_id,
        customer_id=customer_id,
        decided_at=_moment_us(decision.decided_at_us),
        cold=decision.cold,
        served_by=decision.served_by,
        model_version=decision.model_version,
        catalogue_version=decision.catalogue_version,
        customer_version=decision.customer_version,
        k=request.k,
        kinds=_kinds(receipt),
        placement=request.placement,
        channel=request.channel,
        cart=show.ids(request.cart),
        session=show.ids(request.session),
        request_id=request.request_id,
        without_goodwill=request.without_goodwill,
        actions=[show.action(rank, one) for rank, one in enumerate(decision.actions, start=1)],
        gated=dict(decision.gated),
        playbook_version=None if decision.playbook_version == NO_PLAYBOOK else decision.playbook_version,
        engine_version=decision.engine_version or None,
        direction=None if trace is None else decision.direction,
        seed=None if trace is None else f"{decision.seed:016x}",
        explored=decision.explored,
        action_probability=None if trace is None else decision.action_probability,
        next_at=at(decision.next_s),
        candidates=() if trace is None else tuple(map(show.candidate, trace.weighed)),
        product_actions=() if trace is None else tuple(show.product_actions(trace)),
        products=() if trace is None else tuple(show.products(trace)),
        staff=() if trace is None else tuple(map(show.staff, trace.staff)),
        timings=None if trace is None else _timings(trace),
    )


class _Showing:
    """What one receipt says, with the names of its items."""

    def __init__(self, receipt: Receipt, cards: Cards, facts: PurchaseFacts) -> None:
        self._decision = receipt.decision
        self._k = receipt.request.k
        self._cards = cards
        self._facts = facts

    def ids(self, numbers: tuple[ItemNumber, ...]) -> tuple[str, ...]:
        return tuple(self._cards.card(number).item_id for number in numbers)

    def _named(self, number: int | None) -> tuple[str | None, str | None]:
        if number is None:
            return None, None
        card = self._cards.card(ItemNumber(number))
        return card.item_id, card.name

    def action(self, rank: int, one: ScoredAction) -> ReceiptAction:
        item_id, name = self._named(one.item)
        is_declared = one.factors is not None
        return ReceiptAction(
            rank=rank,
            action=one.action_id or one.action.value,
            kind=one.action.value,
            item_id=item_id,
            name=name,
            score=round(one.score, 6),
            reason=ReasonAnswer(
                code=one.reason.kind.value, text=reason_text(one.reason, self._cards.name_of)
            ),
            source=one.source,
            text=one.text or None,
            fact=one.fact or None,
            subject=one.subject or None,
            due_at=at(one.due_at_s),
            deadline_at=at(one.deadline_s),
            amount=one.amount or None,
            factors=_factors(one.factors),
            expected_value=one.expected_value,
            action_probability=one.action_probability if is_declared else None,
        )

    def candidate(self, one: Weighed) -> CandidateAnswer:
        item_id, name = self._named(one.item)
        factors = Factors(*one.factors) if one.factors else None
        because = self._facts.because(one.why, one.item, one.because)
        told = (because, one.evidence, one.opens_s)
        return CandidateAnswer(
            action=one.action_id,
            kind=one.action.value,
            outcome=one.why.value,
            gates=gates_met(one.why, told, self._decision.direction),
            source=one.source,
            fact=one.fact or None,
            subject=one.subject or None,
            item_id=item_id,
            name=name,
            factors=_factors(factors),
            expected_value=None if factors is None else factors.expected_value,
            due_at=at(one.due_s),
            deadline_at=at(one.deadline_s),
        )

    def product_actions(self, trace: Trace) -> Iterator[ProductActionAnswer]:
        """Return what became of each action about products; of one all whose products a gate stopped, that of the likeliest."""
        stopped = wholly_stopped(trace.terms, trace.fates)
        for place, one in enumerate(trace.terms):
            if place in stopped:
                first = stopped[place][0]
                told = (
                    self._facts.because(first.why, first.item, first.because),
                    first.evidence,
                    first.opens_s,
                )
                yield structs.replace(
                    self.terms(one),
                    outcome=first.why.value,
                    gates=gates_met(first.why, told, self._decision.direction),
                )
            else:
                yield self.terms(one)

    def terms(self, one: Terms) -> ProductActionAnswer:
        told = (one.because, one.evidence, one.opens_s)
        shown = ProductActionAnswer(
            action=one.action_id,
            kind=one.action.value,
            outcome=self._fate_of(one).value,
            gates=gates_met(one.why, told, self._decision.direction),
        )
        if isinstance(one.why, GateReason):
            return shown
        return structs.replace(
            shown,
            value=one.value,
            price_share=one.price_share,
            context=one.context,
            lever=one.lever,
            cost=one.cost,
        )

    def _fate_of(self, one: Terms) -> Why:
        """Return the gate that stopped an action about products; else whether any of them was said, or why none was."""
        decision = self._decision
        if one.why is not Fate.CHOSEN or any(said.action_id == one.action_id for said in decision.actions):
            return one.why
        return Fate.OUTRANKED if len(decision.actions) >= self._k else Fate.NOT_WORTH_SAYING

    def products(self, trace: Trace) -> Iterator[ProductAnswer]:
        """Return the ranked products, those that were kept out, and what became of single ones under an action."""
        ranked = trace.ranked
        numbers = ranked.numbers().tolist()
        probabilities = ranked.probabilities().tolist()
        for place, (number, probability) in enumerate(zip(numbers, probabilities, strict=False)):
            kind = ActionKind.PRODUCT_OFFER if place < ranked.offers else ActionKind.BUY_AGAIN
            found = self._product(number, "ranked", probability=probability)
            yield structs.replace(found, kind=kind.value)
        for number, why in zip(numbers[len(probabilities) :], ranked.reasons(), strict=False):
            yield self._product(
                number, why.value, told=(self._facts.because(why, number) or None, None, None)
            )
        for one in trace.fates:
            told = (one.because or None, one.evidence, one.opens_s)
            yield self._product(one.item, one.why.value, action=trace.terms[one.place].action_id, told=told)

    def staff(self, one: StaffSaid) -> StaffAnswer:
        item_id, name = self._named(one.item)
        return StaffAnswer(
            kind=one.kind,
            because=one.because,
            evidence=one.evidence,
            action=one.action_id,
            item_id=item_id,
            name=name,
            amount=one.amount,
            expires_at=at(one.until_s),
        )

    def _product(
        self,
        number: int,
        outcome: str,
        *,
        probability: float | None = None,
        action: str | None = None,
        told: tuple[str | None, str | None, int | None] = (None, None, None),
    ) -> ProductAnswer:
        card = self._cards.card(ItemNumber(number))
        because, evidence, opens_s = told
        return ProductAnswer(
            card.item_id, card.name, outcome, probability, action, because, evidence, at(opens_s)
        )


def _kinds(receipt: Receipt) -> tuple[str, ...]:
    """Return the kinds that were asked for; under a playbook that is every kind, where the request named none."""
    request = receipt.request
    is_any = request.actions is None and receipt.decision.trace is not None
    return tuple(kind.value for kind in (_ALL_KINDS if is_any else request.kinds))


def _factors(factors: Factors | None) -> FactorsAnswer | None:
    if factors is None:
        return None
    return FactorsAnswer(factors.propensity, factors.value, factors.context, factors.lever, factors.cost)


def _timings(trace: Trace) -> TimingsAnswer:
    timings = trace.timings
    return TimingsAnswer(
        round(timings.ranking_us, 1), round(timings.gates_us, 1), round(timings.choosing_us, 1)
    )


def _moment_us(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)
