"""The lapsed regular: three weeks are long for who comes every week, and nothing for who comes every quarter."""

from collections.abc import Callable

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Bean & Leaf"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.email]
direction = "outbound"

[[actions]]
id = "come-back"
kind = "win_back"
text = "Your last order was on {date}; you usually come within {usual_days} days."
value = 9.0
prior = 0.1
cooldown.sent = "30 days"
timing = { lapse = 2.0, least_orders = 3, within = "180 days" }
"""
ITEMS = [{"item_id": "COFFEE", "name": "coffee", "category": ["Coffee"], "price": "12.00"}]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2024-01-05 09:00")


def regular(shop: World, name: str, every_days: int, orders: int) -> Customer:
    """Somebody who came every so many days, the last time on 5 June 2024."""
    customer = shop.newcomer(name)
    last = shop.clock.read("2024-06-05 09:00")
    for n in reversed(range(orders)):
        shop.on("2024-06-05 09:00")
        shop.later(days=-n * every_days)
        if n == orders - 1:
            customer.allows("email")
        customer.buys(f"o-{n}", "COFFEE")
    assert shop.clock.now == last
    return customer


def missed_from(shop: World, customer: Customer, until: str) -> list[str]:
    return [one for one in shop.mornings_until(until) if customer.hears("email").actions]


def test_each_is_missed_by_their_own_rhythm(shop: World) -> None:
    weekly = regular(shop, "wanda", 7, 12)
    assert missed_from(shop, weekly, "2024-07-01")[0] == "2024-06-19"  # two weeks after the last order
    assert weekly.hears("email").text("come-back") == (
        "Your last order was on 2024-06-05; you usually come within 7 days."
    )
    quarterly = regular(shop, "quentin", 90, 4)
    assert missed_from(shop, quarterly, "2025-01-01")[0] == "2024-12-02"  # 180 days after it


def test_who_came_twice_has_no_rhythm(shop: World) -> None:
    assert missed_from(shop, regular(shop, "twice", 7, 2), "2024-09-01") == []


def test_who_comes_again_is_not_missed_any_more(shop: World) -> None:
    wanda = regular(shop, "wanda", 7, 12)
    shop.on("2024-06-25 10:00")
    assert wanda.mail("r-1", k=1).actions == ["come-back"]
    shop.on("2024-06-26 10:00")
    wanda.buys("back", "COFFEE")
    assert missed_from(shop, wanda, "2024-07-10") == []


def test_after_half_a_year_she_is_left_alone(shop: World) -> None:
    wanda = regular(shop, "wanda", 7, 12)
    mornings = missed_from(shop, wanda, "2025-06-01")
    assert (mornings[0], mornings[-1]) == ("2024-06-19", "2024-12-15")
