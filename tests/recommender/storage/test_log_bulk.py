"""Bulk append: the way in for files, also when it is killed in the middle."""

import signal
import time

import pytest

from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from recommender.storage.results import BulkCount
from tests.recommender.storage.log_worlds import ADA, everything, order, profile, script

_EVENTS = 60_000
_INGEST = f"""
import sys
from recommender.storage.log import EventLog
from tests.recommender.storage.log_worlds import order
with EventLog.open(sys.argv[1]) as log:
    count = log.append_bulk(order(str(i), f"i{{i % 97}}", customer=f"c{{i % 11}}") for i in range({_EVENTS}))
    print(count.accepted, count.duplicates, len(count.conflicts))
"""


def test_nothing_in_bulk_is_nothing(log: EventLog) -> None:
    assert log.append_bulk([]) == BulkCount()
    assert log.head() == 0


def test_bulk_counts_what_it_did(log: EventLog) -> None:
    log.append([order("1", "mug")])
    events = [order("1", "mug"), order("2"), order("2"), order("2", "cup"), order("1", "pot")]
    assert log.append_bulk(events) == BulkCount(1, 2, (("shop", "2"), ("shop", "1")))
    assert log.append_bulk(events[:3]) == BulkCount(0, 3, ())


def test_bulk_writes_the_same_as_single_appends(url: str, fresh_url: object) -> None:
    events = [order(str(i), f"i{i % 7}", customer=f"c{i % 3}", day=-i) for i in range(50)]
    events_and_profile: list[AnyEvent] = [*events, profile("p", name="Ada")]
    with EventLog.open(url) as log, EventLog.open(fresh_url()) as other:  # type: ignore[operator]
        log.append_bulk(iter(events_and_profile))
        for event in events_and_profile:
            other.append([event])
        seen = [(stored.seq, stored.event) for stored in everything(log)]
        assert seen == [(stored.seq, stored.event) for stored in everything(other)]
        assert log.pending() == other.pending()
        assert dict(log.numbers) == dict(other.numbers)
        assert log.profile_of(ADA) == other.profile_of(ADA)
        assert log.fingerprint() == other.fingerprint()


def test_a_broken_source_keeps_what_was_written_and_may_be_repeated(log: EventLog) -> None:
    def source(stop: int) -> object:
        for i in range(25_000):
            if i == stop:
                raise RuntimeError("the file ends here")
            yield order(str(i))

    with pytest.raises(RuntimeError, match="ends here"):
        log.append_bulk(source(15_000))  # type: ignore[arg-type]
    kept = log.head()
    assert 0 < kept <= 15_000
    assert log.append_bulk(source(-1)) == BulkCount(25_000 - kept, kept, ())  # type: ignore[arg-type]
    assert log.head() == 25_000


def test_killed_in_the_middle_and_repeated_it_loses_nothing_and_doubles_nothing(url: str) -> None:
    with EventLog.open(url) as log:
        program = script(_INGEST, url)
        deadline = time.monotonic() + 60
        while log.head() < 10_000 and time.monotonic() < deadline:
            time.sleep(0.005)
        program.send_signal(signal.SIGKILL)
        program.communicate()
        kept = log.head()
        assert 0 < kept < _EVENTS
        again = script(_INGEST, url)
        assert again.communicate(timeout=120)[0].split() == [str(_EVENTS - kept), str(kept), "0"]
        assert log.head() == _EVENTS
        lines = log.order_lines()
        assert len(lines.lines) == _EVENTS
        assert int(lines.customer_versions.max()) == _EVENTS
        assert sorted(lines.item_ids) == sorted(f"i{i}" for i in range(97))
