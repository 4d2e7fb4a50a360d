"""Laws of the fold, over random worlds: order-free, equal to plain Python, equal to the columnar fold."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.customers import CustomerState, OrderLines, fold, fold_columns, match_returns, pack, unpack
from recommender.customers.dealings import NO_DEALINGS
from recommender.events.vocabulary import (
    AnyEvent,
    OrderCancelled,
    OrderLine,
    Purchase,
    Return,
    ReturnLine,
    View,
)
from recommender.types import CustomerId, ItemId, ItemNumber

ITEMS = ("mug", "cup", "lamp", "kite")
NUMBERS = {ItemId(item): ItemNumber(3 * place + 1) for place, item in enumerate(ITEMS)}
ORDERS = ("A1", "A2", "A3", "B1")
DAY = datetime(2024, 5, 1, tzinfo=UTC)
TIMES = (
    datetime(1969, 7, 20, tzinfo=UTC),
    DAY,
    DAY + timedelta(microseconds=1),
    DAY + timedelta(days=1),
    DAY.astimezone(timezone(timedelta(hours=5, minutes=30))) + timedelta(days=2),
    datetime(2200, 1, 1, tzinfo=UTC),
)
QUANTITIES = ("1", "2", "0.1", "0.3", "3", "7.25", "1000000", "999999.9")

quantities = st.sampled_from(QUANTITIES).map(float)
names = st.sampled_from((None, None, "1", "2"))
order_lines = st.lists(
    st.builds(
        OrderLine,
        item_id=st.sampled_from(ITEMS),
        quantity=quantities,
        is_gift=st.booleans(),
        serial=names,
        line_id=names,
    ),
    min_size=1,
    max_size=4,
).map(tuple)
return_lines = st.lists(
    st.builds(
        ReturnLine,
        item_id=st.sampled_from((*ITEMS, "never-bought")),
        quantity=quantities,
        order_id=st.none() | st.sampled_from((*ORDERS, "unknown")),
        serial=names,
        line_id=names,
    ),
    min_size=1,
    max_size=3,
).map(tuple)


def envelopes(kind: type[AnyEvent], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[AnyEvent]:
    return st.builds(
        kind,
        source=st.sampled_from(("shop", "till")),
        event_id=st.uuids().map(str),
        occurred_at=st.sampled_from(TIMES),
        customer_id=st.sampled_from((None, "ada", "bob")),
        **fields,
    )


orders = st.sampled_from(ORDERS)
worlds = st.lists(
    st.one_of(
        envelopes(Purchase, order_id=orders, lines=order_lines),
        envelopes(Purchase, order_id=orders, lines=order_lines),
        envelopes(Return, lines=return_lines),
        envelopes(OrderCancelled, order_id=orders),
        envelopes(View, item_id=st.sampled_from(ITEMS)),
    ),
    max_size=14,
)


crowds = st.builds(
    lambda bought, returned: [*bought, *returned],
    st.lists(
        st.builds(
            Purchase,
            source=st.just("shop"),
            event_id=st.uuids().map(str),
            occurred_at=st.sampled_from(TIMES[:3]),
            customer_id=st.just("ada"),
            order_id=st.sampled_from(ORDERS[:2]),
            lines=st.lists(
                st.builds(
                    OrderLine, item_id=st.just("mug"), is_gift=st.booleans(), serial=names, line_id=names
                ),
                min_size=2,
                max_size=4,
            ).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(
        st.builds(
            Return,
            source=st.just("shop"),
            event_id=st.uuids().map(str),
            occurred_at=st.sampled_from(TIMES[1:4]),
            customer_id=st.just("ada"),
            lines=st.lists(
                st.builds(
                    ReturnLine,
                    item_id=st.just("mug"),
                    order_id=st.none() | st.sampled_from(ORDERS[:2]),
                    serial=names,
                    line_id=names,
                ),
                min_size=1,
                max_size=2,
            ).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ),
)
"""One customer and one item in two orders: most returns name a unit or a line that was bought."""


def in_fold_order(events: list[AnyEvent]) -> list[AnyEvent]:
    return sorted(events, key=lambda event: (event.occurred_at, event.source, event.event_id))


@dataclass
class Bought:
    item: str
    serial: str | None
    line: str | None
    order: str
    at_s: int
    is_gift: bool
    left: Fraction


@dataclass
class Plain:
    """The fold in plain Python and exact arithmetic; quadratic, and meant to be read."""

    all: list[Bought] = field(default_factory=list)
    unmatched: int = 0

    def kept(self) -> list[Bought]:
        return [bought for bought in self.all if bought.left > 0]


def exact(quantity: float) -> Fraction:
    return Fraction(str(quantity))


def clipped_seconds(moment: datetime) -> int:
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return min(max(seconds, 0), 2**32 - 1)


def plain_fold(events: list[AnyEvent]) -> Plain:
    events = in_fold_order(events)
    bought_by: dict[str, list[Bought]] = {}
    for event in events:
        if isinstance(event, Purchase):
            bought_by[event.event_id] = [
                Bought(
                    line.item_id,
                    line.serial,
                    line.line_id,
                    event.order_id,
                    clipped_seconds(event.occurred_at),
                    line.is_gift,
                    exact(line.quantity),
                )
                for line in event.lines
            ]
    cancelled = {event.order_id for event in events if isinstance(event, OrderCancelled)}
    world = Plain(all=[bought for bought_lines in bought_by.values() for bought in bought_lines])
    before: list[Bought] = []
    for event in events:
        if isinstance(event, Purchase):
            before += bought_by[event.event_id]
        elif isinstance(event, Return):
            for line in event.lines:
                take_back(world, line, [bought for bought in before if bought.order not in cancelled])
    for bought in world.all:
        if bought.order in cancelled:
            bought.left = Fraction(0)
    return world


def take_back(world: Plain, line: ReturnLine, before: list[Bought]) -> None:
    rest = exact(line.quantity)
    named = [bought for bought in reversed(world.all) if bought.order == line.order_id]
    newest_before = before[::-1]
    serial = [b for b in (*named, *newest_before) if b.serial == line.serial is not None]
    line_of_order = [b for b in named if b.line == line.line_id is not None]
    for bought in [*serial, *line_of_order, *named, *newest_before]:
        if bought.item == line.item_id:
            taken = min(bought.left, rest)
            bought.left -= taken
            rest -= taken
    world.unmatched += rest > 0


def of(customer: str | None, world: list[AnyEvent]) -> list[AnyEvent]:
    return [event for event in world if event.customer_id == customer]


@given(worlds, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_packed_state_is_the_same_for_every_order_of_arrival(
    world: list[AnyEvent], random: Random
) -> None:
    events = of("ada", world)
    expected = pack(fold(events, NUMBERS, 9))
    for _ in range(3):
        random.shuffle(events)
        assert pack(fold(events, NUMBERS, 9)) == expected


@given(worlds | crowds)
@settings(deadline=None, max_examples=300)
def test_the_fold_says_what_plain_python_says(world: list[AnyEvent]) -> None:
    events = of("ada", world)
    state, plain = fold(events, NUMBERS, 1), plain_fold(events)
    kept = plain.kept()
    assert state.unmatched_returns == plain.unmatched
    assert state.lines == len(kept)
    assert state.orders == len({bought.order for bought in kept})
    assert state.first_s == min((bought.at_s for bought in kept), default=0)
    assert state.last_s == max((bought.at_s for bought in kept), default=0)
    assert_same_items(state, kept)
    assert [int(number) for number in state.recent.number] == [NUMBERS[ItemId(b.item)] for b in kept]
    assert state.recent.at_s.tolist() == [bought.at_s for bought in kept]
    assert state.recent.quantity.tolist() == pytest.approx([float(b.left) for b in kept], rel=1e-6)


def assert_same_items(state: CustomerState, kept: list[Bought]) -> None:
    held = [item for item in ITEMS if any(bought.item == item for bought in kept)]
    assert state.items.number.tolist() == [NUMBERS[ItemId(item)] for item in held]
    for row, item in enumerate(held):
        lines = [bought for bought in kept if bought.item == item]
        assert state.items.owned[row] == pytest.approx(
            float(sum(bought.left for bought in lines if not bought.is_gift)), rel=1e-6
        )
        assert state.items.orders[row] == len({bought.order for bought in lines})
        assert state.items.first_s[row] == min(bought.at_s for bought in lines)
        assert state.items.last_s[row] == max(bought.at_s for bought in lines)


def name_code(name: str | None) -> int:
    return -1 if name is None else int(name)


def columns_of(world: list[AnyEvent], codes: dict[str, int]) -> OrderLines:
    """The same world as columns, the way a log would write it down."""
    rows: list[tuple[int, int, int, float, int, int, bool, int, int]] = []
    order_codes: dict[tuple[str | None, str], int] = {}
    for event in in_fold_order(world):
        customer = -1 if event.customer_id is None else codes[event.customer_id]
        at_us = (event.occurred_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

        def code(order_id: str | None, customer_id: str | None = event.customer_id) -> int:
            if order_id is None:
                return -1
            return order_codes.setdefault((customer_id, order_id), len(order_codes))

        if isinstance(event, Purchase):
            for line in event.lines:
                number = NUMBERS[ItemId(line.item_id)]
                named = (name_code(line.serial), name_code(line.line_id))
                rows.append(
                    (customer, code(event.order_id), number, line.quantity, at_us, 0, line.is_gift, *named)
                )
        elif isinstance(event, Return):
            for back in event.lines:
                number = NUMBERS.get(ItemId(back.item_id), ItemNumber(50))
                named = (name_code(back.serial), name_code(back.line_id))
                rows.append((customer, code(back.order_id), number, back.quantity, at_us, 1, False, *named))
        elif isinstance(event, OrderCancelled):
            rows.append((customer, code(event.order_id), 0, 0.0, at_us, 2, False, -1, -1))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
    return OrderLines(
        customer=np.array(columns[0], np.int32),
        order=np.array(columns[1], np.int32),
        number=np.array(columns[2], np.uint32),
        quantity=np.array(columns[3], np.float64),
        at_us=np.array(columns[4], np.int64),
        kind=np.array(columns[5], np.uint8),
        is_gift=np.array(columns[6], np.bool_),
        rank=np.arange(len(rows), dtype=np.int64) * 10,
        unit_price=np.full(len(rows), np.nan),
        serial=np.array(columns[7], np.int32),
        line=np.array(columns[8], np.int32),
    )


def shuffled(lines: OrderLines, random: np.random.Generator) -> OrderLines:
    rows = random.permutation(len(lines))
    return OrderLines(**{name: getattr(lines, name)[rows] for name in OrderLines.__slots__})


@given(worlds | crowds, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=300)
def test_the_columnar_fold_equals_the_fold_of_each_customer_bit_for_bit(
    world: list[AnyEvent], seed: int
) -> None:
    names = [CustomerId("nobody"), CustomerId("bob"), CustomerId("ada")]
    lines = columns_of(world, {"bob": 1, "ada": 2})
    folded = fold_columns(shuffled(lines, np.random.default_rng(seed)), names, np.array([7, 8, 9]))
    for index, name in enumerate(names):
        purchases = replace(fold(of(name, world), NUMBERS, 7 + index), dealings=NO_DEALINGS)
        assert pack(folded.state(index)) == pack(purchases)
        assert folded.state(index) == purchases


@given(worlds)
@settings(deadline=None)
def test_a_guest_order_is_matched_to_returns_that_name_it_and_to_nothing_else(world: list[AnyEvent]) -> None:
    guests = of(None, world)
    matched = match_returns(columns_of(world, {"bob": 0, "ada": 1}))
    is_guest = matched.lines.customer == -1
    plain = Plain(all=[], unmatched=0)
    for event in in_fold_order(guests):
        if isinstance(event, Purchase):
            plain.all += plain_fold([event]).all
    for event in in_fold_order(guests):
        if isinstance(event, Return):
            for line in event.lines:
                take_back(plain, line, [])
    cancelled = {event.order_id for event in guests if isinstance(event, OrderCancelled)}
    expected = [0.0 if bought.order in cancelled else float(bought.left) for bought in plain.all]
    found = matched.kept[is_guest & (matched.lines.kind == 0)]
    assert found.tolist() == pytest.approx(expected, rel=1e-6, abs=1e-300)
    assert int(matched.is_unmatched[is_guest].sum()) == plain.unmatched


@given(worlds)
@settings(deadline=None)
def test_unpacking_gives_back_what_was_packed(world: list[AnyEvent]) -> None:
    state = fold(of("ada", world), NUMBERS, 12)
    again = unpack(pack(state))
    assert again == state
    assert pack(again) == pack(state)


@given(worlds, st.data())
@settings(deadline=None)
def test_a_full_return_of_everything_leaves_nothing_and_buying_again_brings_it_back(
    world: list[AnyEvent], data: st.DataObject
) -> None:
    events = [event for event in of("ada", world) if isinstance(event, Purchase | View)]
    late = DAY + timedelta(days=365 * 300)
    back = [
        Return(
            source="shop",
            event_id=f"back-{item}",
            occurred_at=late,
            customer_id="ada",
            lines=(ReturnLine(item_id=item, quantity=1e9),),
        )
        for item in ITEMS
    ]
    state = fold([*events, *back], NUMBERS, 1)
    assert (len(state.items), len(state.recent), state.orders, state.lines) == (0, 0, 0, 0)
    assert state.unmatched_returns == len(ITEMS)
    item = data.draw(st.sampled_from(ITEMS))
    again = Purchase(
        source="shop",
        event_id="again",
        occurred_at=late + timedelta(days=1),
        customer_id="ada",
        order_id="Z9",
        lines=(OrderLine(item_id=item, quantity=2.0),),
    )
    owned = fold([again, *back, *events], NUMBERS, 2).items
    assert (owned.number.tolist(), owned.owned.tolist()) == ([NUMBERS[ItemId(item)]], [2.0])
