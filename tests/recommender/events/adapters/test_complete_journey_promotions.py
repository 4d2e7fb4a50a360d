"""Complete Journey's displays, mailers and coupons, from a small copy of its files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from recommender.events.adapters.complete_journey_promotions import complete_journey_promotions

SHOWN = [
    # product, store, display, mailer, week
    (1, 10, "9", "0", 1),
    (1, 11, "0", "A", 1),
    (2, 10, "0", "D", 1),
    (2, 11, "0", "D", 1),
    (1, 10, "3", "0", 24),
]


@pytest.fixture
def till(tmp_path: Path) -> Path:
    names = ["product_id", "store_id", "display_location", "mailer_location", "week"]
    pl.DataFrame(SHOWN, schema=names, orient="row").write_parquet(tmp_path / "promotions.parquet")
    pl.DataFrame({"household_id": [1, 2, 3, 4, 4]}).write_parquet(tmp_path / "transactions.parquet")
    pl.DataFrame({"coupon_upc": [7, 8, 7], "product_id": [5, 5, 6], "campaign_id": [1, 1, 2]}).write_parquet(
        tmp_path / "coupons.parquet"
    )
    pl.DataFrame({"campaign_id": [1, 2, 2], "household_id": [1, 1, 2]}).write_parquet(
        tmp_path / "campaigns.parquet"
    )
    days = [datetime(2017, 7, 1), datetime(2017, 7, 2)]  # noqa: DTZ001 - the package has such times
    pl.DataFrame({"campaign_id": [1, 2], "start_date": days, "end_date": [days[1], days[1]]}).write_parquet(
        tmp_path / "campaign_descriptions.parquet"
    )
    return tmp_path / "transactions.parquet"


def found(till: Path, *columns: str) -> set[tuple[object, ...]]:
    plan = complete_journey_promotions(till)
    assert plan is not None
    return set(plan.select(columns).rows())


def test_stores_become_a_share_of_those_of_the_week(till: Path) -> None:
    shares = {row for row in found(till, "item_id", "kind", "share", "from") if row[1] != "coupon"}
    first = datetime(2016, 12, 26, 5, tzinfo=UTC)
    summer = datetime(2017, 6, 5, 4, tzinfo=UTC)
    assert {
        (item, kind, share, at.astimezone(UTC))
        for item, kind, share, at in shares
        if isinstance(at, datetime)
    } == {
        ("1", "display", 0.5, first),
        ("1", "mailer", 0.5, first),
        ("2", "mailer", 1.0, first),
        ("2", "mailer_front", 1.0, first),
        ("1", "display", 1.0, summer),
    }


def test_weeks_end_where_the_next_begins(till: Path) -> None:
    lengths = {end - begin for kind, begin, end in found(till, "kind", "from", "until") if kind != "coupon"}  # type: ignore[operator]  # both are times
    assert lengths == {timedelta(days=7)}


def test_coupons_reach_the_households_of_their_campaign_until_its_last_day(till: Path) -> None:
    coupons = {
        row[1:] for row in found(till, "kind", "item_id", "share", "from", "until") if row[0] == "coupon"
    }
    utc = {(item, share, str(begin)[:16], str(end)[:16]) for item, share, begin, end in coupons}
    assert utc == {
        ("5", 0.25, "2017-07-01 04:00", "2017-07-03 04:00"),
        ("6", 0.5, "2017-07-02 04:00", "2017-07-03 04:00"),
    }


def test_transactions_alone_have_no_promotions(till: Path) -> None:
    (till.parent / "coupons.parquet").unlink()
    assert complete_journey_promotions(till) is None
