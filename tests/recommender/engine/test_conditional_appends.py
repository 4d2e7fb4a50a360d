"""Appends with terms, through the whole write path: what is refused leaves nothing behind, what is written is seen."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from recommender.engine.engine import Engine
from recommender.errors import CustomerMovedError, RequestAnsweredError
from recommender.events.vocabulary import ContactReserved
from recommender.storage.receipts import StoredReceipt
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import DecisionId
from tests.recommender.engine.shops import ANN, BEN, NOON, order, owned, read


def reserved(name: str) -> ContactReserved:
    return ContactReserved(
        source="rapport",
        event_id=name,
        occurred_at=NOON,
        customer_id=ANN,
        decision_id=name,
        request_id=name,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def test_what_was_written_on_terms_is_in_the_next_state_of_every_worker(
    workers: tuple[Engine, Engine],
) -> None:
    one, other = workers
    one.append_if([order(ANN, "1", "mug")], Terms(ANN, 0))
    version = read(other).version
    other.append_if([order(ANN, "2", "pot")], Terms(ANN, version))
    assert owned(one) == owned(other) == {"mug", "pot"}
    with pytest.raises(CustomerMovedError) as caught:
        one.append_if([order(ANN, "3", "cup")], Terms(ANN, version))
    assert caught.value.version == read(one).version
    assert owned(one) == owned(other) == {"mug", "pot"}


def test_of_many_callers_at_two_workers_one_is_written_and_all_see_it(workers: tuple[Engine, Engine]) -> None:
    workers[0].append([order(ANN, "0", "mug"), order(BEN, "1", "mug")])
    version = read(workers[0]).version
    start = threading.Barrier(32)

    def ask(number: int) -> str:
        start.wait()
        name = f"d{number}"
        terms = Terms(
            ANN,
            version,
            (StoredReceipt(DecisionId(name), ANN, NOON, b""),),
            AnsweredRequest(name, DecisionId(name)),
        )
        try:
            workers[number % 2].append_if([reserved(name)], terms)
        except CustomerMovedError as error:
            return "" if read(workers[number % 2]).version >= error.version else "an old state"
        return name

    with ThreadPoolExecutor(32) as pool:
        (winner,) = filter(None, pool.map(ask, range(32)))
    assert workers[0].log.receipt(DecisionId(winner)) is not None
    assert [worker.log.answered_by(ANN, winner) for worker in workers] == [winner, winner]
    assert {read(worker).version for worker in workers} == {3}
    with pytest.raises(RequestAnsweredError):
        workers[0].append_if([], Terms(ANN, 3, (), AnsweredRequest(winner, DecisionId("late"))))
