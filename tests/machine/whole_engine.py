"""Two customers of one brand: everything that may happen to them, in any order; whatever is answered is judged."""

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from recommender.decisions.decision import ScoredAction
from recommender.decisions.request import DecisionRequest
from recommender.engine.outbound import RequestAnswer
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ConsentChange,
    ContactBounced,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Identify,
    Impression,
    OrderLine,
    Override,
    Purchase,
    Response,
)
from recommender.types import CustomerId
from tests.machine import happenings as may
from tests.machine.audit import Audit
from tests.machine.brand import Answered, Brand
from tests.machine.house_rules import INBOUND, LOOSE, OUTBOUND, STRICT, HouseRules
from tests.machine.leaving import Leavers
from tests.machine.persons import CARD, Link

PEOPLE = ("ann", "bob")
people = st.sampled_from(PEOPLE)
places = st.integers(0, 99)
"""Which of those that are there; how many these are depends on the engine, and must not steer what is drawn."""

channels = st.sampled_from(OUTBOUND)
EVERYWHERE = (*INBOUND, *OUTBOUND)
anywhere = st.sampled_from(EVERYWHERE)
sizes = st.sampled_from([1, 2, 3, 6])
spans = st.sampled_from(
    [timedelta(minutes=1), timedelta(hours=1), timedelta(hours=9), timedelta(days=1), timedelta(days=3),
     timedelta(days=8), timedelta(days=31), timedelta(days=200)]
)  # fmt: skip
shorts = st.sampled_from([timedelta(minutes=1), timedelta(hours=1), timedelta(hours=4)])
workers = st.sampled_from([0, 1])
_RUNS = count()
REPLAYED = 12
"""Decisions of one example that are made again."""


class WholeEngine(RuleBasedStateMachine):
    """Two customers of one brand; whatever is answered is put to the judge."""

    brands: dict[HouseRules, Brand]

    @initialize(
        rules=st.sampled_from([STRICT, LOOSE]),
        seed=st.integers(0, 2**16),
        willing=st.sets(people),
        past=st.lists(st.tuples(people, may.buying | may.talk, may.lates), max_size=5),
    )
    def begin(
        self,
        rules: HouseRules,
        seed: int,
        willing: set[str],
        past: list[tuple[str, may.Happening, timedelta]],
    ) -> None:
        self.brand = self.brands[rules]
        self.audit = Audit(self.brand)
        self.leavers = Leavers(self.brand)
        self.dice = random.Random(seed)
        self.run = next(_RUNS)
        self.brand.begin_again(self.run, [self._name(who) for who in (*PEOPLE, CARD)])
        self.lost: set[str] = set()
        self.numbers = count()
        self.answered: list[Answered] = []
        self.requests: list[tuple[CustomerId, DecisionRequest]] = []
        for who in sorted(willing):
            for channel in OUTBOUND:
                what = partial(ConsentChange, consent_channel=channel, status="subscribed")
                self._append(self._name(who), what)
        for who, happening, late in past:
            self._append(self._name(who), happening, late)

    # What happens: after a while something is told, and then something may be said

    @rule(who=people, span=spans, what=may.anything, late=may.lates, channel=anywhere, k=sizes)
    def live(
        self, who: str, span: timedelta, what: may.Happening, late: timedelta, channel: str, k: int
    ) -> None:
        self.brand.now += span
        self._append(self._name(who), what, late)
        self._preview(who, DecisionRequest(k=k, channel=channel), 0)

    @rule(who=people, span=spans)
    def wait(self, who: str, span: timedelta) -> None:
        self.brand.now += span
        for channel in EVERYWHERE:
            self._preview(who, DecisionRequest(k=2, channel=channel), 1)

    @rule(who=people, what=may.override, channel=anywhere, k=sizes)
    def overrule(self, who: str, what: may.Happening, channel: str, k: int) -> None:
        self._append(self._name(who), what)
        self._preview(who, DecisionRequest(k=k, channel=channel), 0)

    @rule(gone=st.sets(may.items, max_size=2))
    def sell_out(self, gone: set[str]) -> None:
        self.brand.describe(tuple(sorted(gone)))

    # What is asked

    @rule(who=people, k=sizes, worker=workers, cart=st.sets(may.items, max_size=2))
    def visit_the_page(self, who: str, k: int, worker: int, cart: set[str]) -> None:
        known = self.brand.workers[0].log.numbers.known()
        request = DecisionRequest(k=k, channel="web", cart=tuple(known[item] for item in sorted(cart)))  # type: ignore[index]  # ItemId on the wire is str
        answer = self._preview(who, request, worker)
        assert not _products(answer) & set(request.cart)

    @rule(
        who=people,
        channel=channels,
        k=sizes,
        tools=st.sampled_from([1, 1, 2, 4]),
        span=spans,
        meanwhile=st.none() | may.consent | may.trouble | may.newsletters | may.buying,
    )
    def ask_at_once(
        self, who: str, channel: str, k: int, tools: int, span: timedelta, meanwhile: may.Happening | None
    ) -> None:
        self.brand.now += span
        customer_id = self._name(who)
        requests = [
            DecisionRequest(k=k, channel=channel, request_id=f"r-{next(self.numbers)}") for _ in range(tools)
        ]
        happening = [] if meanwhile is None else [self._event(customer_id, meanwhile, timedelta())]
        self.requests += [(customer_id, request) for request in requests]
        self._ask(customer_id, requests, happening)

    @precondition(lambda self: self.requests)
    @rule(which=places, twice=st.booleans(), span=spans)
    def ask_again(self, which: int, twice: bool, span: timedelta) -> None:
        self.brand.now += span
        customer_id, request = self.requests[which % len(self.requests)]
        self._ask(customer_id, [request] * (1 + twice), [])

    @rule(who=people, channel=channels, other=channels, k=sizes, span=shorts)
    def ask_and_send_and_ask(self, who: str, channel: str, other: str, k: int, span: timedelta) -> None:
        """Two tools that do not know of each other, shortly after one another."""
        customer_id = self._name(who)
        for name in (channel, other):
            request = DecisionRequest(k=k, channel=name, request_id=f"r-{next(self.numbers)}")
            self.requests.append((customer_id, request))
            self._ask(customer_id, [request], [])
            self.send(len(self.requests) - 1, timedelta())
            self.brand.now += span

    @precondition(lambda self: self.requests)
    @rule(which=places, how=st.sampled_from(["buys", "complains", "leaves", "is held"]), span=shorts)
    def change_their_mind(self, which: int, how: str, span: timedelta) -> None:
        """What was answered is asked for again, and meanwhile it became wrong."""
        customer_id, request = self.requests[which % len(self.requests)]
        items = [self.brand.item_id(said.item) for _, said in self._promised(which) if said.item is not None]
        lines = tuple(OrderLine(item_id=item) for item in items if item is not None)
        self.brand.now += span
        if how == "buys" and lines:
            self._append(customer_id, partial(Purchase, order_id="o-9", lines=lines))
        elif how == "complains":
            self._append(customer_id, partial(ComplaintOpened, complaint_id="k-9"))
        elif how == "leaves":
            gone = partial(ConsentChange, consent_channel=request.channel or "", status="unsubscribed")
            self._append(customer_id, gone)
        elif how == "is held":
            self._append(customer_id, partial(Override, kind="hold_all", author="eva", reason="she rang"))
        self._ask(customer_id, [request], [])

    # Who leaves, and comes back

    @rule(who=people)
    def is_said_to_be_the_other(self, who: str) -> None:
        self._append(self._name(who), partial(Identify, other_id=self._other(who), evidence="one address"))

    @precondition(lambda self: not self.leavers.out)
    @rule(
        who=people,
        worker=workers,
        channel=channels,
        k=sizes,
        tools=st.sampled_from([0, 0, 1, 2, 4]),
        meanwhile=st.none() | may.anything,
    )
    def leave_for_good(
        self, who: str, worker: int, channel: str, k: int, tools: int, meanwhile: may.Happening | None
    ) -> None:
        """Somebody is erased, while mail tools ask for them and something is told of them."""
        customer_id = self._name(who)
        seen = self._preview(who, DecisionRequest(k=k, channel="web"), 1 - worker)
        self.brand.workers[1 - worker].record(seen.decision, seen.request, customer_id)
        requests = [
            DecisionRequest(k=k, channel=channel, request_id=f"r-{next(self.numbers)}") for _ in range(tools)
        ]
        happening = [] if meanwhile is None else [self._event(customer_id, meanwhile, timedelta())]
        self.requests += [(customer_id, request) for request in requests]
        answered = [seen, *(one for one in self.answered if one.request.request_id is not None)]
        own = [one.decision.decision_id for one in answered if one.customer_id == customer_id]
        self.lost |= {
            one.decision.decision_id
            for one in self.answered
            if customer_id in self.brand.person(one.customer_id, one.decision.customer_version)
        }
        are_linked = any(isinstance(one, Link) for one in happening) or self.brand.knows_links()
        picture = partial(self.leavers.picture_of, self._other(who), customer_id, are_linked=are_linked)
        before = picture()
        answers = self.brand.ask_all(customer_id, requests, happening, worker)
        own += [one.decision.decision_id for one in answers if one is not None]
        self.leavers.check_gone(customer_id, own)
        assert picture() == before
        self.answered = [one for one in self.answered if one.customer_id != customer_id]

    @precondition(lambda self: self.leavers.out)
    @rule(worker=workers)
    def come_back(self, worker: int) -> None:
        self.leavers.let_in(worker)

    @invariant()
    def who_left_is_nobody(self) -> None:
        self.leavers.check_nobody()

    # What becomes of it

    @precondition(lambda self: self.requests)
    @rule(which=places, late=st.sampled_from([timedelta(), timedelta(minutes=20)]))
    def send(self, which: int, late: timedelta) -> None:
        for promise, said in self._promised(which):
            what = partial(
                ContactSent,
                **_ids(promise),
                channel=promise.channel,
                action=said.action_id,
                item_id=self.brand.item_id(said.item),
            )
            self._append(promise.customer_id, what, late)

    @precondition(lambda self: self.requests)
    @rule(which=places)
    def release(self, which: int) -> None:
        for promise, _ in self._promised(which)[:1]:
            self._append(promise.customer_id, partial(ContactReleased, **_ids(promise)))

    @precondition(lambda self: self.requests)
    @rule(which=places, permanent=st.booleans(), late=st.sampled_from([timedelta(), timedelta(hours=1)]))
    def bounce(self, which: int, permanent: bool, late: timedelta) -> None:
        for promise, _ in self._promised(which)[:1]:
            what = partial(ContactBounced, **_ids(promise), channel=promise.channel, permanent=permanent)
            self._append(promise.customer_id, what, late)

    @rule(which=places, outcome=st.sampled_from(["seen", "accepted", "ignored", "dismissed"]))
    def respond(self, which: int, outcome: Any) -> None:
        answers = [one for one in self.answered if one.decision.actions]
        if not answers:
            return
        answer = answers[which % len(answers)]
        first = answer.decision.actions[0]
        said: dict[str, Any] = {
            "decision_id": answer.decision.decision_id,
            "rank": 1,
            "action": first.action_id,
            "item_id": self.brand.item_id(first.item),
        }
        if outcome == "seen":
            self._append(answer.customer_id, partial(Impression, **said))
        else:
            self._append(answer.customer_id, partial(Response, **said, outcome=outcome))

    # What must hold in the end

    def teardown(self) -> None:
        if not hasattr(self, "brand"):
            return
        for who in (*PEOPLE, CARD):
            self.audit.fold(self._name(who), self.dice)
        kept = [one for one in self.answered if one.decision.decision_id not in self.lost]
        for answer in self.dice.sample(kept, min(len(kept), REPLAYED)):
            self.audit.replay(answer)

    # Telling

    def _name(self, who: str) -> CustomerId:
        return CustomerId(f"{who}-{self.run}")

    def _other(self, who: str) -> CustomerId:
        return self._name(next(one for one in PEOPLE if one != who))

    def _append(self, customer_id: str | None, what: may.Happening, late: timedelta = timedelta()) -> None:
        event = self._event(customer_id, what, late)
        if self.leavers.are_named_by(event):
            self.brand.tell_in_vain(event)
        else:
            self.brand.tell(event)

    def _event(self, customer_id: str | None, what: may.Happening, late: timedelta) -> AnyEvent:
        self.brand.now += timedelta(seconds=1)
        name = f"e-{self.run}-{next(self.numbers)}"
        event = what(source="test", event_id=name, occurred_at=self.brand.now - late, customer_id=customer_id)
        if isinstance(event, Link) and event.other_id == CARD:
            return msgspec.structs.replace(event, other_id=self._name(CARD))
        return event

    def _promised(self, which: int) -> list[tuple[ContactReserved, ScoredAction]]:
        """Return the promise to one of the requests, with each of the actions that were answered."""
        customer_id, request = self.requests[which % len(self.requests)]
        promises = [
            one.event
            for one in self.brand.history(customer_id)
            if isinstance(one.event, ContactReserved) and one.event.request_id == request.request_id
        ]
        if not promises:
            return []
        answer = next(one for one in self.answered if one.decision.decision_id == promises[-1].decision_id)
        return [(promises[-1], said) for said in answer.decision.actions]

    # Asking

    def _preview(self, who: str, request: DecisionRequest, worker: int) -> Answered:
        answer = self.brand.preview(self._name(who), request, worker)
        self.answered.append(answer)
        self.audit.judge(self.brand.history(answer.customer_id), answer, answer.decision.actions)
        self.audit.reminders(answer)
        return answer

    def _ask(
        self, customer_id: CustomerId, requests: Sequence[DecisionRequest], meanwhile: list[AnyEvent]
    ) -> None:
        before = self.brand.history(customer_id)
        answers = self._answers(customer_id, self.brand.ask_all(customer_id, list(requests), meanwhile))
        after = self.brand.history(customer_id)[len(before) :]
        kept = [self.brand.remembered(customer_id, answer) for answer in answers]
        for answer, one in zip(answers, kept, strict=True):
            if answer.is_repeat and not after:
                self.audit.judge(before, one, one.said(answer.ranks))
            if one.decision.decision_id not in self.lost:
                self.audit.reminders(one)
        self.audit.promised(before, after, list(zip(answers, kept, strict=True)))
        known = {one.decision.decision_id for one in self.answered}
        self.answered += [one for one in kept if one.decision.decision_id not in known]

    def _answers(
        self, customer_id: CustomerId, answers: Sequence[RequestAnswer | None]
    ) -> list[RequestAnswer]:
        """Return what was answered: of somebody who left nothing, of others everything."""
        given = [one for one in answers if one is not None]
        assert len(given) == (0 if customer_id in self.leavers.out else len(answers))
        return given


def _ids(promise: ContactReserved) -> dict[str, Any]:
    return {"decision_id": promise.decision_id, "request_id": promise.request_id}


def _products(answer: Answered) -> set[int | None]:
    return {one.item for one in answer.decision.actions if one.action.value in {"product_offer", "buy_again"}}
