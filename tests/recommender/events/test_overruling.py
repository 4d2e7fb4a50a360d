"""What staff cannot mean is refused wherever it comes in: over the API, in a file, by a connector."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from recommender.errors import InvalidEventError
from recommender.events.validation import check_event
from recommender.events.vocabulary import Override

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def override(kind: Any, **said: Any) -> Override:
    told = {"customer_id": "ada", "author": "ann", "reason": "she rang", **said}
    return Override(source="crm", event_id="1", occurred_at=NOW, kind=kind, **told)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "hold_all"},
        {"kind": "pin", "action": "thanks"},
        {"kind": "suppress", "item_id": "mug"},
        {"kind": "boost", "action": "thanks", "item_id": "mug", "amount": Decimal("1.5")},
        {"kind": "goodwill", "amount": Decimal(20), "currency": "EUR"},
        {"kind": "goodwill", "amount": Decimal("0.01")},
    ],
)
def test_what_says_something_is_taken(said: dict[str, Any]) -> None:
    event = override(**said)
    assert check_event(event, now=NOW) is event


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "hold_all", "customer_id": None}, "customer_id is missing"),
        ({"kind": "hold_all", "reason": " \n\t "}, "reason says nothing"),
        ({"kind": "hold_all", "reason": ""}, "reason says nothing"),
        ({"kind": "hold_all", "author": " "}, "author says nothing"),
        (
            {"kind": "hold_all", "action": "thanks"},
            "action does not go with hold_all, which is about everything",
        ),
        (
            {"kind": "hold_all", "item_id": "mug"},
            "item_id does not go with hold_all, which is about everything",
        ),
        ({"kind": "pin"}, "action and item_id are both missing"),
        ({"kind": "boost", "amount": Decimal(2)}, "action and item_id are both missing"),
        ({"kind": "pin", "action": "thanks", "amount": Decimal(2)}, "amount does not go with pin"),
        ({"kind": "suppress", "action": "thanks", "currency": "EUR"}, "currency does not go with suppress"),
        ({"kind": "boost", "action": "thanks"}, "amount is missing"),
        ({"kind": "boost", "action": "thanks", "amount": Decimal(0)}, "amount is out of range"),
        (
            {"kind": "boost", "action": "thanks", "amount": Decimal(1_001)},
            "amount is out of range",
        ),
        (
            {"kind": "boost", "action": "x", "amount": Decimal(2), "currency": "EUR"},
            "currency does not go with boost",
        ),
        ({"kind": "goodwill"}, "amount is missing"),
        ({"kind": "goodwill", "amount": Decimal(-1)}, "amount is out of range"),
        ({"kind": "goodwill", "amount": Decimal("NaN")}, "amount is out of range"),
        ({"kind": "goodwill", "amount": Decimal("1e-13")}, "amount is out of range"),
        ({"kind": "goodwill", "amount": Decimal("0.0000001")}, "amount is out of range"),
        ({"kind": "goodwill", "amount": Decimal("0.009")}, "amount is out of range"),
        ({"kind": "goodwill", "expires_at": NOW + timedelta(days=1)}, "amount is missing"),
        ({"kind": "goodwill", "expires_at": datetime(2025, 1, 1)}, "amount is missing"),  # noqa: DTZ001
    ],
)
def test_what_says_nothing_is_refused_with_what_is_missing(said: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidEventError) as refused:
        check_event(override(**said), now=NOW)
    error = refused.value
    assert error.message == message
    assert error.expected
    assert error.found
    assert error.remedy


def test_goodwill_that_would_read_as_nothing_is_refused_with_the_least_that_is_given() -> None:
    with pytest.raises(InvalidEventError) as refused:
        check_event(override(kind="goodwill", amount=Decimal("0.001")), now=NOW)
    assert (refused.value.expected, refused.value.found) == (
        "with goodwill money of at least 0.01 and at most 1000000000, with at most 12 decimals",
        "'0.001'",
    )


@pytest.mark.parametrize("kind", ["boost", "goodwill"])
def test_the_end_of_a_boost_or_of_goodwill_names_no_amount(kind: str) -> None:
    event = override(kind, action="sorry", expires_at=NOW)
    assert check_event(event, now=NOW) is event
