"""What the decisions of an export hold, and why some customers got nothing."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from recommender.candidates.codes import Fate, GateReason
from recommender.decisions.trace import wholly_stopped

if TYPE_CHECKING:
    from recommender.decisions import Decision
    from recommender.decisions.trace import Trace

NO_CANDIDATES: Final = "no_candidates"
"""Why a customer has no action although no gate kept anything out."""


@dataclass(slots=True)
class Tally:
    """What some decisions hold.

    Attributes
    ----------
    rows
        Actions.
    cold
        Customers of whom nothing was known: they got what is popular.
    without
        Customers without any action, by the gate that kept most of their candidates out; under a playbook most of
        their actions, or ``not_worth_saying`` where some passed every gate.
    outside
        Customers who are not in the audience, or came later: not decided for.
    waiting
        Customers for whom something waits until a contact limit opens.
    said
        Under a playbook: rows of each action.
    left_out
        Under a playbook: customers for whom an action was left out, by action and then by gate or fate. One customer
        counts under several where one action is about several things.
    """

    rows: int = 0
    cold: int = 0
    without: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    waiting: int = 0
    said: Counter[str] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, decision: "Decision") -> None:
        """Count one customer's decision."""
        self.rows += len(decision.actions)
        self.cold += decision.cold
        self.waiting += decision.next_s is not None
        if not decision.actions:
            self.without[why_nothing(decision)] += 1
        if decision.trace is not None:
            self.said.update(one.action_id for one in decision.actions)
            self.left_out.update(_left_out(decision.trace))

    def add(self, other: "Tally") -> None:
        """Add the counts of another part."""
        self.rows += other.rows
        self.cold += other.cold
        self.without += other.without
        self.outside += other.outside
        self.waiting += other.waiting
        self.said += other.said
        self.left_out += other.left_out

    def to_json(self) -> str:
        """Return the counts as text."""
        left_out = [[*key, count] for key, count in sorted(self.left_out.items())]
        counts = [self.rows, self.cold, self.without, self.outside, self.waiting, self.said, left_out]
        return json.dumps(counts, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the counts back.

        Examples
        --------
        >>> some = Tally(3, 1, Counter(owned=2), left_out=Counter({("survey", "no_consent"): 4}))
        >>> Tally.from_json(some.to_json()) == some
        True
        """
        rows, cold, without, outside, waiting, said, left_out = json.loads(text)
        by_action = Counter({(action, why): count for action, why, count in left_out})
        return cls(rows, cold, Counter(without), outside, waiting, Counter(said), by_action)


def why_nothing(decision: "Decision") -> str:
    """Return why a decision without actions says nothing: the code of the gate that kept most out."""
    trace = decision.trace
    if trace is None:
        return _most(Counter(decision.gated))
    if trace.n_passed > 0 or (trace.n_passed < 0 and _is_any_passing(trace)):
        return Fate.NOT_WORTH_SAYING.value
    stopped = Counter(why for _, why in _left_out(trace))
    return _most(stopped or Counter(decision.gated))


def _is_any_passing(trace: "Trace") -> bool:
    """Whether any candidate passed the gates, of a decision without exploration: nobody counted them."""
    causes = any(isinstance(one.why, Fate) for one in trace.weighed)
    stopped = wholly_stopped(trace.terms, trace.fates)
    return causes or (
        trace.ranked.offers + trace.ranked.repeats > 0
        and any(one.why is Fate.CHOSEN for place, one in enumerate(trace.terms) if place not in stopped)
    )


def _most(counts: Counter[str]) -> str:
    best = sorted(counts.items(), key=lambda gate: (-gate[1], gate[0]))
    return best[0][0] if best and best[0][1] else NO_CANDIDATES


def _left_out(trace: "Trace") -> set[tuple[str, str]]:
    """Return the actions of the playbook that came to nothing, each with why."""
    weighed = {(one.action_id, one.why) for one in trace.weighed}
    terms = {(one.action_id, one.why) for one in trace.terms}
    products = {
        (trace.terms[place].action_id, one.why)
        for place, fates in wholly_stopped(trace.terms, trace.fates).items()
        for one in fates
    }
    return {(action, why.value) for action, why in weighed | terms | products if why is not Fate.CHOSEN}


def is_gate(why: str) -> bool:
    """Whether a reason is that of a gate, not that others were better.

    Examples
    --------
    >>> is_gate("no_consent"), is_gate("outranked")
    (True, False)
    """
    return why in set(GateReason)
