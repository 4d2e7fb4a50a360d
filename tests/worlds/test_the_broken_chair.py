"""The broken chair: its leg broke and she complained; nobody asks her for a review, and nobody sells her anything.

Her neighbour bought the same chair on the same day and is content: what is said to him shows what she is spared.
"""

from collections.abc import Callable

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Holz & Stuhl"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.store]
direction = "inbound"

[channels.email]
direction = "outbound"

[channels.sms]
direction = "outbound"

[contact_policy]
complaint_grace = "14 days"

[[actions]]
id = "ask-for-review"
kind = "review_request"
value = 3.0
prior = 0.2
timing = { after = "7 days", within = "60 days" }
suitability = "complaints.open == 0"

[[actions]]
id = "how-did-it-go"
kind = "survey"
survey_id = "delivery"
audience = "complaints.open == 0"
value = 2.0
prior = 0.2
timing = { after = "1 day", within = "90 days" }

[[actions]]
id = "come-back"
kind = "win_back"
value = 9.0
prior = 0.2
timing = { lapse = 1.5, least_orders = 2 }

[[actions]]
id = "birthday"
kind = "occasion"
occasions = ["birthday"]
value = 9.0
prior = 0.2
timing.lead = "30 days"

[[actions]]
id = "sorry"
kind = "apology"
text = "We are sorry about the {item}. Please accept {amount}."
value = 40.0
prior = 0.5
timing.within = "20 days"
goodwill = { amount = 20.0, per_customer = 30.0, total = 500.0 }

[[actions]]
id = "for-you"
kind = "product_offer"
value = 8.0
"""
ITEMS = [
    {"item_id": "CHAIR", "name": "Oak chair", "category": ["Chairs"], "price": "190.00"},
    {"item_id": "TABLE", "name": "Oak table", "category": ["Tables"], "price": "890.00"},
    {"item_id": "LAMP", "name": "Reading lamp", "category": ["Lamps"], "price": "60.00"},
]
CHANNELS = ("web", "store", "email", "sms")
SELLING = {"product_offer", "buy_again", "win_back", "occasion"}


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2025-03-03 10:00")


def buyer(shop: World, name: str) -> Customer:
    """Somebody who came twice, two days apart, bought a chair, and has a birthday in April."""
    shop.on("2025-03-01 10:00")
    somebody = shop.newcomer(name)
    somebody.allows("email", "sms")
    somebody.tells("occasion", kind="birthday", on="1980-04-02")
    somebody.buys("o-1", "LAMP")
    shop.on("2025-03-03 10:00")
    somebody.buys("o-2", {"item_id": "CHAIR", "line_id": "1"})
    shop.on("2025-03-05 10:00")
    somebody.receives("o-2")
    return somebody


@pytest.fixture
def nora(shop: World) -> Customer:
    """A week after it came, the leg broke."""
    nora = buyer(shop, "nora")
    shop.on("2025-03-10 18:00")
    nora.tells(
        "complaint_opened", complaint_id="k-1", text="A leg broke", item_id="CHAIR", order_id="o-2", severity="high"
    )  # fmt: skip
    return nora


def test_nobody_sells_and_nobody_asks_on_any_channel_while_it_is_open(shop: World, nora: Customer) -> None:
    for _ in shop.mornings_until("2025-04-20", every=3):
        for channel in CHANNELS:
            assert nora.hears(channel).kinds <= {"apology"}
    assert nora.why_not("for-you", "web")["because"] == "complaint k-1 is open, opened 39 days ago"
    for action in ("for-you", "come-back"):
        assert nora.why_not(action, "email")["code"] == "open_complaint"


def test_her_neighbour_hears_all_that_she_is_spared(shop: World) -> None:
    neighbour = buyer(shop, "neighbour")
    shop.on("2025-03-14 10:00")
    for channel in CHANNELS:
        said = set(neighbour.hears(channel).actions)
        assert said == {"ask-for-review", "how-did-it-go", "come-back", "birthday", "for-you"}


def test_she_is_told_sorry_with_what_the_budget_allows(shop: World, nora: Customer) -> None:
    shop.on("2025-03-11 10:00")
    said = nora.mail("r-1")
    assert said.actions == ["sorry"]
    assert (said.lines[0].amount, said.lines[0].text) == (
        20.0,
        "We are sorry about the Oak chair. Please accept 20.00 EUR.",
    )
    assert nora.hears("email").lines == ()  # once is enough
    nora.tells("complaint_opened", complaint_id="k-2", item_id="LAMP", text="It flickers, too")
    again = nora.mail("r-2")
    assert [line.amount for line in again.lines] == [10.0]  # thirty for one customer, and twenty were given
    nora.tells("complaint_opened", complaint_id="k-3", text="Nobody calls back")
    last = nora.mail("r-3")
    assert [(line.action, line.amount) for line in last.lines] == [("sorry", 0.0)]


def test_when_it_is_settled_selling_waits_for_two_weeks_more_and_then_all_is_well(
    shop: World, nora: Customer
) -> None:
    shop.on("2025-03-20 12:00")
    nora.tells("complaint_resolved", complaint_id="k-1", resolution="A new chair")
    for _ in shop.mornings_until("2025-04-03"):
        for channel in CHANNELS:
            assert not nora.hears(channel).kinds & SELLING
    shop.on("2025-04-03 12:59")  # fourteen times 24 hours: the clocks went forward meanwhile
    assert not nora.hears("web").kinds & SELLING
    stopped = nora.why_not("for-you", "web")
    assert (stopped["code"], stopped["opens_at"]) == ("open_complaint", "2025-04-03T11:00:00Z")
    shop.on("2025-04-03 13:00")
    assert "for-you" in nora.hears("web").actions
    assert "ask-for-review" in nora.hears("email").actions


def test_a_complaint_that_is_opened_again_stops_everything_again(shop: World, nora: Customer) -> None:
    shop.on("2025-03-20 12:00")
    nora.tells("complaint_resolved", complaint_id="k-1")
    shop.on("2025-04-10 12:00")
    assert "for-you" in nora.hears("web").actions
    nora.tells("complaint_opened", complaint_id="k-1", text="The other leg")
    assert nora.hears("web").kinds <= {"apology"}
