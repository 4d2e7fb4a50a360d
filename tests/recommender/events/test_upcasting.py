"""Events of older forms are brought up to date when they are read; newer ones are refused."""

from decimal import Decimal

import pytest

from recommender.errors import InvalidEventError
from recommender.events import decode_event, encode_event
from recommender.events.upcasting import RawEvent, Upcasters, current_version, upcast
from recommender.events.vocabulary import Purchase, View

ENVELOPE = '"source":"shop","event_id":"1","occurred_at":"2024-05-01T12:00:00Z"'


def one_item_to_lines(raw: RawEvent) -> RawEvent:
    """Version 1 knew one item per order, priced in pence."""
    rest = {key: value for key, value in raw.items() if key not in {"item_id", "pence", "quantity"}}
    line = {key: raw[key] for key in ("item_id", "quantity") if key in raw}
    return {**rest, "lines": [{**line, "pence": raw["pence"]}]}


def pence_to_unit_price(raw: RawEvent) -> RawEvent:
    """Version 2 had lines, still in pence."""
    lines = raw["lines"]
    assert isinstance(lines, list)
    return {
        **raw,
        "lines": [
            {key: value for key, value in line.items() if key != "pence"}
            | {"unit_price": str(Decimal(line["pence"]) / 100), "currency": "GBP"}
            for line in lines
        ],
    }


STEPS: Upcasters = {"purchase": (one_item_to_lines, pence_to_unit_price)}


@pytest.mark.parametrize(
    "form",
    [
        '"item_id":"mug","pence":255,"quantity":1.5',
        '"schema_version":1,"item_id":"mug","pence":255,"quantity":1.5',
        '"schema_version":2,"lines":[{"item_id":"mug","pence":255,"quantity":1.5}]',
        '"schema_version":3,"lines":[{"item_id":"mug","unit_price":2.55,"currency":"GBP","quantity":1.5}]',
    ],
    ids=["no version is version 1", "version 1", "version 2", "version 3"],
)
def test_every_older_form_is_read_as_the_newest(form: str) -> None:
    event = decode_event(f'{{"type":"purchase",{ENVELOPE},"order_id":"A",{form}}}', upcasters=STEPS)
    assert isinstance(event, Purchase)
    assert event.schema_version == 3
    assert event.lines[0].unit_price == Decimal("2.55")
    assert event.lines[0].quantity == 1.5


def test_an_event_that_was_brought_up_to_date_is_written_and_read_in_the_new_form() -> None:
    old = f'{{"type":"purchase",{ENVELOPE},"order_id":"A","item_id":"mug","pence":255}}'
    event = decode_event(old, upcasters=STEPS)
    assert b'"schema_version":3' in encode_event(event)
    assert decode_event(encode_event(event), upcasters=STEPS) == event


def test_a_future_version_is_refused_by_name() -> None:
    future = f'{{"type":"purchase",{ENVELOPE},"order_id":"A","schema_version":4,"baskets":[]}}'
    with pytest.raises(
        InvalidEventError, match=r"schema_version of purchase is newer.*at most 3, found 4; upgrade"
    ):
        decode_event(future, upcasters=STEPS)


def test_types_without_steps_stay_at_version_one() -> None:
    event = decode_event(f'{{"type":"view",{ENVELOPE},"item_id":"mug"}}', upcasters=STEPS)
    assert isinstance(event, View)
    assert event.schema_version == current_version(View, STEPS) == 1


def test_what_does_not_fit_after_the_steps_is_named_like_anything_else() -> None:
    bad = f'{{"type":"purchase",{ENVELOPE},"order_id":"A","item_id":7,"pence":255}}'
    with pytest.raises(InvalidEventError, match=r"lines\[0\]\.item_id does not fit: expected text, found 7"):
        decode_event(bad, upcasters=STEPS)


def test_bringing_up_to_date_leaves_the_old_form_as_it_was() -> None:
    raw: RawEvent = {"type": "purchase", "item_id": "mug", "pence": 255}
    upcast(raw, STEPS)
    assert raw == {"type": "purchase", "item_id": "mug", "pence": 255}
