"""Audience files, durations, moments and the folder of parts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from recommender.errors import InvalidRequestError, InvalidSourceError
from training.customer_files import read_audience
from training.export_parts import ExportFormat, PartsFolder, format_of
from training.times import parse_duration, parse_moment

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)


def test_a_text_file_is_one_id_per_line_each_once_and_in_order(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\ufeffb\n\n a \nb\n0012\n", "utf-8")
    audience = read_audience(file)
    assert audience.customers == ("b", "a", "0012")
    assert (audience.column, audience.repeated) == ("", 1)


def test_a_text_file_may_begin_with_the_name_of_its_column(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("customer_id\na\n")
    assert read_audience(file).customers == ("a",)


def test_a_csv_file_is_read_by_its_customer_id_column_and_keeps_leading_zeros(tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("mail,customer_id\nx@y.org,0007\nz@y.org,8\n")
    audience = read_audience(file)
    assert (audience.customers, audience.column) == (("0007", "8"), "customer_id")


def test_without_that_column_the_first_one_is_read_and_named(tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("household,size\n1,4\n2,3\n")
    audience = read_audience(file)
    assert (audience.customers, audience.column) == (("1", "2"), "household")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_file_may_be_separated_as_spreadsheets_do(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "ids.csv"
    rows = [("mail", "customer_id"), ("x@y.org", "0007"), ("z@y.org", '"a;b,c"')]
    file.write_text("\ufeff" + "".join(separator.join(row) + "\r\n" for row in rows), "utf-8")
    audience = read_audience(file)
    assert (audience.customers, audience.column) == (("0007", "a;b,c"), "customer_id")


def test_a_workbook_and_json_lines_are_read_as_tables(tmp_path: Path) -> None:
    book, lines = tmp_path / "ids.xlsx", tmp_path / "ids.jsonl"
    workbook = openpyxl.Workbook()
    for row in (("mail", "customer_id"), ("x", "0007"), ("y", 8)):
        workbook.active.append(row)
    workbook.save(book)
    lines.write_text('{"customer_id": "0007", "rank": 1}\n{"customer_id": "8", "rank": 1}\n')
    assert read_audience(book).customers == read_audience(lines).customers == ("0007", "8")


def test_a_row_of_json_lines_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ids.jsonl").write_text('{"customer_id": "0007"}\noops\n')
    with pytest.raises(InvalidSourceError, match="rows that cannot be read"):
        read_audience(tmp_path / "ids.jsonl")


def test_a_parquet_file_may_hold_whole_numbers(tmp_path: Path) -> None:
    file = tmp_path / "ids.parquet"
    pl.DataFrame({"customer_id": [3, None, 1]}).write_parquet(file)
    assert read_audience(file).customers == ("3", "1")


def test_a_parquet_file_of_fractions_holds_no_customers(tmp_path: Path) -> None:
    file = tmp_path / "ids.parquet"
    pl.DataFrame({"share": [0.5]}).write_parquet(file)
    with pytest.raises(InvalidSourceError, match="expected text or whole numbers"):
        read_audience(file)


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"K\xe4se\n"), ("a.csv", b"customer_id\nK\xe4se\n")])
def test_bytes_that_are_no_utf8_are_called_that(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSourceError, match=r"is not UTF-8: .*; save it as UTF-8 first"):
        read_audience(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", b""), ("a.csv", b""), ("a.csv", b"customer_id\n"), ("a.txt", b"\n \n")]
)
def test_an_empty_audience_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSourceError, match="names no customer"):
        read_audience(tmp_path / name)


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"\xff\xfe\x00"), ("a.parquet", b"no parquet")])
def test_a_file_of_something_else_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSourceError):
        read_audience(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSourceError, match="cannot be read"):
        read_audience(tmp_path / "nobody.txt")


def test_an_id_that_no_customer_can_have_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("fine\n" + "x" * 10_000 + "\n")
    with pytest.raises(InvalidSourceError, match="id 2 of"):
        read_audience(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28d", timedelta(days=28)),
        ("60s", timedelta(seconds=60)),
        ("1.5 h", timedelta(minutes=90)),
        ("10min", timedelta(minutes=10)),
        ("2w", timedelta(weeks=2)),
        ("p28d", timedelta(days=28)),
    ],
)
def test_durations_are_read_with_their_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text, option="--window") == expected


@pytest.mark.parametrize("text", ["28", "", "d", "-3d", "0s", "1 fortnight", "P", "9" * 400 + "d", "nan"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="--window is no duration"):
        parse_duration(text, option="--window")


@pytest.mark.parametrize(
    "text", ["2024-07-01T12:00:00", "yesterday", "", "2024-13-01", "12:00", "0001-01-01T00:00:00+23:00"]
)
def test_a_time_needs_a_day_and_an_offset(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="--as-of is no time"):
        parse_moment(text, option="--as-of")


def test_a_time_may_be_written_in_any_offset() -> None:
    assert parse_moment("2024-07-01T14:00:00+02:00", option="--as-of") == NOON
    assert parse_moment("2024-07-01T12:00:00Z", option="--as-of") == NOON


def test_the_format_is_chosen_or_read_from_the_name() -> None:
    assert format_of(Path("a.ndjson"), None) is ExportFormat.JSONL
    assert format_of(Path("a"), ExportFormat.CSV) is ExportFormat.CSV
    with pytest.raises(InvalidRequestError, match="say --format"):
        format_of(Path("a.xlsx"), None)


def test_a_recent_export_is_continued_as_of_its_own_beginning(tmp_path: Path) -> None:
    out = tmp_path / "mail.csv"
    first = PartsFolder.open(out, {"k": "3"}, NOON, is_now_fixed=False)
    again = PartsFolder.open(out, {"k": "3"}, NOON + timedelta(minutes=5), is_now_fixed=False)
    assert again.now == first.now == NOON
    assert "continuing" in again.message


def test_an_old_one_is_started_anew_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "mail.csv"
    PartsFolder.open(out, {"k": "3"}, NOON, is_now_fixed=False)
    later = PartsFolder.open(out, {"k": "3"}, NOON + timedelta(hours=2), is_now_fixed=False)
    assert later.now == NOON + timedelta(hours=2)
    assert "too long ago" in later.message


def test_a_fixed_moment_is_continued_whenever(tmp_path: Path) -> None:
    out = tmp_path / "mail.csv"
    PartsFolder.open(out, {"k": "3"}, NOON, is_now_fixed=True)
    assert "continuing" in PartsFolder.open(out, {"k": "3"}, NOON, is_now_fixed=True).message


def test_other_parameters_start_anew_and_are_named(tmp_path: Path) -> None:
    out = tmp_path / "mail.csv"
    begun = PartsFolder.open(out, {"k": "3", "model": "1"}, NOON, is_now_fixed=True)
    begun.write_part(begun.part_path(0, ["a"], [1]), pl.DataFrame({"x": [1]}), "note")
    anew = PartsFolder.open(out, {"k": "4", "model": "1"}, NOON, is_now_fixed=True)
    assert anew.message == "starting anew: k changed since the interrupted export"
    assert list(anew.path.glob("*.parquet")) == []


def test_a_part_belongs_to_its_customers_at_their_versions(tmp_path: Path) -> None:
    folder = PartsFolder.open(tmp_path / "mail.csv", {}, NOON, is_now_fixed=True)
    names = {
        folder.part_path(0, ["a", "b"], [1, 2]),
        folder.part_path(0, ["a", "b"], [1, 3]),
        folder.part_path(0, ["a", "c"], [1, 2]),
        folder.part_path(1, ["a", "b"], [1, 2]),
    }
    assert len(names) == 4
    assert folder.part_path(0, ["a", "b"], [1, 2]) in names


def test_a_folder_of_somebody_else_is_never_removed(tmp_path: Path) -> None:
    strange = tmp_path / "mail.csv.parts"
    strange.mkdir()
    (strange / "thesis.docx").write_text("years of work")
    with pytest.raises(InvalidRequestError, match="is in the way"):
        PartsFolder.open(tmp_path / "mail.csv", {}, NOON, is_now_fixed=True)
    assert (strange / "thesis.docx").exists()


def test_a_damaged_plan_starts_anew(tmp_path: Path) -> None:
    out = tmp_path / "mail.csv"
    folder = PartsFolder.open(out, {}, NOON, is_now_fixed=True)
    (folder.path / "plan.json").write_text("{")
    assert "cannot be read" in PartsFolder.open(out, {}, NOON, is_now_fixed=True).message
