"""Events as bytes: one spelling out, every spelling in, and errors in our own words."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InvalidEventError
from recommender.events import decode_event, encode_event
from recommender.events.vocabulary import Cart, OrderLine, Profile, Purchase, Return, ReturnLine, View

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ENVELOPE = '"source":"shop","event_id":"1","occurred_at":"2024-05-01T12:00:00Z"'


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def purchase(*lines: OrderLine, at: datetime = NOON) -> Purchase:
    return Purchase(source="shop", event_id="1", occurred_at=at, order_id="A1", lines=lines)


def complaint_about(json: str) -> str:
    with pytest.raises(InvalidEventError) as caught:
        decode_event(json.encode())
    return str(caught.value)


@pytest.mark.parametrize("price", ["2.5", "2.50", "2.500000", "0.25E1", "25E-1"])
def test_every_spelling_of_a_price_is_written_in_one_way(price: str) -> None:
    assert b'"unit_price":"2.5"' in encode_event(
        purchase(OrderLine(item_id="mug", unit_price=Decimal(price)))
    )


@pytest.mark.parametrize(
    ("price", "written"), [("100", "100"), ("1E+2", "100"), ("-0.00", "0"), ("0E-9", "0")]
)
def test_whole_prices_and_zero_are_written_plainly(price: str, written: str) -> None:
    encoded = encode_event(purchase(OrderLine(item_id="mug", unit_price=Decimal(price))))
    assert f'"unit_price":"{written}"'.encode() in encoded


def test_no_digit_of_a_price_is_ever_rounded() -> None:
    price = Decimal("123456789.123456789012345678901234567890")
    encoded = encode_event(purchase(OrderLine(item_id="mug", unit_price=price)))
    event = decode_event(encoded)
    assert isinstance(event, Purchase)
    assert event.lines[0].unit_price == Decimal("123456789.12345678901234567890123456789")


def test_a_value_that_equals_its_default_is_left_out_however_it_was_given() -> None:
    given_, absent = OrderLine(item_id="mug", quantity=float("1")), OrderLine(item_id="mug")
    assert encode_event(purchase(given_)) == encode_event(purchase(absent))
    assert encode_event(purchase(OrderLine(item_id="mug", quantity=1))) == encode_event(purchase(absent))


def test_a_whole_quantity_is_written_as_it_will_be_read() -> None:
    assert b'"quantity":3.0' in encode_event(purchase(OrderLine(item_id="mug", quantity=3)))


def test_lines_of_a_return_are_spelled_like_those_of_a_purchase() -> None:
    def event(quantity: float) -> Return:
        lines = (ReturnLine(item_id="mug", quantity=quantity),)
        return Return(source="shop", event_id="1", occurred_at=NOON, lines=lines)

    assert encode_event(event(1)) == encode_event(event(1.0))


def test_one_instant_has_one_spelling_in_every_time_zone() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert encode_event(purchase(at=tokyo)) == encode_event(purchase(at=NOON))


def test_attributes_are_written_in_one_order() -> None:
    def profile(**attributes: str) -> Profile:
        return Profile(source="crm", event_id="1", occurred_at=NOON, attributes=attributes)

    assert encode_event(profile(a="1", b="2")) == encode_event(profile(b="2", a="1"))


@given(
    st.floats(min_value=0, exclude_min=True, max_value=1e6),
    st.none() | st.decimals(0, 10**9, places=12),
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=offsets),  # noqa: DTZ001
    st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_reading_what_was_written_and_writing_it_again_changes_no_byte(
    quantity: float, price: Decimal | None, at: datetime, text: str
) -> None:
    event = purchase(OrderLine(item_id="mug", quantity=quantity, unit_price=price, recipient=text), at=at)
    written = encode_event(event)
    again = decode_event(written)
    assert encode_event(again) == written
    assert again == event


def test_an_unknown_type_is_named_with_the_known_ones_and_the_nearest() -> None:
    message = complaint_about('{"type":"Purchased"}')
    assert message.startswith("type is unknown: expected one of purchase, return, order_cancelled")
    assert message.endswith("found 'Purchased'; did you mean purchase?")


def test_a_missing_type_is_missing() -> None:
    assert complaint_about("{}").startswith("type is missing")
    assert complaint_about('{"type":null}').startswith("type is missing")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("", "item_id is missing: expected a value, found nothing"),
        (',"item_id":5', "item_id does not fit: expected text, found 5"),
        (
            ',"item_id":"mug","rank":"first"',
            "rank does not fit: expected a whole number or null, found 'first'",
        ),
        (',"item_id":"mug","colour":"red"', "colour is unknown: expected only source"),
        (',"item":"mug"', "did you mean item_id?"),
        (',"item_id":"mug","sessionid":"s"', "did you mean session_id?"),
        (',"item_id":"mug","schema_version":2', "schema_version of view is newer than this release"),
        (
            ',"item_id":"mug","schema_version":0',
            "schema_version is no version: expected a whole number from 1",
        ),
        (',"item_id":"mug","schema_version":"1"', "schema_version is no version"),
        (',"item_id":"mug","schema_version":true', "schema_version is no version"),
    ],
)
def test_what_does_not_fit_a_view_is_named_by_its_field(fields: str, message: str) -> None:
    assert message in complaint_about(f'{{"type":"view",{ENVELOPE}{fields}}}')


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"item_id":"cup","unit_price":"abc"}', "lines[1].unit_price does not fit: expected a decimal"),
        ('{"item_id":"cup","unit_price":true}', "lines[1].unit_price does not fit"),
        ('{"quantity":1}', "lines[1].item_id is missing"),
        ('{"item_id":"cup","price":1}', "lines[1].price is unknown: expected only item_id, quantity"),
        ("7", "lines[1] does not fit: expected an object, found 7"),
    ],
)
def test_what_does_not_fit_a_line_is_named_by_its_position(line: str, message: str) -> None:
    json = f'{{"type":"purchase",{ENVELOPE},"order_id":"A","lines":[{{"item_id":"mug"}},{line}]}}'
    assert message in complaint_about(json)


def test_a_value_outside_its_words_is_answered_with_them() -> None:
    message = complaint_about(f'{{"type":"cart",{ENVELOPE},"item_id":"mug","change":"put"}}')
    assert message.startswith("change does not fit: expected one of added, removed, found 'put'")


@pytest.mark.parametrize("time", ["yesterday", "2024-13-01T00:00:00Z", "2024-05-01"])
def test_a_time_that_is_none_is_shown(time: str) -> None:
    json = f'{{"type":"view","source":"s","event_id":"1","occurred_at":"{time}","item_id":"mug"}}'
    assert f"occurred_at does not fit: expected a time such as 2024-05-01T12:00:00Z, found '{time}'" in (
        complaint_about(json)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"view"',
        b'{"type":"view"',
        b"\xff\xfe",
        b'{"type":"view","source":"\xff"}',
        b'{"type":"view","source":"\\ud800"}',
        b'{"type":"survey_answer","score":NaN}',
        b"[" * 100_000,
        b'{"type":"view","x":' + b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=range(13),
)
def test_bytes_that_are_no_event_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(InvalidEventError):
        decode_event(data)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_lead_to_another_error_than_ours(data: bytes) -> None:
    with pytest.raises(InvalidEventError):
        decode_event(data)


def test_a_message_stays_short_when_the_input_is_huge() -> None:
    huge = "x" * 1_000_000
    assert len(complaint_about(f'{{"type":"{huge}"}}')) < 1_000
    assert len(complaint_about(f'{{"type":"view",{ENVELOPE},"item_id":"mug","{huge}":1}}')) < 1_000


def test_an_absurd_price_is_written_without_unfolding_it() -> None:
    event = purchase(OrderLine(item_id="mug", unit_price=Decimal("1E-999999999")))
    assert len(encode_event(event)) < 300


def test_cart_and_view_are_told_apart_by_their_type() -> None:
    fields = f'{ENVELOPE},"item_id":"mug"}}'
    assert isinstance(decode_event(f'{{"type":"cart",{fields}'), Cart)
    assert isinstance(decode_event(memoryview(f'{{"type":"view",{fields}'.encode())), View)
