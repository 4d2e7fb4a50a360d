"""A budget of goodwill holds on every way into the log: events, batches, files, reservations, and what was accepted."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import create_engine, select, update

from recommender.errors import GoodwillSpentError
from recommender.events.vocabulary import (
    AnyEvent,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Override,
    Response,
    SaidToo,
)
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.storage.tables import goodwill
from recommender.types import CustomerId
from tests.recommender.storage.log_worlds import ADA, NOON, view

MILLION = 1_000_000


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


def limit(log: EventLog, total: int, per_customer: int | None = 30) -> None:
    own = None if per_customer is None else per_customer * MILLION
    log.limit_goodwill(lambda: [Budget("sorry", 0, total * MILLION, own, 0, "EUR")])


def left(log: EventLog, customer_id: str = "nobody") -> int:
    """Return how much could still be granted to a customer, in whole units."""
    asked = [
        Budget("sorry", amount * MILLION, 40 * MILLION, 30 * MILLION, 0, "EUR") for amount in range(1, 41)
    ]
    spent = log.spent_budgets(CustomerId(customer_id), asked)
    return 40 - len(spent)


def promised(
    name: str,
    customer: str = "ada",
    amount: str = "15",
    *,
    item: str | None = None,
    action: str | None = "sorry",
) -> Override:
    return Override(
        source="crm",
        event_id=name,
        occurred_at=NOON,
        customer_id=customer,
        kind="goodwill",
        author="eve",
        reason="the leg broke",
        action=action,
        item_id=item,
        amount=Decimal(amount),
        currency="EUR",
    )


def reserved(
    name: str, customer: str = "ada", amount: str = "15", *, also: str | None = None
) -> ContactReserved:
    too = () if also is None else (SaidToo(action="regret", amount=Decimal(also)),)
    return ContactReserved(
        source="tool",
        event_id=name,
        occurred_at=NOON,
        customer_id=customer,
        decision_id=f"d-{name}",
        request_id=f"r-{name}",
        expires_at=NOON + timedelta(hours=1),
        action="sorry",
        amount=Decimal(amount),
        currency="EUR",
        also=too,
    )


def accepted(
    decision: str, customer: str = "ada", amount: str | None = "15", *, rank: int = 1, name: str = ""
) -> Response:
    return Response(
        source="web",
        event_id=name or f"yes-{decision}-{rank}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        rank=rank,
        outcome="accepted",
        action="sorry",
        amount=None if amount is None else Decimal(amount),
    )


def sent(decision: str, customer: str = "ada", amount: str = "15", request: str | None = None) -> ContactSent:
    return ContactSent(
        source="mail",
        event_id=f"sent-{decision}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        request_id=request,
        rank=1,
        action="sorry",
        amount=Decimal(amount),
    )


def released(decision: str, request: str, customer: str = "ada") -> ContactReleased:
    return ContactReleased(
        source="mail",
        event_id=f"released-{decision}-{request}-{customer}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        request_id=request,
    )


def statuses(log: EventLog, *events: AnyEvent) -> list[str]:
    return [one.status for one in log.append(events)]


def test_in_a_batch_each_grant_is_taken_from_what_those_before_it_left(log: EventLog) -> None:
    batch = [promised("1"), promised("2", "bob"), promised("3", "cy"), promised("4", "dan", "10")]
    results = log.append(batch)
    assert [one.status for one in results] == ["accepted", "accepted", "conflict", "accepted"]
    assert isinstance(results[2].refused, GoodwillSpentError)
    assert results[2].message.startswith("the goodwill of sorry is spent")
    assert (log.head(), log.version_of(CustomerId("cy")), left(log)) == (3, 0, 0)
    assert log.event("crm", "3") is None


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


GRANTING: dict[str, Callable[[str, str], AnyEvent]] = {
    "promised": promised,
    "reserved": reserved,
    "accepted": accepted,
}


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


def test_customers_who_were_told_one_decision_are_each_counted(log: EventLog) -> None:
    tried = [accepted("campaign", f"c{number}", name=f"yes-{number}") for number in range(4)]
    assert statuses(log, *tried) == ["accepted", "accepted", "conflict", "conflict"]
    assert [left(log, f"c{number}") for number in range(3)] == [10, 10, 10]
    assert statuses(log, accepted("campaign", "c0", name="again")) == ["accepted"]
    assert left(log) == 10


def test_customers_whose_contacts_share_their_names_are_each_reserved_for(log: EventLog) -> None:
    letters = [reserved(f"{number}", f"c{number}") for number in range(4)]
    shared = [msgspec.structs.replace(one, decision_id="campaign", request_id="spring") for one in letters]
    assert statuses(log, *shared) == ["accepted", "accepted", "conflict", "conflict"]
    log.append([released("campaign", "spring", "c0")])
    assert (left(log), statuses(log, shared[2])) == (25, ["accepted"])


def test_ids_that_read_alike_when_joined_are_different_customers(log: EventLog) -> None:
    alike = [
        accepted("c/d", "a/b", name="1"),
        accepted("b/c/d", "a", name="2"),
        accepted("d", "a/b/c", name="3"),
    ]
    assert statuses(log, *alike) == ["accepted", "accepted", "conflict"]


def test_what_somebody_else_accepts_of_a_decision_takes_nothing_from_whom_it_was_made_for(
    log: EventLog,
) -> None:
    assert statuses(log, accepted("d", "ada"), accepted("d", "bob", name="stolen")) == ["accepted"] * 2
    assert (left(log, "ada"), left(log, "bob"), left(log)) == (10, 10, 10)


def as_older_versions_wrote(url: str) -> None:
    """Give the grants of decisions the ids that they had without their customer."""
    engine = create_engine(url)
    columns = goodwill.c
    with engine.begin() as connection:
        for row in connection.execute(select(goodwill)).all():
            was_reserved = row.request_id is not None
            place = f"{row.decision_id}/{row.request_id if was_reserved else 1}"
            older = f"{'reserved' if was_reserved else 'gone'}/{place}"
            connection.execute(
                update(goodwill).where(columns.grant_id == row.grant_id).values(grant_id=older)
            )
    engine.dispose()


def test_what_an_older_version_wrote_goes_on_as_it_began(log: EventLog, url: str) -> None:
    limit(log, 60)
    log.append([reserved("1", "c1"), reserved("2", "c2"), reserved("3", "c3"), accepted("d", "c4")])
    as_older_versions_wrote(url)
    assert left(log, "c4") == 0
    assert statuses(log, accepted("d", "c4", name="again")) == ["accepted"]
    log.append([released("d-1", "r-1", "c1"), sent("d-2", "c2", request="r-2"), accepted("d-3", "c3")])
    limit(log, 70)
    assert statuses(log, promised("5", "c5", "25"), promised("6", "c6", "1")) == ["accepted", "conflict"]


def slate(*amounts: str, name: str = "1", customer: str = "ada") -> ContactReserved:
    """Return the reservation of one contact with an apology for each of several complaints."""
    too = tuple(SaidToo(action="sorry", amount=Decimal(one)) for one in amounts[1:])
    kept = msgspec.structs.replace(reserved(name, customer, amounts[0]), also=too)
    return msgspec.structs.replace(kept, decision_id="d-1", request_id="r-1")


def later(kept: ContactReserved, now: list[datetime], name: str) -> ContactReserved:
    """Return a reservation that is made again two hours later."""
    now[0] += timedelta(hours=2)
    return msgspec.structs.replace(kept, event_id=name, expires_at=now[0] + timedelta(hours=1))


@pytest.mark.parametrize("when", ["before it is asked again", "while it is reserved again"])
def test_what_was_accepted_stays_spent_when_the_rest_of_its_slate_is_reserved_again(
    log: EventLog, now: list[datetime], when: str
) -> None:
    limit(log, 40, 40)
    log.append([slate("20", "20")])
    if when == "while it is reserved again":
        log.append([later(slate("20", "20"), now, "again")])
    assert statuses(log, accepted("d-1", amount="20")) == ["accepted"]
    assert left(log) == 0
    log.append([later(slate("20"), now, "once more")])
    assert left(log) == 0
    now[0] += timedelta(hours=2)
    assert left(log) == 20
    assert statuses(log, promised("2", "bob", "20"), promised("3", "cy", "1")) == ["accepted", "conflict"]


def test_a_contact_that_was_sent_stays_spent_when_it_is_reserved_again(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([slate("20"), sent("d-1", amount="20", request="r-1")])
    assert statuses(log, later(slate("20"), now, "again")) == ["accepted"]
    assert left(log) == 20
    log.append([released("d-1", "r-1")])
    now[0] += timedelta(hours=2)
    assert left(log) == 20


def test_of_a_slate_that_ran_out_one_apology_is_accepted_where_there_is_room_for_it_alone(
    log: EventLog, now: list[datetime]
) -> None:
    limit(log, 60, 40)
    log.append([slate("20", "20")])
    now[0] += timedelta(hours=2)
    log.append([promised("2", "bob", "20"), promised("3", "cy", "20")])
    first, second = accepted("d-1", amount="20"), accepted("d-1", amount="20", rank=2)
    assert statuses(log, first, second) == ["accepted", "conflict"]


def test_what_of_a_slate_was_not_accepted_is_free_once_its_contact_is_released(log: EventLog) -> None:
    log.append([slate("20", "10"), accepted("d-1", amount="20")])
    assert left(log) == 10
    log.append([released("d-1", "r-1")])
    assert (left(log), left(log, "ada")) == (20, 10)


def test_both_apologies_of_a_slate_count_once_whether_they_are_accepted_or_sent_first(log: EventLog) -> None:
    limit(log, 60, 60)
    first, second = accepted("d-1", amount="20"), accepted("d-1", amount="10", rank=2)
    mail = sent("d-1", amount="20", request="r-1")
    assert statuses(log, slate("20", "10"), first, mail, second) == ["accepted"] * 4
    assert left(log) == 10


def test_what_a_reservation_that_ran_out_offered_counts_once_though_it_is_accepted_and_sent_late(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([slate("20", "10")])
    now[0] += timedelta(hours=2)
    log.append([accepted("d-1", amount="20"), sent("d-1", amount="20", request="r-1")])
    assert left(log) == 10


def test_what_is_less_than_can_be_counted_takes_nothing(log: EventLog, url: str) -> None:
    crumb = "0.0000001"
    assert (
        statuses(log, reserved("1", amount=crumb), accepted("d", amount=crumb), sent("e", amount=crumb))
        == ["accepted"] * 3
    )
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(select(goodwill)).all() == []
    engine.dispose()
