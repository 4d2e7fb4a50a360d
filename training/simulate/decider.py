"""The one decision function for one customer again and again, with what it may remember between two days."""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from recommender.customers.state import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.deciding import decide
from recommender.decisions.decision import Decision
from recommender.decisions.remembering import RankingMemory
from recommender.decisions.request import DecisionRequest
from recommender.engine.deciding import circumstances_of
from recommender.types import DecisionId
from training.simulate.sides import Side

_MICROSECONDS: Final = 1_000_000


@dataclass(slots=True)
class Decider:
    """Decides for one customer under one side; not shared between threads.

    With a playbook only the ranking of products is remembered, for at most ``age_s``. Without one the ranking is all that
    there is, so that the whole decision is, for the same purchases.
    """

    side: Side
    circumstances: Circumstances
    memory: RankingMemory
    age_s: int
    _held: Decision | None = None
    _of: CustomerState | None = None
    _decided: int = 0

    @classmethod
    def of(cls, side: Side, customer_seed: int, age_s: int) -> "Decider":
        """Return a decider that remembers nothing yet."""
        memory = RankingMemory(age_s)
        around = circumstances_of(side.assortment.models, customer_seed)
        return cls(side, replace(around, rankings=memory), memory, age_s)

    @property
    def ranked_anew(self) -> int:
        """How often products were ranked."""
        return self.memory.ranked_anew + self._decided

    def decide(
        self, state: CustomerState, request: DecisionRequest, decision_id: DecisionId, at_s: int
    ) -> Decision:
        """Decide at a moment, not before the last one."""
        if self.side.repertoire is not None:
            return self._anew(state, request, decision_id, at_s)
        held = self._remembered(state, at_s)
        if held is None:
            self._decided += 1
            held = self._held = self._anew(state, request, decision_id, at_s)
            self._of = state
        return msgspec.structs.replace(held, decision_id=decision_id, decided_at_us=at_s * _MICROSECONDS)

    def _remembered(self, state: CustomerState, at_s: int) -> Decision | None:
        held, of = self._held, self._of
        if held is None or of is None or of.items is not state.items or of.recent is not state.recent:
            return None
        return held if at_s - held.decided_at_us // _MICROSECONDS < self.age_s else None

    def _anew(
        self, state: CustomerState, request: DecisionRequest, decision_id: DecisionId, at_s: int
    ) -> Decision:
        side = self.side
        return decide(
            state,
            request,
            side.assortment.models,
            side.assortment,
            now_s=at_s,
            decision_id=decision_id,
            repertoire=side.repertoire,
            circumstances=self.circumstances,
        )
