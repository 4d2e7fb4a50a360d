"""The staff word: who stands in the shop knows more; the next decision obeys, says so, and forgets in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Velo"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[[service_plans]]
id = "check"
name = "Spring check"
items.categories = ["Bikes"]
first_after = "60 days"
grace = "30 days"
satisfied_by = ["check"]
value = 20.0

[[actions]]
id = "check-due"
kind = "service_reminder"
prior = 0.5

[[actions]]
id = "thanks"
kind = "thank_you"
value = 1.0
prior = 0.1
timing.within = "90 days"

[[actions]]
id = "how-was-it"
kind = "survey"
survey_id = "ride"
value = 2.0
prior = 0.1
timing.within = "90 days"

[[actions]]
id = "sorry"
kind = "apology"
value = 30.0
prior = 0.5

[[actions]]
id = "for-you"
kind = "product_offer"
value = 3.0
"""
ITEMS = [
    {"item_id": "BIKE", "name": "touring bike", "category": ["Bikes"], "price": "1800.00"},
    {"item_id": "HELMET", "name": "helmet", "category": ["Helmets"], "price": "90.00"},
    {"item_id": "LOCK", "name": "lock", "category": ["Locks"], "price": "70.00"},
    {"item_id": "BELL", "name": "bell", "category": ["Bells"], "price": "15.00"},
]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2025-03-01 10:00")


@pytest.fixture
def tom(shop: World) -> Customer:
    """He bought a bike on the first of March; on the tenth somebody in the shop has a word to say."""
    shop.on("2025-03-01 10:00")
    tom = shop.newcomer("tom")
    tom.allows("email")
    tom.buys("o-1", "BIKE")
    shop.on("2025-03-10 10:00")
    return tom


def overrules(tom: Customer, kind: str, until: str | None = "2025-03-17 10:00", **fields: Any) -> None:
    """Let Eva at the counter overrule what is said."""
    body = {"kind": kind, "author": "eva", "reason": "he rang", **fields}
    if until is not None:
        body["expires_at"] = tom.world.clock.read(until).isoformat()
    answer = tom.world.http.post(f"/v1/customers/{tom.customer_id}/overrides", json=body)
    assert answer.status_code == 201, answer.text


def held(who: Customer) -> list[Any]:
    return list(who.world.get(f"/v1/customers/{who.customer_id}/overrides")["overrides"])


def tells_ahead(who: Customer, event_id: str) -> None:
    """Let another system say, as an event, that all is held from five hours ahead."""
    at = (who.world.clock() + timedelta(hours=5)).isoformat()
    who.tells("override", kind="hold_all", author="eva", reason="r", event_id=event_id, occurred_at=at)


def test_a_pin_puts_it_first_until_it_ends(shop: World, tom: Customer) -> None:
    assert tom.hears("web").actions[0] != "thanks"
    overrules(tom, "pin", action="thanks")
    assert tom.hears("web").actions[0] == "thanks"
    shop.on("2025-03-17 09:59")
    assert tom.hears("web").actions[0] == "thanks"
    shop.on("2025-03-17 10:00")
    assert tom.hears("web").actions[0] != "thanks"


def test_a_pinned_product_comes_first_though_it_sells_least(shop: World, tom: Customer) -> None:
    overrules(tom, "pin", action="for-you", item_id="BELL")
    first = tom.hears("web").lines[0]
    assert (first.action, first.item_id) == ("for-you", "BELL")
    overrules(tom, "pin", action="for-you", item_id="BIKE")  # a pin does not sell him what he has
    assert "BIKE" not in {line.item_id for line in tom.hears("web").lines if line.kind == "product_offer"}


def test_of_two_pins_of_one_second_the_later_comes_first_in_the_slate_and_in_the_list(
    shop: World, tom: Customer
) -> None:
    for item_id in ("BELL", "LOCK", "HELMET"):
        overrules(tom, "pin", item_id=item_id)
        shop.later(seconds=0.3)
    newest_first = ["HELMET", "LOCK", "BELL"]
    assert [one["item"]["item_id"] for one in held(tom)] == newest_first
    assert [line.item_id for line in tom.hears("web").lines][:3] == newest_first


def test_what_is_suppressed_is_gone_and_the_receipt_says_who_and_why(shop: World, tom: Customer) -> None:
    overrules(tom, "suppress", action="how-was-it")
    overrules(tom, "suppress", item_id="LOCK")
    said = tom.hears("web")
    assert "how-was-it" not in said.actions
    assert "LOCK" not in said.items
    stopped = tom.why_not("how-was-it", "web")
    assert (stopped["code"], stopped["because"]) == ("suppressed", "eva: he rang")
    receipt = shop.get(f"/v1/decisions/{said.decision_id}")
    (survey,) = [one for one in receipt["candidates"] if one["action"] == "how-was-it"]
    assert survey["outcome"] == "suppressed"
    assert (survey["gates"][-1]["gate"], survey["gates"][-1]["because"]) == ("staff", "eva: he rang")
    shop.on("2025-03-17 10:00")
    assert {"how-was-it"} <= set(tom.hears("web").actions)
    assert "LOCK" in tom.hears("web").items


def test_a_boost_moves_it_up(shop: World, tom: Customer) -> None:
    place = tom.hears("web").actions.index("thanks")
    overrules(tom, "boost", action="thanks", amount="1000")
    assert place > 0
    assert tom.hears("web").actions.index("thanks") == 0
    shop.on("2025-03-17 10:00")
    assert tom.hears("web").actions.index("thanks") == place


def test_hold_all_holds_even_a_promise_and_lets_go_in_time(shop: World, tom: Customer) -> None:
    shop.on("2025-04-28 10:00")
    assert "check-due" in tom.hears("email").actions
    overrules(tom, "hold_all", until="2025-05-05 10:00")
    for channel in ("web", "email"):
        assert tom.hears(channel).lines == ()
    assert tom.asks("april").lines == ()
    assert tom.why_not("check-due", "email")["because"] == "eva: he rang"
    shop.on("2025-05-05 10:00")
    assert "check-due" in tom.hears("email").actions
    assert "check-due" in tom.mail("may").actions


def test_goodwill_that_was_granted_is_offered_and_the_receipt_says_who_granted_it(
    shop: World, tom: Customer
) -> None:
    tom.tells("complaint_opened", complaint_id="k-1", text="A flat tyre on day one")
    overrules(tom, "goodwill", amount="25.00", action="sorry")
    said = tom.asks("sorry-1")
    assert (said.lines[0].action, said.lines[0].amount) == ("sorry", 25.0)
    (granted,) = shop.get(f"/v1/decisions/{said.decision_id}")["staff"]
    assert (granted["kind"], granted["action"], granted["amount"]) == ("goodwill", "sorry", 25.0)
    assert granted["because"] == "eva: he rang"


def test_a_word_that_is_dated_ahead_holds_from_then_on_and_can_be_ended_before(
    shop: World, tom: Customer
) -> None:
    tells_ahead(tom, "h1")
    assert held(tom) == []
    assert tom.hears("web").lines
    shop.later(hours=5)
    assert [one["event_id"] for one in held(tom)] == ["h1"]
    assert tom.hears("web").lines == ()
    shop.on("2025-03-10 10:00")
    jane = shop.newcomer("jane")
    tells_ahead(jane, "h2")
    path = f"/v1/customers/{jane.customer_id}/overrides/h2"
    ended = shop.http.delete(path)
    assert ended.status_code == 200, ended.text
    assert shop.clock.shown(ended.json()["expires_at"]) == "2025-03-10 10:00"
    assert shop.http.delete(path).status_code == 404
    shop.later(hours=6)
    assert held(jane) == []
    assert jane.hears("web").lines


def test_what_holds_now_holds_until_the_next_word_that_is_dated_ahead(shop: World, tom: Customer) -> None:
    overrules(tom, "hold_all", until="2025-03-10 15:00", reason="he is abroad")
    tells_ahead(tom, "h3")
    assert [one["reason"] for one in held(tom)] == ["he is abroad"]
    assert tom.hears("web").lines == ()
    page = shop.get(f"/v1/customers/{tom.customer_id}")["dealings"]["overrides"]
    assert [one["reason"] for one in page] == ["r", "he is abroad"]
    shop.later(hours=5)
    assert [one["reason"] for one in held(tom)] == ["r"]
    page = shop.get(f"/v1/customers/{tom.customer_id}")["dealings"]["overrides"]
    assert [one["reason"] for one in page] == ["r"]
    assert tom.hears("web").lines == ()
    assert shop.http.delete(f"/v1/customers/{tom.customer_id}/overrides/h3").status_code == 200
    assert held(tom) == []
    assert tom.hears("web").lines


def test_a_repeat_is_harmless_also_when_the_time_of_the_first_is_over(shop: World, tom: Customer) -> None:
    path = f"/v1/customers/{tom.customer_id}/overrides"
    body = {
        "kind": "suppress", "action": "for-you", "author": "eva", "reason": "he rang", "event_id": "once",
        "expires_at": shop.clock.read("2025-03-10 11:00").isoformat(),
    }  # fmt: skip
    first = shop.http.post(path, json=body)
    assert first.status_code == 201
    shop.on("2025-03-10 12:00")
    again = shop.http.post(path, json=body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert shop.http.post(path, json={**body, "reason": "he wrote"}).status_code == 409
    assert shop.http.post(path, json={**body, "event_id": "twice"}).status_code == 422
    assert held(tom) == []


def test_it_holds_at_once_and_for_good_where_nobody_says_until_when(shop: World, tom: Customer) -> None:
    overrules(tom, "suppress", until=None, action="for-you")
    shop.on("2025-09-01 10:00")
    assert "for-you" not in tom.hears("web").actions
