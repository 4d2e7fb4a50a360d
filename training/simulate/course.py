"""One customer under one playbook, day by day."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.contacts.zones import zone_of
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.request import DecisionRequest
from recommender.decisions.seeds import drawn, seed_of
from recommender.types import DecisionId
from training.simulate.answers import SideAnswer, Told
from training.simulate.counting import Counts
from training.simulate.decider import Decider
from training.simulate.doors import Doors
from training.simulate.feedback import Feedback
from training.simulate.histories import History
from training.simulate.plan import Closing
from training.simulate.promised import PromiseBook
from training.simulate.sides import Side
from training.simulate.window import Window


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
    decider: Decider
    feedback: Feedback
    book: PromiseBook
    doors: Doors
    counts: Counts

    def live(self, day: int) -> None:
        """Decide on every channel, one day after the other; what a limit pushed out is decided again when it opens that day."""
        state = self.history.states[day]
        if state is None:
            return
        window, side = self.rules.window, self.rules.side
        now_s, ends_s = window.moments[day], window.ends_s(day)
        self.decider.wake(state, now_s)
        if self.book.is_asked(state):
            self.book.look(self.history.customer_id, state, now_s, zone_of(state.dealings, side.playbook))
        queue = [(now_s, place, name) for place, name in enumerate(side.outbound)]
        if comes_s := self.history.comes_s[day]:
            queue += [(comes_s, place, name) for place, name in enumerate(side.inbound)]
        heapq.heapify(queue)
        while queue:
            at_s, place, name = heapq.heappop(queue)
            again_s = self._turn(day, state, name, at_s)
            if again_s is not None and at_s < again_s < ends_s:
                heapq.heappush(queue, (int(again_s), place, name))

    def _turn(self, day: int, state: CustomerState, channel: str, at_s: int) -> float | None:
        """Decide on one channel unless limits keep it shut; return when to come back."""
        if channel in self.rules.side.outbound:
            shut = self.doors.shut(channel, state, at_s, lambda: self.feedback.over(state))
            if shut is not None:
                self.counts.shut(channel, shut.code)
                self.book.stopped(shut.code)
                return shut.until_s
        decision = self._ask(state, channel, at_s)
        self._hear(day, decision, channel)
        return None if decision.actions else decision.next_s

    def _ask(self, state: CustomerState, channel: str, at_s: int) -> Decision:
        # The same id under both playbooks, so that chance does not tell them apart.
        decision_id = DecisionId(f"{self.history.customer_id}/{channel}/{at_s}")
        request = self._request(channel, at_s)
        return self.decider.decide(self.feedback.over(state), request, decision_id, at_s)

    def _request(self, channel: str, at_s: int) -> DecisionRequest:
        request = self.rules.side.requests[channel]
        who = self.history.customer_id
        closed = {one.action for one in self.rules.closings if one.holds(who, at_s)}
        if not closed:
            return request
        return DecisionRequest(k=request.k, channel=request.channel, without_goodwill=tuple(sorted(closed)))

    def _hear(self, day: int, decision: Decision, channel: str) -> None:
        """Count a decision, and let what it says happen."""
        self.book.hear(decision)
        self.counts.decided(decision)
        if not decision.actions:
            return
        if channel in self.rules.side.outbound:
            self.counts.contacted(day)
        accepted = self._responses(decision)
        self._feed_back(decision, channel, accepted)
        is_sent = channel in self.rules.side.outbound
        for rank, one in enumerate(decision.actions):
            answer = None if accepted is None else accepted[rank]
            row = self._row(decision, channel, one, answer)
            self.counts.said(row, one, is_given=is_sent or bool(answer))

    def _feed_back(self, decision: Decision, channel: str, accepted: Sequence[bool] | None) -> None:
        side = self.rules.side
        if side.repertoire is None:  # nothing is asked of dealings then
            return
        if channel in side.outbound:
            self.feedback.sent(decision, channel, side.playbook.currency)
        else:
            self.feedback.seen(decision, channel)
        if accepted is not None:
            self.feedback.answered(decision, accepted, side.playbook.currency)

    def _responses(self, decision: Decision) -> Sequence[bool] | None:
        """Draw whether each action is accepted, with the probability that it was chosen for."""
        seed = self.rules.accept_seed
        if seed is None:
            return None
        own = seed_of(f"{seed}/{decision.decision_id}")
        return [drawn(own, f"accept/{rank}") < one.score for rank, one in enumerate(decision.actions)]

    def _row(self, decision: Decision, channel: str, one: ScoredAction, accepted: bool | None) -> Told:
        # Without a playbook every outcome is worth one.
        expected = one.score if one.expected_value is None else one.expected_value
        at_s = decision.decided_at_us // 1_000_000
        return Told(
            self.history.customer_id,
            at_s,
            channel,
            one.action_id or one.action.value,
            one.item,
            one.score,
            expected,
            one.amount,
            accepted,
        )

    def add_to(self, answer: SideAnswer, *, keeps_rows: bool) -> None:
        """Add this customer to the answer of a worker; after the last day."""
        self.book.finish()
        answer.tally.add(self.counts.summed(self.book.kept, self.decider.ranked_anew))
        answer.missed += self.book.missed
        answer.grants += self.counts.grants
        if keeps_rows:
            answer.rows += self.counts.rows
