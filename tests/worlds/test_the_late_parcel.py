"""The late parcel: who waits for what was ordered is not asked how they like it."""

from collections.abc import Callable

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Papier & Leim"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[[actions]]
id = "ask-for-review"
kind = "review_request"
text = "How do you like the {item}, which came on {date}?"
value = 3.0
prior = 0.2
timing = { after = "5 days", within = "40 days" }

[[actions]]
id = "was-it-answered"
kind = "follow_up"
value = 4.0
prior = 0.2
timing = { after = "2 days", within = "14 days" }

[[actions]]
id = "take-it-back"
kind = "easy_return"
text = "The {item} may come back until {until}."
value = 4.0
prior = 0.2
timing.within = "30 days"
"""
ITEMS = [
    {"item_id": "ALBUM", "name": "photo album", "category": ["Albums"], "price": "45.00"},
    {"item_id": "GLUE", "name": "glue", "category": ["Glue"], "price": "5.00"},
]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2025-02-01 10:00")


@pytest.fixture
def paula(shop: World) -> Customer:
    """She orders an album and glue on the first of February."""
    shop.on("2025-02-01 10:00")
    paula = shop.newcomer("paula")
    paula.allows("email")
    paula.buys("o-1", {"item_id": "ALBUM", "line_id": "1"}, {"item_id": "GLUE", "line_id": "2"})
    return paula


def asked(paula: Customer) -> set[str | None]:
    return {line.item_id for line in paula.hears("email").lines if line.action == "ask-for-review"}


def test_without_the_parcel_nobody_asks_however_long_it_takes(shop: World, paula: Customer) -> None:
    for _ in shop.mornings_until("2025-04-01", every=4):
        assert asked(paula) == set()
    assert paula.why_not("ask-for-review", "email")["verdict"] == "never_proposed"


def test_her_question_about_it_is_followed_up_instead(shop: World, paula: Customer) -> None:
    shop.on("2025-02-10 10:00")
    paula.tells("question", text="Where is my parcel?", order_id="o-1", topic="delivery")
    shop.on("2025-02-12 11:00")
    assert paula.hears("email").actions == ["was-it-answered"]


def test_five_days_after_it_came_she_is_asked_about_what_came(shop: World, paula: Customer) -> None:
    shop.on("2025-03-01 16:00")
    paula.receives("o-1", "1")  # the glue is still on its way
    shop.on("2025-03-06 15:59")
    assert asked(paula) == set()
    shop.on("2025-03-06 16:00")
    assert asked(paula) == {"ALBUM"}
    assert paula.hears("email").text("ask-for-review") == (
        "How do you like the photo album, which came on 2025-03-01?"
    )
    shop.on("2025-03-10 16:00")
    paula.receives("o-1", "2")
    shop.on("2025-03-15 16:00")
    assert asked(paula) == {"ALBUM", "GLUE"}


def test_asked_once_and_answered_is_enough(shop: World, paula: Customer) -> None:
    shop.on("2025-02-03 10:00")
    paula.receives("o-1")
    shop.on("2025-02-09 10:00")
    said = paula.mail("r-1", k=2)
    assert said.items == {"ALBUM", "GLUE"}
    for _ in shop.mornings_until("2025-03-20"):
        assert asked(paula) == set()


def test_what_went_back_is_not_asked_about(shop: World, paula: Customer) -> None:
    shop.on("2025-02-03 10:00")
    paula.receives("o-1")
    paula.tells("return", lines=[{"item_id": "ALBUM", "order_id": "o-1"}])
    shop.on("2025-02-09 10:00")
    assert asked(paula) == {"GLUE"}


def test_a_bad_word_about_it_opens_the_way_back(shop: World, paula: Customer) -> None:
    shop.on("2025-02-03 10:00")
    paula.receives("o-1")
    shop.on("2025-02-09 10:00")
    paula.tells("review", item_id="ALBUM", rating=1, order_id="o-1", text="Torn pages")
    said = paula.hears("web")
    assert asked(paula) == {"GLUE"}
    assert said.text("take-it-back") == "The photo album may come back until 2025-03-05."


def test_a_question_about_giving_it_back_says_nothing_of_the_next_order(shop: World, paula: Customer) -> None:
    shop.on("2025-02-03 10:00")
    paula.receives("o-1")
    shop.on("2025-02-04 10:00")
    paula.tells("question", text="Can I give it back?", order_id="o-1", topic="return")
    assert "take-it-back" in paula.hears("web").actions
    shop.on("2025-05-01 10:00")
    paula.buys("o-2", "ALBUM")
    shop.on("2025-05-03 10:00")
    assert "take-it-back" not in paula.hears("web").actions
    paula.receives("o-2")
    shop.on("2025-05-05 10:00")
    assert "take-it-back" not in paula.hears("web").actions
    paula.tells("question", text="And this one?", order_id="o-2", topic="return")
    assert paula.hears("web").text("take-it-back") == "The photo album may come back until 2025-06-02."
