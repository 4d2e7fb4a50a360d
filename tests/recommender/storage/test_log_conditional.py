"""Appends that hold only if nothing has happened to the customer, no decision has answered, and goodwill is left."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text

from recommender.errors import (
    CustomerMovedError,
    EventConflictError,
    GoodwillSpentError,
    RapportError,
    RequestAnsweredError,
)
from recommender.events.vocabulary import (
    AnyEvent,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Override,
)
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import CustomerId, DecisionId
from tests.recommender.storage.log_worlds import ADA, BOB, NOON, order, view


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """An empty log whose clock stands still at noon."""
    with EventLog.open(url, clock=lambda: NOON) as opened:
        yield opened


DAY_US = 86_400_000_000
TEN = 10_000_000


def receipt(name: str, customer_id: str = "ada") -> StoredReceipt:
    return StoredReceipt(DecisionId(name), customer_id, NOON, name.encode())


def reserved(
    name: str, customer_id: str = "ada", *, amount: str | None = None, hours: float = 1
) -> ContactReserved:
    return ContactReserved(
        source="rapport",
        event_id=f"reserved-{name}",
        occurred_at=NOON,
        customer_id=customer_id,
        decision_id=f"d-{name}",
        request_id=f"r-{name}",
        expires_at=NOON + timedelta(hours=hours),
        action="sorry",
        amount=None if amount is None else Decimal(amount),
        currency=None if amount is None else "EUR",
    )


def sent(name: str, customer_id: str = "ada") -> ContactSent:
    return ContactSent(
        source="mail",
        event_id=f"sent-{name}",
        occurred_at=NOON,
        customer_id=customer_id,
        request_id=f"r-{name}",
    )


def released(name: str, customer_id: str = "ada") -> ContactReleased:
    return ContactReleased(
        source="mail",
        event_id=f"released-{name}",
        occurred_at=NOON,
        customer_id=customer_id,
        decision_id=f"d-{name}",
        request_id=f"r-{name}",
    )


def goodwill(
    name: str, customer_id: str = "ada", amount: str = "10", *, hours: float | None = None
) -> Override:
    return Override(
        source="staff",
        event_id=name,
        occurred_at=NOON,
        customer_id=customer_id,
        kind="goodwill",
        author="Eve",
        reason="the leg broke",
        action="sorry",
        amount=Decimal(amount),
        currency="EUR",
        expires_at=None if hours is None else NOON + timedelta(hours=hours),
    )


def budget(total: int = TEN, per_customer: int | None = None, window_us: int = 0) -> Budget:
    return Budget("sorry", TEN, total, per_customer, window_us, "EUR")


def grant(
    log: EventLog, name: str, customer_id: CustomerId = ADA, *budgets: Budget, hours: float = 1
) -> bool:
    """Reserve ten; say whether the budget had room."""
    terms = Terms(customer_id, log.version_of(customer_id), budgets=budgets or (budget(),))
    try:
        log.append_if([reserved(name, customer_id, amount="10", hours=hours)], terms)
    except GoodwillSpentError:
        return False
    return True


def moving_clock(url: str) -> tuple[EventLog, list[datetime]]:
    now = [NOON]
    return EventLog.open(url, clock=lambda: now[0]), now


def test_an_append_at_the_present_version_writes_events_and_receipts(log: EventLog) -> None:
    first = log.append_if([view("1")], Terms(ADA, 0, receipts=(receipt("d1"),)))
    assert [(one.status, one.version) for one in first] == [("accepted", 1)]
    log.append([order("2", customer="bob")])
    assert log.append_if([view("3")], Terms(ADA, 1))[0].version == 3
    assert log.receipt(DecisionId("d1")) == receipt("d1")


def test_an_append_at_another_version_writes_nothing_and_says_the_present_one(log: EventLog) -> None:
    log.append([view("1"), view("2")])
    with pytest.raises(CustomerMovedError, match="version 2") as caught:
        log.append_if([view("3")], Terms(ADA, 1, (receipt("d1"),), AnsweredRequest("r1", DecisionId("d1"))))
    assert caught.value.version == 2
    assert (log.head(), log.receipt(DecisionId("d1")), log.answered_by(ADA, "r1")) == (2, None, None)


def test_what_others_append_does_not_move_a_customer(log: EventLog) -> None:
    log.append([view("1")])
    log.append([view("2", customer="bob"), view("3", customer=None)])
    assert log.append_if([view("4")], Terms(ADA, 1))[0].seq == 4


def test_a_conflicting_event_refuses_the_whole_conditional_append(log: EventLog) -> None:
    log.append([view("1", item="mug")])
    with pytest.raises(EventConflictError):
        log.append_if([view("2"), view("1", item="cup")], Terms(ADA, 1, receipts=(receipt("d1"),)))
    assert (log.head(), log.receipt(DecisionId("d1"))) == (1, None)


def test_of_64_at_once_at_one_version_exactly_one_is_written(log: EventLog) -> None:
    log.append([view("first"), view("his", customer="bob")])
    start = threading.Barrier(64)

    def append(number: int) -> str:
        start.wait()
        terms = Terms(ADA, 1, receipts=(receipt(f"d{number}"),))
        try:
            return log.append_if([reserved(str(number))], terms)[0].status
        except CustomerMovedError as error:
            return f"moved to {error.version}"

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(append, range(64)))
    assert sorted(answers) == ["accepted"] + ["moved to 3"] * 63
    kept = [number for number in range(64) if log.receipt(DecisionId(f"d{number}")) is not None]
    assert len(kept) == 1
    assert answers[kept[0]] == "accepted"


def test_a_request_is_answered_once(log: EventLog) -> None:
    answer = AnsweredRequest("r1", DecisionId("d1"))
    log.append_if([], Terms(ADA, 0, (receipt("d1"),), answer))
    assert (log.answered_by(ADA, "r1"), log.answered_by(BOB, "r1")) == ("d1", None)
    with pytest.raises(RequestAnsweredError, match="d1") as caught:
        log.append_if([reserved("2")], Terms(ADA, 0, (), AnsweredRequest("r1", DecisionId("d2"))))
    assert (caught.value.decision_id, log.head()) == ("d1", 0)
    log.append_if([], Terms(BOB, 0, (), AnsweredRequest("r1", DecisionId("d3"))))
    assert log.answered_by(BOB, "r1") == "d3"


def test_a_request_that_moved_on_is_told_its_answer_rather_than_the_move(log: EventLog) -> None:
    log.append_if([reserved("1")], Terms(ADA, 0, (), AnsweredRequest("r1", DecisionId("d1"))))
    with pytest.raises(RequestAnsweredError):
        log.append_if([reserved("2")], Terms(ADA, 0, (), AnsweredRequest("r1", DecisionId("d2"))))


def test_an_answer_that_ends_makes_room_for_another(url: str) -> None:
    log, now = moving_clock(url)
    with log:
        until_us = int((NOON + timedelta(hours=1)).timestamp() * 1e6)
        log.append_if([], Terms(ADA, 0, (), AnsweredRequest("r1", DecisionId("d1"), until_us)))
        now[0] = NOON + timedelta(minutes=59)
        assert log.answered_by(ADA, "r1") == "d1"
        now[0] = NOON + timedelta(hours=1)
        assert log.answered_by(ADA, "r1") is None
        log.append_if([], Terms(ADA, 0, (), AnsweredRequest("r1", DecisionId("d2"))))
        assert log.answered_by(ADA, "r1") == "d2"


def test_of_64_first_answers_to_one_request_one_is_kept(log: EventLog) -> None:
    start = threading.Barrier(64)

    def answer(number: int) -> str:
        start.wait()
        decision_id = DecisionId(f"d{number}")
        try:
            log.append_if([], Terms(ADA, 0, (receipt(decision_id),), AnsweredRequest("r1", decision_id)))
        except RequestAnsweredError as error:
            return error.decision_id
        return decision_id

    with ThreadPoolExecutor(64) as pool:
        told = set(pool.map(answer, range(64)))
    assert told == {log.answered_by(ADA, "r1")}
    assert sum(log.receipt(DecisionId(f"d{number}")) is not None for number in range(64)) == 1


def test_of_64_grants_at_once_a_budget_for_one_gives_one(log: EventLog) -> None:
    start = threading.Barrier(64)

    def ask(number: int) -> bool:
        start.wait()
        return grant(log, str(number), CustomerId(f"c{number}"))

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(ask, range(64))) == 1
    assert log.head() == 1


def test_a_released_grant_is_free_again_and_a_sent_one_is_not(log: EventLog) -> None:
    assert grant(log, "1")
    assert not grant(log, "2", BOB)
    log.append([released("1")])
    assert grant(log, "3", BOB)
    log.append([sent("3", "bob"), released("3", "bob")])
    assert not grant(log, "4")


def test_an_expired_grant_is_free_unless_it_was_sent(url: str) -> None:
    log, now = moving_clock(url)
    with log:
        assert grant(log, "1")
        now[0] = NOON + timedelta(hours=1)
        assert grant(log, "2", BOB, hours=2)
        log.append([sent("2", "bob")])
        now[0] = NOON + timedelta(days=400)
        assert not grant(log, "3", hours=24 * 500)


def test_a_grant_leaves_its_sliding_window(url: str) -> None:
    log, now = moving_clock(url)
    weekly = budget(window_us=7 * DAY_US)
    with log:
        assert grant(log, "1")
        log.append([sent("1")])
        now[0] = NOON + timedelta(days=7, microseconds=-1)
        assert not grant(log, "2", BOB, weekly, hours=24 * 9)
        now[0] = NOON + timedelta(days=7)
        assert grant(log, "2", BOB, weekly, hours=24 * 9)


def test_a_budget_per_customer_stops_one_and_not_the_others(log: EventLog) -> None:
    each = budget(total=3 * TEN, per_customer=TEN)
    assert grant(log, "1", ADA, each)
    assert not grant(log, "2", ADA, each)
    assert grant(log, "3", BOB, each)


def test_what_staff_grant_counts_once_for_the_customer_and_fully_for_the_others(log: EventLog) -> None:
    log.append([goodwill("o1")])
    assert not grant(log, "1", BOB)
    assert grant(log, "2", ADA)
    assert not grant(log, "3", BOB)
    log.append([released("2")])
    assert grant(log, "4", BOB)


def test_an_override_that_ends_another_frees_its_goodwill(url: str) -> None:
    log, now = moving_clock(url)
    with log:
        log.append([goodwill("o1")])
        assert not grant(log, "1", BOB)
        now[0] = NOON + timedelta(hours=2)
        log.append([goodwill("o2", hours=1)])
        assert grant(log, "2", BOB, hours=9)


def test_actions_and_currencies_have_budgets_of_their_own(log: EventLog) -> None:
    assert grant(log, "1", ADA, Budget("sorry", TEN, TEN, None, 0, "EUR"))
    assert grant(log, "2", ADA, Budget("voucher", TEN, TEN, None, 0, "EUR"))
    assert grant(log, "3", ADA, Budget("sorry", TEN, TEN, None, 0, "GBP"))
    assert not grant(log, "4", ADA, Budget("sorry", TEN, TEN, None, 0, "EUR"))


def test_grants_of_one_commit_see_each_other(log: EventLog) -> None:
    answers = [
        log.append_async(
            [reserved(str(number), f"c{number}", amount="10")],
            terms=Terms(CustomerId(f"c{number}"), 0, budgets=(budget(total=3 * TEN),)),
        )
        for number in range(20)
    ]
    refused = [isinstance(answer.exception(), GoodwillSpentError) for answer in answers]
    assert refused == [False] * 3 + [True] * 17


def test_bulk_appends_keep_the_books_too(log: EventLog) -> None:
    events: list[AnyEvent] = [reserved("1", amount="10"), sent("1"), reserved("2", "bob", amount="10")]
    events += [released("2", "bob"), sent("9", "cat")]
    assert log.append_bulk(events).accepted == 5
    assert grant(log, "3", BOB, budget(total=2 * TEN))
    assert not grant(log, "4", BOB, budget(total=2 * TEN))


def test_a_log_of_an_earlier_version_gets_the_tables(url: str) -> None:
    with EventLog.open(url) as log:
        log.append([view("1")])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for table in ("answered_requests", "goodwill", "playbooks"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    for _ in range(2):
        with EventLog.open(url) as log:
            terms = Terms(ADA, log.version_of(ADA), (), AnsweredRequest(f"r{log.head()}", DecisionId("d1")))
            log.append_if([reserved(str(log.head()), amount="1")], terms)
            assert log.answered_by(ADA, "r1") == "d1"


def test_every_refusal_is_an_error_that_says_what_to_do() -> None:
    errors: tuple[RapportError, ...] = (CustomerMovedError(1, 2), RequestAnsweredError("r1", "d1"))
    assert str(errors[0]) == (
        "the customer has changed meanwhile: expected version 1, found version 2; read the customer again and decide anew"
    )
    assert "answer with that decision" in str(errors[1])
