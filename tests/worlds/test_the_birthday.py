"""The birthday: on 29 February; and the gift that he gave his mother last year."""

from collections.abc import Callable

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Flowers"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[[actions]]
id = "birthday"
kind = "occasion"
occasions = ["birthday"]
text = "{occasion} on {date}, in {days} days."
value = 9.0
prior = 0.2
cooldown.sent = "300 days"
timing.lead = "10 days"

[[actions]]
id = "last-year"
kind = "occasion"
occasions = ["gift"]
text = "Last year {recipient} had the {item} from you. May we help again by {date}?"
value = 9.0
prior = 0.2
timing.lead = "14 days"
"""
ITEMS = [{"item_id": "ROSES", "name": "red roses", "category": ["Flowers"], "price": "30.00"}]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2023-12-01 10:00")


@pytest.fixture
def leo(shop: World) -> Customer:
    shop.on("2023-12-01 10:00")
    leo = shop.newcomer("leo")
    leo.allows("email")
    leo.tells("occasion", kind="birthday", on="1996-02-29")
    return leo


def told_on(shop: World, leo: Customer, action: str, until: str) -> list[str]:
    """Return the first and the last morning on which he would be told."""
    mornings = [one for one in shop.mornings_until(until) if action in leo.hears("email").actions]
    return mornings[:1] + mornings[-1:]


def test_it_is_kept_on_the_28th_where_there_is_no_29th(shop: World, leo: Customer) -> None:
    shop.on("2024-02-10 09:00")
    assert told_on(shop, leo, "birthday", "2024-03-15") == ["2024-02-19", "2024-02-29"]
    shop.on("2025-02-10 09:00")
    assert told_on(shop, leo, "birthday", "2025-03-15") == ["2025-02-18", "2025-02-28"]
    shop.on("2025-02-25 09:00")
    assert leo.hears("email").texts("birthday") == ["birthday on 2025-02-28, in 3 days."]


def test_his_day_is_the_day_where_he_lives(shop: World, leo: Customer) -> None:
    leo.tells("profile", time_zone="Pacific/Auckland")
    shop.on("2025-02-28 11:59")  # there it is one minute before midnight
    assert leo.hears("email").actions == ["birthday"]
    shop.on("2025-02-28 12:00")
    assert leo.hears("email").actions == []


def test_he_is_told_once_a_year(shop: World, leo: Customer) -> None:
    told = []
    for year in (2024, 2025, 2026):
        shop.on(f"{year}-02-10 09:00")
        told += [one for one in shop.mornings_until(f"{year}-03-10") if leo.mail(f"mail of {one}", k=1).lines]
    assert told == ["2024-02-19", "2025-02-18", "2026-02-18"]


def test_the_gift_of_last_year_comes_back_a_year_later(shop: World, leo: Customer) -> None:
    shop.on("2024-05-10 16:00")
    leo.buys("o-1", {"item_id": "ROSES", "is_gift": True, "recipient": "Mum"})
    shop.on("2025-04-01 09:00")
    assert told_on(shop, leo, "last-year", "2025-06-01") == ["2025-04-26", "2025-05-10"]
    shop.on("2025-05-01 09:00")
    assert leo.mail("may", k=1).texts("last-year") == [
        "Last year Mum had the red roses from you. May we help again by 2025-05-10?"
    ]
    assert told_on(shop, leo, "last-year", "2025-06-01") == []
    shop.on("2026-05-01 09:00")
    assert "last-year" not in leo.hears("email").actions  # it was a gift of last year once


def test_a_gift_that_went_back_is_better_forgotten(shop: World, leo: Customer) -> None:
    shop.on("2024-05-10 16:00")
    leo.buys("o-1", {"item_id": "ROSES", "is_gift": True, "recipient": "Mum"})
    leo.tells("return", lines=[{"item_id": "ROSES", "order_id": "o-1"}])
    shop.on("2025-05-01 09:00")
    assert leo.hears("email").actions == []
