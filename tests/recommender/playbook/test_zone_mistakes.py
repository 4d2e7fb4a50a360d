"""A time zone that is none, and which one was meant."""

import pytest

from tests.recommender.playbook.small import HEAD, problems_of


@pytest.mark.parametrize(
    "zone",
    [
        "CEST",
        "CST",
        "PST",
        "IST",
        "BST",
        "EDT",
        "AEST",
        "MSK",
        "GMT+1",
        "UTC+02:00",
        "cest",
        "Etc/GMT+99",
        "localtime",
        "Factory",
    ],
)
def test_no_other_zone_is_advised_for_an_abbreviation_or_an_offset(zone: str) -> None:
    (told,) = problems_of(HEAD + f'time_zone = "{zone}"')
    assert "this is no time zone: expected a name of the IANA list, such as Europe/Berlin" in told
    assert "did you mean" not in told
    assert ("abbreviations and offsets do not say where" in told) == (
        zone.upper() == zone and "/" not in zone
    )


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Euorpe/Berlin", "Europe/Berlin"),
        ("Amercia/Chicgo", "America/Chicago"),
        ("America/New York", "America/New_York"),
        ("Tokyo", "Asia/Tokyo"),
        ("utc", "UTC"),
    ],
)
def test_a_place_that_is_nearly_right_is_advised(zone: str, meant: str) -> None:
    (told,) = problems_of(HEAD + f'time_zone = "{zone}"')
    assert told.endswith(f"did you mean {meant}?")
