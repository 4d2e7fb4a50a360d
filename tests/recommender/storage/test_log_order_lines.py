"""Order lines as columns: what training and rebuilding read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.customers.columns import fold_columns
from recommender.customers.dealings import NO_DEALINGS
from recommender.customers.folding import fold
from recommender.customers.lines import CANCELLATION, GUEST, NO_NAME, NO_NUMBER, NO_ORDER, PURCHASE, RETURN
from recommender.events.vocabulary import AnyEvent, OrderCancelled, OrderLine, Purchase, Return, ReturnLine
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ItemId
from tests.recommender.storage.log_worlds import ADA, BOB, NOON, order, profile, view


def _return(event_id: str, *lines: ReturnLine, customer: str | None = "ada", day: int = 5) -> Return:
    at = NOON + timedelta(days=day)
    return Return(source="shop", event_id=event_id, occurred_at=at, customer_id=customer, lines=lines)


def _cancelled(event_id: str, order_id: str, *, customer: str = "ada", day: int = 5) -> OrderCancelled:
    at = NOON + timedelta(days=day)
    return OrderCancelled(
        source="shop", event_id=event_id, occurred_at=at, customer_id=customer, order_id=order_id
    )


def _named(bought: Purchase, serial: str) -> Purchase:
    """Return the order with numbered lines, of which the first has a serial and the second is a gift."""
    lines = tuple(
        msgspec.structs.replace(one, line_id=str(n), serial=serial if n == 1 else None, is_gift=n == 2)
        for n, one in enumerate(bought.lines, 1)
    )
    return msgspec.structs.replace(bought, lines=lines)


def test_an_empty_log_has_no_lines(log: EventLog) -> None:
    log.append([view("1"), profile("2", name="Ada")])
    found = log.order_lines()
    assert len(found.lines.check()) == 0
    assert (found.customer_ids, found.customer_versions.tolist(), found.item_ids) == ([], [], [])


def test_every_column_says_what_the_event_said(log: EventLog) -> None:
    lines = (
        OrderLine(item_id="mug", quantity=2.5, unit_price=Decimal("4.50"), is_gift=True, line_id="1"),
        OrderLine(item_id="cup", serial="S2", line_id="2"),
    )
    bought = Purchase(
        source="shop", event_id="1", occurred_at=NOON, customer_id="ada", order_id="A", lines=lines
    )
    back = _return(
        "2",
        ReturnLine(item_id="cup", order_id="A", line_id="2"),
        ReturnLine(item_id="pot", quantity=3.0, serial="S2"),
    )
    log.append([view("0"), _cancelled("3", "B", day=6), back, bought])
    found = log.order_lines()
    columns = found.lines.check()
    assert columns.customer.tolist() == [0] * 5
    assert columns.kind.tolist() == [PURCHASE, PURCHASE, RETURN, RETURN, CANCELLATION]
    assert columns.order.tolist() == [0, 0, 0, NO_ORDER, 1]
    assert columns.number.tolist() == [0, 1, 1, NO_NUMBER, 0]
    assert columns.quantity.tolist() == [2.5, 1.0, 1.0, 3.0, 0.0]
    assert columns.is_gift.tolist() == [True, False, False, False, False]
    assert columns.rank.tolist() == [0, 1, 2, 3, 4]
    assert columns.serial.tolist() == [NO_NAME, 0, NO_NAME, 0, NO_NAME]
    assert columns.line.tolist() == [0, 1, 1, NO_NAME, NO_NAME]
    np.testing.assert_array_equal(columns.unit_price, [4.5, np.nan, np.nan, np.nan, np.nan])
    noon_us = int(NOON.timestamp()) * 1_000_000
    day_us = 86_400_000_000
    assert columns.at_us.tolist() == [
        noon_us,
        noon_us,
        noon_us + 5 * day_us,
        noon_us + 5 * day_us,
        noon_us + 6 * day_us,
    ]
    assert (found.customer_ids, found.customer_versions.tolist(), found.item_ids) == (
        ["ada"],
        [4],
        ["mug", "cup"],
    )


def test_who_has_a_gift_or_a_serial_is_told(log: EventLog) -> None:
    def bought(event_id: str, customer: str | None, line: OrderLine) -> Purchase:
        return Purchase(
            source="shop",
            event_id=event_id,
            occurred_at=NOON,
            customer_id=customer,
            order_id=event_id,
            lines=(OrderLine(item_id="cup"), line),
        )

    present, numbered = OrderLine(item_id="mug", is_gift=True), OrderLine(item_id="mug", serial="S1")
    log.append([bought("1", "ada", present), bought("2", "bob", numbered), bought("3", None, present)])
    log.append([order("4", customer="cy")])
    assert log.order_lines().with_own_lines == {ADA, BOB}


def test_rows_come_in_fold_order_and_customers_ascending(log: EventLog) -> None:
    log.append([order("2", "c", customer="zoe", day=1), order("b", "b", customer="ada")])
    log.append([order("a", "a", customer="zoe"), order("x", "d", customer=None, source="a")])
    found = log.order_lines()
    bought = [found.item_ids[number] for number in found.lines.number]
    assert bought == ["d", "a", "b", "c"]
    assert found.customer_ids == ["ada", "zoe"]
    assert found.lines.customer.tolist() == [GUEST, 1, 0, 1]
    assert found.lines.order.tolist() == [0, 1, 2, 3]
    assert found.customer_versions.tolist() == [2, 3]


def test_one_order_id_of_two_customers_or_two_guest_shops_is_not_one_order(log: EventLog) -> None:
    log.append([order("1"), order("1", source="till", customer="bob")])
    log.append([order("1", source="a", customer=None), order("1", source="b", customer=None)])
    assert len(set(log.order_lines().lines.order.tolist())) == 4


def test_an_order_returned_elsewhere_is_still_that_order(log: EventLog) -> None:
    at = NOON + timedelta(days=1)
    back = Return(
        source="store",
        event_id="r",
        occurred_at=at,
        customer_id="ada",
        lines=(ReturnLine(item_id="mug", order_id="order-1"),),
    )
    log.append([order("1"), back])
    assert log.order_lines().lines.order.tolist() == [0, 0]


def test_until_and_customers_narrow_what_is_read(log: EventLog) -> None:
    log.append(
        [order(f"{who}{day}", customer=who, day=day) for who in ("ada", "bob", "cy") for day in range(3)]
    )
    log.append([order("guest", customer=None)])
    until = NOON + timedelta(days=1)
    early = log.order_lines(until=until)
    assert (len(early.lines), early.customer_versions.tolist()) == (4, [3, 6, 9])
    some = log.order_lines(customers=[BOB, ADA, BOB, CustomerId("nobody")])
    assert (len(some.lines), some.customer_ids) == (6, ["ada", "bob"])
    assert GUEST not in some.lines.customer
    assert len(log.order_lines(until=until, customers=[ADA]).lines) == 1
    assert len(log.order_lines(customers=[]).lines) == 0


def test_the_same_data_gives_the_same_rows_whatever_the_order_of_arrival(
    fresh_url: Callable[[], str],
) -> None:
    events = [
        _named(order(str(i), f"i{i % 5}", customer=f"c{i % 4}" if i % 3 else None, day=i % 3), f"S{i % 7}")
        for i in range(40)
    ]
    with EventLog.open(fresh_url()) as log, EventLog.open(fresh_url()) as other:
        log.append(events)
        other.append(events[::-1])
        one, two = log.order_lines(), other.order_lines()
    for name in ("customer", "order", "quantity", "at_us", "kind", "rank", "unit_price", "serial", "line"):
        np.testing.assert_array_equal(getattr(one.lines, name), getattr(two.lines, name))
    assert one.customer_ids == two.customer_ids
    bought = [[found.item_ids[number] for number in found.lines.number] for found in (one, two)]
    assert bought[0] == bought[1]


def test_more_events_than_one_page_keep_their_places(log: EventLog) -> None:
    count = 12_000
    log.append_bulk(
        order(str(i), f"i{i % 13}", "extra", customer=f"c{i % 17}", day=-(i % 30)) for i in range(count)
    )
    found = log.order_lines()
    lines = found.lines.check()
    assert len(lines) == 2 * count
    assert (np.diff(lines.at_us) >= 0).all()
    extra = found.item_ids.index(ItemId("extra"))
    assert (lines.number[1::2] == extra).all()
    assert np.unique(lines.order).size == count
    assert (np.diff(lines.order) >= 0).all()


_LINE = st.builds(
    ReturnLine,
    item_id=st.sampled_from(["mug", "cup", "pot"]),
    quantity=st.sampled_from([1.0, 2.0]),
    order_id=st.sampled_from([None, "order-0", "order-1", "order-9"]),
    serial=st.sampled_from([None, "S0", "S1"]),
    line_id=st.sampled_from([None, "1", "2"]),
)
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.sampled_from(["mug", "cup"]), st.integers(0, 3)),
        st.tuples(st.just("return"), st.lists(_LINE, min_size=1, max_size=3), st.integers(0, 3)),
        st.tuples(st.just("cancel"), st.sampled_from(["order-0", "order-1"]), st.integers(0, 3)),
    ),
    max_size=12,
)


def _event(number: int, what: tuple[str, object, int]) -> AnyEvent:
    kind, detail, day = what
    customer = "ada" if number % 3 else "bob"
    if kind == "buy":
        return _named(order(str(number), str(detail), str(detail), customer=customer, day=day), f"S{day}")
    if kind == "return":
        return _return(str(number), *detail, customer=customer, day=day)  # type: ignore[misc]
    return _cancelled(str(number), str(detail), customer=customer, day=day)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(described=_EVENTS)
def test_folding_the_columns_equals_folding_the_events(
    fresh_url: Callable[[], str], described: list[tuple[str, object, int]]
) -> None:
    with EventLog.open(fresh_url()) as log:
        log.append([_event(number, what) for number, what in enumerate(described)])
        found = log.order_lines()
        folded = fold_columns(found.lines, found.customer_ids, found.customer_versions)
        for index, who in enumerate(found.customer_ids):
            events = [stored.event for stored in log.events_of(who)]
            single = fold(events, log.numbers, log.version_of(who))
            assert folded.state(index) == replace(single, dealings=NO_DEALINGS)
