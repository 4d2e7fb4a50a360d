"""Responses know what they are about, whoever reports them and however little they say."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.decisions.decision import Decision
from recommender.decisions.request import DecisionRequest
from recommender.engine.engine import Engine
from recommender.engine.naming import NO_DECISION, NO_RANK, OTHER_ACTION, OTHER_CUSTOMER, WAIT_SECONDS
from recommender.events.vocabulary import AnyEvent, Impression, OrderLine, Purchase, Response
from recommender.types import CustomerId
from tests.recommender.engine.shops import ANN, BEN, buy, open_engine, read
from tests.valkey import Valkey


@pytest.fixture
def engine(tmp_path: Path, valkey: Valkey) -> Any:
    opened = open_engine(tmp_path, valkey.url)
    for number in range(4):
        buy(opened, f"m{number}", "mug", "pot", customer_id=f"c{number}")
    yield opened
    opened.close()


def decided(engine: Engine, customer_id: CustomerId | None = ANN) -> Decision:
    now = datetime.now(UTC)
    snapshot = engine.snapshot_for(engine.popularity_fallback(now), FALLBACK)
    request = DecisionRequest(k=2)
    decision = engine.decide(read(engine, BEN), request, snapshot, now)
    engine.record(decision, request, customer_id)
    return decision


def response(decision_id: str, rank: int = 1, customer_id: str | None = ANN, **said: Any) -> Response:
    return Response(
        source="web",
        event_id=f"{decision_id}-{rank}",
        occurred_at=datetime.now(UTC).replace(microsecond=0),
        customer_id=customer_id,
        decision_id=decision_id,
        rank=rank,
        outcome="accepted",
        **said,
    )


def stored(engine: Engine, event: AnyEvent) -> Any:
    found = engine.log.event(event.source, event.event_id)
    assert found is not None
    return found.event


def named(engine: Engine, decision: Decision, rank: int = 1) -> tuple[str, str]:
    chosen = decision.actions[rank - 1]
    return chosen.action.value, engine.log.numbers.id_of(chosen.item or 0)


def test_a_response_is_named_by_its_receipt_while_that_still_waits_and_when_it_is_written(
    engine: Engine,
) -> None:
    decision = decided(engine)
    for rank in (1, 2):
        event = response(decision.decision_id, rank)
        engine.append([event])
        assert (stored(engine, event).action, stored(engine, event).item_id) == named(engine, decision, rank)
        engine._writer.poke()
        time.sleep(0.2)
    assert engine.log.receipt(decision.decision_id) is not None


def test_impressions_posted_by_the_event_loop_are_named_too(engine: Engine) -> None:
    decision = decided(engine)
    seen = Impression(
        source="web",
        event_id="i1",
        occurred_at=datetime.now(UTC),
        customer_id=ANN,
        decision_id=decision.decision_id,
        rank=2,
    )
    asyncio.run(engine.append_async([seen]))
    assert (stored(engine, seen).action, stored(engine, seen).item_id) == named(engine, decision, 2)


def test_what_a_response_says_itself_is_kept(engine: Engine) -> None:
    decision = decided(engine)
    event = response(decision.decision_id, action="thanks")
    engine.append([event])
    assert stored(engine, event) == event


@pytest.mark.parametrize("rank", [3, 100])
def test_a_rank_that_the_slate_did_not_have_names_nothing(engine: Engine, rank: int) -> None:
    event = response(decided(engine).decision_id, rank)
    engine.append([event])
    assert stored(engine, event) == event


def test_somebody_elses_decision_names_nothing_and_an_anonymous_one_does(engine: Engine) -> None:
    theirs = response(decided(engine, BEN).decision_id)
    nobodys = response(decided(engine, None).decision_id)
    engine.append([theirs, nobodys])
    assert stored(engine, theirs).action is None
    assert stored(engine, nobodys).action == "product_offer"


def test_the_receipt_of_another_worker_is_waited_for(engine: Engine, tmp_path: Path, valkey: Valkey) -> None:
    other = open_engine(tmp_path, valkey.url)
    decision = decided(other)
    event = response(decision.decision_id)
    engine.append([event])
    assert stored(engine, event).action == "product_offer"
    other.close()


def test_nobody_waits_for_a_decision_that_is_old_or_none_of_ours(engine: Engine) -> None:
    started = time.perf_counter()
    for name in ("d1", "018bcfe5-6800-7000-8000-000000000000"):
        engine.append([response(name)])
    assert time.perf_counter() - started < WAIT_SECONDS


def test_the_same_response_again_is_a_repeat_whether_it_was_named_or_not(engine: Engine) -> None:
    late = response("018bcfe5-6800-7000-8000-000000000000")
    assert engine.append([late])[0].status == "accepted"
    told = response("018bcfe5-6800-7000-8000-000000000000", action="product_offer", item_id="mug")
    told = Response(
        **{name: getattr(told, name) for name in told.__struct_fields__} | {"occurred_at": late.occurred_at}
    )
    assert engine.append([told])[0].status == "duplicate"
    decision = decided(engine)
    event = response(decision.decision_id)
    assert [engine.append([event])[0].status for _ in range(2)] == ["accepted", "duplicate"]
    other = response(decision.decision_id, action="product_offer", item_id="another")
    assert engine.append([other])[0].status == "conflict"


def test_files_of_responses_are_named(engine: Engine) -> None:
    decision = decided(engine)
    event = response(decision.decision_id)
    assert engine.append_bulk([event, response("d1")]).accepted == 2
    assert (stored(engine, event).action, stored(engine, event).item_id) == named(engine, decision)


def test_the_result_says_why_an_answer_is_to_nothing_that_was_decided(engine: Engine) -> None:
    mine, theirs = decided(engine).decision_id, decided(engine, BEN).decision_id
    sent: list[AnyEvent] = [
        response(mine),
        response(theirs),
        response(mine, 3),
        response("d1"),
        response(mine, 2, action="thanks"),
        buying("not-an-answer"),
    ]
    told = [one.unmatched for one in engine.append(sent)]
    assert told == [None, OTHER_CUSTOMER, NO_RANK, NO_DECISION, OTHER_ACTION, None]
    assert [one.unmatched for one in asyncio.run(engine.append_async(sent))] == told
    other = response(theirs, customer_id="somebody-else")
    assert [(one.status, one.unmatched) for one in engine.append([other])] == [("conflict", None)]


def buying(event_id: str) -> Purchase:
    lines = (OrderLine(item_id="mug"),)
    at = datetime(2024, 5, 1, tzinfo=UTC)
    return Purchase(
        source="shop", event_id=event_id, occurred_at=at, customer_id=ANN, order_id="1", lines=lines
    )
