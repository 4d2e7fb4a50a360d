"""Why nothing was said, counted over customers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem
from recommender.customers.dealings import Consent
from recommender.decisions import DecisionRequest
from recommender.decisions.trace import NAME_OF
from recommender.playbook.model import Channel, ContactPolicy
from tests.recommender.decisions.brand import OFFER, THANKS, brand_of, met, when
from tests.recommender.decisions.ten_items import SHOP, STATE
from tests.recommender.decisions.tiny_shop import shop_of
from training.export_tally import Tally

YES = Consent("email", None, "subscribed", 1, "crm", "1")


@pytest.mark.parametrize("epsilon", [0.0, 0.01])
@pytest.mark.parametrize(
    ("value", "has_consent", "why"),
    [(20.0, False, "no_consent"), (20.0, True, None), (0.0, True, "not_worth_saying")],
)
def test_why_nothing_is_said_is_told_with_exploration_and_without(
    epsilon: float, value: float, has_consent: bool, why: str | None
) -> None:
    actions = [replace(one, value=value, channels=frozenset({"email"})) for one in (OFFER, THANKS)]
    brand = brand_of(SHOP, *actions, epsilon=epsilon, policy=ContactPolicy())
    tally = Tally()
    tally.count(
        brand.decide(met(STATE, consents=(YES,) if has_consent else ()), DecisionRequest(channel="email"))
    )
    assert list(tally.without) == ([] if why is None else [why])


@pytest.mark.parametrize("epsilon", [0.0, 1e-12])
def test_a_gate_that_stops_every_product_of_an_action_is_why_it_says_nothing(epsilon: float) -> None:
    shop = shop_of("mug", "tea")
    cheap = replace(OFFER, id="cheap", suitability=when("item.price < 9", about_item=True))
    brand = brand_of(shop, cheap, epsilon=epsilon)
    decision = brand.decide(shop.customer())
    tally = Tally()
    tally.count(decision)
    assert (tally.without, tally.left_out) == ({"not_suitable": 1}, {("cheap", "not_suitable"): 1})
    assert decision.trace is not None
    assert {NAME_OF[code] for _, code in decision.trace.stops} == {"not_suitable"}
    assert decision.trace.gathered.terms[0].products == 2
    assert {NAME_OF[code] for _, code in decision.trace.stops} == {"not_suitable"}


def test_a_gate_that_stops_some_products_of_an_action_is_not_why_it_says_nothing() -> None:
    shop = shop_of(CatalogItem(item_id="mug", price=Decimal(5)), "tea")
    cheap = replace(OFFER, id="cheap", value=1e-9, suitability=when("item.price < 9", about_item=True))
    web = Channel("web", "inbound", 0.5)
    brand = brand_of(shop, cheap, channels={"web": web})
    tally = Tally()
    tally.count(brand.decide(shop.customer(), DecisionRequest(channel="web")))
    assert tally.without == {"not_worth_saying": 1}
