from dataclasses import replace
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Dealings
from recommender.customers.state import CustomerState
from recommender.promises import LedgerRow, ledger_of
from recommender.types import CustomerId
from tests.recommender.promises.plans import BOILER_CARE, CARE, RING, moment, unit


def customer(**dealings: object) -> CustomerState:
    return replace(CustomerState.empty(), dealings=Dealings(**dealings))  # type: ignore[arg-type]


def home(dealings: Dealings) -> ZoneInfo:
    return ZoneInfo(dealings.time_zone or "UTC")


def rows(*states: CustomerState, now: str = "2024-09-01T00:00") -> list[LedgerRow]:
    named = [(CustomerId(f"c{place}"), state) for place, state in enumerate(states)]
    plans = [(CARE, {RING}), (BOILER_CARE, {RING})]
    return list(ledger_of(named, plans, now_s=moment(now), zone_of=home))


def test_every_unit_of_every_customer_has_a_row_per_plan() -> None:
    two = customer(units=(unit("2024-02-29T15:00"), unit("2024-05-01T15:00", order_id="2")))
    one = customer(units=(unit("2024-03-10T15:00"),))
    found = rows(two, CustomerState.empty(), one)
    assert [(row.customer_id, row.obligation.plan.id) for row in found] == [
        ("c0", "care"),
        ("c0", "care"),
        ("c0", "boiler"),
        ("c0", "boiler"),
        ("c2", "care"),
        ("c2", "boiler"),
    ]
    assert rows() == []


def test_days_are_the_customers_own() -> None:
    tokyo = customer(units=(unit("2024-02-29T15:00"),), time_zone="Asia/Tokyo")
    [row, _] = rows(tokyo)
    assert row.zone.key == "Asia/Tokyo"
    assert row.obligation.due_s == moment("2024-09-01T00:00", row.zone)


def test_the_most_urgent_sorts_first() -> None:
    overdue_later = customer(units=(unit("2024-02-29T15:00"),))
    overdue_first = customer(units=(unit("2024-02-25T15:00"),))
    due = customer(units=(unit("2024-03-10T15:00"),))
    lapsed = customer(units=(unit("2023-06-01T15:00"),))
    found = [row for row in rows(lapsed, due, overdue_later, overdue_first) if row.obligation.plan is CARE]
    assert [row.customer_id for row in sorted(found, key=lambda row: row.urgency)] == ["c3", "c2", "c1", "c0"]
