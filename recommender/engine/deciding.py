"""The one decision function, with all that an installation brings to it."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from recommender.customers.state import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.deciding import decide
from recommender.decisions.decision import Decision
from recommender.decisions.request import DecisionRequest
from recommender.decisions.seeds import seed_of
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.engine.snapshots import Snapshot
from recommender.models.fitted import FittedModels
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog
from recommender.types import CustomerId, DecisionId


class Deciding:
    """Decides for the customers of one log.

    Parameters
    ----------
    clock
        Aware UTC now.
    random
        Returns so many random bytes.
    """

    def __init__(self, log: EventLog, clock: Callable[[], datetime], random: Callable[[int], bytes]) -> None:
        self._log = log
        self.now = clock
        self.random = random

    def decide(
        self,
        state: CustomerState,
        request: DecisionRequest,
        snapshot: Snapshot,
        now: datetime,
        customer_id: CustomerId | None,
    ) -> Decision:
        """Decide at ``now`` under a new decision id."""
        now_us = to_microseconds(now)
        decision_id = new_decision_id(now_us, self.random(RANDOM_BYTES))
        return self.decide_as(decision_id, state, request, snapshot, now_us // 1_000_000, customer_id)

    def decide_as(
        self,
        decision_id: DecisionId,
        state: CustomerState,
        request: DecisionRequest,
        snapshot: Snapshot,
        now_s: int,
        customer_id: CustomerId | None,
    ) -> Decision:
        """Decide under a given decision id: equal arguments, equal decision."""
        return decide(
            state,
            request,
            snapshot.models,
            snapshot.assortment,
            now_s=now_s,
            decision_id=decision_id,
            repertoire=snapshot.repertoire,
            circumstances=self._circumstances(snapshot, customer_id, decision_id),
        )

    def _circumstances(
        self, snapshot: Snapshot, customer_id: CustomerId | None, decision_id: DecisionId
    ) -> Circumstances | None:
        """Return what else is known; of nobody in particular holdouts are drawn anew for every decision."""
        if snapshot.repertoire is None:
            return None
        seed = seed_of(decision_id) if customer_id is None else self._log.seed_of(customer_id)
        return circumstances_of(snapshot.models, seed)


def circumstances_of(models: FittedModels, customer_seed: int) -> Circumstances:
    """Return what a playbook's decision takes besides: what outcomes taught, who it is for, and what decides."""
    return Circumstances(models.propensity, customer_seed, engine_version())


@cache
def engine_version() -> str:
    """Return the version of what decides."""
    try:
        return version("rapport")
    except PackageNotFoundError:  # run from a checkout
        return "0"
