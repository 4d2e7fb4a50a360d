"""The counts of one customer under one playbook."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.trace import why_of
from training.simulate.answers import Grant, Told
from training.simulate.tally import Kept, Said, Stopped, Tally, add_counts

DAYS_PER_WEEK: Final = 7


@dataclass(slots=True)
class Counts:
    """Counts decisions as they are made.

    Attributes
    ----------
    lived
        Per day of the window: whether the log knew the customer.
    """

    lived: Sequence[bool]
    rows: list[Told] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    _tally: Tally = field(default_factory=Tally)
    _stopped: Counter[tuple[str, int]] = field(default_factory=Counter)
    _weeks: Counter[int] = field(default_factory=Counter)

    def decided(self, decision: Decision) -> None:
        """Count one decision, and every gate that stopped an action in it once."""
        self._tally.decisions += 1
        self._tally.silent += not decision.actions
        add_counts(self._tally.candidates, decision.gated)
        if decision.trace is not None:
            self._stopped.update(decision.trace.stops)

    def shut(self, channel: str, code: str) -> None:
        """Count that contact limits let nothing out on a channel."""
        found = self._tally.shut.setdefault(channel, {}).setdefault(code, Stopped(customers=1))
        found.times += 1

    def contacted(self, day: int) -> None:
        """Count one outbound contact."""
        self._tally.contacts += 1
        self._weeks[day // DAYS_PER_WEEK] += 1

    def said(self, row: Told, one: ScoredAction, *, is_given: bool) -> None:
        """Count one action that was said; ``is_given`` whether its goodwill is, and not only shown."""
        self.rows.append(row)
        said = self._tally.said.setdefault(row.action, {}).setdefault(row.channel, Said(customers=1))
        said.times += 1
        said.expected += row.expected
        said.goodwill += row.amount if is_given else 0.0
        if row.accepted:
            said.accepted += 1
            said.gained += 1.0 if one.factors is None else one.factors.value
        if row.amount > 0:
            self.grants.append(Grant(row.customer_id, row.at_s, row.action, row.amount, is_given))

    def summed(self, kept: Kept, ranked_anew: int) -> Tally:
        """Return the counts; call it once, at the end."""
        tally = self._tally
        tally.customers, tally.told = int(any(self.lived)), int(bool(self.rows))
        tally.promises, tally.ranked_anew = kept, ranked_anew
        for (action, code), times in self._stopped.items():
            tally.stopped.setdefault(action, {})[why_of(code).value] = Stopped(times, 1)
        for week in range(len(self.lived) // DAYS_PER_WEEK):
            if any(self.lived[week * DAYS_PER_WEEK : (week + 1) * DAYS_PER_WEEK]):
                add_counts(tally.weeks, {self._weeks[week]: 1})
        return tally
