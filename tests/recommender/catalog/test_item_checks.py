"""Items that a shop may not have meant are refused, with the field and a remedy."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem, Ownership, check_item
from recommender.errors import InvalidItemError

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def complaint_about(**fields: object) -> InvalidItemError:
    with pytest.raises(InvalidItemError) as caught:
        check_item(CatalogItem(**{"item_id": "mug", **fields}))  # type: ignore[arg-type]  # fields of the test
    return caught.value


def test_an_item_with_nothing_but_an_id_is_an_item() -> None:
    item = CatalogItem(item_id="mug")
    assert check_item(item) is item


def test_a_complete_item_is_returned_as_it_is() -> None:
    item = CatalogItem(
        item_id="85123A",
        name="White hanging heart 😀",
        item_group_id="85123",
        category=("Home", "Decoration"),
        price=Decimal("2.55"),
        currency="GBP",
        url="https://shop.example:8443/items/85123A?colour=white#reviews",
        image="http://cdn.example/85123A.jpg",
        active_from=NOON,
        active_until=NOON.astimezone(timezone(timedelta(hours=2))) + timedelta(seconds=1),
        ownership=Ownership("cool_down", 30),
        attributes={"colour": "white", "note": ""},
    )
    assert check_item(item) is item


@pytest.mark.parametrize("bad", ["", "x" * 10_000, " mug", "mug ", "mug\x00", "mug😀", "\ud800", "\ufeffmug"])
@pytest.mark.parametrize("field", ["item_id", "item_group_id"])
def test_ids_are_visible_and_short(field: str, bad: str) -> None:
    error = complaint_about(**{field: bad})
    assert error.message == f"{field} is no id"
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    "price", ["NaN", "sNaN", "Infinity", "-0.01", "1000000001", "1E-999999999", "0.1234567890123"]
)
def test_a_price_is_finite_positive_and_no_finer_than_money(price: str) -> None:
    assert complaint_about(price=Decimal(price)).message.startswith("price is")


@pytest.mark.parametrize("currency", ["gbp", "POUND", "", "£££"])
def test_a_currency_is_three_capitals(currency: str) -> None:
    assert complaint_about(currency=currency).message == "currency is no currency code"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<b>",
        "ftp://shop.example/mug",
        "//shop.example/mug",
        "/mug",
        "mug.jpg",
        "https://",
        "https:///mug",
        "https://shop.example/a mug",
        'https://shop.example/"onload="x',
        "https://shop.example\\@evil.example",
        "https://[::1",
        "https://shop.example:99999/",
        "https://shop.example/\x00",
        "https://shop.example/\u202emug",
    ],
)
@pytest.mark.parametrize("field", ["url", "image"])
def test_only_addresses_that_a_page_may_open_are_accepted(field: str, url: str) -> None:
    assert complaint_about(**{field: url}).message.startswith(f"{field} ")


def test_a_url_in_capitals_or_with_other_letters_is_an_address() -> None:
    item = CatalogItem(item_id="mug", url="HTTPS://SHOP.EXAMPLE/Straße")
    assert check_item(item) is item


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "name has a wrong length"),
        ({"name": "x" * 1_001}, "name has a wrong length"),
        ({"name": "a\x00"}, "name holds a character that is no text"),
        ({"url": "https://shop.example/" + "x" * 3_000}, "url has a wrong length"),
        ({"category": ("a",) * 17}, "category is too deep"),
        ({"category": ("a", "")}, "category[1] has a wrong length"),
        ({"attributes": {str(index): "x" for index in range(201)}}, "attributes has too many entries"),
        ({"attributes": {"": "x"}}, "a key of attributes has a wrong length"),
        ({"attributes": {"size": "x" * 10_001}}, "attributes.size has a wrong length"),
        ({"active_from": NOON.replace(tzinfo=None)}, "active_from has no time zone"),
        ({"active_from": NOON, "active_until": NOON}, "active_until is not after active_from"),
        ({"schema_version": 2}, "schema_version is not the one that is written now"),
    ],
)
def test_absurd_lengths_depths_and_times_are_refused(fields: dict[str, object], message: str) -> None:
    error = complaint_about(**fields)
    assert error.message == message
    assert all((error.expected, error.found, error.remedy))


@pytest.mark.parametrize(
    "ownership",
    [
        Ownership("cool_down"),
        Ownership("cool_down", 0),
        Ownership("cool_down", -1),
        Ownership("cool_down", 36_501),
        Ownership("own_once", 30),
        Ownership("consumable", 30),
    ],
)
def test_days_belong_to_a_cool_down_and_only_to_it(ownership: Ownership) -> None:
    assert "ownership.cool_down_days" in complaint_about(ownership=ownership).message
