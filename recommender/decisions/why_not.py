"""Why did she not get this? The answer of the same decision, asked about one action or item."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED, Fate, GateReason
from recommender.customers import CustomerState
from recommender.decisions.acting import channel_of, situation_of
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.circumstances import NONE, Circumstances
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.gate_stages import turn_of
from recommender.decisions.kept_out import kept_out
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking, ranked_products
from recommender.decisions.request import DecisionRequest
from recommender.decisions.sought import Sought, index_of
from recommender.decisions.stops import Stop
from recommender.decisions.trace import Terms, Trace, Weighed, why_of
from recommender.decisions.traded import expiry_stop
from recommender.decisions.unproposed import nothing_about, why_nothing
from recommender.decisions.worth import Scales
from recommender.playbook.kinds import ActionKind
from recommender.types import ItemNumber

_RANKED: Final = frozenset({ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN})
_NOT_LIKELY: Final = "not among the likeliest products"

Verdict: TypeAlias = Literal["chosen", "stopped", "outweighed", "never_proposed", "unknown"]


class Explanation(msgspec.Struct, frozen=True):
    """What became of an action or an item in one decision.

    Parameters
    ----------
    verdict
        ``chosen``; ``stopped`` by a gate; ``outweighed`` by others or by saying nothing; ``never_proposed``, because
        nothing triggered it; ``unknown`` to playbook and bundle.
    code
        The gate or the fate.
    because
        The fact that decided, in words.
    rank
        Its place in the slate, from 1.
    expected_value
        What it would have been worth.
    needed
        What the last action of the slate is worth: what it had to beat; None where the slate has room.
    opens_s
        When the gate opens, where that is a matter of time.
    """

    verdict: Verdict
    code: str
    because: str
    rank: int | None = None
    expected_value: float | None = None
    needed: float | None = None
    opens_s: int | None = None


class About(NamedTuple):
    """What is to be explained.

    Attributes
    ----------
    action_id
        Of the playbook; None: whatever is about the item.
    item
        None: whatever the action is about.
    subject
        The unit, appointment or complaint; empty for an action about none; None: whichever it is.
    """

    action_id: str | None = None
    item: ItemNumber | None = None
    subject: str | None = None


def why_not(
    decision: Decision,
    request: DecisionRequest,
    ready: Prepared,
    state: CustomerState,
    asked: About,
    circumstances: Circumstances = NONE,
) -> list[Explanation]:
    """Explain an action, an item, or an action about an item or a subject.

    Parameters
    ----------
    decision, request, ready, state
        A decision that was just made, and what it was made from.
    asked
        What is to be explained.
    circumstances
        Of that decision: what outcomes taught.

    Returns
    -------
    list[Explanation]
        What was chosen first, then what came nearest; never empty.
    """
    trace = decision.trace or Trace()
    found = [
        _chosen(rank, one) for rank, one in enumerate(decision.actions, start=1) if _is_asked(one, asked)
    ]
    found += [
        _of_weighed(one, decision, request)
        for one in trace.weighed
        if _is_asked(one, asked) and one.why is not Fate.CHOSEN
    ]
    found += _of_products(decision, (request, ready, state, circumstances), asked)
    return found or [_never(decision, request, ready, state, asked)]


def _is_asked(one: ScoredAction | Weighed, asked: About) -> bool:
    action_id, item, subject = asked
    return action_id in (None, one.action_id) and item in (None, one.item) and subject in (None, one.subject)


def _chosen(rank: int, one: ScoredAction) -> Explanation:
    return Explanation("chosen", Fate.CHOSEN.value, one.fact, rank, one.expected_value)


def _needed(decision: Decision, request: DecisionRequest) -> float | None:
    return None if len(decision.actions) < request.k else decision.actions[-1].expected_value or 0.0


def _of_weighed(one: Weighed, decision: Decision, request: DecisionRequest) -> Explanation:
    if not isinstance(one.why, Fate):
        return Explanation("stopped", one.why.value, one.because, opens_s=one.opens_s)
    propensity, value, context, lever, cost = one.factors
    worth = propensity * value * context * lever - cost
    return _outweighed(one.why, worth, _needed(decision, request))


def _outweighed(fate: Fate, worth: float, needed: float | None) -> Explanation:
    because = {
        Fate.NOT_WORTH_SAYING: f"worth {worth:.4g}, no more than saying nothing",
        Fate.SAID_ALREADY: "the slate says the same already, or offers a variant of it",
        Fate.ENOUGH_OF_CATEGORY: "the slate holds enough offers of its category",
        # What is worth more than the last chosen was not among the products that were weighed.
        Fate.OUTRANKED: _NOT_LIKELY
        if needed is None or worth > needed
        else f"worth {worth:.4g}, the last chosen {needed:.4g}",
    }[fate]
    return Explanation("outweighed", fate.value, because, expected_value=worth, needed=needed)


def _of_products(
    decision: Decision,
    made_from: tuple[DecisionRequest, Prepared, CustomerState, Circumstances],
    asked: About,
) -> list[Explanation]:
    """Explain the actions about ranked products that were asked for, and what became of the item under them."""
    trace = decision.trace or Trace()
    named = [
        (at, terms) for at, terms in enumerate(trace.terms) if asked.action_id in (None, terms.action_id)
    ]
    case = _Case(asked.item, decision, *made_from)
    if asked.item is not None:
        said = {one.action_id for one in decision.actions if one.item == asked.item}
        return [
            _of_product(at, terms, asked.item, case) for at, terms in named if terms.action_id not in said
        ]
    if asked.action_id in (None, *(one.action_id for one in decision.actions)):
        return []
    return [told for at, terms in named for told in _of_action(at, terms, case)]


def _of_action(at: int, terms: Terms, case: "_Case") -> list[Explanation]:
    """Say which gate stops an action about products; else what became of the one that came nearest."""
    stopped = _stop_of(terms)
    if stopped is not None:
        return [_stopped(stopped)]
    told = [
        _of_product(at, terms, item, case) for item in case.likely(terms.action is ActionKind.PRODUCT_OFFER)
    ]
    outweighed = [one for one in told if one.verdict == "outweighed"]
    if outweighed:
        return [max(outweighed, key=lambda one: (one.code == Fate.OUTRANKED, one.expected_value or 0.0))]
    return [one for one in told if one.verdict == "stopped"][:1]


@dataclass(eq=False)
class _Case:
    """A decision that is asked about; products are ranked, and their gates are made, once for all actions about them."""

    item: ItemNumber | None
    decision: Decision
    request: DecisionRequest
    ready: Prepared
    state: CustomerState
    circumstances: Circumstances

    @property
    def now_s(self) -> int:
        return self.decision.decided_at_us // 1_000_000

    @cached_property
    def ranking(self) -> ProductRanking:
        sought = Sought(True, True, pinned=() if self.item is None else (self.item,))
        return ranked_products(self.state, self.request, self.ready, sought, self.now_s)

    @cached_property
    def gates(self) -> Gates:
        """The gates that ask about single products: a decision asks them only of those that it looks at.

        Nothing of what these ask depends on how holdouts are drawn.
        """
        situation = situation_of(self.state, self.request, self.ready, self.now_s, self.decision.decision_id)
        return Gates(self.ready, situation, channel_of(self.request, self.ready), customer_seed=0)

    def likely(self, is_offer: bool) -> list[ItemNumber]:
        """Return the likeliest products, best first; behind them the likeliest of those that a gate kept out."""
        ranking = self.ranking
        begin, end = (0, ranking.offers) if is_offer else (ranking.offers, ranking.offers + ranking.repeats)
        kept_out = ranking.number[ranking.offers + ranking.repeats :]
        return [ItemNumber(number) for number in (*ranking.number[begin:end].tolist(), *kept_out.tolist())]

    def fate_of(self, item: ItemNumber, place: int) -> Fate:
        """Return what became of a product under one action that no gate stopped."""
        fates = (self.decision.trace or Trace()).fates
        told = next((one.why for one in fates if (one.item, one.place) == (item, place)), None)
        if isinstance(told, Fate):
            return told
        products = [one for one in self.decision.actions if one.action in _RANKED and one.item is not None]
        if any(one.item == item for one in products) or self._is_variant_offered(item, place):
            return Fate.SAID_ALREADY
        family_of = self.ready.family_of
        family = family_of(item)
        alike = sum(family_of(one.item or 0) == family for one in products)
        if family >= 0 and alike >= self.ready.most_alike:
            return Fate.ENOUGH_OF_CATEGORY
        return Fate.OUTRANKED

    def _is_variant_offered(self, item: ItemNumber, place: int) -> bool:
        """Whether an action would offer what the slate offers a variant of."""
        terms, group_of = (self.decision.trace or Trace()).terms, self.ready.group_of
        if terms[place].action is not ActionKind.PRODUCT_OFFER or group_of(item) < 0:
            return False
        offered = [one.item for one in self.decision.actions if one.action is ActionKind.PRODUCT_OFFER]
        return any(one is not None and group_of(one) == group_of(item) for one in offered)


def _of_product(at: int, terms: Terms, item: ItemNumber, case: _Case) -> Explanation:
    """Say why an action is not about an item; else the first gate that stops either; else what was worth more."""
    ready, decision = case.ready, case.decision
    index = index_of(ready.assortment, item)
    if index < 0:
        return Explanation("unknown", "unknown", "the models never saw this item")
    plan = ready.plans[terms.action_id]
    is_offer = plan.action.kind is ActionKind.PRODUCT_OFFER
    selectors = ready.offer_selectors if is_offer else ready.repeat_selectors
    if not selectors[index, plan.row]:
        return Explanation("never_proposed", "not_selected", "the action is not about this item")
    ranking, gates = case.ranking, case.gates
    code = ranking.code_as_offer(item) if is_offer else ranking.code_as_refill(item)
    if code == IS_NOT_PROPOSED:
        return Explanation("never_proposed", "not_bought", "the customer has none of it that is used up")
    known = case.state, ready.repertoire.catalogue
    stops = [
        None if code == IS_ALLOWED else kept_out(code, item, known, case.now_s),
        _stop_of(terms),
        _silence(gates, plan, item),
        gates.of_product(plan, item),
        expiry_stop(plan, ranking, item, case.now_s),
    ]
    stopped = min((one for one in stops if one is not None), key=_turn, default=None)
    if stopped is not None:
        return _stopped(stopped)
    fate = case.fate_of(item, at)
    probability = ranking.probability_of(item, is_offer=is_offer)
    worth = (
        None if probability is None else _worth(Scales(gates, case.circumstances), plan, item, probability)
    )
    return _lost(worth, fate, _needed(decision, case.request))


def _stop_of(terms: Terms) -> Stop | None:
    """Return the gate that stopped a whole action about products."""
    if terms.why is Fate.CHOSEN:
        return None
    return Stop(terms.code, terms.because, terms.evidence, terms.opens_s)


def _turn(stopped: Stop) -> int:
    why = why_of(stopped.code)
    return turn_of(why) if isinstance(why, GateReason) else -1


def _stopped(stopped: Stop) -> Explanation:
    return Explanation("stopped", why_of(stopped.code).value, stopped.because, opens_s=stopped.opens_s)


def _silence(gates: Gates, plan: ActionPlan, item: ItemNumber) -> Stop | None:
    """Return why staff or an outcome keeps an action silent about an item."""
    suppressed = {} if gates.word is None else gates.word.suppressed_numbers(plan.action.id)
    is_closed = item in suppressed or item in gates.cooldowns.numbers(plan.action.id)
    return gates.silence(plan, item) if is_closed else None


def _worth(scales: Scales, plan: ActionPlan, item: ItemNumber, ranked: float) -> float:
    """Return what a product is worth under an action, with its price, what outcomes taught, the moments that ask for it and
    what staff boosted.
    """
    (probability,) = scales.of_ranked(plan, [ranked])
    value, lever = scales.value(plan, item), scales.lever(plan, item)
    return probability * value * scales.context(plan, item) * lever - scales.cost(plan)


def _lost(worth: float | None, fate: Fate, needed: float | None) -> Explanation:
    if worth is None:
        return Explanation("outweighed", Fate.OUTRANKED.value, _NOT_LIKELY, needed=needed)
    return _outweighed(fate if worth > 0 else Fate.NOT_WORTH_SAYING, worth, needed)


def _never(
    decision: Decision, request: DecisionRequest, ready: Prepared, state: CustomerState, asked: About
) -> Explanation:
    action_id, item, _ = asked
    if action_id is not None and action_id not in ready.plans:
        return Explanation("unknown", "unknown", f"the playbook has no action {action_id!r}")
    made_from = (ready, request, state, decision.decided_at_us // 1_000_000)
    if action_id is None:
        told = ("no_action", "nothing was proposed") if item is None else nothing_about(item, made_from)
        return Explanation("never_proposed", *told)
    action = ready.plans[action_id].action
    if request.actions is not None and action.kind not in request.actions:
        return Explanation("never_proposed", "not_asked", f"{action.kind.value} was not asked for")
    return Explanation("never_proposed", "no_fact", why_nothing(action, item, made_from))
