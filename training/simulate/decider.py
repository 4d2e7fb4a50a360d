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
from recommender.decisions.score_memory import ScoreMemory
from recommender.engine.deciding import circumstances_of
from recommender.types import DecisionId
from training.simulate.sides import Side

_MICROSECONDS: Final = 1_000_000


@dataclass(slots=True)
class Decider:
    """Decides for one customer under one side; not shared between threads.

    With a playbook only the products' scores and rankings are remembered. Without one the ranking is all that there is, so
    that the whole decision is, for the same scores.
    """

    side: Side
    circumstances: Circumstances
    memory: RankingMemory
    _held: Decision | None = None
    _of: tuple[CustomerState, int] | None = None
    _decided: int = 0

    @classmethod
    def of(cls, side: Side, customer_seed: int, scores: ScoreMemory) -> "Decider":
        """Return a decider that remembers no decision yet."""
        memory = RankingMemory(scores)
        around = circumstances_of(side.assortment.models, customer_seed)
        return cls(side, replace(around, rankings=memory), memory)

    @property
    def ranked_anew(self) -> int:
        """How often products were ranked."""
        return self.memory.ranked_anew + self._decided

    def wake(self, state: CustomerState, at_s: int) -> None:
        """Begin a day: products are scored as of a morning, whichever side is the first to ask."""
        self.memory.scores.as_of(state, at_s)

    def decide(
        self, state: CustomerState, request: DecisionRequest, decision_id: DecisionId, at_s: int
    ) -> Decision:
        """Decide at a moment, not before the last one."""
        if self.side.repertoire is not None:
            return self._anew(state, request, decision_id, at_s)
        of, as_of_s = self._of, self.memory.scores.as_of(state, at_s)
        held = self._held
        if held is None or of is None or of[1] != as_of_s or not state.shares_purchases(of[0]):
            self._decided += 1
            held = self._held = self._anew(state, request, decision_id, at_s)
            self._of = state, as_of_s
        return msgspec.structs.replace(held, decision_id=decision_id, decided_at_us=at_s * _MICROSECONDS)

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
