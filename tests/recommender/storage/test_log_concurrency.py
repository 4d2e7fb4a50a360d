"""Many threads and several processes append to one log."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender.errors import LogUnavailableError
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.recommender.storage.log_worlds import everything, order, script, view

_WRITER = """
import json, sys
from recommender.storage.log import EventLog
from tests.recommender.storage.log_worlds import order
name, url = sys.argv[1:]
with EventLog.open(url) as log:
    own = [log.append([order(f"{name}-{i}", f"item-{name}-{i % 7}", customer=f"c{i % 5}")])[0] for i in range(60)]
    shared = [log.append([order(f"both-{i}", customer=f"c{i % 5}")])[0] for i in range(60)]
    print(json.dumps([[r.status, r.seq] for r in own + shared]))
"""


def test_64_threads_share_commits_and_nothing_is_lost_or_doubled(log: EventLog) -> None:
    start = threading.Barrier(64)

    def append(worker: int) -> list[int]:
        start.wait()
        events = [view(f"{worker}-{i}", customer=f"c{(worker + i) % 9}") for i in range(10)]
        return [log.append([event])[0].seq for event in events]

    with ThreadPoolExecutor(64) as pool:
        seqs = [seq for own in pool.map(append, range(64)) for seq in own]
    assert sorted(seqs) == list(range(1, 641))
    assert [stored.seq for stored in everything(log)] == list(range(1, 641))
    assert (log.statistics.appends, log.statistics.events) == (640, 640)
    assert log.statistics.commits < 640 / 2


def test_a_thread_sees_its_own_appends_in_order(log: EventLog) -> None:
    def append(worker: int) -> bool:
        seqs = [log.append([view(f"{worker}-{i}", customer=str(worker))])[0].seq for i in range(10)]
        return seqs == sorted(seqs) and log.version_of(CustomerId(str(worker))) == seqs[-1]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(append, range(16)))


def test_two_processes_never_double_an_event_and_leave_no_gap(url: str) -> None:
    EventLog.open(url).close()
    programs = [script(_WRITER, name, url) for name in ("left", "right")]
    results = [json.loads(program.communicate(timeout=120)[0]) for program in programs]
    accepted = [seq for answers in results for status, seq in answers if status == "accepted"]
    assert sorted(accepted) == list(range(1, 181))
    for left, right in zip(results[0][60:], results[1][60:], strict=True):
        assert sorted([left[0], right[0]]) == ["accepted", "duplicate"]
        assert left[1] == right[1]
    with EventLog.open(url) as log:
        assert log.head() == 180
        assert sorted(log.numbers.values()) == list(range(15))
        newest = {who: max(stored.seq for stored in log.events_of(who)) for who, _ in log.pending()}
        assert dict(log.customers_changed_after(0)) == newest == dict(log.pending())


def test_numbers_given_elsewhere_are_found_when_asked_for(url: str) -> None:
    with EventLog.open(url) as one, EventLog.open(url) as other:
        one.append([order("1", "mug")])
        assert other.numbers["mug"] == 0  # type: ignore[index]
        other.append([order("2", "cup")])
        one.append([order("3", "pot")])
        expected = {"mug": 0, "cup": 1, "pot": 2}
        assert other.numbers.get("pot") == 2  # type: ignore[call-overload]
        assert dict(one.numbers) == dict(other.numbers) == expected
        assert one.numbers.id_of(1) == "cup"


def test_asyncio_waits_for_the_future_without_a_thread(log: EventLog) -> None:
    async def post(number: int) -> str:
        results = await asyncio.wrap_future(log.append_async([view(str(number))]))
        return results[0].status

    async def post_all() -> list[str]:
        return await asyncio.gather(*[post(number) for number in range(50)])

    assert asyncio.run(post_all()) == ["accepted"] * 50


def test_a_caller_who_gave_up_does_not_disturb_the_others(log: EventLog) -> None:
    answers = [log.append_async([view(str(number))]) for number in range(50)]
    cancelled = [answer.cancel() for answer in answers[::2]]
    assert [answer.result()[0].status for answer in answers[1::2]] == ["accepted"] * 25
    written = sum(1 for was_cancelled in cancelled if not was_cancelled)
    assert log.append([view("last")])[0].seq == 25 + written + 1


def test_closing_writes_what_waits_and_then_refuses(url: str) -> None:
    log = EventLog.open(url)
    answers = [log.append_async([view(str(number))]) for number in range(200)]
    log.close()
    assert [answer.result(0)[0].seq for answer in answers] == list(range(1, 201))
    with pytest.raises(LogUnavailableError, match="closed"):
        log.append([view("late")])


def test_closing_twice_is_harmless(url: str) -> None:
    log = EventLog.open(url)
    log.append([view("1")])
    log.close()
    log.close()


def test_bulk_and_single_appends_at_once_number_everything_once(log: EventLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        bulks = [
            pool.submit(log.append_bulk, [order(f"{n}-{i}", f"i{i % 50}") for i in range(2_000)])
            for n in "ab"
        ]
        singles = [pool.submit(log.append, [order(f"s{i}", f"i{i}")]) for i in range(60)]
        assert [bulk.result().accepted for bulk in bulks] == [2_000, 2_000]
        assert all(single.result()[0].status == "accepted" for single in singles)
    assert log.head() == 4_060
    assert sorted(log.numbers.values()) == list(range(60))
