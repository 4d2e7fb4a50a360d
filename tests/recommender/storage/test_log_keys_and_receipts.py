"""API key records and receipts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recommender.errors import ConflictError, NotFoundError
from recommender.storage.api_keys import KeyRecord
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import DecisionId
from tests.recommender.storage.log_worlds import NOON

KEY = KeyRecord(
    prefix="rk_abc",
    digest=bytes(range(32)),
    salt=b"\0salt",
    scopes=("widget", "server"),
    name='Shop "front"',
    created_at=NOON,
    origins=("https://shop.example",),
    signing_secret=b"\xff\0secret",
)


def test_a_key_comes_back_as_it_was_put(log: EventLog) -> None:
    other = KeyRecord("rk_xyz", b"d" * 32, b"s", ("admin",), "ops", NOON - timedelta(days=1))
    log.put_key(KEY)
    log.put_key(other)
    assert log.key_by_prefix("rk_abc") == KEY
    assert log.keys() == [other, KEY]


def test_without_keys_there_is_nothing_to_find(log: EventLog) -> None:
    assert (log.keys(), log.key_by_prefix("rk_abc")) == ([], None)
    with pytest.raises(NotFoundError, match="rk_abc"):
        log.revoke_key("rk_abc")


def test_a_taken_prefix_is_a_conflict_and_the_first_key_stays(log: EventLog) -> None:
    log.put_key(KEY)
    with pytest.raises(ConflictError, match="rk_abc"):
        log.put_key(replace(KEY, name="thief"))
    assert log.keys() == [KEY]


def test_a_revoked_key_stays_on_record_with_its_time(url: str) -> None:
    moments = iter([NOON + timedelta(days=1), NOON + timedelta(days=2)])
    with EventLog.open(url, clock=lambda: next(moments)) as log:
        log.put_key(KEY)
        revoked = replace(KEY, revoked_at=NOON + timedelta(days=1))
        assert log.revoke_key("rk_abc") == revoked
        assert log.revoke_key("rk_abc") == revoked
        assert log.keys() == [revoked]


def test_receipts_come_back_byte_for_byte(log: EventLog) -> None:
    anonymous = StoredReceipt(DecisionId("d1"), None, NOON, b"\0\xff{}")
    known = StoredReceipt(DecisionId("d2"), "ada", NOON + timedelta(microseconds=1), b"")
    log.put_receipts([anonymous, known])
    assert log.receipt(DecisionId("d1")) == anonymous
    assert log.receipt(DecisionId("d2")) == known
    assert log.receipt(DecisionId("d3")) is None


def test_receipts_may_be_put_again(log: EventLog) -> None:
    log.put_receipts([])
    first, second = (StoredReceipt(DecisionId("d1"), None, NOON, content) for content in (b"1", b"2"))
    log.put_receipts([first])
    log.put_receipts([first, second])
    assert log.receipt(DecisionId("d1")) == second


def test_thousands_of_receipts_are_one_call(log: EventLog) -> None:
    batch = [StoredReceipt(DecisionId(f"d{number}"), "ada", NOON, b"x" * 500) for number in range(3_000)]
    log.put_receipts(batch)
    assert log.receipt(DecisionId("d2999")) == batch[-1]


def test_receipts_are_found_many_at_once(log: EventLog) -> None:
    batch = [StoredReceipt(DecisionId(f"d{number}"), "ada", NOON, b"x") for number in range(5)]
    log.put_receipts(batch)
    assert log.receipts([DecisionId("d3"), DecisionId("d9"), DecisionId("d1")]) == {
        "d1": batch[1],
        "d3": batch[3],
    }
    assert log.receipts([]) == {}


def test_every_playbook_is_kept_and_the_one_loaded_last_is_the_newest(url: str) -> None:
    moments = iter(NOON + timedelta(hours=hour) for hour in range(9))
    with EventLog.open(url, clock=lambda: next(moments)) as log:
        assert (log.newest_playbook(), log.playbook("a1")) == (None, None)
        log.put_playbook("a1", b"name = 'a'")
        log.put_playbook("b2", b"name = 'b'\0\xff")
        assert log.newest_playbook() == log.playbook("b2")
        log.put_playbook("a1", b"anything else")
        newest = log.newest_playbook()
        assert newest == log.playbook("a1")
        assert newest is not None
        assert (newest.content, newest.recorded_at) == (b"name = 'a'", NOON)
        assert newest.loaded_at == NOON + timedelta(hours=2)
