"""Pins and boosts of staff, and levers that switch off."""

from collections import Counter
from dataclasses import replace

import pytest

from recommender.candidates.codes import Fate, GateReason
from recommender.catalog import CatalogItem
from recommender.customers.dealings import Asked, Unit
from recommender.decisions import DecisionRequest
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, ServicePlan, Span
from tests.recommender.decisions.brand import DAY, OFFER, THANKS, brand_of, met, override
from tests.recommender.decisions.ten_items import SHOP, STATE, VISIT, booked
from tests.recommender.decisions.tiny_shop import NOW_S, shop_of


def test_what_staff_pinned_comes_first_also_a_product_that_is_unlikely() -> None:
    brand = brand_of(SHOP, OFFER, THANKS, VISIT)
    pinned = met(STATE, bookings=(booked(3),), overrides=(override("pin", "thanks"),))
    assert [one.split()[0] for one in brand.said(pinned, DecisionRequest(k=2))] == ["thanks", "visit"]
    product = met(STATE, overrides=(override("pin", None, SHOP.number("i8")),))
    assert brand.said(product, DecisionRequest(k=2)) == ["offer i8", "offer i0"]
    owned = met(STATE, overrides=(override("pin", None, SHOP.number("i9")),))
    assert "offer i9" not in brand.said(owned)


@pytest.mark.parametrize("order", [1, -1])
def test_a_pinned_item_comes_under_the_action_that_makes_the_most_of_it(order: int) -> None:
    poor, rich = replace(OFFER, id="poor", value=40.0), replace(OFFER, id="rich", value=50.0)
    pinned = met(STATE, overrides=(override("pin", None, SHOP.number("i8")),))
    brand = brand_of(SHOP, *[poor, rich][::order])
    assert brand.said(pinned, DecisionRequest(k=1)) == ["rich i8"]


def test_a_pinned_action_speaks_of_its_next_product_where_the_slate_holds_the_first() -> None:
    news, sale = replace(OFFER, id="news", value=5.0), replace(OFFER, id="sale", value=100.0)
    words = (
        override("pin", "news", event_id="1", at_s=NOW_S - 200),
        override("pin", "sale", event_id="2", at_s=NOW_S - 100),
    )
    said = brand_of(SHOP, news, sale).said(met(STATE, overrides=words), DecisionRequest(k=3))
    assert said == ["sale i0", "news i1", "sale i2"]
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n}", category=("A",)) for n in range(3)),
        CatalogItem(item_id="b", category=("B",)),
    )
    one_each = brand_of(shop, news, sale, most_per_category=1)
    assert one_each.said(met(shop.customer(), overrides=words), DecisionRequest(k=2)) == ["sale a0", "news b"]
    only = replace(news, items=ItemSelector(frozenset({"i0"})))
    decision = brand_of(SHOP, only, sale).decide(met(STATE, overrides=words), DecisionRequest(k=2))
    assert [one.action_id for one in decision.actions] == ["sale", "sale"]
    assert decision.trace is not None
    assert [(one.item, one.why) for one in decision.trace.fates] == [(SHOP.number("i0"), Fate.SAID_ALREADY)]


def test_a_lever_of_zero_switches_off_promises_pins_and_exploration_too() -> None:
    plan = ServicePlan(
        "care", "Care", ItemSelector(), Span(days=20), None, Span(days=5), Span(days=1), None, frozenset({"care"}), value=9.0
    )  # fmt: skip
    due = Action("care-due", ActionKind.SERVICE_REMINDER, prior=0.5, lever="off")
    offer, thanks = replace(OFFER, lever="off"), replace(THANKS, lever="off")
    unit = Unit(SHOP.number("i8"), "o1", None, "K-1", NOW_S - 20 * DAY, 1)
    words = (override("pin", "offer", event_id="1"), override("pin", "thanks", event_id="2"))
    for overrides in ((), words):
        state = met(STATE, units=(unit,), overrides=overrides)
        brand = brand_of(SHOP, due, offer, thanks, plans=(plan,), levers={"off": 0.0}, epsilon=0.5)
        for draw in range(40):
            decision = brand.decide(state, decision_id=f"d{draw}")
            assert decision.actions == ()
            trace = decision.trace
            assert trace is not None
            weighed = {(one.action_id, one.why, one.because) for one in trace.weighed}
            assert weighed | {(one.action_id, one.why, one.because) for one in trace.terms} == {
                (name, GateReason.SWITCHED_OFF, "its lever off is 0")
                for name in ("care-due", "thanks", "offer")
            }
        assert brand.with_book(levers={"off": 1.0}).decide(state).actions


def test_of_two_pins_of_one_second_the_later_comes_first() -> None:
    brand = brand_of(SHOP, OFFER, THANKS)
    first = override("pin", None, SHOP.number("i7"), event_id="1")
    second = override("pin", None, SHOP.number("i8"), event_id="2")
    pinned = met(STATE, overrides=(first, second))
    assert brand.said(pinned, DecisionRequest(k=2)) == ["offer i8", "offer i7"]


def test_a_boost_multiplies_and_the_receipt_shows_it_in_the_lever() -> None:
    brand = brand_of(SHOP, OFFER, THANKS)
    boosted = met(STATE, overrides=(override("boost", "thanks", amount=40.0),))
    first = brand.decide(boosted).actions[0]
    assert first.action_id == "thanks"
    assert first.factors is not None
    assert first.factors.lever == 40.0
    one_item = met(STATE, overrides=(override("boost", "offer", SHOP.number("i8"), amount=40.0),))
    assert brand.said(one_item)[0] == "offer i8"


def test_of_one_pinned_item_what_is_worth_most_comes_first_whatever_its_kind() -> None:
    shop = shop_of(*(f"i{n}" for n in range(6)))
    number = shop.number("i4")
    question = (Asked("q1", NOW_S - 3_600, number, None, None),)
    pinned = met(shop.customer(), questions=question, overrides=(override("pin", None, number),))
    for value, first in ((1_000.0, "ask"), (0.01, "offer")):
        ask = Action("ask", ActionKind.FOLLOW_UP, value=value, prior=0.5)
        said = brand_of(shop, replace(OFFER, value=50.0), ask).decide(pinned).actions
        assert [one.action_id for one in said[:2]] == [first, "offer" if first == "ask" else "ask"]


def test_two_actions_about_one_promise_take_turns() -> None:
    poor = Action("poor", ActionKind.APPOINTMENT, value=0.0, costs={"web": 0.1})
    rich = Action("rich", ActionKind.APPOINTMENT, value=20.0, prior=0.5)
    brand, she = brand_of(SHOP, poor, rich), met(SHOP.customer(), bookings=(booked(1),))
    first = Counter(
        brand.decide(she, DecisionRequest(k=1, channel="web"), decision_id=f"d{n}").actions[0].action_id
        for n in range(200)
    )
    assert min(first["poor"], first["rich"]) > 60
