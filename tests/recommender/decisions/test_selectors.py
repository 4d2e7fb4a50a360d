"""Actions about few items, about none, and actions that a gate stops: only what may be said is ranked."""

from dataclasses import replace
from datetime import UTC, datetime

from recommender.catalog import CatalogItem
from recommender.decisions import DecisionRequest
from recommender.playbook.model import ItemSelector
from tests.recommender.decisions.brand import OFFER, THANKS, brand_of, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

SHOP = shop_of(*[f"i{rank}" for rank in range(10)])
STATE = SHOP.customer(Bought("i9", days_ago=30))
FEW = replace(OFFER, id="few", items=ItemSelector(frozenset({"i3", "i7"})), value=90.0)
NONE = replace(OFFER, id="none", items=ItemSelector(frozenset({"sold out long ago"})), value=90.0)
ON_WEB = DecisionRequest(k=10, channel="web")


def test_an_action_about_nothing_that_is_sold_changes_nothing() -> None:
    with_it, without = brand_of(SHOP, OFFER, FEW, NONE), brand_of(SHOP, OFFER, FEW)
    assert with_it.said(STATE, ON_WEB) == without.said(STATE, ON_WEB)
    assert without.said(STATE, ON_WEB)[:2] == ["few i3", "few i7"]


def test_items_that_only_a_stopped_action_speaks_of_are_not_ranked() -> None:
    stopped = replace(OFFER, trigger=when("hour > 24"))
    decision = brand_of(SHOP, stopped, FEW).decide(STATE, ON_WEB)
    trace = decision.trace
    assert trace is not None
    ranked = trace.ranked.numbers()[: trace.ranked.offers].tolist()
    assert sorted(ranked) == sorted(SHOP.numbers("i3", "i7"))
    assert {one.action_id: one.why.value for one in trace.terms} == {
        "offer": "not_triggered",
        "few": "chosen",
    }


def test_what_holds_of_an_item_that_is_sold_for_a_time_only_is_asked_anew() -> None:
    ends = datetime.fromtimestamp(NOW_S, UTC)
    shop = shop_of(
        CatalogItem(item_id="ice", active_until=ends), CatalogItem(item_id="tea", available=False), "milk"
    )
    thanks = replace(THANKS, applicability=when("item.available", about_item=True))
    brand = brand_of(shop, thanks)
    bought = {one: shop.customer(Bought(one, days_ago=1)) for one in ("ice", "tea", "milk")}
    for hours, said in ((-2, ["ice", "milk"]), (0, ["milk"]), (2, ["milk"]), (-2, ["ice", "milk"])):
        now_s = NOW_S + hours * 3_600
        assert [one for one, state in bought.items() if brand.said(state, ON_WEB, now_s=now_s)] == said
