"""``decide()`` under a playbook: propose, ask the gates, weigh, choose, and keep what was weighed."""

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import Final, NamedTuple, TypeAlias

from recommender.actions.proposal import Proposal
from recommender.actions.proposing import proposals_in
from recommender.actions.situation import CustomerSituation, Moment
from recommender.candidates.assortment import FALLBACK
from recommender.candidates.codes import Fate
from recommender.contacts.zones import zone_of
from recommender.customers import CustomerState
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.arbitration import Arbitration, Chosen, fate_of_rest
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.decision import Decision, Factors, ScoredAction
from recommender.decisions.facts import reason_of
from recommender.decisions.offering import Contender, Split, Stream, Traded, market_of, split, streams_of
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking, Sought, ranked_products
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import DecisionRequest
from recommender.decisions.seeds import seed_of
from recommender.decisions.stops import Stop
from recommender.decisions.trace import (
    CODE_OF,
    KIND_POSITION,
    Gathered,
    Ranked,
    Terms,
    Timings,
    Trace,
    Weighed,
    days_since,
    packed_ranking,
    why_of,
)
from recommender.decisions.worth import Scales
from recommender.errors import InvalidRequestError
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Channel
from recommender.types import DecisionId, ItemNumber

_MICROSECONDS: Final = 1_000_000
_OFFER: Final = KIND_POSITION[ActionKind.PRODUCT_OFFER]
_CHOSEN: Final = CODE_OF[Fate.CHOSEN.value]
_LIMITS: Final = frozenset(CODE_OF[name] for name in ("cap_reached", "too_soon", "quiet_hours"))


_Judged: TypeAlias = tuple[ActionPlan, Proposal, Stop | None, Contender | None]
"""A proposal, the gate that stopped it or its contender; plain, because there are many."""


class _Products(NamedTuple):
    """The actions about ranked products, the gate that stopped each, and the ranking."""

    plans: list[tuple[ActionPlan, Stop | None]]
    ranking: ProductRanking
    streams: list[Stream | Traded]


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
        _situation(state, request, ready, now_s),
        channel_of(request, ready),
        circumstances.customer_seed,
    )
    scales = Scales(gates, circumstances)
    plans = _judged_actions(ready, request, gates)
    seed = seed_of(decision_id)
    allowed = [(at, plan) for at, (plan, stopped) in enumerate(plans) if stopped is None]
    parts = split(allowed, gates, scales, seed)
    sought = _sought(parts, gates, scales)
    if circumstances.rankings is None:
        ranking = ranked_products(state, request, ready, sought, now_s)
    else:
        ranking = circumstances.rankings.ranked(state, request, ready, sought, now_s)
    ranked = perf_counter()
    products = _Products(plans, ranking, streams_of(parts, ranking, gates, scales))
    judged = _judged_proposals(request, gates, scales, ranking)
    judged_at = perf_counter()
    contenders = [one for _, _, _, one in judged if one is not None]
    arbitration = Arbitration(ready, (contenders, products.streams), gates.word, now_s, seed)
    chosen = arbitration.choose(request.k)
    actions = _scored(chosen, ranking, ready)
    timings = Timings((ranked - began) * 1e6, (judged_at - ranked) * 1e6, (perf_counter() - judged_at) * 1e6)
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
        gated=_gated(judged, products),
        playbook_version=ready.repertoire.playbook.version,
        engine_version=circumstances.engine_version,
        direction="outbound" if gates.is_outbound else "inbound",
        seed=seed,
        explored=chosen.explored,
        action_probability=chosen.first_probability,
        next_s=_next_s(judged, plans),
        trace=Trace.later(
            lambda: _gathered(judged, products, chosen, gates, scales), chosen.n_passed, timings
        ),
    )


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


def _situation(
    state: CustomerState, request: DecisionRequest, ready: Prepared, now_s: int
) -> CustomerSituation:
    zone = zone_of(state.dealings, ready.repertoire.playbook)
    where = (request.channel, request.placement)
    moment = Moment(now_s, zone, *where, request.request_id, request.without_goodwill)
    return CustomerSituation(ready.repertoire, state, moment)


def _judged_actions(
    ready: Prepared, request: DecisionRequest, gates: Gates
) -> list[tuple[ActionPlan, Stop | None]]:
    """Ask the gates about the actions that are about ranked products, once for all products."""
    wanted = [
        plan
        for plan in (*ready.offers, *ready.repeats)
        if request.actions is None or plan.action.kind in request.actions
    ]
    return [(plan, gates.of_action(plan)) for plan in wanted]


def _sought(parts: Split, gates: Gates, scales: Scales) -> Sought:
    """Return what is to be ranked: whatever any action that no gate stops may speak of."""
    plans = [plan for _, plan, _ in (*parts.traded, *parts.single)]
    offers = [plan.row for plan in plans if plan.kind == _OFFER]
    pins = () if gates.word is None else gates.word.pins
    return Sought(
        bool(offers),
        len(plans) > len(offers),
        market_of(parts.traded, scales, gates.ready.assortment),
        tuple(one.number for one in pins if one.number is not None),
        frozenset(offers),
    )


def _judged_proposals(
    request: DecisionRequest, gates: Gates, scales: Scales, ranking: ProductRanking
) -> list[_Judged]:
    plans, wanted = gates.ready.plans, request.actions
    judged: list[_Judged] = []
    for proposal in proposals_in(gates.situation):
        action = proposal.action
        if wanted is not None and action.kind not in wanted:
            continue
        plan = plans[action.id]
        stopped = gates.of_proposal(plan, proposal, ranking)
        contender = None
        if stopped is None:
            worth = scales.of_proposal(plan, proposal)
            contender = Contender(plan, worth, worth.expected, proposal.item, len(judged), -1, proposal)
        judged.append((plan, proposal, stopped, contender))
    return judged


# The slate.


def _scored(chosen: Chosen, ranking: ProductRanking, ready: Prepared) -> tuple[ScoredAction, ...]:
    places = [one.place for one in chosen.actions if one.place >= 0]
    facts = dict(zip(places, ranking.facts_at(places), strict=True)) if places else {}
    return tuple(
        _product(one, facts[one.place], _probability(chosen, rank), ready)
        if one.proposal is None
        else _proposed(one, one.proposal, _probability(chosen, rank), ready)
        for rank, one in enumerate(chosen.actions)
    )


def _probability(chosen: Chosen, rank: int) -> float:
    return chosen.first_probability if rank == 0 else 1.0


def _product(one: Contender, facts: Sequence[int], probability: float, ready: Prepared) -> ScoredAction:
    reason, source, due_at_s = reason_of(facts)
    action, number = one.plan.action, ItemNumber(one.number or 0)
    text = ""
    if action.text:
        text = ready.repertoire.wordings[action.id].say({"item": ready.repertoire.catalogue.name(number)})
    return ScoredAction(
        action=action.kind,
        item=number,
        score=one.worth.propensity,
        reason=reason,
        source=source,
        due_at_s=due_at_s,
        action_id=action.id,
        text=text,
        factors=Factors(*one.worth),
        expected_value=one.expected,
        action_probability=probability,
    )


def _proposed(one: Contender, proposal: Proposal, probability: float, ready: Prepared) -> ScoredAction:
    action = proposal.action
    return ScoredAction(
        action=action.kind,
        item=proposal.item,
        score=one.worth.propensity,
        reason=Reason(ReasonKind.TRIGGERED, words=proposal.fact),
        source=proposal.source,
        due_at_s=proposal.due_s,
        action_id=action.id,
        text=ready.repertoire.wordings[action.id].say(proposal.words),
        factors=Factors(*one.worth),
        expected_value=one.expected,
        action_probability=probability,
        deadline_s=proposal.deadline_s,
        subject=proposal.subject,
        fact=proposal.fact,
        amount=proposal.amount,
    )


# What is remembered of it.


def _gated(judged: Iterable[_Judged], products: _Products) -> dict[str, int]:
    """Return how many candidates each gate kept out: products, proposals, and whole actions about products."""
    counted = products.ranking.gated()
    stops = [one.code for _, _, one, _ in judged if one is not None]
    stops += [stopped.code for _, stopped in products.plans if stopped is not None]
    stops += [stopped.code for _, _, stopped in _silent(products)]
    for code in stops:
        name = why_of(code).value
        counted[name] = counted.get(name, 0) + 1
    return counted


def _silent(products: _Products) -> Iterator[tuple[int, int, Stop]]:
    """Yield place of the action, number of the product and gate, where a gate kept an action silent about a product."""
    for stream in products.streams:
        yield from stream.silenced()


def _next_s(judged: Iterable[_Judged], plans: Iterable[tuple[ActionPlan, Stop | None]]) -> int | None:
    """Return when the first contact limit opens that kept something out."""
    stops = [one for _, _, one, _ in judged] + [stopped for _, stopped in plans]
    return min(
        (one.opens_s for one in stops if one is not None and one.code in _LIMITS and one.opens_s is not None),
        default=None,
    )


def _gathered(
    judged: Sequence[_Judged], products: _Products, chosen: Chosen, gates: Gates, scales: Scales
) -> Gathered:
    fates = {one.at: CODE_OF[fate.value] for one, fate in chosen.lost if one.proposal is not None}
    fates |= {one.at: CODE_OF[fate_of_rest(one).value] for one in chosen.rest}
    lost = [
        (one.number or 0, one.at, CODE_OF[fate.value]) for one, fate in chosen.lost if one.proposal is None
    ]
    lost += [(number, at, stopped.code) for at, number, stopped in _silent(products)]
    ranking = products.ranking
    return Gathered(
        weighed=tuple(_weighed(one, fates.get(at, _CHOSEN), gates) for at, one in enumerate(judged)),
        terms=tuple(_terms(plan, stopped, gates, scales) for plan, stopped in products.plans),
        ranked=_ranked(ranking, gates.situation.state),
        fates=tuple(lost),
    )


def _ranked(ranking: ProductRanking, state: CustomerState) -> Ranked:
    sizes = ranking.offers, ranking.repeats
    kept_out = ranking.number[ranking.offers + ranking.repeats :]
    days = days_since(kept_out, state.items, ranking.now_s)
    return packed_ranking(sizes, ranking.number, ranking.probability, ranking.closed, days)


def _weighed(one: _Judged, fate: int, gates: Gates) -> Weighed:
    plan, proposal, stopped, contender = one
    worth: tuple[float, ...] = () if contender is None else tuple(contender.worth)
    code, because, evidence, opens_s = (fate, "", gates.evidence(plan), None) if stopped is None else stopped
    return Weighed(
        plan.kind,
        plan.action.id,
        proposal.item,
        proposal.source,
        proposal.subject,
        proposal.fact,
        code,
        because,
        evidence,
        worth,
        proposal.due_s,
        proposal.deadline_s,
        opens_s,
        proposal.since_s,
    )


def _terms(plan: ActionPlan, stopped: Stop | None, gates: Gates, scales: Scales) -> Terms:
    action = plan.action
    if stopped is not None:
        code, because, evidence, opens_s = stopped
        return Terms(plan.kind, action.id, code, because, evidence, opens_s=opens_s)
    value, context, lever, cost = scales.of_action(plan)
    return Terms(
        plan.kind,
        action.id,
        _CHOSEN,
        "",
        gates.evidence(plan),
        value,
        action.value_from_price,
        context,
        lever,
        cost,
    )
