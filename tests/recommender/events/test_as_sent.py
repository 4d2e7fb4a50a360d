"""What the JSON of an event says and its values do not show: doubled fields, and amounts that only Python reads."""

import json

import pytest

from recommender.errors import InvalidEventError
from recommender.events.as_sent import check_as_sent, check_once
from recommender.events.codec import decode_event


def event(kind: str, *fields: str) -> str:
    """Return the JSON of an event with these fields as they are."""
    envelope = ('"source": "shop"', '"event_id": "1"', '"occurred_at": "2024-05-01T12:00:00Z"')
    return "{" + ", ".join((f'"type": "{kind}"', *envelope, *fields)) + "}"


def view(*fields: str) -> str:
    return event("view", '"item_id": "mug"', *fields)


def order(*fields: str) -> str:
    """Return an order whose second line has these fields."""
    line = ", ".join(('"item_id": "jug"', *fields))
    return event("purchase", '"order_id": "7"', '"lines": [{"item_id": "mug"}, {' + line + "}]")


def check(text: str) -> None:
    check_as_sent(text.encode(), decode_event(text))


def complaint_about(text: str) -> InvalidEventError:
    with pytest.raises(InvalidEventError) as caught:
        check(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (view('"item_id": "mug"'), "item_id"),
        (view('"customer_id": "ada"', '"customer_id": null'), "customer_id"),
        (view(r'"\u0069tem_id": "jug"'), "item_id"),
        (order('"quantity": 2', '"quantity": 3'), "quantity"),
        (event("profile", '"attributes": {"size": "S", "size": "M"}'), "size"),
    ],
)
def test_a_field_that_is_there_twice_is_refused_by_its_name(text: str, name: str) -> None:
    assert complaint_about(text).message == f"{name} is there twice"


@pytest.mark.parametrize("amount", ["1_000", " 5 ", "٣", "+5", "05", "5.", ".5"])
def test_an_amount_that_only_python_reads_is_refused(amount: str) -> None:
    for name in ("unit_price", "discount"):
        error = complaint_about(order(f'"{name}": {json.dumps(amount)}'))
        assert error.message == f"{name} is no decimal"


@pytest.mark.parametrize(
    "text",
    [
        view(),
        order('"unit_price": "2.50"', '"discount": 1.5', '"quantity": 1e2'),
        order('"unit_price": null', '"serial": "1_000"'),
        event("profile", '"attributes": {"amount": "1_000", "unit_price": " 5 "}'),
        event("survey_answer", '"survey_id": "s"', '"score": 1' + "0" * 300),
    ],
)
def test_what_is_plain_passes(text: str) -> None:
    check(text)


def test_of_a_whole_body_only_doubled_fields_are_asked() -> None:
    check_once(b'{"events": [{"a": 1, "b": "1_000"}, {"a": %b}]}' % (b"9" * 5_000))
    with pytest.raises(InvalidEventError, match="events is there twice"):
        check_once(b'{"events": [1], "events": [2]}')
