"""An erased customer is gone from every table, in one transaction, and stays out on every way in."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import MetaData, create_engine, inspect, select, text

from recommender.errors import CustomerErasedError
from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent, ContactReserved
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt, write_receipts
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import CustomerId, DecisionId
from tests.recommender.storage.log_worlds import BOB, NOON, order, script, view

EVE = CustomerId("eve-4711")
EMAIL = "eve@example.org"
MILLION = 1_000_000


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """An empty log whose clock stands still at noon."""
    with EventLog.open(url, clock=lambda: NOON) as opened:
        yield opened


def told(type_: str, event_id: str, customer: str | None = EVE, /, **fields: Any) -> AnyEvent:
    """Return an event as it comes over the wire."""
    envelope = {
        "type": type_,
        "source": "shop",
        "event_id": event_id,
        "occurred_at": NOON,
        "customer_id": customer,
    }
    return decode_event(msgspec.json.encode(envelope | fields))


def life_of(customer: str = EVE) -> list[AnyEvent]:
    """Return events of every sort that leaves a trace beside the events."""
    unit = {"serial": f"s-{customer}", "item_id": "mug"}
    goodwill = {"kind": "goodwill", "author": "mira", "reason": "sorry", "amount": "7", "currency": "EUR"}
    email = {"email": EMAIL} if customer == EVE else {}
    return [
        told("purchase", f"{customer}-1", customer, order_id=f"o-{customer}", lines=[unit]),
        told("service_visit", f"{customer}-2", customer, service_code="s", order_id="o-9", **unit),
        told("profile", f"{customer}-3", customer, name=f"Name of {customer}", **email),
        told("consent_change", f"{customer}-4", customer, consent_channel="email", status="subscribed"),
        told("override", f"{customer}-5", customer, **goodwill),
        told("identify", f"{customer}-6", customer, other_id=f"card-of-{customer}"),
    ]


def reserve(log: EventLog, customer: str = EVE, name: str = "d-1") -> None:
    """Reserve a contact with goodwill, as an outbound decision does."""
    event = ContactReserved(
        source="rapport",
        event_id=f"reserved-{name}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=name,
        request_id=f"mail/{customer}",
        expires_at=NOON + timedelta(hours=1),
        action="sorry",
        amount=Decimal(15),
        currency="EUR",
    )
    who = CustomerId(customer)
    answer = AnsweredRequest(f"mail/{customer}", DecisionId(name))
    log.append_if([event], Terms(who, log.version_of(who), (receipt(name, customer),), answer))


def receipt(name: str, customer: str | None = EVE) -> StoredReceipt:
    return StoredReceipt(DecisionId(name), customer, NOON, f"content of {name}".encode())


def rows_with(url: str, needle: str) -> dict[str, int]:
    """Return how many rows of each table have a text in one of their cells."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    known = MetaData()
    known.reflect(engine)
    found = {}
    with engine.connect() as connection:
        for table in known.sorted_tables:
            rows = connection.execute(select(table)).all()
            found[table.name] = sum(any(_has(cell, needle) for cell in row) for row in rows)
    engine.dispose()
    return {name: count for name, count in found.items() if count}


def _has(cell: object, needle: str) -> bool:
    if isinstance(cell, bytes | memoryview):
        return needle.encode() in bytes(cell)
    return isinstance(cell, str) and needle in cell


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
        "answered_requests", "customers", "events", "goodwill", "mentions", "outbox", "profiles", "receipts",
    }  # fmt: skip
    erasure, is_new = log.erasures.erase(EVE, "she asked")
    assert (is_new, erasure.events, erasure.decisions, erasure.reason) == (True, 7, 2, "she asked")
    assert rows_with(url, EVE) == {"outbox": 1}
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
    assert log.erasures.known_of(EVE).linked == (BOB, f"card-of-{EVE}")
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


def test_an_erasure_waits_for_receipts_that_are_half_written(log: EventLog, url: str) -> None:
    with EventLog.open(url) as other, ThreadPoolExecutor(1) as pool:
        book = other.erasures.book
        with book.database.write() as connection:
            book.wait_for_erasures(connection)
            assert book.among(connection, {EVE}) == {}
            erasing = pool.submit(log.erasures.erase, EVE)
            assert wait([erasing], timeout=0.5).not_done
            write_receipts(connection, [receipt("d-1")])
        assert erasing.result()[0].decisions == 1
        assert other.receipts([DecisionId("d-1")]) == {}
    assert "receipts" not in rows_with(url, EVE)


class Rush:
    """Writers of all sorts and an erasure that start at the same moment; two logs on one database stand for processes."""

    def __init__(self, url: str) -> None:
        self.logs = [EventLog.open(url) for _ in range(3)]
        self.started = threading.Barrier(7)

    def run(self) -> None:
        first, second, third = self.logs
        with ThreadPoolExecutor(7) as pool:
            jobs = [pool.submit(self.append, self.logs[number % 3], f"w{number}") for number in range(4)]
            jobs += [
                pool.submit(self.load, second),
                pool.submit(self.decide, first),
                pool.submit(self.erase, third),
            ]
            for job in jobs:
                job.result()

    def append(self, log: EventLog, name: str) -> None:
        self.started.wait()
        for number in range(60):
            log.append([view(f"{name}-{number}", customer=EVE), order(f"{name}-{number}", customer=EVE)])

    def load(self, log: EventLog) -> None:
        self.started.wait()
        for part in range(6):
            log.append_bulk(order(f"bulk-{part}-{number}", customer=EVE) for number in range(200))

    def decide(self, log: EventLog) -> None:
        self.started.wait()
        for number in range(60):
            log.put_receipts([receipt(f"r-{number}"), receipt(f"b-{number}", BOB)])

    def erase(self, log: EventLog) -> None:
        self.started.wait()
        while log.head() < 40:
            continue
        log.erasures.erase(EVE)


def test_whatever_is_written_at_the_same_moment_does_not_survive(url: str) -> None:
    rush = Rush(url)
    rush.run()
    log = rush.logs[0]
    assert log.erasures.of(EVE) is not None
    assert rows_with(url, EVE) == {"outbox": 1}
    assert log.pending() == [(EVE, log.erasures.last_seq())]
    names = [DecisionId(f"{kind}-{number}") for number in range(60) for kind in "rb"]
    assert len(log.receipts(names)) == len(log.erasures.decisions(names)) == 60
    for one in rush.logs:
        one.close()


_ERASE = """
import sys
from recommender.storage.log import EventLog
from recommender.types import CustomerId
log = EventLog.open(sys.argv[1])
print("ready", flush=True)
log.erasures.erase(CustomerId(sys.argv[2]))
print("done", flush=True)
log.close()
"""


@pytest.mark.parametrize("milliseconds", [1, 8, 25, 60])
def test_a_process_that_dies_in_the_middle_leaves_all_or_nothing(
    log: EventLog, url: str, milliseconds: int
) -> None:
    log.append_bulk(
        [*(order(str(number), "mug", "pot", customer=EVE) for number in range(4_000)), *life_of()]
    )
    log.put_receipts([receipt(f"r-{number}") for number in range(2_000)])
    before = rows_with(url, EVE)
    program = script(_ERASE, url, EVE)
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    threading.Event().wait(milliseconds / 1000)
    program.kill()
    program.communicate()
    assert rows_with(url, EVE) in (before, {"outbox": 1})
    erasure, _ = log.erasures.erase(EVE)
    assert (erasure.events, erasure.decisions) == (4_006, 2_000)
    assert rows_with(url, EVE) == {"outbox": 1}


def test_an_older_log_gets_what_erasing_needs_when_it_is_opened(url: str) -> None:
    with EventLog.open(url) as log:
        log.append(life_of())
        log.put_receipts([receipt("d-3")])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in (
            "DROP TABLE erased",
            "DROP TABLE erased_decisions",
            "DROP INDEX receipts_of_customer",
            "DROP INDEX events_of_links",
            "ALTER TABLE log_head DROP COLUMN erased_seq",
        ):
            connection.execute(text(statement))
    with EventLog.open(url) as log:
        assert [one["name"] for one in inspect(engine).get_indexes("receipts")] == ["receipts_of_customer"]
        log.append([order("later", customer=EVE)])
        assert log.erasures.erase(EVE)[0].events == 7
        assert [one.status for one in log.append(life_of())] == ["suppressed"] * 6
    engine.dispose()


def test_what_an_older_version_let_in_beside_goes_the_next_time(log: EventLog, url: str) -> None:
    first, _ = log.erasures.erase(EVE, "she asked")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:  # as if it came from a process that knows no erasures
        connection.execute(text("UPDATE log_head SET erased_seq = 0"))
    engine.dispose()
    log.append(life_of())
    again, is_new = log.erasures.erase(EVE, "again")
    assert (is_new, again.events, again.reason, again.erased_at) == (False, 6, "she asked", first.erased_at)
    assert rows_with(url, EVE) == {"outbox": 1}


def test_the_files_of_sqlite_hold_nothing_of_the_customer(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with EventLog.open(f"sqlite:///{path}") as log:
        log.append_bulk(order(f"o{number}", customer=f"c{number % 50}") for number in range(3_000))
        log.append_bulk([*(order(f"e{number}", customer=EVE) for number in range(500)), *life_of()])
        log.put_receipts([receipt(f"r-{number}") for number in range(300)])
        assert any(EVE.encode() in file.read_bytes() for file in tmp_path.iterdir())
        erasure, _ = log.erasures.erase(EVE)
        log.erasures.told(EVE, erasure.seq)
        held = [file.name for file in tmp_path.iterdir() if EVE.encode() in file.read_bytes()]
        assert held == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_log_goes_on_after_an_erasure(log: EventLog, url: str) -> None:
    """Places in the log are left out, never used again, and everything that counts by them still does."""
    log.append([*life_of(), *life_of(BOB)])
    last = log.head()
    log.erasures.erase(BOB)
    (result,) = log.append([order("next", customer=EVE)])
    assert (result.seq, log.head()) == (last + 2, last + 2)
    assert [who for who, _ in log.customers_changed_after(0)] == [EVE]
    assert log.named_by("order", "order-next", limit=2, most_events=2).customers == ((EVE, (last + 2,)),)
    assert set(log.order_lines().customer_ids) == {EVE}


def test_nothing_is_hashed_while_nobody_was_erased(log: EventLog) -> None:
    assert log.erasures.last_seq() == 0
    log.append(life_of())
    assert log.erasures.last_seq() == 0
    log.erasures.erase(BOB)
    assert log.erasures.last_seq() == log.head() == 7
