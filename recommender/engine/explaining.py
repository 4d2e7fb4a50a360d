"""Deciding again to tell why: as the playbook says, or the built-in one where nobody declared any."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from recommender.actions.repertoire import Repertoire, repertoire_of
from recommender.catalog.catalogue import Catalogue
from recommender.customers.state import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.decision import Decision
from recommender.decisions.prepared import prepared
from recommender.decisions.request import DecisionRequest
from recommender.decisions.why_not import About, Explanation, why_not
from recommender.engine.deciding import Deciding
from recommender.engine.snapshots import Snapshot
from recommender.playbook.reading import default_playbook
from recommender.types import CustomerId, DecisionId, ItemNumber


@dataclass(frozen=True, slots=True)
class Explainer:
    """One decision, made to be asked about."""

    decision: Decision
    request: DecisionRequest
    snapshot: Snapshot
    repertoire: Repertoire
    state: CustomerState

    @classmethod
    def of(
        cls,
        deciding: Deciding,
        customer: tuple[CustomerId, CustomerState],
        request: DecisionRequest,
        snapshot: Snapshot,
        moment: tuple[datetime, DecisionId],
    ) -> "Explainer":
        """Decide for a customer with their state, at a time and under a decision id."""
        customer_id, state = customer
        repertoire = snapshot.repertoire or _built_in(snapshot.assortment.catalogue)
        now_s, decision_id = int(moment[0].timestamp()), moment[1]
        decision = deciding.decide_as(
            decision_id, state, request, replace(snapshot, repertoire=repertoire), now_s, customer_id
        )
        return cls(decision, request, snapshot, repertoire, state)

    def ask(
        self, action_id: str | None, item: ItemNumber | None, subject: str | None = None
    ) -> list[Explanation]:
        """Return what became of an action, of an item, or of an action about an item or a subject; see :func:`why_not`."""
        ready = prepared(self.repertoire, self.snapshot.assortment)
        taught = Circumstances(self.snapshot.models.propensity)
        return why_not(
            self.decision, self.request, ready, self.state, About(action_id, item, subject), taught
        )


@lru_cache(maxsize=2)
def _built_in(catalogue: Catalogue) -> Repertoire:
    return repertoire_of(default_playbook(), catalogue)
