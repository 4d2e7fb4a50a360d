"""What the actions that follow something may say: judged, and weighed where no gate stops it."""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final

import msgspec

from recommender.actions.proposal import Cause
from recommender.actions.proposing import causes_of
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.contender import Contender
from recommender.decisions.factors import NOTHING, Factors
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.request import DecisionRequest
from recommender.decisions.stops import Stop
from recommender.decisions.worth import Scales
from recommender.playbook.kinds import ActionKind

_MOST_BITS: Final = 32
"""Places of one kind's causes: fewer than two to this."""


class Proposed(msgspec.Struct, eq=False):
    """What one action proposes, in its order.

    Attributes
    ----------
    first
        Place of the first of its causes among those of all actions.
    stops
        The gate that stopped each.
    passing
        Which of them no gate stopped.
    worths
        The factors of each; None where it was stopped before they were asked.
    common
        The factors of all of them where these are the same and none is a promise: they come in their own order.
    """

    plan: ActionPlan
    first: int
    causes: Sequence[Cause]
    stops: Sequence[Stop | None]
    passing: Sequence[int]
    worths: Sequence[Factors | None]
    common: Factors | None

    def contender(self, nth: int) -> Contender:
        """Return one that passed."""
        cause, worth = self.causes[nth], self.worths[nth] or NOTHING
        return Contender(self.plan, worth, worth.expected_value, cause.item, self.first + nth, -1, cause)


class Alike:
    """Causes of one action that are worth the same and no promises: they come in their own order."""

    __slots__ = ("_at", "_left", "_proposed")

    def __init__(self, proposed: Proposed, left: Sequence[int]) -> None:
        self._proposed = proposed
        self._left = left
        self._at = 0

    @property
    def at(self) -> int:
        """Place of the next cause among those of all actions; -1 when none is left."""
        return self._proposed.first + self._left[self._at] if self._at < len(self._left) else -1

    def first(self) -> Contender:
        """Return the next one, which stays there."""
        return self._proposed.contender(self._left[self._at])

    def pull(self) -> Contender:
        """Take the next one."""
        found = self.first()
        self._at += 1
        return found


class Proposals:
    """What the actions that follow something propose in one decision; found by kind, and only when it matters.

    An action that is worth less than everything in a slate is not asked what it would say, until somebody asks for all.

    Parameters
    ----------
    request
        Which kinds are asked for.
    judges
        Gates, scales, and the ranking of what is owned.
    explores
        Whether the first action may be drawn among all that pass.
    """

    def __init__(
        self, request: DecisionRequest, judges: tuple[Gates, Scales, ProductRanking], *, explores: bool
    ) -> None:
        self._judges = judges
        self._found: dict[ActionKind, list[Proposed]] = {}
        self._lock = Lock()
        gates, scales, _ = judges
        wanted = request.actions
        following = gates.ready.tariffs.following
        at_once, waiting = (following, ()) if explores else scales.agenda(gates.limited())
        if wanted is not None:
            following = tuple(kind for kind in following if kind in wanted)
            at_once = tuple(kind for kind in at_once if kind in wanted)
            waiting = tuple(one for one in waiting if one[1] in wanted)
        self._kinds = following
        self._waiting = list(waiting)
        self._find(at_once)

    def all(self) -> list[Proposed]:
        """Return everything, in the order of proposing; for many threads at once."""
        with self._lock:
            self._find([kind for kind in self._kinds if kind not in self._found])
        return [one for kind in self._kinds for one in self._found[kind]]

    def found(self) -> list[Proposed]:
        """Return what was found until now; promises, and what a contact limit stops, are always in it."""
        return [one for proposed in self._found.values() for one in proposed]

    def bound(self) -> float:
        """Return the most that anything may be worth that was not found before; 0 where all of that was."""
        waiting = self._waiting
        return waiting[-1][0] if waiting else 0.0

    def worth_at_least(self, expected: float) -> list[Proposed]:
        """Return what was not found before and may be worth so much."""
        more: list[Proposed] = []
        while self._waiting and self._waiting[-1][0] >= expected:
            kind = self._waiting.pop()[1]
            self._find([kind])
            more += self._found[kind]
        return more

    def _find(self, kinds: Iterable[ActionKind]) -> None:
        gates = self._judges[0]
        plans, bits = gates.ready.plans, 0
        found: list[tuple[ActionKind, list[tuple[ActionPlan, list[Cause]]]]] = []
        for kind in kinds:
            of_kind = []
            for action, causes in causes_of(kind, gates.situation):
                plan = plans[action.id]
                bits |= plan.bit
                of_kind.append((plan, causes))
            found.append((kind, of_kind))
        if bits:
            gates.ask(bits)
        for kind, of_kind in found:
            proposed: list[Proposed] = []
            first = self._kinds.index(kind) << _MOST_BITS
            for plan, causes in of_kind:
                proposed.append(_proposed(plan, first, causes, self._judges))
                first += len(causes)
            self._found[kind] = proposed


def _proposed(
    plan: ActionPlan, first: int, causes: Sequence[Cause], judges: tuple[Gates, Scales, ProductRanking]
) -> Proposed:
    gates, scales, ranking = judges
    is_promise = is_valued = False
    for one in causes:
        is_promise = is_promise or one.deadline_s is not None
        is_valued = is_valued or one.value != 0
    stops: Sequence[Stop | None]
    passing: Sequence[int]
    if is_promise or gates.asks_each(plan, causes):
        stops = [gates.of_cause(plan, one, ranking) for one in causes]
        passing = [nth for nth, stopped in enumerate(stops) if stopped is None]
    else:
        stopped = gates.of_action(plan)
        stops, passing = [stopped] * len(causes), range(len(causes)) if stopped is None else ()
    worth = None if is_valued else scales.of_all(plan)
    worths = [worth] * len(causes) if worth is not None else scales.of_each(plan, causes, passing)
    return Proposed(plan, first, causes, stops, passing, worths, None if is_promise else worth)
