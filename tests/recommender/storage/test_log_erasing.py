"""An erased customer is gone from every table, in one transaction, and stays out on every way in."""

import hashlib
from collections.abc import Callable, Iterator

import pytest

from recommender.errors import CustomerErasedError
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import CustomerId, DecisionId
from tests.recommender.storage.leaving import EMAIL, EVE, MILLION, life_of, receipt, reserve, rows_with, told
from tests.recommender.storage.log_worlds import BOB, NOON, order


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """An empty log whose clock stands still at noon."""
    with EventLog.open(url, clock=lambda: NOON) as opened:
        yield opened


def budget(asked: int, *, per_customer: int | None = None) -> Budget:
    total = None if per_customer is not None else 40 * MILLION
    own = None if per_customer is None else per_customer * MILLION
    return Budget("sorry", asked * MILLION, total, own, 0, "EUR")


def is_left(log: EventLog, asked: Budget, customer: str = "nobody") -> bool:
    return not log.spent_budgets(CustomerId(customer), [asked])


def test_nothing_that_names_the_customer_is_left_in_any_table(log: EventLog, url: str) -> None:
    log.append([*life_of(), *life_of(BOB)])
    reserve(log)
    reserve(log, BOB, "d-2")
    log.put_receipts([receipt("d-3")])
    of_bob = rows_with(url, BOB)
    assert set(rows_with(url, EVE)) == {
        "answered_requests", "customers", "events", "goodwill", "links", "mentions", "names", "outbox", "profiles",
        "receipts",
    }  # fmt: skip
    erasure, is_new = log.erasures.erase(EVE, "she asked")
    assert (is_new, erasure.events, erasure.decisions, erasure.reason) == (True, 7, 2, "she asked")
    assert rows_with(url, EVE) == {"outbox": 2}, (
        "hers, and that of her card, of which nothing is known any more"
    )
    log.erasures.told(EVE, erasure.seq)
    assert rows_with(url, EVE) == rows_with(url, EMAIL) == rows_with(url, "content of d-1") == {}
    assert rows_with(url, BOB) == of_bob
    assert (log.events_of(EVE), log.version_of(EVE), log.profile_of(EVE).email) == ([], 0, None)
    assert log.named_by("order", f"o-{EVE}", limit=9, most_events=9).customers == ()
    assert log.named_by("order", "o-9", limit=9, most_events=9).customers == ((BOB, (8,)),)
    assert log.answered_by(EVE, f"mail/{EVE}") is None


def test_only_the_ids_of_the_decisions_stay(log: EventLog) -> None:
    reserve(log)
    log.put_receipts([receipt("d-3"), receipt("d-4", BOB), receipt("d-5", None)])
    log.erasures.erase(EVE)
    asked = [DecisionId(f"d-{number}") for number in range(1, 7)]
    assert sorted(log.receipts(asked)) == ["d-4", "d-5"]
    assert log.erasures.decisions(asked) == {DecisionId("d-1"): NOON, DecisionId("d-3"): NOON}


def test_money_that_was_given_stays_spent_and_is_nobodys(log: EventLog, url: str) -> None:
    log.append(life_of())
    reserve(log)
    left = [amount for amount in range(41) if is_left(log, budget(amount))]
    assert left[-1] == 25  # the reservation draws on what staff promised
    log.erasures.erase(EVE)
    assert [amount for amount in range(41) if is_left(log, budget(amount))] == left
    assert is_left(log, budget(30, per_customer=30), EVE)
    assert "goodwill" not in rows_with(url, EVE)


def test_what_stays_is_a_hash_that_only_this_log_can_make(
    log: EventLog, url: str, fresh_url: Callable[[], str]
) -> None:
    log.erasures.erase(EVE, "she asked")
    mark = log.erasures.book.mark_of(EVE)
    assert rows_with(url, mark) == {"erased": 1}
    assert mark != hashlib.sha256(EVE.encode()).hexdigest()
    with EventLog.open(fresh_url()) as other:
        assert other.erasures.book.mark_of(EVE) != mark
    with EventLog.open(url) as again:
        assert again.erasures.book.mark_of(EVE) == mark


def test_a_second_time_changes_nothing(log: EventLog) -> None:
    log.append(life_of())
    first, _ = log.erasures.erase(EVE, "she asked")
    head = log.head()
    assert log.erasures.erase(EVE, "again") == (first, False)
    assert (log.head(), log.erasures.of(EVE), log.erasures.of(BOB)) == (head, first, None)


def test_what_comes_later_is_kept_out_on_every_way_in_and_told(log: EventLog) -> None:
    log.append(life_of())
    log.erasures.erase(EVE)
    mine, others = order("9", customer=EVE), order("10", customer="bob")
    results = log.append([*life_of(), mine, others])
    assert [one.status for one in results] == ["suppressed"] * 7 + ["accepted"]
    assert (results[0].seq, results[0].version) == (0, 0)
    assert "was erased" in results[6].message
    assert EVE not in results[6].message
    count = log.append_bulk([mine, others, order("11", customer=None), *life_of()])
    assert (count.accepted, count.duplicates, count.conflicts, count.suppressed) == (1, 1, (), 7)
    with pytest.raises(CustomerErasedError):
        log.append([others, mine], atomic=True)
    with pytest.raises(CustomerErasedError):
        reserve(log)
    saying_nothing = AnsweredRequest("r", DecisionId("d-1"))
    with pytest.raises(CustomerErasedError):
        log.append_if([], Terms(EVE, 0, (receipt("d-1"),), saying_nothing))
    assert (log.events_of(EVE), log.receipts([DecisionId("d-1")])) == ([], {})


def test_goodwill_for_an_erased_customer_is_not_granted(log: EventLog) -> None:
    log.limit_goodwill(lambda: [budget(0)])
    log.erasures.erase(EVE)
    assert {one.status for one in log.append(life_of())} == {"suppressed"}
    assert is_left(log, budget(40))


def test_whoever_is_not_known_is_kept_out_all_the_same(log: EventLog) -> None:
    erasure, is_new = log.erasures.erase(EVE)
    assert (is_new, erasure.was_known) == (True, False)
    assert [one.status for one in log.append([order("1", customer=EVE)])] == ["suppressed"]


def test_who_comes_back_is_let_in_again(log: EventLog) -> None:
    log.append([order("1", customer=EVE)])
    log.erasures.erase(EVE)
    assert (log.erasures.lift(EVE), log.erasures.lift(EVE), log.erasures.of(EVE)) == (True, False, None)
    assert [one.status for one in log.append([order("2", customer=EVE)])] == ["accepted"]
    assert [stored.event.event_id for stored in log.events_of(EVE)] == ["2"]
    assert log.erasures.erase(EVE)[0].events == 1


def test_links_of_others_stay_without_the_name_and_new_ones_are_kept_out(log: EventLog, url: str) -> None:
    link = told("identify", "l", BOB, other_id=EVE, evidence=f"{EVE} paid for him")
    log.append(
        [
            order("1", customer="bob"),
            link,
            told("unlink", "u", BOB, other_id=EVE, reason="no: not Eve"),
            *life_of(),
        ]
    )
    assert log.erasures.known_of(EVE).linked == (f"card-of-{EVE}",)  # what was unlinked is somebody else
    version = log.version_of(BOB)
    assert log.erasures.erase(EVE)[0].events == 8
    log.erasures.told(EVE, log.head())
    assert rows_with(url, EVE) == rows_with(url, "not Eve") == {}
    assert log.version_of(BOB) == log.histories_of([BOB])[BOB].version == version
    kinds = [(type(one.event).__name__, getattr(one.event, "other_id", None)) for one in log.events_of(BOB)]
    assert sorted(kinds)[:2] == [("Identify", "erased"), ("Purchase", None)]
    assert [one.status for one in log.append([link, order("2", customer="bob")])] == [
        "suppressed",
        "accepted",
    ]


def test_a_receipt_that_was_on_its_way_becomes_the_id_of_an_erased_decision(log: EventLog, url: str) -> None:
    log.append(life_of())
    log.erasures.erase(EVE)
    log.put_receipts([receipt("late"), receipt("late"), receipt("bobs", BOB)])
    asked = [DecisionId("late"), DecisionId("bobs")]
    assert list(log.receipts(asked)) == ["bobs"]
    assert log.erasures.decisions(asked) == {DecisionId("late"): NOON}
    assert "receipts" not in rows_with(url, EVE)


def test_the_log_goes_on_after_an_erasure(log: EventLog, url: str) -> None:
    """Places in the log are left out, never used again, and everything that counts by them still does."""
    log.append([*life_of(), *life_of(BOB)])
    last = log.head()
    log.erasures.erase(BOB)
    (result,) = log.append([order("next", customer=EVE)])
    assert (result.seq, log.head()) == (last + 2, last + 2)
    assert [who for who, _ in log.customers_changed_after(0)] == [f"card-of-{EVE}", EVE]
    assert log.named_by("order", "order-next", limit=2, most_events=2).customers == ((EVE, (last + 2,)),)
    assert set(log.order_lines().customer_ids) == {EVE}


def test_nothing_is_hashed_while_nobody_was_erased(log: EventLog) -> None:
    assert log.erasures.last_seq() == 0
    log.append(life_of())
    assert log.erasures.last_seq() == 0
    log.erasures.erase(BOB)
    assert log.erasures.last_seq() == log.head() == 7
