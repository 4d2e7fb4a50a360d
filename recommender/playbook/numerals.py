"""Numbers and dates as people write them elsewhere, and how they are written here."""

import re
from datetime import date
from typing import Final

DATE: Final = (
    r"(?:19|20)[0-9]{2}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"
)
"""What nobody takes for anything but a date."""
DECIMALS: Final = "a decimal point and no other mark"
_DECIMAL_COMMA: Final = re.compile(r"([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+")
_COMMAS: Final = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")
_POINTS: Final = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3}){2,}")
_DAY_FIRST: Final = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"(?P<year>[0-9]{4})[-./](?P<month>[0-9]{1,2})[-./](?P<day>[0-9]{1,2})")
_UNSURE: Final = re.compile(r"[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4}")


def number_remedy(written: str) -> str:
    """Say how a number with a decimal comma, or with marks between its thousands, is written; empty: it is none.

    Examples
    --------
    >>> number_remedy("0,02"), number_remedy("1.234,50"), number_remedy("1,234.50"), number_remedy("99.5")
    ('write 0.02', 'write 1234.50', 'write 1234.50', '')
    >>> number_remedy("1,000")  # before decimals, or between thousands
    'write 1.000 or 1000'
    """
    meant = []
    if _DECIMAL_COMMA.fullmatch(written):
        whole, _, decimals = written.partition(",")
        meant.append(f"{without_zeros(whole.replace('.', ''))}.{decimals}")
    if _COMMAS.fullmatch(written):
        meant.append(written.replace(",", ""))
    if _POINTS.fullmatch(written):
        meant.append(written.replace(".", ""))
    return f"write {' or '.join(meant)}" if meant else ""


def date_remedy(written: str) -> str:
    """Say how a date is written that is not written as year-month-day; empty: it is none, or is written so.

    Examples
    --------
    >>> date_remedy("20.01.2027"), date_remedy("2027/1/20"), date_remedy("20 January")
    ('write 2027-01-20', 'write 2027-01-20', '')
    >>> date_remedy("01/02/2027")  # of January, or of February
    'write the year first, then the month, such as 2026-12-01'
    >>> date_remedy("31.02.2027")
    'the calendar has no such day'
    """
    found = _DAY_FIRST.fullmatch(written) or _YEAR_FIRST.fullmatch(written)
    if found is None:
        return (
            "write the year first, then the month, such as 2026-12-01" if _UNSURE.fullmatch(written) else ""
        )
    try:
        meant = str(date(int(found["year"]), int(found["month"]), int(found["day"])))
    except ValueError:
        return "the calendar has no such day"
    return "" if meant == written else f"write {meant}"


def without_zeros(digits: str) -> str:
    """Return a number without the zeros that it begins with.

    Examples
    --------
    >>> without_zeros("007"), without_zeros("00.5"), without_zeros("0")
    ('7', '0.5', '0')
    """
    plain = digits.lstrip("0")
    return plain if plain[:1].isdigit() else f"0{plain}"
