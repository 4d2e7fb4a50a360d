"""What conditions may ask of a customer, and of an item."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from recommender.actions import CustomerSituation, Moment
from recommender.actions.facts import CUSTOMER_FACTS, ITEM_FACTS
from recommender.customers.dealings import Booking, Dealings, Surveyed, Unit
from recommender.playbook.conditions import compile_condition
from recommender.playbook.conditions.vocabulary import FACTS, SHORT_FORMS, Fact, ValueType
from recommender.playbook.model import ItemSelector, ServicePlan, Span
from recommender.playbook.situation import FactValue
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    UTC_ZONE,
    Customer,
    number,
    repertoire_for,
    situation_of,
)

YEARLY = ServicePlan(
    id="inspection",
    name="Inspection",
    items=ItemSelector(categories=(("Watches",),)),
    first_after=Span(months=6),
    every=Span(months=6),
    lead=Span(days=30),
    grace=Span(days=30),
    until=None,
    satisfied_by=frozenset({"inspection"}),
)


def asked(customer: Customer, name: str, argument: str | None = None) -> FactValue | None:
    return situation_of(customer, repertoire_for(plans=[YEARLY])).fact(name, argument)


def with_dealings(dealings: Dealings) -> CustomerSituation:
    state = replace(Customer().state(), dealings=dealings)
    return CustomerSituation(repertoire_for(), state, Moment(NOW_S, UTC_ZONE))


def busy() -> Customer:
    return (
        Customer()
        .buys("RING", "POST", ago=100)
        .buys("CHAIN", ago=80)
        .buys("WATCH", ago=50, order="w")
        .gives_back("CHAIN", ago=70)
        .buys("BOX", ago=40, gift_for="mother")
        .complains(30, complaint="c1")
        .is_satisfied(20, complaint="c1")
        .complains(10, complaint="c2")
        .asks(9)
        .visits("inspection", ago=8)
        .reviews("RING", 4, ago=7)
        .reviews("WATCH", 2, ago=6)
        .answers("how", 9.0, ago=5)
        .is_told("thank_you", 31)
        .is_told("thank_you", 4)
        .is_promised("thank_you", 0.01, "r1")
        .is_promised("thank_you", 1, "r2")
    )


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("customer.orders", None, 3.0),
        ("customer.lines", None, 4.0),
        ("customer.items", None, 4.0),
        ("customer.first_purchase", None, float(NOW_S - 100 * DAY)),
        ("customer.last_purchase", None, float(NOW_S - 40 * DAY)),
        ("last_purchase", None, float(NOW_S - 40 * DAY)),
        ("customer.rhythm", None, 30.0 * DAY),
        ("customer.new", None, False),
        ("owns", "RING", True),
        ("owns", "CHAIN", False),
        ("owns", "BOX", False),
        ("owns", "aurora", True),
        ("owns", "NEVER-SEEN", False),
        ("bought", "BOX", True),
        ("bought", "CHAIN", False),
        ("owns_category", "Rings", True),
        ("owns_category", "Rings/Gold", True),
        ("owns_category", " Rings / Gold ", True),
        ("owns_category", "Rings/Silver", False),
        ("owns_category", "Chains", False),
        ("bought_category", "Watches", True),
        ("bought_category", "Cars", False),
        ("bought_category", "Chains", False),
        ("complaints.open", None, 1.0),
        ("complaints.last", None, float(NOW_S - 10 * DAY)),
        ("questions.last", None, float(NOW_S - 9 * DAY)),
        ("visits.last", None, float(NOW_S - 8 * DAY)),
        ("reviews.last_rating", None, 2.0),
        ("surveys.last_score", None, 9.0),
        ("contacts.last", None, float(NOW_S - 4 * DAY)),
        ("contacts.count_30d", None, 2.0),
        ("holdings.serviced", None, 1.0),
        ("now", None, float(NOW_S)),
    ],
)
def test_every_fact_follows_from_what_happened(name: str, argument: str | None, value: FactValue) -> None:
    assert asked(busy(), name, argument) == value


def test_what_came_back_was_neither_bought_nor_owned_and_what_was_kept_is_owned_for_good() -> None:
    """As the vocabulary says: a state remembers nothing of goods that came back."""
    two = Customer().buys("CHAIN", ago=9).buys("CHAIN", ago=8).buys("RING", ago=3_000)
    one = Customer([*two.events]).gives_back("CHAIN", ago=5)
    none = Customer([*one.events]).gives_back("CHAIN", ago=4)
    asked_of = ("owns", "CHAIN"), ("bought", "CHAIN"), ("bought_category", "Chains")
    assert [asked(one, *fact) for fact in asked_of] == [True, True, True]
    assert [asked(none, *fact) for fact in asked_of] == [False, False, False]
    assert asked(none, "owns", "RING") is True
    assert "given back" in FACTS["bought"].doc
    assert "given back" in FACTS["bought_category"].doc


def test_of_a_stranger_nothing_is_known_and_that_is_no_error() -> None:
    stranger = situation_of(Customer(), repertoire_for())
    known = {name: stranger.fact(name, "x" if name in TAKING_ONE else None) for name in CUSTOMER_FACTS}
    counted = {"customer.orders", "customer.lines", "customer.items", "complaints.open"} | {
        "contacts.count_30d",
        "holdings.serviced",
    }
    assert {name for name, value in known.items() if value == 0.0 and value is not False} == counted
    assert known["customer.new"] is True
    assert not any(known[name] for name in ("owns", "bought", "owns_category", "bought_category"))
    told = {"customer.new", "now", "today.month", "today.weekday", "today.day", "hour"}
    assert {name for name, value in known.items() if value} == told


TAKING_ONE = {"attribute", "preference", "owns", "bought", "owns_category", "bought_category"}


def test_a_rhythm_takes_two_days() -> None:
    assert asked(Customer().buys("RING", ago=5).buys("CHAIN", ago=5.01), "customer.rhythm") is None


def test_the_clock_is_the_customers_own() -> None:
    new_year = int(datetime(2024, 12, 31, 23, 30, tzinfo=UTC).timestamp())
    state = Customer().state()
    here, there = (
        CustomerSituation(repertoire_for(), state, Moment(new_year, ZoneInfo(zone)))
        for zone in ("UTC", "Asia/Tokyo")
    )
    names = ("today.month", "today.day", "today.weekday", "hour")
    assert [here.fact(name) for name in names] == [12.0, 31.0, 2.0, 23.0]
    assert [there.fact(name) for name in names] == [1.0, 1.0, 3.0, 8.0]


def test_the_request_is_known_where_it_says_so() -> None:
    moment = Moment(NOW_S, UTC_ZONE, channel="email", placement="cart")
    situation = situation_of(Customer(), repertoire_for(), moment=moment)
    assert (situation.fact("request.channel"), situation.fact("request.placement")) == ("email", "cart")


def test_what_was_told_about_the_customer_is_a_fact() -> None:
    told = with_dealings(
        Dealings(
            attributes={"tier": "gold"},
            preferences={"size": "M"},
            time_zone="Europe/Berlin",
            language="de",
            last_seen_s=NOW_S - 60,
        )
    )
    asked_for = [("attribute", "tier"), ("attribute", "size"), ("preference", "size")]
    assert [told.fact(*one) for one in asked_for] == ["gold", None, "M"]
    assert (told.fact("customer.time_zone"), told.fact("customer.language")) == ("Europe/Berlin", "de")
    assert told.fact("customer.last_seen") == float(NOW_S - 60)


def test_the_next_appointment_is_the_nearest_that_still_holds() -> None:
    def booked(appointment: str, days: int, status: str) -> Booking:
        return msgspec.convert(
            [appointment, NOW_S + days * DAY, status, None, None, None, NOW_S - DAY], Booking
        )

    bookings = (
        booked("a", 3, "cancelled"),
        booked("b", 9, "booked"),
        booked("c", 5, "moved"),
        booked("d", -1, "booked"),
    )
    assert with_dealings(Dealings(bookings=bookings)).fact("appointments.next") == float(NOW_S + 5 * DAY)


def test_an_answer_in_words_alone_leaves_the_last_score() -> None:
    answers = (Surveyed("a", NOW_S - 9, 3.0), Surveyed("b", NOW_S - 5, None))
    assert with_dealings(Dealings(surveys=answers)).fact("surveys.last_score") == 3.0


def test_a_later_answer_in_words_does_not_make_an_old_score_the_last() -> None:
    customer = Customer().answers("A", 2, ago=30).answers("B", 9, ago=20).answers("A", None, ago=10)
    assert asked(customer, "surveys.last_score") == 9.0


@pytest.mark.parametrize("fact", ["surveys.last_score", "reviews.last_rating"])
def test_what_is_dated_ahead_of_the_clock_is_no_answer_yet(fact: str) -> None:
    ahead = Customer().answers("A", 2, ago=-0.2).reviews("RING", 2, ago=-0.2)
    assert asked(ahead, fact) is None
    assert asked(ahead.answers("B", 5, ago=3).reviews("CHAIN", 5, ago=3), fact) == 5.0


def test_a_later_review_in_words_does_not_make_an_old_rating_the_last() -> None:
    customer = Customer().reviews("RING", 2, ago=30).reviews("CHAIN", 5, ago=20).reviews("RING", None, ago=10)
    assert asked(customer, "reviews.last_rating") == 5.0


def test_an_item_is_asked_first_and_then_the_customer() -> None:
    ring = situation_of(busy(), repertoire_for()).about(number("RING"))
    facts = ("item.id", "item.name", "item.category", "item.group", "item.price", "item.available")
    assert [ring.fact(name) for name in facts] == [
        "RING",
        "Ring Aurora",
        "Rings/Gold",
        "aurora",
        900.0,
        True,
    ]
    assert ring.fact("item_attribute", "metal") == "gold"
    assert ring.fact("item_attribute", "size") is None
    assert (ring.fact("holding.bought"), ring.fact("holding.count")) == (float(NOW_S - 100 * DAY), 1.0)
    assert ring.fact("customer.orders") == 3.0


def test_units_are_asked_for_their_own_purchase() -> None:
    unit = Unit(number("WATCH"), "w", None, "S-1", NOW_S - 7 * DAY, 2)
    watch = situation_of(busy(), repertoire_for()).about(number("WATCH"), unit)
    assert (watch.fact("holding.bought"), watch.fact("holding.count")) == (float(NOW_S - 7 * DAY), 2.0)


@pytest.mark.parametrize("unknown", [999, 2**32, -1])
def test_an_item_that_nobody_knows_has_no_facts(unknown: int) -> None:
    nothing = situation_of(busy(), repertoire_for()).about(unknown)
    known = {name: nothing.fact(name, "x" if name == "item_attribute" else None) for name in ITEM_FACTS}
    assert {name: value for name, value in known.items() if value is not None} == {
        "item.available": False,
        "holding.count": 0.0,
    }


def test_of_an_item_without_a_description_the_id_is_known() -> None:
    mug = situation_of(Customer(), repertoire_for()).about(number("MUG"))
    assert (mug.fact("item.name"), mug.fact("item.category"), mug.fact("item.price")) == ("MUG", None, None)
    assert mug.fact("item.available") is True
    box = situation_of(Customer(), repertoire_for()).about(number("BOX"))
    assert box.fact("item.available") is False


def test_conditions_may_ask_exactly_what_is_answered_here() -> None:
    short = set(SHORT_FORMS)
    assert set(CUSTOMER_FACTS) - short | set(ITEM_FACTS) == set(FACTS)
    assert {name for name, fact in FACTS.items() if fact.is_about_item} == set(ITEM_FACTS)
    assert {name for name, fact in FACTS.items() if fact.argument} - {"item_attribute"} == TAKING_ONE


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_facts_have_the_type_that_conditions_were_checked_for(fact: Fact) -> None:
    situation = situation_of(busy(), repertoire_for(plans=[YEARLY])).about(number("RING"))
    value = situation.fact(fact.name, "RING" if fact.argument else None)
    types = {ValueType.TEXT: str, ValueType.TRUTH: bool}
    assert value is None or type(value) is types.get(fact.type, float)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("customer.orders >= 3 and days_since(last_purchase) > 39", True),
        ("complaints.open == 0", False),
        ('owns_category("Rings") and not owns("WATCH")', False),
        ("customer.rhythm < 31 days", True),
        ("item.price > 500 and holding.count == 1 and days_since(holding.bought) > 99", True),
        ("surveys.last_score >= 9 and reviews.last_rating <= 2", True),
        ("days_until(appointments.next) < 3", False),
        ('item.category == "Rings/Gold" and today.weekday == 7', True),
    ],
)
def test_conditions_are_answered(condition: str, holds: bool) -> None:
    ring = situation_of(busy(), repertoire_for()).about(number("RING"))
    assert compile_condition(condition, about_item=True).holds(ring) is holds


@pytest.mark.parametrize("name", sorted(ITEM_FACTS))
def test_a_fact_of_an_item_is_unknown_where_there_is_no_item(name: str) -> None:
    assert asked(busy(), name) is None


def test_a_name_outside_the_vocabulary_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        asked(Customer(), "customer.shoe_size")
