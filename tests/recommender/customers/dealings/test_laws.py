"""Laws of the dealings over random histories of every kind of event."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.customers import NO_DEALINGS, CustomerState, fold, needs_other_units, pack, unpack
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ComplaintResolved,
    ContactReserved,
    Override,
)
from recommender.types import ItemNumber
from tests.recommender.customers.dealings.random_dealings import (
    NUMBERS,
    histories,
    orders_and_returns,
    planned_items,
)

Planned = frozenset[ItemNumber]


def units_by_item(state: CustomerState) -> dict[int, int]:
    counts: dict[int, int] = {}
    for unit in state.dealings.units:
        counts[unit.number] = counts.get(unit.number, 0) + unit.count
    return counts


@given(histories, planned_items, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150)
def test_the_state_is_the_same_for_every_order_of_arrival(
    events: list[AnyEvent], planned: Planned, random: Random
) -> None:
    expected = pack(fold(events, NUMBERS, 9, unit_items=planned))
    for _ in range(3):
        random.shuffle(events)
        assert pack(fold(events, NUMBERS, 9, unit_items=planned)) == expected


@given(histories, planned_items)
@settings(deadline=None, max_examples=100)
def test_unpacking_gives_back_what_was_packed(events: list[AnyEvent], planned: Planned) -> None:
    state = fold(events, NUMBERS, 9, unit_items=planned)
    again = unpack(pack(state))
    assert again == state
    assert again.dealings == state.dealings
    assert pack(unpack(pack(state))) == pack(state)


@given(st.lists(orders_and_returns(), max_size=12))
@settings(deadline=None, max_examples=250)
def test_of_planned_items_there_are_as_many_units_as_are_owned(events: list[AnyEvent]) -> None:
    state = fold(events, NUMBERS, 1, unit_items=frozenset(NUMBERS.values()))
    owned = zip(state.items.number.tolist(), state.items.owned.tolist(), strict=True)
    assert units_by_item(state) == {number: count for number, count in owned if count > 0}
    assert all(unit.count > 0 for unit in state.dealings.units)


@given(histories, planned_items, planned_items)
@settings(deadline=None, max_examples=200)
def test_a_state_needs_other_units_where_folding_with_these_would_tell_others_apart(
    events: list[AnyEvent], then: Planned, now: Planned
) -> None:
    mask = np.zeros(max(NUMBERS.values()) + 1, np.bool_)
    mask[list(now)] = True
    state, anew = (fold(events, NUMBERS, 1, unit_items=planned) for planned in (then, now))
    assert not needs_other_units(anew, mask)
    assert needs_other_units(state, mask) == (state.dealings.told_apart != anew.dealings.told_apart)
    assert state.dealings.told_apart != anew.dealings.told_apart or state == anew


@given(histories, planned_items)
@settings(deadline=None, max_examples=100)
def test_dealings_change_nothing_of_the_purchases(events: list[AnyEvent], planned: Planned) -> None:
    kinds = {"Purchase", "Return", "OrderCancelled"}
    state = fold(events, NUMBERS, 1, unit_items=planned)
    alone = fold([event for event in events if type(event).__name__ in kinds], NUMBERS, 1)
    assert (state.items, state.recent, state.orders, state.lines) == (
        alone.items,
        alone.recent,
        alone.orders,
        alone.lines,
    )


@given(histories)
@settings(deadline=None, max_examples=100)
def test_what_a_gate_needs_is_never_lost(events: list[AnyEvent]) -> None:
    found = fold(events, NUMBERS, 1).dealings
    opened = {event.complaint_id for event in events if isinstance(event, ComplaintOpened)}
    settled = {event.complaint_id for event in events if isinstance(event, ComplaintResolved)}
    still_open = {one.complaint_id for one in found.complaints if one.resolved_s is None}
    assert opened - settled <= still_open <= opened
    requests = {event.request_id for event in events if isinstance(event, ContactReserved)}
    assert requests <= {one.request_id for one in found.contacts}
    holds = [event for event in events if isinstance(event, Override) and event.kind == "hold_all"]
    known = [event for event in holds if event.item_id is None or event.item_id in NUMBERS]
    assert bool(known) == any(one.kind == "hold_all" for one in found.overrides)


@given(st.lists(orders_and_returns(), max_size=8))
@settings(deadline=None)
def test_customers_with_plain_orders_share_one_value(events: list[AnyEvent]) -> None:
    found = fold(events, NUMBERS, 1).dealings
    assert found != NO_DEALINGS or found is NO_DEALINGS
