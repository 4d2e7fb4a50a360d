from zoneinfo import ZoneInfo

from recommender.customers.dealings import Dealings
from recommender.promises import fact_words, reminder_words
from tests.recommender.promises.plans import CARE, UTC, only, unit, visit

RING = unit("2024-02-29T15:00", serial="R-9")


def test_a_reminder_names_the_unit_its_purchase_its_last_visit_and_what_lapses_when() -> None:
    dealings = Dealings(units=(RING,), visits=(visit("2024-08-20T10:00"),))
    assert reminder_words(only(CARE, dealings, "2025-02-10T00:00"), UTC) == {
        "service": "Inspection",
        "date": "2025-02-20",
        "until": "2025-03-06",
        "bought": "2024-02-29",
        "last_seen": "2024-08-20",
        "order": "1042",
        "serial": "R-9",
        "consequence": "the warranty",
    }


def test_dates_are_the_customers() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    words = reminder_words(only(CARE, Dealings(units=(RING,)), "2024-08-20T00:00", tokyo), tokyo)
    assert (words["bought"], words["date"], words["until"]) == ("2024-03-01", "2024-09-01", "2024-09-15")
    assert words["last_seen"] == "never"


def test_a_fact_says_where_the_promise_stands() -> None:
    def fact(now: str) -> str:
        return fact_words(only(CARE, Dealings(units=(RING,)), now), UTC)

    assert fact("2024-08-20T00:00") == "Inspection due on 2024-08-29"
    assert fact("2024-09-01T00:00") == "Inspection overdue since 2024-08-29, lapses after 2024-09-12"
    assert fact("2024-10-01T00:00") == "Inspection was due on 2024-08-29, lapsed after 2024-09-12"
    assert fact("2026-10-01T00:00") == "Inspection ended"
