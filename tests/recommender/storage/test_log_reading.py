"""Reading events back: order, limits, several customers, the outbox, the fingerprint."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from recommender.errors import InvalidInputError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from recommender.storage.numbers import NumbersOnce
from recommender.types import CustomerId, ItemId
from tests.recommender.storage.log_worlds import ADA, BOB, NOON, order, profile, view


def test_events_come_in_the_order_of_the_fold_whatever_the_order_of_arrival(log: EventLog) -> None:
    in_order: list[AnyEvent] = [
        order("9", day=-1),
        order("1", source="a"),
        order("2", source="a"),
        order("Z", source="b"),
        order("a", source="b"),
        order("ä", source="b"),
        order("0", day=1),
    ]
    arriving = list(in_order)
    random.Random(7).shuffle(arriving)
    log.append(arriving)
    assert [stored.event for stored in log.events_of(ADA)] == in_order
    assert {who: one.events for who, one in log.histories_of([ADA, BOB]).items()} == {ADA: in_order, BOB: []}
    keys = [(event.occurred_at, event.source, event.event_id) for event in in_order]
    assert keys == sorted(keys)


def test_a_customer_without_events_has_none(log: EventLog) -> None:
    assert log.events_of(BOB) == []
    assert log.histories_of([]) == {}
    assert list(log.customers_changed_after(0)) == []
    assert log.event("shop", "1") is None


def test_until_leaves_out_its_own_moment(log: EventLog) -> None:
    log.append([order(str(day), day=day) for day in range(4)])
    until = NOON + timedelta(days=2)
    assert [stored.event.event_id for stored in log.events_of(ADA, until=until)] == ["0", "1"]
    just_after = until + timedelta(microseconds=1)
    assert [stored.event.event_id for stored in log.events_of(ADA, until=just_after)] == ["0", "1", "2"]


def test_a_limit_keeps_the_newest_and_their_order(log: EventLog) -> None:
    log.append([order(str(day), day=day) for day in range(4)])
    for limit, expected in {0: [], 1: ["3"], 3: ["1", "2", "3"], 9: ["0", "1", "2", "3"]}.items():
        assert [stored.event.event_id for stored in log.events_of(ADA, limit=limit)] == expected


def test_kinds_are_chosen_in_the_database(log: EventLog) -> None:
    log.append([order("1"), view("2"), profile("3", name="Ada"), view("4", day=1)])
    assert [stored.event.event_id for stored in log.events_of(ADA, kinds=["view"])] == ["2", "4"]
    assert [stored.event.event_id for stored in log.events_of(ADA, kinds=["view"], limit=1)] == ["4"]
    assert log.events_of(ADA, kinds=[]) == []


def test_an_event_is_found_by_its_identity(log: EventLog) -> None:
    log.append([order("1"), order("2")])
    found = log.event("shop", "2")
    assert found is not None
    assert (found.seq, found.event) == (2, order("2"))


def test_a_naive_until_is_refused(log: EventLog) -> None:
    with pytest.raises(InvalidInputError, match="offset"):
        log.events_of(ADA, until=NOON.replace(tzinfo=None))


def test_changed_customers_come_page_by_page_each_with_the_newest_version(log: EventLog) -> None:
    log.append_bulk(view(str(number), customer=f"c{number % 12_000}") for number in range(24_000))
    changed = list(log.customers_changed_after(0))
    assert [version for _, version in changed] == list(range(12_001, 24_001))
    assert len({who for who, _ in changed}) == 12_000


def test_the_outbox_holds_who_changed_until_projected(log: EventLog) -> None:
    log.append([order("1"), order("2", customer="bob"), order("3", customer=None)])
    assert log.pending() == [(ADA, 1), (BOB, 2)]
    log.projected([(ADA, 1)])
    assert log.pending() == [(BOB, 2)]


def test_projecting_an_older_version_leaves_the_customer_pending(log: EventLog) -> None:
    log.append([order("1")])
    log.projected([(ADA, 1)])
    log.append([order("2")])
    assert log.pending() == [(ADA, 2)]
    log.projected([(ADA, 1)])
    assert log.pending() == [(ADA, 2)]
    log.projected([(ADA, 2), (CustomerId("nobody"), 9)])
    assert log.pending() == []


def test_what_was_projected_is_written_with_the_next_append_or_at_the_end(url: str) -> None:
    with EventLog.open(url) as log, EventLog.open(url) as other:
        log.append([order("1"), order("2", customer="bob")])
        commits = log.statistics.commits
        log.projected([(ADA, 1)])
        log.append([view("3", customer="cy")])
        assert log.statistics.commits == commits + 1
        assert other.pending() == [(BOB, 2), (CustomerId("cy"), 3)]
        log.projected([(BOB, 2)])
        log.close()
        assert other.pending() == [(CustomerId("cy"), 3)]


def test_many_projected_at_once_do_not_stay_in_memory(url: str) -> None:
    with EventLog.open(url) as log, EventLog.open(url) as other:
        log.append_bulk(view(str(number), customer=f"c{number}") for number in range(6_000))
        log.projected(log.pending())
        assert other.pending() == []


def test_the_fingerprint_names_the_data_not_its_arrival_nor_its_home(fresh_url: Callable[[], str]) -> None:
    events = [order(str(number), f"i{number}", day=number) for number in range(20)]
    events_and_profile: list[AnyEvent] = [*events, profile("p", name="Ada")]
    with EventLog.open(fresh_url()) as log, EventLog.open(fresh_url()) as other:
        log.append(events_and_profile)
        for event in reversed(events_and_profile):
            other.append_bulk([event, event])
        assert log.fingerprint() == other.fingerprint()
        until = NOON + timedelta(days=10)
        assert log.fingerprint(until) == other.fingerprint(until) != log.fingerprint()
        other.append([order("late", day=15)])
        assert log.fingerprint(until) == other.fingerprint(until)
        assert log.fingerprint() != other.fingerprint()


def test_an_empty_log_has_a_fingerprint_of_its_own(fresh_url: Callable[[], str]) -> None:
    with EventLog.open(fresh_url()) as log, EventLog.open(fresh_url()) as other:
        assert log.fingerprint() == other.fingerprint(NOON)
        log.append([order("1")])
        assert log.fingerprint() != other.fingerprint() == log.fingerprint(NOON)


def test_who_has_more_than_orders_is_told_and_guests_are_nobody(log: EventLog) -> None:
    assert log.customers_beyond_orders() == set()
    log.append([order("1"), order("2", customer="bob"), order("3", customer="cy")])
    log.append([view("4", customer="bob"), view("5", customer="dan"), view("6", customer=None)])
    assert log.customers_beyond_orders() == {BOB, CustomerId("dan")}


def test_the_events_of_many_may_end_at_a_moment(log: EventLog) -> None:
    log.append([order("1"), order("2", day=2), order("3", customer="bob", day=1)])
    found = log.histories_of([ADA, BOB], until=NOON + timedelta(days=1))
    assert {who: [event.event_id for event in one.events] for who, one in found.items()} == {
        ADA: ["1"],
        BOB: [],
    }


def test_made_up_items_are_asked_for_once_and_those_of_another_process_are_found(url: str) -> None:
    with EventLog.open(url) as log, EventLog.open(url) as other:
        log.ensure_numbers([ItemId("mug")])
        numbers = NumbersOnce(other.numbers)
        assert (numbers.get(ItemId("mug")), numbers.get(ItemId("made up"))) == (0, None)
        log.ensure_numbers([ItemId("made up")])
        assert numbers.get(ItemId("made up")) is None
        assert dict(NumbersOnce(other.numbers)) == {"mug": 0}
        assert NumbersOnce(other.numbers)[ItemId("made up")] == 1
        assert len(NumbersOnce(other.numbers)) == 2


def test_histories_have_exactly_the_version_that_their_events_make(log: EventLog) -> None:
    log.append([order("1"), order("2", customer="bob"), order("3", day=-2)])
    found = log.histories_of([ADA, BOB, CustomerId("cat")])
    assert {who: own.version for who, own in found.items()} == {ADA: 3, BOB: 2, "cat": 0}
    assert [event.event_id for event in found[ADA].events] == ["3", "1"]
    assert found[CustomerId("cat")].events == []
    assert log.histories_of([ADA], until=NOON)[ADA].version == 3
