"""What single histories fold into: the rules of returns, cancellations, gifts, and the large ones."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from recommender.customers import RECENT_LINES, CustomerState, fold
from recommender.errors import NotFoundError
from recommender.events.vocabulary import AnyEvent, OrderCancelled, OrderLine, Purchase, Return, ReturnLine
from recommender.types import ItemId, ItemNumber

MUG, CUP = ItemNumber(4), ItemNumber(2)
NUMBERS = {ItemId("mug"): MUG, ItemId("cup"): CUP}
START = datetime(2024, 5, 1, 12, tzinfo=UTC)
START_S = int(START.timestamp())
ids = (f"e{count:06d}" for count in itertools.count())


def bought(day: float, order: str, *lines: tuple[str, float], gift: bool = False) -> Purchase:
    return Purchase(
        source="shop",
        event_id=next(ids),
        occurred_at=START + timedelta(days=day),
        order_id=order,
        lines=tuple(OrderLine(item_id=item, quantity=quantity, is_gift=gift) for item, quantity in lines),
    )


def back(day: float, item: str, quantity: float, order: str | None = None) -> Return:
    line = ReturnLine(item_id=item, quantity=quantity, order_id=order)
    return Return(source="shop", event_id=next(ids), occurred_at=START + timedelta(days=day), lines=(line,))


def cancelled(day: float, order: str) -> OrderCancelled:
    return OrderCancelled(
        source="shop", event_id=next(ids), occurred_at=START + timedelta(days=day), order_id=order
    )


def folded(*events: AnyEvent) -> CustomerState:
    return fold(events, NUMBERS, 1)


def owned(state: CustomerState) -> dict[int, float]:
    return dict(zip(state.items.number.tolist(), state.items.owned.tolist(), strict=True))


def test_no_events_fold_into_the_empty_state_of_that_version() -> None:
    assert fold([], NUMBERS, 6) == CustomerState.empty(version=6)


def test_a_return_takes_back_the_newest_purchase_before_it() -> None:
    state = folded(bought(0, "A", ("mug", 2.0)), bought(5, "B", ("mug", 1.0)), back(6, "mug", 2.0))
    assert owned(state) == {MUG: 1.0}
    assert (state.orders, state.first_s, state.last_s) == (1, START_S, START_S)


def test_a_return_never_takes_back_a_later_purchase() -> None:
    state = folded(bought(0, "A", ("mug", 1.0)), back(1, "mug", 3.0), bought(2, "B", ("mug", 1.0)))
    assert owned(state) == {MUG: 1.0}
    assert state.unmatched_returns == 1
    assert state.first_s == START_S + 2 * 86_400


def test_a_return_that_names_its_order_takes_back_that_order_first_and_then_the_newest() -> None:
    history = (bought(0, "A", ("mug", 1.0)), bought(1, "B", ("mug", 1.0)), bought(2, "C", ("mug", 1.0)))
    state = folded(*history, back(3, "mug", 2.0, order="A"))
    assert owned(state) == {MUG: 1.0}
    assert state.recent.at_s.tolist() == [START_S + 86_400]


def test_a_return_dated_before_the_order_it_names_still_finds_it() -> None:
    assert owned(folded(back(-1, "mug", 1.0, order="A"), bought(0, "A", ("mug", 1.0)))) == {}


def test_a_cancelled_order_was_never_bought_whatever_the_clock_says() -> None:
    state = folded(
        cancelled(-3, "A"), bought(0, "A", ("mug", 1.0), ("cup", 2.0)), bought(1, "B", ("cup", 1.0))
    )
    assert owned(state) == {CUP: 1.0}
    assert (state.orders, state.lines) == (1, 1)


def test_a_return_of_a_cancelled_order_is_spent_on_it_and_leaves_other_orders_alone() -> None:
    history = (bought(0, "A", ("mug", 1.0)), bought(1, "B", ("mug", 1.0)))
    state = folded(*history, cancelled(2, "B"), back(3, "mug", 1.0, order="B"))
    assert owned(state) == {MUG: 1.0}
    assert state.unmatched_returns == 0


def test_a_return_that_names_no_order_is_never_spent_on_a_cancelled_one() -> None:
    history = (bought(0, "A", ("mug", 1.0)), bought(1, "B", ("mug", 1.0)))
    assert owned(folded(*history, cancelled(2, "B"), back(3, "mug", 1.0))) == {}


def test_a_gift_was_bought_but_is_not_owned() -> None:
    state = folded(bought(0, "A", ("mug", 2.0), gift=True))
    assert owned(state) == {MUG: 0.0}
    assert (state.orders, state.lines, state.recent.quantity.tolist()) == (1, 1, [2.0])


def test_what_came_back_entirely_is_gone_and_what_is_bought_again_is_owned_again() -> None:
    history: list[AnyEvent] = [bought(0, "A", ("mug", 1.0)), back(1, "mug", 1.0)]
    assert len(folded(*history).items) == 0
    assert owned(folded(*history, bought(2, "B", ("mug", 1.0)))) == {MUG: 1.0}


def test_tenths_that_come_back_one_by_one_leave_nothing() -> None:
    state = folded(bought(0, "A", ("mug", 0.3)), *[back(day, "mug", 0.1) for day in (1, 2, 3)])
    assert (owned(state), state.unmatched_returns) == ({}, 0)


def test_a_purchase_event_and_its_supplement_are_one_order() -> None:
    state = folded(bought(0, "A", ("mug", 1.0)), bought(1, "A", ("mug", 1.0)), bought(2, "B", ("mug", 1.0)))
    assert (state.orders, state.items.orders.tolist(), owned(state)) == (2, [2], {MUG: 3.0})


def test_events_at_one_instant_are_ordered_by_source_and_then_by_event_id() -> None:
    def at_once(source: str, event_id: str, item: str) -> Purchase:
        lines = (OrderLine(item_id=item),)
        return Purchase(source=source, event_id=event_id, occurred_at=START, order_id=event_id, lines=lines)

    events = [at_once("till", "1", "mug"), at_once("shop", "2", "cup"), at_once("shop", "10", "mug")]
    assert folded(*events).recent.number.tolist() == [MUG, CUP, MUG]


def test_a_quantity_too_small_for_a_float32_is_still_owned() -> None:
    assert owned(folded(bought(0, "A", ("mug", 1e-60))))[MUG] > 0.0


@pytest.mark.parametrize(("year", "seconds"), [(1901, 0), (2500, 2**32 - 1)])
def test_times_outside_the_clock_of_the_state_stop_at_its_ends(year: int, seconds: int) -> None:
    event = Purchase(
        source="shop",
        event_id="1",
        occurred_at=datetime(year, 1, 1, tzinfo=UTC),
        order_id="A",
        lines=(OrderLine(item_id="mug"),),
    )
    state = folded(event)
    assert (state.first_s, state.last_s, state.items.first_s.tolist()) == (seconds, seconds, [seconds])


def test_the_count_of_orders_per_item_stays_at_its_largest() -> None:
    orders = [bought(index / 1e4, f"A{index}", ("mug", 1.0)) for index in range(65_600)]
    state = folded(*orders)
    assert state.items.orders.tolist() == [65_535]
    assert (state.orders, state.lines, owned(state)) == (65_600, 65_600, {MUG: 65_600.0})


def test_a_purchase_of_an_item_without_a_number_is_refused_by_name() -> None:
    with pytest.raises(NotFoundError, match="'lamp'"):
        folded(bought(0, "A", ("lamp", 1.0)))


def test_a_return_of_an_item_that_nobody_ever_bought_is_unmatched() -> None:
    assert folded(back(0, "lamp", 1.0), back(1, "lamp", 1.0, order="A")).unmatched_returns == 2


def large_history(n_orders: int, n_lines: int, n_items: int) -> tuple[list[Purchase], Sequence[str]]:
    names = [f"item-{index}" for index in range(n_items)]
    per_order = -(-n_lines // n_orders)
    lines = [(names[(7 * index) % n_items], 1.0) for index in range(n_lines)]
    orders = [
        bought(index, f"A{index}", *lines[index * per_order : (index + 1) * per_order])
        for index in range(n_orders)
    ]
    return orders, names


def test_the_largest_known_buyer_is_folded_whole_and_remembers_the_newest_lines() -> None:
    orders, names = large_history(n_orders=400, n_lines=12_704, n_items=5_000)
    numbers = {ItemId(name): ItemNumber(index) for index, name in enumerate(names)}
    state = fold(reversed(orders), numbers, 1)
    assert (len(state.items), state.lines, state.orders) == (5_000, 12_704, 397)
    assert state.items.number.tolist() == list(range(5_000))
    assert state.items.owned.sum() == 12_704
    assert len(state.recent) == RECENT_LINES
    newest = [(7 * index) % 5_000 for index in range(12_704 - RECENT_LINES, 12_704)]
    assert state.recent.number.tolist() == newest
