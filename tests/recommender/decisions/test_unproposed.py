"""Of what was never proposed the fact that is missing is told, and it is true."""

from dataclasses import replace
from datetime import datetime

import msgspec
import pytest

from recommender.actions import CustomerSituation, Moment, proposals_in
from recommender.customers.dealings import Booking, Dealings, Unit
from recommender.decisions.decision import Decision
from recommender.decisions.prepared import prepared
from recommender.decisions.request import DecisionRequest
from recommender.decisions.unproposed import missing_fact
from recommender.decisions.why_not import About, why_not
from recommender.events.vocabulary import Appointment
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, ServicePlan, Span, Timing
from tests.recommender.actions.following import ANSWERED, ASK_REVIEW, BACK, SORRY, SURVEY, THANKS
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    UTC_ZONE,
    Customer,
    action_of,
    days_ago,
    number,
    proposed,
    repertoire_for,
    situation_of,
)
from tests.recommender.decisions.brand import Brand, brand_of
from tests.recommender.decisions.tiny_shop import shop_of

LAPSED = action_of(ActionKind.WIN_BACK, timing=Timing(within_s=30 * DAY))


def missing(action: Action, customer: Customer) -> str:
    assert proposed(customer, action) == []
    return missing_fact(action, situation_of(customer, repertoire_for(action)))


def arrived(*items: str) -> Customer:
    return Customer().buys(*items, ago=9, order="1").gets("1", ago=8)


def test_goods_that_were_reviewed_already_are_named_as_such() -> None:
    told = missing(ASK_REVIEW, arrived("RING").reviews("RING", 4, ago=4))
    assert told == "what was delivered in its time was reviewed already"
    told = missing(ASK_REVIEW, arrived("CHAIN").complains(1, item="CHAIN"))
    assert told == "an open complaint may be about what was delivered in its time"
    none = "nothing that it is about and that the customer kept for themselves was delivered in its time"
    assert missing(ASK_REVIEW, Customer()) == none
    assert missing(ASK_REVIEW, arrived("RING").gives_back("RING", ago=4)) == none
    assert missing(ASK_REVIEW, arrived("RING").is_told(ASK_REVIEW.id, 1, "RING")) == (
        "it was said since, or is reserved"
    )


def test_an_easy_return_without_a_sign_of_trouble_says_so() -> None:
    none = "no rating of 2 or less and no question about returns says that something does not please"
    assert missing(BACK, arrived("RING")) == none
    assert missing(BACK, Customer()) == none
    patient = replace(BACK, timing=replace(BACK.timing, after_s=5 * DAY))
    assert missing(patient, arrived("RING").reviews("RING", 1, ago=4)) == (
        "the sign of trouble that it follows is too fresh for its timing.after"
    )
    assert missing(BACK, arrived("RING").reviews("CHAIN", 1, ago=4)) == (
        "nothing that a sign of trouble is about arrived in its time and was kept"
    )


def test_who_ordered_too_seldom_has_no_rhythm_to_stay_away_from() -> None:
    assert missing(LAPSED, Customer()) == "the customer ordered on 0 days, and a rhythm takes 3"
    once = Customer().buys("RING", ago=300)
    assert missing(LAPSED, once) == "the customer ordered on 1 day, and a rhythm takes 3"
    often = once.buys("RING", ago=290).buys("RING", ago=280)
    assert missing(LAPSED, often) == "the customer has stayed away for longer than its timing.within"
    booked = Appointment(
        source="shop",
        event_id="b",
        occurred_at=days_ago(1),
        appointment_id="a",
        starts_at=days_ago(-5),
        status="booked",
    )
    assert missing(LAPSED, Customer([*often.events, booked])) == "a visit is booked"
    assert missing(LAPSED, often.buys("RING", ago=5)) == (
        "the customer has not stayed away for longer than their own rhythm explains"
    )


def test_of_a_reminder_it_is_said_where_the_promise_of_each_unit_stands() -> None:
    half_a_year = Span(months=6)
    ring = ItemSelector(item_ids=frozenset({"RING"}))
    care = ServicePlan(
        "care", "Care", ring, half_a_year, None, Span(days=30), Span(days=30), None, frozenset({"POL"})
    )
    reminder = action_of(ActionKind.SERVICE_REMINDER)
    bought = {"1": "2025-03-01", "2": "2024-10-01", "3": "2024-12-20", "4": "2024-12-21", "5": "2024-12-22"}
    units = [
        Unit(number("RING"), order, None, None, int(datetime.fromisoformat(f"{day}T12:00Z").timestamp()), 1)
        for order, day in bought.items()
    ]
    visit = Booking("a", NOW_S + 5 * DAY, "booked", "POL", None, None, NOW_S - DAY)

    def told(*units: Unit, bookings: tuple[Booking, ...] = ()) -> str:
        state = replace(Customer().state(), dealings=Dealings(units=units, bookings=bookings))
        situation = CustomerSituation(repertoire_for(reminder, plans=[care]), state, Moment(NOW_S, UTC_ZONE))
        assert not proposals_in(situation)
        return missing_fact(reminder, situation)

    assert told() == "no unit that the customer owns is under a service plan that it is about"
    coming = "Ring Aurora: Care due on 2025-09-01, to be spoken of from 2025-08-02"
    lapsed = "Ring Aurora: Care was due on 2025-04-01, lapsed after 2025-05-01"
    assert told(units[0]) == coming
    assert told(*units[:2]) == f"{coming}; {lapsed}"
    booked = "Ring Aurora: Care due on 2025-06-20, a visit is booked"
    assert told(units[2], bookings=(visit,)) == booked
    later = [
        msgspec.structs.replace(visit, appointment_id=f"{n}", starts_s=NOW_S + (5 + n) * DAY) for n in (1, 2)
    ]
    three = (visit, *later)
    assert told(units[0], *units[2:], bookings=three).endswith("and 1 more")


@pytest.mark.parametrize("action", [THANKS, SURVEY, SORRY, ANSWERED])
def test_of_other_kinds_what_was_said_is_told_from_what_never_happened(action: Action) -> None:
    happened = Customer().buys("RING", ago=5).asks(4).complains(4)
    said = happened.is_told(action.id, 1, "RING").is_told(action.id, 1)
    assert "was said since, or is reserved" not in missing(action, Customer())
    assert missing(action, said).endswith("said since, or is reserved")
    assert missing(replace(action, expiry_s=60), Customer(happened.events[:3])) == (
        "what it would follow is older than its expiry"
    )


def of_item(brand: Brand, item: str) -> tuple[str, str]:
    shop, request = brand.shop, DecisionRequest()
    state, ready = shop.customer(), prepared(brand.repertoire, shop.assortment)
    decision: Decision = brand.decide(state, request)
    (told,) = why_not(decision, request, ready, state, About(item=shop.number(item)))
    assert told.verdict == "never_proposed"
    return told.code, told.because


def test_of_an_item_the_actions_that_may_be_about_it_are_named_and_never_its_number() -> None:
    shop = shop_of("mug", "boiler")
    remind, only_mugs = Action("due", ActionKind.SERVICE_REMINDER), ItemSelector(frozenset({"mug"}))
    boilers = ServicePlan(
        "p",
        "P",
        ItemSelector(frozenset({"boiler"})),
        Span(3),
        None,
        Span(0, 30),
        Span(),
        None,
        frozenset({"x"}),
    )
    thanks = Action("thanks", ActionKind.THANK_YOU, items=only_mugs, value=1.0)
    brand = brand_of(shop, remind, thanks, plans=(boilers,))
    assert of_item(brand, "boiler") == (
        "no_fact",
        "only due may be about item boiler: no unit that the customer owns is under a service plan that it is about",
    )
    both = brand.with_book(actions=(remind, replace(thanks, items=ItemSelector())))
    assert of_item(both, "boiler") == (
        "no_fact",
        "due and thanks may be about item boiler, and have nothing to say of it",
    )
    neither = brand.with_book(actions=(thanks,), plans=())
    assert of_item(neither, "boiler") == ("no_action", "no action of the playbook is about item boiler")
