from dataclasses import replace

import pytest

from recommender.customers import CustomerState
from recommender.customers.dealings import Complaint
from recommender.decisions import Decision, DecisionRequest, decode_receipt, encode_receipt
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.prepared import prepared
from recommender.decisions.replay import difference, replay
from recommender.decisions.why_not import Explanation, why_not
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector
from tests.recommender.decisions.brand import AGAIN, DAY, OFFER, THANKS, Brand, brand_of, met, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

SHOP = shop_of(*(f"i{rank}" for rank in range(9)), "milk", consumable=["milk"])
STATE = SHOP.customer(Bought("i8", days_ago=3), Bought("milk", days_ago=20, orders=2, first_days_ago=50))
WIN = Action("win", ActionKind.WIN_BACK, value=5.0)


def again(brand: Brand, decision: Decision, request: DecisionRequest, state: CustomerState) -> Decision:
    receipt = decode_receipt(encode_receipt(decision, request))
    return replay(receipt, state, brand.shop.models, brand.shop.assortment, brand.repertoire)


@pytest.mark.parametrize("channel", [None, "web", "email"])
def test_a_replay_repeats_a_decision_exactly(channel: str | None) -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS, epsilon=0.5)
    request = DecisionRequest(k=4, channel=channel)
    for draw in range(10):
        decision = brand.decide(STATE, request, decision_id=f"d{draw}")
        repeated = again(brand, decision, request, STATE)
        assert difference(encode_receipt(decision, request), encode_receipt(repeated, request)) == []


def test_a_replay_of_a_decision_without_a_playbook_needs_none() -> None:
    brand, request = brand_of(SHOP, OFFER), DecisionRequest(k=4)
    decision = SHOP.decide(STATE, request)
    repeated = again(brand, decision, request, STATE)
    assert repeated == decision
    assert difference(encode_receipt(decision, request), encode_receipt(repeated, request)) == []


def test_a_difference_is_told_in_words() -> None:
    request = DecisionRequest(k=2)
    before = brand_of(SHOP, OFFER, THANKS).decide(STATE, request)
    upset = met(STATE, complaints=(Complaint("c1", NOW_S - DAY, None, None, None, "low"),))
    after = brand_of(SHOP, OFFER, THANKS).decide(upset, request)
    told = difference(encode_receipt(before, request), encode_receipt(after, request))
    assert "decision, actions 2: was offer about item 1, is gone" in told
    assert any("complaint c1 is open" in line for line in told)
    newer = brand_of(SHOP, OFFER, THANKS).decide(
        STATE, request, circumstances=Circumstances(engine_version="9")
    )
    assert difference(encode_receipt(before, request), encode_receipt(newer, request)) == [
        "decision, engine_version: was , is 9"
    ]


def explain(
    brand: Brand, action: str | None = None, item: str | None = None, state: CustomerState = STATE, k: int = 3
) -> list[Explanation]:
    request = DecisionRequest(k=k)
    ready = prepared(brand.repertoire, SHOP.assortment)
    number = None if item is None else SHOP.number(item)
    return why_not(brand.decide(state, request), request, ready, state, action_id=action, item=number)


def test_why_not_names_the_gate_and_its_fact() -> None:
    brand = brand_of(SHOP, replace(OFFER, suitability=when("customer.orders > 50")), THANKS)
    (told,) = explain(brand, "offer")
    assert (told.verdict, told.code, told.because) == (
        "stopped",
        "not_suitable",
        "customer.orders is 3, asked > 50",
    )
    owned = explain(brand_of(SHOP, OFFER), item="i8")[0]
    assert (owned.verdict, owned.code, owned.because) == ("stopped", "owned", "bought 3 days ago")


def test_why_not_says_what_it_was_worth_and_what_it_had_to_beat() -> None:
    brand = brand_of(SHOP, OFFER, THANKS)
    (told,) = explain(brand, "thanks")
    assert (told.verdict, told.code, told.expected_value) == ("outweighed", "outranked", 1.5)
    last = brand.decide(STATE, DecisionRequest(k=3)).actions[-1].expected_value
    assert told.needed == last
    far = explain(brand, "offer", "i7")[0]
    assert (far.verdict, far.code) == ("outweighed", "outranked")
    assert far.expected_value is not None
    assert 0 < far.expected_value < (last or 0)


def test_why_not_says_the_rank_of_what_was_said() -> None:
    (told,) = explain(brand_of(SHOP, OFFER), "offer", "i1")
    assert (told.verdict, told.rank) == ("chosen", 2)


@pytest.mark.parametrize(
    ("action", "item", "verdict", "because"),
    [
        ("win", None, "never_proposed", "she has not stayed away for longer than her own rhythm explains"),
        ("nonsense", None, "unknown", "the playbook has no action 'nonsense'"),
        ("only", "i2", "never_proposed", "the action is not about this item"),
        ("again", "i1", "never_proposed", "she has none of it that is used up"),
    ],
)
def test_why_not_says_why_something_was_never_proposed(
    action: str, item: str | None, verdict: str, because: str
) -> None:
    only = Action("only", ActionKind.PRODUCT_OFFER, value=1.0, items=ItemSelector(frozenset({"i4"})))
    (told,) = explain(brand_of(SHOP, WIN, only, AGAIN), action, item)
    assert (told.verdict, told.because) == (verdict, because)
