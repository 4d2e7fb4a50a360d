from pathlib import Path

import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters.csv_table import read_csv_table
from recommender.events.adapters.table import LINE, Table

GERMAN = "kunde;artikel;preis\nann;Käse;2,50\n"


def read(tmp_path: Path, content: str | bytes) -> Table:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv_table(path)


@pytest.mark.parametrize(
    ("codec", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "read as UTF-16"),
        ("utf-16-le", "read as UTF-16 without a byte order mark"),
        ("utf-16-be", "read as UTF-16 without a byte order mark"),
        ("latin-1", "not valid UTF-8: read as Windows-1252"),
        ("cp1252", "not valid UTF-8: read as Windows-1252"),
    ],
)
def test_a_file_is_read_in_the_encoding_it_has_and_the_choice_is_told(
    tmp_path: Path, codec: str, note: str | None
) -> None:
    table = read(tmp_path, GERMAN.encode(codec))
    assert table.columns == ["kunde", "artikel", "preis"]
    assert table.frame["artikel"].to_list() == ["Käse"]
    assert table.notes == tuple(text for text in (note, "columns separated by semicolon") if text)


def test_bytes_that_windows_1252_has_no_character_for_are_latin_1(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n\x81,\xe4\n").frame["b"].to_list() == ["ä"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_splits_the_header_most(tmp_path: Path, delimiter: str) -> None:
    table = read(tmp_path, f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n")
    assert table.frame.select("a", "b", "c").row(0) == ("1", "2", "3")


def test_ragged_rows_are_set_aside_with_the_line_of_the_file_and_the_others_kept(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n1,2\n"x\ny",2\n1\n1,2,3\n5,6\n')
    assert table.frame[LINE].to_list() == [2, 3, 7]
    assert table.rejected.rows() == [
        ("5", "(row)", "1", "row has 1 columns, the header 2"),
        ("6", "(row)", "1,2,3", "row has 3 columns, the header 2"),
    ]
    assert table.rows == 5


def test_blank_lines_and_rows_of_blank_cells_are_no_rows(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n\n1,2\n,\n\n3,4\n")
    assert table.frame["a"].to_list() == ["1", "3"]


def test_windows_line_ends_and_quoted_delimiters_are_ordinary(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\r\n"1,5","say ""hi"""\r\n')
    assert table.frame.select("a", "b").row(0) == ("1,5", 'say "hi"')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "holds no rows"),
        ("a,b", "holds no rows"),
        ("a,a\n1,2\n", "names a column twice"),
    ],
)
def test_a_file_without_rows_or_with_a_doubtful_header_is_refused(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(InvalidSourceError, match=message):
        read(tmp_path, content)


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    assert read(tmp_path, ",b\n1,2\n").columns == ["column_1", "b"]


def test_blank_lines_above_the_header_do_not_move_the_line_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, "\n\na,b\n1,2\n3\n5,6")
    assert table.frame.select(LINE, "a").rows() == [(4, "1"), (6, "5")]
    assert table.rejected["line"].to_list() == ["5"]
