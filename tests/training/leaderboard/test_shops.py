"""What a leaderboard measures on: a file, read as ``rapport ingest`` reads it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.errors import InvalidSourceError, TooManyBadRowsError
from training.leaderboard.shops import SourceRequest, opened

COLUMNS = {"customer_id": "user", "item_id": "product", "occurred_at": "day"}
ROWS = (
    "event,user,product,day",
    "purchase,ann,mug,03/04/2024",
    "view,ann,cup,03/04/2024",
    "purchase,bob,mug,soon",
    "purchase,bob,cup,04/04/2024",
)


def test_an_event_log_with_days_of_either_order_and_bad_rows_is_read_as_for_ingestion(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("\n".join(ROWS))
    request = SourceRequest(
        str(file), COLUMNS, date_order="mdy", where={"event": ["purchase"]}, allow_bad=True
    )
    with opened(request, lambda _lines: None) as shop:
        known = shop.known(shop.end_s())
    bought = [
        (known.customers[who], known.items.ids[what])
        for who, what in zip(known.customer, known.item, strict=True)
    ]
    assert bought == [("ann", "mug"), ("bob", "cup")]
    assert datetime.fromtimestamp(int(known.at_s[0]), UTC) == datetime(2024, 3, 4, tzinfo=UTC)


def test_what_ingestion_refuses_is_refused_here(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("\n".join(ROWS))
    with (
        pytest.raises(InvalidSourceError, match="--date-order"),
        opened(SourceRequest(str(file), COLUMNS), lambda _lines: None),
    ):
        pass
    with (
        pytest.raises(TooManyBadRowsError, match="--allow-bad"),
        opened(SourceRequest(str(file), COLUMNS, date_order="dmy"), lambda _lines: None),
    ):
        pass
