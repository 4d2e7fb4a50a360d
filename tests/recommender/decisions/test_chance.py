"""What is drawn: the first action now and then, and the order of equals."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from scipy.stats import chisquare

from recommender.customers.dealings import Unit
from recommender.decisions import DecisionRequest
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, ServicePlan, Span
from tests.recommender.decisions.brand import DAY, OFFER, THANKS, brand_of, met, when
from tests.recommender.decisions.ten_items import SHOP, STATE, VISIT, booked
from tests.recommender.decisions.tiny_shop import NOW_S, shop_of


def test_of_two_kinds_that_are_worth_the_same_each_comes_first_in_about_half_of_the_decisions() -> None:
    brand = brand_of(SHOP, replace(THANKS, value=0.2), VISIT)
    state = met(STATE, bookings=(booked(20),))
    firsts = Counter(brand.said(state, DecisionRequest(k=1), decision_id=f"d{n}")[0] for n in range(64))
    assert set(firsts) == {"thanks", "visit"}
    assert min(firsts.values()) > 16


@pytest.mark.parametrize("lead", [Span(days=20), Span(days=5)])
def test_of_two_units_with_one_deadline_each_comes_first_in_about_half_of_the_decisions(lead: Span) -> None:
    plan = ServicePlan(
        "care", "Care", ItemSelector(), Span(days=20), None, lead, Span(days=1), None, frozenset({"care"}), value=9.0
    )  # fmt: skip
    brand = brand_of(SHOP, Action("care-due", ActionKind.SERVICE_REMINDER, prior=0.5), plans=(plan,))
    number = SHOP.number("i9")
    units = tuple(Unit(number, "o1", None, serial, NOW_S - 15 * DAY, 1) for serial in ("K-1", "K-2"))
    firsts = [
        brand.decide(met(STATE, units=units), DecisionRequest(k=1), decision_id=f"d{n}").actions[0].subject
        for n in range(64)
    ]
    assert 16 <= sum("K-1" in subject for subject in firsts) <= 48


def test_exploration_draws_uniformly_among_all_that_passed_and_logs_the_probability() -> None:
    brand = brand_of(SHOP, OFFER, THANKS, epsilon=0.5)
    best = brand_of(SHOP, OFFER, THANKS).said(STATE)[0]
    firsts, logged = Counter[str](), dict[str, float]()
    draws = 4_000
    for draw in range(draws):
        decision = brand.decide(STATE, DecisionRequest(k=1), decision_id=f"d{draw}")
        one = decision.actions[0]
        name = one.action_id if one.fact else f"offer {SHOP.item_id(one.item or 0)}"
        firsts[name] += 1
        assert logged.setdefault(name, one.action_probability) == one.action_probability
        assert decision.action_probability == one.action_probability
    assert len(firsts) == 10
    assert logged[best] == pytest.approx(0.5 + 0.5 / 10)
    assert sum(logged.values()) == pytest.approx(1.0)
    for name, probability in logged.items():
        deviation = (probability * (1 - probability) / draws) ** 0.5
        assert abs(firsts[name] / draws - probability) < 5 * deviation


def test_a_product_that_was_drawn_has_not_lost_against_itself() -> None:
    brand = brand_of(
        SHOP,
        OFFER,
        replace(OFFER, id="again-and-again", suitability=when("item.available", about_item=True)),
        epsilon=0.5,
    )
    explored = 0
    for draw in range(60):
        decision = brand.decide(STATE, DecisionRequest(k=3), decision_id=f"d{draw}")
        assert decision.trace is not None
        said = {(one.action_id, one.item) for one in decision.actions}
        lost = {(decision.trace.terms[one.place].action_id, one.item) for one in decision.trace.fates}
        assert not said & lost
        explored += decision.explored
    assert explored > 10


def test_a_promise_or_a_pin_is_never_explored_away() -> None:
    brand = brand_of(SHOP, OFFER, VISIT, epsilon=1.0)
    for draw in range(20):
        decision = brand.decide(met(STATE, bookings=(booked(3),)), decision_id=f"d{draw}")
        assert decision.actions[0].action_id == "visit"
        assert decision.actions[0].action_probability == 1.0


def test_saying_nothing_has_its_probability_too() -> None:
    brand = brand_of(SHOP, replace(THANKS, value=0.0), epsilon=0.25)
    kept = [brand.decide(STATE, decision_id=f"d{draw}") for draw in range(100)]
    assert {(len(one.actions), one.action_probability) for one in kept} == {(0, 0.75), (1, 0.25)}


@pytest.mark.parametrize(
    "names", [("thanks", "gratitude"), ("thanks-a", "thanks-b", "thanks-c"), ("t1", "t2", "t3", "t4")]
)
def test_ties_are_drawn_by_the_decision_and_stay_the_same_for_one(names: tuple[str, ...]) -> None:
    brand = brand_of(SHOP, *(replace(THANKS, id=name) for name in names))
    said = [brand.said(STATE, decision_id=f"d{draw}") for draw in range(600)]
    for place in range(len(names)):
        drawn = Counter(one[place] for one in said)
        assert set(drawn) == set(names)
        assert chisquare(list(drawn.values())).pvalue > 1e-3
    assert len(set(map(tuple, said))) == math.factorial(len(names))
    assert brand.said(STATE) == brand.said(STATE)


@pytest.mark.parametrize("asks", [None, "item.available"])
def test_different_products_that_are_worth_the_same_are_drawn_by_their_actions(asks: str | None) -> None:
    shop = shop_of("a", "b", "c", popularity={"a": 0.5, "b": 0.5, "c": 0.1})
    condition = None if asks is None else when(asks, about_item=True)
    spring, autumn = (
        replace(OFFER, id=name, items=ItemSelector(frozenset({item})), applicability=condition)
        for name, item in (("spring", "a"), ("autumn-sale", "b"))
    )
    brand, request = brand_of(shop, spring, autumn), DecisionRequest(k=1)
    firsts = Counter(brand.said(shop.customer(), request, decision_id=f"d{n}")[0] for n in range(400))
    assert set(firsts) == {"spring a", "autumn-sale b"}
    assert chisquare(list(firsts.values())).pvalue > 1e-3
