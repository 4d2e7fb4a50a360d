"""Contacts that came back, and goodwill: what is reserved again, and what others took meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from recommender.engine.outbound import RequestAnswer
from recommender.events.vocabulary import (
    ComplaintOpened,
    ConsentChange,
    ContactBounced,
    ContactReserved,
    ContactSent,
    Response,
    SaidToo,
)
from recommender.types import CustomerId
from tests.recommender.engine.outbound_shop import (
    PLAYBOOK,
    START,
    Shop,
    said,
)
from tests.recommender.engine.shops import ANN, BEN, read
from tests.valkey import Valkey


@pytest.fixture
def shop(tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home", valkey, PLAYBOOK)
    yield opened
    for engine in opened.workers:
        engine.close()


def test_of_requests_that_came_back_one_is_reserved_again_under_a_cap_of_one(shop: Shop) -> None:
    names = ("r1", "r2", "r3")
    for name in names:
        first = shop.ask(name)
        assert first.reserved_until is not None
        shop.tell(ContactBounced, request_id=name, decision_id=first.decision.decision_id)
        shop.after(seconds=1)
    answers = [shop.ask(name) for name in names]
    assert [(len(one.ranks), one.reserved_until is None) for one in answers] == [
        (2, False),
        (0, True),
        (0, True),
    ]
    assert [one.status for one in read(shop.engine).dealings.contacts].count("reserved") == 1
    assert shop.ask("r1").reserved_until == answers[0].reserved_until
    assert len(shop.reserved()) == 4
    shop.tell(ContactSent, request_id="r1", decision_id=answers[0].decision.decision_id, channel="email")
    assert [len(shop.ask(name).ranks) for name in names] == [2, 0, 0]


def test_what_came_back_in_this_second_waits_for_the_next(shop: Shop) -> None:
    first = shop.ask("r1")
    shop.tell(ContactBounced, request_id="r1", decision_id=first.decision.decision_id)
    waiting = shop.ask("r1")
    assert (waiting.ranks, waiting.reserved_until) == ((), None)
    assert waiting.decision.next_s == int(START.timestamp()) + 1
    shop.after(seconds=1)
    again = shop.ask("r1")
    assert (again.ranks, again.reserved_until) == (first.ranks, START + timedelta(hours=1, seconds=1))


def test_what_came_back_for_good_is_not_said_until_the_channel_is_subscribed_to_again(shop: Shop) -> None:
    first = shop.ask("r1")
    shop.after(seconds=1)
    shop.tell(ContactBounced, request_id="r1", decision_id=first.decision.decision_id, permanent=True)
    gone = shop.ask("r1")
    assert (gone.ranks, gone.reserved_until, gone.decision.next_s) == ((), None, None)
    shop.after(seconds=1)
    shop.tell(ConsentChange, consent_channel="email", status="subscribed")
    assert shop.ask("r1").reserved_until is not None


def test_goodwill_that_came_back_is_offered_again_once_unless_others_took_it_meanwhile(shop: Shop) -> None:
    for who in (ANN, BEN):
        shop.tell(ComplaintOpened, who, complaint_id=f"k-{who}")
    first = shop.ask("r1")
    for told in (ContactBounced, ContactSent, ContactBounced):
        shop.tell(told, request_id="r1", decision_id=first.decision.decision_id)
        shop.after(seconds=1)
    # What was sent is spent, and the same money; the budget of one customer and of all is no more than it.
    assert (shop.ask("r1").ranks, shop.ask("r1", BEN).decision.actions[0].amount) == ((1,), 0.0)


def test_goodwill_that_came_back_and_went_to_others_is_not_offered_again(shop: Shop) -> None:
    for who in (ANN, BEN):
        shop.tell(ComplaintOpened, who, complaint_id=f"k-{who}")
    first = shop.ask("r1")
    shop.tell(ContactBounced, request_id="r1", decision_id=first.decision.decision_id)
    shop.after(hours=2)
    assert shop.ask("r1", BEN).decision.actions[0].amount == 20.0
    again = shop.ask("r1")
    assert (again.ranks, again.reserved_until) == ((), None)


def test_of_many_customers_with_a_complaint_one_gets_the_goodwill_that_is_left_and_all_an_apology(
    shop: Shop,
) -> None:
    customers = [CustomerId(f"c{number}") for number in range(24)]
    for customer_id in customers:
        shop.tell(ComplaintOpened, customer_id, complaint_id=f"k-{customer_id}")
    start = threading.Barrier(24)

    def ask(number: int) -> RequestAnswer:
        start.wait()
        return shop.ask("r1", customers[number], worker=number % 2)

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, range(24)))
    assert [said(answer) for answer in answers] == [[("sorry", None)]] * 24
    assert sorted(answer.decision.actions[0].amount for answer in answers) == [0.0] * 23 + [20.0]
    amounts = [event.amount for who in customers for event in shop.reserved(who)]  # type: ignore[union-attr]
    assert sorted(amount for amount in amounts if amount is not None) == [20]


def test_a_reservation_names_all_that_it_is_to_say_and_apologies_share_their_budget(shop: Shop) -> None:
    for name in ("k1", "k2"):
        shop.tell(ComplaintOpened, complaint_id=name)
    answer = shop.ask("r1")
    assert [(one.action_id, one.amount) for one in answer.decision.actions] == [
        ("sorry", 20.0),
        ("sorry", 0.0),
    ]
    (event,) = shop.reserved()
    assert isinstance(event, ContactReserved)
    assert (event.action, event.amount, event.currency) == ("sorry", Decimal(20), "EUR")
    assert event.also == (SaidToo(action="sorry", subject="k1"),)


def test_goodwill_that_went_to_others_after_a_reservation_ran_out_is_not_promised_again(shop: Shop) -> None:
    for who in (ANN, BEN):
        shop.tell(ComplaintOpened, who, complaint_id=f"k-{who}")
    assert [one.amount for one in shop.ask("r1").decision.actions] == [20.0]
    shop.after(hours=2)
    assert [one.amount for one in shop.ask("r1", BEN).decision.actions] == [20.0]
    again = shop.ask("r1", worker=1)
    # The mail that was written offers what nobody has any more; an apology alone is another request.
    assert (again.is_repeat, again.ranks, again.reserved_until) == (True, (), None)
    assert len(shop.reserved()) == 1
    assert [one.amount for one in shop.ask("r2").decision.actions] == [0.0]


def test_a_complaint_that_a_slow_clock_paid_before_it_was_opened_gets_an_apology_alone(shop: Shop) -> None:
    shop.engine.append(
        [
            Response(
                source="till",
                event_id="paid",
                occurred_at=START - timedelta(minutes=5),
                customer_id=ANN,
                decision_id="elsewhere",
                rank=1,
                outcome="accepted",
                action="sorry",
                subject="k1",
                amount=Decimal(5),
            )
        ]
    )
    shop.tell(ComplaintOpened, complaint_id="k1")
    answer = shop.ask("r1")
    assert [(one.action_id, one.amount) for one in answer.decision.actions] == [("sorry", 0.0)]
    assert answer.reserved_until is not None
