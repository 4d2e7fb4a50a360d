from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters.timestamps import DateOrder, WrittenTimes, check_time_zone, read_times


def texts(*values: str | None, zone: str = "UTC", order: DateOrder | None = None) -> WrittenTimes:
    return read_times(pl.Series(values, dtype=pl.String), zone, order)


def iso(times: WrittenTimes) -> list[str | None]:
    return times.at.dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 10:00:00", "2024-03-05T10:00:00", "2024-03-05 10:00", "2024-03-05T10:00", "2024/03/05 10:00",
        "2024-03-05T10:00:00Z", "2024-03-05T10:00:00.000Z", "2024-03-05 12:00:00+02:00", "2024-03-05T12:00+0200",
        "2024-03-05 10:00:00 UTC", "2024-03-05 10:00 UTC", "2024-03-05T10:00:00.000 GMT", "2024-03-05 10:00:00+00",
        "20240305100000", "05-Mar-2024 10:00", "5-MAR-24 10:00:00", "5 March 2024 10:00", "05MAR2024:10:00:00",
        "March 5, 2024 10:00 AM", "Mar 5 2024 10:00",
        "1709632800", "1709632800000", "1709632800000000", "1709632800000000000", " 2024-03-05 10:00 ",
    ],
)  # fmt: skip
def test_one_instant_may_be_written_in_many_ways(text: str) -> None:
    assert iso(texts(text)) == ["2024-03-05T10:00:00Z"]


def test_a_column_may_mix_ways_and_what_is_no_time_is_null() -> None:
    column = texts("2024-03-05 10:00:00", "soon", None, "2024-03-05T10:00:00+02:00", "20240305", "2024-02-30")
    assert iso(column) == [
        "2024-03-05T10:00:00Z",
        None,
        None,
        "2024-03-05T08:00:00Z",
        "2024-03-05T00:00:00Z",
        None,
    ]


@pytest.mark.parametrize("day", ["05-Mar-2024", "5-Mar-24", "05/Mar/2024", "March 5, 2024", "05MAR2024"])
def test_a_day_may_be_written_in_many_ways(day: str) -> None:
    assert iso(texts(day)) == ["2024-03-05T00:00:00Z"]


def test_a_number_of_a_day_is_no_date() -> None:
    """Days counted from the begin of a study, as some published data have them, say no date."""
    assert iso(texts("1", "711", "20240230", "2024", "Mar 2024")) == [None] * 5


def test_a_day_alone_is_its_first_moment_in_the_zone() -> None:
    assert iso(texts("2024-07-01", zone="America/New_York")) == ["2024-07-01T04:00:00Z"]


def test_summer_and_winter_have_their_own_offsets() -> None:
    assert iso(texts("2010-01-15 08:00", "2010-07-15 08:00", zone="Europe/London")) == [
        "2010-01-15T08:00:00Z",
        "2010-07-15T07:00:00Z",
    ]


def test_a_time_that_happened_twice_is_the_first_and_counted() -> None:
    times = texts("2010-10-31 01:30", "2010-10-31 02:30", zone="Europe/London")
    assert iso(times) == ["2010-10-31T00:30:00Z", "2010-10-31T02:30:00Z"]
    assert (times.ambiguous, times.shifted) == (1, 0)


def test_a_time_that_never_happened_is_read_with_the_offset_before_and_counted() -> None:
    times = texts("2010-03-28 01:30", "2010-03-28 00:30", "nonsense", zone="Europe/London")
    assert iso(times) == ["2010-03-28T01:30:00Z", "2010-03-28T00:30:00Z", None]
    assert (times.ambiguous, times.shifted) == (0, 1)


def test_even_a_whole_day_that_never_happened_has_an_instant() -> None:
    times = texts("2011-12-30 12:00", zone="Pacific/Apia")  # Samoa went from the 29th to the 31st
    assert times.at.null_count() == 0
    assert times.shifted == 1


def test_dates_with_slashes_are_read_as_the_column_shows() -> None:
    assert iso(texts("01/02/2024 10:00", "13/02/2024 10:00"))[0] == "2024-02-01T10:00:00Z"
    assert iso(texts("01/02/2024 10:00", "02/13/2024 10:00"))[0] == "2024-01-02T10:00:00Z"
    assert iso(texts("31.12.2024", "1.2.24")) == ["2024-12-31T00:00:00Z", "2024-02-01T00:00:00Z"]
    assert iso(texts("12/25/2010 8:26 PM")) == ["2010-12-25T20:26:00Z"]


def test_a_year_of_two_digits_is_of_our_time_and_never_the_first_number() -> None:
    assert iso(texts("13/02/24", "1/2/24")) == ["2024-02-13T00:00:00Z", "2024-02-01T00:00:00Z"]
    assert iso(texts("25-12-10 08:00", "02-12-10 09:30")) == ["2010-12-25T08:00:00Z", "2010-12-02T09:30:00Z"]
    assert iso(texts("12/25/10 8:26", "12/1/10 8:26")) == ["2010-12-25T08:26:00Z", "2010-12-01T08:26:00Z"]


def test_dates_that_can_be_read_in_two_ways_are_asked_about() -> None:
    with pytest.raises(InvalidSourceError, match="--date-order"):
        texts("01/02/2024", "03/04/2024")
    assert iso(texts("01/02/2024", order="dmy")) == ["2024-02-01T00:00:00Z"]
    assert iso(texts("01/02/2024", order="mdy")) == ["2024-01-02T00:00:00Z"]


def test_dates_that_read_the_same_both_ways_need_no_answer() -> None:
    assert iso(texts("05/05/2024")) == ["2024-05-05T00:00:00Z"]


def test_typed_columns_need_no_reading() -> None:
    naive = datetime(2010, 7, 1, 8)  # noqa: DTZ001 - files have such times
    aware = datetime(2010, 7, 1, 8, tzinfo=UTC)
    assert read_times(pl.Series([naive]), "Europe/London").at[0] == aware - timedelta(hours=1)
    assert read_times(pl.Series([naive]).cast(pl.Datetime("ns")), "UTC").at[0] == aware
    assert read_times(pl.Series([aware]), "Europe/London").at[0] == aware
    assert read_times(pl.Series([date(2010, 7, 1)]), "UTC").at[0] == datetime(2010, 7, 1, tzinfo=UTC)
    assert read_times(pl.Series([1277971200]), "Europe/London").at[0] == aware


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidSourceError, match="IANA"):
        check_time_zone("Mars/Olympus")


def test_an_empty_column_has_no_times() -> None:
    assert texts().at.len() == 0
