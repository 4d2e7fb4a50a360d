"""Random small shops, customers and requests, and a second definition of the gates, item by item in plain Python."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from recommender.catalog import CatalogItem, Ownership
from recommender.customers import CustomerState
from recommender.decisions import DecisionRequest
from recommender.models.blend import Blend
from recommender.types import ItemId, ItemNumber
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, Shop, factors_of, neighbours_of, shop_of

DAY = 86_400
NOW = datetime.fromtimestamp(NOW_S, UTC)
moments = st.none() | st.sampled_from([-3 * DAY, -1, 0, 1, DAY]).map(lambda s: NOW + timedelta(seconds=s))
ownerships = st.none() | st.sampled_from(
    [Ownership("own_once"), Ownership("consumable"), Ownership("cool_down", 10), Ownership("cool_down", 30)]
)


@dataclass(frozen=True)
class Case:
    shop: Shop
    bought: tuple[Bought, ...]
    request: DecisionRequest

    @property
    def state(self) -> CustomerState:
        return self.shop.customer(*self.bought)


@st.composite
def items(draw: st.DrawFn, item_id: str) -> CatalogItem:
    return CatalogItem(
        item_id=item_id,
        item_group_id=draw(st.sampled_from([None, None, "g", "h"])),
        available=draw(st.sampled_from([True, True, True, False])),
        is_product=draw(st.sampled_from([True, True, True, False])),
        active_from=draw(moments),
        active_until=draw(moments),
        ownership=draw(ownerships),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    taught = [f"t{i}" for i in range(draw(st.integers(0, 7)))]
    untaught = [f"u{i}" for i in range(draw(st.integers(0, 3)))]
    shop = shop_of(
        *(item_id if draw(st.booleans()) else draw(items(item_id)) for item_id in taught),
        untaught=[draw(items(item_id)) for item_id in untaught],
        consumable=[item_id for item_id in taught if draw(st.booleans())],
        popularity={item_id: draw(st.sampled_from([0.1, 0.5, 0.5, 0.9])) for item_id in taught},
        bundle_order=draw(st.permutations(taught)),
    )
    if len(taught) > 1 and draw(st.booleans()):
        chain = {one: [(other, 0.5)] for one, other in pairwise(taught)}
        factors = {item_id: (1.0, float(rank)) for rank, item_id in enumerate(taught)}
        shop = shop.with_models(
            item_item=neighbours_of(shop, chain), als=factors_of(shop, factors), blend=Blend.neutral()
        )
    known = taught + untaught
    bought = [
        Bought(
            item_id,
            days_ago=draw(st.sampled_from([-0.5, 0.02, 0.3, 3, 6, 8, 10, 29, 30, 31, 400])),
            orders=draw(st.integers(1, 3)),
            owned=draw(st.sampled_from([0.0, 0.5, 2.0])),
        )
        for item_id in known
        if draw(st.booleans())
    ]
    hands = st.lists(st.sampled_from([*shop.numbers(*known), ItemNumber(77)]), max_size=3).map(tuple)
    request = DecisionRequest(k=draw(st.sampled_from([1, 2, 100])), cart=draw(hands), session=draw(hands))
    return Case(shop, tuple(bought), request)


def group_of(shop: Shop, item_id: str) -> str:
    item = shop.catalogue.items.get(ItemId(item_id))
    return f"item {item_id}" if item is None or item.item_group_id is None else f"group {item.item_group_id}"


def policy_of(shop: Shop, item_id: str) -> Ownership | None:
    item = shop.catalogue.items.get(ItemId(item_id))
    return None if item is None else item.ownership


def is_on_sale(case: Case, item_id: str) -> bool:
    item = case.shop.catalogue.items.get(ItemId(item_id))
    if item is not None and not (
        item.available
        and item.is_product
        and (item.active_from is None or item.active_from <= NOW)
        and (item.active_until is None or item.active_until > NOW)
    ):
        return False
    cart = {group_of(case.shop, case.shop.item_id(number)) for number in case.request.cart}
    return group_of(case.shop, item_id) not in cart


def may_be_offered(case: Case, item_id: str) -> bool:
    def has_cooled_down(owned: Bought) -> bool:
        policies = policy_of(case.shop, item_id), policy_of(case.shop, owned.item_id)
        return all(
            policy is not None
            and policy.cool_down_days is not None
            and owned.days_ago >= policy.cool_down_days
            for policy in policies
        )

    group = group_of(case.shop, item_id)
    owned = [one for one in case.bought if one.owned > 0 and group_of(case.shop, one.item_id) == group]
    return is_on_sale(case, item_id) and all(map(has_cooled_down, owned))


def may_be_refilled(case: Case, bought: Bought) -> bool:
    policy = policy_of(case.shop, bought.item_id)
    index = case.shop.models.items.ids.index(ItemId(bought.item_id))
    if policy is None:
        is_used_up = bought.orders >= 2 or not case.shop.models.ownership.own_once[index]
    else:
        is_used_up = policy.kind == "consumable"
    group = group_of(case.shop, bought.item_id)
    rested = [
        one.days_ago * DAY >= 3600
        for one in case.bought
        if one.owned > 0 and group_of(case.shop, one.item_id) == group
    ]
    return is_used_up and bought.owned > 0 and all(rested) and is_on_sale(case, bought.item_id)


def expected_offers(case: Case) -> set[str]:
    return {item_id for item_id in case.shop.models.items.ids if may_be_offered(case, item_id)}


def expected_refills(case: Case) -> set[str]:
    taught = case.shop.models.items.ids
    return {
        one.item_id for one in case.bought if ItemId(one.item_id) in taught and may_be_refilled(case, one)
    }
