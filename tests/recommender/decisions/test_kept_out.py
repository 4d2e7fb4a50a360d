"""Why a product may not come at all, in words and with the time at which it may."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender.catalog import CatalogItem
from recommender.decisions import DecisionRequest
from recommender.decisions.prepared import prepared
from recommender.decisions.why_not import About, Explanation, why_not
from tests.recommender.decisions.brand import DAY, OFFER, brand_of
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

NOW = datetime.fromtimestamp(NOW_S, UTC)
SHOP = shop_of(
    "tea",
    CatalogItem(item_id="sold-out", available=False),
    CatalogItem(item_id="soon", active_from=NOW + timedelta(days=12)),
    CatalogItem(item_id="over", active_until=NOW - timedelta(days=5)),
    CatalogItem(item_id="ring-7", item_group_id="ring"),
    CatalogItem(item_id="ring-8", item_group_id="ring"),
    "vase",
)


def told(item: str, *, cart: tuple[str, ...] = ()) -> Explanation:
    brand, state = brand_of(SHOP, OFFER), SHOP.customer(Bought("ring-7", days_ago=3))
    request = DecisionRequest(cart=SHOP.numbers(*cart))
    ready, asked = prepared(brand.repertoire, SHOP.assortment), About("offer", SHOP.number(item))
    (found,) = why_not(brand.decide(state, request), request, ready, state, asked)
    assert found.verdict == "stopped"
    return found


@pytest.mark.parametrize(
    ("item", "code", "because", "opens_s"),
    [
        ("sold-out", "unavailable", "the catalogue says that it is not available", None),
        ("soon", "not_active", "its sale begins in 12 days", NOW_S + 12 * DAY),
        ("over", "not_active", "its sale ended 5 days ago", None),
        ("ring-7", "owned", "bought 3 days ago", None),
        ("ring-8", "owned", "a variant of it was bought", None),
    ],
)
def test_what_keeps_a_product_out_is_told_with_its_fact(
    item: str, code: str, because: str, opens_s: int | None
) -> None:
    found = told(item)
    assert (found.code, found.because, found.opens_s) == (code, because, opens_s)


def test_what_is_in_the_cart_is_not_said_to_be_bought() -> None:
    found = told("vase", cart=("vase",))
    assert (found.code, found.because) == ("in_cart", "it, or a variant of it, is in the cart")
