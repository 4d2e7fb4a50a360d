"""``decide()`` under a playbook: propose, ask the gates, weigh, choose, and keep what was weighed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from recommender.actions.late_mapping import LateMapping
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation, Moment
from recommender.candidates.assortment import FALLBACK
from recommender.contacts.zones import zone_of
from recommender.customers import CustomerState
from recommender.decisions.account import Account
from recommender.decisions.action_gates import Closed, Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.arbitration import Arbitration, Chosen, is_explored
from recommender.decisions.bidders import Bidders, sought_of
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.contender import Contender
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.depth import can_go_deeper
from recommender.decisions.facts import reason_of
from recommender.decisions.offering import streams_of
from recommender.decisions.prepared import Prepared
from recommender.decisions.proposed import Proposals
from recommender.decisions.ranking import ProductRanking, ranked_products
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import DecisionRequest
from recommender.decisions.seeds import seed_of
from recommender.decisions.sought import Sought
from recommender.decisions.trace import Timings, Trace
from recommender.decisions.worth import Scales
from recommender.errors import InvalidRequestError
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Channel
from recommender.types import DecisionId, ItemNumber

_MICROSECONDS: Final = 1_000_000

_DEEPER: Final = 8
"""Where a slate has room left, so many times as many products are ranked."""


def decide_actions(
    state: CustomerState,
    request: DecisionRequest,
    ready: Prepared,
    circumstances: Circumstances,
    *,
    now_s: int,
    decision_id: DecisionId,
) -> Decision:
    """Choose the next best action of a playbook, or none; see :func:`recommender.decisions.deciding.decide`."""
    began = perf_counter()
    gates = Gates(
        ready,
        situation_of(state, request, ready, now_s, decision_id),
        channel_of(request, ready),
        circumstances.customer_seed,
    )
    scales = Scales(gates, circumstances)
    seed = seed_of(decision_id)
    asked = asked_for(ready, request.actions)
    bidders = _bidders(ready, asked, gates, scales)
    closed = gates.closed(bidders)
    pins = () if gates.word is None else gates.word.pinned_numbers()
    choosing = _Choosing(
        state, request, ready, circumstances, (asked, bidders, closed), (gates, scales), now_s, seed, began
    )
    account, timings = choosing.filled(sought_of(bidders, closed, pins, seed, now_s))
    ranking, chosen = account.ranking, account.chosen
    actions = _scored(chosen, ranking, ready)
    assortment = ready.assortment
    return Decision(
        decision_id=decision_id,
        customer_version=state.version,
        model_version=assortment.model_version,
        catalogue_version=assortment.catalogue.version,
        cold=ranking.is_cold,
        served_by="fallback" if assortment.model_version == FALLBACK else "model",
        actions=actions,
        decided_at_us=now_s * _MICROSECONDS,
        gated=LateMapping(account.gated),
        playbook_version=ready.repertoire.playbook.version,
        engine_version=circumstances.engine_version,
        direction="outbound" if gates.is_outbound else "inbound",
        seed=seed,
        explored=chosen.explored,
        action_probability=chosen.first_probability,
        next_s=account.next_s(),
        trace=Trace.later(account.gathered, account.stops, chosen.n_passed, timings),
    )


@dataclass(slots=True, eq=False)
class _Choosing:
    """What one decision chooses from, whatever is ranked for it."""

    state: CustomerState
    request: DecisionRequest
    ready: Prepared
    circumstances: Circumstances
    about_products: tuple[Sequence[ActionPlan], Bidders, Closed]
    judges: tuple[Gates, Scales]
    now_s: int
    seed: int
    began: float

    def filled(self, sought: Sought) -> tuple[Account, Timings]:
        """Choose; where the slate has room left, again from more products, as long as that brings more.

        How deep to rank is never drawn: exploration draws once, among what the slate without it is chosen from.
        """
        ready, bidders, k = self.ready, self.about_products[1], self.request.k
        epsilon = ready.repertoire.playbook.epsilon
        is_drawn = epsilon > 0 and is_explored(self.seed, epsilon)
        explores = epsilon > 0 and not is_drawn  # then its slate is the one without exploration
        began, ranking = self.began, self._ranked(sought)
        account, timings = self._chosen_from(ranking, began, explores=explores)
        while len(account.chosen.actions) < k and can_go_deeper(ranking, ready, bidders, sought, k):
            sought, before = sought._replace(deeper=sought.deeper * _DEEPER), len(account.chosen.actions)
            began, ranking = perf_counter(), self._ranked(sought)
            account, timings = self._chosen_from(ranking, began, explores=explores)
            if len(account.chosen.actions) <= before:
                break
        return self._chosen_from(ranking, began, explores=True) if is_drawn else (account, timings)

    def _ranked(self, sought: Sought) -> ProductRanking:
        memory = self.circumstances.rankings
        if memory is None:
            return ranked_products(self.state, self.request, self.ready, sought, self.now_s)
        return memory.ranked(self.state, self.request, self.ready, sought, self.now_s)

    def _chosen_from(
        self, ranking: ProductRanking, began: float, *, explores: bool
    ) -> tuple[Account, Timings]:
        """Propose and choose."""
        request, ready, (gates, scales) = self.request, self.ready, self.judges
        asked, bidders, closed = self.about_products
        ranked = perf_counter()
        is_alone = gates.word is None and not explores
        streams = streams_of(bidders, ranking, (gates, scales, closed), self.seed, is_alone=is_alone)
        proposals = Proposals(request, (gates, scales, ranking), explores=explores)
        judged_at = perf_counter()
        arbitration = Arbitration(ready, (proposals, streams), gates.word, self.now_s, self.seed)
        chosen = arbitration.choose(request.k, explores=explores)
        taken = (ranked - began, judged_at - ranked, perf_counter() - judged_at)
        timings = Timings(*[seconds * 1e6 for seconds in taken])
        return Account(asked, ranking, streams, proposals, chosen, gates, scales), timings


def channel_of(request: DecisionRequest, ready: Prepared) -> Channel | None:
    """Return the channel of a request; None where it names none, or the playbook declares none at all.

    Raises
    ------
    InvalidRequestError
        The playbook declares channels, and this is none of them: nobody could say whether consent binds it.
    """
    channels = ready.repertoire.playbook.channels
    if request.channel is None or not channels:
        return None
    channel = channels.get(request.channel)
    if channel is None:
        raise InvalidRequestError(
            "unknown channel",
            expected="one of " + ", ".join(sorted(channels)),
            found=request.channel[:80],
            remedy="declare it in the playbook, or leave channel out",
        )
    return channel


def situation_of(
    state: CustomerState,
    request: DecisionRequest,
    ready: Prepared,
    now_s: int,
    decision_id: DecisionId | None = None,
) -> CustomerSituation:
    """Return a customer at the moment of a request."""
    zone = zone_of(state.dealings, ready.repertoire.playbook)
    where = (request.channel, request.placement)
    moment = Moment(now_s, zone, *where, request.request_id, request.without_goodwill, decision_id)
    return CustomerSituation(ready.repertoire, state, moment)


def _bidders(ready: Prepared, asked: Sequence[ActionPlan], gates: Gates, scales: Scales) -> Bidders:
    """Ask the gates about the actions that are about ranked products, once for all products."""
    bits = ready.bits.about_products
    if len(asked) < len(ready.ranked):
        bits = sum([plan.bit for plan in asked])
    standing = gates.passing(bits)
    return ready.bidders.of(asked, (bits, standing, scales.merging()), scales.tariff)


def asked_for(ready: Prepared, kinds: Collection[ActionKind] | None) -> Sequence[ActionPlan]:
    """Return the actions about ranked products of the kinds that a request asks for."""
    if kinds is None:
        return ready.ranked
    return [plan for plan in ready.ranked if plan.action.kind in kinds]


# The slate.


def _scored(chosen: Chosen, ranking: ProductRanking, ready: Prepared) -> tuple[ScoredAction, ...]:
    untold = [one.place for one in chosen.actions if one.cause is None and not one.facts]
    facts = dict(zip(untold, ranking.facts_at(untold), strict=True)) if untold else {}
    said, probability = [], chosen.first_probability
    for one in chosen.actions:
        if one.cause is None:
            said.append(_product(one, one.facts or facts[one.place], probability, ready))
        else:
            said.append(_caused(one, one.cause, probability, ready))
        probability = 1.0
    return tuple(said)


def _product(one: Contender, facts: Sequence[int], probability: float, ready: Prepared) -> ScoredAction:
    reason, source, due_at_s = reason_of(facts)
    action, number, text = one.plan.action, one.number or 0, ""
    if action.text:
        text = ready.repertoire.wordings[action.id].say(ready.repertoire.product_words(number))
    return ScoredAction(
        action=action.kind,
        item=ItemNumber(number),
        score=one.worth.propensity,
        reason=reason,
        source=source,
        due_at_s=due_at_s,
        action_id=action.id,
        text=text,
        factors=one.worth,
        expected_value=one.expected,
        action_probability=probability,
    )


def _caused(one: Contender, cause: Cause, probability: float, ready: Prepared) -> ScoredAction:
    action = one.plan.action
    return ScoredAction(
        action=action.kind,
        item=cause.item,
        score=one.worth.propensity,
        reason=Reason(ReasonKind.TRIGGERED, words=cause.fact),
        source=action.kind,
        due_at_s=cause.due_s,
        action_id=action.id,
        text=ready.repertoire.wordings[action.id].say(cause.words),
        factors=one.worth,
        expected_value=one.expected,
        action_probability=probability,
        deadline_s=cause.deadline_s,
        subject=cause.subject,
        fact=cause.fact,
        amount=cause.amount,
    )
