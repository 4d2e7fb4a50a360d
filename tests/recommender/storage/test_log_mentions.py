"""An order or serial number leads to whose events name it: at once, on every way in, in old logs too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection, create_engine, text

from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    ComplaintOpened,
    OrderLine,
    Purchase,
    Return,
    ReturnLine,
    ServiceVisit,
)
from recommender.storage.log import EventLog
from recommender.storage.mentions import Named, NameKind
from recommender.types import CustomerId
from tests.recommender.storage.log_worlds import NOON, order, view


def sold(number: str, *serials: str | None, customer: str | None = "ada", day: int = 0) -> Purchase:
    """Return order ``number`` with a unit per serial."""
    return Purchase(
        source="shop",
        event_id=f"e-{number}-{customer}-{day}",
        occurred_at=NOON + timedelta(days=day),
        customer_id=customer,
        order_id=number,
        lines=tuple(OrderLine(item_id="boiler", serial=one) for one in serials or (None,)),
    )


def around(customer: str = "ada") -> list[AnyEvent]:
    """Return an event of each other sort that names order 7 or unit S7."""
    return [
        Return(
            source="shop",
            event_id="r",
            occurred_at=NOON,
            customer_id=customer,
            lines=(ReturnLine(item_id="boiler", order_id="7", serial="S7"), ReturnLine(item_id="mug")),
        ),
        ServiceVisit(
            source="shop", event_id="v", occurred_at=NOON, customer_id=customer, service_code="s", serial="S7"
        ),
        ComplaintOpened(
            source="shop",
            event_id="c",
            occurred_at=NOON,
            customer_id=customer,
            complaint_id="c",
            order_id="7",
        ),
        Appointment(
            source="shop",
            event_id="a",
            occurred_at=NOON,
            customer_id=customer,
            appointment_id="a",
            starts_at=NOON,
            serial="S7",
        ),
    ]


def who(
    log: EventLog, name: str, kind: NameKind = "order", *, after: str | None = None, limit: int = 10
) -> list[str]:
    found = found_by(log, name, kind, after=after, limit=limit)
    return [customer_id for customer_id, _ in found.customers]


def found_by(
    log: EventLog, name: str, kind: NameKind = "order", *, after: str | None = None, limit: int = 10
) -> Named:
    return log.named_by(
        kind, name, after=None if after is None else CustomerId(after), limit=limit, most_events=3
    )


@pytest.mark.parametrize("is_bulk", [False, True])
def test_orders_and_units_are_found_as_soon_as_they_are_written(log: EventLog, is_bulk: bool) -> None:
    events = [sold("7", "S7", None), sold("8", customer="bob"), *around()]
    assert log.append_bulk(events).accepted == 6 if is_bulk else len(log.append(events)) == 6
    assert found_by(log, "7").customers == (("ada", (5, 3, 1)),)
    assert found_by(log, "S7", "serial").customers == (("ada", (6, 4, 3)),)
    assert (who(log, "8"), who(log, "S7"), who(log, "7", "serial"), who(log, "70")) == (["bob"], [], [], [])
    kinds = [type(stored.event).__name__ for stored in log.events_at([6, 4, 3, 99])]
    assert kinds == ["Return", "ServiceVisit", "Appointment"]


def test_numbers_are_found_exactly_as_they_were_sent(log: EventLog) -> None:
    log.append([sold("№ 7/a'b", "シリアル-1"), sold("7"), sold("07", customer="bob")])
    assert (who(log, "№ 7/a'b"), who(log, "シリアル-1", "serial")) == (["ada"], ["ada"])
    assert (who(log, "7"), who(log, "07"), who(log, "7 ")) == (["ada"], ["bob"], [])


def test_a_number_that_several_share_is_found_page_by_page(log: EventLog) -> None:
    names = [f"c{number:02d}" for number in range(5)]
    log.append([sold("7", customer=name, day=day) for name in reversed(names) for day in (0, 1)])
    log.append([sold("7", customer=None)])
    first = found_by(log, "7", limit=2)
    assert ([one for one, _ in first.customers], first.has_more, first.guests) == (names[:2], True, (11,))
    assert first.customers[0][1] == (10, 9)
    second = found_by(log, "7", after="c01", limit=2)
    assert ([one for one, _ in second.customers], second.has_more, second.guests) == (names[2:4], True, ())
    last = found_by(log, "7", after="c03", limit=2)
    assert ([one for one, _ in last.customers], last.has_more) == (names[4:], False)


def test_what_was_not_written_is_not_found(log: EventLog) -> None:
    log.append([sold("7")])
    other = Purchase(
        source="shop",
        event_id="e-7-ada-0",
        occurred_at=NOON,
        customer_id="bob",
        order_id="9",
        lines=(OrderLine(item_id="mug"),),
    )
    assert [one.status for one in log.append([sold("7"), other])] == ["duplicate", "conflict"]
    assert (who(log, "7"), who(log, "9")) == (["ada"], [])


def made_old(connection: Connection) -> None:
    """Take away what this version added to the tables."""
    connection.execute(text("DROP TABLE mentions"))
    connection.execute(text("ALTER TABLE log_head DROP COLUMN mentioned_seq"))


def old_log(url: str, *events: AnyEvent) -> None:
    """Write a log as versions before this one did."""
    with EventLog.open(url) as log:
        log.append_bulk(events)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        made_old(connection)
    engine.dispose()


def test_an_older_log_is_filled_when_it_is_opened(url: str) -> None:
    many = [view(f"v{number}") for number in range(6_000)]
    old_log(url, sold("6", customer="bob"), *many, sold("7", "S7"), *around())
    with EventLog.open(url) as log:
        assert found_by(log, "7").customers == (("ada", (6_005, 6_003, 6_002)),)
        assert (who(log, "6"), who(log, "S7", "serial")) == (["bob"], ["ada"])
        log.append([sold("8", customer="eve")])
        assert who(log, "8") == ["eve"]


def test_an_older_log_may_be_opened_by_several_at_once(url: str) -> None:
    old_log(url, *(sold(str(number), customer=f"c{number}") for number in range(50)))
    with ThreadPoolExecutor(4) as pool:
        logs = list(pool.map(lambda _: EventLog.open(url), range(4)))
    assert [who(log, "49") for log in logs] == [["c49"]] * 4
    for log in logs:
        log.close()


def test_what_an_older_version_writes_beside_is_found_too(url: str) -> None:
    with EventLog.open(url) as log:
        log.append([sold("1")])
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:  # as if order 1 had come from a process that knows no mentions
            connection.execute(text("DELETE FROM mentions"))
            connection.execute(text("UPDATE log_head SET mentioned_seq = 0"))
        engine.dispose()
        log.append([sold("2")])
        assert (who(log, "1"), who(log, "2")) == (["ada"], ["ada"])
        log.append([sold("3")])
        assert who(log, "3") == ["ada"]


def test_a_lookup_reads_the_index_and_never_the_log(
    url: str,
) -> None:
    with EventLog.open(url) as log:
        log.append_bulk(order(str(number), customer=f"c{number}") for number in range(3_000))
        who(log, "order-17")
    postgresql = url.startswith("postgresql")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    query = "SELECT DISTINCT customer_id FROM mentions WHERE kind = 'order' AND name = 'order-17' AND customer_id > '' LIMIT 11"
    with engine.begin() as connection:
        if postgresql:
            connection.execute(text("ANALYZE mentions"))
        plan = connection.execute(text(f"EXPLAIN {'' if postgresql else 'QUERY PLAN'} {query}")).all()
    engine.dispose()
    words = " ".join(str(part) for row in plan for part in row)
    assert ("mentions_pkey" in words and "Seq Scan" not in words) if postgresql else "SEARCH" in words
