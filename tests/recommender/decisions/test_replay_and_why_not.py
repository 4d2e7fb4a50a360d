from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from recommender.catalog import CatalogItem
from recommender.customers import CustomerState
from recommender.customers.dealings import Complaint, Consent, Contact, Outcome
from recommender.decisions import Decision, DecisionRequest, decode_receipt, encode_receipt
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.prepared import prepared
from recommender.decisions.replay import difference, replay
from recommender.decisions.why_not import About, Explanation, why_not
from recommender.models.propensity import RANKED, CellModel, LearnedPropensity
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cap, ContactPolicy, Cooldown, ItemSelector
from tests.recommender.decisions.brand import AGAIN, DAY, OFFER, THANKS, Brand, brand_of, met, override, when
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


def test_a_difference_tells_what_kept_an_action_silent_about_a_product() -> None:
    brand, number = brand_of(SHOP, replace(OFFER, cooldown=Cooldown(dismissed_s=30 * DAY))), SHOP.number("i5")
    request = DecisionRequest(k=9)
    before, after = (
        brand.decide(
            met(STATE, outcomes=(Outcome("offer", number, "dismissed", NOW_S - days * DAY),)), request
        )
        for days in (1, 2)
    )
    told = difference(encode_receipt(before, request), encode_receipt(after, request))
    where = f"candidates, product of action, offer, item {number}"
    assert told == [f"{where}: was cooling_off dismissed 1 day ago, is cooling_off dismissed 2 days ago"]


def test_a_difference_in_what_staff_said_is_told() -> None:
    brand, request = brand_of(SHOP, OFFER), DecisionRequest(k=2)
    pinned = met(STATE, overrides=(override("pin", "offer"),))
    told = difference(
        encode_receipt(brand.decide(STATE, request), request),
        encode_receipt(brand.decide(pinned, request), request),
    )
    assert told == ["candidates, staff 1: is new, offer"]


def explain(
    brand: Brand,
    action: str | None = None,
    item: str | None = None,
    state: CustomerState = STATE,
    *,
    k: int = 3,
    channel: str | None = None,
) -> list[Explanation]:
    request = DecisionRequest(k=k, channel=channel)
    ready = prepared(brand.repertoire, SHOP.assortment)
    number = None if item is None else SHOP.number(item)
    return why_not(brand.decide(state, request), request, ready, state, About(action, number))


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


def test_why_not_weighs_an_item_with_its_price_and_what_staff_boosted() -> None:
    shop = shop_of("i0", "i1", CatalogItem(item_id="i2", price=Decimal(40)))
    brand, request = brand_of(shop, replace(OFFER, value_from_price=0.5)), DecisionRequest(k=1)
    words = (
        override("pin", "offer", shop.number("i0")),
        override("boost", None, shop.number("i2"), amount=2.0),
    )
    state = met(shop.customer(), overrides=words)
    ready, about = prepared(brand.repertoire, shop.assortment), About("offer", shop.number("i2"))
    decision = brand.decide(state, request)
    (told,) = why_not(decision, request, ready, state, about)
    chosen = brand.decide(state, DecisionRequest(k=3)).actions
    (whole,) = [one.expected_value for one in chosen if one.item == shop.number("i2")]
    assert (told.code, told.expected_value) == ("outranked", whole)


def test_why_not_weighs_an_item_with_what_outcomes_taught() -> None:
    weights = (*(0.0,) * (2 * RANKED), 0.5, 0.0)
    cell = CellModel(weights, -1.0, {}, np.array([[-20.0, 20.0], [0.0, 1.0]]))
    seen = {("offer", ""): (10_000, 100)}
    taught = Circumstances(LearnedPropensity(seen, {("product_offer", ""): cell}))
    brand, request, item = brand_of(SHOP, OFFER), DecisionRequest(k=1), SHOP.number("i5")
    ready, about = prepared(brand.repertoire, SHOP.assortment), About("offer", item)
    decision = brand.decide(STATE, request, circumstances=taught)
    (told,) = why_not(decision, request, ready, STATE, about, taught)
    chosen = brand.decide(STATE, DecisionRequest(k=9), circumstances=taught).actions
    (whole,) = [one.expected_value for one in chosen if one.item == item]
    assert told.code == "outranked"
    assert told.expected_value == pytest.approx(whole, rel=1e-6)
    (plain,) = why_not(decision, request, ready, STATE, about)
    assert plain.expected_value != pytest.approx(whole, rel=0.1)


def test_why_not_of_an_action_alone_says_what_its_best_product_had_to_beat() -> None:
    news, sale = replace(OFFER, id="news", value=5.0), replace(OFFER, id="sale", value=100.0)
    brand = brand_of(SHOP, news, sale)
    (told,) = explain(brand, "news")
    assert (told.verdict, told.code) == ("outweighed", "outranked")
    (best,) = explain(brand, "news", "i3")  # the slate has the three before it
    assert (told.expected_value, told.needed) == (best.expected_value, best.needed)
    (dear,) = explain(brand_of(SHOP, replace(news, costs={"web": 90.0})), "news", channel="web")
    assert (dear.verdict, dear.code) == ("outweighed", "not_worth_saying")
    resting = replace(news, cooldown=Cooldown(dismissed_s=30 * DAY), items=ItemSelector(frozenset({"i5"})))
    waved_away = met(STATE, outcomes=(Outcome("news", SHOP.number("i5"), "dismissed", NOW_S - DAY),))
    (silent,) = explain(brand_of(SHOP, resting), "news", state=waved_away)
    assert (silent.code, silent.because) == ("cooling_off", "dismissed 1 day ago")
    (owned,) = explain(brand_of(SHOP, replace(news, items=ItemSelector(frozenset({"i8"})))), "news")
    assert (owned.code, owned.because) == ("owned", "bought 3 days ago")
    assert explain(brand, "sale", k=1)[0].verdict == "chosen"


def test_why_not_tells_what_the_slate_holds_already_from_what_is_worth_less() -> None:
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n}", category=("A", "x")) for n in range(4)),
        *(CatalogItem(item_id=f"b{n}", category=("B", "x")) for n in range(4)),
    )

    def told(brand: Brand, action: str, item: str, k: int) -> Explanation:
        request, ready = DecisionRequest(k=k), prepared(brand.repertoire, shop.assortment)
        about = About(action, shop.number(item))
        (found,) = why_not(brand.decide(shop.customer(), request), request, ready, shop.customer(), about)
        return found

    one_each = brand_of(shop, OFFER, most_per_category=1)
    assert [told(one_each, "offer", name, 2).code for name in ("a1", "a3", "b1")] == [
        "enough_of_category"
    ] * 3
    assert [told(one_each, "offer", name, 1).code for name in ("a1", "b0")] == [
        "enough_of_category",
        "outranked",
    ]
    rich, poor = replace(OFFER, id="rich", value=50.0), replace(OFFER, id="poor", value=40.0)
    both = brand_of(shop, rich, poor)
    assert [told(both, "poor", "a0", k).code for k in (1, 5, 100)] == ["said_already"] * 3
    assert told(both, "poor", "a1", 1).code == "outranked"


def test_why_not_of_a_refill_says_that_its_category_is_full() -> None:
    names = [f"a{n}" for n in range(5)]
    shop = shop_of(*(CatalogItem(item_id=one, category=("A",)) for one in names), consumable=names)
    she = shop.customer(*(Bought(one, days_ago=30.0, orders=3) for one in names))
    brand, request = brand_of(shop, AGAIN, most_per_category=1), DecisionRequest(k=3)
    decision, ready = brand.decide(she, request), prepared(brand.repertoire, shop.assortment)
    told = [why_not(decision, request, ready, she, About("again", shop.number(one)))[0].code for one in names]
    assert sorted(told) == ["chosen", *["enough_of_category"] * 4]


def test_what_an_item_had_to_beat_is_the_last_of_the_slate_and_not_what_was_pinned() -> None:
    pinned = met(STATE, overrides=(override("pin", "thanks"),))
    cheap = replace(THANKS, value=0.01)
    brand, request = brand_of(SHOP, cheap, OFFER), DecisionRequest(k=2)
    chosen = brand.decide(pinned, request).actions
    assert [one.action_id for one in chosen] == ["thanks", "offer"]
    (told,) = explain(brand, "offer", "i5", pinned, k=2)
    assert told.needed == chosen[1].expected_value


def test_why_not_says_the_rank_of_what_was_said() -> None:
    (told,) = explain(brand_of(SHOP, OFFER), "offer", "i1")
    assert (told.verdict, told.rank) == ("chosen", 2)


@pytest.mark.parametrize(
    ("action", "item", "verdict", "because"),
    [
        ("win", None, "never_proposed", "the customer ordered on 2 days, and a rhythm takes 3"),
        ("nonsense", None, "unknown", "the playbook has no action 'nonsense'"),
        ("only", "i2", "never_proposed", "the action is not about this item"),
        ("again", "i1", "never_proposed", "the customer has none of it that is used up"),
    ],
)
def test_why_not_says_why_something_was_never_proposed(
    action: str, item: str | None, verdict: str, because: str
) -> None:
    only = Action("only", ActionKind.PRODUCT_OFFER, value=1.0, items=ItemSelector(frozenset({"i4"})))
    (told,) = explain(brand_of(SHOP, WIN, only, AGAIN), action, item)
    assert (told.verdict, told.because) == (verdict, because)


def stopped(brand: Brand, item: str, state: CustomerState = STATE, **asked: Any) -> tuple[str, str]:
    """Return the gate that keeps the action ``offer`` from being about an item, and its fact."""
    (told,) = explain(brand, "offer", item, state, **asked)
    assert told.verdict == "stopped"
    return told.code, told.because


UPSET = met(STATE, complaints=(Complaint("c1", NOW_S - DAY, None, None, None, "low"),))
TOLD = met(
    STATE,
    consents=(Consent("email", None, "subscribed", NOW_S - 50 * DAY, "crm", "17"),),
    contacts=(Contact("email", "news", None, "sent", NOW_S - DAY, None, None, None),),
)
CAPPED = ContactPolicy(caps=(Cap(1, 7 * DAY),))
ONLY_I1 = when('item.id == "i1"', about_item=True)
NOBODY = when("customer.orders > 99")


@pytest.mark.parametrize("k", [1, 8])
def test_why_not_says_what_keeps_an_item_out_whether_or_not_the_slate_came_to_it(k: int) -> None:
    far = replace(OFFER, applicability=when('item.id != "i5"', about_item=True))
    assert stopped(brand_of(SHOP, far), "i5", k=k) == ("not_applicable", 'item.id is "i5", asked != "i5"')
    waved_away = met(STATE, outcomes=(Outcome("offer", SHOP.number("i5"), "dismissed", NOW_S - DAY),))
    resting = brand_of(SHOP, replace(OFFER, cooldown=Cooldown(dismissed_s=30 * DAY)))
    assert stopped(resting, "i5", waved_away, k=k) == ("cooling_off", "dismissed 1 day ago")
    silent = met(STATE, overrides=(override("suppress", "offer", SHOP.number("i5")),))
    assert stopped(brand_of(SHOP, OFFER), "i5", silent, k=k) == ("suppressed", "ann: she rang")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, UPSET),
        ({}, TOLD),
        ({"audience": NOBODY}, STATE),
        ({"channels": frozenset({"sms"})}, STATE),
    ],
)
def test_what_she_owns_is_named_before_the_gates_that_are_asked_later(
    changes: dict[str, Any], state: CustomerState
) -> None:
    brand = brand_of(SHOP, replace(OFFER, **changes), policy=CAPPED)
    consenting = met(state, consents=TOLD.dealings.consents)
    assert stopped(brand, "i8", consenting, channel="email") == ("owned", "bought 3 days ago")


@pytest.mark.parametrize(
    ("changes", "state", "code"),
    [
        ({"applicability": ONLY_I1, "suitability": NOBODY}, STATE, "not_applicable"),
        ({"applicability": ONLY_I1}, TOLD, "not_applicable"),
        ({"applicability": ONLY_I1, "audience": NOBODY}, TOLD, "not_in_audience"),
        ({"applicability": ONLY_I1}, met(TOLD, complaints=UPSET.dealings.complaints), "open_complaint"),
        ({}, TOLD, "cap_reached"),
    ],
)
def test_of_the_gates_of_an_item_and_of_its_action_the_earlier_is_named(
    changes: dict[str, Any], state: CustomerState, code: str
) -> None:
    brand = brand_of(SHOP, replace(OFFER, **changes), policy=CAPPED)
    consenting = met(state, consents=TOLD.dealings.consents)
    assert stopped(brand, "i2", consenting, channel="email")[0] == code


def test_consent_is_named_before_what_she_owns_and_contact_limits_before_stock() -> None:
    assert stopped(brand_of(SHOP, OFFER), "i8", channel="email")[0] == "no_consent"
    sold_out = shop_of("i0", CatalogItem(item_id="i1", available=False))
    brand, request = brand_of(sold_out, OFFER, policy=CAPPED), DecisionRequest(channel="email")
    ready, about = prepared(brand.repertoire, sold_out.assortment), About("offer", sold_out.number("i1"))
    for state, code in ((TOLD, "cap_reached"), (met(TOLD, contacts=()), "unavailable")):
        known = replace(sold_out.customer(), dealings=state.dealings)
        (told,) = why_not(brand.decide(known, request), request, ready, known, about)
        assert told.code == code


def test_an_item_that_an_action_is_not_about_is_stopped_by_no_gate() -> None:
    only = replace(OFFER, items=ItemSelector(frozenset({"i1"})))
    (told,) = explain(brand_of(SHOP, only, policy=CAPPED), "offer", "i2", TOLD, channel="email")
    assert (told.verdict, told.code) == ("never_proposed", "not_selected")


def test_of_two_units_the_one_is_explained_that_was_asked_about() -> None:
    complaints = tuple(Complaint(name, NOW_S - DAY, None, None, None, "low") for name in ("c1", "c2"))
    state = met(STATE, complaints=complaints)
    sorry = Action("sorry", ActionKind.APOLOGY, value=5.0)
    brand, request = brand_of(SHOP, sorry), DecisionRequest(k=1)
    decision = brand.decide(state, request)
    ready = prepared(brand.repertoire, SHOP.assortment)
    found = {
        name: [one.verdict for one in why_not(decision, request, ready, state, About("sorry", subject=name))]
        for name in ("c1", "c2", "c3")
    }
    said = decision.actions[0].subject
    assert found == {"c1": ["outweighed"], "c2": ["outweighed"], "c3": ["never_proposed"], said: ["chosen"]}


def test_why_not_of_what_is_worth_more_than_the_slate_says_that_it_was_not_likely_enough() -> None:
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n:03}", price=Decimal(9_999 if n == 250 else 10)) for n in range(300))
    )
    brand, request = brand_of(shop, replace(OFFER, value=0.0, value_from_price=0.1)), DecisionRequest(k=2)
    decision, ready = brand.decide(shop.customer(), request), prepared(brand.repertoire, shop.assortment)
    about = About("offer", shop.number("a250"))
    (told,) = why_not(decision, request, ready, shop.customer(), about)
    assert told.expected_value is not None
    assert told.needed is not None
    assert told.expected_value > told.needed
    assert told.because == "not among the likeliest products"
