"""The states of a simulated day are those that the fold gives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from recommender.customers.dealing_folds.reading import number_reader
from recommender.customers.folding import fold
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.events.vocabulary import AnyEvent, ContactReserved, ContactSent, Impression, Response
from recommender.playbook.kinds import ActionKind
from recommender.types import CustomerId, DecisionId, ItemNumber, ModelVersion
from tests.training.simulate.world import FIRST, NewWorld, World, at, bought, days_from, view
from tests.training.small_shop import small_shop_events
from training.simulate.feedback import Feedback
from training.simulate.histories import Histories

SENT = at("2024-05-05T10:00")


@pytest.fixture
def world(new_world: NewWorld) -> World:
    events = [
        *small_shop_events()[:300],
        bought("ada", "2024-04-02T12:00", "mug"),
        view("ada", "2024-05-03T12:00"),
    ]
    return new_world(events)


def test_every_day_is_folded_from_the_events_before_it_alone(world: World) -> None:
    window = days_from(FIRST.replace(month=2), 90)
    who = [CustomerId(one) for one, _ in world.log.customers_changed_after(0)]
    beyond = world.log.customers_beyond_orders()
    assert beyond == {"ada"}
    seen = 0
    for history in Histories(world.log, window, frozenset()).of(sorted(who), frozenset(beyond)):
        events = [one.event for one in world.log.events_of(history.customer_id)]
        for moment_s, state in zip(window.moments, history.states, strict=True):
            before = [event for event in events if event.occurred_at < datetime.fromtimestamp(moment_s, UTC)]
            expected = fold(before, world.log.numbers, 0)
            assert (state is None) == (not before)
            if state is not None:
                assert replace(state, version=0) == expected
                seen += 1
    assert seen > 1_000


def test_units_of_planned_items_are_told_apart(world: World) -> None:
    planned = frozenset({world.log.numbers["mug"]})  # type: ignore[index]  # ItemId on the wire is str
    (history,) = Histories(world.log, days_from(FIRST, 3), planned).of([CustomerId("ada")], frozenset())
    state = history.states[0]
    assert state is not None
    assert [unit.order_id for unit in state.dealings.units] == ["ada-2024-04-02T12:00"]


def decision(name: str, *actions: ScoredAction, when: datetime = SENT) -> Decision:
    return Decision(
        decision_id=DecisionId(name),
        customer_version=1,
        model_version=ModelVersion("1"),
        catalogue_version=1,
        cold=False,
        served_by="model",
        actions=actions,
        decided_at_us=int(when.timestamp()) * 1_000_000,
        gated={},
    )


def action(name: str, item: int | None = None, amount: float = 0.0) -> ScoredAction:
    number = None if item is None else ItemNumber(item)
    reason = Reason(ReasonKind.TRIGGERED)
    return ScoredAction(ActionKind.THANK_YOU, number, 0.5, reason, "x", action_id=name, amount=amount)


def test_what_is_fed_back_is_what_the_fold_makes_of_the_same_events(world: World) -> None:
    numbers = world.log.numbers
    mug = numbers["mug"]  # type: ignore[index]
    logged: list[AnyEvent] = [
        bought("ada", "2024-04-02T12:00", "mug"),
        ContactSent(
            source="shop",
            event_id="s1",
            occurred_at=at("2024-04-20T10:00"),
            channel="email",
            decision_id="d0",
            action="old",
        ),
        Response(
            source="shop",
            event_id="r1",
            occurred_at=at("2024-04-21T10:00"),
            decision_id="d0",
            rank=1,
            outcome="ignored",
        ),
    ]
    feedback = Feedback(number_reader(numbers), numbers.id_of)
    later = SENT + timedelta(days=3)
    feedback.sent(decision("d1", action("thanks", mug), action("sorry", amount=5.0)), "email", "EUR")
    feedback.answered(
        decision("d1", action("thanks", mug), action("sorry", amount=5.0)), [True, False], "EUR"
    )
    feedback.answered(decision("d3", action("sorry", amount=2.5), when=later), [True], "EUR")
    feedback.seen(decision("d2", action("old"), when=later), "app")
    simulated: list[AnyEvent] = [
        ContactReserved(
            source="simulation",
            event_id="a",
            occurred_at=SENT,
            channel="email",
            decision_id="d1",
            request_id="d1",
            expires_at=SENT + timedelta(hours=1),
            action="thanks",
            item_id="mug",
            amount=5,  # type: ignore[arg-type]
            currency="EUR",
        ),
        *(
            ContactSent(
                source="simulation",
                event_id=f"b{rank}",
                occurred_at=SENT,
                channel="email",
                decision_id="d1",
                action=name,
                rank=rank,
                item_id=item,
            )
            for rank, name, item in ((1, "thanks", "mug"), (2, "sorry", None))
        ),
        *(
            Response(
                source="simulation",
                event_id=f"c{rank}",
                occurred_at=SENT,
                decision_id="d1",
                rank=rank,
                outcome=word,  # type: ignore[arg-type]
                action=name,
                item_id=item,
            )
            for rank, word, name, item in ((1, "accepted", "thanks", "mug"), (2, "ignored", "sorry", None))
        ),
        Impression(
            source="simulation",
            event_id="e",
            occurred_at=later,
            decision_id="d2",
            rank=1,
            action="old",
            channel="app",
        ),
        Response(
            source="simulation",
            event_id="f",
            occurred_at=later,
            decision_id="d3",
            rank=1,
            outcome="accepted",
            action="sorry",
            amount=Decimal("2.5"),
            currency="EUR",
        ),
    ]
    state = fold(logged, numbers, 1)
    assert feedback.over(state) == fold([*logged, *simulated], numbers, 1)
    assert feedback.over(state).items is state.items


def test_nothing_said_leaves_the_state_alone(world: World) -> None:
    state = fold([bought("ada", "2024-04-02T12:00", "mug")], world.log.numbers, 1)
    assert Feedback(number_reader(world.log.numbers), world.log.numbers.id_of).over(state) is state
