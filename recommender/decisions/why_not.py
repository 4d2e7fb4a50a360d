"""Why did she not get this? The answer of the same decision, asked about one action or item."""

from typing import Final, Literal, TypeAlias

import msgspec

from recommender.actions.telling import ago
from recommender.candidates.codes import IS_ALLOWED, IS_NOT_PROPOSED, REASON_OF_CODE, Fate
from recommender.customers import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ranked_products
from recommender.decisions.request import DecisionRequest
from recommender.decisions.sought import Sought, index_of
from recommender.decisions.trace import Terms, Trace, Weighed, why_of
from recommender.playbook.kinds import ActionKind
from recommender.types import ItemNumber

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
        What the last chosen action is worth: what it had to beat; None where the slate has room.
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


def why_not(
    decision: Decision,
    request: DecisionRequest,
    ready: Prepared,
    state: CustomerState,
    *,
    action_id: str | None = None,
    item: ItemNumber | None = None,
) -> list[Explanation]:
    """Explain an action, an item, or an action about an item.

    Parameters
    ----------
    decision, request, ready, state
        A decision that was just made, and what it was made from.
    action_id
        Of the playbook; None: whatever is about the item.
    item
        None: whatever the action is about.

    Returns
    -------
    list[Explanation]
        What was chosen first, then what came nearest; never empty.
    """
    trace = decision.trace or Trace()
    found = [
        _chosen(rank, one)
        for rank, one in enumerate(decision.actions, start=1)
        if action_id in (None, one.action_id) and item in (None, one.item)
    ]
    found += [
        _of_weighed(one, decision, request)
        for one in trace.weighed
        if action_id in (None, one.action_id) and item in (None, one.item) and one.why is not Fate.CHOSEN
    ]
    found += _of_products(decision, request, ready, state, (action_id, item))
    return found or [_never(ready, request, action_id, item)]


def _chosen(rank: int, one: ScoredAction) -> Explanation:
    return Explanation("chosen", Fate.CHOSEN.value, one.fact, rank, one.expected_value)


def _needed(decision: Decision, request: DecisionRequest) -> float | None:
    if len(decision.actions) < request.k:
        return None
    return min(one.expected_value or 0.0 for one in decision.actions)


def _of_weighed(one: Weighed, decision: Decision, request: DecisionRequest) -> Explanation:
    if not isinstance(one.why, Fate):
        return Explanation("stopped", one.why.value, one.because, opens_s=one.opens_s)
    propensity, value, context, lever, cost = one.factors
    worth = propensity * value * context * lever - cost
    return _outweighed(one.why, worth, _needed(decision, request))


def _outweighed(fate: Fate, worth: float, needed: float | None) -> Explanation:
    because = {
        Fate.NOT_WORTH_SAYING: f"worth {worth:.4g}, no more than saying nothing",
        Fate.SAID_ALREADY: "the slate says the same already",
        Fate.ENOUGH_OF_CATEGORY: "the slate holds enough offers of its category",
    }.get(fate, f"worth {worth:.4g}, the last chosen {needed or 0.0:.4g}")
    return Explanation("outweighed", fate.value, because, expected_value=worth, needed=needed)


def _of_products(
    decision: Decision,
    request: DecisionRequest,
    ready: Prepared,
    state: CustomerState,
    asked: tuple[str | None, ItemNumber | None],
) -> list[Explanation]:
    """Explain the actions about ranked products that were asked for, and what became of the item under them."""
    action_id, item = asked
    trace = decision.trace or Trace()
    found = []
    for at, terms in enumerate(trace.terms):
        if action_id not in (None, terms.action_id) or (item is None and action_id is None):
            continue
        if terms.why is not Fate.CHOSEN:
            found.append(Explanation("stopped", terms.why.value, terms.because, opens_s=terms.opens_s))
        elif item is not None and not any(
            one.item == item and one.action_id == terms.action_id for one in decision.actions
        ):
            found.append(_of_product(at, terms, decision, (request, ready, state), item))
    return found


def _of_product(
    at: int,
    terms: Terms,
    decision: Decision,
    known: tuple[DecisionRequest, Prepared, CustomerState],
    item: ItemNumber,
) -> Explanation:
    request, ready, state = known
    index = index_of(ready.assortment, item)
    if index < 0:
        return Explanation("unknown", "unknown", "the models never saw this item")
    plan = ready.plans[terms.action_id]
    is_offer = plan.action.kind is ActionKind.PRODUCT_OFFER
    selectors = ready.offer_selectors if is_offer else ready.repeat_selectors
    if not selectors[index, plan.row]:
        return Explanation("never_proposed", "not_selected", "the action is not about this item")
    now_s = decision.decided_at_us // 1_000_000
    ranking = ranked_products(state, request, ready, Sought(True, True, pinned=(item,)), now_s)
    code = ranking.code_as_offer(item) if is_offer else ranking.code_as_refill(item)
    if code == IS_NOT_PROPOSED:
        return Explanation("never_proposed", "not_bought", "she has none of it that is used up")
    if code != IS_ALLOWED:
        return Explanation("stopped", REASON_OF_CODE[code].value, _since(state, item, now_s))
    fates = (decision.trace or Trace()).fates
    fate = next((code for number, place, code in fates if (number, place) == (item, at)), None)
    return _lost(terms, ranking.probability_of(item, is_offer=is_offer), fate, _needed(decision, request))


def _lost(terms: Terms, probability: float | None, code: int | None, needed: float | None) -> Explanation:
    why = Fate.OUTRANKED if code is None else why_of(code)
    if not isinstance(why, Fate):
        return Explanation("stopped", why.value, "it was said, dismissed or suppressed for this item")
    if probability is None:
        return Explanation(
            "outweighed", Fate.OUTRANKED.value, "not among the likeliest products", needed=needed
        )
    worth = probability * terms.value * terms.context * terms.lever - terms.cost
    return _outweighed(why if worth > 0 else Fate.NOT_WORTH_SAYING, worth, needed)


def _since(state: CustomerState, item: ItemNumber, now_s: int) -> str:
    """Return when the item itself was last bought, in words; empty where only a variant was, or nothing."""
    rows = (state.items.number == item).nonzero()[0]
    if rows.size == 0:
        return ""
    return f"bought {ago(int(state.items.last_s[rows[0]]), now_s)}"


_NO_TRIGGER: Final = {
    ActionKind.SERVICE_REMINDER: "no unit that she owns has a service coming or due",
    ActionKind.APPOINTMENT: "no booked visit is near",
    ActionKind.THANK_YOU: "nothing that it is about was bought lately, or it was said",
    ActionKind.REVIEW_REQUEST: "nothing that it is about was delivered in its time, or it was asked",
    ActionKind.SURVEY: "nothing happened that it asks about, or it was asked",
    ActionKind.APOLOGY: "no complaint calls for it, or it was said",
    ActionKind.FOLLOW_UP: "no question waits for it, or it was said",
    ActionKind.WIN_BACK: "she has not stayed away for longer than her own rhythm explains",
    ActionKind.OCCASION: "no date that matters is near, or it was said",
    ActionKind.EASY_RETURN: "nothing was bought that could still be given back, or it was said",
}


def _never(
    ready: Prepared, request: DecisionRequest, action_id: str | None, item: ItemNumber | None
) -> Explanation:
    if action_id is not None and action_id not in ready.plans:
        return Explanation("unknown", "unknown", f"the playbook has no action {action_id!r}")
    if action_id is None:
        return Explanation("never_proposed", "no_action", f"no action of the playbook is about item {item}")
    kind = ready.plans[action_id].action.kind
    if request.actions is not None and kind not in request.actions:
        return Explanation("never_proposed", "not_asked", f"{kind.value} was not asked for")
    because = _NO_TRIGGER.get(kind, "the ranking has nothing that it is about")
    return Explanation("never_proposed", "no_fact", because)
