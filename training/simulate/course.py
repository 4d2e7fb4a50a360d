"""One customer under one playbook, day by day."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from recommender.contacts.zones import zone_of
from recommender.customers.state import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.deciding import decide
from recommender.decisions.decision import Decision
from recommender.decisions.request import DecisionRequest
from recommender.decisions.seeds import drawn, seed_of
from recommender.decisions.trace import FATE_FROM
from recommender.types import DecisionId
from training.simulate.answers import Grant, SideAnswer, Told
from training.simulate.feedback import Feedback
from training.simulate.histories import History, Known
from training.simulate.plan import Closing
from training.simulate.promised import PromiseBook
from training.simulate.sides import Side
from training.simulate.tally import Said, Stopped, Tally, add_counts
from training.simulate.window import Window

DAYS_PER_WEEK: Final = 7
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What all courses of one side share.

    Attributes
    ----------
    accept_seed
        Responses are drawn with it; None: nobody responds.
    closings
        Goodwill budgets without room.
    """

    side: Side
    window: Window
    accept_seed: int | None = None
    closings: tuple[Closing, ...] = ()


@dataclass(slots=True)
class Course:
    """Decides for one customer on every day, and counts what was decided."""

    rules: Rules
    history: History
    circumstances: Circumstances
    feedback: Feedback
    book: PromiseBook
    tally: Tally = field(default_factory=Tally)
    told: list[Told] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    _stopped: Counter[tuple[str, int]] = field(default_factory=Counter)
    _weeks: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        """Go through all days."""
        for day, known in enumerate(self.history.known):
            if known is not None:
                self._live(day, known)
        self.book.finish()
        self._sum_up()

    def _live(self, day: int, known: Known) -> None:
        """Decide on every channel; what a limit pushed out is decided again when it opens, on the same day."""
        window, side = self.rules.window, self.rules.side
        now_s, ends_s = window.moments[day], window.ends_s(day)
        if self.book.is_asked(known.state):
            zone = zone_of(known.state.dealings, side.playbook)
            self.book.look(self.history.customer_id, known.state, now_s, zone)
        queue = [(now_s, place, name) for place, name in enumerate(side.outbound)]
        if comes_s := self.history.comes_s[day]:
            queue += [(comes_s, place, name) for place, name in enumerate(side.inbound)]
        heapq.heapify(queue)
        while queue:
            at_s, place, name = heapq.heappop(queue)
            again_s = self._ask(day, known, name, at_s)
            if again_s is not None and at_s < again_s < ends_s:
                heapq.heappush(queue, (again_s, place, name))

    def _ask(self, day: int, known: Known, channel: str, at_s: int) -> int | None:
        """Decide once; return when to ask again."""
        state = self.feedback.over(known)
        decision = self._decide(state, self._request(channel, at_s), DecisionId(self._name(channel, at_s)), at_s)
        self.book.hear(decision)
        self._count(decision)
        if not decision.actions:
            self.tally.silent += 1
            return decision.next_s
        self._say(day, decision, channel, at_s)
        return None

    def _decide(
        self, state: CustomerState, request: DecisionRequest, decision_id: DecisionId, at_s: int
    ) -> Decision:
        side = self.rules.side
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

    def _name(self, channel: str, at_s: int) -> str:
        """Return a decision id: the same for both playbooks, so that chance does not tell them apart."""
        return f"{self.history.customer_id}/{channel}/{at_s}"

    def _request(self, channel: str, at_s: int) -> DecisionRequest:
        request = self.rules.side.requests[channel]
        closed = [
            one.action for one in self.rules.closings if one.holds(self.history.customer_id, at_s)
        ]
        if not closed:
            return request
        return DecisionRequest(
            k=request.k, channel=request.channel, without_goodwill=tuple(sorted(set(closed)))
        )

    # What was said.

    def _say(self, day: int, decision: Decision, channel: str, at_s: int) -> None:
        side = self.rules.side
        if channel in side.outbound:
            self.feedback.sent(decision, channel, side.playbook.currency)
            self.tally.contacts += 1
            self._weeks[day // DAYS_PER_WEEK] += 1
        else:
            self.feedback.seen(decision, channel)
        accepted = self._responses(decision)
        if accepted:
            self.feedback.answered(decision, accepted)
        for rank, one in enumerate(decision.actions):
            is_accepted = accepted[rank] if accepted else None
            self.told.append(
                Told(
                    self.history.customer_id,
                    at_s,
                    channel,
                    one.action_id,
                    one.item,
                    one.score,
                    one.expected_value or 0.0,
                    one.amount,
                    is_accepted,
                )
            )
            self._add(channel, self.told[-1], one.factors.value if one.factors else 0.0)

    def _responses(self, decision: Decision) -> list[bool]:
        """Draw whether each action is accepted, with the probability that it was chosen for."""
        seed = self.rules.accept_seed
        if seed is None:
            return []
        own = seed_of(f"{seed}/{decision.decision_id}")
        return [drawn(own, f"accept/{rank}") < one.score for rank, one in enumerate(decision.actions)]

    def _add(self, channel: str, row: Told, value: float) -> None:
        said = self.tally.said.setdefault(row.action, {}).setdefault(channel, Said(customers=1))
        said.times += 1
        said.expected += row.expected
        said.goodwill += row.amount
        if row.accepted:
            said.accepted += 1
            said.gained += value
        if row.amount > 0:
            self.grants.append(Grant(row.customer_id, row.at_s, row.action, row.amount))

    # What was stopped.

    def _count(self, decision: Decision) -> None:
        self.tally.decisions += 1
        add_counts(self.tally.candidates, decision.gated)
        trace = decision.trace
        if trace is None:
            return
        stops = {(one.action_id, one.code) for one in trace.terms if one.code < FATE_FROM}
        stops |= {(one.action_id, one.code) for one in trace.weighed if one.code < FATE_FROM}
        self._stopped.update(stops)

    def _sum_up(self) -> None:
        tally = self.tally
        tally.customers = int(any(one is not None for one in self.history.known))
        tally.told = int(bool(self.told))
        for (action, code), times in self._stopped.items():
            tally.stopped.setdefault(action, {})[reason_name(code)] = Stopped(times, 1)
        known = [one is not None for one in self.history.known]
        for week in range(len(known) // DAYS_PER_WEEK):
            if any(known[week * DAYS_PER_WEEK : (week + 1) * DAYS_PER_WEEK]):
                add_counts(tally.weeks, {self._weeks[week]: 1})
        tally.promises = self.book.kept
        memory = self.circumstances.rankings
        tally.ranked_anew = 0 if memory is None else memory.ranked_anew

    def add_to(self, answer: SideAnswer, *, keeps_rows: bool) -> None:
        """Add this customer to the answer of a worker."""
        answer.tally.add(self.tally)
        answer.missed += self.book.missed
        answer.grants += self.grants
        if keeps_rows:
            answer.rows += self.told


def reason_name(code: int) -> str:
    """Return the word of a gate's code."""
    from recommender.decisions.trace import why_of

    return why_of(code).value
