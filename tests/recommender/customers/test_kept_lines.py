"""What is left of each bought line: as the fold says, and of units the one whose serial came back."""

from datetime import UTC, datetime, timedelta

from recommender.customers.folding import fold, kept_lines
from recommender.events.vocabulary import AnyEvent, OrderCancelled, OrderLine, Purchase, Return, ReturnLine
from recommender.types import ItemId, ItemNumber

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NUMBERS = {ItemId("mug"): ItemNumber(0), ItemId("boiler"): ItemNumber(1)}


def bought(order: str, *lines: OrderLine, day: int = 0) -> Purchase:
    at = NOON + timedelta(days=day)
    return Purchase(source="shop", event_id=order, occurred_at=at, order_id=order, lines=lines)


def back(*lines: ReturnLine, day: int = 9) -> Return:
    return Return(source="shop", event_id=f"r{day}", occurred_at=NOON + timedelta(days=day), lines=lines)


def kept(*events: AnyEvent) -> list[tuple[str, float]]:
    return [(one.line.serial or one.order.order_id, one.kept) for one in kept_lines(events, NUMBERS)]


def test_nothing_bought_keeps_nothing() -> None:
    assert kept() == []
    assert kept(back(ReturnLine(item_id="mug"))) == []


def test_a_return_without_order_takes_back_the_newest() -> None:
    mugs = OrderLine(item_id="mug", quantity=2.0)
    events = (bought("A", mugs), bought("B", mugs, day=1), back(ReturnLine(item_id="mug", quantity=3.0)))
    assert kept(*events) == kept(*reversed(events)) == [("A", 1.0), ("B", 0.0)]
    assert fold(events, NUMBERS, 1).items.owned.tolist() == [1.0]


def test_a_return_that_names_a_serial_takes_back_that_unit() -> None:
    units = tuple(OrderLine(item_id="boiler", serial=serial) for serial in ("S1", "S2"))
    assert kept(bought("A", *units), back(ReturnLine(item_id="boiler", serial="S1"))) == [
        ("S1", 0.0),
        ("S2", 1.0),
    ]


def test_a_cancelled_order_keeps_nothing() -> None:
    gone = OrderCancelled(source="shop", event_id="x", occurred_at=NOON, order_id="A")
    assert kept(bought("A", OrderLine(item_id="mug")), gone) == [("A", 0.0)]
