"""Whether a slate with room left may find more among the products behind the ranked ones."""

from collections.abc import Iterator
from typing import Final

from recommender.decisions.bidders import Bidder, Bidders
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking, how_deep
from recommender.decisions.sought import Sought
from recommender.decisions.trace import KIND_POSITION
from recommender.decisions.traded import items_of, selected_places
from recommender.playbook.kinds import ActionKind

_OFFER: Final = KIND_POSITION[ActionKind.PRODUCT_OFFER]


def can_go_deeper(ranking: ProductRanking, ready: Prepared, bidders: Bidders, sought: Sought, k: int) -> bool:
    """Whether behind the ranked products of any action there may be others that are worth saying.

    There are others where the action has as many as are ranked for it, and the next ones are less likely than the last of
    these: an action that makes nothing of so little, at the highest price, makes nothing of them either.
    """
    if ranking.offers + ranking.repeats == 0:
        return False
    cut_off = _cut_off(ranking, ready, bidders, sought, k)
    # Of what is weighed one by one (a boost, a learned propensity, a moment of an item) nobody knows a bound.
    return any(
        probability > 0 if one.plan.place not in bidders.places else _may_be_more(one, probability, ready)
        for one, probability in cut_off
    )


def _cut_off(
    ranking: ProductRanking, ready: Prepared, bidders: Bidders, sought: Sought, k: int
) -> Iterator[tuple[Bidder, float]]:
    """Yield the actions that have as many products as are ranked for them, and the probability of the last."""
    most, enough, again = how_deep(k, ready, sought)
    items = items_of(ranking)
    for one in (*bidders.traded, *bidders.single):
        plan = one.plan
        is_offer = plan.kind == _OFFER
        if is_offer and ready.offer_sizes[plan.row] <= most:
            continue
        places = selected_places(plan, ranking, items, ready)
        if places.size >= (min(most, enough) if is_offer else again):
            yield one, float(ranking.probability[places[-1]])


def _may_be_more(one: Bidder, probability: float, ready: Prepared) -> bool:
    """Whether an action makes anything of products that are no likelier than that."""
    action, worth = one.plan.action, one.worth
    dearest = float(ready.item_price.max(initial=0.0)) if action.value_from_price else 0.0
    value = action.value + action.value_from_price * dearest
    return probability * value * worth.context * worth.lever > worth.cost
