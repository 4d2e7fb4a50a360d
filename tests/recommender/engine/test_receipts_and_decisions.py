"""Decisions have identities in time order, and their receipts are durable within a second."""

import random
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.decisions.decision import Decision
from recommender.decisions.receipts import decode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.engine.decision_ids import new_decision_id
from recommender.engine.engine import Engine
from recommender.engine.receipts import ReceiptBuffer
from recommender.errors import LogUnavailableError
from recommender.storage.log import EventLog
from recommender.types import DecisionId, ItemId
from tests.recommender.engine.shops import ANN, BEN, NOON, buy, open_engine, order, read, wait_until
from tests.valkey import Valkey

LATER = datetime(2024, 5, 2, tzinfo=UTC)


def test_ids_are_unique_and_sort_by_time() -> None:
    rng = random.Random(1)
    ids = [new_decision_id(now_us, rng.randbytes(10)) for now_us in range(0, 50_000_000, 1_000)]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert {(len(identity), identity[14]) for identity in ids} == {(36, "7")}
    assert {identity[19] for identity in ids} == set("89ab")


def test_without_a_model_the_popular_items_are_offered_and_owned_ones_are_not(
    tmp_path: Path, valkey: Valkey
) -> None:
    engine = open_engine(tmp_path, valkey.url)
    for number in range(4):
        buy(engine, f"m{number}", "mug", customer_id=f"c{number}")
    buy(engine, "p", "pot", customer_id="c9")
    buy(engine, "a", "mug")
    snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
    cold = engine.decide(read(engine, BEN), DecisionRequest(k=5), snapshot, LATER)
    warm = engine.decide(read(engine, ANN), DecisionRequest(k=5), snapshot, LATER)
    assert [engine.catalogue().name(action.item or 0) for action in cold.actions] == ["mug", "pot"]
    assert [engine.catalogue().name(action.item or 0) for action in warm.actions] == ["pot"]
    assert (cold.served_by, cold.cold, warm.customer_version) == ("fallback", True, 6)
    engine.close()


def test_the_fallback_of_an_empty_log_offers_nothing(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
    assert engine.decide(read(engine), DecisionRequest(), snapshot, LATER).actions == ()
    engine.close()


def decided(engine: Engine) -> tuple[Decision, DecisionRequest]:
    request = DecisionRequest(k=3, placement="cart")
    snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
    return engine.decide(read(engine), request, snapshot, LATER), request


def test_a_receipt_is_durable_within_a_second(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    buy(engine, "p", "pot", customer_id="c9")
    decision, request = decided(engine)
    engine.record(decision, request, ANN)
    wait_until(lambda: engine.log.receipt(decision.decision_id) is not None, seconds=2)
    stored = engine.log.receipt(decision.decision_id)
    assert stored is not None
    assert (stored.customer_id, stored.decided_at) == (ANN, LATER)
    receipt = decode_receipt(stored.content)
    assert (receipt.decision, receipt.request) == (decision, request)
    engine.close()


def test_a_receipt_that_waits_is_written_when_it_is_asked_for(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    decision, request = decided(engine)
    waiting = ReceiptBuffer(engine.log)
    waiting.add(decision, request, ANN)
    assert engine.log.receipt(decision.decision_id) is None
    found = waiting.stored(decision.decision_id)
    assert found is not None
    assert (found.customer_id, len(waiting)) == (ANN, 0)
    assert engine.log.receipt(decision.decision_id) == found
    assert waiting.stored(DecisionId("019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e")) is None
    engine.close()


def test_closing_writes_the_receipts_that_wait(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    decisions = [decided(engine) for _ in range(20)]
    for decision, request in decisions:
        engine.record(decision, request)
    engine.close()
    engine = open_engine(tmp_path, valkey.url)
    assert all(engine.log.receipt(decision.decision_id) is not None for decision, _ in decisions)
    engine.close()


def test_a_log_that_does_not_answer_keeps_receipts_waiting_up_to_a_bound(
    tmp_path: Path, valkey: Valkey
) -> None:
    engine = open_engine(tmp_path, valkey.url)
    decision, request = decided(engine)
    engine.close()
    log = EventLog.open(f"sqlite:///{tmp_path}/other.sqlite")
    buffer = ReceiptBuffer(log, capacity=3)
    (tmp_path / "other.sqlite").unlink()
    log.close()
    for number in range(5):
        buffer.add(msgspec.structs.replace(decision, decision_id=DecisionId(f"d{number}")), request, None)
    assert (len(buffer), buffer.dropped) == (3, 2)
    with pytest.raises(LogUnavailableError):
        buffer.flush()
    log.close()  # trying to write opened it again
    assert len(buffer) == 3
    assert list(buffer.find([DecisionId(f"d{number}") for number in range(5)])) == ["d2", "d3", "d4"]


def test_the_clock_of_the_engine_says_what_is_too_far_ahead(tmp_path: Path, valkey: Valkey) -> None:
    assert NOON < LATER
    engine = open_engine(tmp_path, valkey.url)
    engine.append([order(ANN, "1", "mug", at=NOON)])
    assert engine.log.numbers[ItemId("mug")] == 0
    engine.close()
