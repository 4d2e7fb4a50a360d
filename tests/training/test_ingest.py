"""Loading into a real log on disk."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.catalog import CatalogItem
from recommender.errors import TooManyBadRowsError
from recommender.events.adapters import EventSource, SourceOptions, open_source
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ItemId
from training.ingest import load_source, refuse_bad_rows
from training.ingest_rejects import rejects_path, write_rejects
from training.ingest_returns import unmatched_returns

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "customer_id,item_id,occurred_at,quantity,order_id,item_name\n"
ROWS = "".join(f"c{n % 7},i{n % 11},2024-01-{n % 28 + 1:02} 10:00,1,o{n},Item {n % 11}\n" for n in range(60))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with EventLog.open(f"sqlite:///{tmp_path / 'log.db'}") as opened:
        yield opened


def source_of(tmp_path: Path, content: str, name: str = "orders.csv") -> EventSource:
    (tmp_path / name).write_text(content)
    return open_source(str(tmp_path / name), SourceOptions(), now=NOW)


def ignore(lines: int) -> None:
    """Stand where a progress bar would."""


def test_a_load_writes_every_event_and_item_and_tells_the_lines(tmp_path: Path, log: EventLog) -> None:
    told: list[int] = []
    loaded = load_source(source_of(tmp_path, HEAD + ROWS), log, advance=told.append)
    assert (loaded.events.accepted, loaded.events.duplicates, loaded.new_items) == (60, 0, 11)
    assert sum(told) == 60
    assert log.catalogue().items[ItemId("i3")].name == "Item 3"


def test_a_repeated_load_changes_nothing_also_from_another_path_and_row_order(
    tmp_path: Path, log: EventLog
) -> None:
    load_source(source_of(tmp_path, HEAD + ROWS), log, advance=ignore)
    before = (log.head(), log.catalogue_version())
    reversed_rows = "".join(f"{row}\n" for row in reversed(ROWS.splitlines()))
    again = load_source(source_of(tmp_path, HEAD + reversed_rows, "copy.txt"), log, advance=ignore)
    assert (again.events.accepted, again.events.duplicates, again.new_items) == (0, 60, 0)
    assert (log.head(), log.catalogue_version()) == before


def test_a_grown_file_adds_what_is_new(tmp_path: Path, log: EventLog) -> None:
    load_source(source_of(tmp_path, HEAD + ROWS), log, advance=ignore)
    grown = load_source(source_of(tmp_path, HEAD + ROWS + "c1,i1,2024-02-01,1,new,\n"), log, advance=ignore)
    assert (grown.events.accepted, grown.events.duplicates) == (1, 60)


def test_an_order_with_other_content_is_a_conflict_and_stays_as_it_was(tmp_path: Path, log: EventLog) -> None:
    load_source(source_of(tmp_path, HEAD + "ann,mug,2024-01-01,1,o1,\n"), log, advance=ignore)
    other = load_source(source_of(tmp_path, HEAD + "ann,mug,2024-01-01,2,o1,\n"), log, advance=ignore)
    assert other.events.conflicts == (("import", "o1/ann"),)
    assert len(log.events_of(CustomerId("ann"))) == 1


def test_loading_in_steps_writes_the_same(tmp_path: Path, log: EventLog) -> None:
    told: list[int] = []
    loaded = load_source(source_of(tmp_path, HEAD + ROWS), log, advance=told.append, lines_per_step=25)
    assert (loaded.events.accepted, told) == (60, [25, 25, 10])


def test_what_the_catalogue_knows_is_not_replaced_by_what_purchases_say(
    tmp_path: Path, log: EventLog
) -> None:
    log.put_items([CatalogItem(item_id="i1", name="The real name"), CatalogItem(item_id="i2")])
    load_source(source_of(tmp_path, HEAD + ROWS), log, advance=ignore)
    items = log.catalogue().items
    assert (items[ItemId("i1")].name, items[ItemId("i2")].name) == ("The real name", "Item 2")


@pytest.mark.parametrize(("bad", "is_refused"), [(0, False), (5, False), (6, True)])
def test_more_than_five_percent_bad_rows_stop_a_load_unless_allowed(
    tmp_path: Path, bad: int, is_refused: bool
) -> None:
    good = "ann,mug,2024-01-01,1,o1,\n" * (100 - bad)
    source = source_of(tmp_path, HEAD + good + "ann,mug,2024-01-01,0,o1,\n" * bad)
    refuse_bad_rows(source.rejected, source.counts.rows, allow_bad=True)
    if is_refused:
        with pytest.raises(TooManyBadRowsError, match=r"quantity: is 0.*--allow-bad"):
            refuse_bad_rows(source.rejected, source.counts.rows, allow_bad=False)
    else:
        refuse_bad_rows(source.rejected, source.counts.rows, allow_bad=False)


def test_where_times_cannot_be_read_the_ways_to_write_them_are_told(tmp_path: Path) -> None:
    """Days counted from the begin of a study are a column that many published data sets have."""
    source = source_of(tmp_path, HEAD + "ann,mug,17,1,o1,\n" * 9)
    with pytest.raises(
        TooManyBadRowsError, match=r"9 x .*is not a date or time.*write times such as 2024-03-31, "
    ):
        refuse_bad_rows(source.rejected, source.counts.rows, allow_bad=False)


def test_bad_rows_are_written_beside_for_a_person_to_open(tmp_path: Path) -> None:
    source = source_of(tmp_path, HEAD + 'ann,mug,"soon, or ""later""",1,o1,\n')
    write_rejects(source.rejected, tmp_path / "bad.csv")
    assert (tmp_path / "bad.csv").read_text().splitlines() == [
        "line,column,value,reason",
        '2,occurred_at,"soon, or ""later""",is not a date or time',
    ]
    assert rejects_path("orders", None) == Path("orders.rejected.csv")


def test_returns_without_an_earlier_purchase_are_counted(tmp_path: Path) -> None:
    rows = [
        "ann,mug,2024-01-01,1,o1,", "ann,mug,2024-01-02,-1,o1,",  # matched
        "ann,mug,2024-01-03,-1,o1,",  # nothing left
        "bob,cup,2024-01-01,-1,,", "bob,cup,2024-01-02,1,o2,",  # came back before it was bought
        ",mug,2024-01-02,-1,o3,",  # nobody's: not counted
    ]  # fmt: skip
    source = source_of(tmp_path, HEAD + "\n".join(rows))
    assert source.orders is not None
    assert unmatched_returns(source.orders, names_order=True) == 2
    assert source.counts.returned_lines == 4
