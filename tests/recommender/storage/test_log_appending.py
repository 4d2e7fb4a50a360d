"""Appending: identity, conflicts, atomic batches, versions."""

from collections.abc import Callable
from datetime import timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.errors import EventConflictError, InvalidEventError
from recommender.storage.log import EventLog
from tests.recommender.storage.log_worlds import ADA, BOB, NOON, everything, order, profile, statuses, view


def test_an_empty_batch_answers_nothing_and_writes_nothing(log: EventLog) -> None:
    assert log.append([]) == ()
    assert log.head() == 0
    assert log.statistics.commits == 0


def test_the_first_event_has_seq_one_and_is_the_version_of_its_customer(log: EventLog) -> None:
    (result,) = log.append([order("1")])
    assert (result.status, result.seq, result.version, result.customer_id) == ("accepted", 1, 1, "ada")
    assert (log.version_of(ADA), log.version_of(BOB), log.head()) == (1, 0, 1)


def test_the_same_content_again_has_no_effect(log: EventLog) -> None:
    log.append([order("1")])
    (again,) = log.append([order("1")])
    assert (again.status, again.seq, again.version) == ("duplicate", 1, 1)
    assert log.head() == 1
    assert len(log.events_of(ADA)) == 1


def test_other_content_is_a_conflict_and_is_not_written(log: EventLog) -> None:
    log.append([order("1", "mug")])
    conflict, accepted = log.append([order("1", "cup"), order("2", "pot")])
    assert (conflict.status, conflict.seq, accepted.status, accepted.seq) == ("conflict", 0, "accepted", 2)
    assert "'1' of source 'shop'" in conflict.message
    assert [event.event for event in log.events_of(ADA)] == [order("1", "mug"), order("2", "pot")]
    assert "cup" not in log.numbers


def test_the_same_event_id_of_another_source_is_another_event(log: EventLog) -> None:
    assert statuses(log, order("1"), order("1", source="till")) == ["accepted", "accepted"]


def test_within_one_batch_the_second_is_a_duplicate_or_a_conflict(log: EventLog) -> None:
    batch = (order("1"), order("1"), order("1", "cup"))
    assert statuses(log, *batch) == ["accepted", "duplicate", "conflict"]
    assert log.head() == 1


def test_an_atomic_batch_with_a_conflict_leaves_no_trace(log: EventLog) -> None:
    log.append([order("1", "mug")])
    with pytest.raises(EventConflictError, match="'1' of source 'shop'"):
        log.append([order("2", "pot", customer="bob"), order("1", "cup")], atomic=True)
    assert (log.head(), log.version_of(BOB), dict(log.numbers)) == (1, 0, {"mug": 0})


def test_an_atomic_batch_may_repeat_what_is_there(log: EventLog) -> None:
    log.append([order("1")])
    results = log.append([order("1"), order("2")], atomic=True)
    assert [result.status for result in results] == ["duplicate", "accepted"]


def test_another_spelling_of_the_same_content_is_a_duplicate(log: EventLog) -> None:
    first = order("1", price="4.5")
    log.append([first])
    lines = (msgspec.structs.replace(first.lines[0], unit_price=Decimal("4.50")),)
    elsewhere = first.occurred_at.astimezone(timezone(timedelta(hours=2)))
    assert statuses(log, msgspec.structs.replace(first, lines=lines, occurred_at=elsewhere)) == ["duplicate"]


def test_versions_follow_each_customer_and_guests_have_none(log: EventLog) -> None:
    results = log.append(
        [order("1"), order("2", customer="bob"), order("3", customer=None), order("4"), view("5")]
    )
    assert [result.version for result in results] == [5, 2, 0, 5, 5]
    assert list(log.customers_changed_after(0)) == [(BOB, 2), (ADA, 5)]
    assert list(log.customers_changed_after(2)) == [(ADA, 5)]
    assert list(log.customers_changed_after(5)) == []


def test_a_conflict_names_the_version_that_its_customer_has(log: EventLog) -> None:
    log.append([order("1"), order("2")])
    (conflict,) = log.append([order("1", "cup")])
    assert conflict.version == 2


def test_a_time_without_offset_is_refused_before_anything_is_written(log: EventLog) -> None:
    naive = msgspec.structs.replace(order("2"), occurred_at=NOON.replace(tzinfo=None))
    with pytest.raises(InvalidEventError, match="offset"):
        log.append([order("1"), naive])
    assert log.head() == 0


@pytest.mark.parametrize("event", [order("a\0b"), order("1", "mug\0"), profile("1", name="A\0")])
def test_a_nul_is_refused_on_both_databases(log: EventLog, event: object) -> None:
    with pytest.raises(InvalidEventError, match="NUL"):
        log.append([event])  # type: ignore[list-item]
    assert log.head() == 0


def test_ids_in_any_script_and_with_quotes_come_back_unchanged(log: EventLog) -> None:
    event = order("\"'\\%s; -- ", "größe:42", "中文", customer="O'Hara {x} ?")
    log.append([event])
    assert statuses(log, event) == ["duplicate"]
    assert [stored.event for stored in log.events_of(event.customer_id or "")] == [event]  # type: ignore[arg-type]


def test_personal_data_stays_beside_the_events(log: EventLog) -> None:
    log.append(
        [profile("1", name="Ada", email="ada@example.org"), profile("2", day=1, email="new@example.org")]
    )
    log.append([profile("0", day=-1, name="A. Lovelace", email="old@example.org")])
    assert [stored.event for stored in log.events_of(ADA)] == [
        profile("0", day=-1),
        profile("1"),
        profile("2", day=1),
    ]
    found = log.profile_of(ADA)
    assert (found.name, found.email, found.phone) == ("Ada", "new@example.org", None)
    assert log.profile_of(BOB).name is None


def test_a_profile_with_another_name_is_a_conflict(log: EventLog) -> None:
    assert statuses(log, profile("1", name="Ada"), profile("1", name="Ada")) == ["accepted", "duplicate"]
    assert statuses(log, profile("1", name="Ava"), profile("1")) == ["conflict", "conflict"]


def test_received_at_is_the_clock_of_the_log(url: str) -> None:
    with EventLog.open(url, clock=lambda: NOON) as log:
        log.append([order("1", day=-3)])
        assert [stored.received_at for stored in log.events_of(ADA)] == [NOON]


def test_what_was_appended_is_there_after_reopening(url: str) -> None:
    with EventLog.open(url) as log:
        log.append([order("1", "mug", "cup"), profile("2", name="Ada")])
        log_id = log.log_id
    with EventLog.open(url) as log:
        assert log.log_id == log_id
        assert statuses(log, order("1", "mug", "cup"), profile("2", name="Ada")) == ["duplicate", "duplicate"]
        assert dict(log.numbers) == {"mug": 0, "cup": 1}


_ORDERS = st.builds(
    lambda number, item, customer, day: order(str(number), item, customer=customer, day=day),
    st.integers(0, 5),
    st.sampled_from(["mug", "cup"]),
    st.sampled_from(["ada", "bob", None]),
    st.integers(0, 2),
)
_BATCHES = st.lists(st.tuples(st.lists(_ORDERS, max_size=5), st.booleans(), st.booleans()), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=_BATCHES)
def test_any_batches_with_repeats_leave_each_first_content_once(
    fresh_url: Callable[[], str], batches: list[tuple[list[object], bool, bool]]
) -> None:
    expected: dict[str, object] = {}
    with EventLog.open(fresh_url()) as log:
        for events, atomic, bulk in batches:
            new = dict(expected)
            has_conflict = any(new.setdefault(event.event_id, event) != event for event in events)  # type: ignore[attr-defined]
            for event in events:
                new.setdefault(event.event_id, event)  # type: ignore[attr-defined]
            if bulk:
                log.append_bulk(events)  # type: ignore[arg-type]
            elif atomic and has_conflict:
                with pytest.raises(EventConflictError):
                    log.append(events, atomic=True)  # type: ignore[arg-type]
                continue
            else:
                log.append(events, atomic=atomic)  # type: ignore[arg-type]
            expected = new
        in_order = list(expected.values())
        assert log.head() == len(in_order)
        known = [(seq, event) for seq, event in enumerate(in_order, 1) if event.customer_id]  # type: ignore[attr-defined]
        assert [(stored.seq, stored.event) for stored in everything(log)] == known
        items = list(dict.fromkeys(event.lines[0].item_id for event in in_order))  # type: ignore[attr-defined]
        assert dict(log.numbers) == {item: number for number, item in enumerate(items)}
