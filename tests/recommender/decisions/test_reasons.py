import pytest

from recommender.customers import CustomerState
from recommender.decisions import DecisionRequest, Reason, ReasonKind, reason_text
from recommender.models.blend import Source
from recommender.types import ItemNumber
from tests.recommender.decisions.tiny_shop import Bought, Shop, blend_of, factors_of, neighbours_of, shop_of

NOBODY = CustomerState.empty()


@pytest.fixture(scope="module")
def kitchen() -> Shop:
    shop = shop_of("pan", "lid", "spoon", "hat", consumable=["spoon"])
    together = neighbours_of(shop, {"pan": [("lid", 1.0)], "spoon": [("lid", 0.2), ("pan", 0.1)]})
    return shop.with_models(item_item=together, blend=blend_of(Source.POPULARITY, Source.ITEM_ITEM))


def reasons(
    shop: Shop, state: CustomerState, request: DecisionRequest | None = None
) -> dict[str, tuple[str, str]]:
    """Return the reason in words and the source of every item said."""
    return {
        shop.item_id(action.item): (reason_text(action.reason, shop.assortment.name_of), action.source)
        for action in shop.decide(state, request).actions
    }


def test_an_offer_names_the_purchase_that_argues_most_for_it(kitchen: Shop) -> None:
    said = reasons(kitchen, kitchen.customer(Bought("pan", days_ago=5), Bought("spoon", days_ago=0.02)))
    assert said == {
        "lid": ("often bought after pan", "item_item"),
        "hat": ("popular right now", "popularity"),
    }


def test_an_offer_names_the_item_in_the_cart(kitchen: Shop) -> None:
    said = reasons(kitchen, NOBODY, DecisionRequest(cart=kitchen.numbers("pan")))
    assert said["lid"] == ("goes with pan in your cart", "item_item")


def test_an_offer_names_the_item_looked_at_unless_it_was_bought(kitchen: Shop) -> None:
    looked = DecisionRequest(session=kitchen.numbers("pan"))
    assert reasons(kitchen, NOBODY, looked)["lid"] == ("goes with pan, which you looked at", "item_item")
    assert reasons(kitchen, kitchen.customer(Bought("pan")), looked)["lid"][0] == "often bought after pan"


def test_an_offer_from_the_factors_speaks_of_taste_unless_it_is_popular_with_everybody() -> None:
    ids = [f"item-{rank:02}" for rank in range(40)]
    shop = shop_of(*ids)
    shop = shop.with_models(als=factors_of(shop, dict.fromkeys(ids, (1.0, 0.5))))
    state = shop.customer(Bought("item-39"))
    by_popularity = reasons(shop, state, DecisionRequest(k=100))
    assert {text for text, _ in by_popularity.values()} == {"popular right now"}
    mixed = shop.with_models(blend=blend_of(Source.POPULARITY, Source.ALS))
    said = reasons(mixed, state, DecisionRequest(k=100))
    assert [said[item_id][1] for item_id in ids[:39]] == ["popularity"] * 20 + ["als"] * 19
    assert said["item-30"][0] == "bought by customers with a taste like yours"
    assert {text for text, _ in reasons(mixed, NOBODY).values()} == {"popular right now"}


@pytest.mark.parametrize(
    ("bought", "text"),
    [
        (
            Bought("milk", days_ago=16, orders=3, first_days_ago=44),
            "you may be due: bought every 14 days, last 16 days ago",
        ),
        (Bought("milk", days_ago=30), "you may be due: last bought 30 days ago"),
        (
            Bought("milk", days_ago=40, orders=5, first_days_ago=40.5),
            "you may be due: last bought 40 days ago",
        ),
        (
            Bought("milk", days_ago=8, orders=3, first_days_ago=36),
            "you bought it in 3 orders, last 8 days ago",
        ),
        (Bought("milk", days_ago=8), "you bought it 8 days ago"),
    ],
)
def test_a_refill_tells_the_customers_own_rhythm(bought: Bought, text: str) -> None:
    shop = shop_of("milk", consumable=["milk"])
    assert reasons(shop, shop.customer(bought)) == {"milk": (text, "replenishment")}


@pytest.mark.parametrize(("days", "ago"), [(0, "less than a day ago"), (1, "1 day ago"), (2, "2 days ago")])
def test_days_read_as_a_person_says_them(days: int, ago: str) -> None:
    assert reason_text(Reason(ReasonKind.BOUGHT_BEFORE, days=days), str) == f"you bought it {ago}"


def test_a_daily_rhythm_reads_as_every_day() -> None:
    reason = Reason(ReasonKind.DUE, days=2, every_days=1, orders=9)
    assert reason_text(reason, str) == "you may be due: bought every day, last 2 days ago"


@pytest.mark.parametrize("kind", ReasonKind)
def test_every_kind_of_reason_has_words(kind: ReasonKind) -> None:
    full = Reason(kind, about=ItemNumber(3), days=4, every_days=5, orders=6)
    text = reason_text(full, lambda _: "THE VASE")
    assert text == text.strip() != ""
    assert "None" not in text
    assert "{" not in text


def test_a_name_with_braces_stays_as_it_is() -> None:
    reason = Reason(ReasonKind.BOUGHT_AFTER, about=ItemNumber(3))
    assert reason_text(reason, lambda _: "{} {0.x}") == "often bought after {} {0.x}"


def test_a_reason_is_a_value() -> None:
    assert Reason(ReasonKind.POPULAR) == Reason(ReasonKind.POPULAR)
    assert {Reason(ReasonKind.POPULAR), Reason(ReasonKind.POPULAR)} == {Reason(ReasonKind.POPULAR)}
