"""What must hold of every answer: asked of the judge, of the log, of the receipt, and of the answer made again."""

import random
from collections import Counter
from collections.abc import Sequence

from recommender.candidates.codes import Fate
from recommender.customers.packing import pack
from recommender.customers.state import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.decision import ScoredAction
from recommender.decisions.receipts import body_of, decode_receipt, encode_body
from recommender.decisions.replay import replay
from recommender.decisions.trace import Weighed
from recommender.engine.deciding import engine_version
from recommender.engine.outbound import RequestAnswer
from recommender.events.vocabulary import ContactReserved
from recommender.promises import Obligation, obligations_of
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId
from tests.machine.brand import WORKERS, Answered, Brand
from tests.machine.judge import Contact, Judge, at

_PLAN = "care"
_REMINDER = "care-due"


class Audit:
    """Looks at the answers of one brand."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand

    # Nothing that must not be said

    def judge(self, known: Sequence[StoredEvent], answer: Answered, said: Sequence[ScoredAction]) -> None:
        """The judge has nothing against any action of an answer."""
        judge = self._judge_of(known, answer.request.request_id)
        for one in said:
            item_id = self.brand.item_id(one.item)
            why = judge.objection(one.action_id, item_id, answer.request.channel)
            assert why is None, f"{one.action_id} about {item_id} on {answer.request.channel}: {why}"

    def promised(
        self,
        before: Sequence[StoredEvent],
        after: Sequence[StoredEvent],
        answers: Sequence[tuple[RequestAnswer, Answered]],
    ) -> None:
        """Each new promise was right in the light of all that came before it, and who was told something has one."""
        promises: Counter[str] = Counter()
        for place, one in enumerate(after):
            if isinstance(one.event, ContactReserved):
                promises[one.event.request_id] += 1
                self._one_promise([*before, *after[:place]], one.event, answers)
        assert all(times == 1 for times in promises.values())
        for answer, kept in answers:
            if answer.ranks and not answer.is_repeat:
                assert promises[kept.request.request_id or ""] == 1

    def _one_promise(
        self,
        known: Sequence[StoredEvent],
        promise: ContactReserved,
        answers: Sequence[tuple[RequestAnswer, Answered]],
    ) -> None:
        answer, kept = next(
            pair for pair in answers if pair[1].decision.decision_id == promise.decision_id and pair[0].ranks
        )
        self.judge(known, kept, kept.said(answer.ranks))
        offered = Contact(reserved=[promise]).goodwill
        if offered > 0:
            given = sum(one.goodwill for one in self._judge_of(known, promise.request_id).counted)
            assert given + offered <= self.brand.rules.budget, "the goodwill of the customer is overspent"

    def _judge_of(self, known: Sequence[StoredEvent], own: str | None) -> Judge:
        return Judge(self.brand.rules, [one.event for one in known], self.brand.now, own)

    # Nothing that was promised is forgotten

    def reminders(self, answer: Answered) -> None:
        """Every promise in its window is in the slate, or the receipt says what keeps it out."""
        decision, repertoire = answer.decision, answer.snapshot.repertoire
        assert decision.trace is not None
        assert repertoire is not None
        now_s = decision.decided_at_us // 1_000_000
        judge = Judge(self.brand.rules, [one.event for one in self._known_then(answer)], at(now_s))
        open_ones = [
            one
            for one in obligations_of(
                repertoire.plans[_PLAN],
                self._state_then(answer).dealings,
                repertoire.plan_items[_PLAN],
                now_s=now_s,
                zone=judge.zone,
            )
            if one.is_open
        ]
        must = judge.must_be_reminded()
        assert must is None or must == bool(open_ones)
        weighed = [one for one in decision.trace.weighed if one.action_id == _REMINDER]
        self._all_weighed(weighed, open_ones)
        for one in weighed:
            self._is_said_or_explained(answer, one, judge)

    @staticmethod
    def _all_weighed(weighed: Sequence[Weighed], open_ones: Sequence[Obligation]) -> None:
        assert Counter(one.subject.split("/")[1] for one in weighed) == Counter(
            one.unit.order_id for one in open_ones
        )
        assert len({one.subject for one in weighed}) == len(weighed)

    def _is_said_or_explained(self, answer: Answered, one: Weighed, judge: Judge) -> None:
        said = answer.decision.actions
        if one.why is Fate.CHOSEN:
            assert one.subject in {action.subject for action in said}
        elif not isinstance(one.why, Fate):
            assert one.because
        elif one.due_s is not None and at(one.due_s) <= judge.now:
            assert one.why is Fate.OUTRANKED, "a due promise is worth more than saying nothing"
            assert len(said) == answer.request.k
            assert all(self._comes_first(action, one, judge) for action in said)

    def _comes_first(self, action: ScoredAction, promise: Weighed, judge: Judge) -> bool:
        """Whether nothing less than the word of staff or a promise that lapses sooner took the place."""
        if judge.is_pinned(action.action_id, self.brand.item_id(action.item)):
            return True
        return action.deadline_s is not None and action.deadline_s <= (promise.deadline_s or 0)

    # Nothing depends on the order of arrival, and everything can be made again

    def fold(self, customer_id: CustomerId, dice: random.Random) -> None:
        """The state store of every worker, the log, and the same events told in another order say the same."""
        history, version = self.brand.history(customer_id), self.brand.version(customer_id)
        if version == 0:
            return
        assert version >= max((one.seq for one in history), default=0)
        events = [one.event for one in history]
        dice.shuffle(events)
        shuffled = pack(self.brand.folded(events, version))
        for worker in range(WORKERS):
            assert pack(self.brand.state(customer_id, worker)) == shuffled

    def replay(self, answer: Answered) -> None:
        """The receipt and the log give the decision again, byte for byte, whatever happened since."""
        receipt, snapshot = decode_receipt(answer.stored), answer.snapshot
        seed = self.brand.workers[0].log.seed_of(answer.customer_id)
        again = replay(
            receipt,
            self._state_then(answer),
            snapshot.models,
            snapshot.assortment,
            snapshot.repertoire,
            Circumstances(customer_seed=seed, engine_version=engine_version()),
        )
        assert encode_body(again, receipt.request) == body_of(answer.stored)

    def _known_then(self, answer: Answered) -> list[StoredEvent]:
        return self.brand.history(answer.customer_id, answer.decision.customer_version)

    def _state_then(self, answer: Answered) -> CustomerState:
        events, version = [one.event for one in self._known_then(answer)], answer.decision.customer_version
        return self.brand.folded(events, version) if version else CustomerState.empty()
