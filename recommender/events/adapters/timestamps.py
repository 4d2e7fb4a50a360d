"""From written dates and times to instants in UTC.

A column is read as a whole, so that every row is understood the same way: ISO 8601 first, with or without an
offset, then numbers of seconds (milli-, micro-, nanoseconds) since 1970, then dates that name their month, then dates
written with slashes or dots.
Whether ``03/04/2024`` means March or April is decided by the other rows, never guessed: where the column
allows both readings the caller must say which.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from recommender.errors import InvalidSourceError

DateOrder: TypeAlias = Literal["dmy", "mdy"]

ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
)
OFFSET_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
)
CLOCKS = ("", " %H:%M", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p")
NAMED_MONTHS = (
    "%d-%B-%y",
    "%d-%B-%Y",
    "%d %B %Y",
    "%d/%B/%Y",
    "%d%B%Y",
    "%B %d, %Y",
    "%B %d %Y",
)
"""The name may be short: ``%B`` reads ``Mar`` as well as ``March``."""
DATES: dict[DateOrder, tuple[str, ...]] = {
    "dmy": ("%d/%m/%y", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y", "%d-%m-%y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y"),
}
_NAMED_TIMES = tuple(date + clock for date in NAMED_MONTHS for clock in (*CLOCKS, ":%H:%M:%S"))
_IN_UTC = r"\s*(?:[zZ]|UTC|GMT)$"
_YEAR_1000_US = -30_610_224_000_000_000
READABLE = "2024-03-31, 2024-03-31 18:00, 31/03/2024, 31 Mar 2024 or seconds since 1970"
"""Ways to write a time, for messages."""
EPOCH_UNITS: dict[int, tuple[int, int]] = {9: (1_000_000, 1), 12: (1_000, 1), 15: (1, 1), 18: (1, 1_000)}
"""Digits (or one more) of a count since 1970, and how it becomes microseconds: times, divided by."""


@dataclass(frozen=True, slots=True)
class WrittenTimes:
    """Instants (UTC, microseconds; null where the text says no time) and what the clock changes did.

    ``ambiguous`` local times happened twice (the clock went back): the first is taken. ``shifted`` never
    happened (the clock went forward): they are read with the offset before the change.
    """

    at: pl.Series
    ambiguous: int = 0
    shifted: int = 0


def read_times(column: pl.Series, time_zone: str, order: DateOrder | None = None) -> WrittenTimes:
    """Return the instants of a column of text, dates, times or counts since 1970.

    Parameters
    ----------
    column
        As the file has it; blanks are null.
    time_zone
        IANA name; the zone of every value that carries no offset of its own.
    order
        How dates with slashes are written, when the column itself does not tell.

    Raises
    ------
    InvalidSourceError
        The column can be read day first and month first, with different results.

    Examples
    --------
    >>> read_times(pl.Series(["2010-07-01 08:00:00", "soon"]), "Europe/London").at.to_list()
    [datetime.datetime(2010, 7, 1, 7, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), None]
    """
    kind = column.dtype
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return WrittenTimes(column.cast(pl.Datetime("us")).dt.convert_time_zone("UTC"))
    if isinstance(kind, pl.Datetime) or kind == pl.Date:
        return localise(column.cast(pl.Datetime("us")), time_zone)
    return _read_text(column.cast(pl.String).str.strip_chars(), time_zone, order)


def localise(naive: pl.Series, time_zone: str) -> WrittenTimes:
    """Return local wall-clock times as instants; see :class:`WrittenTimes` for the hours of a clock change."""
    if time_zone == "UTC":
        return WrittenTimes(naive.dt.replace_time_zone("UTC"))
    first = naive.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    last = naive.dt.replace_time_zone(time_zone, ambiguous="latest", non_existent="null")
    at = first
    for hours in (1, 25):  # most gaps are an hour; Samoa once skipped a day
        at = at.zip_with(at.is_not_null(), _across_gap(naive, time_zone, hours))
    return WrittenTimes(
        at.dt.convert_time_zone("UTC"), int((first != last).sum()), first.null_count() - at.null_count()
    )


def check_time_zone(name: str) -> str:
    """Return the IANA name, or raise.

    Raises
    ------
    InvalidSourceError
        No such time zone.
    """
    import zoneinfo

    if name not in zoneinfo.available_timezones():
        raise InvalidSourceError(
            f"unknown time zone {name!r}",
            expected="an IANA name",
            remedy="write Europe/London, America/Chicago or UTC",
        )
    return name


def _across_gap(naive: pl.Series, time_zone: str, hours: int) -> pl.Series:
    """Return the instants read with the offset that held so many hours before."""
    earlier = naive.dt.offset_by(f"-{hours}h")
    placed = earlier.dt.replace_time_zone(time_zone, ambiguous="latest", non_existent="null")
    return placed.dt.convert_time_zone("UTC").dt.offset_by(f"{hours}h").dt.convert_time_zone(time_zone)


def _read_text(text: pl.Series, time_zone: str, order: DateOrder | None) -> WrittenTimes:
    naive = _first_that_fits(text, ISO_FORMATS)
    if naive.null_count() == text.null_count():
        return localise(naive, time_zone)
    rest = text.set(naive.is_not_null(), None)
    instants = _first_that_fits(rest.str.replace(_IN_UTC, "+00:00"), OFFSET_FORMATS, "UTC")
    instants = instants.zip_with(instants.is_not_null(), _since_1970(rest))
    rest = rest.set(instants.is_not_null(), None)
    named = _first_that_fits(rest.set(~rest.str.contains(r"[A-Za-z]{3}"), None), _NAMED_TIMES)
    naive = naive.zip_with(naive.is_not_null(), named)
    rest = rest.set(named.is_not_null(), None)
    if rest.null_count() < len(rest):
        naive = naive.zip_with(naive.is_not_null(), _with_slashes(rest, order))
    local = localise(naive, time_zone)
    return WrittenTimes(local.at.zip_with(local.at.is_not_null(), instants), local.ambiguous, local.shifted)


def _first_that_fits(text: pl.Series, formats: tuple[str, ...], time_zone: str | None = None) -> pl.Series:
    """Return each text read by the first format that fits it, null where none does."""
    found = pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us", time_zone))
    for form in formats:
        if found.null_count() <= text.null_count():
            break
        rest = text.set(found.is_not_null(), None)
        read = rest.str.to_datetime(form, strict=False, time_unit="us", time_zone=time_zone)
        old = read.to_physical() < _YEAR_1000_US
        if old.any():  # %Y takes the day of 25/12/10 for a year
            read = read.set(old & ~text.str.contains(r"^\d{4}"), None)
        found = found.zip_with(found.is_not_null(), read)
    return found


def _since_1970(text: pl.Series) -> pl.Series:
    """Return counts of seconds, milliseconds, microseconds or nanoseconds since 1970 as instants."""
    count = text.str.extract(r"^(\d{9,19})(?:\.0+)?$", 1)
    digits, number = count.str.len_chars(), count.cast(pl.Int64, strict=False)
    micros = pl.Series(text.name, [None] * len(text), dtype=pl.Int64)
    for shortest, (times, divisor) in EPOCH_UNITS.items():
        fits = digits.is_in([shortest, shortest + 1]).fill_null(value=False)
        if fits.any():
            micros = micros.zip_with(~fits, number.set(~fits, None) * times // divisor)
    return micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _with_slashes(text: pl.Series, order: DateOrder | None) -> pl.Series:
    """Return dates with slashes, dots or dashes, day first or month first as the whole column shows."""
    readings = {
        name: _first_that_fits(text, tuple(date + clock for date in dates for clock in CLOCKS))
        for name, dates in DATES.items()
        if order in {None, name}
    }
    if order is not None:
        return readings[order]
    day_first, month_first = readings["dmy"], readings["mdy"]
    if day_first.null_count() != month_first.null_count():
        return min(day_first, month_first, key=pl.Series.null_count)
    if not day_first.equals(month_first):
        raise InvalidSourceError(
            "dates can be read day first and month first",
            found=str(text.drop_nulls()[0]),
            remedy="say which with --date-order dmy or --date-order mdy",
        )
    return day_first
