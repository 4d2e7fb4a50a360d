"""What is known of one subject is known of all that are one person with it, by every worker and every store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from recommender.engine.engine import Engine
from recommender.engine.naming import OTHER_CUSTOMER
from recommender.events.vocabulary import ComplaintOpened, Identify, Override, Response, Unlink
from recommender.types import CustomerId
from tests.recommender.engine.outbound_shop import PLAYBOOK, START, Shop, said
from tests.recommender.engine.shops import (
    ANN,
    BEN,
    LATER,
    NOON,
    buy,
    open_engine,
    owned,
    read,
    wait_until_trusted,
)
from tests.valkey import Valkey

CARD = CustomerId("ann's card")


@pytest.fixture
def workers(tmp_path: Path, valkey: Valkey) -> Iterator[list[Engine]]:
    opened = [open_engine(tmp_path / "home", valkey.url) for _ in range(2)]
    wait_until_trusted(*opened)
    yield opened
    for engine in opened:
        engine.close()


@pytest.fixture
def shop(tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home", valkey, PLAYBOOK)
    yield opened
    for engine in opened.workers:
        engine.close()


def link(one: CustomerId = ANN, other: CustomerId = CARD) -> Identify:
    return Identify(
        source="crm", event_id=f"l-{one}-{other}", occurred_at=NOON, customer_id=one, other_id=other
    )


def unlink(one: CustomerId = ANN, other: CustomerId = CARD) -> Unlink:
    return Unlink(
        source="crm", event_id=f"u-{one}-{other}", occurred_at=LATER, customer_id=one, other_id=other
    )


def is_stored(engine: Engine, customer_id: CustomerId) -> bool:
    """Say whether the store itself has the newest state, so that no reader needs the log."""
    held = dict(engine._parts.store.older_than([(customer_id, engine.log.version_of(customer_id))]))
    return customer_id not in held and read(engine, customer_id).version == engine.log.version_of(customer_id)


def test_what_one_of_them_buys_all_of_them_own_at_every_worker_at_once(workers: list[Engine]) -> None:
    one, two = workers
    buy(one, "1", "mug")
    assert owned(two, CARD) == set(), "the store has an answer for the card"
    assert one.append([link()])[0].projected
    assert owned(two, CARD) == {"mug"}
    assert buy(two, "2", "pot", customer_id=CARD)
    for engine in workers:
        assert owned(engine, ANN) == owned(engine, CARD) == {"mug", "pot"}
        assert read(engine, ANN) == read(engine, CARD) == engine.state_from_log(ANN)
        assert is_stored(engine, ANN)
        assert is_stored(engine, CARD)
    one.append([unlink()])
    assert (owned(two, ANN), owned(two, CARD)) == ({"mug"}, {"pot"})
    assert read(two, ANN).version == read(two, CARD).version == one.log.head()


def test_a_rebuild_and_a_load_of_files_know_it_too(workers: list[Engine]) -> None:
    one, two = workers
    buy(one, "1", "mug")
    buy(one, "2", "pot", customer_id=CARD)
    one.append_bulk([link()])
    assert owned(two, ANN) == owned(two, CARD) == {"mug", "pot"}
    before = read(two, CARD)
    assert one.rebuild() == 2
    assert owned(two, ANN) == owned(two, CARD) == {"mug", "pot"}
    assert read(two, CARD) == before


def test_a_store_that_was_away_learns_it_when_it_is_back(workers: list[Engine], valkey: Valkey) -> None:
    one, two = workers
    buy(one, "1", "mug")
    one.append([link()])
    valkey.kill()
    assert not buy(one, "2", "pot", customer_id=CARD)
    assert owned(two, ANN) == {"mug", "pot"}
    valkey.start()
    wait_until_trusted(one, two)
    assert owned(two, ANN) == owned(two, CARD) == {"mug", "pot"}


def test_who_is_erased_leaves_the_states_of_the_others(workers: list[Engine]) -> None:
    one, two = workers
    buy(one, "1", "mug")
    buy(one, "2", "pot", customer_id=CARD)
    one.append([link(), link(CARD, BEN)])
    assert owned(two, BEN) == {"mug", "pot"}
    assert one.erase(CARD).projected
    assert (owned(two, ANN), owned(two, CARD), owned(two, BEN)) == ({"mug"}, set(), set())
    assert is_stored(two, ANN)
    assert one.log.pending() == []
    assert buy(two, "3", "cup"), "and goes on"
    assert owned(one, ANN) == {"mug", "cup"}


def test_a_cap_holds_however_many_ask_at_once_under_whichever_id(shop: Shop) -> None:
    shop.engine.append([link()])

    def ask(number: int) -> int:
        return len(shop.ask(f"r{number}", (ANN, CARD)[number % 2], worker=number // 2 % 2).ranks)

    with ThreadPoolExecutor(32) as pool:
        said_to = list(pool.map(ask, range(64)))
    assert sum(ranks > 0 for ranks in said_to) == 1
    assert len(shop.reserved(ANN)) + len(shop.reserved(CARD)) == 1


def test_one_name_for_a_campaign_is_a_request_of_each_id(shop: Shop) -> None:
    """The second finds the contact of the first, which it is not."""
    shop.engine.append([link()])
    first = shop.ask("spring")
    assert first.ranks
    other = shop.ask("spring", CARD)
    assert (other.ranks, other.is_repeat, other.reserved_until) == ((), False, None)
    again = shop.ask("spring")
    assert (again.is_repeat, again.ranks) == (True, first.ranks)
    shop.after(days=8)
    later = shop.ask("spring", CARD)
    assert (later.decision.decision_id == first.decision.decision_id, bool(later.ranks)) == (False, True)
    contacts = read(shop.engine).dealings.contacts
    assert [one.request_id for one in contacts if one.status != "released"] == ["spring", "spring"]


def test_an_open_complaint_of_one_id_is_made_up_for_once_under_whichever(shop: Shop) -> None:
    shop.engine.append([link()])
    shop.tell(ComplaintOpened, complaint_id="c", text="broken")
    first = shop.ask("r1", CARD)
    assert [one.action_id for one in first.decision.actions] == ["sorry"], "nothing is sold"
    assert first.decision.actions[0].amount == 20.0
    assert said(shop.ask("r2")) == []
    assert shop.ask("r1", CARD).is_repeat


def test_an_answer_may_come_under_another_id_of_the_person(shop: Shop) -> None:
    answer = shop.ask("r1")

    def response(number: int, customer_id: CustomerId) -> Response:
        return Response(
            source="web",
            event_id=f"response-{number}",
            occurred_at=START + timedelta(minutes=number),
            customer_id=customer_id,
            outcome="dismissed",
            decision_id=answer.decision.decision_id,
            rank=1,
        )

    (before,) = shop.engine.append([response(1, CARD)])
    assert before.unmatched == OTHER_CUSTOMER
    shop.engine.append([link()])
    (after,) = shop.engine.append([response(2, CARD)])
    assert after.unmatched is None
    assert [one.outcome for one in read(shop.engine).dealings.outcomes] == ["dismissed"]


def test_staff_hold_the_person_whichever_id_they_name(shop: Shop) -> None:
    shop.engine.append([link()])
    held = Override(
        source="desk",
        event_id="o",
        occurred_at=START,
        customer_id=CARD,
        kind="hold_all",
        author="jo",
        reason="moving house",
    )
    shop.engine.append([held])
    assert said(shop.ask("r1")) == []
