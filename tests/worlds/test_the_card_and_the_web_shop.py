"""She pays with her card in the store and looks around in the web shop: once both are known to be her, she is one customer."""

from collections.abc import Callable

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Lamp House"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"
cost = 0.01

[contact_policy]
reservation = "2 hours"

[[contact_policy.caps]]
contacts = 1
per = "7 days"

[[service_plans]]
id = "check"
name = "Safety check"
items.item_ids = ["arc-lamp"]
first_after = "6 months"
every = "6 months"
lead = "30 days"
satisfied_by = ["check"]
consequence = "its warranty"

[[actions]]
id = "come-in"
kind = "service_reminder"
plans = ["check"]
value = 60.0
prior = 0.5

[[actions]]
id = "sorry"
kind = "apology"
value = 80.0
prior = 0.6

[[actions]]
id = "for-you"
kind = "product_offer"
value = 5.0
"""
ITEMS = [
    {"item_id": name, "name": name.replace("-", " ").title(), "category": ["Lamps"], "price": "90.00"}
    for name in ("arc-lamp", "desk-lamp", "reading-lamp")
]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2025-03-01 12:00")


@pytest.fixture
def card(shop: World) -> Customer:
    """She bought an arc lamp in the store, with her card."""
    shop.on("2025-03-01 12:00")
    card = shop.newcomer("card")
    card.buys(f"order-of-{card.customer_id}", "arc-lamp")
    return card


@pytest.fixture
def web(shop: World, card: Customer) -> Customer:
    """She looked around in the web shop, and let it write to her."""
    shop.on("2025-03-02 12:00")
    web = shop.newcomer("web")
    web.tells("view", item_id="desk-lamp")
    web.allows("email", evidence="sign-up form")
    return web


def test_what_she_bought_in_the_store_is_not_offered_on_the_web(card: Customer, web: Customer) -> None:
    assert "arc-lamp" in web.hears("web").items
    web.tells("identify", other_id=card.customer_id, evidence="she scanned her card in the app")
    assert web.hears("web").items == card.hears("web").items == {"desk-lamp", "reading-lamp"}
    assert "order-of-" in str(web.why_not("for-you", "web", item_id="arc-lamp"))
    web.buys("web-1", "desk-lamp")
    assert card.hears("web").items == {"reading-lamp"}


def test_the_promise_of_the_store_is_kept_by_mail_once(shop: World, card: Customer, web: Customer) -> None:
    web.tells("identify", other_id=card.customer_id)
    shop.on("2025-08-20 12:00")
    assert "come-in" in web.mail("m-1").actions
    assert card.mail("m-1").lines == (), "one mail a week, whichever of her ids a campaign names"
    page = web.page()
    assert page["same_person"] == [card.customer_id]
    assert [one["item_id"] for one in page["holdings"]] == ["arc-lamp"]
    card.tells("service_visit", service_code="check")
    shop.on("2025-09-20 12:00")
    assert "come-in" not in web.hears("email").actions


def test_her_complaint_at_the_counter_stops_the_offers_on_the_web(card: Customer, web: Customer) -> None:
    web.tells("identify", other_id=card.customer_id)
    card.tells("complaint_opened", complaint_id=f"c-{card.customer_id}", text="it flickers")
    assert web.hears("web").kinds == {"apology"}
    assert web.hears("email").kinds == {"apology"}


def test_who_was_taken_for_her_by_mistake_is_herself_again(
    shop: World, card: Customer, web: Customer
) -> None:
    web.tells("identify", other_id=card.customer_id)
    decided = web.hears("web")
    assert "arc-lamp" not in decided.items
    shop.later(minutes=5)
    web.tells("unlink", other_id=card.customer_id, reason="her sister's card")
    assert "arc-lamp" in web.hears("web").items
    receipt = shop.get(f"/v1/decisions/{decided.decision_id}")
    assert f"order order-of-{card.customer_id}" in str(receipt), "what was known then is told as it was then"


def test_who_leaves_takes_only_their_own(shop: World, card: Customer, web: Customer) -> None:
    web.tells("identify", other_id=card.customer_id)
    assert "arc-lamp" not in web.hears("web").items
    shop.http.delete(f"/v1/customers/{card.customer_id}").raise_for_status()
    assert "arc-lamp" in web.hears("web").items
    assert "same_person" not in web.page()
