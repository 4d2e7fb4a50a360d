"""Ranges, characters and clocks of events, each refused with its field and a remedy."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InvalidEventError
from recommender.events import check_event, check_id
from recommender.events.validation import MOST_LINES
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    ConsentChange,
    ContactReserved,
    Delivered,
    Identify,
    Impression,
    OrderLine,
    Override,
    Profile,
    Purchase,
    Question,
    Return,
    ReturnLine,
    Review,
    SurveyAnswer,
    Unlink,
    View,
)
from recommender.value_rules import id_problem

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def view(**fields: object) -> View:
    given_ = {"source": "shop", "event_id": "1", "occurred_at": NOW, "item_id": "mug", **fields}
    return View(**given_)  # type: ignore[arg-type]  # fields are named by the test


def order(*lines: OrderLine) -> Purchase:
    return Purchase(source="shop", event_id="1", occurred_at=NOW, order_id="A", lines=lines)


def complaint_about(event: AnyEvent) -> InvalidEventError:
    with pytest.raises(InvalidEventError) as caught:
        check_event(event, now=NOW)
    return caught.value


def complete(error: InvalidEventError) -> bool:
    return all((error.expected, error.found, error.remedy))


def test_an_event_in_range_is_returned_as_it_is() -> None:
    event = order(OrderLine(item_id="mug", unit_price=Decimal("2.55"), currency="GBP"))
    assert check_event(event, now=NOW) is event


@pytest.mark.parametrize("good", ["a", "85123A", "x" * 256, "A 17", "Müller", "商品", "a/b#c", "-1"])
def test_ids_of_visible_characters_are_accepted(good: str) -> None:
    assert check_id("item_id", good) == good


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "0 characters"),
        ("x" * 257, "257 characters"),
        ("x" * 10_000, "10000 characters"),
        (" a", "a blank"),
        ("a ", "a blank"),
        ("a\u3000", "a blank"),
        ("a\x00", "a control character (U+0000)"),
        ("a\nb", "a control character (U+000A)"),
        ("mug😀", "a symbol or emoji (U+1F600)"),
        ("a\ud800b", "a lone surrogate (U+D800)"),
        ("a\ue000b", "a private-use character (U+E000)"),
        ("a\u0378b", "an unassigned character (U+0378)"),
        ("\ufeff17", "an invisible formatting character (U+FEFF)"),
        ("a\u202eb", "an invisible formatting character (U+202E)"),
    ],
)
def test_ids_that_nobody_could_read_or_store_are_refused_with_the_reason(bad: str, why: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        check_id("item_id", bad)
    assert str(caught.value).startswith("item_id is no id: expected 1 to 256 visible characters")
    assert why in str(caught.value)
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 300


@given(st.text(max_size=300))
def test_every_text_is_an_id_or_is_refused_with_a_complete_error(value: str) -> None:
    if id_problem(value) is None:
        assert check_id("item_id", value) is value
        assert value.encode()
    else:
        with pytest.raises(InvalidEventError) as caught:
            check_id("item_id", value)
        assert complete(caught.value)


@pytest.mark.parametrize(
    "field", ["source", "event_id", "customer_id", "item_id", "session_id", "decision_id"]
)
def test_every_id_of_the_envelope_and_the_type_is_checked(field: str) -> None:
    assert complaint_about(view(**{field: ""})).message == f"{field} is no id"


@pytest.mark.parametrize("quantity", [0.0, -1.0, 1e9, 1_000_000.5, float("nan"), float("inf"), -0.0])
def test_a_quantity_of_nothing_or_too_much_is_refused_with_the_position_of_its_line(quantity: float) -> None:
    error = complaint_about(order(OrderLine(item_id="mug"), OrderLine(item_id="cup", quantity=quantity)))
    assert error.message == "lines[1].quantity is out of range"
    assert complete(error)


@pytest.mark.parametrize("quantity", [1e-9, 0.5, 1_000_000.0])
def test_fractions_and_large_quantities_are_accepted(quantity: float) -> None:
    check_event(order(OrderLine(item_id="mug", quantity=quantity)), now=NOW)


@pytest.mark.parametrize(
    "price",
    ["NaN", "sNaN", "Infinity", "-0.01", "1000000001", "1E+999999", "1E-999999999", "0.1234567890123"],
)
def test_a_price_that_is_none_is_refused(price: str) -> None:
    error = complaint_about(order(OrderLine(item_id="mug", unit_price=Decimal(price))))
    assert error.message == "lines[0].unit_price is out of range"
    assert complete(error)


@pytest.mark.parametrize(
    "price", ["0", "0.00", "2.55", "1000000000", "0.123456789012", "2.50000000000000000"]
)
def test_prices_up_to_a_billion_and_twelve_decimals_are_accepted(price: str) -> None:
    check_event(order(OrderLine(item_id="mug", unit_price=Decimal(price))), now=NOW)


@pytest.mark.parametrize("currency", ["eur", "EURO", "E1R", "", "ÄÖÜ"])
def test_a_currency_that_has_not_the_shape_of_a_code_is_refused(currency: str) -> None:
    error = complaint_about(order(OrderLine(item_id="mug", currency=currency)))
    assert error.message == "lines[0].currency is no currency code"


@pytest.mark.parametrize(
    ("lines", "found"), [((), "0"), ((OrderLine(item_id="mug"),) * (MOST_LINES + 1), "20001")]
)
def test_an_order_has_between_one_and_twenty_thousand_lines(lines: tuple[OrderLine, ...], found: str) -> None:
    assert complaint_about(order(*lines)).found == found
    check_event(order(*[OrderLine(item_id="mug")] * MOST_LINES), now=NOW)


def test_lines_of_a_return_are_checked_like_those_of_an_order() -> None:
    lines = (ReturnLine(item_id="mug", order_id="\x00"),)
    event = Return(source="shop", event_id="1", occurred_at=NOW, lines=lines)
    assert complaint_about(event).message == "lines[0].order_id is no id"


def test_ids_of_delivered_lines_are_checked_and_may_be_absent() -> None:
    def delivered(*line_ids: str) -> Delivered:
        return Delivered(source="s", event_id="1", occurred_at=NOW, order_id="A", line_ids=line_ids)

    check_event(delivered(), now=NOW)
    assert complaint_about(delivered("1", "")).message == "line_ids[1] is no id"


@pytest.mark.parametrize(
    "at",
    [
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(1970, 1, 1, 23, 59, 59, tzinfo=UTC),
        NOW + timedelta(days=1, seconds=1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=23))),
    ],
)
def test_times_before_the_second_of_january_1970_or_after_tomorrow_are_refused(at: datetime) -> None:
    error = complaint_about(view(occurred_at=at))
    assert error.message == "occurred_at is out of range"
    assert complete(error)


@pytest.mark.parametrize("at", [datetime(1970, 1, 2, tzinfo=UTC), NOW + timedelta(days=1)])
def test_times_at_the_edge_are_accepted(at: datetime) -> None:
    check_event(view(occurred_at=at), now=NOW)


def test_a_time_without_a_zone_is_refused_wherever_it_stands() -> None:
    naive = NOW.replace(tzinfo=None)
    assert complaint_about(view(occurred_at=naive)).message == "occurred_at has no time zone"
    visit = Appointment(source="s", event_id="1", occurred_at=NOW, appointment_id="V", starts_at=naive)
    assert complaint_about(visit).message == "starts_at has no time zone"


def test_a_visit_may_start_years_ahead() -> None:
    later = NOW + timedelta(days=3_000)
    visit = Appointment(source="s", event_id="1", occurred_at=NOW, appointment_id="V", starts_at=later)
    assert check_event(visit, now=NOW) is visit


def visit(starts_at: datetime) -> AnyEvent:
    return Appointment(source="s", event_id="1", occurred_at=NOW, appointment_id="V", starts_at=starts_at)


def reserved(expires_at: datetime) -> AnyEvent:
    return ContactReserved(
        source="s", event_id="1", occurred_at=NOW, decision_id="d", request_id="r", expires_at=expires_at
    )


def overruled(expires_at: datetime) -> AnyEvent:
    return Override(
        customer_id="ada",
        source="s",
        event_id="1",
        occurred_at=NOW,
        kind="hold_all",
        author="a",
        reason="r",
        expires_at=expires_at,
    )


@pytest.mark.parametrize(
    ("event_with", "field"), [(visit, "starts_at"), (reserved, "expires_at"), (overruled, "expires_at")]
)
def test_a_time_that_utc_cannot_show_is_refused_and_the_last_second_of_all_is_not(
    event_with: Callable[[datetime], AnyEvent], field: str
) -> None:
    for at in (
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=12))),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(1970, 1, 1, 23, 59, 59, tzinfo=UTC),
    ):
        error = complaint_about(event_with(at))
        assert error.message == f"{field} is out of range"
        assert complete(error)
    for at in (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)):
        check_event(event_with(at), now=NOW)


@pytest.mark.parametrize("rating", [0, 6, -1, 10**30])
def test_a_rating_is_one_to_five(rating: int) -> None:
    event = Review(source="s", event_id="1", occurred_at=NOW, item_id="mug", rating=rating)
    assert complaint_about(event).message == "rating is out of range"


@pytest.mark.parametrize("rank", [0, -1, 1_001])
def test_ranks_begin_at_one(rank: int) -> None:
    event = Impression(source="s", event_id="1", occurred_at=NOW, decision_id="d", rank=rank)
    assert complaint_about(event).message == "rank is out of range"


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_is_a_number(score: float) -> None:
    event = SurveyAnswer(source="s", event_id="1", occurred_at=NOW, survey_id="q", score=score)
    assert complaint_about(event).message == "score is no number"


def question(text: str) -> Question:
    return Question(source="s", event_id="1", occurred_at=NOW, text=text)


@pytest.mark.parametrize("text", ["", "Wie groß ist die Lampe? 😀\n\tDanke", "x" * 10_000])
def test_people_may_write_what_they_like(text: str) -> None:
    event = question(text)
    assert check_event(event, now=NOW) is event


@pytest.mark.parametrize(
    ("text", "found"), [("x" * 10_001, "10001"), ("a\x00", "U+0000"), ("\ud800", "U+D800")]
)
def test_texts_that_no_database_keeps_are_refused(text: str, found: str) -> None:
    assert complaint_about(question(text)).found == found


@pytest.mark.parametrize("channel", ["", "x" * 257, "web\nstore"])
def test_a_label_is_one_short_line(channel: str) -> None:
    assert complaint_about(view(channel=channel)).message == "channel is no label"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({str(index): "" for index in range(201)}, "attributes has too many entries"),
        ({"": "x"}, "a key of attributes is no label"),
        ({"size": "\x00"}, "attributes.size holds a character that is no text"),
    ],
)
def test_attributes_are_few_named_texts(attributes: dict[str, str], message: str) -> None:
    event = Profile(source="s", event_id="1", occurred_at=NOW, customer_id="ada", attributes=attributes)
    assert complaint_about(event).message == message


def test_an_event_that_was_not_brought_up_to_date_is_refused() -> None:
    assert complaint_about(view(schema_version=7)).message.startswith("schema_version is not the one")


def test_a_word_on_consent_that_names_nobody_is_refused_because_it_would_stop_nothing() -> None:
    said = ConsentChange(
        source="s", event_id="1", occurred_at=NOW, consent_channel="email", status="unsubscribed"
    )
    with pytest.raises(InvalidEventError, match="customer_id is missing") as caught:
        check_event(said, now=NOW)
    assert "a no that names nobody" in str(caught.value)
    assert check_event(msgspec.structs.replace(said, customer_id="ada"), now=NOW).customer_id == "ada"


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        (Profile, {"name": "Ada"}, "a name that is nobody's could neither be found nor erased"),
        (Identify, {"other_id": "card"}, "a link has two ends"),
        (Unlink, {"other_id": "card"}, "a link has two ends"),
    ],
)
def test_names_and_links_of_nobody_are_refused(
    kind: type[AnyEvent], fields: dict[str, str], why: str
) -> None:
    event = msgspec.convert({"source": "s", "event_id": "1", "occurred_at": NOW, **fields}, kind)
    error = complaint_about(event)
    assert (error.message, why in (error.remedy or "")) == ("customer_id is missing", True)
    assert check_event(msgspec.structs.replace(event, customer_id="ada"), now=NOW).customer_id == "ada"
