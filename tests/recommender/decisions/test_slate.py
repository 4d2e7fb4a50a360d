from dataclasses import replace

import numpy as np
import pytest

from recommender.candidates import ActionKind
from recommender.catalog import CatalogItem, Ownership
from recommender.customers import CustomerState, pack, unpack
from recommender.decisions import DecisionRequest, decide
from recommender.decisions.slate_kernel import slate_facts
from recommender.errors import InvalidRequestError
from recommender.types import DecisionId, ItemNumber
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, neighbours_of, shop_of

NOBODY = CustomerState.empty()
OFFERS, BUY_AGAIN = ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN
TEN = [f"item-{rank}" for rank in range(10)]


@pytest.mark.parametrize(("k", "expected"), [(1, 1), (9, 9), (10, 10), (11, 10), (100, 10)])
def test_a_slate_has_k_actions_or_as_many_as_there_are_candidates(k: int, expected: int) -> None:
    shop = shop_of(*TEN)
    assert shop.said(NOBODY, DecisionRequest(k=k))["product_offer"] == TEN[:expected]


@pytest.mark.parametrize(
    "request_",
    [
        DecisionRequest(k=0),
        DecisionRequest(k=-1),
        DecisionRequest(k=101),
        DecisionRequest(actions=()),
        DecisionRequest(actions=(OFFERS, OFFERS)),
        DecisionRequest(actions=(ActionKind.DO_NOTHING,)),
        DecisionRequest(cart=(ItemNumber(-1),)),
        DecisionRequest(session=(ItemNumber(2**32),)),
        DecisionRequest(cart=tuple(map(ItemNumber, range(1001)))),
    ],
)
def test_a_request_out_of_range_is_refused(request_: DecisionRequest) -> None:
    with pytest.raises(InvalidRequestError):
        shop_of("ring").decide(NOBODY, request_)


def test_an_unknown_customer_gets_what_is_popular_marked_cold() -> None:
    shop = shop_of(*TEN)
    decision = shop.decide(NOBODY, DecisionRequest(k=3))
    assert decision.cold
    assert [shop.item_id(action.item) for action in decision.actions] == TEN[:3]
    assert {action.source for action in decision.actions} == {"popularity"}
    assert (decision.customer_version, decision.model_version, decision.catalogue_version) == (0, "7", 3)
    assert decision.decided_at_us == NOW_S * 1_000_000


def test_a_customer_whose_purchases_the_bundle_does_not_know_is_cold() -> None:
    shop = shop_of("ring", untaught=[CatalogItem(item_id="new")])
    assert shop.decide(shop.customer(Bought("new"))).cold
    assert not shop.decide(shop.customer(Bought("ring"))).cold


def test_an_anonymous_cart_makes_the_slate_warm_and_an_unknown_one_does_not() -> None:
    shop = shop_of("ring", "vase", untaught=[CatalogItem(item_id="new")])
    assert not shop.decide(NOBODY, DecisionRequest(cart=shop.numbers("ring"))).cold
    assert not shop.decide(NOBODY, DecisionRequest(session=shop.numbers("ring"))).cold
    assert shop.decide(NOBODY, DecisionRequest(cart=shop.numbers("new"))).cold
    assert shop.decide(NOBODY, DecisionRequest(cart=(ItemNumber(999_999),))).cold


def test_the_fallback_model_says_so() -> None:
    assert shop_of("ring", model_version="fallback").decide(NOBODY).served_by == "fallback"
    assert shop_of("ring").decide(NOBODY).served_by == "model"


def test_an_empty_bundle_answers_an_empty_slate() -> None:
    shop = shop_of(untaught=[CatalogItem(item_id="new")])
    decision = shop.decide(shop.customer(Bought("new")), DecisionRequest(cart=shop.numbers("new")))
    assert decision.actions == ()
    assert decision.cold
    assert decision.gated == {}


def test_equal_offers_come_in_the_order_of_their_numbers() -> None:
    shop = shop_of(*TEN, popularity=dict.fromkeys(TEN, 1.0))
    assert shop.said(NOBODY, DecisionRequest(k=4))["product_offer"] == TEN[:4]


def test_equal_refills_come_in_the_order_of_their_numbers() -> None:
    shop = shop_of("c", "a", "b", consumable=["a", "b", "c"])
    state = shop.customer(*(Bought(item_id, days_ago=20) for item_id in "abc"))
    assert shop.said(state)["buy_again"] == ["c", "a", "b"]


def test_the_order_of_the_bundle_does_not_matter() -> None:
    backwards, shuffled = shop_of(*TEN), shop_of(*TEN, bundle_order=sorted(TEN, key=hash))
    for shop in (backwards, shuffled):
        state = shop.customer(Bought("item-3"), Bought("item-5", orders=2, first_days_ago=140))
        assert shop.decide(state) == backwards.decide(state)


def test_kinds_compete_on_one_scale_of_probability() -> None:
    milk = CatalogItem(item_id="milk", ownership=Ownership("consumable"))
    shop = shop_of("loved", milk, "unloved", popularity={"loved": 1.0, "unloved": 0.001})
    decision = shop.decide(shop.customer(Bought("milk", days_ago=20)))
    assert [shop.item_id(action.item) for action in decision.actions] == ["loved", "milk", "unloved"]
    scores = [action.score for action in decision.actions]
    assert scores == sorted(scores, reverse=True)
    assert 0.001 < scores[1] < 1


def test_a_calibration_that_falls_somewhere_does_not_break_the_ranking() -> None:
    shop = shop_of(*TEN)
    knots = np.array([0.0, 0.5, 1.0], np.float32), np.array([0.1, 0.4, 0.2], np.float32)
    shop = shop.with_models(blend=replace(shop.models.blend, knot_score=knots[0], knot_probability=knots[1]))
    scores = [action.score for action in shop.decide(NOBODY).actions]
    assert shop.said(NOBODY)["product_offer"] == TEN
    assert scores == sorted(scores, reverse=True)


def test_only_the_kinds_that_were_asked_for_come_and_are_counted() -> None:
    shop = shop_of("milk", "ring", "vase", consumable=["milk"])
    state = shop.customer(Bought("milk", days_ago=20), Bought("ring"))
    offers = shop.decide(state, DecisionRequest(actions=(OFFERS,)))
    assert [(action.action, shop.item_id(action.item)) for action in offers.actions] == [(OFFERS, "vase")]
    assert offers.gated == {"owned": 2}
    again = shop.decide(state, DecisionRequest(actions=(BUY_AGAIN,)))
    assert [(action.action, shop.item_id(action.item)) for action in again.actions] == [(BUY_AGAIN, "milk")]
    assert again.gated == {"own_once": 1}


def test_a_refill_knows_when_it_is_due_and_an_offer_does_not() -> None:
    shop = shop_of("milk", "vase", consumable=["milk"])
    state = shop.customer(Bought("milk", days_ago=20))
    due = {shop.item_id(action.item): action.due_at_s for action in shop.decide(state).actions}
    assert due["vase"] is None
    assert due["milk"] == pytest.approx(int(state.items.last_s[0]) + 14 * 86_400, abs=1)


def test_items_in_the_cart_teach_what_to_offer() -> None:
    shop = shop_of("hat", "pan", "lid", popularity={"hat": 0.9, "pan": 0.5, "lid": 0.01})
    shop = shop.with_models(item_item=neighbours_of(shop, {"pan": [("lid", 1.0)]}))
    assert shop.said(NOBODY)["product_offer"] == ["hat", "pan", "lid"]
    # Popularity alone has a weight in the neutral blend of this shop: equal weights let the cart speak.
    learned = shop.with_models(blend=type(shop.models.blend).neutral())
    cart = DecisionRequest(cart=learned.numbers("pan"))
    assert learned.said(NOBODY, cart)["product_offer"] == ["lid", "hat"]


def test_an_item_of_the_cart_is_not_owned_and_brings_no_refill() -> None:
    shop = shop_of("milk", "vase", consumable=["milk"])
    decision = shop.decide(NOBODY, DecisionRequest(cart=shop.numbers("milk")))
    assert decision.gated == {"in_cart": 1}


def test_the_assortment_of_another_bundle_is_refused() -> None:
    one, two = shop_of("ring"), shop_of("ring", "vase")
    with pytest.raises(ValueError, match="another bundle"):
        decide(
            NOBODY, DecisionRequest(), one.models, two.assortment, now_s=NOW_S, decision_id=DecisionId("d")
        )


def test_the_answer_does_not_depend_on_who_asked_before_or_on_the_decision_id() -> None:
    shop = shop_of(*TEN)
    state = shop.customer(Bought("item-1"))
    first = shop.decide(state)
    shop.decide(shop.customer(Bought("item-2"), Bought("item-9")))
    again = decide(
        state, DecisionRequest(), shop.models, shop.assortment, now_s=NOW_S, decision_id=DecisionId("other")
    )
    assert again.actions == first.actions
    assert np.array_equal(shop.assortment.shelf.standing, np.zeros(10, np.uint8))


def test_a_state_from_the_store_is_decided_like_a_folded_one_without_compiling_anew() -> None:
    shop = shop_of(*TEN, consumable=TEN[:2])
    state = shop.customer(Bought("item-1"), Bought("item-5"))
    shop.decide(NOBODY)
    folded = shop.decide(state)
    compiled = len(slate_facts.signatures)
    assert shop.decide(unpack(pack(state))) == folded
    assert len(slate_facts.signatures) == compiled
