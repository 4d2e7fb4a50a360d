"""Follows the promises of one customer: whether each was said while its window was open, and what stopped it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from recommender.actions.repertoire import Repertoire
from recommender.candidates.codes import Fate
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision
from recommender.promises import OPEN_STATES, Obligation, obligations_of
from training.simulate.answers import Missed
from training.simulate.tally import Kept

NO_ACTION: Final = "no_action"
"""Nothing in the playbook speaks of it on the channels that were asked."""

BOOKED: Final = "booked"
"""An appointment was booked, which was not kept in time."""


@dataclass(slots=True)
class _Open:
    """A promise whose window is open, as of the last day on which it was; ``because`` is by reason."""

    newest: Obligation
    zone: ZoneInfo
    is_said: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    because: dict[str, str] = field(default_factory=dict)

    def stopped(self, reason: str, because: str = "") -> None:
        """Count what kept it unsaid; the newest words of each reason stay."""
        self.reasons[reason] += 1
        if because:
            self.because[reason] = because


@dataclass(slots=True)
class PromiseBook:
    """The promises of one customer under one playbook.

    A window is counted from the first simulated day on which it is open. What opens and lapses between two days is not
    seen.
    """

    repertoire: Repertoire | None
    kept: Kept = field(default_factory=Kept)
    missed: list[Missed] = field(default_factory=list)
    _open: dict[tuple[str, int], _Open] = field(default_factory=dict)
    _due: dict[str, _Open] = field(default_factory=dict)

    def is_asked(self, state: CustomerState) -> bool:
        """Whether there is anything to follow; cheap."""
        if self.repertoire is None:
            return False
        is_planned = self.repertoire.is_planned
        return bool(self._open) or any(is_planned(unit.number) for unit in state.dealings.units)

    def look(self, customer_id: str, state: CustomerState, now_s: int, zone: ZoneInfo) -> None:
        """See which windows are open on a day, and what became of those that were."""
        found = dict(self._obligations(state, now_s, zone))
        now_of = {subject: one for (subject, _), one in found.items()}
        for key in [key for key, one in self._open.items() if _is_closed(found.get(key))]:
            self._close(customer_id, self._open.pop(key), now_of.get(key[0]), now_s)
        self._due = {}
        nth = Counter[str]()
        for key, one in found.items():
            if one.state not in OPEN_STATES:
                continue
            held = self._opened(key, one, zone)
            if one.is_open:
                nth[one.key] += 1
                self._due[_subject(one, nth[one.key])] = held
            else:
                held.stopped(BOOKED)

    def _opened(self, key: tuple[str, int], one: Obligation, zone: ZoneInfo) -> _Open:
        held = self._open.get(key)
        if held is None:
            held = self._open[key] = _Open(one, zone)
            self.kept.windows += 1
        held.newest, held.zone = one, zone
        return held

    def _obligations(
        self, state: CustomerState, now_s: int, zone: ZoneInfo
    ) -> Iterator[tuple[tuple[str, int], Obligation]]:
        """Yield every obligation by its unit and by when it is due."""
        if self.repertoire is None:
            return
        seen = Counter[str]()
        for plan in self.repertoire.plans.values():
            items = self.repertoire.plan_items[plan.id]
            for one in obligations_of(plan, state.dealings, items, now_s=now_s, zone=zone):
                seen[one.key] += 1
                yield (_subject(one, seen[one.key]), one.due_s), one

    def hear(self, decision: Decision) -> None:
        """Note what a decision said of the promises that are due, and what stopped it from saying more."""
        if not self._due or decision.trace is None:
            return
        for one in decision.trace.weighed:
            held = self._due.get(one.subject)
            if held is None or one.deadline_s is None:
                continue
            if one.why is Fate.CHOSEN:
                held.is_said = True
            else:
                held.stopped(one.why.value, one.because)

    def stopped(self, reason: str) -> None:
        """Note that nothing could be said on a channel."""
        for held in self._due.values():
            held.stopped(reason)

    def finish(self) -> None:
        """Count what is still open after the last day."""
        for held in self._open.values():
            self.kept.open += 1
            self.kept.said += held.is_said
        self._open.clear()

    def _close(self, customer_id: str, held: _Open, now: Obligation | None, now_s: int) -> None:
        one = held.newest
        self.kept.said += held.is_said
        if now is not None and (now.last_visit_s or 0) > (one.last_visit_s or 0):
            self.kept.visited += 1
        elif now is None or now_s < one.lapses_s:
            self.kept.ended += 1
        elif not held.is_said:
            self._miss(customer_id, held)

    def _miss(self, customer_id: str, held: _Open) -> None:
        one = held.newest
        reason = max(held.reasons, key=held.reasons.__getitem__) if held.reasons else NO_ACTION
        self.kept.missed[reason] = self.kept.missed.get(reason, 0) + 1
        self.missed.append(
            Missed(
                customer_id,
                one.plan.id,
                one.unit.number,
                one.unit.order_id,
                one.due_s,
                one.lapses_s,
                held.zone.key,
                reason,
                held.because.get(reason, ""),
            )
        )


def _is_closed(one: Obligation | None) -> bool:
    return one is None or one.state not in OPEN_STATES


def _subject(one: Obligation, nth: int) -> str:
    """Return the subject of a reminder, as service reminders name it."""
    return one.key if nth == 1 else f"{one.key}/{nth}"
