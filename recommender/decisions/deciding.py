"""``decide()``: the one decision function."""

from typing import Final

import numpy as np

from recommender.candidates.assortment import FALLBACK, Assortment
from recommender.candidates.codes import REASON_OF_CODE
from recommender.candidates.kinds import ActionKind
from recommender.candidates.merging import Candidate, merge_kinds
from recommender.candidates.picking import pick_best
from recommender.candidates.proposals import Proposals, propose
from recommender.customers import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.explaining import SOURCE_OF_REASON, explain_offers, explain_refills
from recommender.decisions.gates import judge
from recommender.decisions.reasons import Reason
from recommender.decisions.request import DecisionRequest
from recommender.decisions.verdicts import Purchased, Refills, Verdict
from recommender.models.fitted import FittedModels
from recommender.models.scoring import offer_probability
from recommender.types import DecisionId, ItemNumber

_MICROSECONDS: Final = 1_000_000
_REASONS: Final = tuple((code, reason.value) for code, reason in REASON_OF_CODE.items())


def decide(
    state: CustomerState,
    request: DecisionRequest,
    models: FittedModels,
    assortment: Assortment,
    *,
    now_s: int,
    decision_id: DecisionId,
) -> Decision:
    """Choose what to say to one customer now.

    A pure function: the same arguments give the same slate, for a widget call, an export and a test. Candidates are
    every item of the bundle (offers) and everything the customer uses up (buy-again); gates take out what must not be
    said; the best of each kind are merged by probability, all kinds being worth the same. Equal offers are ordered by
    item number, and the slate does not depend on ``decision_id``, so that preview, export and API agree row by row.

    Parameters
    ----------
    state
        The fold of the customer's events; ``CustomerState.empty()`` for an unknown or anonymous customer.
    request
        How many actions of which kinds, with cart and session.
    models, assortment
        A bundle, and the catalogue over it: ``assortment_of(models, catalogue, model_version)``.
    now_s
        The time of the decision, seconds since 1970.
    decision_id
        Identity of the decision, from the caller.

    Returns
    -------
    Decision
        At most ``k`` actions, fewer when there are fewer candidates; never padded.

    Raises
    ------
    InvalidRequestError
        When the request does not fit.
    ValueError
        When the assortment belongs to another bundle.
    """
    request.check()
    if len(assortment.shelf.number) != len(models.items):
        raise ValueError("the assortment was built for another bundle")
    proposals = propose(state, request.cart + request.session, request.actions, models, now_s)
    cart = np.array(request.cart, dtype=np.uint32)
    offers, repeats = judge(assortment.shelf, _purchased(state), _refills(proposals), cart, now_s)
    chosen = merge_kinds(
        _best_offers(offers, request, proposals, models, assortment),
        _best_refills(repeats, request, proposals, assortment),
        request.k,
    )
    return Decision(
        decision_id=decision_id,
        customer_version=state.version,
        model_version=assortment.model_version,
        catalogue_version=assortment.catalogue.version,
        cold=proposals.is_cold,
        served_by="fallback" if assortment.model_version == FALLBACK else "model",
        actions=_explained(chosen, proposals, request, models, assortment, now_s),
        decided_at_us=now_s * _MICROSECONDS,
        gated=_gated(request, offers, repeats),
    )


def _purchased(state: CustomerState) -> Purchased:
    """Return the history as fresh arrays: of unpacked states they are read-only, which a kernel would compile anew for."""
    items = state.items
    return Purchased(np.array(items.number), np.array(items.owned), np.array(items.last_s))


def _refills(proposals: Proposals) -> Refills:
    history = proposals.history
    return Refills(history.item, history.owned, history.orders, history.last_s, proposals.due_at_s)


def _best_offers(
    verdict: Verdict,
    request: DecisionRequest,
    proposals: Proposals,
    models: FittedModels,
    assortment: Assortment,
) -> list[Candidate]:
    """Return the best ``k`` offers; by raw score, of which the probability is a non-decreasing function."""
    if ActionKind.PRODUCT_OFFER not in request.actions:
        return []
    numbers = assortment.shelf.number
    best = pick_best(proposals.offer_score, verdict.code, numbers, request.k)
    probability = np.minimum.accumulate(offer_probability(models, proposals.offer_score[best]))
    return [
        Candidate(ActionKind.PRODUCT_OFFER, ItemNumber(number), p, item)
        for item, number, p in zip(best.tolist(), numbers[best].tolist(), probability.tolist(), strict=True)
    ]


def _best_refills(
    verdict: Verdict, request: DecisionRequest, proposals: Proposals, assortment: Assortment
) -> list[Candidate]:
    if len(proposals.history.item) == 0:
        return []
    numbers = assortment.shelf.number[proposals.history.item]
    best = pick_best(proposals.repeat_probability, verdict.code, numbers, request.k)
    probability = proposals.repeat_probability[best]
    return [
        Candidate(ActionKind.BUY_AGAIN, ItemNumber(number), p, row)
        for row, number, p in zip(best.tolist(), numbers[best].tolist(), probability.tolist(), strict=True)
    ]


def _explained(
    chosen: list[Candidate],
    proposals: Proposals,
    request: DecisionRequest,
    models: FittedModels,
    assortment: Assortment,
    now_s: int,
) -> tuple[ScoredAction, ...]:
    offers = [candidate for candidate in chosen if candidate.action is ActionKind.PRODUCT_OFFER]
    refills = [candidate for candidate in chosen if candidate.action is ActionKind.BUY_AGAIN]
    offer_reasons = iter(explain_offers(offers, proposals, request, models, assortment, now_s))
    refill_reasons = iter(explain_refills(refills, proposals, now_s))
    return tuple(
        _offered(candidate, next(offer_reasons))
        if candidate.action is ActionKind.PRODUCT_OFFER
        else _refilled(candidate, next(refill_reasons), int(proposals.due_at_s[candidate.position]))
        for candidate in chosen
    )


def _offered(candidate: Candidate, reason: Reason) -> ScoredAction:
    return ScoredAction(
        candidate.action, candidate.item, candidate.probability, reason, SOURCE_OF_REASON[reason.kind]
    )


def _refilled(candidate: Candidate, reason: Reason, due_at_s: int) -> ScoredAction:
    return ScoredAction(
        candidate.action, candidate.item, candidate.probability, reason, "replenishment", due_at_s
    )


def _gated(request: DecisionRequest, offers: Verdict, repeats: Verdict) -> dict[str, int]:
    """Return how many candidates of the wanted kinds each gate kept out; gates that kept out none are absent."""
    counts = repeats.counts
    if ActionKind.PRODUCT_OFFER in request.actions:
        counts = counts + offers.counts
    counted = counts.tolist()
    return {reason: counted[code] for code, reason in _REASONS if counted[code]}
