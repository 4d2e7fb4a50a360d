import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters.read_table import read_table


def test_a_directory_a_missing_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    for path, message in [
        (tmp_path, "is a directory"),
        (tmp_path / "no", "does not exist"),
        (tmp_path / "empty.csv", "is empty"),
    ]:
        with pytest.raises(InvalidSourceError, match=message):
            read_table(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.parquet", b"customer,item\n1,2\n", "is not PARQUET"),
        ("a.xlsx", b"customer,item\n1,2\n", "is not XLSX"),
        (
            "a.parquet",
            b"PAR1" + b"x" * 100,
            r"is not a readable Parquet file: .*; it may be cut: copy or export it again",
        ),
        (
            "a.xlsx",
            b"PK\x03\x04" + b"x" * 100,
            r"is not a readable workbook: .*; it may be cut: copy it again",
        ),
        ("a.csv", b"\x1f\x8b\x08\x00abcd", "found gzip"),
        ("a.xls", b"\xd0\xcf\x11\xe0abcd", "old XLS"),
        ("a.json", b'[{"a": 1}]', "holds no rows|JSON"),
        ("a.jsonl", b'{"a": "K\xe4se"}\n', "found bytes that are no UTF-8; save it as UTF-8 first"),
        ("a.jsonl", '{"a": "Käse und Brot"}\n'.encode("utf-16"), "found UTF-16; save it as UTF-8 first"),
        ("a.csv", b"a,b\n1," + b"x" * 30_000_000 + b"\n2,3\n", "expected rows of at most 8 MiB"),
    ],
    ids=range(10),
)
def test_a_file_that_is_not_what_it_claims_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSourceError, match=message):
        read_table(tmp_path / name)


def test_a_zip_archive_is_no_workbook_and_is_to_be_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
        for name in ("orders.csv", "items.csv", "a.txt", "b.txt"):
            archive.writestr(name, "customer,item\n1,2\n")
    found = "found a ZIP archive of orders.csv, items.csv, a.txt and 1 more; unpack"
    with pytest.raises(InvalidSourceError, match=found):
        read_table(tmp_path / "shop.zip")


def test_parquet_is_recognised_by_content_and_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "export.dat"
    pl.DataFrame({"at": [datetime(2024, 1, 1)], "n": [1]}).write_parquet(path)  # noqa: DTZ001 - files have such times
    table = read_table(path)
    assert table.kind == "parquet"
    assert table.frame.schema["at"] == pl.Datetime("us")


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InvalidSourceError, match="holds no rows"):
        read_table(tmp_path / "a.parquet")


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_sheets_with_the_same_columns_follow_each_other_and_others_are_named(tmp_path: Path) -> None:
    head: list[object] = ["id", "at", "n"]
    sheets: dict[str, list[list[object]]] = {
        "one": [head, [1, datetime(2010, 1, 1, 8, 26), 2.5]],  # noqa: DTZ001 - sheets have such times
        "two": [head, ["x", date(2011, 1, 1), -3], [None, None, None]],
        "notes": [["remark"], ["hello"]],
        "empty": [],
    }
    workbook(tmp_path / "a.xlsx", sheets)
    table = read_table(tmp_path / "a.xlsx")
    assert table.frame.select("id", "at", "n").rows() == [
        ("1", "2010-01-01 08:26:00", "2.5"),
        ("x", "2011-01-01 00:00:00", "-3"),
    ]
    assert table.notes == ("2 sheets: one, two", "sheet 'notes' has other columns and is left out")


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", {"one": [["id"]]})
    with pytest.raises(InvalidSourceError, match="holds no rows"):
        read_table(tmp_path / "a.xlsx")


def test_json_lines_become_rows_and_broken_lines_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 7, "n": 2.5}\n\nnope\n[1]\n{"id": "x", "tags": ["a"]}\n')
    table = read_table(tmp_path / "a.jsonl")
    assert table.frame.select("id", "n", "tags").rows() == [("7", "2.5", None), ("x", None, '["a"]')]
    assert table.rejected["line"].to_list() == ["3", "4"]


def test_broken_lines_with_one_fault_at_different_places_are_one_reason(tmp_path: Path) -> None:
    lines = ['{"id": 1}', *(f'{{"id": "{"x" * length}", "price": NaN}}' for length in range(5))]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    reasons = read_table(tmp_path / "a.jsonl").rejected["reason"].unique().to_list()
    assert reasons == [
        "not a JSON object: JSON is malformed: invalid character (NaN and Infinity are no JSON)"
    ]


@pytest.mark.parametrize("content", ['[{"id": 1}, {"id": 2}]', '\n[\n{"id": 1},\n{"id": 2}\n]\n'])
def test_a_json_array_is_called_that(tmp_path: Path, content: str) -> None:
    (tmp_path / "items.json").write_text(content)
    with pytest.raises(InvalidSourceError, match=r"is a JSON array: .*jq -c '\.\[\]' items\.json"):
        read_table(tmp_path / "items.json")
