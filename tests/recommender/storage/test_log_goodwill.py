"""A budget of goodwill holds on every way into the log: events, batches, files, reservations, and what was accepted."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from recommender.errors import GoodwillSpentError
from recommender.events.vocabulary import (
    Identify,
    Override,
    Response,
)
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.recommender.storage.goodwill_words import (
    GRANTING,
    MILLION,
    accepted,
    left,
    limit,
    promised,
    reserved,
    sent,
    statuses,
)
from tests.recommender.storage.log_worlds import ADA, NOON, view


@pytest.fixture
def now() -> list[datetime]:
    """The clock of the log."""
    return [NOON]


@pytest.fixture
def log(url: str, now: list[datetime]) -> Iterator[EventLog]:
    """An empty log under a budget of 40 in all and 30 for each customer."""
    with EventLog.open(url, clock=lambda: now[0]) as opened:
        limit(opened, 40)
        yield opened


def test_in_a_batch_each_grant_is_taken_from_what_those_before_it_left(log: EventLog) -> None:
    batch = [promised("1"), promised("2", "bob"), promised("3", "cy"), promised("4", "dan", "10")]
    results = log.append(batch)
    assert [one.status for one in results] == ["accepted", "accepted", "conflict", "accepted"]
    assert isinstance(results[2].refused, GoodwillSpentError)
    assert results[2].message.startswith("the goodwill of sorry is spent")
    assert (log.head(), log.version_of(CustomerId("cy")), left(log)) == (3, 0, 0)
    assert log.event("crm", "3") is None


def test_what_one_id_was_given_the_other_ids_of_the_person_have(log: EventLog) -> None:
    """Of 40 in all 30 are for each customer, whichever id they come under; also within one batch."""
    link = Identify(source="crm", event_id="l", occurred_at=NOON, customer_id="bob", other_id="bob's card")
    log.append([link])
    batch = [reserved("1", "bob's card", "20"), reserved("2", "bob", "20"), reserved("3", "cy", "20")]
    assert statuses(log, *batch) == ["accepted", "conflict", "accepted"]
    rest = Budget("sorry", 11 * MILLION, None, 30 * MILLION, 0, "EUR")
    assert log.spent_budgets(CustomerId("bob"), [rest]) == [rest]
    assert log.spent_budgets(CustomerId("cy's card"), [rest]) == []


def test_what_was_refused_may_be_sent_again_when_there_is_room(log: EventLog) -> None:
    assert statuses(log, promised("1", amount="31")) == ["conflict"]
    limit(log, 40, 31)
    assert statuses(log, promised("1", amount="31")) == ["accepted"]
    assert statuses(log, promised("1", amount="31")) == ["duplicate"]


def test_of_an_atomic_batch_that_overspends_nothing_is_written(log: EventLog) -> None:
    with pytest.raises(GoodwillSpentError, match="30 granted and 15 asked for"):
        log.append([promised("1"), promised("2", "bob"), view("v"), promised("3", "cy")], atomic=True)
    assert (log.head(), left(log)) == (0, 30)
    log.append([promised("1"), promised("2", "bob", "25")], atomic=True)
    assert left(log) == 0


def test_a_file_cannot_overspend_either(log: EventLog) -> None:
    count = log.append_bulk([promised(str(number), f"c{number}") for number in range(5)])
    assert (count.accepted, count.conflicts) == (2, (("crm", "2"), ("crm", "3"), ("crm", "4")))


@pytest.mark.parametrize("kind", GRANTING)
def test_however_many_ask_at_once_the_budget_holds(log: EventLog, kind: str) -> None:
    start = threading.Barrier(32)

    def ask(number: int) -> str:
        start.wait()
        return log.append([GRANTING[kind](f"n{number}", f"c{number}")])[0].status

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(ask, range(32)))
    assert sorted(answers) == ["accepted"] * 2 + ["conflict"] * 30
    assert left(log) == 10


def test_the_budget_of_one_customer_holds_for_all_that_staff_promises_them(log: EventLog) -> None:
    assert statuses(log, promised("1", item="mug"), promised("2", item="cup")) == ["accepted", "accepted"]
    assert statuses(log, promised("3", item="pot")) == ["conflict"]
    assert statuses(log, promised("4", action=None)) == ["conflict"]
    # Another word on the same item takes the place of the first.
    assert statuses(log, promised("5", item="mug", amount="5"), promised("6", item="pot", amount="10")) == [
        "accepted",
        "accepted",
    ]
    assert left(log) == 10


def test_other_currencies_are_refused_and_actions_without_a_budget_are_not_counted(log: EventLog) -> None:
    pounds = Override(
        **{
            name: getattr(promised("1"), name)
            for name in Override.__struct_fields__
            if name not in ("amount", "currency")
        },
        amount=Decimal(1_000),
        currency="GBP",
    )
    assert statuses(log, pounds, promised("2", amount="1000", action="thanks")) == ["conflict", "accepted"]
    assert left(log) == 30


def test_a_reservation_of_which_one_line_has_no_room_reserves_nothing(log: EventLog) -> None:
    log.limit_goodwill(
        lambda: [Budget("sorry", 0, 40 * MILLION), Budget("regret", 0, 5 * MILLION, None, 0, "EUR")]
    )
    assert statuses(log, reserved("1", also="6")) == ["conflict"]
    assert left(log) == 30
    assert statuses(log, reserved("1", also="5")) == ["accepted"]
    assert left(log) == 25


def test_what_a_customer_accepted_is_spent_once(log: EventLog) -> None:
    assert statuses(log, accepted("d"), accepted("d"), accepted("d", name="again")) == [
        "accepted",
        "duplicate",
        "accepted",
    ]
    assert (left(log), left(log, "ada")) == (25, 15)
    assert statuses(log, accepted("e", "bob"), accepted("f", "cy")) == ["accepted", "conflict"]


def test_apologies_of_one_decision_are_spent_each(log: EventLog) -> None:
    assert statuses(log, accepted("d"), accepted("d", rank=2), accepted("d", rank=3)) == [
        "accepted",
        "accepted",
        "conflict",
    ]
    assert left(log, "ada") == 0


def test_without_an_amount_nothing_is_spent(log: EventLog) -> None:
    assert statuses(log, accepted("d", amount=None)) == ["accepted"]
    assert left(log) == 30


def test_what_was_reserved_and_sent_and_accepted_counts_once(log: EventLog) -> None:
    kept = reserved("1", amount="20")
    answer = accepted("d-1", amount="20")
    mail = sent("d-1", amount="20", request="r-1")
    assert statuses(log, kept, mail, answer) == ["accepted"] * 3
    assert left(log) == 20


def test_who_accepts_after_the_reservation_ran_out_needs_room_for_it(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([reserved("1", amount="20"), reserved("2", "bob", "20")])
    now[0] += timedelta(hours=2)
    log.append([promised("3", "cy", "25")])
    assert statuses(log, accepted("d-1", amount="20"), accepted("d-2", "bob", "16")) == ["conflict"] * 2
    limit(log, 65)
    assert statuses(log, accepted("d-1", amount="20")) == ["accepted"]
    assert statuses(log, promised("4", "dan", "25"), promised("5", "dan", "20")) == ["conflict", "accepted"]


def test_who_says_that_more_was_given_than_was_reserved_needs_room_for_the_rest(log: EventLog) -> None:
    log.append([reserved("1", amount="20"), promised("2", "bob", "15")])
    assert statuses(log, accepted("d-1", amount="26")) == ["conflict"]
    assert statuses(log, accepted("d-1", amount="25")) == ["accepted"]
    assert left(log) == 0


def test_what_staff_promised_is_what_is_then_accepted(log: EventLog) -> None:
    assert statuses(log, promised("1", amount="30"), accepted("d", amount="30")) == ["accepted"] * 2
    assert left(log) == 10


def test_a_mail_that_went_out_unreserved_counts_and_is_never_refused(log: EventLog) -> None:
    mails = [sent(str(number), f"c{number}", "25") for number in range(2)]
    assert statuses(log, *mails) == ["accepted"] * 2
    assert left(log) == 0
    assert statuses(log, accepted("0", "c0", "25")) == ["accepted"]
    assert log.append([promised("1", ADA, "1")])[0].status == "conflict"


def test_the_same_word_with_what_its_decision_adds_is_a_repeat(log: EventLog) -> None:
    whole = accepted("d")
    bare = Response(
        source="web",
        event_id=whole.event_id,
        occurred_at=NOON,
        customer_id="ada",
        decision_id="d",
        rank=1,
        outcome="accepted",
    )
    assert statuses(log, whole, bare, accepted("d", amount="16")) == ["accepted", "duplicate", "conflict"]


def test_what_is_left_of_a_customers_own_budget_may_still_be_offered(log: EventLog) -> None:
    twenty = Budget("sorry", 20 * MILLION, 40 * MILLION, 30 * MILLION, 0, "EUR")
    assert log.used_up_budgets(ADA, [twenty]) == []
    log.append([accepted("d-1", amount="18")])
    assert log.spent_budgets(ADA, [twenty]) == [twenty]
    assert log.used_up_budgets(ADA, [twenty]) == []
    log.append([accepted("d-2", amount="12")])
    assert log.used_up_budgets(ADA, [twenty]) == [twenty]
    assert log.used_up_budgets(CustomerId("bob"), [twenty]) == [twenty]
    assert log.used_up_budgets(CustomerId("bob"), [replace(twenty, asked=10 * MILLION)]) == []


def test_of_the_rest_of_a_customer_the_budget_of_all_must_have_room(log: EventLog) -> None:
    log.append([accepted("d-1", amount="18"), accepted("d-2", "bob", "15")])
    twenty = Budget("sorry", 20 * MILLION, 40 * MILLION, 30 * MILLION, 0, "EUR")
    assert log.used_up_budgets(ADA, [twenty]) == [twenty]  # 12 are left of hers, 7 of all
