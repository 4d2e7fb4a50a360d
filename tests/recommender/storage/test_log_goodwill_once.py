"""One complaint is given goodwill once, whichever decisions offered it, however it comes into the log and however often."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest

from recommender.errors import GoodwillGivenError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.recommender.storage.leaving import rows_with, told
from tests.recommender.storage.log_worlds import NOON

MILLION = 1_000_000
ADA = CustomerId("ada")
GIVEN = "given by decision d1; do not pay it again"


@pytest.fixture
def now() -> list[datetime]:
    """The clock of the log."""
    return [NOON]


@pytest.fixture
def open_log(url: str, now: list[datetime]) -> Callable[[], EventLog]:
    """Open the same log each time, under a budget of 100 for each customer."""

    def opened() -> EventLog:
        log = EventLog.open(url, clock=lambda: now[0])
        log.limit_goodwill(lambda: [budget(0)])
        return log

    return opened


@pytest.fixture
def log(open_log: Callable[[], EventLog]) -> Iterator[EventLog]:
    """A log in which Ada has the complaints k and l."""
    with open_log() as opened:
        opened.append([complains("k"), complains("l")])
        yield opened


def budget(asked: int) -> Budget:
    return Budget("sorry", asked * MILLION, 1_000 * MILLION, 100 * MILLION, 0, "EUR")


def spent(log: EventLog, customer_id: CustomerId = ADA) -> int:
    """Return how much of a customer's budget is taken, in whole units."""
    return len(log.spent_budgets(customer_id, [budget(asked) for asked in range(1, 101)]))


def complains(complaint: str, customer: str = ADA, *, name: str = "", at: datetime = NOON) -> AnyEvent:
    name = name or f"{customer}-{complaint}"
    return told("complaint_opened", name, customer, complaint_id=complaint, occurred_at=at)


def accepted(
    decision: str, complaint: str | None = "k", customer: str = ADA, *, rank: int = 1, **said: object
) -> AnyEvent:
    given = {"action": "sorry", "subject": complaint, "amount": "20", "currency": "EUR"}
    fields = {"decision_id": decision, "rank": rank, "outcome": "accepted"} | given | said
    name = fields.pop("event_id", f"yes-{customer}-{decision}-{rank}")
    return told("response", str(name), customer, **fields)


def reserved(decision: str, *complaints: str) -> AnyEvent:
    first, *others = [{"action": "sorry", "amount": "20", "subject": one} for one in complaints or ("k",)]
    until = NOON + timedelta(hours=1)
    named = {"decision_id": decision, "request_id": f"r-{decision}", "expires_at": until}
    return told("contact_reserved", f"kept-{decision}", ADA, **named, **first, currency="EUR", also=others)


def released(decision: str) -> AnyEvent:
    named = {"decision_id": decision, "request_id": f"r-{decision}"}
    return told("contact_released", f"released-{decision}", ADA, **named)


def sent(decision: str, **said: object) -> AnyEvent:
    return told("contact_sent", f"sent-{decision}", ADA, decision_id=decision, **said)


def statuses(log: EventLog, *events: AnyEvent) -> list[str]:
    return [one.status for one in log.append(events)]


def test_of_two_decisions_about_one_complaint_the_second_that_is_accepted_is_refused(log: EventLog) -> None:
    assert statuses(log, accepted("d1")) == ["accepted"]
    (refused,) = log.append([accepted("d2")])
    assert refused.status == "conflict"
    assert isinstance(refused.refused, GoodwillGivenError)
    assert refused.message == (
        "the goodwill of sorry for this complaint is given already:"
        f" expected one sum for each complaint, found complaint k, {GIVEN}"
    )
    assert (spent(log), log.event("shop", "yes-ada-d2-1")) == (20, None)


def test_the_second_is_refused_in_one_batch_in_an_atomic_one_and_in_a_file(log: EventLog) -> None:
    with pytest.raises(GoodwillGivenError):
        log.append([accepted("d1"), accepted("d2")], atomic=True)
    assert (spent(log), log.event("shop", "yes-ada-d1-1")) == (0, None)
    assert statuses(log, accepted("d2"), accepted("d3")) == ["accepted", "conflict"]
    file = [complains("m"), accepted("d4", "m"), accepted("d5", "m")]
    assert log.append_bulk(file).conflicts == (("shop", "yes-ada-d5-1"),)
    assert spent(log) == 40


def test_however_many_accept_at_once_one_is_paid(log: EventLog) -> None:
    start = threading.Barrier(32)

    def accept(number: int) -> str:
        start.wait()
        return statuses(log, accepted(f"d{number}"))[0]

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(accept, range(32)))
    assert sorted(answers) == ["accepted"] + ["conflict"] * 31
    assert spent(log) == 20


def test_two_workers_at_once_pay_one(log: EventLog, open_log: Callable[[], EventLog]) -> None:
    with open_log() as other:
        for number in range(8):
            log.append([complains(f"m{number}", "bob")])
            start = threading.Barrier(2)

            def accept(worker: EventLog, number: int = number, start: threading.Barrier = start) -> str:
                start.wait()
                decision = f"d{number}-{worker is log}"
                return statuses(worker, accepted(decision, f"m{number}", "bob", amount="2"))[0]

            with ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(accept, (log, other))) == ["accepted", "conflict"]
        assert spent(log, CustomerId("bob")) == 16


def test_an_atomic_request_that_was_refused_holds_no_complaint_for_those_of_the_same_commit(
    log: EventLog,
) -> None:
    log.append([accepted("d1", "l")])
    # While this one is written, the others wait for one commit together.
    log.append_async([complains("m")])
    tries = [
        log.append_async([accepted("d2"), accepted("d3")], atomic=True),
        log.append_async([accepted("d4")]),
        log.append_async([accepted("d5")]),
    ]
    assert isinstance(tries[0].exception(), GoodwillGivenError)
    assert [one.result()[0].status for one in tries[1:]] == ["accepted", "conflict"]


def test_one_acceptance_is_one_however_often_it_is_told(log: EventLog) -> None:
    again = accepted("d1", event_id="again")
    assert statuses(log, accepted("d1"), accepted("d1"), again) == ["accepted", "duplicate", "accepted"]
    assert statuses(log, accepted("d2"), again) == ["conflict", "duplicate"]
    assert spent(log) == 20


def test_another_complaint_action_or_customer_is_paid_by_itself(log: EventLog) -> None:
    log.append([complains("k", "bob")])
    others = [accepted("d2", "l"), accepted("d3", action="regret"), accepted("d4", customer="bob")]
    assert statuses(log, accepted("d1"), *others) == ["accepted"] * 4
    assert statuses(log, accepted("d5", "l"), accepted("d6", customer="bob")) == ["conflict"] * 2
    assert (spent(log), spent(log, CustomerId("bob"))) == (40, 20)


def test_what_names_no_complaint_is_counted_as_often_as_it_comes(log: EventLog) -> None:
    bare = [accepted("d1", None), accepted("d2", None)]
    assert statuses(log, *bare, accepted("d3", "serial-7"), accepted("d4", "serial-7")) == ["accepted"] * 4
    of_k = [accepted(name, amount="10") for name in ("d5", "d6")]
    assert statuses(log, *of_k) == ["accepted", "conflict"]
    assert spent(log) == 90


def test_after_a_reserved_apology_was_sent_only_its_own_decision_can_be_accepted(log: EventLog) -> None:
    assert statuses(log, reserved("d1"), sent("d1", request_id="r-d1")) == ["accepted"] * 2
    assert statuses(log, accepted("d2"), accepted("d1")) == ["conflict", "accepted"]
    assert spent(log) == 20


@pytest.mark.parametrize("way", ["released", "ran out"])
def test_a_reservation_holds_a_complaint_until_it_ends(log: EventLog, now: list[datetime], way: str) -> None:
    log.append([reserved("d1")])
    (refused,) = log.append([accepted("d2")])
    assert "found complaint k, reserved by decision d1; wait until" in refused.message
    if way == "released":
        log.append([released("d1")])
    now[0] += timedelta(hours=1 if way == "ran out" else 0)
    assert statuses(log, accepted("d2"), accepted("d1")) == ["accepted", "conflict"]
    assert spent(log) == 20


def test_a_complaint_that_was_sent_goodwill_has_it_though_its_contact_is_reserved_again(
    log: EventLog, now: list[datetime]
) -> None:
    again = msgspec.structs.replace(reserved("d1"), event_id="again")
    log.append([reserved("d1"), sent("d1", request_id="r-d1"), again])
    now[0] += timedelta(hours=2)
    assert statuses(log, accepted("d2"), accepted("d1")) == ["conflict", "accepted"]
    assert spent(log) == 20


def test_of_two_complaints_of_a_reservation_that_ran_out_the_one_that_was_not_accepted_is_free(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([reserved("d1", "k", "l")])
    assert statuses(log, accepted("d2", "l")) == ["conflict"]
    now[0] += timedelta(hours=2)
    assert statuses(log, accepted("d1", "k"), accepted("d2", "l"), accepted("d3", "k")) == [
        "accepted",
        "accepted",
        "conflict",
    ]


def test_a_complaint_that_was_paid_is_not_reserved_again(log: EventLog) -> None:
    assert statuses(log, accepted("d1"), reserved("d2", "l", "k"), reserved("d3", "l")) == [
        "accepted",
        "conflict",
        "accepted",
    ]
    assert spent(log) == 40


def test_what_was_sent_unreserved_is_never_refused_and_the_first_that_is_accepted_is_paid(
    log: EventLog,
) -> None:
    letter = {"rank": 1, "action": "sorry", "subject": "k", "amount": "20"}
    assert statuses(log, sent("d1", **letter), sent("d2", **letter)) == ["accepted"] * 2
    assert statuses(log, accepted("d3"), accepted("d1"), accepted("d2")) == [
        "conflict",
        "accepted",
        "conflict",
    ]
    assert spent(log) == 40


def test_a_complaint_that_was_opened_again_after_its_end_is_paid_again_once(log: EventLog) -> None:
    later = NOON + timedelta(days=2)
    log.append([accepted("d1"), complains("k", name="a word more", at=NOON + timedelta(hours=1))])
    assert statuses(log, accepted("d2", occurred_at=later)) == ["conflict"]
    over = told("complaint_resolved", "over", ADA, complaint_id="k", occurred_at=NOON + timedelta(days=1))
    log.append([over, complains("k", name="again", at=later)])
    second = [accepted(name, occurred_at=later) for name in ("d2", "d3")]
    assert statuses(log, *second) == ["accepted", "conflict"]


def test_a_slow_clock_pays_nothing_twice(log: EventLog) -> None:
    early = NOON - timedelta(minutes=5)
    assert statuses(log, accepted("d1", occurred_at=early), accepted("d2")) == ["accepted", "conflict"]


def test_it_is_remembered_when_the_log_is_opened_again(
    log: EventLog, open_log: Callable[[], EventLog]
) -> None:
    log.append([accepted("d1")])
    log.close()
    with open_log() as again:
        assert statuses(again, accepted("d2"), accepted("d1")) == ["conflict", "duplicate"]
        assert spent(again) == 20


def test_erasing_leaves_nothing_of_it(log: EventLog, url: str) -> None:
    log.append([complains("k-4711"), accepted("d1", "k-4711")])
    log.erasures.erase(ADA)
    assert rows_with(url, "k-4711") == {}
    log.erasures.lift(ADA)
    log.append([complains("k-4711")])
    assert statuses(log, accepted("d2", "k-4711"), accepted("d3", "k-4711")) == ["accepted", "conflict"]
