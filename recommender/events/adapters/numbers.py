"""From written numbers to numbers, with decimal points or commas and marks between thousands.

A column is read as a whole, so that every row is understood the same way. A number such as ``1,000`` is a thousand
where another row of the column proves it (``1,234.50``), one where another proves that (``3,5``), and nothing where
none does: what a comma means is never guessed.
"""

import polars as pl

_POINT_IS_GROUP = r"\d\.\d{3}[.,]"
_COMMA_IS_GROUP = r"\d,\d{3}[.,]"
_COMMA_IS_DECIMAL = r"^[^,]*,(?:\d{1,2}|\d{4,})$"
_WITH_COMMAS = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"
_WITH_POINTS = r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$"


def read_numbers(text: pl.Series, *, decimal_comma: bool) -> pl.Series:
    """Return the numbers of a column of text; null where there is none, or where it can be read in two ways.

    Parameters
    ----------
    text
        Without blanks around it.
    decimal_comma
        Whether the file is of a kind that writes ``3,5`` for three and a half.

    Examples
    --------
    >>> read_numbers(pl.Series(["1,234.50", "1,000", "3.5"]), decimal_comma=False).to_list()
    [1234.5, 1000.0, 3.5]
    >>> read_numbers(pl.Series(["1.234,50", "1.000", "3,5"]), decimal_comma=True).to_list()
    [1234.5, 1000.0, 3.5]
    >>> read_numbers(pl.Series(["1,000", "2"]), decimal_comma=False).to_list()
    [None, 2.0]
    """
    plain = _plain(text, decimal_comma=decimal_comma)
    if plain.null_count() == text.null_count():
        return plain
    has_points = _any(text, _POINT_IS_GROUP)
    has_commas = _any(text, _COMMA_IS_GROUP)
    if has_points and not has_commas:
        return _grouped(text, ".", _WITH_POINTS, decimal_comma=True)
    if has_commas and not has_points:
        return _grouped(text, ",", _WITH_COMMAS, decimal_comma=False)
    if not has_commas and _any(text, _COMMA_IS_DECIMAL):
        return _plain(text, decimal_comma=True)
    return plain


def _any(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern).any())


def _plain(text: pl.Series, *, decimal_comma: bool) -> pl.Series:
    written = text.str.replace(",", ".", literal=True) if decimal_comma else text
    return written.cast(pl.Float64, strict=False)


def _grouped(text: pl.Series, mark: str, form: str, *, decimal_comma: bool) -> pl.Series:
    """Return numbers with a mark between thousands; where it stands elsewhere the text is no number."""
    whole = text.set(text.str.contains(mark, literal=True) & ~text.str.contains(form), None)
    return _plain(whole.str.replace_all(mark, "", literal=True), decimal_comma=decimal_comma)
