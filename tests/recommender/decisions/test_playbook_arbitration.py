import math
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.candidates.codes import Fate
from recommender.catalog import CatalogItem
from recommender.customers.dealings import Complaint, Outcome, SpecialDay, Unit
from recommender.decisions import DecisionRequest, decode_receipt, encode_receipt
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.receipts import encode_body
from recommender.models.propensity import FEATURES, Features
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Channel, Cooldown, ItemSelector, ServicePlan, Span, Timing
from recommender.types import Float64Array
from tests.recommender.decisions.brand import AGAIN, DAY, OFFER, THANKS, brand_of, met, when
from tests.recommender.decisions.ten_items import SHOP, STATE, TEN, VISIT, booked
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of


def test_expected_value_is_the_product_of_the_factors_less_the_cost() -> None:
    thanks = replace(
        THANKS,
        context=((when("customer.orders >= 1"), 2.0), (when("customer.new"), 100.0)),
        lever="season",
        costs={"web": 0.25},
    )
    brand = brand_of(SHOP, thanks, levers={"season": 1.5})
    (said,) = brand.decide(STATE, DecisionRequest(channel="web")).actions
    assert said.expected_value == pytest.approx(0.5 * 3.0 * 2.0 * 1.5 - 0.25)
    assert said.factors is not None
    assert said.factors.expected_value == said.expected_value
    assert (said.text, said.fact, said.score) == ("Thank you for i9.", "bought 3 days ago", 0.5)


@given(
    st.lists(st.sampled_from((0.0, 0.1, 1.0, 5.0, 20.0, 50.0)), min_size=4, max_size=4), st.integers(1, 12)
)
def test_whatever_kinds_are_worth_nothing_worth_more_is_left_out(values: list[float], k: int) -> None:
    """Kinds that could not have been worth enough are asked for the receipt only: they must not have been."""
    survey, back = (
        Action("survey", ActionKind.SURVEY, prior=0.5),
        Action("back", ActionKind.WIN_BACK, prior=0.5),
    )
    back = replace(back, timing=Timing(lapse=0.1, least_orders=2))
    actions = [
        replace(one, value=value) for one, value in zip((THANKS, survey, back, OFFER), values, strict=True)
    ]
    state = SHOP.customer(Bought("i9", days_ago=3), Bought("i8", days_ago=20))
    request = DecisionRequest(k=k)
    decision = brand_of(SHOP, *actions).decide(state, request)
    assert decision.trace is not None
    passed = [math.prod(one.factors[:4]) - one.factors[4] for one in decision.trace.weighed]
    ranked = [one * values[3] for one in decision.trace.ranked.probabilities().tolist()]
    assert {one.action_id for one in decision.trace.weighed} == {"thanks", "survey", "back"}
    worthy = sorted((one for one in (*passed, *ranked) if one > 0), reverse=True)[:k]
    assert [one.expected_value for one in decision.actions] == pytest.approx(worthy, rel=1 / 128)
    assert decode_receipt(encode_receipt(decision, request)).decision == decision


def test_kinds_compete_in_currency_and_products_keep_the_order_of_the_ranking() -> None:
    plain = SHOP.said(STATE)["product_offer"]
    said = brand_of(SHOP, OFFER, replace(THANKS, value=20.0)).said(STATE, DecisionRequest(k=20))
    assert [one.removeprefix("offer ") for one in said if one != "thanks"] == plain
    scores = [one.score for one in SHOP.decide(STATE).actions]
    assert said.index("thanks") == sum(score > 0.5 for score in scores)


def test_a_promise_is_worth_what_its_plan_says_from_the_beginning_of_its_lead() -> None:
    plan = ServicePlan(
        "care", "Care", ItemSelector(), Span(days=30), None, Span(days=20), Span(days=90), None, frozenset({"care"}),
        value=40.0,
    )  # fmt: skip
    reminder = Action("care-due", ActionKind.SERVICE_REMINDER, value=2.0, prior=0.5)
    brand = brand_of(SHOP, reminder, plans=(plan,))
    state = met(STATE, units=(Unit(SHOP.number("i9"), "o1", None, None, NOW_S - 15 * DAY, 1),))
    (said,) = brand.decide(state).actions
    assert said.due_at_s is not None
    assert said.due_at_s > NOW_S + 7 * DAY
    assert said.expected_value == pytest.approx(0.5 * (2.0 + 40.0))


def test_nothing_is_said_when_nothing_is_worth_it() -> None:
    brand = brand_of(SHOP, replace(THANKS, value=1.0, costs={"web": 0.5}), replace(OFFER, value=0.0))
    decision = brand.decide(STATE, DecisionRequest(channel="web"))
    assert decision.actions == ()
    assert decision.action_probability == 1.0
    assert decision.trace is not None
    assert [one.why for one in decision.trace.weighed] == [Fate.NOT_WORTH_SAYING]


def test_an_item_is_said_by_the_action_that_makes_the_most_of_it_and_once() -> None:
    dear = Action("dear", ActionKind.PRODUCT_OFFER, value=100.0, items=ItemSelector(frozenset({"i3", "i7"})))
    said = brand_of(SHOP, OFFER, dear).said(STATE, DecisionRequest(k=20))
    assert said[:2] == ["dear i3", "dear i7"]
    assert Counter(one.split()[-1] for one in said).most_common(1)[0][1] == 1
    assert len(said) == 9


def test_a_share_of_the_price_orders_offers_where_the_shop_wants_it_to() -> None:
    shop = shop_of(
        CatalogItem(item_id="cheap", price=Decimal(1)),
        CatalogItem(item_id="dear", price=Decimal(1000)),
        "unpriced",
    )
    assert brand_of(shop, OFFER).said(shop.customer())[0] == "offer cheap"
    by_margin = brand_of(shop, replace(OFFER, value_from_price=0.3)).decide(shop.customer()).actions
    assert [shop.item_id(one.item or 0) for one in by_margin] == ["dear", "cheap", "unpriced"]
    assert by_margin[0].factors is not None
    assert by_margin[0].factors.value == pytest.approx(20 + 300)


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_products_that_differ_in_price_are_weighed_alike_all_at_once_and_one_by_one(epsilon: float) -> None:
    priced = [CatalogItem(item_id=f"i{rank}", price=Decimal(1 + 7 * rank % 11)) for rank in range(10)]
    shop = shop_of(*priced, "unpriced")
    ignored = Outcome("narrow", shop.number("i5"), "ignored", NOW_S - DAY)
    state = met(shop.customer(Bought("i9", days_ago=3)), outcomes=(ignored,))
    share = replace(OFFER, value_from_price=0.3, cooldown=Cooldown(ignored_s=5 * DAY))
    narrow = replace(share, id="narrow", value=21.0, items=ItemSelector(frozenset({"i2", "i5", "unpriced"})))
    at_once, one_by_one = (
        brand_of(shop, *actions, THANKS, epsilon=epsilon)
        for actions in (
            (share, narrow),
            [replace(one, applicability=when("item.available", about_item=True)) for one in (share, narrow)],
        )
    )
    for draw in range(60):
        both = [
            one.decide(state, DecisionRequest(k=8), decision_id=f"d{draw}") for one in (at_once, one_by_one)
        ]
        mine, theirs = ([(one.action_id, one.item, one.factors) for one in each.actions] for each in both)
        assert both[0].explored == both[1].explored
        if not both[0].explored:  # what is drawn among depends on the order of the actions
            assert mine == theirs
            assert len(mine) == 8
            assert {action for action, item, _ in mine if item == ignored.number} == {"offer"}
            assert both[0].action_probability == both[1].action_probability


def test_a_promise_near_its_deadline_comes_before_any_offer_and_a_far_one_competes() -> None:
    brand = brand_of(SHOP, replace(OFFER, value=1_000.0), VISIT)
    near = brand.decide(met(STATE, bookings=(booked(3),)), DecisionRequest(k=3))
    assert [one.action_id for one in near.actions] == ["visit", "offer", "offer"]
    assert near.actions[0].deadline_s == NOW_S + 3 * DAY
    far = brand.decide(met(STATE, bookings=(booked(20),)), DecisionRequest(k=3))
    assert [one.action_id for one in far.actions] == ["offer", "offer", "offer"]


def test_no_more_offers_of_a_category_than_the_playbook_allows() -> None:
    shop = shop_of(
        *(CatalogItem(item_id=one, category=("a" if int(one[1]) < 7 else "b", "x", one)) for one in TEN)
    )
    brand = brand_of(shop, OFFER, most_per_category=2)
    assert brand.said(shop.customer(), DecisionRequest(k=20)) == [
        "offer i0",
        "offer i1",
        "offer i7",
        "offer i8",
    ]
    uncategorised = brand_of(SHOP, OFFER, most_per_category=2)
    assert len(uncategorised.said(STATE, DecisionRequest(k=20))) == 9


@pytest.mark.parametrize("asks", [None, "item.available"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-12])
def test_offers_and_refills_of_one_category_share_its_places(asks: str | None, epsilon: float) -> None:
    teas, cups = [f"tea{n}" for n in range(9)], [f"cup{n}" for n in range(3)]
    shop = shop_of(
        *(CatalogItem(item_id=one, category=("Kitchen", one[:3])) for one in (*teas, *cups)),
        consumable=teas[:6],
    )
    she = shop.customer(*(Bought(one, days_ago=30.0, orders=3) for one in teas[:6]))
    condition = None if asks is None else when(asks, about_item=True)
    brand = brand_of(shop, OFFER, replace(AGAIN, suitability=condition), epsilon=epsilon, most_per_category=4)
    decision = brand.decide(she, DecisionRequest(k=10))
    families = [shop.item_id(one.item)[:3] for one in decision.actions]
    assert (families.count("tea"), families.count("cup")) == (4, 3)
    assert decision.trace is not None
    assert {one.why for one in decision.trace.fates} == {Fate.ENOUGH_OF_CATEGORY}
    dear = brand_of(shop, replace(OFFER, value=10_000.0), AGAIN, most_per_category=3, epsilon=epsilon)
    said = dear.said(she, DecisionRequest(k=10))
    assert [one for one in said if "tea" in one] == ["offer tea6", "offer tea7", "offer tea8"]


def test_the_text_of_an_offer_names_the_item_and_its_price() -> None:
    shop = shop_of(CatalogItem(item_id="ring", name="Ring Aurora", price=Decimal(90)), "mug")
    priced = replace(OFFER, text="{item} kostet nur {price}")
    said = brand_of(shop, priced, currency="CHF").decide(shop.customer()).actions
    texts = {shop.item_id(one.item): one.text for one in said}
    assert texts == {"ring": "Ring Aurora kostet nur 90.00 CHF", "mug": "You may like mug."}
    plain = brand_of(shop, OFFER).decide(shop.customer()).actions
    assert [one.text for one in plain] == ["", ""]


def test_a_learned_propensity_takes_the_place_of_the_prior() -> None:
    class Learned:
        asked: tuple[tuple[str, ActionKind, str | None], Features] | None = None

        def probability(
            self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float], features: Features
        ) -> float:
            assert prior == (THANKS.prior, THANKS.prior_weight)
            self.asked = (action, features)
            return 0.9

        def most(self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float]) -> float:
            assert (action[0], prior[0]) == ("thanks", THANKS.prior)
            return 1.0

        def knows_ranked(self, action: tuple[str, ActionKind, str | None]) -> bool:
            return action[0] != "thanks"

        def of_ranked(
            self, action: tuple[str, ActionKind, str | None], features: Features, ranked: Float64Array
        ) -> Float64Array:
            assert (action[0], len(features)) == ("", -1), "no product is ranked here"
            return ranked

    model = Learned()
    decision = brand_of(SHOP, THANKS).decide(
        STATE, DecisionRequest(channel="web"), circumstances=Circumstances(propensity=model)
    )
    assert decision.actions[0].score == 0.9
    assert model.asked is not None
    assert model.asked[0] == ("thanks", ActionKind.THANK_YOU, "web")
    features = dict(zip(FEATURES, model.asked[1], strict=True))
    assert features["orders"] == 1.0
    assert features["days_since_purchase"] == features["days_since_fact"] == pytest.approx(3.0)
    assert features["days_until_deadline"] == -1.0


def test_only_one_of_two_proposals_about_the_same_subject_comes() -> None:
    brand = brand_of(SHOP, THANKS)
    twice = SHOP.customer(Bought("i9", days_ago=3), Bought("i8", days_ago=5))
    said = brand.decide(twice)
    assert len({(one.action_id, one.item, one.subject) for one in said.actions}) == len(said.actions) == 2


@pytest.mark.parametrize(
    ("cooldown", "said"), [(Cooldown(sent_s=30 * DAY), 1), (Cooldown(dismissed_s=30 * DAY), 2)]
)
def test_an_action_that_rests_when_it_is_sent_says_one_thing_in_a_slate(
    cooldown: Cooldown, said: int
) -> None:
    days = tuple(SpecialDay(name, "2023-11-20", True, None) for name in ("birthday", "anniversary"))
    dear = Action("dear", ActionKind.OCCASION, value=20.0, prior=0.5, cooldown=cooldown)
    decision = brand_of(SHOP, dear).decide(met(SHOP.customer(), special_days=days))
    assert [one.action_id for one in decision.actions] == ["dear"] * said
    assert decision.trace is not None
    fates = [one.why for one in decision.trace.weighed]
    assert fates.count(Fate.CHOSEN) == said
    assert fates.count(Fate.SAID_ALREADY) == 2 - said


def test_a_narrow_action_finds_its_products_below_the_likeliest() -> None:
    many = [f"n{rank:03}" for rank in range(600)]
    shop = shop_of(*many)
    last = Action(
        "last", ActionKind.PRODUCT_OFFER, value=50.0, items=ItemSelector(frozenset({"n599", "n598"}))
    )
    said = brand_of(shop, OFFER, last).decide(shop.customer(), DecisionRequest(k=100))
    rare = [shop.item_id(one.item or 0) for one in said.actions if one.action_id == "last"]
    assert rare == []  # worth less than a hundred others
    alone = brand_of(shop, last).decide(shop.customer())
    assert [shop.item_id(one.item or 0) for one in alone.actions] == ["n598", "n599"]


def test_what_an_empty_shop_and_a_stranger_get() -> None:
    empty = shop_of()
    assert brand_of(empty, OFFER, AGAIN, THANKS).decide(empty.customer()).actions == ()
    assert brand_of(SHOP).decide(STATE).actions == ()
    stranger = brand_of(SHOP, OFFER, THANKS).decide(SHOP.customer(), DecisionRequest(k=3))
    assert [one.action_id for one in stranger.actions] == ["offer"] * 3
    assert stranger.cold


def test_a_decision_under_a_playbook_comes_back_from_its_receipt() -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS, VISIT, epsilon=0.3, most_per_category=3)
    state = met(
        STATE,
        bookings=(booked(3),),
        complaints=(Complaint("c1", NOW_S - DAY, None, None, None, "low"),),
        special_days=(SpecialDay("birthday", "1990-12-10", True, None),),
    )
    for request in (
        DecisionRequest(k=4),
        DecisionRequest(channel="email", request_id="r", actions=(ActionKind.THANK_YOU,)),
    ):
        decision = brand.decide(state, request)
        receipt = decode_receipt(encode_receipt(decision, request))
        assert receipt.decision == decision
        assert receipt.request == request
        assert encode_body(receipt.decision, request) == encode_body(decision, request)


def test_the_receipt_names_what_was_ranked_and_what_a_gate_kept_out() -> None:
    decision = brand_of(SHOP, OFFER).decide(STATE, DecisionRequest(k=2))
    assert decision.trace is not None
    ranked = decision.trace.ranked
    assert [SHOP.item_id(number) for number in ranked.numbers()] == TEN
    assert [why.value for why in ranked.reasons()] == ["owned"]
    assert ranked.facts() == ["bought 3 days ago"]
    plain = [one.score for one in SHOP.decide(STATE).actions]
    assert np.allclose(ranked.probabilities(), plain, rtol=1 / 128)


def test_the_channel_costs_what_the_playbook_says() -> None:
    post = {"post": Channel("post", "inbound", 2.0)}
    brand = brand_of(SHOP, THANKS, channels=post)
    assert brand.said(STATE, DecisionRequest(channel="post")) == []
    assert msgspec.structs.asdict(brand.decide(STATE))["direction"] == "inbound"
