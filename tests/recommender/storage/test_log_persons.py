"""Subjects that links connect are one person: one history, one version, until they are parted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from sqlalchemy import create_engine, text

from recommender.errors import CustomerMovedError
from recommender.events.vocabulary import AnyEvent, Identify, Purchase, Unlink
from recommender.storage import links
from recommender.storage.log import EventLog
from recommender.storage.terms import Terms
from recommender.types import CustomerId
from tests.recommender.storage.log_worlds import NOON, order

WEB, CARD, PHONE, TILL = (CustomerId(name) for name in ("web", "card", "phone", "till"))
EVERYBODY = [WEB, CARD, PHONE, TILL]


def linked(number: int, one: str, other: str, *, day: int = 0) -> Identify:
    at = NOON + timedelta(days=day)
    return Identify(source="crm", event_id=f"l{number}", occurred_at=at, customer_id=one, other_id=other)


def parted(number: int, one: str, other: str, *, day: int = 1) -> Unlink:
    at = NOON + timedelta(days=day)
    return Unlink(source="crm", event_id=f"l{number}", occurred_at=at, customer_id=one, other_id=other)


class Limits(NamedTuple):
    """What is no person: so many connected, one linked with so many; and how many links are read at once."""

    together: int
    linked: int
    rows: int


def orders_of(log: EventLog, customer_id: CustomerId) -> set[str]:
    """Return the orders in a customer's history."""
    events = log.histories_of([customer_id])[customer_id].events
    return {event.order_id for event in events if isinstance(event, Purchase)}


def versions(log: EventLog) -> list[int]:
    """Return the version of everybody, and see that it is that of their history, read alone and together."""
    together = log.histories_of(EVERYBODY)
    for who in EVERYBODY:
        alone = log.histories_of([who])[who]
        assert alone == together[who]
        assert alone.version == log.version_of(who)
    assert dict(log.customers_changed_after(0)) == {
        who: one.version for who, one in together.items() if one.version
    }
    return [together[who].version for who in EVERYBODY]


def test_one_history_and_one_version(log: EventLog) -> None:
    log.append([order("1", customer=WEB), order("2", customer=CARD)])
    assert versions(log) == [1, 2, 0, 0]
    (result,) = log.append([linked(3, WEB, CARD)])
    assert (result.version, result.others) == (3, ((CARD, 3),))
    assert orders_of(log, WEB) == orders_of(log, CARD) == {"order-1", "order-2"}
    (result,) = log.append([order("4", customer=CARD)])
    assert (result.version, result.others) == (4, ((WEB, 4),))
    assert orders_of(log, WEB) == {"order-1", "order-2", "order-4"}
    assert versions(log) == [4, 4, 0, 0]
    (again,) = log.append([order("4", customer=CARD)])
    assert (again.status, again.version, again.others) == ("duplicate", 4, ((WEB, 4),))


def test_whom_nobody_knew_has_what_the_other_bought(log: EventLog) -> None:
    log.append([order("1", customer=CARD), linked(2, CARD, WEB)])
    assert orders_of(log, WEB) == {"order-1"}
    assert versions(log) == [2, 2, 0, 0]
    log.append([linked(3, PHONE, WEB), order("4", customer=PHONE)])
    assert orders_of(log, CARD) == {"order-1", "order-4"}
    assert versions(log) == [4, 4, 4, 0]


def test_who_is_parted_has_their_own_again_and_a_new_version(log: EventLog) -> None:
    log.append(
        [order("1", customer=WEB), order("2", customer=CARD), linked(3, WEB, CARD), linked(4, CARD, PHONE)]
    )
    (result,) = log.append([parted(5, WEB, CARD)])
    assert result.others == ((CARD, 5), (PHONE, 5))
    assert orders_of(log, WEB) == {"order-1"}
    assert orders_of(log, CARD) == orders_of(log, PHONE) == {"order-2"}
    assert versions(log) == [5, 5, 5, 0]
    log.append([order("6", customer=WEB)])
    assert versions(log) == [6, 5, 5, 0]


def test_a_late_word_that_changes_nothing_is_a_change_of_both_versions_only(log: EventLog) -> None:
    log.append([linked(1, WEB, CARD, day=2), order("2", customer=CARD)])
    log.append([parted(3, CARD, WEB, day=1)])
    assert orders_of(log, WEB) == {"order-2"}
    assert versions(log) == [3, 3, 0, 0]


def test_what_was_known_at_a_place_in_the_log_or_at_a_time_is_told_by_the_links_of_then(
    log: EventLog,
) -> None:
    log.append([order("1", customer=WEB), order("2", customer=CARD, day=1), linked(3, WEB, CARD, day=2)])
    assert [len(log.events_of_person(WEB, up_to=seq)) for seq in (1, 2, 3)] == [1, 1, 3]
    early, late = (NOON + timedelta(days=2, seconds=seconds) for seconds in (0, 1))
    assert len(log.histories_of([WEB], until=early)[WEB].events) == 1
    assert len(log.histories_of([WEB], until=late)[WEB].events) == 3
    assert log.stand_ins(until=early) == {}
    assert log.stand_ins() == {WEB: CARD, CARD: CARD}, "who bought last stands for the person"


def test_a_condition_on_one_subject_fails_when_another_one_changed(log: EventLog) -> None:
    log.append([order("1", customer=WEB), linked(2, WEB, CARD)])
    first = log.append_async([order("3", customer=CARD)], terms=Terms(CARD, 2))
    second = log.append_async([order("4", customer=WEB)], terms=Terms(WEB, 2))
    assert first.exception() is None
    with pytest.raises(CustomerMovedError):
        second.result()
    log.append_if([order("5", customer=WEB)], Terms(WEB, 3))


def test_a_condition_fails_within_one_transaction_too(log: EventLog) -> None:
    """Those who come together share a commit, and see what came before them."""
    log.append([order("1", customer=WEB), linked(2, WEB, CARD)])
    asked = [
        log.append_async([order(f"a{n}", customer=EVERYBODY[n % 2])], terms=Terms(EVERYBODY[n % 2], 2))
        for n in range(16)
    ]
    refused = [one.exception() for one in asked]
    assert sum(error is None for error in refused) == 1
    assert all(isinstance(error, CustomerMovedError) for error in refused if error is not None)


def test_bulk_loads_move_the_versions_of_the_person(log: EventLog) -> None:
    log.append_bulk([linked(1, WEB, CARD), order("2", customer=CARD), order("3", customer=PHONE)])
    assert versions(log) == [2, 2, 3, 0]
    log.append_bulk([linked(4, PHONE, WEB)])
    assert versions(log) == [4, 4, 4, 0]


def test_more_than_so_many_are_no_person(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_TOGETHER", 3)
    log.append(
        [order("1", customer=WEB), order("2", customer=CARD), linked(3, WEB, TILL), linked(4, CARD, TILL)]
    )
    assert orders_of(log, WEB) == {"order-1", "order-2"}
    (result,) = log.append([linked(5, PHONE, TILL)])
    assert result.others == ((CARD, 5), (TILL, 5), (WEB, 5)), "each of them is folded anew, alone"
    assert (orders_of(log, WEB), orders_of(log, CARD)) == ({"order-1"}, {"order-2"})
    assert versions(log) == [5, 5, 5, 5]
    log.append([order("6", customer=WEB)])
    assert versions(log) == [6, 5, 5, 5]
    log.append([parted(7, TILL, PHONE)])
    assert orders_of(log, CARD) == {"order-1", "order-2", "order-6"}
    assert versions(log) == [7, 7, 7, 7]


def test_a_till_that_everybody_was_linked_with_is_no_person_and_is_not_read(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKED", 20)
    monkeypatch.setattr(links, "ROWS", 25)
    log.append(
        [linked(n, f"c{n}", TILL) for n in range(20)] + [parted(100 + n, f"c{n}", TILL) for n in range(20)]
    )
    log.append([order("1", customer=TILL), linked(200, WEB, CARD), linked(201, "c0", TILL, day=2)])
    assert orders_of(log, CustomerId("c0")) == {"order-1"}, "most of them were unlinked"
    log.append([linked(202, CARD, TILL)])
    assert orders_of(log, CustomerId("c0")) == orders_of(log, WEB) == set()
    assert log.version_of(CustomerId("c0")) == log.version_of(WEB) == log.head()
    log.append([order("2", customer=WEB)])
    assert orders_of(log, CARD) == set(), "who is linked with a till stands alone"
    assert log.person_of(WEB) == ["c0", CARD, TILL], "though the links lead so far"


def test_an_erasure_changes_whoever_was_one_person_with_them(log: EventLog) -> None:
    log.append([order("1", customer=WEB), order("2", customer=CARD), order("3", customer=PHONE)])
    log.append([linked(4, WEB, CARD), linked(5, CARD, PHONE)])
    erasure, _ = log.erasures.erase(CARD)
    assert (orders_of(log, WEB), orders_of(log, PHONE), orders_of(log, CARD)) == (
        {"order-1"},
        {"order-3"},
        set(),
    )
    assert versions(log) == [erasure.seq, 0, erasure.seq, 0]
    assert sorted(log.pending()) == [(CARD, erasure.seq), (PHONE, erasure.seq), (WEB, erasure.seq)]
    assert log.has_change_at(erasure.seq)
    assert not log.has_change_at(2)


def test_an_older_log_learns_who_is_one_person_when_it_is_opened(url: str) -> None:
    with EventLog.open(url) as log:
        log.append([order("1", customer=CARD), linked(2, WEB, CARD), order("3", customer=PHONE)])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:  # as an older version left it
        connection.execute(text("DELETE FROM links"))
        connection.execute(text("DELETE FROM outbox"))
        connection.execute(text("UPDATE log_head SET people_seq = 0"))
        connection.execute(text("UPDATE customers SET version = 1 WHERE customer_id = 'card'"))
    engine.dispose()
    with EventLog.open(url) as log:
        assert versions(log) == [3, 3, 3, 0]
        assert sorted(log.pending()) == [(CARD, 3), (WEB, 3)]
        log.append_if([order("4", customer=WEB)], Terms(WEB, 3))


_PAIRS = st.tuples(st.sampled_from(EVERYBODY), st.sampled_from(EVERYBODY), st.integers(0, 4))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.sampled_from(EVERYBODY)),
        st.tuples(st.just("link"), _PAIRS),
        st.tuples(st.just("part"), _PAIRS),
        st.tuples(st.just("erase"), st.sampled_from(EVERYBODY)),
    ),
    max_size=14,
)


_LIMITS = st.builds(
    Limits, st.sampled_from([2, 3, 100]), st.sampled_from([1, 2, 1_000]), st.sampled_from([2, 5_000])
)


@given(steps=_STEPS, together=st.integers(1, 4), limits=_LIMITS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_histories_are_those_of_the_links(
    tmp_path_factory: pytest.TempPathFactory,
    steps: Sequence[tuple[str, object]],
    together: int,
    limits: Limits,
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        EventLog.open(f"sqlite:///{tmp_path_factory.mktemp('log')}/log.db") as log,
    ):
        patch.setattr(links, "MOST_TOGETHER", limits.together)
        patch.setattr(links, "MOST_LINKED", limits.linked)
        patch.setattr(links, "ROWS", limits.rows)
        waiting: list[AnyEvent] = []
        known: list[AnyEvent] = []
        seen: dict[CustomerId, tuple[int, set[str]]] = {}
        for number, (kind, about) in enumerate(steps):
            if kind == "erase":
                assert isinstance(about, str)
                log.append(waiting)
                known += waiting
                waiting = []
                log.erasures.erase(CustomerId(about))
                log.erasures.lift(CustomerId(about))
                known = [
                    event
                    for event in known
                    if about not in (event.customer_id, getattr(event, "other_id", None))
                ]
            elif kind == "buy":
                waiting.append(order(str(number), customer=str(about)))
            else:
                assert isinstance(about, tuple)
                one, other, day = about
                make = linked if kind == "link" else parted
                waiting.append(make(number, one, other, day=day))
            if len(waiting) >= together:
                log.append(waiting)
                known += waiting
                waiting = []
                _check(log, known, seen, limits)
        log.append(waiting)
        _check(log, [*known, *waiting], seen, limits)


def _check(
    log: EventLog, known: Sequence[AnyEvent], seen: dict[CustomerId, tuple[int, set[str]]], limits: Limits
) -> None:
    """See that histories follow the links, and that no history changes without its version."""
    versions(log)
    for who in EVERYBODY:
        person = _person(who, known, limits)
        bought = {
            event.order_id for event in known if isinstance(event, Purchase) and event.customer_id in person
        }
        assert orders_of(log, who) == bought
        version = log.version_of(who)
        before = seen.get(who)
        if before is not None and version != 0:
            assert version >= before[0]
            assert version > before[0] or before[1] == bought
        seen[who] = (version, bought)


def _person(start: str, known: Sequence[AnyEvent], limits: Limits) -> set[str]:
    """Return whom links connect with somebody, by the newest word about each pair; a till is nobody."""
    newest: dict[frozenset[str], AnyEvent] = {}
    for event in sorted(known, key=lambda one: (one.occurred_at, one.source, one.event_id)):
        if isinstance(event, Identify | Unlink) and event.customer_id is not None:
            newest[frozenset((event.customer_id, event.other_id))] = event
    pairs = [pair for pair, event in newest.items() if isinstance(event, Identify) and len(pair) == 2]
    tills = {
        who for who in EVERYBODY if sum(who in pair and len(pair) == 2 for pair in newest) > limits.linked
    }
    pairs_there = [pair for pair in pairs if not pair <= tills]
    person = {start}
    for _ in EVERYBODY:
        for pair in pairs_there:
            if pair & (person - tills):
                person |= pair
    return person if len(person) <= limits.together and not person & tills else {start}
