"""The first decisions of a process, for nobody who asked: compiled code and mapped pages are in memory afterwards."""

from datetime import datetime

import numpy as np

from recommender.customers import CustomerState
from recommender.customers.state import ItemHoldings, RecentLines
from recommender.decisions import DecisionRequest, related_items
from recommender.decisions.prepared import Prepared, prepared
from recommender.decisions.ranking import ranked_products
from recommender.decisions.sought import Sought
from recommender.engine.deciding import Deciding
from recommender.engine.explaining import Explainer
from recommender.engine.snapshots import Snapshot
from recommender.errors import RapportError
from recommender.models import FittedModels
from recommender.types import CustomerId, DecisionId, ItemNumber

_ITEMS = 40
_DECISION = DecisionId("00000000-0000-7000-8000-000000000000")


def warm_up(deciding: Deciding, snapshot: Snapshot, now: datetime) -> None:
    """Decide for nobody, for somebody and for a cart, explain, and find related items.

    Raises
    ------
    RapportError
        The bundle loads but cannot decide.
    """
    models, now_s = snapshot.models, int(now.timestamp())
    nobody, somebody = CustomerState.empty(), _somebody(models, now_s)
    request = DecisionRequest(k=10)
    numbers = [ItemNumber(number) for number in models.items.numbers[:2].tolist()]
    try:
        deciding.decide(nobody, request, snapshot, now, None)
        deciding.decide(somebody, request, snapshot, now, None)
        deciding.decide(nobody, DecisionRequest(cart=tuple(numbers)), snapshot, now, None)
        # A playbook may come at any time, and whoever asks why not is answered by the built-in one.
        explainer = Explainer.of(deciding, (CustomerId(""), somebody), request, snapshot, (now, _DECISION))
        _rank(somebody, request, prepared(explainer.repertoire, snapshot.assortment), now_s)
        for number in numbers:
            related_items(models, snapshot.assortment, number, 10, now_s)
    except (ValueError, IndexError, KeyError, FloatingPointError) as error:
        raise RapportError(
            "the bundle cannot decide", found=type(error).__name__, remedy="train again"
        ) from error


def _rank(somebody: CustomerState, request: DecisionRequest, ready: Prepared, now_s: int) -> None:
    """Ask of a ranking what only some playbooks and some questions ask."""
    ranking = ranked_products(somebody, request, ready, Sought(offers=True, repeats=True), now_s)
    for number in ranking.number[:1].tolist():
        ranking.code_as_offer(number)
    if ranking.offers + ranking.repeats > 0:
        ranking.facts_at([0])


def _somebody(models: FittedModels, now_s: int) -> CustomerState:
    number = np.unique(models.items.numbers)[:_ITEMS]
    size = len(number)
    month_ago = np.full(size, now_s - 30 * 86_400, np.uint32)
    one = np.ones(size, np.float32)
    items = ItemHoldings(number, one, np.ones(size, np.uint16), month_ago, month_ago)
    recent = RecentLines(number, month_ago, one)
    first = int(month_ago[0]) if size else 0
    return CustomerState(1, min(size, 1), size, first, first, items, recent, 0)
